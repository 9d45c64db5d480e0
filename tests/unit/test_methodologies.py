"""Methodologies: applicability, calculation, and that every number has its line."""

import decimal
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve

from carbon_ledger.canonical import dumps
from carbon_ledger.devices import Device
from carbon_ledger.errors import (
    FactorNotApplicableError,
    MethodologyError,
    MissingDataError,
    NotApplicableError,
    QuantityError,
    UnitMismatchError,
)
from carbon_ledger.exact import Rounding
from carbon_ledger.factors import EmissionFactor, builtin
from carbon_ledger.methodologies import (
    METHODOLOGIES,
    Activity,
    Line,
    VintageGeneration,
    certificate_lines,
    methodology_of,
    quantify_lines,
    require_text,
)
from carbon_ledger.methodologies.reservoirs import power_density
from carbon_ledger.periods import Period
from carbon_ledger.waivers import Waiver

GCCM001 = METHODOLOGIES["GCCM001@4.0"]
AMS_I_D = METHODOLOGIES["AMS-I.D@18.0"]
FIRST_MONTHS = Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku")
KEYS = ("ACM0002@22.0", "AMS-I.D@18.0", "GCCM001@4.0")


def device(device_id: str = "chirag-1", **more: Any) -> Device:
    fields: dict[str, Any] = {
        "id": device_id,
        "name": device_id,
        "technology": "hydro/run-of-river",
        "capacity": "8.33 MW",
        "country": "AZ",
        "grid": "AZ",
        "zone": "Asia/Baku",
        "commissioned": "2023-08-25",
    }
    return Device(**(fields | more))


def activity(*generation: VintageGeneration, devices: tuple[Device, ...] = (), **more: Any) -> Activity:
    fields: dict[str, Any] = {
        "project": "kalbajar-hydro",
        "baseline": "greenfield",
        "crediting_period_ordinal": 1,
        "devices": devices or (device(),),
        "period": FIRST_MONTHS,
        "generation": generation or (VintageGeneration(2023, "chirag-1", 70_000_000_000),),
    }
    return Activity(**(fields | more))


def factor(**more: Any) -> EmissionFactor:
    fields: dict[str, Any] = {
        "factor_id": "f",
        "value": "0.384",
        "unit": "tCO2e/MWh",
        "kind": "combined_margin",
        "region": "AZ",
        "source": "a document",
        "tool": "TOOL07@7.0",
        "confidence": "P",
    }
    return EmissionFactor(**(fields | more))


def by_symbol(lines: tuple[Line, ...]) -> dict[str, Line]:
    found = {line.symbol: line for line in lines}
    assert len(found) == len(lines), "a symbol stands twice"
    return found


def waivers(*names: str) -> tuple[Waiver, ...]:
    return tuple(Waiver(name, "a test") for name in names)


def reservoir(density_w_per_m2: str, **more: Any) -> Device:
    """A reservoir plant of 10 MW with the area that gives a power density."""
    area = Fraction(10_000_000) / Fraction(density_w_per_m2)
    assert area.denominator == 1
    return device("dam", technology="hydro/reservoir", capacity="10 MW", reservoir_area=f"{area} m2", **more)


# --- figures ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("factor_id", "technology", "tonnes"),
    [
        ("ifi-2021-v3.1-az-firm", "hydro/run-of-river", "26880"),
        ("ifi-2021-v3.1-az-intermittent", "wind/onshore", "33460"),
        ("ifi-2021-v3.1-az-operating-margin", "hydro/run-of-river", "37380"),
    ],
)
def test_seventy_gwh_in_azerbaijan(key: str, factor_id: str, technology: str, tonnes: str) -> None:
    """Domain section 5: 70 GWh at 384, 478 and 534 gCO2/kWh of IFI 2021 v3.1. [C]"""
    _, amounts = quantify_lines(
        METHODOLOGIES[key],
        activity(devices=(device(technology=technology),)),
        builtin().get(factor_id),
        waivers("factor-method", "factor-kind"),
    )
    assert amounts == ((2023, Decimal(tonnes)),)


