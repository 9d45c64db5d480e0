"""The metered steps that a quantification counts, by vintage and device, as a monitoring report lists them."""

from collections.abc import Iterator

from carbon_ledger.core.issuance.run_parts import RunPart, claimed_parts, step_values
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.exact import apportion
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.periods.zones import Zone
from carbon_ledger.queries.divided_runs import side
from carbon_ledger.reports.parts import MeteredRun


def metered_runs(view: View, calculation: int, result: Quantification, zone: Zone) -> list[MeteredRun]:
    """The steps that a quantification counts, with the readings as they are now.

    Args:
        view: The state.
        calculation: Position of the calculation in the report.
        result: The quantification.
        zone: The zone that decides where a vintage begins.

    Returns:
        The steps, by vintage, by the project's order of devices, and by time.

    Raises:
        BrokenLogError: The steps do not have the net energy that the quantification states.
    """
    found: list[MeteredRun] = []
    for steps in result.steps:
        runs = [
            run
            for part in claimed_parts(view, steps.device, steps.claimed)
            for run in _by_vintage(view, calculation, part, zone)
        ]
        net_wh = sum(sum(run.net_wh) for run in runs)
        if net_wh != steps.net_wh:
            raise BrokenLogError(
                f"quantification of {result.project}: the readings of {steps.device} have {net_wh} Wh, but it counts "
                f"{steps.net_wh} Wh; audit the ledger"
            )
        found += runs
    return sorted(found, key=lambda run: run.vintage)


def _by_vintage(view: View, calculation: int, part: RunPart, zone: Zone) -> Iterator[MeteredRun]:
    """The steps of a part of a run by vintage; a step across a boundary is divided in proportion to seconds."""
    step = part.run.step_s
    net, gross = step_values(view, part)
    years = Period(part.start_utc, part.end_utc).split_by_year(zone)
    at = 0  # the first step that no vintage has
    for year, span in years:
        whole = (span.end_utc - part.start_utc) // step
        if at < whole:
            values = tuple(net[at:whole]), None if gross is None else tuple(gross[at:whole])
            yield _run(view, calculation, part, year, part.start_utc + at * step, *values)
            at = max(at, whole)
        start = part.start_utc + at * step
        if start < span.end_utc:
            parts = Period(start, start + step).split_by_year(zone)
            seconds = [of_year.seconds for _, of_year in parts]
            nets = apportion(net[at], seconds)
            grosses = [None] * len(parts) if gross is None else [(wh,) for wh in apportion(gross[at], seconds)]
            for (of, _), wh, gross_wh in zip(parts, nets, grosses, strict=True):
                yield _run(view, calculation, part, of, start, (wh,), gross_wh, split=True)
            at += 1


def _run(
    view: View,
    calculation: int,
    part: RunPart,
    vintage: int,
    start_utc: int,
    net_wh: tuple[int, ...],
    gross_wh: tuple[int, ...] | None,
    *,
    split: bool = False,
) -> MeteredRun:
    event = view.entry(part.run.source_n).event
    own = not split and len(event.get("devices", (part.run.device,))) == 1
    first = (start_utc - instant_of(event["start"])) // part.run.step_s
    last = first + len(net_wh)
    return MeteredRun(
        calculation=calculation,
        device=part.run.device,
        vintage=vintage,
        start_utc=start_utc,
        step_s=part.run.step_s,
        net_wh=net_wh,
        gross_wh=gross_wh,
        quality=part.run.quality,
        entry=part.run.source_n,
        meter=event.get("meter"),
        evidence=event.get("evidence"),
        split=split,
        export_wh=side(event, "export_wh", first, last) if own else None,
        import_wh=side(event, "import_wh", first, last) if own else None,
    )
