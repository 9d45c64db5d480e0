"""Tables as Excel workbooks. The same table gives the same bytes.

A spreadsheet's number has 15 digits. Integers and Decimals are written as numbers, so that a reader can add them up. A
column in which a number has more digits has another column beside it: its name ends with ``_text``, and it has every
digit as text.

A time is ISO 8601 text in UTC. A spreadsheet's own time has no zone, and it is a number of days, which rounds
microseconds. ``=DATEVALUE(LEFT(A2,10))+TIMEVALUE(MID(A2,12,8))`` converts the text. A date is the spreadsheet's own. A
column with a date before March 1900 is text, because spreadsheets do not agree on earlier dates.

Text is always text: nothing becomes a formula or a link. A character that XML cannot have is written as ``_x001B_``, as
Excel does it.
"""

import os
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Final, TypeAlias

from carbon_ledger.errors import MissingExtraError, QuantityError, StoreError
from carbon_ledger.files import write_new
from carbon_ledger.printing import named, printable
from carbon_ledger.tables.columns import (
    BOOLEAN,
    DATE,
    INTEGER,
    TEXT,
    Column,
    Exact,
    Table,
    each,
    is_long,
    text_of_value,
)
from carbon_ledger.tables.csv import is_formula

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS: Final = 1_048_576  # of a sheet, the names of the columns included
MOST_COLUMNS: Final = 16_384
MOST_CHARACTERS: Final = 32_767  # of a cell, counted as Excel does: a character beyond U+FFFF is two
BESIDE: Final = "_text"  # the end of the name of a column that has every digit
_ABSENT: Final = "workbooks need the library XlsxWriter: pip install 'carbon-ledger[excel]'"
_LONGEST_NUMBER: Final = 300  # a longer number can be beyond the spreadsheet's own; its text is in the column beside
_CREATED: Final = datetime(2000, 1, 1)  # noqa: DTZ001  # what the file states; a clock would change its bytes
_FIRST_DATE: Final = date(1900, 3, 1)
_SHEET: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", "-"))
_OPTIONS: Final = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip

Written: TypeAlias = tuple[str, str, Sequence[Exact]]  # a column of the sheet: name, how it is written, values


def excel_of(table: Table) -> bytes:
    """A table as the bytes of an Excel workbook (xlsx) with one sheet.

    Args:
        table: The table.

    Raises:
        MissingExtraError: XlsxWriter is not installed.
        QuantityError: The table has more rows or columns than a sheet, or a text is longer than a cell.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtraError(_ABSENT) from error
    columns = list(_columns(table))
    _require_room(table, columns)
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"title": printable(table.title), "created": _CREATED})
        sheet = book.add_worksheet(_sheet_name(table.title))
        head = book.add_format({"bold": True, "bottom": 1})
        text = book.add_format({"quote_prefix": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        for k, (name, how, values) in enumerate(columns):
            sheet.set_column(k, k, min(60, max(10, len(name) + 2)))
            sheet.write_string(0, k, name, head)
            for row, value in enumerate(values, 1):
                _write(sheet, row, k, value, how, text, day)
    return buffer.getvalue()


def _columns(table: Table) -> Iterator[Written]:
    names = {column.name for column in table.columns}
    for column, values in table.values():
        how = _how(column, values)
        yield column.name, how, each(values, _text) if how == TEXT else values
        if column.is_number and any(map(is_long, values)):
            beside = f"{column.name}{BESIDE}"
            while beside in names:
                beside += "_"
            names.add(beside)
            yield beside, TEXT, tuple(map(_text, values))


def _text(value: Exact) -> str | None:
    return None if value is None else text_of_value(value)


def _how(column: Column, values: Sequence[Exact]) -> str:
    """How a column is written: as its kind, or as text."""
    if column.is_number or column.kind == BOOLEAN:
        return column.kind if column.kind == BOOLEAN else INTEGER
    if column.kind == DATE and all(value is None or _is_date(value) for value in values):
        return DATE
    return TEXT


def _is_date(value: Exact) -> bool:
    return isinstance(value, date) and value >= _FIRST_DATE


def _write(sheet: "Worksheet", row: int, column: int, value: Exact, how: str, text: "Format", day: "Format") -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value, text if is_formula(value) else None)
    elif how == BOOLEAN:
        sheet.write_boolean(row, column, value)
    elif how == DATE:
        sheet.write_datetime(row, column, value, day)
    elif not is_long(value) or len(text_of_value(value)) <= _LONGEST_NUMBER:
        sheet.write_number(row, column, value)


def _require_room(table: Table, columns: Sequence[Written]) -> None:
    """Refuse a table that a sheet cannot hold; XlsxWriter would leave out a part of it."""
    if len(table.rows) >= MOST_ROWS:
        raise QuantityError(
            f"table {named(table.title)}: {len(table.rows):,} rows, and a sheet of a workbook has {MOST_ROWS:,} with "
            "the names of the columns; choose fewer rows, or write CSV or JSON lines"
        )
    if len(columns) > MOST_COLUMNS:
        raise QuantityError(f"table {named(table.title)}: {len(columns):,} columns, and a sheet has {MOST_COLUMNS:,}")
    for name, _, values in columns:
        for row, value in enumerate((name, *values)):
            if isinstance(value, str) and 2 * len(value) > MOST_CHARACTERS:
                _require_short(table, name, row, value)


def _require_short(table: Table, name: str, row: int, text: str) -> None:
    if (length := len(text.encode("utf-16-le")) // 2) > MOST_CHARACTERS:
        raise QuantityError(
            f"table {named(table.title)}: column {named(name, 80)} has a text of {length:,} characters in row {row}, "
            f"and a cell of a workbook has at most {MOST_CHARACTERS:,}; write CSV or JSON lines"
        )


def _sheet_name(title: str) -> str:
    name = "".join(item for item in title.translate(_SHEET) if item.isprintable() and item <= "\uffff")[:31].strip()
    return f"{name}-" if name.lower() == "history" else name or "Table"


def write(table: Table, path: str | os.PathLike[str]) -> None:
    """Write a table to a new Excel workbook.

    Args:
        table: The table.
        path: The file, which must not exist.

    Raises:
        MissingExtraError: XlsxWriter is not installed.
        QuantityError: The table has more rows or columns than a sheet, or a text is longer than a cell.
        StoreError: The file exists, or cannot be written.
    """
    write_new(path, excel_of(table), StoreError)
