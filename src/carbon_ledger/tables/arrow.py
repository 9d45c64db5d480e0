"""Tables as Arrow streams, which pyarrow, pandas, polars, DuckDB and others read without a copy.

This is the only module that imports nanoarrow, the extra ``frames``. It makes no float. Text is ``utf8``, an integer
``int64``, a time ``timestamp[us, UTC]``, a date ``date32``, and a boolean ``bool``. A Decimal is ``decimal128(38, s)``,
where *s* is the largest number of places of the column. A column of Decimals that needs more than 38 digits is
``utf8``.

A caller may ask for another representation of the same columns, such as ``large_utf8`` or ``int32``. As the Arrow
PyCapsule interface has it, the representation is used if every value is the same in it, a request that cannot be met is
ignored, and a request with other columns is an error.
"""

import re
from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from sys import byteorder
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import frozen

from carbon_ledger.errors import MissingExtraError, QuantityError
from carbon_ledger.exact import text_of
from carbon_ledger.printing import named, quote
from carbon_ledger.tables.columns import BOOLEAN, DATE, DECIMAL, INTEGER, TEXT, TIME, Column, Table

if TYPE_CHECKING:
    from nanoarrow import Schema
    from nanoarrow.c_schema import CSchema

MOST_ROWS: Final = 65_536  # of a batch: with longer batches, the offsets of long texts would not fit in 32 bits
MOST_DIGITS: Final = 38  # of decimal128
_MOST_WIDE: Final = 76  # of decimal256
_DECIMAL: Final = re.compile("d:([0-9]{1,2}),([0-9]{1,2})(?:,(128|256))?")  # digits, places and bits
_ABSENT: Final = "tables as Arrow need the library nanoarrow: pip install 'carbon-ledger[frames]'"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = date(1970, 1, 1).toordinal()
_MICROSECOND: Final = timedelta(microseconds=1)
_LONG_TEXT: Final = "U"
# The formats of the Arrow C data interface, with the type codes of Python's arrays.
_INTEGERS: Final = {"c": "b", "C": "B", "s": "h", "S": "H", "i": "i", "I": "I", "l": "q", "L": "Q"}
_INTEGER_NAMES: Final = dict(zip("cCsSiIlL", ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
                                 strict=True))  # fmt: skip

Buffer: TypeAlias = "bytes | array[int]"
Values: TypeAlias = Sequence[Any]


@frozen
class _Field:
    """A column of the stream: its type, and what makes the buffers of a batch."""

    name: str
    type: "Schema"
    buffers: Callable[[Values], list[Buffer]]


def stream(table: Table, requested: object = None) -> object:
    """A table as an Arrow C stream.

    Args:
        table: The table.
        requested: A capsule with an Arrow schema, or None.

    Returns:
        A capsule named ``arrow_array_stream``. Its destructor releases what nobody read.

    Raises:
        MissingExtraError: nanoarrow is not installed.
        QuantityError: An integer is outside the range of 64 bits, or *requested* is no schema of the table's columns.
    """
    try:
        import nanoarrow as na
        from nanoarrow.c_array_stream import CArrayStream
    except ImportError as error:
        raise MissingExtraError(_ABSENT) from error
    fields = _fields(table, requested)
    schema = na.struct({item.name: item.type for item in fields}, nullable=False)
    batches = []
    for start in range(0, len(table.rows), MOST_ROWS):
        rows = table.rows[start : start + MOST_ROWS]
        columns = [_array(item, [row[k] for row in rows]) for k, item in enumerate(fields)]
        batches.append(na.c_array_from_buffers(schema, len(rows), [None], null_count=0, children=columns))
    capsule: object = CArrayStream.from_c_arrays(batches, na.c_schema(schema), move=True).__arrow_c_stream__()
    return capsule


def _array(item: _Field, values: Values) -> Any:
    import nanoarrow as na

    missing = values.count(None)
    validity = _bits([value is not None for value in values]) if missing else None
    try:
        buffers = item.buffers(values)
    except OverflowError:
        raise QuantityError(
            f"column {named(item.name)}: {MOST_ROWS:,} rows with more than 2 GiB of text; expected shorter text"
        ) from None
    return na.c_array_from_buffers(item.type, len(values), [validity, *buffers], null_count=missing)


def _fields(table: Table, requested: object) -> list[_Field]:
    own = [_own(column, values) for column, values in table.values()]
    if requested is None:
        return own
    children = _children(table, requested)
    found = [_asked(child, *column) for child, column in zip(children, table.values(), strict=True)]
    return own if None in found else [item for item in found if item is not None]


def _children(table: Table, requested: object) -> "list[CSchema]":
    """The fields of a requested schema, which has the table's columns."""
    import nanoarrow as na

    try:
        schema = na.c_schema(requested)
        children = list(schema.children) if schema.format == "+s" else []
        names = [child.name for child in children if isinstance(child.format, str)]  # a format can be no UTF-8
    except (TypeError, ValueError, RuntimeError):
        raise QuantityError(f"requested_schema {quote(requested)}: expected a capsule with an Arrow schema") from None
    if names != [item.name for item in table.columns]:
        raise QuantityError(
            f"requested_schema: it has the columns {quote(names)}, expected those of the table: "
            f"{quote([item.name for item in table.columns])}"
        )
    return children


