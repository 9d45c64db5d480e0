"""Renewable generation that displaces grid electricity: the calculation that several methodologies share."""

from functools import partial

from carbon_ledger.exact import text_of
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies import applicability, reservoirs
from carbon_ledger.methodologies.base import Activity, Check, Methodology, Outcome
from carbon_ledger.methodologies.capacity_additions import is_metered_addition, of_added_units
from carbon_ledger.methodologies.emission_lines import leakage_lines, project_lines
from carbon_ledger.methodologies.historic_baseline import (
    BASELINE_CEILING,
    SHOWN_CEILING,
    credited_lines,
    history_lines,
    is_replaced,
)
from carbon_ledger.methodologies.net_energy import net_energy_lines, summed
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.rounding import CARBON_CEILING
from carbon_ledger.methodologies.small_scale import CAP_FLOOR, capped_lines


def grid_renewable(
    *,
    name: str,
    version: str,
    title: str,
    source: str,
    technologies: tuple[str, ...],
    largest_w: int | None = None,
    instead: str = "",
    existing_place: str | None = None,
    addition_place: str | None = None,
    leakage_counts: bool = False,
) -> Methodology:
    """A methodology for renewable generation that is fed to a grid.

    Args:
        name: The name that the programme uses.
        version: The version of the document.
        title: The document's title.
        source: The document, and where its rules were read; all of these are secondary sources [S].
        technologies: The technologies that the document admits, or groups of them such as ``hydro``.
        largest_w: The largest capacity of all devices together, or of the added units. [W]
        instead: The methodology to use above that capacity.
        existing_place: Where the document treats retrofits and capacity additions. If no source says where, it is
            ``None``, and only greenfield plants are admitted.
        addition_place: Where the document treats additions whose added units are metered.
        leakage_counts: Whether the document counts leakage of transferred equipment.
    """
    existing = () if existing_place is None else applicability.EXISTING
    histories = (BASELINE_CEILING, SHOWN_CEILING) if existing else ()
    checks = _checks(f"{name} v{version}", technologies, existing, leakage_counts)
    if largest_w is not None:
        place = f"{name} v{version}, applicability"
        checks.append(lambda activity: applicability.capacity(activity, place, largest_w, instead))
    return Methodology(
        name=name,
        version=version,
        title=title,
        source=source,
        confidence="S",
        tool="TOOL07",
        checks=tuple(checks),
        calculation=partial(_calculate, existing_place or "", addition_place or existing_place or ""),
        existing_roundings=(*histories, CARBON_CEILING, *(() if largest_w is None else (CAP_FLOOR,))),
        limit_w=largest_w,
    )


def _checks(
    document: str, technologies: tuple[str, ...], existing: tuple[str, ...], leakage_counts: bool
) -> list[Check]:
    """The checks of every such methodology, for the baselines that it admits beside new plants."""
    place = f"{document}, applicability"
    reason = "" if existing else f" (no source that was read says how {document} treats an existing plant)"
    return [
        lambda activity: applicability.baseline(activity, place, (applicability.GREENFIELD, *existing), reason),
        lambda activity: applicability.technology(activity, place, technologies),
        lambda activity: applicability.power_density(activity, place),
        lambda activity: applicability.past_generation(activity, place),
        lambda activity: applicability.replacement(activity, place),
        lambda activity: applicability.leakage(activity, place, leakage_counts),
    ]


