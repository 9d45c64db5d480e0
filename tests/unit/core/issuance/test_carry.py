"""Carry: the effect of a year without units, and the vintage of a unit that several years make up."""

from decimal import Decimal

import pytest

from carbon_ledger.core.issuance.carry import settle
from carbon_ledger.core.state.rows import Carry

HALF = Carry("p", 3, Decimal("0.5"), 2022, Decimal("7.5"), 0, 7)


@pytest.mark.parametrize("amount", ["0", "-0.25"])
def test_a_year_that_adds_nothing_leaves_the_vintage_of_the_carry(amount: str) -> None:
    """Invariant 20: what is left is of 2022, so a later unit takes no newer vintage for its sake."""
    after, counts = settle(HALF, [(2024, Decimal(amount))], 9)
    assert counts == ()
    assert (after.carry, after.vintage) == (Decimal("0.5") + Decimal(amount), 2022)
    assert (after.claimed, after.counted, after.from_n) == (Decimal("7.5") + Decimal(amount), 7, 9)


def test_a_carry_that_is_used_up_leaves_the_new_vintage() -> None:
    after, counts = settle(HALF, [(2024, Decimal("0.75"))], 9)
    assert counts == ((2024, 1),)
    assert (after.carry, after.vintage) == (Decimal("0.25"), 2024)


def test_a_part_of_an_older_vintage_leaves_the_newer_one() -> None:
    """The mixture is of the newest of its parts, whichever came first."""
    after, counts = settle(HALF, [(2021, Decimal("0.25"))], 9)
    assert counts == ()
    assert (after.carry, after.vintage) == (Decimal("0.75"), 2022)
