"""A connection to a ledger file, the transaction of whoever writes to it, and the rows that follow from its entries.

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

_HANDED_OVER: Final = 16  # entries that a question finds decoded after the command that wrote them


class SqliteRows(ABC):
    """A file with the tables of a ledger, for any number of threads; where its entries are is for a subclass to say.

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
        """How many entries there are, as a session sees them."""

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

    def transaction(self, *, part: bool = False) -> AbstractContextManager[None]:
        """All or nothing; inside another one, a part of it that can be undone alone.

        Args:
            part: Whether it is a part of a command that is running.
        """
        return Transaction(self._writer, part=part)

    def write_lock(self) -> AbstractContextManager[bool]:
        """The transaction of a single command, or its place in the one that is open; says whether it joined one."""
        return CommandTransaction(self._writer)

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

    def cached_entry(self, n: int) -> Entry | None:
        """Entry *n*, if it is among the newest few that were decoded."""
        return self._session().decoded.get(n)

    def copy(self, table: str, rows: Iterable[Values]) -> None:
        """Write rows of a table as another store has them; only inside a transaction."""
        marks = ", ".join("?" * len(BY_NAME[table].columns))
        self._writer.session.run_many(f"insert into {table} values ({marks})", rows)

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
