"""Rules about devices: two that are one, and several whose energy was divided."""

import heapq
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import Final

from attrs import define, field

from carbon_ledger.devices import Device
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.review.causes import Amounts, Cause, add_to
from carbon_ledger.review.flags import CRITICAL, HIGH, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.profiles import common_steps, steps_of
from carbon_ledger.review.questions import DAY_S, Questions, label_of

_SKETCH: Final = 64  # steps of a series that are remembered: those whose numbers are the smallest
_MODULUS: Final = 2**61 - 1
_METRES_OF_DEGREE: Final = 111_195

_BITS: Final = 2**20

Pair = tuple[str, str]
Total = tuple[int, int, int]  # start and length of a step, and its energy


@define
class _Compared:
    """The steps that two series have in common."""

    common: int = 0
    equal: int = 0
    distinct: set[int] = field(factory=set)
    cited: Cited = field(factory=Cited)
    claimed: Amounts = field(factory=dict)


def equal_series(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R18a: two series of equal steps, or with one equal total of many digits."""
    for first, second in _alike(questions):
        found = _compared(questions, first, second)
        many = found.common >= parameters.equal_steps and len(found.distinct) >= parameters.equal_distinct
        if many and 2 * found.equal > found.common:
            yield Cause(
                severity=CRITICAL,
                subject=f"{label_of(first)}; {label_of(second)}",
                text=f"{found.equal} of {found.common} common steps are equal to the Wh",
                cited=found.cited,
                figures=(("common_steps", found.common), ("equal_steps", found.equal)),
                claimed_wh=found.claimed,
            )
    for subjects, wh, start, cited, claimed in _equal_totals(questions, parameters):
        yield Cause(
            severity=HIGH,
            subject="; ".join(map(label_of, subjects)),
            text=f"a total from {instant_text(start)} on is equal to the Wh: {wh:,} Wh",
            cited=cited,
            claimed_wh=claimed,
        )


def _alike(questions: Questions) -> list[Pair]:
    """Pairs of series that have a step in common among those that a sketch of each remembers."""
    holders: dict[int, list[str]] = {}
    for subject in questions.subjects:
        for number in _sketch(questions, subject):
            holders.setdefault(number, []).append(subject)
    return sorted({pair for names in holders.values() for pair in combinations(sorted(set(names)), 2)})


def _sketch(questions: Questions, subject: str) -> set[int]:
    """The smallest numbers of a series' steps above zero: equal steps of two series have equal numbers."""
    heap: list[int] = []
    held: set[int] = set()
    for run, values in steps_of(questions, subject):
        at = run.start_utc
        for wh in values:
            if wh > 0:
                number = (at * 1_000_003 + run.step_s * 7 + wh) * 437_799_614_237_992_725 % _MODULUS
                if number in held or (len(heap) == _SKETCH and number > -heap[0]):
                    at += run.step_s
                    continue
                held.add(number)
                heapq.heappush(heap, -number)
                if len(heap) > _SKETCH:
                    held.discard(-heapq.heappop(heap))
            at += run.step_s
    return held


def _compared(questions: Questions, first: str, second: str) -> _Compared:
    found = _Compared()
    for run, values in steps_of(questions, first):
        equal_before = found.equal
        for other, pairs in common_steps(questions, run, values, second):
            for a, b in pairs:
                if a > 0 or b > 0:
                    found.common += 1
                    found.equal += a == b
                    if a == b and len(found.distinct) < _SKETCH:
                        found.distinct.add(a)
            if found.equal > equal_before:
                found.cited.add(run.source_n)
                found.cited.add(other.source_n)
        if found.equal > equal_before:
            add_to(found.claimed, questions.claimed_between(second, run.start_utc, run.end_utc))
    return found


def _equal_totals(
    questions: Questions, parameters: ReviewParameters
) -> Iterator[tuple[list[str], int, int, Cited, Amounts]]:
    """Totals of more than a day with many significant digits that several series have in common."""
    bits, several = bytearray(_BITS >> 3), set[Total]()
    for _, _, total in _totals(questions, parameters):
        place = (total[0] * 1_000_003 + total[1] * 7 + total[2]) % _MODULUS % _BITS
        if bits[place >> 3] >> (place & 7) & 1:
            several.add(total)
        bits[place >> 3] |= 1 << (place & 7)
    found: dict[Total, list[tuple[str, int]]] = {}
    for subject, n, total in _totals(questions, parameters) if several else ():
        if total in several:
            found.setdefault(total, []).append((subject, n))
    by_subjects: dict[tuple[str, ...], tuple[int, int, Cited, Amounts]] = {}
    for (start, step_s, wh), holders in sorted(found.items()):
        subjects = tuple(sorted({subject for subject, _ in holders}))
        if len(subjects) < 2:
            continue
        _, _, cited, claimed = by_subjects.setdefault(subjects, (wh, start, Cited(), {}))
        for _, n in holders:
            cited.add(n)
        for subject in subjects[1:]:
            add_to(claimed, questions.claimed_between(subject, start, start + step_s))
    for subjects, (wh, start, cited, claimed) in sorted(by_subjects.items(), key=lambda item: item[0]):
        yield list(subjects), wh, start, cited, claimed


def _totals(questions: Questions, parameters: ReviewParameters) -> Iterator[tuple[str, int, Total]]:
    """The totals of more than a day with many significant digits: subject, entry, and start, length and energy."""
    for subject in questions.subjects:
        for run in questions.series(subject):
            for k, wh in enumerate(questions.values(run) if run.step_s > DAY_S else ()):
                if wh > 0 and len(str(wh).rstrip("0")) >= parameters.equal_digits:
                    yield subject, run.source_n, (run.start_utc + k * run.step_s, run.step_s, wh)


def same_plant(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R19: two devices of one grid and capacity, with one name or at one place."""
    found: dict[tuple[str, int], list[str]] = {}
    for name in questions.devices:
        item = questions.device(name)
        found.setdefault((item.grid, item.capacity_w), []).append(name)
    for _, names in sorted(found.items()):
        for first, second in combinations(names, 2):
            one, other = questions.device(first), questions.device(second)
            what = ["the same name"] if _folded(one.name) == _folded(other.name) else []
            if is_near(one, other, parameters.near_m):
                what.append(f"places less than {parameters.near_m} m apart")
            if what:
                numbers = [questions.view.registration("device", name) or 0 for name in (first, second)]
                yield Cause(
                    severity=HIGH,
                    subject=f"device {first}; device {second}",
                    text=f"two devices of one grid and capacity have {' and '.join(what)}",
                    cited=Cited(numbers),
                    claimed_wh=_claimed_by(questions, second),
                )


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def is_near(one: Device, other: Device, near_m: int) -> bool:
    """Whether two places are near each other, by a flat map; a place that is not registered is near none.

    Args:
        one: A device.
        other: Another device.
        near_m: The distance. [m]

    Source:
        The cosine by Bhaskara's approximation, whose error is below 0.002. [M]
    """
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return False
    lat = Fraction(one.latitude)
    cosine = (32_400 - 4 * lat * lat) / (32_400 + lat * lat)
    east = abs(Fraction(one.longitude) - Fraction(other.longitude))
    north, east = lat - Fraction(other.latitude), min(east, 360 - east) * cosine
    return (north * north + east * east) * _METRES_OF_DEGREE**2 < near_m**2


def _claimed_by(questions: Questions, device: str) -> Amounts:
    """The claimed energy of one device."""
    claimed: Amounts = {}
    for project in questions.projects:
        if device in questions.project(project).devices:
            wh = sum(part.net_wh for part in questions.claimed_of(project) if part.part.run.device == device)
            add_to(claimed, {project: wh})
    return claimed
