"""Default values of fuels: the heat of one tonne, and the CO2 of one GJ, each with its bounds."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import frozen

from carbon_ledger.errors import FactorNotFoundError, QuantityError, UnitMismatchError
from carbon_ledger.exact import Rounding, arithmetic, checked_decimal, plain
from carbon_ledger.factors.builtin import builtin
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.printing import named, quote
from carbon_ledger.records import Record
from carbon_ledger.units import gas_of_unit, intensity_ratio, intensity_t_per_mwh

BOUNDS: Final = ("lower", "value", "upper")

# TJ/Gg, GJ/t and MJ/kg are the same unit.
CALORIFIC_UNITS: Final = ("TJ/Gg", "GJ/t", "MJ/kg")


@frozen(repr=False)
class Fuel(Record):
    """A fuel's default values, as two factors.

    Attributes:
        name: The fuel, e.g. ``natural-gas``.
        ncv: Net calorific value. [TJ/Gg]
        co2: CO2 emissions of burning the fuel. [kgCO2/TJ]

    Example:
        >>> gas = fuel("natural-gas")
        >>> gas.co2_t_per_gj("lower"), gas.ncv_gj_per_t("upper")
        (Decimal('0.0543'), Decimal('50.4'))
    """

    name: str
    ncv: EmissionFactor
    co2: EmissionFactor

    def ncv_gj_per_t(self, bound: str = "value") -> Decimal:
        """Net calorific value, exact. [GJ/t]

        Args:
            bound: ``lower``, ``value`` or ``upper``.

        Raises:
            QuantityError: *bound* is not one of these, or the factor does not state that bound.
        """
        return calorific_gj_per_t(self.ncv, bound)

    def co2_t_per_gj(self, bound: str = "value") -> Decimal:
        """CO2 emissions of burning the fuel, exact. [t/GJ]

        Args:
            bound: ``lower``, ``value`` or ``upper``.

        Raises:
            QuantityError: *bound* is not one of these, or the factor does not state that bound.
        """
        return combustion_t_per_gj(self.co2, bound)


def fuel(name: str) -> Fuel:
    """The bundled default values of a fuel.

    Args:
        name: The name of the fuel in the bundled table.

    Raises:
        FactorNotFoundError: The table has no such fuel.

    Source:
        2006 IPCC Guidelines for National Greenhouse Gas Inventories, volume 2, tables 1.2 to 1.4. [S/C]
    """
    ids = {factor.factor_id for factor in builtin() if factor.kind == "fuel"}
    ncv, co2 = (f"ipcc-2006-{named(name)}-{what}" for what in ("ncv", "co2"))
    if ncv not in ids or co2 not in ids:
        raise FactorNotFoundError(f"fuel {quote(name)}: expected one of the bundled fuels, {', '.join(fuels())}")
    return Fuel(name, builtin().get(ncv), builtin().get(co2))


def fuels() -> tuple[str, ...]:
    """The names of the bundled fuels that have both a calorific value and a CO2 emission factor."""
    ids = {factor.factor_id for factor in builtin() if factor.kind == "fuel"}
    names = (item.removeprefix("ipcc-2006-").removesuffix("-co2") for item in ids if item.endswith("-co2"))
    return tuple(sorted(name for name in names if f"ipcc-2006-{name}-ncv" in ids))


def calorific_gj_per_t(factor: EmissionFactor, bound: str = "value") -> Decimal:
    """The net calorific value that a factor states, exact. [GJ/t]

    Raises:
        QuantityError: *bound* is not one of `BOUNDS`, or the factor does not state that bound.
        UnitMismatchError: The factor is not a calorific value.
    """
    if factor.unit not in CALORIFIC_UNITS:
        raise UnitMismatchError(
            f"factor {factor}: unit {factor.unit}, expected a calorific value in {' or '.join(CALORIFIC_UNITS)}"
        )
    return plain(_bound(factor, bound))


def combustion_t_per_gj(factor: EmissionFactor, bound: str = "value", *, rounding: Rounding | None = None) -> Decimal:
    """The CO2 emissions of burning a fuel that a factor states, exact unless a rounding is given. [t/GJ]

    Args:
        factor: The factor.
        bound: One of `BOUNDS`.
        rounding: How to round the result. None: refuse a result that is not a finite decimal, as of a factor per MMBtu.

    Raises:
        QuantityError: *bound* is not one of `BOUNDS`, or the factor does not state that bound; or *rounding* is not a
            `Rounding`.
        UnitMismatchError: The factor is of another gas.
        UnknownUnitError: The unit is not a mass per energy on the list of spellings.
        InexactNumberError: The result is no finite decimal, and *rounding* is None.
    """
    if factor.gas not in ("CO2", "CO2e") or gas_of_unit(factor.unit) in ("CH4", "N2O"):
        raise UnitMismatchError(
            f"factor {factor}: gas {factor.gas}, unit {factor.unit}, expected CO2 per energy of the fuel"
        )
    where = f"factor {factor.factor_id}"
    if rounding is None:
        # 1 MWh is 3.6 GJ.
        per_mwh = intensity_t_per_mwh(_bound(factor, bound), factor.unit, where)
        with arithmetic():
            return plain(per_mwh * 10 / 36)
    if not isinstance(rounding, Rounding):
        raise QuantityError(f'rounding {quote(rounding)}: expected a Rounding, e.g. Rounding("ceiling", places=6)')
    return rounding.apply(intensity_ratio(_bound(factor, bound), factor.unit, where) * Fraction(10, 36))


def _bound(factor: EmissionFactor, bound: str) -> Decimal:
    if bound not in BOUNDS:
        raise QuantityError(f"bound {quote(bound)}: expected {', '.join(BOUNDS)}")
    text = getattr(factor, bound)
    if text is None:
        raise QuantityError(f"factor {factor} states no {bound} bound; use another bound, or another factor")
    number = checked_decimal(text, f"factor {factor.factor_id}, {bound}")
    if (bound == "lower" and number > factor.number) or (bound == "upper" and number < factor.number):
        raise QuantityError(
            f"factor {factor}: {bound} {text} contradicts the value {factor.value}; use a factor whose bounds hold"
        )
    return number
