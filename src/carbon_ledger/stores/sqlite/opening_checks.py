"""Checks of a ledger file before it is used: its application id, its schema, its length and its entries' numbers."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Final

from carbon_ledger.errors import BrokenLogError, NotALedgerError, UnsupportedSchemaError
from carbon_ledger.stores.sqlite.limits import brief
from carbon_ledger.stores.sqlite.schema import APPLICATION_ID, SCHEMA_VERSION, statements
from carbon_ledger.stores.sqlite.schema_check import check_schema

_LEAST_ENTRY_BYTES: Final = 34  # a leaf hash of 32 octets, and the bytes that were hashed
_BEGINNING_S: Final = 1  # how long another process may take between creating a file and locking it
_CHECKS_A_SECOND: Final = 50
_HEADER_BYTES: Final = 100  # of every SQLite file


def begin_file(connection: sqlite3.Connection) -> None:
    """Create the tables of a new ledger file, unless another process has created them.

    Args:
        connection: The file, which did not exist before the connection was opened.
    """
    connection.execute("begin immediate")
    with brief(connection):
        begun = connection.execute("select 1 from sqlite_master limit 1").fetchone()
    for statement in () if begun else statements():
        connection.execute(statement)
    connection.execute("commit")


def wait_while_empty(connection: sqlite3.Connection, path: Path, timeout_s: int, *, read_only: bool) -> None:
    """Wait for another process that is beginning the ledger; an empty file never becomes a new ledger.

    Args:
        connection: The file, which existed before the connection was opened.
        path: The file.
        timeout_s: How long to wait, a second at most. [s]
        read_only: Whether the connection cannot acquire the lock for writing.

    Raises:
        NotALedgerError: The file is still empty, and no process is writing to it.
    """
    until = time.monotonic() + min(timeout_s, _BEGINNING_S)
    while os.stat(path).st_size == 0:
        # Acquiring the lock waits for the process that is writing the first tables.
        connection.execute("begin" if read_only else "begin immediate")
        with brief(connection):
            begun = connection.execute("select 1 from sqlite_master limit 1").fetchone()
        connection.execute("rollback")
        if begun:
            return
        if time.monotonic() >= until:
            raise _empty(path)
        time.sleep(1 / _CHECKS_A_SECOND)


def _empty(path: Path) -> NotALedgerError:
    return NotALedgerError(
        f"{path}: the file is empty. If it was a ledger, it was truncated: restore it from a copy. If a program was "
        "stopped while it began a new ledger, delete the file and begin again"
    )


def checked_version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of a file's derived tables, after all checks have passed in one read transaction.

    Args:
        connection: The file.
        path: The file, whose size is checked.

    Raises:
        NotALedgerError: The file is not a ledger of this library, is empty, or is truncated within its header.
        UnsupportedSchemaError: A newer version of this library wrote the file.
        BrokenLogError: The file is truncated, its schema is not that of its version, or the numbers of its entries
            are impossible in a ledger.
    """
    connection.execute("begin")
    try:
        application = connection.execute("pragma application_id").fetchone()[0]
        version = int(connection.execute("pragma user_version").fetchone()[0])
        if application != APPLICATION_ID:
            size = os.stat(path).st_size
            if size == 0:
                raise _empty(path)
            if size < _HEADER_BYTES:
                raise NotALedgerError(
                    f"{path}: its size is {size} bytes, and a ledger has {_HEADER_BYTES} at least. The file is not a "
                    "ledger, or was truncated; restore it from a copy"
                )
            raise NotALedgerError(f"{path}: an SQLite database, but not a ledger of this library; pass another path")
        if version > SCHEMA_VERSION:
            raise UnsupportedSchemaError(
                f"{path}: schema {version}, this version reads up to {SCHEMA_VERSION}: install a newer carbon-ledger"
            )
        check_schema(connection, path, version)
        encoding = connection.execute("pragma encoding").fetchone()[0]
        if encoding != "UTF-8":  # SQLite would sort names in another order
            raise BrokenLogError(f"{path}: its text encoding is {encoding}, expected UTF-8; restore it from a copy")
        _check_length(connection, path)
        _check_numbers(connection, path)
    finally:
        if connection.in_transaction:
            connection.execute("rollback")
    return version


def _bytes_of(connection: sqlite3.Connection) -> int:
    pages = connection.execute("pragma page_count").fetchone()[0]
    return int(pages * connection.execute("pragma page_size").fetchone()[0])


def _check_length(connection: sqlite3.Connection, path: Path) -> None:
    expected, found = _bytes_of(connection), os.stat(path).st_size
    if found < expected:
        raise BrokenLogError(f"{path}: truncated at {found} of {expected} bytes; restore it from a copy")


def _check_numbers(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse numbers that entries of a ledger cannot have, before any code counts up to the last of them."""
    # Two seeks, so that a file with millions of entries opens as fast as a small file. An entry that is missing between
    # the first and the last is detected when entries are read.
    first, last = connection.execute("select (select min(n) from entry), (select max(n) from entry)").fetchone()
    if first is None:
        return
    most = _bytes_of(connection) // _LEAST_ENTRY_BYTES
    if first != 0 or last >= most:
        raise BrokenLogError(
            f"{path}: its entries are numbered from {first} to {last}; a ledger's entries begin at 0, and a file of "
            f"this size has at most {most:,} entries. Restore it from a copy"
        )
