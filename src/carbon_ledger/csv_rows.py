"""One reader of delimited files: the header, the rows below it, and where each cell stands.

Text and rows are made one at a time; only the bytes of the file are in memory as a whole, so that their digest is of
exactly what was read. Every refusal names the file and the line, and says what to do.
"""

import csv
import hashlib
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from attrs import field, frozen

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.files import Refuse, path_text, read_file
from carbon_ledger.printing import near, quote

Cells: TypeAlias = list[str]

DELIMITERS: Final = (",", ";", "\t", "|")
MOST_LINE_BYTES: Final = 1 << 20  # of one line; what the csv module makes of a line is in memory at once

_BOM: Final = b"\xef\xbb\xbf"
_BREAK: Final = re.compile(r"\r\n?|\n")
_BREAK_BYTES: Final = re.compile(rb"\r\n?|\n")


@frozen
class UnreadableRow:
    """A row that cannot be read.

    Args:
        line: The line of the file on which the row begins, from 1.
        last_line: The line up to which the row was read.
        rule: ``no-csv``: its quotes are wrong, or a cell is too long; ``fields``: it has more or fewer cells than the
            header.
        reason: What is wrong, and what to do.
        cells: Its cells; none where the row is not CSV.
    """

    line: int
    last_line: int
    rule: str
    reason: str
    cells: tuple[str, ...]


@frozen
class CsvColumn:
    """One column of a file.

    Args:
        path: The file, for messages.
        name: The column's header.
        position: Which cell of a row belongs to the column, from 0.
    """

    path: str
    name: str
    position: int
    _shown: str = field(init=False)

    @_shown.default
    def _name_shown(self) -> str:
        return quote(self.name)

    def place(self, line: int) -> str:
        """Where the cell of the row that begins on *line* stands, for a message."""
        return f"{self.path}, line {line}, column {self._shown}"


@frozen
class CsvFile:
    """The bytes of a delimited file, and how to read them.

    Args:
        path: The file, for messages.
        data: Its bytes: UTF-8, with a byte order mark or without.
        delimiter: One of `DELIMITERS`.
        missing: Makes the error for something that is not in the file.
        malformed: Makes the error for something that cannot be read.

    Raises:
        CarbonLedgerError: *malformed*'s error: *data* is not UTF-8, or has a line of more than `MOST_LINE_BYTES`.
    """

    path: str
    data: bytes = field(repr=False)
    delimiter: str
    missing: Refuse
    malformed: Refuse

    def __attrs_post_init__(self) -> None:
        """Decode the file piece by piece, each ending with a line, before a row of it is used."""
        start, size = 0, len(self.data)
        while start < size:
            end = size
            if size - start > MOST_LINE_BYTES:
                most = start + MOST_LINE_BYTES + 1
                end = 1 + max(self.data.rfind(b"\n", start, most), self.data.rfind(b"\r", start, most))
            if not end:
                raise self.malformed(
                    f"{self.path}, line {self._line_of(start)}: a line of more than {MOST_LINE_BYTES:,} octets; "
                    "expected a table, a row a line"
                )
            try:
                self.data[start:end].decode()
            except UnicodeDecodeError as error:
                at = start + error.start
                raise self.malformed(
                    f"{self.path}, line {self._line_of(at)}: byte {at} is not UTF-8; save the file as CSV in UTF-8"
                ) from None
            start = end

    @property
    def sha256(self) -> str:
        """Digest of the bytes: ``sha256:<64 hex digits>``."""
        return f"sha256:{hashlib.sha256(self.data).hexdigest()}"

    def records(self, set_aside: Callable[[UnreadableRow], None] | None = None) -> Iterator[tuple[int, Cells]]:
        """Read the file's rows one by one, blank lines aside, whether they have a header or not.

        Args:
            set_aside: Called with each row that is not CSV; where it is None, such a row is refused.

        Yields:
            The line on which a row begins, from 1, and its cells as they are in the file.

        Raises:
            CarbonLedgerError: *malformed*'s error: a row is not CSV.
        """
        stream = io.BytesIO(self.data)
        stream.seek(len(_BOM) if self.data.startswith(_BOM) else 0)
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        reader = csv.reader(text, delimiter=self.delimiter, strict=True)
        line = 1
        while True:
            try:
                for cells in reader:
                    if cells:
                        yield line, cells
                    line = reader.line_num + 1
                return
            except csv.Error as error:
                row = not_csv(line, reader.line_num, error)
            if set_aside is None:
                raise self.refused(row)
            set_aside(row)
            line = reader.line_num + 1

    def table(self) -> "CsvTable":
        """Read the header: the first row with a cell that is not blank.

        Raises:
            CarbonLedgerError: *missing*'s error: the file has no such row; or *malformed*'s: it is not CSV.
        """
        for line, cells in self.records():
            if not _is_blank(cells):
                return CsvTable(self, line, tuple(cells))
        raise self.missing(f"{self.path}: the file is empty; expected a header, and rows below it")

    def refused(self, row: UnreadableRow) -> CarbonLedgerError:
        """The error for a row that cannot be read."""
        return self.malformed(f"{self.path}, line {row.line}: {row.reason}")

    def _line_of(self, at: int) -> int:
        return 1 + sum(1 for _ in _BREAK_BYTES.finditer(self.data, 0, at))