def test_vintages_of_scenario_14() -> None:
    """Scenario S14: 36,411,290,323 Wh of 2023 and 33,588,709,677 Wh of 2024 at 0.384 tCO2e/MWh."""
    lines, amounts = quantify_lines(
        GCCM001,
        activity(
            VintageGeneration(2024, "chirag-1", 33_588_709_677),
            VintageGeneration(2023, "chirag-1", 36_411_290_323),
        ),
        factor(),
    )
    assert amounts == ((2023, Decimal("13981.935484032")), (2024, Decimal("12898.064515968")))
    assert by_symbol(lines)["EG[2023]"].value == Decimal("36411.290323")
    assert by_symbol(lines)["ER"].value == 26_880


def test_a_period_that_imported_more_than_it_exported_is_negative() -> None:
    """Invariant 28: a period that is negative as a whole is carried as a debit."""
    _, amounts = quantify_lines(GCCM001, activity(VintageGeneration(2023, "chirag-1", -1_000_000)), factor())
    assert amounts == ((2023, Decimal("-0.384")),)


def test_nothing_metered_amounts_to_nothing() -> None:
    lines, amounts = quantify_lines(GCCM001, activity(generation=()), factor())
    assert amounts == ()
    assert [line.symbol for line in lines] == ["EF"]


def test_the_callers_decimal_context_changes_nothing() -> None:
    made = activity(VintageGeneration(2023, "chirag-1", 36_411_290_323))
    expected = quantify_lines(GCCM001, made, factor())
    with decimal.localcontext(prec=3, rounding=decimal.ROUND_UP):
        assert quantify_lines(GCCM001, made, factor()) == expected
        assert certificate_lines("MWh", made)[1] == ((2023, Decimal("36411.290323")),)


# --- lines --------------------------------------------------------------------------------------------


def test_every_number_has_its_line_in_order() -> None:
    made = activity(
        VintageGeneration(2023, "chirag-2", 2_000_000),
        VintageGeneration(2023, "chirag-1", 1_000_000),
        VintageGeneration(2024, "chirag-1", 3_000_000),
        devices=(device("chirag-1"), device("chirag-2")),
    )
    lines, _ = quantify_lines(GCCM001, made, factor())
    assert [line.symbol for line in lines] == [
        "EF",
        "EG[2023,chirag-1]",
        "EG[2023,chirag-2]",
        "EG[2023]",
        "BE[2023]",
        "PE[2023]",
        "LE[2023]",
        "ER[2023]",
        "EG[2024,chirag-1]",
        "EG[2024]",
        "BE[2024]",
        "PE[2024]",
        "LE[2024]",
        "ER[2024]",
        "ER",
    ]
    found = by_symbol(lines)
    assert found["EG[2023]"].inputs == ("EG[2023,chirag-1]", "EG[2023,chirag-2]")
    assert found["BE[2023]"].formula == "EG[2023] x EF"
    assert found["ER[2023]"].formula == "BE[2023] - PE[2023] - LE[2023]"
    assert found["ER"].inputs == ("ER[2023]", "ER[2024]")
    assert found["ER"].value == Decimal("2.304")


@pytest.mark.parametrize("key", KEYS)
def test_every_line_names_its_document_and_how_sure_it_is(key: str) -> None:
    lines, _ = quantify_lines(METHODOLOGIES[key], activity(), factor())
    for line in lines[1:]:
        assert line.source.startswith(METHODOLOGIES[key].document), line
        assert line.confidence == "S", line
    symbols = {line.symbol for line in lines}
    assert all(set(line.inputs) <= symbols for line in lines)
    assert dumps([line.to_record() for line in lines])


def test_the_factors_line_shows_what_was_published_and_by_which_tool() -> None:
    lines, _ = quantify_lines(GCCM001, activity(), builtin().get("ifi-2021-v3.1-az-firm"), waivers("factor-method"))
    line = by_symbol(lines)["EF"]
    assert (line.value, line.unit, line.confidence) == (Decimal("0.384"), "tCO2e/MWh", "S")
    assert "made by IFI-2021@3.1" in line.name
    assert "published as 384 gCO2/kWh" in line.name
    assert line.source.startswith("IFI TWG, Harmonized IFI Default Grid Factors 2021 v3.1")


# --- the factor ---------------------------------------------------------------------------------------


