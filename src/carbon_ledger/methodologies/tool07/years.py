"""Years of data: how many a rule asks for, and the units that existed in a year."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from carbon_ledger.errors import MethodologyError, QuantityError
from carbon_ledger.exact import Rounding, text_of
from carbon_ledger.mappings import listed
from carbon_ledger.methodologies.tool07.records import PowerUnit, checked_year
from carbon_ledger.printing import quote

SHARE_YEARS: Final = 5
LOAD_YEARS: Final = 3


def years_of(years: object, what: str) -> tuple[int, ...]:
    """The years that were passed, as they were passed.

    Raises:
        QuantityError: *years* is one year or a text and not several, or a year is invalid.
    """
    found = None if isinstance(years, str | bytes) else listed(years)
    if found is None:
        raise QuantityError(f"{what}: years {quote(years)}, expected a list of years, e.g. [2023]")
    return tuple(checked_year(year, f"{what}: year") for year in found)


def consecutive(years: Iterable[int], count: int, what: str) -> tuple[int, ...]:
    """The years that were passed, in order.

    Raises:
        MethodologyError: The years are not *count* consecutive years.
        QuantityError: *years* is one year and not a list of years, or a year is invalid.
    """
    chosen = tuple(sorted(years_of(years, what)))
    if len(chosen) != count or chosen[-1] - chosen[0] != count - 1 or len(set(chosen)) != count:
        expected = "one year" if count == 1 else f"{count} consecutive years"
        raise MethodologyError(f"{what}: years {list(chosen)}, expected {expected}")
    return chosen


def ending_with(year: int, count: int) -> tuple[int, ...]:
    """The last *count* years up to a year."""
    return tuple(range(year - count + 1, year + 1))


def existing(units: Iterable[PowerUnit], year: int) -> tuple[PowerUnit, ...]:
    """The units that were commissioned in a year or before it."""
    return tuple(unit for unit in units if unit.commissioned.year <= year)


def span(years: tuple[int, ...]) -> str:
    """Years in words, e.g. ``2021 to 2023``."""
    return str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"


def percent(share: Fraction) -> str:
    """A share in percent, rounded to 4 places, for a message."""
    return f"{text_of(Rounding('half-even', places=4).apply(share * 100))}%"
