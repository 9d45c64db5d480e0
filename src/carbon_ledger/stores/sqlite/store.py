"""The embedded store: entries and tiles in one SQLite file, through the standard library."""

import os
from collections.abc import Iterator, Sequence

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.rules import rebuild
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import Backup
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.stores.backup import write_backup
from carbon_ledger.stores.sqlite.errors import blob, entry_bytes, require_entries
from carbon_ledger.stores.sqlite.replay import ReplayStore
from carbon_ledger.stores.sqlite.rows import SqliteRows
from carbon_ledger.stores.sqlite.sessions import Session
from carbon_ledger.stores.sqlite.slices import hashes, split_points, tile_data
from carbon_ledger.stores.uncommitted_reads import never_rolled_back, paged


class SqliteStore(SqliteRows):
    """A store in one ledger file, for any number of threads.

    One connection writes, for one thread at a time. A thread that is not writing reads through a second connection,
    which sees committed entries only.

    Args:
        path: The file; created if absent.
        read_only: Open the file for reading only.
        timeout_s: How long to wait for another thread or another process. [s]
        durable: Whether a commit waits for the disk. A store that is not durable is temporary and for one thread.

    Raises:
        NotALedgerError: The path is a directory or another kind of file, or the file is empty.
        UnsupportedSchemaError: A newer version of this library wrote the file.
        BrokenLogError: The file is damaged.
        StoreLockedError: Another process has the file locked for longer than the timeout.
        StoreReadOnlyError: A new file cannot be written.
    """

    def _derive_again(self) -> None:
        rebuild(self)

    def _count(self, session: Session) -> int:
        return int(session.query("select coalesce(max(n) + 1, 0) from entry")[0][0])

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""
        return self._column("data", start, stop)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The stored leaf hashes of entries start..stop-1."""
        return self._column("leaf", start, stop)

    def _column(self, name: str, start: int, stop: int) -> Iterator[bytes]:
        guard = self.rollback_guard(stop)

        def read(first: int, end: int) -> Iterator[bytes]:
            rows = self.select(f"select n, {name} from entry where n >= ? and n < ? order by n", (first, end))
            for n, (found, value) in enumerate(rows, first):
                yield entry_bytes(name, value, n, found, self.path)
            if guard is never_rolled_back:
                require_entries(first, len(rows), end, self.path)

        return paged(read, start, stop, guard, self.turns.require_open)

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and its rows.

        Raises:
            StoreError: Called outside a transaction, or the file cannot be written.
        """
        self._writer.append(data, rows, self._hashes)

    def _hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        return hashes(self, level, start, stop)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log; see `tile_data`."""
        return tile_data(self, level, index, width)

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded; a bounded number of entries is cached.

        Raises:
            BrokenLogError: The entry is missing or malformed.
        """
        session = self._session()
        entry = session.decoded.get(n)
        if entry is None:
            rows = self.select("select data from entry where n = ?", (n,))
            if not rows:
                raise BrokenLogError(f"{self.path}: entry {n} is missing; restore the file from a copy")
            try:
                entry = Entry.from_bytes(blob(rows[0][0], self.path))
            except BrokenLogError as error:
                raise BrokenLogError(f"{self.path}: entry {n}: {error}; restore it from a copy") from None
            session.cache_entry(n, entry)
        return entry

    def worker_path(self) -> str | None:
        """The file in which another process finds the same log; `None` while the caller's batch is not committed."""
        return str(self._place) if self.turns.mine() is None else None

    def split_points(self, size: int, parts: int) -> list[int]:
        """Where to split *size* entries into parts that take about as long to audit: parts - 1 numbers, ascending."""
        return split_points(self, size, parts)

    def replay_store(self, start: int = 0) -> ReplayStore:
        """A store with the rows as of *start* entries, in a temporary directory that is removed when it is closed."""
        return ReplayStore(self, start)

    def backup(self, path: str | os.PathLike[str]) -> Backup:
        """Write a consistent copy of what was committed to a new file, and check the copy; no writer waits for it.

        Args:
            path: The new file.

        Raises:
            StoreError: The file exists already or cannot be written, or a batch of this thread is open.
            StoreFullError: The disk is full.
            BrokenLogError: The ledger is damaged.
        """
        return write_backup(self, path, lambda beside: SqliteStore(beside, durable=False))
