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
        encode: Writes plain strings, integers, booleans, lists, tuples and dicts as JSON, without spaces and with
            sorted keys. It also writes what the ledger cannot contain, such as floats, so its caller checks the value.
        decode: Reads JSON.
        errors: The exceptions that the two functions raise for what they cannot write or read. *decode* also raises
            one of them for a number that is not a whole number.
    """

    encode: Callable[[object], bytes]
    decode: Callable[[bytes], Any]
    errors: tuple[type[Exception], ...]


def _refuse_float(text: str) -> Any:
    raise ValueError(f"{text} is not a whole number")


@cache
def accelerator() -> Accelerator | None:
    """Return the accelerator, or None if msgspec is not installed.

    Loading it takes some milliseconds, so it is called for the first long column, or after many short values.
    """
    try:
        from msgspec import DecodeError, json
    except ImportError:
        return None
    return Accelerator(
        json.Encoder(order="sorted").encode,
        json.Decoder(float_hook=_refuse_float).decode,
        (DecodeError, ValueError, TypeError, OverflowError, RecursionError),
    )
