"""Invariants that no single rule states: what the rows must add up to, checked independently of the rules.

Both sides of a sum are read in the same order, side by side. Memory therefore holds only the end of one batch, the
totals of one account, or the totals of one project at a time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from carbon_ledger.core.state.rows import (
    ALL_VINTAGES,
    LASTING_STATES,
    STATES,
    WITHDRAWN,
    Balance,
    Carry,
    Expiring,
    Issuance,
    Piece,
)
from carbon_ledger.core.state.store import ReplayTarget
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import arithmetic
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.printing import quote
from carbon_ledger.serials import Batch

_CACHED_INSTRUMENTS: Final = 1_024  # of the batches that were read last
_SERIALS: Final = 256  # how many serials of a batch are read in one question, and so at most how many pieces

Totals = dict[tuple[str, str], int]


def broken_invariants(store: ReplayTarget, most: int) -> tuple[int, list[str]]:
    """Check the batches, balances, carry, claims, labels and imported serials of a whole store.

    Args:
        store: The store.
        most: How many problems to report at most.

    Returns:
        How many things were checked, and the problems found.

    Source:
        Domain invariants 2, 3, 4, 5, 7, 9, 10, 11, 15, 18 and 27.
    """
    problems: list[str] = []
    checked = 0
    for found in _problems_of_each(store, most):
        checked += 1
        problems += islice(found, most - len(problems))
    return checked, problems


def _problems_of_each(store: ReplayTarget, most: int) -> Iterator[Iterable[str]]:
    """The problems of each thing that is checked; empty for a thing without a problem."""
    yield from _batches(store)
    yield from _balances(store)
    yield from _expiring(store)
    yield from _carries(store, most)
    for table in ("reading", "claim"):
        yield _overlaps(table, store)
    yield from _ranges(store)


def _side_by_side(one: Iterable[tuple[str, Any]], other: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any, Any]]:
    """Join two sources by name: each name with both values, `None` where a source lacks it. Both are sorted by name."""
    left = ((name, 0, value) for name, value in one)
    right = ((name, 1, value) for name, value in other)
    for name, rows in groupby(merge(left, right, key=itemgetter(0)), key=itemgetter(0)):
        values = {side: value for _, side, value in rows}
        yield name, values.get(0), values.get(1)


def _batches(store: ReplayTarget) -> Iterator[list[str]]:
    counts = ((row.batch.batch_id, row.batch.count) for row in store.latest_rows("batch"))
    ends = (
        (batch_id, _covered(blocks))
        for batch_id, blocks in groupby(store.latest_rows("piece"), key=attrgetter("batch_id"))
    )
    for batch_id, count, covered in _side_by_side(counts, ends):
        end, problem = covered or (0, None)
        if count is None:
            yield [f"batch {batch_id}: it has blocks, but it was never issued"]
        elif problem is not None:
            yield [f"batch {batch_id}: {problem}"]
        elif end != count:
            yield [f"batch {batch_id}: its blocks end at serial {end}, expected {count}"]
        else:
            yield []


def _covered(blocks: Iterable[Piece]) -> tuple[int, str | None]:
    """The last serial that a batch's blocks cover, and the first gap or overlap between them."""
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

    @lru_cache(_CACHED_INSTRUMENTS)
    def instrument_of(batch_id: str) -> str:
        found = view.batch(batch_id)
        return "unknown units" if found is None else found.batch.instrument

    def held(blocks: Iterable[Piece]) -> Totals:
        totals: Totals = {}
        for piece in blocks:
            key = instrument_of(piece.batch_id), piece.state
            totals[key] = totals.get(key, 0) + piece.count
        return totals

    def stated(balances: Iterable[Balance]) -> Totals:
        return {(row.instrument, state): getattr(row, state) for row in balances for state in STATES}

    by_blocks = (
        (name, held(run)) for name, run in groupby(store.latest_rows("piece", "account"), attrgetter("account"))
    )
    by_balance = ((name, stated(run)) for name, run in groupby(store.latest_rows("balance"), attrgetter("account")))
    for account, counted, total in _side_by_side(by_blocks, by_balance):
        yield from _balance_problems(account, counted or {}, total or {})


