"""Canonical JSON (RFC 8785): the only bytes that are ever hashed.

The ledger uses a part of JSON in which the canonical form is plain: ASCII keys, and values that are
strings, integers below 2^53 in magnitude, booleans, arrays and objects. No null and no fraction: a
decimal is a string.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain, zip_longest
from typing import Any, Final, Self

from carbon_ledger._accelerator import Accelerator, accelerator
from carbon_ledger.errors import BrokenLogError, QuantityError

MAX_INTEGER: Final = 2**53 - 1
IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LONG: Final = 32  # items from which a list of integers is handled as a column
_LONG_TEXT: Final = 1_024  # bytes from which a text may hold a column worth an accelerator

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


class Column(tuple[int, ...]):
    """A column of whole numbers, checked as a whole once.

    Args:
        values: Integers below 2^53 in magnitude, one or more.

    Attributes:
        least: The smallest.
        most: The greatest.
        total: Their sum.

    Raises:
        QuantityError: One is something else.

    Example:
        >>> Column([3, -1]).total
        2
    """

    least: int
    most: int
    total: int

    def __new__(cls, values: Iterable[int]) -> Self:
        """Check the values, and keep what is asked of them as a whole."""
        column = super().__new__(cls, values)
        if not column:
            raise QuantityError("an empty column; give one whole number for each step")
        if set(map(type, column)) != {int}:
            wrong: object = next(item for item in column if type(item) is not int)
            raise QuantityError(f"{wrong!r} is not a plain integer below 2^53 in magnitude")
        column.least, column.most, column.total = min(column), max(column), sum(column)
        if column.least < -MAX_INTEGER or column.most > MAX_INTEGER:
            wrong = column.least if column.least < -MAX_INTEGER else column.most
            raise QuantityError(f"{wrong!r} is not a plain integer below 2^53 in magnitude")
        return column


_NESTED: Final = (dict, list, tuple, Column)


def dumps(value: object, *, checked: bool = False, columns: bool = True) -> bytes:
    """Encode *value* as canonical JSON.

    Args:
        value: Strings, integers, booleans, lists and dicts with ASCII string keys, nested at will.
        checked: Whether it is known to hold nothing else, its columns apart (they were checked when made).
        columns: Whether there may be columns in it, where that is known.

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
        if not (columns and _holds_column(value) if checked else _check(value)):
            return _encode(value).encode("utf-8")
        pieces, found = _pieces(value)
        return b"".join(chain.from_iterable(zip_longest(pieces, map(_column_text, found), fillvalue=b"")))
    except UnicodeEncodeError as error:
        raise QuantityError(f"text with a lone surrogate cannot be written: {error.object[:40]!r}") from None


def _check(value: object) -> bool:
    """Refuse what entries cannot hold; whether there is a column in it."""
    if isinstance(value, bool | str):
        return False
    if isinstance(value, int):
        if type(value) is not int or not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise QuantityError(f"{value!r} is not a plain integer below 2^53 in magnitude")
        return False
    if isinstance(value, Column):
        return True
    found = False
    if isinstance(value, list | tuple):
        items: Sequence[object] = value
        if len(items) >= LONG and set(map(type, items)) == {int}:
            items = [min(value), max(value)]  # one pass in C, no call an item
        for item in items:
            found = _check(item) or found
    elif isinstance(value, dict):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise QuantityError(f"key {key!r}: expected ASCII text")
            found = _check(item) or found
    else:
        raise QuantityError(f"{value!r} is a {type(value).__name__}, which an entry cannot hold")
    return found


_MARK: Final = "\0column"
_MARKED: Final = _encode(_MARK).encode()


def _pieces(value: object) -> tuple[list[bytes], list[Column]]:
    """The canonical text without its columns, in pieces, and the columns between them."""
    columns: list[Column] = []
    text = _encode(_without(value, columns)).encode("utf-8")
    pieces = text.split(_MARKED)
    if len(pieces) == len(columns) + 1:
        return pieces, columns
    # A text of the value's own looks like the mark: columns are written as any list.
    return [_encode(value).encode("utf-8")], []


