"""Columns: long sequences of whole numbers, checked once."""

import struct
from collections.abc import Iterable, Sequence
from operator import countOf
from typing import Final, Self

from carbon_ledger._accelerator import accelerator
from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import quote

MAX_INTEGER: Final = 2**53 - 1
LONG: Final = 32  # the shortest list of integers that is handled as a column, in items


class Column(tuple[int, ...]):
    """A sequence of whole numbers that was checked when it was made.

    Args:
        values: One integer or more, each below 2^53 in magnitude.

    Attributes:
        most: The greatest value.
        total: The sum of the values.
        has_negative: Whether any value is negative.

    Raises:
        QuantityError: *values* is empty, or a value is not such an integer.

    Example:
        >>> Column([3, -1]).total
        2
    """

    most: int
    total: int
    has_negative: bool
    _data: bytes | None

    def __new__(cls, values: Iterable[int]) -> Self:
        """Check the values, and compute their maximum and their sum."""
        column = super().__new__(cls, values)
        if not column:
            raise QuantityError("a column is empty: expected one whole number for each step")
        if countOf(map(type, column), int) != len(column):
            wrong: object = next(item for item in column if type(item) is not int)
            raise QuantityError(f"{quote(wrong)} is not a plain integer below 2^53 in magnitude")
        column.most, column.total = max(column), sum(column)
        # Only now: a text with digits alone does not prove that the values were plain integers.
        fast = accelerator() if len(column) >= LONG else None
        column._data = None if fast is None else fast.encode(column)
        column.has_negative = _any_negative(column) if column._data is None else b"-" in column._data
        if column.most > MAX_INTEGER or (column.has_negative and column.least < -MAX_INTEGER):
            wrong = column.least if column.least < -MAX_INTEGER else column.most
            raise QuantityError(f"{quote(wrong)} is not a plain integer below 2^53 in magnitude")
        return column

    @property
    def least(self) -> int:
        """The smallest value."""
        return min(self)

    @property
    def data(self) -> bytes:
        """The column as canonical JSON, in UTF-8."""
        if self._data is not None:
            return self._data
        # %d is safe because the types were checked: it would write 1 for 1.5.
        return b"[%b]" % (b"%d," * len(self) % self)[:-1]

    @property
    def text(self) -> str:
        """The column as canonical JSON."""
        return self.data.decode("ascii")


def _any_negative(values: Sequence[int]) -> bool:
    """Whether any integer is negative, for integers below 2^64. This is faster than computing the minimum."""
    try:
        struct.pack(f"{len(values)}Q", *values)
    except struct.error:
        return True
    return False