def _balance_problems(account: str, counted: Totals, total: Totals) -> Iterator[list[str]]:
    for instrument in sorted({name for name, _ in (*counted, *total)}):
        yield [
            f"account {account}: its balance has {total.get((instrument, state), 0)} {state} {instrument}, "
            f"its blocks have {counted.get((instrument, state), 0)}"
            for state in STATES
            if total.get((instrument, state), 0) != counted.get((instrument, state), 0)
        ]


def _expiring(store: ReplayTarget) -> Iterator[list[str]]:
    """The totals of units that expire, by account, instrument and time of expiry, against the accounts' blocks."""
    view = store.view()

    def held(blocks: Iterable[Piece]) -> Totals:
        totals: Totals = {}
        for piece in blocks:
            found = view.batch(piece.batch_id)
            if found is not None and found.batch.expires_utc is not None and piece.state in LASTING_STATES:
                key = f"{found.batch.instrument} that expire at {instant_text(found.batch.expires_utc)}", piece.state
                totals[key] = totals.get(key, 0) + piece.count
        return totals

    def stated(rows: Iterable[Expiring]) -> Totals:
        return {
            (f"{row.instrument} that expire at {instant_text(row.expires_utc)}", state): getattr(row, state)
            for row in rows
            for state in LASTING_STATES
            if row.to_n is None
        }

    by_blocks = (
        (name, held(run)) for name, run in groupby(store.latest_rows("piece", "account"), attrgetter("account"))
    )
    by_total = ((name, stated(run)) for name, run in groupby(store.latest_rows("expiring"), attrgetter("account")))
    for account, counted, total in _side_by_side(by_blocks, by_total):
        yield from _balance_problems(account, counted or {}, total or {})


@define
class _Vintage:
    """The totals of one vintage of a project's issuances that are not voided."""

    claimed: Decimal = Decimal(0)
    counted: int = 0


@define
class _Issued:
    """The totals of a project's issuances that are not voided. Those of granular certificates have no vintage."""

    vintages: dict[int, _Vintage] = Factory(dict)
    toward_debit: int = 0
    problems: list[str] = Factory(list)

    def of(self, vintage: int) -> _Vintage:
        """The totals of a vintage."""
        return self.vintages.setdefault(vintage, _Vintage())


def _carries(store: ReplayTarget, most: int) -> Iterator[list[str]]:
    view = store.view()
    carries = (
        (name, {row.vintage: row for row in rows})
        for name, rows in groupby(store.latest_rows("accrual"), key=attrgetter("project"))
    )
    sums = (
        (name, _issued(view, run, most if _granular(view, name) else None))
        for name, run in groupby(store.latest_rows("issuance", "project"), key=attrgetter("project"))
    )
    for project, rows, issued in _side_by_side(carries, sums):
        yield _carry_problems(view, project, rows or {}, issued or _Issued())


def _granular(view: View, project: str) -> bool:
    known = view.registration("project", project) is not None
    return known and lookup.project(view, project).instrument.granular


def _issued(view: View, issuances: Iterable[Issuance], most: int | None) -> _Issued:
    """Add up issuances that are not voided; with *most*, recount their hours and list at most so many problems."""
    total = _Issued()
    for item in issuances:
        if not item.voided:
            granular = most is not None
            for vintage, amount in item.amounts:
                found = total.of(ALL_VINTAGES if granular else vintage)
                with arithmetic():
                    found.claimed += amount
            counted = 0
            for vintage, count in _counted(view, item):
                total.of(ALL_VINTAGES if granular else vintage).counted += count
                counted += count
            if counted != item.counted:
                total.problems.append(
                    f"issuance {item.n}: {counted} of its units count, it is stored with {item.counted}"
                )
            total.toward_debit += item.toward_debit
            if most is not None and len(total.problems) < most:
                total.problems += _hour_problems(view, item)
    return total


def _counted(view: View, item: Issuance) -> Iterator[tuple[int, int]]:
    """The units of an issuance that were not withdrawn, by vintage."""
    for batch in (found.batch for found in view.batches(item.n)):
        yield batch.vintage, sum(piece.count for piece in _pieces(view, batch) if piece.state != WITHDRAWN)


def _pieces(view: View, batch: Batch) -> Iterator[Piece]:
    """The pieces of a batch in order, a few at a time: one batch can have millions."""
    first = 1
    while first <= batch.count:
        found = view.pieces(batch.batch_id, first, min(first + _SERIALS - 1, batch.count))
        yield from found
        first = max(first + _SERIALS, found[-1].last + 1 if found else 0)


