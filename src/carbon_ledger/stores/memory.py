"""A store in memory: for tests, trials and an audit's replay. Nothing is kept when it is closed."""

import os
import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final

from carbon_ledger.errors import StoreError
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import Backup, Claim, Made, Reading, Row
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.stores.columns import BY_NAME, TABLES, Values, as_of, newest
from carbon_ledger.stores.kept import Kept
from carbon_ledger.stores.memory_view import Key, MemoryView
from carbon_ledger.stores.standing import Marks, paged
from carbon_ledger.stores.tiling import fill
from carbon_ledger.stores.transactions import CommandTransaction, Transaction, close_in_turn
from carbon_ledger.stores.turns import Turns

_GROUPS: Final[dict[str, Callable[[Any], tuple[str, Any]]]] = {
    "registration": lambda row: ("kind", row.kind),
    "reading": lambda row: ("device", row.device),
    "claim": lambda row: ("device", row.device),
    "accrual": lambda row: ("project", row.project),
    "issuance": lambda row: ("project", row.project),
    "batch": lambda row: ("n", row.n),
    "piece": lambda row: ("batch_id", row.batch_id),
    "balance": lambda row: ("account", row.account),
    "offer": lambda row: ("n", row.n),
    "label": lambda row: ("batch_id", row.batch_id),
    "external": lambda row: ("space", (row.registry, row.space)),
    "role": lambda row: ("actor", row.actor),
    "approval": lambda row: ("quantification", row.quantification),
    "key_use": lambda row: ("key", row.key),
}


