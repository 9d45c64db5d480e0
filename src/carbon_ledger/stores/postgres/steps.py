"""What a transaction has to write, in order, until it is sent: new rows by table, ended rows, and savepoints."""

from collections.abc import Iterable
from typing import Any, Final

from carbon_ledger.core.state.rows import Row
from carbon_ledger.stores.postgres.sessions import Copy, Statement, Step
from carbon_ledger.stores.tables import TABLES, Values

_FEW: Final = 64  # rows of a table; from here on they are sent as one stream
_AT_ONCE: Final = 16  # entries that a stream is given at once
# The server collects up to a thousand rows, in the binary format of whatever size, before it writes them; not if it has
# to ask for each row a condition that depends on more than the row.
_AS_IT_ARRIVES: Final = "where clock_timestamp() is not null"
_TOGETHER: Final = 8  # rows that one statement writes: a few texts, so that the server has them prepared
_ENDING: Final = frozenset(kind for kind, table in TABLES.items() if "to_n" in table.names)
_INT, _TEXT, _BYTES = "bigint", "text", "bytea"


class _Insert:
    """The ways to write rows of a table: a statement for a few rows, and a stream for many."""

    def __init__(self, table: str, names: tuple[str, ...], types: tuple[str, ...]) -> None:
        columns = ", ".join(names)
        row = f"({', '.join(['%s'] * len(types))})"
        self._few = [f"insert into {table} ({columns}) values {', '.join([row] * k)}" for k in range(1, _TOGETHER + 1)]
        self._many = f"copy {table} ({columns}) from stdin (format binary)"
        self._types = tuple("int8" if kind == _INT else kind for kind in types)

    def stream(self, rows: list[Values], *, at_once: bool = False) -> Copy:
        """The step that writes these rows as a stream.

        Args:
            rows: The rows.
            at_once: Whether the server writes each row when it arrives, and not a thousand of them together.
        """
        return Copy(f"{self._many} {_AS_IT_ARRIVES}" if at_once else self._many, self._types, rows)

    def steps(self, rows: list[Values]) -> list[Step]:
        """The steps that write these rows."""
        if len(rows) < _FEW:
            parts = (rows[start : start + _TOGETHER] for start in range(0, len(rows), _TOGETHER))
            return [Statement(self._few[len(part) - 1], [value for row in part for value in row]) for part in parts]
        return [self.stream(rows)]


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


class _Rows:
    """New rows by table, and the ends of rows, which may be among the new ones and are therefore written after them."""

    def __init__(self) -> None:
        self.new: dict[_Insert, list[Values]] = {}
        self.ended: list[Statement] = []


class Steps:
    """What is to be written, in order; rows are in groups between statements such as savepoints."""

    def __init__(self) -> None:
        self._steps: list[Statement | _Rows] = []

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
            self._rows().ended.append(_ended(row))
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
        self._rows().new.setdefault(insert, []).append(values)

    def _rows(self) -> _Rows:
        rows = self._steps[-1] if self._steps else None
        if not isinstance(rows, _Rows):
            rows = _Rows()
            self._steps.append(rows)
        return rows

    def cut(self, sql: str) -> bool:
        """Discard what comes after a statement, and the statement; False if the statement was sent already."""
        for place, step in enumerate(self._steps):
            if isinstance(step, Statement) and step.sql == sql:
                del self._steps[place:]
                return True
        return False

    def take_entries(self, *, streaming: bool) -> tuple[list[Step], Copy] | None:
        """The entries, once there are so many that they are sent as a stream, and the steps before them.

        Args:
            streaming: Whether entries are being sent as a stream, so that a few are enough.
        """
        rows = self._steps[-1] if self._steps else None
        entries = rows.new.get(_ENTRY, []) if isinstance(rows, _Rows) else []
        if not isinstance(rows, _Rows) or len(entries) < (_AT_ONCE if streaming else _FEW):
            return None
        before, self._steps = _sent(self._steps[:-1]), [rows]
        rows.new[_ENTRY] = []  # in its place: the rows of the next entries come after them
        return before, _ENTRY.stream(entries, at_once=True)

    def take(self) -> list[Step]:
        """All steps; none is then left."""
        steps, self._steps = self._steps, []
        return _sent(steps)

    def clear(self) -> None:
        """Discard all steps."""
        self._steps = []


def _sent(steps: Iterable[Statement | _Rows]) -> list[Step]:
    """What is sent for steps."""
    found: list[Step] = []
    for step in steps:
        if isinstance(step, Statement):
            found.append(step)
        else:
            found += [one for insert, rows in step.new.items() for one in insert.steps(rows)]
            found += step.ended
    return found
