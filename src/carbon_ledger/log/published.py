"""Reading a published log by its paths, wherever it lies: a directory, an object store, a web server.

Storage is a parameter, a `Fetch`: it is asked for a path below the log's prefix and gives the bytes
there, or None where there is nothing. What is read is not verified here.
"""

from collections.abc import Callable, Iterator

from carbon_ledger.errors import BrokenLogError
from carbon_ledger.log.audit_path import HASH_BYTES
from carbon_ledger.log.bundles import decode_bundle
from carbon_ledger.log.coordinates import WIDTH, Bundle, Tile, bundles_to_write
from carbon_ledger.log.tiles import TileReader

Fetch = Callable[[str], bytes | None]


def tile_reader(fetch: Fetch) -> TileReader:
    """Read tiles by their paths.

    A log may drop a partial tile once it has the full one, so the full one is asked for where the
    partial one is absent.

    Args:
        fetch: Gives the bytes at a path, or None.

    Returns:
        What the functions of `carbon_ledger.log.tiles` read with. It raises `BrokenLogError` where a
        tile is absent.

    Source:
        C2SP tlog-tiles, "Partial Tiles". [P]

    Example:
        >>> read = tile_reader({"tile/0/000": bytes(8192)}.get)
        >>> len(read(0, 0, 3)) // 32
        3
    """

    def read(level: int, index: int, width: int) -> bytes:
        data = fetch(Tile(level, index, width).path)
        if data is None and width < WIDTH:
            full = fetch(Tile(level, index).path)
            # A full tile that was cut short stays too short for its reader.
            data = None if full is None else full[: width * HASH_BYTES]
        return _present(data, Tile(level, index, width).path)

    return read


def read_bundle(bundle: Bundle, fetch: Fetch) -> list[bytes]:
    """Read the entries of a bundle by its path, or by that of the full bundle that replaced it.

    Args:
        bundle: Where it lies.
        fetch: Gives the bytes at a path, or None.

    Returns:
        The entries, in the log's order. [octets]

    Raises:
        BrokenLogError: There is no such bundle.
        FormatError: The bundle is malformed, or has more or fewer entries than its width.

    Source:
        C2SP tlog-tiles, "Partial Tiles" and "Log entries". [P]

    Example:
        >>> read_bundle(Bundle(0, 1), {"tile/entries/000.p/1": b"\\x00\\x01a"}.get)
        [b'a']
    """
    data = fetch(bundle.path)
    if data is None and bundle.width < WIDTH:
        full = Bundle(bundle.index)
        data = fetch(full.path)
        if data is not None:
            return decode_bundle(full, data)[: bundle.width]
    return decode_bundle(bundle, _present(data, bundle.path))


def read_entries(size: int, fetch: Fetch, *, start: int = 0) -> Iterator[bytes]:
    """Read a log's entries, one bundle in memory at a time.

    Args:
        size: Entries in the log, as its checkpoint says.
        fetch: Gives the bytes at a path, or None.
        start: The first position to read.

    Raises:
        BrokenLogError: A bundle is absent; raised as the entries are read.
        FormatError: A size is not usable, or, as the entries are read, a bundle is malformed.

    Example:
        >>> list(read_entries(2, {"tile/entries/000.p/2": b"\\x00\\x01a\\x00\\x02bc"}.get, start=1))
        [b'bc']
    """
    bundles = bundles_to_write(start, size)
    return (
        entry for bundle in bundles for entry in read_bundle(bundle, fetch)[max(start - bundle.positions.start, 0) :]
    )


def _present(data: bytes | None, path: str) -> bytes:
    if data is None:
        raise BrokenLogError(
            f"{path} is absent: the log's checkpoint needs it; ask for it again, or publish into an empty directory"
        )
    return data
