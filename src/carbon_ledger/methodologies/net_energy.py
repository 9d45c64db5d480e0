"""Net energy of a vintage, device by device: the first lines of credits and of certificates."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from carbon_ledger.errors import MethodologyError
from carbon_ledger.exact import arithmetic
from carbon_ledger.methodologies.activity import Activity, VintageGeneration
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
        A line for each device, lines for its energy that was estimated or substituted, and last the line of the
        vintage.

    Raises:
        MethodologyError: *unit* is not ``MWh`` or ``Wh``.
    """
    if unit not in ("MWh", "Wh"):
        raise MethodologyError(f"net energy in {quote(unit)}: expected MWh or Wh")
    found = [item for item in activity.generation if item.vintage == vintage]
    lines = [
        Line(
            symbol=f"{symbol}[{vintage},{item.device}]",
            name=f"net generation of {item.device} in {vintage}: export minus import",
            value=_energy(item.net_wh, unit),
            unit=unit,
            source=source,
            confidence=confidence,
        )
        for item in found
    ]
    qualities = [line for item in found for line in _quality_lines(item, unit, symbol)]
    return (
        *lines,
        *qualities,
        summed(f"{symbol}[{vintage}]", f"net generation in {vintage}", lines, source, confidence),
    )


def _energy(wh: int, unit: str) -> Decimal:
    return millionths(wh) if unit == "MWh" else Decimal(wh)


def _quality_lines(item: VintageGeneration, unit: str, symbol: str) -> Iterator[Line]:
    """A line for the part of a device's net energy that was estimated, and one for the part that was substituted."""
    for quality, wh in (("estimated", item.estimated_wh), ("substituted", item.substituted_wh)):
        if wh is not None:
            yield Line(
                symbol=f"{symbol}_{quality}[{item.vintage},{item.device}]",
                name=f"part of the net generation of {item.device} in {item.vintage} that was {quality}, not measured",
                value=_energy(wh, unit),
                unit=unit,
                source="the quality of the readings, as they were recorded",
                confidence="C",
            )


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
