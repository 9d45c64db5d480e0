"""Questions in SQL to a ledger file: read-only, over documented views, in bounded time and with bounded answers."""

import os
import sqlite3
import time
from itertools import islice
from pathlib import Path
from sys import getsizeof
from typing import Final, NoReturn

from attrs import frozen

from carbon_ledger.errors import QuantityError, StoreLockedError
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.printing import printable, quote
from carbon_ledger.stores.sqlite.connections import acquire, release
from carbon_ledger.stores.sqlite.errors import Translated
from carbon_ledger.stores.sqlite.limits import VALUE_BYTES, restrict
from carbon_ledger.stores.sqlite.question_views import VIEWS, view_statements
from carbon_ledger.stores.sqlite.schema import SCHEMA_VERSION
from carbon_ledger.stores.sqlite.schema_check import check_schema
from carbon_ledger.stores.sqlite.store import SqliteStore

MOST_ROWS: Final = 1_000_000
MOST_TIMEOUT_S: Final = 3_600
_MOST_SQL: Final = 100_000  # characters
_MOST_MIB: Final = 256  # of memory, for the rows of an answer
_MOST_PATTERN: Final = 1_000  # octets of a pattern of LIKE: one comparison takes time as pattern times text
# Of SQLite's virtual machine, between two looks at the clock. One step may call a function that takes a fifth of a
# second, such as `instr` of two long texts, so there are few steps between.
_STEPS: Final = 100
_RETRIES_A_SECOND: Final = 50
# The parameters with which these connections are opened: nothing else is opened with them, so that none is used again
# for anything else. The views are temporary, so the file itself is only read.
_MODE: Final = "mode=ro&cache=private"
# What a question may do: select, read, call functions, and repeat with a recursive `with`. That a view is read, and not
# a table below it, is not checked: SQLite does not always say by which view a table is read.
_ALLOWED: Final = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
_FORBIDDEN_FUNCTIONS: Final = ("load_extension", "readfile", "writefile", "edit", "fts3_tokenizer")
_ACTIONS: Final = FrozenMapping(
    {
        getattr(sqlite3, name): text
        for name, text in (
            ("SQLITE_ATTACH", "ATTACH"),
            ("SQLITE_DETACH", "DETACH"),
            ("SQLITE_PRAGMA", "PRAGMA"),
            ("SQLITE_TRANSACTION", "a transaction"),
            ("SQLITE_SAVEPOINT", "a savepoint"),
            ("SQLITE_INSERT", "INSERT"),
            ("SQLITE_UPDATE", "UPDATE"),
            ("SQLITE_DELETE", "DELETE"),
        )
    }
)

Value = str | int | None