def test_a_margin_of_another_tool_needs_a_waiver() -> None:
    """Domain section 5: an example that uses the IFI figure must pass a waiver that says so."""
    with pytest.raises(FactorNotApplicableError, match=r"with IFI-2021@3\.1.*prescribes TOOL07.*factor-method"):
        quantify_lines(GCCM001, activity(), builtin().get("ifi-2021-v3.1-az-firm"), waivers("factor-region"))


@pytest.mark.parametrize("tool", ["TOOL07", "TOOL07@7.0", "TOOL07@5.0"])
def test_a_margin_of_the_tool_needs_none(tool: str) -> None:
    assert quantify_lines(GCCM001, activity(), factor(tool=tool))


def test_a_tool_whose_name_only_begins_alike_is_another_one() -> None:
    with pytest.raises(FactorNotApplicableError, match="factor-method"):
        quantify_lines(GCCM001, activity(), factor(tool="TOOL07x@7.0"))


def test_a_factor_of_another_kind_is_waived_as_such_whatever_made_it() -> None:
    margin = builtin().get("ifi-2021-v3.1-az-operating-margin")
    assert quantify_lines(GCCM001, activity(), margin, waivers("factor-kind"))[1] == ((2023, Decimal(37_380)),)
    with pytest.raises(FactorNotApplicableError, match="never operating_margin"):
        quantify_lines(GCCM001, activity(), margin, waivers("factor-method"))


def test_a_tool_that_is_not_stated_is_accepted_and_shown() -> None:
    lines, _ = quantify_lines(GCCM001, activity(), factor(tool=None))
    line = by_symbol(lines)["EF"]
    assert "tool not stated" in line.name
    assert "tool not stated" in line.source


@pytest.mark.parametrize(
    ("change", "named", "waiver"),
    [
        ({"kind": "lifecycle"}, "never lifecycle", "factor-kind"),
        ({"region": "AM"}, "for AM, not for AZ", "factor-region"),
        ({"valid_to": "2024-04-27"}, "valid to 2024-04-27", "expired-factor"),
    ],
)
def test_a_factor_that_does_not_suit_is_refused_unless_waived(change: dict[str, Any], named: str, waiver: str) -> None:
    with pytest.raises(FactorNotApplicableError, match=named):
        quantify_lines(GCCM001, activity(), factor(**change))
    assert quantify_lines(GCCM001, activity(), factor(**change), waivers(waiver))


def test_every_grid_and_technology_of_the_project_is_checked() -> None:
    for grid in ("AM", "GE"):
        both = (device(), device("other", grid=grid))
        with pytest.raises(FactorNotApplicableError, match=f"for AZ, not for {grid}"):
            quantify_lines(GCCM001, activity(devices=both), factor())
    both = (device(), device("sun", technology="solar/photovoltaic"))
    with pytest.raises(FactorNotApplicableError, match="not for solar/photovoltaic"):
        quantify_lines(GCCM001, activity(devices=both), factor(technologies=("hydro",)))


def test_a_factor_of_another_crediting_period_is_refused() -> None:
    later = factor(crediting_period_ordinal=2)
    with pytest.raises(FactorNotApplicableError, match="is in crediting period 1"):
        quantify_lines(GCCM001, activity(), later, waivers("factor-kind", "factor-method", "expired-factor"))
    assert quantify_lines(GCCM001, activity(crediting_period_ordinal=2), later)
    assert quantify_lines(GCCM001, activity(crediting_period_ordinal=2), factor())


def test_a_factor_of_another_gas_is_refused() -> None:
    with pytest.raises(UnitMismatchError, match="CH4"):
        quantify_lines(GCCM001, activity(), factor(unit="lb/MWh", gas="CH4"))


# --- applicability ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_every_condition_is_reported_met_or_not(key: str) -> None:
    conditions = METHODOLOGIES[key].applicability(activity())
    assert [one.name for one in conditions][:3] == ["baseline", "technology", "power density"]
    assert all(one.met and one.detail and one.confidence == "S" for one in conditions)
    assert all(METHODOLOGIES[key].document in one.source for one in conditions)
    bad = METHODOLOGIES[key].applicability(activity(baseline="retrofit", devices=(device(technology="biomass"),)))
    assert [one.met for one in bad][:3] == [False, False, True]


@pytest.mark.parametrize("baseline", ["retrofit", "capacity-addition", None, "Greenfield"])
def test_another_baseline_is_refused_with_what_is_supported(baseline: str | None) -> None:
    with pytest.raises(NotApplicableError, match=rf"{baseline}.*supported so far: greenfield"):
        quantify_lines(GCCM001, activity(baseline=baseline), factor())


