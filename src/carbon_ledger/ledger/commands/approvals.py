"""Commands by which a verifier approves a quantification, or revokes an approval."""

from collections.abc import Mapping, Sequence
from typing import Any

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import APPROVAL_REVOKED, QUANTIFICATION_APPROVED
from carbon_ledger.core.entries.splitting import Events, without_none
from carbon_ledger.core.issuance.approvals import (
    ApprovalStatus,
    approval_at,
    approval_event,
    require_own_approval,
    stale,
    status_of,
)
from carbon_ledger.core.issuance.declarations import Declarations
from carbon_ledger.core.issuance.documents import document_events
from carbon_ledger.core.issuance.quantifying import quantifications, quantify
from carbon_ledger.core.pinned_zones import with_rules
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.methodologies import Quantification
from carbon_ledger.methodologies.quantification import differences
from carbon_ledger.printing import quote
from carbon_ledger.texts import text


def _approval_events(view: View, result: Quantification, note: str | None) -> Events:
    """The document and the approval of a quantification; for granular certificates, those of each device."""
    project = lookup.project(view, result.project)
    parts = [result]
    if project.instrument.granular:
        now = decide(view, quantify, project, result.period, None, result.waivers)
        for difference in differences(result.to_record(), now.to_record(), here="given", there="computed again"):
            raise stale(result, difference)
        # Granular certificates are issued for each device, so each device has an approval.
        parts = quantifications(view, project, result.period, None, result.waivers, Declarations())
    events: list[tuple[str, Mapping[str, Any]]] = []
    for part in parts:
        events += document_events(part.to_bytes())
        event = approval_event(project, part, note)
        # Of several approvals the first pins the rules of the period's zone.
        first = not any(kind == QUANTIFICATION_APPROVED for kind, _ in events)
        events.append((QUANTIFICATION_APPROVED, with_rules(view, event, part.period.zone) if first else event))
    return events


def approve(
    ledger: Recorder,
    quantification: Quantification,
    *,
    note: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[ApprovalStatus, ...]:
    """Approve exactly this quantification, as its verifier; the log stores its whole document.

    The approval lapses if a reading or a claim that it covers changes. One issuance can use the approval.

    Args:
        quantification: The quantification that `quantify` returned.
        note: A remark of the verifier, in words.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor, a verifier but not the later issuer; by default, the actor that the ledger was opened with.

    Returns:
        The approval; for granular certificates, one approval for each device, as `issue` makes one issuance for each.

    Raises:
        RefusedError: The readings or the claims have changed since; or *by* has approved the quantification already.
        UnknownProjectError: There is no such project.
        DoubleIssuanceError: Every step of the period is claimed by now.
        GapError, StraddlingStepError: The period can no longer be quantified in this way.
        NotAuthorisedError: *by* is not a verifier.
        QuantityError: *quantification* is not a `Quantification`, or *note* is empty or not text.
    """
    if not isinstance(quantification, Quantification):
        raise QuantityError(
            f"quantification {quote(quantification)}: expected a Quantification; pass what quantify() returns"
        )
    note_text = None if note is None else text(note, "note")
    arguments = without_none(quantification=quantification.digest, note=note_text)
    return ledger._recorded(
        _made,
        "approve",
        arguments,
        lambda view: _approval_events(view, quantification, note_text),
        key=key,
        by=by,
        named=quantification.period,
        about={"project": quantification.project, "factor": quantification.factor_id},
    )


def _made(view: View, entries: Sequence[Entry]) -> tuple[ApprovalStatus, ...]:
    made = [entry.n for entry in entries if entry.type == QUANTIFICATION_APPROVED]
    return tuple(status_of(view, approval_at(view, n)) for n in made)


def revoke_approval(
    ledger: Recorder, approval: int | ApprovalStatus, *, reason: str, key: str | None = None, by: str | None = None
) -> None:
    """Revoke an approval that no issuance has used.

    Args:
        approval: The approval, or the number of its entry.
        reason: The reason, in words.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor, a verifier; by default, the actor that the ledger was opened with.

    Raises:
        RefusedError: There is no such approval; or it belongs to another ledger, or was used or revoked before.
        NotAuthorisedError: *by* is not a verifier.
        QuantityError: *reason* is empty or not text.
    """
    n = approval.n if isinstance(approval, ApprovalStatus) else approval
    event = {"approval": n, "reason": text(reason, "reason")}

    def plan(view: View) -> Events:
        if isinstance(approval, ApprovalStatus):
            require_own_approval(view, approval)
        return [(APPROVAL_REVOKED, event)]

    ledger._record("revoke_approval", event, plan, key=key, by=by)
