"""Monitoring: which steps of a period an issuance claims, and which periods are refused (ledger-model section 3)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.in_force import terms_of
from carbon_ledger.core.intervals import Interval, merge_adjacent, subtract
from carbon_ledger.core.issuance.reserved import claims_against, reserved_for
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of, step_values
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import (
    DoubleIssuanceError,
    GapError,
    NothingToIssueError,
    RefusedError,
    StraddlingStepError,
)
from carbon_ledger.exact import apportion
from carbon_ledger.metering.readings import MEASURED
from carbon_ledger.methodologies import DeviceSteps, Split, VintageGeneration
from carbon_ledger.methodologies.capacity_additions import is_added, is_metered_addition
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone, local_time
from carbon_ledger.projects import Project
from carbon_ledger.waivers import Waiver, waived


@frozen
class Monitored:
    """The chosen steps of every device, the steps that were split, the energy by vintage, and the parts of runs."""

    steps: tuple[DeviceSteps, ...]
    splits: tuple[Split, ...]
    generation: tuple[VintageGeneration, ...]
    parts: Mapping[str, Sequence[RunPart]]


def period_steps(
    view: View, project: Project, period: Period, waivers: Sequence[Waiver], devices: Sequence[Device]
) -> Monitored:
    """All unclaimed live steps that lie wholly inside a period, and the steps reserved for the project's instrument.

    Args:
        view: The state.
        project: The project; its instrument and its zone apply.
        period: The monitoring period.
        waivers: The checks that the caller waives.
        devices: The devices, in the project's order.

    Raises:
        DoubleIssuanceError: The period has steps, and all of them are claimed.
        StraddlingStepError: A step crosses an edge of the period, or of a vintage without a waiver.
        GapError: A time has no reading, and gaps are not waived.
        NothingToIssueError: The period has no step.
        RefusedError: A reading was estimated or substituted, and that is not waived.

    Source:
        ledger-model section 2.
    """
    runs = {device.id: view.readings(device.id, period.start_utc, period.end_utc) for device in devices}
    free = {name: _unclaimed(view, name, period, project.instrument.id, runs[name]) for name in runs}
    if not any(free.values()):
        _refuse_claimed(view, project, period, devices)
    gaps = {device.id: gaps_of(view, device, period, runs[device.id]) for device in devices}
    if any(gaps.values()) and not waived("gap", waivers):
        _refuse_gap(gaps, project.zone)
    if not any(free.values()):
        raise NothingToIssueError(f"project {project.id}", f"no device has a reading inside {period}; record one first")
    monitored = gather(view, project, devices, free, waivers, gaps, zone_of(view, project.zone))
    if not waived("estimated-readings", waivers):
        _require_measured(monitored, project)
    return monitored


def _require_measured(monitored: Monitored, project: Project) -> None:
    """Refuse to issue on readings that were not measured. A correction of claimed readings may be estimated."""
    for item in monitored.generation:
        for quality, wh in (("estimated", item.estimated_wh), ("substituted", item.substituted_wh)):
            if wh is not None:
                raise RefusedError(
                    f"project {project.id}",
                    f"{wh} Wh of {item.device} in {item.vintage} were {quality}, not measured; record a correction "
                    "with measured values, or pass Waiver('estimated-readings', reason), which stays in the log",
                    rule="estimated-readings",
                )


def gather(
    view: View,
    project: Project,
    devices: Sequence[Device],
    parts: dict[str, list[RunPart]],
    waivers: Sequence[Waiver],
    gaps: dict[str, tuple[Interval, ...]],
    zone: Zone,
) -> Monitored:
    """The sums of chosen steps by device and vintage; for granular certificates, of steps above zero only.

    Args:
        view: The state.
        project: The project.
        devices: The devices, in the project's order.
        parts: The chosen steps of each device, as parts of runs.
        waivers: The checks that the caller waives.
        gaps: The intervals of each device that have no reading.
        zone: The zone that decides where a vintage begins.

    Raises:
        StraddlingStepError: A step crosses a vintage boundary without a waiver.
        RefusedError: A step is too long for a granular certificate.
    """
    steps: list[DeviceSteps] = []
    splits: list[Split] = []
    generation: list[VintageGeneration] = []
    every: dict[str, Sequence[RunPart]] = {}
    for device in devices:
        chosen = parts[device.id]
        excluded: tuple[Interval, ...] = ()
        if project.instrument.granular:
            chosen, excluded = _positive(view, chosen)
        every[device.id] = chosen
        of_device = _generation(view, device.id, chosen, zone, splits)
        generation += of_device
        steps.append(
            DeviceSteps(
                device=device.id,
                steps=sum((part.end_utc - part.start_utc) // part.run.step_s for part in chosen),
                net_wh=sum(item.net_wh for item in of_device),
                gross_wh=_known_gross(of_device),
                claimed=merge_adjacent((part.start_utc, part.end_utc) for part in chosen),
                gaps=gaps.get(device.id, ()),
                excluded=excluded,
            )
        )
    if splits and not waived("straddling-step", waivers):
        raise _straddling(splits[0], project)
    return Monitored(tuple(steps), tuple(splits), tuple(generation), every)


def _known_gross(generation: Sequence[VintageGeneration]) -> int | None:
    known = [item.gross_wh for item in generation if item.gross_wh is not None]
    return sum(known) if known else None


def _straddling(split: Split, project: Project) -> StraddlingStepError:
    return StraddlingStepError(
        f"device {split.device}, step {Period(split.start_utc, split.end_utc, project.zone)}",
        "it crosses a vintage boundary, and the energy on each side was not metered; pass "
        "Waiver('straddling-step', reason) to split it in proportion to seconds",
    )


def _generation(
    view: View, device: str, chosen: Sequence[RunPart], zone: Zone, splits: list[Split]
) -> list[VintageGeneration]:
    """The energy of a device's chosen steps by vintage; gross energy only if every run has it."""
    by_year: dict[int, list[int]] = {}
    by_quality: dict[tuple[int, str], int] = {}
    for part in chosen:
        quality = part.run.quality
        for year, net, gross in _by_vintage(view, part, zone, splits):
            sums = by_year.setdefault(year, [0, 0])
            sums[0] += net
            sums[1] += gross
            if quality != MEASURED:
                by_quality[year, quality] = by_quality.get((year, quality), 0) + net
    knows_gross = all(part.run.gross_wh is not None for part in chosen)
    return [
        VintageGeneration(
            year,
            device,
            net,
            gross if knows_gross else None,
            by_quality.get((year, "estimated")),
            by_quality.get((year, "substituted")),
        )
        for year, (net, gross) in sorted(by_year.items())
    ]


