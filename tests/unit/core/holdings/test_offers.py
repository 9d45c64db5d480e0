"""Transfers in two phases: offered, and then accepted, rejected, revoked or timed out, once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from attrs import evolve
from tests.conftest import Clock, dump
from tests.support.expiring_plant import held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.rules import apply

__all__ = ["held"]

Ending = Callable[[cl.Ledger, cl.Offer | int], cl.Offer]
ENDINGS: dict[str, Ending] = {
    "accepted": lambda ledger, offer: ledger.accept(offer),
    "rejected": lambda ledger, offer: ledger.reject(offer, reason="too dear"),
    "revoked": lambda ledger, offer: ledger.revoke_offer(offer),
    "timed-out": lambda ledger, offer: ledger.time_out(offer),
}


def balance(ledger: cl.Ledger, account: str) -> tuple[int, int]:
    found = ledger.balance(account, instrument="I-REC-E")
    return found.active, found.pending


def until(clock: Clock, **by: int) -> str:
    return (clock.now + timedelta(**by)).isoformat()


def test_offered_units_are_pending_in_the_givers_account(held: cl.Ledger, clock: Clock) -> None:
    """Invariants 10 and 11; each pending piece is as old as its offer."""
    batch = issued(held, month(1))
    offer = held.offer(batch.take(4), to="buyer", deadline=until(clock, days=1))
    assert (offer.n, offer.giver, offer.taker, offer.count, offer.status) == (
        held.size - 1,
        "op",
        "buyer",
        4,
        "offered",
    )
    assert (offer.blocks, offer.ended_n) == ((batch.take(4),), None)
    assert held.entry(offer.n).event == {
        "batch": batch.batch_id,
        "first": 1,
        "last": 4,
        "from": "op",
        "to": "buyer",
        "deadline": "2026-01-02T00:00:00Z",
    }
    assert (balance(held, "op"), balance(held, "buyer")) == ((6, 4), (0, 0))
    assert held.holdings("op", state="pending") == (batch.take(4),)
    held.transfer(f"{batch.batch_id}/6", to="other")  # beside the offered block
    pending = [piece for piece in held._store.view().holdings("op") if piece.state == "pending"]
    assert [piece.from_n for piece in pending] == [offer.n]
    assert held.offers("op") == held.offers("buyer") == (offer,)
    assert held.offers("other") == ()


@pytest.mark.parametrize("outcome", ENDINGS)
def test_an_offer_ends_once(held: cl.Ledger, clock: Clock, outcome: str) -> None:
    """Invariant 12: what ended stays ended, whoever asks for what."""
    batch = issued(held, month(1))
    offer = held.offer(batch.take(4), to="buyer", deadline=until(clock, seconds=10))
    clock.move(seconds=10 if outcome == "timed-out" else 9)
    done = ENDINGS[outcome](held, offer)
    assert done == evolve(offer, status=outcome, ended_n=held.size - 1)
    assert held.offers("buyer") == (done,)
    assert (balance(held, "op"), balance(held, "buyer")) == (
        ((6, 0), (4, 0)) if outcome == "accepted" else ((10, 0), (0, 0))
    )
    before = dump(held)
    for again in ENDINGS.values():
        with pytest.raises(errors.RefusedError, match=f"it was {outcome} by entry {done.ended_n}") as refused:
            again(held, offer)
        assert refused.value.rule == "offer-ended"
    assert dump(held) == before
    assert held.as_of(entry=offer.n).offers("op") == (offer,)


def test_after_the_deadline_an_offer_lapses(held: cl.Ledger, clock: Clock) -> None:
    """It is half open: the deadline is the first second in which it can no longer be accepted."""
    batch = issued(held, month(1))
    first, second, third = (
        held.offer(block, to="buyer", deadline=until(clock, seconds=60)) for block in batch.cut(2, 3, 5)
    )
    clock.move(seconds=59)
    held.accept(first)
    with pytest.raises(errors.RefusedError, match="does not time out before 2026-01-01T00:01:00Z") as refused:
        held.time_out(second)
    assert refused.value.rule == "offer-not-lapsed"
    clock.move(seconds=1)
    before = dump(held)
    with pytest.raises(errors.RefusedError, match="could be accepted before 2026-01-01T00:01:00Z") as refused:
        held.accept(second)
    assert refused.value.rule == "offer-lapsed"
    assert dump(held) == before
    assert held.time_out(second, by="anybody").status == "timed-out"
    assert held.revoke_offer(third.n).status == "revoked"
    assert balance(held, "op") == (8, 0)


def test_an_offer_without_a_deadline_does_not_time_out(held: cl.Ledger, clock: Clock) -> None:
    batch = issued(held, month(1))
    offer = held.offer(batch, to="buyer")
    clock.move(days=400)
    with pytest.raises(errors.RefusedError, match=r"does not time out; op can revoke_offer") as refused:
        held.time_out(offer)
    assert refused.value.rule == "offer-not-lapsed"
    assert held.accept(offer).deadline_utc is None


Refused = Callable[[cl.Ledger, cl.Batch], object]


def offered(deadline: object) -> Refused:
    return lambda ledger, batch: ledger.offer(batch, to="buyer", deadline=deadline)


REFUSALS: list[tuple[str, type[Exception], str, Refused]] = [
    ("to itself", errors.NotHolderError, "holds it already", lambda x, b: x.offer(b.take(1), to="op")),
    ("to nobody", errors.UnknownAccountError, "ghost", lambda x, b: x.offer(b.take(1), to="ghost")),
    ("of another's", errors.NotHolderError, "not buyer's", lambda x, b: x.offer(b, to="other", from_="buyer")),
    (
        "deadline now",
        errors.RefusedError,
        "deadline-passed",
        offered("2026-01-01T00:00Z"),
    ),
    (
        "naive deadline",
        errors.NaiveTimeError,
        "deadline",
        offered("2027-01-01T00:00"),
    ),
    ("odd deadline", errors.PeriodError, "deadline", offered(5)),
    ("accept nothing", errors.RefusedError, "unknown-offer", lambda x, _: x.accept(999)),
    ("accept a transfer", errors.RefusedError, "unknown-offer", lambda x, _: x.accept(1)),
    ("reject nothing", errors.RefusedError, "unknown-offer", lambda x, _: x.reject(0)),
    ("time out nothing", errors.RefusedError, "unknown-offer", lambda x, _: x.time_out(2**52)),
    ("no number", errors.QuantityError, "expected an Offer", lambda x, _: x.accept("3")),
    ("a boolean", errors.QuantityError, "expected an Offer", lambda x, _: x.revoke_offer(True)),
    ("below zero", errors.QuantityError, "expected an Offer", lambda x, _: x.accept(-1)),
    ("empty reason", errors.QuantityError, "reason", lambda x, b: x.reject(x.offer(b, to="buyer"), reason=" ")),
]


@pytest.mark.parametrize(("error", "words", "action"), [case[1:] for case in REFUSALS], ids=[c[0] for c in REFUSALS])
def test_a_refused_offer_leaves_no_trace(held: cl.Ledger, error: type[Exception], words: str, action: Refused) -> None:
    """Invariants 13 and 26."""
    batch = issued(held, month(1))
    before = dump(held)

    def attempt() -> None:
        with held.batch():
            action(held, batch)

    with pytest.raises(error, match=words):
        attempt()
    assert dump(held) == before


def test_the_reason_of_an_end_is_kept_where_one_is_given(held: cl.Ledger) -> None:
    batch = issued(held, month(1))
    held.reject(held.offer(batch, to="buyer"), reason="wrong vintage")
    assert held.entry(held.size - 1).event["reason"] == "wrong vintage"
    held.reject(held.offer(batch, to="buyer"))
    assert "reason" not in held.entry(held.size - 1).event


def test_a_retry_gives_the_first_result(held: cl.Ledger) -> None:
    """Invariant 26: the offer as it stood then, whatever became of it."""
    batch = issued(held, month(1))
    offer = held.offer(batch.take(2), to="buyer", key="o")
    accepted = held.accept(offer, key="a")
    held.transfer(batch.take(2), to="other")
    assert held.offer(batch.take(2), to="buyer", key="o") == offer
    assert held.accept(offer.n, key="a") == accepted
    with pytest.raises(errors.IdempotencyError):
        held.offer(batch.take(2), to="other", key="o")


@pytest.mark.slow
def test_an_offer_of_very_many_blocks_is_one_offer(held: cl.Ledger) -> None:
    """It is several entries, and stands or ends as a whole."""
    batch = issued(held, month(1), "6000 MWh")
    blocks = [cl.Block(batch.batch_id, k, k) for k in range(1, 6000, 2)]
    size = held.size
    offer = held.offer(blocks, to="buyer")
    assert held.size - size == 3
    assert (offer.n, offer.count, offer.blocks) == (size, 3000, tuple(blocks))
    assert held.offers("op") == (offer,)
    with pytest.raises(errors.RefusedError, match="unknown-offer"):
        held.accept(size + 1)
    assert held.accept(offer).blocks == tuple(blocks)
    assert (balance(held, "op"), balance(held, "buyer")) == ((3000, 0), (3000, 0))


@pytest.mark.slow
def test_a_part_of_an_offer_that_says_something_else_is_refused(held: cl.Ledger, clock: Clock) -> None:
    """Several entries of one offer are to one account, until one deadline."""
    batch = issued(held, month(1), "6000 MWh")
    held.offer([cl.Block(batch.batch_id, k, k) for k in range(1, 6000, 2)], to="buyer", deadline=until(clock, days=1))
    n = held.size - 1
    entry, view = held.entry(n), held._store.view(n)
    assert apply(view, entry)
    for wrong in ({"to": "other"}, {"deadline": "2026-01-09T00:00:00Z"}):
        with pytest.raises(errors.BrokenLogError, match="but differs in more than its blocks"):
            apply(view, evolve(entry, event={**entry.event, **wrong}))


def test_a_selection_is_offered(held: cl.Ledger) -> None:
    one, two = issued(held, month(2), "3 MWh"), issued(held, month(1), "4 MWh")
    offer = held.offer(cl.Selection(5, instrument="I-REC-E", order="newest-issue"), to="buyer", from_="op")
    assert offer.blocks == (two.block, one.take(1))
