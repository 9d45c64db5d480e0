"""Canonical JSON (RFC 8785): the form of all values that are hashed.

The ledger uses a subset of JSON whose canonical form is simple: the keys are ASCII, and the values are strings,
integers below 2^53 in magnitude, booleans, arrays and objects. There is no null, and decimals are strings.
"""

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, Final

from carbon_ledger._accelerator import Accelerator, accelerator
from carbon_ledger.column import LONG, MAX_INTEGER, Column
from carbon_ledger.errors import BrokenLogError, QuantityError
from carbon_ledger.printing import quote

IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DEEPEST: Final = 64  # the most levels of lists and objects
_MOST_NESTED: Final = 65_536  # the most lists and objects in one level
_LONG_TEXT: Final = 1_024  # the shortest text for which the accelerator is loaded at once, in bytes
_FEW: Final = 1_000  # short values that take the standard library no longer than it takes to load the accelerator
_short_values: Final = count()

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


_NESTED: Final = (dict, list, tuple, Column)


def _worth_loading() -> Accelerator | None:
    """The accelerator for a short value, once there were many short values; None before, or if it is not installed."""
    return accelerator() if next(_short_values) >= _FEW else None


def dumps(value: object, *, checked: bool = False, columns: bool = True) -> bytes:
    """Encode *value* as canonical JSON.

    Args:
        value: A string, an integer, a boolean, or nested lists and dicts of these. The keys are ASCII strings.
        checked: Whether the value is known to contain nothing else. Columns were checked when they were made.
        columns: Whether a checked value may contain columns. Ignored if *checked* is False.

    Returns:
        UTF-8 bytes. Equal values give equal bytes.

    Raises:
        QuantityError: *value* contains something that entries cannot contain: a float, None, a lone surrogate, an
            integer of 2^53 or more in magnitude, or a key that is not ASCII text.

    Source:
        RFC 8785 (JSON Canonicalization Scheme).

    Example:
        >>> dumps({"b": [1, True], "a": "é"})
        b'{"a":"\\xc3\\xa9","b":[1,true]}'
    """
    if checked and (fast := _worth_loading()) is not None:
        with suppress(*fast.errors):  # the standard library reports
            return fast.encode(value)
    try:
        columned = columns if checked else _check(value)
        return (_written(value, _text_of) if columned else _encode(value)).encode("utf-8")
    except UnicodeEncodeError as error:
        raise QuantityError(
            f"text {quote(error.object[:40])} has a lone surrogate: expected text that UTF-8 can encode"
        ) from None


def _check(value: object) -> bool:
    """Check that entries can contain a value. Return whether the value contains a column.

    The value is walked level by level, with limits, since a few lists that contain one another several times could make
    a text larger than the memory.
    """
    found, items = False, [value]
    for _ in range(_DEEPEST):
        below: list[object] = []
        for item in items:
            if type(item) is not str:  # most items are text, for which the call is skipped
                found = _check_one(item, below) or found
        if not below:
            return found
        if len(below) > _MOST_NESTED and sum(type(item) in _NESTED for item in below) > _MOST_NESTED:
            raise QuantityError(f"more than {_MOST_NESTED:,} lists and objects in one level: record the value in parts")
        items = below
    raise QuantityError(f"a value is nested more than {_DEEPEST} levels deep: expected at most {_DEEPEST} levels")


def _check_one(value: object, below: list[object]) -> bool:
    """Check one value and add its items to *below*. Return whether the value is a column."""
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
        below += [min(value), max(value)] if whole else value  # checked in C, without a call for each item
    elif isinstance(value, dict):
        for key in value:
            if not (isinstance(key, str) and key.isascii()):
                raise QuantityError(f"key {quote(key)}: expected ASCII text")
        below += value.values()
    else:
        raise QuantityError(f"{quote(value)} is of type {type(value).__name__}, which an entry cannot contain")
    return False


_text_of: Final = attrgetter("text")
_MARK: Final = "\0"  # a character that does not occur in JSON


