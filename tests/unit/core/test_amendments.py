"""Amendments: a refusal by name leaves no trace, a forged entry is a finding, and issuances keep what was known."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.forging import found_in

import carbon_ledger as cl
from carbon_ledger import errors

SINCE = {"evidence": EVIDENCE, "reason": "a survey"}
MARCH, APRIL = (cl.Period.month(2025, k, zone="Asia/Baku") for k in (3, 4))
TEXT = cl.Waiver("methodology-text", "compared")
FACTOR = cl.EmissionFactor(
    factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
)


@pytest.fixture
def plant(ledger: cl.Ledger) -> cl.Ledger:
    """A plant of 10 MW with full readings of March, and of 1 MW in the first hour of April."""
    ledger.register_device(device(capacity="10 MW"))
    ledger.record_readings("plant", start="2025-03-01T00:00+04:00", step="1 day", net_wh=[240_000_000] * 31)
    ledger.record_readings("plant", start="2025-04-01T00:00+04:00", step="1 hour", net_wh=[1_000_000])
    return ledger


def refused(ledger: cl.Ledger, kind: type[Exception], rule: str, do: Callable[[], object]) -> str:
    before = dump(ledger)
    with pytest.raises(kind) as refusal:
        do()
    assert dump(ledger) == before
    assert getattr(refusal.value, "rule", "") == rule
    return str(refusal.value)


def test_a_smaller_capacity_does_not_contradict_live_readings(plant: cl.Ledger) -> None:
    def amend(day: str, capacity: str) -> Callable[[], object]:
        return lambda: plant.amend_device("plant", effective=day, capacity=capacity, **SINCE)

    rule = "amendment-contradicts-readings"
    said = refused(plant, errors.RefusedError, rule, amend("2025-03-31", "9 MW"))
    assert "a step has 240000000 Wh, and at most 216000000 Wh would be possible" in said
    refused(plant, errors.RefusedError, rule, amend("2025-01-01", "9 MW"))
    refused(plant, errors.RefusedError, rule, amend("2025-04-01", "0.9 MW"))
    assert amend("2025-04-01", "1 MW")()
    assert plant.audit().passed


def test_a_smaller_margin_does_not_contradict_live_readings(plant: cl.Ledger) -> None:
    refused(
        plant,
        errors.RefusedError,
        "amendment-contradicts-readings",
        lambda: plant.amend_device("plant", effective="2025-03-31", margin="0.99", **SINCE),
    )
    assert plant.amend_device("plant", effective="2025-04-01", margin="0.1", **SINCE).most_wh(3600) == 1_000_000


def test_a_larger_capacity_never_contradicts(plant: cl.Ledger) -> None:
    assert plant.amend_device("plant", effective="2025-03-15", capacity="11 MW", **SINCE).capacity_w == 11_000_000
    plant.amend_device("plant", effective="2025-03-15", capacity="10 MW", **SINCE)


def test_a_reading_that_a_correction_replaced_contradicts_nothing(plant: cl.Ledger) -> None:
    day = cl.Period.of("2025-03-31", "2025-04-01", zone="Asia/Baku")
    plant.correct_generation("plant", day, net="100 MWh", reason="ratio", evidence=EVIDENCE)
    assert plant.amend_device("plant", effective="2025-03-31", capacity="9 MW", **SINCE)


def test_a_decommissioned_device_has_no_generation(plant: cl.Ledger) -> None:
    rule = "amendment-contradicts-readings"
    for day in ("2025-03-31", "2025-04-01"):
        refused(
            plant,
            errors.RefusedError,
            rule,
            lambda day=day: plant.amend_device("plant", effective=day, decommissioned=True, **SINCE),
        )
    plant.amend_device("plant", effective="2025-04-02", decommissioned=True, **SINCE)
    late = cl.Period.of("2025-04-01T23:00+04:00", "2025-04-02T00:00+04:00")
    after = cl.Period.of("2025-04-01T23:30+04:00", "2025-04-02T00:30+04:00")
    said = refused(
        plant,
        errors.DecommissionedError,
        "decommissioned",
        lambda: plant.record_generation("plant", after, net="0 MWh"),
    )
    assert "decommissioned on 2025-04-02 (Asia/Baku)" in said
    plant.record_generation("plant", late, net="1 MWh")
    plant.amend_device("plant", effective="2025-04-03", decommissioned=False, **SINCE)
    plant.record_generation("plant", cl.Period.day("2025-04-03", zone="Asia/Baku"), net="1 MWh")
    assert plant.audit().passed


def test_a_time_after_decommissioning_is_no_gap(plant: cl.Ledger) -> None:
    plant.amend_device("plant", effective="2025-04-02", decommissioned=True, **SINCE)
    plant.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
    first = cl.Period.of("2025-04-01T01:00+04:00", "2025-04-02T00:00+04:00")
    with pytest.raises(errors.GapError):
        plant.issue("p", APRIL, to="op")
    assert plant.reconcile("p", APRIL).gaps == (("plant", first),)
    plant.record_generation("plant", first, net="23 MWh")
    assert plant.reconcile("p", APRIL).gaps == ()
    assert [batch.count for batch in plant.issue("p", APRIL, to="op")] == [24]
    assert plant.audit().passed


@pytest.mark.parametrize("field", ["capacity", "margin", "name", "decommissioned"])
def test_amendments_of_a_field_are_in_order(plant: cl.Ledger, field: str) -> None:
    values = {"capacity": "11 MW", "margin": "1.5", "name": "Other", "decommissioned": True}
    plant.amend_device("plant", effective="2025-05-02", **{field: values[field]}, **SINCE)
    again = {"capacity": "12 MW", "margin": "1.6", "name": "Another", "decommissioned": False}[field]
    refused(
        plant,
        errors.RefusedError,
        "amendment-order",
        lambda: plant.amend_device("plant", effective="2025-05-01", **{field: again}, **SINCE),
    )
    other = {"name": "New"} if field != "name" else {"capacity": "11 MW"}
    plant.amend_device("plant", effective="2025-05-01", **other, **SINCE)
    plant.amend_device("plant", effective="2025-05-02", **{field: again}, **SINCE)


def test_an_amendment_changes_something(plant: cl.Ledger) -> None:
    given: list[dict[str, Any]] = [{}, {"capacity": "10 MW"}, {"name": "Plant"}, {"margin": "1.0"}]
    for fields in [*given, {"decommissioned": False}, {"name": "New", "capacity": "10000 kW"}]:
        refused(
            plant,
            errors.RefusedError,
            "nothing-to-amend",
            lambda fields=fields: plant.amend_device("plant", effective="2025-05-01", **fields, **SINCE),
        )
    for fields in ({}, {"name": "Op"}):
        refused(
            plant,
            errors.RefusedError,
            "nothing-to-amend",
            lambda fields=fields: plant.amend_account("op", effective="2025-05-01", **fields, **SINCE),
        )


def test_an_account_is_amended_in_order(plant: cl.Ledger) -> None:
    plant.amend_account("op", effective="2025-05-02", name="New", **SINCE)
    refused(
        plant,
        errors.RefusedError,
        "amendment-order",
        lambda: plant.amend_account("op", effective="2025-05-01", name="Other", **SINCE),
    )
    plant.amend_account("op", effective="2025-05-01", contact="desk", **SINCE)
    refused(
        plant,
        errors.RefusedError,
        "nothing-to-amend",
        lambda: plant.amend_account("op", effective="2025-06-01", name="New", **SINCE),
    )


def test_a_plant_is_not_decommissioned_before_it_was_commissioned(plant: cl.Ledger) -> None:
    plant.register_device(device("new", commissioned="2025-05-01"))
    for day in ("2025-05-01", "2025-04-01"):
        refused(
            plant,
            errors.QuantityError,
            "",
            lambda day=day: plant.amend_device("new", effective=day, decommissioned=True, **SINCE),
        )


def test_a_retried_amendment_returns_the_first_result(plant: cl.Ledger) -> None:
    given = {"effective": "2025-04-02", "capacity": "5 MW", "key": "k", **SINCE}
    first = plant.amend_device("plant", **given)
    plant.amend_device("plant", effective="2025-04-02", capacity="6 MW", **SINCE)
    size = plant.size
    assert (plant.amend_device("plant", **given), plant.size) == (first, size)
    with pytest.raises(errors.IdempotencyError):
        plant.amend_device("plant", **{**given, "capacity": "4 MW"})


def crediting(ledger: cl.Ledger, capacity: str = "14 MW") -> None:
    """A project of AMS-I.D, which admits 15 MW, with March and April recorded in full."""
    ledger.register_device(device("mill", capacity=capacity))
    ledger.register_project(
        cl.Project(
            id="c",
            instrument="GCC-ACC",
            zone="Asia/Baku",
            devices=("mill",),
            methodology="AMS-I.D@18.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2021-01-01", 10, zone="Asia/Baku"),
        )
    )
    for period in (MARCH, APRIL):
        ledger.record_generation("mill", period, net="1000 MWh")


def test_credits_use_the_capacity_in_force_in_the_period(ledger: cl.Ledger) -> None:
    """Domain invariant 23."""
    crediting(ledger)
    ledger.amend_device("mill", effective="2025-04-01", capacity="16 MW", **SINCE)
    ledger.issue("c", MARCH, to="op", factor=FACTOR, waivers=[TEXT])
    with pytest.raises(errors.NotApplicableError, match="16 MW in total"):
        ledger.issue("c", APRIL, to="op", factor=FACTOR, waivers=[TEXT])
    assert ledger.audit().passed


def test_a_period_of_credits_has_one_capacity(ledger: cl.Ledger) -> None:
    crediting(ledger)
    ledger.amend_device("mill", effective="2025-04-10", capacity="15 MW", **SINCE)
    said = refused(
        ledger,
        errors.RefusedError,
        "capacity-changes",
        lambda: ledger.issue("c", APRIL, to="op", factor=FACTOR, waivers=[TEXT]),
    )
    assert "end the period at 2025-04-10" in said
    waiver = cl.Waiver("capacity-changes", "one total of the month")
    ledger.issue("c", APRIL, to="op", factor=FACTOR, waivers=[TEXT, waiver])
    assert ledger.audit().passed


def test_an_issuance_keeps_the_capacity_that_was_known(ledger: cl.Ledger) -> None:
    """Domain invariant 22: a later amendment does not change what a correction computes again."""
    crediting(ledger)
    (batch,) = ledger.issue("c", MARCH, to="op", factor=FACTOR, waivers=[TEXT])
    ledger.amend_device("mill", effective="2025-03-01", capacity="16 MW", **SINCE)
    ledger.correct_generation("mill", MARCH, net="900 MWh", reason="ratio", evidence=EVIDENCE)
    assert (batch.count, ledger.carry("c").claimed) == (500, 450)
    assert ledger.audit().passed


FORGERIES = {
    "a value that it has": ({"capacity_w": 10_000_000}, "nothing to amend"),
    "a smaller capacity": ({"capacity_w": 9_000_000, "effective": "2025-03-31"}, "contradict the amendment"),
    "an earlier day": ({"effective": "2025-04-01"}, "would come before that"),
    "a margin not in normal form": ({"margin": "3"}, "margin"),
    "no device": ({"device": "nobody"}, "not registered"),
    "a day that does not exist": ({"effective": "2025-02-30"}, "does not exist"),
    "closed too early": ({"decommissioned": True, "effective": "2025-03-31"}, "would be decommissioned"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_amendment_is_a_finding(name: str, clock: Clock) -> None:
    """Domain invariant 34."""
    ledger = cl.open_ledger(":memory:", clock=clock)
    ledger.register_device(device(capacity="10 MW"))
    ledger.record_readings("plant", start="2025-03-01T00:00+04:00", step="1 day", net_wh=[240_000_000] * 31)
    if name == "an earlier day":
        ledger.amend_device("plant", effective="2025-05-02", capacity="12 MW", **SINCE)
    ledger.amend_device("plant", effective="2025-05-02", capacity="11 MW", **SINCE)
    change, words = FORGERIES[name]
    assert words in str(found_in(ledger, ledger.size - 1, lambda event: event.update(change)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Op"}, "nothing to amend"),
        ({"effective": "2025-04-01"}, "would come before that"),
        ({"account": "nobody"}, "not open"),
    ],
)
def test_a_forged_amendment_of_an_account_is_a_finding(change: dict[str, str], words: str) -> None:
    ledger = cl.open_ledger(":memory:")
    ledger.open_account("op", name="Op")
    if "effective" in change:
        ledger.amend_account("op", effective="2025-05-02", name="First", **SINCE)
    ledger.amend_account("op", effective="2025-05-02", name="New", **SINCE)
    assert words in str(found_in(ledger, ledger.size - 1, lambda event: event.update(change)))
