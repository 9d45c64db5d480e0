"""Roots and proofs from tiles: the same as from leaf hashes, with as few tiles read as can be.

Storage is a parameter, a `TileReader`: it is asked for a tile by level, index and width, and gives its
bytes. It is asked for each tile once, and for none but those that `root_tiles`, `inclusion_tiles` or
`consistency_tiles` list. Nothing here checks that the tiles are those of a signed checkpoint: whoever
holds one checks the proof, with `carbon_ledger.log.merkle`.

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
    """Where the root of a full subtree is found: under *inner* levels of a tile, from hash *first*."""

    tile: Tile
    inner: int
    first: int


def _places(leaves: range, size: int) -> Iterator[_Place]:
    """Take a node's leaves apart into full subtrees, the largest first, and find each in its tile."""
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
    """List the tiles that the root of a tree is made from: at most one a level.

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
    """List the tiles that an inclusion proof is made from: at most two a level.

    Args:
        index: The leaf's position, from 0.
        size: Leaves in the tree.

    Raises:
        InvalidProofError: *index* is no position in the tree.

    Example:
        >>> [tile.path for tile in inclusion_tiles(69_000, 70_000)]
        ['tile/0/269', 'tile/1/001.p/17', 'tile/0/273.p/112', 'tile/2/000.p/1']
    """
    return _tiles_under(_inclusion_path(index, size).nodes, size)


def consistency_tiles(old_size: int, size: int) -> tuple[Tile, ...]:
    """List the tiles that a consistency proof is made from: at most two a level.

    Args:
        old_size: Leaves in the older tree, from 1.
        size: Leaves in the tree as it is now.

    Raises:
        InvalidProofError: *old_size* is 0 or above *size*.

    Example:
        >>> [tile.path for tile in consistency_tiles(256, 512)]
        ['tile/1/000.p/2']
    """
    return _tiles_under(_consistency_path(old_size, size).nodes, size)


def root_hash(size: int, read: TileReader) -> bytes:
    """Hash a tree's root from its tiles.

    Args:
        size: Leaves in the tree.
        read: Gives a tile's bytes, by level, index and width.

    Returns:
        The root; of no leaves, the hash of nothing. [32 octets]

    Raises:
        InvalidProofError: *size* is not an int, or is below 0.
        FormatError: A tile has not the bytes of its width.

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
        read: Gives a tile's bytes, by level, index and width.

    Returns:
        The hashes that join the leaf to the root, from the bottom up. [32 octets each]

    Raises:
        InvalidProofError: *index* is no position in the tree.
        FormatError: A tile has not the bytes of its width.

    Source:
        RFC 6962 section 2.1.1. [S]

    Example:
        >>> inclusion_proof(1, 2, lambda level, index, width: bytes(64)) == [bytes(32)]
        True
    """
    return _hash_nodes(_inclusion_path(index, size).nodes, size, read)


def consistency_proof(old_size: int, size: int, read: TileReader) -> list[bytes]:
    """Prove from tiles that a tree continues an older one.

    Args:
        old_size: Leaves in the older tree, from 1.
        size: Leaves in the tree as it is now.
        read: Gives a tile's bytes, by level, index and width.

    Returns:
        The hashes that lead to both roots; none where the sizes are equal. [32 octets each]

    Raises:
        InvalidProofError: *old_size* is 0 or above *size*.
        FormatError: A tile has not the bytes of its width.

    Source:
        RFC 6962 section 2.1.2. [S]

    Example:
        >>> consistency_proof(1, 2, lambda level, index, width: bytes(64)) == [bytes(32)]
        True
    """
    return _hash_nodes(_consistency_path(old_size, size).nodes, size, read)


def tile_root(data: bytes) -> bytes:
    """Hash a full tile into its one hash in the tile above.

    Args:
        data: The tile, with or without its inner nodes. [8,192 or 16,320 octets]

    Raises:
        FormatError: *data* is not the bytes of a full tile: a partial one has no hash above.

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
    """Put a full tile's inner nodes behind it, so that a proof from it needs no hashing.

    A reader may give a full tile so. This is for a store alone: what is published is the tile.

    Args:
        data: The tile. [8,192 octets]

    Returns:
        Its 256 hashes, then the 128 above them, and so on to the last 2. [16,320 octets]

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
    held: dict[Tile, bytes] = {}
    hashes = []
    for leaves in nodes:
        parts = []
        for tile, inner, first in _places(leaves, size):
            if tile not in held:
                held[tile] = _checked(tile, read(tile.level, tile.index, tile.width))
            parts.append(_node(held[tile], inner, first))
        # Each part is the left sibling of all that follows it.
        node = parts.pop()
        while parts:
            node = join(parts.pop(), node)
        hashes.append(node)
    return hashes


def _checked(tile: Tile, data: object) -> bytes:
    if not isinstance(data, bytes):
        raise FormatError(f"{tile.path}: expected its bytes, got a {type(data).__name__}")
    expanded = tile.width == WIDTH and len(data) == EXPANDED_BYTES
    if len(data) != tile.width * HASH_BYTES and not expanded:
        raise FormatError(f"{tile.path} has {len(data)} bytes: expected {tile.width * HASH_BYTES}, its width in hashes")
    return data


def _full(data: object) -> bytes:
    if not isinstance(data, bytes) or len(data) != TILE_BYTES:
        given = f"{len(data)} bytes" if isinstance(data, bytes) else f"a {type(data).__name__}"
        raise FormatError(f"a full tile is {given}: expected {TILE_BYTES} bytes")
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
