"""Emission factors: the record of a factor, the registry that finds one or refuses, bundled data, and importers.

Global warming potentials are in `carbon_ledger.factors.gwp`, default values of fuels in
`carbon_ledger.factors.fuels`.
"""

from carbon_ledger.factors import fuels, gwp
from carbon_ledger.factors.answer import Answer, Explanation
from carbon_ledger.factors.builtin import builtin
from carbon_ledger.factors.fuels import Fuel, fuel
from carbon_ledger.factors.gwp import Co2e, Gwp, GwpSet, co2e
from carbon_ledger.factors.importers import (
    FactorTable,
    RefusedFactorRow,
    read_egrid,
    read_epa_fuels,
    read_factor_csv,
    read_ifi_table,
    read_open_factors,
    read_owid,
    read_owid_energy,
)
from carbon_ledger.factors.purposes import PURPOSES, check_factor
from carbon_ledger.factors.question import POLICIES, Question
from carbon_ledger.factors.record import KINDS, EmissionFactor
from carbon_ledger.factors.registry import FactorRegistry

__all__ = [
    "KINDS",
    "POLICIES",
    "PURPOSES",
    "Answer",
    "Co2e",
    "EmissionFactor",
    "Explanation",
    "FactorRegistry",
    "FactorTable",
    "Fuel",
    "Gwp",
    "GwpSet",
    "Question",
    "RefusedFactorRow",
    "builtin",
    "check_factor",
    "co2e",
    "fuel",
    "fuels",
    "gwp",
    "read_egrid",
    "read_epa_fuels",
    "read_factor_csv",
    "read_ifi_table",
    "read_open_factors",
    "read_owid",
    "read_owid_energy",
]
