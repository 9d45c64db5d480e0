"""Locks and the buffer: units that nobody can use, and what gives them back."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, Clock, dump
from tests.support.expiring_plant import BAKU, corrected, expire, held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.issuance.buffer import BUFFER_CEILING, buffer_share, buffered_of

__all__ = ["held"]

CLAIM = {"beneficiary": "B", "purpose": "claim", "period": month(1)}


def counts(ledger: cl.Ledger, account: str = "op", instrument: str = "I-REC-E") -> dict[str, int]:
    balance = ledger.balance(account, instrument=instrument)
    states = ("active", "locked", "buffered", "pending", "retired", "cancelled", "withdrawn")
    return {state: getattr(balance, state) for state in states if getattr(balance, state)}


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


def test_a_share_of_each_batch_is_held_back_rounded_up(held: cl.Ledger) -> None:
    """The highest serials, per batch; the event says the share and the units."""
    split = cl.Waiver("straddling-step", "one total over the turn of the year")
    period = cl.Period.of("2024-12-01", "2025-02-01", zone=BAKU)
    held.record_generation("plant", period, net="62 MWh")
    old, new = held.issue("p", period, to="op", waivers=[split], buffer="10%")
    assert (old.count, new.count) == (31, 31)
    event = held.entry(int(old.batch_id.rsplit("/", 1)[1])).event
    assert event["buffer_share"] == "0.1"
    assert event["batches"] == [
        {"vintage": 2024, "count": 31, "buffered": 4},
        {"vintage": 2025, "count": 31, "buffered": 4},
    ]
    assert held.holdings("op", state="buffered") == tuple(cl.Block(batch.batch_id, 28, 31) for batch in (old, new))
    assert counts(held) == {"active": 54, "buffered": 8}
    assert held.reconcile("p", cl.Period.of("2024-01-01", "2026-01-01", zone=BAKU)).buffered == 8


def test_without_a_buffer_the_event_has_no_word_of_it(held: cl.Ledger) -> None:
    """The bytes stay as they were before there was a buffer."""
    batch = issued(held, month(1))
    event = held.entry(held.size - 1).event
    assert "buffer_share" not in event
    assert event["batches"] == [{"vintage": 2025, "count": 10}]
    none = issued(held, month(2), buffer="0")
    event = held.entry(held.size - 1).event
    assert (event["buffer_share"], event["batches"]) == ("0", [{"vintage": 2025, "count": 10}])
    assert held.holdings("op") == (batch.block, none.block)


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


@pytest.mark.parametrize(
    ("share", "error"),
    [
        (0.1, errors.InexactNumberError),
        ("1", errors.QuantityError),
        ("100%", errors.QuantityError),
        ("-0.1", errors.QuantityError),
        (True, errors.QuantityError),
        ("a tenth", errors.QuantityError),
        ("10 %%", errors.QuantityError),
        ("0.10000000000000000000000000000000000000000000000000000000000001", errors.InexactNumberError),
        ([], errors.QuantityError),
    ],
)
def test_what_is_no_share_is_refused(held: cl.Ledger, share: object, error: type[Exception]) -> None:
    """Invariant 1: a float is refused at the door."""
    held.record_generation("plant", month(1), net="10 MWh")
    before = dump(held)
    with pytest.raises(error, match="buffer"):
        held.issue("p", month(1), to="op", buffer=share)
    assert dump(held) == before


@pytest.mark.parametrize(
    ("share", "expected"), [("10%", "0.1"), ("2.5 %", "0.025"), (0, "0"), (Decimal("0.500"), "0.5"), ("0", "0")]
)
def test_one_share_has_one_spelling_in_the_log(share: object, expected: str) -> None:
    assert str(buffer_share(share)) == expected


@given(st.integers(1, 2**53 - 1), st.decimals(0, "0.999999999", places=9))
def test_the_buffer_is_the_share_rounded_up_and_never_more_than_the_batch(count: int, share: Decimal) -> None:
    """`BUFFER_CEILING`: the smallest whole number that is not below the share."""
    back = buffered_of(count, share)
    assert BUFFER_CEILING.rounding.direction == "ceiling"
    assert back - 1 < count * share <= back <= count


def test_the_same_issue_with_another_buffer_is_another_command(held: cl.Ledger) -> None:
    """Invariant 26: a share is a part of what was asked, whatever its spelling."""
    held.record_generation("plant", month(1), net="10 MWh")
    first = held.issue("p", month(1), to="op", buffer="0.2", key="k")
    assert held.issue("p", month(1), to="op", buffer="20%", key="k") == first
    for share in (None, "0.3"):
        with pytest.raises(errors.IdempotencyError):
            held.issue("p", month(1), to="op", buffer=share, key="k")


def test_a_forged_buffer_is_found(held: cl.Ledger) -> None:
    """Invariant 22: an issuance pins what it held back, and the rule computes it again."""
    from attrs import evolve

    from carbon_ledger.core.rules import apply

    batch = issued(held, month(1), buffer="0.15")
    n = int(batch.batch_id.rsplit("/", 1)[1])
    entry, view = held.entry(n), held._store.view(n)
    assert apply(view, entry)
    event = dict(entry.event)
    for wrong in (
        {**event, "batches": [{"vintage": 2025, "count": 10, "buffered": 1}]},
        {**event, "batches": [{"vintage": 2025, "count": 10}]},
        {name: value for name, value in event.items() if name != "buffer_share"},
    ):
        with pytest.raises(errors.BrokenLogError, match="batches"):
            apply(view, evolve(entry, event=wrong))
    with pytest.raises(errors.QuantityError, match="from 0 to below 1"):
        apply(view, evolve(entry, event={**event, "buffer_share": "1"}))


def test_voiding_takes_back_active_locked_and_buffered_units(held: cl.Ledger) -> None:
    """ledger-model section 7; pending units are promised to somebody."""
    batch = issued(held, month(1), buffer="0.2")
    held.lock(batch.take(3), reason="r")
    offer = held.offer(f"{batch.batch_id}/4", to="buyer")
    before = dump(held)
    with pytest.raises(errors.NotActiveError, match="pending"):
        held.void(batch, reason="a mistake")
    assert dump(held) == before
    held.revoke_offer(offer)
    held.void(batch, reason="a mistake")
    assert counts(held) == {"withdrawn": 10}
    (again,) = held.issue("p", month(1), to="op")
    assert (again.count, again.batch_id != batch.batch_id) == (10, True)


def test_a_withdrawal_takes_locked_and_buffered_units_of_several_batches(held: cl.Ledger) -> None:
    """ledger-model section 7: forfeited, carry unchanged."""
    one, two = issued(held, month(1), "10.6 MWh", buffer="0.2"), issued(held, month(2), "10.6 MWh")
    other = issued(held, month(2), project="go")
    held.lock(one.take(3), reason="r")
    held.transfer(two.take(4), to="buyer")
    before = held.carry("p")
    blocks = (one.block, two.take(5), other.take(1))
    assert held.withdraw(blocks, reason="by order") == blocks
    after = held.carry("p")
    assert (after.carry, after.counted, after.adjustments) == (before.carry, before.counted - 15, -15)
    assert held.carry("go").adjustments == -1
    assert [item.counted for item in held.issuances("p")] == [0, 6]
    assert counts(held, "buyer") == {"withdrawn": 4}


def test_a_correction_takes_back_locked_and_buffered_units_highest_serials_first(held: cl.Ledger) -> None:
    """ledger-model section 7; invariant 15: never pending ones, which are promised; a debit remains."""
    batch = issued(held, month(1), buffer="0.2")
    held.lock(batch.take(6), reason="r")
    held.offer(f"{batch.batch_id}/7", to="buyer")
    done = corrected(held, month(1), "6.5 MWh")
    assert done.withdrawn == (
        cl.Block(batch.batch_id, 9, 10),
        cl.Block(batch.batch_id, 8, 8),
        cl.Block(batch.batch_id, 6, 6),
    )
    assert counts(held) == {"locked": 5, "pending": 1, "withdrawn": 4}
    assert held.carry("p").carry == Decimal("0.5")
    done = corrected(held, month(1), "0 MWh")
    assert done.withdrawn == (cl.Block(batch.batch_id, 1, 5),)
    assert held.carry("p").carry == -1


def test_a_correction_takes_back_expired_units_too(held: cl.Ledger, clock: Clock) -> None:
    """It uses no unit: it mends an issuance, and a debit would be worse."""
    batch = issued(held, month(1), project="go")
    expire(clock)
    done = held.correct_generation("second", month(1), net="8 MWh", reason="r", evidence=EVIDENCE)
    assert done.withdrawn == (cl.Block(batch.batch_id, 9, 10),)
    assert held.carry("go").carry == 0


def test_a_unit_that_left_and_came_back_is_not_taken_by_a_correction_even_locked(held: cl.Ledger) -> None:
    """ledger-model section 7: units that never left the issuing account."""
    batch = issued(held, month(1))
    held.transfer(batch, to="buyer")
    held.transfer(batch, to="op")
    held.lock(batch, reason="r")
    assert corrected(held, month(1), "8 MWh").withdrawn == ()
    assert held.carry("p").carry == -2


@pytest.mark.parametrize("sold", [1, 5, 10])
def test_an_issuance_is_not_voided_whichever_single_unit_was_sold(held: cl.Ledger, sold: int) -> None:
    """Ledger-model section 7: all its units still in the account they were issued to."""
    batch = issued(held, month(5))
    held.transfer(f"{batch.batch_id}/{sold}", to="buyer")
    with pytest.raises(errors.NotHolderError):
        held.void(batch, reason="r")
    held.transfer(f"{batch.batch_id}/{sold}", to="op")
    held.void(batch, reason="r")
    assert held.balance("op").withdrawn == 10


@pytest.mark.parametrize("retired", [1, 5, 10])
def test_an_issuance_is_not_voided_whichever_single_unit_was_retired(held: cl.Ledger, retired: int) -> None:
    batch = issued(held, month(5))
    held.retire(f"{batch.batch_id}/{retired}", beneficiary="B", purpose="p", period=month(5))
    with pytest.raises(errors.NotActiveError):
        held.void(batch, reason="r")


@pytest.mark.parametrize(("year", "taken"), [(2025, "2025"), (2026, "2026")])
def test_a_correction_takes_units_of_the_vintage_that_fell(held: cl.Ledger, year: int, taken: str) -> None:
    """Ledger-model section 7, decision 4: of the two vintages of an issuance, the one whose amount fell comes first."""
    old, new = month(12), month(1, 2026)
    for period in (old, new):
        held.record_generation("plant", period, net="10 MWh")
    held.issue("p", cl.Period(old.start_utc, new.end_utc), to="op")
    done = corrected(held, old if year == 2025 else new, "7 MWh")
    assert [(block.batch_id.split("/")[1], block.first, block.last) for block in done.withdrawn] == [(taken, 8, 10)]
