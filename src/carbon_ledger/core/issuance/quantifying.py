"""Quantifying: the exact amounts of a project's steps, computed by its methodology or as net energy."""

from collections.abc import Sequence
from typing import Final

from carbon_ledger.core import lookup
from carbon_ledger.core.attestations import attestation_lines
from carbon_ledger.core.issuance.activities import activity_of, claimed_steps
from carbon_ledger.core.issuance.added_units import require_own_meters
from carbon_ledger.core.issuance.declarations import Declarations
from carbon_ledger.core.issuance.delayed import require_calibrated, with_deductions
from carbon_ledger.core.issuance.document_schema import require_quantification
from carbon_ledger.core.issuance.from_carry import carry_quantification
from carbon_ledger.core.issuance.monitoring import Monitored, devices_in_force, devices_of, period_steps
from carbon_ledger.core.methodologies import methodology_in
from carbon_ledger.core.pinned_zones import with_rules, zone_in, zone_of
from carbon_ledger.core.programmes import require_usable
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import BrokenLogError, MethodologyError, NothingToIssueError, OutsideCreditingPeriodError
from carbon_ledger.exact import plain
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies import (
    Activity,
    Line,
    Quantification,
    certificate_lines,
    quantify_lines,
)
from carbon_ledger.methodologies.expected import expected_lines
from carbon_ledger.methodologies.outcomes import is_own
from carbon_ledger.methodologies.stated import stated_emissions, stated_factor
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone
from carbon_ledger.projects import Project
from carbon_ledger.waivers import Waiver, waived, waivers_of

NOTHING: Final = Declarations()


def quantify(
    view: View,
    project: Project,
    period: Period,
    factor: EmissionFactor | None,
    waivers: Sequence[Waiver],
    declared: Declarations = NOTHING,
    device: str | None = None,
    period_zone: Zone | None = None,
) -> Quantification:
    """The quantification of the unclaimed steps of a period.

    Args:
        view: The state.
        project: The project.
        period: The monitoring period; it lies inside the crediting period.
        factor: The emission factor, for credits; None for certificates.
        waivers: The checks that the caller waives.
        declared: Fuel, imports and leakage of the period.
        device: The only device to quantify: an issuance of granular certificates is of one device. None for all.
        period_zone: The rules of the period's zone; by default, the rules that hold for the next entry.

    Raises:
        OutsideCreditingPeriodError: The period is not inside the crediting period.
        MethodologyError: A factor is missing, or a factor was passed for a project that certifies energy.
        DoubleIssuanceError: Every step is claimed already.
        GapError: A time has no reading, and gaps are not waived.
        NothingToIssueError: There is no step, or no step that can be certified.
        StraddlingStepError: A step crosses an edge of the period, or of a vintage without a waiver.
        FactorNotApplicableError: The factor is not applicable, and that is not waived.
        RefusedError: A reading was estimated or substituted, a calibration is outstanding, or the methodology's last
            day has passed, and that is not waived; or a meter measures an added unit of a capacity addition together
            with an old one.

    Source:
        ledger-model sections 2 to 5; domain invariants 5, 20, 21, 23 and 28.
    """
    devices = devices_of(view, project, None if device is None else (device,))
    monitored = _monitored(view, project, period, waivers, devices)
    if period_zone is None and period.zone is not None:
        period_zone = zone_of(view, period.zone)
    if project.methodology is not None:
        devices = devices_in_force(view, devices, period, waivers)
    activity = activity_of(view, project, period, devices, monitored, declared, None, period_zone)
    seen = attestation_lines(view, project.methodology)
    return _amounts(view, project, activity, monitored, factor, tuple(waivers), seen)


def _monitored(
    view: View, project: Project, period: Period, waivers: Sequence[Waiver], devices: Sequence[Device]
) -> Monitored:
    """The unclaimed steps of a period that lies inside the project's crediting period."""
    within = project.crediting_period
    if within is not None and not within.contains(period):
        raise OutsideCreditingPeriodError(
            f"project {project.id}",
            f"monitoring period {period} is not inside its crediting period {within}; choose a period inside it",
        )
    require_usable(project, period, zone_of(view, project.zone), waivers)
    monitored = period_steps(view, project, period, waivers, devices)
    if not any(item.steps for item in monitored.steps):
        raise NothingToIssueError(
            f"project {project.id}",
            f"no step of {period} can be certified, because no step has energy above zero; choose another period",
        )
    if project.methodology is None:
        return monitored
    require_own_meters(view, project, devices, monitored)
    if not waived("calibration-overdue", waivers):
        require_calibrated(view, devices, monitored)
    return with_deductions(view, devices, monitored, zone_of(view, project.zone), None)


def recomputed(view: View, project: Project, result: Quantification, period_zone: Zone | None = None) -> Quantification:
    """The quantification of the same project, period, device and waivers as another one, as the state is now.

    Args:
        view: The state.
        project: The project of *result*.
        result: The other quantification. Its declared emissions are taken from it, and its factor if the ledger has
            not adopted a factor with that id. For granular certificates, its first device is quantified. If it has no
            steps, the project's carry is quantified.
        period_zone: The rules of the period's zone; by default, the rules that hold for the next entry.

    Raises:
        MethodologyError: The methodology is a caller's own, and the ledger has not adopted the factor.
        CarbonLedgerError: As `quantify`; or *result* does not state what a quantification of its kind states.
    """
    if not result.steps:
        return decide(view, carry_quantification, project)
    device = result.steps[0].device if project.instrument.granular else None
    factor = None
    if result.factor_id is not None:
        if view.registration("factor", result.factor_id) is not None:
            factor = lookup.factor(view, result.factor_id)
        elif project.methodology is not None and is_own(project.methodology):
            raise MethodologyError(
                f"factor {result.factor_id}: the ledger has not adopted it, and lines of {project.methodology} need "
                "not state its value; adopt the factor with adopt_factor(), then quantify and approve"
            )
        else:
            factor = stated_factor(result, result.factor_id, lookup.device(view, project.devices[0]).grid)
    declared = Declarations.of(stated_emissions(result))
    return decide(view, quantify, project, result.period, factor, result.waivers, declared, device, period_zone)


