"""The part of a SQL store that every database has alike: turns, transactions, views and caches over two sessions."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Protocol

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import Want
from carbon_ledger.stores.cache import Cache
from carbon_ledger.stores.sql.slices import latest_slices
from carbon_ledger.stores.sql.view import SqlView
from carbon_ledger.stores.tables import BY_NAME, Values
from carbon_ledger.stores.tiles import Hashes
from carbon_ledger.stores.transactions import CommandTransaction, Transaction, Undoable
from carbon_ledger.stores.turns import Turns
from carbon_ledger.stores.uncommitted_reads import RollbackGuards

_SHARED_ENTRIES: Final = 16  # the newest entries of a command that queries find decoded after the commit


class Session(Protocol):
    """A connection to the database, and what was read through it."""

    @property
    def cache(self) -> Cache:
        """What was read."""

    @property
    def decoded(self) -> dict[int, Entry]:
        """Decoded entries by number."""

    def query(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The rows of a query."""

    def cache_entry(self, n: int, entry: Entry) -> None:
        """Cache a decoded entry."""

    def close(self) -> None:
        """Release the connection."""


class Writer(Undoable, Protocol):
    """The transaction of the caller that has the turn."""

    @property
    def session(self) -> Session:
        """The connection that writes."""

    @property
    def guards(self) -> RollbackGuards:
        """The guards of readers of uncommitted entries."""

    @property
    def locked_size(self) -> int | None:
        """Entries in the log, while a caller has the turn."""

    @property
    def start_size(self) -> int:
        """Entries in the log when the turn began."""

    def flush(self) -> None:
        """Write what is buffered."""

    def append(self, items: Iterable[tuple[bytes, Sequence[Row]]], hashes: Hashes) -> None:
        """Write entries and the rows of each."""

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that the log already has."""

    def clear_projections(self) -> None:
        """Remove every derived row."""


class SqlRows(ABC):
    """The rows of a ledger in SQL tables, for any number of threads. Subclasses define where the entries are.

    One connection writes, for one thread at a time. A thread that is not writing reads through a second connection,
    which sees committed entries only. A subclass sets the attributes.

    Attributes:
        path: The store, for messages.
        turns: The turns at writing.
    """

    path: Path | str
    turns: Turns
    _writer: Writer
    _reader: Session | None
    _known_size: int  # committed entries, as of the last query of the size: a log only grows

    @abstractmethod
    def _count(self, session: Any) -> int:
        """How many entries a session sees."""

    @abstractmethod
    def _open_reader(self) -> Session:
        """The session that answers queries of callers that are not writing, opened if it is not open."""

    @abstractmethod
    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log's hashes."""

    @abstractmethod
    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded."""

    def _session(self) -> Session:
        """The session that answers the caller's queries."""
        self.turns.require_open()
        if self.turns.mine() is not None:
            return self._writer.session
        return self._reader or self._open_reader()

    @property
    def cache(self) -> Cache:
        """The cache of what the caller's queries have read."""
        return self._session().cache

    @property
    def locked_size(self) -> int | None:
        """How many entries the log has if the caller has the turn; else `None`, since others may append."""
        return self._writer.locked_size if self.turns.mine() is not None else None

    def size(self) -> int:
        """How many entries the log has."""
        mine = self.turns.mine() is not None
        if mine and self._writer.locked_size is not None:
            return self._writer.locked_size
        if mine:
            self._writer.flush()
        size = self._count(self._session())
        if not mine:
            self._known_size = size  # only outside a transaction: what a transaction has written may be undone
        return size

    def _share_decoded(self, first: int, size: int) -> None:
        """Cache the newest entries of a command for the queries that follow, so that they need not be decoded."""
        own = self._writer.session
        if self._reader is not None and self._reader is not own:
            for n in range(max(first, size - _SHARED_ENTRIES), size):
                if n in own.decoded:
                    self._reader.cache_entry(n, own.decoded[n])

    def contains(self, n: int) -> bool:
        """Whether the log has an entry *n*; does not query the database if an entry at least as new was seen before."""
        self.turns.require_open()
        return 0 <= n < self._known_size or 0 <= n < self.size()

    def rollback_guard(self, size: int) -> Callable[[], None]:
        """A function that raises StoreError once any of the first *size* entries was rolled back."""
        return self._writer.guards.guard(size, size if self.turns.mine() is None else self._writer.start_size)

    def view(self, size: int | None = None) -> SqlView:
        """The state after *size* entries; all of them by default."""
        self.turns.require_open()
        return SqlView(self, self.size() if size is None else size)

    def transaction(self, *, part: bool = False, wants: Sequence[Want] = ()) -> AbstractContextManager[None]:
        """A transaction; inside another transaction, a part of it that can be undone on its own.

        Args:
            part: Whether it is a part of a command that is running.
            wants: Queries that will be made.
        """
        del wants
        return Transaction(self._writer, part=part)

    def write_lock(self, wants: Sequence[Want] = ()) -> AbstractContextManager[bool]:
        """The transaction of a single command; enters as True if the command joins a transaction that is open."""
        del wants
        return CommandTransaction(self._writer)

    def in_transaction(self) -> bool:
        """Whether the calling thread and task have a transaction open."""
        return self.turns.mine() is not None

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that the log already has.

        Raises:
            StoreError: Called outside a transaction, or the store cannot be written.
        """
        self._writer.write_rows(rows)

    def clear_projections(self) -> None:
        """Remove every derived row; entries and tiles remain. Queries of other callers wait until the commit.

        Raises:
            StoreError: Called outside a transaction.
        """
        self._writer.clear_projections()

    def cache_entry(self, entry: Entry) -> None:
        """Cache an entry that was just written, so that it need not be decoded when it is next read."""
        self._writer.session.cache_entry(entry.n, entry)

    def latest_rows(self, table: str, by: str | None = None) -> Iterator[Any]:
        """The latest row of each subject in a table, in order of the column *by* and the key, or of the key."""
        for rows in latest_slices(self, table, by):
            yield from (BY_NAME[table].row(row, self.path) for row in rows)

    def select(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The rows of a query, including what the caller's transaction has written."""
        session = self._session()
        if session is self._writer.session:
            self._writer.flush()
        return session.query(sql, values)

    def hint(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> None:
        """Say that a query will probably be made; a store on a server makes it together with the next one."""
        del sql, values

    def registered(self, kind: str, name: str) -> int | None:
        """The number of the entry that registered an id."""
        rows = self.select("select n from registration where kind = ? and id = ?", (kind, name))
        return int(rows[0][0]) if rows else None

    def cached_entry(self, n: int) -> Entry | None:
        """Entry *n* if it is cached decoded, else `None`."""
        return self._session().decoded.get(n)
