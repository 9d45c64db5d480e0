"""Roots and proofs from tiles: the reference roots, the tiles that are read, and damaged tiles."""

from collections import Counter
from typing import Any

import pytest

from carbon_ledger.errors import FormatError, InvalidProofError
from carbon_ledger.log import merkle, tiles
from carbon_ledger.log.coordinates import Tile
from carbon_ledger.log.growing import TileBuilder

# Certificate Transparency's reference tree (RFC 6962 test vectors): its eight inputs and two of its roots.
CT_ENTRIES = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
CT_ROOT_1 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
CT_ROOT_8 = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"

SIZE = 1300
LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(70_000)]


class Shelf:
    """Tiles in memory that count how often each is read."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.tiles: dict[Tile, bytes] = {}
        self.reads: Counter[Tile] = Counter()
        builder = TileBuilder()
        for leaf in leaves:
            self.tiles.update(builder.append(leaf))
        self.tiles.update(builder.partial_tiles())

    def __call__(self, level: int, index: int, width: int) -> bytes:
        tile = Tile(level, index, width)
        self.reads[tile] += 1
        return self.tiles[tile]


@pytest.fixture(scope="module")
def large() -> Shelf:
    return Shelf(LEAVES)


def test_reference_roots() -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in CT_ENTRIES]
    assert tiles.root_hash(1, Shelf(leaves[:1])).hex() == CT_ROOT_1
    assert tiles.root_hash(8, Shelf(leaves)).hex() == CT_ROOT_8
    assert tiles.root_hash(0, Shelf([])) == merkle.EMPTY_ROOT


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000])
def test_root_at_the_edges(size: int) -> None:
    shelf = Shelf(LEAVES[:size])
    assert tiles.root_hash(size, shelf) == merkle.root_hash(LEAVES[:size])
    assert list(shelf.reads) == list(tiles.root_tiles(size))


def test_the_tiles_a_proof_reads(large: Shelf) -> None:
    """Each once, none but those announced, and no more than two a level."""
    large.reads.clear()
    for index in (0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999):
        proof = tiles.inclusion_proof(index, 70_000, large)
        assert proof == merkle.inclusion_proof(LEAVES, index)
        assert list(large.reads.items()) == [(tile, 1) for tile in tiles.inclusion_tiles(index, 70_000)]
        assert max(Counter(tile.level for tile in large.reads).values()) <= 2
        large.reads.clear()
    for old_size in (1, 255, 256, 257, 65_536, 65_537, 69_999, 70_000):
        proof = tiles.consistency_proof(old_size, 70_000, large)
        assert proof == merkle.consistency_proof(LEAVES, old_size)
        assert list(large.reads.items()) == [(tile, 1) for tile in tiles.consistency_tiles(old_size, 70_000)]
        assert max(Counter(tile.level for tile in large.reads).values(), default=0) <= 2
        large.reads.clear()


def test_how_many_tiles_are_read() -> None:
    """The figures for a million entries: three levels, and the unfinished right edge of two of them."""
    million = 1_000_000
    assert len(tiles.root_tiles(million)) == 3
    assert len(tiles.root_tiles(2**20)) == 1
    assert len(tiles.inclusion_tiles(0, million)) == 5
    assert max(len(tiles.inclusion_tiles(index, million)) for index in range(0, million, 997)) == 5
    assert len(tiles.inclusion_tiles(million - 1, million)) == 3
    assert max(len(tiles.consistency_tiles(old, million)) for old in range(1, million, 997)) == 5
    assert tiles.consistency_tiles(million, million) == ()
    assert len(tiles.inclusion_tiles(0, 2**63 - 1)) == 15


def test_inner_nodes_replace_hashing(large: Shelf) -> None:
    """A reader may give full tiles with their inner nodes, and proofs stay the same."""
    expanded = {tile: tiles.expand_tile(data) if tile.width == 256 else data for tile, data in large.tiles.items()}

    def read(level: int, index: int, width: int) -> bytes:
        return expanded[Tile(level, index, width)]

    for index in range(0, 70_000, 991):
        assert tiles.inclusion_proof(index, 70_000, read) == tiles.inclusion_proof(index, 70_000, large)
        assert tiles.consistency_proof(index + 1, 70_000, read) == tiles.consistency_proof(index + 1, 70_000, large)


def test_expanded_tile_is_the_tile_and_every_node_above() -> None:
    data = b"".join(LEAVES[:256])
    expanded = tiles.expand_tile(data)
    assert expanded[:8192] == data
    nodes = [expanded[at : at + 32] for at in range(8192, len(expanded), 32)]
    starts = [(start, start + length) for length in (2, 4, 8, 16, 32, 64, 128) for start in range(0, 256, length)]
    assert nodes == [merkle.root_hash(LEAVES[start:end]) for start, end in starts]
    assert tiles.tile_root(data) == tiles.tile_root(tiles.expand_tile(data)) == merkle.root_hash(LEAVES[:256])


@pytest.mark.parametrize("data", [b"", bytes(8191), bytes(8193), bytes(8192 - 32), bytearray(8192), None])
def test_full_tile_of_another_size(data: Any) -> None:
    for call in (tiles.tile_root, tiles.expand_tile):
        with pytest.raises(FormatError, match="expected 8192 bytes"):
            call(data)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (bytes(255 * 32), "tile/0/000 has 8160 bytes: expected 8192"),
        (bytes(257 * 32), "tile/0/000 has 8224 bytes"),
        (b"", "has 0 bytes"),
        (None, "tile/0/000: expected the tile's bytes, got a NoneType"),
    ],
)
def test_reader_that_returns_another_tile(given: Any, message: str) -> None:
    def read(level: int, index: int, width: int) -> bytes:
        data: bytes = given
        return data

    for call in (
        lambda: tiles.inclusion_proof(5, 300, read),
        lambda: tiles.consistency_proof(5, 300, read),
    ):
        with pytest.raises(FormatError, match=message):
            call()


def test_partial_tile_is_never_read_as_an_expanded_tile() -> None:
    with pytest.raises(FormatError, match=r"tile/0/000.p/255 has 16320 bytes: expected 8160"):
        tiles.inclusion_proof(0, 255, lambda *_: bytes(510 * 32))


@pytest.mark.parametrize("index", [8, -1, True, "3", None])
def test_index_outside_the_tree(index: Any) -> None:
    for call in (lambda: tiles.inclusion_proof(index, 8, Shelf([])), lambda: tiles.inclusion_tiles(index, 8)):
        with pytest.raises(InvalidProofError, match="leaf's index"):
            call()


@pytest.mark.parametrize("old_size", [0, 9, -1, True, "3"])
def test_old_size_outside_the_tree(old_size: Any) -> None:
    for call in (
        lambda: tiles.consistency_proof(old_size, 8, Shelf([])),
        lambda: tiles.consistency_tiles(old_size, 8),
    ):
        with pytest.raises(InvalidProofError, match="older tree"):
            call()


@pytest.mark.parametrize("size", [-1, True, "8", None])
def test_invalid_size_is_refused(size: Any) -> None:
    for call in (
        lambda: tiles.root_hash(size, Shelf([])),
        lambda: tiles.root_tiles(size),
        lambda: tiles.inclusion_tiles(0, size),
        lambda: tiles.consistency_tiles(1, size),
    ):
        with pytest.raises(InvalidProofError, match="tree's size"):
            call()


def test_a_damaged_tile_makes_a_proof_that_does_not_verify() -> None:
    shelf = Shelf(LEAVES[:SIZE])
    root = merkle.root_hash(LEAVES[:SIZE])
    for tile in tiles.inclusion_tiles(300, SIZE):
        whole = shelf.tiles[tile]
        # One bit of each hash in turn: those of the leaf itself and of its own subtree change nothing.
        broken = 0
        for at in range(0, len(whole), 32):
            shelf.tiles[tile] = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
            proof = tiles.inclusion_proof(300, SIZE, shelf)
            if proof == merkle.inclusion_proof(LEAVES[:SIZE], 300):
                continue
            with pytest.raises(InvalidProofError, match="leads to the root"):
                merkle.verify_inclusion(LEAVES[300], 300, SIZE, proof, root)
            broken += 1
        shelf.tiles[tile] = whole
        assert broken >= len(whole) // 32 - 1
