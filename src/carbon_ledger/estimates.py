"""Estimates: the generation and the units that a project expected beforehand, and their share of a period."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from attrs import field, frozen

from carbon_ledger.errors import PeriodError, QuantityError
from carbon_ledger.exact import Rounding, arithmetic, checked_decimal, plain, text_of
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.periods.zones import Zone, day_start_utc, local_time
from carbon_ledger.printing import one_of, quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.texts import text
from carbon_ledger.units import energy_wh

# By how many days the figure of a month or a year is divided.
DAY_BASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "calendar-days": "days of the period / days of the calendar month or year",
        "365-days": "days of the period / days of the calendar month, or / 365 in every year",
        "crediting-days": "days of the period / days of the month or year inside the crediting period",
    }
)
ENERGY_ROUNDING: Final = Rounding("floor", places=0)
UNITS_ROUNDING: Final = Rounding("floor", places=6)

_MONTH: Final = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])")
_PLAIN: Final = re.compile(r"[-+]?[0-9.]+", re.ASCII)
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9997  # the days after the last year are still in the calendar

Months = tuple[tuple[str, int], ...]
Years = tuple[tuple[int, Decimal], ...]
_Span = tuple[date, date]
_Days = tuple[Fraction, Fraction]


def _items(value: object, name: str, example: str) -> Iterable[tuple[object, object]]:
    """The figures of a mapping; `attrs.evolve` passes the pairs of the estimate that it copies."""
    if value is None:
        return ()
    if isinstance(value, tuple) and all(isinstance(item, tuple) and len(item) == 2 for item in value):
        return value
    if not isinstance(value, Mapping):
        raise QuantityError(f"estimate: {name} {quote(value)}, expected figures by {name[:-2]}, e.g. {example}")
    return tuple(value.items())


def _months(value: object) -> Months:
    found = {}
    pairs = isinstance(value, tuple)
    for month, energy in _items(value, "monthly", '{"2024-05": "5200 MWh"}'):
        match = _MONTH.fullmatch(month) if isinstance(month, str) else None
        if match is None or not _FIRST_YEAR <= int(match["year"]) <= _LAST_YEAR:
            raise QuantityError(f'estimate of {quote(month)}: expected a calendar month as text, e.g. "2024-05"')
        wh = energy_wh(f"{energy} Wh" if pairs and type(energy) is int else energy, f"estimate of {month}")
        if wh < 0:
            raise QuantityError(f"estimate of {month}: {wh} Wh, expected 0 or more")
        found[match[0]] = wh
    return tuple(sorted(found.items()))


def _years(value: object) -> Years:
    found = {}
    for year, units in _items(value, "yearly", '{2024: "18000"}'):
        if type(year) is not int or not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise QuantityError(f"estimate of {quote(year)}: expected a calendar year such as 2024")
        if isinstance(units, str) and not _PLAIN.fullmatch(units):
            raise QuantityError(
                f"estimate of {year}: {quote(units)}, expected units of the instrument as a plain decimal number "
                'without a unit, e.g. "18000"'
            )
        amount = plain(checked_decimal(units, f"estimate of {year}"))
        if amount < 0:
            raise QuantityError(f"estimate of {year}: {text_of(amount)}, expected 0 or more")
        found[year] = amount
    return tuple(sorted(found.items()))


@frozen(kw_only=True, repr=False)
class Share(Record):
    """The part of an estimate that falls into a period.

    Attributes:
        exact: The sum of the parts of each month or year, before it is rounded. [Wh, or units]
        days: Days of the period that have an estimate. A day of which the period has a part counts by its seconds.
        all_days: All days of the period.
    """

    _derived = ("complete",)

    exact: Fraction
    days: Fraction
    all_days: Fraction

    @property
    def complete(self) -> bool:
        """Whether the estimate has a figure for every day of the period."""
        return self.days == self.all_days


@frozen(kw_only=True, repr=False)
class Estimate(Record):
    """What a project expected before it began: generation by month, units by year, and where that is written.

    The figures are compared with what was generated and issued. They change no amount but one: the credits of a year in
    which a small-scale project is beyond the limit of its methodology are at most *yearly*.

    Args:
        monthly: Expected net generation of the whole project in each calendar month of its zone.
            [energy by month, ``{"2024-05": "5200 MWh"}``]
        yearly: Expected units of the project's instrument in each calendar year of its zone.
            [tCO2e for credits, MWh or Wh for certificates; by year, ``{2024: "18000"}``]
        source: The document that has the figures, and the place in it.
        day_basis: How a figure is divided if a period has a part of its month or year. ``calendar-days``: by the
            days of the calendar month or year. ``365-days``: the same, but by 365 in every year. ``crediting-days``: by
            the days that lie inside the crediting period, for a table whose first and last years are parts of a year.

    Raises:
        QuantityError: There is no figure, a figure is below 0 or not of a calendar month or year, or another field is
            not what is listed here.
        UnitMismatchError: A figure of *monthly* is not an energy.
        UnknownUnitError: A unit is not on the list of spellings.
        InexactNumberError: A number is a float, or an energy is finer than 1 Wh.

    Source:
        Forms of monitoring reports compare the reductions of a period with the estimate of the design document for the
        same days. [M] Published practice divides by different days, so that the day basis is named: domain section 4.

    Example:
        >>> Estimate(yearly={2024: "18000"}, source="PDD v3, table B.6.4", day_basis="calendar-days").yearly_units
        ((2024, Decimal('18000')),)
    """

    monthly_wh: Months = field(default=None, alias="monthly", converter=_months)
    yearly_units: Years = field(default=None, alias="yearly", converter=_years)
    source: str
    day_basis: str

    def __attrs_post_init__(self) -> None:
        """Refuse an estimate without figures, without a source, or with an unknown day basis."""
        if not (self.monthly_wh or self.yearly_units):
            raise QuantityError("estimate: expected monthly=, yearly= or both, each with one figure or more")
        text(self.source, "estimate: source")
        if not isinstance(self.day_basis, str) or self.day_basis not in DAY_BASES:
            raise QuantityError(
                f"estimate: day_basis {quote(self.day_basis)}, expected {one_of(self.day_basis, DAY_BASES)}"
            )

    def energy(self, period: Period, zone: Zone, crediting: Period | None = None) -> Share:
        """The part of the monthly figures that falls into a period. [Wh]

        Args:
            period: The period.
            zone: The project's zone, or the rules of that zone: its local days count.
            crediting: The project's crediting period; required with ``crediting-days``.

        Raises:
            PeriodError: The day basis is ``crediting-days``, and there is no crediting period.

        Example:
            >>> expected = Estimate(monthly={"2024-04": "30 MWh"}, source="PDD", day_basis="calendar-days")
            >>> share = expected.energy(Period.of("2024-04-10", "2024-04-12", zone="UTC"), "UTC")
            >>> int(share.exact), int(share.days), share.complete
            (2000000, 2, True)
        """
        figures = [(_month_span(month), Fraction(wh)) for month, wh in self.monthly_wh]
        return self._share(figures, period, zone, crediting)

    def units(self, period: Period, zone: Zone, crediting: Period | None = None) -> Share:
        """The part of the yearly figures that falls into a period. [units]

        Args:
            period: The period.
            zone: The project's zone, or the rules of that zone: its local days count.
            crediting: The project's crediting period; required with ``crediting-days``.

        Raises:
            PeriodError: The day basis is ``crediting-days``, and there is no crediting period.

        Example:
            >>> expected = Estimate(yearly={2024: "366"}, source="PDD", day_basis="calendar-days")
            >>> expected.units(Period.of("2024-04-10", "2024-04-12", zone="UTC"), "UTC").exact
            Fraction(2, 1)
        """
        figures = [((date(year, 1, 1), date(year + 1, 1, 1)), Fraction(units)) for year, units in self.yearly_units]
        return self._share(figures, period, zone, crediting, 365 if self.day_basis == "365-days" else None)

    def _share(
        self,
        figures: Iterable[tuple[_Span, Fraction]],
        period: Period,
        zone: Zone,
        crediting: Period | None,
        year_days: int | None = None,
    ) -> Share:
        """The part of figures that falls into a period; each is divided by its days, or by *year_days*."""
        bounds = None
        if self.day_basis == "crediting-days":
            if crediting is None:
                raise PeriodError("estimate: day_basis 'crediting-days' needs a project with a crediting period")
            bounds = _in_days(checked_period(crediting, "crediting"), zone)
        inside = _in_days(checked_period(period, "period"), zone)
        exact = days = Fraction(0)
        for (first, following), figure in figures:
            whole = Fraction(first.toordinal()), Fraction(following.toordinal())
            if bounds is not None:
                whole = max(whole[0], bounds[0]), min(whole[1], bounds[1])
            share = min(whole[1], inside[1]) - max(whole[0], inside[0])
            if share > 0:
                days += share
                exact += figure * share / (year_days or whole[1] - whole[0])
        return Share(exact=exact, days=days, all_days=inside[1] - inside[0])

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        record: dict[str, Any] = {"source": self.source, "day_basis": self.day_basis}
        if self.monthly_wh:
            record["monthly_wh"] = dict(self.monthly_wh)
        if self.yearly_units:
            record["yearly_units"] = {str(year): text_of(units) for year, units in self.yearly_units}
        return record

    @classmethod
    @reads_record("an estimate")
    def from_record(cls, record: Mapping[str, Any]) -> "Estimate":
        """The estimate that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        fields = dict(record)
        if "monthly_wh" in fields:
            fields["monthly"] = {month: f"{wh} Wh" for month, wh in fields.pop("monthly_wh").items()}
        if "yearly_units" in fields:
            fields["yearly"] = {int(year): units for year, units in fields.pop("yearly_units").items()}
        return cls(**fields)


