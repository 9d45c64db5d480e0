"""Invariants that no single rule states: what the rows must add up to, checked apart from the rules.

Both sides of a sum are read in the same order, side by side, so that what is held in memory is one batch's
end, one account's totals, or one project's.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from heapq import merge
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from typing import Any, Final

from attrs import Factory, define

from carbon_ledger.core import lookup
from carbon_ledger.core.issuance.granular import recount
from carbon_ledger.core.issuance.quantifying import requantify
from carbon_ledger.core.state.rows import STATES, Balance, Carry, Issuance, Piece
from carbon_ledger.core.state.store import ReplayTarget
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import arithmetic
from carbon_ledger.printing import quote

_INSTRUMENTS_KEPT: Final = 1_024  # of the batches that were met last

Totals = dict[tuple[str, str], int]


def broken_invariants(store: ReplayTarget, most: int) -> tuple[int, list[str]]:
    """Check batches, balances, carry, claims, labels and imported serials of a whole store.

    Args:
        store: The store.
        most: How many problems are kept.

    Returns:
        How many things were looked at, and what is wrong with some of them.

    Source:
        Domain invariants 2, 3, 4, 5, 7, 9, 10, 11, 15, 18 and 27.
    """
    problems: list[str] = []
    looked_at = 0
    for found in _things(store, most):
        looked_at += 1
        problems += islice(found, most - len(problems))
    return looked_at, problems


def _things(store: ReplayTarget, most: int) -> Iterator[Iterable[str]]:
    """Everything that is looked at, one by one, with what is wrong with it."""
    yield from _batches(store)
    yield from _balances(store)
    yield from _carries(store, most)
    for table in ("reading", "claim"):
        yield _overlaps(table, store)
    yield from _ranges(store)


def _side_by_side(one: Iterable[tuple[str, Any]], other: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any, Any]]:
    """Join what two sources say of each name, none where one says nothing; both are in order of their names."""
    both = merge(((name, 0, said) for name, said in one), ((name, 1, said) for name, said in other), key=itemgetter(0))
    for name, sayings in groupby(both, key=itemgetter(0)):
        said = {side: value for _, side, value in sayings}
        yield name, said.get(0), said.get(1)


def _batches(store: ReplayTarget) -> Iterator[list[str]]:
    counts = ((row.batch.batch_id, row.batch.count) for row in store.latest_rows("batch"))
    ends = (
        (batch_id, _covered(blocks))
        for batch_id, blocks in groupby(store.latest_rows("piece"), key=attrgetter("batch_id"))
    )
    for batch_id, count, covered in _side_by_side(counts, ends):
        end, problem = covered or (0, None)
        if count is None:
            yield [f"batch {batch_id}: it has blocks, and was never issued"]
        elif problem is not None:
            yield [f"batch {batch_id}: {problem}"]
        elif end != count:
            yield [f"batch {batch_id}: its blocks end at {end} of {count}"]
        else:
            yield []


def _covered(blocks: Iterable[Piece]) -> tuple[int, str | None]:
    """Where a batch's blocks end, and the first place where they do not join."""
    at, problem = 1, None
    for piece in blocks:
        if problem is None and piece.last < piece.first:
            problem = f"its block from serial {piece.first} ends at {piece.last}"
        elif problem is None and piece.first > at:
            problem = f"serials {at} to {piece.first - 1} are in no block"
        elif problem is None and piece.first < at:
            problem = f"serials {piece.first} to {min(at - 1, piece.last)} are in two blocks"
        at = piece.last + 1
    return at - 1, problem


def _balances(store: ReplayTarget) -> Iterator[list[str]]:
    view = store.view()

    @lru_cache(_INSTRUMENTS_KEPT)
    def instrument_of(batch_id: str) -> str:
        found = view.batch(batch_id)
        return "unknown units" if found is None else found.batch.instrument

    def held(blocks: Iterable[Piece]) -> Totals:
        totals: Totals = {}
        for piece in blocks:
            key = instrument_of(piece.batch_id), piece.state
            totals[key] = totals.get(key, 0) + piece.count
        return totals

    def said(balances: Iterable[Balance]) -> Totals:
        return {(row.instrument, state): getattr(row, state) for row in balances for state in STATES}

    by_blocks = (
        (name, held(run)) for name, run in groupby(store.latest_rows("piece", "account"), attrgetter("account"))
    )
    by_balance = ((name, said(run)) for name, run in groupby(store.latest_rows("balance"), attrgetter("account")))
    for account, counted, total in _side_by_side(by_blocks, by_balance):
        yield from _balance_problems(account, counted or {}, total or {})


def _balance_problems(account: str, counted: Totals, total: Totals) -> Iterator[list[str]]:
    for instrument in sorted({name for name, _ in (*counted, *total)}):
        yield [
            f"account {account}: balance says {total.get((instrument, state), 0)} {state} {instrument}, "
            f"its blocks say {counted.get((instrument, state), 0)}"
            for state in STATES
            if total.get((instrument, state), 0) != counted.get((instrument, state), 0)
        ]


@define
class _Issued:
    """What a project's issuances that stand add up to."""

    claimed: Decimal = Decimal(0)
    counted: int = 0
    toward_debit: int = 0
    problems: list[str] = Factory(list)


