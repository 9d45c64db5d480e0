"""A buffer is a share of a batch, or a number of units; an imported block has one, too."""

from decimal import Decimal
from typing import Any

import pytest
from tests.conftest import dump
from tests.support.forging import found_in
from tests.support.other_registry import event, gs, import_serial, open_ledger

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.holdings.buffer import buffer_of, checked_buffer

__all__ = ["open_ledger"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (25, 25),
        (0, 0),
        ("25%", Decimal("0.25")),
        ("0.1", Decimal("0.1")),
        (Decimal("0"), Decimal(0)),
        ("0", Decimal(0)),
    ],
)
def test_an_int_is_a_count_and_everything_else_a_share(given: object, expected: object) -> None:
    found = checked_buffer(given)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize("given", [-1, True, 0.5, "1", "5", Decimal(1), 2**53, "x"])
def test_what_is_neither_is_refused(given: object) -> None:
    with pytest.raises(errors.QuantityError):
        checked_buffer(given)


def test_an_event_states_one_or_none() -> None:
    assert buffer_of({"buffer_count": 3, "buffered": 3}) == 3
    assert buffer_of({"buffer_share": "0.1"}) == Decimal("0.1")
    assert buffer_of({}) is None


@pytest.mark.parametrize(
    ("buffer", "stated", "held"),
    [
        (3, {"buffer_count": 3, "buffered": 3}, 3),
        (10, {"buffer_count": 10, "buffered": 10}, 10),
        (0, {"buffer_count": 0}, 0),
        ("15%", {"buffer_share": "0.15", "buffered": 2}, 2),
        ("0", {"buffer_share": "0"}, 0),
        (None, {}, 0),
    ],
)
def test_an_imported_block_is_held_back_in_part(
    open_ledger: cl.Ledger, buffer: Any, stated: dict[str, Any], held: int
) -> None:
    """A share is rounded up; the highest serials are buffered (invariants 10 and 11)."""
    batch = import_serial(open_ledger, gs(101, 110), buffer=buffer, key="k")
    assert {name: value for name, value in event(open_ledger).items() if name.startswith("buffer")} == stated
    balance = open_ledger.balance("op", instrument="GS-VER")
    assert (balance.active, balance.buffered) == (10 - held, held)
    assert import_serial(open_ledger, gs(101, 110), buffer=buffer, key="k") == batch
    if held:
        last = cl.Block(batch.batch_id, 11 - held, 10)
        with pytest.raises(errors.NotActiveError):
            open_ledger.transfer(last, to="buyer")
        assert open_ledger.release_buffer(last, reason="no reversal") == last
    assert open_ledger.balance("op", instrument="GS-VER").active == 10


def test_no_more_is_held_back_than_there_is(open_ledger: cl.Ledger) -> None:
    before = dump(open_ledger)
    with pytest.raises(errors.RefusedError, match=r"a buffer of 10 units, but the block has 9;.*buffer-exceeds-issued"):
        import_serial(open_ledger, gs(1, 9), buffer=10)
    assert dump(open_ledger) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda event: event.update(buffered=3), "the buffer is {'buffer_share': '0.2', 'buffered': 3}, expected"),
        (lambda event: event.pop("buffered"), "the buffer is {'buffer_share': '0.2'}, expected"),
        (lambda event: event.pop("buffer_share"), "the buffer is {'buffered': 2}, expected {}"),
        (lambda event: event.update(buffer_count=2), "the buffer is"),
        (lambda event: event.update(buffer_share="1"), "expected a share from 0 to below 1"),
        (lambda event: (event.pop("buffer_share"), event.update(buffer_count=10, buffered=10)), "the block has 9"),
    ],
)
def test_a_changed_buffer_is_found(open_ledger: cl.Ledger, change: Any, message: str) -> None:
    import_serial(open_ledger, gs(1, 9), buffer="0.2")
    found = found_in(open_ledger, 4, change)
    assert found.entry == 4
    assert message in found.detail


def test_a_number_of_units_given_as_text_is_told_how_to_pass_it() -> None:
    with pytest.raises(errors.QuantityError, match="for a number of units pass an int: buffer=25;"):
        checked_buffer("25")
