"""What the page of an auditor shows of a review: plain values for the page, from the records of a review."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Final

from attrs import evolve

from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import calibrations, due_on
from carbon_ledger.core.in_force import device_at
from carbon_ledger.exact import arithmetic, plain
from carbon_ledger.projects import Project
from carbon_ledger.queries.ledger_page.scope import Scope
from carbon_ledger.queries.ledger_page.units import batches
from carbon_ledger.records import seconds_text
from carbon_ledger.reports.ledger_page.amounts import Listed
from carbon_ledger.reports.ledger_page.review_contents import (
    Disposed,
    Flagged,
    InstrumentTotals,
    ProjectTotals,
    ReviewContents,
    Rows,
    Threshold,
    Value,
    WaiverTotals,
)
from carbon_ledger.review.evidence_index import index_of
from carbon_ledger.review.evidence_results import EvidenceCheck
from carbon_ledger.review.flags import SEVERITIES
from carbon_ledger.review.questions import Questions
from carbon_ledger.review.results import ORIGINS, Review, WaiverUse
from carbon_ledger.review.sampling import Materiality

MOST: Final = 50  # rows of a table
MOST_FLAGS: Final = 200
MOST_DOCUMENTS: Final = 200
MOST_INSTRUMENTS: Final = 8
_LISTED: Final = 12  # entries that a row lists


def review_contents(
    questions: Questions,
    review: Review,
    disposed: Mapping[str, Disposed] | None,
    threshold: Materiality | None,
    check: EvidenceCheck | None,
) -> ReviewContents:
    """What the page of an auditor shows, but for a sample and for changes.

    Args:
        questions: The questions about the state that was reviewed.
        review: The review.
        disposed: What the auditor noted, by the key of the flag; or None.
        threshold: The threshold of materiality that the auditor chose, or None.
        check: The check of a folder of documents, or None.
    """
    scope = Scope(questions.view, questions.store, questions.at_utc, questions.only)
    return ReviewContents(
        size=review.size,
        root=review.root,
        projects=review.projects,
        rules=review.rules,
        thresholds=review.parameters.changed(),
        flags_since=review.since,
        claimed_wh=review.claimed_wh,
        produced=_produced(questions),
        origins=tuple((_origin(name), sum(getattr(item, name) for item in review.origins)) for name in ORIGINS),
        by_project=_by_project(review),
        waivers=_waivers(review),
        severities=tuple((severity, review.count(severity)) for severity in SEVERITIES),
        flags=_flags(review, disposed or {}),
        in_full=_in_full(review),
        instruments=_instruments(questions, scope),
        totals=_totals(questions),
        plants=_plants(questions),
        meters=_meters(questions),
        evidence=_evidence(questions, check),
        threshold=None if threshold is None else _threshold(threshold),
        has_dispositions=disposed is not None,
    )


def _origin(name: str) -> str:
    return name.removesuffix("_wh")


def rows_of(
    title: str, columns: Iterable[tuple[str, str, str]], records: Iterable[object], see: str, most: int = MOST
) -> Rows:
    """A table of records, of which a bounded number is shown.

    Args:
        title: What the table shows.
        columns: The heading of each column, its kind, and the name of the attribute.
        records: The records.
        see: The query that gives all of them.
        most: The most rows.
    """
    found, shown = tuple(columns), list[tuple[Value, ...]]()
    total = 0
    for item in records:
        total += 1
        if len(shown) < most:
            shown.append(tuple(_value(getattr(item, name, None)) for _, _, name in found))
    return Rows(
        title=title, columns=tuple((head, kind) for head, kind, _ in found), rows=tuple(shown), total=total, see=see
    )


def _value(value: Any) -> Value:
    """A value of a record as a plain value."""
    if value is None or (isinstance(value, int | Decimal | str) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value.strftime("%Y-%m-%d %H:%M:%S UTC") if hasattr(value, "hour") else str(value)


def _produced(questions: Questions) -> tuple[str, str] | None:
    """When the first claimed step begins and the last one ends."""
    spans = [
        (claim.start_utc, claim.end_utc)
        for project in questions.projects
        for issuance in questions.issuances(project)
        for claim in questions.view.claims_of(issuance.n)
    ]
    if not spans:
        return None
    return seconds_text(min(start for start, _ in spans)), seconds_text(max(end for _, end in spans))


def _by_project(review: Review) -> Rows:
    heads = [(_origin(name).replace("_", " "), "mwh", name) for name in ORIGINS]
    columns = [("project", "name", "project"), ("claimed", "mwh", "claimed_wh"), *heads]
    found = (item for item in review.origins if item.claimed_wh)
    return rows_of("Origin of the claimed energy by project, MWh", columns, found, "review().origins")


def _waivers(review: Review) -> Listed[WaiverTotals]:
    found = sorted(review.waivers, key=lambda item: (-item.lifted_wh, item.project, item.name, item.reason))
    return Listed(tuple(map(_waiver, found[:MOST])), len(found), "review().waivers")


def _waiver(item: WaiverUse) -> WaiverTotals:
    return WaiverTotals(
        project=item.project,
        name=item.name,
        reason=item.reason,
        entries=", ".join(map(str, item.entries)),
        uses=item.uses,
        needed=item.needed,
        idle=item.idle,
        lifted_wh=item.lifted_wh,
        lifted_units=item.lifted_units,
    )


def _flags(review: Review, disposed: Mapping[str, Disposed]) -> Listed[Flagged]:
    shown = tuple(
        Flagged(
            rule=f"{item.rule}@{item.version}",
            severity=item.severity,
            subject=item.subject,
            cause=item.cause,
            entries=item.entries,
            entry_count=item.entry_count,
            key=item.key,
            exposure_wh=item.exposure_wh,
            exposure_units=item.exposure_units,
            ask=item.ask,
            disposed=disposed.get(item.key),
        )
        for item in review.flags[:MOST_FLAGS]
    )
    return Listed(shown, len(review.flags), "review().flags")


def _in_full(review: Review) -> Rows:
    columns = [("what", "text", "what"), ("entries", "entries", "entries"), ("how many", "number", "count")]
    return rows_of("Always tested in full, beside the sample", columns, review.in_full, "review().in_full")


def _instruments(questions: Questions, scope: Scope) -> Listed[InstrumentTotals]:
    """The units of each instrument that a project or an import has; those with unsupported units come first."""
    issued: dict[str, int] = {}
    imported: dict[str, int] = {}
    states: dict[str, dict[str, int]] = {}
    for found in batches(scope):
        batch = found.batch
        into = issued if batch.registry is None else imported
        into[batch.instrument] = into.get(batch.instrument, 0) + batch.count
        counts = states.setdefault(batch.instrument, {})
        for piece in questions.view.pieces(batch.batch_id, 1, batch.count):
            counts[piece.state] = counts.get(piece.state, 0) + piece.count
    projects = [questions.project(name) for name in questions.projects]
    names = sorted({*states, *(item.instrument.id for item in projects)})
    rows = [
        _instrument(
            questions, name, [item for item in projects if item.instrument.id == name], issued, imported, states
        )
        for name in names
    ]
    rows.sort(key=lambda item: -item.unsupported)
    return Listed(tuple(rows[:MOST_INSTRUMENTS]), len(names), "reconcile(project, period)")


def _instrument(
    questions: Questions,
    name: str,
    projects: Iterable[Project],
    issued: Mapping[str, int],
    imported: Mapping[str, int],
    states: Mapping[str, Mapping[str, int]],
) -> InstrumentTotals:
    totals = [_total(questions, item) for item in projects]
    n = questions.view.registration("instrument", name)
    with arithmetic():
        amount = plain(sum((item.amount for item in totals), Decimal(0)))
    return InstrumentTotals(
        instrument=name,
        unit="" if n is None else str(questions.event(n)["instrument"]["unit"]),
        issued=issued.get(name, 0),
        imported=imported.get(name, 0),
        counted=sum(item.counted for item in totals),
        unsupported=sum(ceil(Fraction(max(Decimal(0), item.carry.copy_negate()))) for item in totals),
        amount=amount,
        states=dict(states.get(name, {})),
    )


def _totals(questions: Questions) -> Listed[ProjectTotals]:
    shown = tuple(_total(questions, questions.project(name)) for name in questions.projects[:MOST])
    return Listed(shown, len(questions.projects), "carry(project)")


def _total(questions: Questions, project: Project) -> ProjectTotals:
    """A project, and the sums of the carry of all its vintages."""
    rows = questions.view.carry(project.id)
    with arithmetic():
        amount = plain(sum((row.claimed for row in rows), Decimal(0)))
        adjustments, counted = sum(row.adjustments for row in rows), sum(row.counted for row in rows)
        carry = plain(amount + adjustments - counted)
    return ProjectTotals(
        project=project.id,
        instrument=project.instrument.id,
        unit=project.instrument.unit,
        methodology=_methodology(questions, project),
        amount=amount,
        adjustments=adjustments,
        counted=counted,
        carry=carry,
    )


def _methodology(questions: Questions, project: Project) -> str | None:
    """A project's methodology in words, with how sure its text is."""
    if project.methodology is None:
        return None
    n = questions.view.registration("methodology", project.methodology)
    event = {} if n is None else questions.event(n)
    return f"{project.methodology}: {event.get('title', '')} [{event.get('confidence', 'not stated')}]"


