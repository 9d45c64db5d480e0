"""Rules for corrections of granular certificates: units are withdrawn from the intervals that lost energy."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from attrs import frozen

from carbon_ledger.core.issuance.carry import Settled
from carbon_ledger.core.issuance.hours import Steps, debit_repaid_wh, issued_steps, parts_of, steps_under
from carbon_ledger.core.issuance.returnable import Range, never_transferred
from carbon_ledger.core.state.rows import ALL_VINTAGES, WITHDRAWN, Carry, Claim, Issuance
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import RefusedError
from carbon_ledger.exact import arithmetic, plain
from carbon_ledger.metering.readings import Readings
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period
from carbon_ledger.serials import Batch, Block


@frozen
class Recount:
    """The effect of a correction on the units of a granular issuance.

    Attributes:
        withdrawn: Units of lowered intervals that were never transferred out of the issuing account, in order.
        toward_debit: The contribution of the issuance to its project's debit; below zero, the amount it owes. [Wh]
    """

    withdrawn: tuple[Block, ...]
    toward_debit: int


@frozen
class _IssuedInterval:
    """A step of one vintage, with the serials that were issued for it and its energy now.

    *first* is *last* + 1 if no units were issued for the step.
    """

    first: int
    last: int
    net_wh: int


def require_same_steps(view: View, run: Readings, claim: Claim) -> None:
    """Refuse a correction whose steps differ from the steps that granular certificates were issued for.

    Args:
        view: The state before.
        run: The new readings.
        claim: A claim of granular certificates that the new readings overlap.

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
                f"the correction has steps of {run.step_s} s over {Period(run.start_utc, run.end_utc)}, but entry "
                f"{claim.issuance_n} issued granular certificates for steps of {old.step_s} s, and a unit's step does "
                "not change; correct with steps that begin and end at the same times",
                rule="granular-steps",
            )


