"""Rehearsals: a command runs on what is near the things that it names, so that all its queries are known at once.

A rehearsal decides nothing. What it writes is dropped, and so is its result. The command makes its queries again, and
gets the server's answers to those that were foreseen. A query that was not foreseen costs a round trip more.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, NoReturn, cast

from attrs import field, frozen

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import Rehearsal, Store
from carbon_ledger.stores.cache import Cache
from carbon_ledger.stores.postgres.answers import Answers, Key, UnansweredError, can_be_sent, depends_on, key_of
from carbon_ledger.stores.postgres.dialect import translated
from carbon_ledger.stores.postgres.neighbours import rows_of
from carbon_ledger.stores.postgres.sessions import Session, Statement
from carbon_ledger.stores.postgres.sources import ENTRY, REGISTERED
from carbon_ledger.stores.postgres.view import PostgresView
from carbon_ledger.stores.sql.damage import decoded
from carbon_ledger.stores.sql.slices import tile_data
from carbon_ledger.stores.sqlite.schema import derived_statements
from carbon_ledger.stores.sqlite.write_buffer import WriteBuffer, ended
from carbon_ledger.stores.tables import BY_NAME, Values
from carbon_ledger.stores.uncommitted_reads import never_rolled_back

_MOST: Final = 2_000  # queries that are sent together
_MOST_ROWS: Final = 2_000  # after which a rehearsal ends, since others wait for the lock meanwhile


@frozen
class Foreseen:
    """What a command asked in a rehearsal.

    Attributes:
        queries: The queries that it makes before it commits.
        guesses: The rows that those queries had in the rehearsal.
        shown: The queries that it makes once it has committed.
        is_whole: Whether the rehearsal did not end at a query without an answer.
    """

    queries: dict[Key, Statement] = field(factory=dict)
    guesses: dict[Key, list[Values]] = field(factory=dict)
    shown: dict[Key, Statement] = field(factory=dict)
    is_whole: bool = True


class Stage:
    """The tables on which commands are rehearsed, in memory.

    Args:
        path: The store, for messages.
        session: The connection, for the entries that it has read.
        answers: What the server has answered already.
    """

    def __init__(self, path: str, session: Session, answers: Answers) -> None:
        self._path, self._session, self._answers = path, session, answers
        self._tables: sqlite3.Connection | None = None

    def _opened(self) -> sqlite3.Connection:
        if self._tables is None:
            self._tables = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            for statement in (*derived_statements(), "create table entry (n integer primary key, leaf, data)"):
                self._tables.execute(statement)
        return self._tables

    def fill(self, found: Sequence[Values]) -> None:
        """Begin with the rows that are near; entries are read once, for the command itself too."""
        self.clear()
        tables = self._opened()
        tables.execute("begin")
        entries = []
        for table, values in rows_of(found):
            if table == "entry":
                entries.append(values)
                tables.execute("insert or ignore into entry values (?, null, ?)", values)
                continue
            marks = ", ".join("?" * len(BY_NAME[table].columns))
            tables.execute(f"insert or ignore into {table} values ({marks})", values)
        self._session.keep_raw(dict(entries))

    def rehearse(self, rehearsal: Rehearsal, size: int) -> Foreseen:
        """What a command asks, after *size* entries."""
        tables, found = self._opened(), Foreseen()
        tables.execute("savepoint rehearsal")
        try:
            store = _Scratch(self._path, tables, size, self._session, self._answers, found)
            rehearsal.run(cast(Store, store))
        except UnansweredError:
            return Foreseen(found.queries, found.guesses, {}, is_whole=False)
        except Exception:  # the guess was wrong, or the command itself will be refused, with an error of this library
            return found
        finally:
            tables.execute("rollback to rehearsal")
        return found

    def clear(self) -> None:
        """Drop the rows."""
        if self._tables is not None and self._tables.in_transaction:
            self._tables.execute("rollback")

    def close(self) -> None:
        """Release the tables."""
        if self._tables is not None:
            self._tables.close()
            self._tables = None


class _Scratch:
    """A store for one rehearsal."""

    def __init__(
        self, path: str, tables: sqlite3.Connection, size: int, session: Session, answers: Answers, found: Foreseen
    ) -> None:
        self.path = path
        self.cache = Cache()
        self._tables, self._size, self._session, self._answers = tables, size, session, answers
        self._found = found
        self._open = 0  # transactions, one inside another
        self._written: list[Row] = []
        self._decoded: dict[int, Entry] = {}

    def __getattr__(self, name: str) -> NoReturn:
        """The rehearsal ends at what this store cannot do."""
        if name.startswith("__"):
            raise AttributeError(name)
        raise UnansweredError

    @property
    def locked_size(self) -> int | None:
        return self._size if self._open else None

    def size(self) -> int:
        return self._size

    def contains(self, n: int) -> bool:
        return 0 <= n < self._size

    def in_transaction(self) -> bool:
        return self._open > 0

    def rollback_guard(self, size: int) -> Any:
        del size
        return never_rolled_back

    def view(self, size: int | None = None) -> PostgresView:
        return PostgresView(self, self._size if size is None else size)

    @contextmanager
    def write_lock(self, wants: object = ()) -> Iterator[bool]:
        del wants
        self._open += 1
        yield self._open > 1
        self._open -= 1

    def transaction(self, *, part: bool = False, wants: object = ()) -> AbstractContextManager[bool]:
        del part
        return self.write_lock(wants)

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        if len(self._written) > _MOST_ROWS:
            raise UnansweredError
        buffer = WriteBuffer()
        for row in rows:
            self.cache.update(row)
            if (update := ended(row)) is None:
                buffer.add(row)
            else:
                self._tables.execute(*update)
        buffer.write(self._tables.executemany)
        self._tables.execute("insert into entry values (?, null, ?)", (self._size, data))
        self._written += rows
        self._size += 1

    def append_many(self, items: Iterable[tuple[bytes, Sequence[Row]]]) -> None:
        for data, rows in items:
            self.append(data, rows)

    def cache_entry(self, entry: Entry) -> None:
        self._decoded[entry.n] = entry

    def decoded(self, n: int) -> Entry:
        entry = self._decoded.get(n) or self._session.decoded.get(n)
        if entry is None:
            data = self._session.raw.get(n)
            if data is None:
                rows = self.select(ENTRY, (n,))
                if not rows:
                    raise UnansweredError
                data = rows[0][0]
            entry = self._decoded[n] = decoded(data, n, self.path)
        return entry

    def tile(self, level: int, index: int, width: int) -> bytes:
        return tile_data(self, level, index, width)

    def registered(self, kind: str, name: str) -> int | None:
        rows = self.select(REGISTERED, (kind, name))
        return int(rows[0][0]) if rows else None

    def hint(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> None:
        del sql, values

    def select(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The server's rows if they are known, or what is near; the query is noted.

        Raises:
            UnansweredError: The server cannot be sent these values.
        """
        if not can_be_sent(values):
            raise UnansweredError
        key = key_of(sql, values)
        changed = any(depends_on(key, row) for row in self._written)
        rows = self._answers.known(key)
        if not self._open:
            self._found.shown[key] = Statement(translated(sql), values)
        if rows is not None and not changed:
            return rows
        rows = self._tables.execute(sql, values).fetchall()
        if self._open and not changed and key not in self._found.queries and len(self._found.queries) < _MOST:
            self._found.queries[key] = Statement(translated(sql), values)
            self._found.guesses[key] = rows
        return rows
