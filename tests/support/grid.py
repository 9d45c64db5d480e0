"""An electricity system with which public functions of TOOL07 have valid calls."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import carbon_ledger as cl
from carbon_ledger.methodologies import tool07

YEARS = (2022, 2023, 2024)
GAS = tool07.FuelFactor(name="gas", ef="0.0543", source="IPCC 2006, lower bound")


def unit(name: str, since: int, *, low_cost: bool = False) -> tool07.PowerUnit:
    by_gas = tool07.OptionA2(efficiency="0.5", fuels=GAS, source="plant test")
    return tool07.PowerUnit(
        id=name,
        technology="hydro" if low_cost else "gas",
        commissioned=f"{since}-01-01",
        low_cost_must_run=low_cost,
        option=tool07.ZeroEmission("hydropower") if low_cost else by_gas,
        generation=dict.fromkeys(range(since, 2025), "300 MWh"),
    )


def tool07_functions() -> dict[str, tuple[Callable[..., object], dict[str, Any]]]:
    """Public functions and records of TOOL07, each with valid arguments."""
    units = [unit("a", 2015), unit("dam", 2016, low_cost=True), unit("b", 2017), unit("c", 2018)]
    load = tool07.AnnualLoad(lowest="40 MW", highest="100 MW", source="yearbook")
    system: dict[str, Any] = {"units": units, "years": YEARS}
    loads = dict.fromkeys(YEARS, load)
    long = dict.fromkeys(range(2009, 2025), "400 MWh")
    hydro: dict[str, Any] = {"units": "dam", "generation": long, "source": "yearbook"}
    shares = {"approach": 1, "hydro_average": tool07.HydroAverage(**hydro)}
    build, average = tool07.build_margin(units, 2024), tool07.average_operating_margin(**system)
    project: dict[str, Any] = {"factor_id": "f", "region": "AZ", "technology": "wind", "countries": ("AZ",)}
    project["rounding"] = cl.Rounding("floor", places=4)
    hours = [5] * 8760
    return {
        "simple margin": (tool07.simple_operating_margin, system | shares),
        "simple margin by loads": (tool07.simple_operating_margin, system | {"loads": loads}),
        "adjusted margin": (
            tool07.simple_adjusted_operating_margin,
            system | {"lambdas": dict.fromkeys(YEARS, "0.1")},
        ),
        "average margin": (
            tool07.average_operating_margin,
            {"units": units, "years": [2024], "vintage_option": "ex-post", "displaced_in": 2025},
        ),
        "build margin": (
            tool07.build_margin,
            {"units": units, "year": 2024, "vintage_option": "ex-post", "counted_from": None, "built_until": 2020},
        ),
        "combined margin": (
            tool07.combined_margin,
            {"operating_margin": average, "build_margin": build, "crediting_period_ordinal": 3}
            | {"second_period_build_margin": build.digest}
            | project,
        ),
        "simplified margin": (
            tool07.simplified_combined_margin,
            {"average_operating_margin": average, "no_build_margin": "no dates", "crediting_period_ordinal": 1}
            | {"host": None, "renewable_share": "0.1", "gas_used": True}
            | project,
        ),
        "default lambdas": (tool07.default_lambdas, system | {"loads": loads} | shares),
        "default lambda": (tool07.default_lambda, {"share": Fraction(1, 2)}),
        "lambda": (tool07.Lambda, {"value": Fraction(1, 2), "source": "s", "confidence": "C"}),
        "lambda of a load": (tool07.lambda_of_load, {"hourly_load_wh": hours, "low_cost_must_run_wh": 7}),
        "hydropower": (tool07.HydroAverage, hydro),
        "load": (tool07.AnnualLoad, {"lowest": "40 MW", "highest": "100 MW", "source": "s", "confidence": "P"}),
        "load of hours": (tool07.AnnualLoad.of_hours, {"hourly_load_wh": hours, "source": "s"}),
        "share": (tool07.low_cost_must_run_share, {"units": units, "years": range(2020, 2025)} | shares),
        "load of low-cost units": (tool07.low_cost_must_run_load, {"units": units, "loads": loads}),
        "Annex I": (tool07.in_annex_i, {"region": "AZ", "countries": ("AZ",)}),
    }
