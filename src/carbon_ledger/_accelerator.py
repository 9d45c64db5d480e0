"""msgspec, where it is installed (extra `fast`): the same bytes and the same values, sooner.

Nothing rests on it: what it cannot do, or does otherwise, the standard library does.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from attrs import frozen


@frozen
class Accelerator:
    """What it does in place of the standard library.

    Attributes:
        encode: Writes a sequence of plain integers as JSON, without blanks.
        decode: Reads JSON.
        errors: What *decode* raises for what is no JSON.
    """

    encode: Callable[[tuple[int, ...]], bytes]
    decode: Callable[[bytes], Any]
    errors: tuple[type[Exception], ...]


@cache
def accelerator() -> Accelerator | None:
    """The accelerator, if it is installed; looked for when the first long column comes along."""
    try:
        from msgspec import DecodeError, json
    except ImportError:
        return None
    return Accelerator(json.Encoder().encode, json.Decoder().decode, (DecodeError, UnicodeDecodeError, RecursionError))
