"""Properties of TOOL07, whatever the electricity system."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.electricity_systems import COAL, FIVE, THREE, by_symbol, follows

from carbon_ledger.errors import NotApplicableError
from carbon_ledger.exact import Rounding
from carbon_ledger.methodologies.tool07 import (
    FuelConsumption,
    FuelFactor,
    Margin,
    OptionA1,
    OptionA2,
    PowerUnit,
    Tool07Result,
    ZeroEmission,
    average_operating_margin,
    build_margin,
    build_margin_sample,
    combined_margin,
    lambda_of_load,
    low_cost_must_run_share,
    simple_adjusted_operating_margin,
    simple_operating_margin,
    unit_emission_factor,
)

MWH = st.integers(0, 5000)
TECHNOLOGIES = st.sampled_from(("hydro", "wind/onshore", "solar/photovoltaic", "geothermal"))


@st.composite
def options(draw: st.DrawFn, generation: dict[int, int]) -> Any:
    fuel = FuelFactor(name="fuel", ef=draw(st.decimals("0.01", "0.12", places=4)), source="drawn")
    which = draw(st.sampled_from(("A1", "A2", "zero")))
    if which == "zero":
        return ZeroEmission("drawn")
    if which == "A2":
        return OptionA2(efficiency=draw(st.decimals("0.2", "0.6", places=3)), fuels=fuel, source="drawn")
    ncv = draw(st.integers(10, 50))
    burned = {
        year: [FuelConsumption(fuel=fuel, amount=mwh + draw(st.integers(0, 50)), unit="t", ncv=ncv, source="drawn")]
        for year, mwh in generation.items()
    }
    return OptionA1(burned=burned)


@st.composite
def systems(draw: st.DrawFn) -> list[PowerUnit]:
    """Up to twelve units of all ages, some of one day, some of the CDM; the first always generates."""
    made = []
    for number in range(draw(st.integers(1, 12))):
        commissioned = date(draw(st.integers(2005, 2023)), draw(st.integers(1, 2)), 1)
        generation = {year: draw(MWH) for year in FIVE if year >= commissioned.year}
        if number == 0:
            generation[2023] += 1
        made.append(
            PowerUnit(
                id=f"u{number}",
                technology="drawn",
                commissioned=commissioned,
                low_cost_must_run=draw(st.booleans()),
                cdm=number > 0 and draw(st.booleans()),
                option=draw(options(generation)),
                default_option=OptionA2(efficiency="0.4", fuels=COAL, source="drawn"),
                generation={year: f"{mwh} MWh" for year, mwh in generation.items()},
            )
        )
    return made


def factors(units: list[PowerUnit], years: tuple[int, ...]) -> list[Fraction]:
    """Factors of the units that generated something in the years."""
    return [unit_emission_factor(unit, year).value for year in years for unit in units if unit.generation_wh(year) > 0]


def generated(units: Any, year: int = 2023) -> int:
    return sum(unit.generation_wh(year) for unit in units)


def margin(kind: str, value: Fraction) -> Margin:
    return Margin(kind=kind, method="drawn", value=value, vintage_option="ex-ante", data_years=(2023,), lines=())


def combined(operating: Margin, build: Margin, technology: str, ordinal: int, **more: Any) -> Tool07Result:
    """The combined margin; in the third crediting period, with the build margin of the second."""
    second = build.digest if ordinal == 3 else None
    return combined_margin(
        operating,
        build,
        factor_id="f",
        region="X",
        technology=technology,
        crediting_period_ordinal=ordinal,
        second_period_build_margin=second,
        **more,
    )


# --- combined margins ---------------------------------------------------------------------------------


@given(st.fractions(0, 2), st.fractions(0, 2), TECHNOLOGIES, st.integers(1, 3), st.sampled_from(("floor", "ceiling")))
def test_a_combined_margin_lies_between_its_margins(
    operating: Fraction, build: Fraction, technology: str, ordinal: int, direction: str
) -> None:
    """Issue: a combined margin lies between its margins; rounded once, by less than a last place."""
    pair = margin("operating_margin", operating), margin("build_margin", build)
    found = combined(*pair, technology, ordinal, rounding=Rounding(direction, places=4))
    exact = sum(
        (
            Fraction(weight) * value
            for weight, value in zip(found.factor.weights or (), (operating, build), strict=True)
        ),
        Fraction(0),
    )
    assert min(operating, build) <= exact <= max(operating, build)
    difference = Fraction(found.factor.value) - exact
    assert -Fraction(1, 10**4) < difference <= 0 if direction == "floor" else 0 <= difference < Fraction(1, 10**4)


@given(st.fractions(0, 2), st.fractions(0, 2), st.fractions(0, 1), TECHNOLOGIES, st.integers(1, 3))
def test_a_combined_margin_is_monotone_in_both_margins(
    operating: Fraction, build: Fraction, more: Fraction, technology: str, ordinal: int
) -> None:
    def value(om: Fraction, bm: Fraction) -> Decimal:
        return combined(margin("operating_margin", om), margin("build_margin", bm), technology, ordinal).factor.number

    assert value(operating, build) <= value(operating + more, build)
    assert value(operating, build) <= value(operating, build + more)


# --- operating margins --------------------------------------------------------------------------------


@given(systems())
def test_the_average_margin_lies_between_the_lowest_and_the_highest_unit_factor(units: list[PowerUnit]) -> None:
    found = factors(units, THREE)
    assert min(found) <= average_operating_margin(units, THREE).value <= max(found)


@given(systems())
def test_the_simple_margin_is_refused_from_half_on_and_else_that_of_the_other_units(units: list[PowerUnit]) -> None:
    others = [unit for unit in units if not unit.low_cost_must_run]
    share = low_cost_must_run_share(units, FIVE).value
    assert share == 1 - Fraction(sum(generated(others, y) for y in FIVE), sum(generated(units, y) for y in FIVE))
    if share >= Fraction(1, 2) or not any(generated(others, year) for year in THREE):
        with pytest.raises(NotApplicableError):
            simple_operating_margin(units, THREE)
    else:
        assert simple_operating_margin(units, THREE).value == average_operating_margin(others, THREE).value


@given(systems(), st.fractions(0, 1), st.fractions(0, 1))
def test_the_simple_adjusted_margin_goes_straight_from_one_group_to_the_other(
    units: list[PowerUnit], first: Fraction, second: Fraction
) -> None:
    def adjusted(share: Fraction) -> Fraction:
        return simple_adjusted_operating_margin(units, [2023], lambdas={2023: share}, vintage_option="ex-post").value

    groups = [[unit for unit in units if unit.low_cost_must_run is flag] for flag in (False, True)]
    if not all(map(generated, groups)):
        return
    rest, low_cost = (average_operating_margin(group, [2023], vintage_option="ex-post").value for group in groups)
    assert (adjusted(Fraction(0)), adjusted(Fraction(1))) == (rest, low_cost)
    low, high = sorted((first, second))
    assert (adjusted(high) - adjusted(low)) * (low_cost - rest) >= 0


@given(systems(), st.data())
def test_a_lower_efficiency_never_lowers_the_average_margin(units: list[PowerUnit], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(units) - 1))
    better, worse = (OptionA2(efficiency=eta, fuels=COAL, source="drawn") for eta in ("0.5", "0.4"))
    first, second = (
        average_operating_margin(
            [attrs_with(unit, option) if index == place else unit for index, unit in enumerate(units)], THREE
        ).value
        for option in (better, worse)
    )
    assert first <= second


def attrs_with(unit: PowerUnit, option: OptionA2) -> PowerUnit:
    return attrs.evolve(unit, option=option, generation={year: f"{wh} Wh" for year, wh in unit.generation})


# --- build margins ------------------------------------------------------------------------------------


@given(systems(), st.randoms(use_true_random=False))
def test_the_order_of_the_units_never_matters(units: list[PowerUnit], random: Random) -> None:
    """The same sample, the same numbers and the same trace, of both margins."""
    shuffled = random.sample(units, len(units))
    assert build_margin_sample(shuffled, 2023) == build_margin_sample(units, 2023)
    assert build_margin(shuffled, 2023) == build_margin(units, 2023)
    assert average_operating_margin(shuffled, THREE) == average_operating_margin(units, THREE)


@given(systems())
def test_the_sample_is_what_each_step_says(units: list[PowerUnit]) -> None:
    found = build_margin_sample(units, 2023)
    chosen, own = set(found.units), [unit for unit in units if not unit.cdm]
    old = {unit for unit in units if unit.commissioned.replace(year=unit.commissioned.year + 10) < date(2023, 12, 31)}
    total = generated(own)
    assert len(chosen) == len(found.units)
    assert 5 * generated(chosen) >= total
    if found.name == "SET_sample":
        assert not chosen & old
        assert not any(unit.cdm for unit in chosen)
        assert len(chosen) >= min(5, len(own)) or 5 * generated(sorted_newest(own)[:5]) >= total
        assert all(other.commissioned <= unit.commissioned for unit in chosen for other in set(own) - chosen)
    elif found.name == "SET_sample-CDM":
        assert all(unit.cdm for unit in chosen & old)
    else:
        assert chosen >= {unit for unit in units if unit.cdm}
        assert {unit for unit in chosen - old if not unit.cdm} == set(own) - old
        last = found.units[-1]
        assert last in old
        assert 5 * (generated(chosen) - generated([last])) < total


def sorted_newest(units: list[PowerUnit]) -> list[PowerUnit]:
    return sorted(units, key=lambda unit: unit.commissioned, reverse=True)


@given(systems())
def test_the_build_margin_lies_between_the_factors_of_its_units(units: list[PowerUnit]) -> None:
    sample, found = build_margin_sample(units, 2023), build_margin(units, 2023)
    running = [unit for unit in sample.units if generated([unit])]
    used = [
        unit
        if sample.name != "SET_sample-CDM->10yrs"
        or isinstance(unit.option, ZeroEmission)
        or (isinstance(unit.option, OptionA2) and unit.id not in sample.old)
        else attrs_with(unit, OptionA2(efficiency="0.4", fuels=COAL, source="drawn"))
        for unit in running
    ]
    values = factors(used, (2023,))
    assert min(values) <= found.value <= max(values)
    assert found.units == tuple(unit.id for unit in sample.units)


# --- the trace, and lambda ----------------------------------------------------------------------------


@given(systems())
def test_every_line_follows_from_the_lines_that_it_names(units: list[PowerUnit]) -> None:
    shares = dict.fromkeys(THREE, Fraction(1, 3))
    traces = [build_margin(units, 2023).lines, average_operating_margin(units, THREE).lines]
    groups = [[unit for unit in units if unit.low_cost_must_run is flag] for flag in (False, True)]
    if all(generated(group, year) for group in groups for year in THREE):
        traces.append(simple_adjusted_operating_margin(units, THREE, lambdas=shares).lines)
    for trace in traces:
        lines = by_symbol(trace)
        for line in trace:
            if line.inputs and not line.formula.startswith("0:"):
                assert follows(lines, line), line


@given(st.lists(st.integers(0, 50), min_size=24, max_size=24), st.integers(0, 30), st.integers(0, 30))
def test_lambda_grows_with_low_cost_generation(day: list[int], level: int, more: int) -> None:
    """Against the definition: hours under the level that the energy fills the curve to."""
    load = day * 365
    first, second = (min(sum(min(hour, height) for hour in load), sum(load) - 1) for height in (level, level + more))
    if sum(load) == 0:
        return
    values = [lambda_of_load(load, energy).value for energy in (first, second)]
    assert values[0] <= values[1]
    if first == sum(min(hour, level) for hour in load) and level <= max(load):
        assert values[0] == Fraction(sum(hour < level for hour in load), 8760)
