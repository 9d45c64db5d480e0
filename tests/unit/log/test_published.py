"""Reading a published log by its paths: a full tile or bundle replaces a partial one that was deleted."""

import pytest

from carbon_ledger.errors import BrokenLogError, FormatError
from carbon_ledger.log import bundles, merkle, tiles
from carbon_ledger.log.coordinates import Bundle
from carbon_ledger.log.growing import TileBuilder
from carbon_ledger.log.published import read_bundle, read_entries, tile_reader

ENTRIES = [b"entry %d" % number for number in range(600)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]


def publish(size: int) -> dict[str, bytes]:
    """Every tile and bundle of the log, by path."""
    builder = TileBuilder()
    found = {tile.path: data for leaf in LEAVES[:size] for tile, data in builder.append(leaf)}
    found |= {tile.path: data for tile, data in builder.partial_tiles()}
    for start in range(0, size, 256):
        entries = ENTRIES[start : min(start + 256, size)]
        found[Bundle(start // 256, len(entries)).path] = bundles.encode_bundle(entries)
    return found


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 600])
def test_an_older_tree_is_read_from_a_newer_log(size: int) -> None:
    """A log may delete a partial tile once the full one is there."""
    old, log = publish(size), publish(600)
    # What the newer log has in full is gone from the older one; what is unfinished in both was kept.
    full = {path for path in log if ".p/" not in path}
    log |= {path: data for path, data in old.items() if path.partition(".p/")[0] not in full}
    assert tiles.root_hash(size, tile_reader(log.get)) == merkle.root_hash(LEAVES[:size])
    assert list(read_entries(size, log.get)) == ENTRIES[:size]


@pytest.mark.parametrize("start", [0, 1, 255, 256, 257, 511, 512, 599, 600])
def test_entries_from_a_position(start: int) -> None:
    asked = []

    def fetch(path: str) -> bytes | None:
        asked.append(path)
        return log.get(path)

    log = publish(600)
    assert list(read_entries(600, fetch, start=start)) == ENTRIES[start:]
    assert len(asked) == len(range(start // 256, 3)) if start < 600 else asked == []


def test_missing_files_are_named() -> None:
    read = tile_reader({}.get)
    with pytest.raises(BrokenLogError, match=r"tile/0/000\.p/3 is missing"):
        tiles.root_hash(3, read)
    with pytest.raises(BrokenLogError, match="tile/1/002 is missing"):
        read(1, 2, 256)
    with pytest.raises(BrokenLogError, match=r"tile/entries/000\.p/3 is missing"):
        read_bundle(Bundle(0, 3), {}.get)
    with pytest.raises(BrokenLogError, match=r"tile/entries/001\.p/44 is missing"):
        list(read_entries(300, {"tile/entries/000": publish(256)["tile/entries/000"]}.get))


def test_a_full_tile_that_is_too_short_is_refused() -> None:
    with pytest.raises(FormatError, match=r"tile/0/000\.p/3 has 64 bytes: expected 96"):
        tiles.root_hash(3, tile_reader({"tile/0/000": bytes(64)}.get))
    with pytest.raises(FormatError, match="tile/entries/000 has 1 entries: expected 256"):
        read_bundle(Bundle(0, 1), {"tile/entries/000": b"\x00\x01a"}.get)


def test_invalid_sizes_are_refused_at_the_call() -> None:
    for size, start in ((-1, 0), (1, 2), (2**63, 0)):
        with pytest.raises(FormatError, match="size is"):
            read_entries(size, {}.get, start=start)
