"""Estimates: figures that are exact, of calendar months and years, and divided by the days that are named."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import carbon_ledger as cl
from carbon_ledger.canonical import dumps
from carbon_ledger.errors import (
    CarbonLedgerError,
    InexactNumberError,
    PeriodError,
    QuantityError,
    UnitMismatchError,
    UnknownUnitError,
)
from carbon_ledger.estimates import DAY_BASES

BAKU, LONDON = "Asia/Baku", "Europe/London"


def estimate(**more: Any) -> cl.Estimate:
    fields: dict[str, Any] = {
        "monthly": {"2024-05": "31 MWh", "2024-04": "30 MWh"},
        "yearly": {2025: "365.25", 2024: 366},
        "source": "PDD v3, table B.6.4",
        "day_basis": "calendar-days",
    }
    return cl.Estimate(**(fields | more))


def project(**more: Any) -> cl.Project:
    fields: dict[str, Any] = {
        "id": "p",
        "instrument": "GCC-ACC",
        "zone": BAKU,
        "devices": ("plant",),
        "methodology": "ACM0002@22.0",
        "baseline": "greenfield",
        "crediting_period": cl.Period.years("2024-03-01", 7, zone=BAKU),
        "estimate": estimate(),
    }
    return cl.Project(**(fields | more))


def test_figures_are_exact_and_sorted() -> None:
    made = estimate()
    assert made.monthly_wh == (("2024-04", 30_000_000), ("2024-05", 31_000_000))
    assert made.yearly_units == ((2024, Decimal(366)), (2025, Decimal("365.25")))
    assert evolve(made, source="another").monthly_wh == made.monthly_wh
    assert evolve(made, source="another").yearly_units == made.yearly_units


def test_the_record_is_read_back_and_is_short() -> None:
    record = project().to_record()["estimate"]
    assert record == {
        "source": "PDD v3, table B.6.4",
        "day_basis": "calendar-days",
        "monthly_wh": {"2024-04": 30_000_000, "2024-05": 31_000_000},
        "yearly_units": {"2024": "366", "2025": "365.25"},
    }
    assert dumps(record)
    assert cl.Estimate.from_record(record) == estimate()
    assert cl.Project.from_record(project().to_record()) == project()
    assert set(estimate(monthly=None).to_record()) == {"source", "day_basis", "yearly_units"}
    assert set(estimate(yearly={}).to_record()) == {"source", "day_basis", "monthly_wh"}
    assert "estimate" not in project(estimate=None).to_record()


@pytest.mark.parametrize(
    ("change", "error", "named"),
    [
        ({"monthly": None, "yearly": None}, QuantityError, "monthly=, yearly= or both"),
        ({"monthly": {"2024-13": "1 MWh"}}, QuantityError, "calendar month as text"),
        ({"monthly": {"2024-5": "1 MWh"}}, QuantityError, "calendar month as text"),
        ({"monthly": {"9998-12": "1 MWh"}}, QuantityError, "calendar month as text"),
        ({"monthly": {5: "1 MWh"}}, QuantityError, "calendar month as text"),
        ({"monthly": {"2024-05": "-1 MWh"}}, QuantityError, "expected 0 or more"),
        ({"monthly": {"2024-05": 5200}}, UnitMismatchError, "no unit"),
        ({"monthly": {"2024-05": "5 kWj"}}, UnknownUnitError, "estimate of 2024-05"),
        ({"monthly": {"2024-05": 5.2}}, InexactNumberError, "float"),
        ({"monthly": [("2024-05", "1 MWh")]}, QuantityError, "figures by month"),
        ({"yearly": {"2024": "1"}}, QuantityError, "calendar year such as 2024"),
        ({"yearly": {True: "1"}}, QuantityError, "calendar year such as 2024"),
        ({"yearly": {9998: "1"}}, QuantityError, "calendar year such as 2024"),
        ({"yearly": {2024: "-1"}}, QuantityError, "expected 0 or more"),
        ({"yearly": {2024: 0.5}}, InexactNumberError, "float"),
        ({"yearly": {2024: "1 tCO2e"}}, QuantityError, "plain decimal"),
        ({"yearly": 2024}, QuantityError, "figures by year"),
        ({"source": ""}, QuantityError, "source"),
        ({"day_basis": "days"}, QuantityError, "expected one of calendar-days, 365-days, crediting-days"),
        ({"day_basis": ["365-days"]}, QuantityError, "expected one of"),
    ],
)
def test_what_is_no_estimate(change: dict[str, Any], error: type[CarbonLedgerError], named: str) -> None:
    with pytest.raises(error, match=named):
        estimate(**change)


def test_a_project_takes_an_estimate_and_nothing_else() -> None:
    with pytest.raises(QuantityError, match="expected an Estimate"):
        project(estimate={2024: "1"})
    with pytest.raises(QuantityError, match="has no crediting period"):
        cl.Project(
            id="e", instrument="I-REC-E", zone=BAKU, devices=("plant",), estimate=estimate(day_basis="crediting-days")
        )


def test_a_period_takes_the_days_that_it_has() -> None:
    period = cl.Period.of("2024-04-21", "2024-05-11", zone=BAKU)
    share = estimate().energy(period, BAKU)
    assert (share.exact, share.days, share.all_days, share.complete) == (20_000_000, 20, 20, True)
    whole = cl.Period.of("2024-12-01", "2025-02-01", zone=BAKU)
    assert estimate().units(whole, BAKU).exact == 31 + 31 * Fraction(36_525, 36_500)


def test_days_without_a_figure_are_named_and_never_made_up() -> None:
    period = cl.Period.of("2024-03-22", "2024-05-01", zone=BAKU)
    share = estimate().energy(period, BAKU)
    assert (share.exact, share.days, share.all_days, share.complete) == (30_000_000, 30, 40, False)
    nothing = estimate(yearly={2030: 1}).units(period, BAKU)
    assert (nothing.exact, nothing.days, nothing.complete) == (0, 0, False)


def test_a_day_is_a_day_whatever_hours_it_has() -> None:
    """29 March 2026 has 23 hours in London; half of it is half a day."""
    made = estimate(monthly={"2026-03": "31 MWh"})
    assert made.energy(cl.Period.day("2026-03-29", zone=LONDON), LONDON).exact == 1_000_000
    half = cl.Period.of("2026-03-29T00:00Z", "2026-03-29T11:30Z")
    assert made.energy(half, LONDON).exact == 500_000
    assert made.energy(half, LONDON).days == Fraction(1, 2)


def test_365_days_hold_in_leap_years_too() -> None:
    """366 days of a leap year then have more than the year's figure: that is what the name says."""
    year = cl.Period.year(2024, zone=BAKU)
    assert estimate(day_basis="365-days").units(year, BAKU).exact == Fraction(366 * 366, 365)
    assert estimate().units(year, BAKU).exact == 366
    april = cl.Period.month(2024, 4, zone=BAKU)
    assert estimate(day_basis="365-days").energy(april, BAKU).exact == 30_000_000


