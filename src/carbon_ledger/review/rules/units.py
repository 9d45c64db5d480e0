"""Rules about units: support, claims, movements in a circle, and repeated voiding."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import ceil
from typing import Any

from carbon_ledger.core.entries.events import TRANSFER_ACCEPTED, UNITS_RETIRED, UNITS_TRANSFERRED
from carbon_ledger.core.in_force import account_at
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.exact import text_of
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import local_time
from carbon_ledger.queries.carry import project_carry
from carbon_ledger.review.causes import Cause, some
from carbon_ledger.review.flags import CRITICAL, HIGH, LOW, MEDIUM, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import DAY_S, Questions, blocks_of
from carbon_ledger.serials import Batch


def unsupported(questions: Questions, _: ReviewParameters) -> Iterator[Cause]:
    """R25: units without energy behind them: the carry of a project is below zero, so that it has a debit.

    A project that imported more than it exported has negative carry too, but no unit stands on it.
    """
    for name in questions.projects:
        carry = project_carry(questions.view, name)
        units, since = min(ceil(carry.debit), max(0, carry.counted)), carry.debit_since
        if units <= 0:
            continue
        days = 0 if since is None else (questions.at_utc - questions.recorded_utc(since)) // DAY_S
        numbers = (item.n for item in questions.issuances(name)) if since is None else [since]
        yield Cause(
            severity=CRITICAL,
            subject=f"project {name}",
            text=f"{some(units, 'unit')} without energy behind them"
            f"{'' if since is None else f', since entry {since}, for ' + some(days, 'day')}",
            cited=Cited(numbers),
            figures=(("carry", text_of(carry.carry)),),
            units=units,
        )


def self_retired(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R20: units retired for the account to which they were issued; or for a purpose of hardly a word."""
    own: dict[tuple[str, str], tuple[Cited, int]] = {}
    short: dict[str, tuple[Cited, int]] = {}
    for n, event, batches in _retirements(questions):
        units = sum(count for _, count in batches)
        beneficiary = _folded(event["beneficiary"])
        for owner in sorted({batch.account for batch, _ in batches}):
            name = account_at(questions.view, owner, questions.recorded_utc(n)).name
            if beneficiary in (_folded(owner), _folded(name)):
                found = own.get((owner, event["account"]), (Cited(), 0))
                found[0].add(n)
                own[owner, event["account"]] = (found[0], found[1] + units)
        if len(event["purpose"].split()) < parameters.purpose_words:
            found = short.get(event["account"], (Cited(), 0))
            found[0].add(n)
            short[event["account"]] = (found[0], found[1] + units)
    for (owner, account), (cited, units) in sorted(own.items()):
        yield Cause(
            severity=MEDIUM,
            subject=f"account {account}",
            text=f"units were retired for {owner}, to which they were issued",
            cited=cited,
            units=units,
        )
    for account, (cited, units) in sorted(short.items()):
        text = f"the purpose of a retirement has fewer than {parameters.purpose_words} words"
        yield Cause(severity=LOW, subject=f"account {account}", text=text, cited=cited, units=units)


