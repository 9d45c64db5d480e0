"""Quantifying: from a project's steps to exact amounts, by its methodology or as net energy."""

from collections.abc import Sequence
from typing import Final

from carbon_ledger.devices import Device
from carbon_ledger.errors import MethodologyError, NothingToIssueError, OutsideCreditingPeriodError
from carbon_ledger.exact import plain
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.ledger import registry
from carbon_ledger.ledger.declarations import Declarations
from carbon_ledger.ledger.monitoring import Monitored, claimed_slices, devices_of, gather, period_steps
from carbon_ledger.ledger.state import Issuance, View
from carbon_ledger.methodologies import Activity, Quantification, certificate_lines, methodology_of, quantify_lines
from carbon_ledger.periods import Period
from carbon_ledger.projects import Project
from carbon_ledger.waivers import Waiver

NOTHING: Final = Declarations()


def quantify(
    view: View,
    project: Project,
    period: Period,
    factor: EmissionFactor | None,
    waivers: Sequence[Waiver],
    declared: Declarations = NOTHING,
    device: str | None = None,
) -> Quantification:
    """Quantify the unclaimed steps of a period.

    Args:
        view: The state.
        project: The project.
        period: The monitoring period; it lies inside the crediting period.
        factor: The emission factor; for credits, and for them alone.
        waivers: What the caller lifts.
        declared: Fuel, imports and leakage of the period.
        device: Only this device (an issuance of granular certificates is of one device).

    Raises:
        OutsideCreditingPeriodError: The period is not inside the crediting period.
        MethodologyError: A factor is missing, or given where none is used.
        DoubleIssuanceError: Every step is claimed already.
        GapError: Time without a reading, and no waiver.
        NothingToIssueError: There is no step, or none that can be certified.
        StraddlingStepError: A step crosses an edge.
        FactorNotApplicableError: The factor does not fit, and no waiver.

    Source:
        ledger-model sections 3 to 5; domain invariants 5, 20, 21, 23 and 28.
    """
    within = project.crediting_period
    if within is not None and not within.contains(period):
        raise OutsideCreditingPeriodError(
            f"project {project.id}",
            f"monitoring period {period} is not inside its crediting period {within}; choose one that is",
        )
    devices = devices_of(view, project)
    if device is not None:
        devices = tuple(item for item in devices if item.id == device)
    monitored = period_steps(view, project, period, waivers, devices)
    if not any(item.steps for item in monitored.steps):
        raise NothingToIssueError(f"project {project.id}", f"no step of {period} can be certified (none is above zero)")
    activity = _activity(view, project, period, devices, monitored, declared, view.size)
    return _amounts(project, activity, monitored, factor, tuple(waivers))


def requantify(view: View, issuance: Issuance) -> Quantification:
    """Quantify the steps an issuance claims as they stand now, with its pinned factor and method.

    Args:
        view: The state, corrected readings included.
        issuance: The issuance.

    Raises:
        MethodologyError: What the readings are now no longer allows its quantification.
        RefusedError: A claimed step no longer fits.
    """
    event = view.entry(issuance.n).event
    project = registry.project(view, issuance.project)
    factor = registry.factor(view, event["factor"]) if "factor" in event else None
    waivers = tuple(Waiver(item["name"], item["reason"]) for item in event["waivers"])
    devices = tuple(item for item in devices_of(view, project) if event.get("device", item.id) == item.id)
    monitored = _claimed(view, project, devices, issuance, waivers)
    period, declared = Period.from_record(event["period"]), Declarations.from_event(event)
    activity = _activity(view, project, period, devices, monitored, declared, issuance.n)
    return _amounts(project, activity, monitored, factor, waivers)


def _claimed(
    view: View, project: Project, devices: tuple[Device, ...], issuance: Issuance, waivers: tuple[Waiver, ...]
) -> Monitored:
    """What lies under an issuance's claims now."""
    claims = view.claims_of(issuance.n)
    slices = {
        device.id: claimed_slices(
            view, device.id, [(item.start_utc, item.end_utc) for item in claims if item.device == device.id]
        )
        for device in devices
    }
    return gather(view, project, devices, slices, waivers, {})


def _claimed_before(view: View, project: Project, devices: tuple[Device, ...], n: int) -> tuple[tuple[int, int], ...]:
    """Net energy that live issuances before entry *n* claim, by vintage; needed for a historic baseline alone."""
    if not project.history_wh:
        return ()
    totals: dict[int, int] = {}
    for issuance in view.issuances(project.id):
        if issuance.n >= n or issuance.voided:
            continue
        event = view.entry(issuance.n).event
        waivers = tuple(Waiver(item["name"], item["reason"]) for item in event["waivers"])
        for item in _claimed(view, project, devices, issuance, waivers).generation:
            totals[item.vintage] = totals.get(item.vintage, 0) + item.net_wh
    return tuple(sorted(totals.items()))


def _activity(
    view: View,
    project: Project,
    period: Period,
    devices: tuple[Device, ...],
    monitored: Monitored,
    declared: Declarations,
    n: int,
) -> Activity:
    return Activity(
        project=project.id,
        baseline=project.baseline,
        crediting_period_ordinal=project.crediting_period_ordinal,
        devices=devices,
        period=period,
        generation=monitored.generation,
        claimed_before=_claimed_before(view, project, devices, n),
        history=project.history_wh,
        replaced_on=project.replaced_on,
        zone=project.zone,
        fuel_uses=declared.fuel_uses,
        imports=declared.imports,
        leakages=declared.leakages,
    )


def _amounts(
    project: Project,
    activity: Activity,
    monitored: Monitored,
    factor: EmissionFactor | None,
    waivers: tuple[Waiver, ...],
) -> Quantification:
    if project.methodology is None:
        if activity.fuel_uses or activity.imports or activity.leakages:
            raise MethodologyError(f"project {project.id} certifies energy: it has no emissions to declare")
        if factor is not None:
            raise MethodologyError(f"project {project.id} certifies energy: pass no factor ({factor.factor_id})")
        lines, amounts = certificate_lines(project.instrument.unit, activity)
    else:
        if factor is None:
            raise MethodologyError(
                f"project {project.id} is credited by {project.methodology}: pass factor=, an EmissionFactor "
                "or the id of an adopted one"
            )
        lines, amounts = quantify_lines(methodology_of(project.methodology), activity, factor, waivers)
    return Quantification(
        project=project.id,
        period=activity.period,
        unit=project.instrument.unit,
        methodology=project.methodology,
        factor_id=None if factor is None else factor.factor_id,
        waivers=waivers,
        steps=monitored.steps,
        splits=monitored.splits,
        lines=lines,
        amounts=tuple((year, plain(amount)) for year, amount in amounts),
    )
