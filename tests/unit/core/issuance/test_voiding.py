"""Voiding and withdrawing: the units they withdraw, when voiding is refused, and the carry afterwards."""

import pytest
from tests.conftest import dump
from tests.support.expiring_plant import counts, held, issued, month
from tests.support.forging import found_in
from tests.support.shared_meter import two_plants

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["held", "two_plants"]

MAY = cl.Period.month(2024, 5, zone="Asia/Baku")


def test_the_carry_of_a_voiding_is_counted_again(two_plants: cl.Ledger) -> None:
    """Invariants 3 and 22."""
    two_plants.record_generation("plant", MAY, net="10.5 MWh")
    (batch,) = two_plants.issue("p", MAY, to="op")
    two_plants.void(batch, reason="an order")
    found = found_in(two_plants, two_plants.size - 1, lambda event: event["carry"][0].update(amount="0.5"))
    assert found.entry == two_plants.size - 1
    assert "'amount': '0.5', 'vintage': 2024}], expected [{'amount': '0'" in found.detail


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
