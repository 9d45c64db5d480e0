"""Readings: local days of every length are recorded whole, and a meter's column is apportioned exactly."""

from decimal import Decimal
from itertools import pairwise

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.shared_meter import two_plants
from tests.support.staffed_ledger import AUGUST, staffed

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.owed import apportion_column
from carbon_ledger.core.readings import metered, owed_of
from carbon_ledger.core.rules import apply
from carbon_ledger.core.state.rows import Owed
from carbon_ledger.metering.readings import Readings
from carbon_ledger.periods.instants import instant_text

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


def test_a_shared_meter_is_apportioned_by_what_is_owed(ledger: cl.Ledger) -> None:
    """Scenario S23: two equal devices on a meter of 1 Wh a step get the same, over steps, entries and runs."""
    twins(ledger)
    day = cl.Period.day("2025-06-01", zone="UTC")
    for at in (0, 5, 100):
        to = {0: 5, 5: 100, 100: 288}[at]
        start = instant_text(day.start_utc + 300 * at)
        ledger.record_meter_readings("twins", start=start, step="5 min", net_wh=[1] * (to - at))
    assert [ledger.generation(name, day).magnitude for name in ("one", "two")] == [Decimal("0.000144")] * 2
    assert ledger.audit().passed


@pytest.mark.parametrize("cuts", [(), (1,), (1_488,), (7, 1_500, 2_900)])
def test_a_meters_column_has_the_same_parts_however_it_is_cut(ledger: cl.Ledger, cuts: tuple[int, ...]) -> None:
    """Two entries of one run, or several runs; also with steps below zero."""
    twins(ledger, one=5, two=3)
    values = [k * k % 11 - 3 for k in range(3_000)]
    start = cl.Period.day("2025-06-01", zone="UTC").start_utc
    for low, high in pairwise((0, *cuts, len(values))):
        run = {"start": instant_text(start + 60 * low), "step": "1 min", "net_wh": values[low:high]}
        ledger.record_meter_readings("twins", **run)
    rows = [entry.event["devices"]["one"] for entry in ledger.entries() if entry.type == "meter.recorded"]
    one = [wh for row in rows for wh in row]
    expected, owed = apportion_column([0, 0], [5, 3], values)
    assert one == expected[0]
    assert ledger._store.view().owed("twins").owed == tuple(owed)
    assert ledger._store.view(4).owed("twins") is None


def test_a_forged_part_that_is_not_owed_is_refused() -> None:
    """The parts of each step by itself are not the parts by what is owed; the rule recomputes them."""
    ledger = staffed()
    ledger.record_meter_readings("feeder", start=AUGUST.start, step="1 hour", net_wh=[1], by="meter-operator")
    event = {"meter": "feeder", "start": "2024-08-01T00:00:00Z", "step_s": 3600, "net_wh": [1]}
    for parts in ({"plant": [1], "second": [0]}, {"plant": [2], "second": [-1]}):
        entry = Entry(
            n=ledger.size,
            at="2099-01-01T00:00:00.000000Z",
            by="meter-operator",
            type="meter.recorded",
            event={**event, "devices": parts},
        )
        with pytest.raises(errors.BrokenLogError, match="apportioned by what its devices are owed"):
            metered(ledger._store.view(), entry)


def test_damaged_numbers_of_what_is_owed_are_a_finding() -> None:
    ledger = cl.open_ledger(":memory:")
    twins(ledger)
    ledger.record_meter_readings("twins", start="2025-06-01T00:00Z", step="1 hour", net_wh=[1])
    meter = ledger.meter("twins")

    class Damaged:
        def owed(self, name: str) -> Owed:
            return Owed(name, 1, (0, 0, 0))

    with pytest.raises(errors.BrokenLogError, match="meter twins: 3 numbers of what devices are owed, expected 2"):
        owed_of(Damaged(), meter)


def twins(ledger: cl.Ledger, **weights: int) -> None:
    """Two devices that share a meter, by default equally."""
    shares = weights or {"one": 1, "two": 1}
    for name in shares:
        ledger.register_device(device(name, zone="UTC"))
    ledger.register_meter(cl.Meter(id="twins", shares=shares, reason="one feeder"))


def test_a_meter_gives_no_more_than_its_devices_can(two_plants: cl.Ledger) -> None:
    """Together 200 MW, with the margin that a device has."""
    before = dump(two_plants)
    hour = cl.Period.of("2024-05-01T00:00Z", "2024-05-01T01:00Z")
    most = sum(two_plants.device(name).most_wh(3600) for name in ("plant", "second"))
    with pytest.raises(errors.ImplausibleReadingError, match=rf"can have from -[0-9]+ to {most} Wh"):
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
