"""The store of a ledger on a PostgreSQL server: entries, tiles and derived rows in the tables of one schema."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.rules import rebuild
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import Backup, ReplayTarget, Want
from carbon_ledger.errors import ForkError, NotALedgerError
from carbon_ledger.stores.backup import write_backup
from carbon_ledger.stores.postgres.places import Place, place_of
from carbon_ledger.stores.postgres.preparing import (
    check,
    create,
    derived_tables,
    recreate,
    require_owner,
    tables_of,
)
from carbon_ledger.stores.postgres.schema import FORMAT, SCHEMA_VERSION
from carbon_ledger.stores.postgres.sessions import Session
from carbon_ledger.stores.postgres.sources import Shown, entry_in, registered_in
from carbon_ledger.stores.postgres.view import PostgresView
from carbon_ledger.stores.postgres.writer import NO_HEAD, Head, Writer
from carbon_ledger.stores.sql.log import SqlLog
from carbon_ledger.stores.sql.slices import walk
from carbon_ledger.stores.sql.view import SqlView
from carbon_ledger.stores.sqlite.replay import replay_of
from carbon_ledger.stores.sqlite.store import SqliteStore
from carbon_ledger.stores.tables import BY_NAME, Values, as_of
from carbon_ledger.stores.transactions import CommandTransaction, Transaction, close_in_turn
from carbon_ledger.stores.turns import Turns

_HEAD: Final = "select n, leaf, (select leaf from entry where n = ?) from entry order by n desc limit 1"


class _Wanting:
    """A writer whose next transaction, or part of one, begins with wants."""

    def __init__(self, writer: Writer, wants: Sequence[Want]) -> None:
        self._writer, self._wants = writer, wants
        self.turns = writer.turns
        self.commit, self.undo = writer.commit, writer.undo
        self.end_part, self.undo_part = writer.end_part, writer.undo_part

    def begin(self) -> None:
        """Begin a transaction."""
        self._writer.begin(self._wants)

    def begin_part(self) -> int:
        """Begin a part of a transaction."""
        return self._writer.begin_part(self._wants)


class PostgresStore(SqlLog):
    """A store in a schema of a PostgreSQL database, for any number of threads, processes and machines.

    One connection writes, for one thread at a time; writers of all machines take turns by an advisory lock. A thread
    that is not writing reads through a second connection, which sees committed entries only.

    Args:
        url: Where the ledger is; see `place_of`.
        read_only: Open the ledger for reading only.
        timeout_s: How long to wait for another writer, or for the server. [s]
        create: Whether to create the tables of a new ledger.
        small_replay: Makes the store into which an audit replays a small log; by default, it is a temporary file.

    Raises:
        NotALedgerError: The URL is invalid, or the schema has other tables, or there is no ledger to read.
        UnsupportedSchemaError: A newer version of this library wrote the ledger.
        BrokenLogError: A table or a trigger of the schema was changed.
        StoreConnectionError: There is no connection to the server.
        StoreReadOnlyError: The role may not create a new ledger.
    """

    path: str
    _writer: Writer
    _reader: Session | None

    def __init__(
        self,
        url: str,
        *,
        read_only: bool = False,
        timeout_s: int = 5,
        create: bool = True,
        small_replay: Callable[[], ReplayTarget] | None = None,
    ) -> None:
        self._small_replay = small_replay
        self.place: Place = place_of(url)
        self.path = self.place.name
        self.turns = Turns(self.path, timeout_s, self._recover)
        self._timeout_s = timeout_s
        self._opening = threading.RLock()
        self._known_size = 0
        self._seen: Head = NO_HEAD  # the newest entry that a query has seen
        session = Session(self.place, timeout_s, read_only=read_only)
        self._reader = session if read_only else None
        self._writer = Writer(session, self.place, self.turns, timeout_s, on_commit=self._share_decoded)
        try:
            self._prepare(session, create and not read_only)
        except BaseException:
            session.close()
            raise
        self._writer.read_only = read_only

    def _prepare(self, session: Session, may_create: bool) -> None:
        names = tables_of(session, self.place)
        if FORMAT not in names:
            if names:
                raise NotALedgerError(
                    f"{self.path}: schema {self.place.schema} has tables of something else; name another schema with "
                    "?ledger_schema="
                )
            if not may_create:
                raise NotALedgerError(
                    f"{self.path}: schema {self.place.schema} has no ledger; name the schema of a ledger with "
                    "?ledger_schema=, or let the owner of the database create one with carbon-ledger postgres init"
                )
            create(session, self.place)
        if check(session, self.place) < SCHEMA_VERSION:
            require_owner(session, self.place)
            with self.transaction():
                recreate(session, self.place, derived_tables(names))
                rebuild(self)
            check(session, self.place)

    def _recover(self) -> None:
        self._writer.undo()

    def _session(self) -> Session:
        self.turns.require_open()
        if self.turns.mine() is not None:
            return self._writer.session
        return self._reader or self._open_reader()

    def _open_reader(self) -> Session:
        with self._opening:
            if self._reader is None:
                self._reader = Session(self.place, self._timeout_s, read_only=True)  # it connects when it is asked
            return self._reader

    def _share_decoded(self, first: int, size: int) -> None:
        """Give readers the entries that the writer has, once they are committed: no reader sees any before."""
        del first, size  # not the newest alone: what the command has read is asked for its result too
        own, reader = self._writer.session, self._reader or self._open_reader()
        if reader is not own:
            for n, entry in own.decoded.items():
                reader.cache_entry(n, entry)
            reader.keep_raw(own.raw)
            reader.cache.settle(own.cache)

    def view(self, size: int | None = None) -> SqlView:
        """The state after *size* entries; all of them by default."""
        self.turns.require_open()
        found = self.size() if size is None else size
        size_shown, shown = self._writer.shown
        return PostgresView(Shown(self, shown) if shown and size_shown == found else self, found)

    def transaction(self, *, part: bool = False, wants: Sequence[Want] = ()) -> AbstractContextManager[None]:
        """A transaction; inside another transaction, a part of it that can be undone on its own.

        Args:
            part: Whether it is a part of a command that is running.
            wants: Queries that will be made in it.
        """
        return Transaction(_Wanting(self._writer, wants) if wants else self._writer, part=part)

    def write_lock(self, wants: Sequence[Want] = ()) -> AbstractContextManager[bool]:
        """The transaction of a single command; enters as True if the command joins a transaction that is open.

        Args:
            wants: Queries that the command is going to make.
        """
        if not wants:
            return CommandTransaction(self._writer)
        return CommandTransaction(_Wanting(self._writer, wants), partial(self._writer.fetch, wants))

    def hint(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> None:
        """Say that a query will probably be made; it is made together with the next one that has to be made."""
        if self.turns.mine() is not None:
            self._writer.hint(sql, values)

    def registered(self, kind: str, name: str) -> int | None:
        """The number of the entry that registered an id; the entry is read at the same time."""
        return registered_in(self, self._session(), kind, name)

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded; a bounded number of entries is cached.

        Raises:
            BrokenLogError: The entry is missing or malformed.
        """
        return entry_in(self, self._session(), n)

    def size(self) -> int:
        """How many entries the log has.

        Raises:
            ForkError: The server lacks an entry that it had before.
        """
        if self.turns.mine() is not None:
            return super().size()
        known = max(self._seen, self._writer.head)
        found = self._session().query(_HEAD, (known[0],))
        n, leaf, same = found[0] if found else (*NO_HEAD, None)
        if known != NO_HEAD and same != known[1]:
            raise ForkError(
                f"{self.path}: the log on the server has {n + 1} entries, and not entry {known[0]} as it had before. A "
                "standby that lacked it may have become the primary server, or an old backup was restored: find the "
                "server that has the entry"
            )
        self._seen, self._known_size = (n, leaf), n + 1
        return int(n) + 1

    def append_many(self, items: Iterable[tuple[bytes, Sequence[Row]]]) -> None:
        """Write entries and their rows. The server writes the entries while *items* makes the next ones.

        Nothing else may wait in *items*: while a stream is open, no timeout of an idle transaction ends it.

        Raises:
            StoreError: Called outside a transaction, or the server cannot be written to.
        """
        self._writer.streaming = True
        try:
            super().append_many(items)
        finally:
            self._writer.streaming = False
        self._writer.end_stream()

    def select(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The rows of a query, including what the caller's transaction has written."""
        session = self._session()
        if session is self._writer.session and self.turns.mine() is not None:
            return self._writer.select(sql, values)
        return session.query(sql, values)

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table as plain values, in order of its key; as of *size* entries, or of all entries.

        Raises:
            BrokenLogError: The rows are not in order of their key.
        """
        columns = ("level", "number") if table == "tile" else BY_NAME[table].names
        order = columns if table == "tile" else BY_NAME[table].key
        for found in walk(self, table, columns, order):
            rows: Iterable[Values] = found if size is None else as_of(found, table, size, self.size())
            if table == "tile":  # a tile's hashes are long, so tiles are read one at a time
                sql = "select level, number, root, data from tile where level = ? and number = ?"
                rows = (self.select(sql, row)[0] for row in rows)
            yield from rows

    def copy(self, table: str, rows: Iterable[Values]) -> None:
        """Write the rows of a table of another store unchanged; to be called inside a transaction."""
        self._writer.write(table, list(rows))

    def worker_path(self) -> str | None:
        """The URL with which another process finds the same log.

        `None` while the caller's batch is not committed, and if the URL has a password, which is not passed on.
        """
        return self.place.location if self.turns.mine() is None else None

    def split_points(self, size: int, parts: int) -> list[int]:
        """Where to split *size* entries into parts that take about as long to audit; empty if no worker can read."""
        return [] if self.place.location is None else super().split_points(size, parts)

    def replay_store(self, start: int = 0) -> ReplayTarget:
        """A store with the rows as of *start* entries, which is removed when it is closed."""
        return replay_of(self, start, self._small_replay)

    def backup(self, path: str | os.PathLike[str]) -> Backup:
        """Write a consistent copy of what was committed to a new ledger file, and check it; no writer waits for it.

        Args:
            path: The new file.

        Raises:
            StoreError: The file exists already or cannot be written, or a batch of this thread is open.
            StoreFullError: The disk is full.
            BrokenLogError: The ledger is damaged.
        """
        return write_backup(self, path, lambda beside: SqliteStore(beside, durable=False))

    def close(self) -> None:
        """Close the connections; does nothing if they were closed, or in a fork of the process that opened them.

        Raises:
            StoreLockedError: Another thread writes for longer than the timeout, or a command of this thread has not
                ended.
        """
        if self.turns.forked or self.turns.closed:
            return
        close_in_turn(self._writer, self._release)

    def _release(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._writer.close()
