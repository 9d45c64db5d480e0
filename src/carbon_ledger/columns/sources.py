"""What a columns audit reads: the entries of a store as they are stored, and the rows that the store derived from them.

Another store joins in by one class: whatever has the members of `Source` can be audited and exported.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from carbon_ledger.core.state.store import TABLES as DERIVED
from carbon_ledger.core.state.store import Store
from carbon_ledger.errors import StoreError
from carbon_ledger.files import path_text
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.opening.stores import is_url, store_at
from carbon_ledger.printing import quote
from carbon_ledger.stores.sql.log import SqlLog
from carbon_ledger.stores.sqlite.rows import SqliteRows
from carbon_ledger.stores.tables import BY_NAME, as_of

AT_ONCE: Final = 4_096  # entries of a batch
ROWS_AT_ONCE: Final = 32_768
TILES: Final = "tile"
DERIVED_TABLES: Final = tuple(name for name in DERIVED if name != TILES)

EntryRow: TypeAlias = tuple[int, bytes, bytes]
Select: TypeAlias = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


@runtime_checkable
class Source(Protocol):
    """Where entries come from."""

    @property
    def size(self) -> int:
        """How many entries are read: those below this number."""

    def entries(self) -> Iterator[Sequence[EntryRow]]:
        """The number, the stored leaf hash and the bytes of each entry, in lists, as they are stored."""

    def rows(self, table: str) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The rows of a derived table as of *size* entries, in lists; a source without such rows raises LookupError."""


class StoreSource:
    """The entries of a store. Those that are appended meanwhile are not read.

    Args:
        store: The store. The rows of a file or of a server are read as they are stored, so that a missing entry is
            found.
        size: How many entries to read; by default, all.
    """

    def __init__(self, store: Store, size: int | None = None) -> None:
        """Note how many entries the store has."""
        self._store = store
        self._select: Select | None = store.select if isinstance(store, SqlLog) else None
        self.size = store.size() if size is None else size

    def entries(self) -> Iterator[Sequence[EntryRow]]:
        """The entries, in short reads, between which others can write."""
        select = self._select
        for start in range(0, self.size, AT_ONCE):
            stop = min(start + AT_ONCE, self.size)
            if select is None:
                found = zip(
                    range(start, stop), self._store.leaves(start, stop), self._store.entries(start, stop), strict=True
                )
                yield list(found)
            elif rows := select("select n, leaf, data from entry where n >= ? and n < ? order by n", (start, stop)):
                yield rows

    def rows(self, table: str) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The rows of a derived table."""
        select = self._select
        if select is None:
            found = as_of(self._store.rows(table), table, self.size, self._store.size())
            return _in_lists(found)
        return self._selected(select, table)

    def newest(self, table: str) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The rows of a table whose row is valid until a newer row with the same key: the newest of each key."""
        select = self._select
        if select is None or BY_NAME[table].key[-1] != "from_n":
            return self.rows(table)
        return self._newest(select, table)

    def _selected(self, select: Select, table: str) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The rows in the order of their key, as the file has them."""
        names, key = BY_NAME[table].names, BY_NAME[table].key
        shown = ["case when to_n < ? then to_n end" if name == "to_n" else name for name in names]
        start = "from_n" if "from_n" in names else "n"
        sql = f"select {', '.join(shown)} from {table} where {start} < ?"
        given = [self.size] * (1 + ("to_n" in names))
        return self._pages(select, sql, given, key, [names.index(name) for name in key], "")

    def _newest(self, select: Select, table: str) -> Iterator[Sequence[tuple[Any, ...]]]:
        names, key = BY_NAME[table].names, BY_NAME[table].key[:-1]
        places = [names.index(name) for name in key]
        if isinstance(self._store, SqliteRows):
            # SQLite takes the other columns from the row that has the maximum.
            shown = ["max(from_n)" if name == "from_n" else name for name in names]
            sql = f"select {', '.join(shown)} from {table} where from_n < ?"
            return self._pages(select, sql, [self.size], key, places, f" group by {', '.join(key)}")
        sql = f"select distinct on ({', '.join(key)}) {', '.join(names)} from {table} where from_n < ?"
        return self._pages(select, sql, [self.size], key, places, "", "from_n desc")

    def _pages(
        self, select: Select, sql: str, given: list[Any], key: Sequence[str], places: list[int], group: str, *then: str
    ) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The rows of a select a few at a time, each time from behind the last key: a seek, and a short lock."""
        seek, order, marks = ", ".join(key), ", ".join([*key, *then]), ", ".join("?" * len(key))
        last: list[Any] = []
        while True:
            behind = f" and ({seek}) > ({marks})" if last else ""
            rows = select(f"{sql}{behind}{group} order by {order} limit {ROWS_AT_ONCE}", [*given, *last])
            if rows:
                yield rows
            if len(rows) < ROWS_AT_ONCE:
                return
            last = [rows[-1][place] for place in places]


def _in_lists(rows: Iterable[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    pending: list[tuple[Any, ...]] = []
    for row in rows:
        pending.append(row)
        if len(pending) == ROWS_AT_ONCE:
            yield pending
            pending = []
    if pending:
        yield pending


def derived_columns(table: str) -> list[tuple[str, str]]:
    """Name and type, `text` or `integer`, of each column of a derived table."""
    names_and_types = (column.split()[:2] for column in BY_NAME[table].columns)
    return [(name, kind) for name, kind in names_and_types]


class OpenedSource:
    """A source that is closed when it was read.

    Args:
        given: A source, a ledger, the path of a ledger file, or the URL of a ledger on a server.

    Raises:
        StoreError: It is something else, or the ledger cannot be opened.
        MissingExtraError: A URL is given, and the package psycopg is not installed.
    """

    def __init__(self, given: object) -> None:
        """Open the file, if a path is given."""
        self._opened: Store | None = None
        if isinstance(given, Reader):
            self.source: Source = StoreSource(given._store, given.size)
        elif isinstance(given, str | os.PathLike):
            path = path_text(given, StoreError, may_be_url=True)
            if not is_url(path) and not os.path.exists(path):
                raise StoreError(
                    f"{quote(path, 1_000)}: no such file; expected a ledger file, a URL, or the folder of an export"
                )
            self._opened = store_at(path, read_only=True)
            self.source = StoreSource(self._opened)
        elif isinstance(given, Source):
            self.source = given
        else:
            raise StoreError(
                f"columns of {quote(given)}: expected a ledger, its file or URL, or the folder of an export"
            )

    def __enter__(self) -> Source:
        """The source."""
        return self.source

    def __exit__(self, *_: object) -> None:
        """Close what was opened."""
        if self._opened is not None:
            self._opened.close()
