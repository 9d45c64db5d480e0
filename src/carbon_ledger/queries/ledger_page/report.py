"""The report of a ledger, written as one page of HTML."""

import os
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from attrs import evolve

from carbon_ledger.audit.report import AuditReport, audit
from carbon_ledger.core.authority import policy_of
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import QuantityError, StoreError
from carbon_ledger.files import require_new, write_pieces
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.printing import quote
from carbon_ledger.publishing.publish import Published, checkpoint_of, note_of, require_consistent
from carbon_ledger.publishing.receipts import make_receipt
from carbon_ledger.queries.ledger_page.energy import project_energies
from carbon_ledger.queries.ledger_page.issuances import calculations, carries, factors_of, issuances
from carbon_ledger.queries.ledger_page.scope import Scope, checked_names
from carbon_ledger.queries.ledger_page.statements import (
    approvals,
    attested,
    changes,
    retirements,
    verifications,
    waivers,
)
from carbon_ledger.queries.ledger_page.units import unit_contents
from carbon_ledger.queries.ledger_page.walk import MOST, walked
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.reports.ledger_page.contents import Checks, Head, LedgerContents, Listed
from carbon_ledger.reports.ledger_page.proof import Proof, fits, proof_of
from carbon_ledger.reports.ledger_page.report import ledger_page
from carbon_ledger.reports.ledger_page.review_contents import ReviewContents
from carbon_ledger.texts import line

MOST_RECEIPTS: Final = 200

Receipt = tuple[int, bytes, bytes]


def write_report(
    reader: Snapshot,
    path: str | os.PathLike[str],
    *,
    projects: Iterable[str] | None,
    accounts: Iterable[str] | None,
    title: str | None,
    prepared_by: str | None,
    checkpoint: bytes | Published | None,
    audit_report: AuditReport | None,
    review: ReviewContents | None = None,
) -> str:
    """Write the report of a ledger; see `pages.report`.

    Raises:
        QuantityError: The review is of another state; or as `pages.report` raises it.
        StoreError, ForkError, FormatError, UnknownThingError: As `pages.report` raises them.
    """
    require_new(path, StoreError)
    found = audit_report if audit_report is not None or reader._size is not None else _audited(reader)
    scope = scope_of(reader, found, projects, accounts)
    note = None if checkpoint is None else note_for(scope, checkpoint)
    kind = "Report" if review is None else "Review"
    head = head_of(reader, scope, f"{kind} of {scope.ledger_id}", title=title, prepared_by=prepared_by, note=note)
    if review is not None and (review.size, review.root) != (head.size, head.root):
        raise QuantityError(
            f"review_page: the review is of {review.size:,} entries with the root {review.root}, but the page is of "
            f"{head.size:,} with {head.root}; review this state, or write the page of that state with "
            f"as_of(entry={review.size - 1})"
        )
    contents = evolve(ledger_contents(scope, head, _checks(head, scope, found)), review=review)
    return _written(path, scope, contents, note)


def _audited(reader: Snapshot) -> AuditReport:
    return audit(reader._store, known=reader._known)


def _written(path: str | os.PathLike[str], scope: Scope, contents: LedgerContents, note: bytes | None) -> str:
    proof = _proof(scope, contents, note)
    return write_pieces(path, (piece.encode("utf-8") for piece in ledger_page(contents, proof)), StoreError)


def scope_of(reader: Snapshot, found: object, projects: object = None, accounts: object = None) -> Scope:
    """What a report of a reader's state is about: exactly the entries that were audited, if there was an audit.

    Args:
        reader: The reader.
        found: What an audit returned, or None.
        projects: The projects that the report is restricted to, or None.
        accounts: The accounts that the report is restricted to, or None.

    Raises:
        QuantityError: *projects* or *accounts* is not a sequence.
        UnknownProjectError: There is no such project.
        UnknownAccountError: There is no such account.
    """
    size = reader._size
    if size is None and isinstance(found, AuditReport) and 0 < found.size <= reader._store.size():
        size = found.size  # others may have written since
    if reader._size is not None:
        reader._view()  # refuses a state that was rolled back
    view = reader._view_of(size)
    return Scope(
        view,
        reader._store,
        second_of(reader._at or view.entry(view.size - 1).at),
        checked_names(view, projects, "projects"),
        checked_names(view, accounts, "accounts"),
    )


def note_for(scope: Scope, checkpoint: bytes | Published) -> bytes:
    """The bytes of a checkpoint that the ledger continues.

    Raises:
        ForkError: The checkpoint is not of this ledger.
        FormatError: It is not a signed checkpoint.
    """
    note = note_of(checkpoint)
    require_consistent(scope.store, checkpoint_of(note), "report")
    return note


