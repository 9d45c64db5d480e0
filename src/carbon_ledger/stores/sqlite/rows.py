"""The part of a SQLite store that does not touch entries: connections, the transaction, and the derived rows.

The rollback journal (TRUNCATE) with `synchronous=FULL` is chosen over WAL: SQLite 3.7.0 to 3.51.2 can
corrupt a WAL database when two connections write or checkpoint together.
"""

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Final
from weakref import finalize, ref

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.errors import StoreError
from carbon_ledger.files import identity_of, register_open, release, require_own
from carbon_ledger.stores.cache import Cache
from carbon_ledger.stores.sqlite.errors import checked_path
from carbon_ledger.stores.sqlite.schema import SCHEMA_VERSION
from carbon_ledger.stores.sqlite.sessions import Session
from carbon_ledger.stores.sqlite.slices import latest_slices, table_slices, tile_slices
from carbon_ledger.stores.sqlite.temporary_directory import TemporaryPlace
from carbon_ledger.stores.sqlite.view import SqliteView
from carbon_ledger.stores.sqlite.writer import Writer
from carbon_ledger.stores.tables import BY_NAME, Values, as_of
from carbon_ledger.stores.transactions import CommandTransaction, Transaction, close_in_turn
from carbon_ledger.stores.turns import Turns

_SHARED_ENTRIES: Final = 16  # the newest entries of a command that queries find decoded after the commit


