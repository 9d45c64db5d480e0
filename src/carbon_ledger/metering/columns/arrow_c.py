"""The Arrow C data interface: its structures, and the columns and chunks that a producer hands over.

The interface is a stable binary interface of three structures, made to be read by programs that have no library of
Arrow. What a producer hands over is released when it was read.
"""

import ctypes
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from attrs import frozen

from carbon_ledger.errors import MissingExtraError, QuantityError
from carbon_ledger.printing import quote

_EXTENSION: Final = b"ARROW:extension:name"
_FLAT: Final = 64  # the most levels of nested types that are read


class Schema(ctypes.Structure):
    """``struct ArrowSchema``."""


class Array(ctypes.Structure):
    """``struct ArrowArray``."""


class Stream(ctypes.Structure):
    """``struct ArrowArrayStream``."""


Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(Schema))),
    ("dictionary", ctypes.POINTER(Schema)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(Array))),
    ("dictionary", ctypes.POINTER(Array)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
Stream._fields_ = [
    ("get_schema", ctypes.c_void_p),
    ("get_next", ctypes.c_void_p),
    ("get_last_error", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]

_NEXT: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_LAST_ERROR: Final = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)
_RELEASE: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_POINTER_OF: Final = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


@frozen(kw_only=True)
class ArrowField:
    """The type of a column or of a whole table.

    Args:
        name: Its name; empty for a column by itself.
        format: The type, as the interface writes it: ``l`` for int64, ``tsu:UTC``, ``d:38,2``, ``+s`` for a table.
        extension: The name of an extension type; empty for an ordinary one.
        children: The columns of a table.
        dictionary: The type of the values, if the column is encoded by a dictionary.
    """

    name: str
    format: str
    extension: str
    children: tuple["ArrowField", ...]
    dictionary: "ArrowField | None"


@contextmanager
def arrow_chunks(source: Any, what: str) -> Iterator[tuple[ArrowField, Iterator[Array]]]:
    """The type and the chunks of anything that has ``__arrow_c_stream__`` or ``__arrow_c_array__``.

    Args:
        source: A table, a column or a batch. A stream can be read once.
        what: What it is called, for messages.

    Returns:
        The type, and the chunks, each of which is valid until the next one is taken.

    Raises:
        QuantityError: The producer failed, or what it handed over is not what the interface says.
        MissingExtraError: The producer needs a library that is not installed.
    """
    if hasattr(source, "__arrow_c_stream__"):
        capsule = _asked(source.__arrow_c_stream__, what)
        stream = Stream.from_address(_address(capsule, b"arrow_array_stream", what))
        yield _stream_field(stream, what), _chunks(stream, what)
        return
    pair = _asked(source.__arrow_c_array__, what)
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise QuantityError(f"{what}: __arrow_c_array__ gave {quote(pair, 60)}; expected a schema and an array")
    schema = Schema.from_address(_address(pair[0], b"arrow_schema", what))
    array = Array.from_address(_address(pair[1], b"arrow_array", what))
    yield _field(schema, what), iter((array,))


def _asked(method: Callable[[], object], what: str) -> object:
    try:
        return method()
    except ImportError as error:
        raise MissingExtraError(
            f"{what}: its own library needs another one to hand it over: {quote(str(error), 300)}"
        ) from None
    except Exception as error:
        raise QuantityError(f"{what}: it could not be handed over as Arrow: {quote(str(error), 300)}") from None


def _address(capsule: object, name: bytes, what: str) -> int:
    try:
        return int(_POINTER_OF(capsule, name))
    except (ValueError, TypeError):
        raise QuantityError(f"{what}: {quote(capsule, 60)} is not a capsule of the Arrow C data interface") from None


def _stream_field(stream: Stream, what: str) -> ArrowField:
    schema = Schema()
    _call(stream, stream.get_schema, schema, what)
    try:
        return _field(schema, what)
    finally:
        _release(schema)


def _chunks(stream: Stream, what: str) -> Iterator[Array]:
    while True:
        array = Array()
        _call(stream, stream.get_next, array, what)
        if not array.release:
            return
        try:
            yield array
        finally:
            _release(array)


def _call(stream: Stream, function: int | None, result: ctypes.Structure, what: str) -> None:
    if not stream.release or not function:
        raise QuantityError(f"{what}: its Arrow stream was read before; a stream can be read once")
    if _NEXT(function)(ctypes.addressof(stream), ctypes.addressof(result)) == 0:
        return
    text = _LAST_ERROR(stream.get_last_error)(ctypes.addressof(stream)) if stream.get_last_error else None
    reason = (text or b"no reason given").decode("utf-8", "replace")
    raise QuantityError(f"{what}: its Arrow stream ended with an error: {quote(reason, 300)}")


def _release(owned: Any) -> None:
    if owned.release:
        _RELEASE(owned.release)(ctypes.addressof(owned))


def _field(schema: Any, what: str, depth: int = 0) -> ArrowField:
    if not schema.release or depth > _FLAT or schema.n_children < 0:
        raise QuantityError(f"{what}: not a valid schema of the Arrow C data interface")
    children = tuple(_field(schema.children[at].contents, what, depth + 1) for at in range(schema.n_children))
    dictionary = _field(schema.dictionary.contents, what, depth + 1) if schema.dictionary else None
    return ArrowField(
        name=(schema.name or b"").decode("utf-8", "replace"),
        format=(schema.format or b"").decode("utf-8", "replace"),
        extension=_extension(schema.metadata),
        children=children,
        dictionary=dictionary,
    )


def _extension(metadata: int | None) -> str:
    """The name of the extension type in the metadata of a field: a count, then keys and values with their lengths."""
    if not metadata:
        return ""
    at = metadata

    def number() -> int:
        nonlocal at
        (value,) = struct.unpack("=i", ctypes.string_at(at, 4))
        at += 4
        return int(value)

    def text() -> bytes:
        nonlocal at
        length = number()
        value = ctypes.string_at(at, length)
        at += length
        return value

    for _ in range(number()):
        key, value = text(), text()
        if key == _EXTENSION:
            return value.decode("utf-8", "replace")
    return ""