def _without(value: object, columns: list[Column]) -> object:
    """The value with a mark for each column; the columns come in the order of the text."""
    if type(value) is Column:
        columns.append(value)
        return _MARK
    if isinstance(value, dict):
        return {key: _without(item, columns) if type(item) in _NESTED else item for key, item in sorted(value.items())}
    if isinstance(value, list | tuple):
        return [_without(item, columns) if type(item) in _NESTED else item for item in value]
    return value


def _holds_column(value: object) -> bool:
    if type(value) is Column:
        return True
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    # Most values are text or numbers: no call for those.
    return any(type(item) in _NESTED and _holds_column(item) for item in items)


def _column_text(column: Column) -> bytes:
    fast = accelerator()
    if fast is not None:
        return fast.encode(column)
    # The types were checked: %d would write 1 for 1.5.
    return b"[" + (b"%d," * len(column) % column)[:-1] + b"]"


def _refuse_number(text: str) -> Any:
    raise BrokenLogError(f"number {text!r}: entries hold whole numbers and decimals as strings")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BrokenLogError(f"an object names a key twice: {[key for key, _ in pairs]}")
    return fields


def _column_or_list(items: list[Any]) -> list[Any] | Column:
    if type(items[0]) is int:
        with suppress(QuantityError):
            return Column(items)
    _with_columns(items)
    return items


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
    if len(data) >= _LONG_TEXT and (fast := accelerator()) is not None:
        found = _decoded_fast(data, fast, shaped)
        if found is not None:
            return found
    try:
        value = _with_columns(_decode(data.decode("utf-8")))
        columned = _holds_column(value) if shaped else _check(value)
        if _is_written_so(value, data) if columned else _encode(value).encode("utf-8") == data:
            return value
        _decode_unique(data.decode("utf-8"))  # an object that names a key twice is not written so either
    except (ValueError, RecursionError) as error:
        raise BrokenLogError(f"not an entry: {error}") from None
    raise BrokenLogError(f"not canonical JSON: {data[:80]!r}")


def _decoded_fast(data: bytes, fast: Accelerator, shaped: bool) -> Any:
    """What the accelerator makes of canonical data, none where it is not: then the standard library says why."""
    try:
        value = _with_columns(fast.decode(data))
    except fast.errors:
        return None
    with suppress(QuantityError, UnicodeEncodeError, RecursionError):
        if (_holds_column(value) if shaped else _check(value)) and _is_written_so(value, data):
            return value
    return None


def _with_columns(value: Any) -> Any:
    """Make columns of the long lists of integers that objects hold, in place."""
    if isinstance(value, dict):
        for key, item in value.items():
            if type(item) is list and len(item) >= LONG:
                value[key] = _column_or_list(item)
            elif type(item) in _NESTED:
                _with_columns(item)
    elif isinstance(value, list):
        for item in value:
            if type(item) in _NESTED:
                _with_columns(item)
    return value


def _is_written_so(value: object, data: bytes) -> bool:
    """Whether *data*, which decodes to *value*, is its canonical text; columns are not written again."""
    pieces, _ = _pieces(value)
    if not data.startswith(pieces[0]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:]:
        # Whole numbers have one other spelling, -0; and between them there may only be commas.
        end = data.find(b"]", at)
        text = data[at + 1 : end]
        if data[at : at + 1] != b"[" or text.translate(None, b"-0123456789,") or b"-0" in text:
            return False
        if not data.startswith(piece, end + 1):
            return False
        at = end + 1 + len(piece)
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
            f"{name} id {value!r}: expected 1 to 64 of the letters a-z and A-Z, digits, '.', '_' and '-', "
            "beginning with a letter or a digit"
        )
    return value
