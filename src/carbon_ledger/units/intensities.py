"""Emission factors as masses of gas per energy: exact numbers in tonnes per MWh."""

from decimal import Decimal
from fractions import Fraction

from carbon_ledger.exact import checked_decimal
from carbon_ledger.units import spellings
from carbon_ledger.units.amounts import exact_decimal


def intensity_t_per_mwh(value: Decimal, unit: str, name: str) -> Decimal:
    """Convert an emission factor to tonnes per MWh.

    The number is the same for tonnes of any gas. The factor's record states the gas.

    Args:
        value: The factor's number, in *unit*.
        unit: Mass of gas per energy, in an exact spelling: ``tCO2e/MWh``, ``gCO2/kWh``, ``lb/MWh``, ...
        name: The name of the argument, for the message.

    Returns:
        The same factor, exactly. [t/MWh]

    Raises:
        InexactNumberError: *value* is a float, or the result has more than 100 digits.
        UnknownUnitError: *unit* is not on the list of spellings.
        QuantityError: *value* is not a number.

    Source:
        The pound is 0.45359237 kg by the international agreement of 1959. [M]

    Example:
        >>> intensity_t_per_mwh(Decimal("384"), "gCO2e/kWh", "factor")
        Decimal('0.384')
    """
    return exact_decimal(intensity_ratio(value, unit, name), name, "t/MWh")


def intensity_ratio(value: Decimal, unit: str, name: str) -> Fraction:
    """Convert an emission factor to tonnes per MWh, as an exact fraction.

    A factor per MMBtu is not a finite decimal per MWh, because 1 MMBtu is 1,055,055,852.62 J.

    Args:
        value: The factor's number, in *unit*.
        unit: Mass of gas per energy, in an exact spelling: ``kgCO2/MMBtu``, ``gCO2/kWh``, ...
        name: The name of the argument, for the message.

    Returns:
        The same factor. [t/MWh]

    Raises:
        InexactNumberError: *value* is a float.
        UnknownUnitError: *unit* is not on the list of spellings.
        QuantityError: *value* is not a number.

    Source:
        The Btu of the International Table is 1055.05585262 J. [M]

    Example:
        >>> intensity_ratio(Decimal("53.06"), "kgCO2/MMBtu", "factor")
        Fraction(1364400000, 7536113233)
    """
    return Fraction(checked_decimal(value, name)) * spellings.checked_intensity(unit, name)
