"""How much SQLite may read for a question, so that a crafted file is refused in bounded time and memory."""

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

VALUE_BYTES: Final = 200_000  # of a value: an entry has at most 65,535, and no text of a row more than its entry
_SCHEMA_BYTES: Final = 10_000  # of a statement of the schema
_SCHEMA_STEPS: Final = 50_000  # of SQLite's machine, while it reads a schema: a ledger's takes some hundreds
_SQL_BYTES: Final = 100_000
_OF_PAGES: Final = ("***", "Tree", "On tree", "Page", "Freelist", "Main freelist")  # how integrity_check begins
_STEPS: Final = 100_000  # of SQLite's machine, between two looks at the budget
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
    """Let SQLite read no more inside the block than a ledger's schema takes.

    Args:
        connection: The connection.

    Raises:
        sqlite3.OperationalError: It takes more.
        BaseException: What a signal handler raised meanwhile.
    """
    looks = count()  # the first may come after any number of steps: a statement that is used again goes on counting
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _SCHEMA_BYTES)
    raised: list[BaseException] = []  # by a signal handler while SQLite asks: SQLite stops then, and forgets why

    def look() -> int:
        try:
            return int(next(looks) > 0)
        except BaseException as error:
            raised.append(error)
            raise

    connection.set_progress_handler(look, _SCHEMA_STEPS)
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
    """Ends a question that takes more steps than the whole file can, as one through a tree that holds itself does.

    A question is asked inside of it, as a context manager; what is written is not counted.

    Args:
        path: The file; what a question may cost grows with it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bytes = 0  # of the file, when it was last seen
        self._asking = False
        self._looks = 0
        self.spent = False  # whether it ended the last question
        self.raised: BaseException | None = None  # what a signal handler raised meanwhile: SQLite forgets it

    def watch(self, connection: sqlite3.Connection) -> None:
        """Watch the questions of a connection."""
        connection.set_progress_handler(self._look, _STEPS)

    def __enter__(self) -> None:
        """Begin a question."""
        self._asking, self._looks, self.spent, self.raised = True, 0, False, None

    def __exit__(self, *error: object) -> None:
        """End it."""
        self._asking = False

    def _look(self) -> int:
        try:
            if not self._asking:
                return 0
            self._looks += 1
            steps = self._looks * _STEPS
            with suppress(OSError):  # it may have been moved
                self._bytes = os.stat(self._path).st_size
            self.spent = steps > max(_LEAST_STEPS, _STEPS_A_BYTE * self._bytes)
        except BaseException as error:  # SQLite stops then, and whoever asked raises it
            self.raised = error
            raise
        return int(self.spent)


def require_trees(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file whose pages are no trees, before a tree is dropped.

    SQLite follows a page that belongs to a tree twice as often as it is referred to when it drops the tree, and a
    dozen of such pages can make that endless.

    Args:
        connection: The file.
        path: The file, for the message.

    Raises:
        BrokenLogError: A page is not in its place.
    """
    # One message is asked for, and those about pages come first: what is wrong in a row is no reason to keep a table
    # that is derived again, and more than one would make SQLite read the rows of a tree without end.
    told = str(connection.execute("pragma quick_check(1)").fetchone()[0])
    if told.startswith(_OF_PAGES):
        raise BrokenLogError(f"{path}: the file is damaged ({quote(told, 200)}); restore it from a copy")