def _written(value: object, text_of: Callable[[Column], str]) -> str:
    """Write the canonical text of a value in which each column is replaced by *text_of* the column."""
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
    raise BrokenLogError(f"number {quote(text)}: expected a whole number, or a decimal as a string")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BrokenLogError(f"an object has a key twice: {[key for key, _ in pairs]}")
    return fields


def _column_of(items: list[Any]) -> Column | None:
    if type(items[0]) is int:
        with suppress(QuantityError):
            return Column(items)
    return None


_decode = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number).decode
_decode_unique = json.JSONDecoder(object_pairs_hook=_unique).decode


def loads(data: bytes, *, shaped: bool = False) -> Any:
    """Decode canonical JSON.

    Args:
        data: UTF-8 bytes.
        shaped: Whether the caller checks the value against a schema, which also excludes null and large numbers.

    Returns:
        The value. A long list of integers in an object is a `Column`.

    Raises:
        BrokenLogError: *data* is not JSON, or is not in canonical form.

    Example:
        >>> loads(b'{"a":1}')
        {'a': 1}
    """
    if not isinstance(data, bytes):
        raise BrokenLogError(f"an entry is of type {type(data).__name__}: expected bytes")
    fast = accelerator() if _mostly_numbers(data) else _worth_loading()
    if fast is not None:
        found = _decoded_fast(data, fast, shaped)
        if found is not None:
            return found
    try:
        value = _decode(data.decode("utf-8"))
        columned = _make_columns(value)
        if not shaped:
            _check(value)
        if _is_canonical(value, data) if columned else _encode(value).encode("utf-8") == data:
            return value
        _decode_unique(data.decode("utf-8"))  # reports an object that has a key twice, which is not canonical either
    except (ValueError, RecursionError) as error:
        raise BrokenLogError(f"not an entry: {error}") from None
    raise BrokenLogError(f"not canonical JSON: {quote(data[:80])}")


def _mostly_numbers(data: bytes) -> bool:
    """Whether a text probably contains a column, for which the accelerator is loaded at once."""
    quarter = len(data) // 4
    return len(data) >= _LONG_TEXT and not data[quarter : quarter + 16].translate(None, b"-0123456789,")


def _decoded_fast(data: bytes, fast: Accelerator, shaped: bool) -> Any:
    """Decode canonical data with the accelerator. None for other data, on which the standard library reports."""
    with suppress(QuantityError, *fast.errors):
        value = fast.decode(data)
        _make_columns(value)
        if not shaped:
            _check(value)
        if fast.encode(value) == data:
            return value
    return None


def _make_columns(value: Any) -> bool:
    """Replace the long lists of integers in objects by columns, in place. Return whether there is a column."""
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
    """Return a value as `loads` returns it after it is written: with columns for long lists of integers.

    Args:
        value: A value to write. Its lists are replaced in place.

    Example:
        >>> type(as_decoded({"a": [0] * 100})["a"]).__name__
        'Column'
    """
    _make_columns(value)
    return value


def _is_canonical(value: object, data: bytes) -> bool:
    """Whether *data*, which decodes to *value*, is the canonical text of *value*. The columns are not written again."""
    first, *pieces = _written(value, lambda _: _MARK).encode("utf-8").split(_MARK.encode())
    if not data.startswith(first):
        return False
    at = len(first)
    for piece in pieces:
        # The only other spelling of an integer is -0, and only commas may separate the integers.
        end = data.find(b"]", at) + 1
        text = data[at:end]
        if text[:1] != b"[" or text[1:-1].translate(None, b"-0123456789,") or b"-0" in text:
            return False
        if not data.startswith(piece, end):
            return False
        at = end + len(piece)
    return at == len(data)


def digest(data: bytes) -> str:
    """Return the SHA-256 of *data*, as ``sha256:`` and 64 hexadecimal digits.

    Example:
        >>> digest(b"")[:20]
        'sha256:e3b0c44298fc1'
    """
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def identifier(value: object, name: str) -> str:
    """Return an id after checking it.

    Args:
        value: The id: 1 to 64 ASCII letters, digits, ``.``, ``_`` and ``-``, of which the first is a letter or a digit.
        name: The kind of thing that the id identifies, for the message.

    Returns:
        The id, unchanged.

    Raises:
        QuantityError: *value* is not such an id.

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
