"""Locks and the buffer: locked and buffered units cannot be used until they are released."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.conftest import EVIDENCE, dump
from tests.support.expiring_plant import counts, held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["held"]

CLAIM = {"beneficiary": "B", "purpose": "claim", "period": month(1)}


def test_a_locked_block_stays_where_it_is_until_it_is_released(held: cl.Ledger) -> None:
    """Invariants 10 and 11."""
    batch = issued(held, month(1))
    assert held.lock(batch.cut(2, 4)[1], reason="a dispute", evidence=EVIDENCE) == cl.Block(batch.batch_id, 3, 6)
    assert held.entry(held.size - 1).event == {
        "account": "op",
        "batch": batch.batch_id,
        "first": 3,
        "last": 6,
        "reason": "a dispute",
        "evidence": EVIDENCE,
    }
    assert counts(held) == {"active": 6, "locked": 4}
    assert held.holdings("op", state="locked") == (cl.Block(batch.batch_id, 3, 6),)
    assert held.release(f"{batch.batch_id}/4-5", reason="settled in part") == cl.Block(batch.batch_id, 4, 5)
    assert counts(held) == {"active": 8, "locked": 2}
    assert held.holdings("op", state="locked") == (cl.Block(batch.batch_id, 3, 3), cl.Block(batch.batch_id, 6, 6))


USES: dict[str, Callable[[cl.Ledger, object], object]] = {
    "transfer": lambda ledger, block: ledger.transfer(block, to="buyer"),
    "retire": lambda ledger, block: ledger.retire(block, **CLAIM),
    "cancel": lambda ledger, block: ledger.cancel(block, reason="r"),
    "lock": lambda ledger, block: ledger.lock(block, reason="r"),
    "offer": lambda ledger, block: ledger.offer(block, to="buyer"),
    "release": lambda ledger, block: ledger.release(block, reason="r"),
    "release_buffer": lambda ledger, block: ledger.release_buffer(block, reason="r"),
    "cancel_buffer": lambda ledger, block: ledger.cancel_buffer(block, reason="r"),
    "withdraw": lambda ledger, block: ledger.withdraw(block, reason="r"),
}
# What each state lets a block do; the model has these words, the code has them in its rules.
ALLOWED = {
    "active": {"transfer", "retire", "cancel", "lock", "offer", "withdraw"},
    "locked": {"release", "withdraw"},
    "buffered": {"release_buffer", "cancel_buffer", "withdraw"},
    "pending": set(),
    "retired": set(),
    "cancelled": set(),
    "withdrawn": set(),
}


def in_state(ledger: cl.Ledger, state: str) -> cl.Block:
    """A block of two units in a state, with a neighbour in another on each side."""
    batch = issued(ledger, month(1), "20 MWh", buffer="0.5" if state == "buffered" else None)
    block = cl.Block(batch.batch_id, 12, 13)
    into: dict[str, Callable[[], object]] = {
        "locked": lambda: ledger.lock(block, reason="r"),
        "pending": lambda: ledger.offer(block, to="buyer"),
        "retired": lambda: ledger.retire(block, **CLAIM),
        "cancelled": lambda: ledger.cancel(block, reason="r"),
        "withdrawn": lambda: ledger.withdraw(block, reason="r"),
    }
    if state in into:
        into[state]()
    return block


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("state", ALLOWED)
def test_each_state_allows_what_it_does_and_no_more(held: cl.Ledger, state: str, use: str) -> None:
    """Invariants 12 and 13: every command on every state."""
    block = in_state(held, state)
    before = dump(held)
    if use in ALLOWED[state]:
        USES[use](held, block)
        assert dump(held) != before
        return
    with pytest.raises(errors.NotActiveError, match=state) as refused:
        USES[use](held, block)
    assert ("for ever" in str(refused.value)) == (state in ("retired", "cancelled", "withdrawn"))
    assert dump(held) == before


@pytest.mark.parametrize("use", [use for use in USES if use != "withdraw"])
def test_units_of_another_are_not_taken(held: cl.Ledger, use: str) -> None:
    """Invariant 13."""
    batch = issued(held, month(1))
    held.transfer(batch.take(5), to="buyer")
    before = dump(held)
    with pytest.raises(errors.NotHolderError):
        USES[use](held, batch)
    assert dump(held) == before


def test_buffered_units_are_released_or_cancelled(held: cl.Ledger) -> None:
    """Invariants 10, 11 and 12."""
    batch = issued(held, month(1), buffer=Decimal("0.35"))
    assert counts(held) == {"active": 6, "buffered": 4}
    held.release_buffer(batch.cut(6, 1)[1], reason="verified")
    assert held.cancel_buffer([f"{batch.batch_id}/8-9"], reason="a reversal") == (cl.Block(batch.batch_id, 8, 9),)
    assert counts(held) == {"active": 7, "buffered": 1, "cancelled": 2}
    last = held.entry(held.size - 1)
    assert (last.type, last.event["reason"]) == ("buffer.cancelled", "a reversal")
    held.transfer(f"{batch.batch_id}/7", to="buyer")
