"""The rules: for each type of event, a pure function from the state before the event to the rows that it adds.

A rule reads a view, and returns rows or raises a refusal. It uses no clock, no randomness and no I/O. Commands, audits
and `rebuild` run the same rules.
"""

from collections.abc import Callable, Mapping
from typing import Final

from attrs import frozen

from carbon_ledger.core import (
    amendments,
    attestations,
    authority,
    calibrations,
    descriptions,
    pinned_zones,
    readings,
    registration,
    relations,
    timekeeping,
)
from carbon_ledger.core.authority import (
    ISSUER,
    METER_OPERATOR,
    REGISTRAR,
    VERIFIER,
    Permission,
    ending_parties,
    field,
    holder,
    require_authorised,
    transferee,
)
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import DOCUMENT_RECORDED, LEDGER_OPENED
from carbon_ledger.core.holdings import holds, imports, labels, offers, transfers
from carbon_ledger.core.issuance import (
    approvals,
    conversion,
    corrected_runs,
    corrections,
    documents,
    issuing,
    verifications,
    voiding,
)
from carbon_ledger.core.methodologies import NOTHING, Known, replayed_view
from carbon_ledger.core.state.rows import KeyUse, Row
from carbon_ledger.core.state.store import Store
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import require_no_jump
from carbon_ledger.core.whole_commands import require_command
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.printing import quote


@frozen
class Rule:
    """The rule of a type of event.

    Attributes:
        rows: A function that returns the rows that an entry adds, from the state before the entry, or refuses it.
        may: Who may record the event, if the ledger's policy is ``roles``.
    """

    rows: Callable[[View, Entry], list[Row]]
    may: Permission


# Every type of event, its rule, and who may record it. docs/reference/authority.md has the same table.
RULES: Final[Mapping[str, Rule]] = {
    "ledger.opened": Rule(registration.opened, Permission("open the ledger", ())),
    "account.opened": Rule(registration.account, Permission("open an account", (REGISTRAR,))),
    "account.amended": Rule(amendments.account_amended, Permission("amend an account", (REGISTRAR,))),
    "device.registered": Rule(registration.device, Permission("register a device", (REGISTRAR,))),
    "device.amended": Rule(amendments.device_amended, Permission("amend a device", (REGISTRAR,))),
    "meter.registered": Rule(registration.meter, Permission("register a meter", (REGISTRAR,))),
    "meter.calibrated": Rule(calibrations.calibrated, Permission("record a calibration", (METER_OPERATOR,))),
    "project.registered": Rule(registration.project, Permission("register a project", (REGISTRAR,))),
    "registry.registered": Rule(registration.other_registry, Permission("register another registry", (REGISTRAR,))),
    "methodology.adopted": Rule(registration.methodology, Permission("adopt a methodology", (REGISTRAR, ISSUER))),
    "methodology.attested": Rule(
        attestations.attested, Permission("attest the text of a methodology", (REGISTRAR, VERIFIER, ISSUER))
    ),
    "factor.adopted": Rule(registration.factor, Permission("adopt an emission factor", (REGISTRAR, ISSUER))),
    "generation.recorded": Rule(readings.recorded, Permission("record a device's readings", (METER_OPERATOR,))),
    "meter.recorded": Rule(readings.metered, Permission("record a meter's readings", (METER_OPERATOR,))),
    "correction.staged": Rule(corrected_runs.staged, Permission("correct readings", (METER_OPERATOR,))),
    "generation.corrected": Rule(corrections.corrected, Permission("correct readings", (METER_OPERATOR,))),
    "meter.corrected": Rule(corrections.corrected, Permission("correct a meter's readings", (METER_OPERATOR,))),
    "document.recorded": Rule(documents.document, Permission("record a document", (METER_OPERATOR, VERIFIER, ISSUER))),
    "document.described": Rule(
        descriptions.described,
        Permission("describe a document", (REGISTRAR, METER_OPERATOR, VERIFIER, ISSUER)),
    ),
    "issuance.recorded": Rule(issuing.issued, Permission("issue units", (ISSUER,))),
    "issuance.voided": Rule(voiding.voided, Permission("void an issuance", (ISSUER,))),
    "units.transferred": Rule(
        transfers.transferred, holder("transfer units", "the transferring account", field("from"))
    ),
    "units.retired": Rule(transfers.retired, holder("retire units", "the account", field("account"))),
    "units.cancelled": Rule(transfers.cancelled, holder("cancel units", "the account", field("account"))),
    "units.withdrawn": Rule(voiding.withdrawn, Permission("withdraw units", (ISSUER,))),
    "units.exported": Rule(imports.exported, holder("export units", "the account", field("account"))),
    "units.converted": Rule(conversion.converted, holder("convert units", "the account", field("account"))),
    "block.imported": Rule(imports.imported, Permission("import units", (ISSUER,))),
    "units.labelled": Rule(labels.labelled, Permission("label units", (ISSUER,))),
    "units.unlabelled": Rule(labels.unlabelled, Permission("remove a label from units", (ISSUER,))),
    "units.locked": Rule(holds.locked, Permission("lock units", (REGISTRAR,))),
    "units.released": Rule(holds.released, Permission("release locked units", (REGISTRAR,))),
    "buffer.released": Rule(holds.buffer_released, Permission("release buffered units", (ISSUER,))),
    "buffer.cancelled": Rule(holds.buffer_cancelled, Permission("cancel buffered units", (ISSUER,))),
    "transfer.offered": Rule(offers.offered, holder("offer units", "the offering account", field("from"))),
    "transfer.accepted": Rule(offers.accepted, holder("accept an offer", "the receiving account", transferee)),
    "transfer.ended": Rule(
        offers.ended,
        holder(
            "end an offer",
            "the receiving account (reject), the offering account (revoke), or either (time out)",
            ending_parties,
        ),
    ),
    "relation.declared": Rule(relations.declared, Permission("declare a relation of accounts", (REGISTRAR,))),
    "relation.ended": Rule(relations.ended, Permission("end a relation of accounts", (REGISTRAR,))),
    "role.granted": Rule(authority.granted, Permission("grant a role", (REGISTRAR,))),
    "role.revoked": Rule(authority.revoked, Permission("revoke a role", (REGISTRAR,))),
    "quantification.approved": Rule(approvals.approved, Permission("approve a quantification", (VERIFIER,))),
    "approval.revoked": Rule(approvals.revoked, Permission("revoke an approval", (VERIFIER,))),
    "verification.stated": Rule(verifications.stated, Permission("state a verification", (VERIFIER,))),
    "zone.adopted": Rule(pinned_zones.adopted, Permission("adopt the rules of a time zone", (REGISTRAR,))),
    "time.advanced": Rule(timekeeping.advanced, Permission("record that time has passed", (REGISTRAR,))),
}


