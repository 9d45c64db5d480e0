"""Renewable generation that displaces grid electricity: the calculation that several methodologies share."""

from decimal import Decimal

from carbon_ledger.errors import MissingDataError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies import applicability, reservoirs
from carbon_ledger.methodologies.base import Activity, Check, Methodology, Outcome, VintageGeneration
from carbon_ledger.methodologies.net_energy import millionths, net_energy_lines, summed
from carbon_ledger.methodologies.quantification import Line


def grid_renewable(
    *,
    name: str,
    version: str,
    title: str,
    source: str,
    technologies: tuple[str, ...],
    largest_w: int | None = None,
    instead: str = "",
) -> Methodology:
    """Describe a methodology for renewable generation fed to a grid, greenfield plants so far.

    Args:
        name: The programme's own name.
        version: Its version.
        title: The document's title.
        source: Document and where its rules were read; they are all secondary [S].
        technologies: What the document admits, as devices name it or as a group of that.
        largest_w: The most that all devices together may have. [W]
        instead: What to use above that.
    """
    place = f"{name} v{version}, applicability"
    checks: list[Check] = [
        lambda activity: applicability.baseline(activity, place),
        lambda activity: applicability.technology(activity, place, technologies),
        lambda activity: applicability.power_density(activity, place),
    ]
    if largest_w is not None:
        checks.append(lambda activity: applicability.capacity(activity, place, largest_w, instead))
    return Methodology(
        name=name,
        version=version,
        title=title,
        source=source,
        confidence="S",
        tool="TOOL07",
        checks=tuple(checks),
        calculation=calculate,
    )


def calculate(methodology: Methodology, activity: Activity, factor: EmissionFactor) -> Outcome:
    """Calculate ER = BE - PE - LE for each vintage and in total.

    Args:
        methodology: Whose document the lines name.
        activity: A greenfield activity, its applicability checked.
        factor: The baseline emission factor.

    Returns:
        The lines, and the exact amount of each vintage, ascending. [tCO2e]

    Raises:
        MissingDataError: A reservoir's emissions need gross generation, and it was not recorded.

    Source:
        ACM0002 v22.0, AMS-I.D v18.0, GCCM001 v4.0: ER = BE - PE - LE, BE = EG x EF, EG = export - import. [S]
    """
    lines = [_factor_line(factor)]
    if any(reservoirs.emits(device) for device in activity.devices):
        lines.append(
            Line(
                symbol="EF_Res",
                name="default emission factor of reservoirs, 90 kgCO2e/MWh",
                value=reservoirs.RESERVOIR_T_PER_MWH,
                unit="tCO2e/MWh",
                source=f"{methodology.document}, project emissions",
                confidence="S",
            )
        )
    totals = []
    for vintage in activity.vintages:
        found = _vintage_lines(methodology, activity, vintage, factor)
        lines += found
        totals.append(found[-1])
    if totals:
        source = f"{methodology.document}, emission reductions"
        lines.append(summed("ER", "emission reductions", totals, source, "S"))
    return tuple(lines), tuple(zip(activity.vintages, (line.value for line in totals), strict=True))


def _factor_line(factor: EmissionFactor) -> Line:
    what = f"{factor.kind.replace('_', ' ')} of {factor.region}"
    tool = f"made by {factor.tool}" if factor.tool else "tool not stated"
    return Line(
        symbol="EF",
        name=f"{what}, {tool}: {factor.factor_id}, published as {factor.value} {factor.unit}",
        value=factor.t_per_mwh,
        unit="tCO2e/MWh",
        source=f"{factor.source}; {tool}",
        confidence=factor.confidence or "",
    )


def _vintage_lines(
    methodology: Methodology, activity: Activity, vintage: int, factor: EmissionFactor
) -> tuple[Line, ...]:
    """All lines of a vintage, its emission reductions last."""
    document = methodology.document
    energy_lines = net_energy_lines(
        activity, vintage, "MWh", source=f"{document}, quantity of net electricity generation", confidence="S"
    )
    baseline = Line(
        symbol=f"BE[{vintage}]",
        name=f"baseline emissions in {vintage}",
        value=energy_lines[-1].value * factor.t_per_mwh,
        unit="tCO2e",
        formula=f"EG[{vintage}] x EF",
        inputs=(f"EG[{vintage}]", "EF"),
        source=f"{document}, baseline emissions",
        confidence="S",
    )
    project = _project_lines(methodology, activity, vintage)
    leakage = Line(
        symbol=f"LE[{vintage}]",
        name=f"leakage in {vintage}: zero, it counts for transferred equipment alone and none is recorded",
        value=Decimal(0),
        unit="tCO2e",
        source=f"{document}, leakage",
        confidence="S",
    )
    reductions = Line(
        symbol=f"ER[{vintage}]",
        name=f"emission reductions in {vintage}",
        value=baseline.value - project[-1].value - leakage.value,
        unit="tCO2e",
        formula=f"BE[{vintage}] - PE[{vintage}] - LE[{vintage}]",
        inputs=(f"BE[{vintage}]", f"PE[{vintage}]", f"LE[{vintage}]"),
        source=f"{document}, emission reductions",
        confidence="S",
    )
    return (*energy_lines, baseline, *project, leakage, reductions)


def _project_lines(methodology: Methodology, activity: Activity, vintage: int) -> tuple[Line, ...]:
    """Gross generation and emissions of each reservoir that emits, and last their sum."""
    source = f"{methodology.document}, project emissions"
    emitting = {device.id: device for device in activity.devices if reservoirs.emits(device)}
    lines: list[Line] = []
    parts: list[Line] = []
    for item in activity.generation:
        if item.vintage != vintage or item.device not in emitting:
            continue
        gross = _gross_line(item, activity.project, source)
        parts.append(
            Line(
                symbol=f"PE[{vintage},{item.device}]",
                name=f"reservoir emissions: {reservoirs.density_text(emitting[item.device])}, not above 10",
                value=reservoirs.RESERVOIR_T_PER_MWH * gross.value,
                unit="tCO2e",
                formula=f"EF_Res x {gross.symbol}",
                inputs=("EF_Res", gross.symbol),
                source=source,
                confidence="S",
            )
        )
        lines += (gross, parts[-1])
    if parts:
        return (*lines, summed(f"PE[{vintage}]", f"project emissions in {vintage}", parts, source, "S"))
    none = Line(
        symbol=f"PE[{vintage}]",
        name=f"project emissions in {vintage}: zero, no added reservoir of at most 10 W/m2 generated",
        value=Decimal(0),
        unit="tCO2e",
        source=source,
        confidence="S",
    )
    return (none,)


def _gross_line(item: VintageGeneration, project: str, source: str) -> Line:
    if item.gross_wh is None:
        raise MissingDataError(
            f"project {project}: gross generation of {item.device} in {item.vintage} was not recorded, and "
            "reservoir emissions are 90 kgCO2e per MWh of it; record its readings with gross_wh"
        )
    return Line(
        symbol=f"TEG[{item.vintage},{item.device}]",
        name=f"gross generation of {item.device} in {item.vintage}",
        value=millionths(item.gross_wh),
        unit="MWh",
        source=source,
        confidence="S",
    )
