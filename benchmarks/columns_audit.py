"""The columns audit of a large ledger, compared with the audit and with a naive chain of the same checks.

Run it: ``python -m benchmarks.columns_audit [--entries N] [--readings N] [--rounds N] [--spark]``. By default, the
ledger has a million entries and ten million readings, for which the disk needs about 1 GB. DuckDB has two threads and a
limit of memory. With ``--entries 0``, the ledger has months and issuances alone, which is what the naive chain checks
too, so that only then its ratio has a goal. Each round measures all subjects one after the other, and the ratios are of
one round.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

import carbon_ledger as cl
from benchmarks.harness.fleet import BUYERS, OPERATOR, Clock, Fleet, Lot, Writer
from benchmarks.harness.timing import ratios, seconds
from benchmarks.harness.workload import months, plant_id, record_month, set_up
from benchmarks.subjects.audit import issued_chain, passed
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.stores.sqlite import SqliteStore

PLANTS: Final = 50
HOURS: Final = 730  # of a month, on average
MEMORY_MB: Final = 1_000
AUDIT: Final = "times the audit"
CHAIN: Final = "times the naive chain"
GOALS: Final = {AUDIT: 5.0, CHAIN: 250.0}
_ONE_RUN: Final = """
import json, resource, sys, time
import carbon_ledger as cl
start = time.perf_counter()
report = cl.columns.audit(sys.argv[1], threads=2, memory_mb=int(sys.argv[2]), engine=sys.argv[3])
took = time.perf_counter() - start
print(json.dumps([took, report.passed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
"""


def build(path: Path, entries: int, readings: int) -> tuple[int, int]:
    """Build a ledger: months that are recorded and issued, then transfers of their units.

    Args:
        path: A new file.
        entries: The number of entries at least.
        readings: The number of readings at least.

    Returns:
        The numbers of entries and of readings.
    """
    clock = Clock()
    cl.open_ledger(path, ledger_id="columns", by="bench", clock=clock).close()
    store = SqliteStore(path, durable=False)
    ledger = Ledger(store, clock=clock, by="bench")
    set_up(ledger, PLANTS, projects=True, accounts=(OPERATOR, *(f"buyer-{number}" for number in range(BUYERS))))
    writer, lots, recorded = Writer(store, clock), [], 0
    for month in months(12 * 2_000):
        if recorded >= readings:
            break
        recorded += record_month(ledger, PLANTS, month)
        with ledger.batch():
            for plant in range(PLANTS):
                (batch,) = ledger.issue(plant_id(plant), month.period, to=OPERATOR)
                writer.note_issued(batch)
                lots.append(Lot(batch))
    fleet = Fleet(path, ledger.size, len(lots), lots)
    while fleet.size < entries:
        with ledger.batch():
            for _ in range(min(20_000, entries - fleet.size)):
                writer.transfer(fleet)
    size = ledger.size
    ledger.close()
    return size, recorded


def columns_audit(path: Path, engine: str) -> tuple[float, int]:
    """The seconds of a columns audit in a process of its own, and the most memory that it had. [s, MiB]"""
    command = [sys.executable, "-c", _ONE_RUN, str(path), str(MEMORY_MB), engine]
    took, sound, memory = json.loads(subprocess.run(command, check=True, capture_output=True).stdout.splitlines()[-1])
    if not sound:
        raise AssertionError("the columns audit found something")
    return took, memory


def main(given: list[str]) -> int:
    """Measure and print; return 1 if a ratio is below its goal, otherwise 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.columns_audit", description=(__doc__ or "").split(".")[0]
    )
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--readings", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--spark", action="store_true", help="measure Spark too, on this machine")
    chosen = parser.parse_args(given)
    with tempfile.TemporaryDirectory(prefix="carbon-ledger-bench-") as name:
        path = Path(name) / "large.db"
        size, readings = build(path, chosen.entries, chosen.readings)
        chain, lines = issued_chain(Path(name) / "chain.jsonl", 1, 6)
        print(f"{size:,} entries, {readings:,} readings, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
        ours, columns, chains = [], [], []
        for _ in range(chosen.rounds):
            took, memory = columns_audit(path, "duckdb")
            columns.append(took)
            print(f"columns audit {took:.1f} s, {readings / took / 1e6:.2f} M readings/s, {memory:,} MiB", flush=True)
            with cl.open_ledger(path, read_only=True) as ledger:
                ours.append(seconds(lambda opened=ledger: passed(opened.audit())))
            print(f"audit {ours[-1]:.1f} s, {readings / ours[-1] / 1e6:.2f} M readings/s", flush=True)
            chains.append(seconds(chain.audit) / lines * readings)
            print(f"naive chain {lines / chains[-1] * readings / lines:,.0f} readings/s", flush=True)
        if chosen.spark:
            took, memory = columns_audit(path, "spark")
            print(f"columns audit by Spark {took:.1f} s, export included", flush=True)
        found = {AUDIT: median(ratios(ours, columns)), CHAIN: median(ratios(chains, columns))}
        chain.close()
    for title, ratio in found.items():
        print(f"{title:<25} {ratio:8.1f}  goal {GOALS[title]:g}")
    judged = (AUDIT,) if chosen.entries else (AUDIT, CHAIN)
    return int(any(found[title] < GOALS[title] for title in judged))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
