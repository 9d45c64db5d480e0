"""Worked examples of TOOL07, each with its source.

[D]: inputs and output are published. [T]: a test or a table of another implementation. [C]: a clause of TOOL07 v7.0
calculated by hand. An index id is a file of a stored index of public code and documents.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.support.electricity_systems import COAL, FIVE, GAS_50, THREE, dam, grid, unit

from carbon_ledger.errors import MissingDataError, NotApplicableError
from carbon_ledger.exact import Rounding
from carbon_ledger.factors import EmissionFactor, builtin
from carbon_ledger.methodologies.tool07 import (
    AnnualLoad,
    FuelConsumption,
    FuelFactor,
    OptionA1,
    OptionA2,
    PowerUnit,
    Tool07Result,
    average_operating_margin,
    build_margin,
    combined_margin,
    default_lambdas,
    lambda_of_load,
    low_cost_must_run_share,
    published_margin,
    simple_adjusted_operating_margin,
    simple_operating_margin,
    simplified_combined_margin,
    unit_emission_factor,
)

HALF_UP = Rounding("half-up", places=4)
PROJECT: dict[str, Any] = {"factor_id": "f", "technology": "hydro", "crediting_period_ordinal": 1}


def published(region: str, operating: str, build: str, **more: Any) -> Tool07Result:
    """The combined margin of two published margins."""
    pair = [
        published_margin(
            EmissionFactor(
                factor_id=kind, value=value, unit="tCO2/MWh", kind=kind, region=region, source="published, see the test"
            ),
            vintage_option="ex-ante",
        )
        for kind, value in (("operating_margin", operating), ("build_margin", build))
    ]
    return combined_margin(*pair, region=region, **(PROJECT | more))


# --- combined margins ---------------------------------------------------------------------------------


def test_w1_a_hydropower_plant_in_turkiye() -> None:
    """[D] VCS 3908, index id 61397169436: 0.5410, and 27,015 t in the year."""
    found = published("TR", "0.7279", "0.3541")
    assert found.line("EF_CM,exact").value == Decimal("0.5410")
    assert found.factor.value == "0.5410"
    assert Decimal("49935.315") * Decimal(found.factor.value) == Decimal("27015.005415")
    assert "system-in-annex-i" in found.factor.flags


@pytest.mark.parametrize(
    ("technology", "ordinal", "value"),
    [("wind", 1, "0.4329"), ("solar", 2, "0.4329"), ("hydro", 1, "0.4038"), ("hydro", 2, "0.3747")],
)
def test_w2_armenia(technology: str, ordinal: int, value: str) -> None:
    """[D] ASB0038: 0.4620 and 0.3456. The published 0.3748 is from margins that were not rounded."""
    operating, build = (
        published_margin(builtin().get(f"asb0038-2018-am-{name}"), vintage_option="ex-ante")
        for name in ("operating-margin", "build-margin")
    )
    assert (operating.shown, build.shown) == (Decimal("0.4620"), Decimal("0.3456"))
    more = PROJECT | {"technology": technology, "crediting_period_ordinal": ordinal}
    assert combined_margin(operating, build, region="AM", **more).factor.value == value


def test_w3_uganda() -> None:
    """[D] ASB0054: 0.2740 and 0.00001 give 0.1370."""
    assert published("UG", "0.2740", "0.00001").factor.value == "0.1370"


@pytest.mark.parametrize(("direction", "value"), [("half-up", "0.7383"), ("half-even", "0.7382"), ("floor", "0.7382")])
def test_w4_india_rounds_half_up(direction: str, value: str) -> None:
    """[D] CEA database 21, 2024-25: 0.9646 and 0.5119 give 0.73825; 0.7383 is published."""
    found = published("IN", "0.9646", "0.5119", rounding=Rounding(direction, places=4))
    assert found.line("EF_CM,exact").value == Decimal("0.73825")
    assert found.factor.value == value


def test_w5_a_margin_of_rounded_margins_is_a_last_place_off() -> None:
    """[D] CEA database 21, short table, index ids 53543131876 and 58373070136: 0.961, 0.512; 0.736 is published."""
    exact = published("IN", "0.961", "0.512").line("EF_CM,exact").value
    assert exact == Decimal("0.7365")
    assert abs(exact - Decimal("0.736")) <= Decimal("0.001")


def test_w6_india_for_wind_and_solar() -> None:
    """[D] CEA database 20, index id 21816798316: 0.825 and 0.552 give 0.75675; 0.757 is published."""
    found = published("IN", "0.825", "0.552", technology="solar", rounding=Rounding("half-up", places=3))
    assert found.line("EF_CM,exact").value == Decimal("0.75675")
    assert found.factor.value == "0.757"


def test_w29_sri_lanka() -> None:
    """[D] 2022, index id 57579026039: 0.7123 and 0.5841 give 0.6482."""
    assert published("LK", "0.7123", "0.5841", rounding=HALF_UP).factor.value == "0.6482"


# --- build margins ------------------------------------------------------------------------------------


def coal(efficiency: str) -> OptionA2:
    return OptionA2(efficiency=efficiency, fuels=COAL, source="TOOL09, default efficiency")


def old_grid(default: str | None, cdm_wind: int) -> list[PowerUnit]:
    """Examples W7 and W8, data year 2024. The gas unit is young and has no default efficiency."""
    old: dict[str, Any] = {"option": OptionA2(efficiency="0.36", fuels=COAL, source="plant test")}
    old["default_option"] = None if default is None else coal(default)
    return [
        dam("solar", {2024: 50}, "2024-06-01"),
        unit("gas", {2024: 100}, "2020-06-01", option=GAS_50),
        unit("coal-2010", {2024: 400}, "2010-06-01", **old),
        unit("coal-2005", {2024: 450}, "2005-06-01", **old),
        dam("hydro", {2024: 1000}, "2000-06-01"),
        dam("cdm-wind", {2024: cdm_wind}, "2019-06-01", cdm=True),
        dam("cdm-solar", {2024: 30}, "2016-06-01", cdm=True),
    ]


@pytest.mark.parametrize(("efficiency", "shown"), [("0.36", "0.543967123288"), ("0.39", "0.506243203372")])
def test_w7_defaults_are_for_units_over_10_years_old(efficiency: str, shown: str) -> None:
    """[T] for the sample, index id 68515372536; [C] for paragraph 79. The gas unit keeps its own efficiency."""
    found = build_margin(old_grid(efficiency, 150), 2024)
    assert found.method == "SET_sample-CDM->10yrs"
    assert set(found.units) == {"solar", "gas", "cdm-wind", "cdm-solar", "coal-2010"}
    assert found.shown == Decimal(shown)
    values = {line.symbol: line.value for line in found.lines}
    assert (values["AEG_SET-5-units[2024]"], values["AEG_SET->=20%[2024]"]) == (2000, 550)
    assert (values["AEG_SET-sample-CDM[2024]"], values["EG_BM[2024]"]) == (330, 730)
    with pytest.raises(MissingDataError, match="power unit coal-2010 is in SET_sample-CDM->10yrs"):
        build_margin(old_grid(None, 150), 2024)


def test_w8_cdm_units_that_reach_20_percent_end_the_selection() -> None:
    """[T] Index id 68515372536: {solar, gas, CDM wind}, 39.096 t over 450 MWh."""
    found = build_margin(old_grid(None, 300), 2024)
    assert found.method == "SET_sample-CDM"
    assert set(found.units) == {"solar", "gas", "cdm-wind"}
    assert found.value == Fraction("39.096") / 450
    assert found.shown == Decimal("0.08688")


# --- operating margins --------------------------------------------------------------------------------


def test_w9_sixty_percent_hydropower() -> None:
    """[T] and [C] Index id 68515372536; the default lambda of 60% is 0.15 (appendix 2, table 1)."""
    system = grid(100, 300, 600)
    with pytest.raises(NotApplicableError, match="are 60% of generation"):
        simple_operating_margin(system, THREE)
    assert average_operating_margin(system, THREE).shown == Decimal("0.307596")
    quarter = dict.fromkeys(THREE, "0.25")
    assert simple_adjusted_operating_margin(system, THREE, lambdas=quarter).shown == Decimal("0.5767425")
    loads = {year: AnnualLoad(lowest="40 MW", highest="100 MW", source="dispatch centre") for year in THREE}
    lambdas = default_lambdas(system, THREE, loads=loads)
    assert {found.value for found in lambdas.values()} == {Fraction("0.15")}
    assert simple_adjusted_operating_margin(system, THREE, lambdas=lambdas).shown == Decimal("0.6536415")


def test_w10_the_two_equations_of_paragraph_40_can_disagree() -> None:
    """[C] Paragraph 40(a): 0.44 by equation (1), under half; 15/29 by equation (2), refused."""
    hydro = dict(zip(FIVE, (600, 600, 100, 100, 100), strict=True))
    gas = dict(zip(FIVE, (400, 400, 200, 200, 200), strict=True))
    system = [unit("gas", gas), dam("dam", hydro)]
    assert low_cost_must_run_share(system, FIVE, approach=1).value == Fraction("0.44")
    assert low_cost_must_run_share(system, FIVE, approach=2).value == Fraction(15, 29)
    assert simple_operating_margin(system, THREE, approach=1).shown == Decimal("0.39096")
    with pytest.raises(NotApplicableError, match=r"are 51\.7241% of generation"):
        simple_operating_margin(system, THREE, approach=2)


def simplified(**more: Any) -> Tool07Result:
    margin = average_operating_margin(grid(100, 300, 600), THREE)
    why = "commissioning dates are not published"
    return simplified_combined_margin(margin, no_build_margin=why, region="X", **(PROJECT | more))


def test_w11_a_default_build_margin() -> None:
    """[C] Paragraphs 91 and 92: (0.307596 + 0.326) / 2."""
    found = simplified(renewable_share="0.19", gas_used=True)
    assert found.line("EF_CM,exact").value == Decimal("0.316798")


def test_w12_no_build_margin_in_a_least_developed_country() -> None:
    """[C] Paragraphs 90 and 92: the average operating margin."""
    assert simplified(host="ldc").line("EF_CM,exact").value == Decimal("0.307596")


# --- lambda -------------------------------------------------------------------------------------------


def test_w13_half_of_the_hours_lie_under_the_level() -> None:
    """[C] Appendix 3: load 100 for 4,380 hours and 300 for 4,380; low-cost/must-run units at 150."""
    assert lambda_of_load([100] * 4380 + [300] * 4380, 8760 * 150).value == Fraction(1, 2)


@pytest.mark.parametrize(("low_cost", "hours"), [(8760, 0), (17_519, 1), (17_520, 2)])
def test_w14_hours_are_counted_step_by_step(low_cost: int, hours: int) -> None:
    """[C] Appendix 3: loads 1, 2, ..., 8760; the step at which the filled area reaches the generation counts."""
    assert lambda_of_load(range(1, 8761), low_cost).value == Fraction(hours, 8760)


def test_w15_a_leap_year_is_divided_by_8760() -> None:
    """[C] Equation (11): 4,392 hours under the level."""
    found = lambda_of_load([100] * 4392 + [300] * 4392, 4392 * (100 + 200))
    assert found.value == Fraction(4392, 8760)
    assert round(found.shown, 6) == Decimal("0.501370")


# --- unit factors -------------------------------------------------------------------------------------


def test_w16_a_diesel_unit_by_option_a1() -> None:
    """[T] Index id 68515372536: 1,000 t of diesel, 41.4 GJ/t, 0.0726 t/GJ, 4,000 MWh."""
    diesel = FuelFactor(name="diesel", ef="0.0726", source="IPCC 2006, lower bound")
    burned = FuelConsumption(fuel=diesel, amount="1000", unit="t", ncv="41.4", source="fuel bills")
    made = unit("diesel", {2023: 4000}, option=OptionA1(burned={2023: [burned]}))
    assert unit_emission_factor(made, 2023).value == Fraction("0.75141")
