"""The orders in which a selection takes units, and who goes first among equals."""

import pytest
from tests.conftest import Clock
from tests.support.expiring_plant import BAKU, held, issued, month

import carbon_ledger as cl
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
