"""Growing tiles: the tiles that each leaf completes, continuing an existing log, and readers that fail."""

from functools import cache
from typing import Any

import pytest

from carbon_ledger.errors import FormatError, InvalidProofError
from carbon_ledger.log import merkle, tiles
from carbon_ledger.log.coordinates import Tile, tiles_to_write
from carbon_ledger.log.growing import TileBuilder

LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(66_000)]


def built(leaves: list[bytes]) -> dict[Tile, bytes]:
    builder = TileBuilder()
    return {tile: data for leaf in leaves for tile, data in builder.append(leaf)} | dict(builder.partial_tiles())


@cache
def whole_log() -> dict[Tile, bytes]:
    return built(LEAVES)


def test_tiles_are_the_definition() -> None:
    """C2SP tlog-tiles, "Merkle Tree": MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l])."""
    found = whole_log()
    assert sorted(found) == sorted(tiles_to_write(0, len(LEAVES)))
    for tile in (Tile(0, 0), Tile(0, 257, 208), Tile(1, 0), Tile(1, 1, 1), Tile(2, 0, 1)):
        unit = 256**tile.level
        starts = [(tile.index * 256 + i) * unit for i in range(tile.width)]
        assert found[tile] == b"".join(merkle.root_hash(LEAVES[start : start + unit]) for start in starts)


def test_a_leaf_fills_a_tile_at_each_level() -> None:
    builder = TileBuilder()
    given = ((builder.append(leaf), builder.size) for leaf in LEAVES)
    filled = {size: full for full, size in given if full}
    assert sorted(filled) == list(range(256, 65_793, 256))
    assert [tile for tile, _ in filled[65_536]] == [Tile(0, 255), Tile(1, 0)]
    assert [tile for tile, _ in filled[65_792]] == [Tile(0, 256)]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 300, 65_535, 65_536, 65_537])
def test_root_and_continuing_an_existing_log(size: int) -> None:
    before = built(LEAVES[:size])
    asked = []

    def read(level: int, index: int, width: int) -> bytes:
        asked.append(Tile(level, index, width))
        return before[asked[-1]]

    builder = TileBuilder(size, read)
    assert (builder.size, builder.root()) == (size, merkle.root_hash(LEAVES[:size]))
    assert all(tile.width < 256 for tile in asked)
    assert asked == [tile for tile, _ in builder.partial_tiles()]
    after = {tile: data for leaf in LEAVES[size:] for tile, data in builder.append(leaf)}
    after |= dict(builder.partial_tiles())
    # Every tile that changed is given; what is unfinished and did not change may be.
    assert set(tiles_to_write(size, len(LEAVES))) == after.keys() - before.keys()
    whole = whole_log()
    assert after == {tile: whole[tile] for tile in after}
    assert builder.root() == merkle.root_hash(LEAVES) == tiles.root_hash(len(LEAVES), lambda *at: whole[Tile(*at)])


def test_a_refused_leaf_changes_nothing() -> None:
    builder = TileBuilder()
    for leaf in LEAVES[:255]:
        builder.append(leaf)
    bad: Any
    for bad in (b"", bytes(31), "0" * 32, None, bytearray(32)):
        with pytest.raises(InvalidProofError, match="leaf hash 255"):
            builder.append(bad)
    assert (builder.size, builder.root()) == (255, merkle.root_hash(LEAVES[:255]))
    assert builder.append(LEAVES[255]) == [(Tile(0, 0), b"".join(LEAVES[:256]))]


def test_earlier_results_are_not_changed() -> None:
    """The builder goes on in its own memory: tiles that it gave do not grow behind the caller's back."""
    builder = TileBuilder()
    builder.append(LEAVES[0])
    (first,) = builder.partial_tiles()
    builder.append(LEAVES[1])
    assert first == (Tile(0, 0, 1), LEAVES[0])
    assert builder.partial_tiles() == [(Tile(0, 0, 2), LEAVES[0] + LEAVES[1])]


@pytest.mark.parametrize("given", [b"", bytes(31), bytes(96), None, "0" * 64])
def test_reader_that_returns_another_tile(given: Any) -> None:
    with pytest.raises(FormatError, match=r"tile/0/000\.p/2 is .*: expected 64 bytes"):
        TileBuilder(2, lambda *_: given)


@pytest.mark.parametrize("size", [-1, True, "8", None, 2**63])
def test_invalid_size_is_refused(size: Any) -> None:
    with pytest.raises(FormatError, match="tree's size"):
        TileBuilder(size, lambda *_: b"")


def test_an_existing_log_needs_a_reader() -> None:
    with pytest.raises(FormatError, match="a reader of its tiles is required"):
        TileBuilder(3)
