"""Intervals and ranges of serials against the points that they cover."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.core.intervals import Interval, merge_adjacent, merge_serials, subtract
from carbon_ledger.serials import Block

CUTS = st.lists(st.integers(0, 30), unique=True, max_size=8).map(sorted)


@st.composite
def ascending(draw: st.DrawFn) -> list[Interval]:
    """Intervals in ascending order that do not overlap; some begin where the one before ends."""
    cuts = draw(CUTS)
    pairs = list(itertools.pairwise(cuts))
    return [pair for pair in pairs if draw(st.booleans())]


def points(intervals: object) -> set[int]:
    return {point for start, end in intervals for point in range(start, end)}  # type: ignore[attr-defined]


@given(st.integers(0, 30), st.integers(0, 30), ascending())
def test_what_is_left_is_what_no_interval_covers(start: int, end: int, taken: list[Interval]) -> None:
    left = list(subtract(start, end, taken))
    assert points(left) == set(range(start, end)) - points(taken)
    assert all(low < high for low, high in left)
    assert left == sorted(left)


@given(ascending())
def test_merged_intervals_cover_the_same_and_none_touches_another(intervals: list[Interval]) -> None:
    merged = merge_adjacent(intervals)
    assert points(merged) == points(intervals)
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(merged))


@given(st.lists(st.tuples(st.sampled_from(["a/2024/1", "b/2024/1"]), ascending()), max_size=4))
def test_merged_serials_are_the_same_serials_in_fewer_blocks(parts: list[tuple[str, list[Interval]]]) -> None:
    blocks = [Block(batch, low + 1, high) for batch, cut in parts for low, high in cut]
    merged = merge_serials(blocks)
    assert [(item.batch_id, k) for item in merged for k in range(item.first, item.last + 1)] == [
        (item.batch_id, k) for item in blocks for k in range(item.first, item.last + 1)
    ]
    assert all(
        (before.batch_id, before.last + 1) != (after.batch_id, after.first)
        for before, after in itertools.pairwise(merged)
    )


def test_serials_of_another_batch_are_not_merged() -> None:
    assert len(merge_serials([Block("a/2024/1", 1, 3), Block("b/2024/1", 4, 9)])) == 2
