"""Emission factors per energy, as exact fractions and as decimals. Figures are computed here from the definitions."""

from decimal import Decimal
from fractions import Fraction

import pytest
from tests.conftest import shared_file

import carbon_ledger as cl
from carbon_ledger import units
from carbon_ledger.errors import InexactNumberError, QuantityError, UnknownUnitError
from carbon_ledger.units import spellings

# 1 pound is 0.45359237 kg; 1 degree Fahrenheit is 5/9 kelvin; 1 calorie of the International Table is 4.1868 J.
BTU_J = Fraction("0.45359237") * 1000 * Fraction("4.1868") * Fraction(5, 9)
MMBTU_MWH = BTU_J * 10**6 / (3600 * 10**6)


def test_a_btu_is_that_of_the_international_table() -> None:
    assert Fraction("1055.05585262") == BTU_J
    assert spellings.UNITS["MMBtu"].size == MMBTU_MWH * 10**6
    assert units.energy_wh("36 MMBtu", "fuel", rounding=cl.Rounding("floor", places=0)) == 10_550_558
    assert units.energy_wh("180000 MMBtu", "fuel") == 52_752_792_631  # the least whole number of Wh, to the last digit


def test_an_mmbtu_is_no_finite_decimal_of_kwh_and_is_rounded_by_name_alone() -> None:
    assert MMBTU_MWH.denominator % 9 == 0
    with pytest.raises(InexactNumberError, match="more than 100 digits; expected an exact decimal, or a rounding"):
        cl.convert("1 MMBtu", "kWh")
    assert str(cl.convert("1 MMBtu", "kWh", rounding=cl.Rounding("floor", places=9)).magnitude) == "293.071070172"
    assert cl.convert("1 MMBtu", "GJ").magnitude == Decimal("1.05505585262")


@pytest.mark.parametrize(
    ("value", "unit", "kg"),
    [
        ("53.06", "kgCO2/MMBtu", "53.06"),
        ("0.11413328", "short ton CO2/MMBtu", "103.53997"),  # 0.11413328 x 907.18474 kg
        ("0.024250869", "lb CH4/MMBtu", "0.0110000"),
        ("0.003527399", "lbN2O/MMBtu", "0.0016000"),
        ("1000", "gCO2e/MMBtu", "1"),
    ],
)
def test_a_factor_per_mmbtu_is_an_exact_fraction(value: str, unit: str, kg: str) -> None:
    found = units.intensity_ratio(Decimal(value), unit, "factor")
    per_mmbtu_kg = found * MMBTU_MWH * 1000
    assert abs(per_mmbtu_kg - Fraction(kg)) <= Fraction(1, 10**5)
    assert found == per_mmbtu_kg / 1000 / MMBTU_MWH
    with pytest.raises(InexactNumberError, match=r"factor: the amount in t/MWh has more than 100 digits"):
        units.intensity_t_per_mwh(Decimal(value), unit, "factor")


def test_a_short_ton_is_two_thousand_pounds() -> None:
    pounds = units.intensity_ratio(Decimal(2000), "lbCO2/MMBtu", "factor")
    assert units.intensity_ratio(Decimal(1), "short ton CO2/MMBtu", "factor") == pounds


def test_every_unit_of_a_factor_has_the_size_of_its_mass_over_its_energy() -> None:
    kg = {"g": "0.001", "kg": "1", "t": "1000", "lb": "0.45359237", "short ton": "907.18474"}
    for spelling, size in spellings.INTENSITIES.items():
        mass, energy = spelling.split("/")
        gas = units.gas_of_unit(spelling) or ""
        energy_mwh = spellings.UNITS[energy].size / 10**6
        assert size == Fraction(kg[mass.removesuffix(gas).strip()]) / 1000 / energy_mwh, spelling


def test_a_ton_that_is_not_called_short_is_not_read() -> None:
    with pytest.raises(UnknownUnitError, match="factor: 'ton CO2/MMBtu' is not a known unit"):
        units.intensity_ratio(Decimal(1), "ton CO2/MMBtu", "factor")
    with pytest.raises(UnknownUnitError, match="'MBtu' is refused: MBtu may mean a thousand or a million Btu"):
        cl.quantity("5 MBtu")


@pytest.mark.parametrize("value", [0.5, Decimal("NaN"), "1,5"])
def test_a_factor_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(QuantityError, match="factor: "):
        units.intensity_ratio(value, "kgCO2/MMBtu", "factor")  # type: ignore[arg-type]


def test_the_epa_table_of_fuels_is_in_units_that_are_read() -> None:
    """Each row of the US EPA's table, whose tons are short: 103.54 kg of anthracite, as in the EPA's own rule. [C]"""
    lines = shared_file("data/factors/usepa_fuel_co2_ch4_n2o.csv").read_text(encoding="utf-8").splitlines()
    rows = [cells for line in lines[1:] if len(cells := line.split(",")) == 10]
    written = {"ton CO2/mmBtu": "short ton CO2/MMBtu", "lbs CH4/mmBtu": "lb CH4/MMBtu", "lbs N2O/mmBtu": "lb N2O/MMBtu"}
    found = {
        (row[2], gas): units.intensity_ratio(Decimal(row[at]), written[row[at + 1]], "factor") * MMBTU_MWH * 1000
        for row in rows
        for gas, at in (("CO2", 3), ("CH4", 5), ("N2O", 7))
        if row[at + 1] in written
    }
    assert len(rows) >= 70
    assert round(found["ANT", "CO2"], 2) == Fraction("103.54")
    assert round(found["ANT", "CH4"], 4) == Fraction("0.011")
    assert round(found["ANT", "N2O"], 4) == Fraction("0.0016")
