"""Workbooks of sheets that somebody fills in: texts, numbers, formulas with the value that they give, and input cells.

Text stays text, whatever it begins with. A whole number of up to 14 digits is a number, and a longer one is text.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from carbon_ledger.errors import MissingExtraError, QuantityError
from carbon_ledger.printing import printable
from carbon_ledger.reports.limbs import MOST_RAW
from carbon_ledger.tables.csv import is_formula

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_SHEET_ROWS: Final = 1_048_576

_ABSENT: Final = "workbooks need the library XlsxWriter: pip install 'carbon-ledger[excel]'"
_A4: Final = 9  # the number that the format has for this paper
_LONGEST: Final = 32_000  # a cell of a workbook takes 32,767 characters, of which one beyond U+FFFF is two
_LINE_POINTS: Final = 15
_MOST_LINES: Final = 20
_INPUT: Final = "#FFF2CC"


@frozen
class Formula:
    """A formula, and the value that it gives.

    Attributes:
        text: The formula, without the equals sign. It has no text of a ledger.
        value: The value.
    """

    text: str
    value: int | str | bool | Decimal


@frozen
class Input:
    """A cell that a person fills in.

    Attributes:
        value: What is there already.
    """

    value: str | int | None = None


PaperCell: TypeAlias = "str | int | Decimal | Formula | Input | None"
PaperRow: TypeAlias = Sequence[PaperCell]


@frozen
class Choices:
    """What the cells of a column take.

    Attributes:
        column: The column, from 0.
        first: The first row, from 1.
        last: The last row, from 1.
        values: The texts to choose from; none: whole numbers.
    """

    column: int
    first: int
    last: int
    values: tuple[str, ...] = ()


@frozen(kw_only=True)
class PaperSheet:
    """A sheet.

    Attributes:
        name: Its name.
        rows: Its rows.
        widths: The widths of its columns, in characters.
        heads: The rows that have names of columns, from 1.
        titles: The rows that have a title.
        notes: The rows that have a text that runs over the cells beside it.
        frozen: How many rows stay at the top.
        is_wrapped: Whether texts are wrapped; otherwise they run over the empty cells beside them.
        choices: What input cells take.
    """

    name: str
    rows: Sequence[PaperRow]
    widths: tuple[int, ...]
    heads: tuple[int, ...] = ()
    titles: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()
    frozen: int = 0
    is_wrapped: bool = True
    choices: tuple[Choices, ...] = ()


def paper(title: str, created: datetime, sheets: Sequence[PaperSheet]) -> bytes:
    """The bytes of an xlsx file. The same sheets give the same bytes.

    Args:
        title: The title of the workbook.
        created: The time that the file states as the time of its creation.
        sheets: The sheets.

    Raises:
        MissingExtraError: XlsxWriter is not installed.
        QuantityError: A sheet has more rows than a workbook takes.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtraError(_ABSENT) from error
    for sheet in sheets:
        if len(sheet.rows) > MOST_SHEET_ROWS:
            raise QuantityError(
                f"sheet {sheet.name}: {len(sheet.rows):,} rows, and a sheet of a workbook has {MOST_SHEET_ROWS:,}; "
                "restrict the review to projects"
            )
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": printable(title), "created": created.replace(tzinfo=None)})
        book.set_calc_mode("auto")
        writer = _Writer(book)
        for sheet in sheets:
            writer.sheet(sheet)
    return buffer.getvalue()


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, book: "xlsxwriter.Workbook") -> None:
        self.book = book
        top = {"valign": "top"}
        wrapped = {"text_wrap": True, **top}
        self.text: Format = book.add_format(wrapped)
        self.marked: Format = book.add_format({"quote_prefix": True, **wrapped})
        self.number: Format = book.add_format({"num_format": "0", **top})
        self.other: Format = book.add_format(top)
        self.title: Format = book.add_format({"bold": True, "font_size": 14})
        self.head: Format = book.add_format({"bold": True, "bottom": 1, **wrapped})
        self.note: Format = book.add_format({"italic": True, **top})
        # Cells of text stay as they are typed: a spreadsheet does not write a day in its own way.
        self.input: Format = book.add_format({"bg_color": _INPUT, "num_format": "@", "border": 4, **wrapped})
        self.whole: Format = book.add_format({"bg_color": _INPUT, "num_format": "0", "border": 4, **wrapped})

    def sheet(self, sheet: PaperSheet) -> None:
        """Write one sheet."""
        made = self.book.add_worksheet(sheet.name)
        made.set_landscape()
        made.set_paper(_A4)
        made.fit_to_pages(1, 0)  # all columns on the width of a page, on as many pages as there are rows
        for column, width in enumerate(sheet.widths):
            made.set_column(column, column, width)
        if sheet.frozen:
            made.freeze_panes(sheet.frozen, 0)
            made.repeat_rows(sheet.frozen - 1)
        whole = {item.column for item in sheet.choices if not item.values}
        for row, cells in enumerate(sheet.rows):
            style = self._style(sheet, row + 1)
            if sheet.is_wrapped and style is None and (lines := _lines(cells, sheet.widths)) > 1:
                made.set_row(
                    row, _LINE_POINTS * min(lines, _MOST_LINES)
                )  # not every spreadsheet finds the height itself
            for column, cell in enumerate(cells):
                if isinstance(cell, Input):
                    self._input(made, row, column, cell, column in whole)
                else:
                    self._cell(made, row, column, cell, style or (None if sheet.is_wrapped else self.other))
        for item in sheet.choices:
            rule = _LIST | {"source": list(item.values)} if item.values else _WHOLE
            made.data_validation(item.first - 1, item.column, item.last - 1, item.column, rule)

    def _style(self, sheet: PaperSheet, row: int) -> "Format | None":
        for rows, style in ((sheet.heads, self.head), (sheet.titles, self.title), (sheet.notes, self.note)):
            if row in rows:
                return style
        return None

    def _cell(self, sheet: "Worksheet", row: int, column: int, cell: PaperCell, style: "Format | None") -> None:
        if isinstance(cell, Formula):
            number = self.number if type(cell.value) is int else self.other
            sheet.write_formula(row, column, f"={cell.text}", number, cell.value)
        elif isinstance(cell, Decimal):
            sheet.write_number(row, column, cell, self.other)
        elif type(cell) is int and abs(cell) < MOST_RAW:
            sheet.write_number(row, column, cell, self.number)
        elif cell is not None and cell != "":
            text = _written(str(cell))
            sheet.write_string(row, column, text, self.marked if is_formula(text) else style or self.text)

    def _input(self, sheet: "Worksheet", row: int, column: int, cell: Input, is_whole: bool) -> None:
        style = self.whole if is_whole else self.input
        if cell.value is None or cell.value == "":
            sheet.write_blank(row, column, None, style)
        elif type(cell.value) is int and abs(cell.value) < MOST_RAW:
            sheet.write_number(row, column, cell.value, style)
        else:
            sheet.write_string(row, column, _written(str(cell.value)), style)


_LIST: Final = {
    "validate": "list",
    "error_title": "Not a choice",
    "error_message": "Choose one of the list.",
}
_WHOLE: Final = {
    "validate": "integer",
    "criteria": "between",
    "minimum": -MOST_RAW + 1,
    "maximum": MOST_RAW - 1,
    "error_title": "No whole number",
    "error_message": "Enter whole Wh, without separators.",
}


def _lines(cells: PaperRow, widths: Sequence[int]) -> int:
    """How many lines the longest text of a row takes."""
    values = (
        (cell.value if isinstance(cell, Input) else cell, width) for cell, width in zip(cells, widths, strict=False)
    )
    texts = ((value, width) for value, width in values if isinstance(value, str))
    return max((sum(1 + len(line) // width for line in text.split("\n")) for text, width in texts), default=1)


def _written(text: str) -> str:
    """A text as a cell has it: characters that do not print are escaped, and a text that is too long is cut."""
    shown = "\n".join(printable(line) for line in text.split("\n"))
    if len(shown) <= _LONGEST // 2 or len(shown.encode("utf-16-le")) // 2 <= _LONGEST:
        return shown
    return f"{shown[: _LONGEST // 2]}... (cut: {len(shown):,} characters)"
