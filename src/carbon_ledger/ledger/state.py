"""State: the rows derived from the log, the view that rules read, and the store that keeps both.

A row is true from the entry `from_n` on: until `to_n` where it has one, else until a newer row of the
same key. So a view as of any entry needs no other data, and all of it can be rebuilt from the entries.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar

from attrs import frozen

from carbon_ledger.ledger.entries import Entry
from carbon_ledger.serials import Batch

Made = TypeVar("Made")

ACTIVE: Final = "active"
LOCKED: Final = "locked"
BUFFERED: Final = "buffered"
PENDING: Final = "pending"
RETIRED: Final = "retired"
CANCELLED: Final = "cancelled"
WITHDRAWN: Final = "withdrawn"
EXPORTED: Final = "exported"
FINAL_STATES: Final = (RETIRED, CANCELLED, WITHDRAWN, EXPORTED)
STATES: Final = (ACTIVE, LOCKED, BUFFERED, PENDING, *FINAL_STATES)
# What an issuer can take back; pending units are promised to somebody until their offer ends.
RETURNABLE: Final = (ACTIVE, LOCKED, BUFFERED)


@frozen
class Registration:
    """Entry *n* registered or adopted the thing of this kind and id."""

    kind: str
    id: str
    n: int


@frozen
class Reading:
    """A run of live readings: part of the column that entry *source_n* holds for the device."""

    device: str
    start_utc: int
    end_utc: int
    step_s: int
    net_wh: int
    gross_wh: int | None
    source_n: int
    from_n: int
    to_n: int | None = None


@frozen
class Claim:
    """Steps of a device that the issuance of entry *issuance_n* claims."""

    device: str
    start_utc: int
    end_utc: int
    issuance_n: int
    from_n: int
    to_n: int | None = None


@frozen
class Accrual:
    """A project's carry and its parts: carry = claimed + adjustments - counted, always."""

    project: str
    from_n: int
    carry: Decimal = Decimal(0)
    vintage: int | None = None
    claimed: Decimal = Decimal(0)
    adjustments: int = 0
    counted: int = 0


@frozen
class Issuance:
    """An issuance as it stands: its amounts change with corrections, and end when it is voided.

    One that is `converted` is `voided` too: it counts no unit and no amount, and its claims are the conversion's.
    `toward_debit` is of granular certificates alone, whose hours answer for their own units: Wh that its
    steps gave for no unit, to make a debit good, less units that are out of hours that lack the energy.
    """

    n: int
    from_n: int
    project: str
    start_utc: int
    end_utc: int
    account: str
    quantification: str
    amounts: tuple[tuple[int, Decimal], ...]
    counted: int
    voided: bool = False
    toward_debit: int = 0
    converted: bool = False


@frozen
class IssuedBatch:
    """A batch, and the entry that issued it."""

    n: int
    batch: Batch


@frozen
class Piece:
    """A range of a batch in one account and one state."""

    batch_id: str
    first: int
    last: int
    account: str
    state: str
    from_n: int

    @property
    def count(self) -> int:
        """Units in the piece."""
        return self.last - self.first + 1


@frozen
class Balance:
    """Running totals of an account's units of one instrument, by state."""

    account: str
    instrument: str
    from_n: int
    active: int = 0
    locked: int = 0
    buffered: int = 0
    pending: int = 0
    retired: int = 0
    cancelled: int = 0
    withdrawn: int = 0
    exported: int = 0


@frozen
class KeyUse:
    """The entry at which the command of an actor's idempotency key begins."""

    key: str
    actor: str
    n: int


@frozen
class Offer:
    """A transfer that was offered by entry *n*: `offered`, or how it ended; its units are pending until then."""

    n: int
    from_n: int
    giver: str
    taker: str
    deadline_utc: int | None
    status: str


@frozen
class Label:
    """A label that a range of a batch carries, whoever holds it, since entry *source_n* put it on."""

    batch_id: str
    first: int
    last: int
    label: str
    source_n: int
    from_n: int
    to_n: int | None = None


@frozen
class External:
    """Serials of another registry that came in with entry *n*, in the registry's own number space."""

    registry: str
    space: str
    first: int
    last: int
    batch_id: str
    n: int


@frozen
class Grant:
    """A role of an actor; for the holder of an account, *scope* is that account, else empty."""

    actor: str
    role: str
    scope: str
    from_n: int
    to_n: int | None = None


@frozen
class Approval:
    """A verifier's approval of exactly one quantification, by its digest."""

    quantification: str
    project: str
    start_utc: int
    end_utc: int
    actor: str
    from_n: int
    to_n: int | None = None


Row = (
    Registration
    | Reading
    | Claim
    | Accrual
    | Issuance
    | IssuedBatch
    | Piece
    | Balance
    | Offer
    | Label
    | External
    | Grant
    | Approval
    | KeyUse
)