def _calculate(
    existing_place: str, addition_place: str, methodology: Methodology, activity: Activity, factor: EmissionFactor
) -> Outcome:
    """Calculate ER = BE - PE - LE for each vintage and in total.

    Args:
        existing_place: Where the document treats plants that existed before the project.
        addition_place: Where the document treats additions whose added units are metered.
        methodology: The methodology, whose document the lines name.
        activity: The activity, whose applicability has been checked.
        factor: The baseline emission factor.

    Returns:
        The lines, and the exact amount of each vintage, by ascending vintage. [tCO2e]

    Raises:
        MissingDataError: Gross generation is needed for the emissions of a reservoir, but was not recorded.
        FactorNotApplicableError: Imported electricity is declared with a factor below the baseline factor.

    Source:
        ACM0002 v22.0, AMS-I.D v18.0, GCCM001 v4.0: ER = BE - PE - LE, BE = EG x EF, EG = export - import. [S]
        ACM0002 v22.0, AMS-I.D v18.0, a plant that existed before: EG = max(0, EG_facility - (EG_hist + sigma_hist))
        until it would have been replaced, then 0. [S] Within a calendar year that is cumulative. [C]
        ACM0002 v22.0, equation (13), AMS-I.D v18.0, section 5.4, an addition of wind, solar, wave or tidal power: EG is
        the net generation of the added units. [S]
        EB 20, paragraph 58(a): a year beyond the limit of small-scale projects is capped at the estimate. [S]
    """
    document = methodology.document
    metered = is_metered_addition(activity.baseline, activity.history)
    activity = of_added_units(activity)
    lines = [_factor_line(factor), *_default_lines(methodology, activity)]
    measured = f"{document}, {addition_place if metered else 'quantity of net electricity generation'}"
    existing = None
    if activity.baseline in applicability.EXISTING and not metered:
        existing = f"{document}, {existing_place}"
    if existing is not None and not is_replaced(activity):
        lines += history_lines(activity, existing)
    totals = []
    for vintage in activity.vintages:
        energy_lines = _energy_lines(measured, activity, vintage, existing)
        found = _vintage_lines(methodology, activity, vintage, factor, energy_lines)
        lines += found
        totals.append(found[-1])
    if totals:
        lines.append(summed("ER", "emission reductions", totals, f"{document}, emission reductions", "S"))
    return tuple(lines), tuple(zip(activity.vintages, (line.value for line in totals), strict=True))


def _default_lines(methodology: Methodology, activity: Activity) -> list[Line]:
    """Lines for the document's default factors that the activity needs."""
    embodied = methodology.embodied
    lines = [] if embodied is None else embodied.lines(activity)
    if any(reservoirs.emits(device) for device in activity.devices):
        t_per_mwh = methodology.reservoir_t_per_mwh
        lines.append(
            Line(
                symbol="EF_Res",
                name=f"default emission factor of reservoirs, {text_of(1000 * t_per_mwh)} kgCO2e/MWh",
                value=t_per_mwh,
                unit="tCO2e/MWh",
                source=f"{methodology.document}, project emissions",
                confidence="S",
            )
        )
    return lines


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
    methodology: Methodology,
    activity: Activity,
    vintage: int,
    factor: EmissionFactor,
    energy_lines: tuple[Line, ...],
) -> tuple[Line, ...]:
    """All lines of a vintage, those of its energy first; the last line is its emission reductions."""
    document, embodied = methodology.document, methodology.embodied
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
    reservoir = methodology.reservoir_t_per_mwh
    project = project_lines(activity, vintage, factor, document, reservoir_t_per_mwh=reservoir)
    if embodied is None:
        leakage = leakage_lines(activity, vintage, document)
    else:
        leakage = embodied.leakage_lines(activity, vintage, energy_lines)
    reductions = Line(
        symbol=f"ER[{vintage}]",
        name=f"emission reductions in {vintage}",
        value=baseline.value - project[-1].value - leakage[-1].value,
        unit="tCO2e",
        formula=f"BE[{vintage}] - PE[{vintage}] - LE[{vintage}]",
        inputs=(f"BE[{vintage}]", f"PE[{vintage}]", f"LE[{vintage}]"),
        source=f"{document}, emission reductions",
        confidence="S",
    )
    capped = capped_lines(activity, reductions, vintage, methodology.limit_w)
    return (*energy_lines, baseline, *project, *leakage, *capped)


def _energy_lines(source: str, activity: Activity, vintage: int, existing: str | None) -> tuple[Line, ...]:
    """Lines for the net generation of each device and of all devices, and last for the energy that is credited."""
    if existing is None:
        return net_energy_lines(activity, vintage, "MWh", source=source, confidence="S")
    facility = net_energy_lines(activity, vintage, "MWh", source=source, confidence="S", symbol="EG_facility")
    return (*facility, *credited_lines(activity, vintage, facility[-1], existing))
