"""A full audit of readings and issuances, compared with a naive chain that makes the same checks."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import carbon_ledger as cl
from benchmarks.harness.accelerators import accelerated, installed
from benchmarks.harness.directory import Directory
from benchmarks.harness.rows import Row, measured, missing
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.timing import Turn, interleaved, rate, ratios, seconds
from benchmarks.harness.workload import (
    CAPACITY_W,
    FIRST_YEAR,
    OPERATOR,
    column,
    months,
    plant_id,
    record_month,
    set_up,
    unsynced,
)
from benchmarks.peers.chain import Chain, Plant
from carbon_ledger.ledger.ledger import Ledger

ONE: Final = "audit: times the naive chain, one worker"
TWO: Final = "audit: times the naive chain, two workers"
NAMES: Final = (ONE, TWO)
PLANTS: Final = 50
CHECKS: Final = "hashes, capacity, commissioning, overlap, claims, amounts, carry"


def parallel() -> Callable[[Ledger], object] | None:
    """An audit with two workers, if the library has that."""
    if "workers" not in inspect.signature(Ledger.audit).parameters:
        return None
    audit: Callable[..., object] = Ledger.audit
    return lambda ledger: audit(ledger, workers=2)


def issued_ledger(path: Path, plants: int, count: int) -> int:
    """Create a ledger in which every plant's months are recorded and issued; return the number of readings."""
    ledger, readings = unsynced(path), 0
    set_up(ledger, plants, projects=True)
    for month in months(count):
        readings += record_month(ledger, plants, month)
        with ledger.batch():
            for plant in range(plants):
                ledger.issue(plant_id(plant), month.period, to=OPERATOR)
    ledger.close()
    return readings


def issued_chain(path: Path, plants: int, count: int) -> tuple[Chain, int]:
    """Record and issue the same months in a naive chain."""
    began = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    chain, readings = Chain(path, [Plant(plant_id(k), f"{CAPACITY_W} W", began) for k in range(plants)]), 0
    for month in months(count):
        for plant in range(plants):
            chain.record(plant_id(plant), month.start, column(plant, month))
            chain.issue(plant_id(plant), month.start, month.start + timedelta(hours=month.hours))
            readings += month.hours
    return chain, readings


def passed(report: object) -> None:
    """Fail if an audit found something."""
    if not (isinstance(report, cl.AuditReport) and report.passed):
        raise AssertionError(f"the audit found something: {report}")


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject."""
    path, plants = directory.new("audit.db"), min(PLANTS, sizes.plants)
    readings = issued_ledger(path, plants, sizes.months)
    chain, lines = issued_chain(directory.new("audit.jsonl"), sizes.peer_plants, min(3, sizes.months))
    ledger = directory.close_later(cl.open_ledger(path, read_only=True))
    directory.close_later(chain)
    two = parallel()

    def ours(fast: bool) -> float:
        with accelerated(fast):
            return seconds(lambda: passed(ledger.audit())) / readings

    def chain_audit() -> None:
        if wrong := chain.audit():
            raise AssertionError(wrong[0])

    turns: dict[str, Turn] = {
        "ours": lambda _: ours(False),
        "fast": lambda _: ours(True),
        "chain": lambda _: seconds(chain_audit) / lines,
    }
    if two is not None:
        turns["two"] = lambda _: seconds(lambda: passed(two(ledger))) / readings
    costs = interleaved(sizes.rounds, turns)
    note = f"{readings:,} readings, {plants * sizes.months} issuances, {rate(costs['ours']) / 1e6:.2f} M readings/s"
    if installed():
        note += f" (with the accelerator {rate(costs['fast']) / 1e6:.2f})"
    note += f"; the chain: {CHECKS}; {rate(costs['chain']):,.0f} readings/s"
    rows = [measured(ONE, ratios(costs["chain"], costs["ours"]), note)]
    if two is None:
        return [*rows, missing(TWO, "not built")]
    return [*rows, measured(TWO, ratios(costs["chain"], costs["two"]), f"{rate(costs['two']) / 1e6:.2f} M readings/s")]
