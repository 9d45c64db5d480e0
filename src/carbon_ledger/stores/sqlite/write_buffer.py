"""A buffer of new rows, so that one statement writes many rows of a table, before the next read or the commit."""

from collections.abc import Callable
from typing import Any, Final

from carbon_ledger.core.state.rows import Row
from carbon_ledger.stores.tables import TABLES, Values

ENTRY: Final = "insert into entry values (?, ?, ?)"
_WRITES: Final = {
    kind: (f"insert into {table.name} values ({', '.join('?' * len(table.columns))})", table.to_values)
    for kind, table in TABLES.items()
}


_ENDING: Final = frozenset(kind for kind, table in TABLES.items() if "to_n" in table.names)


def ended(row: Any) -> tuple[str, Values] | None:
    """The statement that ends an existing row, and its values; `None` for a new row."""
    if type(row) not in _ENDING or row.to_n is None:
        return None
    table = TABLES[type(row)]
    values = table.to_values(row)
    key = tuple(values[table.names.index(name)] for name in table.key)
    where = " and ".join(f"{name} = ?" for name in table.key)
    return f"update {table.name} set to_n = ? where {where}", (row.to_n, *key)


class WriteBuffer:
    """New rows by the statement that writes them; statements are in the order of their first rows."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Values]] = {}

    def __bool__(self) -> bool:
        """Whether the buffer has a row."""
        return bool(self._rows)

    def add_entry(self, n: int, leaf: bytes, data: bytes) -> None:
        """Add an entry."""
        self._rows.setdefault(ENTRY, []).append((n, leaf, data))

    def add(self, row: Row) -> None:
        """Add a new row of a table."""
        statement, to_values = _WRITES[type(row)]
        self._rows.setdefault(statement, []).append(to_values(row))

    def write(self, run_many: Callable[[str, list[Values]], object]) -> None:
        """Write all rows; the buffer is then empty, even if writing fails.

        Args:
            run_many: Runs a statement once for each row.
        """
        rows, self._rows = self._rows, {}
        for statement, values in rows.items():
            run_many(statement, values)

    def clear(self) -> None:
        """Discard all rows."""
        self._rows = {}
