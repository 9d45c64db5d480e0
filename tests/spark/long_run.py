"""Each kind of damage alone, by both engines: ``python -m tests.spark.long_run [NAME ...]``.

The tests damage one ledger in many ways at once, since an audit by Spark takes long. Here every kind of damage is
made in a file of its own. The findings of Spark have to be those of DuckDB, row for row: check, entry and text. Some
26 audits by Spark, 10 to 20 s each on two idle cores. The exit status is 1 if a finding differs, or if a damage is
not found by its check.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.columns_spark import session
from tests.support.damaged_files import DAMAGES, damaged, write_ledger

import carbon_ledger as cl
from carbon_ledger.columns.report import CHECKS


def main(names: list[str]) -> int:
    """Compare the engines, and print a line for each kind of damage."""
    spark, wrong = session(), 0
    try:
        with tempfile.TemporaryDirectory(prefix="carbon-ledger-spark-") as directory:
            sound = Path(directory) / "sound.db"
            write_ledger(sound)
            for name in names or ["none", *DAMAGES]:
                chosen = [] if name == "none" else [DAMAGES[name]]
                path = damaged(sound, Path(directory) / "damaged.db", chosen)
                ours = cl.columns.audit(path)
                theirs = cl.columns.audit(path, engine="spark", session=spark)
                same = list(ours.findings) == list(theirs.findings) and ours.root == theirs.root
                found = all(CHECKS[item.check][0] in {row.check for row in theirs.findings} for item in chosen)
                good = same and found and bool(chosen) != ours.passed
                wrong += not good
                print(f"{'same' if good else 'WRONG':6} {len(theirs.findings):3} findings: {name}", flush=True)
    finally:
        spark.stop()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
