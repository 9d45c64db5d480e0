"""Stated counts: `issue(expect=)` is refused if another number of units comes out, at the door and by the rule."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, device, dump
from tests.support.expiring_plant import BAKU, held, month
from tests.support.forging import found_in

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.issuance.expected import expect_record
from carbon_ledger.core.rules import apply

__all__ = ["held"]

WINTER = cl.Period.of("2024-12-01", "2025-02-01", zone=BAKU)
SPLIT = cl.Waiver("straddling-step", "one total over the turn of the year")


def issue(ledger: cl.Ledger, **more: Any) -> tuple[cl.Batch, ...]:
    return ledger.issue("p", WINTER, to="op", waivers=[SPLIT], **more)


@pytest.mark.parametrize("expect", [62, {2024: 31, 2025: 31}, {2025: 31, 2024: 31, 2023: 0}])
def test_the_count_that_comes_out_is_kept_in_the_event(held: cl.Ledger, expect: Any) -> None:
    """ledger-model section 8a: buffered units are included."""
    held.record_generation("plant", WINTER, net="62 MWh")
    issue(held, expect=expect, buffer="10%")
    event = held.entry(held.size - 1).event
    stated = {name: value for name, value in event.items() if name.startswith("expect")}
    assert stated == expect_record(expect)


@pytest.mark.parametrize(
    ("expect", "wanted"),
    [
        (61, "expected 61"),
        (0, "expected 0"),
        ({2024: 31}, "expected 2024: 31"),
        ({2024: 32, 2025: 30}, "expected 2024: 32, 2025: 30"),
        ({2024: 31, 2025: 31, 2026: 1}, "expected 2024: 31, 2025: 31, 2026: 1"),
    ],
)
def test_another_count_is_refused(held: cl.Ledger, expect: Any, wanted: str) -> None:
    held.record_generation("plant", WINTER, net="62 MWh")
    before = dump(held)
    with pytest.raises(errors.RefusedError, match=wanted) as refusal:
        issue(held, expect=expect)
    assert refusal.value.rule == "unexpected-count"
    assert "it makes 62 units (2024: 31, 2025: 31)" in str(refusal.value)
    assert dump(held) == before


def test_an_issuance_may_be_expected_to_make_nothing(held: cl.Ledger) -> None:
    held.record_generation("plant", month(1), net="0.5 MWh")
    with pytest.raises(errors.RefusedError, match="it makes 0 units, expected 1"):
        held.issue("p", month(1), to="op", expect=1)
    assert held.issue("p", month(1), to="op", expect=0) == ()


@pytest.mark.parametrize(
    "expect", [True, -1, 1.0, "62", {}, {2024: -1}, {"2024": 1}, {2024: True}, {1969: 1}, [62], 2**53]
)
def test_what_is_no_count_is_refused(held: cl.Ledger, expect: Any) -> None:
    held.record_generation("plant", WINTER, net="62 MWh")
    before = dump(held)
    with pytest.raises(errors.QuantityError, match="expect"):
        issue(held, expect=expect)
    assert dump(held) == before


def test_the_same_issue_with_another_expectation_is_another_command(held: cl.Ledger) -> None:
    """Invariant 26."""
    held.record_generation("plant", WINTER, net="62 MWh")
    first = issue(held, expect={2024: 31, 2025: 31}, key="k")
    assert issue(held, expect={2025: 31, 2024: 31}, key="k") == first
    for expect in (None, 62, {2024: 31, 2025: 31, 2023: 0}):
        with pytest.raises(errors.IdempotencyError):
            issue(held, expect=expect, key="k")


@pytest.mark.parametrize(
    "forged",
    [
        {"expect": 61},
        {"expect": 62, "expect_by_vintage": {"2024": 31, "2025": 31}},
        {"expect_by_vintage": {"2024": 62}},
    ],
)
def test_a_forged_expectation_is_found(held: cl.Ledger, forged: dict[str, Any]) -> None:
    """Invariant 34: the rule refuses what the command refuses."""
    held.record_generation("plant", WINTER, net="62 MWh")
    issue(held)
    n = held.size - 1
    assert "expect" in str(found_in(held, n, lambda event: event.update(forged)))
    entry, view = held.entry(n), held._store.view(n)
    with pytest.raises((errors.RefusedError, errors.BrokenLogError)):
        apply(view, evolve(entry, event={**entry.event, **forged}))


def test_of_several_devices_the_last_issuance_states_what_all_make(ledger: cl.Ledger) -> None:
    """Granular certificates are issued for each device apart, by one command."""
    for name in ("one", "two"):
        ledger.register_device(device(name))
    ledger.register_project(cl.Project(id="hours", instrument="GC", zone=BAKU, devices=("one", "two")))
    day = cl.Period.day("2025-05-01", zone=BAKU)
    for name in ("one", "two"):
        ledger.record_readings(name, start=day.start, step="1 hour", net_wh=[100] * 24)
    before = dump(ledger)
    for wrong in (2400, {2025: 2400}):
        with pytest.raises(errors.RefusedError, match="it makes 4,800 units"):
            ledger.issue("hours", day, to="op", expect=wrong)
    assert dump(ledger) == before
    ledger.issue("hours", day, to="op", expect={2025: 4800}, key="k")
    numbers = [item.n for item in ledger.issuances("hours")]
    assert ["expect_by_vintage" in ledger.entry(n).event for n in numbers] == [False, True]
    assert ledger.audit().findings == ()
    entry, view = ledger.entry(numbers[0]), ledger._store.view(numbers[0])
    with pytest.raises(errors.BrokenLogError, match="the last entry of a command alone"):
        apply(view, evolve(entry, event={**entry.event, "expect": 2400}))


def test_units_of_carry_are_expected_and_held_back_as_others(held: cl.Ledger) -> None:
    """`issue_carry` obeys buffer, levy and expectation (ledger-model section 5)."""
    levy = cl.instruments.Levy(share=Decimal("0.15"))
    own = cl.Instrument(id="OWN", name="Own", unit="MWh", claim="energy-attribute", levy=levy)
    held.register_project(cl.Project(id="own", instrument=own, zone=BAKU, devices=("plant",)))
    held.record_generation("plant", month(1), net="100 MWh")
    held.issue("own", month(1), to="op")
    held.correct_generation("plant", month(1), net="110 MWh", reason="r", evidence=EVIDENCE)
    before = dump(held)
    for wrong in ({"expect": 9}, {"expect": {2024: 10}}, {"buffer": 9}):
        with pytest.raises(errors.RefusedError) as refusal:
            held.issue_carry("own", to="op", **wrong)
        assert refusal.value.rule in ("unexpected-count", "buffer-exceeds-issued")
    assert dump(held) == before
    made = held.issue_carry("own", to="op", expect={2025: 10}, buffer=3, key="k")
    assert held.issue_carry("own", to="op", expect={2025: 10}, buffer=3, key="k") == made
    event = held.entry(held.size - 1).event
    assert event["batches"] == [{"vintage": 2025, "count": 10, "buffered": 3, "levied": 2}]
    balance = held.balance("op", instrument="OWN")
    assert (balance.active, balance.buffered, balance.cancelled) == (90, 3, 17)
    entry, view = held.entry(held.size - 1), held._store.view(held.size - 1)
    with pytest.raises(errors.RefusedError, match="it makes 10 units"):
        apply(view, evolve(entry, event={**event, "expect_by_vintage": {"2025": 9}}))
