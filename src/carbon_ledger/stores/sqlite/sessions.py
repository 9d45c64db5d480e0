"""Sessions with a ledger file: a connection, what was read through it, and who may use it."""

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
from carbon_ledger.stores.cache import Cache, bound
from carbon_ledger.stores.sqlite.connections import CLOSED, Lent, gate, give_back, lend
from carbon_ledger.stores.sqlite.errors import Translated
from carbon_ledger.stores.sqlite.limits import Budget, require_trees, restrict
from carbon_ledger.stores.sqlite.opening_checks import begin_file, checked_version, wait_while_empty
from carbon_ledger.stores.sqlite.schema import SCHEMA_VERSION
from carbon_ledger.stores.sqlite.schema_check import check_schema
from carbon_ledger.stores.tables import Values
from carbon_ledger.stores.turns import deadline_ns

_SAFE: Final = (
    "pragma busy_timeout = 100",  # [ms]; SQLite hears no interrupt while it waits, so it waits again and again
    "pragma recursive_triggers = on",
)
_NEW_FILE: Final = "pragma page_size = 2048"
_WRITING: Final = (
    "pragma journal_mode = truncate",
    "pragma synchronous = full",
    "pragma cache_spill = off",  # a batch that is written out early would lock every reader out
)
_QUESTIONS: Final = ("pragma query_only = on",)
_THROWN_AWAY: Final = ("pragma synchronous = off", "pragma cache_spill = on")
CACHED_ENTRIES: Final = 256

_ALL: "WeakSet[Session]" = WeakSet()

_forks = threading.RLock()  # one thread forks at a time, and none while a session is added to those above
_taken: list[threading.RLock] = []  # by whoever has the one above
_PAUSES_A_SECOND: Final = 100
_PATIENCE_S: Final = 1  # for a lock, before a fork; then whoever has it may be waiting for one that is held already


def _before_fork() -> None:
    # No question is half way through, and nothing is opened: SQLite's notes of its locks are right in the child, and
    # none of its mutexes is held.
    while not _all_locked():
        _after_fork()
        time.sleep(1 / _PAUSES_A_SECOND)  # else who waits for one of the locks would never get it


def _all_locked() -> bool:
    _forks.acquire()
    for lock in (*(session.lock for session in list(_ALL)), gate):
        if not lock.acquire(timeout=_PATIENCE_S):
            return False
        _taken.append(lock)
    return True


