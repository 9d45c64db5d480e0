"""Late calibrations in quantifications of credits: CDM VVS for project activities v2.0, paragraph 369. [P]"""

from decimal import Decimal
from typing import Any

import pytest
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in
from tests.support.metered_project import factor, project

import carbon_ledger as cl
from carbon_ledger import errors

JUNE, JULY = (cl.Period.month(2024, k, zone="Asia/Baku") for k in (6, 7))
SUMMER = cl.Period.of("2024-06-01", "2024-08-01", zone="Asia/Baku")
GIVEN: dict[str, Any] = {"factor": factor(), "waivers": [cl.Waiver("methodology-text", "compared")]}
OVERDUE = cl.Waiver("calibration-overdue", "the laboratory has no date before spring")
SIDES: dict[str, Any] = {"export": "1000 MWh", "import_": "10 MWh"}
METER: dict[str, Any] = {"id": "m", "shares": {"plant": 1}, "accuracy_class": "0.2"}


@pytest.fixture
def plant(ledger: cl.Ledger) -> cl.Ledger:
    """A plant of credits and certificates, with a meter of its own of class 0.2 whose calibration was due on 1 June."""
    ledger.register_device(device())
    ledger.register_device(device("second"))
    ledger.register_meter(cl.Meter(**METER, calibration_due="2024-06-01"))
    ledger.register_project(project("credits"))
    ledger.register_project(project("energy", instrument="I-REC-E"))
    return ledger


def calibrate(ledger: cl.Ledger, done: str, meter: str = "m", **fields: object) -> None:
    ledger.record_calibration(meter, done=done, evidence=EVIDENCE, **fields)


def net_mwh(ledger: cl.Ledger, period: cl.Period) -> Decimal:
    return ledger.quantify("credits", period, **GIVEN).line("EG[2024]").value


def test_the_maximum_permissible_error_is_deducted(plant: cl.Ledger) -> None:
    """Domain section 4, W24: class 0.2, export 1000, import 10 MWh: 987.980 MWh."""
    plant.record_generation("plant", JUNE, **SIDES)
    calibrate(plant, "2024-08-15")
    result = plant.quantify("credits", JUNE, **GIVEN)
    lines = [(line.symbol, line.formula, str(line.value)) for line in result.lines if line.symbol.startswith("EG")]
    assert lines == [
        ("EG[2024,plant]", "", "990.000000"),
        ("EG_export_late1[2024,plant]", "", "1000.000000"),
        ("EG_import_late1[2024,plant]", "", "10.000000"),
        (
            "EG_deducted1[2024,plant]",
            "0.002 x EG_export_late1[2024,plant] + 0.002 x EG_import_late1[2024,plant]",
            "2.020000",
        ),
        ("EG[2024]", "EG[2024,plant] - EG_deducted1[2024,plant]", "987.980000"),
    ]
    assert result.line("EG_deducted1[2024,plant]").confidence == "P"
    (batch,) = plant.issue("credits", JUNE, to="op", **GIVEN)
    assert (batch.count, plant.carry("credits").carry) == (493, Decimal("0.99"))
    assert plant.late_calibrations("credits") == ()
    assert plant.audit().passed
    found = found_in(plant, plant.calibrations("m")[0].n, lambda event: event.update(done="2024-06-01"))
    assert "EG_export_late1[2024,plant]" in str(found)


@pytest.mark.parametrize(
    ("fields", "net"),
    [
        ({"export_error": "0.1 %", "import_error": "0.1 %"}, "987.98"),
        ({"export_error": "0.5 %"}, "984.98"),
        ({"import_error": "1 %"}, "987.9"),
        ({"export_error": "0.5 %", "import_error": "1 %"}, "984.9"),
        ({"maximum_error": "0.3 %"}, "986.97"),
    ],
)
def test_a_larger_error_that_was_found_is_deducted_for_its_side(
    plant: cl.Ledger, fields: dict[str, str], net: str
) -> None:
    plant.record_generation("plant", JUNE, **SIDES)
    calibrate(plant, "2024-08-15", **fields)
    assert net_mwh(plant, JUNE) == Decimal(net)