def head_of(
    reader: Snapshot, scope: Scope, words: str, *, title: str | None, prepared_by: str | None, note: bytes | None
) -> Head:
    """What a page is about.

    Raises:
        QuantityError: *title* or *prepared_by* is not a line of text.
    """
    view, first = scope.view, scope.view.entry(0).event
    signed = None if note is None else checkpoint_of(note)
    state = "the same root" if signed and signed.size == view.size else "an earlier state"
    return Head(
        title=words if title is None else line(title, "title"),
        ledger_id=first["ledger"],
        size=view.size,
        root=root_hash(view.size, scope.store.tile).hex(),
        as_of=reader._at or view.entry(view.size - 1).at,
        policy=policy_of(view),
        software=first["software"],
        made_by=software(),
        prepared_by=None if prepared_by is None else line(prepared_by, "prepared_by"),
        checkpoint=None if signed is None else f"{signed.origin}, {signed.size:,} entries: {state}",
    )


def software() -> str:
    """The name and the version of this library."""
    try:
        return f"carbon_ledger {version('carbon-ledger')}"
    except PackageNotFoundError:
        return "carbon_ledger"


def ledger_contents(scope: Scope, head: Head, checks: Checks | None) -> LedgerContents:
    """Everything that the page shows.

    Args:
        scope: What the report is about.
        head: What the page is about.
        checks: What the audit found.
    """
    walk = walked(scope)
    listed = issuances(scope)
    found = calculations(scope, listed, walk.corrected)
    return LedgerContents(
        head=head,
        projects=scope.only_projects,
        accounts=scope.only_accounts,
        opened_at=scope.view.entry(0).at,
        actors=walk.actors,
        units=unit_contents(scope),
        energy=project_energies(scope),
        carries=carries(scope),
        issuances=listed,
        calculations=found,
        waivers=waivers(scope, walk.waivers),
        factors=factors_of(found),
        attestations=attested(walk.attestations),
        approvals=approvals(scope),
        verifications=verifications(scope),
        changes=changes(scope, walk.changes),
        retirements=retirements(scope, walk.retirements),
        checks=checks,
    )


def _checks(head: Head, scope: Scope, found: object) -> Checks | None:
    """What an audit found, if the audit is of the state of the page; a page of a part has no notes, which name others.

    Raises:
        QuantityError: It is of another state, or *found* is not the report of an audit.
    """
    if found is None:
        return None
    if not isinstance(found, AuditReport) or found.size != head.size:
        given = f"an audit of {found.size} entries" if isinstance(found, AuditReport) else quote(found)
        raise QuantityError(
            f"report: audit_report is {given}, expected what audit() returned for a ledger of {head.size} entries"
        )
    failed, notes = {item.check for item in found.findings}, found.notes[:MOST] if scope.is_whole else ()
    return Checks(
        passed=found.passed and found.root == head.root,
        size=found.size,
        root=found.root,
        checks=tuple((name, count, name not in failed) for name, count in found.checks),
        findings=Listed(tuple(map(str, found.findings[:MOST])), len(found.findings), "audit()"),
        not_run=found.not_run,
        not_recomputed=tuple(map(str, found.not_recomputed)),  # an audit lists a bounded number
        notes=Listed(tuple((item.entry, item.detail) for item in notes), len(found.notes), "audit()"),
    )


def _cited(found: LedgerContents) -> Sequence[int]:
    """The entries that a page cites, newest first."""
    stated = (found.attestations, found.approvals, found.verifications)
    lists = (found.issuances, found.waivers, *stated, found.changes, found.retirements)
    numbers = {item.entry for listed in lists for item in listed.items}
    if found.review is not None:
        numbers |= {n for item in found.review.flags.items for n in item.entries[:MOST]}
        numbers |= set() if found.review.sample is None else {item.entry for item in found.review.sample.items.items}
    return sorted({0, *numbers}, reverse=True)


def _proof(scope: Scope, contents: LedgerContents, note: bytes | None) -> Proof:
    """The part of the page that verifies itself: all entries; or those that the page cites, with receipts."""
    head, size, cited = contents.head, contents.head.size, _cited(contents)
    whole = scope.is_whole and fits(scope.store.entries(0, size))
    found = () if whole or note is None else tuple(receipts(scope, cited, note))
    entries: Iterator[bytes] | None = scope.store.entries(0, size) if whole else None
    return proof_of(
        ledger_id=head.ledger_id,
        size=size,
        root=head.root,
        entries=entries,
        receipts=found,
        checkpoint=note,
        review=None if contents.review is None else contents.review.data,
    )


def receipts(scope: Scope, numbers: Iterable[int], note: bytes) -> Iterator[Receipt]:
    """The entries with these numbers that a checkpoint commits to, each with its receipt; at most `MOST_RECEIPTS`."""
    size = checkpoint_of(note).size
    within = [n for n in numbers if n < size][:MOST_RECEIPTS]
    for n in within:
        yield n, next(scope.store.entries(n, n + 1)), make_receipt(scope.store, n, note)
