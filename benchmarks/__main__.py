"""Measure everything: ``python -m benchmarks [--json FILE] [--long] [--only NAME]``."""

import argparse
import json
import platform
import sqlite3
import sys
import tempfile
from pathlib import Path

from benchmarks.place import Place
from benchmarks.rows import Row, table
from benchmarks.sizes import LONG, TINY, USUAL
from benchmarks.subjects import SUBJECTS, measure
from benchmarks.timing import seconds


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the library, as ratios.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows as JSON")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--long", action="store_true", help="up to 10^8 readings; hours, not minutes")
    size.add_argument("--tiny", action="store_true", help="next to nothing, to see that it runs")
    parser.add_argument("--only", action="append", choices=SUBJECTS, metavar="NAME", help=", ".join(SUBJECTS))
    parser.add_argument("--directory", type=Path, help="where files go meanwhile: on the disk that is to be measured")
    return parser.parse_args(given)


def main(given: list[str]) -> int:
    """Measure, print, and give the exit status: 0, whatever was measured."""
    chosen = _arguments(given)
    sizes = LONG if chosen.long else TINY if chosen.tiny else USUAL
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}", file=sys.stderr)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="carbon-ledger-bench-", dir=chosen.directory) as directory:
        place = Place(Path(directory))
        for subject in chosen.only or SUBJECTS:
            spent = seconds(lambda name: rows.extend(measure(name, sizes, place)), subject)
            print(f"{subject}: {spent:.0f} s", file=sys.stderr)
    print(table(rows))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps([row.to_record() for row in rows], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