def test_a_greenfield_plant_had_no_capacity_before() -> None:
    rebuilt = device(capacity_before="4.4 MW")
    with pytest.raises(NotApplicableError, match=r"chirag-1 had 4\.4 MW before the project"):
        quantify_lines(GCCM001, activity(devices=(rebuilt,)), factor())


@pytest.mark.parametrize(
    ("key", "technology", "reason"),
    [
        ("ACM0002@22.0", "biomass", "the document admits hydro, wind"),
        ("AMS-I.D@18.0", "biomass", "cannot calculate these"),
        ("GCCM001@4.0", "biomass", "the document admits hydro, wind"),
        ("ACM0002@22.0", "geothermal", "its steam carries CO2 and CH4"),
        ("AMS-I.D@18.0", "solar/thermal", "it may burn fuel on site"),
        ("GCCM001@4.0", "solar/thermal", "the document admits hydro, wind, solar/photovoltaic"),
        ("GCCM001@4.0", "geothermal", "the document admits"),
    ],
)
def test_a_technology_that_is_not_admitted_or_not_calculated(key: str, technology: str, reason: str) -> None:
    with pytest.raises(NotApplicableError, match=rf"chirag-1 is {technology}.*{reason}"):
        quantify_lines(METHODOLOGIES[key], activity(devices=(device(technology=technology),)), factor())


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("technology", ["hydro/run-of-river", "wind/offshore", "solar/photovoltaic", "tidal", "wave"])
def test_technologies_that_apply(key: str, technology: str) -> None:
    made = activity(devices=(device(technology=technology),))
    assert quantify_lines(METHODOLOGIES[key], made, factor())[1] == ((2023, Decimal(26_880)),)


@pytest.mark.parametrize(
    ("capacities", "total"),
    [
        (("22.5 MW",), "22.5 MW"),
        (("4.4 MW", "8.33 MW", "3.6 MW", "6.33 MW", "5.3 MW", "3.4 MW"), "31.36 MW"),
        (("15.000001 MW",), "15.000001 MW"),
    ],
)
def test_more_than_15_mw_in_total_is_large_scale(capacities: tuple[str, ...], total: str) -> None:
    """Domain section 4: a 22.5 MW plant and a bundle above 15 MW are large-scale."""
    devices = tuple(device(f"d{k}", capacity=capacity) for k, capacity in enumerate(capacities))
    made = activity(VintageGeneration(2023, "d0", 1_000_000), devices=devices)
    with pytest.raises(
        NotApplicableError, match=rf"{total} in total, and the document admits at most 15 MW.*ACM0002 or GCCM001"
    ):
        quantify_lines(AMS_I_D, made, factor())
    assert quantify_lines(METHODOLOGIES["ACM0002@22.0"], made, factor())
    assert quantify_lines(GCCM001, made, factor())


def test_15_mw_in_total_is_small_scale() -> None:
    devices = (device("a", capacity="8 MW"), device("b", capacity="7 MW"))
    made = activity(VintageGeneration(2023, "a", 1_000_000), devices=devices)
    assert quantify_lines(AMS_I_D, made, factor())[1] == ((2023, Decimal("0.384")),)


# --- reservoirs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("density", ["2", "4"])
def test_a_power_density_of_at_most_4_is_not_eligible(key: str, density: str) -> None:
    made = activity(VintageGeneration(2023, "dam", 1_000_000, 1_100_000), devices=(reservoir(density),))
    with pytest.raises(NotApplicableError, match=rf"power density of dam is {density} W/m2.*more than 4 W/m2"):
        quantify_lines(METHODOLOGIES[key], made, factor())


@pytest.mark.parametrize("density", ["5", "8", "10"])
def test_a_reservoir_of_4_to_10_emits_90_kg_for_each_gross_mwh(density: str) -> None:
    """1,000 MWh net, 1,050 gross: 384 - 0.090 x 1,050 = 289.5 tCO2e. [C]"""
    made = activity(VintageGeneration(2023, "dam", 10**9, 1_050_000_000), devices=(reservoir(density),))
    lines, amounts = quantify_lines(GCCM001, made, factor())
    found = by_symbol(lines)
    assert amounts == ((2023, Decimal("289.5")),)
    assert found["EF_Res"].value == Decimal("0.09")
    assert found["TEG[2023,dam]"].value == 1050
    assert found["PE[2023,dam]"].inputs == ("EF_Res", "TEG[2023,dam]")
    assert found["PE[2023]"].value == Decimal("94.5")
    assert f"power density of dam is {density} W/m2" in found["PE[2023,dam]"].name


