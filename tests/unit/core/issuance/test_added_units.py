"""Added units in a ledger: only their steps are claimed, and no meter may measure them together with old units."""

from typing import Any

import pytest
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in
from tests.support.metered_project import factor

import carbon_ledger as cl
from carbon_ledger import errors

BAKU = "Asia/Baku"
MAY, JUNE = (cl.Period.month(2024, k, zone=BAKU) for k in (5, 6))
GIVEN: dict[str, Any] = {"to": "op", "factor": factor(), "waivers": [cl.Waiver("methodology-text", "compared")]}
HISTORY = dict.fromkeys(range(2018, 2023), "80000 MWh")


def wind(name: str, before: str = "0 MW", **more: Any) -> cl.Device:
    return device(name, technology="wind/onshore", capacity_before=before, **more)


def addition(**more: Any) -> cl.Project:
    fields: dict[str, Any] = {
        "id": "park",
        "instrument": "CDM-CER",
        "zone": BAKU,
        "devices": ("old", "new"),
        "methodology": "ACM0002@22.0",
        "baseline": "capacity-addition",
        "crediting_period": cl.Period.years("2024-01-01", 7, zone=BAKU),
    }
    return cl.Project(**(fields | more))


@pytest.fixture
def park(ledger: cl.Ledger) -> cl.Ledger:
    """A wind farm with an old and an added unit, and certificates for the old one."""
    ledger.register_device(wind("old", "100 MW"))
    ledger.register_device(wind("new"))
    ledger.register_project(addition())
    ledger.register_project(cl.Project(id="old-farm", instrument="I-REC-E", zone=BAKU, devices=("old",)))
    return ledger


def test_only_steps_of_added_units_are_claimed(park: cl.Ledger) -> None:
    """ACM0002 v22, equation (13). [S] Invariant 5: the energy of the old unit is free for its certificates."""
    park.record_generation("old", MAY, net="300 MWh")
    park.record_generation("new", MAY, net="200 MWh")
    (batch,) = park.issue("park", MAY, **GIVEN)
    assert batch.count == 100
    assert [claim.device for claim in park.quantify("old-farm", MAY).steps] == ["old"]
    assert sum(item.count for item in park.issue("old-farm", MAY, to="op")) == 300
    assert park.reconcile("park", MAY).rows()
    park.correct_generation("new", MAY, net="180 MWh", reason="ratio", evidence=EVIDENCE)
    assert park.carry("park").claimed == 90
    assert park.audit().findings == ()


def test_an_old_unit_without_readings_is_no_gap(park: cl.Ledger) -> None:
    park.record_generation("new", MAY, net="200 MWh")
    assert sum(item.count for item in park.issue("park", MAY, **GIVEN)) == 100


def test_a_meter_that_an_old_unit_feeds_too_is_refused(park: cl.Ledger) -> None:
    park.register_meter(cl.Meter(id="feeder", shares={"old": 1, "new": 1}, reason="equal units"))
    park.record_meter("feeder", MAY, net="400 MWh")
    before = dump(park)
    for ask in (park.quantify, park.issue):
        given = GIVEN if ask == park.issue else {"factor": factor()}
        with pytest.raises(errors.RefusedError, match="meter feeder measures it together with old") as refused:
            ask("park", MAY, **given)
        assert (refused.value.rule, dump(park)) == ("addition-meter", before)
    # A reading that names no meter was measured by every meter that the unit feeds, until it has one of its own.
    park.record_generation("new", JUNE, net="200 MWh")
    with pytest.raises(errors.RefusedError, match="meter feeder measures it together with old"):
        park.quantify("park", JUNE, factor=factor())
    park.register_meter(cl.Meter(id="own", shares={"new": 1}))
    assert park.quantify("park", JUNE, factor=factor()).amount == 100


def test_a_meter_of_the_unit_alone_measures_only_while_it_is_in_place(park: cl.Ledger) -> None:
    """A meter that is installed on the last day of a run measured that day, and the shared meter the days before."""
    park.register_meter(cl.Meter(id="feeder", shares={"old": 1, "new": 1}, reason="equal units"))
    park.record_generation("new", MAY, net="200 MWh")
    park.register_meter(cl.Meter(id="own", shares={"new": 1}, installed="2024-05-31"))
    with pytest.raises(errors.RefusedError, match="meter feeder measures it together with old"):
        park.quantify("park", MAY, factor=factor())
    park.register_meter(cl.Meter(id="first", shares={"new": 1}, installed="2024-05-01"))
    assert park.quantify("park", MAY, factor=factor()).amount == 100


