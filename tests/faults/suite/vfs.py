"""SQLite's file system with a watcher at each operation, and the store made to use it.

The standard library's sqlite3 cannot have a VFS of its own, so the store's connection is replaced by one of apsw:
the same statements, SQLite's own pager, and every write, truncation and sync in our hands.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, NamedTuple
from unittest import mock

import apsw

_NUMBERS: Final = count()
_CONNECT: Final = sqlite3.connect


class Op(NamedTuple):
    """What SQLite is about to do to a file.

    Attributes:
        kind: create, read, write, truncate, sync or delete.
        file: The file's path.
        at: Offset of a read or a write, new size of a truncation. [bytes]
        data: What is written.
    """

    kind: str
    file: str
    at: int = 0
    data: bytes = b""


Watcher = Callable[[Op], None]


class _File(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], watcher: Watcher) -> None:
        self._name = "" if name is None else name.filename() if isinstance(name, apsw.URIFilename) else name
        self._watcher = watcher
        if self._name and flags[0] & apsw.SQLITE_OPEN_CREATE and not os.path.exists(self._name):
            watcher(Op("create", self._name))
        super().__init__("", name, flags)

    def _notify(self, kind: str, at: int = 0, data: bytes = b"") -> None:
        if self._name:
            self._watcher(Op(kind, self._name, at, data))

    def xRead(self, amount: int, offset: int) -> bytes:
        self._notify("read", offset)
        return super().xRead(amount, offset)

    def xWrite(self, data: Any, offset: int) -> None:
        self._notify("write", offset, bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._notify("truncate", newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._notify("sync")
        super().xSync(flags)


class _Vfs(apsw.VFS):
    def __init__(self, name: str, watcher: Watcher) -> None:
        self.name, self._watcher = name, watcher
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        return _File(name, flags, self._watcher)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self._watcher(Op("delete", filename))
        super().xDelete(filename, syncdir)


class _Rows:
    """The rows of a statement, as the standard library's cursor gives them."""

    def __init__(self, rows: list[Any], lastrowid: int) -> None:
        self._rows = rows
        self.lastrowid = lastrowid

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[Any]:
        return self._rows


class _Connection:
    """As much of the standard library's connection as the store uses, on apsw."""

    def __init__(self, uri: str, vfs: str, timeout_s: int, cache_pages: int | None) -> None:
        flags = apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        with _errors():
            self._apsw = apsw.Connection(uri, flags, vfs=vfs)
        self._apsw.set_busy_timeout(timeout_s * 1000)
        if cache_pages is not None:
            self.execute(f"pragma cache_size = {cache_pages}")

    def execute(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> _Rows:
        with _errors():
            rows = list(self._apsw.execute(sql, values if isinstance(values, Mapping) else tuple(values)))
        return _Rows(rows, self._apsw.last_insert_rowid())

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        with _errors():
            self._apsw.executemany(sql, [tuple(values) for values in rows])

    def setlimit(self, category: int, limit: int) -> int:
        return self._apsw.limit(category, limit)

    def set_progress_handler(self, handler: Callable[[], int] | None, steps: int) -> None:
        self._apsw.set_progress_handler(None if handler is None else lambda: bool(handler()), max(1, steps))

    @property
    def in_transaction(self) -> bool:
        return self._apsw.in_transaction

    def close(self) -> None:
        with _errors():
            self._apsw.close()


@contextmanager
def _errors() -> Iterator[None]:
    """Raise what the standard library would raise."""
    try:
        yield
    except apsw.Error as error:
        code = getattr(error, "extendedresult", 0)
        raised = sqlite3.OperationalError(str(error) or "disk I/O error")
        known = apsw.mapping_extended_result_codes.get(code) or apsw.mapping_result_codes.get(code & 0xFF)
        raised.sqlite_errorname = str(known or "SQLITE_ERROR")
        raise raised from None


@contextmanager
def watched(watcher: Watcher, *, cache_pages: int | None = None) -> Iterator[None]:
    """Make every store that is opened inside the block call *watcher* before each operation.

    Args:
        watcher: Called before each operation; what it raises is the operation's error.
        cache_pages: Size of SQLite's cache; a small one makes it write before the commit. [pages]
    """
    vfs = _Vfs(f"watched-{next(_NUMBERS)}", watcher)

    def connect(database: str, **options: Any) -> Any:
        if "/replay.db?" in database:  # an audit's scratch file is no part of the ledger
            return _CONNECT(database, **options)
        return _Connection(database, vfs.name, options["timeout"], cache_pages)

    try:
        with mock.patch.object(sqlite3, "connect", connect):
            yield
    finally:
        vfs.unregister()


def failure(code: int) -> Exception:
    """The error of an operation that fails with an extended result code of SQLite."""
    return apsw.exception_for(code)
