r"""Tables as CSV files, as RFC 4180 has them; and the guard against text that a spreadsheet runs as a formula.

A line ends with CR and LF, the first line has the names of the columns, and text is UTF-8. A cell is quoted if it has a
comma, a quotation mark or a line break. A missing value is an empty cell; an empty text is ``""``.

The guard follows OWASP, *CSV Injection*: a spreadsheet runs a cell as a formula that begins with ``=``, ``+``, ``-``,
``@``, a tab or a line break, whether the cell is quoted or not. Such a text has an apostrophe before it. One plain
number is no formula, whatever its sign. Two numbers in one cell are: a spreadsheet shows ``-1 -2`` as -3.

Where a comma is the decimal point, as in Germany or Azerbaijan, a spreadsheet divides cells at semicolons, and knows no
quotation mark in the middle of a cell. So the guard treats what follows a semicolon, a tab or a line break within a
text as it treats a whole text: ``x;=1+1`` becomes ``x;'=1+1``.
"""

import os
import re
from collections.abc import Callable, Sequence
from typing import Final

from carbon_ledger.errors import StoreError
from carbon_ledger.files import write_new
from carbon_ledger.tables.columns import TEXT, TIME, Column, Exact, Table, each, text_of_value

# Also with the wide signs of East Asian keyboards.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_DIVIDERS: Final = re.compile("([;\t\r\n])")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_QUOTED: Final = re.compile('[",\r\n]')
END: Final = "\r\n"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run a text as a formula, or compute with it.

    Args:
        text: The text of a cell.

    Example:
        >>> is_formula("=1+1"), is_formula("-40.5"), is_formula("-40.5 47.2")
        (True, False, True)
    """
    return text.startswith(_FORMULA) and not _NUMBER.fullmatch(text)


def guarded(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe is put before a formula, also after a semicolon or a line break.

    An apostrophe is also put before a text that begins with apostrophes and goes on as a formula, so that `unguarded`
    is its inverse.

    Args:
        text: The text of a cell.

    Example:
        >>> guarded("=1+1"), guarded("'=1+1"), guarded("it's"), guarded("x;=1+1")
        ("'=1+1", "''=1+1", "it's", "x;'=1+1")
    """
    inner = _inner(text, lambda part: f"'{part}" if is_formula(part.lstrip("'")) else part)
    return f"'{inner}" if is_formula(inner.lstrip("'")) else inner


def unguarded(text: str) -> str:
    """The text that `guarded` was called with.

    Args:
        text: The text of a cell.

    Example:
        >>> unguarded("'=1+1"), unguarded("'quoted'")
        ('=1+1', "'quoted'")
    """
    whole = _released(text)
    return _inner(whole, _released)


def _released(text: str) -> str:
    """A text without the apostrophe that guards it as a whole."""
    return text[1:] if text.startswith("'") and is_formula(text.lstrip("'")) else text


def _inner(text: str, made: Callable[[str], str]) -> str:
    """A text of which every part after the first divider is made anew."""
    first, *others = _DIVIDERS.split(text)
    return first + "".join([item if k % 2 == 0 else made(item) for k, item in enumerate(others)])


def csv_line(cells: Sequence[str | None]) -> str:
    r"""A line of a CSV file, with its end. None is an empty cell, and an empty text is ``""``.

    Args:
        cells: The cells.

    Example:
        >>> csv_line(["a,b", None, ""])
        '"a,b",,""\r\n'
    """
    line = ",".join("" if cell is None else _quoted(cell) for cell in cells)
    return (line or '""') + END  # an empty line would be no row


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if cell == "" or _QUOTED.search(cell) else cell


def csv_of(table: Table, *, guard: bool = True) -> str:
    """A table as the text of a CSV file.

    Args:
        table: The table.
        guard: Whether text that a spreadsheet would run as a formula has an apostrophe before it.
    """
    made = guarded if guard else str
    head = csv_line([made(item.name) for item in table.columns])
    columns = [_cells(column, values, made) for column, values in table.values()]
    # A row of one missing value is an empty line, which would be no row.
    return head + "".join([(",".join(cells) or '""') + END for cells in zip(*columns, strict=True)])


def _cells(column: Column, values: Sequence[Exact], made: Callable[[str], str]) -> Sequence[str]:
    """The cells of a column as they are written: only a text can need quotes or the guard."""
    if column.kind == TEXT:
        return each(values, lambda value: "" if value is None else _quoted(made(str(value))))
    return each(values, text_of_value) if column.kind == TIME else list(map(text_of_value, values))


def write(table: Table, path: str | os.PathLike[str], *, guard: bool = True) -> None:
    """Write a table to a new CSV file.

    Args:
        table: The table.
        path: The file, which must not exist.
        guard: Whether text that a spreadsheet would run as a formula has an apostrophe before it.

    Raises:
        StoreError: The file exists, or cannot be written.
    """
    write_new(path, csv_of(table, guard=guard).encode(), StoreError)