def recount(view: View, corrected: View, issuance: Issuance, result: Quantification) -> Recount:
    """The units that a granular issuance loses, and its contribution to the debit, with each interval counted again.

    If an interval has more units than corrected energy, those of its units that were never in another account are
    withdrawn, the highest serials first; the project owes the rest. If an interval's corrected energy exceeds its
    units, the surplus reduces the project's debit, up to the amount that the issuance contributed when it was recorded.
    A surplus never creates units.

    Args:
        view: The state before.
        corrected: The state with the new readings.
        issuance: The issuance.
        result: The quantification of the issuance with the new readings.

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
        intervals = _intervals(issued.vintage(year), 0 if batch is None else batch.count, live, splits, year)
        if batch is None:
            spare += sum(interval.net_wh for interval in intervals)
            continue
        free, gone = never_transferred(view, batch), _withdrawn_serials(view, batch)
        for interval in intervals:
            withdrawn = sum(last - first + 1 for first, last in _within(gone, interval))
            over = interval.last - interval.first + 1 - withdrawn - interval.net_wh
            taken = _highest_blocks(batch, list(_within(free, interval)), over)
            blocks += taken
            over -= sum(block.count for block in taken)
            lacking, spare = lacking + max(0, over), spare + max(0, -over)
    return Recount(tuple(blocks), min(spare, _contributed_wh(event)) - lacking)


def _contributed_wh(event: Mapping[str, Any]) -> int:
    """The energy that an issuance contributed to a debit when it was recorded: steps claimed without units. [Wh]"""
    amounts, counts = (item["amount"] for item in event["amounts"]), (item["count"] for item in event["batches"])
    return sum(map(int, amounts)) - sum(map(int, counts))


def _live(view: View, n: int) -> dict[int, int]:
    """The energy of each step that an issuance claims, from the readings as they are now, by start. [Wh]"""
    claims = view.claims_of(n)
    runs = view.readings(claims[0].device, claims[0].start_utc, claims[-1].end_utc)
    steps = steps_under(view, runs, [(claim.start_utc, claim.end_utc) for claim in claims])
    return dict(zip(steps.starts, steps.net_wh, strict=True))


def _intervals(
    then: Steps, count: int, live: Mapping[int, int], splits: Mapping[int, Mapping[int, int]], year: int
) -> list[_IssuedInterval]:
    """The steps of a vintage, with the serials that were issued for them and their energy now."""
    intervals = []
    last = -debit_repaid_wh(then.net_wh, count)
    for start, wh in zip(then.starts, then.net_wh, strict=True):
        before, last = max(0, last), last + wh
        net_wh = splits[start][year] if start in splits else max(0, live.get(start, 0))
        intervals.append(_IssuedInterval(before + 1, max(before, last), net_wh))
    return intervals


def _withdrawn_serials(view: View, batch: Batch) -> list[Range]:
    """The withdrawn serials of a batch, in ascending order."""
    return [(p.first, p.last) for p in view.pieces(batch.batch_id, 1, batch.count) if p.state == WITHDRAWN]


def _within(ranges: Sequence[Range], interval: _IssuedInterval) -> Iterator[Range]:
    """The parts of ranges that lie among the serials of an interval; the ranges are ascending and disjoint."""
    at = bisect_left(ranges, interval.first, key=lambda item: item[1])
    while at < len(ranges) and ranges[at][0] <= interval.last:
        yield max(ranges[at][0], interval.first), min(ranges[at][1], interval.last)
        at += 1


def _highest_blocks(batch: Batch, free: Sequence[Range], needed: int) -> list[Block]:
    """Blocks of the *needed* highest serials of *free*, in ascending order; fewer if *free* has fewer."""
    blocks: list[Block] = []
    for first, last in reversed(free):
        if needed <= 0:
            break
        count = min(needed, last - first + 1)
        blocks.append(Block(batch.batch_id, last - count + 1, last))
        needed -= count
    return blocks[::-1]


def settle_hours(before: Carry, amounts: Sequence[tuple[int, Decimal]], n: int) -> Settled:
    """The carry after newly claimed energy of granular certificates, and the units of each vintage.

    Vintages are taken in ascending order. Their energy repays the debit of the project first.

    Args:
        before: The carry of the project before.
        amounts: Energy of each vintage. [(year, Wh), ...]
        n: The number of the entry that claims the energy.

    Source:
        ledger-model sections 5 and 6.
    """
    counts = []
    owed, energy = -min(0, before.toward_debit), 0
    for year, amount in sorted(amounts):
        repaid = min(owed, int(amount))
        owed, energy = owed - repaid, energy + int(amount)
        if int(amount) > repaid:
            counts.append((year, int(amount) - repaid))
    units = sum(count for _, count in counts)
    return (_carry_after(before, n, Decimal(energy), units, energy - units),), tuple(counts)


def granular_carry(before: Carry, old: Issuance, new: Issuance | None, n: int) -> Carry:
    """The carry of a project of granular certificates: 0, or below zero the amount that its issuances owe together.

    Surplus energy of their steps is forfeited, because a unit made of it would have no interval of its own.

    Args:
        before: The project's carry before.
        old: An issuance before the change.
        new: The same issuance afterwards; None if it is voided or converted.
        n: The number of the entry that changes the issuance.

    Source:
        ledger-model sections 5 to 7.
    """
    claimed, counted, toward_debit = Decimal(0), 0, 0
    for item, sign in ((old, -1), *(((new, 1),) if new is not None else ())):
        with arithmetic():
            claimed += sign * sum((amount for _, amount in item.amounts), Decimal(0))
        counted += sign * item.counted
        toward_debit += sign * item.toward_debit
    return _carry_after(before, n, claimed, counted, toward_debit)


def granular_carry_of(view: View, project: str) -> Carry:
    """The carry of a project of granular certificates, which has no vintage; zero before the first issuance."""
    return next(iter(view.carry(project)), Carry(project, ALL_VINTAGES, 0))


def _carry_after(before: Carry, n: int, claimed: Decimal, counted: int, toward_debit: int) -> Carry:
    """The carry after changes of its parts: the project owes what it owes, and any surplus energy is forfeited."""
    with arithmetic():
        energy = plain(before.claimed + claimed)
    units, owed = before.counted + counted, before.toward_debit + toward_debit
    return Carry(before.project, ALL_VINTAGES, n, energy, min(0, owed) + units - int(energy), units, owed)
