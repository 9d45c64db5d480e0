"""The lowest and the highest hourly load of a system in a year."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Self

from attrs import field, frozen

from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.factors.record import CONFIDENCES
from carbon_ledger.methodologies.lines import Line
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.methodologies.tool07.load_curve import checked_hours
from carbon_ledger.methodologies.tool07.records import checked_text
from carbon_ledger.methodologies.tool07.trace import given
from carbon_ledger.printing import quote
from carbon_ledger.units import power_w


def _lowest(value: object) -> int:
    return power_w(value, "lowest annual system load")


def _highest(value: object) -> int:
    return power_w(value, "highest annual system load")


@frozen(kw_only=True)
class AnnualLoad:
    """The lowest and the highest hourly load of an electricity system in a calendar year.

    Args:
        lowest: The lowest annual system load, LASL: the smallest hourly load of the year. [power; MW, ...]
        highest: The highest annual system load, HASL: the largest hourly load of the year. [power; MW, ...]
        source: Where the two numbers are stated.
        confidence: P, S, C or M, or ``None`` if it is not stated.

    Raises:
        QuantityError: A load is negative, *lowest* is above *highest*, the highest load is 0, or the source is blank.
        InexactNumberError: A load is a float, or finer than 1 W.
        UnknownUnitError: The unit of a load is not on the list of spellings.
        UnitMismatchError: A load is not a power.

    Source:
        TOOL07 v7.0, paragraph 10(l) and (m). [P]

    Example:
        >>> AnnualLoad(lowest="40 MW", highest="100 MW", source="dispatch centre, yearbook").lowest_w
        40000000
    """

    lowest_w: int = field(alias="lowest", converter=_lowest)
    highest_w: int = field(alias="highest", converter=_highest)
    source: str
    confidence: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse loads that cannot be the lowest and the highest of a year."""
        checked_text(self.source, "source of the annual load")
        if self.confidence not in (None, *CONFIDENCES):
            raise QuantityError(f"annual load: confidence {quote(self.confidence)}, expected one of P, S, C, M")
        if not 0 <= self.lowest_w <= self.highest_w or not self.highest_w:
            raise QuantityError(
                f"annual load: lowest {self.lowest_w} W and highest {self.highest_w} W, expected 0 W or more, and a "
                "highest load that is above 0 W and not below the lowest"
            )

    @classmethod
    def of_hours(cls, hourly_load_wh: Sequence[int], source: str) -> Self:
        """The lowest and the highest of the hourly loads of a year.

        Args:
            hourly_load_wh: Load of each hour of the year, in any order. [Wh, 8760 or 8784 integers]
            source: Where the loads are stated.

        Raises:
            QuantityError: The load does not cover all hours of a year, or a number is negative or is not an integer.

        Example:
            >>> AnnualLoad.of_hours([100] * 4380 + [300] * 4380, "meter").highest_w
            300
        """
        hours = checked_hours(hourly_load_wh)
        return cls(lowest=f"{min(hours)} W", highest=f"{max(hours)} W", source=source)

    @property
    def ratio(self) -> Fraction:
        """The lowest load divided by the highest load."""
        return Fraction(self.lowest_w, self.highest_w)


def lowest_line(load: AnnualLoad, year: int) -> Line:
    """The line of the lowest load of a year."""
    name = f"lowest annual system load of {year}"
    return given(f"LASL[{year}]", name, millionths(load.lowest_w), "MW", load.source, load.confidence)


def highest_line(load: AnnualLoad, year: int) -> Line:
    """The line of the highest load of a year."""
    name = f"highest annual system load of {year}"
    return given(f"HASL[{year}]", name, millionths(load.highest_w), "MW", load.source, load.confidence)


def loads_of(loads: Mapping[int, AnnualLoad], years: Iterable[int], what: str) -> dict[int, AnnualLoad]:
    """The loads of the years.

    Raises:
        MissingDataError: A year has no load.
        QuantityError: *loads* are not loads by year, or a load is not an `AnnualLoad`.
    """
    if not isinstance(loads, Mapping):
        raise QuantityError(
            f"{what}: loads {quote(loads)}, expected an AnnualLoad by year, e.g. {{2023: AnnualLoad(...)}}"
        )
    chosen = tuple(years)
    if missing := [year for year in chosen if year not in loads]:
        raise MissingDataError(f"{what}: loads has no load of {missing}; give an AnnualLoad for each year")
    if wrong := [year for year in chosen if not isinstance(loads[year], AnnualLoad)]:
        raise QuantityError(f"{what}: loads of {wrong}, expected AnnualLoad")
    return {year: loads[year] for year in chosen}
