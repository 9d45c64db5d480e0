"""The rules: one pure function an event, from the state before it to the rows that follow.

A rule reads a view and returns rows, or refuses. It has no clock, no randomness and no I/O, and it is
the same function at the door and in the audit.
"""

from collections.abc import Callable, Mapping
from typing import Final

from carbon_ledger.core import authority, pinned_zones, readings, registration, timekeeping
from carbon_ledger.core import whole_commands as whole
from carbon_ledger.core.authority import require_authorised
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings import holds, imports, labels, offers, transfers
from carbon_ledger.core.issuance import approvals, conversion, corrections, documents, issuing, voiding
from carbon_ledger.core.state.rows import KeyUse, Row
from carbon_ledger.core.state.store import Store
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import require_no_jump
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.printing import quote

Rule = Callable[[View, Entry], list[Row]]

RULES: Final[Mapping[str, Rule]] = {
    "ledger.opened": registration.opened,
    "account.opened": registration.account,
    "device.registered": registration.device,
    "meter.registered": registration.meter,
    "project.registered": registration.project,
    "registry.registered": registration.other_registry,
    "methodology.adopted": registration.methodology,
    "factor.adopted": registration.factor,
    "generation.recorded": readings.recorded,
    "meter.recorded": readings.metered,
    "generation.corrected": corrections.corrected,
    "document.recorded": documents.document,
    "issuance.recorded": issuing.issued,
    "issuance.voided": voiding.voided,
    "units.transferred": transfers.transferred,
    "units.retired": transfers.retired,
    "units.cancelled": transfers.cancelled,
    "units.withdrawn": voiding.withdrawn,
    "units.exported": imports.exported,
    "units.converted": conversion.converted,
    "block.imported": imports.imported,
    "units.labelled": labels.labelled,
    "units.unlabelled": labels.unlabelled,
    "units.locked": holds.locked,
    "units.released": holds.released,
    "buffer.released": holds.buffer_released,
    "buffer.cancelled": holds.buffer_cancelled,
    "transfer.offered": offers.offered,
    "transfer.accepted": offers.accepted,
    "transfer.ended": offers.ended,
    "role.granted": authority.granted,
    "role.revoked": authority.revoked,
    "quantification.approved": approvals.approved,
    "approval.revoked": approvals.revoked,
    "zone.adopted": pinned_zones.adopted,
    "time.advanced": timekeeping.advanced,
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


def rebuild(store: Store) -> None:
    """Forget what was derived, and run the rule of every entry again, in one transaction.

    Args:
        store: The store.

    Raises:
        BrokenLogError: An entry is none, does not follow, or is missing.
        CarbonLedgerError: A rule refuses its entry; nothing has changed.

    Source:
        Domain invariant 24; ledger-model section 1.
    """
    with store.transaction():
        size = store.size()
        store.forget()
        derived = 0
        for n, data in enumerate(store.entries(0, size)):
            store.derive(apply(store.view(n), Entry.from_bytes(data)))
            derived += 1
        if derived != size:
            raise BrokenLogError(f"the log says it has {size} entries, and {derived} of them are there; audit it")
