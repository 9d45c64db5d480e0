"""Programmes: how long a crediting period may be, how often it may be renewed, and when it has to begin.

The programme of a project follows from its instrument. A user's own instrument belongs to no programme that is known
here, and nothing is checked for it. Every rule is a row of data with its source; a rule that no source states is left
out. A rule that is added later has a day from which it holds, so that it judges no older project.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from attrs import frozen
from dateutil.relativedelta import relativedelta

from carbon_ledger.periods import Period, day_start_utc
from carbon_ledger.periods.zones import Zone, local_time
from carbon_ledger.records import Record

_LAST_DAY: Final = date(9998, 12, 31)
_DAY_S: Final = 86_400
_LONGEST_YEAR_S: Final = 366 * _DAY_S


@frozen(kw_only=True, repr=False)
class CreditingRule(Record):
    """A programme's rule about crediting periods.

    Attributes:
        years: The most years of a crediting period.
        periods: The most crediting periods of a project, the first one included.
        fixed_years: The most years of a single crediting period that is not renewed, if that is more than *years*.
        begins_within_years: Years after the commissioning of the first device of a new plant within which the crediting
            period has to begin; by default, it may begin at any time.
        since: First day on which the rule holds for a project that is registered or renewed; by default, it always did.
        source: The document, and where its rule was read.
        confidence: P (published page), S (secondary), C (computed here) or M (memory).
    """

    years: int
    periods: int
    fixed_years: int | None = None
    begins_within_years: int | None = None
    since: date | None = None
    source: str
    confidence: str

    @property
    def place(self) -> str:
        """The source with its confidence, as messages name them."""
        return f"{self.source}; {self.confidence}"

    @property
    def years_in_all(self) -> int:
        """The most years of all crediting periods of a project together."""
        return max(self.years * self.periods, self.fixed_years or 0)

    def most_years(self, ordinal: int) -> int:
        """The most years of the crediting period with this ordinal."""
        return max(self.years, self.fixed_years or 0) if ordinal == 1 else self.years


@frozen(kw_only=True, repr=False)
class Programme(Record):
    """A crediting programme, and its rules about crediting periods.

    Attributes:
        instrument: The id of the instrument that the programme issues.
        name: The programme's name.
        crediting: Its rules, by ascending *since*. The last one that holds on a day replaces the others.
    """

    instrument: str
    name: str
    crediting: tuple[CreditingRule, ...]

    def crediting_on(self, day: date) -> CreditingRule | None:
        """The rule for a project that is registered or renewed on a day, or ``None`` if no source states one.

        Example:
            >>> [PROGRAMMES["VCS-VCU"].crediting_on(date(year, 1, 1)) is None for year in (2026, 2027)]
            [True, False]
        """
        held = [rule for rule in self.crediting if rule.since is None or rule.since <= day]
        return held[-1] if held else None


_CATALOGUE: Final = (
    Programme(
        instrument="CDM-CER",
        name="CDM",
        crediting=(
            CreditingRule(
                years=7,
                periods=3,
                fixed_years=10,
                source="rules of the CDM on crediting periods",
                confidence="S",
            ),
        ),
    ),
    Programme(
        instrument="GCC-ACC",
        name="Global Carbon Council",
        crediting=(
            CreditingRule(
                years=10,
                periods=1,
                begins_within_years=1,
                source="GCC Project Standard v3.1, paragraphs 38 to 40",
                confidence="S",
            ),
        ),
    ),
    Programme(
        instrument="VCS-VCU",
        name="Verra VCS",
        crediting=(
            CreditingRule(
                years=5,
                periods=3,
                since=date(2027, 1, 1),
                source="VCS Standard v5.0, table 8, energy industries",
                confidence="S",
            ),
        ),
    ),
    Programme(
        instrument="GS-VER",
        name="Gold Standard",
        crediting=(
            CreditingRule(
                years=5,
                periods=3,
                since=date(2018, 3, 1),
                source="GS4GG renewable energy requirements, as SustainCERT explains them",
                confidence="S",
            ),
        ),
    ),
)

PROGRAMMES: Final[Mapping[str, Programme]] = MappingProxyType({item.instrument: item for item in _CATALOGUE})


def end_of_years_utc(start_utc: int, years: int, zone: Zone) -> int:
    """The instant at which a crediting period of so many local years ends. [s since 1970-01-01 UTC]

    A year that is after the calendar's last one counts as that one, because no period ends later.

    Args:
        start_utc: The first second of the period. [s since 1970-01-01 UTC]
        years: The number of years.
        zone: The project's zone, or the rules of that zone, in whose calendar the years are counted.

    Example:
        >>> end_of_years_utc(1_704_067_200, 1, "UTC") - 1_704_067_200  # 2024, a leap year
        31622400
    """
    first = local_time(start_utc, zone).date()
    into_day_s = start_utc - day_start_utc(first, zone)
    return day_start_utc(_years_after(first, years), zone) + into_day_s


def _years_after(day: date, years: int) -> date:
    """The same day some years later; of a year after the last one of the calendar, the last day before it."""
    return _LAST_DAY if day.year + years > _LAST_DAY.year else day + relativedelta(years=years)


def last_end_utc(start_utc: int, years: int, zone: Zone) -> int:
    """The last instant at which a crediting period of at most so many years may end. [s since 1970-01-01 UTC]

    Args:
        start_utc: The first second of the period. [s since 1970-01-01 UTC]
        years: The number of years.
        zone: The project's zone, or the rules of that zone.
    """
    end_utc = end_of_years_utc(start_utc, years, zone)
    if start_utc % _DAY_S == 0:  # by UTC days: summer time may begin on another day after whole years
        end_utc = max(end_utc, end_of_years_utc(start_utc, years, "UTC"))
    return end_utc


def years_of(period: Period, zone: Zone) -> Fraction:
    """How many years a crediting period lasts: whole local years, and the rest as a part of the longest year. [C]

    Args:
        period: The crediting period.
        zone: The project's zone, or the rules of that zone, in whose calendar the years are counted.

    Example:
        >>> years_of(Period.of("2024-01-01", "2031-01-02", zone="Asia/Baku"), "Asia/Baku")
        Fraction(2563, 366)
    """
    first, last = (local_time(utc, zone).year for utc in (period.start_utc, period.end_utc))
    whole = last - first
    if end_of_years_utc(period.start_utc, whole, zone) > period.end_utc:
        whole -= 1
    rest_s = max(0, period.end_utc - last_end_utc(period.start_utc, whole, zone))
    return whole + Fraction(rest_s, _LONGEST_YEAR_S)


def crediting_faults(
    rule: CreditingRule, period: Period, ordinal: int, zone: Zone, first_commissioned: date | None
) -> Iterator[str]:
    """What a programme's rule does not admit about a crediting period, with what it expects; nothing if it admits all.

    Args:
        rule: The rule.
        period: The crediting period.
        ordinal: 1 for the first crediting period, 2 for the first renewal, and so on.
        zone: The project's zone, or the rules of that zone.
        first_commissioned: The local day on which the first device of a new plant was commissioned, if one was.
    """
    if ordinal > rule.periods:
        most = (
            "one crediting period, which is not renewed" if rule.periods == 1 else f"{rule.periods} crediting periods"
        )
        yield f"crediting_period_ordinal is {ordinal}, but a project has at most {most}"
    years = rule.most_years(ordinal)
    end_utc = last_end_utc(period.start_utc, years, zone)
    if period.end_utc > end_utc:
        limit = local_time(end_utc, zone).date()
        yield f"it is longer than {years} years, so it has to end on {limit} at the latest"
    within = rule.begins_within_years
    if within is not None and first_commissioned is not None and ordinal == 1:
        last = _years_after(first_commissioned, within)
        if local_time(period.start_utc, zone).date() > last:
            yield (
                f"its first device was commissioned on {first_commissioned}, so it has to begin on {last} at the latest"
            )
