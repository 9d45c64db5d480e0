"""Tiles of the log, stored as they fill: a proof or a root then reads a few of them and no entry.

A full tile is stored with its inner nodes; what is not full yet is made from the leaf hashes, or from
the roots of the full tiles below it.
"""

from collections.abc import Callable

from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.tiles import expand_tile, tile_root

Hashes = Callable[[int, int, int], list[bytes]]
Write = Callable[[int, int, bytes, bytes], None]


def fill(size: int, hashes: Hashes, write: Write) -> None:
    """Store the tiles that the newest leaf has filled; mostly none.

    Args:
        size: Leaves in the log, the newest included.
        hashes: Gives hashes start..stop-1 of a level: leaf hashes, or roots of the full tiles below.
        write: Stores a full tile: level, index, root, and its hashes with their inner nodes.
    """
    level = 0
    while size and size % WIDTH == 0:
        index = size // WIDTH - 1
        data = expand_tile(b"".join(hashes(level, index * WIDTH, size)))
        write(level, index, tile_root(data), data)
        level, size = level + 1, size // WIDTH
