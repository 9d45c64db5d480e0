"""TOOL07: the selection of the build margin, step by step, and its average."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.support.electricity_systems import COAL, COAL_36, GAS, GAS_50, by_symbol, dam, unit

from carbon_ledger.errors import MethodologyError, MissingDataError, PeriodError, QuantityError
from carbon_ledger.methodologies.tool07 import (
    FuelConsumption,
    OptionA1,
    OptionA2,
    PowerUnit,
    Sample,
    build_margin,
    build_margin_sample,
)

GAS_EF, COAL_EF = Fraction("0.39096"), Fraction("0.895")


def young(count: int, mwh: object = 10, **more: Any) -> list[PowerUnit]:
    """Units y1, y2, ... of 2023, 2022, ...: the first is the newest."""
    return [unit(f"y{k}", mwh, f"{2024 - k}-01-01", **more) for k in range(1, count + 1)]


def ids(sample: Sample) -> list[str]:
    return [chosen.id for chosen in sample.units]


# --- (a) to (c) ---------------------------------------------------------------------------------------


def test_five_newest_units_where_they_are_the_larger_set() -> None:
    """Seven units of 100 MWh: 20% of 700 is reached by two, five have 500."""
    found = build_margin_sample(young(7, 100), 2023)
    assert (found.name, ids(found)) == ("SET_sample", ["y1", "y2", "y3", "y4", "y5"])
    lines = by_symbol(found.lines)
    assert lines["AEG_total[2023]"].value == 700
    assert lines["AEG_20%[2023]"].value == 140
    assert lines["AEG_SET-5-units[2023]"].value == 500
    assert lines["AEG_SET->=20%[2023]"].value == 200
    assert lines["AEG_SET-sample[2023]"].value == 500
    assert lines["AEG_SET-sample[2023]"].name == (
        "the larger set; over 10 years old on 2023-12-31: none; in it: y1, y2, y3, y4, y5"
    )


def test_the_newest_units_that_reach_20_percent_where_they_are_more() -> None:
    """Six of 10 MWh and one of 240: 20% of 300 is 60, which the sixth reaches exactly."""
    found = build_margin_sample([*young(6), unit("big", 240, "2016-01-01")], 2023)
    assert (found.name, ids(found)) == ("SET_sample", ["y1", "y2", "y3", "y4", "y5", "y6"])


def test_the_unit_that_crosses_20_percent_counts_in_full() -> None:
    """Six of 10 MWh and one of 241: 20% of 301 is 60.2, so the seventh is needed, and counts in full."""
    found = build_margin_sample([*young(6), unit("big", 241, "2016-01-01")], 2023)
    assert ids(found) == ["y1", "y2", "y3", "y4", "y5", "y6", "big"]
    assert by_symbol(found.lines)["AEG_SET->=20%[2023]"].value == 301


def test_cdm_units_are_left_out_of_sets_and_total() -> None:
    found = build_margin_sample([*young(6, 100), unit("cdm", 5000, "2023-06-01", cdm=True)], 2023)
    assert ids(found) == ["y1", "y2", "y3", "y4", "y5"]
    lines = by_symbol(found.lines)
    assert lines["AEG_total[2023]"].value == 600
    assert lines["AEG_CDM[2023]"].value == 5000


def test_fewer_than_five_units_are_all_there_is() -> None:
    assert ids(build_margin_sample(young(3), 2023)) == ["y1", "y2", "y3"]


def test_units_of_a_later_year_are_left_out() -> None:
    later = unit("later", {2024: 100}, "2024-01-01")
    assert ids(build_margin_sample([*young(2), later], 2023)) == ["y1", "y2"]


def test_of_one_day_the_lower_emission_factor_is_the_newer() -> None:
    """Then the id; and fuel data are needed only where they decide."""
    same = [
        unit("b-coal", 100, "2022-01-01", option=COAL_36),
        unit("c-gas", 100, "2022-01-01"),
        unit("a-gas", 100, "2022-01-01"),
        unit("no-fuel-stated", 1000, "2021-01-01", option=OptionA1(burned={})),
    ]
    found = build_margin_sample(same, 2023)
    assert ids(found) == ["a-gas", "c-gas", "b-coal", "no-fuel-stated"]


# --- (d) to (f) ---------------------------------------------------------------------------------------


def old_grid(cdm_mwh: object = 10) -> list[PowerUnit]:
    """AEG_total 1000 MWh: two new units of 50, and three old ones of 300, two CDM units besides."""
    return [
        unit("new-1", 50, "2022-01-01"),
        unit("new-2", 50, "2021-01-01"),
        unit("old-1", 300, "2010-01-01", option=COAL_36, default_option=DEFAULT),
        unit("old-2", 300, "2005-01-01", option=COAL_36, default_option=DEFAULT),
        unit("old-3", 300, "2000-01-01", option=COAL_36, default_option=DEFAULT),
        dam("cdm-1", cdm_mwh, "2020-01-01", cdm=True),
        dam("cdm-2", 70, "2012-01-01", cdm=True),
    ]


DEFAULT = OptionA2(efficiency="0.4", fuels=COAL, source="TOOL09, default efficiency")


def test_d_drops_old_units_and_adds_cdm_units_until_20_percent() -> None:
    """The five units are 1000 MWh; 100 are left without the old ones, and cdm-1 with 100 reaches 200."""
    found = build_margin_sample(old_grid(100), 2023)
    assert (found.name, ids(found)) == ("SET_sample-CDM", ["new-1", "new-2", "cdm-1"])
    lines = by_symbol(found.lines)
    assert "over 10 years old on 2023-12-31: old-1, old-2, old-3" in lines["AEG_SET-sample[2023]"].name
    assert lines["AEG_SET-sample-CDM[2023]"].value == 200
    assert lines["AEG_SET-sample-CDM[2023]"].name == (
        "without old-1, old-2, old-3, with CDM units cdm-1; in it: new-1, new-2, cdm-1"
    )


def test_d_adds_cdm_units_whatever_their_age() -> None:
    """cdm-1 with 30 MWh is not enough; cdm-2, of 2012, reaches 20% exactly."""
    found = build_margin_sample(old_grid(30), 2023)
    assert (found.name, ids(found)) == ("SET_sample-CDM", ["new-1", "new-2", "cdm-1", "cdm-2"])


def test_d_adds_no_cdm_unit_where_the_young_units_reach_20_percent() -> None:
    system = [*young(4, 100), unit("old", 100, "2001-01-01"), dam("cdm", 100, "2022-01-01", cdm=True)]
    found = build_margin_sample(system, 2023)
    assert (found.name, ids(found)) == ("SET_sample-CDM", ["y1", "y2", "y3", "y4"])
    assert "with CDM units none" in by_symbol(found.lines)["AEG_SET-sample-CDM[2023]"].name


def test_e_adds_old_units_newest_first_until_20_percent() -> None:
    found = build_margin_sample(old_grid(10), 2023)
    assert (found.name, ids(found)) == (
        "SET_sample-CDM->10yrs",
        ["new-1", "new-2", "cdm-1", "cdm-2", "old-1"],
    )
    lines = by_symbol(found.lines)
    assert lines["AEG_SET-sample-CDM[2023]"].value == 180
    assert lines["AEG_SET-sample-CDM->10yrs[2023]"].value == 480
    assert "with units over 10 years old old-1" in lines["AEG_SET-sample-CDM->10yrs[2023]"].name


def test_e_may_have_to_begin_with_nothing() -> None:
    system = [unit(f"o{k}", 100, f"200{k}-01-01") for k in range(6)]
    found = build_margin_sample(system, 2023)
    assert (found.name, ids(found)) == ("SET_sample-CDM->10yrs", ["o5", "o4"])


@pytest.mark.parametrize(
    ("commissioned", "name"),
    [("2013-12-31", "SET_sample"), ("2013-12-30", "SET_sample-CDM")],
)
def test_ten_years_to_the_day_are_not_more_than_ten(commissioned: str, name: str) -> None:
    assert build_margin_sample([*young(4, 100), unit("edge", 100, commissioned)], 2023).name == name


def test_the_day_from_which_age_is_counted_is_named() -> None:
    system = [*young(4, 100), unit("edge", 100, "2014-03-01")]
    assert build_margin_sample(system, 2023).name == "SET_sample"
    found = build_margin_sample(system, 2023, counted_from="2024-06-30")
    assert found.name == "SET_sample-CDM"
    assert "over 10 years old on 2024-06-30: edge" in by_symbol(found.lines)["AEG_SET-sample[2023]"].name
    with pytest.raises(QuantityError, match="counted_from 2022-06-30, expected a day in 2023 or later"):
        build_margin_sample(system, 2023, counted_from="2022-06-30")
    with pytest.raises(PeriodError):
        build_margin_sample(system, 2023, counted_from="June")


# --- the margin ---------------------------------------------------------------------------------------


def test_the_margin_is_weighted_by_generation() -> None:
    system = [unit("gas", 300, "2020-01-01"), unit("coal", 100, "2019-01-01", option=COAL_36)]
    found = build_margin(system, 2023)
    assert found.value == (3 * GAS_EF + COAL_EF) / 4
    assert (found.kind, found.method, found.units) == ("build_margin", "SET_sample", ("gas", "coal"))
    assert (found.data_years, found.vintage_option) == ((2023,), "ex-ante")
    lines = by_symbol(found.lines)
    assert lines["EF_BM"].value == found.shown == Decimal("0.51697")
    assert lines["EF_BM[2023]"].inputs[-1] == "EG_BM[2023]"


def test_the_last_set_takes_default_efficiencies_of_units_over_10_years_old() -> None:
    """Paragraph 79: new-1 keeps its own efficiency; new-2, by A1, counts by its default; old-1 by its default."""
    burned = OptionA1(burned={2023: [FuelConsumption(fuel=GAS, amount=9, unit="t", ncv=48, source="s")]})
    gas_default = OptionA2(efficiency="0.6", fuels=GAS, source="TOOL09, default efficiency")
    others = [made for made in old_grid(10) if made.id != "new-2"]
    second = unit("new-2", 50, "2021-01-01", option=burned, default_option=gas_default)
    found = build_margin([*others, second], 2023)
    gas, coal = Fraction("0.0543"), Fraction("0.0895") * 9
    assert found.method == "SET_sample-CDM->10yrs"
    assert found.value == (50 * gas * Fraction(36, 5) + 50 * gas * 6 + 300 * coal) / 480
    lines = by_symbol(found.lines)
    assert lines["EF_EL,default[old-1,2023]"].inputs == ("EF_CO2,default[old-1]", "eta,default[old-1]")
    assert lines["eta,default[old-1]"].value == Decimal("0.4")
    assert lines["EF_EL[new-1,2023]"].value == Decimal("0.39096")
    assert lines["eta,default[new-2]"].value == Decimal("0.6")
    assert build_margin_sample([*others, second], 2023).old == ("cdm-2", "old-1")


@pytest.mark.parametrize(
    ("commissioned", "option", "how"),
    [
        (
            "2000-01-01",
            GAS_50,
            "A2 with an efficiency of its own, but there a unit over 10 years old counts by option A2",
        ),
        ("2000-01-01", "A1", "A1, but there a unit over 10 years old counts by option A2 with the default efficiency"),
        ("2022-01-01", "A1", "A1, but there a unit counts by option A2 alone; give default_option"),
    ],
)
def test_the_last_set_refuses_other_options(commissioned: str, option: Any, how: str) -> None:
    if option == "A1":
        option = OptionA1(burned={2023: [FuelConsumption(fuel=GAS, amount=90, unit="t", ncv=48, source="s")]})
    old = unit("old", 900, "1999-01-01", default_option=DEFAULT)
    only = unit("only", 100, commissioned, option=option)
    with pytest.raises(MissingDataError, match=f"power unit only is in SET_sample-CDM->10yrs with option {how}"):
        build_margin([old, only] if commissioned == "2022-01-01" else [only], 2023)


# --- ex post ------------------------------------------------------------------------------------------


def test_ex_post_takes_units_built_up_to_the_year_of_registration() -> None:
    """Paragraph 72(b). Registered in 2021: the units of 2022 and 2023 are no candidates, but they are in the 20%."""
    system = [*young(2, 100, option=COAL_36), *(unit(f"g{k}", 50, f"202{k}-06-01") for k in (0, 1))]
    later = build_margin(system, 2023, vintage_option="ex-post", built_until=2021)
    assert (later.value, later.units) == (GAS_EF, ("g1", "g0"))
    lines = by_symbol(later.lines)
    assert lines["AEG_total[2023]"].value == 300
    assert lines["built_until"].value == 2021
    assert build_margin(system, 2023).value == (200 * COAL_EF + 100 * GAS_EF) / 300


def test_ex_post_takes_the_latest_year_with_data_if_registration_is_later() -> None:
    """Paragraph 72(b): units up to the latest year for which there is information."""
    found = build_margin(young(3), 2023, vintage_option="ex-post", built_until=2025)
    assert found.value == build_margin(young(3), 2023).value
    line = by_symbol(found.lines)["built_until"]
    assert (line.value, line.name) == (2023, "last year of commissioning of units that count; registration in 2025")


def test_cdm_units_built_after_registration_do_not_count() -> None:
    system = [*old_grid(100)[:5], dam("cdm-new", 500, "2023-01-01", cdm=True)]
    found = build_margin_sample(system, 2023, built_until=2022)
    assert "cdm-new" not in ids(found)
    assert by_symbol(found.lines)["AEG_CDM[2023]"].value == 500
    assert "cdm-new" in ids(build_margin_sample(system, 2023))


def test_the_year_of_registration_is_for_ex_post_and_needed_there() -> None:
    with pytest.raises(MissingDataError, match="ex-post: built_until is not stated; give the year"):
        build_margin(young(2), 2023, vintage_option="ex-post")
    with pytest.raises(MethodologyError, match="built_until 2021, which is for ex-post; leave it out"):
        build_margin(young(2), 2023, built_until=2021)
    with pytest.raises(MissingDataError, match="commissioned up to 2000, CDM units left out, generated 0 Wh"):
        build_margin(young(2), 2023, vintage_option="ex-post", built_until=2000)
    wrong: Any = "2021"
    with pytest.raises(QuantityError, match="built_until '2021'"):
        build_margin_sample(young(2), 2023, built_until=wrong)


def test_a_unit_without_generation_weighs_nothing() -> None:
    system = [unit("still", 0, "2022-01-01", option=COAL_36), unit("gas", 100, "2020-01-01")]
    assert build_margin(system, 2023).value == GAS_EF


@pytest.mark.parametrize(
    "system",
    [[unit("still", 0, "2022-01-01")], [dam("cdm", 100, "2022-01-01", cdm=True)]],
)
def test_nothing_generated_but_by_cdm_units_is_refused(system: list[PowerUnit]) -> None:
    with pytest.raises(MissingDataError, match="all but CDM units generated 0 Wh"):
        build_margin(system, 2023)


def test_generation_of_the_year_is_needed_of_every_unit() -> None:
    with pytest.raises(MissingDataError, match="power unit y1: no generation is stated for 2024"):
        build_margin(young(2), 2024)


def test_a_vintage_option_is_one_of_two() -> None:
    assert build_margin(young(2), 2023, vintage_option="ex-post", built_until=2023).vintage_option == "ex-post"
    with pytest.raises(QuantityError, match="vintage_option 'both'"):
        build_margin(young(2), 2023, vintage_option="both")


def test_a_thousand_units_are_no_burden() -> None:
    """Every number once: a line of generation for each unit, and factors of the chosen ones alone."""
    system = [unit(f"u{k}", 10, f"{2014 + k % 10}-0{1 + k % 9}-01") for k in range(1000)]
    lines = by_symbol(build_margin(system, 2023).lines)
    assert sum(symbol.startswith("EG[") for symbol in lines) == 1000
    assert sum(symbol.startswith("EF_EL[") for symbol in lines) == 200
