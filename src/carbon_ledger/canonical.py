"""Canonical JSON (RFC 8785): the only bytes that are ever hashed.

The ledger uses a part of JSON in which the canonical form is plain: ASCII keys, and values that are
strings, integers below 2^53 in magnitude, booleans, arrays and objects. No null and no fraction: a
decimal is a string.
"""

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, Final

from carbon_ledger._accelerator import Accelerator, accelerator
from carbon_ledger.column import MAX_INTEGER, Column
from carbon_ledger.errors import BrokenLogError, QuantityError
from carbon_ledger.printing import quote

IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LONG: Final = 32  # items from which a list of integers is handled as a column
_DEEPEST: Final = 64  # levels of lists and objects
_MOST_NESTED: Final = 65_536  # lists and objects of one level
_LONG_TEXT: Final = 1_024  # bytes from which a text may hold a column worth an accelerator

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


_NESTED: Final = (dict, list, tuple, Column)


def dumps(value: object, *, checked: bool = False, columns: bool = True) -> bytes:
    """Encode *value* as canonical JSON.

    Args:
        value: Strings, integers, booleans, lists and dicts with ASCII string keys, nested at will.
        checked: Whether it is known to hold nothing else, its columns apart (they were checked when made).
        columns: Of a checked value, whether there may be columns in it; any other is looked through.

    Returns:
        UTF-8 bytes: equal values give equal bytes.

    Raises:
        QuantityError: *value* holds something that entries cannot hold: a float, null, a lone surrogate,
            an integer of 2^53 or more, a key that is not ASCII text.

    Source:
        RFC 8785 (JSON Canonicalization Scheme).

    Example:
        >>> dumps({"b": [1, True], "a": "é"})
        b'{"a":"\\xc3\\xa9","b":[1,true]}'
    """
    try:
        columned = columns if checked else _check(value)
        return (_written(value, _text_of) if columned else _encode(value)).encode("utf-8")
    except UnicodeEncodeError as error:
        raise QuantityError(f"text with a lone surrogate cannot be written: {quote(error.object[:40])}") from None


def _check(value: object) -> bool:
    """Refuse what entries cannot hold; whether there is a column in it.

    Level by level and with an end: a few lists that hold each other twice over are more text than there is memory.
    """
    found, items = False, [value]
    for _ in range(_DEEPEST):
        below: list[object] = []
        for item in items:
            if type(item) is not str:  # most are text: no call for those
                found = _check_one(item, below) or found
        if not below:
            return found
        if len(below) > _MOST_NESTED and sum(type(item) in _NESTED for item in below) > _MOST_NESTED:
            raise QuantityError(f"more than {_MOST_NESTED:,} lists and objects in one another: record them in parts")
        items = below
    raise QuantityError(f"a value nested more than {_DEEPEST} levels deep cannot be written")


def _check_one(value: object, below: list[object]) -> bool:
    """Refuse a value by itself, and add what it holds to *below*; whether it is a column."""
    if isinstance(value, bool | str):
        return False
    if isinstance(value, int):
        if type(value) is not int or not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise QuantityError(f"{quote(value)} is not a plain integer below 2^53 in magnitude")
        return False
    if isinstance(value, Column):
        return True
    if isinstance(value, list | tuple):
        whole = len(value) >= LONG and set(map(type, value)) == {int}
        below += [min(value), max(value)] if whole else value  # one pass in C, no call an item
    elif isinstance(value, dict):
        for key in value:
            if not (isinstance(key, str) and key.isascii()):
                raise QuantityError(f"key {quote(key)}: expected ASCII text")
        below += value.values()
    else:
        raise QuantityError(f"{quote(value)} is a {type(value).__name__}, which an entry cannot hold")
    return False


_text_of: Final = attrgetter("text")
_MARK: Final = "\0"  # no JSON has this character


def _written(value: object, text_of: Callable[[Column], str]) -> str:
    """The canonical text of a value that may hold columns, with *text_of* each in its place."""
    if type(value) is str:
        return encode_basestring(value)
    if type(value) is int:
        return repr(value)
    if isinstance(value, Column):
        return text_of(value)
    if isinstance(value, dict):
        items = [f"{encode_basestring(key)}:{_written(item, text_of)}" for key, item in sorted(value.items())]
        return f"{{{','.join(items)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join([_written(item, text_of) for item in value])}]"
    return _encode(value)


def _refuse_number(text: str) -> Any:
    raise BrokenLogError(f"number {quote(text)}: entries hold whole numbers and decimals as strings")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BrokenLogError(f"an object names a key twice: {[key for key, _ in pairs]}")
    return fields


def _column_of(items: list[Any]) -> Column | None:
    if type(items[0]) is int:
        with suppress(QuantityError):
            return Column(items)
    return None