def _plants(questions: Questions) -> Rows:
    columns = (
        ("device", "name"),
        ("name", "name"),
        ("technology", "text"),
        ("capacity W", "number"),
        ("country", "text"),
        ("commissioned", "text"),
        ("place", "text"),
        ("external identifiers", "text"),
        ("projects", "text"),
    )
    names = questions.devices[:MOST]
    rows = tuple(_plant(questions, name) for name in names)
    return Rows(
        title="Plants, as in force now", columns=columns, rows=rows, total=len(questions.devices), see="devices()"
    )


def _plant(questions: Questions, name: str) -> tuple[Value, ...]:
    found = device_at(questions.view, name, questions.at_utc)
    place = None if found.latitude is None else f"{found.latitude}, {found.longitude}"
    return (
        found.id,
        found.name,
        found.technology,
        found.capacity_w,
        found.country,
        None if found.commissioned is None else str(found.commissioned),
        place,
        ", ".join(f"{scheme} {text}" for scheme, text in found.identifiers.items()) or None,
        ", ".join(item for item in questions.projects if name in questions.project(item).devices) or "none",
    )


def _meters(questions: Questions) -> Rows:
    columns = (
        ("meter", "name"),
        ("devices, by weight", "text"),
        ("maker", "name"),
        ("serial number", "name"),
        ("class", "text"),
        ("resolution Wh", "number"),
        ("installed", "text"),
        ("last calibration", "text"),
        ("next one due", "text"),
    )
    rows = tuple(_meter(questions, name) for name in questions.meters[:MOST])
    return Rows(title="Meters", columns=columns, rows=rows, total=len(questions.meters), see="meters()")


