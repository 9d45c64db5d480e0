"""Metered values step by step, and the energy of a period: live readings, and no step is cut in silence."""

from datetime import UTC, datetime

import pytest
from tests.conftest import EVIDENCE, device

import carbon_ledger as cl
from carbon_ledger import errors


def hours(first: int, last: int) -> cl.Period:
    return cl.Period.of(f"2025-05-01T{first:02}:00Z", f"2025-05-01T{last:02}:00Z")


@pytest.fixture
def metered(ledger: cl.Ledger) -> cl.Ledger:
    """Three hours, two of which are measured with their gross energy, then one that is estimated."""
    ledger.register_device(device())
    ledger.record_readings("plant", start="2025-05-01T00:00Z", step="1 hour", net_wh=[5, -1], gross_wh=[6, 0])
    ledger.record_readings("plant", start="2025-05-01T03:00Z", step="1 hour", net_wh=[7], quality="estimated")
    return ledger


def test_each_step_has_its_time_its_energy_and_its_quality(metered: cl.Ledger) -> None:
    found = metered.values("plant", hours(0, 5))
    assert [(item.start.hour, item.end.hour, item.net_wh, item.gross_wh, item.quality) for item in found] == [
        (0, 1, 5, 6, "measured"),
        (1, 2, -1, 0, "measured"),
        (3, 4, 7, None, "estimated"),
    ]
    assert (len(found), found.total_wh, found.net_wh) == (3, 11, (5, -1, 7))
    first = next(iter(found))
    assert (first.start, metered.entry(first.entry).type) == (datetime(2025, 5, 1, tzinfo=UTC), "generation.recorded")
    assert metered.generation("plant", hours(0, 5)) == cl.quantity("0.011 kWh")
    assert list(metered.values("plant", hours(4, 5))) == []


def test_values_are_a_table(metered: cl.Ledger) -> None:
    rows = metered.values("plant", hours(0, 5)).rows()
    assert rows[2] == {
        "start": "2025-05-01T03:00:00Z",
        "end": "2025-05-01T04:00:00Z",
        "net_wh": 7,
        "gross_wh": None,
        "quality": "estimated",
        "entry": metered.size - 1,
    }
    assert [item.name for item in metered.values("plant", hours(4, 5)).columns] == list(rows[0])


def test_only_live_values_are_listed_and_the_past_has_its_own(metered: cl.Ledger) -> None:
    before = metered.size - 1
    metered.correct_readings(
        "plant", start="2025-05-01T01:00Z", step="1 hour", net_wh=[2], reason="misread", evidence=EVIDENCE
    )
    assert metered.values("plant", hours(0, 2)).net_wh == (5, 2)
    assert metered.as_of(entry=before).values("plant", hours(0, 2)).net_wh == (5, -1)


@pytest.mark.parametrize(
    ("start", "end"), [("00:30", "02:00"), ("00:00", "01:30"), ("00:15", "00:45"), ("03:59:59", "05:00")]
)
def test_a_step_that_the_period_cuts_is_refused(metered: cl.Ledger, start: str, end: str) -> None:
    """It is not left out, and not counted as zero."""
    period = cl.Period.of(f"2025-05-01T{start}Z", f"2025-05-01T{end}Z")
    for ask in (metered.generation, metered.values):
        with pytest.raises(errors.StraddlingStepError, match="crosses an edge of the period") as refused:
            ask("plant", period)
        assert refused.value.rule == "step-crosses-period"


def test_a_period_that_begins_and_ends_between_steps_or_in_a_gap_is_whole(metered: cl.Ledger) -> None:
    gap = cl.Period.of("2025-05-01T02:10Z", "2025-05-01T02:50Z")
    assert metered.generation("plant", gap) == cl.quantity("0 Wh")
    assert metered.generation("plant", cl.Period.of("2025-05-01T01:00Z", "2025-05-01T02:30Z")) == cl.quantity("-1 Wh")


def test_what_is_no_period_and_no_device_is_refused(metered: cl.Ledger) -> None:
    for ask in (metered.generation, metered.values):
        with pytest.raises(errors.UnknownDeviceError):
            ask("nothing", hours(0, 1))
        with pytest.raises(errors.PeriodError):
            ask("plant", "2025-05")  # type: ignore[arg-type]


def test_a_year_of_hours_is_a_few_columns(ledger: cl.Ledger) -> None:
    """The record of a step is made when it is asked for."""
    ledger.register_device(device())
    for month in range(1, 13):
        period = cl.Period.month(2024, month, zone="UTC")
        ledger.record_readings("plant", start=period.start, step="1 hour", net_wh=[month] * (period.seconds // 3600))
    found = ledger.values("plant", cl.Period.year(2024, zone="UTC"))
    assert (len(found), len(found.runs)) == (8_784, 12)
    assert found.total_wh == sum(found.net_wh) == sum(item.net_wh for item in found)


def test_a_meters_devices_have_their_own_values(ledger: cl.Ledger) -> None:
    for name in ("plant", "second"):
        ledger.register_device(device(name))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    ledger.record_meter_readings("feeder", start="2025-05-01T00:00Z", step="1 hour", net_wh=[3, 6])
    assert [ledger.values(name, hours(0, 2)).net_wh for name in ("plant", "second")] == [(1, 2), (2, 4)]
