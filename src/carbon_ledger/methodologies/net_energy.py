"""Net energy of a vintage, device by device: the first lines of credits and of certificates."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from carbon_ledger.errors import MethodologyError
from carbon_ledger.exact import arithmetic, text_of
from carbon_ledger.methodologies.activity import Activity, VintageGeneration
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.printing import quote

DELAYED: Final = "CDM validation and verification standard for project activities v2.0, paragraph 369"


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
    late = [three for item in found for three in _late_lines(item, unit, symbol)]
    name = f"net generation in {vintage}" + (", less what late calibrations deduct" if late else "")
    deducted = [three[-1] for three in late]
    total = summed(f"{symbol}[{vintage}]", name, lines, source, confidence, less=deducted)
    return (*lines, *qualities, *(line for three in late for line in three), total)


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


def _late_lines(item: VintageGeneration, unit: str, symbol: str) -> list[tuple[Line, Line, Line]]:
    """Lines for the energy metered while a calibration was late: export, import, and what is deducted."""
    where, of = f"[{item.vintage},{item.device}]", f"of {item.device} in {item.vintage}"
    found = []
    for k, late in enumerate(item.late, 1):
        sides = [
            Line(
                symbol=f"{symbol}_{side}_late{k}{where}",
                name=f"{side} {of} that was metered while a calibration was late: {late.because}",
                value=_energy(wh, unit),
                unit=unit,
                source="the readings and the calibrations, as they were recorded",
                confidence="C",
            )
            for side, wh in (("export", late.export_wh), ("import", late.import_wh))
        ]
        factors = zip((late.export_error, late.import_error), sides, strict=True)
        deducted = Line(
            symbol=f"{symbol}_deducted{k}{where}",
            name=f"deduction from the net generation {of} for the late calibration, rounded up to the Wh",
            value=_energy(late.deduction_wh, unit),
            unit=unit,
            formula=" + ".join(f"{text_of(error)} x {line.symbol}" for error, line in factors),
            inputs=tuple(line.symbol for line in sides),
            source=DELAYED,
            confidence="P",
        )
        found.append((sides[0], sides[1], deducted))
    return found


def millionths(whole: int) -> Decimal:
    """A whole number of Wh or W in MWh or MW, exact in any Decimal context of the caller.

    Example:
        >>> millionths(36_411_290_323)
        Decimal('36411.290323')
    """
    with arithmetic():
        return Decimal(whole).scaleb(-6)


def summed(
    symbol: str, name: str, parts: Iterable[Line], source: str, confidence: str, *, less: Sequence[Line] = ()
) -> Line:
    """The line with the exact sum of other lines: one line or more, all in the same unit, less further lines."""
    listed = tuple(parts)
    symbols = tuple(part.symbol for part in listed)
    with arithmetic():
        value = sum((part.value for part in listed), Decimal(0)) - sum((part.value for part in less), Decimal(0))
    return Line(
        symbol=symbol,
        name=name,
        value=value,
        unit=listed[0].unit,
        formula=" - ".join([" + ".join(symbols), *(part.symbol for part in less)]),
        inputs=(*symbols, *(part.symbol for part in less)),
        source=source,
        confidence=confidence,
    )
