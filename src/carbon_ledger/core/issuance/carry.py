"""Carry: how exact amounts become whole units, and what remains (ledger-model section 5)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from attrs import evolve

from carbon_ledger.core.state.rows import Carry
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import arithmetic, plain, text_of, whole_below

Settled = tuple[Carry, tuple[tuple[int, int], ...]]


def settle(accrual: Carry, amounts: Sequence[tuple[int, Decimal]], n: int) -> Settled:
    """Count the units that a carry and new amounts make.

    Vintages in ascending order, each floored with what was carried. A unit completed from parts of
    several vintages takes the newest of them, so that an older vintage is never over-issued. A negative
    carry is a debit: it counts nothing until it is made good.

    Args:
        accrual: The project's carry before.
        amounts: Exact amount of each vintage. [(year, units), ...]
        n: The entry that does this.

    Returns:
        The carry after, and the units of each vintage with at least one, ascending.

    Source:
        ledger-model section 5; domain invariants 3 and 20.

    Example:
        >>> after, units = settle(Carry("p", 0, Decimal("0.9"), 2024), [(2023, Decimal("0.1"))], 7)
        >>> units, after.carry
        (((2024, 1),), Decimal('0'))
    """
    counts: dict[int, int] = {}
    carry, vintage = accrual.carry, accrual.vintage
    claimed = accrual.claimed
    for year, amount in sorted(amounts):
        with arithmetic():
            total = carry + amount
            count = max(0, whole_below(total))
            for unit_year, units in _units(carry, vintage, year, count):
                counts[unit_year] = counts.get(unit_year, 0) + units
            vintage = _vintage_left(carry, vintage, year, amount, count)
            carry = total - count
            claimed += amount
    after = Carry(
        project=accrual.project,
        from_n=n,
        carry=plain(carry),
        vintage=vintage if carry > 0 else None,
        claimed=plain(claimed),
        adjustments=accrual.adjustments,
        counted=accrual.counted + sum(counts.values()),
        toward_debit=accrual.toward_debit,
    )
    return after, tuple(sorted(counts.items()))


def _units(carry: Decimal, vintage: int | None, year: int, count: int) -> list[tuple[int, int]]:
    """Divide *count* units between the carry's vintage and the new amount's."""
    if vintage is None or carry <= 0 or count == 0:
        return [(year, count)] if count else []
    whole = min(count, whole_below(carry))
    mixed = 1 if count > whole and carry > whole else 0
    parts = [(vintage, whole), (max(vintage, year), mixed), (year, count - whole - mixed)]
    return [part for part in parts if part[1]]


def _vintage_left(carry: Decimal, vintage: int | None, year: int, amount: Decimal, count: int) -> int | None:
    """The newest vintage among the parts of what remains."""
    if vintage is None or carry <= 0:
        return year
    if amount <= 0:
        return vintage
    whole = whole_below(carry)
    # Once the units have used the carry up, only the new amount is left.
    used_up = count > whole or (count == whole and carry == whole)
    return year if used_up else max(vintage, year)


def adjusted(accrual: Carry, n: int, *, claimed: Decimal = Decimal(0), counted: int = 0, vintage: int | None) -> Carry:
    """The carry after claimed amount and counted units changed by these differences.

    Args:
        accrual: The project's carry before.
        n: The entry that does this.
        claimed: Change of the claimed amount. [units]
        counted: Change of the counted units.
        vintage: Newest vintage among the parts that were added.
    """
    with arithmetic():
        carry = accrual.carry + claimed - counted
        total = accrual.claimed + claimed
    years = [year for year in (vintage, accrual.vintage) if year is not None]
    return evolve(
        accrual,
        from_n=n,
        carry=plain(carry),
        claimed=plain(total),
        counted=accrual.counted + counted,
        vintage=max(years) if carry > 0 and years else None,
    )


def amounts_record(amounts: Sequence[tuple[int, Decimal]]) -> list[dict[str, Any]]:
    """Vintages' amounts as events have them."""
    return [{"vintage": year, "amount": text_of(amount)} for year, amount in amounts]


def carry_record(accrual: Carry) -> dict[str, Any]:
    """A carry as events have it."""
    record: dict[str, Any] = {"amount": text_of(accrual.carry)}
    if accrual.vintage is not None:
        record["vintage"] = accrual.vintage
    return record


def carry_of(view: View, project: str) -> Carry:
    """The project's carry, zero before its first issuance."""
    return view.carry(project) or Carry(project, view.size)
