"""A column of a frame: its type, and its values as plain Python values."""

from collections.abc import Sequence
from typing import Any, Final

from attrs import field, frozen

# The kinds of columns that have values. A column of any other kind is known by its type alone.
INTEGER: Final = "integer"
DECIMAL: Final = "decimal"
TEXT: Final = "text"
NUMBER: Final = "number"
INSTANT: Final = "instant"
DATE: Final = "date"
NULL: Final = "null"

# The kinds of columns that are refused by their type.
FLOAT: Final = "float"
NAIVE: Final = "naive"
BOOLEAN: Final = "boolean"
OTHER: Final = "other"


@frozen(kw_only=True)
class TypedColumn:
    """A column of a frame.

    Args:
        name: The name of the column in its frame; empty for a column by itself.
        kind: What its values are: ``integer``; ``decimal`` (a fixed number of places); ``text``; ``number`` (Python's
            Decimals); ``instant`` (a timestamp with a zone); ``date``; ``null`` (nothing but nulls); or, without
            values, ``float``, ``naive`` (a timestamp without a zone), ``boolean`` or ``other``.
        type: What the frame's library calls the type, for messages.
        values: One value for each row; None is a null. An integer; of a decimal, the value times *scale*; a text; a
            Decimal; of an instant, the units since 1970-01-01 UTC, *scale* of which are a second; of a date, the days
            since 1970-01-01.
        scale: What one of the column's wholes is in units of its values: 100 for a decimal of two places.
        has_nulls: Whether any value is None.
    """

    name: str
    kind: str
    type: str
    values: Sequence[Any] = field(default=(), repr=False)
    scale: int = 1
    has_nulls: bool = False

    @property
    def null_at(self) -> int:
        """The position of the first null, from 0; -1 without one."""
        return next((at for at, value in enumerate(self.values) if value is None), -1)