@frozen(kw_only=True, repr=False)
class Comparison(Record):
    """What a period generated, or its amount, beside what was expected of the same days.

    Attributes:
        what: ``generation`` or ``amount``.
        unit: The unit of both numbers.
        expected: The part of the estimate that falls into the period, rounded down once: energy to whole Wh, units to
            6 places. [*unit*]
        actual: What the ledger has. [*unit*]
        days: Days of the period that have an estimate.
        all_days: All days of the period.
        day_basis: How figures are divided; see `Estimate`.
        source: Where the estimate is written.
    """

    _in_repr = ("what", "expected", "actual", "unit")
    _derived = ("difference", "complete")

    what: str
    unit: str
    expected: Decimal
    actual: Decimal
    days: Fraction
    all_days: Fraction
    day_basis: str
    source: str

    @property
    def difference(self) -> Decimal:
        """Actual minus expected. [*unit*]"""
        with arithmetic():
            return plain(self.actual - self.expected)

    @property
    def complete(self) -> bool:
        """Whether every day of the period has an estimate. The difference means little if that is not so."""
        return self.days == self.all_days

    @property
    def days_text(self) -> str:
        """The days that have an estimate, and all days of the period, in words."""
        days, all_days = (text_of(Rounding("half-even", places=4).apply(item)) for item in (self.days, self.all_days))
        return f"{days} of {all_days} days"


