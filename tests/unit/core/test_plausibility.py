"""Plausibility: what a device can generate bounds a step from above, and its station load bounds it from below."""

from collections.abc import Callable

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, device, dump
from tests.support.shared_meter import two_plants

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.in_force import terms_of
from carbon_ledger.core.plausibility import Bounds, bounds_over
from carbon_ledger.core.rules import apply
from carbon_ledger.metering.readings import Readings

__all__ = ["two_plants"]

HOUR = cl.Period.of("2024-05-01T00:00Z", "2024-05-01T01:00Z")
WAIVED = cl.Waiver("implausible-reading", "the counter was set back by the maker, report 12")
START = {"start": "2024-05-01T00:00Z", "step": "1 hour"}


@pytest.mark.parametrize(
    ("fields", "least", "most"),
    [
        ({}, -10_000_000, 100_000_000),  # 10 % of the capacity
        ({"capacity": "500 kW"}, -50_000, 500_000),  # 50 kW and 10 % are the same
        ({"capacity": "500001 W"}, -50_000, 500_001),  # rounded down to the Wh
        ({"capacity": "80 kW"}, -50_000, 80_000),  # 50 kW
        ({"station_load": "2 MW", "margin": "1.05"}, -2_000_000, 105_000_000),
        ({"station_load": "0 kW"}, 0, 100_000_000),
    ],
)
def test_the_bounds_of_an_hour(fields: dict[str, object], least: int, most: int) -> None:
    """Invariants 16 and 28; ledger-model section 2."""
    ledger = cl.open_ledger(":memory:")
    plant = ledger.register_device(device(**fields))
    terms, start = [terms_of(ledger._view(), plant.id)], HOUR.start_utc
    assert bounds_over(terms, start, start + 3600) == Bounds(least, most)
    assert bounds_over(terms, start, start + 1).least_wh == -(-least // 3600)


def record(ledger: cl.Ledger, wh: int, **more: object) -> object:
    return ledger.record_readings("plant", **START, net_wh=[5, wh, -7], **more)


def record_total(ledger: cl.Ledger, wh: int, **more: object) -> object:
    return ledger.record_generation("plant", HOUR, net=f"{wh} Wh", **more)


def record_run(ledger: cl.Ledger, wh: int, **more: object) -> object:
    return ledger.record_run("plant", Readings(HOUR.start_utc, 3600, (wh,)), **more)


def meter(ledger: cl.Ledger, wh: int, **more: object) -> object:
    """The second plant gets two thirds of the energy."""
    return ledger.record_meter("feeder", HOUR, net=f"{wh * 3 // 2} Wh", **more)


def meter_column(ledger: cl.Ledger, wh: int, **more: object) -> object:
    return ledger.record_meter_readings("feeder", **START, net_wh=[3, wh * 3 // 2], **more)


def correct(ledger: cl.Ledger, wh: int, **more: object) -> object:
    if not ledger.readings("plant", HOUR):
        ledger.record_generation("plant", HOUR, net="5 Wh")
    return ledger.correct_generation("plant", HOUR, net=f"{wh} Wh", reason="misread", evidence=EVIDENCE, **more)


def correct_column(ledger: cl.Ledger, wh: int, **more: object) -> object:
    if not ledger.readings("plant", HOUR):
        ledger.record_generation("plant", HOUR, net="5 Wh")
    return ledger.correct_readings("plant", **START, net_wh=[wh], reason="misread", evidence=EVIDENCE, **more)


EVERY = [record, record_total, record_run, meter, meter_column, correct, correct_column]


@pytest.mark.parametrize("do", EVERY)
@pytest.mark.parametrize("wh", [-10_000_000, 100_000_000])
def test_a_step_at_a_bound_is_recorded(two_plants: cl.Ledger, do: Callable[..., object], wh: int) -> None:
    """Invariant 28: a station load of 10 MW takes 10 MWh in an hour."""
    do(two_plants, wh)
    assert two_plants.audit().passed


@pytest.mark.parametrize("do", EVERY)
@pytest.mark.parametrize("wh", [-10_000_002, 100_000_002])
def test_a_step_beyond_a_bound_is_refused_and_can_be_waived(
    two_plants: cl.Ledger, do: Callable[..., object], wh: int
) -> None:
    """Invariants 16 and 28, at the door and in the rule: a forged entry without the waiver is refused alike."""
    if "correct" in do.__name__:
        two_plants.record_generation("plant", HOUR, net="5 Wh")
    before = dump(two_plants)
    with pytest.raises(errors.ImplausibleReadingError, match="or waive implausible-reading") as refused:
        do(two_plants, wh)
    assert refused.value.rule == "implausible-reading"
    for other in (cl.Waiver("gap", "a wrong name lifts nothing"), cl.Waiver("assumption/all-is-well", "it is")):
        with pytest.raises(errors.ImplausibleReadingError):
            do(two_plants, wh, waivers=[other])
    assert dump(two_plants) == before
    do(two_plants, wh, waivers=WAIVED, key="once")
    do(two_plants, wh, waivers=[WAIVED], key="once")
    entry = two_plants.entry(two_plants.size - 1)
    assert entry.event["waivers"] == [{"name": WAIVED.name, "reason": WAIVED.reason}]
    report = two_plants.audit()
    assert report.passed
    assert [note.entry for note in report.notes] == [entry.n]
    assert f"waived in {entry.type}, by 'tester': implausible-reading, '{WAIVED.reason}'" in report.notes[0].detail
    view = two_plants._store.view(entry.n)
    forged = {name: value for name, value in entry.event.items() if name != "waivers"}
    with pytest.raises(errors.ImplausibleReadingError):
        apply(view, evolve(entry, event=forged))


def test_a_key_is_bound_to_the_waivers(two_plants: cl.Ledger) -> None:
    record_total(two_plants, -10_000_001, waivers=WAIVED, key="once")
    with pytest.raises(errors.IdempotencyError):
        record_total(two_plants, -10_000_001, key="once")


@pytest.mark.parametrize("waivers", ["gap", 7, ["implausible-reading"], [None]])
def test_what_is_no_waiver_is_refused(two_plants: cl.Ledger, waivers: object) -> None:
    for do in EVERY:
        with pytest.raises(errors.WaiverError, match="expected a"):
            do(two_plants, 1, waivers=waivers)


def test_a_long_column_is_waived_in_each_of_its_entries(two_plants: cl.Ledger) -> None:
    values = [0] * 3_000 + [-10_000_001]
    done = two_plants.record_readings("plant", **START, net_wh=values, waivers=[WAIVED], key="k")
    assert done == two_plants.record_readings("plant", **START, net_wh=values, waivers=[WAIVED], key="k")
    assert {len(two_plants.entry(n).event["waivers"]) for n in range(done.first, done.last + 1)} == {1}
    assert done.last > done.first
    assert two_plants.audit().passed


def test_the_message_names_the_first_implausible_step(two_plants: cl.Ledger) -> None:
    values = [0, -10_000_000, -10_000_001, 200_000_000, -838_860_000_000]
    with pytest.raises(errors.ImplausibleReadingError) as refused:
        two_plants.record_readings("plant", **START, net_wh=values)
    assert (
        "step 2 (2024-05-01T02:00:00Z, 3600 s) has net -10000001 Wh; 100000000 W with margin "
        "1 can have from -10000000 to 100000000 Wh"
    ) in str(refused.value)


@pytest.mark.parametrize(
    ("net", "gross", "words"),
    [
        ([1, 2], [1, 100_000_001], "step 1 .* has gross 100000001 Wh"),
        ([1, -10_000_001], [1, 0], "step 1 .* has net -10000001 Wh"),
        ([-10_000_001, 5], [100_000_001, 5], "step 0 .* has gross 100000001 Wh"),
    ],
)
def test_gross_generation_is_bounded_from_above_and_net_from_below(
    two_plants: cl.Ledger, net: list[int], gross: list[int], words: str
) -> None:
    """Invariant 16."""
    with pytest.raises(errors.ImplausibleReadingError, match=words):
        two_plants.record_readings("plant", **START, net_wh=net, gross_wh=gross)


def test_a_waiver_does_not_lift_a_contradiction(two_plants: cl.Ledger) -> None:
    """Invariant 16: net is never above gross, and the message names the step."""
    with pytest.raises(errors.ImplausibleReadingError, match=r"step 1, which begins at 2024-05-01T01:00:00Z: net 3 Wh"):
        two_plants.record_readings("plant", **START, net_wh=[1, 3], gross_wh=[1, 2], waivers=[WAIVED])


def test_a_meter_is_bounded_by_all_its_devices(two_plants: cl.Ledger) -> None:
    """The third of the first plant is small: the second plant alone cannot take the rest."""
    with pytest.raises(
        errors.ImplausibleReadingError, match=r"meter feeder, .* the devices together can have from -20000000 to"
    ):
        two_plants.record_meter("feeder", HOUR, net="-20000001 Wh")
    with pytest.raises(errors.ImplausibleReadingError, match=r"device second, .* has net -13333333 Wh"):
        two_plants.record_meter("feeder", HOUR, net="-20000000 Wh")
