"""Numbers, base64 and single lines, which all text formats of the log share.

Each value has exactly one accepted spelling. A value with two spellings could be signed in one spelling and read in the
other, so any spelling that the writers in this package would not produce is refused.
"""

import base64
import binascii
import re
from typing import Final

from carbon_ledger.errors import FormatError
from carbon_ledger.printing import quote

MAX_SIZE: Final = 2**63 - 1  # the largest signed 64-bit integer, for readers such as Go's
MAX_BYTES: Final = 1_000_000  # a note or a proof is about a page of text; anything larger is refused unread

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NOT_IN_A_LINE: Final = re.compile(r"[\x00-\x1f\ud800-\udfff]")


def count(value: object, name: str) -> int:
    """Return a size or an index after checking that the formats can represent it.

    Raises:
        FormatError: *value* is not an int, is below 0, or is above 2**63 - 1.

    Example:
        >>> count(8, "tree size")
        8
    """
    if type(value) is not int or not 0 <= value <= MAX_SIZE:
        raise FormatError(f"{name} is {quote(value)}: expected an int from 0 to {MAX_SIZE}")
    return value


def read_number(text: str, name: str) -> int:
    """Read a decimal number: ASCII digits, no sign, no leading zero.

    Raises:
        FormatError: *text* is not such a number, or the number is above 2**63 - 1.

    Example:
        >>> read_number("20852163", "tree size")
        20852163
    """
    if not _NUMBER.fullmatch(text):
        raise FormatError(f"{name} is {quote(text)}: expected decimal digits without leading zeros")
    return count(int(text), name)


def read_base64(text: str, name: str) -> bytes:
    """Decode standard base64 with padding, in its canonical spelling.

    Raises:
        FormatError: *text* is empty, or is not canonical base64 with padding.

    Source:
        RFC 4648 section 4; the unused last bits must be zero (section 3.5). [S]

    Example:
        >>> read_base64("aGk=", "root hash")
        b'hi'
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or write_base64(data) != text:
        raise FormatError(f"{name} is {quote(text)}: expected standard base64 with padding")
    return data


def write_base64(data: bytes) -> str:
    """Write bytes as standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def check_line(value: object, name: str) -> str:
    """Return a line of text after checking that a note can contain it.

    Raises:
        FormatError: *value* is not text, is empty, or contains a control character or a lone surrogate.

    Example:
        >>> check_line("example.com/log42", "origin")
        'example.com/log42'
    """
    if not isinstance(value, str) or not value:
        raise FormatError(f"{name} is {quote(value)}: expected one line of text")
    if _NOT_IN_A_LINE.search(value):
        raise FormatError(f"{name} is {quote(value)}: expected no line break and no control character")
    return value


def read_text(data: object, name: str) -> str:
    """Decode the bytes of a text format: UTF-8 whose only control character is the newline.

    Raises:
        FormatError: *data* is not bytes, is longer than 1,000,000 bytes, is not UTF-8, or contains a control character
            other than the newline.

    Example:
        >>> read_text(b"example.com/log42\\n", "checkpoint")
        'example.com/log42\\n'
    """
    if not isinstance(data, bytes):
        raise FormatError(f"{name} is of type {type(data).__name__}: expected bytes, as read from the file")
    if len(data) > MAX_BYTES:
        raise FormatError(f"{name} has {len(data)} bytes: expected at most {MAX_BYTES}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{name} is not UTF-8 at byte {error.start}: the file is damaged, or is another file"
        ) from error
    control = _CONTROL.search(text)
    if control:
        raise FormatError(
            f"{name} has the control character {quote(control[0])} at {control.start()}: expected no control "
            "character except newlines"
        )
    return text