PONDED = device("dam", reservoir_area="9 km2", reservoir_area_before="9 km2")


@pytest.mark.parametrize("plant", [reservoir("12.5"), device("dam"), PONDED])
def test_above_10_or_without_a_reservoir_there_are_no_project_emissions(plant: Device) -> None:
    made = activity(VintageGeneration(2023, "dam", 10**9), devices=(plant,))
    lines, amounts = quantify_lines(GCCM001, made, factor())
    assert amounts == ((2023, Decimal(384)),)
    assert "EF_Res" not in by_symbol(lines)
    assert by_symbol(lines)["PE[2023]"].value == 0


def test_the_smallest_step_beside_a_threshold_is_seen() -> None:
    """Power density is compared without rounding: 1 W above 4, and above 10, times 2.5 km2."""
    area = "2500000 m2"
    at, above = (
        device("dam", technology="hydro/reservoir", capacity=f"{watts} W", reservoir_area=area)
        for watts in (10_000_001, 25_000_001)
    )
    assert power_density(at) == Fraction(10_000_001, 2_500_000) > 4
    made = activity(VintageGeneration(2023, "dam", 10**9), devices=(above,))
    assert quantify_lines(GCCM001, made, factor())[1] == ((2023, Decimal(384)),)
    made = activity(VintageGeneration(2023, "dam", 10**9, 10**9), devices=(at,))
    assert quantify_lines(GCCM001, made, factor())[1] == ((2023, Decimal(294)),)


def test_only_the_added_area_counts() -> None:
    plant = device(
        "dam",
        technology="hydro/reservoir",
        capacity="10 MW",
        reservoir_area="10 km2",
        reservoir_area_before="8 km2",
    )
    assert power_density(plant) == 5


def test_a_reservoir_plant_that_adds_no_area_is_no_run_of_river_plant() -> None:
    """Its power density is undefined, and the largest dam would otherwise be credited as if it had no reservoir."""
    dam = device("dam", technology="hydro/reservoir", reservoir_area="10 km2", reservoir_area_before="10 km2")
    assert power_density(dam) is None
    made = activity(VintageGeneration(2023, "dam", 10**9), devices=(dam,))
    with pytest.raises(NotApplicableError, match=r"dam is hydro/reservoir and adds 8\.33 MW but no reservoir area"):
        quantify_lines(GCCM001, made, factor())


def test_added_capacity_counts_over_added_area() -> None:
    plant = device(
        "dam",
        technology="hydro/reservoir",
        capacity="50 MW",
        capacity_before="10 MW",
        reservoir_area="6 km2",
        reservoir_area_before="1 km2",
    )
    assert power_density(plant) == 8


def test_a_run_of_river_plant_that_names_an_area_is_judged_by_it() -> None:
    ponded = device("dam", capacity="10 MW", reservoir_area="5 km2")
    with pytest.raises(NotApplicableError, match="power density of dam is 2 W/m2"):
        quantify_lines(GCCM001, activity(VintageGeneration(2023, "dam", 10**9), devices=(ponded,)), factor())


def test_a_reservoir_without_its_area_is_refused() -> None:
    plant = device("dam", technology="hydro/reservoir")
    made = activity(VintageGeneration(2023, "dam", 10**9), devices=(plant,))
    with pytest.raises(NotApplicableError, match=r"area was not recorded.*reservoir_area"):
        quantify_lines(GCCM001, made, factor())


def test_gross_generation_that_is_needed_and_missing_is_named() -> None:
    made = activity(VintageGeneration(2023, "dam", 10**9), devices=(reservoir("5"),))
    with pytest.raises(MissingDataError, match="gross generation of dam in 2023 was not recorded"):
        quantify_lines(GCCM001, made, factor())


