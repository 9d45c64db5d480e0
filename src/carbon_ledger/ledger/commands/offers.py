"""Commands for transfers in two phases: offer, accept, reject, revoke and time out."""

from collections.abc import Callable, Sequence

from carbon_ledger.canonical import identifier
from carbon_ledger.choices import TimeLike
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import TRANSFER_ACCEPTED, TRANSFER_ENDED, TRANSFER_OFFERED
from carbon_ledger.core.entries.splitting import Events, without_none
from carbon_ledger.core.holdings.offers import TIMED_OUT
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError
from carbon_ledger.ledger.commands.record_units import record_units_event
from carbon_ledger.ledger.commands.selection import Units, checked_units
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.periods.instants import instant_text, instant_utc
from carbon_ledger.printing import quote
from carbon_ledger.queries.offers import Offer, offer_at, require_own_offer
from carbon_ledger.texts import optional_line, text


def _offer_number(offer: Offer | int) -> int:
    number = offer.n if isinstance(offer, Offer) else offer
    if type(number) is not int or number < 0:
        raise QuantityError(f"offer {quote(offer)}: expected an Offer, or the number of its entry")
    return number


def _plan_about(offer: Offer | int, kind: str, event: dict[str, object]) -> Callable[[View], Events]:
    """A plan of one event about an offer; the plan refuses an offer of another ledger."""

    def plan(view: View) -> Events:
        require_own_offer(view, offer)
        return [(kind, event)]

    return plan


def offer(
    ledger: Recorder,
    block: Units,
    *,
    to: str,
    from_: str | None = None,
    deadline: TimeLike | None = None,
    reference: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Offer:
    """Offer units to another account: the units are pending until that account accepts the offer, or the offer ends.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        to: The account that may accept.
        from_: The account that holds the units; by default, the one account that holds all of them.
        deadline: The first second in which the offer can no longer be accepted; by default, there is no deadline.
        reference: The number of a contract or an order, or another reference; one line.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The offer; its number is the number of its entry.

    Raises:
        NotHolderError: Several accounts hold the units, or *from_* does not hold all of them.
            Or *to* holds them already.
        NotActiveError: Some units are not active.
        ExpiredError: Some units have expired, or can no longer be transferred.
        InsufficientBalanceError: *from_* has fewer active units than the `Selection` requests.
        UnknownAccountError: *to* or *from_* is not an open account.
        RefusedError: *deadline* is not after the time of the offer.
        UnknownBatchError: There is no such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        NaiveTimeError: *deadline* has no zone.
        PeriodError: *deadline* is not a time on a whole second.
        QuantityError: *to* or *reference* is malformed; or *block* is a `Selection` without *from_*.
    """
    request = checked_units(block, from_)
    until = None if deadline is None else instant_text(instant_utc(deadline, "deadline", takes_zone=False))
    fields = without_none(to=identifier(to, "account"), deadline=until, reference=optional_line(reference, "reference"))
    entries = record_units_event(
        ledger, "offer", request, TRANSFER_OFFERED, fields, from_=from_, holder="from", key=key, by=by, shows=_made
    )
    return _made(ledger._store.view(entries[-1].n + 1), entries)


def _made(view: View, entries: Sequence[Entry]) -> Offer:
    return offer_at(view, entries[0].n)


def _about(view: View, entries: Sequence[Entry]) -> Offer:
    return offer_at(view, entries[0].event["offer"])


def accept(ledger: Recorder, offer: Offer | int, *, key: str | None = None, by: str | None = None) -> Offer:
    """Accept an offer: the account that it was made to now holds the units.

    Args:
        offer: The offer, or the number of its entry.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The offer in its new state; its ``blocks`` are what the accepting account now holds.

    Raises:
        RefusedError: There is no such offer; or it belongs to another ledger, has ended, or its deadline has passed.
        ExpiredError: Since the offer was made, some units have expired or can no longer be transferred.
        QuantityError: *offer* is neither an `Offer` nor a number.
    """
    n = _offer_number(offer)
    event: dict[str, object] = {"offer": n}
    plan = _plan_about(offer, TRANSFER_ACCEPTED, event)
    return ledger._recorded(_about, "accept", event, plan, key=key, by=by)


def reject(
    ledger: Recorder, offer: Offer | int, *, reason: str | None = None, key: str | None = None, by: str | None = None
) -> Offer:
    """Reject an offer, as the account that it was made to: the units are active again in the account that offered them.

    Args:
        offer: The offer, or the number of its entry.
        reason: The reason, in words, if there is one.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The offer in its new state.

    Raises:
        RefusedError: There is no such offer; or it belongs to another ledger, or has ended.
        QuantityError: *offer* is neither an `Offer` nor a number, or *reason* is empty or not text.
    """
    return _end(ledger, "reject", "rejected", offer, reason, key, by)


def revoke_offer(
    ledger: Recorder, offer: Offer | int, *, reason: str | None = None, key: str | None = None, by: str | None = None
) -> Offer:
    """Revoke an offer, as the account that made it: the units are active again in the account that offered them.

    Args:
        offer: The offer, or the number of its entry.
        reason: The reason, in words, if there is one.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The offer in its new state.

    Raises:
        RefusedError: There is no such offer; or it belongs to another ledger, or has ended.
        QuantityError: *offer* is neither an `Offer` nor a number, or *reason* is empty or not text.
    """
    return _end(ledger, "revoke_offer", "revoked", offer, reason, key, by)


def time_out(ledger: Recorder, offer: Offer | int, *, key: str | None = None, by: str | None = None) -> Offer:
    """Time out an offer whose deadline has passed: the units are active again in the account that offered them.

    Args:
        offer: The offer, or the number of its entry.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The offer in its new state.

    Raises:
        RefusedError: There is no such offer; or it belongs to another ledger, has ended, has no deadline, or its
            deadline has not passed.
        QuantityError: *offer* is neither an `Offer` nor a number.
    """
    return _end(ledger, "time_out", TIMED_OUT, offer, None, key, by)


def _end(
    ledger: Recorder, name: str, outcome: str, offer: Offer | int, reason: str | None, key: str | None, by: str | None
) -> Offer:
    n = _offer_number(offer)
    reason_text = None if reason is None else text(reason, "reason")
    event: dict[str, object] = {"outcome": outcome, **without_none(offer=n, reason=reason_text)}
    arguments = without_none(offer=n, reason=reason_text)
    return ledger._recorded(_about, name, arguments, _plan_about(offer, TRANSFER_ENDED, event), key=key, by=by)
