"""Calibrations of meters: what the rule of a calibration refuses, and what identifies a meter."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in

import carbon_ledger as cl
from carbon_ledger import errors

OWN: dict[str, Any] = {"id": "m", "shares": {"plant": 1}}
CLASSED: dict[str, Any] = {**OWN, "accuracy_class": "0.2S", "calibration_due": "2024-03-01"}
DONE: dict[str, Any] = {"done": "2024-03-05", "evidence": EVIDENCE}


@pytest.fixture
def plant(ledger: cl.Ledger) -> cl.Ledger:
    ledger.register_device(device())
    ledger.register_device(device("second"))
    return ledger


def test_a_meter_has_one_serial_number_and_no_other_meter_has_it(plant: cl.Ledger) -> None:
    given = {"serial_number": "LG 5012", "manufacturer": "Landis", "accuracy_class": "0.2S", "resolution": "1 kWh"}
    meter = plant.register_meter(cl.Meter(**OWN, **given))
    assert plant.meter("m") == meter
    assert (meter.resolution_wh, str(meter.maximum_error)) == (1000, "0.002")
    before = dump(plant)
    for name in ("LG 5012", "lg5012"):
        same = cl.Meter(id="other", shares={"second": 1}, serial_number=name, manufacturer="LANDIS")
        with pytest.raises(errors.AlreadyRegisteredError, match="is that of meter m"):
            plant.register_meter(same)
    assert dump(plant) == before
    other = cl.Meter(id="other", shares={"second": 1}, serial_number="LG 5012", manufacturer="Another maker")
    plant.register_meter(other)
    found = found_in(plant, plant.size - 1, lambda event: event.update(manufacturer="landis"))
    assert "is that of meter m" in str(found)
    assert plant.audit().passed


@pytest.mark.parametrize(
    "fields",
    [
        {"accuracy_class": "20"},
        {"accuracy_class": 0.2},
        {"resolution": "0 Wh"},
        {"resolution": 5},
        {"calibration_due": "2024-03-01"},
        {"replaces": "m", "installed": "2024-03-01"},
        {"replaces": "old"},
        {"serial_number": ""},
        {"serial_number": "5012"},
        {"manufacturer": "two\nlines"},
    ],
)
def test_an_invalid_meter_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(errors.QuantityError):
        cl.Meter(**OWN, **fields)


def test_a_measured_total_is_a_multiple_of_the_meters_resolution(plant: cl.Ledger) -> None:
    """A total only: what is derived for a device need not be a multiple, nor a value that was not measured."""
    plant.register_meter(cl.Meter(id="m", shares={"plant": 1, "second": 2}, resolution="1 kWh"))
    start: dict[str, Any] = {"start": "2024-05-01T00:00Z", "step": "1 hour"}
    before = dump(plant)
    with pytest.raises(errors.RefusedError, match=r"net of step 1 is 1001 Wh, .* multiples of 1000 Wh") as refused:
        plant.record_meter_readings("m", **start, net_wh=[1000, 1001])
    assert refused.value.rule == "meter-resolution"
    with pytest.raises(errors.RefusedError, match="export of step 0 is 1500 Wh"):
        plant.record_meter_readings("m", **start, export_wh=[1500], import_wh=[500])
    assert dump(plant) == before
    done = plant.record_meter_readings("m", **start, net_wh=[1000, 2000])
    found = found_in(plant, done.first, lambda event: event.update(net_wh=[1000, 2001]) or forge_parts(event))
    assert "multiples of 1000 Wh" in str(found)
    plant.record_meter_readings("m", **start | {"start": "2024-05-02T00:00Z"}, net_wh=[1001], quality="estimated")


def forge_parts(event: dict[str, Any]) -> None:
    event["devices"] = {"plant": [333, 667], "second": [667, 1334]}


def test_a_replaced_meter_measures_until_the_other_takes_its_place(plant: cl.Ledger) -> None:
    plant.register_meter(cl.Meter(**CLASSED))
    with pytest.raises(errors.UnknownMeterError):
        plant.register_meter(cl.Meter(**OWN | {"id": "n"}, replaces="nothing", installed="2024-04-01"))
    with pytest.raises(errors.RefusedError, match="expected the same devices") as refused:
        plant.register_meter(cl.Meter(id="n", shares={"second": 1}, replaces="m", installed="2024-04-01"))
    assert refused.value.rule == "meter-replaced"
    plant.register_meter(cl.Meter(**OWN | {"id": "n"}, replaces="m", installed="2024-04-01"))
    with pytest.raises(errors.AlreadyRegisteredError, match="is replaced by meter n"):
        plant.register_meter(cl.Meter(**OWN | {"id": "o"}, replaces="m", installed="2024-05-01"))
    march, april = (cl.Period.month(2024, k, zone="Asia/Baku") for k in (3, 4))
    with pytest.raises(errors.RefusedError, match="meter n took its place on 2024-04-01"):
        plant.record_meter("m", april, net="1 MWh")
    with pytest.raises(errors.NotCommissionedError, match="installed on 2024-04-01"):
        plant.record_meter("n", march, net="1 MWh")
    plant.record_meter("m", march, net="1 MWh")
    done = plant.record_meter("n", april, net="1 MWh")
    found = found_in(plant, done.first, lambda event: event.update(meter="m"))
    assert "meter n took its place on 2024-04-01; record its readings" in str(found)
    assert plant.audit().passed


def test_a_calibration_is_recorded_with_what_the_ledger_knows(plant: cl.Ledger) -> None:
    plant.register_meter(cl.Meter(**CLASSED))
    given = {**DONE, "export_error": "0.35 %", "next_due": "2027-03-05", "laboratory": "Metrology"}
    first = plant.record_calibration("m", key="c", **given)
    assert (str(first.due), str(first.maximum_error), first.is_late) == ("2024-03-01", "0.2 %", True)
    assert plant.record_calibration("m", key="c", **given) == first
    with pytest.raises(errors.IdempotencyError):
        plant.record_calibration("m", key="c", **given | {"done": "2024-03-06"})
    (found,) = plant.calibrations("m")
    assert (found.calibration, found.evidence, found.n) == (first, EVIDENCE, plant.size - 1)
    event = plant.entry(found.n).event
    assert (event["maximum_error"], event["export_error"], event["due"]) == ("0.002", "0.0035", "2024-03-01")
    assert plant.audit().passed


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("calibration-due", {"due": "2024-03-02"}),
        ("calibration-class", {"maximum_error": "0.1 %"}),
        ("calibration-future", {"done": "2031-03-05"}),
    ],
)
def test_a_calibration_that_contradicts_the_ledger_is_refused(
    plant: cl.Ledger, rule: str, fields: dict[str, Any]
) -> None:
    plant.register_meter(cl.Meter(**CLASSED))
    before = dump(plant)
    with pytest.raises(errors.RefusedError) as refused:
        plant.record_calibration("m", **DONE | fields)
    assert refused.value.rule == rule
    assert dump(plant) == before


def test_calibrations_are_recorded_in_order(plant: cl.Ledger) -> None:
    plant.register_meter(cl.Meter(**CLASSED))
    plant.record_calibration("m", **DONE, next_due="2024-09-01")
    with pytest.raises(errors.RefusedError) as refused:
        plant.record_calibration("m", **DONE | {"done": "2024-03-05"})
    assert refused.value.rule == "calibration-order"
    with pytest.raises(errors.RefusedError) as refused:
        plant.record_calibration("m", **DONE | {"done": "2024-09-05"}, due="2024-03-01")
    assert refused.value.rule == "calibration-due"
    plant.record_calibration("m", **DONE | {"done": "2024-08-05"})


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (errors.QuantityError, {"maximum_error": "20 %"}),
        (errors.QuantityError, {"maximum_error": "0.2"}),
        (errors.QuantityError, {"export_error": 0.002}),
        (errors.QuantityError, {"next_due": "2024-03-05"}),
        (errors.QuantityError, {"laboratory": ""}),
        (errors.QuantityError, {"evidence": "x"}),
        (errors.MissingDataError, {"evidence": None}),
        (errors.PeriodError, {"done": 5}),
    ],
)
def test_an_invalid_calibration_is_refused(plant: cl.Ledger, error: type[Exception], fields: dict[str, Any]) -> None:
    """A validator once saw 0.2 % applied as 20 %."""
    plant.register_meter(cl.Meter(**CLASSED))
    before = dump(plant)
    with pytest.raises(error):
        plant.record_calibration("m", **DONE | fields)
    assert dump(plant) == before


def test_what_the_ledger_does_not_know_must_be_given(plant: cl.Ledger) -> None:
    plant.register_meter(cl.Meter(**OWN))
    for given in ({"due": "2024-03-01"}, {"maximum_error": "0.5 %"}):
        with pytest.raises(errors.MissingDataError, match="is missing, and the ledger has none"):
            plant.record_calibration("m", **DONE, **given)
    plant.record_calibration("m", **DONE, due="2024-03-01", maximum_error="0.5 %")


FORGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "the ledger schedules it": lambda event: event.update(due="2024-03-05"),
    "expected below 5 %": lambda event: event.update(maximum_error="0.2"),
    "a meter of class 0.2S has 0.2 %": lambda event: event.update(maximum_error="0.001"),
    "a day that has not begun": lambda event: event.update(done="2031-01-01", next_due="2032-01-01"),
    "expected a day after": lambda event: event.update(next_due="2024-03-05"),
    "no request for these entries": lambda event: event.update(export_error="0.001"),
}


@pytest.mark.parametrize("words", FORGED)
def test_a_forged_calibration_is_found(plant: cl.Ledger, words: str) -> None:
    plant.register_meter(cl.Meter(**CLASSED))
    plant.record_calibration("m", **DONE, next_due="2024-09-01", key="c")
    assert words in str(found_in(plant, plant.size - 1, FORGED[words]))
