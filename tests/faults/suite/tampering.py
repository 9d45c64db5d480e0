"""Writing into a ledger's file past its guards, which are put back, so that its schema is what it was."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_GUARDS: Final = "select name, sql from sqlite_master where type = 'trigger' order by rowid"


def connected(path: Path) -> sqlite3.Connection:
    """Open a file that nobody has to keep: no statement waits for the disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma synchronous = off")
    return connection


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger's file without its guards, and put them back when all is written.

    Args:
        path: The file, which no store has open.
    """
    connection = connected(path)
    try:
        guards = connection.execute(_GUARDS).fetchall()
        for name, _ in guards:
            connection.execute(f"drop trigger {name}")
        yield connection
        for _, statement in guards:
            connection.execute(statement)
    finally:
        connection.close()


def tamper(path: Path, *statements: str) -> None:
    """Run statements on a ledger's file past its guards.

    Args:
        path: The file.
        *statements: What is done to it.
    """
    with unguarded(path) as connection:
        for statement in statements:
            connection.execute(statement)
