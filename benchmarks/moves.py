"""Transfers and retirements in `batch()`, against a raw insert of the same rows and the SQLModel design."""

from datetime import UTC, datetime
from typing import Final

import carbon_ledger as cl
from benchmarks.limits import RawRows
from benchmarks.peers import bundles
from benchmarks.place import Place
from benchmarks.rows import Row, measured, missing
from benchmarks.sizes import Sizes
from benchmarks.timing import Turn, interleaved, rate, ratios, seconds
from benchmarks.town import BUYERS, UNITS, Town, build, buyer, transfer
from benchmarks.workload import CAPACITY_W, FIRST_YEAR, OPERATOR
from carbon_ledger.ledger.ledger import Ledger

SMALL: Final = "transfers and retirements: of a raw insert, 1,000 a commit"
LARGE: Final = "transfers and retirements: of a raw insert, 10,000 a commit"
BUNDLES: Final = "transfers and retirements: times the SQLModel design"
NAMES: Final = (SMALL, LARGE, BUNDLES)
LOTS: Final = 20  # batches that commands turn to
CLAIM: Final = cl.Period.year(2024, zone="UTC")


class Ours:
    """A town in which every second command retires half of what the one before transferred.

    Args:
        place: Where its file goes.
        entries: Entries it has before.
        commit: Commands a commit.
    """

    def __init__(self, place: Place, entries: int, commit: int) -> None:
        path = place.new("moves.db")
        self.town: Town = build(path, entries)
        self._ledger: Ledger = place.keep(self.town.open())
        self.town.stock(self._ledger, LOTS)
        self._raw = place.keep(RawRows(path, place.new("moves-raw.db")))
        self._commit = commit

    def move(self, _: int) -> float:
        """Make a commit of commands; give the time of one. [s]"""
        return seconds(self._move) / self._commit

    def _move(self) -> None:
        with self._ledger.batch():
            for _ in range(self._commit // 2):
                moved = transfer(self._ledger, self.town)
                self._ledger.retire(moved.take(UNITS // 2), beneficiary="Buyer Ltd", purpose="claim", period=CLAIM)

    def raw(self, _: int) -> float:
        """Insert the same rows; give the time of a command's. [s]"""
        return self._raw.follow()[0] / self._commit


def bundle_turn(place: Place, commands: int) -> Turn | None:
    """The SQLModel design's commit of the same commands, if it is installed."""
    peer = bundles()
    if peer is None:
        return None
    registry = place.keep(peer.Registry(place.new("moves-bundles.db")))
    began = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    operator, device = registry.account(OPERATOR), registry.device("plant", CAPACITY_W, began)
    buyers = [registry.account(f"buyer-{number}") for number in range(BUYERS)]
    (rest,) = registry.record(device, operator, began, [CAPACITY_W])
    registry.commit()
    made = 0

    def move() -> None:
        nonlocal rest, made
        for _ in range(commands // 2):
            to = buyers[int(buyer(made).split("-")[1])]
            moved, rest = registry.transfer(rest.id, UNITS, operator, to)
            registry.claim(moved.id, UNITS // 2, to)
            made += 1
        registry.commit()

    return lambda _: seconds(move) / commands


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure."""
    small = Ours(place, sizes.towns[0], sizes.commit)
    turns: dict[str, Turn] = {"ours": small.move, "raw": small.raw}
    if (bundle := bundle_turn(place, sizes.commit)) is not None:
        turns["bundles"] = bundle
    costs = interleaved(sizes.rounds, turns)
    large = Ours(place, sizes.towns[0], sizes.large_commit)
    many = interleaved(sizes.rounds, {"ours": large.move, "raw": large.raw})
    note = f"half are transfers, half retirements; {rate(costs['ours']):,.0f} commands/s"
    rows = [
        measured(SMALL, ratios(costs["raw"], costs["ours"]), note),
        measured(LARGE, ratios(many["raw"], many["ours"]), f"{rate(many['ours']):,.0f} commands/s"),
    ]
    if bundle is None:
        return [*rows, missing(BUNDLES, "install the extra `bench`")]
    note = (
        f"the bundle split in two, with hashes and events, {sizes.commit:,} a commit; {rate(costs['bundles']):,.0f}/s"
    )
    return [*rows, measured(BUNDLES, ratios(costs["bundles"], costs["ours"]), note)]
