"""The activity that a quantification is of: generation, history, and what earlier issuances of the years claim."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from attrs import evolve

from carbon_ledger.core import lookup
from carbon_ledger.core.in_force import terms_of
from carbon_ledger.core.issuance.baseline_years import crediting_year
from carbon_ledger.core.issuance.declarations import Declarations
from carbon_ledger.core.issuance.delayed import with_deductions
from carbon_ledger.core.issuance.monitoring import Monitored, devices_in_force, devices_of, gather
from carbon_ledger.core.issuance.run_parts import claimed_parts
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.estimates import Estimate
from carbon_ledger.exact import arithmetic
from carbon_ledger.methodologies import METHODOLOGIES, Activity
from carbon_ledger.methodologies.activity import YearCap
from carbon_ledger.methodologies.small_scale import capacity_in, compared_w, estimate_of_year, excess
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone, vintage_of
from carbon_ledger.projects import Project
from carbon_ledger.waivers import Waiver, waivers_of

NONE: Final[Mapping[int, int]] = MappingProxyType({})


def rests_on_earlier(project: Project) -> bool:
    """Whether an amount depends on what earlier issuances of the same vintage claim.

    It does if a yearly baseline is subtracted once, or if a small-scale project has estimates that may cap a year.
    """
    return bool(project.history_wh) or capping_of(project) is not None


def _limit_w(project: Project) -> int | None:
    methodology = METHODOLOGIES.get(project.methodology or "")
    return None if methodology is None else methodology.limit_w


def capping_of(project: Project) -> tuple[int, Estimate, Period] | None:
    """The limit, the estimate and the crediting period of a project whose years may be capped; None for any other."""
    limit_w, estimate, crediting = _limit_w(project), project.estimate, project.crediting_period
    if limit_w is None or estimate is None or not estimate.yearly_units or crediting is None:
        return None
    return limit_w, estimate, crediting


def claimed_steps(
    view: View, project: Project, devices: tuple[Device, ...], issuance: Issuance, waivers: tuple[Waiver, ...]
) -> Monitored:
    """The steps that an issuance claims, with their readings as they are now."""
    claimed: dict[str, list[tuple[int, int]]] = {}
    for item in view.claims_of(issuance.n):
        claimed.setdefault(item.device, []).append((item.start_utc, item.end_utc))
    parts = {device.id: claimed_parts(view, device.id, claimed.get(device.id, ())) for device in devices}
    zone = zone_of(view, project.zone, issuance.n)
    monitored = gather(view, project, devices, parts, waivers, {}, zone)
    if project.methodology is None:
        return monitored
    return with_deductions(view, devices, monitored, zone, issuance.n)


def activity_of(
    view: View,
    project: Project,
    period: Period,
    devices: tuple[Device, ...],
    monitored: Monitored,
    declared: Declarations,
    n: int | None,
    period_zone: Zone | None,
    *,
    capped: bool = True,
) -> Activity:
    """The activity to quantify, as of the issuance of entry *n*; if *n* is None, as of the next entry.

    Args:
        view: The state.
        project: The project.
        period: The monitoring period.
        devices: Its devices, as they are in force.
        monitored: Their steps.
        declared: Fuel, imports and leakage of the period.
        n: The number of the issuance's entry, or None.
        period_zone: The rules of the period's zone, or None for the installed rules.
        capped: Whether the years of a small-scale project may be capped.
    """
    year = crediting_year(view, project, period.start_utc, n)
    return Activity(
        project=project.id,
        baseline=project.baseline,
        crediting_period_ordinal=project.crediting_period_ordinal,
        devices=devices,
        period=period,
        generation=monitored.generation,
        claimed_before=_claimed_before(view, project, devices, monitored, n, year),
        first_capacity_w=_first_capacity_w(view, project, devices, n),
        crediting_period=project.crediting_period,
        largest_w=_largest_w(view, project, devices, period, n),
        year_caps=_year_caps(view, project, devices, monitored, n) if capped else (),
        history=project.history_wh,
        baseline_year=year,
        replaced_on=project.replaced_on,
        zone=zone_of(view, project.zone, n),
        period_zone=period_zone,
        fuel_uses=declared.fuel_uses,
        imports=declared.imports,
        leakages=declared.leakages,
    )


def _earlier(view: View, project: Project, years: Iterable[int], n: int | None) -> Iterator[Issuance]:
    """The live issuances with an amount of one of some vintages, or those before entry *n*, in order."""
    for number in sorted({number for year in years for number in view.issued_after(-1, project.id, year)}):
        if n is None or number < n:
            yield lookup.issuance(view, number)


def _claimed_before(
    view: View,
    project: Project,
    devices: tuple[Device, ...],
    monitored: Monitored,
    n: int | None,
    year: Period | None,
) -> tuple[tuple[int, int], ...]:
    """The net energy that live issuances claim, or live issuances before entry *n*, by vintage. [Wh]

    Empty without a historic baseline, because nothing else needs this energy. With a *year* of the crediting period, it
    is what they claim in that year, and what older vintages of the period itself add to it.
    """
    if not project.history_wh:
        return ()
    vintages = sorted({item.vintage for item in monitored.generation})
    totals = dict.fromkeys(vintages, 0)
    earlier = _earlier(view, project, vintages, n) if year is None else issuances_of_year(view, project, year, n)
    for issuance in earlier:
        waivers = waivers_of(view.entry(issuance.n).event)
        for item in claimed_steps(view, project, devices, issuance, waivers).generation:
            for vintage in vintages:
                if vintage == item.vintage or year is not None:
                    totals[vintage] += item.counted_wh
    if year is not None:
        for item in monitored.generation:
            for vintage in vintages:
                totals[vintage] += item.counted_wh if item.vintage < vintage else 0
    return tuple(totals.items())


def issuances_of_year(view: View, project: Project, year: Period, n: int | None = None) -> Iterator[Issuance]:
    """The live issuances of a year of the crediting period, or those before entry *n*, in order."""
    zone = zone_of(view, project.zone, n)
    vintages = range(vintage_of(year.start_utc, zone), vintage_of(year.end_utc - 1, zone) + 1)
    for issuance in _earlier(view, project, vintages, n):
        if year.start_utc <= issuance.start_utc < year.end_utc:
            yield issuance


def _first_capacity_w(view: View, project: Project, devices: tuple[Device, ...], n: int | None) -> int | None:
    """The capacity that the methodology's limit concerns when crediting begins, or None without a limit. [W]"""
    if _limit_w(project) is None or project.crediting_period is None:
        return None
    start_utc = project.crediting_period.start_utc
    return compared_w(project.baseline, [terms_of(view, item.id, before=n).at(start_utc) for item in devices])


