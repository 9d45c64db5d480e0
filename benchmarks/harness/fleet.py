"""A fleet: a ledger of several plants with many entries, in which certificates are issued and transferred.

Building a million entries by commands alone would take most of the benchmark's time. Registrations, readings and
issuances are therefore commands, but the transfers after each issuance are written to the store directly. Their
bytes and rows are the same as those of commands; a test compares the two.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from attrs import define, field

import carbon_ledger as cl
from benchmarks.harness.workload import OPERATOR, column, months, plant_id, set_up
from carbon_ledger.core.state.rows import ACTIVE, Balance, Piece, Row
from carbon_ledger.core.state.store import Store
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.stores.sqlite import SqliteStore

PLANTS: Final = 10
BUYERS: Final = 200
INSTRUMENT: Final = "I-REC-E"
UNITS: Final = 10
TRANSFERS_PER_BATCH: Final = 1_000  # before the next batch is issued; a month has units for three times as many
_TICK: Final = timedelta(microseconds=1)


def buyer(number: int) -> str:
    """The buyer's account in a transfer, in a scrambled order."""
    return f"buyer-{number * 83 % BUYERS}"


class Clock:
    """A clock that advances by a microsecond at each call, so that every fleet is the same."""

    def __init__(self) -> None:
        self.now = datetime(2020, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The next time."""
        self.now += _TICK
        return self.now


@define
class Lot:
    """A batch, and the number of its units that the operator has transferred."""

    batch: cl.Batch
    sold: int = 0

    def next_block(self) -> cl.Block:
        """The next units to transfer."""
        first, self.sold = self.sold + 1, self.sold + UNITS
        return cl.Block(self.batch.batch_id, first, self.sold)


@define
class Fleet:
    """A ledger of several plants, and the batches whose units are transferred.

    Attributes:
        path: The ledger's file.
        size: The number of entries.
        issued: The number of batches that were issued.
        lots: The batches whose units are transferred in turn.
        transfers: The number of transfers.
    """

    path: Path
    size: int = 0
    issued: int = 0
    lots: list[Lot] = field(factory=list)
    transfers: int = 0

    def open(self) -> Ledger:
        """Open the ledger, with durable commits."""
        return cl.open_ledger(self.path, by="bench", clock=Clock())

    def next_block(self) -> cl.Block:
        """The next units to transfer, from the lots in turn."""
        return self.lots[self.transfers % len(self.lots)].next_block()

    def issue_batches(self, ledger: Ledger, batches: int) -> None:
        """Issue batches, which replace the current lots."""
        with ledger.batch():
            self.lots = [Lot(issue(ledger, self.issued + number)) for number in range(batches)]
        self.issued, self.size = self.issued + batches, ledger.size


def begin(path: Path, clock: Clock) -> None:
    """Create a fleet's ledger with its accounts, plants and projects."""
    with cl.open_ledger(path, ledger_id="fleet", by="bench", clock=clock) as ledger:
        accounts = (OPERATOR, *(f"buyer-{number}" for number in range(BUYERS)))
        set_up(ledger, PLANTS, projects=True, accounts=accounts)


def issue(ledger: Ledger, number: int) -> cl.Batch:
    """Record and issue a month of a plant: the fleet's batch of the given number."""
    plant, month = number % PLANTS, next(months(1, skip=number // PLANTS))
    ledger.record_readings(plant_id(plant), start=month.start, step="1 hour", net_wh=column(plant, month))
    (batch,) = ledger.issue(plant_id(plant), month.period, to=OPERATOR)
    return batch


def transfer(ledger: Ledger, fleet: Fleet) -> cl.Block:
    """Transfer the fleet's next units to a buyer with a command."""
    moved = ledger.transfer(fleet.next_block(), to=buyer(fleet.transfers))
    fleet.transfers, fleet.size = fleet.transfers + 1, fleet.size + 1
    return moved


def build(path: Path, size: int, *, by_commands: bool = False) -> Fleet:
    """Build a fleet with a number of entries.

    Args:
        path: A new file.
        size: The number of entries.
        by_commands: Whether to make every transfer with a command.
    """
    clock = Clock()
    begin(path, clock)
    store = SqliteStore(path, durable=False)
    ledger = Ledger(store, clock=clock, by="bench")
    fleet, writer = Fleet(path, ledger.size), Writer(store, clock)
    while fleet.size < size:
        with ledger.batch():
            fleet.issue_batches(ledger, 1)
            writer.note_issued(fleet.lots[0].batch)
            for _ in range(min(TRANSFERS_PER_BATCH, size - fleet.size)):
                if by_commands:
                    transfer(ledger, fleet)
                else:
                    writer.transfer(fleet)
    ledger.close()
    return fleet


class Writer:
    """Writes transfers to a store: their entries and rows."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._active: dict[str, int] = {}
        self._last: dict[str, int] = {}

    def note_issued(self, batch: cl.Batch) -> None:
        """Add a batch that a command has issued."""
        self._active[OPERATOR] = self._active.get(OPERATOR, 0) + batch.count
        self._last[batch.batch_id] = batch.count

    def transfer(self, fleet: Fleet) -> None:
        """Write the transfer of the fleet's next units."""
        block, n, to = fleet.next_block(), fleet.size, buyer(fleet.transfers)
        self._active[OPERATOR] -= UNITS
        self._active[to] = self._active.get(to, 0) + UNITS
        rows: list[Row] = [
            Piece(block.batch_id, block.first, block.last, to, ACTIVE, n),
            Piece(block.batch_id, block.last + 1, self._last[block.batch_id], OPERATOR, ACTIVE, n),
            *(Balance(name, INSTRUMENT, n, self._active[name]) for name in sorted((to, OPERATOR))),
        ]
        self._store.append(self._entry(block, to, n), rows)
        fleet.transfers, fleet.size = fleet.transfers + 1, n + 1

    def _entry(self, block: cl.Block, to: str, n: int) -> bytes:
        return (
            f'{{"at":"{self._clock():%Y-%m-%dT%H:%M:%S.%fZ}","by":"bench","command":{{"part":1,"parts":1}},"event":'
            f'{{"batch":"{block.batch_id}","first":{block.first},"from":"{OPERATOR}","last":{block.last},"to":"{to}"}},'
            f'"n":{n},"schema":1,"type":"units.transferred"}}'
        ).encode()
