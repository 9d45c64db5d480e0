"""The totals that were divided to give the readings of a monitoring report: of shared meters, and of single steps."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from attrs import evolve

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import CORRECTION_STAGED, METER_CORRECTED, METER_RECORDED
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.metering.readings import MEASURED
from carbon_ledger.meters import Meter
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.periods.zones import Zone
from carbon_ledger.reports.divisions import DividedRun
from carbon_ledger.reports.parts import MeteredRun

ViewAt = Callable[[int], View]


def divided_runs(
    view: View, view_at: ViewAt, readings: Sequence[MeteredRun], zones: Sequence[Zone]
) -> list[DividedRun]:
    """The totals of which readings are parts, each once.

    Args:
        view: The state.
        view_at: The state after a number of entries.
        readings: The readings.
        zones: The zone of each calculation, which decides where a vintage begins.

    Returns:
        The runs of shared meters, by meter, entry and time; then the steps that are divided among vintages.
    """
    wanted: dict[tuple[str, int], set[int]] = {}
    for run in readings:
        if run.meter is not None and len(lookup.meter(view, run.meter).shares) > 1:
            starts = range(run.start_utc, run.end_utc, run.step_s)
            wanted.setdefault((run.meter, run.entry), set()).update(starts)
    found: list[DividedRun] = []
    for (meter, n), times in sorted(wanted.items()):
        found += _of_entry(view, view_at, lookup.meter(view, meter), n, sorted(times))
    followed = [evolve(run, follows=_follows(view, view_at, before, run)) for before, run in pairwise(found)]
    return [*found[:1], *followed, *_of_vintages(view, readings, zones)]


def _of_entry(view: View, view_at: ViewAt, meter: Meter, n: int, times: Sequence[int]) -> Iterator[DividedRun]:
    """The steps of one entry of a meter that begin at given times."""
    event = view.entry(n).event
    origin, step = instant_of(event["start"]), event["step_s"]
    columns = tuple(tuple(event["devices"][name]) for name in meter.shares)
    weights, whole = tuple(meter.shares.values()), sum(meter.shares.values())
    before = _owed_before(view, view_at, meter, n)
    for first, last in _ranges((start - origin) // step for start in times):
        total = sum(event["net_wh"][:first])
        given = [sum(column[:first]) for column in columns]
        yield DividedRun(
            meter=meter.id,
            entry=n,
            start_utc=origin + first * step,
            step_s=step,
            quality=event.get("quality", MEASURED),
            net_wh=tuple(event["net_wh"][first:last]),
            export_wh=side(event, "export_wh", first, last),
            import_wh=side(event, "import_wh", first, last),
            shares=tuple(meter.shares.items()),
            parts_wh=tuple(column[first:last] for column in columns),
            owed=tuple(
                owed + total * weight - part * whole for owed, weight, part in zip(before, weights, given, strict=True)
            ),
        )


def _ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as ranges [first, last)."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first, last = number, number
        if number != last:
            yield first, last
            first = number
        last = number + 1
    if first is not None and last is not None:
        yield first, last


def _owed_before(view: View, view_at: ViewAt, meter: Meter, n: int) -> tuple[int, ...]:
    """What a meter's devices were owed before the first step of an entry. [1/W Wh, shape (devices,)]

    A store keeps what they were owed afterwards; what the entry, and the later parts of the same correction, gave and
    recorded is taken out of that.
    """
    pieces = _column_from(view, view.entry(n))
    row = view_at(pieces[-1].n + 1).owed(meter.id)
    if row is None or row.from_n != pieces[-1].n:
        raise BrokenLogError(
            f"meter {meter.id}: what its devices are owed after entry {pieces[-1].n} is missing; audit the ledger"
        )
    total, whole = sum(sum(piece.event["net_wh"]) for piece in pieces), sum(meter.shares.values())
    return tuple(
        owed - total * weight + whole * sum(sum(piece.event["devices"][name]) for piece in pieces)
        for owed, (name, weight) in zip(row.owed, meter.shares.items(), strict=True)
    )


def _column_from(view: View, entry: Entry) -> list[Entry]:
    """An entry of a meter and, of a correction in several entries, those that continue its column."""
    if entry.type != CORRECTION_STAGED:
        return [entry]
    rest = (view.entry(n) for n in range(entry.n + 1, entry.n - entry.part + entry.parts + 1))
    return [entry, *(item for item in rest if item.type in (CORRECTION_STAGED, METER_CORRECTED))]


def _follows(view: View, view_at: ViewAt, before: DividedRun, run: DividedRun) -> bool:
    """Whether a run's devices were owed what the run before it in the report left."""
    entry, last = view.entry(run.entry), view.entry(before.entry)
    ends = instant_of(last.event["start"]) + last.event["step_s"] * len(last.event["net_wh"])
    if (
        before.meter != run.meter
        or instant_of(entry.event["start"]) != run.start_utc
        or ends != before.start_utc + before.step_s * len(before.net_wh)
    ):
        return False
    if last.type == CORRECTION_STAGED:
        return _column_from(view, last)[1].n == entry.n
    row = view_at(entry.n).owed(str(run.meter)) if entry.type == METER_RECORDED else None
    return row is not None and row.from_n == last.n


def _of_vintages(view: View, readings: Sequence[MeteredRun], zones: Sequence[Zone]) -> Iterator[DividedRun]:
    """The steps that are divided among vintages, in proportion to seconds."""
    parts: dict[tuple[str, int, int], list[MeteredRun]] = {}
    for run in readings:
        if run.split:
            parts.setdefault((run.device, run.entry, run.start_utc), []).append(run)
    for (device, n, start), runs in parts.items():
        event, step = view.entry(n).event, runs[0].step_s
        years = Period(start, start + step).split_by_year(zones[runs[0].calculation])
        at, own = (start - instant_of(event["start"])) // step, len(event.get("devices", (device,))) == 1
        yield DividedRun(
            device=device,
            entry=n,
            start_utc=start,
            step_s=step,
            quality=runs[0].quality,
            net_wh=(sum(run.net_wh[0] for run in runs),),
            export_wh=side(event, "export_wh", at, at + 1) if own else None,
            import_wh=side(event, "import_wh", at, at + 1) if own else None,
            shares=tuple((str(year), span.seconds) for year, span in years),
            parts_wh=tuple(run.net_wh for run in sorted(runs, key=lambda run: run.vintage)),
            owed=(0,) * len(years),
        )


def side(event: Mapping[str, Any], name: str, first: int, last: int) -> tuple[int, ...] | None:
    """Part of the column of a side of a meter, if an event has the column. [Wh]"""
    return tuple(event[name][first:last]) if name in event else None