@frozen
class CsvHeader:
    """The header of a delimited file.

    Args:
        path: The file, for messages.
        line: The line on which the header begins, from 1.
        names: Its cells.
        delimiter: What separates the cells.
        missing: Makes the error for a column that is absent.
        malformed: Makes the error for a name that several columns have.
    """

    path: str
    line: int
    names: tuple[str, ...]
    delimiter: str
    missing: Refuse
    malformed: Refuse

    def column(self, name: str) -> CsvColumn:
        """Look up a column by its header.

        Raises:
            CarbonLedgerError: *missing*'s error: no column has the name; or *malformed*'s: several have.
        """
        if self.names.count(name) == 1:
            return CsvColumn(self.path, name, self.names.index(name))
        before = f"{self.path}, line {self.line}:"
        if name in self.names:
            raise self.malformed(
                f"{before} {self.names.count(name)} columns are called {quote(name)}; rename all but one"
            )
        raise self.missing(f"{before} no column {quote(name)}; {self._hint(name)}")

    def _hint(self, name: str) -> str:
        only = self.names[0]
        other = next((item for item in DELIMITERS if item in only), None)
        if len(self.names) == 1 and other is not None:
            return f"the header is one cell, {quote(only)}: is the delimiter {quote(other)}?"
        close = near(name, self.names)
        return f"did you mean {quote(close[0])}?" if close else f"the header is {quote([*self.names], 300)}"


@frozen
class CsvTable:
    """A delimited file with a header.

    Args:
        file: The file.
        line: The line on which the header begins, from 1.
        header: The cells of the header, as they are in the file.
    """

    file: CsvFile
    line: int
    header: tuple[str, ...]

    def column(self, name: str) -> CsvColumn:
        """Look up a column by its header.

        Raises:
            CarbonLedgerError: The file's error of something missing: no column has the name; or of something malformed:
                several have.
        """
        file = self.file
        header = CsvHeader(file.path, self.line, self.header, file.delimiter, file.missing, file.malformed)
        return header.column(name)

    def rows(
        self, *, keep_empty: bool = False, set_aside: Callable[[UnreadableRow], None] | None = None
    ) -> Iterator[tuple[int, Cells]]:
        """Read the rows below the header one by one, blank lines aside.

        Args:
            keep_empty: Whether to read a row of blank cells, as spreadsheets leave them below a table; otherwise it is
                passed over. A blank cell is empty, or has only spaces.
            set_aside: Called with each row that cannot be read; where it is None, such a row is refused.

        Yields:
            The line on which a row begins, from 1, and its cells: as many as the header has.

        Raises:
            CarbonLedgerError: *malformed*'s error: a row is not CSV, or has more or fewer cells than the header.
        """
        width = len(self.header)
        records = self.file.records(set_aside)
        for line, _ in records:
            if line == self.line:
                break
        for line, cells in records:
            if not keep_empty and _is_blank(cells):
                continue
            if len(cells) == width:
                yield line, cells
                continue
            row = of_other_width(line, cells, width, self.file.delimiter)
            if set_aside is None:
                raise self.file.refused(row)
            set_aside(row)


