"""The table in a file's sample: what separates its cells, where its header is, and which rows are no steps."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from attrs import define, field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.guess.numerals import is_number
from carbon_ledger.metering.guess.questions import Inquiry
from carbon_ledger.metering.guess.sample import FileSample, decoded, encoding_of
from carbon_ledger.metering.guess.stamps import names_day
from carbon_ledger.metering.guess.words import unit_in
from carbon_ledger.metering.layouts import TableLayout
from carbon_ledger.metering.tables.excel import sheet_rows
from carbon_ledger.printing import quote

Row = tuple[int, list[str]]

MOST_ROWS: Final = 3_000  # of the beginning of a file
_MOST_LAST: Final = 600
_EXCEL_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EXCEL_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII)
_DELIMITERS: Final = (";", "\t", "|", ",")
_NAMES: Final = {";": "semicolons", "\t": "tabs", "|": "bars (|)", ",": "commas"}
_SEPARATOR: Final = re.compile(r'"?sep=(.)"?')
_PATTERN_OF_TIME: Final = re.compile(r"(?i)\[?[dmyhs:./ -]*(?:yy|hh|mm)[dmyhs:./ -]*\]?")
_FOOTER: Final = re.compile(r"[^\W\d_]+(?:[ -][^\W\d_]+)*")


@frozen(kw_only=True)
class TableSample:
    """The table of a file, as far as it was looked at.

    Args:
        record: The fields of its `TableLayout`.
        names: The names of its columns.
        units: The cells of the row of units; empty where there is no such row.
        rows: The rows of the beginning of the file that are neither header nor footer, as cells without outer blanks.
        last: The rows of the end of the file, if the beginning is not the whole file.
        preamble: The lines before the header.
    """

    record: dict[str, Any]
    names: tuple[str, ...]
    units: tuple[str, ...]
    rows: Sequence[list[str]] = field(repr=False)
    last: Sequence[list[str]] = field(repr=False)
    preamble: Sequence[str] = field(repr=False)

    def cells(self, position: int) -> list[str]:
        """The cells of a column, in the rows of the beginning and then of the end."""
        return [row[position] for rows in (self.rows, self.last) for row in rows]


def table_of(sample: FileSample, inquiry: Inquiry) -> TableSample | None:
    """The table in a file; None if no table can be described, with a doubt that says so.

    Args:
        sample: The beginning and the end of the file.
        inquiry: Takes the reasons and the doubts.

    Raises:
        MissingExtraError: The file is an Excel file, and the extra ``excel`` is not installed.
        QuantityError: The file is not text, or not an Excel file.
    """
    if sample.kind == "excel":
        return _of_sheet(sample, inquiry)
    encoding, reason, doubt = encoding_of(sample)
    if reason:
        inquiry.because(reason)
    if doubt:
        inquiry.doubt(doubt)
    text = decoded(sample.head, encoding).removeprefix("\ufeff")
    if sample.tail or sample.size > len(sample.head):
        text = text[: text.rfind("\n") + 1] or text
    lines = _lines(text)[:MOST_ROWS]
    record: dict[str, Any] = {} if encoding == "utf-8" else {"encoding": encoding}
    delimiter = _delimiter(lines, inquiry)
    if delimiter is None:
        inquiry.doubt("no character separates the lines into cells: the file is not a table of metered energy")
        return None
    if delimiter != ",":
        record["delimiter"] = delimiter
    last: list[Row] = []
    if sample.tail or len(_lines(text)) > len(lines):
        tail = decoded(sample.tail, encoding) if sample.tail else text
        last = _rows(_lines(tail)[1:][-_MOST_LAST:], delimiter)
    return _Finder(record, inquiry, lines).found(_rows(lines, delimiter), last)


def _of_sheet(sample: FileSample, inquiry: Inquiry) -> TableSample | None:
    _, rows = sheet_rows(sample.path, TableLayout(kind="excel"), FileReport(sample.path, "report"))
    every = _with_midnights([*rows])
    inquiry.because("the first bytes are those of an Excel file")
    inquiry.doubt("the first sheet is described; name another one in table.sheet")
    lines = [" ".join(cells) for _, cells in every[:MOST_ROWS]]
    last = every[MOST_ROWS:][-_MOST_LAST:]
    return _Finder({"kind": "excel"}, inquiry, lines).found(every[:MOST_ROWS], last)


def _with_midnights(rows: Sequence[Row]) -> list[Row]:
    """The rows of a sheet, with 00:00:00 for midnight in columns of times: Excel leaves that out."""
    timed = {at for _, cells in rows for at, cell in enumerate(cells) if _EXCEL_TIME.fullmatch(cell)}
    return [
        (
            line,
            [
                f"{cell} 00:00:00" if at in timed and _EXCEL_DAY.fullmatch(cell) else cell
                for at, cell in enumerate(cells)
            ],
        )
        for line, cells in rows
    ]


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _rows(lines: Iterable[str], delimiter: str) -> list[Row]:
    """The rows of lines, each with the line on which it begins."""
    rows: list[Row] = []
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    at = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            cells = []
        if cells is None:
            return rows
        if cells:
            rows.append((at, cells))
        at = reader.line_num + 1


def _delimiter(lines: Sequence[str], inquiry: Inquiry) -> str | None:
    named = _SEPARATOR.fullmatch(lines[0].strip("\ufeff")) if lines else None
    if named and named[1] in _DELIMITERS:
        inquiry.because(f"the first line, {quote(lines[0])}, says that {_NAMES[named[1]]} separate the cells")
        return named[1]
    some = [line for line in lines if line.strip()]
    data = some[len(some) // 3 :]
    for delimiter in _DELIMITERS:
        widths = Counter(len(cells) for _, cells in _rows(data, delimiter))
        width, count = max(widths.items(), key=lambda item: item[1], default=(0, 0))
        if width > 1 and count * 10 >= len(data) * 6:
            inquiry.because(f"{_NAMES[delimiter]} separate the cells: {count} of {len(data)} lines have {width} cells")
            return delimiter
    return None


def is_data(cells: Sequence[str]) -> bool:
    """Whether cells are those of a row of steps: one of them is a time or a day, and another one a number."""
    day = next((at for at, cell in enumerate(cells) if names_day(cell)), None)
    return day is not None and any(is_number(cell) and at != day for at, cell in enumerate(cells))


def _has_day(cells: Sequence[str]) -> bool:
    """Whether cells are those of a step, with or without a value."""
    return any(map(names_day, cells))


@define
class _Finder:
    """Finds the header and the rows of a table.

    Args:
        record: The fields of the `TableLayout`, as far as they are known.
        inquiry: Takes the reasons and the doubts.
        lines: The lines of the beginning of the file.
    """

    record: dict[str, Any]
    inquiry: Inquiry
    lines: Sequence[str]

    def found(self, rows: Sequence[Row], last: Sequence[Row]) -> TableSample | None:
        """The table, or None."""
        rows = [(line, [cell.strip() for cell in cells]) for line, cells in rows]
        widths = Counter(len(cells) for _, cells in rows if is_data(cells))
        width = max(widths, key=widths.__getitem__, default=0)
        first = next((at for at, (_, cells) in enumerate(rows) if len(cells) == width and is_data(cells)), None)
        if first is None:
            self.inquiry.doubt("no row has both a time that can be read and a number: the file cannot be described")
            return None
        names, units, width, at_header = self._header(rows, first)
        if len(set(names)) < len(names):
            twice = sorted(name for name, count in Counter(names).items() if count > 1 and name)
            if twice:
                self.inquiry.doubt(
                    f"several columns are called {quote(twice, 120)}: they can only be flags of a wide table"
                )
        kept = self._steps(rows[first:], width, is_end=not last)
        ends = self._steps([(line, [cell.strip() for cell in cells]) for line, cells in last], width, is_end=True)
        return TableSample(
            record=self.record, names=names, units=units, rows=kept, last=ends, preamble=self.lines[:at_header]
        )

    def _header(self, rows: Sequence[Row], first: int) -> tuple[tuple[str, ...], tuple[str, ...], int, int]:
        """The names of the columns, their units, how many columns there are, and how many lines are before them."""
        width = len(rows[first][1])
        above = [row for row in rows[:first] if any(row[1])]
        units: tuple[str, ...] = ()
        if len(above) > 1 and _is_units(above[-1][1]) and len(above[-2][1]) >= 2:
            units = tuple(above.pop()[1])
            self.record["unit_row"] = True
            self.inquiry.because(f"the row below the header has units: {quote([cell for cell in units if cell], 120)}")
        header = above[-1] if above else None
        if header is None or len(header[1]) < 2 or sum(map(bool, header[1])) < 2 or len(header[1]) > width:
            self.record["header"] = False
            self.inquiry.doubt('no header was found above the first row of steps: the columns are called "1", "2", ...')
            if rows[first][0] > 1 and above:
                self.record["skip_lines"] = rows[first][0] - 1
            return tuple(str(number) for number in range(1, width + 1)), (), width, rows[first][0] - 1
        line, cells = header
        if line > 1:
            self.record["skip_lines"] = line - 1
            self.inquiry.because(f"line {line} is the header: it is the last line of words above the rows of steps")
        if len(cells) < width:
            if any(rows[first][1][len(cells) :]):
                self.inquiry.doubt(f"the header has {len(cells)} cells, and the rows have {width}")
            self.record["extra_cells"] = True
            self.inquiry.because("rows have more cells than the header, and these are blank")
        return tuple(cells), units, len(cells), line - 1

    def _steps(self, rows: Sequence[Row], width: int, *, is_end: bool) -> list[list[str]]:
        """The rows that are steps; the rows behind the last one are footers, if the file ends there."""
        at_last = max((at for at, (_, cells) in enumerate(rows) if _has_day(cells)), default=-1)
        steps = [cells[:width] for _, cells in rows[: at_last + 1] if len(cells) >= width and _has_day(cells)]
        others = [row for row in rows[: at_last + 1] if any(row[1]) and not _has_day(row[1])]
        behind = [row for row in rows[at_last + 1 :] if any(row[1])] if is_end else []
        for _, cells in [*others, *behind]:
            self._footer(next(cell for cell in cells if cell), cells)
        return steps

    def _footer(self, start: str, cells: Sequence[str]) -> None:
        word = _FOOTER.match(start)
        footers = self.record.setdefault("footers", [])
        text = word[0] if word else start[:1_000]
        if text not in footers and len(footers) < 5:
            footers.append(text)
            self.inquiry.doubt(
                f"rows that begin with {quote(text)} are passed over as footers: "
                f"{quote([cell for cell in cells if cell], 120)}"
            )


def _is_units(cells: Sequence[str]) -> bool:
    """Whether a row has units, patterns of times and blanks alone."""
    some = [cell.strip("[]() ") for cell in cells if cell.strip("[]() -")]
    units = [cell for cell in some if unit_in(cell) and len(cell) <= 4]
    return bool(units) and all(len(cell) <= 5 or _PATTERN_OF_TIME.fullmatch(cell) for cell in some)


def require_text(value: object) -> str:
    """An answer as text.

    Raises:
        QuantityError: *value* is not text.
    """
    if not isinstance(value, str) or len(value) > 200:
        raise QuantityError(f"answer {quote(value, 60)}: expected text, one of the question's choices")
    return value
