"""Rows of a CSV file of emission factors; every refusal names the file, the line and the column."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeAlias, TypeVar

from attrs import frozen

from carbon_ledger.csv_rows import Cells, CsvColumn, CsvFile, CsvTable, UnreadableRow, read_csv_file
from carbon_ledger.errors import CarbonLedgerError, FactorFileError
from carbon_ledger.exact import checked_decimal
from carbon_ledger.factors.plausibility import flagged
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.periods import checked_date
from carbon_ledger.printing import near, quote

FilePath: TypeAlias = str | os.PathLike[str]

_T = TypeVar("_T")
_MOST_NAMES = 5  # of the columns that a message lists


@frozen
class Row:
    """One row of a file with a header.

    Args:
        line: The line of the file on which the row begins, from 1.
        columns: The columns, by header.
        cells: The cells by header, without the space around them.
    """

    line: int
    columns: Mapping[str, CsvColumn]
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """A cell that must not be empty.

        Raises:
            FactorFileError: The cell is empty.
        """
        if not (text := self.cells[column]):
            raise FactorFileError(f"{self.place(column)}: the cell is empty, expected text")
        return text

    def number(self, column: str) -> str:
        """A cell that must hold a plain decimal number, as it is written.

        Raises:
            FactorFileError: The cell is empty, or does not hold a plain decimal number.
        """
        text = self.text(column)
        self.checked(column, lambda: checked_decimal(text, "number"))
        return text

    def year(self, column: str) -> int:
        """A cell that must hold a year.

        Raises:
            FactorFileError: The cell is empty, or does not hold a year of four digits.
        """
        text = self.text(column)
        if not (text.isascii() and text.isdigit() and len(text) == 4 and text[0] != "0"):
            raise FactorFileError(f"{self.place(column)}: {quote(text, 40)}, expected a year such as 2023")
        return int(text)

    def checked(self, column: str, make: Callable[[], _T]) -> _T:
        """The result of *make*, which reads a cell.

        Raises:
            FactorFileError: *make* refuses the cell; the message names file, line and column.
        """
        try:
            return make()
        except CarbonLedgerError as error:
            raise FactorFileError(f"{self.place(column)}: {error}") from None

    def place(self, column: str) -> str:
        """Where a cell stands, for a message."""
        return self.columns[column].place(self.line)


def read(path: FilePath) -> CsvFile:
    """Read a CSV file with commas.

    Raises:
        FactorFileError: The file cannot be read, or is not CSV in UTF-8.
    """
    return read_csv_file(path, missing=FactorFileError, malformed=FactorFileError)


def known_day(value: date | str | None) -> date | None:
    """The day since which a file is known, if it is stated.

    Raises:
        PeriodError: *value* is not a date.
    """
    return None if value is None else checked_date(value, "known_on")


def rows_of(
    table: CsvTable,
    required: Sequence[str],
    known: Callable[[str], bool] | None,
    set_aside: Callable[[UnreadableRow], None] | None = None,
) -> Iterator[Row]:
    """The rows of a file with a header; blank rows are passed over.

    Args:
        table: The file.
        required: Columns that must be there.
        known: Whether a column is one that is read. Any other column is refused, since nothing is dropped in silence.
            None: the table may have any other columns.
        set_aside: Called with each row that cannot be read; where it is None, such a row is refused.

    Raises:
        FactorFileError: A column is missing, unknown or named twice, or a row cannot be read.
    """
    header = stripped(table.header)
    problems = "; ".join(_problems(header, required, known))
    if problems:
        raise FactorFileError(f"{table.file.path}, line {table.line}: the header {problems}")
    yield from rows_under(header, table.file.path, table.rows(set_aside=set_aside))


def rows_under(header: Sequence[str], path: str, rows: Iterable[tuple[int, Cells]]) -> Iterator[Row]:
    """Rows of a file, each with the names of its columns.

    Args:
        header: The names of the columns.
        path: The file, for messages.
        rows: Line and cells of each row: as many cells as *header* has.
    """
    columns = {name: CsvColumn(path, name, position) for position, name in enumerate(header)}
    for line, cells in rows:
        yield Row(line, columns, dict(zip(header, stripped(cells), strict=True)))


def stripped(cells: Iterable[str]) -> Cells:
    """Cells without the space around their text."""
    return [cell.strip() for cell in cells]


def _problems(header: Sequence[str], required: Iterable[str], known: Callable[[str], bool] | None) -> Iterator[str]:
    missing = [column for column in required if column not in header]
    unknown = [column for column in header if known is not None and not known(column)]
    twice = sorted(column for column, count in Counter(header).items() if count > 1)
    if missing:
        yield f"lacks {_listed(missing)}"
    if unknown:
        close = [f"rename {quote(found)} to {quote(column)}" for column in missing for found in near(column, unknown)]
        yield f"has unknown columns {_listed(unknown)}; {', '.join(close[:_MOST_NAMES]) or 'remove or rename them'}"
    if twice:
        yield f"names {_listed(twice)} twice; keep one of each"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(quote(name) for name in names[:_MOST_NAMES]) + more


def collected(made: Iterable[tuple[Row, str, Callable[[], EmissionFactor]]]) -> tuple[EmissionFactor, ...]:
    """Make the factors of a file, and flag the suspicious ones.

    Args:
        made: Row, column and maker of each factor.

    Returns:
        The factors, in the order of *made*.

    Raises:
        FactorFileError: A row does not make a factor, or two factors have the same id.
    """
    found: dict[str, EmissionFactor] = {}
    lines: dict[str, int] = {}
    for row, column, make in made:
        factor = flagged(row.checked(column, make))
        if factor.factor_id in found:
            first = lines[factor.factor_id]
            raise FactorFileError(
                f"{row.place(column)}: factor {factor.factor_id} is in line {first} already; remove one of the two rows"
            )
        found[factor.factor_id], lines[factor.factor_id] = factor, row.line
    return tuple(found.values())
