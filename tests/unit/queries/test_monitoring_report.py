"""A monitoring report is of the issuances of its period, with the readings as corrected, or of what is quantified."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, device
from tests.support.metered_project import MAY, factor, metered, project
from tests.support.reported import (
    BAKU,
    JUNE,
    PLAN,
    REPORTS,
    SUMMER,
    TEXT,
    begun,
    corrected_ledger,
    existing_plant,
    granular,
    reservoir,
    two_vintages,
    waived,
)

import carbon_ledger as cl
from carbon_ledger.errors import (
    BrokenLogError,
    DoubleIssuanceError,
    PeriodError,
    QuantityError,
    RefusedError,
    UnknownProjectError,
)
from carbon_ledger.reports.parts import FIXED, MONITORED
from carbon_ledger.testing import Clock

__all__ = ["metered"]


@pytest.mark.parametrize("make", REPORTS)
def test_the_metered_values_are_those_that_the_lines_count(make: Callable[[], cl.MonitoringReport]) -> None:
    """By calculation, vintage and device; lines of a device are EG, EG_facility, or net energy in Wh."""
    report = make()
    sums: dict[tuple[int, str, str], int] = {}
    for run in report.readings:
        key = (run.calculation, str(run.vintage), run.device)
        sums[key] = sums.get(key, 0) + sum(run.net_wh)
    for (k, vintage, name), wh in sums.items():
        lines = {line.symbol: line for line in report.calculations[k].quantification.lines}
        (line,) = (lines[s] for s in (f"EG[{vintage},{name}]", f"EG_facility[{vintage},{name}]") if s in lines)
        assert Decimal(wh).scaleb(-6 if line.unit == "MWh" else 0) == line.value
    assert len(sums) == sum(
        line.symbol.startswith(("EG[", "EG_facility[")) and "," in line.symbol
        for item in report.calculations
        for line in item.quantification.lines
    )


def test_parameters_are_fixed_or_monitored_with_their_equipment() -> None:
    report = two_vintages()
    kinds = {item.symbol: item.kind for item in report.parameters}
    assert kinds["EF"] == FIXED
    assert {kinds[name] for name in ("EG[2023,one]", "FC[2024,1]", "NCV[2024,2]", "TDL[2023,1]", "LE[2023,1]")} == {
        MONITORED
    }
    assert not any(name.endswith(("counted", "expected", "difference")) for name in kinds)
    assert {item.equipment for item in report.parameters if item.symbol.startswith("EG[")} == {("feeder",)}
    assert {item.equipment for item in report.parameters if item.symbol.startswith("FC[")} == {()}
    (equipment,) = report.equipment
    assert equipment.devices == ("one", "two")
    assert equipment.meter.serial_number == "=5012"
    (calibration,) = equipment.calibrations
    assert calibration.calibration.is_late
    assert calibration.evidence == EVIDENCE
    assert [item.factor_id for item in report.factors] == ["f"]


def test_a_number_of_a_year_before_the_project_is_fixed_and_an_ex_post_factor_is_monitored(
    metered: cl.Ledger,
) -> None:
    kinds = {item.symbol: item.kind for item in existing_plant().parameters}
    assert kinds["EG_hist[2019]"] == FIXED
    assert kinds["EG_before[2024]"] == MONITORED
    assert "EG_base" not in kinds, "a number that is computed is no parameter"
    found = metered.quantify("credits", MAY, factor=factor(vintage_option="ex-post"), waivers=[TEXT])
    draft = metered.monitoring_report("credits", MAY, quantification=found)
    assert {item.symbol: item.kind for item in draft.parameters}["EF"] == FIXED, "the ledger does not know the factor"
    metered.issue("credits", MAY, factor=factor(vintage_option="ex-post"), to="op", waivers=[TEXT])
    report = metered.monitoring_report("credits", MAY)
    assert {item.symbol: item.kind for item in report.parameters}["EF"] == MONITORED


@pytest.mark.parametrize(("value", "unit"), [("0.4", "tCO2/MWh"), ("400", "gCO2/kWh")])
def test_a_draft_takes_a_factor_in_any_unit_that_is_not_adopted_yet(metered: cl.Ledger, value: str, unit: str) -> None:
    """The name of the line EF has the factor as published; the lines of a factor not adopted do not state that."""
    published = factor(value=value, unit=unit)
    found = metered.quantify("credits", MAY, factor=published, waivers=[TEXT])
    (draft,) = metered.monitoring_report("credits", MAY, quantification=found).calculations
    assert draft.quantification == found
    assert f"published as {value} {unit}" in draft.quantification.line("EF").name


def test_the_form_shows_where_a_plant_is_and_when_its_project_was_registered() -> None:
    ledger = begun(device(latitude="40.1", longitude="-46.25"))
    ledger.register_project(
        cl.Project(
            id="energy", instrument="I-REC-E", zone=BAKU, devices=("plant",), estimate=PLAN, registered="2023-06-01"
        )
    )
    ledger.record_generation("plant", MAY, net="100 MWh")
    ledger.issue("energy", MAY, to="op")
    report = ledger.monitoring_report("energy", MAY)
    tables = {item.title: item.rows for item in report.tables()}
    assert ("registered", "2023-06-01") in [tuple(row.values()) for row in tables["The project and the period"]]
    (row,) = tables["Devices"]
    assert (row["country"], row["latitude and longitude"]) == ("AZ", "40.1, -46.25")
    assert tables["Comparison with the estimate"][0]["actual"] == "100,000,000"
    assert "generation: 100,000,000 Wh, expected 95,000,000 (31 of 31 days, calendar-days)" in str(report)


def test_the_total_of_a_shared_meter_and_the_invoice_are_reported(metered: cl.Ledger) -> None:
    (total,) = two_vintages().volumes
    assert (total.meter, total.devices, total.net_wh) == ("feeder", ("one", "two"), 7_012_345_678)
    metered.record_generation("plant", JUNE, export="51 MWh", import_="1 MWh", invoiced=("52 MWh", "1 MWh"))
    metered.correct_generation("plant", MAY, net="90 MWh", reason="misread", evidence=EVIDENCE)
    metered.issue("energy", SUMMER, to="op")
    report = metered.monitoring_report("energy", SUMMER)
    assert [(item.net_wh, item.superseded) for item in report.volumes] == [
        (100_000_000, True),
        (50_000_000, False),
        (90_000_000, False),
    ]
    invoiced = report.volumes[1]
    assert (invoiced.export_wh, invoiced.import_wh, invoiced.invoiced_wh) == (51_000_000, 1_000_000, 51_000_000)
    (rows,) = (item.rows for item in report.tables() if item.title.startswith("Totals of meters"))
    assert [row["metered minus invoiced Wh"] for row in rows] == ["", "-1,000,000", ""]


def test_a_step_over_the_end_of_a_year_is_in_both_vintages() -> None:
    report = two_vintages()
    assert [(run.vintage, run.device, run.split) for run in report.readings] == [
        (2023, "one", True),
        (2023, "two", True),
        (2024, "one", True),
        (2024, "two", True),
    ]
    assert sum(sum(run.net_wh) for run in report.readings) == 7_012_345_678
    assert {run.meter for run in report.readings} == {"feeder"}
    assert {run.evidence for run in report.readings} == {EVIDENCE}


def test_whole_steps_on_both_sides_of_a_split_step_keep_their_vintages() -> None:
    """Hours of UTC, and a zone whose year begins half an hour into one."""
    ledger = cl.open_ledger(":memory:")
    ledger.open_account("op", name="Operator")
    ledger.register_device(device(zone="Asia/Kolkata", country="IN", grid="IN"))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Kolkata", devices=("plant",)))
    ledger.record_readings(
        "plant", start="2023-12-31T16:00Z", step="1 hour", net_wh=[1, 2, 1001, 8], gross_wh=[2, 3, 1003, 9]
    )
    day = cl.Period.of("2023-12-31T16:00Z", "2023-12-31T20:00Z")
    ledger.issue("p", day, to="op", waivers=[cl.Waiver("straddling-step", "no shorter steps")])
    report = ledger.monitoring_report("p", day)
    assert [(run.vintage, run.net_wh, run.gross_wh, run.split) for run in report.readings] == [
        (2023, (1, 2), (2, 3), False),
        (2023, (501,), (502,), True),
        (2024, (500,), (501,), True),
        (2024, (8,), (9,), False),
    ]


def test_a_correction_is_shown_and_its_calculation_is_reported() -> None:
    ledger = corrected_ledger()
    report = ledger.monitoring_report("credits", SUMMER)
    first, second = report.calculations
    (note,) = first.corrections
    assert (note.reason, dict(note.amounts)) == ("=misread", {2024: Decimal("30.16666365")})
    assert first.quantification.amount == Decimal("30.16666365")
    assert [sum(run.net_wh) for run in report.readings] == [90_500_000, 50_000_000]
    assert (first.units, first.counted) == (((2024, 33),), 33)
    assert (second.units, second.counted) == (((2024, 16),), 13), "units were withdrawn from the newest issuance"
    assert second.corrections == ()
    assert second.issuance is not None
    before = ledger.as_of(entry=second.issuance).monitoring_report("credits", SUMMER)
    assert before.calculations[0].corrections == ()
    assert before.calculations[0].quantification.amount == Decimal("33.3333303333333")
    assert (before.entries, before.root) == (second.issuance + 1, ledger.as_of(entry=second.issuance).root())


def test_a_correction_of_a_correction(metered: cl.Ledger) -> None:
    """The document is found among the documents of several issuances that one correction quantified again."""
    metered.record_generation("plant", JUNE, net="50 MWh")
    for period in (MAY, JUNE):
        metered.issue("credits", period, factor=factor(), to="op", waivers=[TEXT])
    start = cl.Period.of("2024-05-01", "2024-06-01", zone=BAKU)
    for net in ("90 MWh", "80 MWh"):
        metered.correct_generation("plant", start, net=net, reason=f"to {net}", evidence=EVIDENCE)
    metered.correct_generation("plant", JUNE, net="40 MWh", reason="June", evidence=EVIDENCE)
    first, second = metered.monitoring_report("credits", SUMMER).calculations
    assert [item.reason for item in first.corrections] == ["to 90 MWh", "to 80 MWh"]
    assert [item.reason for item in second.corrections] == ["June"]
    assert (first.quantification.amount, second.quantification.amount) == (Decimal(40), Decimal(20))


def test_a_voided_issuance_is_left_out() -> None:
    ledger = corrected_ledger()
    report = ledger.monitoring_report("credits", JUNE)
    live = [item.n for item in ledger.issuances("credits") if not item.voided]
    assert [item.issuance for item in report.calculations] == live[1:]


def test_carry_that_is_issued_is_a_calculation_without_steps(metered: cl.Ledger) -> None:
    """It has no amount of its own, and its period is that of all issuances: a shorter report is not refused for it."""
    metered.record_generation("plant", JUNE, net="50 MWh")
    for period in (MAY, JUNE):
        metered.issue("credits", period, factor=factor(value="0.005"), to="op", waivers=[TEXT])
    metered.correct_generation("plant", MAY, net="340 MWh", reason="a ratio", evidence=EVIDENCE)
    metered.issue_carry("credits", to="op")
    whole = metered.monitoring_report("credits", SUMMER)
    assert [bool(item.quantification.steps) for item in whole.calculations] == [True, True, False]
    assert whole.calculations[2].units == ((2024, 1),)
    assert len(metered.monitoring_report("credits", MAY).calculations) == 1
    assert metered.audit().passed


def test_what_is_not_issued_yet_can_be_reported(metered: cl.Ledger) -> None:
    found = metered.quantify("credits", MAY, factor=factor(), waivers=[TEXT])
    report = metered.monitoring_report("credits", MAY, quantification=found)
    assert [(item.issuance, item.units) for item in report.calculations] == [(None, ())]
    metered.issue("credits", MAY, factor=factor(), to="op", waivers=[TEXT])
    issued = metered.monitoring_report("credits", MAY)
    assert issued.calculations[0].quantification == found
    with pytest.raises(DoubleIssuanceError):
        metered.monitoring_report("credits", MAY, quantification=found)


def test_a_quantification_that_is_no_longer_computed_is_refused(metered: cl.Ledger) -> None:
    found = metered.quantify("credits", MAY, factor=factor(), waivers=[TEXT])
    metered.correct_generation("plant", MAY, net="90 MWh", reason="misread", evidence=EVIDENCE)
    with pytest.raises(RefusedError, match="quantify again") as caught:
        metered.monitoring_report("credits", MAY, quantification=found)
    assert caught.value.rule == "quantification-differs"
    other = metered.quantify("energy", MAY)
    wrong: Any
    for wrong in (other, "x", evolve(found, steps=())):
        with pytest.raises(QuantityError, match="expected one that quantify"):
            metered.monitoring_report("credits", MAY, quantification=wrong)
    with pytest.raises(QuantityError, match="inside"):
        metered.monitoring_report("credits", JUNE, quantification=found)


def test_a_period_without_issuances_or_with_a_part_of_one_is_refused(metered: cl.Ledger) -> None:
    metered.issue("credits", MAY, factor=factor(), to="op", waivers=[TEXT])
    half = cl.Period.of("2024-05-10", "2024-07-01", zone=BAKU)
    for period, words in ((JUNE, "no issuance"), (half, "only in part")):
        with pytest.raises(RefusedError, match=words) as caught:
            metered.monitoring_report("credits", period)
        assert caught.value.rule == "report-period"
    with pytest.raises(UnknownProjectError):
        metered.monitoring_report("nobody", MAY)
    month: Any = "2024-05"
    with pytest.raises(PeriodError):
        metered.monitoring_report("credits", month)


def test_readings_that_are_not_those_of_the_quantification_are_refused(
    metered: cl.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only in a ledger that somebody has changed."""
    metered.issue("credits", MAY, factor=factor(), to="op", waivers=[TEXT])
    module = "carbon_ledger.queries.metered_runs"
    monkeypatch.setattr(f"{module}.claimed_parts", lambda *_: [])
    with pytest.raises(BrokenLogError, match="have 0 Wh, but it counts 100000000 Wh; audit the ledger"):
        metered.monitoring_report("credits", MAY)


