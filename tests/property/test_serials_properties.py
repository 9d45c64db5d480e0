"""Serials: ranges are counted and cut by arithmetic, whatever the numbers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.errors import SerialError
from carbon_ledger.serials import Block, block_of

BLOCKS = st.builds(
    lambda first, count: Block("p/2024/7", first, first + count - 1),
    st.integers(1, 10**15),
    st.integers(1, 10**15),
)


@given(BLOCKS)
def test_a_count_is_last_minus_first_plus_one(block: Block) -> None:
    """Invariant 7."""
    assert block.count == block.last - block.first + 1 == block.take(block.count).count
    assert block_of(str(block)) == block
    for number in (block.first, block.last):
        assert f"p/2024/7/{number}" in block
    assert f"p/2024/7/{block.last + 1}" not in block
    assert f"q/2024/7/{block.first}" not in block


@given(BLOCKS, st.lists(st.integers(1, 10**14), max_size=6))
def test_a_cut_partitions_its_block(block: Block, counts: list[int]) -> None:
    """Invariant 8: into any number of parts, none empty, none lost, none twice."""
    if sum(counts) > block.count:
        with pytest.raises(SerialError):
            block.cut(*counts)
        return
    parts = block.cut(*counts)
    assert [part.count for part in parts[: len(counts)]] == counts
    assert parts[0].first == block.first
    assert parts[-1].last == block.last
    assert all(one.last + 1 == next_.first for one, next_ in pairwise(parts))
    assert sum(part.count for part in parts) == block.count


@given(BLOCKS, st.integers(-3, 0))
def test_nothing_is_taken_from_nothing(block: Block, count: int) -> None:
    """Invariant 8."""
    for action in (block.take, block.cut):
        with pytest.raises(SerialError):
            action(count)
    with pytest.raises(SerialError):
        block.take(block.count + 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p/2024/7",
        "p/2024/7/0",
        "p/2024/7/5-4",
        "p/24/7/1",
        "p/2024/07/1",
        "p/2024/7/O1",
        "p/2024/7/1 ",
        "p/2024/7/1-",
    ],
)
def test_what_is_no_block_is_refused(text: str) -> None:
    with pytest.raises(SerialError):
        block_of(text)
