"""The index of evidence: every digest in a ledger with its description, and the entries and energy that rest on it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Final

from attrs import define, field, frozen

from carbon_ledger.core.descriptions import description_of
from carbon_ledger.core.entries.entry import Entry, recorded_time
from carbon_ledger.core.entries.events import (
    BLOCK_IMPORTED,
    DOCUMENT_DESCRIBED,
    ISSUANCE_RECORDED,
    METHODOLOGY_ATTESTED,
)
from carbon_ledger.core.state.view import View
from carbon_ledger.ledger.queries.descriptions import DocumentDescription, description
from carbon_ledger.ledger.queries.ledger_page.walk import type_of
from carbon_ledger.ledger.review.flags import Cited
from carbon_ledger.ledger.review.questions import Questions
from carbon_ledger.ledger.review.review import questions_of
from carbon_ledger.ledger.snapshot import Snapshot
from carbon_ledger.printing import lines
from carbon_ledger.records import Record
from carbon_ledger.tables import BOOLEAN, DATE, INTEGER, TEXT, TIME, Column, Listing, list_column

_EVIDENCE: Final = b'"evidence":"sha256:'  # in the bytes of an entry that has evidence
_DECLARED: Final = ("fuel_uses", "imports", "leakages")  # of an issuance; each can have evidence of its own


@frozen(kw_only=True, repr=False)
class EvidenceItem(Record):
    """A document that a ledger names by its digest: what it is, and what rests on it.

    Attributes:
        document: The digest: ``sha256:`` and 64 hex digits.
        kind: The kind of document, or None if nobody has described it.
        title: The title, or None.
        issuer: Who issued the document, or None.
        issued: The day on which it was issued, or None.
        covers_from: The first day that the document covers, or None.
        covers_until: The last day that the document covers, or None.
        holder: Who has the document, or None.
        described_by: The number of the entry that describes it now, or None.
        entries: The numbers of the entries that have it as evidence, ascending; of very many, the first.
        entry_count: How many entries there are.
        first_used: When the first of them was recorded, or None without one. [UTC]
        last_used: When the last of them was recorded, or None. [UTC]
        net_wh: Live net energy of devices that was recorded or corrected with it. [Wh]
        claimed_wh: The part of this energy that issuances claim. [Wh]
        imported_units: Units of other registries that were imported with it.
    """

    _in_repr = ("document", "kind", "title", "entry_count", "net_wh")
    _derived = ("is_described",)
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("document", TEXT),
        Column("is_described", BOOLEAN),
        Column("kind", TEXT),
        Column("title", TEXT),
        Column("issuer", TEXT),
        Column("issued", DATE),
        Column("covers_from", DATE),
        Column("covers_until", DATE),
        Column("holder", TEXT),
        Column("described_by", INTEGER),
        list_column("entries", lambda item: item.entries),
        Column("entry_count", INTEGER),
        Column("first_used", TIME),
        Column("last_used", TIME),
        Column("net_wh", INTEGER),
        Column("claimed_wh", INTEGER),
        Column("imported_units", INTEGER),
    )

    document: str
    kind: str | None
    title: str | None
    issuer: str | None
    issued: date | None
    covers_from: date | None
    covers_until: date | None
    holder: str | None
    described_by: int | None
    entries: tuple[int, ...]
    entry_count: int
    first_used: datetime | None
    last_used: datetime | None
    net_wh: int
    claimed_wh: int
    imported_units: int

    @property
    def is_described(self) -> bool:
        """Whether somebody has described the document with `describe_document`."""
        return self.described_by is not None

    def __str__(self) -> str:
        """The item as text."""
        name = f"{self.title} ({self.kind})" if self.is_described else "without a description"
        counted = f"{self.entry_count:,} {'entry' if self.entry_count == 1 else 'entries'}"
        units = f", {self.imported_units:,} imported units" if self.imported_units else ""
        return lines(
            f"{self.document}: {name}",
            f"  evidence of {counted}, {self.net_wh:,} Wh, of which {self.claimed_wh:,} Wh claimed{units}",
            *([f"  held by {self.holder}"] if self.holder is not None else []),
        )


@define
class _Use:
    cited: Cited = field(factory=Cited)
    first: str = ""
    last: str = ""
    net_wh: int = 0
    claimed_wh: int = 0
    units: int = 0


def evidence(reader: Snapshot) -> Listing[EvidenceItem]:
    """The index of evidence: every document that the ledger names by its digest, in the order of its first mention.

    These are the evidence of readings, corrections, calibrations, amendments, imports, labels, holds, relations and
    declared emissions, the attested texts of methodologies, and every document that somebody has described.

    Raises:
        BrokenLogError: The ledger is damaged; audit the ledger.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> digest = f"sha256:{64 * '0'}"
        >>> _ = ledger.describe_document(digest, kind="settlement-statement", title="Settlement of May 2025")
        >>> [(item.title, item.entry_count, item.net_wh) for item in ledger.evidence()]
        [('Settlement of May 2025', 0, 0)]
    """
    return index_of(questions_of(reader))


def index_of(questions: Questions) -> Listing[EvidenceItem]:
    """The index of evidence of a state.

    Args:
        questions: The questions about the state.
    """
    uses = _uses(questions)
    _add_energy(questions, uses)
    return Listing((_item(questions.view, digest, use) for digest, use in uses.items()), EvidenceItem)


def _uses(questions: Questions) -> dict[str, _Use]:
    """The entries that name each document, by its digest."""
    found: dict[str, _Use] = {}
    for data in questions.store.entries(0, questions.view.size):
        kind = type_of(data)
        if kind == DOCUMENT_DESCRIBED:
            found.setdefault(Entry.from_bytes(data).event["document"], _Use())
        elif kind == METHODOLOGY_ATTESTED or _EVIDENCE in data:
            entry = Entry.from_bytes(data)
            for digest in sorted(set(_documents_of(entry.type, entry.event))):
                use = found.setdefault(digest, _Use())
                use.cited.add(entry.n)
                use.first, use.last = use.first or entry.at, entry.at
                if kind == BLOCK_IMPORTED:
                    use.units += entry.event["last"] - entry.event["first"] + 1
    return found


def _documents_of(kind: str, event: Mapping[str, Any]) -> Iterator[str]:
    """The digests of the documents that an event rests on."""
    if "evidence" in event:
        yield event["evidence"]
    if kind == METHODOLOGY_ATTESTED:
        yield event["text"]
    if kind == ISSUANCE_RECORDED:
        for name in _DECLARED:
            yield from (item["evidence"] for item in event.get(name, ()) if "evidence" in item)


def _add_energy(questions: Questions, uses: Mapping[str, _Use]) -> None:
    """Add the live and the claimed energy that rests on each document."""
    for device in questions.devices:
        for run in questions.runs(device):
            digest = questions.source(run.source_n).evidence
            if digest is not None:
                uses[digest].net_wh += run.net_wh
    for project in questions.projects:
        for part in questions.claimed_of(project):
            if part.source.evidence is not None:
                uses[part.source.evidence].claimed_wh += part.net_wh


def _item(view: View, digest: str, use: _Use) -> EvidenceItem:
    entry = description_of(view, digest)
    found: DocumentDescription | None = None if entry is None else description(view, entry)
    names = ("kind", "title", "issuer", "issued", "covers_from", "covers_until", "holder")
    described = {name: None if found is None else getattr(found, name) for name in names}
    return EvidenceItem(
        document=digest,
        described_by=None if found is None else found.n,
        entries=use.cited.first(),
        entry_count=use.cited.count,
        first_used=recorded_time(use.first) if use.first else None,
        last_used=recorded_time(use.last) if use.last else None,
        net_wh=use.net_wh,
        claimed_wh=use.claimed_wh,
        imported_units=use.units,
        **described,
    )
