"""Sessions with a server: a connection that is opened when it is needed, and what was read through it.

Statements are sent together, in one round trip, as far as the server allows it. An interrupt may end any statement
here: the connection is then closed, and the server undoes what was not committed.
"""

import os
import struct
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final, NamedTuple
from weakref import finalize

import psycopg
from psycopg import Connection
from psycopg.copy import LibpqWriter
from psycopg.pq import TransactionStatus

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.errors import StoreConnectionError
from carbon_ledger.stores.cache import Cache, cache_entry
from carbon_ledger.stores.postgres.dialect import adapt, qualified, translated
from carbon_ledger.stores.postgres.errors import Translated, is_lost
from carbon_ledger.stores.postgres.places import Place
from carbon_ledger.stores.tables import Values

CACHED_ENTRIES: Final = 256
_LEAST_CONNECT_S: Final = 2  # libpq waits at least as long
# Through a pooler, the server's session has another number than the one that the client was given. It may serve others
# after this statement, so that nothing is set there. Statements name the schema of their tables themselves.
_SET_UP: Final = """
select pg_backend_pid(), set_config('search_path', 'pg_temp', pg_backend_pid() <> %(given)s),
  set_config('default_transaction_read_only', %(read_only)s, pg_backend_pid() <> %(given)s)
"""


class Statement(NamedTuple):
    """A statement with its values."""

    sql: str
    values: Sequence[Any] | Mapping[str, Any] = ()


class Copy(NamedTuple):
    """Many new rows of a table, which are sent as one stream."""

    sql: str
    types: Sequence[str]
    rows: Sequence[Values]


Step = Statement | Copy


class _Writer(LibpqWriter):
    """What ends a stream on the connection."""

    def finish(self, exc: BaseException | None = None) -> None:
        """End the stream; if an exception ended it, tell the server so, as far as there is one.

        A stream that nobody refers to any longer is ended by Python, with `GeneratorExit`. Its connection is closed, or
        is that of a parent process, which goes on sending.
        """
        if exc is None:
            super().finish()
        elif not isinstance(exc, GeneratorExit):
            with suppress(psycopg.Error):  # psycopg would log it; the exception says more
                super().finish(exc)


class _Stream:
    """New rows of a table on their way to the server, which writes them while the next ones are made.

    Args:
        connection: The connection, on which nothing else is sent until the stream ends.
        sql: The statement, in the binary format.
        types: The type of each column.
    """

    def __init__(self, connection: "Connection[Any]", sql: str, types: Sequence[str]) -> None:
        self._opened = ExitStack()
        cursor = self._opened.enter_context(connection.cursor())
        self._copy = self._opened.enter_context(cursor.copy(sql, writer=_Writer(cursor)))
        self._copy.set_types(list(types))

    def write(self, rows: Sequence[Values]) -> None:
        """Send rows; if one of them cannot be sent, the server writes none."""
        try:
            for row in rows:
                self._copy.write_row(row)
        except BaseException:
            self._opened.__exit__(*sys.exc_info())
            raise

    def end(self) -> None:
        """Wait until the server has written all rows."""
        self._opened.close()


