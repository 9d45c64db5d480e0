"""Net energy of a vintage, device by device: the first lines of credits and of certificates."""

from collections.abc import Iterable
from decimal import Decimal

from carbon_ledger.errors import MethodologyError
from carbon_ledger.exact import arithmetic
from carbon_ledger.methodologies.activity import Activity
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.printing import quote


def net_energy_lines(
    activity: Activity, vintage: int, unit: str, *, source: str, confidence: str = "", symbol: str = "EG"
) -> tuple[Line, ...]:
    """The net energy of each device in a vintage, and the sum, as lines.

    Args:
        activity: The activity, with generation in that vintage.
        vintage: The calendar year.
        unit: ``MWh`` or ``Wh``.
        source: Where the rule comes from.
        confidence: How sure the source is: P, S, C or M.
        symbol: What the symbols of the lines begin with.

    Returns:
        A line for each device, and last the line of the vintage.

    Raises:
        MethodologyError: *unit* is not ``MWh`` or ``Wh``.
    """
    if unit not in ("MWh", "Wh"):
        raise MethodologyError(f"net energy in {quote(unit)}: expected MWh or Wh")
    lines = [
        Line(
            symbol=f"{symbol}[{vintage},{item.device}]",
            name=f"net generation of {item.device} in {vintage}: export minus import",
            value=millionths(item.net_wh) if unit == "MWh" else Decimal(item.net_wh),
            unit=unit,
            source=source,
            confidence=confidence,
        )
        for item in activity.generation
        if item.vintage == vintage
    ]
    return (*lines, summed(f"{symbol}[{vintage}]", f"net generation in {vintage}", lines, source, confidence))


def millionths(whole: int) -> Decimal:
    """A whole number of Wh or W in MWh or MW, exact in any Decimal context of the caller.

    Example:
        >>> millionths(36_411_290_323)
        Decimal('36411.290323')
    """
    with arithmetic():
        return Decimal(whole).scaleb(-6)


def summed(symbol: str, name: str, parts: Iterable[Line], source: str, confidence: str) -> Line:
    """The line with the exact sum of other lines: one line or more, all in the same unit."""
    listed = tuple(parts)
    symbols = tuple(part.symbol for part in listed)
    with arithmetic():
        value = sum((part.value for part in listed), Decimal(0))
    return Line(
        symbol=symbol,
        name=name,
        value=value,
        unit=listed[0].unit,
        formula=" + ".join(symbols),
        inputs=symbols,
        source=source,
        confidence=confidence,
    )
