"""Serials of other registries: their grammars as plain data, and exports that list serials."""

from carbon_ledger.registries.builtin import GRAMMARS, grammar_of, parse_serial
from carbon_ledger.registries.grammar import RegistrySerial, SerialGrammar
from carbon_ledger.registries.templates import SerialForm

__all__ = ["GRAMMARS", "RegistrySerial", "SerialForm", "SerialGrammar", "grammar_of", "parse_serial"]
