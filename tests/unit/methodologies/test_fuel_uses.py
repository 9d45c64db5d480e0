"""Fuel by its carbon content, national defaults of liquid fuels, and flags of values below the IPCC's limits."""

from decimal import Decimal
from typing import Any

import pytest

from carbon_ledger.canonical import dumps
from carbon_ledger.errors import CarbonLedgerError, MissingDataError, QuantityError, UnitMismatchError, UnknownUnitError
from carbon_ledger.factors.fuels import fuels
from carbon_ledger.methodologies import FuelUse
from carbon_ledger.methodologies.fuel_flags import flagged_fuel, fuel_flags
from carbon_ledger.methodologies.known_fuels import is_liquid, known_fuel, lower_limits


def oil(**more: Any) -> FuelUse:
    """10 m3 of diesel by carbon content: W19 of the worked examples."""
    fields: dict[str, Any] = {
        "fuel": "diesel",
        "amount": "10 m3",
        "carbon_content": "0.86 tC/t",
        "density": "0.84 t/m3",
        "vintage": 2024,
        "basis": "measured",
        "source": "delivery notes",
    }
    return FuelUse(**(fields | more))


def heat(**more: Any) -> FuelUse:
    fields: dict[str, Any] = {
        "fuel": "diesel",
        "amount": "1 t",
        "ncv": "43.3 GJ/t",
        "emission_factor": "0.0748 tCO2/GJ",
        "vintage": 2024,
        "basis": "national-default",
        "source": "national energy balance",
    }
    return FuelUse(**(fields | more))


@pytest.mark.parametrize(
    ("change", "tonnes"),
    [
        ({}, "26.488"),
        ({"amount": "10000 litres", "density": "840 kg/m3", "carbon_content": "86 %"}, "26.488"),
        ({"amount": "8.4 t", "density": None}, "26.488"),
        ({"amount": "8400 kg", "density": None, "carbon_content": "0.86 kgC/kg"}, "26.488"),
        ({"amount": "0 t", "density": None}, "0"),
        # 1 t x 0.85 x 44/12 = 3.11666..., rounded up to the gram.
        ({"amount": "1 t", "density": None, "carbon_content": "0.85 tC/t"}, "3.116667"),
    ],
)
def test_carbon_becomes_44_twelfths_of_its_mass(change: dict[str, Any], tonnes: str) -> None:
    """CDM TOOL03 v3.0, equations (2) and (3); 10 x 0.84 x 0.86 x 44/12 = 26.488. [P/C]"""
    assert oil(**change).emissions_t == Decimal(tonnes)


@pytest.mark.parametrize(
    ("change", "error", "named"),
    [
        ({"ncv": "43 GJ/t"}, QuantityError, "either carbon_content, or ncv and emission_factor"),
        ({"emission_factor": "0.07 tCO2/GJ"}, QuantityError, "either carbon_content, or ncv and emission_factor"),
        ({"density": None}, QuantityError, "give the density of an amount in m3 or litres"),
        ({"amount": "8 t"}, QuantityError, "and none of an amount in t or kg"),
        ({"carbon_content": "86 tC/t"}, QuantityError, "from 0.01 to 1 tC/t"),
        ({"carbon_content": "0.009 tC/t"}, QuantityError, "from 0.01 to 1 tC/t"),
        ({"carbon_content": "0.86"}, UnitMismatchError, "has no unit"),
        ({"carbon_content": "0.86 t/t"}, UnknownUnitError, "expected one of tC/t"),
        ({"carbon_content": 1}, QuantityError, "write it as text"),
        ({"density": "840 t/m3"}, QuantityError, "from 0.00005 to 3 t/m3"),
        ({"density": "0.84 g/m3"}, UnknownUnitError, "expected one of t/m3"),
        ({"carbon_content": None}, QuantityError, "a density without a carbon_content"),
        ({"carbon_content": None, "density": None}, QuantityError, "ncv None is of type NoneType"),
        ({"basis": "ipcc-upper"}, QuantityError, "a carbon content is measured"),
        ({"basis": "national-default"}, QuantityError, "a carbon content is measured"),
    ],
)
def test_what_is_no_fuel_by_carbon_content(change: dict[str, Any], error: type[CarbonLedgerError], named: str) -> None:
    with pytest.raises(error, match=named):
        oil(**change)