def _largest_w(
    view: View, project: Project, devices: tuple[Device, ...], period: Period, n: int | None
) -> tuple[tuple[int, int], ...]:
    """The largest capacity that the methodology's limit concerns, by vintage of the period; empty without a limit."""
    if _limit_w(project) is None:
        return ()
    found, every = list[tuple[int, int]](), [terms_of(view, item.id, before=n) for item in devices]
    for year, span in period.split_by_year(zone_of(view, project.zone, n)):
        edges = {edge for terms in every for edge in terms.edges(span.start_utc, span.end_utc, ("capacity_w",))}
        times = (span.start_utc, *edges)
        found.append((year, max(compared_w(project.baseline, [terms.at(at) for terms in every]) for at in times)))
    return tuple(found)


def _year_caps(
    view: View, project: Project, devices: tuple[Device, ...], monitored: Monitored, n: int | None
) -> tuple[YearCap, ...]:
    """The estimate of each vintage of a small-scale project, with what earlier issuances claim of it."""
    capping = capping_of(project)
    if capping is None:
        return ()
    _, estimate, crediting = capping
    zone, found = zone_of(view, project.zone, n), {}
    for year in sorted({item.vintage for item in monitored.generation}):
        figure = estimate_of_year(estimate, year, zone, crediting)
        if figure is not None:
            found[year] = YearCap(vintage=year, estimate_t=figure, source=estimate.source)
    for issuance in _earlier(view, project, tuple(found), n):
        activity, amounts = _uncapped(view, project, devices, issuance)
        for year, amount in amounts.items():
            if (cap := found.get(year)) is not None:
                net_wh = sum(item.counted_wh for item in activity.generation if item.vintage == year)
                found[year] = cap.after(amount, net_wh, capacity_in(activity, year))
    return tuple(found.values())


def _uncapped(
    view: View, project: Project, devices: tuple[Device, ...], issuance: Issuance
) -> tuple[Activity, dict[int, Decimal]]:
    """The activity of an earlier issuance, and its amount of each vintage if no year were capped. [tCO2e]"""
    activity = _as_issued(view, project, devices, issuance, capped=False)
    methodology = METHODOLOGIES[project.methodology or ""]
    factor = lookup.factor(view, view.entry(issuance.n).event["factor"])
    with arithmetic():
        _, amounts = methodology.calculation(methodology, activity, factor)
    return activity, dict(amounts)


def _as_issued(
    view: View, project: Project, devices: tuple[Device, ...], issuance: Issuance, *, capped: bool
) -> Activity:
    """The activity of an issuance, from the readings as they are now."""
    event = view.entry(issuance.n).event
    waivers, period = waivers_of(event), Period.from_record(event["period"])
    monitored = claimed_steps(view, project, devices, issuance, waivers)
    as_it_was = devices_in_force(view, devices, period, waivers, issuance.n)
    declared = Declarations.from_event(event)
    return activity_of(view, project, period, as_it_was, monitored, declared, issuance.n, None, capped=capped)


def lowered_years(view: View, project: Project, issuance: Issuance) -> dict[int, int]:
    """By how much energy an issuance lowers its vintages: those in which more was imported than exported. [Wh]"""
    devices = devices_of(view, project)
    totals: dict[int, int] = {}
    for item in claimed_steps(view, project, devices, issuance, waivers_of(view.entry(issuance.n).event)).generation:
        totals[item.vintage] = totals.get(item.vintage, 0) + item.counted_wh
    return {year: -wh for year, wh in totals.items() if wh < 0}


def is_capped(view: View, project: Project, issuance: Issuance, more_wh: Mapping[int, int] = NONE) -> bool:
    """Whether an issuance is of a year in which a small-scale project is, or was, beyond the limit of its methodology.

    Args:
        view: The state.
        project: The project.
        issuance: The issuance.
        more_wh: Energy by vintage that earlier issuances would have in addition. [Wh]
    """
    capping = capping_of(project)
    if capping is None:
        return False
    activity = _as_issued(view, project, devices_of(view, project), issuance, capped=True)
    caps = [evolve(cap, before_wh=cap.before_wh + more_wh.get(cap.vintage, 0)) for cap in activity.year_caps]
    activity = evolve(activity, year_caps=caps)
    return any(excess(activity, cap.vintage, capping[0], earlier=earlier) for cap in caps for earlier in (False, True))
