"""Sums of metered energy by local day and month: days of 23 and 25 hours, gaps, and steps that no day has whole."""

from datetime import date

import pytest
from tests.conftest import EVIDENCE, Clock, device

import carbon_ledger as cl
from carbon_ledger.errors import (
    PeriodError,
    QuantityError,
    StraddlingStepError,
    UnknownDeviceError,
    UnknownProjectError,
)

LONDON = "Europe/London"
HOUR = 3600


@pytest.fixture
def ledger(ledger: cl.Ledger) -> cl.Ledger:
    ledger.register_device(device("roof", zone=LONDON))
    ledger.register_device(device("other", zone=LONDON))
    return ledger


def days(first: str, last: str, zone: str = LONDON) -> cl.Period:
    return cl.Period.of(first, last, zone=zone)


def test_days_of_23_and_25_hours_are_whole(ledger: cl.Ledger) -> None:
    spring, autumn = days("2025-03-29", "2025-04-01"), days("2025-10-25", "2025-10-28")
    for period, hours in ((spring, 71), (autumn, 73)):
        ledger.record_readings("roof", start=period.start, step="1 hour", net_wh=[1] * hours)
    for period, expected in ((spring, [24, 23, 24]), (autumn, [24, 25, 24])):
        found = ledger.generation_by("day", period, device="roof")
        assert [row.net_wh for row in found] == expected
        assert [row.steps for row in found] == expected
        assert [row.period.seconds // HOUR for row in found] == expected
        assert all(row.complete for row in found)
    assert [row.day for row in ledger.generation_by("day", autumn, device="roof")] == [
        date(2025, 10, 25), date(2025, 10, 26), date(2025, 10, 27),
    ]  # fmt: skip


def test_a_day_is_that_of_the_devices_zone_whatever_the_periods_zone_is(ledger: cl.Ledger) -> None:
    ledger.register_device(device("plant"))
    day = days("2025-05-01", "2025-05-02", "UTC")
    ledger.record_readings("plant", start="2025-05-01T00:00Z", step="1 hour", net_wh=range(1, 25))
    found = ledger.generation_by("day", day, device="plant")
    assert [(row.day, row.net_wh, row.period.seconds // HOUR) for row in found] == [
        (date(2025, 5, 1), sum(range(1, 21)), 20),  # Baku is four hours ahead
        (date(2025, 5, 2), sum(range(21, 25)), 4),
    ]
    assert {row.period.zone for row in found} == {"Asia/Baku"}


def test_months_are_local_and_a_period_may_cut_them(ledger: cl.Ledger) -> None:
    period = days("2025-02-27", "2025-04-02")
    ledger.record_readings("roof", start=period.start, step="1 hour", net_wh=[10] * (period.seconds // HOUR))
    found = ledger.generation_by("month", period, device="roof")
    assert [(row.day, row.net_wh // 10) for row in found] == [
        (date(2025, 2, 1), 48), (date(2025, 3, 1), 31 * 24 - 1), (date(2025, 4, 1), 24),
    ]  # fmt: skip
    by_day = ledger.generation_by("day", period, device="roof")
    assert sum(row.net_wh for row in by_day) == sum(row.net_wh for row in found)
    assert cl.quantity(f"{sum(row.net_wh for row in found)} Wh") == ledger.generation("roof", period)


def test_days_with_gaps_are_marked(ledger: cl.Ledger) -> None:
    week = days("2025-05-01", "2025-05-04")
    ledger.record_readings("roof", start=week.start, step="1 hour", net_wh=[1] * 20)
    ledger.record_readings("roof", start="2025-05-01T23:00Z", step="30 min", net_wh=[1] * 48)
    found = ledger.generation_by("day", week, device="roof")
    assert [(row.net_wh, row.gap_s // HOUR, row.complete) for row in found] == [
        (20, 4, False), (48, 0, True), (0, 24, False),
    ]  # fmt: skip
    assert found[0].gaps == (("roof", cl.Period.of("2025-05-01T19:00Z", "2025-05-01T23:00Z")),)
    assert [row["complete"] for row in found.rows()] == [False, True, False]


def test_time_before_a_device_operates_is_no_gap(ledger: cl.Ledger) -> None:
    ledger.register_device(device("new", zone=LONDON, commissioned="2025-05-02"))
    found = ledger.generation_by("day", days("2025-05-01", "2025-05-03"), device="new")
    assert [row.gap_s // HOUR for row in found] == [0, 24]


def test_only_live_readings_count_and_what_was_not_measured_is_shown(ledger: cl.Ledger) -> None:
    start = "2025-05-01T00:00+01:00"
    ledger.record_readings("roof", start=start, step="1 hour", net_wh=[100] * 24)
    given = {"reason": "misread", "evidence": EVIDENCE, "quality": "estimated"}
    ledger.correct_readings("roof", start=start, step="1 hour", net_wh=[7] * 24, **given)
    ledger.record_readings(
        "roof", start="2025-05-02T00:00+01:00", step="1 hour", net_wh=[-1] * 3, quality="substituted"
    )
    first, second = ledger.generation_by("day", days("2025-05-01", "2025-05-03"), device="roof")
    assert (first.net_wh, first.estimated_wh, first.substituted_wh, first.complete) == (168, 168, 0, True)
    assert (second.net_wh, second.estimated_wh, second.substituted_wh) == (-3, 0, -3)


def test_a_project_is_the_sum_of_its_devices(ledger: cl.Ledger) -> None:
    ledger.register_project(cl.Project(id="both", instrument="I-REC-E", zone=LONDON, devices=("roof", "other")))
    ledger.record_readings("roof", start="2025-05-01T00:00+01:00", step="1 hour", net_wh=[2] * 24)
    ledger.record_readings("other", start="2025-05-01T00:00+01:00", step="15 min", net_wh=[1] * 48)
    (row,) = ledger.generation_by("day", days("2025-05-01", "2025-05-02"), project="both")
    assert (row.device, row.project, row.net_wh, row.steps) == (None, "both", 96, 72)
    assert [name for name, _ in row.gaps] == ["other"]
    assert row.gap_s == 12 * HOUR


def test_a_sum_beyond_2_to_the_53_is_exact(clock: Clock) -> None:
    ledger = cl.open_ledger(":memory:", clock=clock)
    most = 2**53 - 1
    ledger.register_device(device("sun", capacity=f"{most} W", zone="UTC"))
    for hour in range(3):
        ledger.record_readings("sun", start=f"2025-05-01T0{hour}:00Z", step="1 hour", net_wh=[most])
    (row,) = ledger.generation_by("day", days("2025-05-01", "2025-05-02", "UTC"), device="sun")
    assert row.net_wh == 3 * most


@pytest.mark.parametrize(("by", "hint"), [("day", "ask by month, choose"), ("month", "not metered; choose")])
def test_a_step_across_an_edge_is_refused_and_not_divided(ledger: cl.Ledger, by: str, hint: str) -> None:
    ledger.record_generation("roof", days("2025-05-01", "2025-06-02"), net="1 MWh")
    with pytest.raises(StraddlingStepError, match=hint) as refused:
        ledger.generation_by(by, days("2025-05-01", "2025-06-02"), device="roof")  # type: ignore[arg-type]
    assert refused.value.rule == "step-crosses-period"
    assert "2025-05-01T00:00:00+01:00 to 2025-06-02T00:00:00+01:00" in str(refused.value)


def test_a_total_of_a_month_is_a_sum_by_month(ledger: cl.Ledger) -> None:
    may = cl.Period.month(2025, 5, zone=LONDON)
    ledger.record_generation("roof", may, net="1 MWh")
    (row,) = ledger.generation_by("month", may, device="roof")
    assert (row.net_wh, row.steps, row.complete) == (1_000_000, 1, True)


def test_the_edge_of_the_period_must_be_between_steps(ledger: cl.Ledger) -> None:
    ledger.record_readings("roof", start="2025-05-01T00:00+01:00", step="1 hour", net_wh=[1] * 24)
    half = cl.Period.of("2025-05-01T00:30+01:00", "2025-05-01T03:00+01:00")
    with pytest.raises(StraddlingStepError, match="it crosses an edge of a day"):
        ledger.generation_by("day", half, device="roof")
    (row,) = ledger.generation_by(
        "day", cl.Period.of("2025-05-01T02:00+01:00", "2025-05-01T05:00+01:00"), device="roof"
    )
    assert row.net_wh == 3


def test_the_answer_as_of_an_entry_is_that_of_the_time(ledger: cl.Ledger) -> None:
    day = days("2025-05-01", "2025-05-02")
    ledger.record_readings("roof", start=day.start, step="1 hour", net_wh=[1] * 24)
    before = ledger.size - 1
    ledger.correct_readings("roof", start=day.start, step="1 hour", net_wh=[2] * 24, reason="why", evidence=EVIDENCE)
    assert [row.net_wh for row in ledger.as_of(entry=before).generation_by("day", day, device="roof")] == [24]
    assert [row.net_wh for row in ledger.generation_by("day", day, device="roof")] == [48]


def test_what_cannot_be_asked_is_refused(ledger: cl.Ledger) -> None:
    day = days("2025-05-01", "2025-05-02")
    with pytest.raises(PeriodError, match="interval 'week': expected one of day, month"):
        ledger.generation_by("week", day, device="roof")  # type: ignore[arg-type]
    with pytest.raises(PeriodError, match="interval 5"):
        ledger.generation_by(5, day, device="roof")  # type: ignore[arg-type]
    for given in ({}, {"device": "roof", "project": "p"}):
        with pytest.raises(QuantityError, match="expected either device= or project="):
            ledger.generation_by("day", day, **given)
    with pytest.raises(UnknownDeviceError):
        ledger.generation_by("day", day, device="ghost")
    with pytest.raises(UnknownProjectError):
        ledger.generation_by("day", day, project="ghost")
    with pytest.raises(PeriodError, match="expected a Period"):
        ledger.generation_by("day", "2025-05", device="roof")  # type: ignore[arg-type]


def test_a_period_of_millions_of_days_is_refused() -> None:
    ledger = cl.open_ledger(":memory:")
    with pytest.raises(PeriodError, match="at most 100 years"):
        ledger.generation_by("day", cl.Period.of("1970-01-01", "9990-01-01", zone="UTC"), device="plant")
