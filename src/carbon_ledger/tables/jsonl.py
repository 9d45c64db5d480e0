"""Tables as JSON lines: an object for each row, as RFC 7493 (I-JSON) has it.

Every object has every column, in the order of the columns; a missing value is null. Decimals, times and dates are text.
By RFC 7493, no receiver can rely on an integer beyond 2^53 - 1. A column that has one is text in every row, so that a
column has one type in a file.
"""

import json
import os
from collections.abc import Sequence
from typing import Final

from carbon_ledger.errors import StoreError
from carbon_ledger.files import write_new
from carbon_ledger.tables.columns import INTEGER, Column, Exact, Table, each, plain_value

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
    columns = [_cells(column, values) for column, values in table.values()]
    return "".join([f"{{{','.join(cells)}}}\n" for cells in zip(*columns, strict=True)])


def _cells(column: Column, values: tuple[Exact, ...]) -> Sequence[str]:
    """The fields of a column as they are written: name and value."""
    name = _json(column.name)
    if column.kind == INTEGER:
        mark = '"' if _as_text(values) else ""
        return [f"{name}:null" if value is None else f"{name}:{mark}{value}{mark}" for value in values]
    return each(values, lambda value: f"{name}:{_json(plain_value(value))}")


def _json(value: str | int | None) -> str:
    return json.dumps(value, ensure_ascii=False)


def write(table: Table, path: str | os.PathLike[str]) -> None:
    """Write a table to a new file of JSON lines.

    Args:
        table: The table.
        path: The file, which must not exist.

    Raises:
        StoreError: The file exists, or cannot be written.
    """
    write_new(path, jsonl_of(table).encode(), StoreError)
