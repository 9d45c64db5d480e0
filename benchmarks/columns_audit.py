"""The columns audit of large ledgers, compared with the audit and with a naive chain of the same checks.

Run it: ``python -m benchmarks.columns_audit [--entries N] [--readings N] [--rounds N] [--keep DIR] [--audit-once]``.
There are two ledgers, made with a seed. The *mixed* one has a million entries, most of them transfers, and ten
million readings. The one of *months* has ten million readings and their issuances alone. `--keep` names a directory
in which the files stay for the next run; making them takes some minutes, and the disk needs about 1.5 GB.

Each round measures one after the other: the columns audit by DuckDB with two threads and a limit of memory, in a
process of its own; `Ledger.audit`; and the naive chain, a line of JSON for each reading
(`benchmarks/peers/chain.py`). The chain has the checks that it had when the goal was set, on the ledger of months:
hashes, capacity, commissioning, overlap, claims, amounts and carry. The columns audit runs all its eleven checks
there. An audit of ten million lines of the chain takes a quarter of an hour, so two shorter chains are audited, and
the cost of a line is the slope between them; the output says so. `--whole-chain` audits ten million lines instead.

The exit status is 1 if a ratio is below its goal, or if a process needs more memory than DuckDB's limit and a
constant.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from attrs import frozen

import carbon_ledger as cl
from benchmarks.harness.fleet import BUYERS, Clock, Fleet, Lot, Writer
from benchmarks.harness.workload import OPERATOR, months, plant_id, record_month, set_up
from benchmarks.peers.chain import Chain
from benchmarks.subjects.audit import issued_chain, passed
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.stores.sqlite import SqliteStore

PLANTS: Final = 50
MEMORY_MB: Final = 1_000
BESIDE_MIB: Final = 400  # what the process has beside DuckDB: Python, this library, pyarrow, batches of rows
CHAIN_MONTHS: Final = (6, 30)
AUDIT: Final = 5.0
CHAIN: Final = 250.0
_ONE_RUN: Final = """
import json, resource, sys, time
import carbon_ledger as cl
start = time.perf_counter()
report = cl.columns.audit(sys.argv[1], threads=2, memory_mb=int(sys.argv[2]))
took = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([took, used.ru_utime + used.ru_stime, report.passed, used.ru_maxrss // 1024]))
"""


@frozen
class Cost:
    """What something took.

    Attributes:
        took_s: Time by the clock. [s]
        cpu_s: Processor time of all threads. [s]
    """

    took_s: float
    cpu_s: float

    def __str__(self) -> str:
        """Both, in seconds."""
        return f"{self.took_s:,.1f} s ({self.cpu_s:,.1f} s of processor time)"


def cost_of(action: Callable[[], object]) -> Cost:
    """What a call in this process costs."""
    start, cpu = time.perf_counter(), time.process_time()
    action()
    return Cost(time.perf_counter() - start, time.process_time() - cpu)


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


def columns_audit(path: Path, memory_mb: int = MEMORY_MB) -> tuple[Cost, int]:
    """What a columns audit in a process of its own costs, and the most memory that the process had. [MiB]"""
    command = [sys.executable, "-c", _ONE_RUN, str(path), str(memory_mb)]
    done = subprocess.run(command, check=True, capture_output=True)
    took, cpu, sound, memory = json.loads(done.stdout.splitlines()[-1])
    if not sound:
        raise AssertionError("the columns audit found something")
    return Cost(took, cpu), memory


def ledger_audit(path: Path) -> Cost:
    """What the audit of a file costs."""
    with cl.open_ledger(path, read_only=True) as ledger:
        return cost_of(lambda: passed(ledger.audit()))


def sound(chain: Chain) -> None:
    """Audit a chain, and fail if it finds something."""
    if wrong := chain.audit():
        raise AssertionError(wrong[0])


def chain_audit(directory: Path, readings: int, *, whole: bool) -> Cost:
    """What the audit of a chain of a number of readings costs, from two shorter chains unless *whole*."""
    wanted = (-(-readings // 730),) if whole else CHAIN_MONTHS
    costs, sizes = [], []
    for count in wanted:
        path = directory / f"chain-{count}.jsonl"
        path.unlink(missing_ok=True)
        chain, lines = issued_chain(path, 1, count)
        costs.append(cost_of(partial(sound, chain)))
        sizes.append(lines)
        chain.close()
        path.unlink()
    if whole:
        share = readings / sizes[0]
        return Cost(costs[0].took_s * share, costs[0].cpu_s * share)
    (short, long), lines = costs, sizes[1] - sizes[0]
    return Cost((long.took_s - short.took_s) / lines * readings, (long.cpu_s - short.cpu_s) / lines * readings)


def made(directory: Path, entries: int, readings: int) -> tuple[Path, int, int]:
    """The file of a ledger in a directory, and its numbers of entries and of readings; built if absent."""
    path = directory / f"columns-{entries}-{readings}.db"
    note = path.with_suffix(".json")
    if not note.exists():
        path.unlink(missing_ok=True)
        start = time.perf_counter()
        note.write_text(json.dumps(build(path, entries, readings)))
        print(f"made {path.name} in {time.perf_counter() - start:,.0f} s", flush=True)
    size, found = json.loads(note.read_text())
    print(f"{size:,} entries, {found:,} readings, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
    return path, size, found


def judged(title: str, ours: list[Cost], others: list[Cost], goal: float | None) -> bool:
    """Print the ratio of costs, and return whether it reaches its goal."""
    ratio = median(other.took_s / our.took_s for other, our in zip(others, ours, strict=True))
    cpu = median(other.cpu_s / our.cpu_s for other, our in zip(others, ours, strict=True))
    wanted = "" if goal is None else f", goal {goal:g}"
    print(f"{title:<44} {ratio:8.1f} times (by processor time {cpu:.1f}){wanted}", flush=True)
    return goal is None or ratio >= goal


def memory_is_bounded(small: Path, large: Path) -> bool:
    """Measure the most memory of audits of two ledgers under two limits, and compare it with the limits."""
    bounded = True
    for limit in (MEMORY_MB // 2, MEMORY_MB):
        found = [columns_audit(path, limit)[1] for path in (small, large)]
        most = limit + BESIDE_MIB
        print(
            f"memory, DuckDB limited to {limit:,} MB: {found[0]:,} and {found[1]:,} MiB, at most {most:,}", flush=True
        )
        bounded &= max(found) <= most
    return bounded


def measure(directory: Path, chosen: argparse.Namespace) -> bool:
    """Measure and print; return whether all goals are reached."""
    good = True
    mixed, _, _ = made(directory, chosen.entries, chosen.readings)
    monthly, _, of_months = made(directory, 0, chosen.readings)
    ours: dict[Path, list[Cost]] = {mixed: [], monthly: []}
    audits: dict[Path, list[Cost]] = {mixed: [], monthly: []}
    chains: list[Cost] = []
    for number in range(chosen.rounds):
        for title, path in (("mixed", mixed), ("months", monthly)):
            cost, memory = columns_audit(path)
            ours[path].append(cost)
            print(f"{title}: columns audit {cost}, {memory:,} MiB", flush=True)
            if number == 0 or not chosen.audit_once:
                audits[path].append(ledger_audit(path))
            else:
                audits[path].append(audits[path][0])
            print(f"{title}: audit {audits[path][-1]}", flush=True)
        chains.append(chain_audit(directory, of_months, whole=chosen.whole_chain))
        how = "measured whole" if chosen.whole_chain else f"by the slope between {CHAIN_MONTHS} months of a plant"
        print(f"naive chain of {of_months:,} readings {chains[-1]}, {how}", flush=True)
    good &= judged("mixed ledger, times the audit", ours[mixed], audits[mixed], AUDIT)
    good &= judged("months, times the audit", ours[monthly], audits[monthly], None)
    good &= judged("months, times the naive chain", ours[monthly], chains, CHAIN)
    good &= judged("mixed ledger, times the chain of its readings", ours[mixed], chains, None)
    small, _, _ = made(directory, chosen.entries // 10, chosen.readings // 10)
    return memory_is_bounded(small, mixed) and good


def main(given: list[str]) -> int:
    """Measure and print; return 1 if a goal is not reached, otherwise 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.columns_audit", description=(__doc__ or "").split(".")[0]
    )
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--readings", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="a directory in which the ledgers stay for the next run")
    parser.add_argument("--audit-once", action="store_true", help="measure Ledger.audit in the first round alone")
    parser.add_argument("--whole-chain", action="store_true", help="audit a chain of all readings, without a slope")
    chosen = parser.parse_args(given)
    if chosen.keep is not None:
        chosen.keep.mkdir(parents=True, exist_ok=True)
        return int(not measure(chosen.keep, chosen))
    with tempfile.TemporaryDirectory(prefix="carbon-ledger-bench-") as name:
        return int(not measure(Path(name), chosen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
