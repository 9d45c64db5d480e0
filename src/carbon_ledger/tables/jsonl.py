"""Tables as JSON lines: an object for each row, as RFC 7493 (I-JSON) has it.

Every object has every column, in the order of the columns; a missing value is null. Decimals, times and dates are text.
By RFC 7493, no receiver can rely on an integer beyond 2^53 - 1. A column that has one is text in every row, so that a
column has one type in a file.
"""

import json
import os
from collections.abc import Iterator
from typing import Any, Final

from carbon_ledger.errors import StoreError
from carbon_ledger.files import write_new
from carbon_ledger.tables.columns import INTEGER, Exact, Table, plain_value

MOST_INTEGER: Final = 2**53 - 1


def _as_text(values: tuple[Exact, ...]) -> bool:
    return any(isinstance(value, int) and abs(value) > MOST_INTEGER for value in values)


def jsonl_of(table: Table) -> str:
    r"""A table as the text of a file of JSON lines.

    Args:
        table: The table.

    Example:
        >>> from carbon_ledger.tables.columns import Column, table_of
        >>> jsonl_of(table_of("", [Column("real", "integer")], [5, 7]))
        '{"real":5}\n{"real":7}\n'
    """
    return "".join(_lines(table))


def _lines(table: Table) -> Iterator[str]:
    long = {item.name for item, values in table.values() if item.kind == INTEGER and _as_text(values)}
    for row in table.rows:
        cells: dict[str, Any] = {}
        for column, value in zip(table.columns, row, strict=True):
            plain = plain_value(value)
            cells[column.name] = str(plain) if column.name in long and plain is not None else plain
        yield json.dumps(cells, ensure_ascii=False, separators=(",", ":")) + "\n"


def write(table: Table, path: str | os.PathLike[str]) -> None:
    """Write a table to a new file of JSON lines.

    Args:
        table: The table.
        path: The file, which must not exist.

    Raises:
        StoreError: The file exists, or cannot be written.
    """
    write_new(path, jsonl_of(table).encode(), StoreError)
