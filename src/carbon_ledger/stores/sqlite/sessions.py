"""Sessions with a ledger file: a connection, its lock, and the caches of what was read through it."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from time import monotonic_ns
from typing import Final
from weakref import WeakSet

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.errors import StoreLockedError
from carbon_ledger.files import Identity, mark_forked
from carbon_ledger.stores.cache import Cache, cache_entry
from carbon_ledger.stores.sqlite.connections import CLOSED, Lease, acquire, gate, release
from carbon_ledger.stores.sqlite.errors import Translated
from carbon_ledger.stores.sqlite.limits import Budget, require_trees, restrict
from carbon_ledger.stores.sqlite.opening_checks import begin_file, checked_version, wait_while_empty
from carbon_ledger.stores.sqlite.schema import SCHEMA_VERSION
from carbon_ledger.stores.sqlite.schema_check import check_schema
from carbon_ledger.stores.tables import Values
from carbon_ledger.stores.turns import deadline_ns

_SAFE: Final = (
    "pragma busy_timeout = 100",  # [ms]; no interrupt ends SQLite's wait, so many short waits replace a long one
    "pragma recursive_triggers = on",
)
_NEW_FILE: Final = "pragma page_size = 2048"
_WRITING: Final = (
    "pragma journal_mode = truncate",
    "pragma synchronous = full",
    "pragma cache_spill = off",  # spilling pages to the file before the commit would lock every reader out
)
_READING: Final = ("pragma query_only = on",)
_NOT_DURABLE: Final = ("pragma synchronous = off", "pragma cache_spill = on")
CACHED_ENTRIES: Final = 256

_ALL: "WeakSet[Session]" = WeakSet()

_forks = threading.RLock()  # held by a thread that forks, and while a session is added to _ALL
_acquired: list[threading.RLock] = []  # locks acquired by the thread that holds _forks
_RETRIES_A_SECOND: Final = 100
_LOCK_TIMEOUT_S: Final = 1  # before a fork; the owner of the lock may be waiting for a lock that is acquired already


def _before_fork() -> None:
    # While these locks are held, no query is running and no file is being opened. SQLite's records of its file locks
    # are therefore right in the child, and no mutex of SQLite is locked there.
    while not _all_locked():
        _after_fork()
        time.sleep(1 / _RETRIES_A_SECOND)  # without a pause, threads that wait for these locks would never get them


def _all_locked() -> bool:
    _forks.acquire()
    for lock in (*(session.lock for session in list(_ALL)), gate):
        if not lock.acquire(timeout=_LOCK_TIMEOUT_S):
            return False
        _acquired.append(lock)
    return True


def _after_fork() -> None:
    while _acquired:
        _acquired.pop().release()
    _forks.release()


def _after_fork_in_child() -> None:
    for session in list(_ALL):
        if session.identity is not None and session.in_transaction:
            mark_forked(session.identity)
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)


class Session:
    """A connection to a ledger file, and what was read through it.

    Args:
        path: The file, as the user named it.
        place: The file's absolute path, which does not depend on the current directory.
        mode: SQLite's name of the mode: ``ro``, ``rw`` or ``rwc``.
        timeout_s: How long to wait for another process, or another connection. [s]

    Raises:
        NotALedgerError: The file cannot be opened.
    """

    def __init__(self, path: Path, place: Path, mode: str, timeout_s: int) -> None:
        self.identity: Identity | None = None  # of the file, once it is known
        self._translated = Translated(str(path))
        self._timeout_s = timeout_s
        self.lock = threading.RLock()
        self.cache = Cache()
        self.decoded: dict[int, Entry] = {}
        with self._translated:
            self._lease: Lease | None = acquire(place, f"mode={mode}")
        with _forks:
            _ALL.add(self)
        with self.lock, self._translated:
            restrict(self.connection)
        self._budget = Budget(place)
        self._path = path

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection; a closed connection after the session was closed."""
        lease = self._lease
        return CLOSED if lease is None else lease.connection

    def check(self, *, new: bool, durable: bool, read_only: bool) -> int:
        """Begin a new file, or check an existing file before it is used.

        Args:
            new: Whether there was no file.
            durable: Whether the first tables of a new file wait for the disk.
            read_only: Whether the connection cannot write.

        Returns:
            The schema version of its derived tables.

        Raises:
            NotALedgerError: The file is not a ledger of this library, is empty, is truncated within its header, or is
                in WAL mode.
            UnsupportedSchemaError: A newer version of this library wrote the file.
            BrokenLogError: The file is truncated or damaged, or its schema is not that of its version.
            StoreLockedError: Another process has the file locked for longer than the timeout.
        """
        with self.lock, self._translated:
            self.connection.execute(f"pragma busy_timeout = {1_000 * self._timeout_s}")
            if new:
                for pragma in (_NEW_FILE,) if durable else (_NEW_FILE, *_NOT_DURABLE):
                    self.connection.execute(pragma)
                begin_file(self.connection)
            else:
                wait_while_empty(self.connection, self._path, self._timeout_s, read_only=read_only)
            return checked_version(self.connection, self._path)

    def set_up(self, *, durable: bool = True, query_only: bool = False) -> None:
        """Set the options that SQLite does not store in the file.

        Args:
            durable: Whether a commit waits for the disk, and pages are written to the file only by a commit.
            query_only: Whether the session only answers queries.

        Raises:
            NotALedgerError: The file is not a SQLite database.
            BrokenLogError: The file is damaged.
        """
        pragmas = (*_SAFE, *_READING) if query_only else (*_SAFE, *_WRITING)
        for pragma in pragmas if durable else (*pragmas, *_NOT_DURABLE):
            self.run(pragma)
        with self.lock:
            self._budget.watch(self.connection)

    @property
    def in_transaction(self) -> bool:
        """Whether SQLite has a transaction open for this connection."""
        try:
            return self.connection.in_transaction
        except sqlite3.ProgrammingError:  # the connection is closed
            return False

    def roll_back(self) -> None:
        """Undo the open transaction, if any."""
        if self.in_transaction:
            self.run("rollback")

    def roll_back_to(self, savepoint: str) -> None:
        """Undo what came after a savepoint, and end the savepoint; does nothing if SQLite has no such savepoint.

        SQLite has no such savepoint if an interrupt came before the savepoint was set or after it was released, or if
        SQLite itself rolled back the whole transaction.
        """
        with self.lock, self._translated:
            try:
                self.connection.execute(f"rollback to {savepoint}")
            except sqlite3.OperationalError as error:
                if "no such savepoint" in str(error):
                    return
                raise
            self.connection.execute(f"release {savepoint}")

    def copy_to(self, other: "Session") -> None:
        """Copy every page of the file.

        Raises:
            StoreLockedError: Another process has the file locked.
        """
        with self.lock, self._translated:
            self.connection.backup(other.connection)

    def query(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Values]:
        """The rows of a query.

        Raises:
            StoreLockedError: Another process, or another connection, has the file locked for longer than the timeout.
            BrokenLogError: The file is damaged, or the query takes more steps than a file of this size can need.
        """
        with self.lock, self._budget:
            return self.run(sql, values)

    def run(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Values]:
        """Run a statement, and return its rows.

        Raises:
            StoreLockedError: Another process, or another connection, has the file locked for longer than the timeout.
            StoreError: SQLite cannot run the statement.
        """
        until: int | None = None
        while True:
            try:
                # A lock implemented in C, directly in the `with`: no interrupt can come between acquiring the lock and
                # entering the block.
                with self.lock, self._translated:
                    return self._run(sql, values)
            except StoreLockedError:
                until = deadline_ns(self._timeout_s) if until is None else until
                if monotonic_ns() >= until:
                    raise

    def _run(self, sql: str, values: Sequence[object] | Mapping[str, object]) -> list[Values]:
        try:
            return self.connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            self._require_no_interrupt(error)
            raise

    def run_many(self, sql: str, rows: Iterable[Values]) -> None:
        """Run a statement once for each row of values.

        Raises:
            StoreError: SQLite cannot run the statement.
        """
        with self.lock, self._translated:
            try:
                self.connection.executemany(sql, rows)
            except sqlite3.Error as error:
                self._require_no_interrupt(error)
                raise

    def _require_no_interrupt(self, error: sqlite3.Error) -> None:
        """Raise the exception that a signal handler raised in the progress handler.

        SQLite then stops the statement, but loses the exception.

        Raises:
            BaseException: The exception of the signal handler; KeyboardInterrupt if it is unknown.
        """
        if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT" and not self._budget.spent:
            raise self._budget.raised or KeyboardInterrupt from None

    def check_schema(self) -> None:
        """Refuse a file whose schema is not that of this version; to be called inside a transaction.

        Raises:
            BrokenLogError: The schema is a different one.
        """
        with self.lock, self._translated:
            check_schema(self.connection, self._path, SCHEMA_VERSION)

    def require_trees(self) -> None:
        """Refuse a file whose pages do not form trees, before a tree is dropped.

        Raises:
            BrokenLogError: A page is in the wrong place.
        """
        with self.lock, self._translated:
            require_trees(self.connection, self._path)

    def cache_entry(self, n: int, entry: Entry) -> None:
        """Cache a decoded entry; the cache is bounded."""
        cache_entry(self.decoded, n, entry, CACHED_ENTRIES)

    def clear_cache(self) -> None:
        """Clear what was read, because it may have been undone, or be derived again."""
        self.decoded.clear()
        self.cache.clear()

    def close(self) -> None:
        """Release the connection; what it has not committed is undone."""
        with self.lock:  # never wait for the gate with this lock: the owner of the gate may be waiting for this lock
            lease, self._lease = self._lease, None
        if lease is not None:
            with self._translated:
                release(lease)
