"""Canonical JSON (RFC 8785): the only bytes that are ever hashed.

The ledger uses a part of JSON in which the canonical form is plain: ASCII keys, and values that are
strings, integers below 2^53 in magnitude, booleans, arrays and objects. No null and no fraction: a
decimal is a string.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any, Final, cast

from carbon_ledger.errors import BrokenLogError, QuantityError

MAX_INTEGER: Final = 2**53 - 1
IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def dumps(value: object) -> bytes:
    """Encode *value* as canonical JSON.

    Args:
        value: Strings, integers, booleans, lists and dicts with ASCII string keys, nested at will.

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
    _check(value)
    try:
        return _encode(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise QuantityError(f"text with a lone surrogate cannot be written: {error.object[:40]!r}") from None


def _check(value: object) -> None:
    if isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if type(value) is not int or not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise QuantityError(f"{value!r} is not a plain integer below 2^53 in magnitude")
    elif isinstance(value, list | tuple):
        _check_items(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise QuantityError(f"key {key!r}: expected ASCII text")
            _check(item)
    else:
        raise QuantityError(f"{value!r} is a {type(value).__name__}, which an entry cannot hold")


def _check_items(items: list[object] | tuple[object, ...]) -> None:
    # Columns of readings are long and plain: one pass in C, no call an item.
    if items and set(map(type, items)) == {int}:
        numbers = cast("Sequence[int]", items)
        items = [min(numbers), max(numbers)]
    for item in items:
        _check(item)


def _refuse_number(text: str) -> Any:
    raise BrokenLogError(f"number {text!r}: entries hold whole numbers and decimals as strings")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BrokenLogError(f"an object names a key twice: {[key for key, _ in pairs]}")
    return fields


_decoder = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number, object_pairs_hook=_unique)


def loads(data: bytes) -> Any:
    """Decode bytes that must be canonical JSON.

    Args:
        data: UTF-8 bytes.

    Returns:
        The value.

    Raises:
        BrokenLogError: *data* is not JSON, or not in its canonical form.

    Example:
        >>> loads(b'{"a":1}')
        {'a': 1}
    """
    try:
        value = _decoder.decode(data.decode("utf-8"))
        canonical = dumps(value)
    except (ValueError, RecursionError) as error:
        raise BrokenLogError(f"not an entry: {error}") from None
    if canonical != data:
        raise BrokenLogError(f"not canonical JSON: {data[:80]!r}")
    return value


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
            f"{name} id {value!r}: expected 1 to 64 of the letters a-z and A-Z, digits, '.', '_' and '-', "
            "beginning with a letter or a digit"
        )
    return value
