"""Rules for issuing: a quantification results in batches, claims and carry."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from carbon_ledger.core import lookup
from carbon_ledger.core.attestations import attestations_of
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.buffer import buffer_of
from carbon_ledger.core.holdings.totals import Changes
from carbon_ledger.core.issuance.approvals import use_approvals
from carbon_ledger.core.issuance.buffer import batches_record, require_share
from carbon_ledger.core.issuance.carry import Settled, amounts_record, carry_of, carry_record, settle
from carbon_ledger.core.issuance.deadlines import require_in_time
from carbon_ledger.core.issuance.declarations import Declarations
from carbon_ledger.core.issuance.documents import recorded_quantifications, require_quantifications
from carbon_ledger.core.issuance.expected import expect_of, require_expected
from carbon_ledger.core.issuance.from_carry import carry_quantification, production_of
from carbon_ledger.core.issuance.granular import granular_carry_of, settle_hours
from carbon_ledger.core.issuance.gwp_sets import gwp_set_rows
from carbon_ledger.core.issuance.quantifying import quantify
from carbon_ledger.core.issuance.reserved import taken_claims
from carbon_ledger.core.issuance.verified import require_verified
from carbon_ledger.core.issuance.voiding import vintages
from carbon_ledger.core.methodologies import as_recorded, methodology_in, takes_recorded
from carbon_ledger.core.pinned_zones import RULES_FIELD, pinned_zone, zone_in, zone_of
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.rows import ACTIVE, BUFFERED, CANCELLED, Claim, Issuance, IssuedBatch, Piece, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import require_past_period
from carbon_ledger.errors import BrokenLogError, UnknownAccountError
from carbon_ledger.instruments import Instrument, Levy
from carbon_ledger.methodologies import Quantification, require_text
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.serials import Batch
from carbon_ledger.waivers import Waiver, waivers_of, waivers_record


def settled_by(view: View, project: Project, result: Quantification, n: int) -> Settled:
    """The rows of carry that issuing a quantification changes, and the units that it makes of each vintage.

    Args:
        view: The state before.
        project: The project.
        result: The quantification.
        n: The number of the issuance's entry.
    """
    if project.instrument.granular:
        return settle_hours(granular_carry_of(view, project.id), result.amounts, n)
    return settle(project.id, carry_of(view, project.id), result.amounts, n)


def event_of(
    settled: Settled,
    project: Project,
    account: str,
    result: Quantification,
    declared: Declarations,
    buffer: Decimal | int | None,
    expect: dict[str, Any],
) -> dict[str, Any]:
    """The event that issues a quantification.

    Args:
        settled: The rows of carry that the issuance changes, and the units of each vintage.
        project: The project.
        account: The account that receives the units.
        result: The quantification. Without steps, it is of carry.
        declared: Fuel, imports and leakage of the period.
        buffer: The share of each batch, or the number of units, that is held back; or None.
        expect: The field that states how many units are expected, as `expect_record` writes it.

    Raises:
        RefusedError: The buffer is more units than the issuance makes; or a count, for granular certificates.
    """
    rows, counts = settled
    event: dict[str, Any] = {
        "project": project.id,
        "period": result.period.to_record(),
        "account": account,
        "waivers": waivers_record(result.waivers),
        "quantification": result.digest,
        "amounts": amounts_record(result.amounts),
        "carry": carry_record(rows),
    }
    require_share(project.instrument.granular, buffer)
    event |= batches_record(counts, buffer, project.instrument.levy) | expect
    if not result.steps:
        event["of_carry"] = True
    elif project.instrument.granular:
        event["device"] = result.steps[0].device
    if result.methodology is not None and result.factor_id is not None:
        event |= {"factor": result.factor_id, "methodology": result.methodology}
    return event | declared.to_record()


def require_seen_text(view: View, project: Project, waivers: tuple[Waiver, ...]) -> None:
    """Refuse to issue by a methodology whose text nobody saw.

    Raises:
        NotApplicableError: The methodology's text was not seen, nobody attested it, and that is not waived.
    """
    if project.methodology is not None:
        seen = bool(attestations_of(view, project.methodology))
        require_text(methodology_in(view, project.methodology), waivers, attested=seen)


def _require_levy_account(view: View, instrument: Instrument) -> None:
    """Refuse an issuance whose levy has no account to go to."""
    if instrument.levy is not None and instrument.levy.to is not None:
        try:
            lookup.account(view, instrument.levy.to)
        except UnknownAccountError:
            raise UnknownAccountError(
                f"account {instrument.levy.to}",
                f"not open; it receives the levy of instrument {instrument.id}; open it with open_account() first",
            ) from None


def issued(view: View, entry: Entry) -> list[Row]:
    """Issue the units of a period, if the figures of the event are those computed from the readings.

    Raises:
        UnknownProjectError: No such project.
        UnknownAccountError: No such account.
        DoubleIssuanceError: Every step is claimed already.
        GapError: A time has no reading, and gaps are not waived.
        NothingToIssueError: No step can be issued; or, without steps, the carry makes no unit.
        NotApplicableError: The methodology's text was not seen, nobody attested it, and that is not waived.
        FactorNotApplicableError: The factor does not suit the project or the period, is not what any grid emits, or is
            in another GWP set than the project's claims; and that is not waived.
        QuantityError: The share to hold back is invalid.
        RefusedError: The period ends after the entry was recorded; the project requires another actor's approval of the
            quantification, and no such approval is standing; more units are to be held back than the issuance makes;
            another number of units is expected; the last day of issuance has passed, and that is not waived; or the
            project requires a verifier's statement, and none supports the issuance.
        BrokenLogError: A figure of the event is not the one that the rules compute.

    Source:
        ledger-model sections 3 to 6; domain invariants 2, 3, 5, 20 and 22.
    """
    event = entry.event
    project = lookup.project(view, event["project"])
    lookup.account(view, event["account"])
    _require_levy_account(view, project.instrument)
    sets = gwp_set_rows(view, entry, project)
    declared, period = Declarations.from_event(event), Period.from_record(event["period"])
    require_past_period(entry.at, project.id, period)
    pinned = pinned_zone(view, entry, period.zone)
    if "of_carry" in event:
        result = decide(view, carry_quantification, project)
    else:
        result = _quantified(_as_recorded(view, entry, project), project, event, declared)
    require_quantifications(view, entry.n, [event["quantification"]], [result])
    settled = settled_by(view, project, result, entry.n)
    expected = event_of(settled, project, event["account"], result, declared, buffer_of(event), expect_of(event))
    expected |= {name: event[name] for name in ("quantification", RULES_FIELD) if name in event}
    if expected != event:
        wrong = sorted(key for key in expected.keys() | event.keys() if expected.get(key) != event.get(key))
        raise BrokenLogError(
            f"entry {entry.n}, issuance of {project.id}: {', '.join(wrong)} not as computed by the rules; "
            f"{wrong[0]} is {quote(event.get(wrong[0]), 200)}, expected {quote(expected.get(wrong[0]), 200)}"
        )
    require_expected(view, entry)
    _require_in_time(view, entry, project, result, settled)
    require_verified(view, entry, project, result)
    used = use_approvals(view, entry, project)
    return [*pinned, *sets, *_issued_rows(view, entry, project, result, settled), *used]


def _as_recorded(view: View, entry: Entry, project: Project) -> View:
    """The view; in a replay that lacks the project's methodology, one that returns the recorded lines and amounts."""
    if not takes_recorded(view, project.methodology):
        return view
    (result,) = recorded_quantifications(view, entry.n, [entry.event["quantification"]])
    return as_recorded(view, project.methodology, result)


