"""Expiry: derived for the time of a query, and checked by every command at its own time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.conftest import Clock, dump
from tests.support.expiring_plant import BAKU, held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["held"]

CLAIM = {"beneficiary": "B", "purpose": "claim", "period": month(2)}


@pytest.fixture
def old(held: cl.Ledger, clock: Clock) -> cl.Batch:
    """A batch of 2025-02 with active, locked, buffered and offered units, one second before it expires."""
    batch = issued(held, month(2), "20 MWh", project="go", buffer="0.2")
    held.lock(batch.take(4), reason="r")
    held.offer(f"{batch.batch_id}/5-6", to="buyer")
    assert batch.expires_utc == month(3, 2026).start_utc
    clock.now = month(3, 2026).start - timedelta(seconds=1, microseconds=-500)
    return batch


def offer_of(ledger: cl.Ledger) -> cl.Offer:
    return ledger.offers("op")[0]


NEED: dict[str, Callable[[cl.Ledger, str], object]] = {
    "transfer": lambda ledger, batch: ledger.transfer(f"{batch}/7", to="buyer"),
    "retire": lambda ledger, batch: ledger.retire(f"{batch}/7", **CLAIM),
    "cancel": lambda ledger, batch: ledger.cancel(f"{batch}/7", reason="r"),
    "lock": lambda ledger, batch: ledger.lock(f"{batch}/7", reason="r"),
    "offer": lambda ledger, batch: ledger.offer(f"{batch}/7", to="buyer"),
    "accept": lambda ledger, _: ledger.accept(offer_of(ledger)),
    "withdraw": lambda ledger, batch: ledger.withdraw(f"{batch}/1", reason="r"),
    "release_buffer": lambda ledger, batch: ledger.release_buffer(f"{batch}/20", reason="r"),
    "cancel_buffer": lambda ledger, batch: ledger.cancel_buffer(f"{batch}/20", reason="r"),
}
GIVE_BACK: dict[str, Callable[[cl.Ledger, str], object]] = {
    "release": lambda ledger, batch: ledger.release(f"{batch}/1-4", reason="r"),
    "release of a selection": lambda ledger, _: ledger.release(
        cl.Selection(4, instrument="EECS-GO"), reason="r", from_="op"
    ),
    "reject": lambda ledger, _: ledger.reject(offer_of(ledger)),
    "revoke": lambda ledger, _: ledger.revoke_offer(offer_of(ledger)),
}


@pytest.mark.parametrize("name", NEED)
def test_the_last_second_still_allows_an_action(held: cl.Ledger, old: cl.Batch, name: str) -> None:
    """Invariant 13; ledger-model section 8: recorded times are cut to the second."""
    NEED[name](held, old.batch_id)
    assert held.entry(held.size - 1).at == "2026-02-28T19:59:59.000500Z"


@pytest.mark.parametrize("name", NEED)
def test_an_action_on_expired_units_is_refused(held: cl.Ledger, old: cl.Batch, clock: Clock, name: str) -> None:
    """Invariant 13."""
    clock.move(seconds=1)
    before = dump(held)
    with pytest.raises(errors.ExpiredError, match="expired at 2026-02-28T20:00:00Z"):
        NEED[name](held, old.batch_id)
    assert dump(held) == before


@pytest.mark.parametrize("name", GIVE_BACK)
def test_giving_back_needs_no_unexpired_units(held: cl.Ledger, old: cl.Batch, clock: Clock, name: str) -> None:
    """It uses nothing: the units are active again where they are, and still expired."""
    clock.move(seconds=1)
    GIVE_BACK[name](held, old.batch_id)
    assert held.expired("op") == (old.block,)


def test_voiding_needs_unexpired_units(held: cl.Ledger, clock: Clock) -> None:
    """Else the steps of expired certificates could be issued again as something that does not expire."""
    batch = issued(held, month(2), project="go")
    clock.now = month(3, 2026).start
    before = dump(held)
    with pytest.raises(errors.ExpiredError):
        held.void(batch, reason="too late")
    assert dump(held) == before


def test_an_issuance_without_units_left_is_voided_after_its_time(held: cl.Ledger, clock: Clock) -> None:
    """There is no unit that expiry could be asked of: all were withdrawn, and what they cost stays paid."""
    batch = issued(held, month(2), project="go")
    held.withdraw(batch, reason="by order")
    clock.now = month(3, 2026).start
    held.void(batch, reason="tidying up")
    assert (held.carry("go").carry, held.carry("go").adjustments) == (-10, -10)


def test_holdings_at_a_time_leave_out_what_has_expired(held: cl.Ledger, old: cl.Batch, clock: Clock) -> None:
    """ledger-model section 8: derived at the time asked about, before and after, and as of an entry."""
    ends = month(3, 2026).start
    kept = issued(held, month(1), project="p")
    active = cl.Block(old.batch_id, 7, 16)
    held.retire(f"{old.batch_id}/16", **CLAIM)
    active = cl.Block(old.batch_id, 7, 15)
    for at, there in ((ends - timedelta(microseconds=1), True), (ends, False), ("2026-02-28T23:59:59+04:00", True)):
        assert held.holdings("op", at=at) == ((active, kept.block) if there else (kept.block,))
        assert bool(held.holdings("op", state="locked", at=at)) is there
        assert held.holdings("op", state="retired", at=at) == (cl.Block(old.batch_id, 16, 16),)
        assert bool(held.expired("op", at=at)) is not there
    assert held.expired("op") == ()
    clock.move(seconds=1)
    assert held.expired("op") == (cl.Block(old.batch_id, 1, 15), cl.Block(old.batch_id, 17, 20))
    assert held.as_of(entry=held.size - 1).expired("op") == ()
    assert held.as_of(entry=held.size - 1).expired("op", at=ends) == held.expired("op")
    assert held.holdings("op") == (active, kept.block)


def test_a_time_asked_about_names_its_zone(held: cl.Ledger) -> None:
    for ask in (held.expired, held.holdings):
        with pytest.raises(errors.NaiveTimeError):
            ask("op", at="2026-01-01T00:00")
        with pytest.raises(errors.PeriodError):
            ask("op", at=3)
        with pytest.raises(errors.UnknownAccountError):
            ask("ghost", at="2026-01-01T00:00Z")


def test_statement_and_trace_say_when_units_expire(held: cl.Ledger, old: cl.Batch) -> None:
    assert [item.expires_utc for item in held.statement("op").movements] == [old.expires_utc] * 3
    assert "2026-02-28T20:00:00Z" in str(held.statement("op"))
    assert all(row["expires"] == "2026-02-28T20:00:00Z" for row in held.statement("op").rows())
    traced = held.trace(f"{old.batch_id}/1")
    assert traced.expires_utc == old.expires_utc
    assert {"what": "expires", "which": "2026-02-28T20:00:00Z"} in traced.origin()
    never = issued(held, month(1), project="p")
    assert {"what": "expires", "which": "never"} in held.trace(never).origin()
    assert BAKU not in str(held.statement("op"))
