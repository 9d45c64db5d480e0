"""VT0011: the build margin of all newest units, and the weights of the combined margin."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from tests.support.electricity_systems import COAL, GAS, GAS_50, HYDRO, THREE, by_symbol, dam, follows, grid, unit
from tests.support.verra_plants import VMR0017, activity

from carbon_ledger.errors import FactorNotApplicableError, MethodologyError, MissingDataError, QuantityError
from carbon_ledger.exact import Rounding
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies import METHODOLOGIES, quantify_lines, tool07, vt0011
from carbon_ledger.methodologies.tool07 import Margin, OptionA2, PowerUnit, Tool07Result, UnknownFuel, published_margin
from carbon_ledger.waivers import Waiver

COAL_39 = OptionA2(efficiency="0.39", fuels=COAL, source="TOOL09, as the implementation states it")
THREE_PLACES = Rounding("half-up", places=3)


def plant(name: str, mwh: int, year: int, **more: Any) -> PowerUnit:
    return unit(name, {2024: mwh}, f"{year}-01-01", **more)


def w8(cdm_wind_mwh: int = 300) -> list[PowerUnit]:
    """The system of worked example W8: methodology-texts, section 12."""
    zero = {"option": HYDRO, "low_cost_must_run": True}
    return [
        plant("solar", 50, 2024, technology="solar", **zero),
        plant("gas", 100, 2020, option=GAS_50),
        plant("coal-2010", 400, 2010, technology="coal", option=COAL_39),
        plant("coal-2005", 450, 2005, technology="coal", option=COAL_39),
        plant("hydro", 1000, 2000, technology="hydro", **zero),
        plant("cdm-wind", cdm_wind_mwh, 2019, technology="wind", cdm=True, **zero),
        plant("cdm-solar", 30, 2016, technology="solar", cdm=True, **zero),
    ]


def margin(kind: str, value: str, **more: Any) -> Margin:
    fields: dict[str, Any] = {
        "factor_id": kind.replace("_", "-"),
        "value": value,
        "unit": "tCO2/MWh",
        "kind": kind,
        "region": "X",
        "source": "an illustrative grid",
        "vintage_option": "ex-ante",
    }
    return published_margin(EmissionFactor(**(fields | more)))


def combined(operating: Margin, build: Margin, **more: Any) -> Tool07Result:
    fields = {"factor_id": "f", "region": "X", "technology": "hydro", "crediting_period_ordinal": 1}
    return vt0011.combined_margin(operating, build, **(fields | more))


def test_w27_the_five_newest_units_of_all_whatever_their_age() -> None:
    """W27, published test of an implementation: 880 MWh, 369.5575/880 = 0.419952. [S]"""
    sample = vt0011.build_margin_sample(w8(), 2024)
    lines = by_symbol(sample.lines)
    assert [item.id for item in sample.units] == ["solar", "gas", "cdm-wind", "cdm-solar", "coal-2010"]
    assert lines["AEG_total[2024]"].value == 2330
    assert lines["AEG_SET->=20%[2024]"].value == 480
    assert lines["AEG_SET-5-units[2024]"].value == lines["AEG_SET-sample[2024]"].value == 880
    found = vt0011.build_margin(w8(), 2024)
    coal = Fraction("0.0895") * Fraction("3.6") / Fraction("0.39")
    assert found.value == (100 * Fraction("0.39096") + 400 * coal) / 880
    assert round(float(880 * found.value), 4) == 369.5575
    assert round(float(found.value), 6) == 0.419952
    assert (found.vintage_option, found.units) == ("ex-ante", tuple(item.id for item in sample.units))
    traced = by_symbol(found.lines)
    assert all(follows(traced, line) for line in found.lines if line.formula)
    assert all(line.source.startswith("VT0011 v1.0") for line in found.lines if "AEG" in line.symbol)


def test_tool07_goes_on_to_its_step_d_where_vt0011_stops() -> None:
    """W8 gives 0.08688 under TOOL07 and 0.419952 under VT0011: the tool's version decides."""
    assert tool07.build_margin(w8(), 2024).value == Fraction("0.08688")


