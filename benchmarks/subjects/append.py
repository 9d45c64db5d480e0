"""Bulk append: each entry is a plant's month of hourly values, and each commit has 500 entries."""

from collections.abc import Mapping
from datetime import UTC, datetime
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
    Month,
    column,
    months,
    plant_id,
    record_many,
    record_month,
    set_up,
)
from benchmarks.peers import bundles
from benchmarks.peers.chain import Chain, Plant
from benchmarks.peers.raw_sqlite import RawEntries, entries_from

PLAIN: Final = "append readings: of a raw insert, standard library"
ACCELERATED: Final = "append readings: of a raw insert, with the accelerator"
MANY: Final = "append by record_many: of a raw insert, standard library"
MANY_ACCELERATED: Final = "append by record_many: of a raw insert, with the accelerator"
BUNDLES: Final = "append readings: times the SQLModel design"
CHAIN: Final = "append readings: times the naive chain"
NAMES: Final = (PLAIN, ACCELERATED, MANY, MANY_ACCELERATED, BUNDLES, CHAIN)
BEGAN: Final = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)


class Ours:
    """A ledger that records one month in each round, and raw SQLite that inserts the same bytes.

    Args:
        directory: Where the files are.
        sizes: The sizes of the run.
        fast: Whether the accelerator is used.
        many: Whether a month of all plants is one command, and not one command for each plant.
    """

    def __init__(self, directory: Directory, sizes: Sizes, *, fast: bool, many: bool = False) -> None:
        self._path, self._plants = directory.new("append.db"), sizes.plants
        self._ledger = directory.close_later(cl.open_ledger(self._path, by="bench"))
        set_up(self._ledger, self._plants)
        self._raw = directory.close_later(RawEntries(directory.new("append-raw.db")))
        self._months = list(months(2 + sizes.rounds))
        self._accelerated, self._record = fast, record_many if many else record_month

    def append(self, number: int) -> float:
        """Record a month of every plant; return the time per reading. [s]"""
        month = self._months[number]
        with accelerated(self._accelerated):
            return seconds(self._record, self._ledger, self._plants, month) / (self._plants * month.hours)

    def raw(self, number: int) -> float:
        """Insert the same bytes; return the time per reading. [s]"""
        entries = entries_from(self._path, self._ledger.size - self._plants)
        return self._raw.insert(entries) / (self._plants * self._months[number].hours)


def chain_turn(directory: Directory, sizes: Sizes) -> Turn:
    """The turn of the naive chain: a month."""
    plants = range(sizes.peer_plants)
    known = [Plant(plant_id(k), f"{CAPACITY_W} W", BEGAN) for k in plants]
    chain = directory.close_later(Chain(directory.new("append.jsonl"), known))
    chosen = list(months(2 + sizes.rounds))

    def record(month: Month) -> None:
        for plant in plants:
            chain.record(plant_id(plant), month.start, column(plant, month))

    return lambda number: seconds(record, chosen[number]) / (len(plants) * chosen[number].hours)


def bundle_turn(directory: Directory, sizes: Sizes) -> Turn | None:
    """The turn of the SQLModel design, if it is installed: a month."""
    peer = bundles()
    if peer is None:
        return None
    registry = directory.close_later(peer.Registry(directory.new("append-bundles.db")))
    account = registry.account(OPERATOR)
    devices = [registry.device(plant_id(k), CAPACITY_W, BEGAN) for k in range(sizes.peer_plants)]
    chosen = list(months(2 + sizes.rounds))

    def record(month: Month) -> None:
        for plant, device in enumerate(devices):
            registry.record(device, account, month.start, column(plant, month))
        registry.commit()

    return lambda number: seconds(record, chosen[number]) / (len(devices) * chosen[number].hours)


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject."""
    ways = {
        PLAIN: Ours(directory, sizes, fast=False),
        MANY: Ours(directory, sizes, fast=False, many=True),
    }
    if installed():
        ways[ACCELERATED] = Ours(directory, sizes, fast=True)
        ways[MANY_ACCELERATED] = Ours(directory, sizes, fast=True, many=True)
    turns: dict[str, Turn] = {"chain": chain_turn(directory, sizes)}
    for name, way in ways.items():
        turns |= {name: way.append, f"{name}, raw": way.raw}
    bundle = bundle_turn(directory, sizes)
    if bundle is not None:
        turns["bundles"] = bundle
    costs = interleaved(sizes.rounds, turns)
    rows = [_of_raw(name, costs, sizes) for name in NAMES[:4]]
    if bundle is None:
        rows.append(missing(BUNDLES, "install the extra `bench`"))
    else:
        slow = f"a row an hour, checked, hashed, an event each; {rate(costs['bundles']):,.0f} readings/s"
        rows.append(measured(BUNDLES, ratios(costs["bundles"], costs[PLAIN]), slow))
    slow = f"a line an hour, the same checks, durable; {rate(costs['chain']):,.0f} readings/s"
    return [*rows, measured(CHAIN, ratios(costs["chain"], costs[PLAIN]), slow)]


def _of_raw(name: str, costs: Mapping[str, list[float]], sizes: Sizes) -> Row:
    """The row of one way to append: how fast it is, compared with raw SQLite in the same rounds."""
    if name not in costs:
        return missing(name, "not built, or not installed: the extra `bench` has it")
    note = f"{sizes.plants} entries a commit; {rate(costs[name]) / 1e6:.2f} M readings/s"
    return measured(name, ratios(costs[f"{name}, raw"], costs[name]), note)
