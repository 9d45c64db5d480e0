"""Declared emissions of an issuance: accepted in any order, and read from its event again."""

from typing import Any

import pytest
from tests.support.forging import found_in
from tests.support.metered_project import MAY, factor, metered

import carbon_ledger as cl
from carbon_ledger.core.issuance.declarations import Declarations
from carbon_ledger.errors import BrokenLogError, MethodologyError
from carbon_ledger.methodologies import FuelUse, ImportedElectricity, Leakage

__all__ = ["metered"]

FUEL = FuelUse(
    fuel="diesel oil",
    amount="1 t",
    ncv="43.3 TJ/Gg",
    emission_factor="74800 kgCO2/TJ",
    vintage=2024,
    basis="ipcc-upper",
    source="IPCC 2006",
)
LEAKAGE = Leakage(amount="2 tCO2e", vintage=2024, reason="moved equipment", source="a test")


def test_what_was_declared_is_read_back_and_nothing_else_is_written() -> None:
    found = Declarations.of([LEAKAGE, FUEL])
    assert (found.fuel_uses, found.imports, found.leakages) == ((FUEL,), (), (LEAKAGE,))
    record = found.to_record()
    assert sorted(record) == ["fuel_uses", "leakages"]
    assert Declarations.from_event({"project": "p", **record}) == found
    assert Declarations.from_event({"project": "p"}) == Declarations.of(()) == Declarations()


def test_what_is_no_emission_is_named() -> None:
    with pytest.raises(MethodologyError, match="emission '2 t': expected a FuelUse, an ImportedElectricity or a Lea"):
        Declarations.of([FUEL, "2 t"])


@pytest.mark.parametrize(
    "event",
    [
        {"fuel_uses": [{"fuel": "diesel oil"}]},
        {"imports": [{"amount_wh": 5}]},
        {"leakages": [LEAKAGE.to_record() | {"amount_t": "-2"}]},
        {"leakages": [LEAKAGE.to_record() | {"colour": "green"}]},
    ],
)
def test_a_record_of_none_is_a_broken_log(event: dict[str, object]) -> None:
    """Invariant 22: an audit says so, where the record's own error would end it."""
    with pytest.raises(BrokenLogError, match="the record of a declared emission is invalid: "):
        Declarations.from_event(event)


BY_CARBON = FuelUse(
    fuel="diesel",
    amount="10 litres",
    carbon_content="0.86 tC/t",
    density="0.84 t/m3",
    vintage=2024,
    basis="measured",
    source="delivery notes",
)
POOR = FuelUse(
    fuel="diesel",
    amount="10 kg",
    ncv="41 GJ/t",
    emission_factor="0.07 tCO2/GJ",
    vintage=2024,
    basis="national-default",
    source="national energy balance",
)
TAKEN = ImportedElectricity(
    amount="1 MWh",
    emission_factor="TOOL05 default",
    losses="TOOL05 default",
    scenario="A",
    vintage=2024,
    meter="pumps",
    source="CDM TOOL05 v3.0",
)
TEXT = cl.Waiver("methodology-text", "read in secondary sources")


def issued(ledger: cl.Ledger) -> int:
    """The number of an issuance of 50 t less 0.026488, 0.0287 and 1.56 t of project emissions."""
    declared = [BY_CARBON, POOR, TAKEN]
    result = ledger.quantify("credits", MAY, factor=factor(), emissions=declared)
    assert str(result.amount) == "48.384812"
    assert [line.symbol for line in result.lines if "_flag" in line.symbol] == [
        "NCV_flag[2024,2]",
        "EF_CO2_flag[2024,2]",
    ]
    ledger.approve(result, by="verifier")
    ledger.issue("credits", MAY, to="op", factor=factor(), emissions=declared, waivers=[TEXT])
    return ledger.size - 1


def test_carbon_contents_and_defaults_are_issued_approved_and_audited(metered: cl.Ledger) -> None:
    """Domain invariant 22: the event pins what was declared, and an audit computes all lines and flags from it."""
    n = issued(metered)
    event = metered.entry(n).event
    assert event["fuel_uses"] == [BY_CARBON.to_record(), POOR.to_record()]
    assert event["imports"] == [TAKEN.to_record()]
    assert metered.audit().findings == ()


@pytest.mark.parametrize(
    ("field", "change", "named"),
    [
        ("fuel_uses", {"fuel": "lignite"}, "national-default is for liquid fuels only"),
        ("fuel_uses", {"ncv": "42 GJ/t"}, "recorded, "),
        ("fuel_uses", {"density": "0.84 t/m3"}, "a density without a carbon_content"),
        ("imports", {"scenario": "B", "losses": "20 %"}, "expected 0 %"),
        ("imports", {"losses": "3 %", "losses_year": 2018}, "at most 5 years old"),
        ("imports", {"scenario": "D"}, "scenario"),
    ],
)
def test_a_forged_declaration_is_found(metered: cl.Ledger, field: str, change: dict[str, Any], named: str) -> None:
    """Domain invariants 22 and 34: what a command refuses, or what would change an amount, is found by an audit."""
    n = issued(metered)
    finding = found_in(metered, n, lambda event: event[field][-1].update(change))
    assert finding.entry == n
    assert named in finding.detail, finding.detail
