"""The temporary file into which an audit replays a ledger file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import ReplayTarget
from carbon_ledger.stores.sql.slices import walk
from carbon_ledger.stores.sqlite.rows import SqliteRows
from carbon_ledger.stores.sqlite.sessions import Session
from carbon_ledger.stores.sqlite.temporary_directory import TemporaryPlace
from carbon_ledger.stores.tables import BY_NAME, Values, as_of

SMALL_ENTRIES: Final = 256
_SMALL_BYTES: Final = 1 << 22
_FEW: Final = "select count(*), coalesce(sum(length(data)), 0) from (select data from entry order by n limit ?) as few"


class Source(Protocol):
    """The ledger file that is replayed."""

    def select(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Values]:
        """The rows of a query."""

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The stored leaf hashes of entries start..stop-1."""

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log's hashes."""

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded."""

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table as of *size* entries."""


def replay_of(source: Source, start: int, small: Callable[[], ReplayTarget] | None) -> ReplayTarget:
    """The store into which an audit replays a log: a temporary file, or for a small log what is faster.

    Args:
        source: The store with the log.
        start: The number of entries as of which the source's rows are copied first.
        small: Makes the store for a log of few entries and bytes, which is replayed from its beginning.
    """
    if start == 0 and small is not None:
        ((count, size),) = source.select(_FEW, (SMALL_ENTRIES + 1,))
        if count <= SMALL_ENTRIES and size <= _SMALL_BYTES:
            return small()
    return ReplayStore(source, start)


class ReplayStore(SqliteRows):
    """A store in which an audit derives the rows again, in a temporary file; entries and hashes are the source's.

    Args:
        source: The ledger file.
        start: The number of entries as of which the source's rows are copied first.
    """

    def __init__(self, source: Source, start: int = 0) -> None:
        self._directory, self._source, self._reached = TemporaryPlace(), source, 0
        super().__init__(self._directory.path / "replay.db", durable=False)
        if start:
            with self.transaction():
                for table in BY_NAME:
                    self.copy(table, source.rows(table, start))
            self._reached = start

    def _derive_again(self) -> None:
        """Do nothing: the file is new and has the schema of this version."""

    def _count(self, _: Session) -> int:
        """How many entries have their rows in this store."""
        return self._reached

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The source's entries."""
        return self._source.entries(start, stop)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The source's leaf hashes."""
        return self._source.leaves(start, stop)

    def decoded(self, n: int) -> Entry:
        """Entry *n*: the cached entry, or the source's."""
        cached = self.cached_entry(n)
        return self._source.decoded(n) if cached is None else cached

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write the rows of the next entry, without the entry.

        Raises:
            StoreError: Called outside a transaction, or the file cannot be written.
        """
        del data
        self.write_rows(rows)
        self._reached += 1
        self._writer.locked_size = self._reached

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The source's tile."""
        return self._source.tile(level, index, width)

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table in order of its key, without a look at its indexes: this file is nobody else's.

        Raises:
            BrokenLogError: The rows are not in order of their key.
        """
        if table == "tile":
            yield from super().rows(table, size)
            return
        spec = BY_NAME[table]
        for found in walk(self, table, spec.names, spec.key):
            yield from found if size is None else as_of(found, table, size, self.size())

    def close(self) -> None:
        """Close and remove the temporary file."""
        super().close()
        self._directory.remove()