class SqliteRows(ABC):
    """A file with the tables of a ledger, for any number of threads. Subclasses define where the entries are.

    One connection writes, for one thread at a time. A thread that is not writing reads through a second connection,
    which sees committed entries only.

    Args:
        path: The file; created if absent.
        read_only: Open the file for reading only.
        timeout_s: How long to wait for another thread or another process. [s]
        durable: Whether a commit waits for the disk. A store that is not durable is temporary and for one thread.

    Raises:
        NotALedgerError: The path is a directory or another kind of file, or the file is empty.
        UnsupportedSchemaError: A newer version of this library wrote the file.
        BrokenLogError: The file is damaged.
        StoreLockedError: Another process has the file locked for longer than the timeout.
        StoreReadOnlyError: A new file cannot be written.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, read_only: bool = False, timeout_s: int = 5, durable: bool = True
    ) -> None:
        self.path = Path(path)
        self.turns = Turns(str(self.path), timeout_s, self._recover)
        self._place = self.path.absolute()  # does not depend on the current directory, which may change
        self._timeout_s = timeout_s
        self._temporary: TemporaryPlace | None = None
        self._durable = durable
        self._opening = threading.RLock()  # a signal handler may query while the lock is held
        self._known_size = 0  # committed entries, as of the last query of the size: a log only grows
        new = checked_path(self._place, read_only)
        if not new:
            require_own(os.stat(self._place), str(self.path), StoreError)
        session = Session(self.path, self._place, "ro" if read_only else "rwc", timeout_s)
        self._reader = session if read_only or not durable else None
        self._writer = Writer(
            session, self.path, self.turns, count=self._count, on_commit=self._share_decoded, checked=durable
        )
        with ExitStack() as undo:
            undo.callback(session.close)
            self._file = register_open(os.stat(self._place), self)
            session.identity = self._file
            self._held = finalize(self, release, self._file, ref(self))
            undo.callback(self._held)
            self._prepare(new, read_only)
            undo.pop_all()
        self._writer.read_only = read_only

    @abstractmethod
    def _derive_again(self) -> None:
        """Derive all rows again from the entries."""

    @abstractmethod
    def _count(self, session: Session) -> int:
        """How many entries a session sees."""

    @abstractmethod
    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log's hashes."""

    @abstractmethod
    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded."""

    def _recover(self) -> None:
        self._writer.undo()

    def _prepare(self, new: bool, read_only: bool) -> None:
        session = self._writer.session
        version = session.check(new=new, read_only=read_only)
        session.set_up(durable=self._durable)
        if version < SCHEMA_VERSION:
            if read_only:
                self._move_to_copy()
            self._derive_again()
        self._writer.watch_schema()

    def _move_to_copy(self) -> None:
        """Continue with a temporary copy, in which a reader can derive the tables of an older version again."""
        self._temporary = TemporaryPlace()
        self._place = self._temporary.path / "copy.db"
        copy = Session(self.path, self._place, "rwc", self._timeout_s)
        self._writer.session.copy_to(copy)
        self._writer.session.close()
        self._held()
        self._writer.session = self._reader = copy
        copy.set_up(durable=False)

    def _session(self) -> Session:
        """The session that answers the caller's queries."""
        self.turns.require_open()
        if self.turns.mine() is not None:
            return self._writer.session
        return self._reader or self._open_reader()

    def _open_reader(self) -> Session:
        with self._opening:
            if self._reader is None:
                if identity_of(os.stat(self._place)) != self._file:
                    raise StoreError(f"{self.path}: the file was replaced by another file; open the ledger again")
                reader = Session(self.path, self._place, "rw", self._timeout_s)
                reader.set_up(query_only=True)
                reader.identity = self._file
                self._reader = reader
            return self._reader

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
        """Whether the log has an entry *n*; does not query the file if an entry at least as new was seen before."""
        self.turns.require_open()
        return 0 <= n < self._known_size or 0 <= n < self.size()

    def rollback_guard(self, size: int) -> Callable[[], None]:
        """A function that raises StoreError once any of the first *size* entries was rolled back."""
        return self._writer.guards.guard(size, size if self.turns.mine() is None else self._writer.start_size)

    def view(self, size: int | None = None) -> SqliteView:
        """The state after *size* entries; all of them by default."""
        self.turns.require_open()
        return SqliteView(self, self.size() if size is None else size)

    def transaction(self, *, part: bool = False) -> AbstractContextManager[None]:
        """A transaction; inside another transaction, a part of it that can be undone on its own.

        Args:
            part: Whether it is a part of a command that is running.
        """
        return Transaction(self._writer, part=part)

    def write_lock(self) -> AbstractContextManager[bool]:
        """The transaction of a single command; enters as True if the command joins a transaction that is open."""
        return CommandTransaction(self._writer)

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that the log already has.

        Raises:
            StoreError: Called outside a transaction, or the file cannot be written.
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

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table as plain values, in order of its key; as of *size* entries, or of all entries.

        Raises:
            BrokenLogError: The table and its indexes differ, so that queries would return wrong results.
        """
        for found in tile_slices(self) if table == "tile" else table_slices(self, table):
            rows = found if size is None else as_of(found, table, size, self.size())
            if table == "tile":  # a tile's hashes are long, so tiles are read one at a time
                rows = (self.select("select * from tile where level = ? and number = ?", row)[0] for row in rows)
            yield from rows

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

    def cached_entry(self, n: int) -> Entry | None:
        """Entry *n* if it is cached decoded, else `None`."""
        return self._session().decoded.get(n)

    def copy(self, table: str, rows: Iterable[Values]) -> None:
        """Write the rows of a table of another store unchanged; to be called inside a transaction."""
        marks = ", ".join("?" * len(BY_NAME[table].columns))
        self._writer.session.run_many(f"insert into {table} values ({marks})", rows)

    def close(self) -> None:
        """Close the file; does nothing if it was closed, or in a fork of the process that opened it.

        Raises:
            StoreLockedError: Another thread writes for longer than the timeout, or a command of this thread has not
                ended.
        """
        if self.turns.forked or self.turns.closed:
            return
        close_in_turn(self._writer, self._release)

    def _release(self) -> None:
        for session in (self._reader, self._writer.session):
            if session is not None:
                session.close()
        self._held()
        if self._temporary is not None:
            self._temporary.remove()
