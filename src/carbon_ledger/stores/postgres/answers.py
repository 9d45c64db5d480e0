"""Answers that a command has had from the server, and wants: queries that it is going to make, made together."""

import re
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import Want, Wants
from carbon_ledger.core.state.view import View
from carbon_ledger.stores.postgres.dialect import translated
from carbon_ledger.stores.postgres.sessions import Statement
from carbon_ledger.stores.tables import BY_NAME, TABLES, Values

Key = tuple[str, tuple[Any, ...]]

_TABLE: Final = re.compile(r"\b(?:from|join) (\w+)")
_EQUAL: Final = re.compile(r"(\w+) = (\?|:\w+)")
_UNSENT: Final = re.compile("[\0\ud800-\udfff]")
# Of answers, besides those that the command which runs has foreseen: it has not more of them than it was given things.
_MOST: Final = 16_384
_MOST_BYTES: Final = 1 << 24


class UnansweredError(BaseException):
    """Ends a want whose next query has to be sent; not an `Exception`, so that nobody takes it for a refusal."""


class _Query(NamedTuple):
    """What a statement says of the tables that it reads: how often each is named, and its conditions of equality."""

    tables: Mapping[str, int]
    equal: Mapping[str, tuple[int | str, ...]]  # by column: the places or the names of the values


@lru_cache(maxsize=512)
def _query(sql: str) -> _Query:
    tables = Counter(_TABLE.findall(sql))
    equal: dict[str, tuple[int | str, ...]] = {}
    for found in _EQUAL.finditer(sql):
        column, mark = found.groups()
        place = mark[1:] if mark != "?" else sql.count("?", 0, found.end()) - 1
        equal[column] = (*equal.get(column, ()), place)
    return _Query(tables, equal)


def can_be_sent(values: Sequence[Any] | Mapping[str, Any]) -> bool:
    """Whether the server can be given these values: it has no U+0000 in a text, and no lone surrogate."""
    texts = values.values() if isinstance(values, Mapping) else values
    return not any(isinstance(text, str) and _UNSENT.search(text) for text in texts)


