"""Rules for corrections under granular certificates: each hour answers for its own units."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from attrs import frozen

from carbon_ledger.core.issuance.hours import Steps, debit_repaid_wh, issued_steps, parts_of, steps_under
from carbon_ledger.core.issuance.returnable import Range, never_transferred
from carbon_ledger.core.state.rows import WITHDRAWN, Carry, Claim, Issuance
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import RefusedError
from carbon_ledger.exact import arithmetic, plain
from carbon_ledger.metering.readings import Readings
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period
from carbon_ledger.serials import Batch, Block


@frozen
class Recount:
    """What a correction does to the units of a granular issuance.

    Attributes:
        withdrawn: Units of lowered hours that never left the issuing account, in order.
        toward_debit: What the issuance gives towards its project's debit, or below zero owes to it. [Wh]
    """

    withdrawn: tuple[Block, ...]
    toward_debit: int


@frozen
class _Hour:
    """A step of one vintage: the serials it was issued as (none where first is last + 1), and its energy now."""

    first: int
    last: int
    net_wh: int


def require_same_steps(view: View, run: Readings, claim: Claim) -> None:
    """Refuse a correction whose steps are not those that granular certificates were issued for.

    Args:
        view: The state before.
        run: The new readings.
        claim: A claim of granular certificates that they reach into.

    Raises:
        RefusedError: A step is longer or shorter, or begins at another time.

    Source:
        ledger-model section 6: a unit's step is what it was at issuance.
    """
    low, high = max(run.start_utc, claim.start_utc), min(run.end_utc, claim.end_utc)
    for old in view.readings(claim.device, low, high):
        if old.step_s != run.step_s or (old.start_utc - run.start_utc) % run.step_s:
            raise RefusedError(
                f"device {claim.device}, {Period(low, high)}",
                f"granular certificates were issued for its steps of {old.step_s} s by entry {claim.issuance_n}, and a "
                f"unit stays with its step: correct with the same steps, not with steps of {run.step_s} s from "
                f"{Period(run.start_utc, run.end_utc)}",
                rule="granular-steps",
            )


def recount(view: View, corrected: View, issuance: Issuance, result: Quantification) -> Recount:
    """Count each hour of a granular issuance again.

    An hour with more units than energy gives up those that never left the issuing account, its highest
    serials first; what is still out lacks energy and is owed. If an interval's corrected energy exceeds its units, the
    surplus reduces the project's debit, up to the amount the interval contributed at issuance. It never creates units.

    Args:
        view: The state before.
        corrected: The state with the new readings.
        issuance: The issuance.
        result: Its quantification with the new readings.

    Source:
        ledger-model sections 6 and 7; domain invariants 15 and 18.
    """
    event = view.entry(issuance.n).event
    batches = {item.batch.vintage: item.batch for item in view.batches(issuance.n)}
    issued, live, splits = issued_steps(view, issuance.n), _live(corrected, issuance.n), parts_of(result.splits)
    blocks: list[Block] = []
    lacking = spare = 0
    for year in (item["vintage"] for item in event["amounts"]):
        batch = batches.get(year)
        hours = _hours(issued.vintage(year), 0 if batch is None else batch.count, live, splits, year)
        if batch is None:
            spare += sum(hour.net_wh for hour in hours)
            continue
        free, gone = never_transferred(view, issuance, batch), _gone(view, batch)
        for hour in hours:
            withdrawn = sum(last - first + 1 for first, last in _within(gone, hour))
            over = hour.last - hour.first + 1 - withdrawn - hour.net_wh
            taken = _taken(batch, list(_within(free, hour)), over)
            blocks += taken
            over -= sum(block.count for block in taken)
            lacking, spare = lacking + max(0, over), spare + max(0, -over)
    return Recount(tuple(blocks), min(spare, _paid(event)) - lacking)


def _paid(event: Mapping[str, Any]) -> int:
    """What an issuance gave towards a debit when it was made: steps claimed for no unit. [Wh]"""
    amounts, counts = (item["amount"] for item in event["amounts"]), (item["count"] for item in event["batches"])
    return sum(map(int, amounts)) - sum(map(int, counts))


def _live(view: View, n: int) -> dict[int, int]:
    """The energy of each step that an issuance claims, as the readings are now, by start. [Wh]"""
    claims = view.claims_of(n)
    runs = view.readings(claims[0].device, claims[0].start_utc, claims[-1].end_utc)
    steps = steps_under(view, runs, [(claim.start_utc, claim.end_utc) for claim in claims])
    return dict(zip(steps.starts, steps.net_wh, strict=True))


def _hours(
    then: Steps, count: int, live: Mapping[int, int], splits: Mapping[int, Mapping[int, int]], year: int
) -> list[_Hour]:
    """The steps of a vintage: the serials that they were issued as, and the energy that they have now."""
    hours = []
    last = -debit_repaid_wh(then.net_wh, count)
    for start, wh in zip(then.starts, then.net_wh, strict=True):
        before, last = max(0, last), last + wh
        net_wh = splits[start][year] if start in splits else max(0, live.get(start, 0))
        hours.append(_Hour(before + 1, max(before, last), net_wh))
    return hours


def _gone(view: View, batch: Batch) -> list[Range]:
    """The serials of a batch that are withdrawn, ascending."""
    return [(p.first, p.last) for p in view.pieces(batch.batch_id, 1, batch.count) if p.state == WITHDRAWN]


def _within(ranges: Sequence[Range], hour: _Hour) -> Iterator[Range]:
    """What of ranges, ascending and disjoint, lies in an hour."""
    at = bisect_left(ranges, hour.first, key=lambda item: item[1])
    while at < len(ranges) and ranges[at][0] <= hour.last:
        yield max(ranges[at][0], hour.first), min(ranges[at][1], hour.last)
        at += 1


def _taken(batch: Batch, free: Sequence[Range], needed: int) -> list[Block]:
    """Blocks of free ranges, the highest serials first, given in order."""
    blocks: list[Block] = []
    for first, last in reversed(free):
        if needed <= 0:
            break
        count = min(needed, last - first + 1)
        blocks.append(Block(batch.batch_id, last - count + 1, last))
        needed -= count
    return blocks[::-1]


def granular_carry(accrual: Carry, old: Issuance, new: Issuance | None, n: int) -> Carry:
    """The carry of a project of granular certificates: 0, or what its issuances owe together.

    What their steps hold beyond it is forfeited: no unit could say which hour it is of.

    Args:
        accrual: The project's carry before.
        old: An issuance before.
        new: The same afterwards; none where it no longer stands.
        n: The entry that does this.

    Source:
        ledger-model sections 5 to 7.
    """
    claimed, counted, given = accrual.claimed, accrual.counted, accrual.toward_debit
    for item, sign in ((old, -1), *(((new, 1),) if new is not None else ())):
        with arithmetic():
            claimed += sign * sum((amount for _, amount in item.amounts), Decimal(0))
        counted += sign * item.counted
        given += sign * item.toward_debit
    carry = min(0, given)
    adjustments = carry + counted - int(claimed)
    return Carry(accrual.project, n, Decimal(carry), None, plain(claimed), adjustments, counted, given)
