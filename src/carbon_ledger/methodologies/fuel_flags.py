"""Flags of a fuel whose values are below the lower limits of the IPCC, as lines of a quantification."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from carbon_ledger.exact import text_of
from carbon_ledger.methodologies.fuel_uses import FuelUse
from carbon_ledger.methodologies.known_fuels import known_fuel, lower_limits
from carbon_ledger.methodologies.quantification import Line

_FLAG: Final = "below-ipcc-lower"
_SOURCE: Final = re.compile(rf"{_FLAG}: (?P<fuel>[a-z0-9-]+), .*", re.DOTALL)
_NAMES: Final = ("NCV", "EF_CO2", "w_C")


def fuel_flags(item: FuelUse, mark: str) -> tuple[Line, ...]:
    """A line for each value of a fuel that is below the lower limit of the IPCC. Such a value has to be justified.

    The values of a fuel that the IPCC does not list have no flags, nor has a calorific value by volume.

    Args:
        item: The fuel.
        mark: The end of the symbols of its lines, e.g. ``[2024,1]``.

    Source:
        CDM TOOL03 v3.0, parameter tables 2 and 4: a value that falls below the range of the IPCC is justified by the
        laboratory, or measured again. [P] The same of a CO2 content, of which table 5 says nothing. [C]

    Example:
        >>> use = FuelUse(fuel="diesel", amount="1 t", ncv="41 GJ/t", emission_factor="74800 kgCO2/TJ", vintage=2024,
        ...               basis="measured", source="laboratory")
        >>> [(line.symbol, line.source) for line in fuel_flags(use, "[2024,1]")]
        [('NCV_flag[2024,1]', 'below-ipcc-lower: gas-diesel-oil, at least 41.4 GJ/t')]
    """
    name = known_fuel(item.fuel)
    if name is None:
        return ()
    return tuple(
        Line(
            symbol=f"{symbol}_flag{mark}",
            name=f"flag of {item.fuel}: {text_of(value)} {unit} is below the lower limit of the IPCC; to be justified",
            value=Decimal(1),
            unit="flag",
            source=f"{_FLAG}: {name}, at least {text_of(least)} {unit}",
        )
        for symbol, value, least, unit in _compared(item, name)
        if value < least
    )


def _compared(item: FuelUse, name: str) -> Iterator[tuple[str, Decimal, Decimal, str]]:
    ncv, co2, carbon = lower_limits(name)
    if item.by_carbon:
        yield "w_C", item.carbon_share, carbon, "tC/t"
        return
    if item.unit == "t":
        yield "NCV", item.ncv_gj, ncv, "GJ/t"
    yield "EF_CO2", item.ef_t_per_gj, co2, "tCO2/GJ"


def flagged_fuel(mark: str, lines: Iterable[Line]) -> str | None:
    """The fuel that the flags of a quantification name, or ``None`` if they name none.

    Args:
        mark: The end of the symbols of the fuel's lines.
        lines: The lines.
    """
    symbols = {f"{name}_flag{mark}" for name in _NAMES}
    matches = (_SOURCE.fullmatch(line.source) for line in lines if line.symbol in symbols)
    return next((match["fuel"] for match in matches if match is not None), None)
