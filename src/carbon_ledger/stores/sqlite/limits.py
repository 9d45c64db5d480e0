"""Limits on what SQLite reads for a query, so that a crafted file is refused in bounded time and memory."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final

from carbon_ledger.errors import BrokenLogError
from carbon_ledger.printing import quote

VALUE_BYTES: Final = 200_000  # of a value: an entry has at most 65,535, and no text of a row is longer than its entry
_SCHEMA_BYTES: Final = 10_000  # of a statement of the schema
_SCHEMA_STEPS: Final = 50_000  # of SQLite's virtual machine while it reads a schema: a ledger's takes some hundreds
_SQL_BYTES: Final = 100_000
# How the messages of integrity_check about pages begin.
_PAGE_MESSAGES: Final = ("***", "Tree", "On tree", "Page", "Freelist", "Main freelist")
_STEPS: Final = 100_000  # of SQLite's virtual machine, between two checks of the budget
_LEAST_STEPS: Final = 3_000_000
_STEPS_A_BYTE: Final = 20  # a row has some 20 bytes and is read in some 20 steps, a few times


def restrict(connection: sqlite3.Connection) -> None:
    """Restrict a connection to what a ledger needs: short values, no attached files, no trust in the schema.

    Args:
        connection: A new connection.
    """
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, _SQL_BYTES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, False)
    connection.execute("pragma trusted_schema = off")
    connection.execute("pragma cell_size_check = on")


@contextmanager
def brief(connection: sqlite3.Connection) -> Iterator[None]:
    """A context manager in which SQLite may read no more than a ledger's schema takes.

    Args:
        connection: The connection.

    Raises:
        sqlite3.OperationalError: The schema takes more.
        BaseException: The exception that a signal handler raised meanwhile.
    """
    # The first call of the handler may come after any number of steps: a reused statement continues its old count.
    calls = count()
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _SCHEMA_BYTES)
    # What a signal handler raised during a call of the progress handler: SQLite then stops, but loses the exception.
    raised: list[BaseException] = []

    def stop() -> int:
        try:
            return int(next(calls) > 0)
        except BaseException as error:
            raised.append(error)
            raise

    connection.set_progress_handler(stop, _SCHEMA_STEPS)
    try:
        yield
    except sqlite3.Error:
        if raised:
            raise raised[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES)


class Budget:
    """Stops a query that takes more steps than reading the whole file can, such as one in a tree that contains itself.

    A query runs inside this context manager. Steps of statements that write are not counted.

    Args:
        path: The file; the budget of a query grows with the size of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bytes = 0  # of the file, when its size was last read
        self._in_query = False
        self._calls = 0  # of the progress handler, in this query
        self.spent = False  # whether the budget stopped the last query
        self.raised: BaseException | None = None  # what a signal handler raised meanwhile: SQLite loses it

    def watch(self, connection: sqlite3.Connection) -> None:
        """Watch the queries of a connection."""
        connection.set_progress_handler(self._stop, _STEPS)

    def __enter__(self) -> None:
        """Begin a query."""
        self._in_query, self._calls, self.spent, self.raised = True, 0, False, None

    def __exit__(self, *error: object) -> None:
        """End the query."""
        self._in_query = False

    def _stop(self) -> int:
        try:
            if not self._in_query:
                return 0
            self._calls += 1
            steps = self._calls * _STEPS
            with suppress(OSError):  # the file may have been moved
                self._bytes = os.stat(self._path).st_size
            self.spent = steps > max(_LEAST_STEPS, _STEPS_A_BYTE * self._bytes)
        except BaseException as error:  # SQLite then stops the query, and the session raises this error
            self.raised = error
            raise
        return int(self.spent)


def require_trees(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file whose pages do not form trees, before a tree is dropped.

    When SQLite drops a tree, it follows a page that belongs to the tree more than once as often as the page is referred
    to. A dozen such pages can make dropping the tree endless.

    Args:
        connection: The file.
        path: The file, for the message.

    Raises:
        BrokenLogError: A page is in the wrong place.
    """
    # Only one message is requested. Messages about pages come first. A damaged row does not matter in a table that is
    # derived again, and for a second message SQLite might read the rows of a tree without end.
    message = str(connection.execute("pragma quick_check(1)").fetchone()[0])
    if message.startswith(_PAGE_MESSAGES):
        raise BrokenLogError(f"{path}: the file is damaged ({quote(message, 200)}); restore it from a copy")