def test_only_late_steps_are_corrected_and_a_step_counts_as_a_whole(plant: cl.Ledger) -> None:
    """Both days are included: the due day begins the late time, and the day on which it was done ends it."""
    plant.record_readings("plant", start=JUNE.start, step="1 day", net_wh=[1_000_000] * 29 + [-1_000_000])
    calibrate(plant, "2024-06-30")
    result = plant.quantify("credits", JUNE, **GIVEN)
    assert result.line("EG_export_late1[2024,plant]").value == 29
    assert result.line("EG_import_late1[2024,plant]").value == 1
    assert result.line("EG[2024]").value == Decimal("27.94")


@pytest.mark.parametrize(("done", "net"), [("2024-05-20", "28"), ("2024-06-01", "28"), ("2024-06-02", "27.996")])
def test_a_calibration_on_its_day_is_not_late(plant: cl.Ledger, done: str, net: str) -> None:
    plant.record_readings("plant", start=JUNE.start, step="1 day", net_wh=[1_000_000] * 29 + [-1_000_000])
    calibrate(plant, done)
    assert net_mwh(plant, JUNE) == Decimal(net)


def test_an_outstanding_calibration_is_refused_or_waived(plant: cl.Ledger) -> None:
    plant.record_generation("plant", cl.Period.month(2024, 5, zone="Asia/Baku"), net="1 MWh")
    assert net_mwh(plant, cl.Period.month(2024, 5, zone="Asia/Baku")) == 1
    plant.record_generation("plant", JUNE, **SIDES)
    before = dump(plant)
    with pytest.raises(errors.RefusedError, match="meter m, due 2024-06-01, not done") as refused:
        plant.issue("credits", JUNE, to="op", **GIVEN)
    assert refused.value.rule == "calibration-overdue"
    assert dump(plant) == before
    waived = GIVEN | {"waivers": [*GIVEN["waivers"], OVERDUE]}
    assert plant.quantify("credits", JUNE, **waived).line("EG[2024]").value == Decimal("987.98")
    plant.issue("credits", JUNE, to="op", **waived)
    assert plant.audit().passed
    issued = plant.issuances("credits")[0].n
    found = found_in(plant, issued, lambda event: event["waivers"].pop())
    assert "calibration is outstanding" in str(found)


def test_a_calibration_recorded_later_changes_no_issuance_but_is_named(plant: cl.Ledger) -> None:
    plant.record_readings("plant", start=JUNE.start, step="1 day", net_wh=[30_000_000] * 30)
    waived = GIVEN | {"waivers": [*GIVEN["waivers"], OVERDUE]}
    plant.issue("credits", JUNE, to="op", **waived)
    amounts = plant.issuances("credits")[0].amounts
    calibrate(plant, "2024-06-15", export_error="1 %")
    assert plant.issuances("credits")[0].amounts == amounts
    (found,) = plant.late_calibrations("credits")
    assert (found.meter, found.device, found.issuance_n) == ("m", "plant", plant.issuances("credits")[0].n)
    assert found.period == cl.Period.of("2024-06-01", "2024-06-16", zone="Asia/Baku").in_utc
    assert "recorded after the issuance" in str(found)
    # A correction computes the issuance again, with the calibrations that it knew.
    plant.correct_readings("plant", start=JUNE.start, step="1 day", net_wh=[31_000_000], reason="r", evidence=EVIDENCE)
    assert plant.issuances("credits")[0].amounts == ((2024, Decimal("449.599")),)
    plant.void(plant.issuances("credits")[0].n, reason="the calibration")
    assert plant.late_calibrations("credits") == ()
    plant.issue("credits", JUNE, to="op", **GIVEN)
    assert plant.late_calibrations("credits") == ()
    assert plant.issuances("credits")[1].amounts == ((2024, Decimal("448.245")),)
    assert plant.audit().passed


def test_certificates_are_not_corrected_but_named(plant: cl.Ledger) -> None:
    """No rule of a certificate scheme was found that asks for it. [M]"""
    plant.record_generation("plant", JUNE, **SIDES)
    (batch,) = plant.issue("energy", JUNE, to="op")
    calibrate(plant, "2024-08-15")
    assert batch.count == 990
    (found,) = plant.late_calibrations("energy")
    assert found.period == JUNE.in_utc
    plant.record_generation("plant", JULY, **SIDES)
    plant.issue("energy", JULY, to="op")
    assert [item.reason for item in plant.late_calibrations("energy")] == [
        "it was recorded after the issuance",
        "no credits were issued",
    ]


