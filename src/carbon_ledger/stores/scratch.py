"""Where an audit of a ledger file derives the rows again: beside the file, whose entries it reads."""

from collections.abc import Iterator, Sequence

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.errors import StoreError
from carbon_ledger.stores.columns import BY_NAME
from carbon_ledger.stores.places import TemporaryPlace
from carbon_ledger.stores.sessions import Session
from carbon_ledger.stores.sqlite import SqliteStore


class ScratchStore(SqliteStore):
    """Rows in a temporary file; entries and hashes are the source's, and none is written.

    Args:
        source: The ledger file.
        start: Entries whose rows it begins with, as the source has them.
    """

    def __init__(self, source: SqliteStore, start: int = 0) -> None:
        self._directory = TemporaryPlace()
        self._source = source
        self._reached = 0
        super().__init__(self._directory.path / "replay.db", durable=False)
        if start:
            with self.transaction():
                for table in BY_NAME:
                    self.copy(table, source.rows(table, start))
            self._reached = start

    def _count(self, session: Session) -> int:
        """How many entries its rows are of."""
        del session
        return self._reached

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The source's entries."""
        return self._source.entries(start, stop)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The source's leaf hashes."""
        return self._source.leaves(start, stop)

    def decoded(self, n: int) -> Entry:
        """Entry *n*: as it was kept, or the source's."""
        kept = self.kept_entry(n)
        return self._source.decoded(n) if kept is None else kept

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write the rows of the next entry, and not the entry.

        Raises:
            StoreError: Outside of a transaction, or the file cannot take them.
        """
        del data
        self.derive(rows)
        self._reached += 1
        self._writer.head = self._reached

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The source's tile."""
        return self._source.tile(level, index, width)

    def scratch(self, start: int = 0) -> "SqliteStore":
        """None of its own.

        Raises:
            StoreError: Always.
        """
        raise StoreError(f"a scratch store of {self._source.path} is not audited itself (asked from entry {start})")

    def close(self) -> None:
        """Close and remove it."""
        super().close()
        self._directory.remove()
