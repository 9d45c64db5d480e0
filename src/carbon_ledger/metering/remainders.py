"""Exact energies as whole Wh: refused, rounded one by one, or with what is left carried through the local day."""

from bisect import bisect_left
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from itertools import accumulate
from math import lcm
from operator import sub
from typing import Final, cast

from attrs import define

from carbon_ledger.choices import Direction
from carbon_ledger.errors import InexactNumberError
from carbon_ledger.exact import Rounding, decimal_text
from carbon_ledger.metering.layouts.layout import CARRY, REFUSE
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.periods import day_start_utc
from carbon_ledger.periods.zones import local_time

_UP: Final = ("import", "gross")  # so that what is carried never makes more net energy than was metered


@define
class DayCarry:
    """What is left below 1 Wh of a channel's steps in the local day that is being read.

    Args:
        day_utc: Start of the local day. [s since 1970-01-01 UTC]
        numerator: The remainder, as a multiple of 1/denominator Wh.
        denominator: Its denominator, which is that of the channel's steps.
    """

    day_utc: int = -1
    numerator: int = 0
    denominator: int = 1


def whole_wh(steps: MeteredSteps, zone: str, remainder: str, path: str, carry: DayCarry | None = None) -> list[int]:
    """The energies of steps in whole Wh.

    Args:
        steps: The steps, in time order.
        zone: IANA zone whose local days end what is carried.
        remainder: One of `REMAINDERS`.
        path: The file, for messages.
        carry: What earlier steps of the channel carried; it is brought up to date.

    Returns:
        One energy for each step. [Wh]

    Raises:
        InexactNumberError: A value is finer than 1 Wh, and *remainder* is ``refuse``.

    Example:
        >>> thirds = MeteredSteps(meter="", role="export", start_utc=[0, 3600, 7200], step_s=[3600] * 3,
        ...                       numerators=[1, 1, 1], denominator=3, lines=[2, 3, 4])
        >>> whole_wh(thirds, "UTC", "carry", "may.csv")
        [0, 0, 1]
    """
    denominator, values = steps.denominator, steps.numerators
    carries = remainder == CARRY and steps.role != "gross"
    if not carries or carry is None or not carry.numerator % carry.denominator:
        floors = [*values] if denominator == 1 else [value // denominator for value in values]
        if denominator == 1 or sum(floors) * denominator == sum(values):  # no floor is above its value
            return floors
    if carries:
        return _carried(steps, zone, carry or DayCarry())
    if remainder == REFUSE:
        raise _finer(steps, path)
    rounded = _rounding_of(remainder)
    return [rounded(value, denominator) for value in values]


def _rounding_of(remainder: str) -> Callable[[int, int], int]:
    direction = "ceiling" if remainder == CARRY else remainder
    if direction == "floor":
        return lambda value, denominator: value // denominator
    if direction == "ceiling":
        return lambda value, denominator: -(-value // denominator)
    rounding = Rounding(cast("Direction", direction), places=0)  # the layout has checked it
    return lambda value, denominator: int(rounding.apply(Fraction(value, denominator)))


def _finer(steps: MeteredSteps, path: str) -> InexactNumberError:
    position = next(at for at, value in enumerate(steps.numerators) if value % steps.denominator)
    exact_wh = Fraction(steps.numerators[position], steps.denominator)
    shown = decimal_text(exact_wh) or str(exact_wh)
    return InexactNumberError(
        f"{path}, line {steps.lines[position]}, {steps.place}: {shown} Wh is finer than 1 Wh; name how to cut it, e.g. "
        'rounding=Rounding("floor", places=0) of read_meter_csv, or remainder="carry" of a layout'
    )


def _carried(steps: MeteredSteps, zone: str, carry: DayCarry) -> list[int]:
    sign = -1 if steps.role in _UP else 1
    denominator = lcm(steps.denominator, carry.denominator)
    factor = sign * (denominator // steps.denominator)
    whole: list[int] = []
    begin, count = 0, len(steps.numerators)
    while begin < count:
        day_utc, end_utc = _local_day(steps.start_utc[begin], zone)
        end = bisect_left(steps.start_utc, end_utc, begin)
        before = 0
        if carry.day_utc == day_utc:
            before = carry.numerator * (denominator // carry.denominator)
        sums = [*accumulate((factor * value for value in steps.numerators[begin:end]), initial=before)]
        floors = [value // denominator for value in sums]
        whole += [sign * value for value in map(sub, floors[1:], floors)]
        carry.day_utc, carry.numerator, carry.denominator = day_utc, sums[-1] % denominator, denominator
        begin = end
    return whole


def _local_day(at_utc: int, zone: str) -> tuple[int, int]:
    """Start and end of the local day of an instant. [s since 1970-01-01 UTC]"""
    day = local_time(at_utc, zone).date()
    return day_start_utc(day, zone), day_start_utc(day + timedelta(days=1), zone)
