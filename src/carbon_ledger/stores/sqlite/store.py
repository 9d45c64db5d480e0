"""The embedded store: one SQLite file, through the standard library.

The rollback journal (TRUNCATE) with `synchronous=FULL` is chosen over WAL: SQLite 3.7.0 to 3.51.2 can
corrupt a WAL database when two connections write or checkpoint together.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Final
from weakref import finalize, ref

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.rules import rebuild
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import Backup
from carbon_ledger.errors import BrokenLogError, StoreError
from carbon_ledger.files import hold, identity_of, release, require_own
from carbon_ledger.stores.backup import write_backup
from carbon_ledger.stores.cache import Cache
from carbon_ledger.stores.sqlite.errors import blob, checked_path, entry_bytes, require_entries
from carbon_ledger.stores.sqlite.schema import SCHEMA_VERSION
from carbon_ledger.stores.sqlite.sessions import Session
from carbon_ledger.stores.sqlite.slices import hashes, latest_slices, split_points, table_slices, tile_data, tile_slices
from carbon_ledger.stores.sqlite.temporary_directory import TemporaryPlace
from carbon_ledger.stores.sqlite.view import SqliteView
from carbon_ledger.stores.sqlite.writer import Writer
from carbon_ledger.stores.tables import BY_NAME, Values, as_of
from carbon_ledger.stores.transactions import CommandTransaction, Transaction, close_in_turn
from carbon_ledger.stores.turns import Turns
from carbon_ledger.stores.uncommitted_reads import paged, stands

_HANDED_OVER: Final = 16  # entries that a question finds decoded after the command that wrote them


class SqliteStore:
    """A ledger file, for any number of threads.

    One connection writes, for one thread at a time. A thread that is not writing reads through a second connection,
    which sees committed entries only.

    Args:
        path: The file; created if absent.
        read_only: Open for reading alone.
        timeout_s: How long to wait for another thread or another process. [s]
        durable: Whether a commit waits for the disk. A store without it is thrown away, and is for one thread.

    Raises:
        NotALedgerError: The path is a directory, another kind of file, or empty.
        UnsupportedSchemaError: A newer version of this library wrote the file.
        BrokenLogError: The file is damaged.
        StoreLockedError: Another process holds it for longer than the timeout.
        StoreReadOnlyError: A new file cannot be written.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, read_only: bool = False, timeout_s: int = 5, durable: bool = True
    ) -> None:
        self.path = Path(path)
        self.turns = Turns(str(self.path), timeout_s, self._recover)
        self._place = self.path.absolute()  # wherever the process goes meanwhile
        self._timeout_s = timeout_s
        self._temporary: TemporaryPlace | None = None
        self._durable = durable
        self._opening = threading.RLock()  # a signal handler may ask while it is held
        self._known_size = 0  # entries that were there when a question last looked: a log only grows
        new = checked_path(self._place, read_only)
        if not new:
            require_own(os.stat(self._place), str(self.path), StoreError)
        session = Session(self.path, self._place, "ro" if read_only else "rwc", timeout_s)
        self._reader = session if read_only or not durable else None
        self._writer = Writer(
            session, self.path, self.turns, count=self._count, committed=self._hand_over, checked=durable
        )
        with ExitStack() as undo:
            undo.callback(session.close)
            self._file = hold(os.stat(self._place), self)
            session.identity = self._file
            self._held = finalize(self, release, self._file, ref(self))
            undo.callback(self._held)
            self._prepare(new, read_only)
            undo.pop_all()
        self._writer.read_only = read_only

    def _recover(self) -> None:
        self._writer.undo()

    def _prepare(self, new: bool, read_only: bool) -> None:
        session = self._writer.session
        version = session.check(new=new, read_only=read_only)
        session.set_up(durable=self._durable)
        if version < SCHEMA_VERSION:
            if read_only:
                self._move_to_copy()
            rebuild(self)
        self._writer.watch_schema()

    def _move_to_copy(self) -> None:
        """Go on with a copy, in which the tables of an older version are derived again for a reader."""
        self._temporary = TemporaryPlace()
        self._place = self._temporary.path / "copy.db"
        copy = Session(self.path, self._place, "rwc", self._timeout_s)
        self._writer.session.copy_to(copy)
        self._writer.session.close()
        self._held()
        self._writer.session = self._reader = copy
        copy.set_up(durable=False)

    def _session(self) -> Session:
        """The connection that the caller's questions go through."""
        self.turns.require_open()
        if self.turns.mine() is not None:
            return self._writer.session
        return self._reader or self._open_reader()

    def _open_reader(self) -> Session:
        with self._opening:
            if self._reader is None:
                if identity_of(os.stat(self._place)) != self._file:
                    raise StoreError(f"{self.path}: another file was put in its place; open the ledger again")
                reader = Session(self.path, self._place, "rw", self._timeout_s)
                reader.set_up(query_only=True)
                reader.identity = self._file
                self._reader = reader
            return self._reader

    @property
    def cache(self) -> Cache:
        """What the caller's questions have read before."""
        return self._session().cache

    @property
    def locked_size(self) -> int | None:
        """How many entries there are, while the caller has the turn; else nobody knows for long."""
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
            self._known_size = size  # what a transaction has written may be undone
        return size

    def _hand_over(self, first: int, size: int) -> None:
        """Give the next questions the newest entries decoded, as their command has them."""
        own = self._writer.session
        if self._reader is not None and self._reader is not own:
            for n in range(max(first, size - _HANDED_OVER), size):
                if n in own.decoded:
                    self._reader.cache_entry(n, own.decoded[n])

    def _count(self, session: Session) -> int:
        return int(session.ask("select coalesce(max(n) + 1, 0) from entry")[0][0])

    def contains(self, n: int) -> bool:
        """Whether there is an entry *n*; where one as new was seen before, without looking again."""
        self.turns.require_open()
        return 0 <= n < self._known_size or 0 <= n < self.size()

    def standing(self, size: int) -> Callable[[], None]:
        """What to call before reading on in the first *size* entries: it refuses once they were undone."""
        return self._writer.marks.mark(size, size if self.turns.mine() is None else self._writer.begun_at)

    def view(self, size: int | None = None) -> SqliteView:
        """The state after *size* entries; all of them by default."""
        self.turns.require_open()
        return SqliteView(self, self.size() if size is None else size)

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""
        return self._column("data", start, stop)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The stored leaf hashes of entries start..stop-1."""
        return self._column("leaf", start, stop)

    def _column(self, name: str, start: int, stop: int) -> Iterator[bytes]:
        standing = self.standing(stop)

        def read(first: int, end: int) -> Iterator[bytes]:
            rows = self.select(f"select n, {name} from entry where n >= ? and n < ? order by n", (first, end))
            for n, (found, value) in enumerate(rows, first):
                yield entry_bytes(name, value, n, found, self.path)
            if standing is stands:
                require_entries(first, len(rows), end, self.path)

        return paged(read, start, stop, standing, self.turns.require_open)

    def transaction(self, *, part: bool = False) -> AbstractContextManager[None]:
        """All or nothing; inside another one, a part of it that can be undone alone.

        Args:
            part: Whether it is a part of a command that is running.
        """
        return Transaction(self._writer, part=part)

    def write_lock(self) -> AbstractContextManager[bool]:
        """The transaction of a single command, or its place in the one that is open; says whether it joined one."""
        return CommandTransaction(self._writer)

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and its rows.

        Raises:
            StoreError: Outside of a transaction, or the file cannot take it.
        """
        self._writer.append(data, rows, self._hashes)

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that is in the log already.

        Raises:
            StoreError: Outside of a transaction, or the file cannot take it.
        """
        self._writer.write_rows(rows)

    def clear_projections(self) -> None:
        """Remove every derived row, and keep entries and tiles; questions of others wait until it is done.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._writer.clear_projections()

    def cache_entry(self, entry: Entry) -> None:
        """Cache an entry that was just written, so that it need not be decoded when it is next read."""
        self._writer.session.cache_entry(entry.n, entry)

    def _hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        return hashes(self, level, start, stop)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log; see `tile_data`."""
        return tile_data(self, level, index, width)

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table as plain values, in the order of its key; as of *size* entries, where it is given.

        Raises:
            BrokenLogError: The table and its indexes do not agree: questions would be answered wrongly.
        """
        for found in tile_slices(self) if table == "tile" else table_slices(self, table):
            rows = found if size is None else as_of(found, table, size, self.size())
            if table == "tile":  # its hashes are long: one tile at a time
                rows = (self.select("select * from tile where level = ? and number = ?", row)[0] for row in rows)
            yield from rows

    def latest_rows(self, table: str, by: str | None = None) -> Iterator[Any]:
        """The newest row of each thing in a table, in order of a column and its key, or of its key."""
        for rows in latest_slices(self, table, by):
            yield from (BY_NAME[table].row(row, self.path) for row in rows)

    def select(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The rows of a query; what the caller's transaction has written is among them."""
        session = self._session()
        if session is self._writer.session:
            self._writer.flush()
        return session.ask(sql, values)

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded; the newest few are cached.

        Raises:
            BrokenLogError: The file's entry is not one.
        """
        session = self._session()
        entry = session.decoded.get(n)
        if entry is None:
            rows = self.select("select data from entry where n = ?", (n,))
            if not rows:
                raise BrokenLogError(f"{self.path}: entry {n} is missing")
            try:
                entry = Entry.from_bytes(blob(rows[0][0], self.path))
            except BrokenLogError as error:
                raise BrokenLogError(f"{self.path}: entry {n}: {error}; restore it from a copy") from None
            session.cache_entry(n, entry)
        return entry

    def cached_entry(self, n: int) -> Entry | None:
        """Entry *n*, if it is among the newest few that were decoded."""
        return self._session().decoded.get(n)

    def copy(self, table: str, rows: Iterable[Values]) -> None:
        """Write rows of a table as another store has them; only inside a transaction."""
        marks = ", ".join("?" * len(BY_NAME[table].columns))
        self._writer.session.run_many(f"insert into {table} values ({marks})", rows)

    def worker_path(self) -> str | None:
        """Where another process finds what this one reads; nowhere, while the caller's batch is not committed."""
        return str(self._place) if self.turns.mine() is None else None

    def split_points(self, size: int, parts: int) -> list[int]:
        """Where to cut *size* entries into parts that take about as long to audit: parts - 1 numbers, ascending."""
        return split_points(self, size, parts)

    def replay_store(self, start: int = 0) -> "SqliteStore":
        """A store in a temporary directory, removed when it is closed, that begins with the rows as of *start*."""
        return ReplayStore(self, start)

    def backup(self, path: str | os.PathLike[str]) -> Backup:
        """Write a consistent copy of what was committed to a new file, and check it; no writer waits for it.

        Args:
            path: The new file.

        Raises:
            StoreError: There is a file already, it cannot be written, or a batch of this thread is open.
            StoreFullError: There is no room left.
            BrokenLogError: The ledger is damaged.
        """
        return write_backup(self, path, lambda beside: SqliteStore(beside, durable=False))

    def close(self) -> None:
        """Close the file; a second time, nothing happens. In a fork of the process that opened it, neither.

        Raises:
            StoreLockedError: Another thread writes for longer than the timeout, or a command of this one is not done.
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


class ReplayStore(SqliteStore):
    """Where an audit derives the rows again: in a temporary file, beside the entries and hashes of its source.

    Args:
        source: The ledger file.
        start: Entries whose rows it begins with, as the source has them.
    """

    def __init__(self, source: SqliteStore, start: int = 0) -> None:
        self._directory, self._source, self._reached = TemporaryPlace(), source, 0
        super().__init__(self._directory.path / "replay.db", durable=False)
        if start:
            with self.transaction():
                for table in BY_NAME:
                    self.copy(table, source.rows(table, start))
            self._reached = start

    def _count(self, _: Session) -> int:
        """How many entries its rows are of."""
        return self._reached

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The source's entries."""
        return self._source.entries(start, stop)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The source's leaf hashes."""
        return self._source.leaves(start, stop)

    def decoded(self, n: int) -> Entry:
        """Entry *n*: as it was cached, or the source's."""
        cached = self.cached_entry(n)
        return self._source.decoded(n) if cached is None else cached

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write the rows of the next entry, and not the entry.

        Raises:
            StoreError: Outside of a transaction, or the file cannot take them.
        """
        del data
        self.write_rows(rows)
        self._reached += 1
        self._writer.locked_size = self._reached

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The source's tile."""
        return self._source.tile(level, index, width)

    def replay_store(self, start: int = 0) -> "SqliteStore":
        """None of its own.

        Raises:
            StoreError: Always.
        """
        raise StoreError(f"a replay store of {self._source.path} is not audited itself (asked from entry {start})")

    def close(self) -> None:
        """Close and remove it."""
        super().close()
        self._directory.remove()
