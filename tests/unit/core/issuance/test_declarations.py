"""Declared emissions of an issuance: accepted in any order, and read from its event again."""

import pytest

from carbon_ledger.core.issuance.declarations import Declarations
from carbon_ledger.errors import BrokenLogError, MethodologyError
from carbon_ledger.methodologies import FuelUse, Leakage

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
