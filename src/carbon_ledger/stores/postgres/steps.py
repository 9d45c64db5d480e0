"""What a transaction has to write, in order, until it is sent: new rows by table, ended rows, and savepoints."""

from collections.abc import Iterable
from typing import Any, Final

from carbon_ledger.core.state.rows import Row
from carbon_ledger.stores.postgres.sessions import Copy, Statement, Step
from carbon_ledger.stores.tables import TABLES, Values

_FEW: Final = 64  # rows of a table; from here on they are sent as one stream
_ENDING: Final = frozenset(kind for kind, table in TABLES.items() if "to_n" in table.names)
_INT, _TEXT, _BYTES = "bigint", "text", "bytea"


class _Insert:
    """The ways to write rows of a table: a statement for a few rows, and a stream for many."""

    def __init__(self, table: str, names: tuple[str, ...], types: tuple[str, ...]) -> None:
        columns = ", ".join(names)
        self._few = f"insert into {table} ({columns}) values ({', '.join(['%s'] * len(types))})"
        self._many = f"copy {table} ({columns}) from stdin (format binary)"
        self._types = tuple("int8" if kind == _INT else kind for kind in types)

    def steps(self, rows: list[Values]) -> list[Step]:
        """The steps that write these rows."""
        if len(rows) < _FEW:
            return [Statement(self._few, row) for row in rows]
        return [Copy(self._many, self._types, rows)]


_ENTRY: Final = _Insert("entry", ("n", "leaf", "data"), (_INT, _BYTES, _BYTES))
_TILE: Final = _Insert("tile", ("level", "number", "root", "data"), (_INT, _INT, _BYTES, _BYTES))
_INSERTS: Final = {
    kind: (
        _Insert(
            table.name,
            table.names,
            tuple(_INT if column.split()[1] == "integer" else _TEXT for column in table.columns),
        ),
        table.to_values,
    )
    for kind, table in TABLES.items()
}
BY_NAME: Final = {TABLES[kind].name: insert for kind, (insert, _) in _INSERTS.items()}


def _ended(row: Any) -> Statement:
    table = TABLES[type(row)]
    values = table.to_values(row)
    key = [values[table.names.index(name)] for name in table.key]
    where = " and ".join(f"{name} = %s" for name in table.key)
    return Statement(f"update {table.name} set to_n = %s where {where}", (row.to_n, *key))


class Steps:
    """What is to be written, in order."""

    def __init__(self) -> None:
        self._steps: list[Statement | dict[_Insert, list[Values]]] = []

    def __bool__(self) -> bool:
        """Whether anything is to be written."""
        return bool(self._steps)

    def add_entry(self, n: int, leaf: bytes, data: bytes) -> None:
        """Write an entry."""
        self._add(_ENTRY, (n, leaf, data))

    def add_tile(self, level: int, number: int, root: bytes, data: bytes) -> None:
        """Write a tile."""
        self._add(_TILE, (level, number, root, data))

    def add_row(self, row: Row) -> None:
        """Write a new row, or the end of a row that was written before."""
        if type(row) in _ENDING and getattr(row, "to_n", None) is not None:
            self._steps.append(_ended(row))
        else:
            insert, to_values = _INSERTS[type(row)]
            self._add(insert, to_values(row))

    def add_values(self, table: str, rows: Iterable[Values]) -> None:
        """Write rows of plain values."""
        for row in rows:
            self._add(BY_NAME[table], row)

    def add(self, sql: str) -> None:
        """Run a statement."""
        self._steps.append(Statement(sql))

    def _add(self, insert: _Insert, values: Values) -> None:
        if not self._steps or isinstance(self._steps[-1], Statement):
            self._steps.append({})
        rows = self._steps[-1]
        if isinstance(rows, dict):
            rows.setdefault(insert, []).append(values)

    def cut(self, sql: str) -> bool:
        """Discard what comes after a statement, and the statement; False if the statement was sent already."""
        for place, step in enumerate(self._steps):
            if isinstance(step, Statement) and step.sql == sql:
                del self._steps[place:]
                return True
        return False

    def take(self) -> list[Step]:
        """All steps; none is then left."""
        steps, self._steps = self._steps, []
        found: list[Step] = []
        for step in steps:
            if isinstance(step, Statement):
                found.append(step)
            else:
                found += [one for insert, rows in step.items() for one in insert.steps(rows)]
        return found

    def clear(self) -> None:
        """Discard all steps."""
        self._steps = []
