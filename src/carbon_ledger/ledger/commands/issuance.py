"""Commands that quantify a period, issue units, and void an issuance."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from carbon_ledger.arguments import checked_waivers
from carbon_ledger.canonical import identifier
from carbon_ledger.choices import Number
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import FACTOR_ADOPTED, ISSUANCE_RECORDED, ISSUANCE_VOIDED
from carbon_ledger.core.entries.splitting import Events, without_none
from carbon_ledger.core.holdings.buffer import checked_buffer
from carbon_ledger.core.issuance.declarations import Declarations, Emission
from carbon_ledger.core.issuance.documents import document_events
from carbon_ledger.core.issuance.expected import expect_record
from carbon_ledger.core.issuance.from_carry import carry_quantification
from carbon_ledger.core.issuance.granular import granular_carry_of, settle_hours
from carbon_ledger.core.issuance.hours import with_hours
from carbon_ledger.core.issuance.issuing import event_of, require_seen_text, settled_by
from carbon_ledger.core.issuance.quantifying import quantifications
from carbon_ledger.core.issuance.quantifying import quantify as quantification_of
from carbon_ledger.core.issuance.voiding import voided_event
from carbon_ledger.core.midnights import require_same_midnights
from carbon_ledger.core.pinned_zones import with_rules
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import require_past_period
from carbon_ledger.errors import FactorConflictError, FactorError
from carbon_ledger.exact import text_of
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.ledger.wants import issue_wants
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.printing import quote
from carbon_ledger.serials import Batch
from carbon_ledger.texts import text
from carbon_ledger.waivers import Waiver

_ALL_TIME: Final = Period.of("1970-01-01T00:00Z", "9998-01-01T00:00Z")


def _factor(view: View, factor: EmissionFactor | str | None) -> EmissionFactor | None:
    """The factor that the caller meant: the given record, or the adopted record of the given id.

    A given record is refused if the ledger has adopted another record under its id.
    """
    if factor is None or isinstance(factor, EmissionFactor):
        if factor is not None and view.registration("factor", factor.factor_id) is not None:
            adopted = lookup.factor(view, factor.factor_id)
            if adopted != factor:
                raise FactorConflictError(
                    f"factor {factor.factor_id}",
                    "the ledger adopted another record under this id "
                    f"({adopted.value} {adopted.unit}); give a revised factor another id",
                )
        return factor
    if not isinstance(factor, str):
        raise FactorError(
            f"factor {quote(factor)}: expected an EmissionFactor, or the id of an adopted factor; the result of a "
            "calculation has it in its field factor"
        )
    return lookup.factor(view, factor)


def _factor_argument(factor: EmissionFactor | str | None) -> object:
    return factor.to_record() if isinstance(factor, EmissionFactor) else factor


def _issue_events(
    view: View,
    project: str,
    period: Period,
    to: str,
    factor: EmissionFactor | str | None,
    waivers: tuple[Waiver, ...],
    declared: Declarations,
    buffer: Decimal | int | None,
    expect: dict[str, Any],
) -> Events:
    found, adopted = lookup.project(view, project), _factor(view, factor)
    lookup.account(view, to)
    events: list[tuple[str, Mapping[str, Any]]] = []
    if adopted is not None and view.registration("factor", adopted.factor_id) is None:
        events.append((FACTOR_ADOPTED, {"factor": adopted.to_record()}))
    carry = granular_carry_of(view, project) if found.instrument.granular else None
    results = quantifications(view, found, period, adopted, waivers, declared)
    require_seen_text(view, found, waivers)
    for result in results:
        events += document_events(result.to_bytes())
        if carry is None:
            settled = settled_by(view, found, result, view.size)
        else:
            # Each device's issuance repays what the devices before it left of the project's debit.
            settled = settle_hours(carry, result.amounts, carry.from_n)
            ((carry,), _) = settled
        event = event_of(settled, found, to, result, declared, buffer, {})
        # If there are several issuances, the first pins the rules of the period's zone.
        first = not any(kind == ISSUANCE_RECORDED for kind, _ in events)
        events.append((ISSUANCE_RECORDED, with_rules(view, event, period.zone) if first else event))
    # The last issuance states what all of them make together.
    return [*events[:-1], (events[-1][0], {**events[-1][1], **expect})]


def _issue_arguments(
    project: str,
    period: Period,
    to: str,
    factor: EmissionFactor | str | None,
    waivers: tuple[Waiver, ...],
    declared: Declarations,
    buffer: Decimal | int | None,
    expect: dict[str, Any],
) -> dict[str, object]:
    return without_none(
        project=identifier(project, "project"),
        period=period.in_utc.to_record(),
        to=identifier(to, "account"),
        factor=_factor_argument(factor),
        waivers=[[item.name, item.reason] for item in waivers],
        emissions=declared.to_record() or None,
        buffer=text_of(buffer) if isinstance(buffer, Decimal) else buffer,
        expect=next(iter(expect.values()), None),
    )


def quantify(
    ledger: Recorder,
    project: str,
    period: Period,
    *,
    factor: EmissionFactor | str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    emissions: Iterable[Emission] = (),
) -> Quantification:
    """The quantification of a period, with every number on a named line; nothing is recorded.

    Args:
        project: The project's id.
        period: The monitoring period.
        factor: The emission factor, or the id of an adopted factor; only for carbon credits.
        waivers: Requirements that are waived, by name, each with its reason.
        emissions: Fuel burned, electricity imported by a separate meter and leakage in the period.

    Raises:
        UnknownProjectError: There is no such project.
        OutsideCreditingPeriodError: The period is not inside the crediting period.
        DoubleIssuanceError: Every step of the period is claimed already.
        GapError: Part of the period has no reading, and the gap is not waived.
        StraddlingStepError: A step crosses an edge of the period or of a vintage.
        FactorError: The factor does not suit the project and the period.
        MethodologyError: The methodology does not apply.
        RefusedError: The period has not ended.
        WaiverError: *waivers* contains something other than a `Waiver`.
    """
    view, within = ledger._view(), checked_period(period, "period")
    declared = Declarations.of(emissions)
    require_same_midnights(view, within)
    found = lookup.project(view, project)
    require_past_period(ledger._time_of_query(view), found.id, within)
    return quantification_of(view, found, within, _factor(view, factor), checked_waivers(waivers), declared)


def issue(
    ledger: Recorder,
    project: str,
    period: Period,
    *,
    to: str,
    factor: EmissionFactor | str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    emissions: Iterable[Emission] = (),
    buffer: Number | None = None,
    expect: int | Mapping[int, int] | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Batch, ...]:
    """Issue the units of a period: one batch for each vintage with at least one whole unit; the remainder is carried.

    The issuance claims every unclaimed live step wholly inside the period, of all devices. A new factor is adopted.

    Args:
        project: The project's id.
        period: The monitoring period.
        to: The account that receives the units.
        factor: The emission factor, or the id of an adopted factor; only for carbon credits.
        waivers: Requirements that are waived, by name, each with its reason; recorded in the log.
        emissions: Fuel burned, electricity imported by a separate meter and leakage in the period; recorded in the log.
        buffer: Units that are held back: their number over all batches, newest vintage first; or, as text or Decimal, a
            share of each batch, rounded up. They are the highest serials below levied ones. [units; or 1, 0 to below 1]
        expect: Units that must come out, buffered and levied ones included: in total, or by vintage. [units]
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The batches, by vintage; empty if the amount is less than one unit, which is then carried.

    Raises:
        UnknownProjectError, UnknownAccountError: There is no such project, or no such account.
        OutsideCreditingPeriodError, DoubleIssuanceError: The period is outside the crediting period; or all is claimed.
        GapError, MissingDataError: Part of the period has no reading, and the gap is not waived; nothing can be issued.
        StraddlingStepError, FactorError, MethodologyError: A step crosses an edge; factor or methodology do not apply.
        QuantityError: *buffer* is a float, or is neither a count nor a share; *expect* is not a count.
        RefusedError: Another number is expected, or more held back than issued; the last day of issuance has passed.
        IdempotencyError: The key was used for another command.

    Source:
        ledger-model sections 3 to 6.
    """
    declared, count = Declarations.of(emissions), (checked_buffer(buffer), expect_record(expect))
    given = (project, checked_period(period, "period"), to, factor, checked_waivers(waivers), declared, *count)
    arguments, plan, wants = _issue_arguments(*given), lambda view: _issue_events(view, *given), issue_wants(*given[:4])
    return ledger._recorded(_batches_of, "issue", arguments, plan, key=key, by=by, named=period, wants=wants)


def quantify_carry(ledger: Recorder, project: str) -> Quantification:
    """The quantification of the units that a project's carry makes, as `issue_carry` would issue them.

    Nothing is recorded. A verifier can `approve` the quantification.

    Args:
        project: The project's id.

    Raises:
        UnknownProjectError: There is no such project.
        NothingToIssueError: The carry makes no whole unit, or the project's certificates are granular.

    Source:
        ledger-model section 5.
    """
    view = ledger._view()
    return carry_quantification(view, lookup.project(view, project))


def issue_carry(
    ledger: Recorder,
    project: str,
    *,
    to: str,
    buffer: Number | None = None,
    expect: int | Mapping[int, int] | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Batch, ...]:
    """Issue the whole units that a project's carry makes, without claiming any step: one batch for each vintage.

    A correction upward increases the carry. The next `issue` makes units of it; `issue_carry` makes them at once.

    Args:
        project: The project's id.
        to: The account that receives the units.
        buffer: Units that are held back, as for `issue`. [units; or 1, 0 to below 1]
        expect: Units that must come out, as for `issue`. [units]
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The batches, by vintage. The issuance can be voided like any other.

    Raises:
        UnknownProjectError, UnknownAccountError: There is no such project, or no such account.
        NothingToIssueError: The carry makes no whole unit, or the project's certificates are granular.
        RefusedError: It needs another actor's approval of `quantify_carry`'s result; or as for `issue`.
        QuantityError: *buffer* is a float, or is neither a count nor a share; *expect* is not a count.
        IdempotencyError: The key was used for another command.

    Source:
        ledger-model section 5; domain invariants 3 and 20.
    """
    held, stated = checked_buffer(buffer), expect_record(expect)

    def plan(view: View) -> Events:
        found = lookup.project(view, project)
        lookup.account(view, to)
        result = decide(view, carry_quantification, found)
        settled = settled_by(view, found, result, view.size)
        event = event_of(settled, found, to, result, Declarations(), held, stated)
        return [*document_events(result.to_bytes()), (ISSUANCE_RECORDED, event)]

    names = {"project": identifier(project, "project"), "to": identifier(to, "account")}
    share = text_of(held) if isinstance(held, Decimal) else held
    arguments = without_none(**names, buffer=share, expect=next(iter(stated.values()), None))
    about = {"period": _ALL_TIME}  # whose claims the carry comes from
    return ledger._recorded(_batches_of, "issue_carry", arguments, plan, key=key, by=by, about=about)


def _batches_of(view: View, entries: Sequence[Entry]) -> tuple[Batch, ...]:
    """The batches that the entries of a command issued."""
    issued = [entry.n for entry in entries if entry.type == ISSUANCE_RECORDED]
    return tuple(with_hours(view, found) for n in issued for found in view.batches(n))


def void(
    ledger: Recorder, issuance: int | Batch, *, reason: str, key: str | None = None, by: str | None = None
) -> None:
    """Void a whole issuance: its units are withdrawn, and its steps can be issued again.

    Args:
        issuance: The number of the issuance's entry, or one of its batches.
        reason: The reason, in words.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Raises:
        UnknownBatchError: There is no such issuance in this ledger, or it was voided or converted before.
        NotHolderError: Some units are no longer in the account that they were issued to.
        NotActiveError: Some units are in a final state, or pending.
        ExpiredError: Some units have expired.
        RefusedError: Units of other issuances rest on it, and would have no energy behind them; or a later issuance of
            the same year rests on it, because a historic baseline is subtracted once a year.

    Source:
        ledger-model section 7; domain invariant 34a.
    """
    n, reason_text = lookup.issuance_number(issuance), text(reason, "reason")

    def plan(view: View) -> Events:
        lookup.require_own_batch(view, issuance)
        return [(ISSUANCE_VOIDED, voided_event(view, lookup.issuance(view, n), reason_text))]

    ledger._record("void", {"issuance": n, "reason": reason_text}, plan, key=key, by=by)
