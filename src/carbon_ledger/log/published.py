"""Read a published log by its paths from any storage: a directory, an object store or a web server.

The storage is a parameter, a `Fetch`: a function that returns the bytes at a path below the log's prefix, or None if
the path does not exist. The data are not verified here.
"""

from collections.abc import Callable, Iterator

from carbon_ledger.errors import BrokenLogError
from carbon_ledger.log.audit_path import HASH_BYTES
from carbon_ledger.log.bundles import decode_bundle
from carbon_ledger.log.coordinates import WIDTH, Bundle, Tile, bundles_to_write
from carbon_ledger.log.tiles import TileReader

Fetch = Callable[[str], bytes | None]


def tile_reader(fetch: Fetch) -> TileReader:
    """Make a function that reads tiles by their paths.

    A log may delete a partial tile once the full tile exists, so if the partial tile is missing, the full tile is
    fetched.

    Args:
        fetch: Returns the bytes at a path, or None.

    Returns:
        A reader for the functions of `carbon_ledger.log.tiles`. The reader raises `BrokenLogError` if a tile is
        missing.

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
            # If the full tile was cut short, the slice is too short as well, and the caller refuses it.
            data = None if full is None else full[: width * HASH_BYTES]
        return _present(data, Tile(level, index, width).path)

    return read


def read_bundle(bundle: Bundle, fetch: Fetch) -> list[bytes]:
    """Read the entries of a bundle by its path, or by the path of the full bundle that replaced it.

    Args:
        bundle: The bundle's position and width.
        fetch: Returns the bytes at a path, or None.

    Returns:
        The entries, in the log's order. [octets]

    Raises:
        BrokenLogError: The bundle is missing.
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
    """Read a log's entries, with one bundle in memory at a time.

    Args:
        size: Entries in the log, as its checkpoint states.
        fetch: Returns the bytes at a path, or None.
        start: The first position to read.

    Raises:
        BrokenLogError: A bundle is missing. Raised while the entries are iterated.
        FormatError: *size* or *start* is not an int from 0 to 2**63 - 1, *start* is above *size*, or a bundle is
            malformed. An error about a bundle is raised while the entries are iterated.

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
            f"{path} is missing: expected the file, which the log's checkpoint commits to; fetch it again, or publish "
            "the log into an empty directory"
        )
    return data
