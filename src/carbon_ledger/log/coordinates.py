"""Coordinates of tiles and entry bundles in a published log: positions, paths, and the list for a tree of a given size.

Tiles and bundles are 256 wide. A tile at level 0 lists leaf hashes, a tile at level 1 lists the roots of full tiles at
level 0, and so on upward. A bundle lists the entries under one tile of level 0. A tile or bundle that is not yet full
is partial, and its path states its width.

Source:
    C2SP tlog-tiles, "Merkle Tree", "Partial Tiles" and "Log entries". [P]
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from carbon_ledger.errors import FormatError
from carbon_ledger.log.text import count
from carbon_ledger.printing import quote

WIDTH: Final = 256
HEIGHT: Final = 8  # of a tile, in levels of the tree: 2**8 == 256
MAX_LEVEL: Final = 63

_INDEX: Final = r"((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
_TILE_PATH: Final = re.compile(rf"tile/(0|[1-9][0-9]?)/{_INDEX}")
_BUNDLE_PATH: Final = re.compile(rf"tile/entries/{_INDEX}")


def _check_width(width: object) -> None:
    if type(width) is not int or not 1 <= width <= WIDTH:
        raise FormatError(f"width is {quote(width)}: expected an int from 1 to {WIDTH}")


def _index_path(index: int, width: int) -> str:
    rest, last = divmod(index, 1000)
    elements = [f"{last:03d}"]
    while rest:
        rest, group = divmod(rest, 1000)
        elements.append(f"x{group:03d}")
    suffix = "" if width == WIDTH else f".p/{width}"
    return "/".join(reversed(elements)) + suffix


def _read_index(elements: str, width: str | None) -> tuple[int, int]:
    index = int(elements.replace("x", "").replace("/", ""))
    return index, WIDTH if width is None else int(width)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """The coordinates of one tile.

    Attributes:
        level: 0 for leaf hashes, and one more for each level of tiles above.
        index: The tile's position within the level, from 0.
        width: The number of hashes in the tile; 256 if the tile is full.

    Example:
        >>> Tile(0, 1234067).path, Tile(1, 1, 17).path
        ('tile/0/x001/x234/067', 'tile/1/001.p/17')
    """

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        """Check the coordinates.

        Raises:
            FormatError: The level is not 0 to 63, the index is negative or too large, or the width is
                not 1 to 256.
        """
        if type(self.level) is not int or not 0 <= self.level <= MAX_LEVEL:
            raise FormatError(f"tile level is {quote(self.level)}: expected an int from 0 to {MAX_LEVEL}")
        count(self.index, "tile index")
        _check_width(self.width)

    @property
    def path(self) -> str:
        """The tile's path below the log's prefix."""
        return f"tile/{self.level}/{_index_path(self.index, self.width)}"

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Read a tile's path.

        Raises:
            FormatError: *path* is not the path of a tile, or is not spelled as the property `path` spells it.

        Example:
            >>> Tile.parse("tile/0/273.p/112")
            Tile(level=0, index=273, width=112)
        """
        match = _TILE_PATH.fullmatch(path) if isinstance(path, str) else None
        tile = cls(int(match[1]), *_read_index(match[2], match[3])) if match else None
        if tile is None or tile.path != path:
            raise FormatError(
                f"{quote(path, 120)} is not the path of a tile: expected e.g. tile/0/x001/x234/067 or tile/0/001.p/5"
            )
        return tile


@dataclass(frozen=True, slots=True, order=True)
class Bundle:
    """The coordinates of one bundle of entries.

    Attributes:
        index: The bundle's position, from 0. Its first entry is entry ``256 * index`` of the log.
        width: The number of entries in the bundle; 256 if the bundle is full.

    Example:
        >>> Bundle(1234067).path, Bundle(273, 112).path
        ('tile/entries/x001/x234/067', 'tile/entries/273.p/112')
    """

    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        """Check the coordinates.

        Raises:
            FormatError: The index is negative or too large, or the width is not 1 to 256.
        """
        count(self.index, "bundle index")
        _check_width(self.width)

    @property
    def path(self) -> str:
        """The bundle's path below the log's prefix."""
        return f"tile/entries/{_index_path(self.index, self.width)}"

    @property
    def positions(self) -> range:
        """The positions of the bundle's entries in the log."""
        start = self.index * WIDTH
        return range(start, start + self.width)

    @classmethod
    def parse(cls, path: str) -> "Bundle":
        """Read a bundle's path.

        Raises:
            FormatError: *path* is not the path of a bundle, or is not spelled as the property `path` spells it.

        Example:
            >>> Bundle.parse("tile/entries/273.p/112")
            Bundle(index=273, width=112)
        """
        match = _BUNDLE_PATH.fullmatch(path) if isinstance(path, str) else None
        bundle = cls(*_read_index(match[1], match[2])) if match else None
        if bundle is None or bundle.path != path:
            raise FormatError(f"{quote(path, 120)} is not the path of a bundle: expected e.g. tile/entries/001.p/5")
        return bundle


def _grown(old: int, new: int) -> Iterator[tuple[int, int]]:
    """Yield the index and width of each tile or bundle that changes when a row of *old* items grows to *new* items."""
    if new > old:
        for index in range(old // WIDTH, new // WIDTH):
            yield index, WIDTH
        if new % WIDTH:
            yield new // WIDTH, new % WIDTH


def _tiles(old: int, new: int) -> Iterator[Tile]:
    level = 0
    while new:
        yield from (Tile(level, index, width) for index, width in _grown(old, new))
        level, old, new = level + 1, old // WIDTH, new // WIDTH


def _sizes(old_size: int, new_size: int) -> tuple[int, int]:
    old, new = count(old_size, "the older tree's size"), count(new_size, "the newer tree's size")
    if old > new:
        raise FormatError(f"the older tree's size is {old}: expected at most {new}, the newer tree's size")
    return old, new


def tiles_to_write(old_size: int, new_size: int) -> Iterator[Tile]:
    """List the tiles of a tree that an older tree did not have, or had with a smaller width.

    The tiles are ordered by level, the lowest first. In each level at most the last tile is partial. It has the width
    of the newer tree: the widths of the trees in between are not listed.

    Args:
        old_size: Leaves in the older tree; 0 to list every tile of the newer tree.
        new_size: Leaves in the newer tree.

    Raises:
        FormatError: A size is not an int from 0 to 2**63 - 1, or the older tree is larger than the newer tree.

    Source:
        C2SP tlog-tiles, "Partial Tiles": level *l* of *s* leaves ends in floor(s / 256**l) mod 256. [P]

    Example:
        >>> [tile.path for tile in tiles_to_write(255, 257)]
        ['tile/0/000', 'tile/0/001.p/1', 'tile/1/000.p/1']
    """
    return _tiles(*_sizes(old_size, new_size))


def bundles_to_write(old_size: int, new_size: int) -> Iterator[Bundle]:
    """List the bundles of a log that an older state of the log did not have, or had with a smaller width.

    Args:
        old_size: Entries in the older state; 0 to list every bundle of the newer state.
        new_size: Entries in the newer state.

    Raises:
        FormatError: A size is not an int from 0 to 2**63 - 1, or the older log is larger than the newer log.

    Source:
        C2SP tlog-tiles, "Log entries". [P]

    Example:
        >>> [bundle.path for bundle in bundles_to_write(100, 300)]
        ['tile/entries/000', 'tile/entries/001.p/44']
    """
    return (Bundle(index, width) for index, width in _grown(*_sizes(old_size, new_size)))
