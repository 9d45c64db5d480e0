"""Sheets of Excel files as rows of text. Excel keeps numbers as floats; each is read as its shortest text."""

import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from carbon_ledger.errors import MissingDataError, MissingExtraError, QuantityError
from carbon_ledger.exact import text_of
from carbon_ledger.files import read_file
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.layouts import TableLayout
from carbon_ledger.printing import near, quote

_ABSENT: Final = (
    "Excel files are read with python-calamine; install the extra excel: pip install 'carbon-ledger[excel]'"
)
FLOATS: Final = "Excel keeps numbers as floats: each was read as its shortest text, at most 17 digits"


def sheet_rows(
    path: str | os.PathLike[str], layout: TableLayout, report: FileReport
) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """The rows of a sheet as text, each with its number from 1, and the digest of the file.

    Args:
        path: The Excel file.
        layout: Says which sheet is read.
        report: Gets a note if numbers were floats.

    Raises:
        MissingExtraError: python-calamine is not installed.
        MissingDataError: The file cannot be read, or has no such sheet.
        QuantityError: The file is not an Excel file.
    """
    try:
        import python_calamine
    except ImportError:
        raise MissingExtraError(_ABSENT) from None
    data = read_file(path, MissingDataError)
    malformed = (python_calamine.CalamineError, ValueError, OSError)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [*book.sheet_names]
    except malformed as error:
        raise _not_excel(report, error) from None
    name = layout.sheet or (names[0] if names else "")
    if name not in names:
        close = near(name, names)
        hint = f"did you mean {quote(close[0])}?" if close else f"the file has {quote(names, 300)}"
        raise MissingDataError(f"{report.path}: no sheet {quote(name)}; {hint}")
    try:
        rows: Sequence[Sequence[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except malformed as error:
        raise _not_excel(report, error) from None
    return f"sha256:{hashlib.sha256(data).hexdigest()}", _texts(rows, report)


def _not_excel(report: FileReport, error: Exception) -> QuantityError:
    return QuantityError(f"{report.path}: not an Excel file that can be read: {quote(str(error), 200)}")


def _texts(rows: Sequence[Sequence[Any]], report: FileReport) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(rows, 1):
        if any(type(cell) is _float for cell in row):
            report.note(FLOATS)
        yield number, [*map(_text, row)]


_float: Final = type(0 / 1)  # the type of the numbers of a sheet: this library computes with none of them


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        minutes, seconds = divmod(cell // timedelta(seconds=1), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    if isinstance(cell, int):
        return str(cell)
    return text_of(Decimal(repr(cell)))
