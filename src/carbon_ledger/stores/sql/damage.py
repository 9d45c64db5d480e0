"""Checks of what a SQL store has read: bytes, leaf hashes, and the numbers of entries."""

from pathlib import Path

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.log.audit_path import HASH_BYTES


def blob(value: object, path: Path | str) -> bytes:
    """The bytes that a table has; a database checks types on writing, but SQLite not when it reads a damaged page.

    Raises:
        BrokenLogError: *value* is not bytes.
    """
    if not isinstance(value, bytes):
        raise BrokenLogError(
            f"{path}: the file is damaged (a {type(value).__name__} instead of bytes); restore it from a copy"
        )
    return value


def entry_bytes(column: str, value: object, n: int, found: object, path: Path | str) -> bytes:
    """An entry's bytes or its leaf hash, as a table has them.

    Args:
        column: ``data`` or ``leaf``.
        value: The value in the column.
        n: The number of the requested entry.
        found: The number in the row.
        path: The file, for the message.

    Raises:
        BrokenLogError: The row is another entry's, or its value is not bytes, or is a leaf hash of the wrong length.
    """
    if found != n:
        raise _missing(n, path)
    data = blob(value, path)
    if column == "leaf" and len(data) != HASH_BYTES:
        raise BrokenLogError(
            f"{path}: entry {n} has a leaf hash of {len(data):,} octets, expected {HASH_BYTES}; restore the file from "
            "a copy"
        )
    return data


def require_entries(start: int, count: int, stop: int, path: Path | str) -> None:
    """Refuse a slice of entries start..stop-1 in which only the first *count* entries were found.

    Raises:
        BrokenLogError: An entry is missing.
    """
    if start + count < stop:
        raise _missing(start + count, path)


def _missing(n: int, path: Path | str) -> BrokenLogError:
    return BrokenLogError(f"{path}: entry {n} is missing, and later entries exist; restore the file from a copy")


def decoded(value: object, n: int, path: Path | str) -> Entry:
    """Entry *n*, from its bytes.

    Raises:
        BrokenLogError: The entry is malformed.
    """
    try:
        return Entry.from_bytes(blob(value, path))
    except BrokenLogError as error:
        raise BrokenLogError(f"{path}: entry {n}: {error}; restore it from a copy") from None
