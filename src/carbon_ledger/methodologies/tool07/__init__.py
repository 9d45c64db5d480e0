"""TOOL07 v7.0, the tool to calculate the emission factor for an electricity system.

These functions calculate an `EmissionFactor` from the power units of an electricity system: the emission factors of
the units, an operating margin, a build margin, and the combined margin, with a trace of every number. Where data are
lacking, `simplified_combined_margin` and `isolated_grid_margin` use the tool's default values. Every number is exact
until the combined margin is rounded, once. Not supported: dispatch-data operating margins, simple operating margins
from the fuel of a whole system (option B), electricity imports, off-grid units, the delineation of systems, and weights
other than the standard ones.
"""

from carbon_ledger.methodologies.tool07.annex_i import in_annex_i
from carbon_ledger.methodologies.tool07.build_margins import Sample, build_margin, build_margin_sample
from carbon_ledger.methodologies.tool07.combined_margins import Tool07Result, combined_margin
from carbon_ledger.methodologies.tool07.default_lambda import default_lambda, default_lambdas
from carbon_ledger.methodologies.tool07.isolated_grids import IsolatedPlant, isolated_grid_margin
from carbon_ledger.methodologies.tool07.load_curve import Lambda, lambda_of_load
from carbon_ledger.methodologies.tool07.low_cost_share import (
    HydroAverage,
    LoadComparison,
    Share,
    low_cost_must_run_load,
    low_cost_must_run_share,
)
from carbon_ledger.methodologies.tool07.operating_margins import (
    average_operating_margin,
    simple_adjusted_operating_margin,
    simple_operating_margin,
)
from carbon_ledger.methodologies.tool07.records import (
    FuelConsumption,
    FuelFactor,
    OptionA1,
    OptionA2,
    PowerUnit,
    ZeroEmission,
)
from carbon_ledger.methodologies.tool07.rules import ROUNDINGS, TOOL, Rule
from carbon_ledger.methodologies.tool07.simplified_margins import simplified_combined_margin
from carbon_ledger.methodologies.tool07.system_load import AnnualLoad
from carbon_ledger.methodologies.tool07.trace import Margin, published_margin
from carbon_ledger.methodologies.tool07.unit_factors import UnitFactor, unit_emission_factor
from carbon_ledger.methodologies.tool07.unknown_fuel import UnknownFuel
from carbon_ledger.methodologies.tool07.weights import combined_margin_weights

__all__ = [
    "ROUNDINGS",
    "TOOL",
    "AnnualLoad",
    "FuelConsumption",
    "FuelFactor",
    "HydroAverage",
    "IsolatedPlant",
    "Lambda",
    "LoadComparison",
    "Margin",
    "OptionA1",
    "OptionA2",
    "PowerUnit",
    "Rule",
    "Sample",
    "Share",
    "Tool07Result",
    "UnitFactor",
    "UnknownFuel",
    "ZeroEmission",
    "average_operating_margin",
    "build_margin",
    "build_margin_sample",
    "combined_margin",
    "combined_margin_weights",
    "default_lambda",
    "default_lambdas",
    "in_annex_i",
    "isolated_grid_margin",
    "lambda_of_load",
    "low_cost_must_run_load",
    "low_cost_must_run_share",
    "published_margin",
    "simple_adjusted_operating_margin",
    "simple_operating_margin",
    "simplified_combined_margin",
    "unit_emission_factor",
]
