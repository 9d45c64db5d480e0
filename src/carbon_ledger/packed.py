"""Whole numbers packed into bytes, so that many of them are checked in one step.

The standard library writes a tuple of `int` with `marshal` as five bytes for each: the letter ``i``, which stands for
the very type `int`, and 32 bits in two's complement, the least first. A value of any other type begins with another
letter, and so does an `int` of more than 32 bits. If every fifth byte is an ``i``, the bytes therefore prove that every
value is an `int`, and not a bool, a member of an `IntEnum` or a NumPy integer.
"""

import marshal
from functools import lru_cache
from typing import Final

MOST_VALUES: Final = 16_384  # in a column that is packed; the limits of some such columns are cached
_FORMAT: Final = 2  # of marshal: the newest without references to values that occur before
_HEAD: Final = 5  # bytes before the values: the tuple's letter and its length
_EACH: Final = 5
_INT: Final = b"i"
_OCTETS: Final = bytes(range(256))


def pack(values: tuple[int, ...]) -> bytes | None:
    """The values as five bytes each; None if any of them is no `int` of 32 bits, or if there are too many of them.

    Args:
        values: Values that `sum` could add. The size of a list in a list has no limit, and `sum` refuses lists.
    """
    if len(values) > MOST_VALUES:
        return None
    try:
        found = marshal.dumps(values, _FORMAT)[_HEAD:]
    except ValueError:  # a value has a type of which marshal knows nothing
        return None
    return found if found[::_EACH] == _INT * len(values) else None


def any_negative(packed: bytes) -> bool:
    """Whether any of the packed values is negative: its last byte is then 128 or more."""
    return not packed[_EACH - 1 :: _EACH].isascii()


def none_above(packed: bytes, bound: int) -> bool:
    """Whether no packed value is greater than a bound.

    The high bits mostly say so. Else every value is subtracted from the bound, all in one subtraction of long
    integers: the values are the digits of a number to the base 2^40. 2^39 is added to each digit of the bound, and is
    left if the value is not greater.

    Args:
        packed: Values none of which is negative.
        bound: The bound, 0 or more.
    """
    if bound >= 1 << 31 or _high_bits_below(packed, bound >> 16):
        return True
    bounds, marks = _bounds(len(packed) // _EACH, bound)
    return (bounds - int.from_bytes(packed, "little")) & marks == marks


def _high_bits_below(packed: bytes, bound: int) -> bool:
    """Whether the high bits of every value are below those of a bound; if not, a value may be below it even so."""
    if bound > _OCTETS[-1]:
        return not packed[_EACH - 1 :: _EACH].translate(None, _OCTETS[: bound >> 8])
    if packed[_EACH - 1 :: _EACH].translate(None, b"\0"):
        return False
    return not packed[_EACH - 2 :: _EACH].translate(None, _OCTETS[:bound])


@lru_cache(maxsize=64)
def _bounds(count: int, bound: int) -> tuple[int, int]:
    """A packed column of the bound alone, with 2^39 added to each digit; and the digits 2^39."""
    digit = _INT + (bound + (1 << 31)).to_bytes(4, "little")
    return int.from_bytes(digit * count, "little"), int.from_bytes(b"\0\0\0\0\x80" * count, "little")
