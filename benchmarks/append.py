"""Bulk append: 500 entries a commit, each a plant's month of hourly values, durable and checked."""

from datetime import UTC, datetime
from typing import Final

import carbon_ledger as cl
from benchmarks.accelerators import accelerated, installed
from benchmarks.chain_peer import Chain, Plant
from benchmarks.limits import RawEntries, entries_from
from benchmarks.peers import bundles
from benchmarks.place import Place
from benchmarks.rows import Row, measured, missing
from benchmarks.sizes import Sizes
from benchmarks.timing import Turn, interleaved, rate, ratios, seconds
from benchmarks.workload import CAPACITY_W, FIRST_YEAR, OPERATOR, Month, column, furnish, months, plant_id, record_month

PLAIN: Final = "append readings: of a raw insert, standard library"
ACCELERATED: Final = "append readings: of a raw insert, with the accelerator"
BUNDLES: Final = "append readings: times the SQLModel design"
CHAIN: Final = "append readings: times the naive chain"
NAMES: Final = (PLAIN, ACCELERATED, BUNDLES, CHAIN)
BEGAN: Final = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)


class Ours:
    """A ledger that takes a month a round; its bytes are then given to raw SQLite."""

    def __init__(self, place: Place, sizes: Sizes, *, fast: bool) -> None:
        self._path, self._plants = place.new("append.db"), sizes.plants
        self._ledger = place.keep(cl.open_ledger(self._path, by="bench"))
        furnish(self._ledger, self._plants)
        self._raw = place.keep(RawEntries(place.new("append-raw.db")))
        self._months = list(months(2 + sizes.rounds))
        self._accelerated = fast

    def append(self, number: int) -> float:
        """Record a month of every plant; give the time of a reading. [s]"""
        month = self._months[number]
        with accelerated(self._accelerated):
            return seconds(record_month, self._ledger, self._plants, month) / (self._plants * month.hours)

    def raw(self, number: int) -> float:
        """Insert the same bytes; give the time of a reading. [s]"""
        entries = entries_from(self._path, self._ledger.size - self._plants)
        return self._raw.insert(entries) / (self._plants * self._months[number].hours)


def chain_turn(place: Place, sizes: Sizes) -> Turn:
    """The naive chain's month."""
    plants = range(sizes.peer_plants)
    known = [Plant(plant_id(k), f"{CAPACITY_W} W", BEGAN) for k in plants]
    chain = place.keep(Chain(place.new("append.jsonl"), known))
    chosen = list(months(2 + sizes.rounds))

    def record(month: Month) -> None:
        for plant in plants:
            chain.record(plant_id(plant), month.start, column(plant, month))

    return lambda number: seconds(record, chosen[number]) / (len(plants) * chosen[number].hours)


def bundle_turn(place: Place, sizes: Sizes) -> Turn | None:
    """The SQLModel design's month, if it is installed."""
    peer = bundles()
    if peer is None:
        return None
    registry = place.keep(peer.Registry(place.new("append-bundles.db")))
    account = registry.account(OPERATOR)
    devices = [registry.device(plant_id(k), CAPACITY_W, BEGAN) for k in range(sizes.peer_plants)]
    chosen = list(months(2 + sizes.rounds))

    def record(month: Month) -> None:
        for plant, device in enumerate(devices):
            registry.record(device, account, month.start, column(plant, month))
        registry.commit()

    return lambda number: seconds(record, chosen[number]) / (len(devices) * chosen[number].hours)


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure."""
    ours = Ours(place, sizes, fast=False)
    turns: dict[str, Turn] = {"ours": ours.append, "raw": ours.raw, "chain": chain_turn(place, sizes)}
    if (bundle := bundle_turn(place, sizes)) is not None:
        turns["bundles"] = bundle
    fast = Ours(place, sizes, fast=True) if installed() else None
    if fast is not None:
        turns |= {"fast": fast.append, "fast raw": fast.raw}
    costs = interleaved(sizes.rounds, turns)
    note = f"{sizes.plants} entries a commit; {rate(costs['ours']) / 1e6:.2f} M readings/s"
    rows = [measured(PLAIN, ratios(costs["raw"], costs["ours"]), note)]
    if fast is None:
        rows.append(missing(ACCELERATED, "not built, or not installed: the extra `bench` has it"))
    else:
        faster = f"{rate(costs['fast']) / 1e6:.2f} M readings/s"
        rows.append(measured(ACCELERATED, ratios(costs["fast raw"], costs["fast"]), faster))
    if bundle is None:
        rows.append(missing(BUNDLES, "install the extra `bench`"))
    else:
        slow = f"a row an hour, checked, hashed, an event each; {rate(costs['bundles']):,.0f} readings/s"
        rows.append(measured(BUNDLES, ratios(costs["bundles"], costs["ours"]), slow))
    slow = f"a line an hour, the same checks, durable; {rate(costs['chain']):,.0f} readings/s"
    return [*rows, measured(CHAIN, ratios(costs["chain"], costs["ours"]), slow)]
