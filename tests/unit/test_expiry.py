"""Expiry: derived for the time of a query, and checked by every command at its own time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.conftest import EVIDENCE, Clock, dump
from tests.support.expiring_plant import BAKU, held, issued, month
from tests.support.other_registry import import_go

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["held"]

CLAIM = {"beneficiary": "B", "purpose": "claim", "period": cl.Period.year(2025, zone=BAKU)}
LAST = timedelta(microseconds=999_500)  # before a limit, cut to the second


@pytest.fixture
def old(held: cl.Ledger, clock: Clock) -> cl.Batch:
    """A batch of 2025-02 with active, locked, buffered and offered units, in the last second of its transfers."""
    batch = issued(held, month(2), "20 MWh", project="go", buffer="0.2")
    held.lock(batch.take(4), reason="r")
    held.offer(f"{batch.batch_id}/5-6", to="buyer")
    assert batch.transferable_until_utc == month(3, 2026).start_utc
    assert batch.expires_utc == month(9, 2026).start_utc
    clock.now = month(3, 2026).start - LAST
    return batch


def offer_of(ledger: cl.Ledger) -> cl.Offer:
    return ledger.offers("op")[0]


def of_go(count: int = 1) -> cl.Selection:
    return cl.Selection(count, instrument="EECS-GO")


GIVE_AWAY: dict[str, Callable[[cl.Ledger, str], object]] = {
    "transfer": lambda ledger, batch: ledger.transfer(f"{batch}/7", to="buyer"),
    "offer": lambda ledger, batch: ledger.offer(f"{batch}/7", to="buyer"),
    "accept": lambda ledger, _: ledger.accept(offer_of(ledger)),
    "export": lambda ledger, batch: ledger.export(f"{batch}/7", to_registry="elsewhere", reference="7"),
}
USE: dict[str, Callable[[cl.Ledger, str], object]] = {
    "retire": lambda ledger, batch: ledger.retire(f"{batch}/7", **CLAIM),
    "cancel": lambda ledger, batch: ledger.cancel(f"{batch}/7", reason="r"),
    "lock": lambda ledger, batch: ledger.lock(f"{batch}/7", reason="r"),
    "withdraw": lambda ledger, batch: ledger.withdraw(f"{batch}/1", reason="r"),
    "release_buffer": lambda ledger, batch: ledger.release_buffer(f"{batch}/20", reason="r"),
    "cancel_buffer": lambda ledger, batch: ledger.cancel_buffer(f"{batch}/20", reason="r"),
}
GIVE_BACK: dict[str, Callable[[cl.Ledger, str], object]] = {
    "release": lambda ledger, batch: ledger.release(f"{batch}/1-4", reason="r"),
    "release of a selection": lambda ledger, _: ledger.release(of_go(4), reason="r", from_="op"),
    "reject": lambda ledger, _: ledger.reject(offer_of(ledger)),
    "revoke": lambda ledger, _: ledger.revoke_offer(offer_of(ledger)),
}
OF_SELECTION: dict[str, Callable[[cl.Ledger], object]] = {
    "transfer": lambda ledger: ledger.transfer(of_go(), to="buyer", from_="op"),
    "offer": lambda ledger: ledger.offer(of_go(), to="buyer", from_="op"),
    "export": lambda ledger: ledger.export(of_go(), to_registry="elsewhere", reference="7", from_="op"),
}


@pytest.mark.parametrize("name", GIVE_AWAY)
def test_the_last_second_of_transfers_still_allows_one(held: cl.Ledger, old: cl.Batch, name: str) -> None:
    """Invariant 13; ledger-model section 8: recorded times are cut to the second."""
    GIVE_AWAY[name](held, old.batch_id)
    assert held.entry(held.size - 1).at == "2026-02-28T19:59:59.000500Z"


@pytest.mark.parametrize("name", GIVE_AWAY)
def test_units_are_given_away_within_the_months_of_transfers_alone(
    held: cl.Ledger, old: cl.Batch, clock: Clock, name: str
) -> None:
    """Invariant 13; RED II article 19(3): 12 months for transfers, 18 for cancellation. An export is a transfer."""
    clock.move(seconds=1)
    before = dump(held)
    with pytest.raises(errors.ExpiredError, match="could be transferred until 2026-02-28T20:00:00Z") as refusal:
        GIVE_AWAY[name](held, old.batch_id)
    assert refusal.value.rule == "transfer-expired"
    clock.now = month(9, 2026).start
    with pytest.raises(errors.ExpiredError, match="expired at 2026-08-31T20:00:00Z") as refusal:
        GIVE_AWAY[name](held, old.batch_id)
    assert refusal.value.rule == "expired"
    assert dump(held) == before


@pytest.mark.parametrize("name", OF_SELECTION)
def test_a_selection_leaves_out_what_can_no_longer_be_given_away(
    held: cl.Ledger, old: cl.Batch, clock: Clock, name: str
) -> None:
    """Invariant 33: a selection chooses usable units only."""
    newer = issued(held, month(3), "1 MWh", project="go")
    clock.move(seconds=1)
    OF_SELECTION[name](held)
    assert held.holdings("op") == (cl.Block(old.batch_id, 7, 16),)
    assert not set(held.holdings("op")) & {newer.block}
    with pytest.raises(errors.InsufficientBalanceError, match=r"only 0 can be transferred; 10 can only be"):
        OF_SELECTION[name](held)
    held.retire(of_go(10), from_="op", **CLAIM)
    assert held.holdings("op") == ()


@pytest.mark.parametrize("name", USE)
def test_the_last_second_still_allows_an_action(held: cl.Ledger, old: cl.Batch, clock: Clock, name: str) -> None:
    """Invariant 13; ledger-model section 8: recorded times are cut to the second."""
    clock.now = month(9, 2026).start - LAST
    USE[name](held, old.batch_id)
    assert held.entry(held.size - 1).at == "2026-08-31T19:59:59.000500Z"


@pytest.mark.parametrize("name", USE)
def test_an_action_on_expired_units_is_refused(held: cl.Ledger, old: cl.Batch, clock: Clock, name: str) -> None:
    """Invariant 13."""
    clock.now = month(9, 2026).start
    before = dump(held)
    with pytest.raises(errors.ExpiredError, match="expired at 2026-08-31T20:00:00Z"):
        USE[name](held, old.batch_id)
    assert dump(held) == before


@pytest.mark.parametrize("name", GIVE_BACK)
def test_giving_back_needs_no_unexpired_units(held: cl.Ledger, old: cl.Batch, clock: Clock, name: str) -> None:
    """It uses nothing: the units are active again where they are, and still expired."""
    clock.now = month(9, 2026).start
    GIVE_BACK[name](held, old.batch_id)
    assert held.expired("op") == (old.block,)
    assert (held.balance("op").active, held.balance("op").expired) == (0, 20)


def test_voiding_needs_unexpired_units(held: cl.Ledger, clock: Clock) -> None:
    """Else the steps of expired certificates could be issued again as something that does not expire."""
    batch = issued(held, month(2), project="go")
    clock.now = month(9, 2026).start
    before = dump(held)
    with pytest.raises(errors.ExpiredError):
        held.void(batch, reason="too late")
    with pytest.raises(errors.ExpiredError):
        held.convert(batch, to_instrument="I-REC-E", reason="too late")
    assert dump(held) == before


def test_a_conversion_is_a_use_and_not_a_transfer(held: cl.Ledger, old: cl.Batch, clock: Clock) -> None:
    batch = issued(held, month(1), project="go")
    clock.now = month(3, 2026).start
    held.convert(batch, to_instrument="I-REC-E", reason="another scheme")
    assert held.balance("op").retired == 10


def test_an_issuance_without_units_left_is_voided_after_its_time(held: cl.Ledger, clock: Clock) -> None:
    """There is no unit that expiry could be asked of: all were withdrawn, and what they cost stays paid."""
    batch = issued(held, month(2), project="go")
    held.withdraw(batch, reason="by order")
    clock.now = month(9, 2026).start
    held.void(batch, reason="tidying up")
    assert (held.carry("go").carry, held.carry("go").adjustments) == (-10, -10)


def test_holdings_leave_out_what_has_expired(held: cl.Ledger, old: cl.Batch, clock: Clock) -> None:
    """Invariant 33; ledger-model section 8: as of the time asked about, now by default, and as of an entry."""
    ends = month(9, 2026).start
    kept = issued(held, month(1), project="p")
    held.retire(f"{old.batch_id}/16", **CLAIM)
    active = cl.Block(old.batch_id, 7, 15)
    for at, there in ((ends - timedelta(microseconds=1), True), (ends, False), ("2026-08-31T23:59:59+04:00", True)):
        assert held.holdings("op", at=at) == ((active, kept.block) if there else (kept.block,))
        assert bool(held.holdings("op", state="locked", at=at)) is there
        assert held.holdings("op", state="retired", at=at) == (cl.Block(old.batch_id, 16, 16),)
        assert bool(held.expired("op", at=at)) is not there
    assert held.expired("op") == ()
    clock.now = ends
    assert held.expired("op") == (cl.Block(old.batch_id, 1, 15), cl.Block(old.batch_id, 17, 20))
    assert held.as_of(entry=held.size - 1).expired("op") == ()
    assert held.as_of(entry=held.size - 1).expired("op", at=ends) == held.expired("op")
    assert held.holdings("op") == (kept.block,)
    assert held.as_of(entry=held.size - 1).holdings("op") == (active, kept.block)


def whole(balance: object) -> int:
    """The units of a balance in all states, expired ones included."""
    states = ("active", "locked", "buffered", "pending", "expired", "retired", "cancelled", "withdrawn", "exported")
    return sum(getattr(balance, state) for state in states)


def test_a_balance_counts_expired_units_apart(held: cl.Ledger, old: cl.Batch, clock: Clock) -> None:
    """Invariants 10 and 33: expired units are in no other state, and the states still sum to what was issued."""
    ends = month(9, 2026).start
    held.retire(f"{old.batch_id}/16", **CLAIM)
    issued(held, month(3), "2 MWh", project="go")
    now = held.balance("op")
    assert (now.active, now.locked, now.buffered, now.pending, now.expired) == (11, 4, 4, 2, 0)
    later = held.balance("op", at=ends)
    assert (later.active, later.locked, later.buffered, later.pending, later.expired) == (2, 0, 0, 0, 19)
    assert later.retired == 1
    last = held.balance("op", instrument="EECS-GO", at=month(10, 2026).start)
    assert (last.active, last.expired) == (0, 21)
    assert {whole(item) for item in (now, later, last)} == {22}
    past = held.size
    clock.now = ends
    assert held.balance("op") == later
    held.revoke_offer(offer_of(held))
    held.release(cl.Block(old.batch_id, 1, 4), reason="r")
    assert (held.balance("op").active, held.balance("op").expired) == (2, 19)
    assert held.as_of(entry=past - 1).balance("op") == now
    assert held.as_of(entry=past - 1).balance("op", at=ends) == later
    assert held.balance("op", instrument="GC").expired == 0
    with pytest.raises(errors.NaiveTimeError):
        held.balance("op", at="2026-01-01T00:00")


def test_a_correction_takes_back_expired_units_too(held: cl.Ledger, clock: Clock) -> None:
    """ledger-model section 7: units of the issuer that never left it are withdrawn, expired ones included."""
    issued(held, month(2), "20 MWh", project="go")
    clock.now = month(9, 2026).start
    assert held.balance("op").expired == 20
    held.correct_generation("second", month(2), net="5 MWh", reason="wrong ratio", evidence=EVIDENCE)
    balance = held.balance("op")
    assert (balance.active, balance.expired, balance.withdrawn) == (0, 5, 15)


def test_positions_say_what_each_block_is(held: cl.Ledger, old: cl.Batch, clock: Clock) -> None:
    """Invariants 11 and 33."""
    never = issued(held, month(1), "3 MWh", project="p")
    held.transfer(never.take(1), to="buyer")
    found = held.positions("op")
    assert [(item.block.first, item.block.last, item.state) for item in found if item.project == "go"] == [
        (1, 4, "locked"),
        (5, 6, "pending"),
        (7, 16, "active"),
        (17, 20, "buffered"),
    ]
    one = found[0]
    assert (one.account, one.instrument, one.project, one.vintage, one.count) == ("op", "EECS-GO", "go", 2025, 4)
    assert (one.production, one.expires_utc) == (old.production, old.expires_utc)
    assert one.transferable_until_utc == old.transferable_until_utc
    assert [item.account for item in held.positions(instrument="I-REC-E")] == ["op", "buyer"]
    assert held.positions("op", project="p", vintage=2025, state="active")[0].block == cl.Block(never.batch_id, 2, 3)
    assert held.positions(vintage=2024) == ()
    ends = month(9, 2026).start
    assert [(item.block, item.state) for item in held.positions(project="go", at=ends)] == [(old.block, "expired")]
    assert held.positions(state="expired") == () == held.positions("op", project="go", state="active", at=ends)
    held.retire(f"{old.batch_id}/7", **CLAIM)
    assert [item.block.first for item in held.positions("op", state="retired")] == [7]
    assert 7 not in [item.block.first for item in held.positions("op")]
    with pytest.raises(errors.RefusedError) as refusal:
        held.positions(state="gone")
    assert refusal.value.rule == "unknown-state"
    with pytest.raises(errors.UnknownAccountError):
        held.positions("ghost")


def test_positions_of_a_project_that_nobody_has_heard_of_are_refused(held: cl.Ledger) -> None:
    """A misspelt name gives no empty list; the project of imported units is known, if they are all gone too."""
    with pytest.raises(errors.UnknownProjectError, match="no imported units have a project of this name") as refusal:
        held.positions(project="Hydro-3")
    assert refusal.value.rule == "unknown-project"
    imported = import_go(held, 1, 5)
    assert [item.block for item in held.positions(project="Hydro-3")] == [imported.take(5)]
    held.retire(imported.take(5), **CLAIM)
    assert held.positions(project="Hydro-3") == ()
    with pytest.raises(errors.UnknownProjectError, match="did you mean 'Hydro-3'"):
        held.positions(project="hydro-4")


def test_a_time_asked_about_names_its_zone(held: cl.Ledger) -> None:
    for ask in (held.expired, held.holdings, held.balance, held.positions):
        with pytest.raises(errors.NaiveTimeError):
            ask("op", at="2026-01-01T00:00")
        with pytest.raises(errors.PeriodError):
            ask("op", at=3)
        with pytest.raises(errors.UnknownAccountError):
            ask("ghost", at="2026-01-01T00:00Z")


def test_statement_and_trace_say_when_units_expire(held: cl.Ledger, old: cl.Batch) -> None:
    assert [item.expires_utc for item in held.statement("op").movements] == [old.expires_utc] * 3
    assert "2026-08-31T20:00:00Z" in str(held.statement("op"))
    assert all(row["expires"] == "2026-08-31T20:00:00Z" for row in held.statement("op").rows())
    traced = held.trace(f"{old.batch_id}/1")
    assert traced.expires_utc == old.expires_utc
    assert {"what": "expires", "which": "2026-08-31T20:00:00Z"} in traced.origin()
    never = issued(held, month(1), project="p")
    assert {"what": "expires", "which": "never"} in held.trace(never).origin()
    assert BAKU not in str(held.statement("op"))


def test_a_statement_counts_expired_units_apart(held: cl.Ledger, old: cl.Batch, clock: Clock) -> None:
    """Invariants 10 and 33: the states of each movement sum to the units, and a change is what the entry did."""
    clock.now = month(9, 2026).start
    held.release(cl.Block(old.batch_id, 1, 4), reason="r")
    issued(held, month(4), "3 MWh", project="go")
    held.retire(of_go(2), from_="op", **CLAIM)
    movements = held.statement("op").movements
    assert [(item.active, item.locked, item.pending, item.expired) for item in movements] == [
        (16, 0, 0, 0),
        (12, 4, 0, 0),
        (10, 4, 2, 0),
        (0, 0, 0, 20),
        (3, 0, 0, 20),
        (1, 0, 0, 20),
    ]
    assert [whole(item) for item in movements] == [20, 20, 20, 20, 23, 23]
    assert [item.changes for item in movements[3:]] == [(), (("active", 3),), (("active", -2), ("retired", 2))]
    assert "expired" in str(held.statement("op")).splitlines()[1]
    assert [row["expired"] for row in held.statement("op").rows()] == [0, 0, 0, 20, 20, 20]
