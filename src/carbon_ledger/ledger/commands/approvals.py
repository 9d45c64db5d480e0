"""Commands by which a verifier approves a quantification, or takes an approval back."""

from collections.abc import Mapping
from typing import Any

from carbon_ledger.core import lookup
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
    """The documents and approvals of a quantification; for granular certificates, of each device."""
    project = lookup.project(view, result.project)
    parts = [result]
    if project.instrument.granular:
        now = decide(view, quantify, project, result.period, None, result.waivers)
        for difference in differences(result.to_record(), now.to_record(), here="given", there="computed again"):
            raise stale(result, difference)
        # An issuance of granular certificates is of one device, so its approval is too.
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
    """Approve exactly this quantification, as its verifier; its whole document is kept in the log.

    The approval lapses if a reading or a claim that it covered changes, and an issuance uses it up.

    Args:
        quantification: What `quantify` gave.
        note: What the verifier wants to say.
        key: Idempotency key.
        by: The actor, a verifier; not the one who will issue.

    Returns:
        The approval; for granular certificates one for each device, as `issue` issues them.

    Raises:
        RefusedError: The readings have changed since; or *by* approved it already.
        UnknownProjectError: No such project.
        DoubleIssuanceError: Every step is claimed by now.
        GapError, StraddlingStepError: The period can no longer be quantified like this.
        NotAuthorisedError: *by* is no verifier.
        QuantityError: *quantification* is none, or *note* is no text.
    """
    if not isinstance(quantification, Quantification):
        raise QuantityError(f"quantification {quote(quantification)}: expected what quantify() gives")
    said = None if note is None else text(note, "note")
    arguments = without_none(quantification=quantification.digest, note=said)
    entries = ledger._record(
        "approve",
        arguments,
        lambda view: _approval_events(view, quantification, said),
        key=key,
        by=by,
        named=quantification.period,
    )
    view = ledger._store.view(entries[-1].n + 1)
    made = [entry.n for entry in entries if entry.type == QUANTIFICATION_APPROVED]
    return tuple(status_of(view, approval_at(view, n)) for n in made)


def revoke_approval(
    ledger: Recorder, approval: int | ApprovalStatus, *, reason: str, key: str | None = None, by: str | None = None
) -> None:
    """Revoke an approval that no issuance has used.

    Args:
        approval: The approval, or the number of its entry.
        reason: Why.
        key: Idempotency key.
        by: The actor, a verifier.

    Raises:
        RefusedError: There is no such approval, it is another ledger's, or it was used or revoked before.
        NotAuthorisedError: *by* is no verifier.
        QuantityError: *reason* is no text.
    """
    n = approval.n if isinstance(approval, ApprovalStatus) else approval
    event = {"approval": n, "reason": text(reason, "reason")}

    def plan(view: View) -> Events:
        if isinstance(approval, ApprovalStatus):
            require_own_approval(view, approval)
        return [(APPROVAL_REVOKED, event)]

    ledger._record("revoke_approval", event, plan, key=key, by=by)
