"""Run the benchmarks: ``python -m benchmarks [--json FILE] [--long] [--only NAME]``."""

import argparse
import json
import platform
import sqlite3
import sys
import tempfile
from pathlib import Path

from benchmarks.harness.directory import Directory
from benchmarks.harness.rows import Row, table
from benchmarks.harness.sizes import LONG, TINY, USUAL
from benchmarks.harness.timing import seconds
from benchmarks.registry import SUBJECTS, measure


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the library, as ratios of two costs."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows as JSON")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--long", action="store_true", help="up to 10^8 readings; takes hours")
    size.add_argument("--tiny", action="store_true", help="very small sizes, to check that everything runs")
    parser.add_argument("--only", action="append", choices=SUBJECTS, metavar="NAME", help=", ".join(SUBJECTS))
    parser.add_argument("--directory", type=Path, help="directory for temporary files, on the disk to be measured")
    return parser.parse_args(given)


def main(given: list[str]) -> int:
    """Measure, print the table and return the exit status, which is 0 whether or not goals are met."""
    chosen = _arguments(given)
    sizes = LONG if chosen.long else TINY if chosen.tiny else USUAL
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}", file=sys.stderr)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="carbon-ledger-bench-", dir=chosen.directory) as name:
        directory = Directory(Path(name))
        for subject in chosen.only or SUBJECTS:
            spent = seconds(lambda name: rows.extend(measure(name, sizes, directory)), subject)
            print(f"{subject}: {spent:.0f} s", file=sys.stderr)
    print(table(rows))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps([row.to_record() for row in rows], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
