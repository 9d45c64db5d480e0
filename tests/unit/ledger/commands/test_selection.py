"""Many blocks at once: several named, or a count of them in a stated order; one command, all or nothing."""

from collections.abc import Callable

import pytest
from tests.conftest import Clock, dump
from tests.support.expiring_plant import held, issued, month, stock

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["held", "stock"]


def test_a_selection_can_name_vintage_and_project(held: cl.Ledger, stock: dict[str, cl.Batch]) -> None:
    assert held.cancel(cl.Selection(4, instrument="I-REC-E", vintage=2024), reason="r", from_="op") == (
        stock["2024-07"].block,
    )
    assert held.lock(cl.Selection(7, instrument="I-REC-E", project="q"), reason="r", from_="op") == (stock["q"].block,)


def test_a_selection_leaves_out_what_cannot_be_used(held: cl.Ledger, stock: dict[str, cl.Batch], clock: Clock) -> None:
    """Invariant 13: locked, offered and expired units are not taken, and touching pieces are one block."""
    batch = stock["2025-01"]
    held.lock(batch.take(2), reason="r")
    held.offer(f"{batch.batch_id}/4", to="buyer")
    held.transfer(f"{batch.batch_id}/3", to="other")
    held.transfer(f"{batch.batch_id}/3", to="op")
    held.transfer(f"{batch.batch_id}/5", to="other")
    held.transfer(f"{batch.batch_id}/5", to="op")
    pieces = held.holdings("op")
    assert cl.Block(batch.batch_id, 5, 6) in pieces
    newest = cl.Selection(3, instrument="I-REC-E", vintage=2025, project="p", order="newest-issue")
    found = held.transfer(newest, to="buyer", from_="op")
    assert found == (cl.Block(batch.batch_id, 3, 3), cl.Block(batch.batch_id, 5, 6))
    clock.now = month(4, 2026).start
    assert held.cancel(cl.Selection(1, instrument="EECS-GO"), reason="r", from_="op") == (stock["go-2025-05"].take(1),)


def test_too_few_units_are_named(held: cl.Ledger, stock: dict[str, cl.Batch], clock: Clock) -> None:
    """Nothing is taken in part: it names how many there are."""
    clock.now = month(4, 2026).start
    before = dump(held)
    with pytest.raises(
        errors.InsufficientBalanceError, match=r"only 3 can be transferred; 2 can only be retired or cancelled"
    ) as refused:
        held.transfer(cl.Selection(4, instrument="EECS-GO"), to="buyer", from_="op")
    assert refused.value.rule == "insufficient-balance"
    with pytest.raises(errors.InsufficientBalanceError, match=r"23 units of I-REC-E .* only 22 are active;"):
        held.transfer(cl.Selection(23, instrument="I-REC-E"), to="buyer", from_="op")
    with pytest.raises(errors.InsufficientBalanceError, match="only 0 are locked"):
        held.release(cl.Selection(1, instrument="I-REC-E"), reason="r", from_="op")
    assert dump(held) == before
    held.transfer(cl.Selection(22, instrument="I-REC-E"), to="buyer", from_="op")


def test_a_selection_takes_the_state_that_the_command_is_about(held: cl.Ledger) -> None:
    """Locked units to release, buffered ones to release or cancel, active ones for all else."""
    batch = issued(held, month(1), buffer="0.4")
    held.lock(batch.take(3), reason="r")
    one = cl.Selection(1, instrument="I-REC-E")
    assert held.release(one, reason="r", from_="op") == (batch.take(1),)
    assert held.release_buffer(one, reason="r", from_="op") == (cl.Block(batch.batch_id, 7, 7),)
    assert held.cancel_buffer(one, reason="r", from_="op") == (cl.Block(batch.batch_id, 8, 8),)
    assert held.withdraw(one, reason="r", from_="op") == (batch.take(1),)
    assert held.offer(one, to="buyer", from_="op").blocks == (cl.Block(batch.batch_id, 4, 4),)


@pytest.mark.parametrize(
    "fields",
    [
        {"count": 0},
        {"count": True},
        {"count": "5"},
        {"count": 1.5},
        {"order": "cheapest"},
        {"order": None},
        {"order": []},
        {"instrument": None},
        {"vintage": "2024"},
        {"vintage": True},
        {"project": 7},
    ],
)
def test_what_selects_nothing_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(errors.QuantityError, match="selection"):
        cl.Selection(**({"count": 1, "instrument": "I-REC-E"} | fields))


