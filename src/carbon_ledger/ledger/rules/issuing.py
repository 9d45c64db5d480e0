"""Rules for issuing: a quantification becomes batches, claims and carry; and for voiding an issuance."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from attrs import evolve

from carbon_ledger.errors import BrokenLogError, NotHolderError, RefusedError, UnknownBatchError
from carbon_ledger.exact import arithmetic, text_of
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.ledger import registry
from carbon_ledger.ledger.accrual import Settled, adjusted, settle
from carbon_ledger.ledger.declarations import Declarations
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.pinned_zones import RULES, pinned_zone, zone_in, zone_of
from carbon_ledger.ledger.quantifying import quantify
from carbon_ledger.ledger.rules.approvals import use_approvals
from carbon_ledger.ledger.rules.buffering import batches_record, buffer_share
from carbon_ledger.ledger.rules.documents import require_quantifications
from carbon_ledger.ledger.rules.granular import granular_accrual
from carbon_ledger.ledger.rules.keeping import freed_claims, taken_claims
from carbon_ledger.ledger.rules.pieces import move, require_states, require_unexpired
from carbon_ledger.ledger.state import (
    ACTIVE,
    BUFFERED,
    RETURNABLE,
    WITHDRAWN,
    Accrual,
    Balance,
    Claim,
    Issuance,
    IssuedBatch,
    IssuedVintage,
    Piece,
    Row,
    View,
)
from carbon_ledger.methodologies import Quantification, methodology_of, require_text
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.serials import Batch, Block
from carbon_ledger.waivers import Waiver


def amounts_record(amounts: Sequence[tuple[int, Decimal]]) -> list[dict[str, Any]]:
    """Vintages' amounts as events have them."""
    return [{"vintage": year, "amount": text_of(amount)} for year, amount in amounts]


def carry_record(accrual: Accrual) -> dict[str, Any]:
    """A carry as events have it."""
    record: dict[str, Any] = {"amount": text_of(accrual.carry)}
    if accrual.vintage is not None:
        record["vintage"] = accrual.vintage
    return record


def accrual_of(view: View, project: str) -> Accrual:
    """The project's carry, zero before its first issuance."""
    return view.accrual(project) or Accrual(project, view.size)


def event_of(
    before: Accrual,
    project: Project,
    account: str,
    result: Quantification,
    declared: Declarations,
    share: Decimal | None = None,
) -> dict[str, Any]:
    """The event that issues a quantification, and holds back a share of each batch where one is given."""
    return _event(settle(before, result.amounts, before.from_n), project, account, result, declared, share)


def _event(
    settled: Settled,
    project: Project,
    account: str,
    result: Quantification,
    declared: Declarations,
    share: Decimal | None,
) -> dict[str, Any]:
    after, counts = settled
    event: dict[str, Any] = {
        "project": project.id,
        "period": result.period.to_record(),
        "account": account,
        "waivers": [{"name": item.name, "reason": item.reason} for item in result.waivers],
        "quantification": result.digest,
        "amounts": amounts_record(result.amounts),
        "carry": carry_record(after),
    }
    event |= batches_record(counts, share)
    if project.instrument.granular:
        event["device"] = result.steps[0].device
    if result.methodology is not None and result.factor_id is not None:
        event |= {"factor": result.factor_id, "methodology": result.methodology}
    return event | declared.to_record()


def quantifications(
    view: View,
    project: Project,
    period: Period,
    factor: EmissionFactor | None,
    waivers: Sequence[Waiver],
    declared: Declarations,
) -> list[Quantification]:
    """What one `issue` issues: one quantification; for granular certificates, one a device.

    Raises:
        CarbonLedgerError: As `quantify`.
    """
    whole = quantify(view, project, period, factor, waivers, declared)
    if not project.instrument.granular:
        return [whole]
    with_steps = [item.device for item in whole.steps if item.steps]
    return [quantify(view, project, period, factor, waivers, declared, device) for device in with_steps]


