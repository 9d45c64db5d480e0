"""Faster JSON with msgspec, if it is installed (extra `fast`). The bytes and the values are the same without it.

The standard library handles everything that msgspec cannot do, or does differently.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from attrs import frozen


@frozen
class Accelerator:
    """The functions that replace those of the standard library.

    Attributes:
        encode: Writes a sequence of plain integers as JSON, without spaces.
        decode: Reads JSON.
        errors: The exceptions that *decode* raises for malformed JSON.
    """

    encode: Callable[[tuple[int, ...]], bytes]
    decode: Callable[[bytes], Any]
    errors: tuple[type[Exception], ...]


@cache
def accelerator() -> Accelerator | None:
    """Return the accelerator, or None if msgspec is not installed. Called when the first long column is processed."""
    try:
        from msgspec import DecodeError, json
    except ImportError:
        return None
    return Accelerator(json.Encoder().encode, json.Decoder().decode, (DecodeError, UnicodeDecodeError, RecursionError))
