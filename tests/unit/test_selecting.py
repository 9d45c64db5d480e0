"""Many blocks at once: several named, or a count of them in a stated order; one command, all or nothing."""

from collections.abc import Callable

import pytest
from tests.conftest import Clock, dump
from tests.support.expiring_plant import BAKU, held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.entries.splitting import events_about
from carbon_ledger.ledger.commands.selection import ORDERS

__all__ = ["held"]


@pytest.fixture
def stock(held: cl.Ledger, clock: Clock) -> dict[str, cl.Batch]:
    """Batches of two vintages and two instruments, issued in another order than generated."""
    batches = {
        "2025-03": issued(held, month(3), "5 MWh"),
        "2024-07": issued(held, month(7, 2024), "4 MWh"),
        "2025-01": issued(held, month(1), "6 MWh"),
        "go-2025-05": issued(held, month(5), "3 MWh", project="go"),
        "go-2025-02": issued(held, month(2), "2 MWh", project="go"),
    }
    held.register_project(cl.Project(id="q", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    held.record_generation("plant", month(2), net="7 MWh")
    (batches["q"],) = held.issue("q", month(2), to="op")
    return batches


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("oldest-vintage", ["2024-07", "2025-03", "2025-01", "q"]),
        ("newest-vintage", ["2025-03", "2025-01", "q", "2024-07"]),
        ("earliest-expiry", ["2025-03", "2024-07", "2025-01", "q"]),
        ("oldest-issue", ["2025-03", "2024-07", "2025-01", "q"]),
        ("newest-issue", ["q", "2025-01", "2024-07", "2025-03"]),
    ],
)
def test_the_orders_of_a_selection(
    held: cl.Ledger, stock: dict[str, cl.Batch], order: str, expected: list[str]
) -> None:
    """Ties go to the older entry; the last block is taken in part, from its lower serials."""
    assert set(ORDERS) >= {order}
    blocks = held.transfer(cl.Selection(21, instrument="I-REC-E", order=order), to="buyer", from_="op")
    assert [block.batch_id for block in blocks] == [stock[name].batch_id for name in expected]
    whole, last = expected[:-1], expected[-1]
    count = 21 - sum(stock[name].count for name in whole)
    assert blocks == (*(stock[name].block for name in whole), stock[last].take(count))
    assert held.balance("buyer", instrument="I-REC-E").active == 21


def test_the_unit_that_expires_first_goes_first(held: cl.Ledger, stock: dict[str, cl.Batch]) -> None:
    taken = held.transfer(cl.Selection(4, instrument="EECS-GO", order="earliest-expiry"), to="buyer", from_="op")
    assert taken == (stock["go-2025-02"].block, stock["go-2025-05"].take(2))


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
        errors.InsufficientBalanceError, match=r"it has 3 that are active \(2 more have expired\)"
    ) as refused:
        held.transfer(cl.Selection(4, instrument="EECS-GO"), to="buyer", from_="op")
    assert refused.value.rule == "insufficient-balance"
    with pytest.raises(errors.InsufficientBalanceError, match=r"23 units of I-REC-E .* it has 22 that are active;"):
        held.transfer(cl.Selection(23, instrument="I-REC-E"), to="buyer", from_="op")
    with pytest.raises(errors.InsufficientBalanceError, match="has 0 that are locked"):
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
    ("retire", lambda x, units: x.retire(units, beneficiary="B", purpose="p", period=month(1), from_="op", key="k")),
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


def test_an_entry_holds_as_many_blocks_as_fit_whatever_else_it_says() -> None:
    """65,535 bytes: with the longest texts that a command takes, in the characters that take most room."""
    from carbon_ledger.core.entries.entry import Entry

    longest = "\U0001d11e" * 2000
    blocks = [cl.Block(f"{'p' * 64}/2025/{10**15}", 2**53 - 3 * k - 3, 2**53 - 3 * k - 2) for k in range(2000)]
    said = {"account": "a" * 64, "beneficiary": longest, "purpose": longest}
    for key, by, most in ((longest, longest, 200), (None, "op", 400)):
        events = events_about("units.retired", blocks, said, key=key, by=by)
        assert len(events) < len(blocks) / most * 2
        again = []
        for part, (kind, event) in enumerate(events, 1):
            entry = Entry(
                n=10**15,
                at="2026-01-01T00:00:00.000000Z",
                by=by,
                type=kind,
                event=event,
                key=key,
                digest=None if key is None else "sha256:" + "0" * 64,
                part=part,
                parts=len(events),
            )
            assert 1_000 < len(entry.to_bytes()) <= 65_535
            again += [cl.Block(item["batch"], item["first"], item["last"]) for item in (event, *event.get("more", ()))]
        assert again == blocks


def test_a_long_actor_and_a_long_key_leave_less_room(held: cl.Ledger) -> None:
    batch = issued(held, month(1), "6000 MWh")
    longest = "\U0001d11e" * 2000
    size = held.size
    held.lock([cl.Block(batch.batch_id, k, k) for k in range(1, 6000, 2)], reason=longest, by=longest, key=longest)
    assert held.size - size == 4
    assert held.balance("op").locked == 3000
