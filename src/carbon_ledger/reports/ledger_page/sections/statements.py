"""Sections about what people stated and changed: attestations and approvals; corrections, voids and withdrawals."""

from collections.abc import Iterator
from typing import Final

from carbon_ledger.reports.ledger_page.contents import Change, LedgerContents, Stated
from carbon_ledger.reports.ledger_page.markup import Cell, Column, Html, entry, more, mwh, table, time
from carbon_ledger.reports.ledger_page.page import Section

_COLUMNS: Final = (Column("entry", "state"), Column("recorded"), Column("by", "name"))


def attestations(contents: LedgerContents) -> Section:
    """Attested texts of methodologies, approvals of quantifications, and verifiers' statements."""
    return Section("attestations", "Attestations, approvals and verifications", _attestations(contents))


def _attestations(contents: LedgerContents) -> Iterator[str]:
    found = contents.attestations
    if found.items:
        columns = [*_COLUMNS, Column("methodology", "name"), Column("what was compared"), Column("document", "mono")]
        yield from table("Attested texts of methodologies", columns, map(_stated, found.items))
        yield more(found)
    else:
        yield "<p>Nobody attested that the rules of a methodology agree with its text.</p>"
    if contents.approvals.items:
        columns = [*_COLUMNS, Column("quantification"), Column("note"), Column("status")]
        yield from table("Approvals of quantifications by verifiers", columns, map(_stated, contents.approvals.items))
        yield more(contents.approvals)
    else:
        yield "<p>No quantification was approved by a verifier.</p>"
    if contents.verifications.items:
        columns = [*_COLUMNS, Column("period"), Column("what was stated"), Column("status")]
        yield from table("Verifiers' statements", columns, map(_stated, contents.verifications.items))
        yield more(contents.verifications)
    else:
        yield "<p>No verifier's statement is recorded.</p>"


def _stated(item: Stated) -> tuple[Cell, ...]:
    return entry(item.entry), time(item.at), item.by, item.subject, item.note or None, item.document


def changes(contents: LedgerContents) -> Section:
    """Corrections of readings, voided issuances and withdrawn units."""
    return Section("changes", "Corrections and withdrawals", _changes(contents))


def _changes(contents: LedgerContents) -> Iterator[str]:
    if not contents.changes.items:
        yield "<p>No reading was corrected, no issuance was voided, and no unit was withdrawn.</p>"
        return
    yield "<p>Nothing is overwritten: what was recorded before a correction is still in the ledger.</p>"
    columns = [
        *_COLUMNS[:1],
        Column("what"),
        Column("of"),
        Column("before MWh", "number"),
        Column("after MWh", "number"),
        Column("difference MWh", "number"),
        Column("units withdrawn", "number"),
        Column("reason"),
        Column("recorded"),
        Column("by", "name"),
        Column("evidence", "mono"),
    ]
    yield from table(
        "Corrections, voided issuances and withdrawals, newest first", columns, map(_change, contents.changes.items)
    )
    yield more(contents.changes)


def _change(item: Change) -> tuple[Cell, ...]:
    before, after = item.before_wh, item.after_wh
    energy = (None, None, None) if before is None or after is None else (before, after, after - before)
    shown = (None if wh is None else Html(mwh(wh)) for wh in energy)
    rest = (item.withdrawn, item.reason, time(item.at), item.by, item.evidence)
    return entry(item.entry), item.kind, item.subject, *shown, *rest