def _quantified(view: View, project: Project, event: Mapping[str, Any], declared: Declarations) -> Quantification:
    """The quantification of the period of an issuance's event, computed from the readings."""
    factor = lookup.factor(view, event["factor"]) if "factor" in event else None
    waivers = waivers_of(event)
    require_seen_text(view, project, waivers)
    period = Period.from_record(event["period"])
    zone = None if period.zone is None else zone_in(view, event, period.zone)
    return decide(view, quantify, project, period, factor, waivers, declared, event.get("device"), zone)


def _require_in_time(view: View, entry: Entry, project: Project, result: Quantification, settled: Settled) -> None:
    """Refuse an issuance after the last day of its production: of the claimed steps, or of the units of carry."""
    produced = [interval for steps in result.steps for interval in steps.claimed]
    if not result.steps and (project.instrument.issuance_deadlines or project.instrument.last_issue_day):
        spans = [production_of(view, project, year) for year, _ in settled[1]]
        produced = [(span.start_utc, span.end_utc) for span in spans]
    zone = zone_of(view, project.zone)
    require_in_time(f"project {project.id}", project.instrument, produced, zone, entry.at, result.waivers)


def _issued_rows(view: View, entry: Entry, project: Project, result: Quantification, settled: Settled) -> list[Row]:
    """The rows of an issuance: its carry, claims, batches, pieces and the account's balance."""
    n, account = entry.n, entry.event["account"]
    changes, counts = settled
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
    rows: list[Row] = [*changes, issuance, *vintages(view, issuance)]
    for steps in result.steps:
        rows += [Claim(steps.device, start, end, n, n) for start, end in steps.claimed]
    rows += taken_claims(view, project.instrument.id, result.steps, n)
    records = {item["vintage"]: item for item in entry.event["batches"]}
    zone = zone_of(view, project.zone)
    produced = _produced(result, zone)
    totals = Changes()
    for year, count in counts:
        production = produced[year] if year in produced else production_of(view, project, year)
        batch = Batch(
            batch_id=f"{project.id}/{year:04d}/{n}",
            project=project.id,
            instrument=project.instrument.id,
            vintage=year,
            count=count,
            account=account,
            production=production,
            expires_utc=project.instrument.expires_utc(production.end_utc, zone),
            transferable_until_utc=project.instrument.transferable_until_utc(production.end_utc, zone),
            device=entry.event.get("device"),
        )
        pieces = _pieces(batch, records[year], project.instrument.levy, n)
        rows += [IssuedBatch(n, batch), *pieces]
        for piece in pieces:
            totals.add(piece.account, batch, piece.state, piece.count)
    return rows + totals.rows(view, n)


def _pieces(batch: Batch, record: Mapping[str, int], levy: Levy | None, n: int) -> list[Piece]:
    """The pieces of a new batch: the levied units have the highest serials, and the buffered units the next ones."""
    taken = batch.count - record.get("levied", 0)
    held = taken - record.get("buffered", 0)
    levied = (batch.account, CANCELLED) if levy is None or levy.to is None else (levy.to, ACTIVE)
    pieces = [
        Piece(batch.batch_id, 1, held, batch.account, ACTIVE, n),
        Piece(batch.batch_id, held + 1, taken, batch.account, BUFFERED, n),
        Piece(batch.batch_id, taken + 1, batch.count, *levied, n),
    ]
    return [piece for piece in pieces if piece.count]


def _produced(result: Quantification, zone: Zone) -> dict[int, Period]:
    """The production period of each vintage: from its first to its last claimed step."""
    spans: dict[int, tuple[int, int]] = {}
    for steps in result.steps:
        for start, end in steps.claimed:
            for year, span in Period(start, end).split_by_year(zone):
                first, last = spans.get(year, (span.start_utc, span.end_utc))
                spans[year] = min(first, span.start_utc), max(last, span.end_utc)
    return {year: Period(first, last) for year, (first, last) in spans.items()}
