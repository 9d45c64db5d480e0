"""Tiles of the log, stored when they are full: a proof or a root is computed from a few tiles and no entry.

A full tile is stored with its inner nodes. A partial tile is computed from the leaf hashes, or from the roots of the
full tiles below it.
"""

from collections.abc import Callable
from typing import Protocol

from carbon_ledger.errors import StoreError
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.tiles import expand_tile, root_hash, tile_root

Hashes = Callable[[int, int, int], list[bytes]]
Write = Callable[[int, int, bytes, bytes], None]


class Tiled(Protocol):
    """A store that reads tiles of its log."""

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log's hashes."""


class TiledView(Protocol):
    """A view on such a store."""

    @property
    def size(self) -> int:
        """How many entries the view has."""

    @property
    def _store(self) -> Tiled: ...


class ViewRoot:
    """The root of a view's first entries, for the view of every store."""

    def root(self: TiledView, size: int) -> str:
        """The RFC 6962 root of the first *size* entries, from stored hashes, as hexadecimal digits.

        Raises:
            StoreError: The view has fewer entries.
        """
        if not 0 <= size <= self.size:
            raise StoreError(f"root of {size} entries: this view has {self.size}")
        return root_hash(size, self._store.tile).hex()


def fill(size: int, hashes: Hashes, write: Write) -> None:
    """Store the tiles that the newest leaf has filled; most leaves fill no tile.

    Args:
        size: Leaves in the log, the newest included.
        hashes: Returns hashes start..stop-1 of a level: leaf hashes, or roots of the full tiles below.
        write: Stores a full tile: level, index, root, and its hashes with their inner nodes.
    """
    level = 0
    while size and size % WIDTH == 0:
        index = size // WIDTH - 1
        data = expand_tile(b"".join(hashes(level, index * WIDTH, size)))
        write(level, index, tile_root(data), data)
        level, size = level + 1, size // WIDTH
