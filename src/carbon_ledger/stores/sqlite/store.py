"""The embedded store: entries and tiles in one SQLite file, through the standard library."""

import os
from collections.abc import Callable

from carbon_ledger.core.rules import rebuild
from carbon_ledger.core.state.store import Backup, ReplayTarget
from carbon_ledger.stores.backup import write_backup
from carbon_ledger.stores.sql.log import SqlLog
from carbon_ledger.stores.sqlite.replay import replay_of
from carbon_ledger.stores.sqlite.rows import SqliteRows


class SqliteStore(SqlLog, SqliteRows):
    """A store in one ledger file, for any number of threads.

    One connection writes, for one thread at a time. A thread that is not writing reads through a second connection,
    which sees committed entries only.

    Args:
        path: The file; created if absent.
        read_only: Open the file for reading only.
        timeout_s: How long to wait for another thread or another process. [s]
        durable: Whether a commit waits for the disk. A store that is not durable is temporary and for one thread.
        small_replay: Makes the store into which an audit replays a small log; by default, it is a temporary file.

    Raises:
        NotALedgerError: The path is a directory or another kind of file, or the file is empty.
        UnsupportedSchemaError: A newer version of this library wrote the file.
        BrokenLogError: The file is damaged.
        StoreLockedError: Another process has the file locked for longer than the timeout.
        StoreReadOnlyError: A new file cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        read_only: bool = False,
        timeout_s: int = 5,
        durable: bool = True,
        small_replay: Callable[[], ReplayTarget] | None = None,
    ) -> None:
        self._small_replay = small_replay
        super().__init__(path, read_only=read_only, timeout_s=timeout_s, durable=durable)

    def _derive_again(self) -> None:
        rebuild(self)

    def worker_path(self) -> str | None:
        """The file in which another process finds the same log; `None` while the caller's batch is not committed."""
        return str(self._place) if self.turns.mine() is None else None

    def replay_store(self, start: int = 0) -> ReplayTarget:
        """A store with the rows as of *start* entries, which is removed when it is closed."""
        return replay_of(self, start, self._small_replay)

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
