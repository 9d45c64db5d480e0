"""The rules: one pure function an event, from the state before it to the rows that follow.

A rule reads a view and returns rows, or refuses. It has no clock, no randomness and no I/O, and it is
the same function at the door and in the audit.
"""

from collections.abc import Callable, Mapping
from typing import Final

from carbon_ledger.errors import BrokenLogError
from carbon_ledger.ledger.authority import require_authorised
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.rules import (
    approvals,
    clock,
    conversions,
    corrections,
    documents,
    externals,
    holds,
    issuing,
    labelling,
    movements,
    offers,
    readings,
    registrations,
    roles,
    whole,
    zoning,
)
from carbon_ledger.ledger.state import KeyUse, Row, View
from carbon_ledger.ledger.timekeeping import require_no_jump
from carbon_ledger.printing import quote

Rule = Callable[[View, Entry], list[Row]]

RULES: Final[Mapping[str, Rule]] = {
    "ledger.opened": registrations.opened,
    "account.opened": registrations.account,
    "device.registered": registrations.device,
    "meter.registered": registrations.meter,
    "project.registered": registrations.project,
    "registry.registered": registrations.other_registry,
    "methodology.adopted": registrations.methodology,
    "factor.adopted": registrations.factor,
    "generation.recorded": readings.recorded,
    "meter.recorded": readings.metered,
    "generation.corrected": corrections.corrected,
    "document.recorded": documents.document,
    "issuance.recorded": issuing.issued,
    "issuance.voided": issuing.voided,
    "units.transferred": movements.transferred,
    "units.retired": movements.retired,
    "units.cancelled": movements.cancelled,
    "units.withdrawn": movements.withdrawn,
    "units.exported": externals.exported,
    "units.converted": conversions.converted,
    "block.imported": externals.imported,
    "units.labelled": labelling.labelled,
    "units.unlabelled": labelling.unlabelled,
    "units.locked": holds.locked,
    "units.released": holds.released,
    "buffer.released": holds.buffer_released,
    "buffer.cancelled": holds.buffer_cancelled,
    "transfer.offered": offers.offered,
    "transfer.accepted": offers.accepted,
    "transfer.ended": offers.ended,
    "role.granted": roles.granted,
    "role.revoked": roles.revoked,
    "quantification.approved": approvals.approved,
    "approval.revoked": approvals.revoked,
    "zone.adopted": zoning.adopted,
    "time.advanced": clock.advanced,
}


def apply(view: View, entry: Entry) -> list[Row]:
    """Apply an entry to the state before it.

    Args:
        view: The state of all entries before.
        entry: The next entry.

    Returns:
        The rows that are true from it on.

    Raises:
        BrokenLogError: The entry does not follow the one before.
        RefusedError: It was recorded more than 400 days after the one before.
        NotAuthorisedError: Its actor has no role for it.
        CarbonLedgerError: Its own rule refuses it.

    Source:
        ledger-model section 1; domain invariants 24 and 26.
    """
    if entry.n != view.size:
        raise BrokenLogError(f"entry {entry.n} stands at place {view.size}")
    if (entry.key is None) != (entry.digest is None):
        raise BrokenLogError(f"entry {entry.n}: an idempotency key and its digest come together")
    if entry.part > entry.parts:
        raise BrokenLogError(f"entry {entry.n} is part {entry.part} of {entry.parts}")
    if entry.n > 0:
        _require_follows(view.entry(entry.n - 1), entry)
        require_authorised(view, entry)
    elif entry.type != "ledger.opened" or entry.parts != 1 or entry.key is not None:
        raise BrokenLogError(
            f"entry 0 is {entry.type}, part 1 of {entry.parts}; expected ledger.opened alone, without a key"
        )
    rows = RULES[entry.type](view, entry)
    if entry.key is not None and entry.part == 1:
        if view.key_use(entry.by, entry.key) is not None:
            raise BrokenLogError(f"entry {entry.n}: {quote(entry.by)} used idempotency key {quote(entry.key)} before")
        rows.append(KeyUse(entry.key, entry.by, entry.n))
    if entry.part == entry.parts:
        earlier = [view.entry(n) for n in range(entry.n - entry.parts + 1, entry.n)]
        whole.require_command(view, [*earlier, entry])
    return rows


def _require_follows(before: Entry, entry: Entry) -> None:
    if entry.at <= before.at:
        raise BrokenLogError(f"entry {entry.n} was recorded at {entry.at}, not after {before.at}")
    require_no_jump(before, entry.type, entry.at)
    whole = before.part == before.parts
    if (entry.part == 1) != whole:
        raise BrokenLogError(
            f"entry {entry.n} is part {entry.part} of {entry.parts}, after part {before.part} of {before.parts}"
        )
    if not whole and (entry.part, entry.parts, entry.key, entry.digest, entry.by) != (
        before.part + 1,
        before.parts,
        before.key,
        before.digest,
        before.by,
    ):
        raise BrokenLogError(f"entry {entry.n} does not continue the command of entry {before.n}")
    if before.type == "document.recorded":
        documents.require_follows_document(before, entry)