@frozen
class SqlAnswer:
    """The answer to a question in SQL.

    Attributes:
        columns: The names of the columns.
        rows: The rows: whole numbers, text and None; a number that is not whole is text, and bytes are hexadecimal.
        is_cut: Whether there are more rows than were asked for.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    is_cut: bool


def answer_of(path: str | os.PathLike[str], sql: str, *, limit: int = 1_000, timeout_s: int = 4) -> SqlAnswer:
    """Put a question in SQL to a ledger file; nothing is written, and the file is checked as `open_ledger` checks it.

    A program that writes to the ledger waits for its next commit until the answer is there, so the time is short by
    default. Put long questions to a backup.

    Args:
        path: The file.
        sql: One SELECT over the views of `VIEWS`.
        limit: The most rows to return.
        timeout_s: The most time that the question takes. [s]

    Raises:
        NotALedgerError, UnsupportedSchemaError, BrokenLogError: The file is no ledger, is newer, or is damaged.
        StoreLockedError: Another process has the file locked for longer than *timeout_s*.
        QuantityError: *sql* is not one SELECT over the views, or takes longer than *timeout_s*; or an argument is
            invalid.

    Example:
        >>> import carbon_ledger as cl, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with cl.open_ledger(f"{folder}/a.db", ledger_id="trial") as ledger:
        ...         _ = ledger.open_account("buyer", name="Buyer Ltd")
        ...     answer_of(f"{folder}/a.db", "select account, name from accounts").rows
        (('buyer', 'Buyer Ltd'),)
    """
    _check(sql, limit, timeout_s)
    store = SqliteStore(path, read_only=True, timeout_s=timeout_s)
    try:
        place = store.worker_path() or os.fspath(path)
        return _answered(Path(place), Path(path), sql, limit, timeout_s)
    finally:
        store.close()


def _check(sql: object, limit: object, timeout_s: object) -> None:
    if not isinstance(sql, str) or len(sql) > _MOST_SQL or "\0" in sql:
        raise QuantityError(f"question {quote(sql)}: expected one SELECT as text, of at most {_MOST_SQL:,} characters")
    try:
        sql.encode()
    except UnicodeEncodeError:
        raise QuantityError(f"question {quote(sql)}: expected one SELECT in UTF-8; correct its encoding") from None
    for name, value, most in (("limit", limit, MOST_ROWS), ("timeout_s", timeout_s, MOST_TIMEOUT_S)):
        if type(value) is not int or not 1 <= value <= most:
            raise QuantityError(f"{name} {quote(value)}: expected a whole number from 1 to {most:,}")


def _answered(place: Path, path: Path, sql: str, limit: int, timeout_s: int) -> SqlAnswer:
    until = time.monotonic() + timeout_s
    with Translated(str(path)):
        lease = acquire(place, _MODE)
    try:
        connection = lease.connection
        with Translated(str(path)):
            connection.set_authorizer(None)
            restrict(connection)
            connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, _MOST_PATTERN)
            _begin(connection, until)
            check_schema(connection, path, SCHEMA_VERSION)
            for statement in view_statements():
                connection.execute(statement)
            # These two are set up by statements that a question may not make, so they are set up before it.
            connection.execute("select 1 from json_each('[]'), json_tree('[]')").fetchall()
        return _Question(connection, path, sql, until, timeout_s).answer(limit)
    finally:
        _end(lease.connection)
        release(lease)


def _begin(connection: sqlite3.Connection, until: float) -> None:
    """Begin a read transaction, so that the schema that is checked is the one that is read."""
    connection.execute("pragma busy_timeout = 0")
    connection.execute("begin")
    while True:
        try:
            connection.execute("select 1 from sqlite_master limit 1").fetchone()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") != "SQLITE_BUSY" or time.monotonic() >= until:
                raise
            time.sleep(1 / _RETRIES_A_SECOND)
        else:
            return


def _end(connection: sqlite3.Connection) -> None:
    connection.set_authorizer(None)
    connection.set_progress_handler(None, 0)
    connection.text_factory = str
    if connection.in_transaction:
        connection.execute("rollback")


class _Question:
    """One question, while it is answered."""

    def __init__(self, connection: sqlite3.Connection, path: Path, sql: str, until: float, timeout_s: int) -> None:
        self._connection, self._path, self._sql = connection, path, sql
        self._until, self._timeout_s = until, timeout_s
        self._refused = ""
        self._raised: BaseException | None = None

    def answer(self, limit: int) -> SqlAnswer:
        """The answer, of at most *limit* rows.

        Raises:
            QuantityError: The question is no SELECT over the views, or takes too long.
            BrokenLogError: The file is damaged.
        """
        self._connection.set_authorizer(self._authorize)
        self._connection.set_progress_handler(self._progress, _STEPS)
        self._connection.text_factory = lambda data: data.decode("utf-8", "replace")
        try:
            cursor = self._connection.execute(self._sql)
            rows = _rows(cursor, limit + 1)
        except (sqlite3.Error, sqlite3.Warning, OverflowError, MemoryError) as error:
            self._raise(error)
        columns = tuple(str(item[0]) for item in cursor.description or ())
        cursor.close()
        if not columns:
            raise QuantityError(f"question {quote(self._sql)}: expected a SELECT, which has columns")
        return SqlAnswer(columns, tuple(rows[:limit]), len(rows) > limit)

    def _authorize(self, action: int, _: str | None, name: str | None, __: str | None, ___: str | None) -> int:
        """Whether SQLite may do what the question needs; called while the question is compiled."""
        if action not in _ALLOWED:
            self._refused = _ACTIONS.get(action, "something that is no SELECT")
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and str(name).lower() in _FORBIDDEN_FUNCTIONS:
            self._refused = f"the function {name}"
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    def _progress(self) -> int:
        try:
            return int(time.monotonic() >= self._until)
        except BaseException as error:  # of a signal handler: SQLite stops, and loses the exception
            self._raised = error
            raise

    def _raise(self, error: BaseException) -> NoReturn:
        """Raise an error of this library for an error of SQLite.

        Raises:
            QuantityError: The question is wrong.
            StoreError: The file is.
        """
        if self._raised is not None:
            raise self._raised from None
        code, text = getattr(error, "sqlite_errorname", "") or "", printable(str(error))[:300]
        if code.startswith("SQLITE_INTERRUPT"):
            raise QuantityError(
                f"the question takes longer than {self._timeout_s} s; narrow it, or allow more time, as a writer waits "
                "meanwhile: put long questions to a backup"
            ) from None
        if code.startswith("SQLITE_AUTH"):
            raise QuantityError(
                f"the question uses {printable(self._refused)}, which is not allowed: expected one SELECT over the "
                f"views {', '.join(VIEWS)}"
            ) from None
        if code.startswith("SQLITE_TOOBIG"):
            raise QuantityError(
                f"the question makes a value of more than {VALUE_BYTES:,} octets; make shorter ones"
            ) from None
        if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN")):
            with Translated(str(self._path)):
                raise error
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StoreLockedError(f"{self._path}: another process has the file locked; ask again later") from None
        raise QuantityError(f"question in SQL: {text}; query --views lists the views and their columns") from None


def _rows(cursor: sqlite3.Cursor, most: int) -> list[tuple[Value, ...]]:
    """The first rows of an answer, in bounded memory.

    Raises:
        QuantityError: The rows take too much memory.
    """
    found: list[tuple[Value, ...]] = []
    size = 0
    for values in islice(cursor, most):
        row = tuple(map(_plain, values))
        size += getsizeof(row) + sum(map(getsizeof, row))
        if size > _MOST_MIB << 20:
            raise QuantityError(
                f"the answer takes more than {_MOST_MIB} MiB after {len(found):,} rows; ask for fewer rows, or for "
                "shorter columns"
            )
        found.append(row)
    return found


def _plain(value: object) -> Value:
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, str | int) else repr(value)