def _unclaimed(view: View, device: str, period: Period, instrument: str, runs: Iterable[Reading]) -> list[RunPart]:
    """The steps of a period that are unclaimed, or that a conversion reserves for the instrument."""
    claims = claims_against(view, view.claims(device, period.start_utc, period.end_utc), instrument)
    taken = [(item.start_utc, item.end_utc) for item in claims]
    parts = []
    for run in runs:
        start, end = max(run.start_utc, period.start_utc), min(run.end_utc, period.end_utc)
        for free_start, free_end in subtract(start, end, taken):
            for edge in (free_start, free_end):
                if (edge - run.start_utc) % run.step_s:
                    raise StraddlingStepError(
                        f"device {device}, {period}",
                        f"a step of {run.step_s} s crosses the period's edge; "
                        "choose a period that begins and ends between steps, or record shorter steps",
                        rule="step-crosses-period",
                    )
            parts.append(RunPart(run, free_start, free_end))
    return parts


def gaps_of(view: View, device: Device, period: Period, runs: Iterable[Reading]) -> tuple[Interval, ...]:
    """The intervals of the period in which the device operates, and that no run covers."""
    first = device.first_utc_in(zone_of(view, device.zone))
    if first is None:
        return ()
    start = max(period.start_utc, first)
    if start >= period.end_utc:
        return ()
    covered = [(run.start_utc, run.end_utc) for run in runs]
    idle = terms_of(view, device.id).idle(start, period.end_utc)
    return tuple(subtract(start, period.end_utc, sorted([*covered, *idle])))


def _refuse_claimed(view: View, project: Project, period: Period, devices: Sequence[Device]) -> None:
    """Refuse a period without unclaimed steps, if it has claims; a period without claims has no steps either."""
    claims = [claim for device in devices for claim in view.claims(device.id, period.start_utc, period.end_utc)]
    reserved = {f"entry {claim.issuance_n} for {kind}" for claim in claims if (kind := reserved_for(view, claim))}
    if reserved:
        raise DoubleIssuanceError(
            f"project {project.id}, {period}",
            f"every step of the period is claimed, and conversions reserve some: {', '.join(sorted(reserved))}; "
            "issue those in a project of that instrument",
        )
    if claims:
        raise DoubleIssuanceError(
            f"project {project.id}, {period}",
            "every step of the period is claimed already; a MWh is issued once. "
            "Record late readings, or void the earlier issuance first",
        )


def _refuse_gap(gaps: dict[str, tuple[Interval, ...]], zone: str) -> None:
    """Refuse a period that has gaps; the message names the first gap."""
    device, intervals = next((name, found) for name, found in gaps.items() if found)
    others = sum(len(found) for found in gaps.values()) - 1
    more = f" (and {others} more)" if others else ""
    raise GapError(
        f"device {device}",
        f"no reading for {Period(*intervals[0], zone)}{more}; record one, or pass Waiver('gap', reason): the gap then "
        "counts as zero, is listed, and can still be issued when a late reading is recorded",
    )