def _carry_problems(view: View, project: str, rows: Mapping[int, Carry], issued: _Issued) -> list[str]:
    problems = []
    for vintage in sorted(rows.keys() | issued.vintages.keys()):
        row, sums = rows.get(vintage, Carry(project, vintage, 0)), issued.of(vintage)
        where = f"project {project}" if vintage == ALL_VINTAGES else f"project {project}, vintage {vintage}"
        if sums.claimed != row.claimed or sums.counted != row.counted:
            problems.append(
                f"{where}: its issuances claim {sums.claimed} and count {sums.counted} units, its carry is stored "
                f"with {row.claimed} and {row.counted}"
            )
        if row.adjustments > 0:
            problems.append(f"{where}: its carry is stored with adjustments {row.adjustments}, expected 0 or below")
    owed = min(0, issued.toward_debit)
    toward_debit = sum(row.toward_debit for row in rows.values())
    if issued.toward_debit != toward_debit:
        problems.append(
            f"project {project}: its issuances contribute {issued.toward_debit} to its debit, its carry is stored with "
            f"{toward_debit}"
        )
    if _granular(view, project):
        if rows.keys() - {ALL_VINTAGES} or sum(row.carry for row in rows.values()) != owed:
            problems.append(
                f"project {project}: its carry is {', '.join(str(row.carry) for row in rows.values()) or 0}; its "
                f"issuances owe {owed} in total, and its carry has no vintage"
            )
    elif ALL_VINTAGES in rows:
        problems.append(f"project {project}: its carry is stored without a vintage")
    return problems + issued.problems


def _hour_problems(view: View, item: Issuance) -> list[str]:
    """Problems of granular certificates: an hour with more units than energy must leave a debit of the difference."""
    found = recount(view, view, item, requantify(view, item))
    most = found.toward_debit - sum(block.count for block in found.withdrawn)
    if item.toward_debit <= most:
        return []
    return [
        f"issuance {item.n}: it contributes {item.toward_debit} Wh to the debit of {item.project}; "
        f"hour by hour, its energy and its units allow {most} at most"
    ]


_ENDED: Final = {"reading": 8, "claim": 5}  # the place of `to_n` among the columns of a table


def _overlaps(table: str, store: ReplayTarget) -> Iterator[str]:
    """Live rows of a device that overlap. The table is ordered by device and start."""
    before: Sequence[Any] | None = None
    for row in store.rows(table):
        if row[_ENDED[table]] is not None:
            continue
        if before is not None and before[0] == row[0] and int(str(row[1])) < before[2]:
            yield f"{table}s of device {row[0]} overlap: {before[1:3]} and {row[1:3]}"
        before = row


def _ranges(store: ReplayTarget) -> Iterator[Iterator[str]]:
    """Check the labels of a whole store, then its imported serials.

    Args:
        store: The store.

    Source:
        Domain invariants 7, 9 and 27.
    """
    yield _labels(store)
    yield _imported_serials(store)


def _labels(store: ReplayTarget) -> Iterator[str]:
    """Live labels of a batch that overlap, or extend past its end. The table is ordered by batch, label and serial."""
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
            yield f"batch {batch_id}: serials {row[0]} to {row[1]} carry {label}, but some of them do not exist"
        before, end = key, max(end, row[1])


def _imported_serials(store: ReplayTarget) -> Iterator[str]:
    """Imported serials that overlap, or whose count is not that of their batch.

    The table is ordered by registry, number space and number.
    """
    view = store.view()
    before: tuple[Any, ...] = ()
    end = -1
    for registry, space, first, last, batch_id, n in store.rows("external"):
        key, row = (registry, space), (int(str(first)), int(str(last)))
        end = end if key == before else -1
        if row[0] <= end:
            yield (
                f"registry {registry}: numbers {row[0]} to {min(end, row[1])} of {quote(space)} were imported twice; "
                f"one of the two imports is entry {n}"
            )
        found = view.batch(str(batch_id))
        if found is None or found.batch.count != row[1] - row[0] + 1:
            numbers = f"numbers {row[0]} to {row[1]} of {quote(space)}"
            yield f"registry {registry}: {numbers} are not the units of batch {batch_id}"
        before, end = key, max(end, row[1])
