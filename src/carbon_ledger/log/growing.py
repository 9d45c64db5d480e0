"""Build the tiles of a log leaf by leaf, with one unfinished tile of each level in memory."""

from carbon_ledger.errors import FormatError
from carbon_ledger.log.audit_path import HASH_BYTES, digest
from carbon_ledger.log.coordinates import WIDTH, Tile
from carbon_ledger.log.merkle import root_hash
from carbon_ledger.log.text import count
from carbon_ledger.log.tiles import TILE_BYTES, TileReader, tile_root


class TileBuilder:
    """Turn leaf hashes into tiles as they arrive.

    `append` returns each tile when its last hash arrives. `partial_tiles` returns the tiles that are not yet full,
    which must be published with a checkpoint of the current size. A builder can continue an existing log from its
    unfinished tiles. Before you continue a log, compare `root` with the root of the log's checkpoint.

    Example:
        >>> builder = TileBuilder()
        >>> full = [tile.path for _ in range(257) for tile, _ in builder.append(bytes(32))]
        >>> full, [tile.path for tile, _ in builder.partial_tiles()]
        (['tile/0/000'], ['tile/0/001.p/1', 'tile/1/000.p/1'])
    """

    __slots__ = ("_rows", "_size")

    def __init__(self, size: int = 0, read: TileReader | None = None) -> None:
        """Start from an empty log, or from an existing log.

        Args:
            size: Leaves in the log.
            read: Returns a tile's bytes, by level, index and width. It is called only for the partial tiles of a log
                of *size* leaves, at most once for each level. Required if *size* is not 0.

        Raises:
            FormatError: *size* is not an int from 0 to 2**63 - 1, *read* is missing, or the length of a tile does not
                match the tile's width.
        """
        self._size = count(size, "the tree's size")
        self._rows: list[bytearray] = []
        if size and read is None:
            raise FormatError(f"to continue a log of {size} leaves, a reader of its tiles is required: pass read=...")
        row = self._size
        while row and read is not None:
            index, width = divmod(row, WIDTH)
            self._rows.append(bytearray(self._unfinished(index, width, read) if width else b""))
            row = index

    def _unfinished(self, index: int, width: int, read: TileReader) -> bytes:
        tile = Tile(len(self._rows), index, width)
        data = read(tile.level, tile.index, tile.width)
        if not isinstance(data, bytes) or len(data) != width * HASH_BYTES:
            actual = f"{len(data)} bytes" if isinstance(data, bytes) else f"a {type(data).__name__}"
            raise FormatError(f"{tile.path} is {actual}: expected {width * HASH_BYTES} bytes ({width} hashes)")
        return data

    @property
    def size(self) -> int:
        """The number of leaves so far."""
        return self._size

    def append(self, leaf_hash: bytes) -> list[tuple[Tile, bytes]]:
        """Add the next leaf.

        Args:
            leaf_hash: The leaf's hash. [32 octets]

        Returns:
            The tiles that the leaf fills, each with its bytes, the lowest first. Most leaves fill no tile.

        Raises:
            InvalidProofError: *leaf_hash* is not 32 bytes. The tiles are unchanged.
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
            # The leaf is the last leaf under every tile that it fills.
            full.append((Tile(level, (self._size >> 8 * level) // WIDTH - 1), data))
            node = tile_root(data)
        return full

    def partial_tiles(self) -> list[tuple[Tile, bytes]]:
        """List the tiles that are not full, each with its bytes, the lowest first. More leaves can be appended."""
        found = []
        for level, row in enumerate(self._rows):
            if row:
                index = (self._size >> 8 * level) // WIDTH
                found.append((Tile(level, index, len(row) // HASH_BYTES), bytes(row)))
        return found

    def root(self) -> bytes:
        """Compute the root of the leaves so far. More leaves can be appended. [32 octets]"""
        below: list[bytes] = []
        for row in self._rows:
            hashes = [bytes(row[at : at + HASH_BYTES]) for at in range(0, len(row), HASH_BYTES)]
            # The root of an unfinished tile is the last, smaller sibling at the level above.
            below = [root_hash(hashes + below)] if hashes or below else []
        return root_hash(below)
