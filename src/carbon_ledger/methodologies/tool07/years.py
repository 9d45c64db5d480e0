"""Years of data: how many a rule asks for, and the units that existed in a year."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from carbon_ledger.errors import MethodologyError
from carbon_ledger.exact import Rounding, text_of
from carbon_ledger.methodologies.tool07.records import PowerUnit, checked_items, checked_year

SHARE_YEARS: Final = 5
LOAD_YEARS: Final = 3


def consecutive(years: Iterable[int], count: int, what: str) -> tuple[int, ...]:
    """The years that were passed, in order.

    Raises:
        MethodologyError: The years are not *count* consecutive years.
        QuantityError: A year is invalid.
    """
    chosen = tuple(sorted(checked_year(year, f"{what}: year") for year in checked_items(years, f"{what}: years")))
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