def _after_fork() -> None:
    while _taken:
        _taken.pop().release()
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
        place: Where it is, whatever becomes of the current directory.
        mode: ``ro``, ``rw`` or ``rwc``, as SQLite names them.
        timeout_s: How long to wait for another process, or another connection. [s]

    Raises:
        NotALedgerError: The file cannot be opened.
    """

    def __init__(self, path: Path, place: Path, mode: str, timeout_s: int) -> None:
        self.identity: Identity | None = None  # the file's, once it is known
        self._translated = Translated(str(path))
        self._timeout_s = timeout_s
        self.lock = threading.RLock()
        self.cache = Cache()
        self.decoded: dict[int, Entry] = {}
        with self._translated:
            self._lent: Lent | None = lend(place, f"mode={mode}")
        with _forks:
            _ALL.add(self)
        with self.lock, self._translated:
            restrict(self.connection)
        self._budget = Budget(place)
        self._path = path

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection; a closed one, once the session is closed."""
        lent = self._lent
        return CLOSED if lent is None else lent.connection

    def check(self, *, new: bool, read_only: bool) -> int:
        """Begin a new file, or check one that is there before it is used.

        Args:
            new: Whether there was no file.
            read_only: Whether the connection cannot write.

        Returns:
            The schema version of its derived tables.

        Raises:
            NotALedgerError: It is another database than a ledger of this library, empty, cut off in its header, or in
                WAL mode.
            UnsupportedSchemaError: A newer version of this library wrote it.
            BrokenLogError: It is cut off or damaged, or its schema is not that of its version.
            StoreLockedError: Another process holds it for longer than the timeout.
        """
        with self.lock, self._translated:
            self.connection.execute(f"pragma busy_timeout = {1_000 * self._timeout_s}")
            if new:
                self.connection.execute(_NEW_FILE)
                begin_file(self.connection)
            else:
                wait_while_empty(self.connection, self._path, self._timeout_s, read_only=read_only)
            return checked_version(self.connection, self._path)

    def set_up(self, *, durable: bool = True, query_only: bool = False) -> None:
        """Set what SQLite leaves to whoever opens a file.

        Args:
            durable: Whether a commit waits for the disk, and what is not committed stays out of the file.
            query_only: Whether it answers questions alone.

        Raises:
            NotALedgerError, BrokenLogError: The file is no SQLite database, or is damaged.
        """
        pragmas = (*_SAFE, *_QUESTIONS) if query_only else (*_SAFE, *_WRITING)
        for pragma in pragmas if durable else (*pragmas, *_THROWN_AWAY):
            self.run(pragma)
        with self.lock:
            self._budget.watch(self.connection)

    @property
    def in_transaction(self) -> bool:
        """Whether SQLite has a transaction open for this connection."""
        try:
            return self.connection.in_transaction
        except sqlite3.ProgrammingError:  # it is closed
            return False

    def roll_back(self) -> None:
        """Undo the transaction that is open, if there is one."""
        if self.in_transaction:
            self.run("rollback")

    def roll_back_to(self, savepoint: str) -> None:
        """Undo what came after a savepoint, and end it; where SQLite has none of that name, there is nothing to undo.

        So it is where an interrupt came before it was set or after it was released, or where SQLite has rolled the
        whole transaction back by itself.
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
            StoreLockedError: Another process holds the file.
        """
        with self.lock, self._translated:
            self.connection.backup(other.connection)

    def ask(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Values]:
        """The rows of a question.

        Raises:
            StoreLockedError: Another process, or another connection, holds the file for longer than the timeout.
            BrokenLogError: The file is damaged, or the question takes more steps than it has content for.
        """
        with self.lock, self._budget:
            return self.run(sql, values)

    def run(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Values]:
        """Run a statement, and return its rows.

        Raises:
            StoreLockedError: Another process, or another connection, holds the file for longer than the timeout.
            StoreError: The file cannot do it.
        """
        until: int | None = None
        while True:
            try:
                # A lock of C in a `with` of its own: an interrupt cannot come between the two.
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
            StoreError: The file cannot do it.
        """
        with self.lock, self._translated:
            try:
                self.connection.executemany(sql, rows)
            except sqlite3.Error as error:
                self._require_no_interrupt(error)
                raise

    def _require_no_interrupt(self, error: sqlite3.Error) -> None:
        """Raise what came while SQLite asked whether to go on, from a signal handler: SQLite stops, and forgets why.

        Raises:
            BaseException: What the handler raised; KeyboardInterrupt, where it is not known.
        """
        if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT" and not self._budget.spent:
            raise self._budget.raised or KeyboardInterrupt from None

    def check_schema(self) -> None:
        """Refuse a file whose schema is not that of this version; inside a transaction.

        Raises:
            BrokenLogError: It is not.
        """
        with self.lock, self._translated:
            check_schema(self.connection, self._path, SCHEMA_VERSION)

    def require_trees(self) -> None:
        """Refuse a file whose pages are no trees, before a tree is dropped.

        Raises:
            BrokenLogError: A page is not in its place.
        """
        with self.lock, self._translated:
            require_trees(self.connection, self._path)

    def cache_entry(self, n: int, entry: Entry) -> None:
        """Cache a decoded entry; the newest few are cached."""
        bound(self.decoded, CACHED_ENTRIES)
        self.decoded[n] = entry

    def forget(self) -> None:
        """Forget what was read: it may be undone."""
        self.decoded.clear()
        self.cache.clear()

    def close(self) -> None:
        """Give the connection back; what it has not committed is undone."""
        with self.lock:  # and never wait for the gate in it: who has that may be waiting for this
            lent, self._lent = self._lent, None
        if lent is not None:
            with self._translated:
                give_back(lent)
