"""The values of Arrow columns as plain Python values: exact, and in the order of the rows."""

import ctypes
import struct
import sys
from collections.abc import Callable, Collection, Iterator
from itertools import pairwise
from typing import Any, Final, cast

from attrs import define, field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.metering.columns import typed
from carbon_ledger.metering.columns.arrow_c import Array, ArrowField, arrow_chunks
from carbon_ledger.metering.columns.typed import TypedColumn
from carbon_ledger.printing import quote

_INTEGERS: Final = {
    "c": ("b", "int8"),
    "C": ("B", "uint8"),
    "s": ("h", "int16"),
    "S": ("H", "uint16"),
    "i": ("i", "int32"),
    "I": ("I", "uint32"),
    "l": ("q", "int64"),
    "L": ("Q", "uint64"),
}
_FLOATS: Final = {"e": "float16", "f": "float32", "g": "float64"}
_TEXTS: Final = ("u", "U", "vu")
_TIMES: Final = {"tss": ("s", 1), "tsm": ("ms", 10**3), "tsu": ("us", 10**6), "tsn": ("ns", 10**9)}
_NAMES: Final = {"b": "boolean", "n": "null", "u": "text", "U": "text", "vu": "text", "tdD": "date", "tdm": "date"}
_BITS: Final = (32, 64, 128, 256)
_MOST_PLACES: Final = 76
_DAY_MS: Final = 86_400_000
_INLINE: Final = 12  # the most octets of a text that stands in its view

Decoder = Callable[[Array, int, int], list[Any]]


@define
class _Reader:
    """One column while its chunks are read."""

    item: ArrowField
    what: str
    kind: str
    type: str
    scale: int
    decode: Decoder | None
    values: list[Any] = field(factory=list)
    has_nulls: bool = False

    def add(self, array: Array, offset: int, length: int) -> None:
        if self.decode is None or length == 0:
            return
        values = _present(array, offset, length, self.decode, self.what)
        self.has_nulls = self.has_nulls or values.count(None) > 0
        self.values += values

    def column(self) -> TypedColumn:
        return TypedColumn(
            name=self.item.name,
            kind=self.kind,
            type=self.type,
            values=self.values,
            scale=self.scale,
            has_nulls=self.has_nulls,
        )


@frozen(kw_only=True)
class ArrowTable:
    """What was read of a table, or of a column by itself.

    Args:
        columns: The columns that were read.
        is_table: Whether it is a table.
        rows: How many rows were read.
        headers: The names of all columns.
    """

    columns: tuple[TypedColumn, ...]
    is_table: bool
    rows: int
    headers: tuple[str, ...]


def arrow_columns(source: object, names: Collection[str], what: str) -> ArrowTable:
    """The columns of a table, or the one column, that has the Arrow C data interface.

    Args:
        source: The table or column.
        names: Which columns of a table are read. Without any, a table is not read.
        what: What it is called, for messages.

    Raises:
        QuantityError: The producer failed, or what it handed over is not what the interface says.
        MissingExtraError: The producer needs a library that is not installed.
    """
    rows = 0
    with arrow_chunks(source, what) as (kind, chunks):
        is_table = kind.format == "+s"
        wanted = [at for at, child in enumerate(kind.children) if is_table and child.name in names]
        readers = [_reader(kind.children[at], f"{what}, column {quote(kind.children[at].name)}") for at in wanted]
        if not is_table:
            readers = [_reader(kind, what)]
        for array in chunks if readers else ():
            _check(array, what)
            rows += array.length
            if not is_table:
                readers[0].add(array, array.offset, array.length)
                continue
            _require_rows(array, len(kind.children), what)
            for at, reader in zip(wanted, readers, strict=True):
                child = array.children[at].contents
                reader.add(child, child.offset + array.offset, array.length)
    return ArrowTable(
        columns=tuple(reader.column() for reader in readers),
        is_table=is_table,
        rows=rows,
        headers=tuple(child.name for child in kind.children),
    )


def _reader(item: ArrowField, what: str) -> _Reader:
    kind, name, scale, decode = _type_of(item, what)
    return _Reader(item, what, kind, name, scale, decode)


