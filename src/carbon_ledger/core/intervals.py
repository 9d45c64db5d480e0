"""Intervals of time and ranges of numbers: what is left of one, and which touch."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

Interval = tuple[int, int]


def minus(start: int, end: int, taken: Sequence[Interval]) -> Iterator[Interval]:
    """What is left of [start, end) without intervals that are in time order and do not overlap."""
    for position in range(bisect_right(taken, start, key=itemgetter(1)), len(taken)):
        taken_start, taken_end = taken[position]
        if taken_start >= end:
            break
        if start < taken_start:
            yield start, taken_start
        start = max(start, taken_end)
    if start < end:
        yield start, end


def joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Join intervals that touch; they come in time order."""
    result: list[Interval] = []
    for start, end in intervals:
        if result and result[-1][1] == start:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return tuple(result)
