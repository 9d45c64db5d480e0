"""What SQLite and the file system say about a ledger file, in this library's words."""

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from carbon_ledger.errors import (
    BrokenLogError,
    NotALedgerError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
)
from carbon_ledger.printing import quote


def _raise(error: sqlite3.Error, path: str) -> NoReturn:
    """Say in this library's words what SQLite said."""
    code = getattr(error, "sqlite_errorname", "") or ""
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        raise StoreLockedError(
            f"{path}: another process holds the ledger; wait for it, or open with a longer timeout_s"
        ) from None
    if code.startswith("SQLITE_READONLY"):
        raise StoreReadOnlyError(f"{path}: the ledger cannot be written; check the file's permissions") from None
    if code.startswith("SQLITE_FULL"):
        raise StoreFullError(f"{path}: no room left; nothing of this command was written") from None
    if code.startswith("SQLITE_NOTADB"):
        raise NotALedgerError(f"{path}: not a ledger file (not an SQLite database)") from None
    if code.startswith("SQLITE_CORRUPT"):
        raise BrokenLogError(f"{path}: the file is damaged ({error}); restore it from a copy") from None
    if code.startswith("SQLITE_CANTOPEN"):
        raise NotALedgerError(f"{path}: cannot be opened ({error})") from None
    raise StoreError(f"{path}: {error}") from None


class Translated:
    """Turns every sqlite3 error inside the block into one of ours."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Translate the error, if there is one."""
        if isinstance(error, sqlite3.Error):
            _raise(error, self._path)
        if isinstance(error, OverflowError):
            raise StoreError(f"{self._path}: a number does not fit SQLite's 64 bits") from None
        if isinstance(error, UnicodeEncodeError):
            raise StoreError(f"{self._path}: text with a lone surrogate cannot be looked up") from None
        if isinstance(error, UnicodeDecodeError):  # in a damaged schema, or in SQLite's message about it
            raise BrokenLogError(f"{self._path}: the file is damaged (no UTF-8); restore it from a copy") from None


def blob(value: object, path: Path) -> bytes:
    """Take bytes that a table holds: SQLite checks types when it writes, and not when it reads a damaged page.

    Raises:
        BrokenLogError: *value* is something else.
    """
    if not isinstance(value, bytes):
        raise BrokenLogError(
            f"{path}: the file is damaged (a {type(value).__name__} in place of bytes); restore it from a copy"
        )
    return value


def checked_path(path: Path, read_only: bool) -> bool:
    """Whether the file is new; refuse what can be no ledger before SQLite touches it.

    Raises:
        NotALedgerError: The path is a directory, another kind of file, or empty.
        StoreError: The file cannot be read.
    """
    if path.is_dir():
        raise NotALedgerError(f"{path}: a directory, expected a ledger file")
    if not path.exists():
        if read_only:
            raise NotALedgerError(f"{path}: no such file")
        if not path.parent.is_dir():
            raise NotALedgerError(f"{path}: the directory {path.parent} does not exist")
        return True
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None
    if not head:
        raise NotALedgerError(
            f"{path}: the file is empty. A ledger was cut off here, or never begun: "
            "restore it from a copy, or delete the file to begin a new ledger"
        )
    if head != b"SQLite format 3\0":
        raise NotALedgerError(f"{path}: not a ledger file (it begins with {quote(head)})")
    return False
