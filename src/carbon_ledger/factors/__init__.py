"""Emission factors: the record, the registry that finds one or refuses, and bundled data."""

from carbon_ledger.factors.builtin import builtin
from carbon_ledger.factors.purposes import PURPOSES, check_factor
from carbon_ledger.factors.question import Answer, Question
from carbon_ledger.factors.record import KINDS, EmissionFactor
from carbon_ledger.factors.registry import FactorRegistry

__all__ = [
    "KINDS",
    "PURPOSES",
    "Answer",
    "EmissionFactor",
    "FactorRegistry",
    "Question",
    "builtin",
    "check_factor",
]
