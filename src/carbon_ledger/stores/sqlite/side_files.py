"""Checks of the files beside a ledger file: SQLite reads journals on its own, and may delete a file that one names."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from carbon_ledger.errors import NotALedgerError, StoreError
from carbon_ledger.files import kind_of, reading
from carbon_ledger.stores.sqlite.connections import acquire, gate, release

_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")  # begins a journal, and ends a journal that names a super-journal
_TAIL_BYTES: Final = 16  # length of the name, checksum, magic


def check_side_files(path: Path) -> None:
    """Refuse a ledger with a file beside it that SQLite must not read, before SQLite sees that file.

    Args:
        path: The ledger's file.

    Raises:
        NotALedgerError: There is a file of WAL mode, or a journal that is not a regular file, or a journal that names
            another file.
        StoreError: The journal cannot be read.

    Source:
        SQLite, "Database File Format", section 3, and pager.c, readSuperJournal. [P]
    """
    real = os.path.realpath(path)  # SQLite looks for a journal beside the target of a symbolic link
    for ending in ("-wal", "-shm"):
        if os.path.lexists(real + ending):
            raise NotALedgerError(
                f"{path}: there is a file {real + ending}, so another program has used the ledger in WAL mode, which a "
                "ledger never has. Close that program; if the file remains, restore the ledger from a copy"
            )
    journal = real + "-journal"
    try:
        status = os.lstat(journal)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{path}: {journal} cannot be read: {error.strerror}") from None
    kind = kind_of(status.st_mode)
    if kind is not None:
        raise NotALedgerError(
            f"{path}: the journal beside it, {journal}, is {kind}, expected a regular file. SQLite never writes such a "
            "journal: restore the ledger from a copy"
        )
    if status.st_size and _names_another(journal):
        raise NotALedgerError(
            f"{path}: the journal beside it, {journal}, names another file, which SQLite would read or delete. A "
            "ledger never has such a journal: do not open the two together, and ask whoever gave you the file for a "
            "backup"
        )


def _names_another(journal: str) -> bool:
    try:
        with reading(journal, StoreError) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= _TAIL_BYTES:
                return False
            file.seek(size - _TAIL_BYTES)
            tail = file.read(_TAIL_BYTES)
    except StoreError:
        if os.path.lexists(journal):
            raise
        return False  # the process that was writing has deleted the journal meanwhile
    return tail.endswith(_MAGIC)


def check_no_wal(path: Path) -> None:
    """Refuse a file that is in WAL mode according to its header, without opening it in that mode.

    Args:
        path: The file, which exists.

    Raises:
        NotALedgerError: The file is in WAL mode.
        sqlite3.Error: The file cannot be opened.
    """
    with gate:  # so that no thread forks during the query
        probe = acquire(path.absolute(), "mode=ro&nolock=1")
        try:
            probe.connection.execute("pragma user_version").fetchall()
        except sqlite3.Error as error:
            # A file in WAL mode cannot be opened without locks. Every other fault is detected and reported later.
            if (getattr(error, "sqlite_errorname", "") or "").startswith("SQLITE_CANTOPEN"):
                raise NotALedgerError(
                    f"{path}: the file is in WAL mode, which a ledger never has: another program converted it. Close "
                    "that program, then run with SQLite's shell: pragma journal_mode = delete;"
                ) from None
        finally:
            release(probe)
