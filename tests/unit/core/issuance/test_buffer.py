"""The buffer of an issuance: its share of the units, rounded up, and how the log records it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import dump
from tests.support.expiring_plant import BAKU, counts, held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.holdings.buffer import BUFFER_CEILING, buffer_share, buffered_of

__all__ = ["held"]


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
