"""TOOL07, paragraph 40: the share of low-cost/must-run units, long-term hydropower, and the lowest load."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.support.electricity_systems import FIVE, THREE, by_symbol, dam, follows, grid, unit

from carbon_ledger.errors import InexactNumberError, MethodologyError, MissingDataError, QuantityError
from carbon_ledger.methodologies.tool07 import (
    AnnualLoad,
    HydroAverage,
    low_cost_must_run_load,
    low_cost_must_run_share,
)

LONG = range(2009, 2024)


def average(mwh: object = 100, years: Any = LONG, units: Any = "dam") -> HydroAverage:
    return HydroAverage(units=units, generation=dict.fromkeys(years, f"{mwh} MWh"), source="yearbook")


def load(lowest: str) -> AnnualLoad:
    return AnnualLoad(lowest=lowest, highest="1 GW", source="dispatch centre", confidence="S")


# --- equations (1) and (2) ----------------------------------------------------------------------------


def test_both_equations_agree_where_every_year_is_alike() -> None:
    values = {low_cost_must_run_share(grid(300, 300, 400), FIVE, approach=number).value for number in (1, 2)}
    assert values == {Fraction(2, 5)}


def test_equation_1_is_the_mean_of_the_yearly_shares() -> None:
    system = [unit("gas", dict.fromkeys(FIVE, 100)), dam("dam", dict(zip(FIVE, (0, 100, 300, 100, 0), strict=True)))]
    found = low_cost_must_run_share(system, FIVE, approach=1)
    assert found.value == (Fraction(1, 2) + Fraction(3, 4) + Fraction(1, 2)) / 5
    lines = by_symbol(found.lines)
    line = lines["share_LCMR[2019 to 2023]"]
    assert line.formula.startswith("(EG_LCMR[2019] / EG[2019] + EG_LCMR[2020] / EG[2020] + ")
    assert follows(lines, line)
    assert line.source.startswith("TOOL07 v7.0, paragraph 40(a)")
    assert line.confidence == "P"


@pytest.mark.parametrize("approach", [0, 3, True, "1", None])
def test_an_approach_is_1_or_2(approach: Any) -> None:
    with pytest.raises(MethodologyError, match="expected 1 or 2"):
        low_cost_must_run_share(grid(1, 1, 1), FIVE, approach=approach)


def test_equation_1_needs_generation_in_every_year() -> None:
    system = [unit("gas", dict.fromkeys(FIVE, 100) | {2020: 0})]
    assert low_cost_must_run_share(system, FIVE).value == 0
    with pytest.raises(MissingDataError, match="or in one of these years"):
        low_cost_must_run_share(system, FIVE, approach=1)


# --- long-term hydropower -----------------------------------------------------------------------------


@pytest.mark.parametrize("approach", [1, 2])
def test_a_long_term_average_takes_the_place_of_the_five_years(approach: int) -> None:
    """900 MWh in each of the five years, 100 in a year of the long term; 100 of wind; 200 of gas."""
    system = [unit("gas", 200), dam("dam", 900), dam("wind", 100)]
    found = low_cost_must_run_share(system, FIVE, approach=approach, hydro_average=average())
    assert found.value == Fraction(200, 400)
    lines = by_symbol(found.lines)
    assert lines["EG_hydro,mean"].value == 100
    assert lines["EG_LCMR,mean[2023]"].value == 200
    assert lines["EG,mean[2023]"].value == 400
    for line in found.lines:
        assert not line.inputs or follows(lines, line), line
    share = lines["share_LCMR[2019 to 2023]"]
    assert (share.inputs[0], share.confidence) == ("EG_LCMR,mean[2019]", "C")


def test_a_long_term_average_is_exact() -> None:
    yearly = {year: "1 MWh" if year == 2009 else "0 MWh" for year in LONG}
    made = HydroAverage(units=["dam"], generation=yearly, source="yearbook")
    assert made.mean_wh == Fraction(10**6, 15)


@pytest.mark.parametrize("years", [range(2010, 2024), [*range(2008, 2022), 2023]])
def test_fifteen_years_in_a_row_are_needed(years: Any) -> None:
    with pytest.raises(QuantityError, match="expected 15 consecutive years or more"):
        average(years=years)
    assert len(average(years=range(2000, 2024)).generation) == 24


def test_what_is_no_average_is_refused() -> None:
    with pytest.raises(QuantityError, match="one unit or more"):
        average(units=())
    with pytest.raises(QuantityError, match="generation of 0 or more"):
        average(mwh=-1)
    with pytest.raises(QuantityError, match="source of the hydropower average"):
        HydroAverage(units="dam", generation=dict.fromkeys(LONG, "1 MWh"), source=" ")
    floats: Any = dict.fromkeys(LONG, 1.5)
    with pytest.raises(InexactNumberError):
        HydroAverage(units="dam", generation=floats, source="s")


@pytest.mark.parametrize("units", ["gas", "nobody", ("dam", "gas")])
def test_an_average_is_of_low_cost_units_of_the_system(units: Any) -> None:
    with pytest.raises(QuantityError, match="expected low-cost/must-run units of the system"):
        low_cost_must_run_share(grid(1, 1, 1), FIVE, hydro_average=average(units=units))


# --- paragraph 40(b) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("lowest", "below"), [("9999999 W", False), ("10 MW", False), ("10000001 W", True)])
def test_the_load_is_compared_with_the_lowest_load(lowest: str, below: bool) -> None:
    """87,600 MWh in 8,760 hours are 10 MW. Equal is not less. 2020 has 8,760 hours, too."""
    found = low_cost_must_run_load([unit("gas"), dam("dam", 87_600)], dict.fromkeys(THREE, load(lowest)))
    assert found.load_mw == 10
    assert found.is_below is below
    leap = low_cost_must_run_load([dam("dam", 87_600)], dict.fromkeys((2019, 2020, 2021), load(lowest)))
    assert leap.load_mw == 10


def test_both_loads_are_means_of_three_years() -> None:
    system = [unit("gas"), dam("dam", {2021: 87_600, 2022: 0, 2023: 175_200})]
    found = low_cost_must_run_load(system, {2021: load("1 MW"), 2022: load("2 MW"), 2023: load("6 MW")})
    assert (found.load_mw, found.lowest_mw) == (10, 3)
    lines = by_symbol(found.lines)
    for line in found.lines:
        assert not line.inputs or follows(lines, line), line
    assert lines["LASL[2023]"].value == Decimal(6)
    assert (lines["LASL[2023]"].source, lines["LASL[2023]"].confidence) == ("dispatch centre", "S")
    assert lines["load_LCMR[2021 to 2023]"].confidence == "P"


def test_the_three_years_are_consecutive_and_have_loads() -> None:
    with pytest.raises(MethodologyError, match="expected 3 consecutive years"):
        low_cost_must_run_load(grid(1, 1, 1), dict.fromkeys((2020, 2022, 2023), load("1 MW")))
    wrong: Any = dict.fromkeys(THREE, "1 MW")
    with pytest.raises(QuantityError, match="expected AnnualLoad"):
        low_cost_must_run_load(grid(1, 1, 1), wrong)