def _type_of(item: ArrowField, what: str) -> tuple[str, str, int, Decoder | None]:
    """The kind of a column, the name of its type, its scale, and what reads its values."""
    code = item.format
    if item.extension:
        return typed.OTHER, f"the extension type {quote(item.extension)}", 1, None
    if item.dictionary is not None:
        return _encoded(item, item.dictionary, what)
    if code in _INTEGERS:
        return typed.INTEGER, _INTEGERS[code][1], 1, lambda *part: _integers(code, *part)
    if code in _FLOATS:
        return typed.FLOAT, _FLOATS[code], 1, None
    if code in _TEXTS:
        return typed.TEXT, "text", 1, _views if code == "vu" else lambda *part: _texts(code, *part)
    if code.startswith("d:"):
        return _decimal(code, what)
    if code in ("tdD", "tdm"):
        return typed.DATE, "date", 1, _days(what) if code == "tdm" else lambda *part: _integers("i", *part)
    unit, colon, zone = code.partition(":")
    if unit in _TIMES and colon:
        word, scale = _TIMES[unit]
        if not zone:
            return typed.NAIVE, f"timestamp[{word}]", 1, None
        return typed.INSTANT, f"timestamp[{word}, {zone}]", scale, lambda *part: _integers("l", *part)
    if code == "n":
        return typed.NULL, "null", 1, lambda _, __, length: [None] * length
    return (typed.BOOLEAN if code == "b" else typed.OTHER), _NAMES.get(code, f"Arrow's {quote(code, 40)}"), 1, None


def _encoded(item: ArrowField, values: ArrowField, what: str) -> tuple[str, str, int, Decoder | None]:
    """The type of the values of a dictionary, and how an array of its keys is read.

    Raises:
        QuantityError: When an array is read: its dictionary lacks its values, or one of them.
    """
    kind, name, scale, decode = _type_of(values, what)
    code = item.format
    if decode is None or code not in _INTEGERS:
        return kind, name, scale, None
    inner = decode

    def looked_up(array: Array, offset: int, length: int) -> list[Any]:
        if not array.dictionary:
            raise QuantityError(f"{what}: a dictionary without its values")
        words = array.dictionary.contents
        _check(words, what)
        meanings = _present(words, words.offset, words.length, inner, what) if words.length else []
        known = _valid(array, offset, length)
        keys = _integers(code, array, offset, length)
        if known is not None:
            keys = [key if valid else -1 for key, valid in zip(keys, known, strict=True)]
        elif -1 in keys:
            return []
        if keys and not -1 <= min(keys) <= max(keys) < len(meanings):
            raise QuantityError(f"{what}: a dictionary lacks a value")
        meanings.append(None)  # which is that of -1
        return [meanings[key] for key in keys]

    return kind, name, scale, looked_up


def _decimal(code: str, what: str) -> tuple[str, str, int, Decoder | None]:
    parts = code[2:].split(",")
    wrong = QuantityError(f"{what}: {quote(code, 40)} is not a type of the Arrow C data interface")
    try:
        precision, scale, bits = int(parts[0]), int(parts[1]), int(parts[2]) if len(parts) > 2 else 128
    except (ValueError, IndexError):
        raise wrong from None
    if bits not in _BITS or abs(scale) > _MOST_PLACES:
        raise wrong
    width, grow = bits // 8, 10 ** max(0, -scale)

    def unscaled(array: Array, offset: int, length: int) -> list[Any]:
        octets = bytes(_buffer(array, 1, offset * width, length * width))
        read, order = int.from_bytes, sys.byteorder
        return [grow * read(octets[at : at + width], order, signed=True) for at in range(0, len(octets), width)]

    return typed.DECIMAL, f"decimal{bits}({precision}, {scale})", 10 ** max(0, scale), unscaled


def _check(array: Array, what: str) -> None:
    if array.length < 0 or array.offset < 0 or array.n_buffers < 0 or array.n_children < 0:
        raise QuantityError(f"{what}: not a valid array of the Arrow C data interface")


def _require_rows(array: Array, columns: int, what: str) -> None:
    if array.n_children != columns:
        raise QuantityError(f"{what}: a chunk has {array.n_children} columns, and the schema {columns}")
    valid = _valid(array, array.offset, array.length)
    if valid is not None and not all(valid):
        raise QuantityError(f"{what}: a whole row is null; remove it")


