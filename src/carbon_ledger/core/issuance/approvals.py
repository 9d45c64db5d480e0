"""Approvals of quantifications: the status of each, and the rules that record, revoke and use them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import evolve, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.attestations import attestations_of
from carbon_ledger.core.calibrations import changes_since
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import CORRECTION_STAGED, CORRECTIONS, ISSUANCE_RECORDED, QUANTIFICATION_APPROVED
from carbon_ledger.core.intervals import Interval, subtract
from carbon_ledger.core.issuance.activities import rests_on_earlier
from carbon_ledger.core.issuance.baseline_years import baseline_span
from carbon_ledger.core.issuance.documents import quantification_at, recorded_quantification, require_documents
from carbon_ledger.core.issuance.quantifying import recomputed
from carbon_ledger.core.methodologies import as_recorded
from carbon_ledger.core.pinned_zones import pinned_zone, zone_in
from carbon_ledger.core.state.rows import Approval, Claim, Reading, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import require_past_period
from carbon_ledger.errors import BrokenLogError, RefusedError, UnknownThingError
from carbon_ledger.methodologies import Quantification
from carbon_ledger.methodologies.quantification import differences
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.records import Record

ReadingsOf = Callable[[str, int, int], Sequence[Reading]]

STANDING: Final = "standing"
LAPSED: Final = "lapsed"
USED: Final = "used"
REVOKED: Final = "revoked"


@frozen(kw_only=True, repr=False)
class ApprovalStatus(Record):
    """A verifier's approval of exactly one quantification, and its status.

    Attributes:
        n: The number of the entry that recorded the approval.
        at: The recorded time of that entry, UTC.
        by: The actor who approved.
        project: The project's id.
        period: The monitoring period.
        device: For granular certificates, the device that was quantified; otherwise None.
        quantification: Digest of the quantification. Its document is in the log, right before the approval.
        note: The verifier's note; an empty text if there is no note.
        status: ``standing``, ``lapsed`` (something it covered changed), ``used`` (by an issuance) or ``revoked``.
        ended_n: The entry that changed the status; None while the approval is standing.
    """

    _in_repr = ("n", "project", "status", "by", "period")

    n: int
    at: datetime
    by: str
    project: str
    period: Period
    device: str | None
    quantification: str
    note: str
    status: str
    ended_n: int | None


def approval_at(view: View, n: int) -> Approval:
    """The approval that entry *n* recorded, whether or not it has ended.

    Raises:
        RefusedError: Entry *n* does not record an approval.
        BrokenLogError: Entry *n* records an approval, but its row is missing.
    """
    entry = view.entry(n) if type(n) is int and 0 <= n < view.size else None
    if entry is None or entry.type != QUANTIFICATION_APPROVED:
        raise UnknownThingError(
            f"approval {n}",
            "no such approval in this ledger; give the number of an approval's entry, see approvals(project)",
            rule="unknown-approval",
        )
    found = view.approval(entry.event["project"], n)
    if found is None:
        raise BrokenLogError(f"approval {n}: entry {n} records an approval, but its row is missing; audit the ledger")
    return found


def status_of(view: View, approval: Approval) -> ApprovalStatus:
    """An approval with its status in this state."""
    entry = view.entry(approval.from_n)
    status, ended_n = STANDING, approval.to_n
    if ended_n is None:
        ended_n = changed_by(view, approval)
        status = STANDING if ended_n is None else LAPSED
    else:
        status = USED if view.entry(ended_n).type == ISSUANCE_RECORDED else REVOKED
    return ApprovalStatus(
        n=entry.n,
        at=entry.recorded_at,
        by=entry.by,
        project=approval.project,
        period=Period.from_record(entry.event["period"]),
        device=entry.event.get("device"),
        quantification=approval.quantification,
        note=entry.event.get("note", ""),
        status=status,
        ended_n=ended_n,
    )


def require_own_approval(view: View, approval: ApprovalStatus) -> None:
    """Refuse an approval that was recorded in another ledger, even if this ledger has an approval with the same number.

    Raises:
        RefusedError: This ledger has no approval with that number, or a different approval has it.
    """
    found = status_of(view, approval_at(view, approval.n))
    if (found.at, found.by, found.quantification) != (approval.at, approval.by, approval.quantification):
        raise UnknownThingError(
            f"approval {approval.n}",
            lookup.belongs_elsewhere("approvals", "approvals(project)"),
            rule="unknown-approval",
        )


def changed_by(view: View, approval: Approval) -> int | None:
    """The number of the first entry that changed what an approval covers, or None.

    A change counts even if a later entry changed it back. An approval covers every reading of its devices in the
    period, and every claim on those readings; an approval of credits also covers the meters of the devices and their
    calibrations. It covers that nobody attested the text of the methodology, because the first attestation is a line of
    the quantification. Where a historic baseline is subtracted once a year, the approval also covers the claims and the
    corrections in the rest of those years.

    Source:
        ledger-model sections 3 and 7: what determines a quantification.
    """
    return min(_changes(view, approval, view.readings_ever), default=None)


def stands(view: View, approval: Approval) -> bool:
    """Whether an approval is standing: nothing that it covers has changed, and it was neither used nor revoked.

    Only live readings are read. They show whether there is a change, but not which change was the first.

    Source:
        As `changed_by`, which returns the first change.
    """
    return approval.to_n is None and not _changes(view, approval, view.readings)


def _changes(view: View, approval: Approval, readings: ReadingsOf) -> set[int]:
    """The entries after an approval that changed what it covers, as far as these readings show."""
    project, since = lookup.project(view, approval.project), approval.from_n + 1
    device = view.entry(approval.from_n).event.get("device")
    start, end = approval.start_utc, approval.end_utc
    # The first attestation of the methodology's text becomes a line of the quantification.
    found = {item.n for item in attestations_of(view, project.methodology)[:1]}
    for name in project.devices if device is None else (device,):
        # The entry that recorded the values. A correction next to the period splits a run, but changes no value in it.
        found |= {row.source_n for row in readings(name, start, end)}
        found |= _claiming(view.claims_since(since, name, start, end), start, end)
        if project.methodology is not None:
            found |= changes_since(view, name, since)
        if rests_on_earlier(project):
            span = baseline_span(view, project, start, end, approval.from_n)
            found |= _claiming(view.claims_since(since, name, *span), *span)
            sources = {row.source_n for row in readings(name, *span)}
            found |= {n for n in sources if n >= since and view.entry(n).type in (*CORRECTIONS, CORRECTION_STAGED)}
    return {n for n in found if n >= since}


def _claiming(claims: Sequence[Claim], start_utc: int, end_utc: int) -> set[int]:
    """Entries that claimed or released steps. Splitting a claim is not a change for the steps that remain claimed."""
    began: dict[tuple[int, int | None], list[Interval]] = {}
    ended: dict[tuple[int, int | None], list[Interval]] = {}
    for claim in claims:
        span = claim.start_utc, claim.end_utc
        began.setdefault((claim.issuance_n, claim.from_n), []).append(span)
        ended.setdefault((claim.issuance_n, claim.to_n), []).append(span)
    found: set[int] = set()
    for claim in claims:
        start, end = max(claim.start_utc, start_utc), min(claim.end_utc, end_utc)
        for n, others in ((claim.from_n, ended), (claim.to_n, began)):
            if n is not None and any(subtract(start, end, others.get((claim.issuance_n, n), ()))):
                found.add(n)
    return found


def approval_event(project: Project, result: Quantification, note: str | None) -> dict[str, Any]:
    """The event that approves a quantification."""
    event: dict[str, Any] = {
        "project": project.id,
        "period": result.period.to_record(),
        "quantification": result.digest,
    }
    if project.instrument.granular:
        event["device"] = result.steps[0].device
    if note is not None:
        event["note"] = note
    return event


def stale(result: Quantification, difference: str) -> RefusedError:
    """The refusal of a quantification that does not follow, or no longer follows, from the readings and claims."""
    return RefusedError(
        f"quantification of {result.project}, {result.period}",
        f"computed again from the readings and claims as they are now, it differs ({difference}); "
        "call quantify() again, and approve its result",
        rule="quantification-stale",
    )


def approved(view: View, entry: Entry) -> list[Row]:
    """Approve a quantification. The document right before the approval must equal the quantification computed again.

    The quantification is computed again from the current readings and claims, with the project's methodology, the
    waivers of the document, and the factor that the ledger adopted under the document's factor id. Three things are in
    no earlier entry, and are read from the document: the fuel, electricity and leakage that it declares (as lines of
    input; the lines that depend on them are computed again); the wording of its lines' names; and, if the factor is
    not adopted yet, the factor's value, source, tool, confidence and flags. The issuance then adopts the factor, checks
    its kind, size, region and time, and must compute the same document.

    Raises:
        UnknownProjectError: No such project.
        DoubleIssuanceError, GapError, StraddlingStepError: As `quantify`.
        FactorError, MethodologyError: The factor or the methodology does not apply, or a line of input is missing.
        QuantityError: A line of input is invalid.
        RefusedError: The period ends after the entry was recorded; the document differs from the quantification
            computed again; or the actor approved it before, and that approval is still standing.
        BrokenLogError: The document is missing, is not a quantification, or is of another project, period or device.

    Source:
        Domain invariants 22 and 34: the inputs of an issuance are pinned, and therefore those of an approval too.
    """
    event = entry.event
    project = lookup.project(view, event["project"])
    require_documents(view, entry.n, [event["quantification"]])
    result = quantification_at(view, entry.n - 1)
    devices = [item.device for item in result.steps]
    if (result.project, result.period.to_record()) != (project.id, event["period"]) or (
        devices != [event.get("device")] if project.instrument.granular else "device" in event
    ):
        raise BrokenLogError(
            f"entry {entry.n}: the document before it is of another project, period or device than the event states"
        )
    period = result.period
    require_past_period(entry.at, project.id, period)
    pinned = pinned_zone(view, entry, period.zone)
    again = _computed_again(view, event, project, result)
    recorded = recorded_quantification(view, entry.n - 1, event["quantification"], again)
    for difference in differences(recorded, again.to_record(), here="recorded", there="computed again", names=False):
        raise stale(result, difference)
    # A change that ends the newest approval comes after all older approvals, and ends them too: the newest suffices.
    row = view.newest_approval(event["quantification"], entry.n, entry.by)
    if row is not None and stands(view, row):
        raise RefusedError(
            f"approval {row.from_n}",
            f"{entry.by} approved this quantification with it, and it is still standing; there is nothing to approve",
            rule="approval-standing",
        )
    span = (period.start_utc, period.end_utc)
    return [*pinned, Approval(event["quantification"], project.id, *span, entry.by, from_n=entry.n)]


def _computed_again(view: View, event: Mapping[str, Any], project: Project, result: Quantification) -> Quantification:
    zone = None if result.period.zone is None else zone_in(view, event, result.period.zone)
    return recomputed(as_recorded(view, project.methodology, result), project, result, zone)


def revoked(view: View, entry: Entry) -> list[Row]:
    """Revoke an approval that no issuance has used.

    Raises:
        RefusedError: There is no such approval, or the approval was used or revoked before.
    """
    approval = approval_at(view, entry.event["approval"])
    if approval.to_n is not None:
        status = status_of(view, approval).status
        remedy = "void that issuance instead" if status == USED else "there is nothing to revoke"
        raise RefusedError(
            f"approval {approval.from_n}", f"entry {approval.to_n} {status} it; {remedy}", rule="approval-ended"
        )
    return [evolve(approval, to_n=entry.n)]


def use_approvals(view: View, entry: Entry, project: Project) -> list[Row]:
    """The rows that use up the approvals of an issuance's quantification.

    Args:
        view: The state before.
        entry: The issuance.
        project: The project of the issuance.

    Raises:
        RefusedError: The project requires an approval by another actor, and no such approval is standing.
    """
    standing = _standing(view, entry.event["quantification"])
    others = [row for row in standing if row.actor != entry.by]
    if project.requires_approval and not others:
        raise _own_approval(entry, standing[0]) if standing else _not_approved(view, entry, project)
    return [evolve(row, to_n=entry.n) for row in others]


def _standing(view: View, quantification: str) -> list[Approval]:
    """The standing approvals of a quantification, oldest first."""
    found: list[Approval] = []
    row = view.newest_approval(quantification, view.size)
    while row is not None and stands(view, row):
        found.append(row)
        row = view.newest_approval(quantification, row.from_n)
    return found[::-1]


def _own_approval(entry: Entry, approval: Approval) -> RefusedError:
    """The refusal where the issuer alone has approved the quantification."""
    return RefusedError(
        f"project {approval.project}, approval {approval.from_n}",
        f"{entry.by} approved this quantification, and cannot issue it without another actor's approval; "
        "have another verifier approve it, or have another actor issue it",
        rule="approval-own",
    )


def _is_of_carry(view: View, approval: Approval) -> bool:
    """Whether an approval that has not ended is of a quantification of carry, which claims no step."""
    return approval.to_n is None and not quantification_at(view, approval.from_n - 1).steps


def _not_approved(view: View, entry: Entry, project: Project) -> RefusedError:
    """The refusal where no approval is standing; it describes what ended the most similar approval."""
    event = entry.event
    digest, period = event["quantification"], Period.from_record(event["period"])
    where = f"project {project.id}, quantification {digest}"
    same = [
        row
        for row in view.approvals_ever(project.id)
        if (row.start_utc, row.end_utc) == (period.start_utc, period.end_utc)
        and view.entry(row.from_n).event.get("device") == event.get("device")
        and ("of_carry" not in event or row.quantification == digest or _is_of_carry(view, row))
    ]
    if not same:
        result = f"the result of quantify_carry({quote(project.id)})" if "of_carry" in event else "quantify()'s result"
        detail = f"no verifier has approved it; have an actor other than the issuer approve {result}, then issue"
        return RefusedError(where, detail, rule="approval-missing")
    nearest = status_of(view, max(same, key=lambda row: (row.quantification == digest, row.from_n)))
    ended = None if nearest.ended_n is None else view.entry(nearest.ended_n)
    if ended is None:
        detail = (
            f"approval {nearest.n} is of another quantification, {nearest.quantification}: the factor, the waivers, "
            "the emissions or the zone of the period differ; issue exactly what was approved, or have this "
            "quantification approved"
        )
        return RefusedError(where, detail, rule="approval-missing")
    if nearest.status == USED:
        detail = f"issuance {ended.n} used approval {nearest.n}, and an approval is used once; have it approved again"
        return RefusedError(where, detail, rule="approval-used")
    if nearest.status == REVOKED:
        detail = f"entry {ended.n} revoked approval {nearest.n} ({ended.event['reason']}); have it approved again"
        return RefusedError(where, detail, rule="approval-missing")
    return RefusedError(
        where,
        f"approval {nearest.n} lapsed: entry {ended.n} ({ended.type}) changed what it covered, and it lapses even if "
        "a later entry changes that back; have the quantification approved again",
        rule="approval-lapsed",
    )
