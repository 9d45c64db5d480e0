"""What people stated and changed: waivers, attestations, approvals, corrections, withdrawals and retirements."""

from collections.abc import Iterator, Sequence
from heapq import nlargest
from typing import Final

from carbon_ledger.core.entries.entry import Entry, recorded_text
from carbon_ledger.core.entries.events import (
    BUFFER_CANCELLED,
    CORRECTION_STAGED,
    CORRECTIONS,
    ISSUANCE_RECORDED,
    ISSUANCE_VOIDED,
    METHODOLOGY_ATTESTED,
    PROJECT_REGISTERED,
    UNITS_RETIRED,
)
from carbon_ledger.core.holdings.pieces import blocks_of_event, with_continuations
from carbon_ledger.core.issuance.approvals import status_of
from carbon_ledger.core.issuance.corrections import withdrawn_blocks
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of
from carbon_ledger.core.issuance.verifications import statements_of
from carbon_ledger.core.state.rows import meter_run
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import text_of
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.queries.ledger_page.issuances import period_text
from carbon_ledger.queries.ledger_page.scope import Scope
from carbon_ledger.queries.ledger_page.walk import MOST, Newest
from carbon_ledger.queries.retirements import Retirement, retirement_at
from carbon_ledger.queries.verifications import statement_at
from carbon_ledger.reports.ledger_page.contents import Change, Claimed, Listed, Stated, Waived
from carbon_ledger.serials import Block

MOST_BLOCKS: Final = 12  # of a list of serials in one cell


def waivers(scope: Scope, found: Newest) -> Listed[Waived]:
    """The waivers of the newest entries that have some."""
    items = [item for entry in found.newest_first() for item in _waivers(scope, entry)]
    return Listed(tuple(items[:MOST]), found.total, "entries()")


def _waivers(scope: Scope, entry: Entry) -> Iterator[Waived]:
    what, units, instrument = _waived_for(scope, entry)
    for item in entry.event["waivers"]:
        yield Waived(
            entry=entry.n,
            what=what,
            name=item["name"],
            reason=item["reason"],
            by=entry.by,
            units=units,
            instrument=instrument,
        )


def _waived_for(scope: Scope, entry: Entry) -> tuple[str, int | None, str | None]:
    """What an entry with waivers did; of issuances and retirements also their units and the instrument."""
    event, view = entry.event, scope.view
    if entry.type == ISSUANCE_RECORDED:
        issuance = view.issuance(entry.n)
        instrument = view.entry(view.registration("project", event["project"]) or 0).event["instrument"]["id"]
        return f"issuance of {event['project']}", None if issuance is None else issuance.counted, instrument
    if entry.type == UNITS_RETIRED:
        found = retirement_at(view, entry.n)
        return f"retirement for {found.beneficiary}", found.count, found.instrument
    if entry.type == PROJECT_REGISTERED:
        return f"registration of project {event['project']}", None, None
    kind = "correction" if entry.type in CORRECTIONS else "reading"
    return f"{kind} of {event.get('device') or event.get('meter')}", None, None


def attested(found: Newest) -> Listed[Stated]:
    """The newest attestations of texts."""
    items = tuple(
        Stated(
            entry=entry.n,
            at=entry.at,
            by=entry.by,
            subject=entry.event["methodology"],
            note=entry.event["note"],
            document=entry.event["text"],
        )
        for entry in found.newest_first()
        if entry.type == METHODOLOGY_ATTESTED
    )
    return Listed(items, found.total, "attestations(methodology)")


def approvals(scope: Scope) -> Listed[Stated]:
    """The newest approvals of quantifications, with their status."""
    rows = [row for project in scope.projects for row in scope.view.approvals_ever(project)]
    items = tuple(
        Stated(
            entry=found.n,
            at=recorded_text(found.at),
            by=found.by,
            subject=f"{found.project}, {period_text(found.period)}",
            note=found.note,
            document=found.status,
        )
        for row in nlargest(MOST, rows, key=lambda row: row.from_n)
        for found in [status_of(scope.view, row)]
    )
    return Listed(items, len(rows), "approvals(project)")


def verifications(scope: Scope) -> Listed[Stated]:
    """The newest verifiers' statements, and what has become of each."""
    rows = [row for project in scope.projects for row in statements_of(scope.view, project)]
    items = tuple(_verification(scope.view, row.n) for row in nlargest(MOST, rows, key=lambda row: row.n))
    return Listed(items, len(rows), "verifications(project)")