def _by_vintage(view: View, part: RunPart, zone: Zone, splits: list[Split]) -> Iterator[tuple[int, int, int]]:
    """The energy of a part of a run by local calendar year; steps across a boundary are split and added to *splits*."""
    run, step = part.run, part.run.step_s
    years = Period(part.start_utc, part.end_utc).split_by_year(zone)
    if len(years) == 1:
        yield years[0][0], *energy_of(view, part)
        return
    at = part.start_utc
    for year, span in years:
        if at >= span.end_utc:
            continue
        whole = span.end_utc - (span.end_utc - run.start_utc) % step
        if at < whole:
            yield year, *energy_of(view, RunPart(run, at, whole))
            at = whole
        if whole < span.end_utc:
            yield from _split(view, RunPart(run, whole, whole + step), zone, splits)
            at = whole + step


def _split(view: View, step: RunPart, zone: Zone, splits: list[Split]) -> Iterator[tuple[int, int, int]]:
    """The energy of one step, split by local calendar year in proportion to seconds, and added to *splits*."""
    years = Period(step.start_utc, step.end_utc).split_by_year(zone)
    seconds = [span.seconds for _, span in years]
    net, gross = energy_of(view, step)
    nets, grosses = apportion(net, seconds), apportion(gross, seconds)
    parts = tuple((year, wh) for (year, _), wh in zip(years, nets, strict=True))
    splits.append(Split(device=step.run.device, start_utc=step.start_utc, end_utc=step.end_utc, parts=parts))
    for (year, wh), gross_wh in zip(parts, grosses, strict=True):
        yield year, wh, gross_wh


def _positive(view: View, parts: list[RunPart]) -> tuple[list[RunPart], tuple[Interval, ...]]:
    """The steps of *parts* whose energy is above zero, and the intervals of the other steps, which are excluded."""
    chosen: list[RunPart] = []
    excluded: list[Interval] = []
    for part in parts:
        step, start = part.run.step_s, part.start_utc
        if step > 3600:
            raise RefusedError(
                f"device {part.run.device}",
                f"its steps are {step} s long, and a granular certificate's interval is at most 3600 s; record hours, "
                "or shorter steps",
                rule="interval-too-long",
            )
        net, _ = step_values(view, part)
        for position, wh in enumerate(net):
            at = start + position * step
            if wh <= 0:
                excluded.append((at, at + step))
            elif chosen and chosen[-1].run is part.run and chosen[-1].end_utc == at:
                chosen[-1] = RunPart(part.run, chosen[-1].start_utc, at + step)
            else:
                chosen.append(RunPart(part.run, at, at + step))
    return chosen, merge_adjacent(excluded)


def devices_of(view: View, project: Project, only: Collection[str] | None = None) -> tuple[Device, ...]:
    """The project's devices in its order, as registered; only those named in *only* if it is given.

    Of a capacity addition whose added units are metered, only the added units: no step of an old unit is claimed.
    """
    names: Sequence[str] = project.devices
    if only is not None:  # an issuance of granular certificates is of one device of the project
        names = sorted((name for name in only if name in names), key=names.index)
    devices = tuple(lookup.device(view, name) for name in names)
    if is_metered_addition(project.baseline, project.history_wh):
        return tuple(device for device in devices if is_added(device))
    return devices


def devices_in_force(
    view: View, devices: Sequence[Device], period: Period, waivers: Sequence[Waiver], before: int | None = None
) -> tuple[Device, ...]:
    """Devices as they are in force at the end of a period.

    Args:
        view: The state.
        devices: The devices.
        period: The period.
        waivers: The checks that the caller waives.
        before: Leave out amendments by this entry and later ones: an issuance keeps what was known when it was made.

    Raises:
        RefusedError: The capacity of a device changes inside the period, so that no single capacity holds for the
            amounts of the period.

    Source:
        ledger-model section 8a; domain invariants 22 and 23.
    """
    found = []
    for device in devices:
        terms = terms_of(view, device.id, before=before)
        changed = terms.edges(period.start_utc, period.end_utc, ("capacity_w",))
        if changed and not waived("capacity-changes", waivers):
            day = local_time(changed[0], terms.zone).date()
            raise RefusedError(
                f"device {device.id}, {period}",
                f"its capacity changes on {day}, inside the period; end the period at {day}, and begin another period "
                "there; or pass Waiver('capacity-changes', reason) to use the capacity at the period's end",
                rule="capacity-changes",
            )
        found.append(terms.at(period.end_utc - 1))
    return tuple(found)
