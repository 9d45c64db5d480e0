"""Blocks and batches: what they count, what they contain, and which values are not blocks."""

import pytest

from carbon_ledger.errors import SerialError
from carbon_ledger.periods import Period
from carbon_ledger.serials import Batch, Block, block_of

BATCH = Batch(
    batch_id="hydro/2024/17",
    project="hydro",
    instrument="GCC-ACC",
    vintage=2024,
    count=250,
    account="owner",
    production=Period(0, 3600, "UTC"),
)


def test_a_batch_is_its_serials_from_1_to_its_count() -> None:
    assert (BATCH.first, BATCH.last, BATCH.block) == (1, 250, Block("hydro/2024/17", 1, 250))
    assert str(BATCH) == str(BATCH.block) == "hydro/2024/17/1-250"
    assert BATCH.take(10) == Block("hydro/2024/17", 1, 10)
    assert BATCH.cut(100) == (Block("hydro/2024/17", 1, 100), Block("hydro/2024/17", 101, 250))


def test_a_batch_of_one_unit_has_a_block_without_a_dash() -> None:
    assert str(Block("hydro/2024/17", 3, 3)) == "hydro/2024/17/3"


@pytest.mark.parametrize("counts", [(251,), (250, 1), (0,), (-1,), (True,), ("10",)])
def test_a_batch_is_not_cut_into_more_than_it_has(counts: tuple[int, ...]) -> None:
    with pytest.raises(SerialError, match=r"cannot cut block hydro/2024/17/1-250 of 250 serials into"):
        BATCH.cut(*counts)


@pytest.mark.parametrize("count", [0, 251, -1, True, "10", None])
def test_no_more_is_taken_than_there_is(count: int) -> None:
    for whole in (BATCH, BATCH.block):
        with pytest.raises(
            SerialError,
            match=r"cannot take .* serials of block hydro/2024/17/1-250: expected a whole number from 1 to 250",
        ):
            whole.take(count)


@pytest.mark.parametrize("batch_id", [None, 7, [], b"hydro/2024/17"])
def test_a_block_is_of_a_batch(batch_id: str) -> None:
    with pytest.raises(SerialError, match="expected the batch's id, a text"):
        Block(batch_id, 1, 2)


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 1), (-1, 3), (True, 2), ("1", 2), (1, None)])
def test_a_block_has_a_serial(first: int, last: int) -> None:
    with pytest.raises(SerialError, match=r"expected whole numbers with 1 <= first <= last \(both ends included\)"):
        Block("hydro/2024/17", first, last)


def test_a_block_holds_what_lies_wholly_in_it() -> None:
    block = Block("hydro/2024/17", 11, 20)
    assert "hydro/2024/17/11" in block
    assert "hydro/2024/17/12-20" in block
    assert block in BATCH.block
    assert BATCH not in block
    for outside in ("hydro/2024/17/10", "hydro/2024/17/20-21", "hydro/2024/18/11", "hydra/2024/17/11-12"):
        assert outside not in block


def test_a_block_is_taken_at_the_door() -> None:
    block = Block("hydro/2024/17", 1, 250)
    assert block_of(BATCH) == block_of(block) == block_of("hydro/2024/17/1-250") == block
    assert block_of("hydro/2024/17/7") == Block("hydro/2024/17", 7, 7)


@pytest.mark.parametrize("value", ["hydro/2024/17", "hydro/2024/17/0", "hydro/2024/17/1-", "/2024/17/1", "", None, 7])
def test_what_is_no_block(value: object) -> None:
    with pytest.raises(SerialError, match=r"expected a Block, a Batch, or text such as 'hydro/2024/17/1-250'"):
        block_of(value)


def test_a_block_that_is_written_reversed_is_no_block() -> None:
    with pytest.raises(SerialError, match="1 <= first <= last"):
        block_of("hydro/2024/17/2-1")