def _verification(view: View, n: int) -> Stated:
    entry = view.entry(n)
    found = statement_at(view, entry)
    units = ", ".join(f"{text_of(amount)} of {year}" for year, amount in sorted(found.quantities.items()))
    open_ones = f"; open: {', '.join(found.open_requests)}" if found.open_requests else ""
    if found.replaced_by is not None:
        status = f"replaced by entry {found.replaced_by}"
    elif found.overtaken_by:
        status = f"overtaken by entry {found.overtaken_by[0]}"
    else:
        status = "stands"
    return Stated(
        entry=n,
        at=entry.at,
        by=entry.by,
        subject=f"{found.project}, {period_text(found.period)}",
        note=f"{found.body}: {found.opinion}, {found.assurance} assurance, {units or 'no quantity'}{open_ones}",
        document=status,
    )


def changes(scope: Scope, found: Newest) -> Listed[Change]:
    """The newest corrections, voided issuances, withdrawals and cancelled buffers."""
    items = tuple(_change(scope.view, entry) for entry in found.newest_first())
    return Listed(items, found.total, "entries()")


def _change(view: View, entry: Entry) -> Change:
    if entry.type in CORRECTIONS:
        return _correction(view, entry)
    event = entry.event
    if entry.type == ISSUANCE_VOIDED:
        row = [item.batch.count for item in view.batches(event["issuance"])]
        kind, subject, units = "voided issuance", f"issuance of entry {event['issuance']}", sum(row)
    else:
        blocks = [block for part in with_continuations(view, entry) for block in blocks_of_event(part.event)]
        kind = "cancelled buffer" if entry.type == BUFFER_CANCELLED else "withdrawal"
        subject, units = blocks_text(blocks), sum(block.count for block in blocks)
    return Change(
        entry=entry.n,
        at=entry.at,
        by=entry.by,
        kind=kind,
        subject=subject,
        reason=event["reason"],
        withdrawn=units,
    )


def _correction(view: View, entry: Entry) -> Change:
    """A correction with the energy of its interval before and after, over all entries of its command."""
    first = entry.n - entry.part + 1
    command = (view.entry(n) for n in range(first, entry.n + 1))
    columns = [item.event for item in command if item.type in (CORRECTION_STAGED, *CORRECTIONS)]
    start = min(instant_of(event["start"]) for event in columns)
    end = max(instant_of(event["start"]) + event["step_s"] * len(event["net_wh"]) for event in columns)
    meter = entry.event.get("meter")
    subject = entry.event["device"] if meter is None else meter_run(meter)
    replaced = [row for row in view.readings_ever(subject, start, end) if row.to_n == entry.n]
    parts = (RunPart(row, max(row.start_utc, start), min(row.end_utc, end)) for row in replaced)
    return Change(
        entry=entry.n,
        at=entry.at,
        by=entry.by,
        kind="correction",
        subject=f"{entry.event['device'] if meter is None else meter}, {Period(start, end)}",
        reason=entry.event["reason"],
        before_wh=sum(energy_of(view, part)[0] for part in parts),
        after_wh=sum(sum(event["net_wh"]) for event in columns),
        withdrawn=sum(block.count for block in withdrawn_blocks(entry.event)) or None,
        evidence=entry.event["evidence"],
    )


def retirements(scope: Scope, found: Newest) -> Listed[Claimed]:
    """The newest retirements."""
    items = tuple(claimed(retirement_at(scope.view, entry.n)) for entry in found.newest_first())
    return Listed(items, found.total, "retirements(account)")


def claimed(item: Retirement) -> Claimed:
    """A retirement as the page shows it."""
    return Claimed(
        entry=item.n,
        number=item.number,
        at=recorded_text(item.at),
        account=item.account,
        beneficiary=item.beneficiary,
        purpose=item.purpose,
        period=period_text(item.period),
        instrument=item.instrument,
        units=item.count,
        serials=blocks_text(item.blocks),
    )


def blocks_text(blocks: Sequence[Block]) -> str:
    """The blocks in words: the first ones, and how many more there are."""
    shown = ", ".join(map(str, blocks[:MOST_BLOCKS]))
    rest = len(blocks) - MOST_BLOCKS
    return f"{shown} and {rest:,} more blocks" if rest > 0 else shown
