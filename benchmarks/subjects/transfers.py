"""Transfers and retirements in `batch()`, compared with a raw insert of the same rows and the SQLModel design."""

from datetime import UTC, datetime
from typing import Final

import carbon_ledger as cl
from benchmarks.harness.directory import Directory
from benchmarks.harness.fleet import BUYERS, UNITS, Fleet, build, buyer, transfer
from benchmarks.harness.rows import Row, measured, missing
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.timing import Turn, interleaved, rate, ratios, seconds
from benchmarks.harness.workload import CAPACITY_W, FIRST_YEAR, OPERATOR
from benchmarks.peers import bundles
from benchmarks.peers.raw_sqlite import RawRows
from carbon_ledger.ledger.ledger import Ledger

SMALL: Final = "transfers and retirements: of a raw insert, 1,000 a commit"
LARGE: Final = "transfers and retirements: of a raw insert, 10,000 a commit"
BUNDLES: Final = "transfers and retirements: times the SQLModel design"
NAMES: Final = (SMALL, LARGE, BUNDLES)
LOTS: Final = 20  # batches that are transferred in turn
CLAIM: Final = cl.Period.year(2019, zone="UTC")  # the fleet's clock stands in 2020


class Ours:
    """A fleet in which every second command retires half of what the command before transferred.

    Args:
        directory: The directory of the run.
        entries: The number of entries before the measurement.
        commit: The number of commands in a commit.
    """

    def __init__(self, directory: Directory, entries: int, commit: int) -> None:
        path = directory.new("transfers.db")
        self.fleet: Fleet = build(path, entries)
        self._ledger: Ledger = directory.close_later(self.fleet.open())
        self.fleet.issue_batches(self._ledger, LOTS)
        self._raw = directory.close_later(RawRows(path, directory.new("transfers-raw.db")))
        self._commit = commit

    def move(self, _: int) -> float:
        """Perform the commands of one commit; return the time per command. [s]"""
        return seconds(self._move) / self._commit

    def _move(self) -> None:
        with self._ledger.batch():
            for _ in range(self._commit // 2):
                moved = transfer(self._ledger, self.fleet)
                self._ledger.retire(moved.take(UNITS // 2), beneficiary="Buyer Ltd", purpose="claim", period=CLAIM)

    def raw(self, _: int) -> float:
        """Insert the same rows; return the time per command. [s]"""
        return self._raw.follow()[0] / self._commit


def bundle_turn(directory: Directory, commands: int) -> Turn | None:
    """The turn of the SQLModel design, if it is installed: one commit of the same commands."""
    peer = bundles()
    if peer is None:
        return None
    registry = directory.close_later(peer.Registry(directory.new("transfers-bundles.db")))
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


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject."""
    small = Ours(directory, sizes.fleets[0], sizes.commit)
    turns: dict[str, Turn] = {"ours": small.move, "raw": small.raw}
    if (bundle := bundle_turn(directory, sizes.commit)) is not None:
        turns["bundles"] = bundle
    costs = interleaved(sizes.rounds, turns)
    large = Ours(directory, sizes.fleets[0], sizes.large_commit)
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
