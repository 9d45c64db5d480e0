"""Ledgers of many entries, in which certificates are issued, and blocks of them transferred and retired.

A town of a million entries by commands alone would take most of the benchmark's time. So its registrations,
readings and issuances are commands, and the transfers after each issuance are written to the store directly:
the same bytes and rows as the commands would give, without the rules that looked at them. A test compares the two.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from attrs import define, field

import carbon_ledger as cl
from benchmarks.workload import OPERATOR, column, furnish, months, plant_id
from carbon_ledger.core.state.rows import ACTIVE, Balance, Piece, Row
from carbon_ledger.core.state.store import Store
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.stores.sqlite import SqliteStore

PLANTS: Final = 10
BUYERS: Final = 200
INSTRUMENT: Final = "I-REC-E"
UNITS: Final = 10
MOVES: Final = 1_000  # of one batch, before the next is issued; a month has units for three times as many
_TICK: Final = timedelta(microseconds=1)


def buyer(number: int) -> str:
    """The account of the buyer of a transfer: any of them, in an order that looks like none."""
    return f"buyer-{number * 83 % BUYERS}"


class Clock:
    """A clock that goes on by a microsecond whenever it is asked, so that every town is the same."""

    def __init__(self) -> None:
        self.now = datetime(2020, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The next time."""
        self.now += _TICK
        return self.now


@define
class Lot:
    """A batch, and how many of its units have left the operator."""

    batch: cl.Batch
    sold: int = 0

    def next_block(self) -> cl.Block:
        """The next units that leave."""
        first, self.sold = self.sold + 1, self.sold + UNITS
        return cl.Block(self.batch.batch_id, first, self.sold)


@define
class Town:
    """A ledger that grows to a size, and the batches that are sold from.

    Attributes:
        path: Its file.
        size: Entries.
        issued: Batches so far.
        lots: The batches that are sold from, in turns.
        moves: Transfers so far.
    """

    path: Path
    size: int = 0
    issued: int = 0
    lots: list[Lot] = field(factory=list)
    moves: int = 0

    def open(self) -> Ledger:
        """The ledger, durable."""
        return cl.open_ledger(self.path, by="bench", clock=Clock())

    def next_block(self) -> cl.Block:
        """The next units that are transferred."""
        return self.lots[self.moves % len(self.lots)].next_block()

    def stock(self, ledger: Ledger, batches: int) -> None:
        """Issue batches to sell from, instead of the older ones."""
        with ledger.batch():
            self.lots = [Lot(issue(ledger, self.issued + number)) for number in range(batches)]
        self.issued, self.size = self.issued + batches, ledger.size


def begin(path: Path, clock: Clock) -> None:
    """Begin a town: its accounts, plants and projects."""
    with cl.open_ledger(path, ledger_id="town", by="bench", clock=clock) as ledger:
        accounts = (OPERATOR, *(f"buyer-{number}" for number in range(BUYERS)))
        furnish(ledger, PLANTS, projects=True, accounts=accounts)


def issue(ledger: Ledger, number: int) -> cl.Batch:
    """Record and issue a plant's month: the town's batch of this number."""
    plant, month = number % PLANTS, next(months(1, skip=number // PLANTS))
    ledger.record_readings(plant_id(plant), start=month.start, step="1 hour", net_wh=column(plant, month))
    (batch,) = ledger.issue(plant_id(plant), month.period, to=OPERATOR)
    return batch


def transfer(ledger: Ledger, town: Town) -> cl.Block:
    """Transfer the town's next units to a buyer, by a command."""
    moved = ledger.transfer(town.next_block(), to=buyer(town.moves))
    town.moves, town.size = town.moves + 1, town.size + 1
    return moved


def build(path: Path, size: int, *, by_commands: bool = False) -> Town:
    """Build a town of so many entries.

    Args:
        path: A new file.
        size: Entries it shall have.
        by_commands: Make every transfer by its command.
    """
    clock = Clock()
    begin(path, clock)
    store = SqliteStore(path, durable=False)
    ledger = Ledger(store, clock=clock, by="bench")
    town, writer = Town(path, ledger.size), Writer(store, clock)
    while town.size < size:
        with ledger.batch():
            town.stock(ledger, 1)
            writer.take_note(town.lots[0].batch)
            for _ in range(min(MOVES, size - town.size)):
                if by_commands:
                    transfer(ledger, town)
                else:
                    writer.transfer(town)
    ledger.close()
    return town


class Writer:
    """Writes transfers to a store: their entries, and the rows that follow from them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._held: dict[str, int] = {}
        self._last: dict[str, int] = {}

    def take_note(self, batch: cl.Batch) -> None:
        """Take note of what a command has issued."""
        self._held[OPERATOR] = self._held.get(OPERATOR, 0) + batch.count
        self._last[batch.batch_id] = batch.count

    def transfer(self, town: Town) -> None:
        """Write the transfer of the town's next units."""
        block, n, to = town.next_block(), town.size, buyer(town.moves)
        self._held[OPERATOR] -= UNITS
        self._held[to] = self._held.get(to, 0) + UNITS
        rows: list[Row] = [
            Piece(block.batch_id, block.first, block.last, to, ACTIVE, n),
            Piece(block.batch_id, block.last + 1, self._last[block.batch_id], OPERATOR, ACTIVE, n),
            *(Balance(name, INSTRUMENT, n, self._held[name]) for name in sorted((to, OPERATOR))),
        ]
        self._store.append(self._entry(block, to, n), rows)
        town.moves, town.size = town.moves + 1, n + 1

    def _entry(self, block: cl.Block, to: str, n: int) -> bytes:
        return (
            f'{{"at":"{self._clock():%Y-%m-%dT%H:%M:%S.%fZ}","by":"bench","command":{{"part":1,"parts":1}},"event":'
            f'{{"batch":"{block.batch_id}","first":{block.first},"from":"{OPERATOR}","last":{block.last},"to":"{to}"}},'
            f'"n":{n},"schema":1,"type":"units.transferred"}}'
        ).encode()
