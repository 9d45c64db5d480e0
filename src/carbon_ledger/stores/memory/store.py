"""A store in memory: for tests, trials and an audit's replay. Nothing is left when it is closed."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import Backup
from carbon_ledger.core.state.view import Made
from carbon_ledger.errors import BrokenLogError, StoreError
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.stores.cache import Cache
from carbon_ledger.stores.memory.rows import MemoryRows, latest
from carbon_ledger.stores.memory.view import MemoryView
from carbon_ledger.stores.tables import BY_NAME, Values, as_of
from carbon_ledger.stores.tiles import fill
from carbon_ledger.stores.transactions import CommandTransaction, Transaction, close_in_turn
from carbon_ledger.stores.turns import Turns
from carbon_ledger.stores.uncommitted_reads import Marks, paged


class MemoryStore:
    """Entries in a list, rows in dictionaries, and a journal that undoes them; for any number of threads.

    Rows carry the entries between which they are true, so that whoever has not the turn sees what was committed.

    Args:
        timeout_s: How long to wait for another thread that writes. [s]
    """

    def __init__(self, timeout_s: int = 5) -> None:
        self.turns = Turns(":memory:", timeout_s, self.undo)
        self.lock = threading.RLock()  # held for each question, and while an entry and its rows are written
        self._marks = Marks()
        self._committed = 0
        self._entries: list[bytes] = []
        self._leaves: list[bytes] = []
        self._tiles: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self._rows = MemoryRows()
        self._shown: MemoryRows | None = None  # what others see while the rows are derived again
        self._undo: list[Callable[[], object]] = []
        self._incomplete = False
        self._decoded: dict[int, Entry] = {}
        self._cache = Cache()

    def size(self) -> int:
        """How many entries the log has."""
        self.turns.require_open()
        return self._committed if self.turns.mine() is None else len(self._entries)

    def contains(self, n: int) -> bool:
        """Whether there is an entry *n*."""
        return 0 <= n < self.size()

    def standing(self, size: int) -> Callable[[], None]:
        """What to call before reading on in the first *size* entries: it refuses once they were undone."""
        return self._marks.mark(size, size if self.turns.mine() is None else self._committed)

    def view(self, size: int | None = None) -> MemoryView:
        """The state after *size* entries; all of them by default."""
        self.turns.require_open()
        return MemoryView(self, self.size() if size is None else size)

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""
        return paged(self._reader(self._entries), start, stop, self.standing(stop), self.turns.require_open)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The leaf hashes of entries start..stop-1."""
        return paged(self._reader(self._leaves), start, stop, self.standing(stop), self.turns.require_open)

    def _reader(self, items: list[bytes]) -> Callable[[int, int], list[bytes]]:
        return lambda start, stop: items[start : min(stop, self.size())]

    def transaction(self, *, part: bool = False) -> AbstractContextManager[None]:
        """All or nothing; inside another one, a part of it that can be undone alone.

        Args:
            part: Whether it is a part of a command that is running.
        """
        return Transaction(self, part=part)

    def write_lock(self) -> AbstractContextManager[bool]:
        """The transaction of a single command, or its place in the one that is open; says whether it joined one."""
        return CommandTransaction(self)

    def begin(self) -> None:
        """Begin a transaction, of whoever has the turn."""

    def commit(self) -> None:
        """Commit the transaction.

        Raises:
            StoreError: An interrupt left it incomplete.
        """
        self._require_standing()
        self._undo = []  # from now on it stands, whatever comes
        self._committed, self._shown = len(self._entries), None

    def undo(self) -> None:
        """Undo what was not committed; where that is nothing, nothing happens."""
        self._incomplete = True
        self._undo_to(0)
        self._committed, self._shown = len(self._entries), None
        self._marks.undo(self._committed)
        self._incomplete = False

    def begin_part(self) -> int:
        """Begin a part that can be undone alone; returns where it begins."""
        self._require_standing()
        return len(self._undo)

    def end_part(self, part: int) -> None:
        """Join a part to what is around it."""
        del part
        self._require_standing()

    def undo_part(self, part: int) -> None:
        """Undo a part."""
        self._incomplete = True
        self._undo_to(part)
        self._marks.undo(len(self._entries))
        self._incomplete = False

    def _undo_to(self, mark: int) -> None:
        with self.lock:
            while len(self._undo) > mark:
                self._undo[-1]()  # done again, where an interrupt comes before the next line, it changes nothing
                self._undo.pop()
            self._decoded.clear()
            self._cache.clear()

    def _require_standing(self) -> None:
        if self._incomplete:
            raise StoreError(":memory:: an error undid the whole batch; leave its block and begin again")

    def _require_turn(self, what: str) -> None:
        if self.turns.mine() is None:
            raise StoreError(f"{what} needs a transaction")

    def cache_entry(self, entry: Entry) -> None:
        """Cache an entry that was just written, so that it need not be decoded when it is next read."""
        self._decoded[entry.n] = entry

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and its rows.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._require_turn("append")
        self._require_standing()
        self._incomplete = True  # an entry without all its rows must not be committed
        with self.lock:
            for items, item in ((self._entries, data), (self._leaves, leaf_hash(data))):
                self._undo.append(partial(_cut_off, items, len(items)))
                items.append(item)
            self.write_rows(rows)
            fill(len(self._leaves), self._hashes, self._write_tile)
        self._incomplete = False

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that is in the log already.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._require_turn("write_rows")
        with self.lock:
            for row in rows:
                self._rows.put(row, self._undo)

    def clear_projections(self) -> None:
        """Remove every derived row, and keep entries and tiles.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._require_turn("clear_projections")
        rows = self._rows
        self._undo.append(lambda: setattr(self, "_rows", rows))
        self._shown = rows
        self._rows = MemoryRows()

    def _hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        if level == 0:
            return self._leaves[start:stop]
        return [self._tiles[level - 1, index][0] for index in range(start, stop)]

    def _write_tile(self, level: int, index: int, root: bytes, data: bytes) -> None:
        self._undo.append(lambda: self._tiles.pop((level, index), None))
        self._tiles[level, index] = (root, data)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log: a full one with its inner nodes, a partial one made from what is below it."""
        if width == WIDTH:
            return self._tiles[level, index][1]
        return b"".join(self._hashes(level, index * WIDTH, index * WIDTH + width))

    @property
    def derived(self) -> MemoryRows:
        """The derived rows that the caller sees: while they are derived again, others see them as they were."""
        self.turns.require_open()
        return self._rows if self._shown is None or self.turns.mine() is not None else self._shown

    @property
    def locked_size(self) -> int | None:
        """How many entries there are, while the caller has the turn: nobody else can change what is newest then."""
        return len(self._entries) if self.turns.mine() is not None else None

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table as plain values, in the order of its key; as of *size* entries, where it is given."""
        with self.lock:
            size = self.size() if size is None else size
            if table == "tile":
                found: list[Values] = [(*key, *self._tiles[key]) for key in sorted(self._tiles)]
            else:
                rows, to_values = self.derived.all(table), BY_NAME[table].to_values
                found = [to_values(rows[key]) for key in sorted(rows)]
            return iter(as_of(found, table, size, len(self._entries)))

    def latest_rows(self, table: str, by: str | None = None) -> Iterator[Any]:
        """The newest row of each thing in a table, in order of a column and its key, or of its key."""
        with self.lock:
            return iter(list(latest(self.derived.all(table), table, by)))

    def replay_store(self, start: int = 0) -> "MemoryStore":
        """A new empty store.

        Raises:
            StoreError: It is to begin with rows: only one process can audit what is in its memory.
        """
        if start:
            raise StoreError(f"a store in memory is audited from entry 0, not from {start}")
        return MemoryStore()

    def worker_path(self) -> str | None:
        """No other process finds it."""
        return None

    def split_points(self, size: int, parts: int) -> list[int]:
        """Where to cut *size* entries into parts: nowhere, for one process alone reads them."""
        del size, parts
        return []

    def backup(self, path: str | os.PathLike[str]) -> Backup:
        """Write a consistent copy of what was committed to a new file, and check it; no writer waits for it.

        Args:
            path: The new file.

        Raises:
            StoreError: There is a file already, it cannot be written, or a batch of this thread is open.
            StoreFullError: There is no room left.
            BrokenLogError: The ledger is damaged.
        """
        from carbon_ledger.stores.backup import write_backup  # which writes to a ledger file
        from carbon_ledger.stores.sqlite.store import SqliteStore

        return write_backup(self, path, lambda beside: SqliteStore(beside, durable=False))

    def close(self) -> None:
        """Refuse every call from now on; a second time, nothing happens.

        Raises:
            StoreLockedError: Another thread writes for longer than the timeout, or a command of this one is not done.
        """
        if not self.turns.forked and not self.turns.closed:
            close_in_turn(self, lambda: None)

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded once.

        Raises:
            BrokenLogError: It was undone.
        """
        entry = self._decoded.get(n)
        if entry is None:
            if n >= len(self._entries):
                raise BrokenLogError(f"entry {n} is missing: it was undone with its batch")
            entry = self._decoded[n] = Entry.from_bytes(self._entries[n])
        return entry

    def parsed(self, n: int, entry: Callable[[int], Entry], make: Callable[[Entry], Made]) -> Made:
        """What a pure function makes of entry *n*, cached."""
        return self._cache.parsed(n, entry, make)


def _cut_off(items: list[bytes], size: int) -> None:
    del items[size:]
