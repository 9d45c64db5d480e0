"""A table as blocks of rows, each block as columns of text. Only one block is in memory at a time."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from attrs import define, field, frozen

from carbon_ledger.csv_rows import CsvColumn, CsvHeader, not_csv, of_other_width
from carbon_ledger.errors import CarbonLedgerError, MissingDataError, QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.layouts import TableLayout
from carbon_ledger.metering.tables.lines import Lines
from carbon_ledger.printing import quote

Row = tuple[int, list[str]]

ROWS_A_BLOCK: Final = 1 << 15

_VALUE: Final = re.compile(r"-?[0-9][-0-9.,:/T ]*", re.ASCII)


@frozen
class Block:
    """Some rows of a table, in the order of the file.

    Args:
        lines: The line of the file on which each row begins, from 1.
        columns: The cells of each of the columns that are read, in the order in which they were asked for.
    """

    lines: Sequence[int]
    columns: Sequence[list[str]]


@define
class TableRows:
    """The rows of a table: its header, and the rows below it, block by block.

    Args:
        path: The file, for messages.
        layout: The table's layout.
        report: Counts the rows and the footers, and takes what is refused.
        lines: The lines of a text file; None for an Excel file.
        sheet: The rows of an Excel file, each with its number.
    """

    path: str
    layout: TableLayout
    report: FileReport
    lines: Lines | None = None
    sheet: Iterable[Row] = ()
    header: CsvHeader = field(init=False)
    units: tuple[str, ...] = field(init=False, default=())
    _rows: Iterator[Row] = field(init=False)
    _first: list[Row] = field(init=False, factory=list)
    _has_time: Callable[[Sequence[str]], bool] = field(init=False, default=lambda _: False)

    @_rows.default
    def _all_rows(self) -> Iterator[Row]:
        return iter(self.sheet) if self.lines is None else self._by_csv(self.lines)

    def __attrs_post_init__(self) -> None:
        """Read down to the first row below the header."""
        skipped = islice(self._rows if self.lines is None else self.lines, self.layout.skip_lines)
        for _ in skipped:
            pass
        line, cells = self._next_row()
        names = tuple(cell.strip() for cell in cells)
        if not self.layout.header:
            names = tuple(str(number) for number, _ in enumerate(names, 1))
            self._first = [(line, cells)]
        self.header = CsvHeader(self.path, line, names, self.layout.delimiter, MissingDataError, QuantityError)
        if self.layout.unit_row:
            self.units = self._unit_row()

    def _unit_row(self) -> tuple[str, ...]:
        line, cells = next(self._rows, (self.header.line, []))
        units = tuple(cell.strip() for cell in cells)
        value = next((unit for unit in units if _VALUE.fullmatch(unit)), None)
        if value is not None:
            raise QuantityError(
                f"{self.path}, line {line}: {quote(value, 40)} in the row below the header; expected units, as the "
                "layout has a row of them; set unit_row to false if the file has none"
            )
        return units

    def _next_row(self) -> Row:
        row = next((row for row in self._rows if any(cell.strip() for cell in row[1])), None)
        if row is None:
            raise MissingDataError(f"{self.path}: the file is empty; expected a header, and rows below it")
        return row

    def column(self, name: str) -> CsvColumn:
        """Look up a column by its header.

        Raises:
            MissingDataError: No column has the name.
            QuantityError: Several columns have it.
        """
        return self.header.column(name)

    def blocks(
        self, positions: Sequence[int], has_time: Callable[[Sequence[str]], bool] = lambda _: False
    ) -> Iterator[Block]:
        """Read the rows below the header, block by block.

        Args:
            positions: The positions of the columns to read, from 0; of the first one, no cell is blank in a row.
            has_time: Whether cells of these columns begin with a time. A row that has one is no footer, and is refused
                if it begins as one.

        Yields:
            Rows that are neither blank nor a footer.
        """
        self._has_time = has_time
        yield from self._counted(self._checked(self._first, positions))
        if self.lines is not None:
            while (text := self.lines.chunk()) is not None:
                if '"' in text:
                    self.lines.unread(text)
                    break
                block = self._plain(self.lines, text, positions)
                yield from self._counted(block or self._checked(self._split(self.lines, text), positions))
        while some := [*islice(self._rows, ROWS_A_BLOCK)]:
            yield from self._counted(self._checked(some, positions))

    def _counted(self, block: Block) -> Iterator[Block]:
        if block.lines:
            self.report.rows += len(block.lines)
            yield block

    def _plain(self, lines: Lines, text: str, positions: Sequence[int]) -> Block | None:
        """The rows of lines that all have the header's number of cells; None if any line is anything else."""
        delimiter, width = self.layout.delimiter, len(self.header.names)
        if any(footer in text for footer in self.layout.footers):
            return None
        cells = text.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
        cells.pop()
        count = text.count("\n")
        if len(cells) != count * (width + 1) or cells[width :: width + 1].count("\n") != count:
            return None
        columns = [cells[position :: width + 1] for position in positions]
        if not min(columns[0]).strip() or not (text.isascii() or all(map(str.strip, columns[0]))):
            return None  # perhaps a blank row
        first = lines.line
        lines.line += count
        return Block(range(first, first + count), columns)

    def _split(self, lines: Lines, text: str) -> Iterator[Row]:
        """The rows of lines without quotes."""
        for line in text.removesuffix("\n").split("\n"):
            if line:
                yield lines.line, line.split(self.layout.delimiter)
            lines.line += 1

    def _by_csv(self, lines: Lines) -> Iterator[Row]:
        """The rows by the csv module, which reads a line when its row is asked for."""
        reader = csv.reader(lines, delimiter=self.layout.delimiter, strict=True)
        line = lines.line
        while True:
            try:
                while True:
                    line = lines.line
                    cells = next(reader, None)
                    if cells is None:
                        return
                    if cells:
                        yield line, cells
            except csv.Error as error:
                row = not_csv(line, lines.line - 1, error)
            self.report.refuse(row.line, "", self._malformed(row.line, row.reason))

    def _checked(self, rows: Iterable[Row], positions: Sequence[int]) -> Block:
        """The rows that are neither blank nor a footer, with rows of another width refused."""
        width = len(self.header.names)
        lines: list[int] = []
        kept: list[list[str]] = []
        for line, cells in rows:
            start = next((text for cell in cells if (text := cell.strip())), "")
            if not start:
                continue
            if self.layout.footers and start.startswith(self.layout.footers):
                if len(cells) != width or not self._has_time([cells[position] for position in positions]):
                    self.report.footers += 1
                    continue
                footer = next(footer for footer in self.layout.footers if start.startswith(footer))
                reason = f"the row begins as a footer, {quote(footer)}, and has a time; name more of the footer's text"
                self.report.refuse(line, "", self._malformed(line, reason))
                continue
            is_wider = len(cells) > width and self.layout.extra_cells and not any(map(str.strip, cells[width:]))
            if len(cells) != width and not is_wider:
                row = of_other_width(line, cells, width, self.layout.delimiter)
                self.report.refuse(line, "", self._malformed(row.line, row.reason))
                continue
            lines.append(line)
            kept.append(cells)
        return Block(lines, [[cells[position] for cells in kept] for position in positions])

    def _malformed(self, line: int, reason: str) -> CarbonLedgerError:
        return QuantityError(f"{self.path}, line {line}: {reason}")
