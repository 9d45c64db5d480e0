"""Which fuel of the IPCC a declared fuel is, and the smallest values that the IPCC gives for it."""

from decimal import Decimal
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Final

from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import Rounding
from carbon_ledger.factors.fuels import fuel, fuels
from carbon_ledger.printing import quote

# What fuels are called besides their names in the bundled table. "Coal", "oil" and "gas" could be several fuels.
_OTHER_NAMES: Final = MappingProxyType(
    {
        "diesel": "gas-diesel-oil",
        "diesel-fuel": "gas-diesel-oil",
        "diesel-oil": "gas-diesel-oil",
        "gas-oil": "gas-diesel-oil",
        "gasoil": "gas-diesel-oil",
        "gasoline": "motor-gasoline",
        "petrol": "motor-gasoline",
        "kerosene": "other-kerosene",
        "heavy-fuel-oil": "residual-fuel-oil",
        "hfo": "residual-fuel-oil",
        "lpg": "liquefied-petroleum-gases",
    }
)
# Fuels that are liquid where they are burned or stored. Bitumen and petroleum coke are solid, ethane is a gas.
_LIQUID: Final = frozenset(
    {
        "crude-oil",
        "gas-diesel-oil",
        "jet-kerosene",
        "liquefied-petroleum-gases",
        "lubricants",
        "motor-gasoline",
        "naphtha",
        "natural-gas-liquids",
        "orimulsion",
        "other-kerosene",
        "refinery-feedstocks",
        "residual-fuel-oil",
        "shale-oil",
    }
)
_CARBON: Final = Rounding("floor", places=6)


def known_fuel(text: str) -> str | None:
    """The name in the bundled table of a fuel that a project names, or ``None`` if the table has no such fuel.

    Case does not matter, nor whether words are joined by spaces, hyphens, slashes or underscores.

    Args:
        text: The fuel as the project names it.

    Raises:
        QuantityError: *text* is not a text.

    Example:
        >>> known_fuel("Diesel oil"), known_fuel("gas/diesel oil"), known_fuel("coal")
        ('gas-diesel-oil', 'gas-diesel-oil', None)
    """
    if not isinstance(text, str):
        raise QuantityError(f"fuel {quote(text)}: expected a text, such as 'diesel'")
    words = "-".join("".join(" " if mark in "-/_" else mark for mark in text.casefold()).split())
    name = _OTHER_NAMES.get(words, words)
    return name if name in _names() else None


@cache
def _names() -> frozenset[str]:
    return frozenset(fuels())


def is_liquid(text: str) -> bool:
    """Whether a fuel that a project names is known to be liquid.

    Raises:
        QuantityError: *text* is not a text.

    Example:
        >>> is_liquid("diesel"), is_liquid("natural gas"), is_liquid("a liquid")
        (True, False, False)
    """
    return known_fuel(text) in _LIQUID


def lower_limits(name: str) -> tuple[Decimal, Decimal, Decimal]:
    """The lower limits of a fuel: calorific value, CO2 content, and the carbon fraction that follows from both.

    Args:
        name: The fuel's name in the bundled table.

    Returns:
        Net calorific value [GJ/t], CO2 content [tCO2/GJ], and their product as carbon, rounded down to six places
        [tC/t].

    Raises:
        FactorNotFoundError: The table has no such fuel.

    Source:
        2006 IPCC Guidelines, volume 2, tables 1.2 and 1.4. [S] The carbon fraction is compared with the product of
        the defaults of tables 1.2 and 1.3: CDM TOOL03 v3.0, parameter table 2. [P] Table 1.4 is table 1.3 x 44/12.

    Example:
        >>> lower_limits("gas-diesel-oil")
        (Decimal('41.4'), Decimal('0.0726'), Decimal('0.819720'))
    """
    return _lower_limits(fuel(name).name)


@cache
def _lower_limits(name: str) -> tuple[Decimal, Decimal, Decimal]:
    found = fuel(name)
    ncv, co2 = found.ncv_gj_per_t("lower"), found.co2_t_per_gj("lower")
    return ncv, co2, _CARBON.apply(Fraction(ncv) * Fraction(co2) * Fraction(12, 44))
