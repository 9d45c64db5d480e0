"""Rules about energy that was divided before it was recorded: one capacity factor, or one ratio of two series."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

from carbon_ledger.periods.instants import instant_text
from carbon_ledger.review.causes import Amounts, Cause, add_to
from carbon_ledger.review.flags import MEDIUM, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.profiles import common_steps
from carbon_ledger.review.questions import HOUR_S, Questions, label_of

_FOUR_DIGITS: Final = 1_000
_LEAST_WH: Final = 1_000  # of a step by which series are compared at first

Probe = list[tuple[int, int, int]]  # start, length and energy of the first steps of a series


def divided_before(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R18b: several devices with one capacity factor, or series with one ratio in every step."""
    yield from same_factor(questions, parameters)
    yield from same_ratio(questions, parameters)


def same_factor(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """Several devices with one capacity factor: their energy was divided by capacity."""
    groups: dict[tuple[int, int, int, int], list[str]] = {}
    for device in questions.devices:
        wh, seconds, start, end = 0, 0, 0, 0
        for run in questions.runs(device):
            start = run.start_utc if not seconds else start
            wh, seconds, end = wh + run.net_wh, seconds + run.end_utc - run.start_utc, run.end_utc
        if wh > 0:
            factor = Fraction(wh * HOUR_S, questions.device(device).capacity_w * seconds)
            groups.setdefault((*four_digits(factor), start, end), []).append(device)
    for (digits, places, start, end), devices in sorted(groups.items()):
        if len(devices) < parameters.same_factor_devices:
            continue
        claimed: Amounts = {}
        for device in devices:
            add_to(claimed, questions.claimed_between(device, start, end))
        yield Cause(
            severity=MEDIUM,
            subject="; ".join(map(label_of, devices[:10])),
            text=f"{len(devices)} devices have the same capacity factor, {Decimal(digits).scaleb(-places):f}, from "
            f"{instant_text(start)} to {instant_text(end)}: their energy was divided by capacity",
            cited=Cited(run.source_n for device in devices for run in questions.runs(device)),
            claimed_wh=claimed,
        )


def four_digits(number: Fraction) -> tuple[int, int]:
    """A number above zero in four significant digits, rounded half up, and its decimal places.

    Example:
        >>> four_digits(Fraction(3, 8)), four_digits(Fraction(1, 30))
        ((3750, 4), (3333, 5))
    """
    places = 0
    while number * 10**places < _FOUR_DIGITS:
        places += 1
    return (2 * number * 10**places + 1) // 2, places


def same_ratio(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """Two series of devices with one ratio in every common step: one meter's energy was divided, and recorded as two.

    Energy that the ledger itself divides by the shares of a meter is no series of a device (R13 shows it).
    """
    groups: dict[tuple[tuple[int, int], ...], list[tuple[Fraction, str, Probe]]] = {}
    for device in questions.devices:
        probe = _probe(questions, device, parameters)
        if probe:
            place = tuple((start, step_s) for start, step_s, _ in probe)
            groups.setdefault(place, []).append((Fraction(probe[1][2], probe[0][2]), device, probe))
    for _, found in sorted(groups.items()):
        found.sort(key=lambda item: item[:2])
        for (_, first, one), (_, second, other) in pairwise(found):
            if _is_one_ratio([(x[2], y[2]) for x, y in zip(one, other, strict=True)]):
                yield from _compared(questions, first, second, parameters)


def _probe(questions: Questions, device: str, parameters: ReviewParameters) -> Probe:
    """The first steps of a device's own series with different energies; empty if there are too few.

    Energies differ by 1 percent or more, so that a Wh by which they were rounded changes no choice.
    """
    found: Probe = []
    for run in questions.series(device):
        for k, wh in enumerate(questions.values(run)):
            if wh >= _LEAST_WH and all(100 * abs(wh - before) >= before for _, _, before in found):
                found.append((run.start_utc + k * run.step_s, run.step_s, wh))
                if len(found) == max(2, parameters.ratio_steps):
                    return found
    return []


def _is_one_ratio(pairs: list[tuple[int, int]]) -> bool:
    """Whether pairs of energies have the ratio of their sums, to the Wh by which each may be rounded."""
    first, second = sum(one for one, _ in pairs), sum(other for _, other in pairs)
    return all(abs(other * first - one * second) <= first + second for one, other in pairs)


def _compared(questions: Questions, first: str, second: str, parameters: ReviewParameters) -> Iterator[Cause]:
    """A cause if every common step of two series has one ratio."""
    sums, common, distinct, cited = (0, 0), 0, set[int](), Cited()
    for one, other, sources in _common(questions, first, second):
        sums, common = (sums[0] + one, sums[1] + other), common + 1
        if len(distinct) < parameters.ratio_steps and _digits(max(one, other, key=_digits)) >= parameters.ratio_digits:
            distinct.add(one)
        for n in sources:
            cited.add(n)
    pairs = _common(questions, first, second)
    if sums[0] <= 0 or sums[1] <= 0 or common < parameters.ratio_steps or len(distinct) < parameters.ratio_steps:
        return
    is_equal = True  # then it is one series, which R18a shows
    for one, other, _ in pairs:
        is_equal = is_equal and one == other
        if abs(other * sums[0] - one * sums[1]) > sums[0] + sums[1]:
            return
    if is_equal:
        return
    claimed: Amounts = {}
    for device in (first, second):
        for run in questions.series(device):
            add_to(claimed, questions.claimed_between(device, run.start_utc, run.end_utc))
    digits, places = four_digits(Fraction(sums[1], sums[0]))
    yield Cause(
        severity=MEDIUM,
        subject=f"{label_of(first)}; {label_of(second)}",
        text=f"{common} common steps have one ratio, {Decimal(digits).scaleb(-places):f}, to the Wh: one energy was "
        "divided before it was recorded",
        cited=cited,
        figures=(("common_steps", common),),
        claimed_wh=claimed,
    )


def _digits(wh: int) -> int:
    """The significant digits of an energy."""
    return len(str(wh).rstrip("0"))


def _common(questions: Questions, first: str, second: str) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """The energies of the common steps of two devices' own series, if not both are 0, with their entries."""
    for run in questions.series(first):
        for other, pairs in common_steps(questions, run, questions.values(run), second):
            for one, wh in pairs:
                if one or wh:
                    yield one, wh, (run.source_n, other.source_n)
