"""Rows that wait to be written: many of a kind by one statement, before the next read and before the commit."""

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
    """The statement that ends a row which is there already, and its values; none for a new row."""
    if type(row) not in _ENDING or row.to_n is None:
        return None
    table = TABLES[type(row)]
    values = table.to_values(row)
    key = tuple(values[table.names.index(name)] for name in table.key)
    where = " and ".join(f"{name} = ?" for name in table.key)
    return f"update {table.name} set to_n = ? where {where}", (values[-1], *key)


class WriteBuffer:
    """New rows by the statement that writes them, in the order in which its first one came."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Values]] = {}

    def __bool__(self) -> bool:
        """Whether any row waits."""
        return bool(self._rows)

    def add_entry(self, n: int, leaf: bytes, data: bytes) -> None:
        """Take an entry."""
        self._rows.setdefault(ENTRY, []).append((n, leaf, data))

    def add(self, row: Row) -> None:
        """Take a new row of a table."""
        statement, to_values = _WRITES[type(row)]
        self._rows.setdefault(statement, []).append(to_values(row))

    def write(self, run_many: Callable[[str, list[Values]], object]) -> None:
        """Write them; they wait no longer, whatever comes of it.

        Args:
            run_many: Runs a statement once for each row.
        """
        rows, self._rows = self._rows, {}
        for statement, values in rows.items():
            run_many(statement, values)

    def drop(self) -> None:
        """Forget them."""
        self._rows = {}
