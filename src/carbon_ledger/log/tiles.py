"""Roots and proofs computed from tiles, with as few tiles read as possible.

The results are the same as those computed from leaf hashes. The storage is a parameter, a `TileReader`: a function that
returns the bytes of a tile, by level, index and width. Each tile is read once, and only the tiles that `root_tiles`,
`inclusion_tiles` or `consistency_tiles` list are read. The tiles are not checked against a signed checkpoint: to do so,
verify the proof with `carbon_ledger.log.merkle`.

Source:
    C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles". [P]
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from carbon_ledger.errors import FormatError
from carbon_ledger.log.audit_path import HASH_BYTES, AuditPath, join, older_size, path, position_in, whole
from carbon_ledger.log.coordinates import HEIGHT, WIDTH, Tile
from carbon_ledger.log.merkle import EMPTY_ROOT

TileReader = Callable[[int, int, int], bytes]

TILE_BYTES: Final = WIDTH * HASH_BYTES
EXPANDED_BYTES: Final = (2 * WIDTH - 2) * HASH_BYTES


class _Place(NamedTuple):
    """The location of a full subtree's root: *inner* levels above the hashes of *tile*, starting at hash *first*."""

    tile: Tile
    inner: int
    first: int


def _places(leaves: range, size: int) -> Iterator[_Place]:
    """Split a node's leaves into full subtrees, the largest first, and locate each of them in its tile."""
    start = leaves.start
    while start < leaves.stop:
        height = (leaves.stop - start).bit_length() - 1
        level, inner = divmod(height, HEIGHT)
        index, first = divmod(start >> level * HEIGHT, WIDTH)
        width = min(WIDTH, (size >> level * HEIGHT) - index * WIDTH)
        yield _Place(Tile(level, index, width), inner, first)
        start += 1 << height


def _tiles_under(nodes: Iterable[range], size: int) -> tuple[Tile, ...]:
    return tuple(dict.fromkeys(place.tile for leaves in nodes for place in _places(leaves, size)))


def root_tiles(size: int) -> tuple[Tile, ...]:
    """List the tiles from which the root of a tree is computed: at most one tile of each level.

    Args:
        size: Leaves in the tree.

    Raises:
        InvalidProofError: *size* is not an int, or is below 0.

    Example:
        >>> [tile.path for tile in root_tiles(70_000)]
        ['tile/2/000.p/1', 'tile/1/001.p/17', 'tile/0/273.p/112']
    """
    leaves = whole(size, "the tree's size")
    return _tiles_under([range(leaves)], leaves)


def inclusion_tiles(index: int, size: int) -> tuple[Tile, ...]:
    """List the tiles from which an inclusion proof is computed: at most two tiles of each level.

    Args:
        index: The leaf's position, from 0.
        size: Leaves in the tree.

    Raises:
        InvalidProofError: *index* is outside the tree.

    Example:
        >>> [tile.path for tile in inclusion_tiles(69_000, 70_000)]
        ['tile/0/269', 'tile/1/001.p/17', 'tile/0/273.p/112', 'tile/2/000.p/1']
    """
    return _tiles_under(_inclusion_path(index, size).nodes, size)


def consistency_tiles(old_size: int, size: int) -> tuple[Tile, ...]:
    """List the tiles from which a consistency proof is computed: at most two tiles of each level.

    Args:
        old_size: Leaves in the older tree, from 1.
        size: Leaves in the current tree.

    Raises:
        InvalidProofError: *old_size* is 0 or above *size*.

    Example:
        >>> [tile.path for tile in consistency_tiles(256, 512)]
        ['tile/1/000.p/2']
    """
    return _tiles_under(_consistency_path(old_size, size).nodes, size)


def root_hash(size: int, read: TileReader) -> bytes:
    """Compute a tree's root from its tiles.

    Args:
        size: Leaves in the tree.
        read: Returns a tile's bytes, by level, index and width.

    Returns:
        The root. The root of an empty tree is the hash of no bytes. [32 octets]

    Raises:
        InvalidProofError: *size* is not an int, or is below 0.
        FormatError: The length of a tile does not match the tile's width.

    Example:
        >>> root_hash(1, lambda level, index, width: bytes(32)) == bytes(32)
        True
    """
    leaves = whole(size, "the tree's size")
    return _hash_nodes([range(leaves)], leaves, read)[0] if leaves else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: TileReader) -> list[bytes]:
    """Prove from tiles that a leaf is in the tree at its position.

    Args:
        index: The leaf's position, from 0.
        size: Leaves in the tree.
        read: Returns a tile's bytes, by level, index and width.

    Returns:
        The hashes that lead from the leaf to the root, from the bottom up. [32 octets each]

    Raises:
        InvalidProofError: *index* is outside the tree.
        FormatError: The length of a tile does not match the tile's width.

    Source:
        RFC 6962 section 2.1.1. [S]

    Example:
        >>> inclusion_proof(1, 2, lambda level, index, width: bytes(64)) == [bytes(32)]
        True
    """
    return _hash_nodes(_inclusion_path(index, size).nodes, size, read)