def issued(view: View, entry: Entry) -> list[Row]:
    """Issue a period: compute it again from the readings, and accept only what follows from them.

    Raises:
        UnknownProjectError: No such project.
        UnknownAccountError: No such account.
        DoubleIssuanceError: Every step is claimed already.
        GapError: Time without a reading, and no waiver.
        NotApplicableError: The methodology's text was not seen, and that is not waived.
        QuantityError: The share held back is none.
        RefusedError: The project requires an approval of it by another actor, and none stands.
        BrokenLogError: A figure of the event is not what the rules give.

    Source:
        ledger-model sections 3 to 6; domain invariants 2, 3, 5, 20 and 22.
    """
    event = entry.event
    project = registry.project(view, event["project"])
    registry.account(view, event["account"])
    factor = registry.factor(view, event["factor"]) if "factor" in event else None
    waivers = [Waiver(item["name"], item["reason"]) for item in event["waivers"]]
    if project.methodology is not None:
        require_text(methodology_of(project.methodology), waivers)
    period, declared = Period.from_record(event["period"]), Declarations.from_event(event)
    pinned = pinned_zone(view, entry, period.zone)
    zone = None if period.zone is None else zone_in(view, event, period.zone)
    result = quantify(view, project, period, factor, waivers, declared, event.get("device"), zone)
    require_quantifications(view, entry.n, [event["quantification"]], [result])
    share = buffer_share(event["buffer_share"]) if "buffer_share" in event else None
    settled = settle(accrual_of(view, project.id), result.amounts, entry.n)
    expected = _event(settled, project, event["account"], result, declared, share)
    expected |= {name: event[name] for name in ("quantification", RULES) if name in event}
    if expected != event:
        wrong = sorted(key for key in expected.keys() | event.keys() if expected.get(key) != event.get(key))
        raise BrokenLogError(
            f"entry {entry.n}, issuance of {project.id}: {', '.join(wrong)} not as the rules give; "
            f"{wrong[0]} is {quote(event.get(wrong[0]), 200)}, expected {quote(expected.get(wrong[0]), 200)}"
        )
    used = use_approvals(view, entry, project)
    return [*pinned, *_issued_rows(view, entry, project, result, settled), *used]


def _issued_rows(view: View, entry: Entry, project: Project, result: Quantification, settled: Settled) -> list[Row]:
    n, account = entry.n, entry.event["account"]
    after, counts = settled
    total = sum(count for _, count in counts)
    issuance = Issuance(
        n=n,
        from_n=n,
        project=project.id,
        start_utc=result.period.start_utc,
        end_utc=result.period.end_utc,
        account=account,
        quantification=entry.event["quantification"],
        amounts=result.amounts,
        counted=total,
        toward_debit=int(result.amount) - total if project.instrument.granular else 0,
    )
    given = after.toward_debit + issuance.toward_debit
    rows: list[Row] = [evolve(after, toward_debit=given), issuance, *vintages(view, issuance)]
    for steps in result.steps:
        rows += [Claim(steps.device, start, end, n, n) for start, end in steps.claimed]
    rows += taken_claims(view, project.instrument.id, result.steps, n)
    held = {item["vintage"]: item.get("buffered", 0) for item in entry.event["batches"]}
    zone = zone_of(view, project.zone)
    produced = _produced(result, zone)
    whole = Period(min(span.start_utc for span in produced.values()), max(span.end_utc for span in produced.values()))
    for year, count in counts:
        production = produced.get(year, whole)  # of all, where the unit is made of carry
        batch = Batch(
            batch_id=f"{project.id}/{year:04d}/{n}",
            project=project.id,
            instrument=project.instrument.id,
            vintage=year,
            count=count,
            account=account,
            production=production,
            expires_utc=project.instrument.expires_utc(production.end_utc, zone),
            device=entry.event.get("device"),
        )
        rows += [IssuedBatch(n, batch), *_pieces(batch, held[year], n)]
    if total:
        before = view.balance(account, project.instrument.id) or Balance(account, project.instrument.id, n)
        back = sum(held.values())
        rows.append(evolve(before, from_n=n, active=before.active + total - back, buffered=before.buffered + back))
    return rows


def _pieces(batch: Batch, held: int, n: int) -> list[Piece]:
    """A new batch: active, but for its highest serials that are held back."""
    cut = batch.count - held
    pieces = [(1, cut, ACTIVE), (cut + 1, batch.count, BUFFERED)]
    return [Piece(batch.batch_id, low, high, batch.account, state, n) for low, high, state in pieces if low <= high]


def _produced(result: Quantification, zone: Zone) -> dict[int, Period]:
    """From the first to the last claimed step of each vintage."""
    spans: dict[int, tuple[int, int]] = {}
    for steps in result.steps:
        for start, end in steps.claimed:
            for year, span in Period(start, end).split_by_year(zone):
                first, last = spans.get(year, (span.start_utc, span.end_utc))
                spans[year] = min(first, span.start_utc), max(last, span.end_utc)
    return {year: Period(first, last) for year, (first, last) in spans.items()}


