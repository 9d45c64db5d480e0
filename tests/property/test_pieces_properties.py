"""Cuts, holds and offers in any sequence, against one row for every unit; many blocks at once, against one by one."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Clock
from tests.support.expiring_plant import issued, month, set_up

import carbon_ledger as cl
from carbon_ledger.core.holdings.pieces import move
from carbon_ledger.core.state.rows import ACTIVE, STATES, Balance, Piece, Row
from carbon_ledger.errors import CarbonLedgerError, NotActiveError, NotHolderError, RefusedError, SerialError

COUNT = 12  # units of each of two batches
CLAIM = {"beneficiary": "B", "purpose": "claim", "period": month(2)}
ACCOUNTS = ("op", "buyer", "other")
# From which state a command takes units, and into which: the model's own words.
COMMANDS = {
    "transfer": ("active", "active"),
    "retire": ("active", "retired"),
    "cancel": ("active", "cancelled"),
    "lock": ("active", "locked"),
    "release": ("locked", "active"),
    "release_buffer": ("buffered", "active"),
    "cancel_buffer": ("buffered", "cancelled"),
    "withdraw": ("active locked buffered", "withdrawn"),
    "offer": ("active", "pending"),
}
BLOCKS = st.lists(st.tuples(st.integers(0, 1), st.integers(1, COUNT), st.integers(1, 5)), min_size=1, max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(sorted(COMMANDS)), BLOCKS, st.sampled_from(ACCOUNTS)),
        st.tuples(st.sampled_from(("accept", "reject", "revoke_offer")), st.just([]), st.sampled_from(ACCOUNTS)),
    ),
    min_size=1,
    max_size=14,
)


class Unit(NamedTuple):
    """Where a unit is."""

    account: str
    state: str


Units = dict[tuple[str, int], Unit]


def begin() -> tuple[cl.Ledger, list[cl.Batch], Units]:
    """Two batches of twelve units, three of each held back."""
    ledger = cl.open_ledger(":memory:", ledger_id="test", clock=Clock())
    for account in ACCOUNTS:
        ledger.open_account(account, name=account)
    set_up(ledger)
    batches = [issued(ledger, month(k), f"{COUNT}.4 MWh", buffer="0.25") for k in (1, 2)]
    units = {
        (batch.batch_id, k): Unit("op", "active" if k <= COUNT - 3 else "buffered")
        for batch in batches
        for k in range(1, COUNT + 1)
    }
    return ledger, batches, units


def blocks_of(batches: Sequence[cl.Batch], drawn: Sequence[tuple[int, int, int]]) -> list[cl.Block]:
    return [cl.Block(batches[which].batch_id, first, min(COUNT, first + count - 1)) for which, first, count in drawn]


def serials(blocks: Sequence[cl.Block]) -> list[tuple[str, int]]:
    return [(block.batch_id, k) for block in blocks for k in range(block.first, block.last + 1)]


def expected(units: Units, name: str, blocks: Sequence[cl.Block], to: str) -> Units | None:
    """The units after a command, or none where it must be refused."""
    taken = serials(blocks)
    before, after = COMMANDS[name]
    holders = {units[serial].account for serial in taken}
    if len(set(taken)) != len(taken) or any(units[serial].state not in before.split() for serial in taken):
        return None
    if name != "withdraw" and len(holders) > 1:
        return None
    if name in ("transfer", "offer") and holders == {to}:
        return None
    moved = {serial: Unit(to if name == "transfer" else units[serial].account, after) for serial in taken}
    return units | moved


def perform(ledger: cl.Ledger, name: str, blocks: list[cl.Block], to: str) -> object:
    if name in ("transfer", "offer"):
        return getattr(ledger, name)(blocks, to=to)
    if name == "retire":
        return ledger.retire(blocks, **CLAIM)
    return getattr(ledger, name)(blocks, reason="r")


def found(ledger: cl.Ledger) -> Units:
    """Every unit by its pieces; invariants 7 and 9: they partition every batch."""
    units: Units = {}
    view = ledger._store.view()
    for batch in ledger.batches("p"):
        pieces = view.pieces(batch.batch_id, 1, batch.count)
        assert [pieces[0].first, pieces[-1].last] == [1, batch.count]
        assert all(one.last + 1 == other.first for one, other in pairwise(pieces))
        assert all(piece.count == piece.last - piece.first + 1 > 0 for piece in pieces)
        units |= {(batch.batch_id, k): Unit(p.account, p.state) for p in pieces for k in range(p.first, p.last + 1)}
    return units


def check(ledger: cl.Ledger, units: Units) -> None:
    """Invariants 10 and 11: balances and holdings are those very units; invariant 2 is the carry's."""
    assert found(ledger) == units
    for account in ACCOUNTS:
        balance = ledger.balance(account, instrument="I-REC-E")
        for state in STATES:
            mine = sorted(serial for serial, unit in units.items() if unit == Unit(account, state))
            assert getattr(balance, state) == len(mine)
            assert sorted(serials(ledger.holdings(account, state=state))) == mine
    reconciled = ledger.reconcile("p", cl.Period.year(2025, zone="Asia/Baku"))
    assert reconciled.holds
    assert reconciled.issued == 2 * COUNT == sum(getattr(reconciled, state) for state in STATES)
    assert reconciled.carry == Decimal("0.8")  # of 12.4 and 12.4: no hold and no withdrawal changes it


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_any_sequence_of_cuts_and_holds_keeps_the_units(
    steps: list[tuple[str, list[tuple[int, int, int]], str]],
) -> None:
    """Invariants 2, 7, 8, 9, 10, 11, 12 and 13, against one row a unit; refusals change nothing."""
    ledger, batches, units = begin()
    offers: dict[int, tuple[list[cl.Block], str]] = {}
    for name, drawn, to in steps:
        size = ledger.size
        if name in COMMANDS:
            blocks = blocks_of(batches, drawn)
            after = expected(units, name, blocks, to)
            try:
                done = perform(ledger, name, blocks, to)
            except (NotActiveError, NotHolderError, SerialError):
                assert after is None
                assert ledger.size == size
                continue
            assert after is not None
            units = after
            if isinstance(done, cl.Offer):
                offers[done.n] = blocks, to
        elif offers:
            n = min(offers)
            blocks, taker = offers.pop(n)
            getattr(ledger, name)(n)
            holder = [units[serial].account for serial in serials(blocks)]
            units |= {
                serial: Unit(taker if name == "accept" else account, "active")
                for serial, account in zip(serials(blocks), holder, strict=True)
            }
        else:
            with pytest.raises(RefusedError, match=r"unknown-offer|offer-ended"):
                getattr(ledger, name)(size - 1)
        check(ledger, units)
    assert ledger.audit().findings == ()


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(("transfer", "retire", "cancel", "lock", "withdraw")),
    st.sets(st.integers(1, COUNT - 3), min_size=1),
    st.sets(st.integers(1, COUNT - 3)),
    st.randoms(use_true_random=False),
)
def test_many_blocks_at_once_are_as_many_moves_of_one(name: str, one: set[int], two: set[int], random: object) -> None:
    """Invariants 8 and 9: the same pieces, balances and carry, in whatever order they are named."""
    together, batches, _ = begin()
    apart, _, _ = begin()
    blocks = [cl.Block(batches[0].batch_id, k, k) for k in one] + [cl.Block(batches[1].batch_id, k, k) for k in two]
    random.shuffle(blocks)
    perform(together, name, blocks, "buyer")
    for block in blocks:
        perform(apart, name, [block], "buyer")
    assert found(together) == found(apart)
    for account in ACCOUNTS:
        first, second = (ledger.balance(account, instrument="I-REC-E") for ledger in (together, apart))
        assert [getattr(first, state) for state in STATES] == [getattr(second, state) for state in STATES]
    assert [(a.carry, a.counted, a.adjustments) for a in map(cl.Ledger.carry, (together, apart), "pp")] == 2 * [
        (together.carry("p").carry, together.carry("p").counted, together.carry("p").adjustments)
    ]
    assert [item.counted for item in together.issuances("p")] == [item.counted for item in apart.issuances("p")]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=6), st.sets(st.integers(1, 40), min_size=1))
