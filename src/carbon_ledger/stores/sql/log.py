"""The entries of a SQL store: read in pages, decoded once, appended with their rows, and hashed into tiles."""

from collections.abc import Iterable, Iterator, Sequence

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.stores.sql.damage import decoded, entry_bytes, require_entries
from carbon_ledger.stores.sql.rows import Session, SqlRows
from carbon_ledger.stores.sql.slices import hashes, split_points, tile_data
from carbon_ledger.stores.uncommitted_reads import never_rolled_back, paged


class SqlLog(SqlRows):
    """A SQL store with its entries, and the tiles of their hashes."""

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
        self._writer.append(((data, rows),), self._hashes)

    def append_many(self, items: Iterable[tuple[bytes, Sequence[Row]]]) -> None:
        """Write entries and their rows.

        Raises:
            StoreError: Called outside a transaction, or the file cannot be written.
        """
        self._writer.append(items, self._hashes)

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
            entry = decoded(rows[0][0], n, self.path)
            session.cache_entry(n, entry)
        return entry

    def split_points(self, size: int, parts: int) -> list[int]:
        """Where to split *size* entries into parts that take about as long to audit: parts - 1 numbers, ascending."""
        return split_points(self, size, parts)
