"""A producer of the Arrow C data interface without a library of Arrow: what it hands over may be wrong on purpose."""

import ctypes
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from carbon_ledger.metering.columns.arrow_c import Array, Schema, Stream

_NEW = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
    ("PyCapsule_New", ctypes.pythonapi)
)
_RELEASE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_NEXT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_LAST_ERROR = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)


@dataclass
class Node:
    """A column, or a table of columns: its type, and one chunk of its values."""

    format: bytes
    length: int = 0
    buffers: Sequence[bytes | None] = ()
    name: bytes = b""
    null_count: int = 0
    offset: int = 0
    children: Sequence["Node"] = ()
    dictionary: "Node | None" = None
    metadata: bytes | None = None


def integers(values: Sequence[int], name: bytes = b"", **more: Any) -> Node:
    """A column of int64."""
    return Node(b"l", len(values), (None, struct.pack(f"{len(values)}q", *values)), name, **more)


def instants(seconds: Sequence[int], name: bytes = b"time", zone: bytes = b"UTC") -> Node:
    """A column of timestamps in seconds."""
    column = integers(seconds, name)
    column.format = b"tss:" + zone
    return column


def table(*columns: Node, **more: Any) -> Node:
    """A table of columns of one length."""
    return Node(b"+s", columns[0].length, (None,), children=columns, **more)


@dataclass
class Producer:
    """A stream of chunks. It counts what was released."""

    chunks: Sequence[Node]
    fails_at: int = -1
    schema_fails: bool = False
    released: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        stream, waiting = Stream(), list(self.chunks)

        def schema(_: int, result: int) -> int:
            if self.schema_fails:
                return 5
            self._schema(self.chunks[0], Schema.from_address(result))
            return 0

        def following(_: int, result: int) -> int:
            if len(self.chunks) - len(waiting) == self.fails_at:
                return 5
            if waiting:
                self._array(waiting.pop(0), Array.from_address(result))
            return 0

        text = ctypes.create_string_buffer(b"the disk is gone")
        stream.get_schema = self._callback(_NEXT, schema)
        stream.get_next = self._callback(_NEXT, following)
        stream.get_last_error = self._callback(_LAST_ERROR, lambda _: ctypes.addressof(text))
        stream.release = self._callback(_RELEASE, lambda _: None)
        self.kept += [stream, text]
        return _NEW(ctypes.addressof(stream), b"arrow_array_stream", None)

    def schema_capsule(self) -> object:
        """The schema of the first chunk alone, as a consumer hands it over with a request."""
        schema = Schema()
        self._schema(self.chunks[0], schema)
        return _NEW(ctypes.addressof(schema), b"arrow_schema", None)

    def _callback(self, kind: Any, function: Any) -> Any:
        made = kind(function)
        self.kept.append(made)
        return ctypes.cast(made, ctypes.c_void_p)

    def _release_of(self, structure: Any, what: str) -> Any:
        self.given.append(what)

        def release(address: int) -> None:
            structure.from_address(address).release = None
            self.released.append(what)

        return self._callback(_RELEASE, release)

    def _schema(self, node: Node, into: Any, depth: int = 0) -> None:
        into.format, into.name, into.flags = node.format, node.name, 2
        if node.metadata is not None:
            text = ctypes.create_string_buffer(node.metadata, len(node.metadata))
            self.kept.append(text)
            into.metadata = ctypes.addressof(text)
        into.n_children = len(node.children)
        children = [Schema() for _ in node.children]
        for child, made in zip(node.children, children, strict=True):
            self._schema(child, made, depth + 1)
        pointers = (ctypes.POINTER(Schema) * len(children))(*map(ctypes.pointer, children))
        into.children = ctypes.cast(pointers, ctypes.POINTER(ctypes.POINTER(Schema)))
        if node.dictionary is not None:
            words = Schema()
            self._schema(node.dictionary, words, depth + 1)
            into.dictionary = ctypes.pointer(words)
            self.kept.append(words)
        into.release = self._callback(_RELEASE, lambda _: None) if depth else self._release_of(Schema, "schema")
        self.kept += [children, pointers, into]

    def _array(self, node: Node, into: Any, depth: int = 0) -> None:
        into.length, into.null_count, into.offset = node.length, node.null_count, node.offset
        texts = [
            None if item is None else ctypes.create_string_buffer(item, max(1, len(item))) for item in node.buffers
        ]
        addresses = [None if item is None else ctypes.addressof(item) for item in texts]
        buffers = (ctypes.c_void_p * max(1, len(addresses)))(*addresses)
        into.n_buffers = len(addresses)
        into.buffers = ctypes.cast(buffers, ctypes.POINTER(ctypes.c_void_p))
        children = [Array() for _ in node.children]
        for child, made in zip(node.children, children, strict=True):
            self._array(child, made, depth + 1)
        pointers = (ctypes.POINTER(Array) * len(children))(*map(ctypes.pointer, children))
        into.n_children = len(children)
        into.children = ctypes.cast(pointers, ctypes.POINTER(ctypes.POINTER(Array)))
        if node.dictionary is not None:
            words = Array()
            self._array(node.dictionary, words, depth + 1)
            into.dictionary = ctypes.pointer(words)
            self.kept.append(words)
        into.release = self._callback(_RELEASE, lambda _: None) if depth else self._release_of(Array, "array")
        self.kept += [texts, buffers, children, pointers]