def test_a_move_writes_each_piece_once(cuts: list[int], chosen: set[int]) -> None:
    """Invariant 8: rows are keyed by batch, first serial and entry, and together they are what was there."""
    ledger = cl.open_ledger(":memory:", ledger_id="test", clock=Clock())
    for account in ACCOUNTS:
        ledger.open_account(account, name=account)
    set_up(ledger)
    batch = issued(ledger, month(1), "40 MWh")
    for k in cuts:
        try:
            ledger.transfer(cl.Block(batch.batch_id, k, min(40, k + 3)), to="buyer", from_="op")
        except CarbonLedgerError:
            continue
    view = ledger._store.view()
    blocks = [cl.Block(batch.batch_id, k, k) for k in chosen]
    rows: list[Row] = move(view, view.size, blocks, ACTIVE, "other")
    pieces = [row for row in rows if isinstance(row, Piece)]
    assert len({piece.first for piece in pieces}) == len(pieces)
    assert all(piece.from_n == view.size for piece in pieces)
    before = view.pieces(batch.batch_id, 1, 40)
    touched = {piece.first for piece in before if any(piece.first <= k <= piece.last for k in chosen)}
    assert sum(piece.count for piece in pieces) == sum(piece.count for piece in before if piece.first in touched)
    assert {k for p in pieces if p.account == "other" for k in range(p.first, p.last + 1)} == chosen
    balances = [row for row in rows if isinstance(row, Balance)]
    assert sum(row.active for row in balances) == sum(
        view.balance(row.account, "I-REC-E").active if view.balance(row.account, "I-REC-E") else 0 for row in balances
    )


def test_moving_a_thousand_blocks_asks_for_each_piece_once() -> None:
    """It is linear in the blocks: what a move reads and writes grows with them, and no faster."""
    reads = []
    for count in (500, 1_000):
        ledger = cl.open_ledger(":memory:", ledger_id="test", clock=Clock())
        for account in ACCOUNTS:
            ledger.open_account(account, name=account)
        set_up(ledger)
        batch = issued(ledger, month(1), f"{2 * count} MWh")
        view = ledger._store.view()
        blocks = [cl.Block(batch.batch_id, 2 * k + 1, 2 * k + 1) for k in range(count)]
        seen = Counting(view)
        rows = move(seen, view.size, blocks, ACTIVE, "buyer")
        assert len(rows) == 2 * count + 2
        reads.append(seen.read)
    assert reads[1] == 2 * reads[0]


class Counting:
    """A view that counts the pieces it gives."""

    def __init__(self, view: object) -> None:
        self._view = view
        self.read = 0

    def pieces(self, *where: object) -> list[Piece]:
        found = self._view.pieces(*where)
        self.read += len(found)
        return found

    def __getattr__(self, name: str) -> object:
        return getattr(self._view, name)