def requantify(view: View, issuance: Issuance) -> Quantification:
    """The quantification of the steps that an issuance claims, from the readings as they are now.

    Args:
        view: The state, corrected readings included.
        issuance: The issuance; its factor and its methodology are those that its entry names.

    Raises:
        MethodologyError: The methodology does not apply to the readings as they are now.
        RefusedError: A claimed step is too long for a granular certificate.
    """
    event = view.entry(issuance.n).event
    project = lookup.project(view, issuance.project)
    factor = lookup.factor(view, event["factor"]) if "factor" in event else None
    waivers = waivers_of(event)
    devices = devices_of(view, project, (event["device"],) if "device" in event else None)
    monitored = claimed_steps(view, project, devices, issuance, waivers)
    require_own_meters(view, project, devices, monitored, issuance.n)
    period, declared = Period.from_record(event["period"]), Declarations.from_event(event)
    if project.methodology is not None:
        devices = devices_in_force(view, devices, period, waivers, issuance.n)
    # The issuance itself may have pinned the rules of its period's zone.
    period_zone = None if period.zone is None else zone_of(view, period.zone, issuance.n + 1)
    activity = activity_of(view, project, period, devices, monitored, declared, issuance.n, period_zone)
    seen = attestation_lines(view, project.methodology, issuance.n)
    return _amounts(view, project, activity, monitored, factor, waivers, seen)


def _amounts(
    view: View,
    project: Project,
    activity: Activity,
    monitored: Monitored,
    factor: EmissionFactor | None,
    waivers: tuple[Waiver, ...],
    seen: tuple[Line, ...],
) -> Quantification:
    """The quantification of an activity, by the project's methodology or as net energy; the lines *seen* come last."""
    if project.methodology is None:
        if activity.fuel_uses or activity.imports or activity.leakages:
            raise MethodologyError(
                f"project {project.id} certifies energy, and has no emissions to declare: leave emissions= out"
            )
        if factor is not None:
            raise MethodologyError(
                f"project {project.id} certifies energy, and uses no factor ({factor.factor_id}): leave factor= out"
            )
        lines, amounts = certificate_lines(project.instrument.unit, activity)
    else:
        if factor is None:
            raise MethodologyError(
                f"project {project.id} is credited by {project.methodology}: pass factor=, an EmissionFactor "
                "or the id of an adopted one"
            )
        lines, amounts = quantify_lines(methodology_in(view, project.methodology), activity, factor, waivers)
    # A quantification of granular certificates is of one device, an estimate of the whole project.
    estimate = None if project.instrument.granular else project.estimate
    totals = [amount for _, amount in amounts]
    compared = expected_lines(estimate, activity, project.crediting_period, project.instrument.unit, totals)
    result = Quantification(
        project=project.id,
        period=activity.period,
        unit=project.instrument.unit,
        methodology=project.methodology,
        factor_id=None if factor is None else factor.factor_id,
        waivers=waivers,
        steps=monitored.steps,
        splits=monitored.splits,
        lines=(*lines, *compared, *seen),
        amounts=tuple((year, plain(amount)) for year, amount in amounts),
    )
    return result if project.methodology is None else _conforming(project.methodology, result)


def _conforming(key: str, result: Quantification) -> Quantification:
    """The quantification, unless the lines of a caller's own methodology do not conform to the schema."""
    if is_own(key):
        try:
            require_quantification(result.to_record())
        except BrokenLogError as error:
            raise MethodologyError(
                f"{key}: its lines cannot be recorded ({error}); correct the methodology's code, and adopt it under a "
                "new version"
            ) from None
    return result


def quantifications(
    view: View,
    project: Project,
    period: Period,
    factor: EmissionFactor | None,
    waivers: tuple[Waiver, ...],
    declared: Declarations,
) -> list[Quantification]:
    """The quantifications that one `issue` issues: one, or for granular certificates one for each device.

    Each is computed with `decide`, so that the rule of its issuance need not compute it again.

    Args:
        view: The state.
        project: The project.
        period: The monitoring period.
        factor: The emission factor, for credits.
        waivers: The checks that the caller waives.
        declared: Fuel, imports and leakage of the period.

    Raises:
        CarbonLedgerError: As `quantify`.
    """
    devices: list[str | None] = [None]
    if project.instrument.granular:
        monitored = _monitored(view, project, period, waivers, devices_of(view, project))
        devices = [item.device for item in monitored.steps if item.steps]
    # The rules that hold for the event: those that it pins, if it is the first to use the zone.
    zone = None if period.zone is None else zone_in(view, with_rules(view, {}, period.zone), period.zone)
    return [decide(view, quantify, project, period, factor, waivers, declared, device, zone) for device in devices]
