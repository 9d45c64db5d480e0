"""Entry bundles: the entries under one tile, each with its length before it.

Source:
    C2SP tlog-tiles, "Log entries": "sequences of big-endian uint16 length-prefixed log entries". [P]
"""

from collections.abc import Iterable
from typing import Final

from carbon_ledger.errors import EntryTooLargeError, FormatError
from carbon_ledger.log.coordinates import WIDTH, Bundle
from carbon_ledger.printing import quote

MAX_ENTRY_BYTES: Final = 2**16 - 1
_LENGTH_BYTES: Final = 2


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Write entries as a bundle.

    Args:
        entries: From 1 to 256 entries, in the log's order. [octets, at most 65,535 each]

    Raises:
        EntryTooLargeError: An entry has more than 65,535 bytes.
        FormatError: An entry is not bytes, or *entries* is empty or has more than 256 items.

    Example:
        >>> encode_bundle([b"a", b"bc"])
        b'\\x00\\x01a\\x00\\x02bc'
    """
    pieces: list[bytes] = []
    for position, entry in enumerate(entries):
        if not isinstance(entry, bytes):
            raise FormatError(f"entry {position} of a bundle is of type {type(entry).__name__}: expected bytes")
        if len(entry) > MAX_ENTRY_BYTES:
            raise EntryTooLargeError(
                f"entry {position} of a bundle has {len(entry)} bytes: expected at most {MAX_ENTRY_BYTES}"
            )
        pieces += (len(entry).to_bytes(_LENGTH_BYTES, "big"), entry)
    width = len(pieces) // 2
    if not 1 <= width <= WIDTH:
        raise FormatError(f"a bundle has {width} entries: expected 1 to {WIDTH}")
    return b"".join(pieces)


def decode_bundle(bundle: Bundle, data: bytes) -> list[bytes]:
    """Read the entries of a bundle.

    Args:
        bundle: The bundle's position and width. The width is the number of entries.
        data: The bundle's bytes.

    Returns:
        The entries, in the log's order. [octets]

    Raises:
        FormatError: *data* is not bytes, ends inside an entry, or has more or fewer entries than the bundle's width.

    Example:
        >>> decode_bundle(Bundle(0, 2), b"\\x00\\x01a\\x00\\x02bc")
        [b'a', b'bc']
    """
    if not isinstance(bundle, Bundle):
        raise FormatError(f"bundle {quote(bundle)}: expected a Bundle")
    if not isinstance(data, bytes):
        raise FormatError(f"{bundle.path}: expected the bundle's bytes, got a {type(data).__name__}")
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < bundle.width:
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data):
            raise FormatError(f"{bundle.path} ends inside entry {len(entries)}: it was cut short or damaged")
        entries.append(data[start:at])
    if len(entries) < bundle.width:
        raise FormatError(f"{bundle.path} has {len(entries)} entries: expected {bundle.width}")
    if at < len(data):
        raise FormatError(f"{bundle.path} has {len(data) - at} bytes after its {bundle.width} entries: expected none")
    return entries
