"""TOOL07 agrees with a second implementation, written from the text alone, on 1,000 random grids."""

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.support import naive_tool07 as naive
from tests.support.electricity_systems import FIVE, THREE

from carbon_ledger.errors import MissingDataError, NotApplicableError
from carbon_ledger.methodologies.tool07 import (
    AnnualLoad,
    FuelConsumption,
    FuelFactor,
    HydroAverage,
    IsolatedPlant,
    Margin,
    OptionA1,
    OptionA2,
    PowerUnit,
    ZeroEmission,
    average_operating_margin,
    build_margin,
    combined_margin,
    default_lambdas,
    isolated_grid_margin,
    lambda_of_load,
    low_cost_must_run_share,
    simple_adjusted_operating_margin,
    simple_operating_margin,
    simplified_combined_margin,
)

GRIDS, PARTS = 1000, 10
TECHNOLOGIES = ("hydro", "wind", "solar", "geothermal")
KINDS = ("liquid", "solid", "liquid-combined-cycle", "gas", "gas-combined-cycle", "renewable")
LAST = 2023


def fuel(ef: str) -> FuelFactor:
    return FuelFactor(name=f"fuel of {ef}", ef=ef, source="drawn")


def drawn_fuel(random: Random, eg: dict[int, str]) -> tuple[Any, ...]:
    efs = [f"0.{random.randint(300, 1200):04d}" for _ in range(random.randint(1, 3))]
    match random.choice(("A1", "A2", "A2", "A3")):
        case "A1":
            return (
                "A1",
                {
                    year: [
                        (f"{random.randint(200, 600) * float(mwh) / 1000:.3f}", f"{random.randint(25, 50)}", ef)
                        for ef in efs
                    ]
                    for year, mwh in eg.items()
                },
            )
        case "A2":
            return ("A2", efs, f"0.{random.randint(25, 60)}")
    return ("A3",)


def drawn_grid(random: Random) -> dict[str, dict[str, Any]]:
    """Units by id, as the second implementation has them. Some grids are old, some have hardly any low-cost unit."""
    first, many, wet, registered = (
        random.choice((1985, 2005, 2013)),
        random.randint(2, 12),
        random.random(),
        random.random(),
    )
    days = random.sample(range((date(LAST, 12, 31) - date(first, 1, 1)).days), many)
    grid = {}
    for number, day in enumerate(days):
        start, lcmr = date(first, 1, 1) + timedelta(day), random.random() < wet
        eg = {year: f"{random.randint(1, 4_000_000) / 1000:.3f}" for year in FIVE if year >= start.year}
        grid[f"u{number}"] = {
            "start": start,
            "lcmr": lcmr,
            "hydro": lcmr and random.random() < 0.5,
            "cdm": number > 0 and random.random() < registered / 2,
            "eg": eg,
            "fuel": drawn_fuel(random, eg),
            "default": (f"0.0{random.randint(40, 99)}", f"0.{random.randint(30, 60)}"),
        }
    return grid


def option(drawn: tuple[Any, ...]) -> OptionA1 | OptionA2 | ZeroEmission:
    match drawn:
        case ("A1", burned):
            return OptionA1(
                burned={
                    year: [
                        FuelConsumption(fuel=fuel(ef), amount=fc, unit="t", ncv=ncv, source="drawn")
                        for fc, ncv, ef in uses
                    ]
                    for year, uses in burned.items()
                }
            )
        case ("A2", efs, eta):
            return OptionA2(efficiency=eta, fuels=[fuel(ef) for ef in efs], source="drawn")
    return ZeroEmission("drawn")


def units_of(grid: dict[str, dict[str, Any]]) -> list[PowerUnit]:
    return [
        PowerUnit(
            id=name,
            technology="drawn",
            commissioned=unit["start"],
            low_cost_must_run=unit["lcmr"],
            cdm=unit["cdm"],
            option=option(unit["fuel"]),
            default_option=option(("A2", [unit["default"][0]], unit["default"][1])),
            generation={year: f"{mwh} MWh" for year, mwh in unit["eg"].items()},
        )
        for name, unit in grid.items()
    ]