def _present(array: Array, offset: int, length: int, decode: Decoder, what: str) -> list[Any]:
    """The values of a part of an array, None for nulls."""
    _check(array, what)
    try:
        values = decode(array, offset, length)
    except UnicodeDecodeError:
        raise QuantityError(f"{what}: a text is not UTF-8") from None
    if len(values) != length:
        raise QuantityError(f"{what}: not a valid array of the Arrow C data interface")
    valid = _valid(array, offset, length)
    return values if valid is None else [value if known else None for value, known in zip(values, valid, strict=True)]


def _valid(array: Array, offset: int, length: int) -> list[bool] | None:
    """Which values are not null; None if all are."""
    if array.null_count == 0 or array.n_buffers < 1 or not array.buffers[0] or length == 0:
        return None
    begin, end = offset // 8, (offset + length + 7) // 8
    octets = bytes(_buffer(array, 0, begin, end - begin))
    bits = (int.from_bytes(octets, "little") >> offset % 8) & ((1 << length) - 1)
    if bits.bit_count() == length:
        return None
    return [bit == "1" for bit in reversed(f"{bits:0{length}b}")]


def _buffer(array: Array, at: int, begin: int, size: int) -> memoryview:
    """Octets of a buffer, in place: valid until the array is released."""
    if size == 0:
        return memoryview(b"")
    address = array.buffers[at] if at < array.n_buffers else None
    if not address:
        raise QuantityError("an array of the Arrow C data interface lacks a buffer")
    return memoryview((ctypes.c_char * size).from_address(address + begin)).cast("B")


def _integers(code: str, array: Array, offset: int, length: int) -> list[Any]:
    form = _INTEGERS[code][0]
    width = struct.calcsize(form)
    return [*_buffer(array, 1, offset * width, length * width).cast(cast("Any", form))]


def _days(what: str) -> Decoder:
    """What reads a column of dates in milliseconds, as days.

    Raises:
        QuantityError: When called: a value that is not null is no whole day.
    """

    def decode(array: Array, offset: int, length: int) -> list[Any]:
        values = _integers("l", array, offset, length)
        valid = _valid(array, offset, length) or [True] * length
        wrong = next((ms for ms, known in zip(values, valid, strict=False) if known and ms % _DAY_MS), None)
        if wrong is not None:
            raise QuantityError(
                f"{what}: a date of {wrong} ms since 1970-01-01 is no whole day; pass a column of date32, or of "
                "times with a zone"
            )
        return [ms // _DAY_MS for ms in values]

    return decode


def _texts(code: str, array: Array, offset: int, length: int) -> list[Any]:
    form, width = ("i", 4) if code == "u" else ("q", 8)
    ends = _buffer(array, 1, offset * width, (length + 1) * width).cast(cast("Any", form)).tolist()
    first, last = ends[0], ends[-1]
    if not all(low <= high for low, high in pairwise(ends)) or first < 0:
        return []
    octets = bytes(_buffer(array, 2, first, last - first))
    valid = _valid(array, offset, length)
    return [
        octets[low - first : high - first].decode() if valid is None or valid[at] else None
        for at, (low, high) in enumerate(pairwise(ends))
    ]


def _views(array: Array, offset: int, length: int) -> list[Any]:
    return [*_viewed(array, offset, length)]


def _viewed(array: Array, offset: int, length: int) -> Iterator[str | None]:
    """Texts by their views: a length, then the text itself, or the buffer and the place at which it stands."""
    count = array.n_buffers - 3  # beside them the nulls, the views, and the sizes of the buffers
    sizes = [*_buffer(array, array.n_buffers - 1, 0, count * 8).cast("q")] if count > 0 else []
    held = [_buffer(array, 2 + at, 0, max(0, size)) for at, size in enumerate(sizes)]
    views = bytes(_buffer(array, 1, offset * 16, length * 16))
    words = memoryview(views).cast("i").tolist()
    valid = _valid(array, offset, length)
    for at, (size, buffer, begin) in enumerate(zip(words[::4], words[2::4], words[3::4], strict=True)):
        if valid is not None and not valid[at]:
            yield None
        elif 0 <= size <= _INLINE:
            yield views[at * 16 + 4 : at * 16 + 4 + size].decode()
        elif size < 0 or not 0 <= buffer < len(sizes) or not 0 <= begin <= sizes[buffer] - size:
            return
        else:
            yield bytes(held[buffer][begin : begin + size]).decode()
