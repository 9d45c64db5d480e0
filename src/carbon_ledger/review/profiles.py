"""What one pass over a series shows: its resolution, its extremes, and the values that may be plateaus."""

from collections.abc import Iterator
from math import gcd
from typing import Final

from attrs import define, field

from carbon_ledger.core.state.rows import Reading
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import DAY_S, Questions

_CANDIDATES: Final = 100  # values of which each can have more than one step of a hundred
_POWERS: Final = tuple(10**k for k in range(13))


@define
class Profile:
    """One pass over the steps of one length of a series.

    Attributes:
        step_s: The length of the steps. [s]
        registered_wh: The resolution that is registered for the meter, or None. [Wh]
        divisor_wh: The greatest common divisor of all values. [Wh]
        most_wh: The largest value. [Wh]
        least_wh: The smallest value above zero. [Wh]
        steps: The number of steps.
        positive: The number of steps above zero.
        candidates: Values that may have more than one step of a hundred; every value that has, is among them.
    """

    step_s: int
    registered_wh: int | None
    resolved_units: int
    divisor_wh: int = 0
    most_wh: int = 0
    least_wh: int = 0
    steps: int = 0
    positive: int = 0
    candidates: dict[int, int] = field(factory=dict)
    _above: list[int] = field(factory=lambda: [0] * len(_POWERS))
    _above_registered: int = 0

    def add(self, values: list[int]) -> None:
        """Add the values of a run. [Wh]"""
        self.steps += len(values)
        counts: dict[int, int] = {}
        for wh in values:
            counts[wh] = counts.get(wh, 0) + 1
        self.divisor_wh = gcd(self.divisor_wh, *counts)
        for wh, count in counts.items():
            if wh <= 0:
                continue
            self.positive += count
            self.most_wh = max(self.most_wh, wh)
            self.least_wh = wh if not self.least_wh else min(self.least_wh, wh)
            for k, power in enumerate(_POWERS):
                if wh < self.resolved_units * power:
                    break
                self._above[k] += count
            if self.registered_wh is not None and wh >= self.resolved_units * self.registered_wh:
                self._above_registered += count
            self._count(wh, count)

    def _count(self, wh: int, count: int) -> None:
        """Count a value as Misra and Gries do: a value with a large share is never lost."""
        if wh in self.candidates:
            self.candidates[wh] += count
        elif len(self.candidates) < _CANDIDATES:
            self.candidates[wh] = count
        else:
            least = min(count, *self.candidates.values())
            self.candidates = {key: number - least for key, number in self.candidates.items() if number > least}
            if count > least:
                self.candidates[wh] = count - least

    @property
    def resolution_wh(self) -> int:
        """The meter's resolution: the registered one, or else the power of ten that divides all values. [Wh]"""
        return self.registered_wh or power_of_ten(self.divisor_wh)

    @property
    def is_resolved(self) -> bool:
        """Whether the median step above zero has so many units of the resolution that its digits say something."""
        if self.registered_wh is not None:
            above = self._above_registered
        else:
            k = len(str(self.resolution_wh)) - 1
            above = self._above[k] if k < len(_POWERS) else 0
        return self.positive > 0 and 2 * above >= self.positive


def power_of_ten(number: int) -> int:
    """The largest power of ten that divides a number.

    Example:
        >>> power_of_ten(1_250_000), power_of_ten(7)
        (10000, 1)
    """
    power = 1
    while number and number % (10 * power) == 0:
        power *= 10
    return power


def profiles_of(questions: Questions, subject: str, parameters: ReviewParameters) -> list[Profile]:
    """The profiles of a series, one for each length of its steps of at most a day.

    Args:
        questions: The questions.
        subject: The device or the meter's own column.
        parameters: The thresholds.
    """
    found: dict[int, Profile] = {}
    registered = questions.resolution_wh(subject)
    for run, values in steps_of(questions, subject):
        profile = found.get(run.step_s)
        if profile is None:
            profile = found[run.step_s] = Profile(run.step_s, registered, parameters.resolved_units)
        profile.add(values)
    return [found[step_s] for step_s in sorted(found)]


def steps_of(questions: Questions, subject: str, step_s: int | None = None) -> Iterator[tuple[Reading, list[int]]]:
    """The runs of a series with steps of at most a day, each with its values. [Wh]

    Args:
        questions: The questions.
        subject: The device or the meter's own column.
        step_s: Only steps of this length, if it is given. [s]
    """
    for run in questions.series(subject):
        if run.step_s <= DAY_S and step_s in (None, run.step_s):
            yield run, questions.values(run)


def common_steps(
    questions: Questions, run: Reading, values: list[int], other: str
) -> Iterator[tuple[Reading, Iterator[tuple[int, int]]]]:
    """The steps that a run has in common with the live runs that were recorded for another subject itself.

    Args:
        questions: The ledger.
        run: A run of one subject.
        values: The energies of its steps. [Wh]
        other: The other subject.

    Returns:
        The runs of the other subject, each with the energies of the two in each common step. [Wh]
    """
    for theirs in questions.view.readings(other, run.start_utc, run.end_utc):
        is_aligned = theirs.step_s == run.step_s and (theirs.start_utc - run.start_utc) % run.step_s == 0
        if not is_aligned or questions.source(theirs.source_n).subject != other:
            continue
        low, high = max(run.start_utc, theirs.start_utc), min(run.end_utc, theirs.end_utc)
        mine = values[(low - run.start_utc) // run.step_s : (high - run.start_utc) // run.step_s]
        yield theirs, zip(mine, questions.values(theirs)[(low - theirs.start_utc) // run.step_s :], strict=False)
