"""Entry bundles: the format byte by byte, its limits, and damaged bundles."""

from typing import Any

import pytest

from carbon_ledger.errors import EntryTooLargeError, FormatError
from carbon_ledger.log.bundles import decode_bundle, encode_bundle
from carbon_ledger.log.coordinates import Bundle


def test_lengths_are_big_endian() -> None:
    """C2SP tlog-tiles, "Log entries"."""
    assert encode_bundle([b"", b"a", b"x" * 258]) == b"\x00\x00" + b"\x00\x01a" + b"\x01\x02" + b"x" * 258
    assert decode_bundle(Bundle(0, 3), b"\x00\x00\x00\x01a\x00\x02bc") == [b"", b"a", b"bc"]


def test_limits() -> None:
    largest = b"x" * 65_535
    data = encode_bundle([largest] * 256)
    assert len(data) == 256 * 65_537
    assert decode_bundle(Bundle(0), data) == [largest] * 256
    with pytest.raises(EntryTooLargeError, match="entry 1 of a bundle has 65536 bytes: expected at most 65535"):
        encode_bundle([b"", largest + b"x"])
    for entries in ([], [b""] * 257):
        with pytest.raises(FormatError, match=rf"a bundle has {len(entries)} entries: expected 1 to 256"):
            encode_bundle(entries)


@pytest.mark.parametrize("entry", ["a", None, 1, bytearray(b"a")])
def test_an_entry_that_is_not_bytes_is_refused(entry: Any) -> None:
    with pytest.raises(FormatError, match="entry 0 of a bundle is of type "):
        encode_bundle([entry])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "has 0 entries: expected 2"),
        (b"\x00\x01a", "has 1 entries: expected 2"),
        (b"\x00\x01a\x00", "ends inside entry 1"),
        (b"\x00\x01a\x00\x01", "ends inside entry 1"),
        (b"\x00\x01a\x00\x02b", "ends inside entry 1"),
        (b"\x00", "ends inside entry 0"),
        (b"\x00\x01a\x00\x01bc", "has 1 bytes after its 2 entries"),
        (b"\x00\x01a\x00\x01b\x00\x01c", "has 3 bytes after its 2 entries"),
        ("text", "expected the bundle's bytes, got a str"),
        (None, "expected the bundle's bytes, got a NoneType"),
    ],
)
def test_damaged_bundle(data: Any, message: str) -> None:
    with pytest.raises(FormatError, match=rf"tile/entries/007.p/2:? {message}"):
        decode_bundle(Bundle(7, 2), data)
