"""What a ledger needs of whatever keeps its entries, and the rows that follow from them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, runtime_checkable

from attrs import frozen

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.view import View


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


class Log(Protocol):
    """The entries of a ledger, and the tree of hashes over them."""

    def size(self) -> int:
        """How many entries the log has."""

    def contains(self, n: int) -> bool:
        """Whether the log has an entry *n*."""

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

    def cache_entry(self, entry: Entry) -> None:
        """Cache an entry that was just written, so that it need not be decoded when it is next read."""


class Projections(Protocol):
    """The rows that follow from the entries: they can be cleared, and derived from the entries again."""

    def view(self, size: int | None = None) -> View:
        """The state after *size* entries; all of them by default."""

    def rows(self, table: str, size: int | None = None) -> Iterator[tuple[object, ...]]:
        """Every row of a table as plain values, in the order of its key; as of *size* entries, where it is given."""

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that is in the log already; only inside a transaction."""

    def clear_projections(self) -> None:
        """Remove every derived row, and keep entries and tiles; only inside a transaction."""


class Transactions(Protocol):
    """Who may write, and what becomes of what was written."""

    def transaction(self, *, part: bool = False) -> AbstractContextManager[None]:
        """All or nothing; inside another one of the same thread and task, a part of it that can be undone alone.

        Others wait, and see the state before it. A *part* is one of a command that is running.
        """

    def write_lock(self) -> AbstractContextManager[bool]:
        """The transaction of a single command, or its place in the one that is open; says whether it joined one.

        A second command in the same thread and task is refused until the first is done.
        """

    def rollback_guard(self, size: int) -> Callable[[], None]:
        """A function that raises StoreError once any of the first *size* entries was rolled back.

        Readers of uncommitted entries call the function before each read.
        """


class Store(Log, Projections, Transactions, Protocol):
    """Where the log and its rows live; both are written in one transaction."""

    def backup(self, path: str) -> Backup:
        """Write a consistent copy of what was committed to a new file, and check it."""

    def close(self) -> None:
        """Release what the store holds, and refuse every call from now on."""


class ReplayTarget(Log, Projections, Transactions, Protocol):
    """A store in which an audit derives the rows again; it is closed after the audit, and nothing of it is left."""

    def latest_rows(self, table: str, by: str | None = None) -> Iterator[Any]:
        """The latest row of each thing in a table, in order of a column and its key, or of its key."""

    def close(self) -> None:
        """Release what the store holds, and refuse every call from now on."""


@runtime_checkable
class Auditable(Store, Protocol):
    """A store that can be audited where it is; these methods are called by audits alone."""

    def replay_store(self, start: int = 0) -> ReplayTarget:
        """A store for an audit to replay into: empty, or with the rows as of *start* entries."""

    def worker_path(self) -> str | None:
        """The file in which a worker process of an audit finds the same log; None if no other process can read it."""

    def split_points(self, size: int, parts: int) -> list[int]:
        """Where to split *size* entries into parts that take about as long to audit, ascending."""


TABLES: Final = (
    *("registration", "reading", "claim", "accrual", "issuance", "vintage", "batch", "piece", "balance", "offer"),
    *("label", "external", "role", "approval", "key_use", "tile"),
)