def test_a_document_that_is_not_the_issuances_quantification_is_refused(
    metered: cl.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only in a ledger that somebody has changed."""
    metered.issue("credits", MAY, factor=factor(), to="op", waivers=[TEXT])
    module = "carbon_ledger.queries.monitoring_report"
    other = existing_plant().calculations[0].quantification
    monkeypatch.setattr(f"{module}.quantification_at", lambda *_: other)
    with pytest.raises(BrokenLogError, match="no document is the quantification"):
        metered.monitoring_report("credits", MAY)


def test_a_correction_is_of_every_issuance_that_it_quantified_again(metered: cl.Ledger) -> None:
    """By a historic baseline, readings of one issuance change a later one of the same year, and not the other way."""
    history = {2019: "10 MWh", 2020: "10 MWh", 2021: "10 MWh", 2022: "10 MWh", 2023: "10 MWh"}
    metered.register_device(device("mill", capacity_before="90 MW"))
    fields = {"instrument": "GCC-ACC", "methodology": "ACM0002@22.0", "baseline": "retrofit", "history": history}
    crediting = cl.Period.years("2024-01-01", 7, zone=BAKU)
    given = fields | {"crediting_period": crediting, "replaced_on": "2030-01-01", "devices": ("mill",)}
    metered.register_project(project("old", **given))
    for period in (MAY, JUNE):
        metered.record_generation("mill", period, net="100 MWh")
        metered.issue("old", period, factor=factor(), to="op", waivers=[TEXT])
    metered.correct_generation("mill", MAY, net="5 MWh", reason="May", evidence=EVIDENCE)
    (alone,) = metered.monitoring_report("old", JUNE).calculations
    assert [item.reason for item in alone.corrections] == ["May"]
    assert alone.quantification.amount == Decimal("47.5")
    metered.correct_generation("mill", JUNE, net="90 MWh", reason="June", evidence=EVIDENCE)
    first, second = metered.monitoring_report("old", SUMMER).calculations
    assert [item.reason for item in first.corrections] == ["May"]
    assert [item.reason for item in second.corrections] == ["May", "June"]
    assert (first.quantification.amount, second.quantification.amount) == (Decimal(0), Decimal("42.5"))
    assert metered.audit().passed


def test_the_estimate_is_compared_with_the_whole_period() -> None:
    generation, amount = two_vintages().comparisons
    assert (generation.actual, generation.expected) == (Decimal(7_012_345_678), Decimal(2_000_000_000))
    assert (generation.days, amount.days) == (31, 121)
    assert amount.source == PLAN.source
    assert granular().comparisons == ()
    assert [item.complete for item in waived().comparisons] == [False, True]


@pytest.mark.parametrize("make", REPORTS)
def test_the_record_is_plain_data_and_has_every_part(make: Callable[[], cl.MonitoringReport]) -> None:
    report = make()
    record = report.to_record()
    assert json.loads(json.dumps(record)) == record
    assert not any(isinstance(item, float) for item in _leaves(record))
    assert len(record["readings"]) == len(report.readings)
    digests = [item["digest"] for item in record["calculations"]]
    assert digests == [item.quantification.digest for item in report.calculations]
    assert [item["meter"]["meter"] for item in record["equipment"]] == [item.meter.id for item in report.equipment]


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def test_gross_energy_of_each_step_is_reported() -> None:
    (run,) = reservoir().readings
    assert run.gross_wh is not None
    assert (len(run.net_wh), run.net_wh[0], run.gross_wh[1], run.step_s) == (48, 10_000_001, 10_100_006, 3600)


def test_a_meter_that_took_the_place_of_another_is_shown_with_its_time() -> None:
    ledger = cl.open_ledger(":memory:")
    ledger.open_account("op", name="Operator")
    ledger.register_device(device())
    ledger.register_meter(cl.Meter(id="old", shares={"plant": 1}))
    ledger.register_meter(cl.Meter(id="new", shares={"plant": 1}, installed="2024-05-10", replaces="old"))
    ledger.register_meter(cl.Meter(id="later", shares={"plant": 1}, installed="2025-01-01", replaces="new"))
    ledger.register_project(project("energy", instrument="I-REC-E"))
    ledger.record_generation("plant", MAY, net="10 MWh")
    found = ledger.monitoring_report("energy", MAY, quantification=ledger.quantify("energy", MAY))
    assert [(item.meter.id, item.in_place) for item in found.equipment] == [
        ("old", "to 2024-05-09T20:00:00Z"),
        ("new", "from 2024-05-09T20:00:00Z to 2024-12-31T20:00:00Z"),
    ]
    assert {item.equipment for item in found.parameters} == {("old", "new")}


def test_the_cap_of_a_year_is_fixed_ex_ante_and_makes_one_issuance_depend_on_another() -> None:
    """A small-scale plant that was enlarged beyond the limit after crediting had begun."""
    ledger = cl.open_ledger(":memory:", clock=Clock())
    ledger.open_account("op", name="Operator")
    ledger.register_device(device(capacity="14 MW"))
    plan = evolve(PLAN, monthly={}, yearly={2024: "3000"})
    fields = {"instrument": "CDM-CER", "methodology": "AMS-I.D@18.0", "baseline": "greenfield", "estimate": plan}
    ledger.register_project(project("small", **fields, crediting_period=cl.Period.years("2024-01-01", 7, zone=BAKU)))
    ledger.amend_device("plant", effective="2024-02-01", capacity="16 MW", reason="enlarged", evidence=EVIDENCE)
    for period in (MAY, JUNE):
        ledger.record_generation("plant", period, net="4000 MWh")
        ledger.issue("small", period, factor=factor(), to="op", waivers=[TEXT])
    ledger.correct_generation("plant", MAY, net="3000 MWh", reason="a ratio", evidence=EVIDENCE)
    (second,) = ledger.monitoring_report("small", JUNE).calculations
    assert second.quantification.amount == Decimal(1500)
    assert [item.reason for item in second.corrections] == ["a ratio"]
    report = ledger.monitoring_report("small", SUMMER)
    assert {item.symbol: item.kind for item in report.parameters}["ER_cap[2024]"] == FIXED
