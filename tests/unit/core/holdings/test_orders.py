"""The orders in which a selection chooses units, and how ties are resolved."""

import pytest
from tests.support.expiring_plant import held, stock

import carbon_ledger as cl
from carbon_ledger.ledger.commands.selection import ORDERS

__all__ = ["held", "stock"]


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