def of_other_width(line: int, cells: Cells, width: int, delimiter: str) -> UnreadableRow:
    """A row that has more or fewer cells than the header.

    Args:
        line: The line on which the row begins.
        cells: Its cells.
        width: How many cells the header has.
        delimiter: What separates the cells.
    """
    count = f"{len(cells)} cell{'s' * (len(cells) != 1)}"
    remedy = (
        f"quote a cell that holds {quote(delimiter)}, and double each quote inside a quoted cell"
        if len(cells) > width
        else "complete the row, and close the quotes of the row before it"
    )
    reason = f"{count}, the header has {width}; {remedy}"
    return UnreadableRow(line, last_line_of(line, cells), "fields", reason, tuple(cells))


def not_csv(line: int, last_line: int, error: csv.Error) -> UnreadableRow:
    """A row that is not CSV, and the lines up to which it was read."""
    until = f" up to line {last_line}" if last_line > line else ""
    reason = f"not CSV{until}: {error}; close every quote, and double each quote inside a quoted cell"
    return UnreadableRow(line, last_line, "no-csv", reason, ())


def _is_blank(cells: Cells) -> bool:
    """Whether no cell has anything but spaces."""
    return not any(cell.strip() for cell in cells)


def last_line_of(line: int, cells: Sequence[str]) -> int:
    """The line on which a row ends: a quoted cell may hold line breaks.

    Args:
        line: The line on which the row begins.
        cells: Its cells.

    Example:
        >>> last_line_of(2, ["hydro-3", "two\\nlines"])
        3
    """
    return line + sum(len(_BREAK.findall(cell)) for cell in cells)


def checked_delimiter(delimiter: object, refuse: Refuse) -> str:
    """Check what a caller named as delimiter.

    Raises:
        CarbonLedgerError: *refuse*'s error: *delimiter* is not one of `DELIMITERS`.
    """
    if not isinstance(delimiter, str) or delimiter not in DELIMITERS:
        raise refuse(f"delimiter {quote(delimiter, 20)}: expected one of {DELIMITERS}")
    return delimiter


def read_csv_file(path: str | os.PathLike[str], *, delimiter: str = ",", missing: Refuse, malformed: Refuse) -> CsvFile:
    """Read a delimited file.

    Args:
        path: The file: UTF-8, with a byte order mark or without.
        delimiter: Comma, semicolon, tab or ``|``.
        missing: Makes the error for something that is absent: the file, its header, a column.
        malformed: Makes the error for something that cannot be read.

    Raises:
        CarbonLedgerError: *missing*'s error: the file cannot be read; or *malformed*'s: *delimiter* is not one of the
            four, the file is not UTF-8, or a line of it is longer than `MOST_LINE_BYTES`.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from carbon_ledger.errors import MissingDataError, QuantityError
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "meters.csv")
        ...     _ = path.write_text('meter,note\\nm1,"two\\nlines"\\nm2,\\n')
        ...     table = read_csv_file(path, missing=MissingDataError, malformed=QuantityError).table()
        >>> table.header, [(line, cells[table.column("meter").position]) for line, cells in table.rows()]
        (('meter', 'note'), [(2, 'm1'), (4, 'm2')])
    """
    name = path_text(path, missing)
    delimiter = checked_delimiter(delimiter, malformed)
    return CsvFile(name, read_file(name, missing), delimiter, missing, malformed)
