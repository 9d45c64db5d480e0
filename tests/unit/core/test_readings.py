"""Readings: local days of every length are recorded whole, and a meter's column is apportioned exactly."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.shared_meter import two_plants
from tests.support.staffed_ledger import AUGUST, staffed

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.rules import apply
from carbon_ledger.metering.readings import Readings

__all__ = ["two_plants"]


def test_a_shared_meters_long_column_is_apportioned_like_a_short_one() -> None:
    ledger = staffed()
    values = [3 * k + k % 3 for k in range(40)]
    done = ledger.record_meter_readings("feeder", start=AUGUST.start, step="1 hour", net_wh=values, by="meter-operator")
    assert done.net_wh == sum(values)
    parts = ledger.entry(done.first).event["devices"]
    assert [one + two for one, two in zip(parts["plant"], parts["second"], strict=True)] == values
    assert all(abs(3 * one - whole) < 3 for one, whole in zip(parts["plant"], values, strict=True))
    assert ledger.audit().passed


def test_a_meter_gives_no_more_than_its_devices_can(two_plants: cl.Ledger) -> None:
    """Together 200 MW, with the margin that a device has."""
    before = dump(two_plants)
    hour = cl.Period.of("2024-05-01T00:00Z", "2024-05-01T01:00Z")
    most = sum(two_plants.device(name).most_wh(3600) for name in ("plant", "second"))
    with pytest.raises(errors.ImplausibleReadingError, match=f"the devices together generate at most {most} Wh"):
        two_plants.record_meter("feeder", hour, net=f"{most + 1} Wh", evidence=EVIDENCE)
    assert dump(two_plants) == before


def test_a_run_lies_within_the_calendar(ledger: cl.Ledger) -> None:
    """ledger-model section 2. Nobody needs a number of this size to be told so."""
    ledger.register_device(device())
    for start, step_s, steps in ((-1, 1, 1), (253_370_764_800, 1, 1), (0, 253_370_764_801, 1), (0, 10**30, 2)):
        with pytest.raises(errors.PeriodError, match=r"of a run of readings.* is outside the years 1970 to 9998"):
            Readings(start, step_s, (0,) * steps)
    with pytest.raises(errors.PeriodError, match="start of a run of readings: '0' is of type str"):
        Readings("0", 1, (0,))  # type: ignore[arg-type]
    with pytest.raises(errors.PeriodError, match="outside the years 1970 to 9998"):
        ledger.record_readings("plant", start="9998-12-31T23:00Z", step="1 hour", net_wh=[1, 2])
    ledger.record_generation("plant", cl.Period.of("2024-05-01T00:00Z", "2024-05-01T01:00Z"), net="1 MWh")
    entry = ledger.entry(ledger.size - 1)
    with pytest.raises(errors.PeriodError):
        apply(ledger._store.view(entry.n), evolve(entry, event={**entry.event, "step_s": 2**52}))


def test_local_days_of_23_and_25_hours_are_recorded_whole(ledger: cl.Ledger, clock: Clock) -> None:
    """Europe/London, 2026: invariant 4, and no hour lost or counted twice."""
    clock.move(days=365)
    ledger.register_device(device(zone="Europe/London", country="GB", grid="GB"))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Europe/London", devices=("plant",)))
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25)):
        period = cl.Period.day(day, zone="Europe/London")
        ledger.record_readings("plant", start=day, zone="Europe/London", step="1 hour", net_wh=[1_000_000] * hours)
        assert ledger.generation("plant", period).magnitude == hours
        assert [b.count for b in ledger.issue("p", period, to="op")] == [hours]
    assert ledger.carry("p").claimed == Decimal(48)
    with pytest.raises(errors.OverlapError):
        ledger.record_readings("plant", start="2026-10-25T00:30Z", step="1 hour", net_wh=[1])
