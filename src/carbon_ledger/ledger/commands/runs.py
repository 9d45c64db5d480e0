"""Record a run of readings, or correct readings by a run: what all commands about readings do in the end."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from carbon_ledger.arguments import checked_evidence, required_evidence, some_waivers
from carbon_ledger.canonical import identifier
from carbon_ledger.column import Column
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    GENERATION_CORRECTED,
    GENERATION_RECORDED,
    METER_CORRECTED,
    METER_RECORDED,
)
from carbon_ledger.core.entries.splitting import (
    Events,
    correction_events,
    run_arguments,
    run_events,
    run_request,
    without_none,
)
from carbon_ledger.core.issuance.corrected_runs import corrected_shares, request_for
from carbon_ledger.core.issuance.corrections import effects_of, results_record, withdrawn_blocks
from carbon_ledger.core.issuance.documents import document_events
from carbon_ledger.core.readings import owed_of, shared
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.ledger.wants import device_wants
from carbon_ledger.metering.readings import Readings
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.records import Record
from carbon_ledger.serials import Block
from carbon_ledger.texts import text
from carbon_ledger.waivers import Waiver, waivers_of


@frozen(repr=False)
class Recorded(Record):
    """The entries and the energy that a command recorded.

    Attributes:
        first: Number of the first entry.
        last: Number of the last entry.
        net_wh: Net energy recorded. [Wh]

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> roof = ledger.register_device(cl.Device(id="roof", name="School roof", technology="solar/photovoltaic",
        ...     capacity="80 kW", country="AU", grid="AU", zone="Australia/Sydney", commissioned="2024-02-01"))
        >>> march = cl.Period.month(2024, 3, zone="Australia/Sydney")
        >>> ledger.record_generation("roof", march, net="9.4 MWh").net_wh
        9400000
        >>> ledger.record_readings("roof", start="2024-04-01T12:00+11:00", step="1 hour", net_wh=[52_000, 48_500])
        Recorded(first=3, last=3, net_wh=100500)
    """

    first: int
    last: int
    net_wh: int


def recorded(entries: Sequence[Entry]) -> Recorded:
    """The `Recorded` of the entries of a command that records readings."""
    return Recorded(entries[0].n, entries[-1].n, sum(map(_total, entries)))


def _total(entry: Entry) -> int:
    column = entry.event["net_wh"]
    return column.total if isinstance(column, Column) else sum(column)


def checked_run(run: object) -> Readings:
    """A run of readings that a caller passed, checked.

    Raises:
        QuantityError: *run* is not a `Readings`.
    """
    if not isinstance(run, Readings):
        raise QuantityError(f"run {quote(run)}: expected Readings, such as one of MeterFile.runs")
    return run


def record_run_as(
    ledger: Recorder,
    name: str,
    device: str,
    run: Readings,
    evidence: str | None,
    key: str | None,
    by: str | None,
    named: Period | None,
    waivers: Iterable[Waiver] | Waiver,
    series: str | None = None,
    now: datetime | None = None,
) -> Recorded:
    """Record a run of readings of a device, as the command *name*.

    Args:
        name: The name of the command, to which the idempotency key is bound.
        device: The device's id.
        run: The run.
        evidence, key, by, waivers: As for the command.
        named: A period whose zone the caller named.
        series: The series of the evidence, a file, as the file names it; None if the readings are of no file's series.
        now: The time of the first entry, if the clock was asked already.
    """
    identifier(device, "device")
    given = {"evidence": checked_evidence(evidence), "series": series, "waivers": some_waivers(waivers)}
    fields = without_none(device=device, **given)
    arguments = {} if key is None else run_request({**fields, **run_arguments(run)})
    events = run_events(GENERATION_RECORDED, run, fields)
    wants, plan = device_wants(device, run.start_utc, run.end_utc), lambda _: events
    return recorded(
        ledger._record(name, arguments, plan, key=key, by=by, named=named, now=now, wants=wants, rehearsed=False)
    )


def record_shared_as(
    ledger: Recorder,
    name: str,
    meter: str,
    run: Readings,
    evidence: str | None,
    key: str | None,
    by: str | None,
    named: Period | None,
    waivers: Iterable[Waiver] | Waiver,
    series: str | None = None,
) -> Recorded:
    """Record a run of a shared meter, with the readings of its devices, as the command *name*.

    Args:
        name: The name of the command, to which the idempotency key is bound.
        meter: The meter's id.
        run: The meter's run.
        evidence, key, by, waivers: As for the command.
        named: A period whose zone the caller named.
        series: The series of the evidence, a file, as the file names it; None if the readings are of no file's series.
    """
    identifier(meter, "meter")
    given = {"evidence": checked_evidence(evidence), "series": series, "waivers": some_waivers(waivers)}
    fields = without_none(meter=meter, **given)
    about = {**fields, **run_arguments(run)}
    arguments = {} if key is None else run_request(about)

    def plan(view: View) -> Events:
        found = lookup.meter(view, meter)
        events = run_events(METER_RECORDED, run, fields, columns=1 + len(found.shares))
        owed, planned = owed_of(view, found), []
        for kind, event in events:
            parts = shared(view, found, event["net_wh"], owed)
            planned.append((kind, {**event, "devices": parts.columns}))
            owed = parts.owed
        return planned

    return recorded(ledger._record(name, arguments, plan, key=key, by=by, named=named, about=about))


@frozen(kw_only=True, repr=False)
class Correction(Record):
    """The entry, the issuances and the units that a correction changed.

    Attributes:
        n: Number of the entry that recorded the correction.
        issuances: Entry numbers of the issuances that the correction changed.
        withdrawn: Units that were withdrawn from the account that they were issued to.
    """

    n: int
    issuances: tuple[int, ...]
    withdrawn: tuple[Block, ...]


def _correction(entry: Entry) -> Correction:
    return Correction(
        n=entry.n,
        issuances=tuple(item["issuance"] for item in entry.event["issuances"]),
        withdrawn=withdrawn_blocks(entry.event),
    )


def correct_as(
    ledger: Recorder,
    name: str,
    subject: tuple[str, str],
    run: Readings,
    reason: str,
    evidence: str,
    key: str | None,
    by: str | None,
    named: Period | None,
    waivers: Iterable[Waiver] | Waiver,
    series: str | None = None,
) -> Correction:
    """Replace readings of a device, or of a shared meter and its devices, by a run, as the command *name*.

    Args:
        name: The name of the command, to which the idempotency key is bound.
        subject: ``device`` or ``meter``, and its id.
        run: The run.
        reason, evidence, key, by, waivers: As for the command.
        named: A period whose zone the caller named.
        series: The series of the evidence, a file, as the file names it; None if the readings are of no file's series.
    """
    fields = _fields(subject, reason, evidence, waivers, series)

    def plan(view: View) -> Events:
        if "meter" not in fields:
            return _planned(view, GENERATION_CORRECTED, run, fields, {})
        parts = decide(view, corrected_shares, fields["meter"], run, waivers_of(fields))
        columns = {name: Column(column) for name, column in parts.columns.items()}
        return _planned(view, METER_CORRECTED, run, fields, columns)

    arguments = without_none(**fields, **run_arguments(run))
    return _correction(ledger._record(name, arguments, plan, key=key, by=by, named=named)[-1])


def _fields(
    subject: tuple[str, str], reason: str, evidence: str, waivers: Iterable[Waiver] | Waiver, series: str | None
) -> dict[str, Any]:
    """The fields of a correction that say what is corrected, why, by which document, and which checks are waived."""
    kind, name = subject
    named = {kind: identifier(name, kind)}
    digest = required_evidence(evidence, f"correction of {kind} {name}")
    given = {"evidence": digest, "series": series, "waivers": some_waivers(waivers)}
    return without_none(**named, reason=text(reason, "reason"), **given)


def _planned(
    view: View, kind: str, run: Readings, fields: Mapping[str, Any], columns: Mapping[str, Column]
) -> list[tuple[str, Mapping[str, Any]]]:
    """The events of a correction: the parts of its column but the last, the quantifications, and the last part."""
    subject = "meter" if columns else "device"
    effects = decide(view, effects_of, request_for(subject, fields[subject], run, columns, fields.get("waivers")))
    names = [item.result.digest for item in effects.effects]
    documents = [part for item in effects.effects for part in document_events(item.result.to_bytes())]
    *staged, (_, event) = correction_events(kind, run, fields, columns)
    return [*staged, *documents, (kind, {**event, **results_record(effects, names)})]