def claim_periods(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R21: a claim for a period before the energy was made, long after it, or of another year."""
    for n, event, batches in _retirements(questions):
        period = Period.from_record(event["reporting_period"])
        for batch, units in batches:
            made = batch.production
            zone = zone_of(questions.view, period.zone or questions.project(batch.project).zone)
            years = {local_time(at, zone).year for at in (period.start_utc, period.end_utc - 1)}
            if period.end_utc <= made.start_utc:
                severity, what = HIGH, "ends before the energy was made"
            elif period.start_utc > made.end_utc + parameters.late_claim_days * DAY_S:
                severity, what = MEDIUM, f"begins more than {parameters.late_claim_days} days after it was made"
            elif batch.vintage not in range(min(years), max(years) + 1):
                severity, what = LOW, "is of another year than the vintage"
            else:
                continue
            yield Cause(
                severity=severity,
                subject=f"account {event['account']}",
                text=f"the period of the claim {what}: {period} for vintage {batch.vintage}",
                cited=Cited([n]),
                units=units,
            )


def round_trips(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R23: units that come back to an account that had transferred them."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    units: dict[tuple[str, str], int] = {}
    for name in questions.projects:
        for issuance in questions.every_issuance(name):
            for batch in questions.view.batches(issuance.n):
                for pair, moves in _returns(questions, batch.batch).items():
                    found.setdefault(pair, []).extend((n, questions.recorded_utc(n)) for n, _ in moves)
                    units[pair] = units.get(pair, 0) + max(count for _, count in moves)
    for pair, returns in sorted(found.items()):
        times = sorted(at for _, at in returns)
        fast = any(b - a <= parameters.return_days * DAY_S for a, b in pairwise(times))
        yield Cause(
            severity=HIGH if fast else MEDIUM,
            subject=f"accounts {pair[0]} and {pair[1]}",
            text=f"units came back to a former holder: {some(len(returns), 'time')}",
            cited=Cited(n for n, _ in returns),
            figures=(("returns", len(returns)),),
            units=units[pair],
        )


def repeated_voids(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R24: issuances of overlapping time that were voided several times, or issued again to another account."""
    for name in questions.projects:
        voided = [item for item in questions.every_issuance(name) if item.voided and not item.converted]
        if not voided:
            continue
        every = [item for item in questions.every_issuance(name) if not item.converted]
        touched = {item.n for a, b in combinations(voided, 2) if _overlap(a, b) for item in (a, b)}
        many = len(touched) >= parameters.voids
        moved = [(a, b) for a in voided for b in every if b.n > a.n and _overlap(a, b) and a.account != b.account]
        if not many and not moved:
            continue
        cited = Cited([*(item.n for pair in moved for item in pair), *touched])
        again = [item for item in questions.issuances(name) if any(_overlap(item, old) for old in voided)]
        what = [f"{len(touched)} issuances of overlapping time were voided"] if many else []
        what += ["a voided issuance was issued again to another account"] if moved else []
        yield Cause(
            severity=HIGH if many and moved else MEDIUM,
            subject=f"project {name}",
            text="; ".join(what),
            cited=cited,
            units=sum(item.counted for item in again),
        )


def _overlap(a: Issuance, b: Issuance) -> bool:
    return a.start_utc < b.end_utc and b.start_utc < a.end_utc


def _folded(text: str) -> str:
    return "".join(text.casefold().split())


def _retirements(questions: Questions) -> Iterator[tuple[int, dict[str, Any], list[tuple[Batch, int]]]]:
    """Every retirement of units that projects in scope issued: its entry, its event, and its batches with counts."""
    for entry in questions.entries(UNITS_RETIRED):
        batches = []
        for name, first, last in blocks_of(entry.event):
            found = questions.view.batch(name)
            if found is not None and found.batch.project in questions.projects:
                batches.append((found.batch, last - first + 1))
        if batches:
            yield entry.n, dict(entry.event), batches


def _returns(questions: Questions, batch: Batch) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """The transfers by which units of a batch came back to an account that had transferred them, by both accounts."""
    given: dict[str, list[tuple[int, int]]] = {}
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    numbers = sorted({piece.from_n for piece in questions.view.pieces_ever(batch.batch_id)})
    for n in numbers:
        entry = questions.entry(n)
        if entry.type not in (UNITS_TRANSFERRED, TRANSFER_ACCEPTED):
            continue
        event = entry.event if entry.type == UNITS_TRANSFERRED else questions.event(entry.event["offer"])
        source, target = event["from"], event["to"]
        for name, first, last in blocks_of(event):
            if name != batch.batch_id:
                continue
            back = sum(max(0, min(last, b) - max(first, a) + 1) for a, b in given.get(target, ()))
            if back:
                pair = (min(source, target), max(source, target))
                found.setdefault(pair, []).append((n, min(back, last - first + 1)))
            given[source] = _with_range(given.get(source, []), first, last)
    return found


def _with_range(ranges: list[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    """Ranges without overlaps, with one more."""
    apart = [item for item in ranges if item[1] < first - 1 or item[0] > last + 1]
    together = [item for item in ranges if item not in apart] + [(first, last)]
    return sorted([*apart, (min(a for a, _ in together), max(b for _, b in together))])
