"""A store in memory: for tests, trials and an audit's replay. Nothing is kept when it is closed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from carbon_ledger.errors import StoreError
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import Made, Row
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.stores.columns import BY_NAME, Values, as_of, newest
from carbon_ledger.stores.kept import Kept
from carbon_ledger.stores.memory_rows import MemoryRows
from carbon_ledger.stores.memory_view import MemoryView
from carbon_ledger.stores.tiling import fill


class MemoryStore:
    """Entries in a list, rows in dictionaries, and a journal that undoes them."""

    def __init__(self) -> None:
        self._entries: list[bytes] = []
        self._leaves: list[bytes] = []
        self._tiles: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self._rows = MemoryRows()
        self._undo: list[Callable[[], object]] = []
        self._depth = 0
        self._decoded: dict[int, Entry] = {}
        self._kept = Kept()

    def size(self) -> int:
        """How many entries the log has."""
        return len(self._entries)

    def holds(self, n: int) -> bool:
        """Whether there is an entry *n*."""
        return 0 <= n < len(self._entries)

    def view(self, size: int | None = None) -> MemoryView:
        """The state after *size* entries; all of them by default."""
        return MemoryView(self, self.size() if size is None else size)

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""
        return iter(self._entries[start:stop])

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The leaf hashes of entries start..stop-1."""
        return iter(self._leaves[start:stop])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another one, a part of it that can be undone alone."""
        mark = len(self._undo)
        self._depth += 1
        done = False
        try:
            yield
            done = True
        finally:
            if not done:
                while len(self._undo) > mark:
                    self._undo.pop()()
                self._decoded.clear()
                self._kept.clear()
            self._depth -= 1
            if self._depth == 0:
                self._undo.clear()

    def writing(self) -> AbstractContextManager[None]:
        """Begin a transaction, or join the one that is open."""
        return nullcontext() if self._depth else self.transaction()

    def keep(self, entry: Entry) -> None:
        """Take the newest entry as it was before it was encoded, so that nobody decodes it again."""
        self._decoded[entry.n] = entry

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and its rows.

        Raises:
            StoreError: Outside of a transaction.
        """
        if self._depth == 0:
            raise StoreError("append needs a transaction")
        self._entries.append(data)
        self._undo.append(self._entries.pop)
        self._leaves.append(leaf_hash(data))
        self._undo.append(self._leaves.pop)
        self.derive(rows)
        fill(len(self._leaves), self._hashes, self._write_tile)

    def derive(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that is in the log already.

        Raises:
            StoreError: Outside of a transaction.
        """
        if self._depth == 0:
            raise StoreError("derive needs a transaction")
        for row in rows:
            self._undo += self._rows.put(row)

    def forget(self) -> None:
        """Remove every derived row, and keep entries and tiles.

        Raises:
            StoreError: Outside of a transaction.
        """
        if self._depth == 0:
            raise StoreError("forget needs a transaction")
        kept = self._rows

        def restore() -> None:
            self._rows = kept

        self._undo.append(restore)
        self._rows = MemoryRows()

    def _hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        if level == 0:
            return self._leaves[start:stop]
        return [self._tiles[level - 1, index][0] for index in range(start, stop)]

    def _write_tile(self, level: int, index: int, root: bytes, data: bytes) -> None:
        self._tiles[level, index] = (root, data)
        self._undo.append(lambda: self._tiles.pop((level, index)))

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log: a full one with its inner nodes, a partial one made from what is below it."""
        if width == WIDTH:
            return self._tiles[level, index][1]
        return b"".join(self._hashes(level, index * WIDTH, index * WIDTH + width))

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table as plain values, in the order of its key; as of *size* entries, where it is given."""
        if table == "tile":
            found: Iterator[Values] = ((*key, *self._tiles[key]) for key in sorted(self._tiles))
        else:
            rows, to_values = self._rows.all(table), BY_NAME[table].to_values
            found = (to_values(rows[key]) for key in sorted(rows))
        return found if size is None else iter(as_of(found, table, size, self.size()))

    def newest(self, table: str, by: str | None = None) -> Iterator[Any]:
        """The newest row of each thing in a table, in order of a column and its key, or of its key."""
        return iter(newest(self._rows.all(table), table, by))

    def scratch(self, start: int = 0) -> "MemoryStore":
        """A new empty store.

        Raises:
            StoreError: It is to begin with rows: only one process can audit what is in its memory.
        """
        if start:
            raise StoreError(f"a store in memory is audited from entry 0, not from {start}")
        return MemoryStore()

    def location(self) -> str | None:
        """No other process finds it."""
        return None

    def cuts(self, size: int, parts: int) -> list[int]:
        """Where to cut *size* entries into parts: nowhere, for one process alone reads them."""
        del size, parts
        return []

    def close(self) -> None:
        """Nothing to release."""

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded once."""
        if n not in self._decoded:
            self._decoded[n] = Entry.from_bytes(self._entries[n])
        return self._decoded[n]

    def made_of(self, n: int, entry: Callable[[int], Entry], make: Callable[[Entry], Made]) -> Made:
        """What a pure function makes of entry *n*, kept."""
        return self._kept.made_of(n, entry, make)

    @property
    def derived(self) -> MemoryRows:
        """Every derived row."""
        return self._rows
