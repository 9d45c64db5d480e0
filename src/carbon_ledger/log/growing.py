"""Growing the tiles of a log leaf by leaf, with one unfinished tile a level in memory."""

from carbon_ledger.errors import FormatError
from carbon_ledger.log.audit_path import HASH_BYTES, digest
from carbon_ledger.log.coordinates import WIDTH, Tile
from carbon_ledger.log.merkle import root_hash
from carbon_ledger.log.text import count
from carbon_ledger.log.tiles import TILE_BYTES, TileReader, tile_root


class TileBuilder:
    """Turn leaf hashes into tiles as they come.

    `append` gives each tile when its last hash is there; `partial_tiles` gives those that are not full
    yet, as a checkpoint of this size needs them published. A builder of a log that exists goes on from
    its unfinished tiles; whoever has the log's checkpoint compares its root with `root` before going on.

    Example:
        >>> builder = TileBuilder()
        >>> full = [tile.path for _ in range(257) for tile, _ in builder.append(bytes(32))]
        >>> full, [tile.path for tile, _ in builder.partial_tiles()]
        (['tile/0/000'], ['tile/0/001.p/1', 'tile/1/000.p/1'])
    """

    __slots__ = ("_rows", "_size")

    def __init__(self, size: int = 0, read: TileReader | None = None) -> None:
        """Start from an empty log, or from one that exists.

        Args:
            size: Leaves in the log.
            read: Gives a tile's bytes, by level, index and width; asked for the partial tiles of *size*
                alone, at most one a level. Needed where *size* is not 0.

        Raises:
            FormatError: *size* is not usable, there is no *read* for it, or a tile has not the bytes of its
                width.
        """
        self._size = count(size, "the tree's size")
        self._rows: list[bytearray] = []
        if size and read is None:
            raise FormatError(f"a log of {size} leaves is to be continued: expected a reader of its tiles")
        row = self._size
        while row and read is not None:
            index, width = divmod(row, WIDTH)
            self._rows.append(bytearray(self._unfinished(index, width, read) if width else b""))
            row = index

    def _unfinished(self, index: int, width: int, read: TileReader) -> bytes:
        tile = Tile(len(self._rows), index, width)
        data = read(tile.level, tile.index, tile.width)
        if not isinstance(data, bytes) or len(data) != width * HASH_BYTES:
            given = f"{len(data)} bytes" if isinstance(data, bytes) else f"a {type(data).__name__}"
            raise FormatError(f"{tile.path} is {given}: expected {width * HASH_BYTES} bytes, its width in hashes")
        return data

    @property
    def size(self) -> int:
        """Leaves so far."""
        return self._size

    def append(self, leaf_hash: bytes) -> list[tuple[Tile, bytes]]:
        """Add the next leaf.

        Args:
            leaf_hash: The leaf's hash. [32 octets]

        Returns:
            The tiles that it fills, each with its bytes, the lowest first; mostly none.

        Raises:
            InvalidProofError: *leaf_hash* is not 32 bytes; the tiles stay as they were.
        """
        node = digest(leaf_hash, f"leaf hash {self._size}")
        self._size += 1
        full: list[tuple[Tile, bytes]] = []
        for level in range(len(self._rows) + 1):
            if level == len(self._rows):
                self._rows.append(bytearray())
            row = self._rows[level]
            row += node
            if len(row) < TILE_BYTES:
                break
            data = bytes(row)
            row.clear()
            # The leaf is the last under every tile that it fills.
            full.append((Tile(level, (self._size >> 8 * level) // WIDTH - 1), data))
            node = tile_root(data)
        return full

    def partial_tiles(self) -> list[tuple[Tile, bytes]]:
        """Give the tiles that are not full, each with its bytes, the lowest first; more leaves may follow."""
        found = []
        for level, row in enumerate(self._rows):
            if row:
                index = (self._size >> 8 * level) // WIDTH
                found.append((Tile(level, index, len(row) // HASH_BYTES), bytes(row)))
        return found

    def root(self) -> bytes:
        """Hash what there is so far into the root; more leaves may follow. [32 octets]"""
        below: list[bytes] = []
        for row in self._rows:
            hashes = [bytes(row[at : at + HASH_BYTES]) for at in range(0, len(row), HASH_BYTES)]
            # What is not a full tile yet counts as the last, smaller sibling at the level above.
            below = [root_hash(hashes + below)] if hashes or below else []
        return root_hash(below)
