"""What a correction recomputes keeps the rules and the knowledge of its issuance, and loses nothing that was known."""

from collections.abc import Callable

import pytest
from tests.conftest import EVIDENCE, device, dump
from tests.support.metered_project import factor
from tests.support.other_zone_rules import BAKU, LATER, another_machine

import carbon_ledger as cl
from carbon_ledger import errors

MAY, JUNE = (cl.Period.month(2024, k, zone=BAKU) for k in (5, 6))
JANUARY = cl.Period.month(2025, 1, zone=BAKU)
ASSUMED = [
    cl.Waiver("factor-method", "published"),
    cl.Waiver("methodology-text", "compared"),
    cl.Waiver("capacity-changes", "the permit of 2025"),
]
DAM = {"technology": "hydro/reservoir", "capacity": "10 MW", "reservoir_area": "1 km2"}


def credits_of(ledger: cl.Ledger, **fields: object) -> None:
    ledger.register_device(device("dam", **fields))
    crediting = cl.Period.years("2021-01-01", 10, zone=BAKU)
    project = {"methodology": "ACM0002@22.0", "baseline": "greenfield", "crediting_period": crediting}
    ledger.register_project(cl.Project(id="c", instrument="GCC-ACC", zone=BAKU, devices=("dam",), **project))


def amended(ledger: cl.Ledger) -> None:
    ledger.amend_device("dam", effective="2025-02-01", capacity="11 MW", evidence=EVIDENCE, reason="a survey")


def late(ledger: cl.Ledger) -> None:
    ledger.register_meter(cl.Meter(id="own", shares={"dam": 1}))
    ledger.record_calibration("own", due="2025-02-01", done="2025-03-01", maximum_error="4 %", evidence=EVIDENCE)


@pytest.mark.parametrize(("fields", "change"), [(DAM, amended), ({}, late)])
def test_an_issuance_is_recomputed_by_the_zone_s_rules_of_its_entry(
    ledger: cl.Ledger, fields: dict[str, object], change: Callable[[cl.Ledger], None]
) -> None:
    """Invariant 22: an amendment or a calibration at the period's edge stays outside of it after adopt_zone."""
    credits_of(ledger, **fields)
    change(ledger)
    ledger.record_generation("dam", JANUARY, net="1000 MWh", gross="1010 MWh")
    ledger.issue("c", JANUARY, to="op", factor=factor(), waivers=ASSUMED)
    before = ledger.carry("c").claimed
    with another_machine(LATER):
        ledger.adopt_zone(BAKU, release=LATER.release, reason="a law")
        ledger.correct_generation(
            "dam", JANUARY, net="1000.001 MWh", gross="1010 MWh", reason="misread", evidence=EVIDENCE
        )
        assert 0 < ledger.carry("c").claimed - before < 1
        assert ledger.audit().findings == ()


def test_a_correction_states_the_sides_that_were_known(ledger: cl.Ledger) -> None:
    """The net energy alone would take what was imported out of a deduction for a late calibration."""
    ledger.register_device(device())
    ledger.register_meter(cl.Meter(id="own", shares={"plant": 1}))
    ledger.record_meter("own", MAY, export="50 MWh", import_="4 MWh")
    ledger.record_generation("plant", JUNE, export="50 MWh", import_="4 MWh")
    why = {"reason": "misread", "evidence": EVIDENCE}
    before = dump(ledger)
    for correct in (
        lambda: ledger.correct_meter("own", start=MAY.start, step="31 days", net_wh=[46_000_000], **why),
        lambda: ledger.correct_generation("plant", MAY, net="46 MWh", **why),
        lambda: ledger.correct_generation("plant", JUNE, net="46 MWh", **why),
    ):
        with pytest.raises(errors.RefusedError, match="export and import") as refused:
            correct()
        assert refused.value.rule == "sides-missing"
        assert dump(ledger) == before
    ledger.correct_generation("plant", JUNE, export="51 MWh", import_="4 MWh", **why)
    ledger.correct_meter(
        "own", start=MAY.start, step="31 days", export_wh=[51_000_000], import_wh=[4_000_000], net_wh=None, **why
    )
    assert [ledger.generation("plant", period) for period in (MAY, JUNE)] == [cl.quantity("47 MWh")] * 2


def test_a_meter_is_not_replaced_from_before_its_last_reading_on(ledger: cl.Ledger) -> None:
    """Readings that it recorded would be those of a meter that was not in place."""
    ledger.register_device(device())
    ledger.register_meter(cl.Meter(id="old", shares={"plant": 1}))
    ledger.record_meter("old", MAY, net="46 MWh")
    for installed in ("2024-05-31", "2024-01-01"):
        with pytest.raises(errors.RefusedError, match="has readings of") as refused:
            ledger.register_meter(cl.Meter(id="new", shares={"plant": 1}, replaces="old", installed=installed))
        assert refused.value.rule == "meter-replaced"
    ledger.register_meter(cl.Meter(id="new", shares={"plant": 1}, replaces="old", installed="2024-06-01"))


def test_a_correction_of_several_entries_is_one_run_of_volumes(ledger: cl.Ledger) -> None:
    ledger.register_device(device())
    start, steps = {"start": "2024-05-01T00:00Z", "step": "15 min"}, 2_900
    ledger.record_readings("plant", **start, net_wh=[1_000] * steps)
    sides = {"export_wh": [2_000] * steps, "import_wh": [0] * steps, "net_wh": None}
    ledger.correct_readings(
        "plant", **start, **sides, invoiced=("5.8 MWh", "0 Wh"), reason="misread", evidence=EVIDENCE
    )
    old, new = ledger.volumes("plant", cl.Period.of("2024-05-01", "2024-07-01", zone="UTC"))
    assert (old.superseded, new.superseded, new.net_wh, new.difference_wh) == (True, False, 5_800_000, 0)
