"""Offers, approvals and retirements of another ledger are refused, although the entries have the same numbers."""

from collections.abc import Callable

import pytest
from tests.conftest import Clock, dump
from tests.support.expiring_plant import BAKU, held, issued, month, set_up

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["held"]

WASTE = {"beneficiary": "Somebody", "purpose": "claim", "period": cl.Period.year(2025, zone=BAKU)}


@pytest.fixture
def other(clock: Clock) -> cl.Ledger:
    """A ledger of the same plants, accounts and numbers."""
    ledger = cl.open_ledger(":memory:", ledger_id="other", clock=clock)
    for name in ("op", "buyer", "other"):
        ledger.open_account(name, name=name)
    set_up(ledger)
    return ledger


ENDINGS: dict[str, Callable[[cl.Ledger, cl.Offer], object]] = {
    "accept": lambda ledger, offer: ledger.accept(offer),
    "reject": lambda ledger, offer: ledger.reject(offer),
    "revoke": lambda ledger, offer: ledger.revoke_offer(offer),
    "time out": lambda ledger, offer: ledger.time_out(offer),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_another_ledgers_offer_is_refused(held: cl.Ledger, other: cl.Ledger, ending: str) -> None:
    mine = held.offer(issued(held, month(1)).take(4), to="buyer")
    theirs = other.offer(issued(other, month(1)).take(5), to="buyer")
    assert mine.n == theirs.n
    before = dump(held)
    with pytest.raises(errors.RefusedError, match="belongs to another ledger") as refused:
        ENDINGS[ending](held, theirs)
    assert refused.value.rule == "unknown-offer"
    assert dump(held) == before
    assert held.accept(mine).status == "accepted"


def test_an_offer_may_be_older_than_what_became_of_it(held: cl.Ledger) -> None:
    """What was held since the offer was made is the same offer, and refused for what became of it."""
    offer = held.offer(issued(held, month(1)), to="buyer")
    ended = held.reject(offer)
    for known in (offer, ended):
        with pytest.raises(errors.RefusedError) as refused:
            held.accept(known)
        assert refused.value.rule == "offer-ended"


def test_another_ledgers_retirement_has_no_receipt_here(held: cl.Ledger, other: cl.Ledger) -> None:
    mine = held.retire(issued(held, month(1)).take(4), **WASTE)
    theirs = other.retire(issued(other, month(1)).take(5), **WASTE)
    assert mine.n == theirs.n
    for thing in (theirs, other.retire(issued(other, month(2)), **WASTE)):
        with pytest.raises(errors.RefusedError, match=rf"this is ledger {held.ledger_id}") as refused:
            held.entry_bytes(thing)
        assert refused.value.rule == "unknown-retirement"
    assert held.entry_bytes(mine) == held.entry_bytes(mine.n)
