"""State: the rows derived from the log, the view that rules read, and the store that keeps both.

A row is true from the entry `from_n` on: until `to_n` where it has one, else until a newer row of the
same key. So a view as of any entry needs no other data, and all of it can be rebuilt from the entries.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, TypeVar

from attrs import frozen

from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.rows import (
    ACTIVE,
    BUFFERED,
    CANCELLED,
    EXPORTED,
    FINAL_STATES,
    LOCKED,
    PENDING,
    RETIRED,
    RETURNABLE,
    STATES,
    WITHDRAWN,
    Accrual,
    Approval,
    Balance,
    Claim,
    External,
    Grant,
    Issuance,
    IssuedBatch,
    IssuedVintage,
    KeyUse,
    Label,
    Offer,
    Piece,
    Reading,
    Registration,
    Row,
)

__all__ = [
    "ACTIVE",
    "BUFFERED",
    "CANCELLED",
    "EXPORTED",
    "FINAL_STATES",
    "LOCKED",
    "PENDING",
    "RETIRED",
    "RETURNABLE",
    "STATES",
    "TABLES",
    "WITHDRAWN",
    "Accrual",
    "Approval",
    "Backup",
    "Balance",
    "Claim",
    "External",
    "Grant",
    "Issuance",
    "IssuedBatch",
    "IssuedVintage",
    "KeyUse",
    "Label",
    "Made",
    "Offer",
    "Piece",
    "Reading",
    "Registration",
    "Row",
    "Store",
    "View",
]

Made = TypeVar("Made")


@frozen(kw_only=True)
class Backup:
    """A copy of a ledger that was written to a file of its own, and checked.

    Attributes:
        path: The file; to restore the ledger is to open it.
        size: Entries in it.
        root: The RFC 6962 root of its entries, as hexadecimal digits.
    """

    path: str
    size: int
    root: str


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

    def readings_then(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Runs that overlap [start, end) and were live after the first *n* entries, in time order."""

    def claims_since(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Claims that overlap [start, end), live or freed by entry *n* or a later one, by start and age."""

    def claims_ended(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Claims that overlap [start, end) and that entry *n* freed, in time order."""

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

    def issued_after(self, n: int, project: str, vintage: int) -> Sequence[int]:
        """The issuances of a project after entry *n* that stand and have an amount of the vintage, in order."""

    def newest_vintage(self, project: str, without: int) -> int | None:
        """The newest vintage of a project's issuances that stand, without one of them."""

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

    def labels(self, batch_id: str, first: int, last: int, label: str | None = None) -> Sequence[Label]:
        """The live labels, or those of one text, that overlap serials first..last, by label and serial, whole."""

    def externals(self, registry: str, space: str, first: int, last: int) -> Sequence[External]:
        """The imported serials of a registry's number space that overlap first..last, in order."""

    def grant(self, actor: str, role: str, scope: str) -> Grant | None:
        """The live grant of a role to an actor."""

    def grants(self, actor: str) -> Sequence[Grant]:
        """The live roles of an actor, by role and scope."""

    def grants_of(self, role: str, most: int | None = None) -> Sequence[Grant]:
        """The live grants of a role, by actor and scope; the first few, where *most* is given."""

    def approval(self, project: str, n: int) -> Approval | None:
        """The approval of a project's quantification that entry *n* recorded, ended or not."""

    def newest_approval(self, quantification: str, before: int, actor: str | None = None) -> Approval | None:
        """The newest approval of a quantification, or an actor's, before an entry, neither used nor revoked."""

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

    def transaction(self, *, part: bool = False) -> AbstractContextManager[None]:
        """All or nothing; inside another one of the same thread and task, a part of it that can be undone alone.

        Others wait, and see the state before it. A *part* is one of a command that is running.
        """

    def writing(self) -> AbstractContextManager[bool]:
        """The transaction of a single command, or its place in the one that is open; says whether it joined one.

        A second command in the same thread and task is refused until the first is done.
        """

    def standing(self, size: int) -> Callable[[], None]:
        """What to call before reading on in the first *size* entries: it raises StoreError once they were undone."""

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

    def backup(self, path: str | os.PathLike[str]) -> Backup:
        """Write a consistent copy of what was committed to a new file, and check it."""

    def close(self) -> None:
        """Release what the store holds, and refuse every call from now on."""


TABLES: Final = (
    *("registration", "reading", "claim", "accrual", "issuance", "vintage", "batch", "piece", "balance", "offer"),
    *("label", "external", "role", "approval", "key_use", "tile"),
)
