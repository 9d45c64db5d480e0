"""Columns: long sequences of whole numbers, checked once."""

import struct
from collections.abc import Iterable, Sequence
from typing import Final, Self

from carbon_ledger._accelerator import accelerator
from carbon_ledger.errors import QuantityError
from carbon_ledger.printing import quote

MAX_INTEGER: Final = 2**53 - 1


class Column(tuple[int, ...]):
    """A sequence of whole numbers that was checked when it was made.

    Args:
        values: One integer or more, each below 2^53 in magnitude.

    Attributes:
        most: The greatest value.
        total: The sum of the values.

    Raises:
        QuantityError: *values* is empty, or a value is not such an integer.

    Example:
        >>> Column([3, -1]).total
        2
    """

    most: int
    total: int

    def __new__(cls, values: Iterable[int]) -> Self:
        """Check the values, and compute their maximum and their sum."""
        column = super().__new__(cls, values)
        if not column:
            raise QuantityError("a column is empty: expected one whole number for each step")
        if list(map(type, column)).count(int) != len(column):
            wrong: object = next(item for item in column if type(item) is not int)
            raise QuantityError(f"{quote(wrong)} is not a plain integer below 2^53 in magnitude")
        column.most, column.total = max(column), sum(column)
        if column.most > MAX_INTEGER or (_any_negative(column) and column.least < -MAX_INTEGER):
            wrong = column.least if column.least < -MAX_INTEGER else column.most
            raise QuantityError(f"{quote(wrong)} is not a plain integer below 2^53 in magnitude")
        return column

    @property
    def least(self) -> int:
        """The smallest value."""
        return min(self)

    @property
    def text(self) -> str:
        """The column as canonical JSON."""
        if (fast := accelerator()) is not None:
            return fast.encode(self).decode()
        # %d is safe because the types were checked: it would write 1 for 1.5.
        return f"[{('%d,' * len(self) % self)[:-1]}]"


def _any_negative(values: Sequence[int]) -> bool:
    """Whether any integer is negative, for integers below 2^64. This is faster than computing the minimum."""
    try:
        struct.pack(f"{len(values)}Q", *values)
    except struct.error:
        return True
    return False
