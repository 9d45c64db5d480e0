"""Factors in this library's own CSV layout: a column for each field of the record."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any, Final

import attrs

from carbon_ledger.errors import FactorFileError, PeriodError
from carbon_ledger.factors.importers._rows import FilePath, Row, collected, read, rows_of
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.periods import checked_date
from carbon_ledger.printing import quote

SEPARATOR: Final = "|"

_FIELDS: Final = tuple(item.name for item in attrs.fields(EmissionFactor))
_REQUIRED: Final = tuple(item.name for item in attrs.fields(EmissionFactor) if item.default is attrs.NOTHING)
_NUMBERS: Final = ("value", "lower", "upper", "operating_margin", "build_margin")
_MOST_DIGITS: Final = 9
_COUNTS: Final = ("revision", "crediting_period_ordinal")
_DATES: Final = ("valid_from", "valid_to", "published_at", "recorded_at", "withdrawn_at")
_LISTS: Final = ("technologies", "derived_from", "flags", "weights")


def read_factor_csv(path: FilePath) -> tuple[EmissionFactor, ...]:
    """Read factors from a CSV file whose columns are the fields of `EmissionFactor`.

    ``factor_id``, ``value``, ``unit``, ``kind``, ``region`` and ``source`` are required; any other field may
    be a column. An empty cell means that the field is not stated. Days are written ``2024-12-31``. Several
    technologies, data years, weights, flags or sources of derivation are written in one cell, separated by ``|``.

    Args:
        path: The CSV file: UTF-8, commas, a header, one factor in each row.

    Returns:
        The factors, in the order of the file; suspicious factors are flagged.

    Raises:
        FactorFileError: The file cannot be read, a column is missing or unknown, a row does not make a factor, or
            two rows have the same id. The message names the file, the line and the column.
    """
    table = read(path).table()

    def parts() -> Iterator[tuple[Row, str, partial[EmissionFactor]]]:
        for row in rows_of(table, _REQUIRED, _FIELDS.__contains__):
            yield row, "factor_id", partial(EmissionFactor, **_facts(row))

    return collected(parts())


def _facts(row: Row) -> dict[str, Any]:
    for column in _REQUIRED:
        row.text(column)
    return {column: _read(row, column) for column, text in row.cells.items() if text}


def _read(row: Row, column: str) -> Any:
    text = row.cells[column]
    if column in _NUMBERS:
        return row.number(column)
    if column in _COUNTS:
        return _count(row, column)
    if column in _DATES:
        return _day(row, column)
    if column == "data_years":
        return [_year(row, part.strip()) for part in text.split(SEPARATOR)]
    return [part.strip() for part in text.split(SEPARATOR)] if column in _LISTS else text


def _count(row: Row, column: str) -> int:
    text = row.cells[column]
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise FactorFileError(f"{row.place(column)}: {quote(text, 40)}, expected a whole number of at least 1")
    return int(text)


def _day(row: Row, column: str) -> date:
    try:
        return checked_date(row.cells[column], column)
    except PeriodError as error:
        raise FactorFileError(f"{row.place(column)}: {error}") from None


def _year(row: Row, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise FactorFileError(f"{row.place('data_years')}: {quote(text, 40)}, expected years such as 2017|2018|2019")
    return int(text)