@pytest.mark.parametrize("name", ["diesel", "Gas/Diesel Oil", "residual_fuel_oil", "LPG", "motor gasoline"])
def test_a_national_default_is_for_liquid_fuels(name: str) -> None:
    """CDM TOOL03 v3.0, parameter tables 4 and 5: these sources can only be used for liquid fuels. [P]"""
    assert heat(fuel=name).emissions_t == Decimal("3.23884")


@pytest.mark.parametrize("name", ["natural gas", "lignite", "coal", "petroleum coke", "bitumen", "ethane", "a liquid"])
def test_a_national_default_of_a_solid_a_gas_or_an_unknown_fuel_is_refused(name: str) -> None:
    with pytest.raises(QuantityError, match="basis national-default is for liquid fuels only"):
        heat(fuel=name)
    assert heat(fuel=name, basis="measured")


def test_every_bundled_fuel_is_known_and_none_is_made_up() -> None:
    assert {known_fuel(name) for name in fuels()} == set(fuels())
    assert {name for name in fuels() if is_liquid(name)} < set(fuels())
    for name in fuels():
        assert all(limit > 0 for limit in lower_limits(name))
    assert known_fuel("oil") is None
    assert known_fuel("") is None


@pytest.mark.parametrize(
    ("use", "flags"),
    [
        (heat(), []),
        (heat(ncv="41.4 GJ/t", emission_factor="72600 kgCO2/TJ"), []),
        (heat(ncv="41.39 GJ/t"), ["below-ipcc-lower: gas-diesel-oil, at least 41.4 GJ/t"]),
        (heat(emission_factor="72599 kgCO2/TJ"), ["below-ipcc-lower: gas-diesel-oil, at least 0.0726 tCO2/GJ"]),
        (
            heat(ncv="41 GJ/t", emission_factor="0.07 tCO2/GJ"),
            [
                "below-ipcc-lower: gas-diesel-oil, at least 41.4 GJ/t",
                "below-ipcc-lower: gas-diesel-oil, at least 0.0726 tCO2/GJ",
            ],
        ),
        (heat(ncv="2 GJ/t", fuel="wood waste", basis="measured"), []),
        (heat(amount="1 m3", ncv="0.03 GJ/m3"), []),  # by volume: no density, no comparison
        (oil(), []),
        (oil(carbon_content="0.81972 tC/t"), []),
        (oil(carbon_content="0.8197 tC/t"), ["below-ipcc-lower: gas-diesel-oil, at least 0.81972 tC/t"]),
    ],
)
def test_a_value_below_the_lower_limit_of_the_ipcc_is_flagged(use: FuelUse, flags: list[str]) -> None:
    """CDM TOOL03 v3.0, tables 2 and 4; 2006 IPCC Guidelines: diesel has 41.4 GJ/t and 72,600 kg/TJ or more. [P/S]"""
    found = fuel_flags(use, "[2024,1]")
    assert [line.source for line in found] == flags
    assert all((line.value, line.unit) == (1, "flag") for line in found)
    assert flagged_fuel("[2024,1]", found) == ("gas-diesel-oil" if flags else None)
    assert flagged_fuel("[2024,2]", found) is None


def test_a_value_of_the_other_option_is_named_as_missing() -> None:
    for use, names in ((oil(), ("ncv_gj", "ef_t_per_gj")), (heat(), ("carbon_share", "density_t_per_m3"))):
        for name in names:
            with pytest.raises(MissingDataError, match="fuel 'diesel' in 2024 has no "):
                getattr(use, name)


@pytest.mark.parametrize("use", [oil(), heat()])
def test_the_record_has_only_what_was_given(use: FuelUse) -> None:
    record = use.to_record()
    assert FuelUse.from_record(record) == use
    assert dumps(record)
    assert ("ncv" in record) != ("carbon_content" in record)
    assert None not in record.values()
