"""Default values of fuels: those of the worked examples; other fuels are refused."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from carbon_ledger.errors import FactorNotFoundError, QuantityError, UnitMismatchError
from carbon_ledger.factors import EmissionFactor, fuel
from carbon_ledger.factors.fuels import calorific_gj_per_t, combustion_t_per_gj, fuels


def made(**more: Any) -> EmissionFactor:
    fields: dict[str, Any] = {
        "factor_id": "f",
        "value": "42.0",
        "unit": "TJ/Gg",
        "kind": "fuel",
        "region": "World",
        "source": "s",
    }
    return EmissionFactor(**(fields | more))


def test_the_lower_bounds_of_the_worked_examples() -> None:
    """Domain section 4: 0.0543 t/GJ of gas at 50% gives 0.39096 t/MWh, 0.0895 of coal at 36% gives 0.895. [C]"""
    gas, coal = (fuel(name).co2_t_per_gj("lower") for name in ("natural-gas", "other-bituminous-coal"))
    assert Fraction(gas) * Fraction(18, 5) / Fraction(1, 2) == Fraction("0.39096")
    assert Fraction(coal) * Fraction(18, 5) / Fraction("0.36") == Fraction("0.895")


def test_natural_gas() -> None:
    """2006 IPCC Guidelines, tables 1.2 and 1.4: 48.0 (46.5 to 50.4) TJ/Gg; 56100 (54300 to 58300) kg/TJ."""
    gas = fuel("natural-gas")
    assert [gas.ncv_gj_per_t(bound) for bound in ("lower", "value", "upper")] == [Decimal("46.5"), 48, Decimal("50.4")]
    assert [gas.co2_t_per_gj(bound) for bound in ("lower", "value", "upper")] == [
        Decimal("0.0543"),
        Decimal("0.0561"),
        Decimal("0.0583"),
    ]
    assert (gas.ncv_gj_per_t(), gas.co2_t_per_gj()) == (48, Decimal("0.0561"))


def test_every_fuel_has_both_values_with_bounds_around_them() -> None:
    assert len(fuels()) == 32
    for name in fuels():
        one = fuel(name)
        for factor in (one.ncv, one.co2):
            assert factor.lower is not None
            assert factor.upper is not None
            assert Decimal(factor.lower) <= factor.number <= Decimal(factor.upper)
            assert factor.technologies == (f"fuel/{name}",)
        assert 1 < one.ncv_gj_per_t() < 60
        assert Decimal("0.04") < one.co2_t_per_gj() < Decimal("0.3")


def test_every_combustion_factor_follows_from_the_carbon_content_it_names() -> None:
    """44/12 of the carbon content, to three significant figures."""
    for name in fuels():
        factor = fuel(name).co2
        content, _, unit = str(factor.place).partition(": ")[2].partition(" ")
        assert unit.startswith("kg/GJ")
        exact = Fraction(content) * Fraction(44, 12) * 1000
        assert abs(Fraction(factor.value) / exact - 1) <= Fraction(5, 1000)
        assert factor.confidence == "C"
        assert any(flag.startswith("derived-not-published") for flag in factor.flags)


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(FactorNotFoundError, match="expected one of the bundled fuels, anthracite"):
        fuel("vodka")
    with pytest.raises(QuantityError, match="lower, value, upper"):
        fuel("natural-gas").co2_t_per_gj("middle")
    with pytest.raises(QuantityError, match="states no upper bound"):
        calorific_gj_per_t(made(), "upper")
    with pytest.raises(UnitMismatchError, match="expected a calorific value"):
        calorific_gj_per_t(made(unit="kgCO2/TJ"))
    with pytest.raises(UnitMismatchError, match="gas CH4"):
        combustion_t_per_gj(made(unit="kgCO2/TJ", gas="CH4"))
    assert calorific_gj_per_t(made(unit="MJ/kg")) == 42


@pytest.mark.parametrize(("bound", "other"), [("lower", "upper"), ("upper", "lower")])
def test_a_bound_that_contradicts_the_value_is_not_used(bound: str, other: str) -> None:
    """Project emissions take the upper bound and baselines the lower one: swapped columns would turn that round."""
    swapped = made(lower="43.0", upper="41.0")
    with pytest.raises(QuantityError, match=f"{bound} 4.*contradicts the value 42.0"):
        calorific_gj_per_t(swapped, bound)
    assert calorific_gj_per_t(swapped) == 42
    assert calorific_gj_per_t(made(lower="42.0", upper="42.0"), other) == 42
