"""Columns of Python values as arrays of Arrow, made of their bytes.

`pyarrow.array` looks at each value, and it imports pandas where that is installed, which takes longer than the checks
of a small ledger. Here a column without absent values is joined to one buffer; any other takes the ordinary way.
"""

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any


class Arrays:
    """Makes arrays of Arrow.

    Args:
        pa: The module pyarrow.
    """

    def __init__(self, pa: Any) -> None:
        """Note the module and its types."""
        self._pa = pa
        self._kinds = {"integer": pa.int64(), "text": pa.large_string(), "blob": pa.large_binary()}

    def of(self, kind: str, values: Sequence[Any]) -> Any:
        """The array of a column's values.

        Args:
            kind: `integer`, `text` or `blob`.
            values: The values; None where a value is absent.

        Raises:
            TypeError: A value has another type.
            OverflowError: An integer does not fit into 64 bits.
            pyarrow.ArrowException: The same, of a column with absent values.
        """
        types = set(map(type, values))
        if kind == "integer" and types == {int}:
            return self._pa.Array.from_buffers(
                self._kinds[kind], len(values), [None, self._pa.py_buffer(array("q", values))]
            )
        if kind == "text" and types == {str}:
            return self._bytes(kind, [text.encode() for text in values])
        if kind == "blob" and types == {bytes}:
            return self._bytes(kind, values)
        return self._pa.array(values, self._kinds[kind])

    def _bytes(self, kind: str, values: Sequence[bytes]) -> Any:
        ends = array("q", [0])
        ends.extend(accumulate(map(len, values)))
        buffers = [None, self._pa.py_buffer(ends), self._pa.py_buffer(b"".join(values))]
        return self._pa.Array.from_buffers(self._kinds[kind], len(values), buffers)