def test_only_the_reservoir_emits_in_a_bundle() -> None:
    made = activity(
        VintageGeneration(2023, "dam", 10**9, 10**9),
        VintageGeneration(2023, "chirag-1", 10**9),
        VintageGeneration(2024, "chirag-1", 10**9),
        devices=(device(), reservoir("5")),
    )
    assert quantify_lines(GCCM001, made, factor())[1] == ((2023, Decimal(678)), (2024, Decimal(384)))


# --- the activity -------------------------------------------------------------------------------------


def test_generation_of_a_stranger_or_given_twice_is_refused() -> None:
    with pytest.raises(QuantityError, match="generation of stranger"):
        activity(VintageGeneration(2023, "stranger", 1))
    with pytest.raises(QuantityError, match="chirag-1 in 2023 is given twice"):
        activity(VintageGeneration(2023, "chirag-1", 1), VintageGeneration(2023, "chirag-1", 1))


# --- certificates -------------------------------------------------------------------------------------


def test_certificates_are_net_energy_line_by_line() -> None:
    made = activity(
        VintageGeneration(2024, "b", -400_000),
        VintageGeneration(2023, "a", 25_510_000),
        VintageGeneration(2023, "b", 1),
        devices=(device("a"), device("b", technology="biomass", grid="AM")),
        baseline=None,
    )
    lines, amounts = certificate_lines("MWh", made)
    assert amounts == ((2023, Decimal("25.510001")), (2024, Decimal("-0.4")))
    assert [line.symbol for line in lines] == [
        "EG[2023,a]",
        "EG[2023,b]",
        "EG[2023]",
        "EG[2024,b]",
        "EG[2024]",
        "EG",
    ]
    assert lines[-1].value == Decimal("25.110001")
    assert all(line.unit == "MWh" for line in lines)


def test_granular_certificates_are_counted_in_wh() -> None:
    lines, amounts = certificate_lines("Wh", activity(VintageGeneration(2023, "chirag-1", 5_000_001)))
    assert amounts == ((2023, Decimal(5_000_001)),)
    assert {line.unit for line in lines} == {"Wh"}


def test_credits_are_no_certificates() -> None:
    with pytest.raises(MethodologyError, match=r"tCO2e.*expected MWh or Wh"):
        certificate_lines("tCO2e", activity())


# --- the list -----------------------------------------------------------------------------------------


def test_the_methodologies_there_are() -> None:
    assert tuple(METHODOLOGIES) == (*KEYS, "VMR0017@1.0")  # the last one: test_vmr0017.py
    for key in METHODOLOGIES:
        assert methodology_of(key).key == key


@pytest.mark.parametrize("text", ["ACM0002", "ACM0002@21.0", "acm0002@22.0", "VMR0017@2.0", None])
def test_another_methodology_or_version_is_refused_with_the_known_ones(text: object) -> None:
    with pytest.raises(MethodologyError, match=r"ACM0002@22\.0, AMS-I\.D@18\.0, GCCM001@4\.0"):
        methodology_of(text)


@pytest.mark.parametrize("key", KEYS)
def test_what_an_entry_pins_of_a_methodology(key: str) -> None:
    record = METHODOLOGIES[key].to_record()
    assert record["methodology"] == key
    assert record["confidence"] == "S"
    assert record["roundings"] == [
        {"name": "issuance: whole units, remainder carried", "direction": "floor", "places": 0}
    ]
    assert set(record) == {"methodology", "title", "source", "confidence", "roundings"}
    assert dumps(record)
    assert METHODOLOGIES[key].roundings[0].rounding == Rounding("floor", places=0)


@pytest.mark.parametrize("key", KEYS)
def test_a_text_that_was_not_seen_needs_a_waiver_to_issue_on(key: str) -> None:
    method = METHODOLOGIES[key]
    assert not method.text_seen
    assert quantify_lines(method, activity(), factor())  # to quantify needs none
    for others in ((), waivers("gap", "factor-method")):
        with pytest.raises(
            NotApplicableError, match=rf"{key}: the text of its document was not seen.*'methodology-text'"
        ):
            require_text(method, others)
    require_text(method, waivers("gap", "methodology-text"))
    require_text(evolve(method, text_seen=True), ())


def test_whether_the_text_was_seen_is_not_pinned() -> None:
    assert evolve(GCCM001, text_seen=True).to_record() == GCCM001.to_record()
