"""The interface of a store: the log's entries, the rows derived from them, and transactions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, runtime_checkable

from attrs import frozen

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.view import View
from carbon_ledger.records import Record


@frozen(kw_only=True, repr=False)
class Backup(Record):
    """A copy of a ledger that was written to a file of its own, and checked.

    Attributes:
        path: The file. To restore the ledger, open this file.
        size: The number of entries in the copy.
        root: The RFC 6962 root of the entries, as hexadecimal digits.
    """

    path: str
    size: int
    root: str


Want = Callable[[View], object]  # a query that a command is going to make; it may make others that depend on its answer


class Wants(tuple[Want, ...]):
    """Wants that a want returns, because they depend on the answer to its query."""

    __slots__ = ()


@frozen
class Rehearsal:
    """A want that runs the whole command on another store, which has what is near the things that the command names.

    A store on a server collects the queries that the command makes there, and makes them together. What the command
    answers or writes there is dropped.

    Attributes:
        name: The command.
        about: The arguments of the command, and whatever else says which things it is about.
        run: Runs the command on a store.
    """

    name: str
    about: Mapping[str, object]
    run: Callable[["Store"], object]

    def __call__(self, view: View) -> None:
        """As a query of a view, it asks nothing."""


class Log(Protocol):
    """The entries of a ledger, and the tree of hashes over them."""

    def size(self) -> int:
        """The number of entries in the log."""

    def contains(self, n: int) -> bool:
        """Whether the log contains entry *n*."""

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The stored leaf hashes of entries start..stop-1."""

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log's hashes, as `carbon_ledger.log.tiles` reads it."""

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and the rows derived from it; only inside a transaction.

        If writing fails, the transaction cannot be committed.
        """

    def cache_entry(self, entry: Entry) -> None:
        """Cache an entry that was just written, so that it need not be decoded when it is next read."""


class Projections(Protocol):
    """The rows derived from the entries. They can be cleared, and derived from the entries again."""

    def view(self, size: int | None = None) -> View:
        """The state after *size* entries; by default, after all entries."""

    def rows(self, table: str, size: int | None = None) -> Iterator[tuple[object, ...]]:
        """Every row of a table as plain values, ordered by its key; if *size* is given, as of *size* entries."""

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that is already in the log; only inside a transaction."""

    def clear_projections(self) -> None:
        """Remove every derived row, but no entry and no tile; only inside a transaction."""


class Transactions(Protocol):
    """The transactions and the write lock of a store."""

    def transaction(self, *, part: bool = False, wants: Sequence["Want"] = ()) -> AbstractContextManager[None]:
        """A context in which all writes are committed together, or none.

        Inside another transaction of the same thread and task, it is a savepoint, which can be rolled back alone. Other
        writers wait, and other readers see the state before the transaction.

        Args:
            part: Whether the transaction belongs to a command that is running.
            wants: As for `write_lock`.
        """

    def write_lock(self, wants: Sequence["Want"] = ()) -> AbstractContextManager[bool]:
        """The transaction of one command, or a savepoint in the open one; its value is whether it joined an open one.

        A second command in the same thread and task is refused until the first command is complete.

        Args:
            wants: Queries that the command is going to make. A store on a server makes those that it can make together,
                to save round trips; other stores ignore them.
        """

    def in_transaction(self) -> bool:
        """Whether the calling thread and task have a transaction open, so that what they read can still be undone."""

    def rollback_guard(self, size: int) -> Callable[[], None]:
        """A function that raises StoreError once any of the first *size* entries was rolled back.

        Readers of uncommitted entries call the function before each read.
        """


@runtime_checkable
class Store(Log, Projections, Transactions, Protocol):
    """Storage for the log and its rows; both are written in one transaction."""

    def append_many(self, items: Iterable[tuple[bytes, Sequence[Row]]]) -> None:
        """Write entries and the rows derived from them, as `append` does one after another.

        A store on a server may send entries while *items* makes the next ones. An error of the server about one of them
        is then raised later, at the end at the latest.
        """

    def backup(self, path: str) -> Backup:
        """Write a consistent copy of the committed state to a new file, and check the copy."""

    def close(self) -> None:
        """Release the resources of the store, and refuse every later call."""


class ReplayTarget(Log, Projections, Transactions, Protocol):
    """A temporary store in which an audit derives the rows again. It is closed and removed after the audit."""

    def latest_rows(self, table: str, by: str | None = None) -> Iterator[Any]:
        """The latest row of each subject of a table, ordered by its key, or by the column *by* and its key."""

    def close(self) -> None:
        """Release the resources of the store, and refuse every later call."""


@runtime_checkable
class Auditable(Store, Protocol):
    """A store that an audit can read directly; only audits call these methods."""

    def replay_store(self, start: int = 0) -> ReplayTarget:
        """A temporary store for the replay of an audit: empty, or with the rows as of *start* entries."""

    def worker_path(self) -> str | None:
        """The file or the URL at which a worker process of an audit finds the same log; None if none can read it."""

    def split_points(self, size: int, parts: int) -> list[int]:
        """The entries at which to split *size* entries into parts of about equal audit time, ascending."""


TABLES: Final = (
    *("registration", "reading", "claim", "accrual", "issuance", "vintage", "batch", "piece", "balance", "expiring"),
    *("offer", "label", "external", "role", "approval", "owed", "key_use", "tile"),
)