def _own(column: Column, values: Values) -> _Field:
    """A column in the type that its kind has."""
    import nanoarrow as na

    name, kind = column.name, column.kind
    if kind == INTEGER:
        for value in values:
            if value is not None and not -(2**63) <= value < 2**63:
                raise QuantityError(
                    f"column {named(name)}: {quote(value)} is outside the range of 64 bits, which Arrow's integers "
                    "have; write the table as CSV, JSON lines or Excel, which have every digit"
                )
        return _Field(name, na.int64(), _numbers("q"))
    if kind == DECIMAL:
        whole, places = _digits(values)
        if whole + places <= MOST_DIGITS:
            return _Field(name, na.decimal128(MOST_DIGITS, places), _decimals(places, 16))
        return _Field(name, na.string(), _texts("i"))
    if kind == TIME:
        return _Field(name, na.timestamp("us", timezone="UTC"), _times)
    if kind == DATE:
        return _Field(name, na.date32(), _days)
    return _Field(name, na.bool_(), _booleans) if kind == BOOLEAN else _Field(name, na.string(), _texts("i"))


def _asked(child: "CSchema", column: Column, values: Values) -> _Field | None:
    """A column in a requested type; None if the column cannot be given in it exactly."""
    import nanoarrow as na

    own, wanted = _own(column, values), child.format
    if wanted == na.c_schema(own.type).format:
        return own
    if wanted == _LONG_TEXT and (column.kind == TEXT or na.c_schema(own.type).format == "u"):
        return _Field(column.name, na.large_string(), _texts("q"))
    if column.kind == INTEGER and wanted in _INTEGERS:
        try:
            array(_INTEGERS[wanted], [value for value in values if value is not None])
        except OverflowError:
            return None
        return _Field(column.name, getattr(na, _INTEGER_NAMES[wanted])(), _numbers(_INTEGERS[wanted]))
    return _asked_decimal(wanted, column, values) if column.kind == DECIMAL else None


def _asked_decimal(wanted: str, column: Column, values: Values) -> _Field | None:
    import nanoarrow as na

    if wanted == "u":
        return _Field(column.name, na.string(), _texts("i"))
    parts = _DECIMAL.fullmatch(wanted)
    if parts is None:
        return None
    (digits, scale), wide = map(int, parts.group(1, 2)), parts[3] == "256"
    whole, places = _digits(values)
    if scale < places or digits - scale < whole or not 1 <= digits <= (_MOST_WIDE if wide else MOST_DIGITS):
        return None
    made = na.decimal256 if wide else na.decimal128
    return _Field(column.name, made(digits, scale), _decimals(scale, 32 if wide else 16))


def _bits(values: Sequence[bool]) -> bytes:
    """Bits, the first in the lowest place of the first byte."""
    text = "".join("1" if value else "0" for value in reversed(values))
    return int(text or "0", 2).to_bytes(-(-len(values) // 8), "little")


def _booleans(values: Values) -> list[Buffer]:
    return [_bits([value is True for value in values])]


def _numbers(code: str) -> Callable[[Values], list[Buffer]]:
    return lambda values: [array(code, [value or 0 for value in values])]


def _days(values: Values) -> list[Buffer]:
    return [array("i", [0 if value is None else value.toordinal() - _DAY for value in values])]


def _times(values: Values) -> list[Buffer]:
    return [array("q", [0 if value is None else (value - _EPOCH) // _MICROSECOND for value in values])]


def _texts(code: str) -> Callable[[Values], list[Buffer]]:
    def buffers(values: Values) -> list[Buffer]:
        texts = [_text(value).encode() for value in values]
        return [array(code, accumulate(map(len, texts), initial=0)), b"".join(texts)]

    return buffers


def _text(value: str | Decimal | None) -> str:
    return text_of(value) if isinstance(value, Decimal) else value or ""


def _digits(values: Values) -> tuple[int, int]:
    """The most digits before and after the point of Decimals."""
    parts = [text_of(value).lstrip("-").split(".") for value in values if value is not None]
    places = max((len(part[1]) for part in parts if len(part) > 1), default=0)
    return max((len(part[0].lstrip("0")) for part in parts), default=0), places


def _decimals(places: int, size: int) -> Callable[[Values], list[Buffer]]:
    def buffers(values: Values) -> list[Buffer]:
        numbers = [0 if value is None else _unscaled(value, places) for value in values]
        return [b"".join([number.to_bytes(size, byteorder, signed=True) for number in numbers])]

    return buffers


def _unscaled(value: Decimal, places: int) -> int:
    whole, _, part = text_of(value).partition(".")
    return int(f"{whole}{part.ljust(places, '0')}")
