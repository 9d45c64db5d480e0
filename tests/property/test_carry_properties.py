"""Carry: exact amounts become whole units, cumulatively, and nothing is lost or made."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.core.issuance.carry import adjusted, settle
from carbon_ledger.core.state.rows import Carry
from carbon_ledger.exact import whole_below

AMOUNTS = st.decimals(min_value=-50, max_value=50, places=9, allow_nan=False, allow_infinity=False)
VINTAGES = st.dictionaries(st.integers(2020, 2025), AMOUNTS, min_size=1, max_size=4).map(
    lambda items: tuple(sorted(items.items()))
)


@given(st.lists(VINTAGES, min_size=1, max_size=12))
def test_issued_plus_carry_is_claimed(issuances: list[tuple[tuple[int, Decimal], ...]]) -> None:
    """Invariants 2 and 3: always, exactly; carry below one unit; a debit counts nothing."""
    accrual = Carry("p", 0)
    claimed, counted = Fraction(0), 0
    for n, amounts in enumerate(issuances):
        before = accrual
        accrual, units = settle(accrual, amounts, n)
        claimed += sum(Fraction(amount) for _, amount in amounts)
        counted += sum(count for _, count in units)
        assert accrual.carry < 1
        assert Fraction(accrual.carry) == claimed - counted
        assert (accrual.claimed, accrual.counted) == (claimed, counted)
        assert all(count > 0 for _, count in units)
        assert list(units) == sorted(dict(units).items())
        if before.carry + sum(max(amount, 0) for _, amount in amounts) < 1:
            assert units == ()


@given(st.lists(VINTAGES, min_size=1, max_size=12))
def test_no_vintage_and_those_after_it_are_over_issued(issuances: list[tuple[tuple[int, Decimal], ...]]) -> None:
    """Invariant 20: units of a vintage and older never exceed what those vintages amount to, while none is negative."""
    accrual = Carry("p", 0)
    amounts_of: dict[int, Fraction] = {}
    units_of: dict[int, int] = {}
    for n, signed in enumerate(issuances):
        amounts = tuple((year, abs(amount)) for year, amount in signed)
        accrual, units = settle(accrual, amounts, n)
        for year, amount in amounts:
            amounts_of[year] = amounts_of.get(year, Fraction(0)) + Fraction(amount)
        for year, count in units:
            units_of[year] = units_of.get(year, 0) + count
        for year in units_of:
            older = sum(count for unit_year, count in units_of.items() if unit_year <= year)
            assert older <= sum(amount for amount_year, amount in amounts_of.items() if amount_year <= year)


@given(VINTAGES, st.decimals(min_value=-20, max_value=20, places=6), st.integers(-5, 5))
def test_an_adjustment_keeps_the_identity(
    amounts: tuple[tuple[int, Decimal], ...], claimed: Decimal, counted: int
) -> None:
    """Invariants 2 and 15: what a correction or a voiding changes is in the carry, to the last digit."""
    accrual, _ = settle(Carry("p", 0), amounts, 1)
    after = adjusted(accrual, 2, claimed=claimed, counted=counted, vintage=2024)
    assert after.carry == after.claimed + after.adjustments - after.counted
    assert (after.vintage is None) == (after.carry <= 0)


@given(AMOUNTS, st.integers(2020, 2025), st.integers(2020, 2025))
def test_carry_above_one_is_counted_by_the_next(carry: Decimal, held: int, year: int) -> None:
    """Invariant 3: after a correction upward; whole carried units keep the carry's vintage."""
    before = Carry("p", 0, carry, held if carry > 0 else None, carry)
    after, units = settle(before, ((year, Decimal("0.5")),), 1)
    total = carry + Decimal("0.5")
    assert sum(count for _, count in units) == max(0, whole_below(total))
    assert after.carry == total - max(0, whole_below(total))
    if carry >= 1:
        assert dict(units)[held] >= whole_below(carry)
