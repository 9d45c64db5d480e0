"""Questions about described documents and about relations of accounts."""

from bisect import bisect_left
from datetime import date, datetime

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.descriptions import DAYS, DOCUMENT, description_of, layout_of
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import RELATION_DECLARED
from carbon_ledger.core.numbered import count, nth
from carbon_ledger.core.relations import kind_of
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import UnknownThingError
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.periods.instants import checked_date
from carbon_ledger.printing import named
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.records import Record


@frozen(repr=False)
class DocumentDescription(Record):
    """What a document is.

    Attributes:
        n: The number of the entry that describes it.
        at: When it was described. [UTC]
        by: Who described it.
        document: The digest of the document.
        kind: The kind of document, e.g. ``settlement-statement``.
        title: The title, as the document has it.
        issuer: Who issued the document, or None.
        issued: The day on which it was issued, or None.
        covers_from: The first day that the document covers, or None.
        covers_until: The last day that the document covers, or None.
        holder: Who has the document, or None.
        entries: The numbers of all entries that describe the document, oldest first.
        layout: The layout that the document is read by, or None; the latest one if there were several.
    """

    _in_repr = ("n", "kind", "title")

    n: int
    at: datetime
    by: str
    document: str
    kind: str
    title: str
    issuer: str | None
    issued: date | None
    covers_from: date | None
    covers_until: date | None
    holder: str | None
    entries: tuple[int, ...]
    layout: MeterLayout | None = None


@frozen(repr=False)
class Relation(Record):
    """A declared relation of an account to another account.

    Attributes:
        n: The number of the entry that declares it.
        at: When it was declared. [UTC]
        by: Who declared it.
        account: The account that has the relation.
        other: The account that it is related to.
        relation: What *account* is to *other*, e.g. ``owner``.
        reason: How this is known, in words.
        evidence: Digest of a document that shows it, or None.
        ended_n: The number of the entry that ended it, or None.
    """

    n: int
    at: datetime
    by: str
    account: str
    other: str
    relation: str
    reason: str
    evidence: str | None
    ended_n: int | None = None


def description(view: View, entry: Entry) -> DocumentDescription:
    """The description that an entry gives of a document."""
    event = entry.event
    name = event["document"]
    numbers = [view.registration(DOCUMENT, nth(name, k)) for k in range(1, count(view, DOCUMENT, name) + 1)]
    days = {field: checked_date(event[field], field) if field in event else None for field in DAYS}
    return DocumentDescription(
        n=entry.n,
        at=entry.recorded_at,
        by=entry.by,
        document=name,
        kind=event["kind"],
        title=event["title"],
        issuer=event.get("issuer"),
        holder=event.get("holder"),
        entries=tuple(n for n in numbers if n is not None),
        layout=layout_of(view, name),
        **days,
    )


def document(reader: Snapshot, digest: str) -> DocumentDescription:
    """The description of a document.

    Args:
        digest: The digest of the document, as `digest_file` returns it.

    Raises:
        RefusedError: The document is not described.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> digest = f"sha256:{64 * '0'}"
        >>> _ = ledger.describe_document(digest, kind="settlement-statement", title="Settlement of May 2025",
        ...     issuer="AEMO", issued="2025-06-04", covers_from="2025-05-01", covers_until="2025-05-31")
        >>> ledger.document(digest).title
        'Settlement of May 2025'
    """
    view = reader._view()
    found = description_of(view, digest) if isinstance(digest, str) else None
    if found is None:
        raise UnknownThingError(
            f"document {named(digest)}",
            "not described in this ledger; describe it with describe_document(), or see documents()",
            rule="unknown-document",
        )
    return description(view, found)


def meter_layout(reader: Snapshot, digest: str) -> MeterLayout:
    """The layout that a meter file is read by, so that somebody who has the file can read it again.

    Args:
        digest: The digest of the file, as `digest_file` returns it, e.g. the evidence of a reading.

    Raises:
        RefusedError: No layout is recorded for the file.

    Example:
        >>> import carbon_ledger as cl
        >>> layout = cl.MeterLayout(name="plant", zone="Asia/Baku", time={"columns": "time", "step": "15 min"},
        ...                         values={"column": "net", "unit": "kWh"})
        >>> ledger = cl.open_ledger(":memory:")
        >>> digest = f"sha256:{64 * '0'}"
        >>> _ = ledger.describe_document(digest, kind="meter-file", title="may.csv", layout=layout)
        >>> ledger.meter_layout(digest) == layout
        True
    """
    found = layout_of(reader._view(), digest) if isinstance(digest, str) else None
    if found is None:
        raise UnknownThingError(
            f"document {named(digest)}",
            "no layout is recorded for it; record the file with record_meter_file(), or its layout with "
            "describe_document(layout=)",
            rule="unknown-layout",
        )
    return found


def documents(reader: Snapshot) -> tuple[DocumentDescription, ...]:
    """Every described document with its latest description, in the order in which they were first described."""
    view = reader._view()
    names = [name for name in view.registrations(DOCUMENT) if "#" not in name]
    found = (description_of(view, name) for name in names)
    return tuple(description(view, entry) for entry in found if entry is not None)


def relation_at(view: View, entry: Entry) -> Relation:
    """The relation that an entry declares or ends."""
    kind, name = kind_of(entry.event["account"]), f"{entry.event['relation']} {entry.event['other']}"
    times = range(1, count(view, kind, name) + 1)
    k = times[bisect_left(times, entry.n, key=lambda k: view.registration(kind, nth(name, k)) or 0)]
    start = k if k % 2 else k - 1
    declared = view.entry(view.registration(kind, nth(name, start)) or 0)
    event = declared.event
    return Relation(
        n=declared.n,
        at=declared.recorded_at,
        by=declared.by,
        account=event["account"],
        other=event["other"],
        relation=event["relation"],
        reason=event["reason"],
        evidence=event.get("evidence"),
        ended_n=view.registration(kind, nth(name, start + 1)),
    )


def relations(reader: Snapshot, account: str) -> tuple[Relation, ...]:
    """Every declared relation of an account, in either direction, oldest first; ended relations included.

    Args:
        account: The account's id.

    Raises:
        UnknownAccountError: There is no such account.
    """
    view = reader._view()
    kind = kind_of(lookup.account(view, account))
    numbers = [view.registration(kind, name) or 0 for name in view.registrations(kind)]
    entries = [view.entry(n) for n in numbers]
    return tuple(relation_at(view, entry) for entry in entries if entry.type == RELATION_DECLARED)