def test_the_set_that_reaches_20_percent_where_it_is_larger_or_equal() -> None:
    """Six of 10 MWh and one of 240: 20% of 300 is 60, which the sixth reaches exactly."""
    young = [plant(f"y{k}", 10, 2025 - k) for k in range(1, 7)]
    found = vt0011.build_margin_sample([*young, plant("big", 240, 2015)], 2024)
    assert [item.id for item in found.units] == ["y1", "y2", "y3", "y4", "y5", "y6"]
    crossing = vt0011.build_margin_sample([*young, plant("big", 241, 2015)], 2024)
    assert [item.id for item in crossing.units][-1] == "big"
    idle = [plant(f"z{k}", 0, 2024 - k) for k in range(1, 5)]
    equal = vt0011.build_margin_sample([plant("new", 100, 2024), *idle, plant("old", 100, 2001)], 2024)
    assert [item.id for item in equal.units] == ["new"]


def test_units_of_a_later_year_and_without_generation_are_left_out() -> None:
    later = unit("later", {2025: 10}, "2025-01-01")
    assert "later" not in vt0011.build_margin([*w8(), later], 2024).units
    with pytest.raises(MissingDataError, match="generated 0 Wh"):
        vt0011.build_margin([dam("still", {2024: 0})], 2024)
    with pytest.raises(QuantityError, match="year"):
        vt0011.build_margin_sample(w8(), "2024")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("technology", "weights"),
    [
        ("wind/onshore", [("0.5", "0.5"), ("0.4", "0.6"), ("0.3", "0.7")]),
        ("solar/thermal", [("0.5", "0.5"), ("0.4", "0.6"), ("0.3", "0.7")]),
        ("hydro/reservoir", [("0.4", "0.6"), ("0.25", "0.75"), ("0.25", "0.75")]),
        ("geothermal", [("0.4", "0.6"), ("0.25", "0.75"), ("0.25", "0.75")]),
    ],
)
def test_weights_follow_technology_and_crediting_period(technology: str, weights: list[tuple[str, str]]) -> None:
    assert [vt0011.combined_margin_weights(technology, ordinal) for ordinal in (1, 2, 3)] == weights
    for ordinal in (0, 4, True, "1"):
        with pytest.raises(QuantityError, match="expected 1, 2 or 3"):
            vt0011.combined_margin_weights(technology, ordinal)  # type: ignore[arg-type]


def test_w28_the_same_grid_under_both_tools() -> None:
    """W28: published to three places, half up, of margins that were rounded: 0.0010 either way. [S]"""
    operating = margin("operating_margin", "0.769")
    ours, theirs = margin("build_margin", "0.443"), margin("build_margin", "0.462")
    exact = [combined(operating, ours, crediting_period_ordinal=ordinal).factor.value for ordinal in (1, 2)]
    assert exact == ["0.5734", "0.5245"]
    older = [
        tool07.combined_margin(
            operating,
            theirs,
            factor_id="f",
            region="X",
            technology="hydro",
            crediting_period_ordinal=ordinal,
            rounding=Rounding("half-up", places=5),
        ).factor.value
        for ordinal in (1, 2)
    ]
    assert older == ["0.61550", "0.53875"]
    published = ("0.573", "0.524", "0.615", "0.539")
    for value, shown in zip((*exact, *older), published, strict=True):
        assert abs(Fraction(value) - Fraction(shown)) <= Fraction(1, 1000)


def test_the_factor_names_the_tool_and_that_its_text_was_not_seen() -> None:
    result = combined(margin("operating_margin", "0.769"), margin("build_margin", "0.443"), rounding=THREE_PLACES)
    factor = result.factor
    assert (factor.value, factor.tool, factor.weights) == ("0.573", "VT0011@1.0", ("0.4", "0.6"))
    assert (factor.vintage_option, factor.project_class) == ("ex-ante", "all but wind and solar")
    assert "tool-text-not-seen" in factor.flags
    assert str(result).startswith("VT0011 v1.0: f (0.573 tCO2/MWh")
    assert Tool07Result.from_record(result.to_record()) == result
    assert result.line("EF_CM,exact").source == "VT0011 v1.0, combined margin, case 1"


