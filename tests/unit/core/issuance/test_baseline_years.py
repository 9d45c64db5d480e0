"""A history that is subtracted from years of the crediting period, and not from calendar years."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in
from tests.support.metered_project import factor

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.issuance.baseline_years import baseline_span, crediting_year

BAKU = "Asia/Baku"
HISTORY = {2018: "38200 MWh", 2019: "41500 MWh", 2020: "36900 MWh", 2021: "40100 MWh", 2022: "39300 MWh"}
ABOVE = 48_000 - Decimal("40960.681687")
AUTUMN, SPRING, NEXT = (
    cl.Period.of(*days, zone=BAKU)
    for days in (("2023-07-01", "2024-01-01"), ("2024-01-01", "2024-07-01"), ("2024-07-01", "2025-01-01"))
)
ONE = factor(value="1")
GIVEN: dict[str, Any] = {"to": "op", "factor": ONE, "waivers": [cl.Waiver("methodology-text", "compared")]}


def mill(**more: Any) -> cl.Project:
    fields: dict[str, Any] = {
        "id": "p",
        "instrument": "CDM-CER",
        "zone": BAKU,
        "devices": ("mill",),
        "methodology": "ACM0002@22.0",
        "baseline": "retrofit",
        "baseline_year": "crediting",
        "crediting_period": cl.Period.years("2023-07-01", 7, zone=BAKU),
        "history": HISTORY,
        "replaced_on": "2031-07-01",
    }
    return cl.Project(**(fields | more))


@pytest.fixture
def metered(ledger: cl.Ledger) -> cl.Ledger:
    """A retrofitted plant that is credited from July on, with 24,000 MWh in each half-year."""
    ledger.register_device(device("mill", capacity="12 MW", capacity_before="9 MW", commissioned="2000-01-01"))
    ledger.register_project(mill())
    for period in (AUTUMN, SPRING, NEXT):
        ledger.record_generation("mill", period, net="24000 MWh")
    return ledger


def amounts(ledger: cl.Ledger) -> list[tuple[int, Decimal]]:
    return [pair for item in ledger.issuances("p") for pair in item.amounts]


@pytest.mark.parametrize("order", [(AUTUMN, SPRING), (SPRING, AUTUMN)])
def test_a_crediting_year_has_one_baseline(metered: cl.Ledger, order: tuple[cl.Period, ...]) -> None:
    """ACM0002 v22, equation (14): a baseline of a year; here, of 12 months from July on. [S]"""
    for period in order:
        metered.issue("p", period, **GIVEN)
    assert [amount for _, amount in amounts(metered)] == [0, ABOVE]
    assert metered.audit().findings == ()


def test_by_calendar_years_the_same_plant_has_less(metered: cl.Ledger) -> None:
    """Two halves of two calendar years are below the baseline of a whole year each."""
    metered.register_project(mill(id="calendar", baseline_year="calendar"))
    both = cl.Period.of("2023-07-01", "2024-07-01", zone=BAKU)
    assert metered.quantify("calendar", both, factor=ONE).amounts == ((2023, 0), (2024, 0))
    result = metered.quantify("p", both, factor=ONE)
    assert result.amounts == ((2023, 0), (2024, ABOVE))  # what the older vintage generated comes first
    assert "crediting year 2023-07-01" in result.line("EG_before[2024]").name
    assert result.line("EG_before[2024]").value == 24_000
    assert "the baseline of the whole crediting year comes first" in result.line("EG[2024]").name
    calendar = metered.quantify("calendar", both, factor=ONE)
    assert "the whole calendar year's baseline comes first" in calendar.line("EG[2024]").name


def test_by_calendar_years_only_the_same_vintage_was_claimed_before(metered: cl.Ledger) -> None:
    metered.register_project(mill(id="calendar", baseline_year="calendar"))
    metered.issue("calendar", cl.Period.of("2023-07-01", "2024-07-01", zone=BAKU), **GIVEN)
    result = metered.quantify("calendar", NEXT, factor=ONE)
    assert (result.line("EG_before[2024]").value, result.amount) == (24_000, ABOVE)


def test_the_next_crediting_year_begins_anew(metered: cl.Ledger) -> None:
    for period in (AUTUMN, SPRING, NEXT):
        metered.issue("p", period, **GIVEN)
    assert amounts(metered) == [(2023, 0), (2024, ABOVE), (2024, 0)]


def test_a_period_of_two_crediting_years_is_refused(metered: cl.Ledger) -> None:
    before = dump(metered)
    with pytest.raises(errors.NotApplicableError, match="crosses 2024-07-01, where the crediting year ends"):
        metered.issue("p", cl.Period.of("2024-01-01", "2025-01-01", zone=BAKU), **GIVEN)
    assert dump(metered) == before


def test_a_correction_changes_the_later_issuances_of_the_crediting_year(metered: cl.Ledger) -> None:
    for period in (AUTUMN, SPRING, NEXT):
        metered.issue("p", period, **GIVEN)
    done = metered.correct_generation("mill", AUTUMN, net="23000 MWh", reason="ratio", evidence=EVIDENCE)
    assert len(done.issuances) == 2
    assert amounts(metered)[1] == (2024, ABOVE - 1000)
    # The spring has the vintage of the next crediting year, which does not rest on it.
    done = metered.correct_generation("mill", SPRING, net="23000 MWh", reason="ratio", evidence=EVIDENCE)
    assert len(done.issuances) == 1
    assert metered.audit().findings == ()


def test_an_issuance_that_another_one_of_the_crediting_year_rests_on_is_not_voided(metered: cl.Ledger) -> None:
    autumn, spring, later = (max(item.n for item in _issued(metered, period)) for period in (AUTUMN, SPRING, NEXT))
    with pytest.raises(errors.RefusedError, match="because the yearly baseline is subtracted once") as refused:
        metered.void(autumn, reason="wrong account")
    assert refused.value.rule == "later-issuance"
    metered.void(spring, reason="wrong account")
    metered.void(autumn, reason="wrong account")
    metered.void(later, reason="wrong account")
    assert metered.audit().findings == ()


def _issued(ledger: cl.Ledger, period: cl.Period) -> Any:
    ledger.issue("p", period, **GIVEN)
    return ledger.issuances("p")


def test_with_estimates_a_vintage_is_rested_on_as_well(metered: cl.Ledger) -> None:
    """A cap is of calendar years, whatever the years of the baseline are."""
    expected = cl.Estimate(yearly={2024: "1000"}, source="PDD", day_basis="calendar-days")
    metered.register_project(mill(id="small", methodology="AMS-I.D@18.0", estimate=expected))
    metered.issue("small", SPRING, **GIVEN)
    metered.issue("small", NEXT, **GIVEN)
    with pytest.raises(errors.RefusedError, match="rests on it"):
        metered.void(metered.issuances("small")[0].n, reason="wrong account")


def test_an_approval_lapses_if_the_crediting_year_changes(metered: cl.Ledger) -> None:
    metered.issue("p", AUTUMN, **GIVEN)
    metered.approve(metered.quantify("p", SPRING, factor=ONE))
    assert [item.status for item in metered.approvals("p")] == ["standing"]
    metered.correct_generation("mill", AUTUMN, net="23000 MWh", reason="ratio", evidence=EVIDENCE)
    assert [item.status for item in metered.approvals("p")] == ["lapsed"]


def test_a_forged_baseline_year_is_found(metered: cl.Ledger) -> None:
    """Domain invariant 34: by calendar years the issuances would have other amounts."""
    for period in (AUTUMN, SPRING):
        metered.issue("p", period, **GIVEN)
    n = next(n for n in range(metered.size) if metered.entry(n).type == "project.registered")
    assert found_in(metered, n, lambda event: event.pop("baseline_year")).entry > n
    for value in ("calendar", "fiscal"):
        assert found_in(metered, n, lambda event, value=value: event.update(baseline_year=value)).entry == n


@pytest.mark.parametrize(
    ("start", "at", "first", "last"),
    [
        ("2023-07-01", "2023-07-01", "2023-07-01", "2024-07-01"),
        ("2023-07-01", "2024-06-30", "2023-07-01", "2024-07-01"),
        ("2023-07-01", "2024-07-01", "2024-07-01", "2025-07-01"),
        ("2024-02-29", "2025-02-27", "2024-02-29", "2025-02-28"),
        ("2024-02-29", "2025-02-28", "2025-02-28", "2026-02-28"),
        ("2024-02-29", "2028-02-28", "2027-02-28", "2028-02-29"),
        ("2023-01-01", "2023-12-31", "2023-01-01", "2024-01-01"),
    ],
)
def test_years_begin_on_anniversaries(ledger: cl.Ledger, start: str, at: str, first: str, last: str) -> None:
    ledger.register_device(device("mill", capacity="12 MW", capacity_before="9 MW"))
    crediting = cl.Period.years(start, 7, zone=BAKU)
    view, project = ledger._store.view(), mill(crediting_period=crediting)
    year = crediting_year(view, project, cl.Period.day(at, zone=BAKU).start_utc)
    assert year == cl.Period.of(first, last, zone=BAKU)
    assert crediting_year(view, evolve(project, baseline_year="calendar"), crediting.start_utc) is None


def test_the_span_of_a_period_has_its_calendar_years_too(metered: cl.Ledger) -> None:
    view = metered._store.view()
    span = baseline_span(view, mill(), SPRING.start_utc, SPRING.end_utc)
    assert span == (AUTUMN.start_utc, NEXT.end_utc)
    span = baseline_span(view, mill(baseline_year="calendar"), SPRING.start_utc, SPRING.end_utc)
    assert span == (SPRING.start_utc, NEXT.end_utc)
