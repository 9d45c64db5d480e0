"""Rules for offers, which are transfers in two phases: units are pending until the offer is accepted or ends."""

from typing import Final

from attrs import evolve

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.pieces import (
    TRANSFER,
    blocks_of_event,
    continues,
    move,
    require_another,
    require_continues,
    require_usable,
    usable_blocks,
    with_continuations,
)
from carbon_ledger.core.state.rows import ACTIVE, PENDING, Offer, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import BrokenLogError, RefusedError, UnknownThingError
from carbon_ledger.periods.instants import instant_of, instant_text
from carbon_ledger.serials import Block

OFFERED: Final = "offered"
ACCEPTED: Final = "accepted"
TIMED_OUT: Final = "timed-out"


def offer_of(view: View, n: int) -> Offer:
    """An offer, with its status in this state.

    Raises:
        RefusedError: Entry *n* does not begin an offer.
    """
    found = view.offer(n)
    if found is None:
        raise UnknownThingError(
            f"offer {n}", "no such offer in this ledger; see offers(account) for their numbers", rule="unknown-offer"
        )
    return found


def offered_blocks(view: View, n: int) -> tuple[Block, ...]:
    """The blocks of the offer of entry *n*, including those of the entries that continue it."""
    return tuple(block for entry in with_continuations(view, view.entry(n)) for block in blocks_of_event(entry.event))


def offered(view: View, entry: Entry) -> list[Row]:
    """Offer blocks to another account: until the offer ends, they are pending in the account of the transferor.

    Raises:
        NotHolderError: The transferor does not hold all units, or offers them to itself.
        NotActiveError: Some units are not active.
        ExpiredError: The units expired, or can no longer be transferred.
        UnknownAccountError: An account is not open.
        RefusedError: The deadline is not after the offer.
        BrokenLogError: The entry continues an offer to another account, or with another deadline.
    """
    event = entry.event
    transferor, transferee = lookup.account(view, event["from"]), lookup.account(view, event["to"])
    blocks = usable_blocks(view, entry, transferor, limit=TRANSFER)
    require_another(blocks, transferor, transferee)
    require_continues(view, entry)
    rows = move(view, entry.n, blocks, PENDING)
    if continues(view, entry):
        return rows
    deadline_utc = instant_of(event["deadline"]) if "deadline" in event else None
    if deadline_utc is not None and deadline_utc <= second_of(entry.at):
        raise RefusedError(
            f"block {blocks[0]}",
            f"the deadline {event['deadline']} is not after the offer, recorded at {entry.at}; pass a later deadline",
            rule="deadline-passed",
        )
    return [*rows, Offer(entry.n, entry.n, transferor, transferee, deadline_utc, OFFERED)]


def accepted(view: View, entry: Entry) -> list[Row]:
    """Accept an offer: its units move to the account of the transferee, and are active there.

    Raises:
        RefusedError: There is no such offer, the offer ended, or its deadline has passed.
        ExpiredError: The units expired after they were offered, or can no longer be transferred.
    """
    offer = _standing(view, entry)
    if offer.deadline_utc is not None and _lapsed(offer, entry):
        raise RefusedError(
            f"offer {offer.n}",
            f"it could be accepted before {instant_text(offer.deadline_utc)}, and the time is {entry.at}; "
            f"ask {offer.transferor} for another offer",
            rule="offer-lapsed",
        )
    blocks = offered_blocks(view, offer.n)
    for block in blocks:
        require_usable(view, block, offer.transferor, entry.at, (PENDING,), limit=TRANSFER)
    return [*move(view, entry.n, blocks, ACTIVE, offer.transferee), evolve(offer, from_n=entry.n, status=ACCEPTED)]


def ended(view: View, entry: Entry) -> list[Row]:
    """End an offer without a transfer: its units are active again in the account of the transferor, even if expired.

    Raises:
        RefusedError: There is no such offer, the offer ended before, or it times out before its deadline.
        BrokenLogError: The offer times out and the event has a reason, which no command records.
    """
    offer, outcome = _standing(view, entry), entry.event["outcome"]
    if outcome == TIMED_OUT and "reason" in entry.event:
        raise BrokenLogError(
            f"entry {entry.n}: expected no reason for an offer that times out, since its deadline is the reason"
        )
    if outcome == TIMED_OUT and not _lapsed(offer, entry):
        until = "" if offer.deadline_utc is None else f" before {instant_text(offer.deadline_utc)}"
        raise RefusedError(
            f"offer {offer.n}",
            f"it does not time out{until}; {offer.transferor} can revoke_offer() it, or {offer.transferee} can "
            "reject() it",
            rule="offer-not-lapsed",
        )
    blocks = offered_blocks(view, offer.n)
    return [*move(view, entry.n, blocks, ACTIVE), evolve(offer, from_n=entry.n, status=outcome)]


def _standing(view: View, entry: Entry) -> Offer:
    """The offer that an entry names, which has not ended."""
    offer = offer_of(view, entry.event["offer"])
    if offer.status != OFFERED:
        raise RefusedError(
            f"offer {offer.n}",
            f"it was {offer.status} by entry {offer.from_n}, and an offer ends once; make another offer",
            rule="offer-ended",
        )
    return offer


def _lapsed(offer: Offer, entry: Entry) -> bool:
    """Whether the deadline of an offer has passed when an entry is recorded."""
    return offer.deadline_utc is not None and second_of(entry.at) >= offer.deadline_utc