def test_a_selection_needs_an_account_and_blocks_need_one_holder(held: cl.Ledger) -> None:
    batch = issued(held, month(1))
    held.transfer(batch.take(2), to="buyer")
    before = dump(held)
    with pytest.raises(errors.QuantityError, match="from_="):
        held.transfer(cl.Selection(1, instrument="I-REC-E"), to="buyer")
    with pytest.raises(errors.UnknownAccountError):
        held.transfer(cl.Selection(1, instrument="I-REC-E"), to="buyer", from_="ghost")
    with pytest.raises(errors.NotHolderError, match=r"2 blocks: they are held by buyer \(such as .*\), op"):
        held.transfer(batch.cut(2), to="other")
    with pytest.raises(errors.NotHolderError, match="not op's but buyer's"):
        held.withdraw(batch.cut(2), reason="r", from_="op")
    assert dump(held) == before


@pytest.mark.parametrize("blocks", [[], (), ["p/2025/1"], [None], {"p/2025/1/1"}, 7, [[]]])
def test_what_names_no_block_is_refused(held: cl.Ledger, blocks: object) -> None:
    with pytest.raises(errors.SerialError):
        held.transfer(blocks, to="buyer", from_="op")


def test_a_unit_is_named_once(held: cl.Ledger) -> None:
    """Invariant 9."""
    batch = issued(held, month(1))
    before = dump(held)
    for blocks in ([batch, batch.take(1)], (batch.take(3), f"{batch.batch_id}/3-5"), [batch.take(1), batch.take(1)]):
        with pytest.raises(errors.SerialError, match="overlap: name each unit once"):
            held.transfer(blocks, to="buyer")
    assert dump(held) == before


def test_one_refused_block_refuses_them_all(held: cl.Ledger) -> None:
    """Invariant 26: all or nothing, over several entries too."""
    batch = issued(held, month(1), "6000 MWh")
    held.lock(f"{batch.batch_id}/5999", reason="r")
    before = dump(held)
    with pytest.raises(errors.NotActiveError, match="locked"):
        held.transfer([cl.Block(batch.batch_id, k, k) for k in range(1, 6000, 2)], to="buyer")
    assert dump(held) == before


def test_what_comes_back_is_what_was_named(held: cl.Ledger) -> None:
    """A block for a block, a tuple for several, also for a sequence of one."""
    batch = issued(held, month(1))
    one, *more = batch.cut(1, 2, 3)
    assert held.transfer(one, to="buyer") == one
    assert held.transfer([str(more[0])], to="buyer") == (more[0],)
    assert held.transfer(tuple(more[1:]), to="buyer") == tuple(more[1:])
    assert held.transfer(batch, to="op", from_="buyer") == batch.block
    assert held.transfer([batch], to="buyer") == (batch.block,)


def test_several_blocks_are_one_entry(held: cl.Ledger) -> None:
    one, two = issued(held, month(1)), issued(held, month(2), project="go")
    size = held.size
    held.transfer([two.take(2), one.take(3)], to="buyer", from_="op")
    assert held.size == size + 1
    assert held.entry(size).event == {
        "batch": two.batch_id,
        "first": 1,
        "last": 2,
        "more": [{"batch": one.batch_id, "first": 1, "last": 3}],
        "from": "op",
        "to": "buyer",
    }


RETRIED: list[tuple[str, Callable[[cl.Ledger, object], object]]] = [
    ("transfer", lambda x, units: x.transfer(units, to="buyer", from_="op", key="k")),
    ("cancel", lambda x, units: x.cancel(units, reason="r", from_="op", key="k")),
    ("lock", lambda x, units: x.lock(units, reason="r", from_="op", key="k")),
    ("withdraw", lambda x, units: x.withdraw(units, reason="r", from_="op", key="k")),
    ("retire", lambda x, units: x.retire(units, beneficiary="B", purpose="p", period=month(2), from_="op", key="k")),
    ("offer", lambda x, units: x.offer(units, to="buyer", from_="op", key="k")),
]


@pytest.mark.parametrize("selected", [True, False], ids=["selected", "named"])
@pytest.mark.parametrize("command", [case[1] for case in RETRIED], ids=[case[0] for case in RETRIED])
def test_a_retry_over_many_blocks_gives_the_first_result(
    held: cl.Ledger, command: Callable[[cl.Ledger, object], object], selected: bool
) -> None:
    """Invariant 26: what a selection found the first time, whatever there is now."""
    one = issued(held, month(2))
    units = cl.Selection(3, instrument="I-REC-E") if selected else list(one.cut(5, 2)[:2])
    first = command(held, units)
    issued(held, month(1, 2024))
    size = held.size
    assert command(held, units) == first
    assert held.size == size
    for other in (cl.Selection(3, instrument="I-REC-E", order="newest-issue"), list(one.cut(5, 3)[:2]), one.take(1)):
        with pytest.raises(errors.IdempotencyError):
            command(held, other)