def key_of(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> Key:
    """What identifies a query and its values."""
    return sql, tuple(values.items()) if isinstance(values, Mapping) else tuple(values)


def _conditions(key: Key, table: str) -> dict[str, Any]:
    """The columns of a table, and the value that a query asks of each wherever it names the table."""
    sql, given = key
    query, names = _query(sql), BY_NAME[table].names
    named: Any = dict(given) if ":" in sql else given
    found = {}
    for column, places in query.equal.items():
        if column in names and len(places) >= query.tables[table]:
            wanted = {named[place] for place in places}
            if len(wanted) == 1:
                (found[column],) = wanted
    return found


def depends_on(key: Key, row: Row) -> bool:
    """Whether the rows of a query can be others once a row is written; if in doubt, they can.

    They cannot if a column of the table has another value in the row than the query asks for, wherever it names the
    table. The shared SQL joins its conditions by `and`.
    """
    table = TABLES[type(row)]
    if table.name not in _query(key[0]).tables:
        return False
    written = table.to_values(row)
    return all(written[table.names.index(name)] == value for name, value in _conditions(key, table.name).items())


class _Keys:
    """The keys of answers from each table, by the columns and the values that they ask for."""

    def __init__(self) -> None:
        self._keys: dict[str, dict[tuple[str, ...], dict[Values, dict[Key, None]]]] = {}

    def add(self, key: Key) -> None:
        """Add a key."""
        for table in _query(key[0]).tables:
            conditions = _conditions(key, table) if table in BY_NAME else {}
            of_columns = self._keys.setdefault(table, {}).setdefault(tuple(conditions), {})
            of_columns.setdefault(tuple(conditions.values()), {})[key] = None

    def discard(self, key: Key) -> None:
        """Remove a key."""
        for table in _query(key[0]).tables:
            conditions = _conditions(key, table) if table in BY_NAME else {}
            of_columns = self._keys[table][tuple(conditions)]
            values = tuple(conditions.values())
            of_columns[values].pop(key, None)
            if not of_columns[values]:
                del of_columns[values]

    def of(self, row: Row) -> list[Key]:
        """The keys of the answers that depend on a row; see `depends_on`."""
        table = TABLES[type(row)]
        of_table = self._keys.get(table.name)
        if not of_table:
            return []
        written, names = table.to_values(row), table.names
        return [
            key
            for columns, of_columns in of_table.items()
            for key in of_columns.get(tuple([written[names.index(column)] for column in columns]), ())
        ]

    def of_table(self, name: str) -> list[Key]:
        """The keys of all answers from a table."""
        return [key for of_columns in self._keys.get(name, {}).values() for keys in of_columns.values() for key in keys]

    def clear(self) -> None:
        """Remove all keys."""
        self._keys.clear()


class Answers:
    """The rows of queries, until a row of one of their tables is written, or the command ends.

    Wants are functions. Each is called until a query of it has no answer; the queries that are missing are sent
    together, and the wants are called again. They are pure, so that calling them again changes nothing. They see a
    command's arguments before anything has checked them, so that a want may fail in any way: then it asks nothing.

    Attributes:
        collecting: Whether wants are being called.
        called: How many wants were called the last time.
    """

    def __init__(self) -> None:
        self._rows: OrderedDict[Key, list[Values]] = OrderedDict()  # whose oldest item is found without a search
        self._keys = _Keys()
        self._missing: dict[Key, Statement] = {}
        self._queries: set[Key] = set()
        self._size = 0  # of the rows [byte]
        self._foreseen, self._foreseen_size = 0, 0  # answers that were filled in for the command, and their size [byte]
        self._held: dict[int, tuple[int, int]] = {}  # the same of the commands around it, by their parts
        self.collecting = False
        self.called = 0

    def get(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[Values] | None:
        """The rows of a query, or None.

        Raises:
            UnansweredError: A want is being called, and the query was noted.
        """
        key = key_of(sql, values)
        rows = self._rows.get(key)
        if self.collecting:
            self._queries.add(key)
            if rows is None:
                self.note(sql, values)
                raise UnansweredError
        return rows

    def note(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> None:
        """Note a query that has no answer, if a want is being called and the server can be asked."""
        key = key_of(sql, values)
        if self.collecting and key not in self._rows and can_be_sent(values):
            self._missing[key] = Statement(translated(sql), values)

    def put(self, sql: str, values: Sequence[Any] | Mapping[str, Any], rows: list[Values]) -> None:
        """Keep the rows of a query, within bounds: a batch may read a whole log. The oldest answers are dropped."""
        self._keep(key_of(sql, values), rows)
        while len(self._rows) > _MOST + self._foreseen or self._size > _MOST_BYTES + self._foreseen_size:
            self._drop(next(iter(self._rows)))

    def _keep(self, key: Key, rows: list[Values]) -> None:
        if key in self._rows:
            self._drop(key)
        self._rows[key] = rows
        self._size += _size_of(rows)
        self._keys.add(key)

    def _drop(self, key: Key) -> None:
        self._size -= _size_of(self._rows.pop(key))
        self._keys.discard(key)

    def missing(self, wants: Sequence[Want], view: View) -> dict[Key, Statement]:
        """The next queries of wants that have no answer.

        Args:
            wants: The wants.
            view: The state that they ask.
        """
        self._missing, self._queries, self.collecting = {}, set(), True
        waiting = list(wants)
        try:
            for want in waiting:  # which grows meanwhile
                try:
                    more = want(view)
                except (UnansweredError, Exception):  # the command will be refused, with an error of this library
                    continue
                if isinstance(more, Wants):
                    waiting += more
        finally:
            self.collecting, self.called = False, len(waiting)
        return self._missing

    def queries_of(self, wants: Sequence[Want], view: View) -> set[Key]:
        """The queries that wants make of a view."""
        self.missing(wants, view)
        return self._queries

    def begin_command(self) -> None:
        """Begin a command of a batch: what the one before it has foreseen may be dropped, unless it is around it."""
        self._foreseen, self._foreseen_size = next(reversed(self._held.values()), (0, 0))

    def hold(self, part: int) -> None:
        """Keep what was foreseen until a part ends: the command that began the part is made of several ones.

        Args:
            part: The number of the part, higher than that of the parts around it; 0 for the transaction.
        """
        self._held[part] = self._foreseen, self._foreseen_size

    def release(self, part: int) -> None:
        """End a part: what was foreseen for it may be dropped once the next command begins."""
        self._held.pop(part, None)

    def fill(self, missing: Mapping[Key, Statement], rows: Sequence[list[Values]]) -> None:
        """Keep the rows of queries that were missing, all of them until the next command."""
        for key, found in zip(missing, rows, strict=True):
            self._keep(key, found)
            self._foreseen += 1
            self._foreseen_size += _size_of(found)

    def known(self, key: Key) -> list[Values] | None:
        """The rows of a query, or None; nothing is noted."""
        return self._rows.get(key)

    def forget(self, rows: Sequence[Row]) -> None:
        """Forget the answers that can be others, because these rows are written."""
        if self._rows:
            for row in rows:
                for key in self._keys.of(row):
                    self._drop(key)

    def forget_table(self, name: str) -> None:
        """Forget the answers from a table."""
        for key in self._keys.of_table(name):
            self._drop(key)

    def clear(self) -> None:
        """Forget everything."""
        self._rows.clear()
        self._keys.clear()
        self._held.clear()
        self._size = self._foreseen = self._foreseen_size = 0


def _size_of(rows: list[Values]) -> int:
    """The size of the texts and bytes of rows. [byte]"""
    return sum(len(value) for row in rows for value in row if isinstance(value, bytes | str))
