"""The memory of a review of ledgers of growing length: hourly readings of many plants, and their issuances.

Run it: ``python benchmarks/review_memory.py [YEARS ...]`` (1 and 3 years of 40 plants by default: 350,400 and 1,051,200
readings, 3,320 and 10,000 issuances; the files go to a temporary directory). Each review runs in a process of its own.
The exit status is 1 if the review of the longest ledger needs 16 MiB more than the review of the shortest.
"""

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit_memory import peak_kib

PLANTS = 40
ISSUED_H = 105  # the hours of one issuance: 250 issuances in three years
YEARS = (1, 3)
YEAR_H = 8_760
MOST_GROWTH_MIB = 16
START = datetime(2019, 1, 1, tzinfo=UTC)


def append(path: Path, years: int) -> None:
    """Write a ledger: hours of every plant, three months in one column, and issuances one after another."""
    import carbon_ledger as cl

    hours = years * YEAR_H
    with cl.open_ledger(path, ledger_id="measured") as ledger:
        ledger.open_account("op", name="Operator")
        for k in range(PLANTS):
            plant = {"technology": "hydro/run-of-river", "capacity": "10 MW", "country": "AZ", "grid": "AZ"}
            ledger.register_device(cl.Device(id=f"d{k}", name=f"D {k}", zone="UTC", commissioned="2018-01-01", **plant))
            ledger.register_project(cl.Project(id=f"p{k}", instrument="I-REC-E", zone="UTC", devices=(f"d{k}",)))
            state = k + 1
            with ledger.batch():
                for first in range(0, hours, YEAR_H // 4):
                    values = []
                    for _ in range(YEAR_H // 4):
                        state = state * 48_271 % 2_147_483_647  # the minimal standard generator
                        values.append(2_000_000 + state % 5_000_000)
                    start = START + timedelta(hours=first)
                    ledger.record_readings(f"d{k}", start=start, step="1 hour", net_wh=values)
            with ledger.batch():
                for first in range(0, hours - ISSUED_H, ISSUED_H):
                    start = START + timedelta(hours=first)
                    ledger.issue(f"p{k}", cl.Period.of(start, start + timedelta(hours=ISSUED_H)), to="op")


def review(path: Path) -> None:
    """Review a ledger, and print what it needs beside what opening the ledger needs."""
    import carbon_ledger as cl

    with cl.open_ledger(path, read_only=True) as ledger:
        before, begun = peak_kib(), time.process_time()
        found = ledger.review()
        seconds = time.process_time() - begun
        print(ledger.size, len(found.flags), f"{seconds:.1f}", peak_kib() - before)


def main(years: list[int]) -> int:
    """Write and review ledgers; the exit status."""
    grown = []
    print(f"{'years':>5} {'entries':>9} {'flags':>6} {'review':>9} {'more memory':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for count in years:
            path = Path(folder) / f"{count}.db"
            subprocess.run([sys.executable, __file__, "append", str(path), str(count)], check=True)
            done = subprocess.run(
                [sys.executable, __file__, "review", str(path)], check=True, capture_output=True, text=True
            )
            size, flags, seconds, more = done.stdout.split()
            grown.append(int(more) / 1024)
            print(f"{count:>5} {int(size):>9,} {flags:>6} {seconds:>7} s {grown[-1]:>8.1f} MiB", flush=True)
    return int(max(grown) - grown[0] > MOST_GROWTH_MIB)


if __name__ == "__main__":
    if sys.argv[1:2] == ["append"]:
        append(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["review"]:
        review(Path(sys.argv[2]))
    else:
        sys.exit(main([int(text) for text in sys.argv[1:]] or list(YEARS)))
