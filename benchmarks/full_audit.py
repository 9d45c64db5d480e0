"""A full audit of readings and issuances, against a naive chain that makes the same checks."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import carbon_ledger as cl
from benchmarks.accelerators import accelerated, installed
from benchmarks.chain_peer import Chain, Plant
from benchmarks.place import Place
from benchmarks.rows import Row, measured, missing
from benchmarks.sizes import Sizes
from benchmarks.timing import Turn, interleaved, rate, ratios, seconds
from benchmarks.workload import (
    CAPACITY_W,
    FIRST_YEAR,
    OPERATOR,
    column,
    furnish,
    months,
    plant_id,
    record_month,
    unsynced,
)
from carbon_ledger.ledger.ledger import Ledger

ONE: Final = "audit: times the naive chain, one worker"
TWO: Final = "audit: times the naive chain, two workers"
NAMES: Final = (ONE, TWO)
PLANTS: Final = 50
CHECKS: Final = "hashes, capacity, commissioning, overlap, claims, amounts, carry"


def parallel() -> Callable[[Ledger], object] | None:
    """An audit by two workers, where the library has one."""
    if "workers" not in inspect.signature(Ledger.audit).parameters:
        return None
    audit: Callable[..., object] = Ledger.audit
    return lambda ledger: audit(ledger, workers=2)


def issued_ledger(path: Path, plants: int, count: int) -> int:
    """A ledger of so many months of every plant, each recorded and issued; give its readings."""
    ledger, readings = unsynced(path), 0
    furnish(ledger, plants, projects=True)
    for month in months(count):
        readings += record_month(ledger, plants, month)
        with ledger.batch():
            for plant in range(plants):
                ledger.issue(plant_id(plant), month.period, to=OPERATOR)
    ledger.close()
    return readings


def issued_chain(path: Path, plants: int, count: int) -> tuple[Chain, int]:
    """The same in a naive chain."""
    began = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    chain, readings = Chain(path, [Plant(plant_id(k), f"{CAPACITY_W} W", began) for k in range(plants)]), 0
    for month in months(count):
        for plant in range(plants):
            chain.record(plant_id(plant), month.start, column(plant, month))
            chain.issue(plant_id(plant), month.start, month.start + timedelta(hours=month.hours))
            readings += month.hours
    return chain, readings


def passed(report: object) -> None:
    """Refuse to measure an audit that found something."""
    if not (isinstance(report, cl.AuditReport) and report.passed):
        raise AssertionError(f"the audit found something: {report}")


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure."""
    path, plants = place.new("audit.db"), min(PLANTS, sizes.plants)
    readings = issued_ledger(path, plants, sizes.months)
    chain, lines = issued_chain(place.new("audit.jsonl"), sizes.peer_plants, min(3, sizes.months))
    ledger = place.keep(cl.open_ledger(path, read_only=True))
    place.keep(chain)
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
