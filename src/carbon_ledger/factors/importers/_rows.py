"""Reading a CSV file row by row, so that whatever is wrong is named by file, line and field."""

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import TypeAlias, TypeVar

from attrs import frozen

from carbon_ledger.errors import CarbonLedgerError, FactorFileError
from carbon_ledger.exact import decimal_of
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.factors.suspicions import flagged
from carbon_ledger.files import path_text, read_file
from carbon_ledger.periods import date_of
from carbon_ledger.printing import quote

FilePath: TypeAlias = str | os.PathLike[str]
Cells: TypeAlias = list[str]

_T = TypeVar("_T")


@frozen
class Source:
    """A file's name and content.

    Attributes:
        name: Its path, as given.
        digest: Its SHA-256, as records pin it.
        lines: Each row's cells, with the number of its last line in the file.
    """

    name: str
    digest: str
    lines: tuple[tuple[int, Cells], ...]


@frozen
class Row:
    """One row of a file with a header.

    Attributes:
        file: The file's name.
        line: The number of its line in the file.
        cells: Its cells by column, without the space around them.
    """

    file: str
    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """A cell that must not be empty.

        Raises:
            FactorFileError: It is.
        """
        if not (text := self.cells[column]):
            raise FactorFileError(f"{self.place(column)}: nothing there, expected text")
        return text

    def number(self, column: str) -> str:
        """A cell that must hold a plain decimal number, as it is written.

        Raises:
            FactorFileError: It does not.
        """
        text = self.text(column)
        self.checked(column, lambda: decimal_of(text, "number"))
        return text

    def year(self, column: str) -> int:
        """A cell that must hold a year.

        Raises:
            FactorFileError: It does not.
        """
        text = self.text(column)
        if not (text.isascii() and text.isdigit() and len(text) == 4 and text[0] != "0"):
            raise FactorFileError(f"{self.place(column)}: {quote(text, 40)}, expected a year such as 2023")
        return int(text)

    def checked(self, column: str, make: Callable[[], _T]) -> _T:
        """What *make* makes of a cell.

        Raises:
            FactorFileError: It is refused; the message names file, line and field.
        """
        try:
            return make()
        except CarbonLedgerError as error:
            raise FactorFileError(f"{self.place(column)}: {error}") from None

    def place(self, column: str) -> str:
        """Where a cell is, for a message."""
        return f"{self.file}, line {self.line}, field {quote(column)}"


def read(path: FilePath) -> Source:
    """Read a CSV file in UTF-8.

    Raises:
        FactorFileError: It cannot be read, or is no CSV in UTF-8.
    """
    name = path_text(path, FactorFileError)
    data = read_file(name, FactorFileError)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FactorFileError(f"{name}: byte {error.start} is no UTF-8; save the file as UTF-8") from None
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        lines = tuple((reader.line_num, [cell.strip() for cell in cells]) for cells in reader)
    except csv.Error as error:
        raise FactorFileError(f"{name}, line {reader.line_num}: {error}") from None
    return Source(name, f"sha256:{hashlib.sha256(data).hexdigest()}", lines)


def known_day(value: date | str | None) -> date | None:
    """The day since which a file is known, if it is stated.

    Raises:
        PeriodError: It is no date.
    """
    return None if value is None else date_of(value, "known_on")


def rows_of(source: Source, required: Iterable[str], known: Callable[[str], bool]) -> Iterator[Row]:
    """The rows of a file under its header; empty lines are passed over.

    Args:
        source: The file.
        required: Columns that must be there.
        known: Whether a column is one that is read; another is refused, since nothing is dropped in silence.

    Raises:
        FactorFileError: A column is missing, unknown or named twice, or a row has another number of cells.
    """
    filled = [(line, cells) for line, cells in source.lines if any(cells)]
    if not filled:
        raise FactorFileError(f"{source.name}: no rows; expected a header with {', '.join(required)}")
    (line, header), *body = filled
    missing = [column for column in required if column not in {*header}]
    unknown = [column for column in header if not known(column)]
    twice = sorted(column for column, count in Counter(header).items() if count > 1)
    if missing or unknown or twice:
        raise FactorFileError(
            f"{source.name}, line {line}: the header lacks {', '.join(missing) or 'nothing'}, has unknown columns "
            f"{', '.join(map(repr, unknown)) or 'none'} and names twice {', '.join(twice) or 'none'}"
        )
    for number, cells in body:
        if len(cells) != len(header):
            raise FactorFileError(f"{source.name}, line {number}: {len(cells)} cells under {len(header)} columns")
        yield Row(source.name, number, dict(zip(header, cells, strict=True)))


def collected(made: Iterable[tuple[Row, str, Callable[[], EmissionFactor]]]) -> tuple[EmissionFactor, ...]:
    """Make the factors of a file, flag what is suspicious, and refuse an id that comes twice.

    Args:
        made: Row, field and maker of each factor.

    Raises:
        FactorFileError: A row is no factor, or an id comes twice.
    """
    found: dict[str, EmissionFactor] = {}
    lines: dict[str, int] = {}
    for row, column, make in made:
        factor = flagged(row.checked(column, make))
        if factor.factor_id in found:
            first = lines[factor.factor_id]
            raise FactorFileError(f"{row.place(column)}: factor {factor.factor_id} is in line {first} already")
        found[factor.factor_id], lines[factor.factor_id] = factor, row.line
    return tuple(found.values())
