"""Expiry at any time: no usable balance, holding or selection contains an expired unit, and nothing is lost."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import device

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.state.rows import FINAL_STATES, LASTING_STATES, STATES

BAKU = "Asia/Baku"
CLAIM = {"beneficiary": "B", "purpose": "p", "period": cl.Period.year(2025, zone=BAKU)}
SHORT = cl.Instrument(
    id="SHORT", name="Short", unit="MWh", claim="energy-attribute", valid_months=4, transferable_months=2
)
DAYS = st.integers(0, 500)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(("issue", "transfer", "retire", "lock", "release", "offer", "reject", "withdraw")),
        st.integers(1, 6),
        st.integers(0, 40),
    ),
    max_size=12,
)


def play(ledger: cl.Ledger, name: str, count: int, months: list[int]) -> None:
    """Give a command on some units of an account; a refusal changes nothing."""
    some = cl.Selection(count, instrument="SHORT", order="earliest-expiry")
    if name == "issue" and months:
        period = cl.Period.month(2025, months.pop(0), zone=BAKU)
        ledger.record_generation("plant", period, net=f"{4 * count} MWh")
        ledger.issue("short", period, to="op", buffer=count)
    elif name == "transfer":
        ledger.transfer(some, to="buyer", from_="op")
    elif name == "retire":
        ledger.retire(some, from_="op", **CLAIM)
    elif name == "lock":
        ledger.lock(some, reason="r", from_="op")
    elif name == "release":
        ledger.release(some, reason="r", from_="op")
    elif name == "offer":
        ledger.offer(some, to="buyer", from_="op")
    elif name == "withdraw":
        ledger.withdraw(some, reason="r", from_="op")
    elif name == "reject" and (standing := [item for item in ledger.offers("op") if item.status == "offered"]):
        ledger.reject(standing[0])


def check(reader: cl.Ledger, account: str, at: datetime) -> None:
    """A balance against one row a unit: each unit is counted once, and no expired unit as usable."""
    balance = reader.balance(account, instrument="SHORT", at=at)
    second = int(at.timestamp())
    batches = {item.batch_id: item for item in reader.batches("short")}
    wanted = dict.fromkeys((*STATES, "expired"), 0)
    for piece in reader._view().holdings(account):
        expires_utc = batches[piece.batch_id].expires_utc
        assert expires_utc is not None
        over = piece.state not in FINAL_STATES and expires_utc <= second
        wanted["expired" if over else piece.state] += piece.count
    assert {state: getattr(balance, state) for state in wanted} == wanted
    held = {state: sum(block.count for block in reader.holdings(account, state=state, at=at)) for state in STATES}
    assert held == {state: wanted[state] for state in STATES}
    assert sum(block.count for block in reader.expired(account, at=at)) == wanted["expired"]
    positions = reader.positions(account, at=at)
    for state in (*LASTING_STATES, "expired"):
        assert sum(item.count for item in positions if item.state == state) == wanted[state]
    assert all((item.expires_utc or 0) > second for item in positions if item.state != "expired")


@given(MOVES, DAYS)
def test_no_usable_balance_contains_an_expired_unit(moves: list[tuple[str, int, int]], later: int) -> None:
    """Invariants 10, 25 and 33, at the time of each command, as of each entry, and at any other time."""
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    ledger = cl.open_ledger(":memory:", clock=lambda: now[0])
    for account in ("op", "buyer"):
        ledger.open_account(account, name=account)
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="short", instrument=SHORT, zone=BAKU, devices=("plant",)))
    months, seen = list(range(8, 13)), list[tuple[int, object]]()
    for name, count, days in moves:
        with suppress(errors.InsufficientBalanceError, errors.ExpiredError):
            play(ledger, name, count, months)
        for account in ("op", "buyer"):
            check(ledger, account, now[0])
        seen.append((ledger.size - 1, ledger.balance("op", instrument="SHORT", at=now[0])))
        last = ledger.entry(ledger.size - 1).at_utc
        assert ledger.as_of(entry=ledger.size - 1).balance("op", instrument="SHORT") == ledger.balance(
            "op", instrument="SHORT", at=last
        )
        now[0] += timedelta(days=days)
    for account in ("op", "buyer"):
        check(ledger, account, datetime(2025, 12, 1, tzinfo=UTC) + timedelta(days=later))
        for movement in ledger.statement(account).movements:
            past = ledger.as_of(entry=movement.n).balance(account, instrument="SHORT")
            assert [getattr(movement, state) for state in (*STATES, "expired")] == [
                getattr(past, state) for state in (*STATES, "expired")
            ]
    assert ledger.audit().findings == ()
    ledger.close()
