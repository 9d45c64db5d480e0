"""Raw SQLite with the pragmas of a ledger file: the limit of what a ledger file can reach."""

import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.harness.timing import seconds

PRAGMAS: Final = (
    "pragma page_size = 2048",
    "pragma journal_mode = truncate",
    "pragma synchronous = full",
    "pragma cache_spill = off",  # else a large commit waits for the disk two more times than a ledger's
)
Added = dict[str, list[tuple[Any, ...]]]


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the same durability as a ledger's."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


class RawEntries:
    """A file with one table for the bytes of entries.

    Args:
        path: A new file.
    """

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        self._connection.execute("create table entry (n integer primary key, data blob not null) strict")

    def insert(self, entries: Sequence[tuple[int, bytes]]) -> float:
        """Insert and commit; return the duration. [s]"""
        return seconds(self._insert, entries)

    def _insert(self, entries: Sequence[tuple[int, bytes]]) -> None:
        self._connection.execute("begin immediate")
        self._connection.executemany("insert into entry values (?, ?)", entries)
        self._connection.execute("commit")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def entries_from(path: Path, first: int) -> list[tuple[int, bytes]]:
    """The numbers and bytes of a ledger file's entries, from entry *first* on."""
    connection = sqlite3.connect(path)
    rows = connection.execute("select n, data from entry where n >= ? order by n", (first,)).fetchall()
    connection.close()
    return rows


class RawRows:
    """A copy of a ledger file into which the ledger's new rows are inserted, table by table, without checks.

    Args:
        ledger: The ledger's file.
        copy: The path of the copy.
    """

    def __init__(self, ledger: Path, copy: Path) -> None:
        shutil.copyfile(ledger, copy)
        self._ledger = ledger
        self._connection = connect(copy)
        for (trigger,) in self._connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            self._connection.execute(f"drop trigger {trigger}")
        found = self._connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        self._tables = sorted(name for (name,) in found if not name.startswith("sqlite_"))

    def follow(self) -> tuple[float, Added]:
        """Insert and commit the rows that the ledger has added; return the duration [s] and the rows."""
        added = self._added()
        return seconds(self._insert, added), added

    def _added(self) -> Added:
        execute = self._connection.execute
        execute("attach ? as ledger", (str(self._ledger),))
        added = {}
        for table in self._tables:
            rows = execute(f"select * from ledger.{table} except select * from main.{table}").fetchall()
            if rows:
                added[table] = self._in_order(table, rows)
        execute("detach ledger")
        return added

    def _in_order(self, table: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The rows in the order of the ledger's entries, if a column has the entry number."""
        names = [name for _, name, *_ in self._connection.execute(f"pragma table_info({table})")]
        numbers = [names.index(name) for name in ("from_n", "n") if name in names]
        return sorted(rows, key=lambda row: row[numbers[0]]) if numbers else rows

    def _insert(self, added: Added) -> None:
        self._connection.execute("begin immediate")
        for table, rows in added.items():
            marks = ", ".join("?" * len(rows[0]))
            # A ledger adds rows, except that it replaces a row to end it (in a correction or a voiding).
            self._connection.executemany(f"insert or replace into {table} values ({marks})", rows)
        self._connection.execute("commit")

    def close(self) -> None:
        """Close the copy."""
        self._connection.close()