def value(make: Any, *args: Any, **more: Any) -> Fraction | None:
    """The library's margin, or ``None`` if it has none."""
    try:
        found: Fraction = make(*args, **more).value
    except (NotApplicableError, MissingDataError):
        return None
    return found


def check_operating_margins(random: Random, grid: list[dict[str, Any]], units: list[PowerUnit]) -> None:
    option_, years = random.choice((("ex-ante", THREE), ("ex-post", (LAST,))))
    more: dict[str, Any] = {"vintage_option": option_}
    assert value(average_operating_margin, units, years, **more) == naive.average(grid, years)
    approach, given = random.choice((1, 2)), {year: Fraction(random.randint(0, 8760), 8760) for year in years}
    whole = all(any(unit["eg"].get(year) for unit in grid) for year in FIVE)
    if whole:
        share = naive.lcmr_share(grid, LAST, approach)
        assert value(low_cost_must_run_share, units, FIVE, approach=approach) == share
        admitted = naive.simple(grid, years) if share < Fraction(1, 2) else None
        assert value(simple_operating_margin, units, years, approach=approach, **more) == admitted
        loads = {year: AnnualLoad(lowest="40 MW", highest="100 MW", source="drawn") for year in years}
        lambdas = default_lambdas(units, years, loads=loads, approach=approach)
        assert {found.value for found in lambdas.values()} == {naive.default_lambda(share)}
        if random.random() < 0.5:
            given = {year: found.value for year, found in lambdas.items()}
    if all(any(unit["eg"].get(year) for unit in grid) for year in years):
        expected = naive.simple_adjusted(grid, given)
        assert value(simple_adjusted_operating_margin, units, years, lambdas=given, **more) == expected


def check_long_term_hydropower(random: Random, drawn: dict[str, dict[str, Any]], units: list[PowerUnit]) -> None:
    grid, hydro = list(drawn.values()), [name for name, unit in drawn.items() if unit["hydro"]]
    if not hydro or not all(any(unit["eg"].get(year) for unit in grid) for year in FIVE):
        return
    yearly = {year: random.randint(0, 9000) for year in range(LAST - random.randint(14, 20), LAST + 1)}
    long = HydroAverage(units=hydro, generation={year: f"{mwh} MWh" for year, mwh in yearly.items()}, source="drawn")
    for approach in (1, 2):
        expected = naive.lcmr_share(grid, LAST, approach, Fraction(sum(yearly.values()), len(yearly)))
        assert value(low_cost_must_run_share, units, FIVE, approach=approach, hydro_average=long) == expected


def check_lowest_load(random: Random, grid: list[dict[str, Any]], units: list[PowerUnit]) -> None:
    kw = {year: random.randint(0, 1500) for year in THREE}
    loads = {year: AnnualLoad(lowest=f"{lowest} kW", highest="2 MW", source="drawn") for year, lowest in kw.items()}
    below = naive.lcmr_below_lowest_load(grid, LAST, {year: Fraction(lowest, 1000) for year, lowest in kw.items()})
    expected = naive.simple(grid, THREE) if below else None
    assert value(simple_operating_margin, units, THREE, loads=loads) == expected


