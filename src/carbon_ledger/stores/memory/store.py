"""A store in memory, for tests, trials and the replay of an audit. Its contents are lost when it is closed."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import Backup, Want
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
from carbon_ledger.stores.uncommitted_reads import RollbackGuards, paged


class MemoryStore:
    """A store in memory, for any number of threads: entries in a list, rows in dictionaries, and an undo journal.

    Each row has the numbers of the entries between which it is valid. A caller that does not have the turn therefore
    sees only what was committed.

    Args:
        timeout_s: How long to wait for another thread that writes. [s]
    """

    def __init__(self, timeout_s: int = 5) -> None:
        self.turns = Turns(":memory:", timeout_s, self.undo)
        self.lock = threading.RLock()  # held during each query, and while an entry and its rows are written
        self._guards = RollbackGuards()
        self._committed = 0
        self._entries: list[bytes] = []
        self._leaves: list[bytes] = []
        self._tiles: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self._rows = MemoryRows()
        self._rows_for_others: MemoryRows | None = None  # what other callers see while the rows are derived again
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

    def rollback_guard(self, size: int) -> Callable[[], None]:
        """A function that raises StoreError once any of the first *size* entries was rolled back."""
        return self._guards.guard(size, size if self.turns.mine() is None else self._committed)

    def view(self, size: int | None = None) -> MemoryView:
        """The state after *size* entries; all of them by default."""
        self.turns.require_open()
        return MemoryView(self, self.size() if size is None else size)

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""
        return paged(self._reader(self._entries), start, stop, self.rollback_guard(stop), self.turns.require_open)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The leaf hashes of entries start..stop-1."""
        return paged(self._reader(self._leaves), start, stop, self.rollback_guard(stop), self.turns.require_open)

    def _reader(self, items: list[bytes]) -> Callable[[int, int], list[bytes]]:
        return lambda start, stop: items[start : min(stop, self.size())]

    def transaction(self, *, part: bool = False, wants: Sequence[Want] = ()) -> AbstractContextManager[None]:
        """A transaction; inside another transaction, a part of it that can be undone on its own.

        Args:
            part: Whether it is a part of a command that is running.
            wants: Queries that will be made, which are ignored.
        """
        del wants
        return Transaction(self, part=part)

    def write_lock(self, wants: Sequence[Want] = ()) -> AbstractContextManager[bool]:
        """The transaction of a single command; enters as True if the command joins a transaction that is open."""
        del wants
        return CommandTransaction(self)

    def in_transaction(self) -> bool:
        """Whether the calling thread and task have a transaction open."""
        return self.turns.mine() is not None

    def begin(self) -> None:
        """Begin the transaction of the caller that has the turn."""

    def commit(self) -> None:
        """Commit the transaction.

        Raises:
            StoreError: An interrupt left the transaction incomplete.
        """
        self._require_complete()
        self._undo = []  # the transaction is committed from here on, even if an interrupt comes next
        self._committed, self._rows_for_others = len(self._entries), None

    def undo(self) -> None:
        """Undo what was not committed; does nothing if everything was."""
        self._incomplete = True
        self._undo_to(0)
        self._committed, self._rows_for_others = len(self._entries), None
        self._guards.roll_back(self._committed)
        self._incomplete = False

    def begin_part(self) -> int:
        """Begin a part that can be undone on its own; returns the length of the undo journal at its beginning.

        Raises:
            StoreError: An interrupt left the transaction incomplete.
        """
        self._require_complete()
        return len(self._undo)

    def end_part(self, part: int) -> None:
        """End a part; what it wrote belongs to the enclosing part or transaction.

        Raises:
            StoreError: An interrupt left the transaction incomplete.
        """
        del part
        self._require_complete()

    def undo_part(self, part: int) -> None:
        """Undo a part."""
        self._incomplete = True
        self._undo_to(part)
        self._guards.roll_back(len(self._entries))
        self._incomplete = False

    def _undo_to(self, length: int) -> None:
        with self.lock:
            while len(self._undo) > length:
                self._undo[-1]()  # an interrupt may come before `pop`: undoing the step twice changes nothing
                self._undo.pop()
            self._decoded.clear()
            self._cache.clear()

    def _require_complete(self) -> None:
        if self._incomplete:
            raise StoreError(":memory:: an error undid the whole batch; leave its block and begin again")

    def _require_turn(self, method: str) -> None:
        if self.turns.mine() is None:
            raise StoreError(f"{method}() was called outside a transaction; call it inside transaction()")

    def cache_entry(self, entry: Entry) -> None:
        """Cache an entry that was just written, so that it need not be decoded when it is next read."""
        self._decoded[entry.n] = entry

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and its rows.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._require_turn("append")
        self._require_complete()
        self._incomplete = True  # an entry without all its rows must not be committed
        with self.lock:
            for items, item in ((self._entries, data), (self._leaves, leaf_hash(data))):
                self._undo.append(partial(_truncate, items, len(items)))
                items.append(item)
            self.write_rows(rows)
            fill(len(self._leaves), self._hashes, self._write_tile)
        self._incomplete = False

    def append_many(self, items: Iterable[tuple[bytes, Sequence[Row]]]) -> None:
        """Write entries and their rows.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._require_turn("append")
        for data, rows in items:
            self.append(data, rows)

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that the log already has.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._require_turn("write_rows")
        with self.lock:
            for row in rows:
                self._rows.put(row, self._undo)

    def clear_projections(self) -> None:
        """Remove every derived row; entries and tiles remain.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._require_turn("clear_projections")
        rows = self._rows
        self._undo.append(lambda: setattr(self, "_rows", rows))
        self._rows_for_others = rows
        self._rows = MemoryRows()
        self._decoded.clear()

    def _hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        if level == 0:
            return self._leaves[start:stop]
        return [self._tiles[level - 1, index][0] for index in range(start, stop)]

    def _write_tile(self, level: int, index: int, root: bytes, data: bytes) -> None:
        self._undo.append(lambda: self._tiles.pop((level, index), None))
        self._tiles[level, index] = (root, data)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log: a full tile with its inner nodes, or a partial tile computed from the level below."""
        if width == WIDTH:
            return self._tiles[level, index][1]
        return b"".join(self._hashes(level, index * WIDTH, index * WIDTH + width))

    @property
    def derived(self) -> MemoryRows:
        """The derived rows that the caller sees; while rows are derived again, other callers see the earlier rows."""
        self.turns.require_open()
        if self._rows_for_others is None or self.turns.mine() is not None:
            return self._rows
        return self._rows_for_others

    @property
    def locked_size(self) -> int | None:
        """How many entries the log has if the caller has the turn, so that no other caller can append; else `None`."""
        return len(self._entries) if self.turns.mine() is not None else None

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table as plain values, in order of its key; as of *size* entries, or of all entries."""
        with self.lock:
            size = self.size() if size is None else size
            if table == "tile":
                found: list[Values] = [(*key, *self._tiles[key]) for key in sorted(self._tiles)]
            else:
                rows, to_values = self.derived.all(table), BY_NAME[table].to_values
                found = [to_values(rows[key]) for key in sorted(rows)]
            return iter(as_of(found, table, size, len(self._entries)))

    def latest_rows(self, table: str, by: str | None = None) -> Iterator[Any]:
        """The latest row of each subject in a table, in order of the column *by* and the key, or of the key."""
        with self.lock:
            return iter(list(latest(self.derived.all(table), table, by)))

    def replay_store(self, start: int = 0) -> "MemoryStore":
        """A new empty store.

        Raises:
            StoreError: *start* is not 0: the memory of a process is audited by that process alone, in one part.
        """
        if start:
            raise StoreError(f"a store in memory is audited from entry 0, not from {start}; audit it in one process")
        return MemoryStore()

    def worker_path(self) -> str | None:
        """`None`: no other process can read the store."""
        return None

    def split_points(self, size: int, parts: int) -> list[int]:
        """An empty list: one process audits all *size* entries."""
        del size, parts
        return []

    def backup(self, path: str | os.PathLike[str]) -> Backup:
        """Write a consistent copy of what was committed to a new file, and check the copy; no writer waits for it.

        Args:
            path: The new file.

        Raises:
            StoreError: The file exists already or cannot be written, or a batch of this thread is open.
            StoreFullError: The disk is full.
            BrokenLogError: The ledger is damaged.
        """
        from carbon_ledger.stores.backup import write_backup  # which writes to a ledger file
        from carbon_ledger.stores.sqlite.store import SqliteStore

        return write_backup(self, path, lambda beside: SqliteStore(beside, durable=False))

    def close(self) -> None:
        """Refuse every call from now on; does nothing if the store is closed.

        Raises:
            StoreLockedError: Another thread writes for longer than the timeout, or a command of this thread has not
                ended.
        """
        if not self.turns.forked and not self.turns.closed:
            close_in_turn(self, lambda: None)

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded once.

        Raises:
            BrokenLogError: The entry was undone.
        """
        entry = self._decoded.get(n)
        if entry is None:
            if n >= len(self._entries):
                raise BrokenLogError(f"entry {n} is missing: it was undone with its batch")
            entry = self._decoded[n] = Entry.from_bytes(self._entries[n])
        return entry

    def parsed(self, n: int, entry: Callable[[int], Entry], parse: Callable[[Entry], Made]) -> Made:
        """The result of a pure function for entry *n*, cached."""
        return self._cache.parsed(n, entry, parse)


def _truncate(items: list[bytes], size: int) -> None:
    del items[size:]