class View(Protocol):
    """The ledger's state after its first *size* entries. Reads only."""

    @property
    def size(self) -> int:
        """How many entries it sees."""

    def entry(self, n: int) -> Entry:
        """Entry *n*, decoded."""

    def made_of(self, n: int, make: Callable[[Entry], Made]) -> Made:
        """What a pure function makes of entry *n*; a store may keep it, for an entry never changes."""

    def registration(self, kind: str, name: str) -> int | None:
        """Number of the entry that registered this id."""

    def registrations(self, kind: str) -> Sequence[str]:
        """All ids of a kind, in order of registration."""

    def readings(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live runs that overlap [start, end), in time order."""

    def readings_ever(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live and superseded runs that overlap [start, end), by start and age."""

    def claims(self, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Live claims that overlap [start, end), in time order."""

    def claims_ever(self, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Live and freed claims that overlap [start, end), by start and age."""

    def claims_of(self, issuance_n: int) -> Sequence[Claim]:
        """Live claims of an issuance, by device and time."""

    def accrual(self, project: str) -> Accrual | None:
        """The project's carry, none before its first issuance."""

    def accruals(self, project: str) -> Sequence[Accrual]:
        """Every carry the project ever had, oldest first."""

    def issuance(self, n: int) -> Issuance | None:
        """The issuance of entry *n* as it stands."""

    def issuances(self, project: str) -> Sequence[Issuance]:
        """A project's issuances as they stand, in order."""

    def batch(self, batch_id: str) -> IssuedBatch | None:
        """A batch by its id."""

    def batches(self, issuance_n: int) -> Sequence[IssuedBatch]:
        """The batches of an issuance, by vintage."""

    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece]:
        """The current pieces that overlap serials first..last, in order, whole."""

    def pieces_ever(self, batch_id: str) -> Sequence[Piece]:
        """Every piece the batch ever had."""

    def holdings(self, account: str) -> Sequence[Piece]:
        """The current pieces of an account, by batch and serial."""

    def balances(self, account: str) -> Sequence[Balance]:
        """The account's current totals, an instrument each."""

    def balance(self, account: str, instrument: str) -> Balance | None:
        """The account's current totals of one instrument."""

    def movements(self, account: str) -> Sequence[Balance]:
        """Every total the account ever had, oldest first."""

    def offer(self, n: int) -> Offer | None:
        """The offer of entry *n* as it stands."""

    def offers(self, account: str) -> Sequence[Offer]:
        """The offers that an account gave or was given, as they stand, in order."""

    def labels(self, batch_id: str) -> Sequence[Label]:
        """The live labels of a batch, by label and serial."""

    def externals(self, registry: str, space: str, first: int, last: int) -> Sequence[External]:
        """The imported serials of a registry's number space that overlap first..last, in order."""

    def grants(self, actor: str) -> Sequence[Grant]:
        """The live roles of an actor, by role and scope."""

    def grants_of(self, role: str) -> Sequence[Grant]:
        """The live grants of a role, by actor and scope."""

    def approvals(self, quantification: str) -> Sequence[Approval]:
        """The approvals of a quantification that were neither used nor revoked, oldest first."""

    def approvals_ever(self, project: str) -> Sequence[Approval]:
        """Every approval of a project's quantifications, oldest first."""

    def key_use(self, by: str, key: str) -> int | None:
        """Number of the first entry of the command for which this actor used this key."""


class Store(Protocol):
    """Where the log and its rows live; both are written in one transaction."""

    def size(self) -> int:
        """How many entries the log has."""

    def holds(self, n: int) -> bool:
        """Whether the log has an entry *n*."""

    def view(self, size: int | None = None) -> View:
        """The state after *size* entries; all of them by default."""

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The stored leaf hashes of entries start..stop-1."""

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log's hashes, as `carbon_ledger.log.tiles` reads it."""

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and the rows that follow from it; only inside a transaction.

        Where it fails, the transaction it is part of cannot be committed.
        """

    def keep(self, entry: Entry) -> None:
        """Take the newest entry as it was before it was encoded, so that nobody decodes it again."""

    def derive(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that is in the log already; only inside a transaction."""

    def forget(self) -> None:
        """Remove every derived row, and keep entries and tiles; only inside a transaction."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing; inside another one, a part of it that can be undone alone."""

    def writing(self) -> AbstractContextManager[None]:
        """Hold the lock of a transaction: begin one, or join the one that is open."""

    def rows(self, table: str, size: int | None = None) -> Iterator[tuple[object, ...]]:
        """Every row of a table as plain values, in the order of its key; as of *size* entries, where it is given."""

    def newest(self, table: str, by: str | None = None) -> Iterator[Any]:
        """The newest row of each thing in a table, in order of a column and its key, or of its key."""

    def scratch(self, start: int = 0) -> "Store":
        """A store for an audit to replay into: empty, or with the rows as of *start* entries."""

    def location(self) -> str | None:
        """Where another process finds the same log, none if nowhere."""

    def cuts(self, size: int, parts: int) -> list[int]:
        """Where to cut *size* entries into parts that take about as long to audit, ascending."""

    def close(self) -> None:
        """Release what the store holds."""


TABLES: Final = (
    *("registration", "reading", "claim", "accrual", "issuance", "batch", "piece", "balance", "offer", "label"),
    *("external", "role", "approval", "key_use", "tile"),
)