def apply(view: View, entry: Entry) -> list[Row]:
    """The rows that an entry adds to the state.

    Args:
        view: The state before the entry.
        entry: The next entry.

    Returns:
        The rows that are valid from this entry.

    Raises:
        BrokenLogError: The entry is out of sequence.
        RefusedError: The entry was recorded more than 400 days after the entry before it.
        NotAuthorisedError: The actor has no role that may record the entry.
        CarbonLedgerError: The rule of its event refuses the entry.

    Source:
        ledger-model section 1; domain invariants 24 and 26.
    """
    if entry.n != view.size:
        raise BrokenLogError(f"the entry at position {view.size} has the number {entry.n}, expected {view.size}")
    if (entry.key is None) != (entry.digest is None):
        raise BrokenLogError(f"entry {entry.n}: expected an idempotency key and a digest, or neither of them")
    if entry.part > entry.parts:
        raise BrokenLogError(f"entry {entry.n} is part {entry.part} of {entry.parts}, expected at most {entry.parts}")
    if entry.n > 0:
        _require_follows(view.entry(entry.n - 1), entry)
        require_authorised(view, entry, RULES[entry.type].may)
    elif entry.type != LEDGER_OPENED or entry.parts != 1 or entry.key is not None:
        raise BrokenLogError(
            f"entry 0 is {entry.type}, part 1 of {entry.parts}; expected ledger.opened alone, without a key"
        )
    rows = RULES[entry.type].rows(view, entry)
    if entry.key is not None and entry.part == 1:
        if view.key_use(entry.by, entry.key) is not None:
            raise BrokenLogError(
                f"entry {entry.n}: {quote(entry.by)} has already used the idempotency key {quote(entry.key)}"
            )
        rows.append(KeyUse(entry.key, entry.by, entry.n))
    if entry.part == entry.parts:
        earlier = [view.entry(n) for n in range(entry.n - entry.parts + 1, entry.n)]
        require_command(view, [*earlier, entry])
    return rows


def _require_follows(before: Entry, entry: Entry) -> None:
    if entry.at <= before.at:
        raise BrokenLogError(f"entry {entry.n} was recorded at {entry.at}, expected a time after {before.at}")
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
    if before.type == DOCUMENT_RECORDED:
        documents.require_follows_document(before, entry)


def rebuild(store: Store, known: Known = NOTHING) -> None:
    """Clear all derived rows, and derive them again by the rule of every entry, in one transaction.

    Args:
        store: The store.
        known: Methodologies of the caller's own. The figures of one that is missing, or of other code, are taken as
            they are recorded: only an audit says that they were.

    Raises:
        BrokenLogError: An entry is malformed, out of sequence, or missing. Nothing has changed.
        CarbonLedgerError: A rule refuses its entry. Nothing has changed.

    Source:
        Domain invariant 24; ledger-model section 1.
    """
    with store.transaction():
        size = store.size()
        store.clear_projections()
        derived = 0
        for n, data in enumerate(store.entries(0, size)):
            entry = Entry.from_bytes(data)
            store.write_rows(apply(replayed_view(store.view(n), entry, known), entry))
            derived += 1
        if derived != size:
            raise BrokenLogError(f"the log has {derived} entries, expected {size}; audit it")
