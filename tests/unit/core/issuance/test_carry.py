"""Carry by vintage: the one rule of issuance, and how the amounts of vintages change."""

from decimal import Decimal

import pytest

from carbon_ledger.core.issuance.carry import (
    after_all,
    carry_record,
    changed_rows,
    cumulative,
    debits,
    settle,
    units_of_carry,
)
from carbon_ledger.core.state.rows import ALL_VINTAGES, Carry

HALF = (Carry("p", 2022, 3, Decimal("7.5"), 0, 7),)


def rows(**carries: str) -> tuple[Carry, ...]:
    """The rows of vintages that have these carries and no units."""
    return tuple(Carry("p", int(year[1:]), 0, Decimal(carry)) for year, carry in sorted(carries.items()))


@pytest.mark.parametrize(
    ("carries", "units"),
    [
        ({}, ()),
        ({"_2024": "0.99"}, ()),
        ({"_2024": "2"}, ((2024, 2),)),
        ({"_2023": "0.5", "_2024": "0.5"}, ((2024, 1),)),
        ({"_2023": "1.5", "_2024": "1.5"}, ((2023, 1), (2024, 2))),
        ({"_2023": "-1", "_2024": "3"}, ((2024, 2),)),
        ({"_2023": "3", "_2024": "-1"}, ((2023, 2),)),
        ({"_2023": "3", "_2024": "-4", "_2025": "9"}, ((2025, 8),)),
        ({"_2023": "3", "_2024": "-2", "_2025": "-2"}, ()),
        ({"_2023": "3", "_2024": "-2", "_2025": "0.9", "_2026": "0.2"}, ((2023, 1), (2026, 1))),
        ({"_2023": "-5", "_2024": "5.9"}, ()),
    ],
)
def test_the_rule_of_issuance(carries: dict[str, str], units: tuple[tuple[int, int], ...]) -> None:
    """Ledger-model section 5; invariant 20: the smallest of what a vintage and the newer ones allow."""
    assert units_of_carry(rows(**carries)) == units


@pytest.mark.parametrize("amount", ["0", "-0.25"])
def test_a_year_that_adds_nothing_leaves_the_older_carry(amount: str) -> None:
    """Invariant 20: what is left is of 2022, so a later unit takes no newer vintage for its sake."""
    after, counts = settle("p", HALF, [(2024, Decimal(amount))], 9)
    assert counts == ()
    assert after == (Carry("p", 2024, 9, Decimal(amount)),)


def test_a_mixed_unit_is_of_the_newest_of_its_parts_whichever_came_first() -> None:
    """S4; invariants 3 and 20."""
    for year, of in ((2024, 2024), (2021, 2022)):
        after, counts = settle("p", HALF, [(year, Decimal("0.75"))], 9)
        assert counts == ((of, 1),)
        assert {row.vintage for row in after} == {year, of}
        assert sum(row.carry for row in after_all(HALF, after)) == Decimal("0.25")


def test_rows_change_where_an_entry_has_changes_of_them() -> None:
    """Invariant 2: exactly, to the last digit."""
    assert changed_rows("p", HALF, 4) == ()
    after = changed_rows("p", HALF, 4, claimed={2022: Decimal("0.25")}, adjustments={2023: -1}, counted={2023: -1})
    assert after == (Carry("p", 2022, 4, Decimal("7.75"), 0, 7), Carry("p", 2023, 4, Decimal(0), -1, -1))
    assert [row.carry for row in after] == [Decimal("0.75"), 0]
    (same,) = changed_rows("p", HALF, 4, claimed={2022: Decimal("0.00")})
    assert (same.claimed.as_tuple(), same.from_n) == (Decimal("7.5").as_tuple(), 4)


def test_cumulative_carry_and_debits() -> None:
    """PA - PU and debit(v) of ledger-model section 5."""
    found = rows(_2023="-2", _2024="0.5", _2025="4")
    assert cumulative(found) == [(2023, -2), (2024, Decimal("-1.5")), (2025, Decimal("2.5"))]
    assert debits(found) == {2023: 2, 2024: Decimal("1.5"), 2025: 0}
    assert cumulative(()) == []


def test_a_record_has_no_vintage_for_granular_certificates() -> None:
    assert carry_record(rows(_2024="1.50")) == [{"amount": "1.5", "vintage": 2024}]
    assert carry_record([Carry("p", ALL_VINTAGES, 1, Decimal(-4))]) == [{"amount": "-4"}]