class Session:
    """A connection to the server, and what was read through it.

    Args:
        place: The ledger.
        timeout_s: How long to wait for a connection. [s]
        read_only: Whether the session only answers queries.

    Attributes:
        lock: Held while statements run.
        cache: What was read.
        decoded: Decoded entries by number.
        raw: Entries that were read and not decoded yet, by number.
        trips: How often statements were sent and their results awaited.
    """

    def __init__(self, place: Place, timeout_s: int, *, read_only: bool) -> None:
        self._place = place
        self._timeout_s = timeout_s
        self._read_only = read_only
        self._translated = Translated(place.name)
        self.lock = threading.RLock()
        self.cache = Cache()
        self.decoded: dict[int, Entry] = {}
        self.raw: dict[int, bytes] = {}
        self.trips = 0
        self._open: list[Connection[Any]] = []  # no connection, or one
        self._stream: tuple[str, _Stream] | None = None  # rows that are being sent, and their statement
        self._ended = finalize(self, _close_all, self._open, os.getpid())

    def _connected(self) -> Connection[Any]:
        if self._open and self._open[0].closed:
            self._open.clear()
        if not self._open:
            try:
                connection = psycopg.connect(
                    self._place.conninfo,
                    autocommit=True,
                    connect_timeout=max(_LEAST_CONNECT_S, self._timeout_s),
                    client_encoding="UTF8",
                    fallback_application_name="carbon-ledger",
                )
            except psycopg.Error as error:
                raise StoreConnectionError(
                    f"{self._place.name}: no connection to the server ({self._place.hidden(str(error))}); check "
                    "the URL, the role and the server"
                ) from None
            self._open.append(connection)
            adapt(connection)
            self._translated.role = connection.info.user
            self.trips += 1
            flag = "on" if self._read_only else "off"
            given = connection.info.backend_pid
            found = connection.execute(_SET_UP, {"given": given, "read_only": flag}).fetchall()
            if found[0][0] != given:
                connection.prepare_threshold = None  # the next statement may run in a session that has not prepared it
        return self._open[0]

    @property
    def is_connected(self) -> bool:
        """Whether a connection is open, as far as this process knows."""
        return bool(self._open) and not self._open[0].closed

    @property
    def in_transaction(self) -> bool:
        """Whether the server has a transaction open for this connection."""
        return self.is_connected and self._open[0].info.transaction_status != TransactionStatus.IDLE

    @property
    def is_streaming(self) -> bool:
        """Whether rows were sent that the server may still be writing."""
        return self._stream is not None

    def query(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The rows of a query of the shared SQL; outside a transaction, a lost connection is opened again once.

        Raises:
            StoreConnectionError: The connection was lost, or cannot be opened.
            StoreError: The server refuses the query.
        """
        statement = Statement(translated(sql), values)
        with self.lock:
            was_connected = self.is_connected
            try:
                return self.run([statement])[-1]
            except StoreConnectionError:
                if not was_connected:
                    raise
            return self.run([statement])[-1]

    def run(self, steps: Sequence[Step]) -> list[list[Values]]:
        """Run statements in order, and return the rows of each; a `Copy` has no rows.

        Raises:
            StoreConnectionError: The connection was lost, or cannot be opened.
            StoreError: The server refuses one of the statements; those before it stand.
        """
        with self._sending():
            self._end_stream()
            return self._run(self._connected(), steps)

    def send(self, step: Copy) -> None:
        """Send rows, and do not wait until the server has written them: what is run next waits for that.

        Raises:
            StoreConnectionError: The connection was lost, or cannot be opened.
            StoreError: The server refuses one of the rows that were sent before.
        """
        with self._sending():
            if self._stream is None or self._stream[0] != step.sql:
                self._end_stream()
                self.trips += 1
                sql = qualified(step.sql, self._place.quoted)
                self._stream = step.sql, _Stream(self._connected(), sql, step.types)
            stream, self._stream = self._stream, None
            stream[1].write(step.rows)
            self._stream = stream

    def end_stream(self) -> None:
        """Wait until the server has written the rows that were sent, if any.

        Raises:
            StoreConnectionError: The connection was lost.
            StoreError: The server refuses one of the rows.
        """
        if self._stream is not None:
            with self._sending():
                self._end_stream()

    @contextmanager
    def _sending(self) -> Iterator[None]:
        """A block that sends to the server: a lost connection is closed, and errors are translated."""
        with self.lock, self._translated:
            try:
                yield
            except psycopg.Error as error:
                if is_lost(error, not self.is_connected or self._open[0].broken):
                    self.drop()
                raise
            except (OverflowError, struct.error, UnicodeEncodeError, StoreConnectionError):
                raise
            except BaseException:
                self.drop()
                raise

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            self.trips += 1
            stream[1].end()

    def _run(self, connection: Connection[Any], steps: Sequence[Step]) -> list[list[Values]]:
        found: list[list[Values]] = []
        together: list[Statement] = []
        for step in steps:
            if isinstance(step, Statement):
                together.append(step)
                continue
            found += self._pipelined(connection, together)
            together = []
            self._copy(connection, step)
            found.append([])
        return found + self._pipelined(connection, together)

    def _pipelined(self, connection: Connection[Any], statements: Sequence[Statement]) -> list[list[Values]]:
        """The rows of statements that are sent in one round trip."""
        if not statements:
            return []
        self.trips += 1
        if len(statements) == 1:
            sql = qualified(statements[0].sql, self._place.quoted)
            cursor = connection.execute(sql, statements[0].values or None, binary=True)
            return [_rows_of(cursor)]
        cursors = [connection.cursor(binary=True) for _ in statements]
        first: psycopg.Error | None = None
        try:
            with connection.pipeline():
                try:
                    for cursor, statement in zip(cursors, statements, strict=True):
                        sql = qualified(statement.sql, self._place.quoted)
                        cursor.execute(sql, statement.values or None)
                except psycopg.Error as error:  # leave the block as usual: psycopg logs errors that end it
                    first = error
        except psycopg.Error as error:
            raise (first or error) from None
        if first is not None:
            raise first
        return [_rows_of(cursor) for cursor in cursors]

    def _copy(self, connection: Connection[Any], step: Copy) -> None:
        """Send rows as one stream, which cannot be a part of a pipeline."""
        self.trips += 2
        stream = _Stream(connection, qualified(step.sql, self._place.quoted), step.types)
        stream.write(step.rows)
        stream.end()

    def roll_back(self) -> None:
        """Undo the open transaction, if any; if that fails, the connection is closed, and the server undoes it."""
        with self.lock:
            with suppress(psycopg.Error):  # the server undoes what it has written, and what it has refused
                self._end_stream()
            if not self.in_transaction:
                return
            if self._open[0].info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
                try:
                    self.trips += 1
                    self._open[0].execute("rollback")
                except psycopg.Error:
                    self.drop()
            else:
                self.drop()

    def cache_entry(self, n: int, entry: Entry) -> None:
        """Cache a decoded entry; the cache is bounded."""
        cache_entry(self.decoded, n, entry, CACHED_ENTRIES)

    def keep_raw(self, found: Mapping[int, bytes]) -> None:
        """Keep entries that were read and not decoded; bounded."""
        if len(self.raw) + len(found) > CACHED_ENTRIES:
            self.raw.clear()
        self.raw.update((n, data) for n, data in found.items() if n not in self.decoded)

    def clear_cache(self) -> None:
        """Clear what was read, because it may have been undone, or be derived again."""
        self.decoded.clear()
        self.raw.clear()
        self.cache.clear()

    def drop(self) -> None:
        """Close the connection; the server undoes what was not committed."""
        self._stream = None
        _close_all(self._open, os.getpid())

    def close(self) -> None:
        """Close the connection for good."""
        with self.lock:
            self._ended()


def _rows_of(cursor: "psycopg.Cursor[Any]") -> list[Values]:
    return [] if cursor.rownumber is None else cursor.fetchall()


def _close_all(connections: list[Connection[Any]], process: int) -> None:
    """Close connections, unless they are those of a parent process."""
    while connections and process == os.getpid():
        connections.pop().close()
