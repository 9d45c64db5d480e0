"""TOOL07 v7.0, the tool to calculate the emission factor for an electricity system.

These functions calculate an `EmissionFactor` from the power units of an electricity system: the emission factors of
the units, an operating margin, a build margin, and the combined margin, with a trace of every number. Every number is
exact until the combined margin is rounded, once. Not supported: dispatch-data operating margins, electricity imports,
off-grid units, and long-term averages of hydropower.
"""

from carbon_ledger.methodologies.tool07.build_margins import Sample, build_margin, build_margin_sample
from carbon_ledger.methodologies.tool07.combined_margins import Tool07Result, combined_margin, combined_margin_weights
from carbon_ledger.methodologies.tool07.load_curve import Lambda, lambda_of_load
from carbon_ledger.methodologies.tool07.operating_margins import (
    Share,
    average_operating_margin,
    low_cost_must_run_share,
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
from carbon_ledger.methodologies.tool07.trace import Margin, published_margin
from carbon_ledger.methodologies.tool07.unit_factors import UnitFactor, unit_emission_factor

__all__ = [
    "ROUNDINGS",
    "TOOL",
    "FuelConsumption",
    "FuelFactor",
    "Lambda",
    "Margin",
    "OptionA1",
    "OptionA2",
    "PowerUnit",
    "Rule",
    "Sample",
    "Share",
    "Tool07Result",
    "UnitFactor",
    "ZeroEmission",
    "average_operating_margin",
    "build_margin",
    "build_margin_sample",
    "combined_margin",
    "combined_margin_weights",
    "lambda_of_load",
    "low_cost_must_run_share",
    "published_margin",
    "simple_adjusted_operating_margin",
    "simple_operating_margin",
    "unit_emission_factor",
]