def _meter(questions: Questions, name: str) -> tuple[Value, ...]:
    meter, known = lookup.meter(questions.view, name), calibrations(questions.view, name)
    due = due_on(meter, known)
    return (
        meter.id,
        ", ".join(f"{device} {weight}" for device, weight in meter.shares.items()),
        meter.manufacturer,
        meter.serial_number,
        meter.accuracy_class,
        meter.resolution_wh,
        None if meter.installed is None else str(meter.installed),
        f"{known[-1].calibration.done}" if known else "none in the ledger",
        None if due is None else str(due),
    )


_TICKS: Final = ("requested", "received", "digest equal", "says so")
_DOCUMENT: Final = (
    ("digest", "mono", "document"),
    ("kind", "text", "kind"),
    ("title", "text", "title"),
    ("issuer", "name", "issuer"),
    ("issued", "text", "issued"),
    ("held by", "name", "holder"),
    ("entries", "entries", "entries"),
    ("MWh", "mwh", "net_wh"),
    ("of it claimed", "mwh", "claimed_wh"),
    *((name, "blank", "") for name in _TICKS),
)


def _evidence(questions: Questions, check: EvidenceCheck | None) -> Rows:
    """The index of evidence; a page of some projects has the documents that their energy rests on."""
    found = (item for item in index_of(questions) if questions.only is None or item.net_wh or item.claimed_wh)
    rows = rows_of("Documents, by their digests", _DOCUMENT, found, "evidence()", MOST_DOCUMENTS)
    if check is None:
        return rows
    missing = {item.document for item in check.missing}
    ticked = tuple(
        (*row[: -len(_TICKS)], None, *(("no file", "no file") if row[0] in missing else ("yes", "equal")), None)
        for row in rows.rows
    )
    return evolve(rows, rows=ticked)


def _threshold(found: Materiality) -> Threshold:
    with arithmetic():
        percent = plain(found.share * 100)
    return Threshold(
        programme=found.programme,
        percent=percent,
        threshold_t=found.threshold_t,
        performance_t=found.performance_t,
        source=found.source,
        certainty=found.certainty,
    )
