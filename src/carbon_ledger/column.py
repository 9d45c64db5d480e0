"""Columns: long sequences of whole numbers, checked once."""

import struct
from collections.abc import Iterable, Sequence
from operator import countOf
from typing import Final, Self

from carbon_ledger._accelerator import accelerator
from carbon_ledger.errors import QuantityError
from carbon_ledger.packed import any_negative, none_above, pack
from carbon_ledger.printing import quote

MAX_INTEGER: Final = 2**53 - 1
LONG: Final = 32  # the shortest list of integers that is handled as a column, in items


class Column(tuple[int, ...]):
    """A sequence of whole numbers that was checked when it was made.

    Args:
        values: One integer or more, each below 2^53 in magnitude.

    Attributes:
        total: The sum of the values.
        has_negative: Whether any value is negative.

    Raises:
        QuantityError: *values* is empty, or a value is not such an integer.

    Example:
        >>> Column([3, -1]).total
        2
    """

    total: int
    has_negative: bool
    _data: bytes | None
    _packed: bytes | None
    _most: int | None

    def __new__(cls, values: Iterable[int]) -> Self:
        """Check the values, and compute their sum."""
        given = values if type(values) is tuple else tuple(values)
        column = super().__new__(cls, given)
        if not column:
            raise QuantityError("a column is empty: expected one whole number for each step")
        column.total, column._packed = _summed_and_packed(given)
        column._most = None
        # Only now: a text with digits alone does not prove that the values were plain integers.
        fast = accelerator() if len(column) >= LONG else None
        column._data = None if fast is None else fast.encode(given)
        if column._packed is not None:
            column.has_negative = any_negative(column._packed)
            return column
        column.has_negative = _any_negative(column) if column._data is None else b"-" in column._data
        if column.most > MAX_INTEGER or (column.has_negative and column.least < -MAX_INTEGER):
            wrong = column.least if column.least < -MAX_INTEGER else column.most
            raise QuantityError(f"{quote(wrong)} is not a plain integer below 2^53 in magnitude")
        return column

    @property
    def most(self) -> int:
        """The greatest value."""
        if self._most is None:
            self._most = max(self)
        return self._most

    def is_at_most(self, bound: int) -> bool:
        """Whether no value is greater than a bound of 0 or more. This is faster than computing the maximum."""
        if self._packed is None or self.has_negative or self._most is not None:
            return self.most <= bound
        return none_above(self._packed, bound)

    @property
    def least(self) -> int:
        """The smallest value."""
        return min(self)

    @property
    def data(self) -> bytes:
        """The column as canonical JSON, in UTF-8."""
        if self._data is None:
            # %d is safe because the types were checked: it would write 1 for 1.5.
            self._data = (b"[" + b"%d," * (len(self) - 1) + b"%d]") % self
        return self._data

    @property
    def text(self) -> str:
        """The column as canonical JSON."""
        return self.data.decode("ascii")


def _summed_and_packed(values: tuple[int, ...]) -> tuple[int, bytes | None]:
    """The sum of the values, checked to be plain integers, and the packed values if they are short.

    Raises:
        QuantityError: A value is not a plain integer.
    """
    try:
        total = sum(values)
    except Exception:  # values of a class of their own may raise anything
        _require_plain(values)
        raise
    packed = pack(values)
    if packed is None:
        _require_plain(values)
    return total, packed


def _require_plain(values: tuple[object, ...]) -> None:
    if countOf(map(type, values), int) != len(values):
        wrong = next(item for item in values if type(item) is not int)
        raise QuantityError(f"{quote(wrong)} is not a plain integer below 2^53 in magnitude")


def _any_negative(values: Sequence[int]) -> bool:
    """Whether any integer is negative, for integers below 2^64. This is faster than computing the minimum."""
    try:
        struct.pack(f"{len(values)}Q", *values)
    except struct.error:
        return True
    return False