def test_margins_of_one_system_are_combined_with_the_trace_of_both() -> None:
    system = grid(300, 300, 400)
    result = combined(tool07.simple_operating_margin(system, THREE), vt0011.build_margin(system, 2023), region="Y")
    traced = by_symbol(result.lines)
    assert all(follows(traced, line) for line in result.lines if line.formula and line.symbol != "EF_CM")


def test_margins_that_do_not_belong_together_are_refused() -> None:
    operating, build = margin("operating_margin", "0.7"), margin("build_margin", "0.4")
    with pytest.raises(MethodologyError, match="in that order"):
        combined(build, operating)
    with pytest.raises(MethodologyError, match="use margins of Y"):
        combined(operating, build, region="Y")
    with pytest.raises(MethodologyError, match="calculated by TOOL07; calculate it with build_margin of vt0011"):
        combined(operating, tool07.build_margin(w8(), 2024))
    assert combined(evolve(operating, vintage_option="ex-post"), build).factor.vintage_option == "ex-post"


# --- case 2: projects that increase the consumption of a grid ---------------------------------------------

UNKNOWN = UnknownFuel("the utility publishes generation alone")


def with_unknown(option: UnknownFuel = UNKNOWN) -> list[PowerUnit]:
    """Gas and coal of 300 MWh each, a dam of 400 MWh, and a unit of 100 MWh whose fuel is not known."""
    return [*grid(300, 300, 400), unit("unknown", 100, "2015-01-01", technology="thermal", option=option)]


def case_2(**more: Any) -> Tool07Result:
    """The combined margin of case 2 of the system with a unit of unknown fuel."""
    units = vt0011.units_of_case_2(with_unknown())
    operating = tool07.simple_operating_margin(units, THREE)
    return combined(operating, vt0011.build_margin(with_unknown(), 2023, case=2), region="Y", case=2, **more)


def test_case_2_has_the_operating_margin_alone() -> None:
    """VT0011 v1.0, case 2: weights 1/0, whatever the technology and the crediting period. [S]"""
    for technology in ("wind", "hydro/reservoir"):
        for ordinal in (1, 2, 3):
            assert vt0011.combined_margin_weights(technology, ordinal, case=2) == ("1", "0")
    with pytest.raises(QuantityError, match="expected 1, 2 or 3"):
        vt0011.combined_margin_weights("hydro", 4, case=2)
    for case in (0, 3, True, "2", None):
        with pytest.raises(QuantityError, match="expected 1, for a project that supplies electricity"):
            vt0011.combined_margin_weights("hydro", 1, case=case)  # type: ignore[arg-type]
        with pytest.raises(QuantityError, match="expected 1, for a project"):
            vt0011.build_margin(with_unknown(), 2023, case=case)  # type: ignore[arg-type]
    plain = combined(margin("operating_margin", "0.769"), margin("build_margin", "0.443"), case=2)
    assert (plain.factor.value, plain.factor.weights) == ("0.7690", ("1", "0"))


def test_units_of_unknown_fuel_emit_1_3_t_in_case_2_and_nothing_in_case_1() -> None:
    """Option A3. (300 x 0.39096 + 300 x 0.895 + 100 x 1.3)/700 = 515.788/700 = 0.73684; without: 385.788/700. [S]"""
    operating = tool07.simple_operating_margin(with_unknown(), THREE)
    assert operating.value == Fraction("385.788") / 700
    assert vt0011.build_margin(with_unknown(), 2023).value == Fraction("385.788") / 1100
    units = vt0011.units_of_case_2(with_unknown())
    assert tool07.simple_operating_margin(units, THREE).value == Fraction("0.73684")
    build = vt0011.build_margin(with_unknown(), 2023, case=2)
    assert build.value == Fraction("515.788") / 1100
    assert build == vt0011.build_margin(units, 2023, case=2)
    line = by_symbol(build.lines)["EF_EL[unknown,2023]"]
    assert (line.value, line.source, line.confidence) == (Decimal("1.3"), "VT0011 v1.0, option A3, case 2", "S")
    assert "the utility publishes generation alone" in line.name


