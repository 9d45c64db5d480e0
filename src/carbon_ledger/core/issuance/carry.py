"""Carry by vintage: how exact amounts become whole units, and which amounts remain (ledger-model section 5).

Each vintage of a project has a claimed amount (A), adjustments (J, never above 0) and counted units (U). Its carry is
A + J - U. A unit of a vintage rests on the energy of its vintage and of older vintages, so what decides is the carry of
a vintage added to the carry of all older vintages.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

from attrs import evolve

from carbon_ledger.core.state.rows import ALL_VINTAGES, Carry
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import arithmetic, plain, text_of, whole_below

# The rows of a project that changed, and the units of each vintage that has at least one unit, in ascending order.
Settled = tuple[tuple[Carry, ...], tuple[tuple[int, int], ...]]


def settle(project: str, before: Sequence[Carry], amounts: Iterable[tuple[int, Decimal]], n: int) -> Settled:
    """The carry after newly claimed amounts, and the whole units that may be issued.

    Args:
        project: The project's id.
        before: The carry of each vintage before.
        amounts: Exact amount of each vintage; none if nothing is claimed. [(year, units), ...]
        n: The number of the entry that claims the amounts.

    Returns:
        The rows that changed, by vintage, and the units of each vintage that has at least one unit.

    Source:
        ledger-model section 5; domain invariants 3 and 20.

    Example:
        >>> before = (Carry("p", 2024, 3, Decimal("0.9")),)
        >>> rows, units = settle("p", before, [(2023, Decimal("0.1"))], 7)
        >>> units, [(row.vintage, str(row.carry)) for row in rows]
        (((2024, 1),), [(2023, '0.1'), (2024, '-0.1')])
    """
    claimed = dict(amounts)
    counts = units_of_carry(after_all(before, changed_rows(project, before, n, claimed=claimed)))
    return changed_rows(project, before, n, claimed=claimed, counted=dict(counts)), counts


def units_of_carry(rows: Sequence[Carry]) -> tuple[tuple[int, int], ...]:
    """The units that the carry of a project's vintages allows: the one rule of issuance.

    Vintages are taken in ascending order. A vintage may have as many new units as its energy and the energy of all
    older vintages allow, after the units that exist; but no unit may be made that a newer vintage lacks the energy for.
    A remainder therefore flows to newer vintages, and never to older ones, and no unit makes a debit or enlarges it.

    Args:
        rows: The carry of each vintage of one project, oldest first; amounts of this issuance included.

    Returns:
        The units of each vintage that has at least one unit, in ascending order.

    Source:
        ledger-model section 5: new(v) = max(0, min over w >= v of floor(PA(w) - PU(w)) - units already made).

    Example:
        >>> units_of_carry((Carry("p", 2024, 3, Decimal("5.5")), Carry("p", 2025, 3, Decimal("-3.6"))))
        ((2024, 1),)
    """
    most = [whole_below(carry) for _, carry in cumulative(rows)]
    allowed = list(accumulate(reversed(most), min))[::-1]
    counts: list[tuple[int, int]] = []
    made = 0
    for row, units in zip(rows, allowed, strict=True):
        if units > made:
            counts.append((row.vintage, units - made))
            made = units
    return tuple(counts)


def cumulative(rows: Sequence[Carry]) -> list[tuple[int, Decimal]]:
    """The carry of each vintage added to the carry of all older vintages: PA - PU in ledger-model section 5. [units]

    Args:
        rows: The carry of each vintage of one project, oldest first.
    """
    with arithmetic():
        sums = accumulate((row.carry for row in rows), lambda total, carry: plain(total + carry))
        return [(row.vintage, carry) for row, carry in zip(rows, sums, strict=True)]


def debits(rows: Sequence[Carry]) -> dict[int, Decimal]:
    """The debit of each vintage: the units of it and of older vintages that lack energy. [units]

    Args:
        rows: The carry of each vintage of one project, oldest first.

    Source:
        ledger-model section 5: debit(v) = max(0, PU(v) - PA(v)).
    """
    return {vintage: max(Decimal(0), carry.copy_negate()) for vintage, carry in cumulative(rows)}


def changed_rows(
    project: str,
    before: Sequence[Carry],
    n: int,
    *,
    claimed: Mapping[int, Decimal] | None = None,
    adjustments: Mapping[int, int] | None = None,
    counted: Mapping[int, int] | None = None,
) -> tuple[Carry, ...]:
    """The carry of the vintages that an entry has changes of, even if the changes are 0.

    Args:
        project: The project's id.
        before: The carry of each vintage before.
        n: The number of the entry.
        claimed: Changes of the claimed amounts, by vintage. [units]
        adjustments: Changes of the adjustments, by vintage. [units]
        counted: Changes of the counted units, by vintage.

    Returns:
        The rows after the entry, by vintage.
    """
    amounts, forfeits, units = claimed or {}, adjustments or {}, counted or {}
    known = {row.vintage: row for row in before}
    found = []
    for vintage in sorted(amounts.keys() | forfeits.keys() | units.keys()):
        row = known.get(vintage) or Carry(project, vintage, n)
        with arithmetic():
            total = plain(row.claimed + amounts.get(vintage, Decimal(0)))
        found.append(
            evolve(
                row,
                from_n=n,
                claimed=total,
                adjustments=row.adjustments + forfeits.get(vintage, 0),
                counted=row.counted + units.get(vintage, 0),
            )
        )
    return tuple(found)


def after_all(before: Sequence[Carry], rows: Iterable[Carry]) -> tuple[Carry, ...]:
    """The carry of every vintage after some rows changed, oldest vintage first.

    Args:
        before: The carry of each vintage before.
        rows: The rows that changed.
    """
    known = {row.vintage: row for row in (*before, *rows)}
    return tuple(known[vintage] for vintage in sorted(known))


def amounts_record(amounts: Sequence[tuple[int, Decimal]]) -> list[dict[str, Any]]:
    """The amounts of vintages, as the record that an event contains."""
    return [{"vintage": year, "amount": text_of(amount)} for year, amount in amounts]


def carry_record(rows: Iterable[Carry]) -> list[dict[str, Any]]:
    """The carry of each vintage that an event changes, as the record that the event contains.

    The carry of granular certificates has no vintage.
    """
    return [
        {"amount": text_of(row.carry)} | ({} if row.vintage == ALL_VINTAGES else {"vintage": row.vintage})
        for row in rows
    ]


def carry_of(view: View, project: str) -> tuple[Carry, ...]:
    """The carry of each vintage of a project, oldest vintage first; empty before the first issuance."""
    return tuple(view.carry(project))
