"""TOOL07: the simple, simple adjusted and average operating margins, and when the simple one may not be used."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.support.electricity_systems import COAL_36, FIVE, THREE, by_symbol, dam, grid, unit

from carbon_ledger.errors import (
    InexactNumberError,
    MethodologyError,
    MissingDataError,
    NotApplicableError,
    QuantityError,
)
from carbon_ledger.methodologies.tool07 import (
    AnnualLoad,
    HydroAverage,
    Lambda,
    average_operating_margin,
    default_lambdas,
    low_cost_must_run_share,
    simple_adjusted_operating_margin,
    simple_operating_margin,
)

GAS_EF, COAL_EF = Fraction("0.39096"), Fraction("0.895")
QUARTER = dict.fromkeys(THREE, "0.25")
LOAD = AnnualLoad(lowest="40 MW", highest="100 MW", source="dispatch centre")


def default_lambdas_of(units: Any, years: Any) -> Any:
    return default_lambdas(units, years, loads={2023: LOAD})


# --- worked figures -----------------------------------------------------------------------------------


def test_worked_figures_with_40_percent_hydropower() -> None:
    """Domain section 4: gas 300, coal 300, hydro 400 MWh. [C]"""
    system = grid(300, 300, 400)
    assert simple_operating_margin(system, THREE).shown == Decimal("0.64298")
    assert average_operating_margin(system, THREE).shown == Decimal("0.385788")
    assert simple_adjusted_operating_margin(system, THREE, lambdas=QUARTER).shown == Decimal("0.482235")


def test_worked_figures_with_60_percent_hydropower() -> None:
    """Domain section 4: gas 100, coal 300, hydro 600 MWh. [C]"""
    system = grid(100, 300, 600)
    assert average_operating_margin(system, THREE).shown == Decimal("0.307596")
    assert simple_adjusted_operating_margin(system, THREE, lambdas=QUARTER).shown == Decimal("0.5767425")


def test_simple_refuses_60_percent_hydropower() -> None:
    """Domain section 4: refused, and the message says the share and what to use."""
    with pytest.raises(NotApplicableError) as refused:
        simple_operating_margin(grid(100, 300, 600), THREE)
    assert str(refused.value) == (
        "simple operating margin: low-cost/must-run units are 60% of generation in 2019 to 2023, expected less "
        "than 50%; use simple_adjusted_operating_margin or average_operating_margin [TOOL07 v7.0, paragraph 40] "
        "[not-applicable]"
    )


@pytest.mark.parametrize(("hydro", "admitted"), [("399.999999", True), ("400", False)])
def test_half_is_not_under_half(hydro: str, admitted: bool) -> None:
    system = grid(100, 300, hydro)
    if admitted:
        assert simple_operating_margin(system, THREE).value == (GAS_EF + 3 * COAL_EF) / 4
    else:
        with pytest.raises(NotApplicableError, match="are 50% of generation"):
            simple_operating_margin(system, THREE)


def test_the_share_is_that_of_five_years_and_not_of_the_three() -> None:
    wet = dict(zip(FIVE, (900, 900, 100, 100, 100), strict=True))
    system = [unit("gas", 400), dam("dam", wet)]
    assert low_cost_must_run_share(system, FIVE).value == Fraction(2100, 4100)
    with pytest.raises(NotApplicableError, match=r"are 51\.2195% of generation"):
        simple_operating_margin(system, THREE)


def test_the_five_years_end_with_the_last_of_the_three() -> None:
    yearly = dict.fromkeys(range(2015, 2024), 400)
    hydro = {year: 100 if year < 2022 else 900 for year in yearly}
    system = [unit("gas", yearly), dam("dam", hydro)]
    assert simple_operating_margin(system, (2018, 2019, 2020)).value == GAS_EF
    with pytest.raises(NotApplicableError, match="2019 to 2023"):
        simple_operating_margin(system, THREE)


def test_the_share_names_every_number() -> None:
    share = low_cost_must_run_share(grid(300, 300, 400), FIVE)
    line = by_symbol(share.lines)["share_LCMR[2019 to 2023]"]
    assert (share.value, line.value) == (Fraction(2, 5), Decimal("0.4"))
    assert line.inputs == tuple(f"{name}[{year}]" for name in ("EG_LCMR", "EG") for year in FIVE)


# --- years --------------------------------------------------------------------------------------------


def test_three_years_are_weighted_by_generation() -> None:
    """Gas alone in 2021 (100 MWh), coal alone in 2022 (300 MWh), both in 2023 (100 MWh each)."""
    years = dict.fromkeys(FIVE, 0)
    system = [
        unit("gas", years | {2021: 100, 2023: 100}),
        unit("coal", years | {2022: 300, 2023: 100}, option=COAL_36),
    ]
    expected = (200 * GAS_EF + 400 * COAL_EF) / 600
    assert simple_operating_margin(system, THREE).value == expected
    assert average_operating_margin(system, THREE).value == expected
    assert simple_adjusted_operating_margin(system, THREE, lambdas=dict.fromkeys(THREE, 0)).value == expected


def test_the_simple_adjusted_margin_takes_a_lambda_a_year_and_weighs_by_all_generation() -> None:
    system = [unit("gas", {2021: 100, 2022: 100, 2023: 100}), dam("dam", {2021: 100, 2022: 200, 2023: 0})]
    found = simple_adjusted_operating_margin(system, THREE, lambdas={2021: "0.5", 2022: Fraction(1, 3), 2023: 0})
    yearly = (GAS_EF / 2, GAS_EF * 2 / 3, GAS_EF)
    assert found.value == (200 * yearly[0] + 300 * yearly[1] + 100 * yearly[2]) / 600
    lines = by_symbol(found.lines)
    assert lines["lambda[2022]"].value == Decimal("0.333333333333")
    assert lines["lambda[2022]"].name.endswith("share of 2022, exactly 1/3")
    assert lines["EF_OM-adj[2021]"].formula == "(1 - lambda[2021]) x EF_nonLCMR[2021] + lambda[2021] x EF_LCMR[2021]"


def test_low_cost_units_that_burn_fuel_count_at_lambda() -> None:
    system = [unit("gas"), unit("coal", option=COAL_36, low_cost_must_run=True)]
    found = simple_adjusted_operating_margin(system, [2023], lambdas={2023: "0.1"}, vintage_option="ex-post")
    assert found.value == Fraction(9, 10) * GAS_EF + Fraction(1, 10) * COAL_EF


def test_ex_post_is_the_year_alone() -> None:
    system = grid({2023: 100} | dict.fromkeys(FIVE[:4], 300), 300, 100)
    found = simple_operating_margin(system, [2023], vintage_option="ex-post")
    assert found.value == (GAS_EF + 3 * COAL_EF) / 4
    assert (found.vintage_option, found.data_years) == ("ex-post", (2023,))
    before = simple_operating_margin(system, THREE)
    assert before.value != found.value
    assert (before.vintage_option, before.data_years) == ("ex-ante", THREE)


@pytest.mark.parametrize(
    ("years", "option", "message"),
    [
        ([2023], "ex-ante", r"ex-ante: years \[2023\], expected 3 consecutive years"),
        ([2020, 2022, 2023], "ex-ante", "expected 3 consecutive years"),
        ([2021, 2021, 2023], "ex-ante", "expected 3 consecutive years"),
        (THREE, "ex-post", "expected one year"),
        ([], "ex-post", "expected one year"),
    ],
)
@pytest.mark.parametrize("margin", [simple_operating_margin, average_operating_margin])
def test_years_fit_the_vintage_option(margin: Any, years: list[int], option: str, message: str) -> None:
    with pytest.raises(MethodologyError, match=message):
        margin(grid(300, 300, 400), years, vintage_option=option)


@pytest.mark.parametrize("margin", [simple_operating_margin, average_operating_margin, default_lambdas_of])
@pytest.mark.parametrize("years", [2023, "2023", None])
def test_years_are_a_list_even_if_there_is_one(margin: Any, years: object) -> None:
    with pytest.raises(QuantityError, match=r"years .*, expected a list of years, e.g. \[2023\]"):
        margin(grid(300, 300, 400), years)


def test_lambdas_and_loads_are_by_year() -> None:
    with pytest.raises(QuantityError, match=r"lambdas '0.25', expected a lambda by year, e.g. \{2023: \"0.25\"\}"):
        simple_adjusted_operating_margin(grid(300, 300, 400), THREE, lambdas="0.25")  # type: ignore[arg-type]
    with pytest.raises(QuantityError, match="expected an AnnualLoad by year"):
        default_lambdas(grid(300, 300, 400), THREE, loads=LOAD)  # type: ignore[arg-type]


def test_the_share_takes_five_years_in_a_row() -> None:
    with pytest.raises(MethodologyError, match="expected 5 consecutive years"):
        low_cost_must_run_share(grid(1, 1, 1), THREE)


def test_a_vintage_option_is_one_of_two() -> None:
    with pytest.raises(QuantityError, match="'yearly': expected one of ex-ante, ex-post"):
        average_operating_margin(grid(1, 1, 1), THREE, vintage_option="yearly")


def test_a_unit_counts_from_its_commissioning() -> None:
    system = [unit("gas"), unit("new", 100, "2023-07-01", option=COAL_36)]
    found = average_operating_margin(system, THREE)
    assert found.value == (300 * GAS_EF + 100 * COAL_EF) / 400
    assert "EG[new,2022]" not in by_symbol(found.lines)


def test_cdm_units_are_in_the_operating_margin() -> None:
    system = [unit("gas"), unit("cdm", 100, option=COAL_36, cdm=True)]
    assert simple_operating_margin(system, THREE).value == (GAS_EF + COAL_EF) / 2


# --- the other tests of the simple margin, and the lag ------------------------------------------------


def test_the_lowest_load_admits_a_system_whose_share_is_half_or_more() -> None:
    """Paragraph 40(b): 600 MWh a year are 68.5 kW. If loads are given, they decide, and not the share."""
    system = grid(100, 300, 600)
    high, low = (
        dict.fromkeys(THREE, AnnualLoad(lowest=lowest, highest="1 MW", source="s")) for lowest in ("69 kW", "68 kW")
    )
    found = simple_operating_margin(system, THREE, loads=high)
    assert found.value == (GAS_EF + 3 * COAL_EF) / 4
    lines = by_symbol(found.lines)
    assert "share_LCMR[2019 to 2023]" not in lines
    assert lines["load_LCMR[2021 to 2023]"].value == Decimal("0.068493150685")
    with pytest.raises(NotApplicableError, match=r"supply 0\.068493150685 MW .* the mean lowest load, 0\.068 MW"):
        simple_operating_margin(grid(300, 300, 600), THREE, loads=low)
    with pytest.raises(MissingDataError, match=r"loads has no load of \[2021\]"):
        simple_operating_margin(system, THREE, loads={year: high[year] for year in (2022, 2023)})


def test_long_term_hydropower_admits_a_system_of_wet_years() -> None:
    system = grid(100, 300, 600)
    generation = dict.fromkeys(range(2009, 2024), "399 MWh")
    long = HydroAverage(units="dam", generation=generation, source="yearbook")
    assert simple_operating_margin(system, THREE, hydro_average=long).value == (GAS_EF + 3 * COAL_EF) / 4


@pytest.mark.parametrize(("displaced_in", "lag"), [(None, 0), (2023, 0), (2024, 1), (2025, 2)])
@pytest.mark.parametrize("margin", [simple_operating_margin, average_operating_margin])
def test_ex_post_data_may_be_one_or_two_years_old(margin: Any, displaced_in: int | None, lag: int) -> None:
    """Paragraph 42(b). The trace shows the lag, which has to be the same in all crediting periods."""
    found = margin(grid(300, 300, 400), [2023], vintage_option="ex-post", displaced_in=displaced_in)
    assert found.lag_years == lag
    line = by_symbol(found.lines)["lag"]
    assert (line.value, line.confidence) == (lag, "P")
    assert line.name == f"years from the data, 2023, to the year of displacement, {2023 + lag}"


@pytest.mark.parametrize("displaced_in", [2022, 2026])
def test_other_lags_are_refused(displaced_in: int) -> None:
    with pytest.raises(MethodologyError, match="expected data of that year or of one or two years before it"):
        average_operating_margin(grid(1, 1, 1), [2023], vintage_option="ex-post", displaced_in=displaced_in)


def test_ex_ante_margins_have_no_lag() -> None:
    assert average_operating_margin(grid(1, 1, 1), THREE).lag_years is None
    with pytest.raises(MethodologyError, match="displaced_in 2024, which is for ex-post; leave it out"):
        average_operating_margin(grid(1, 1, 1), THREE, displaced_in=2024)


# --- what is missing ----------------------------------------------------------------------------------


def test_generation_of_each_of_the_five_years_is_needed() -> None:
    with pytest.raises(MissingDataError, match="power unit gas: no generation is stated for 2019"):
        simple_operating_margin([unit("gas", dict.fromkeys(FIVE[1:], 100)), dam(mwh=10)], THREE)


def test_a_year_without_lambda_is_refused() -> None:
    with pytest.raises(MissingDataError, match=r"lambdas has none for \[2021, 2022\]"):
        simple_adjusted_operating_margin(grid(1, 1, 1), THREE, lambdas={2023: "0.25"})


@pytest.mark.parametrize(("value", "error"), [("1.01", QuantityError), (-1, QuantityError), (0.25, InexactNumberError)])
def test_lambda_is_an_exact_share(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="lambda"):
        simple_adjusted_operating_margin(grid(1, 1, 1), [2023], lambdas={2023: value}, vintage_option="ex-post")


def test_lambda_names_its_source() -> None:
    given = {2023: Lambda(Fraction(1, 4), "dispatch centre, letter of 2024", "P")}
    found = simple_adjusted_operating_margin(grid(1, 1, 1), [2023], lambdas=given, vintage_option="ex-post")
    line = by_symbol(found.lines)["lambda[2023]"]
    assert (line.source, line.confidence) == ("dispatch centre, letter of 2024", "P")


@pytest.mark.parametrize(
    ("system", "value", "message"),
    [
        (grid(1, 1, 0), "0.25", "low-cost/must-run units generated nothing in 2023, but lambda gives .* 0.25"),
        (grid(0, 0, 1), "0.25", "all units but the low-cost/must-run ones generated nothing in 2023"),
    ],
)
def test_lambda_weighs_no_unit_that_stood_still(system: Any, value: str, message: str) -> None:
    with pytest.raises(NotApplicableError, match=message):
        simple_adjusted_operating_margin(system, [2023], lambdas={2023: value}, vintage_option="ex-post")


def test_lambda_of_one_needs_low_cost_units_alone() -> None:
    found = simple_adjusted_operating_margin(grid(0, 0, 1), [2023], lambdas={2023: 1}, vintage_option="ex-post")
    assert found.value == 0


def test_a_system_that_stood_still_has_no_margin() -> None:
    with pytest.raises(
        NotApplicableError, match="average operating margin: the units that this margin counts generated nothing"
    ):
        average_operating_margin(grid(0, 0, 0), THREE)
    with pytest.raises(MissingDataError, match="so the share is not defined"):
        low_cost_must_run_share(grid(0, 0, 0), FIVE)


def test_the_simple_margin_needs_units_that_are_not_low_cost_in_its_own_years() -> None:
    early = {2019: 900, 2020: 900, 2021: 0, 2022: 0, 2023: 0}
    with pytest.raises(
        NotApplicableError, match="simple operating margin: the units that this margin counts generated nothing"
    ):
        simple_operating_margin([unit("gas", early), dam(mwh=100)], THREE)


@pytest.mark.parametrize("units", [[], ["gas"]])
def test_a_system_has_units(units: Any) -> None:
    with pytest.raises(QuantityError, match="expected one or more PowerUnit"):
        average_operating_margin(units, THREE)


def test_a_unit_is_given_once() -> None:
    with pytest.raises(QuantityError, match="power units gas are given twice"):
        average_operating_margin([unit("gas"), unit("gas", 5)], THREE)


# --- the trace ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "margin",
    [
        simple_operating_margin(grid(300, 300, 400), THREE),
        average_operating_margin(grid(300, 300, 400), THREE),
        simple_adjusted_operating_margin(grid(300, 300, 400), THREE, lambdas=QUARTER),
    ],
    ids=lambda margin: str(margin.method),
)
def test_every_line_has_its_inputs_before_it_and_a_source(margin: Any) -> None:
    lines = by_symbol(margin.lines)
    assert margin.lines[-1].symbol == "EF_OM"
    assert lines["EF_OM"].value == margin.shown
    assert all(line.source for line in margin.lines)
    for line in margin.lines:
        assert bool(line.formula) == bool(line.inputs), line
    assert str(margin).count("\n") == len(margin.lines) - 1


def test_the_simple_margin_shows_the_share_that_admitted_it() -> None:
    lines = by_symbol(simple_operating_margin(grid(300, 300, 400), THREE).lines)
    assert lines["share_LCMR[2019 to 2023]"].value == Decimal("0.4")
    assert lines["EF_OMsimple[2022]"].formula == (
        "(EG[coal,2022] x EF_EL[coal,2022] + EG[gas,2022] x EF_EL[gas,2022]) / EG_OMsimple[2022]"
    )
    assert lines["EG_OMsimple[2022]"].value == 600