def _carries(store: ReplayTarget, most: int) -> Iterator[list[str]]:
    view = store.view()
    accruals = ((row.project, row) for row in store.latest_rows("accrual"))
    sums = (
        (name, _issued(view, run, most if _granular(view, name) else None))
        for name, run in groupby(store.latest_rows("issuance", "project"), key=attrgetter("project"))
    )
    for project, accrual, issued in _side_by_side(accruals, sums):
        yield _carry_problems(view, accrual or Carry(project, 0), issued or _Issued())


def _granular(view: View, project: str) -> bool:
    known = view.registration("project", project) is not None
    return known and lookup.project(view, project).instrument.granular


def _issued(view: View, issuances: Iterable[Issuance], most: int | None) -> _Issued:
    """Add up what stands; for granular certificates, whose hours are counted again, with at most *most* problems."""
    total = _Issued()
    for item in issuances:
        if not item.voided:
            with arithmetic():
                total.claimed = sum((amount for _, amount in item.amounts), total.claimed)
            total.counted += item.counted
            total.toward_debit += item.toward_debit
            if most is not None and len(total.problems) < most:
                total.problems += _hour_problems(view, item)
    return total


def _carry_problems(view: View, accrual: Carry, issued: _Issued) -> list[str]:
    project = accrual.project
    with arithmetic():
        carry = issued.claimed + accrual.adjustments - accrual.counted
    problems = []
    if issued.claimed != accrual.claimed or carry != accrual.carry:
        problems.append(
            f"project {project}: claimed {issued.claimed} + adjustments {accrual.adjustments} - counted "
            f"{accrual.counted} = {carry}, its carry says {accrual.carry} of claimed {accrual.claimed}"
        )
    if issued.counted != accrual.counted:
        problems.append(f"project {project}: its issuances count {issued.counted} units, its carry {accrual.counted}")
    owed = min(0, issued.toward_debit)
    if issued.toward_debit != accrual.toward_debit:
        problems.append(
            f"project {project}: its issuances give {issued.toward_debit} towards its debit, its carry says "
            f"{accrual.toward_debit}"
        )
    if _granular(view, project) and (accrual.carry != owed or accrual.adjustments > 0):
        problems.append(
            f"project {project}: its carry is {accrual.carry} with adjustments {accrual.adjustments}; its "
            f"issuances owe {owed} together, and adjustments are never above 0"
        )
    return problems + issued.problems


def _hour_problems(view: View, item: Issuance) -> list[str]:
    """Granular certificates: an hour's units are covered by its energy, or what they lack is owed."""
    found = recount(view, view, item, requantify(view, item))
    most = found.toward_debit - sum(block.count for block in found.withdrawn)
    if item.toward_debit <= most:
        return []
    return [
        f"issuance {item.n}: it gives {item.toward_debit} Wh towards the debit of {item.project}; "
        f"hour by hour its energy and its units allow {most} at most"
    ]


def _overlaps(table: str, store: ReplayTarget) -> Iterator[str]:
    """Live rows of a device that overlap; they come by device and start."""
    before: Sequence[Any] | None = None
    for row in store.rows(table):
        if row[-1] is not None:
            continue
        if before is not None and before[0] == row[0] and int(str(row[1])) < before[2]:
            yield f"{table}s of device {row[0]} overlap: {before[1:3]} and {row[1:3]}"
        before = row


def _ranges(store: ReplayTarget) -> Iterator[Iterator[str]]:
    """Check labels and imported serials of a whole store, each as one thing.

    Args:
        store: The store.

    Source:
        Domain invariants 7, 9 and 27.
    """
    yield _labels(store)
    yield _imported_serials(store)


def _labels(store: ReplayTarget) -> Iterator[str]:
    """Live labels of a batch that overlap, or reach beyond it; they come by batch, label and serial."""
    view = store.view()
    before: tuple[Any, ...] = ()
    end = 0
    for batch_id, first, last, label, *_, to_n in store.rows("label"):
        if to_n is not None:
            continue
        key, row = (batch_id, label), (int(str(first)), int(str(last)))
        end = end if key == before else 0
        if row[0] <= end:
            yield f"batch {batch_id}: serials {row[0]} to {min(end, row[1])} carry {label} twice"
        found = view.batch(str(batch_id))
        if found is None or row[1] > found.batch.count:
            yield f"batch {batch_id}: serials {row[0]} to {row[1]} carry {label}, and are not all there"
        before, end = key, max(end, row[1])


def _imported_serials(store: ReplayTarget) -> Iterator[str]:
    """Imported serials that overlap, or are not as many as their batch; they come by registry, space and number."""
    view = store.view()
    before: tuple[Any, ...] = ()
    end = -1
    for registry, space, first, last, batch_id, n in store.rows("external"):
        key, row = (registry, space), (int(str(first)), int(str(last)))
        end = end if key == before else -1
        if row[0] <= end:
            yield (
                f"registry {registry}: numbers {row[0]} to {min(end, row[1])} of {quote(space)} came in twice "
                f"(entry {n})"
            )
        found = view.batch(str(batch_id))
        if found is None or found.batch.count != row[1] - row[0] + 1:
            told = f"numbers {row[0]} to {row[1]} of {quote(space)}"
            yield f"registry {registry}: {told} are not the units of batch {batch_id}"
        before, end = key, max(end, row[1])
