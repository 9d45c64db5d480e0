"""Commands for transfers in two phases: offer, accept, reject, revoke, time out."""

from collections.abc import Callable

from carbon_ledger.canonical import identifier
from carbon_ledger.core.entries.events import TRANSFER_ACCEPTED, TRANSFER_ENDED, TRANSFER_OFFERED
from carbon_ledger.core.entries.splitting import Events, without_none
from carbon_ledger.core.holdings.offers import TIMED_OUT
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError
from carbon_ledger.ledger.commands.selection import Units, units_of
from carbon_ledger.ledger.commands.units import record_units_event
from carbon_ledger.ledger.queries.offers import Offer, offer_at, require_own_offer
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.periods.instants import instant_text, instant_utc
from carbon_ledger.printing import quote
from carbon_ledger.texts import text


def _number_of(offer: Offer | int) -> int:
    number = offer.n if isinstance(offer, Offer) else offer
    if type(number) is not int or number < 0:
        raise QuantityError(f"offer {quote(offer)}: expected an Offer, or the number of its entry")
    return number


def _about(offer: Offer | int, kind: str, event: dict[str, object]) -> Callable[[View], Events]:
    """Plan an event about an offer, if it is this ledger's."""

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
    deadline: object = None,
    key: str | None = None,
    by: str | None = None,
) -> Offer:
    """Offer units to another account: they are pending, and change hands when it accepts.

    Args:
        block: A block, a batch or a text; several of these; or a `Selection`.
        to: The account that may accept.
        from_: The account that offers them; by default, the one that holds them all.
        deadline: The first second in which it can no longer be accepted; none: it stands until it ends.
        key: Idempotency key.
        by: The actor.

    Returns:
        The offer; its number is that of its entry.

    Raises:
        NotHolderError: Some of the units are another account's, or *to* holds them already.
        NotActiveError: Some are not active.
        ExpiredError: They expired.
        InsufficientBalanceError: *from_* has fewer units than a selection asks for.
        UnknownAccountError: An account is not open.
        RefusedError: The deadline is not after the offer.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        NaiveTimeError: *deadline* has no zone.
        PeriodError: *deadline* is no time on a whole second.
        QuantityError: A selection, and no *from_*.
    """
    asked = units_of(block, from_)
    until = None if deadline is None else instant_text(instant_utc(deadline, "deadline"))
    said = without_none(to=identifier(to, "account"), deadline=until)
    entries = record_units_event(
        ledger, "offer", asked, TRANSFER_OFFERED, said, from_=from_, holder="from", key=key, by=by
    )
    return offer_at(ledger._store.view(entries[-1].n + 1), entries[0].n)


def accept(ledger: Recorder, offer: Offer | int, *, key: str | None = None, by: str | None = None) -> Offer:
    """Accept an offer: its units are the taker's from here on.

    Args:
        offer: The offer, or the number of its entry.
        key: Idempotency key.
        by: The actor.

    Returns:
        The offer as it stands now; its ``blocks`` are what the taker holds.

    Raises:
        RefusedError: There is no such offer, it is another ledger's, it ended, or its deadline has passed.
        ExpiredError: The units expired meanwhile.
        QuantityError: *offer* is no number.
    """
    n = _number_of(offer)
    event: dict[str, object] = {"offer": n}
    entries = ledger._record("accept", event, _about(offer, TRANSFER_ACCEPTED, event), key=key, by=by)
    return offer_at(ledger._store.view(entries[0].n + 1), n)


def reject(
    ledger: Recorder, offer: Offer | int, *, reason: str | None = None, key: str | None = None, by: str | None = None
) -> Offer:
    """Reject an offer, as the account it was made to: its units are the giver's to use again.

    Args:
        offer: The offer, or the number of its entry.
        reason: Why, where that is said.
        key: Idempotency key.
        by: The actor.

    Returns:
        The offer as it stands now.

    Raises:
        RefusedError: There is no such offer, it is another ledger's, or it ended.
        QuantityError: *offer* is no number, or *reason* is empty.
    """
    return _end(ledger, "reject", "rejected", offer, reason, key, by)


def revoke_offer(
    ledger: Recorder, offer: Offer | int, *, reason: str | None = None, key: str | None = None, by: str | None = None
) -> Offer:
    """Revoke an offer, as the account that made it: its units are active there again.

    Args:
        offer: The offer, or the number of its entry.
        reason: Why, where that is said.
        key: Idempotency key.
        by: The actor.

    Returns:
        The offer as it stands now.

    Raises:
        RefusedError: There is no such offer, it is another ledger's, or it ended.
        QuantityError: *offer* is no number, or *reason* is empty.
    """
    return _end(ledger, "revoke_offer", "revoked", offer, reason, key, by)


def time_out(ledger: Recorder, offer: Offer | int, *, key: str | None = None, by: str | None = None) -> Offer:
    """Time an offer out, once its deadline has passed: its units are active again where they are.

    Args:
        offer: The offer, or the number of its entry.
        key: Idempotency key.
        by: The actor.

    Returns:
        The offer as it stands now.

    Raises:
        RefusedError: There is no such offer, it is another ledger's, it ended, it has no deadline, or that
            has not passed.
        QuantityError: *offer* is no number.
    """
    return _end(ledger, "time_out", TIMED_OUT, offer, None, key, by)


def _end(
    ledger: Recorder, name: str, outcome: str, offer: Offer | int, reason: str | None, key: str | None, by: str | None
) -> Offer:
    n = _number_of(offer)
    why = None if reason is None else text(reason, "reason")
    event: dict[str, object] = {"outcome": outcome, **without_none(offer=n, reason=why)}
    sealed = without_none(offer=n, reason=why)
    entries = ledger._record(name, sealed, _about(offer, TRANSFER_ENDED, event), key=key, by=by)
    return offer_at(ledger._store.view(entries[0].n + 1), n)