def compare(
    estimate: Estimate | None,
    period: Period,
    zone: Zone,
    crediting: Period | None,
    *,
    net_wh: int,
    amount: Decimal,
    unit: str,
) -> tuple[Comparison, ...]:
    """A comparison of the energy if the estimate has monthly figures, and of the amount if it has yearly figures.

    Args:
        estimate: The project's estimate, or None, which gives no comparison.
        period: The period.
        zone: The project's zone, or the rules of that zone.
        crediting: The project's crediting period, if it has one.
        net_wh: The net energy of the period. [Wh]
        amount: The amount of the period. [*unit*]
        unit: The unit of the amount.
    """
    if estimate is None:
        return ()
    found = []
    for what, of_what, share, actual, rounding in (
        ("generation", "Wh", estimate.energy(period, zone, crediting), Decimal(net_wh), ENERGY_ROUNDING),
        ("amount", unit, estimate.units(period, zone, crediting), amount, UNITS_ROUNDING),
    ):
        if estimate.monthly_wh if what == "generation" else estimate.yearly_units:
            found.append(
                Comparison(
                    what=what,
                    unit=of_what,
                    expected=plain(rounding.apply(share.exact)),
                    actual=actual,
                    days=share.days,
                    all_days=share.all_days,
                    day_basis=estimate.day_basis,
                    source=estimate.source,
                )
            )
    return tuple(found)


def _month_span(month: str) -> _Span:
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)


def _in_days(period: Period, zone: Zone) -> _Days:
    """A period in days since the year 1: each end is its local date, plus the part of the day that has passed."""
    return _day_of(period.start_utc, zone), _day_of(period.end_utc, zone)


def _day_of(instant_utc: int, zone: Zone) -> Fraction:
    day = local_time(instant_utc, zone).date()
    start, end = day_start_utc(day, zone), day_start_utc(day + timedelta(days=1), zone)
    return day.toordinal() + Fraction(instant_utc - start, end - start)