def consistency_proof(old_size: int, size: int, read: TileReader) -> list[bytes]:
    """Prove from tiles that a tree continues an older tree.

    Args:
        old_size: Leaves in the older tree, from 1.
        size: Leaves in the current tree.
        read: Returns a tile's bytes, by level, index and width.

    Returns:
        The hashes that lead to both roots; an empty list if the sizes are equal. [32 octets each]

    Raises:
        InvalidProofError: *old_size* is 0 or above *size*.
        FormatError: The length of a tile does not match the tile's width.

    Source:
        RFC 6962 section 2.1.2. [S]

    Example:
        >>> consistency_proof(1, 2, lambda level, index, width: bytes(64)) == [bytes(32)]
        True
    """
    return _hash_nodes(_consistency_path(old_size, size).nodes, size, read)


def tile_root(data: bytes) -> bytes:
    """Compute the one hash that a full tile has in the tile above it.

    Args:
        data: The tile, with or without its inner nodes. [8,192 or 16,320 octets]

    Raises:
        FormatError: *data* is not the bytes of a full tile. A partial tile has no hash in the tile above.

    Source:
        C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles". [P]

    Example:
        >>> from carbon_ledger.log import merkle
        >>> tile_root(bytes(8192)) == merkle.root_hash([bytes(32)] * 256)
        True
    """
    if isinstance(data, bytes) and len(data) == EXPANDED_BYTES:
        return _parents(data[-2 * HASH_BYTES :])
    return _reduce(_full(data))


def expand_tile(data: bytes) -> bytes:
    """Append the inner nodes of a full tile to the tile, so that a proof from the tile needs no hashing.

    A `TileReader` may return a full tile in this form. Only stores use it: the tile is published without inner nodes.

    Args:
        data: The tile. [8,192 octets]

    Returns:
        The tile's 256 hashes, then the 128 hashes above them, and so on to the last 2. [16,320 octets]

    Raises:
        FormatError: *data* is not the bytes of a full tile.

    Example:
        >>> len(expand_tile(bytes(8192))) // 32
        510
    """
    rows = [_full(data)]
    while len(rows[-1]) > 2 * HASH_BYTES:
        rows.append(_parents(rows[-1]))
    return b"".join(rows)


def _inclusion_path(index: int, size: int) -> AuditPath:
    leaves = whole(size, "the tree's size")
    position = position_in(index, leaves)
    return path(position, position + 1, leaves)


def _consistency_path(old_size: int, size: int) -> AuditPath:
    leaves = whole(size, "the tree's size")
    return path(0, older_size(old_size, leaves), leaves)


def _hash_nodes(nodes: Iterable[range], size: int, read: TileReader) -> list[bytes]:
    tiles: dict[Tile, bytes] = {}
    hashes = []
    for leaves in nodes:
        parts = []
        for tile, inner, first in _places(leaves, size):
            if tile not in tiles:
                tiles[tile] = _checked(tile, read(tile.level, tile.index, tile.width))
            parts.append(_node(tiles[tile], inner, first))
        # Each part is the left sibling of the node that combines all later parts.
        node = parts.pop()
        while parts:
            node = join(parts.pop(), node)
        hashes.append(node)
    return hashes


def _checked(tile: Tile, data: object) -> bytes:
    if not isinstance(data, bytes):
        raise FormatError(f"{tile.path}: expected the tile's bytes, got a {type(data).__name__}")
    expanded = tile.width == WIDTH and len(data) == EXPANDED_BYTES
    if len(data) != tile.width * HASH_BYTES and not expanded:
        raise FormatError(
            f"{tile.path} has {len(data)} bytes: expected {tile.width * HASH_BYTES} bytes ({tile.width} hashes)"
        )
    return data


def _full(data: object) -> bytes:
    if not isinstance(data, bytes) or len(data) != TILE_BYTES:
        actual = f"{len(data)} bytes" if isinstance(data, bytes) else f"a {type(data).__name__}"
        raise FormatError(f"full tile is {actual}: expected {TILE_BYTES} bytes")
    return data


def _node(data: bytes, inner: int, first: int) -> bytes:
    if len(data) == EXPANDED_BYTES:
        row = 2 * WIDTH - (2 * WIDTH >> inner)
        start = (row + (first >> inner)) * HASH_BYTES
        return data[start : start + HASH_BYTES]
    return _reduce(data[first * HASH_BYTES : (first + (1 << inner)) * HASH_BYTES])


@lru_cache(maxsize=64)  # the nodes at the right edge of a tree are part of every proof from it
def _reduce(row: bytes) -> bytes:
    while len(row) > HASH_BYTES:
        row = _parents(row)
    return row


def _parents(row: bytes) -> bytes:
    pairs = range(0, len(row), 2 * HASH_BYTES)
    return b"".join([hashlib.sha256(b"\x01" + row[at : at + 2 * HASH_BYTES]).digest() for at in pairs])
