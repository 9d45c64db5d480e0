"""What lies beside a ledger's file: SQLite reads journals on its own, and may delete the file that one names."""

import os
import sqlite3
import stat
from pathlib import Path
from typing import Final

from carbon_ledger.errors import NotALedgerError, StoreError
from carbon_ledger.files import kind_of, reading
from carbon_ledger.stores.sqlite.connections import gate, give_back, lend

_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")  # begins a journal, and ends one that names a super-journal
_TAIL_BYTES: Final = 16  # length of the name, checksum, magic


def check_side_files(path: Path) -> None:
    """Refuse a ledger beside which lies what SQLite must not read, before SQLite sees it.

    Args:
        path: The ledger's file.

    Raises:
        NotALedgerError: A file of WAL mode lies beside it, or a journal that is no regular file, or one that names
            another file.
        StoreError: The journal cannot be read.

    Source:
        SQLite, "Database File Format", section 3, and pager.c, readSuperJournal. [P]
    """
    real = os.path.realpath(path)  # SQLite looks beside the file that a symbolic link leads to
    for ending in ("-wal", "-shm"):
        if os.path.lexists(real + ending):
            raise NotALedgerError(
                f"{path}: {real + ending} lies beside it, so another program has used it in WAL mode, which a ledger "
                "never has. Close that program; if it left changes there, restore the ledger from a copy"
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
            f"{path}: the journal beside it, {journal}, is {kind}, expected a regular file; SQLite does not write this"
        )
    if status.st_size and _names_another(journal):
        raise NotALedgerError(
            f"{path}: the journal beside it, {journal}, names another file, which SQLite would read or delete. No "
            "ledger has such a journal: do not open the two together, and ask whoever gave you the file for a backup"
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
        return False  # whoever was writing has deleted it meanwhile
    return tail.endswith(_MAGIC)


def check_no_wal(path: Path) -> None:
    """Refuse a file whose header says WAL mode, without opening it in that mode.

    Args:
        path: The file, which exists.

    Raises:
        NotALedgerError: It is in WAL mode.
        sqlite3.Error: It cannot be opened.
    """
    with gate:  # nobody forks while SQLite is asked
        probe = lend(path.absolute(), "mode=ro&nolock=1")
        try:
            probe.connection.execute("pragma user_version").fetchall()
        except sqlite3.Error as error:
            # A file in WAL mode cannot be opened without locks; every other mistake is found again, and named, below.
            if (getattr(error, "sqlite_errorname", "") or "").startswith("SQLITE_CANTOPEN"):
                raise NotALedgerError(
                    f"{path}: the file is in WAL mode, which a ledger never has: another program converted it. Close "
                    "that program, then run with SQLite's shell: pragma journal_mode = delete;"
                ) from None
        finally:
            give_back(probe)


def is_empty(path: Path) -> bool:
    """Whether a file has no byte."""
    return stat.S_ISREG(os.stat(path).st_mode) and os.stat(path).st_size == 0
