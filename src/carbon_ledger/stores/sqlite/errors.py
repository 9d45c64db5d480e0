"""Errors of SQLite and of the file system about a ledger file, translated into this library's exceptions."""

import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from carbon_ledger.errors import (
    BrokenLogError,
    NotALedgerError,
    QuantityError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
)
from carbon_ledger.files import kind_of, path_text
from carbon_ledger.printing import quote
from carbon_ledger.stores.sqlite.limits import VALUE_BYTES
from carbon_ledger.stores.sqlite.side_files import check_no_wal, check_side_files


def _raise(error: sqlite3.Error, path: str) -> NoReturn:
    """Raise this library's exception for an error of SQLite."""
    code = getattr(error, "sqlite_errorname", "") or ""
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        raise StoreLockedError(
            f"{path}: another process, or another open ledger of this process, has the file locked; call again later, "
            "or open with a longer timeout_s"
        ) from None
    if code.startswith(("SQLITE_READONLY_ROLLBACK", "SQLITE_READONLY_RECOVERY")):
        raise StoreReadOnlyError(
            f"{path}: a write was interrupted, and {path}-journal has the pages from before that write. A reader "
            "cannot undo the write: open the ledger once for writing, or copy the file together with its journal and "
            "open the copy for writing"
        ) from None
    if code.startswith("SQLITE_READONLY_DBMOVED"):
        raise StoreReadOnlyError(
            f"{path}: the file at this path is no longer the one that was opened: it was replaced, moved or deleted. "
            "Close this ledger, and open it again"
        ) from None
    if code.startswith("SQLITE_READONLY"):
        raise StoreReadOnlyError(f"{path}: the ledger cannot be written; check the file's permissions") from None
    if code.startswith("SQLITE_FULL"):
        raise StoreFullError(
            f"{path}: the disk is full; nothing of this command was written: free space, and repeat it"
        ) from None
    if code.startswith("SQLITE_NOTADB"):
        raise NotALedgerError(f"{path}: not a ledger file (not an SQLite database)") from None
    if code.startswith("SQLITE_TOOBIG"):
        raise BrokenLogError(
            f"{path}: a value in the file or in the query is longer than {VALUE_BYTES:,} octets, and a ledger has no "
            "such value. If it is in the file, restore the file from a copy"
        ) from None
    if code.startswith("SQLITE_INTERRUPT"):
        raise BrokenLogError(
            f"{path}: the query was stopped, because it took more steps than a file of this size can need. The file is "
            "damaged, or was crafted to do this; restore it from a copy"
        ) from None
    if code.startswith("SQLITE_CORRUPT"):
        raise BrokenLogError(f"{path}: the file is damaged ({error}); restore it from a copy") from None
    if code.startswith("SQLITE_CANTOPEN"):
        raise NotALedgerError(f"{path}: cannot be opened ({error})") from None
    raise StoreError(f"{path}: {error}") from None


class Translated:
    """A context manager that replaces every sqlite3 error of its block by an exception of this library."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Translate the error, if any."""
        if isinstance(error, sqlite3.Error):
            _raise(error, self._path)
        if isinstance(error, OverflowError):
            raise QuantityError("a number is too large for a ledger: expected at most 64 bits") from None
        if isinstance(error, UnicodeEncodeError):
            text = quote(error.object[:40])
            raise QuantityError(f"text {text} has a lone surrogate: expected text that UTF-8 can encode") from None
        if isinstance(error, UnicodeDecodeError):  # in a damaged schema, or in SQLite's message about it
            raise BrokenLogError(f"{self._path}: the file is damaged (invalid UTF-8); restore it from a copy") from None


def checked_path(path: Path, read_only: bool) -> bool:
    """Whether the file is new; a file that cannot be a ledger is refused before SQLite opens it.

    Only SQLite opens the file, because closing another descriptor of it would drop this process's locks on the file.

    Raises:
        NotALedgerError: The path is not usable, or is not a regular file; the file is in WAL mode; or the file has a
            journal that SQLite must not read.
        StoreError: The file or its journal cannot be read, or no more files can be opened.
    """
    path_text(path, NotALedgerError)
    try:
        status = os.stat(path)
    except FileNotFoundError:
        _require_room(path, read_only)
        check_side_files(path)
        return True
    except OSError as error:
        raise NotALedgerError(f"{path!s:.400}: cannot be opened: {error.strerror}") from None
    kind = kind_of(status.st_mode)
    if kind is not None:
        raise NotALedgerError(f"{path}: {kind}, expected a ledger file")
    if not os.access(path, os.R_OK):
        raise StoreError(f"{path}: cannot be read; check the file's permissions")
    check_side_files(path)
    with Translated(str(path)):
        check_no_wal(path)
    return False


def _require_room(path: Path, read_only: bool) -> None:
    """Refuse a path at which no file can be created."""
    if os.path.islink(path):
        raise NotALedgerError(f"{path}: a symbolic link to a file that does not exist; pass the path of a ledger file")
    if read_only:
        raise NotALedgerError(f"{path}: no such file; pass the path of a ledger file, or open without read_only")
    if not path.parent.is_dir():
        raise NotALedgerError(f"{path}: the directory {path.parent} does not exist; create it first")