def test_a_figure_of_a_part_of_a_year_is_divided_by_that_part() -> None:
    """A table whose first year begins with the crediting period, 306 days before the year ends."""
    made = estimate(day_basis="crediting-days", yearly={2024: "306"})
    crediting = cl.Period.years("2024-03-01", 7, zone=BAKU)
    assert made.units(cl.Period.of("2024-03-01", "2024-03-11", zone=BAKU), BAKU, crediting).exact == 10
    before = made.units(cl.Period.of("2024-02-01", "2024-03-11", zone=BAKU), BAKU, crediting)
    assert (before.exact, before.days, before.complete) == (10, 10, False)
    with pytest.raises(PeriodError, match="needs a project with a crediting period"):
        made.units(cl.Period.year(2024, zone=BAKU), BAKU)


@given(
    st.dates(date(2023, 1, 1), date(2026, 12, 31)),
    st.integers(1, 900),
    st.sampled_from(sorted(DAY_BASES)),
    st.sampled_from((BAKU, LONDON, "America/Havana")),
    st.lists(st.integers(0, 10**12), min_size=4, max_size=4),
)
def test_shares_are_those_of_counting_days(first: date, count: int, basis: str, zone: str, figures: list[int]) -> None:
    """Day by day, each with its own part of its year's figure and of its month's."""
    by_year = dict(zip(range(2024, 2028), figures, strict=True))
    by_month = {f"{year}-{month:02}": figures[month % 4] for year in by_year for month in range(1, 13)}
    made = cl.Estimate(
        monthly={month: f"{wh} Wh" for month, wh in by_month.items()}, yearly=by_year, source="s", day_basis=basis
    )
    crediting = cl.Period.years("2024-03-01", 3, zone=zone)
    credited = {date(2024, 3, 1) + timedelta(days=k) for k in range((date(2027, 3, 1) - date(2024, 3, 1)).days)}
    calendar = [date(2022, 1, 1) + timedelta(days=k) for k in range(4000)]
    if basis == "crediting-days":
        calendar = [day for day in calendar if day in credited]
    known = set(calendar)
    in_year = Counter(day.year for day in calendar)
    in_month = Counter(f"{day:%Y-%m}" for day in calendar)
    days = [first + timedelta(days=k) for k in range(count)]
    units = sum(
        (Fraction(by_year[day.year], 365 if basis == "365-days" else in_year[day.year]))
        for day in days
        if day in known and day.year in by_year
    )
    energy = sum(
        Fraction(by_month[f"{day:%Y-%m}"], in_month[f"{day:%Y-%m}"])
        for day in days
        if day in known and day.year in by_year
    )
    period = cl.Period.of(first, first + timedelta(days=count), zone=zone)
    found = made.units(period, zone, crediting), made.energy(period, zone, crediting)
    assert [share.exact for share in found] == [units, energy]
    having = sum(day in known and day.year in by_year for day in days)
    assert [(share.days, share.all_days) for share in found] == [(having, count)] * 2
