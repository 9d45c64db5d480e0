"""The command that records a file of metered energy, also if part of its readings is recorded already.

The command is one transaction of the commands that somebody would give by hand: the description of the file with its
layout, one command for each run of new steps, and one correction for each run of differing ones.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

from attrs import frozen

from carbon_ledger.arguments import checked_waivers, required_evidence
from carbon_ledger.canonical import identifier
from carbon_ledger.choices import Already
from carbon_ledger.core import lookup
from carbon_ledger.core.descriptions import description_of, layout_of
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import DOCUMENT_DESCRIBED
from carbon_ledger.core.intervals import merge_adjacent
from carbon_ledger.core.series import Series, apart_by_columns, names_meters
from carbon_ledger.core.state.rows import meter_run
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import IdempotencyError, OverlapError, QuantityError, RefusedError, UnknownThingError
from carbon_ledger.ledger.commands.runs import Correction, Recorded, correct_as, record_run_as, record_shared_as
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.meter_files import MeterFile
from carbon_ledger.metering.runs import MeterSeries
from carbon_ledger.meters import Meter
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.printing import one_of, quote
from carbon_ledger.queries.delivered import (
    Steps,
    brought_back,
    compared,
    difference,
    gained_wh,
    lacks_gross,
    remaining_gaps,
)
from carbon_ledger.records import Record
from carbon_ledger.texts import MAX_NAME, is_line, is_name, line, text
from carbon_ledger.waivers import Waiver

ALREADY: Final = ("refuse", "skip-identical", "correct")


@frozen(kw_only=True, repr=False)
class RecordedFile(Record):
    """What became of the readings of a file.

    Attributes:
        subject: The device or the shared meter whose readings were recorded.
        sha256: Digest of the file, which is the evidence of its readings.
        first: Number of the first entry that was recorded; None if nothing was recorded.
        last: Number of the last entry that was recorded; None if nothing was recorded.
        net_wh: Net energy of the steps that were new. Corrections are not counted. [Wh]
        recorded: The periods of the steps that were new, in time order.
        skipped_steps: How many steps were skipped, since they were recorded already with the same values.
        skipped: The periods of the skipped steps, in time order.
        corrections: The corrections of the steps that differed, in the order in which they were made.
        corrected: The periods of the corrected steps, in time order.
        gaps: The parts of the file's gaps without a reading in the ledger either, in time order.
    """

    _in_repr = ("subject", "net_wh", "first", "last")

    subject: str
    sha256: str
    first: int | None
    last: int | None
    net_wh: int
    recorded: tuple[Period, ...]
    skipped_steps: int
    skipped: tuple[Period, ...]
    corrections: tuple[Correction, ...]
    corrected: tuple[Period, ...]
    gaps: tuple[Period, ...]


@frozen(kw_only=True)
class _Delivery:
    """A file for one subject, with what the caller asked for."""

    kind: str
    name: str
    file: MeterFile
    series: MeterSeries
    already: str
    reason: str
    waivers: tuple[Waiver, ...]

    @property
    def live(self) -> str:
        """The name that the live readings have."""
        return self.name if self.kind == "device" else meter_run(self.name)

    @property
    def of_file(self) -> Series:
        """The series of the file, as the rules know it."""
        return Series(evidence=self.file.sha256, layout=self.file.layout, meter=self.series.meter)

    @property
    def where(self) -> str:
        """The file and its subject, for messages."""
        return f"{self.kind} {self.name}, {self.file.path or 'the file'}"


@frozen(kw_only=True)
class _Plan:
    """The commands that a file needs: its description, new steps, and steps to correct; and what is skipped."""

    description: dict[str, Any] | None
    free: tuple[Steps, ...]
    same: tuple[Steps, ...]
    differing: tuple[Steps, ...]

    @property
    def count(self) -> int:
        return (self.description is not None) + len(self.free) + len(self.differing)


def record_meter_file(
    ledger: Recorder,
    subject: str | Device | Meter,
    file: MeterFile,
    *,
    meter: str | None = None,
    already: Already = "refuse",
    reason: str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    key: str | None = None,
    by: str | None = None,
) -> RecordedFile:
    """Record the readings of a file, all or none, and with them the layout that the file was read by.

    A step is identical to a live one if interval, quality, net energy, and gross energy, export and import are equal,
    each known in both or in neither, and the live one is of no other series of this file. Corrections that raise the
    energy are made first, so that energy which moves from one step to another withdraws no unit.

    Args:
        subject: The id of a device or a shared meter; or the `Device` or `Meter` itself, if both have the id.
        file: The file, as `read_meter_file` returns it.
        meter: The meter in the file whose readings are recorded; it may be left out if the file has one meter.
        already: What happens to steps whose time has live readings. ``refuse``: they are refused. ``skip-identical``:
            identical ones are skipped, others are refused. ``correct``: identical ones are skipped, others corrected.
        reason: The reason of the corrections, in words; required for ``correct``, and given for nothing else.
        waivers: Checks that are waived in every recording and correction, by name, each with its reason.
        key: Idempotency key. A call that has nothing to record does not use it.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The entries that were recorded, the steps that were skipped and corrected, and the gaps that remain.

    Raises:
        UnknownThingError, QuantityError, MissingDataError: No such device or meter; or an argument cannot be used.
        OverlapError: A step has live readings, or differs from them; or steps to correct are not whole live steps.
        RefusedError: A step has values that a correction replaced, or lacks a gross energy that is known; the layout
            is not the recorded one, and *already* is not ``correct``; another subject has live readings of the same
            series of the file; or the id is ambiguous.
        CarbonLedgerError: As for `record_run`, `record_meter_readings`, `correct_readings` and `correct_meter`.

    Source:
        ledger-model sections 2 and 7; decision 32.
    """
    _check(file, already, reason)
    series = _recordable(file, file.only if meter is None else file.meter(meter))
    given = {"file": file, "already": already, "reason": reason or "", "waivers": checked_waivers(waivers)}
    return _in_batch(ledger, subject, {"series": series, **given}, key, None if by is None else line(by, "by"))


def _in_batch(ledger: Recorder, subject: Any, given: dict[str, Any], key: str | None, by: str | None) -> RecordedFile:
    def run(recorder: Recorder) -> RecordedFile:
        kind, name = _subject(recorder._view_of(), subject)
        return _delivered(recorder, _Delivery(kind=kind, name=name, **given), key, by)

    about = {"subject": getattr(subject, "id", subject), "document": given["file"].sha256}
    about["period"] = given["series"].period
    with ledger._batch_of(about, run, by):
        return run(ledger)


def _delivered(ledger: Recorder, delivery: _Delivery, key: str | None, by: str | None) -> RecordedFile:
    view = ledger._view_of()
    if key is not None and (first := view.key_use(by or ledger._by, line(key, "key"))) is not None:
        return _first_result(ledger, delivery, first, key, by)
    return _recorded(ledger, delivery, _planned(view, delivery), key, by)


def _check(file: object, already: object, reason: str | None) -> None:
    if not isinstance(file, MeterFile):
        raise QuantityError(f"file {quote(file)}: expected a MeterFile, as read_meter_file() returns it")
    if not isinstance(file.path, str) or not isinstance(file.layout, MeterLayout):
        raise QuantityError(f"file {quote(file)}: its path is not a text, or its layout is not a MeterLayout")
    if not isinstance(already, str) or already not in ALREADY:
        raise QuantityError(f"already {quote(already)}: expected {one_of(already, ALREADY)}")
    if already == "correct":
        if reason is None:
            raise QuantityError(
                "already='correct' needs a reason: pass reason= with why the recorded values were wrong, in words"
            )
        text(reason, "reason")
    elif reason is not None:
        raise QuantityError(
            f"reason {quote(reason)}: it is the reason of corrections, and already={quote(already)} corrects nothing; "
            "pass already='correct', or leave out reason"
        )


def _recordable(file: MeterFile, series: MeterSeries) -> MeterSeries:
    """A series of a file, after a check that an entry can have its name."""
    if not is_name(series.meter):
        raise QuantityError(
            f"{file.path or 'the file'}, meter {quote(series.meter, 60)}: an entry cannot name it; expected one line "
            f"of at most {MAX_NAME:,} characters, without control characters"
        )
    if series.meter and not names_meters(file.layout):
        raise QuantityError(
            f"{file.path or 'the file'}, meter {quote(series.meter, 60)}: its layout {quote(file.layout.name)} has no "
            "meter_column, so the file names no meter; pass the file as read_meter_file() returns it"
        )
    return series


def _subject(view: View, subject: object) -> tuple[str, str]:
    """The kind and the id of the device or the meter."""
    if isinstance(subject, Device):
        return "device", lookup.device(view, subject.id).id
    if isinstance(subject, Meter):
        return "meter", lookup.meter(view, subject.id).id
    name = identifier(subject, "subject")
    kinds = [kind for kind in ("device", "meter") if view.registration(kind, name) is not None]
    if len(kinds) > 1:
        raise RefusedError(
            name,
            f"a device and a meter have this id; pass ledger.device({quote(name)}) or ledger.meter({quote(name)})",
            rule="device-or-meter",
        )
    if not kinds:
        raise UnknownThingError(
            name, "neither a device nor a meter has this id; register it with register_device() or register_meter()"
        )
    return kinds[0], name


def _planned(view: View, delivery: _Delivery) -> _Plan:
    """What a file needs, decided by the state before it."""
    series = delivery.series
    if delivery.kind == "meter" and any(run.gross_wh is not None for run in series.runs):
        raise QuantityError(
            f"{delivery.where}: the file has gross energy, and a shared meter has none; read the file with a layout "
            "without the column of gross energy"
        )
    description = _description(view, delivery)
    if delivery.already == "refuse":
        whole = tuple(Steps(run, 0, len(run.net_wh)) for run in series.runs)
        return _Plan(description=description, free=whole, same=(), differing=())
    _require_apart(delivery)
    found = compared(view, delivery.live, series.runs, delivery.of_file)
    if found.differing and delivery.already == "skip-identical":
        count = sum(map(len, found.differing))
        raise OverlapError(
            delivery.where,
            f"{count} of {series.step_count} steps differ from live readings, first "
            f"{difference(view, delivery.live, found.differing[0])}; read the right file, or correct the readings with "
            "already='correct' and a reason",
            rule="differing-reading",
        )
    for steps in found.differing:
        _require_news(view, delivery, steps)
    gains = [gained_wh(view, delivery.live, steps) for steps in found.differing]
    order = sorted(range(len(gains)), key=lambda at: -gains[at])
    differing = tuple(found.differing[at] for at in order)
    return _Plan(description=description, free=found.free, same=found.same, differing=differing)


def _require_apart(delivery: _Delivery) -> None:
    """Refuse runs that overlap, or are not in time order: a file would correct what it says itself."""
    for one, other in pairwise(delivery.series.runs):
        if other.start_utc < one.end_utc:
            raise OverlapError(
                delivery.where,
                f"its run from {instant_text(other.start_utc)} begins before the one before it ends; give the runs of "
                "a series in time order, without an overlap",
            )


def _require_news(view: View, delivery: _Delivery, steps: Steps) -> None:
    """Refuse to correct live readings by what a correction replaced, or by less than what is known."""
    old = brought_back(view, delivery.live, steps, delivery.file.sha256)
    if old is not None:
        one, n = old
        raise RefusedError(
            delivery.where,
            f"the correction of entry {n} replaced what the file has in {difference(view, delivery.live, one)}; read a "
            "newer file, or correct this step by itself if its old value is right",
            rule="superseded-reading",
        )
    known = lacks_gross(view, delivery.live, steps)
    if known is not None:
        raise RefusedError(
            delivery.where,
            f"the file has no gross energy, which entry {known} has, in {difference(view, delivery.live, steps)}; read "
            "it by a layout with gross energy, or correct these steps by themselves",
            rule="gross-missing",
        )


def _description(view: View, delivery: _Delivery) -> dict[str, Any] | None:
    """The event that records the layout of the file, or None if the layout is recorded already."""
    file = delivery.file
    document = required_evidence(file.sha256, f"{delivery.where}: sha256")
    pinned = layout_of(view, document)
    if pinned == file.layout:
        return None
    if pinned is not None and delivery.already != "correct" and not apart_by_columns(pinned, file.layout):
        raise RefusedError(
            delivery.where,
            f"the layout {quote(pinned.name)} is recorded for this file, and the file was read by another one, "
            f"{quote(file.layout.name)}; read it by ledger.meter_layout(file.sha256), or correct what was read wrong "
            "with already='correct' and a reason",
            rule="layout-differs",
        )
    known = description_of(view, document)
    name = os.path.basename(file.path)
    title = name if is_line(name) else "meter file"
    fields = {"document": document, "kind": "meter-file", "title": title} if known is None else dict(known.event)
    return {**fields, "layout": file.layout.to_toml()}


def _recorded(ledger: Recorder, delivery: _Delivery, plan: _Plan, key: str | None, by: str | None) -> RecordedFile:
    """Give the commands of a plan, each with a key of its own, and say what they did."""
    keys = iter([None] * plan.count if key is None else [key, *(f"{key}#{k}" for k in range(2, plan.count + 1))])
    entries: list[int] = []
    if (event := plan.description) is not None:
        found: Sequence[Entry] = ledger._record(
            "describe_document", event, lambda _: [(DOCUMENT_DESCRIBED, event)], key=next(keys), by=by
        )
        entries.append(found[0].n)
    record: Callable[..., Recorded] = record_run_as if delivery.kind == "device" else record_shared_as
    command = "record_readings" if delivery.kind == "device" else "record_meter_readings"
    evidence, given = delivery.file.sha256, (by, None, delivery.waivers, delivery.series.meter)
    new = []
    for steps in plan.free:
        new.append(record(ledger, command, delivery.name, steps.readings(), evidence, next(keys), *given))
        entries += [new[-1].first, new[-1].last]
    command = "correct_readings" if delivery.kind == "device" else "correct_meter"
    subject, reason = (delivery.kind, delivery.name), delivery.reason
    corrections = []
    for steps in plan.differing:
        run = steps.readings()
        corrections.append(correct_as(ledger, command, subject, run, reason, evidence, next(keys), *given))
        entries.append(corrections[-1].n)
    after = ledger._view_of(max(entries) + 1 if entries else None)
    return RecordedFile(
        subject=delivery.name,
        sha256=evidence,
        first=min(entries) - after.entry(min(entries)).part + 1 if entries else None,
        last=max(entries, default=None),
        net_wh=sum(item.net_wh for item in new),
        recorded=_periods(delivery, plan.free),
        skipped_steps=sum(map(len, plan.same)),
        skipped=_periods(delivery, plan.same),
        corrections=tuple(corrections),
        corrected=_periods(delivery, plan.differing),
        gaps=remaining_gaps(after, delivery.live, delivery.series.gaps),
    )


def _periods(delivery: _Delivery, parts: Iterable[Steps]) -> tuple[Period, ...]:
    zone = delivery.series.period.zone
    intervals = merge_adjacent(sorted((steps.start_utc, steps.end_utc) for steps in parts))
    return tuple(Period(start, end, zone) for start, end in intervals)


def _first_result(ledger: Recorder, delivery: _Delivery, first: int, key: str, by: str | None) -> RecordedFile:
    """The result of the command that first used a key, if it was the same command for the same file.

    The commands are planned again from the state before the first of them, and each returns its first result.
    """
    entry = ledger._view_of().entry(first)
    other = IdempotencyError(
        f"key {quote(key)}",
        f"entry {first} ({entry.type} by {entry.by}, {entry.at}) used it for another command; to retry, repeat the "
        "same arguments; for a new command, use a new key",
    )
    if delivery.file.sha256 not in (entry.event.get("evidence"), entry.event.get("document")):
        raise other
    plan = _planned(ledger._view_of(first), delivery)
    view = ledger._view_of()
    used = [view.key_use(entry.by, f"{key}#{k}") for k in range(2, plan.count + 2)]
    further = used[-1] if plan.count else None
    longer = further is not None and view.entry(further).event.get("evidence") == delivery.file.sha256
    if plan.count == 0 or None in used[:-1] or longer:
        raise other
    return _recorded(ledger, delivery, plan, key, by)
