"""Slices of an audit: an empty log, and tiles of every level."""

from carbon_ledger.audit.findings import HASHES, ROWS, WHOLE
from carbon_ledger.audit.replay import LeafCounter, compare_tiles
from carbon_ledger.audit.report import audit
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.growing import TileBuilder
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.log.tiles import expand_tile, tile_root
from carbon_ledger.stores.memory import MemoryStore

LEAVES = [leaf_hash(b"%d" % n) for n in range(WIDTH * WIDTH + WIDTH + 4)]
Rows = list[tuple[int, int, bytes, bytes]]


def test_a_log_of_no_entry_was_cut_off() -> None:
    report = audit(MemoryStore())
    (found,) = report.findings
    detail = "the log has no entry, not even the one that opens it: it was cut off"
    assert (found.check, found.entry, found.detail) == (WHOLE, None, detail)
    assert (report.ledger_id, report.size, report.passed) == (None, 0, False)
    assert dict(report.checks)[HASHES] == 0


def test_a_worker_counts_its_leaves() -> None:
    leaves = LeafCounter()
    for leaf in LEAVES[:3]:
        leaves.append(leaf)
    assert leaves.size == 3


class Stored:
    """A store that has these tiles, of these leaves."""

    def __init__(self, tiles: Rows) -> None:
        self._tiles = tiles

    def rows(self, table: str, size: int) -> Rows:
        assert (table, size) == ("tile", len(LEAVES))
        return self._tiles

    def leaves(self, start: int, stop: int) -> object:
        return iter(LEAVES[start:stop])


def test_tiles_of_every_level_are_compared() -> None:
    """65,796 leaves: 257 full tiles of leaves, and one of their roots; what is not full is stored by none."""
    builder = TileBuilder()
    full = [(tile.level, tile.index, data) for leaf in LEAVES for tile, data in builder.append(leaf)]
    tiles = [(level, index, tile_root(data), expand_tile(data)) for level, index, data in sorted(full)]
    assert [tile[:2] for tile in tiles] == [*((0, index) for index in range(WIDTH + 1)), (1, 0)]
    findings: list[object] = []
    assert compare_tiles(Stored(tiles), len(LEAVES), findings) == WIDTH + 2
    assert findings == []
    for wrong in (tiles[:-1], [*tiles[:-1], (1, 0, bytes(32), tiles[-1][3])], [*tiles, (1, 1, bytes(32), b"")]):
        findings.clear()
        assert compare_tiles(Stored(wrong), len(LEAVES), findings) == WIDTH + 2
        assert [found.check for found in findings] == [ROWS]
