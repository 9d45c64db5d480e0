"""Intervals of time and ranges of serials: subtracting intervals, and merging those that are adjacent."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Final, Protocol

from carbon_ledger.serials import Block

Interval = tuple[int, int]

FOR_EVER: Final = 1 << 62  # after every instant [s]


class SerialRange(Protocol):
    """A range of serials of one batch: a `Block`, or a row that holds one."""

    @property
    def batch_id(self) -> str:
        """The id of the batch."""

    @property
    def first(self) -> int:
        """The first serial."""

    @property
    def last(self) -> int:
        """The last serial, which belongs to the range."""


def subtract(start: int, end: int, taken: Sequence[Interval]) -> Iterator[Interval]:
    """The parts of [start, end) that no interval of *taken* covers.

    Args:
        start: Where the interval begins.
        end: Where the interval ends. The end does not belong to it.
        taken: Intervals in ascending order, none of which overlaps another.
    """
    for position in range(bisect_right(taken, start, key=itemgetter(1)), len(taken)):
        taken_start, taken_end = taken[position]
        if taken_start >= end:
            break
        if start < taken_start:
            yield start, taken_start
        start = max(start, taken_end)
    if start < end:
        yield start, end


def merge_adjacent(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same intervals, of which each that begins at the end of the interval before is merged with that interval.

    Args:
        intervals: Intervals in ascending order.
    """
    result: list[Interval] = []
    for start, end in intervals:
        if result and result[-1][1] == start:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return tuple(result)


def merge_serials(ranges: Iterable[SerialRange]) -> tuple[Block, ...]:
    """The same serials as blocks, with consecutive ranges of one batch merged.

    Args:
        ranges: Ranges of serials. A range is merged only with the range directly before it.
    """
    result: list[Block] = []
    for item in ranges:
        before = result[-1] if result else None
        if before is not None and (before.batch_id, before.last + 1) == (item.batch_id, item.first):
            result[-1] = Block(before.batch_id, before.first, item.last)
        else:
            result.append(Block(item.batch_id, item.first, item.last))
    return tuple(result)
