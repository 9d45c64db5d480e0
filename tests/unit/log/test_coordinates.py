"""Coordinates of tiles and bundles: the examples of the specification, and malformed paths."""

from collections.abc import Callable
from typing import Any

import pytest

from carbon_ledger.errors import FormatError
from carbon_ledger.log.coordinates import Bundle, Tile, bundles_to_write, tiles_to_write


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(4, 1234067), "tile/4/x001/x234/067"),
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999), "tile/0/999"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(5, 123456078), "tile/5/x123/x456/078"),
        (Tile(5, 123456078, 2), "tile/5/x123/x456/078.p/2"),
        (Tile(0, 3057500), "tile/0/x003/x057/500"),
        (Tile(63, 1, 255), "tile/63/001.p/255"),
    ],
)
def test_tile_path(tile: Tile, path: str) -> None:
    """C2SP tlog-tiles, "Merkle Tree" (1234067), and the indexes of x/mod/sumdb/tlog, tlog_test.go, tilePaths."""
    assert tile.path == path
    assert Tile.parse(path) == tile


def test_bundle_path() -> None:
    assert Bundle(1234067).path == "tile/entries/x001/x234/067"
    assert Bundle.parse("tile/entries/x001/x234/067.p/8") == Bundle(1234067, 8)
    assert Bundle(273, 112).positions == range(69_888, 70_000)


BAD_INDEXES = [
    "5/123/456/078",  # x/mod/sumdb/tlog, tlog_test.go, tilePaths: the x is missing
    "0/x001/x234/67",
    "0/x001/x234/x067",
    "0/1",
    "0/0001",
    "0/x000/001",
    "0/-01",
    "0/+01",
    "0/\u0660\u0660\u0661",
    "0/001.p/0",
    "0/001.p/01",
    "0/001.p/256",
    "0/001.p/999",
    "0/001.p/",
    "0/001.p",
    "0/001/",
    "0/001\n",
    "0/001 ",
    "0//001",
    "0/" + "x999/" * 6 + "999",
    "0/" + "x999/" * 5000 + "999",
]


@pytest.mark.parametrize("path", BAD_INDEXES)
def test_malformed_path_is_refused(path: str) -> None:
    with pytest.raises(FormatError):
        Tile.parse(f"tile/{path}")
    with pytest.raises(FormatError):
        Bundle.parse("tile/entries/" + path.partition("/")[2])


@pytest.mark.parametrize("level", ["-1", "64", "100", "00", "01", "+1", "", "entries", "data"])
def test_invalid_level_is_refused(level: str) -> None:
    with pytest.raises(FormatError):
        Tile.parse(f"tile/{level}/001")


@pytest.mark.parametrize("path", ["", "tile", "/tile/0/001", "Tile/0/001", "tile/8/0/001", "checkpoint", None, b"x"])
def test_other_path_is_refused(path: Any) -> None:
    with pytest.raises(FormatError, match="not the path of a tile"):
        Tile.parse(path)
    with pytest.raises(FormatError, match="not the path of a bundle"):
        Bundle.parse(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Tile(-1, 0), "tile level is -1"),
        (lambda: Tile(64, 0), "tile level is 64"),
        (lambda: Tile(True, 0), "tile level is True"),
        (lambda: Tile(0, -1), "tile index is -1"),
        (lambda: Tile(0, 2**63), "tile index"),
        (lambda: Tile(0, 0, 0), "width is 0"),
        (lambda: Tile(0, 0, 257), "width is 257"),
        (lambda: Bundle(-1), "bundle index is -1"),
        (lambda: Bundle(0, 0), "width is 0"),
        (lambda: Bundle(0, True), "width is True"),
    ],
)
def test_invalid_coordinates_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        make()


def test_the_tiles_of_the_specification() -> None:
    """C2SP tlog-tiles, "Partial Tiles": the tree of 70,000 leaves, and that of 256."""
    tiles = list(tiles_to_write(0, 70_000))
    assert [tile.index for tile in tiles if (tile.level, tile.width) == (0, 256)] == list(range(273))
    assert [tile for tile in tiles if tile.level > 0 or tile.width < 256] == [
        Tile(0, 273, 112),
        Tile(1, 0),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert list(tiles_to_write(0, 256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert [bundle.width for bundle in bundles_to_write(0, 70_000)] == [256] * 273 + [112]


def test_only_what_changed_is_written() -> None:
    assert list(tiles_to_write(0, 0)) == list(bundles_to_write(0, 0)) == []
    assert list(tiles_to_write(70_000, 70_000)) == list(bundles_to_write(70_000, 70_000)) == []
    assert list(tiles_to_write(0, 1)) == [Tile(0, 0, 1)]
    assert list(tiles_to_write(254, 255)) == [Tile(0, 0, 255)]
    assert list(tiles_to_write(255, 256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_to_write(256, 257)) == [Tile(0, 1, 1)]
    assert list(tiles_to_write(65_535, 65_536)) == [Tile(0, 255), Tile(1, 0), Tile(2, 0, 1)]
    assert list(bundles_to_write(255, 257)) == [Bundle(0), Bundle(1, 1)]
    assert list(bundles_to_write(256, 512)) == [Bundle(1)]


@pytest.mark.parametrize("sizes", [(2, 1), (-1, 1), (0, 2**63), (0, True), ("0", 1), (0, None)])
def test_invalid_sizes_are_refused(sizes: Any) -> None:
    """Refused at the call, not at the first tile."""
    for call in (tiles_to_write, bundles_to_write):
        with pytest.raises(FormatError, match="tree's size"):
            call(*sizes)
