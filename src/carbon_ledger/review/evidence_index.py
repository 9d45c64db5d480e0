"""How the index of evidence is computed: one walk through the entries, and one through the live runs."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from attrs import define, field

from carbon_ledger.core.descriptions import description_of
from carbon_ledger.core.entries.entry import Entry, recorded_time
from carbon_ledger.core.entries.events import (
    BLOCK_IMPORTED,
    DOCUMENT_DESCRIBED,
    ISSUANCE_RECORDED,
    METHODOLOGY_ATTESTED,
    VERIFICATION_STATED,
)
from carbon_ledger.core.state.view import View
from carbon_ledger.queries.descriptions import DocumentDescription, description
from carbon_ledger.queries.ledger_page.walk import type_of
from carbon_ledger.review.evidence_results import EvidenceItem
from carbon_ledger.review.flags import Cited
from carbon_ledger.review.questions import Questions
from carbon_ledger.tables import Listing

_EVIDENCE: Final = b'"evidence":"sha256:'  # in the bytes of an entry that has evidence
# Fields of events, other than `evidence`, with the digest of a document.
_DOCUMENTS: Final = {METHODOLOGY_ATTESTED: "text", VERIFICATION_STATED: "report"}
_DECLARED: Final = ("fuel_uses", "imports", "leakages")  # of an issuance; each can have evidence of its own


@define
class _Use:
    cited: Cited = field(factory=Cited)
    first: str = ""
    last: str = ""
    net_wh: int = 0
    claimed_wh: int = 0
    units: int = 0


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
        elif kind in _DOCUMENTS or _EVIDENCE in data:
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
    if kind in _DOCUMENTS:
        yield event[_DOCUMENTS[kind]]
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
