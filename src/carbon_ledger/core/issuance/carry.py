"""Carry: how exact amounts become whole units, and which amount remains (ledger-model section 5)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from attrs import evolve

from carbon_ledger.core.state.rows import Carry
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import arithmetic, plain, text_of, whole_below

Settled = tuple[Carry, tuple[tuple[int, int], ...]]


def settle(before: Carry, amounts: Sequence[tuple[int, Decimal]], n: int) -> Settled:
    """The carry after new amounts, and the whole units that the old carry and the new amounts make.

    Vintages are settled in ascending order: the amount of each is added to the carry, and the sum is rounded down to
    whole units. A unit completed from parts of several vintages gets the newest of them, so that an older vintage is
    never over-issued. A negative carry is a debit: no unit is issued until new amounts have made it good.

    Args:
        before: The project's carry before.
        amounts: Exact amount of each vintage. [(year, units), ...]
        n: The number of the entry that settles the amounts.

    Returns:
        The carry afterwards, and the units of each vintage that has at least one unit, in ascending order.

    Source:
        ledger-model section 5; domain invariants 3 and 20.

    Example:
        >>> after, units = settle(Carry("p", 0, Decimal("0.9"), 2024), [(2023, Decimal("0.1"))], 7)
        >>> units, after.carry
        (((2024, 1),), Decimal('0'))
    """
    counts: dict[int, int] = {}
    carry, vintage = before.carry, before.vintage
    claimed = before.claimed
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
        project=before.project,
        from_n=n,
        carry=plain(carry),
        vintage=vintage if carry > 0 else None,
        claimed=plain(claimed),
        adjustments=before.adjustments,
        counted=before.counted + sum(counts.values()),
        toward_debit=before.toward_debit,
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
    """The newest vintage among the parts of the amount that remains."""
    if vintage is None or carry <= 0:
        return year
    if amount <= 0:
        return vintage
    whole = whole_below(carry)
    # Once the units have used up the carry, the remainder comes from the new amount alone.
    used_up = count > whole or (count == whole and carry == whole)
    return year if used_up else max(vintage, year)


def adjusted(before: Carry, n: int, *, claimed: Decimal = Decimal(0), counted: int = 0, vintage: int | None) -> Carry:
    """The carry after the claimed amount and the counted units changed.

    Args:
        before: The project's carry before.
        n: The number of the entry that changes the carry.
        claimed: Change of the claimed amount. [units]
        counted: Change of the number of counted units.
        vintage: The newest vintage among the parts that were added; None if no part was added.
    """
    with arithmetic():
        carry = before.carry + claimed - counted
        total = before.claimed + claimed
    years = [year for year in (vintage, before.vintage) if year is not None]
    return evolve(
        before,
        from_n=n,
        carry=plain(carry),
        claimed=plain(total),
        counted=before.counted + counted,
        vintage=max(years) if carry > 0 and years else None,
    )


def amounts_record(amounts: Sequence[tuple[int, Decimal]]) -> list[dict[str, Any]]:
    """The amounts of vintages, as the record that an event contains."""
    return [{"vintage": year, "amount": text_of(amount)} for year, amount in amounts]


def carry_record(carry: Carry) -> dict[str, Any]:
    """A carry, as the record that an event contains."""
    record: dict[str, Any] = {"amount": text_of(carry.carry)}
    if carry.vintage is not None:
        record["vintage"] = carry.vintage
    return record


def carry_of(view: View, project: str) -> Carry:
    """The project's carry; it is zero before the first issuance."""
    return view.carry(project) or Carry(project, view.size)