def test_the_meter_that_measured_a_run_decides(plant: cl.Ledger) -> None:
    """A run of a meter is of that meter. Another run is of the device's own meters, or else of all that it feeds."""
    plant.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    plant.register_project(project("both", devices=("plant", "second"), **CREDITS))
    plant.record_meter("feeder", JUNE, **SIDES)
    plant.record_generation("plant", JULY, **SIDES)
    plant.record_generation("second", JULY, **SIDES)
    calibrate(plant, "2024-08-15")
    assert net_mwh(plant, JUNE) == Decimal(330)
    assert net_mwh(plant, JULY) == Decimal("987.98")
    calibrate(plant, "2024-08-15", "feeder", due="2024-06-01", maximum_error="1 %")
    # The sides are divided as the meter is: 333.333333... and 3.333333... MWh, each rounded up to the Wh.
    assert net_mwh(plant, JUNE) == Decimal(330) - Decimal("3.366667")
    assert net_mwh(plant, JULY) == Decimal("987.98")
    assert plant.quantify("both", SUMMER, **GIVEN).line("EG_deducted1[2024,second]").value == Decimal("16.833334")


CREDITS: dict[str, Any] = {
    "instrument": "GCC-ACC",
    "methodology": "ACM0002@22.0",
    "baseline": "greenfield",
    "crediting_period": cl.Period.years("2021-01-01", 10, zone="Asia/Baku"),
}


def test_a_replaced_meter_is_not_overdue_for_ever(plant: cl.Ledger) -> None:
    plant.register_meter(cl.Meter(**METER | {"id": "n"}, replaces="m", installed="2024-07-01"))
    plant.record_generation("plant", JULY, net="1 MWh")
    assert net_mwh(plant, JULY) == 1
    plant.record_generation("plant", JUNE, net="1 MWh")
    with pytest.raises(errors.RefusedError, match="calibration-overdue"):
        net_mwh(plant, JUNE)


def test_a_late_step_over_the_new_year_is_divided(plant: cl.Ledger) -> None:
    period = cl.Period.of("2024-12-31T08:00Z", "2025-01-01T08:00Z")  # 12 hours each in Baku
    plant.record_generation("plant", period, **SIDES)
    calibrate(plant, "2025-02-01")
    split = GIVEN | {"waivers": [*GIVEN["waivers"], cl.Waiver("straddling-step", "one total")]}
    result = plant.quantify("credits", period, **split)
    assert [result.line(f"EG_deducted1[{year},plant]").value for year in (2024, 2025)] == [Decimal("1.01")] * 2


def test_a_devices_own_meter_decides_even_if_it_was_never_late(plant: cl.Ledger) -> None:
    plant.register_meter(cl.Meter(id="feeder", shares={"second": 1, "plant": 1}, accuracy_class="0.5"))
    plant.register_project(project("other", devices=("second",), **CREDITS))
    calibrate(plant, "2024-08-15", "feeder", due="2024-06-01")
    plant.record_generation("second", JUNE, net="10 MWh")
    assert plant.quantify("other", JUNE, **GIVEN).line("EG[2024]").value == Decimal("9.95")
    plant.register_meter(cl.Meter(id="own", shares={"second": 1}))
    assert plant.quantify("other", JUNE, **GIVEN).line("EG[2024]").value == 10


def test_an_approval_of_credits_lapses_with_a_calibration_of_a_meter(plant: cl.Ledger) -> None:
    plant.record_generation("plant", JUNE, **SIDES)
    calibrate(plant, "2024-06-01", next_due="2024-09-01")
    plant.approve(plant.quantify("credits", JUNE, **GIVEN))
    plant.approve(plant.quantify("energy", JUNE))
    calibrate(plant, "2024-08-15")
    assert [item.status for item in plant.approvals("credits")] == ["lapsed"]
    assert [item.status for item in plant.approvals("energy")] == ["standing"]