def check_grid(seed: int) -> str:
    """Compare everything on one grid; the method of its build margin."""
    random = Random(seed)
    drawn = drawn_grid(random)
    grid, units = list(drawn.values()), units_of(drawn)
    check_operating_margins(random, grid, units)
    check_lowest_load(random, grid, units)
    check_long_term_hydropower(random, drawn, units)
    build = build_margin(units, LAST)
    assert build.value == naive.build_margin(grid, LAST)
    registered = random.randint(min(unit["start"].year for unit in grid if not unit["cdm"]), LAST + 1)
    later = build_margin(units, LAST, vintage_option="ex-post", built_until=registered)
    assert later.value == naive.build_margin(grid, LAST, registered)
    technology, period = random.choice(TECHNOLOGIES), random.choice((1, 2, 3))
    operating = average_operating_margin(units, [LAST], vintage_option="ex-post")
    found = combined_margin(
        operating,
        build,
        factor_id="f",
        region="X",
        technology=technology,
        crediting_period_ordinal=period,
        second_period_build_margin=build.digest if period == 3 else None,
    )
    exact = naive.combined(operating.value, build.value, technology, period)
    assert Fraction(found.factor.value) == floor_4(exact)
    check_defaults(random, average_operating_margin(units, THREE), technology, period)
    return build.method


def floor_4(exact: Fraction) -> Fraction:
    return Fraction(exact * 10**4 // 1, 10**4)


def check_defaults(random: Random, average: Margin, technology: str, period: int) -> None:
    """The simplified combined margin, and an isolated grid."""
    more: dict[str, Any] = {
        "factor_id": "f",
        "region": "X",
        "technology": technology,
        "crediting_period_ordinal": period,
    }
    place, share = random.choice((None, None, "ldc", "sids")), f"0.{random.randint(10, 30)}"
    gas, poor, weighted = (random.random() < 0.5 for _ in range(3))
    found = simplified_combined_margin(
        average, no_build_margin="drawn", host=place, renewable_share=share, gas_used=gas, **more
    )
    expected = naive.simplified(average.value, technology, period, place, Fraction(share), gas=gas)
    assert Fraction(found.factor.value) == floor_4(expected)
    kinds = random.sample(KINDS, random.randint(1, 3))
    plants = [
        (random.choice(kinds), random.randint(1, 400), random.randint(1, 9000)) for _ in range(random.randint(1, 5))
    ]
    grid = [
        IsolatedPlant(id=f"p{number}", kind=kind, capacity=f"{mw} MW", generation=f"{mwh} MWh")
        for number, (kind, mw, mwh) in enumerate(plants)
    ]
    option_ = "appendix-4" if weighted else "default"
    isolated = naive.isolated(plants, technology, period, weighted=weighted, poor=poor)
    try:
        result = isolated_grid_margin(grid, LAST, option=option_, no_fuel_data="drawn", ldc_or_sids=poor, **more)
    except NotApplicableError:
        assert isolated is None
    else:
        assert isolated is not None
        assert Fraction(result.factor.value) == floor_4(isolated)


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, PARTS))])
def test_both_agree_on_random_grids(part: int) -> None:
    """Issue 14: 1,000 random grids; operating margins, build margins ex ante and ex post, combined margins."""
    methods = [check_grid(seed) for seed in range(part * GRIDS // PARTS, (part + 1) * GRIDS // PARTS)]
    assert set(methods) == {"SET_sample", "SET_sample-CDM", "SET_sample-CDM->10yrs"}
    assert min(map(methods.count, set(methods))) >= 5


@pytest.mark.parametrize("seed", range(24))
def test_both_agree_on_lambda(seed: int) -> None:
    random = Random(seed)
    hours = random.choice((8760, 8784))
    loads = [random.randint(0, random.choice((5, 300, 2000))) for _ in range(hours)]
    level = random.choice(loads[:5])  # Every other energy fills the curve exactly up to the load of an hour.
    energy = random.choice((random.randint(0, sum(loads) - 1), sum(min(load, level) for load in loads)))
    assert lambda_of_load(loads, energy).value == naive.lambda_of_load(loads, energy)


def test_the_second_implementation_shares_nothing_with_the_library() -> None:
    imported = [line for line in Path(naive.__file__).read_text("utf-8").splitlines() if "import" in line.split()]
    assert {line.split()[1].partition(".")[0] for line in imported} == {
        "collections",
        "datetime",
        "fractions",
        "itertools",
        "typing",
    }