_decode = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number).decode
_decode_unique = json.JSONDecoder(object_pairs_hook=_unique).decode


def loads(data: bytes, *, shaped: bool = False) -> Any:
    """Decode bytes that must be canonical JSON.

    Args:
        data: UTF-8 bytes.
        shaped: Whether the caller checks the value's shape, and with it that there is no null and no large number.

    Returns:
        The value; a long list of integers in an object is a `Column`.

    Raises:
        BrokenLogError: *data* is not JSON, or not in its canonical form.

    Example:
        >>> loads(b'{"a":1}')
        {'a': 1}
    """
    if not isinstance(data, bytes):
        raise BrokenLogError(f"an entry is bytes, got a {type(data).__name__}")
    if _mostly_numbers(data) and (fast := accelerator()) is not None:
        found = _decoded_fast(data, fast, shaped)
        if found is not None:
            return found
    try:
        value = _decode(data.decode("utf-8"))
        columned = _make_columns(value)
        if not shaped:
            _check(value)
        if _is_written_so(value, data) if columned else _encode(value).encode("utf-8") == data:
            return value
        _decode_unique(data.decode("utf-8"))  # an object that names a key twice is not written so either
    except (ValueError, RecursionError) as error:
        raise BrokenLogError(f"not an entry: {error}") from None
    raise BrokenLogError(f"not canonical JSON: {quote(data[:80])}")


def _mostly_numbers(data: bytes) -> bool:
    """Whether a text seems to hold a column that is worth an accelerator."""
    quarter = len(data) // 4
    return len(data) >= _LONG_TEXT and not data[quarter : quarter + 16].translate(None, b"-0123456789,")


def _decoded_fast(data: bytes, fast: Accelerator, shaped: bool) -> Any:
    """What the accelerator makes of canonical data, none where it is not: then the standard library says why."""
    try:
        value = fast.decode(data)
    except fast.errors:
        return None
    with suppress(QuantityError, UnicodeEncodeError, RecursionError):
        if not _make_columns(value):
            return None
        if not shaped:
            _check(value)
        if _is_written_so(value, data):
            return value
    return None


def _make_columns(value: Any) -> bool:
    """Make columns of the long lists of integers that objects hold, in place; whether there is one."""
    found = False
    if isinstance(value, dict):
        for key, item in value.items():
            if type(item) is list and len(item) >= LONG and (column := _column_of(item)) is not None:
                value[key] = column
                found = True
            elif type(item) in _NESTED:
                found = _make_columns(item) or found
    elif isinstance(value, list):
        for item in value:
            if type(item) in _NESTED:
                found = _make_columns(item) or found
    return found


def as_decoded(value: dict[str, Any]) -> dict[str, Any]:
    """Make a value what `loads` will give back: a long list of integers in an object is a column.

    Args:
        value: A value that is to be written; its lists are replaced in place.

    Example:
        >>> type(as_decoded({"a": [0] * 100})["a"]).__name__
        'Column'
    """
    _make_columns(value)
    return value


def _is_written_so(value: object, data: bytes) -> bool:
    """Whether *data*, which decodes to *value*, is its canonical text; columns are not written again."""
    first, *pieces = _written(value, lambda _: _MARK).encode("utf-8").split(_MARK.encode())
    if not data.startswith(first):
        return False
    at = len(first)
    for piece in pieces:
        # Whole numbers have one other spelling, -0; and between them there may only be commas.
        end = data.find(b"]", at) + 1
        text = data[at:end]
        if text[:1] != b"[" or text[1:-1].translate(None, b"-0123456789,") or b"-0" in text:
            return False
        if not data.startswith(piece, end):
            return False
        at = end + len(piece)
    return at == len(data)


def digest(data: bytes) -> str:
    """The SHA-256 of *data*, as ``sha256:`` and 64 hexadecimal digits.

    Example:
        >>> digest(b"")[:20]
        'sha256:e3b0c44298fc1'
    """
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def identifier(value: object, name: str) -> str:
    """Take an id at the door: ASCII letters, digits, ``.``, ``_`` and ``-``, at most 64.

    Args:
        value: The id.
        name: What it identifies, for the message.

    Returns:
        The id, unchanged.

    Raises:
        QuantityError: *value* is no such id.

    Example:
        >>> identifier("chirag-1", "device")
        'chirag-1'
    """
    if not isinstance(value, str) or not IDENTIFIER.fullmatch(value):
        raise QuantityError(
            f"{name} id {quote(value)}: expected 1 to 64 of the letters a-z and A-Z, digits, '.', '_' and '-', "
            "beginning with a letter or a digit"
        )
    return value
