"""Approvals as they stand: of what, by whom, and which entry ended them or changed what they covered."""

from collections.abc import Callable, Sequence
from typing import Final

from attrs import frozen

from carbon_ledger.errors import BrokenLogError, UnknownThingError
from carbon_ledger.ledger import registry
from carbon_ledger.ledger.monitoring import Interval, minus
from carbon_ledger.ledger.pinned_zones import zone_of
from carbon_ledger.ledger.state import Approval, Claim, Reading, View
from carbon_ledger.periods import Period, vintage_of, year_start_utc

Readings = Callable[[str, int, int], Sequence[Reading]]

STANDING: Final = "standing"
LAPSED: Final = "lapsed"
USED: Final = "used"
REVOKED: Final = "revoked"


@frozen(kw_only=True)
class ApprovalStatus:
    """A verifier's approval of exactly one quantification, as it stands.

    Attributes:
        n: The entry that recorded it.
        at: When, UTC.
        by: Who approved.
        project: The project.
        period: The monitoring period.
        device: For granular certificates: the one device they are of.
        quantification: Digest of the quantification; the document is in the log, right before the approval.
        note: What the verifier wrote; empty for nothing.
        status: ``standing``, ``lapsed`` (something it covered changed), ``used`` (by an issuance) or ``revoked``.
        ended_n: The entry that made it so; none while it stands.
    """

    n: int
    at: str
    by: str
    project: str
    period: Period
    device: str | None
    quantification: str
    note: str
    status: str
    ended_n: int | None


def approval_at(view: View, n: int) -> Approval:
    """The approval that entry *n* recorded, ended or not.

    Raises:
        RefusedError: Entry *n* is no approval.
    """
    entry = view.entry(n) if type(n) is int and 0 <= n < view.size else None
    if entry is None or entry.type != "quantification.approved":
        raise UnknownThingError(
            f"approval {n}",
            "no such approval in this ledger; give the number of its entry, see approvals(project)",
            rule="unknown-approval",
        )
    found = view.approval(entry.event["project"], n)
    if found is None:
        raise BrokenLogError(f"approval {n}: entry {n} records one, and its row is missing; audit the ledger")
    return found


def status_of(view: View, approval: Approval) -> ApprovalStatus:
    """An approval as it stands."""
    entry = view.entry(approval.from_n)
    status, ended_n = STANDING, approval.to_n
    if ended_n is None:
        ended_n = changed_by(view, approval)
        status = STANDING if ended_n is None else LAPSED
    else:
        status = USED if view.entry(ended_n).type == "issuance.recorded" else REVOKED
    return ApprovalStatus(
        n=entry.n,
        at=entry.at,
        by=entry.by,
        project=approval.project,
        period=Period.from_record(entry.event["period"]),
        device=entry.event.get("device"),
        quantification=approval.quantification,
        note=entry.event.get("note", ""),
        status=status,
        ended_n=ended_n,
    )


def require_ours(view: View, approval: ApprovalStatus) -> None:
    """Refuse another ledger's approval: the one that has its number here is of something else.

    Raises:
        RefusedError: It is, or there is none of its number.
    """
    found = status_of(view, approval_at(view, approval.n))
    if (found.at, found.by, found.quantification) != (approval.at, approval.by, approval.quantification):
        raise UnknownThingError(
            f"approval {approval.n}", "this ledger's is another one; see approvals(project)", rule="unknown-approval"
        )


def changed_by(view: View, approval: Approval) -> int | None:
    """The first entry that changed what an approval covered, even if a later one changed it back.

    It covers every reading of its devices in the period, and every claim on them. Where a historic baseline is
    subtracted once a year, it rests on the rest of those years too: on claims there, and on corrections.

    Source:
        ledger-model sections 3 and 7: what a quantification follows from.
    """
    return min(_changes(view, approval, view.readings_ever), default=None)


def stands(view: View, approval: Approval) -> bool:
    """Whether nothing changed what an approval covered, and it was neither used nor revoked.

    Source:
        As `changed_by`, which names the first change: for this the live readings say enough, and no history is read.
    """
    return approval.to_n is None and not _changes(view, approval, view.readings)


def _changes(view: View, approval: Approval, readings: Readings) -> set[int]:
    """The entries after an approval that changed what it covered, as far as the readings tell."""
    project, since = registry.project(view, approval.project), approval.from_n + 1
    device = view.entry(approval.from_n).event.get("device")
    start, end = approval.start_utc, approval.end_utc
    zone = zone_of(view, project.zone, approval.from_n)
    found: set[int] = set()
    for name in project.devices if device is None else (device,):
        # The entry that holds the values: a correction beside the period cuts runs, and changes nothing in it.
        found |= {row.source_n for row in readings(name, start, end)}
        found |= _claiming(view.claims_since(since, name, start, end), start, end)
        if project.history_wh:
            first, last = vintage_of(start, zone), vintage_of(end - 1, zone)
            span = (year_start_utc(first, zone), year_start_utc(last + 1, zone))
            found |= _claiming(view.claims_since(since, name, *span), *span)
            sources = {row.source_n for row in readings(name, *span)}
            found |= {n for n in sources if n >= since and view.entry(n).type == "generation.corrected"}
    return {n for n in found if n >= since}


def _claiming(claims: Sequence[Claim], start_utc: int, end_utc: int) -> set[int]:
    """The entries that claimed steps, and those that freed them; what a cut claim keeps, it has as before."""
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
            if n is not None and any(minus(start, end, others.get((claim.issuance_n, n), ()))):
                found.add(n)
    return found