def voided_event(view: View, issuance: Issuance, reason: str) -> dict[str, Any]:
    """The event that voids an issuance."""
    after = voided_accrual(view, issuance, view.size)
    return {"issuance": issuance.n, "reason": reason, "carry": carry_record(after)}


def voided_accrual(view: View, issuance: Issuance, n: int) -> Accrual:
    """The carry of a project without one of its issuances.

    Args:
        view: The state before.
        issuance: The issuance, which is voided or converted.
        n: The entry that does this.

    Source:
        ledger-model sections 5 and 7.
    """
    if registry.project(view, issuance.project).instrument.granular:
        return granular_accrual(accrual_of(view, issuance.project), issuance, None, n)
    with arithmetic():
        claimed = -sum((amount for _, amount in issuance.amounts), Decimal(0))
    newest = view.newest_vintage(issuance.project, issuance.n)
    before = evolve(accrual_of(view, issuance.project), vintage=None)
    return adjusted(before, n, claimed=claimed, counted=-issuance.counted, vintage=newest)


def require_last_of_its_years(view: View, issuance: Issuance) -> None:
    """Refuse an issuance that others rest on: a historic baseline is subtracted once a year, so later ones do.

    Raises:
        RefusedError: A later issuance of the vintage rests on it.
    """
    if not registry.project(view, issuance.project).history_wh:
        return
    later = issued_later(view, issuance)
    if later:
        raise RefusedError(
            f"issuance {issuance.n}",
            f"issuance {max(later)} of the same vintage rests on it: the yearly baseline was subtracted there too; "
            "void or convert that one first",
            rule="later-issuance",
        )


def issued_later(view: View, issuance: Issuance) -> set[int]:
    """The issuances that are live, later, and of a vintage that this one has too."""
    return {n for year, _ in issuance.amounts for n in view.issued_after(issuance.n, issuance.project, year)}


def vintages(view: View, issuance: Issuance, to_n: int | None = None) -> list[Row]:
    """The rows of an issuance's vintages: new ones, or ended where it stands no longer.

    Args:
        view: The state before.
        issuance: The issuance; a correction changes its amounts, and none of its vintages. Of granular certificates,
            whose carry has no vintage, there is no row.
        to_n: The entry that voids or converts it.
    """
    if registry.project(view, issuance.project).instrument.granular:
        return []
    return [IssuedVintage(issuance.project, year, issuance.n, issuance.n, to_n) for year, _ in issuance.amounts]


def voided(view: View, entry: Entry) -> list[Row]:
    """Void a whole issuance: its units are withdrawn, its claims freed, carry computed again.

    Raises:
        UnknownBatchError: No such issuance, or it was voided before.
        NotHolderError: A unit left the account it was issued to.
        NotActiveError: A unit is final, or pending: promised to somebody.
        ExpiredError: The units expired.
        RefusedError: A later issuance of the vintage rests on it (historic baselines).
        BrokenLogError: The carry of the event is not what the rules give.

    Source:
        ledger-model section 7; domain invariant 6.
    """
    event, n = entry.event, entry.n
    issuance = registry.issuance(view, event["issuance"])
    if issuance.voided:
        raise UnknownBatchError(
            f"issuance {issuance.n}",
            f"entry {issuance.from_n} {'converted' if issuance.converted else 'voided'} it already; "
            f"see issuances({quote(issuance.project)})",
        )
    require_last_of_its_years(view, issuance)
    blocks = []
    for found in view.batches(issuance.n):
        for piece in view.pieces(found.batch.batch_id, 1, found.batch.count):
            if piece.state == WITHDRAWN:
                continue
            if piece.account != issuance.account:
                raise NotHolderError(
                    f"issuance {issuance.n}",
                    f"{piece.count} of its units are {piece.account}'s; only an issuance whose units are all "
                    f"still {issuance.account}'s can be voided. Withdraw blocks, or correct the readings",
                )
            block = Block(piece.batch_id, piece.first, piece.last)
            require_states(block, [piece], RETURNABLE)
            require_unexpired(found.batch, block, entry.at)
            blocks.append(block)
    after = voided_accrual(view, issuance, n)
    if event["carry"] != carry_record(after):
        raise BrokenLogError(f"entry {n}: carry {quote(event['carry'])}, the rules give {quote(carry_record(after))}")
    return [
        *move(view, n, blocks, WITHDRAWN),
        *freed_claims(view, issuance.n, n),
        *vintages(view, issuance, n),
        evolve(issuance, from_n=n, counted=0, amounts=(), voided=True, toward_debit=0),
        after,
    ]
