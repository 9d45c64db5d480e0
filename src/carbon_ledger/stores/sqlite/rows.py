"""The part of a SQLite store that does not touch entries: connections, the transaction, and the derived rows.

The rollback journal (TRUNCATE) with `synchronous=FULL` is chosen over WAL: SQLite 3.7.0 to 3.51.2 can
corrupt a WAL database when two connections write or checkpoint together.
"""

import os
import threading
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from weakref import finalize, ref

from carbon_ledger.errors import StoreError
from carbon_ledger.files import identity_of, register_open, release, require_own
from carbon_ledger.stores.sql.rows import SqlRows
from carbon_ledger.stores.sqlite.errors import checked_path
from carbon_ledger.stores.sqlite.schema import SCHEMA_VERSION
from carbon_ledger.stores.sqlite.sessions import Session
from carbon_ledger.stores.sqlite.slices import table_slices, tile_slices
from carbon_ledger.stores.sqlite.temporary_directory import TemporaryPlace
from carbon_ledger.stores.sqlite.writer import Writer
from carbon_ledger.stores.tables import BY_NAME, Values, as_of
from carbon_ledger.stores.transactions import close_in_turn
from carbon_ledger.stores.turns import Turns


class SqliteRows(SqlRows):
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

    path: Path
    _writer: Writer
    _reader: Session | None

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
        self._known_size = 0
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

    def _recover(self) -> None:
        self._writer.undo()

    def _prepare(self, new: bool, read_only: bool) -> None:
        session = self._writer.session
        version = session.check(new=new, durable=self._durable, read_only=read_only)
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
