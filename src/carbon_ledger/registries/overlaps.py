"""Ranges that overlap one that came before, found in O(n log n) whatever the order of the ranges."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def earlier_overlaps(ranges: Sequence[tuple[int, int]]) -> list[int | None]:
    """Find, for each closed range in turn, a range before it that it overlaps.

    A range that overlaps an earlier one is not kept: what comes after it is compared with those that were.

    Args:
        ranges: First and last number of each, both included, first <= last.

    Returns:
        For each range, the position of the kept one that it overlaps, or None if it is kept itself.

    Example:
        >>> earlier_overlaps([(1, 10), (21, 30), (10, 20), (11, 20)])
        [None, None, 0, None]
    """
    starts = sorted({first for first, _ in ranges})
    # Kept ranges are disjoint, so that the last one to begin at or before a range's end is the one to compare
    # with. `tree` is a Fenwick tree: the greatest rank of a kept start, among the first so many starts.
    tree = [0] * (len(starts) + 1)
    kept = [0] * (len(starts) + 1)
    found: list[int | None] = []
    for position, (first, last) in enumerate(ranges):
        before = _greatest(tree, bisect_right(starts, last))
        if before and ranges[kept[before]][1] >= first:
            found.append(kept[before])
            continue
        rank = bisect_left(starts, first) + 1
        kept[rank] = position
        _keep(tree, rank)
        found.append(None)
    return found


def _greatest(tree: Sequence[int], upto: int) -> int:
    greatest = 0
    while upto:
        greatest = max(greatest, tree[upto])
        upto &= upto - 1
    return greatest


def _keep(tree: list[int], rank: int) -> None:
    at = rank
    while at < len(tree):
        tree[at] = max(tree[at], rank)
        at += at & -at