def test_the_factor_of_case_2_says_so() -> None:
    """0.73684 is rounded up, because a factor of consumption must not be too low. [C]"""
    result = case_2()
    factor = result.factor
    assert (factor.value, factor.weights, factor.tool) == ("0.7369", ("1", "0"), "VT0011@1.0")
    assert factor.project_class == "projects that increase the consumption of a grid"
    assert factor.flags == ("derived-not-published", "tool-text-not-seen", "increases-consumption")
    assert result.line("w_OM").source == "VT0011 v1.0, combined margin, case 2"
    traced = by_symbol(result.lines)
    assert all(follows(traced, line) for line in result.lines if line.formula and line.symbol != "EF_CM")
    assert Tool07Result.from_record(result.to_record()) == result
    assert "increases-consumption" not in combined(
        margin("operating_margin", "0.7"), margin("build_margin", "0.4")
    ).factor.flags  # fmt: skip


def test_margins_of_the_other_case_are_refused() -> None:
    first, units = with_unknown(), vt0011.units_of_case_2(with_unknown())
    low, high = (tool07.simple_operating_margin(system, THREE) for system in (first, units))
    zero, build = vt0011.build_margin(first, 2023), vt0011.build_margin(first, 2023, case=2)
    other = "1.3 t/MWh, which is for case 2 of VT0011 alone"
    for operating, later in ((high, build), (high, margin("build_margin", "0.4"))):
        with pytest.raises(MethodologyError, match=other):
            combined(operating, later, region="X")
    fields: dict[str, Any] = {
        "factor_id": "f", "region": "Y", "technology": "hydro", "crediting_period_ordinal": 1
    }  # fmt: skip
    with pytest.raises(MethodologyError, match=other):
        tool07.combined_margin(high, margin("build_margin", "0.4", region="Y"), **fields)
    with pytest.raises(MethodologyError, match=other):
        tool07.simplified_combined_margin(
            tool07.average_operating_margin(units, THREE), no_build_margin="no dates", host="ldc", **fields
        )
    with pytest.raises(MethodologyError, match="with 0 t/MWh, which is for case 1; calculate it from what"):
        combined(low, build, region="Y", case=2)
    with pytest.raises(MethodologyError, match="unknown fuel with 0 t/MWh"):
        combined(margin("operating_margin", "0.7"), zero, case=2)
    with pytest.raises(
        MethodologyError, match="build margin of case 1: the unknown fuel of power unit unknown has case 2"
    ):
        vt0011.build_margin(units, 2023)


def test_which_of_several_fuels_counts_in_case_2_is_not_built() -> None:
    both = OptionA2(efficiency="0.36", fuels=[COAL, GAS], source="plant test")
    mixed = [*grid(300, 300, 400), unit("mixed", 100, option=both)]
    with pytest.raises(MethodologyError, match=r"unit mixed has several fuels .* not built; give option A1"):
        vt0011.units_of_case_2(mixed)
    operating = tool07.simple_operating_margin(mixed, THREE)
    with pytest.raises(MethodologyError, match="the lowest of several fuels"):
        combined(operating, margin("build_margin", "0.4"), case=2)
    assert combined(operating, margin("build_margin", "0.4"))


def test_a_factor_of_case_2_credits_no_generation() -> None:
    """A higher factor is conservative for consumption, and credits too much for generation."""
    factor = evolve(case_2().factor, region="NP")
    made = activity()
    for key in ("VMR0017@1.0", "ACM0002@22.0"):
        with pytest.raises(FactorNotApplicableError) as found:
            quantify_lines(METHODOLOGIES[key], made, factor)
        assert found.value.rule == "factor-method"
    with pytest.raises(FactorNotApplicableError, match="projects that increase the consumption of a grid") as found:
        quantify_lines(VMR0017, made, factor)
    lines, _ = quantify_lines(VMR0017, made, factor, (Waiver("factor-method", "a comparison"),))
    assert "increases-consumption" in {line.source for line in lines}
    assert quantify_lines(VMR0017, made, evolve(factor, flags=()))


def test_a_case_of_an_unknown_fuel() -> None:
    for case in (0, 3, True, "2"):
        with pytest.raises(QuantityError, match="case"):
            UnknownFuel("no data", case=case)  # type: ignore[arg-type]
    for reason in ("", " ", None):
        with pytest.raises(QuantityError, match="reason"):
            UnknownFuel(reason)  # type: ignore[arg-type]
