"""Ranges that overlap an earlier range, found in O(n log n) whatever the order of the ranges."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def earlier_overlaps(ranges: Sequence[tuple[int, int]]) -> list[int | None]:
    """For each closed range in turn, an earlier range that it overlaps.

    A range that overlaps an earlier one is dropped: later ranges are compared only with those that were not dropped.

    Args:
        ranges: First and last number of each range, both included, first <= last.

    Returns:
        For each range, the position of an earlier range that it overlaps, or None if it overlaps none and stays.

    Example:
        >>> earlier_overlaps([(1, 10), (21, 30), (10, 20), (11, 20)])
        [None, None, 0, None]
    """
    starts = sorted({first for first, _ in ranges})
    # The ranges that stay are disjoint, so only the last of them to begin at or before a range's end can overlap it.
    # `tree` is a Fenwick tree: the greatest rank of a start that stays, among the first so many starts.
    tree = [0] * (len(starts) + 1)
    staying = [0] * (len(starts) + 1)
    found: list[int | None] = []
    for position, (first, last) in enumerate(ranges):
        before = _greatest(tree, bisect_right(starts, last))
        if before and ranges[staying[before]][1] >= first:
            found.append(staying[before])
            continue
        rank = bisect_left(starts, first) + 1
        staying[rank] = position
        _add(tree, rank)
        found.append(None)
    return found


def _greatest(tree: Sequence[int], upto: int) -> int:
    greatest = 0
    while upto:
        greatest = max(greatest, tree[upto])
        upto &= upto - 1
    return greatest


def _add(tree: list[int], rank: int) -> None:
    at = rank
    while at < len(tree):
        tree[at] = max(tree[at], rank)
        at += at & -at