def test_meters_that_follow_one_another_measure_together(park: cl.Ledger) -> None:
    park.register_meter(cl.Meter(id="feeder", shares={"old": 1, "new": 1}, reason="equal units"))
    park.register_meter(cl.Meter(id="first", shares={"new": 1}))
    park.register_meter(cl.Meter(id="second", shares={"new": 1}, installed="2024-05-10", replaces="first"))
    park.record_generation("new", MAY, net="200 MWh")
    assert park.quantify("park", MAY, factor=factor()).amount == 100


def test_a_meter_of_another_time_measured_nothing(park: cl.Ledger) -> None:
    park.register_meter(
        cl.Meter(id="feeder", shares={"old": 1, "new": 1}, reason="equal units", installed="2024-06-01")
    )
    for period in (MAY, JUNE):
        park.record_generation("new", period, net="200 MWh")
    assert park.quantify("park", MAY, factor=factor()).amount == 100
    with pytest.raises(errors.RefusedError, match="meter feeder measures it together with old"):
        park.quantify("park", JUNE, factor=factor())


def test_an_issuance_keeps_the_meters_that_were_known(park: cl.Ledger) -> None:
    """Domain invariant 22: a meter that is registered later does not stop a correction."""
    park.record_generation("new", MAY, net="200 MWh")
    park.issue("park", MAY, **GIVEN)
    park.register_meter(cl.Meter(id="feeder", shares={"old": 1, "new": 1}, reason="equal units"))
    park.correct_generation("new", MAY, net="180 MWh", reason="ratio", evidence=EVIDENCE)
    assert park.carry("park").claimed == 90
    assert park.audit().findings == ()


def test_added_units_may_share_a_meter(park: cl.Ledger) -> None:
    park.register_device(wind("newer"))
    park.register_project(addition(id="both", devices=("new", "newer")))
    park.register_meter(cl.Meter(id="feeder", shares={"new": 1, "newer": 1}, reason="equal units"))
    park.record_meter("feeder", MAY, net="400 MWh")
    assert park.quantify("both", MAY, factor=factor()).amount == 200


@pytest.mark.parametrize(
    ("fields", "technology", "named"),
    [
        ({"history": HISTORY, "replaced_on": "2031-01-01"}, "wind/onshore", "leave out history and replaced_on"),
        ({}, "hydro/run-of-river", "an addition to hydro/run-of-river has to state history, replaced_on"),
        ({"devices": ("old",)}, "wind/onshore", "no device is an added unit"),
        ({"devices": ("old",)}, "hydro/run-of-river", "has to state history, replaced_on"),
    ],
)
def test_an_addition_is_checked_when_it_is_registered(
    ledger: cl.Ledger, fields: dict[str, Any], technology: str, named: str
) -> None:
    """In the rule: a project that could never be quantified is not registered."""
    ledger.register_device(device("old", technology=technology, capacity_before="100 MW"))
    ledger.register_device(device("new", technology=technology, capacity_before="0 MW"))
    before = dump(ledger)
    with pytest.raises(errors.MethodologyError, match=named):
        ledger.register_project(addition(**fields))
    assert dump(ledger) == before


def test_an_old_unit_that_grew_is_named(ledger: cl.Ledger) -> None:
    ledger.register_device(wind("old", "90 MW"))
    ledger.register_device(wind("new"))
    with pytest.raises(errors.MethodologyError, match="old adds capacity to a unit that had some before the project"):
        ledger.register_project(addition())


def test_a_forged_addition_or_meter_is_found(park: cl.Ledger) -> None:
    """Invariant 34: an addition with a history, or one measured with an old unit, is found by an audit."""
    park.register_meter(cl.Meter(id="own", shares={"new": 1}))
    park.record_generation("new", MAY, net="200 MWh")
    park.issue("park", MAY, **GIVEN)
    registered, metered = (
        next(n for n in range(park.size) if park.entry(n).type == kind)
        for kind in ("project.registered", "meter.registered")
    )
    history = {"history_wh": {str(year): 10**9 for year in range(2018, 2023)}, "replaced_on": "2031-01-01"}
    finding = found_in(park, registered, lambda event: event.update(history))
    assert (finding.entry, "leave out history" in finding.detail) == (registered, True)
    finding = found_in(park, metered, lambda event: event.update(shares={"new": 1, "old": 1}, reason="halves"))
    assert finding.entry == park.size - 1
    assert "measures it together with old" in finding.detail