class MemoryStore:
    """Entries in a list, rows in dictionaries, and a journal that undoes them; for any number of threads.

    Rows carry the entries between which they are true, so that whoever has not the turn sees what was committed.

    Args:
        timeout_s: How long to wait for another thread that writes. [s]
    """

    def __init__(self, timeout_s: int = 5) -> None:
        self.turns = Turns(":memory:", timeout_s, self.undo)
        self._lock = threading.RLock()  # held for one step at a time: an interrupt leaves no step half done
        self._marks = Marks()
        self._committed = 0
        self._entries: list[bytes] = []
        self._leaves: list[bytes] = []
        self._tiles: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self._tables = Tables()
        self._shown: Tables | None = None  # what others see while the tables are derived again
        self._longest: dict[tuple[str, str], int] = {}
        self._undo: list[Callable[[], object]] = []
        self._torn = False
        self._decoded: dict[int, Entry] = {}
        self._kept = Kept()

    def size(self) -> int:
        """How many entries the log has."""
        self.turns.require_open()
        return self._committed if self.turns.mine() is None else len(self._entries)

    def holds(self, n: int) -> bool:
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
        return paged(self._reader(self._entries), start, stop, self.standing(stop))

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The leaf hashes of entries start..stop-1."""
        return paged(self._reader(self._leaves), start, stop, self.standing(stop))

    def _reader(self, items: list[bytes]) -> Callable[[int, int], list[bytes]]:
        return lambda start, stop: items[start : min(stop, self.size())]

    def transaction(self, *, part: bool = False) -> AbstractContextManager[None]:
        """All or nothing; inside another one, a part of it that can be undone alone.

        Args:
            part: Whether it is a part of a command that is running.
        """
        return Transaction(self, part=part)

    def writing(self) -> AbstractContextManager[bool]:
        """The transaction of a single command, or its place in the one that is open; says whether it joined one."""
        return CommandTransaction(self)

    def begin(self) -> None:
        """Begin a transaction, of whoever has the turn."""

    def commit(self) -> None:
        """Commit the transaction.

        Raises:
            StoreError: An interrupt has torn it.
        """
        self._require_standing()
        self._undo = []  # from now on it stands, whatever comes
        self._committed, self._shown = len(self._entries), None

    def undo(self) -> None:
        """Undo what was not committed; where that is nothing, nothing happens."""
        self._torn = True
        self._undo_to(0)
        self._committed, self._shown = len(self._entries), None
        self._marks.undo(self._committed)
        self._torn = False

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
        self._torn = True
        self._undo_to(part)
        self._marks.undo(len(self._entries))
        self._torn = False

    def _undo_to(self, mark: int) -> None:
        with self._lock:
            while len(self._undo) > mark:
                self._undo[-1]()  # done again, where an interrupt comes before the next line, it changes nothing
                self._undo.pop()
            self._decoded.clear()
            self._kept.clear()

    def _require_standing(self) -> None:
        if self._torn:
            raise StoreError(":memory:: an error undid the whole batch; leave its block and begin again")

    def _require_turn(self, what: str) -> None:
        if self.turns.mine() is None:
            raise StoreError(f"{what} needs a transaction")

    def keep(self, entry: Entry) -> None:
        """Take the newest entry as it was before it was encoded, so that nobody decodes it again."""
        self._decoded[entry.n] = entry

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and its rows.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._require_turn("append")
        self._require_standing()
        self._torn = True  # an entry without all its rows must not be committed
        with self._lock:
            for items, item in ((self._entries, data), (self._leaves, leaf_hash(data))):
                self._undo.append(partial(_cut_off, items, len(items)))
                items.append(item)
            self.derive(rows)
            fill(len(self._leaves), self._hashes, self._write_tile)
        self._torn = False

    def derive(self, rows: Sequence[Row]) -> None:
        """Write the rows of an entry that is in the log already.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._require_turn("derive")
        with self._lock:
            for row in rows:
                self._put(row)

    def forget(self) -> None:
        """Remove every derived row, and keep entries and tiles.

        Raises:
            StoreError: Outside of a transaction.
        """
        self._require_turn("forget")
        tables = self._tables
        self._undo.append(lambda: setattr(self, "_tables", tables))
        self._shown = tables
        self._tables = Tables()

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

    def _put(self, row: Row) -> None:
        table = TABLES[type(row)]
        values = dict(zip(table.names, table.to_values(row), strict=True))
        key = tuple(values[name] for name in table.key)
        rows, members = self._tables.rows[table.name], self._tables.members(table.name, _GROUPS[table.name](row)[1])
        before = rows.get(key)
        if before is not None:
            if getattr(row, "to_n", None) is None:
                raise StoreError(f"table {table.name}: the key {key} is taken")
            self._undo.append(partial(rows.__setitem__, key, before))
            rows[key] = row
            return
        self._undo.append(partial(_take_out, rows, members, key))
        rows[key] = row
        insort(members, key)
        if isinstance(row, Reading | Claim):
            where = (table.name, row.device)
            # Never undone: it only bounds how far back a search begins.
            self._longest[where] = max(self._longest.get(where, 0), row.end_utc - row.start_utc)

    def _seen(self) -> "Tables":
        """The tables that the caller sees: while they are derived again, others see them as they were."""
        return self._tables if self._shown is None or self.turns.mine() is not None else self._shown

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table as plain values, in the order of its key; as of *size* entries, where it is given."""
        with self._lock:
            size = self.size() if size is None else size
            if table == "tile":
                found: list[Values] = [(*key, *self._tiles[key]) for key in sorted(self._tiles)]
            else:
                to_values = BY_NAME[table].to_values
                found = [to_values(row) for row in self.all(table)]
            return iter(as_of(found, table, size, len(self._entries)))

    def newest(self, table: str, by: str | None = None) -> Iterator[Any]:
        """The newest row of each thing in a table, in order of a column and its key, or of its key."""
        with self._lock:
            return iter(list(newest(self._seen().rows[table], table, by)))

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

        return write_backup(self, path)

    def close(self) -> None:
        """Refuse every call from now on; a second time, nothing happens.

        Raises:
            StoreLockedError: Another thread writes for longer than the timeout, or a command of this one is not done.
        """
        if not self.turns.forked and not self.turns.closed:
            close_in_turn(self, lambda: None)

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded once."""
        entry = self._decoded.get(n)
        if entry is None:
            entry = self._decoded[n] = Entry.from_bytes(self._entries[n])
        return entry

    def made_of(self, n: int, entry: Callable[[int], Entry], make: Callable[[Entry], Made]) -> Made:
        """What a pure function makes of entry *n*, kept."""
        return self._kept.made_of(n, entry, make)

    def get(self, table: str, key: Key) -> Any:
        """A row by its key, or none."""
        self.turns.require_open()
        return self._seen().rows[table].get(key)

    def group(self, table: str, name: object) -> list[Any]:
        """The rows of a device, project, batch, account, ..., by key."""
        self.turns.require_open()
        with self._lock:
            tables = self._seen()
            rows = tables.rows[table]
            return [rows[key] for key in tables.groups[table].get(name, ())]

    def around(self, table: str, device: str, start_utc: int, end_utc: int) -> list[Any]:
        """The rows of a device that may overlap [start, end), by key."""
        self.turns.require_open()
        with self._lock:
            tables = self._seen()
            rows, members = tables.rows[table], tables.groups[table].get(device, [])
            longest = self._longest.get((table, device), 0)
            low = bisect_left(members, (device, start_utc - longest))
            high = bisect_left(members, (device, end_utc))
            return [rows[key] for key in members[low:high]]

    def reaching(self, batch_id: str, first: int, last: int, size: int) -> list[Any]:
        """The pieces of a batch that may overlap serials first..last in a view of *size* entries, by key."""
        self.turns.require_open()
        with self._lock:
            tables = self._seen()
            rows, members = tables.rows["piece"], tables.groups["piece"].get(batch_id, [])
            at = bisect_left(members, (batch_id, first + 1))
            # Pieces never merge, so the one that holds *first* begins at the newest boundary before it.
            while at and rows[members[at - 1]].from_n >= size:
                at -= 1
            low = bisect_left(members, members[at - 1][:2]) if at else 0
            return [rows[key] for key in members[low : bisect_left(members, (batch_id, last + 1))]]

    def all(self, table: str) -> list[Any]:
        """Every row of a table, in the order of its key."""
        self.turns.require_open()
        with self._lock:
            rows = self._seen().rows[table]
            return [rows[key] for key in sorted(rows)]


class Tables:
    """The derived rows by table and key, and the keys of what belongs together."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Key, Any]] = {name: {} for name in BY_NAME}
        self.groups: dict[str, dict[Any, list[Key]]] = {name: {} for name in BY_NAME}

    def members(self, table: str, name: object) -> list[Key]:
        """The keys of a group, in order; a list that grows with it."""
        return self.groups[table].setdefault(name, [])


def _cut_off(items: list[bytes], size: int) -> None:
    del items[size:]


def _take_out(rows: dict[Key, Any], members: list[Key], key: Key) -> None:
    at = bisect_left(members, key)
    if members[at : at + 1] == [key]:
        del members[at]
    rows.pop(key, None)
