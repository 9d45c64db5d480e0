"""A store in memory: for tests, trials and an audit's replay. Nothing is kept when it is closed."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from attrs import evolve

from carbon_ledger.errors import StoreError
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import (
    Accrual,
    Approval,
    Balance,
    Claim,
    External,
    Grant,
    Issuance,
    IssuedBatch,
    Label,
    Offer,
    Piece,
    Reading,
    Row,
)
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.stores.columns import BY_NAME, TABLES, Values
from carbon_ledger.stores.tiling import fill

Key = tuple[Any, ...]

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
    """Entries in a list, rows in dictionaries, and a journal that undoes them."""

    def __init__(self) -> None:
        self._entries: list[bytes] = []
        self._leaves: list[bytes] = []
        self._tiles: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self._rows: dict[str, dict[Key, Any]] = {name: {} for name in BY_NAME}
        self._groups: dict[str, dict[Any, list[Key]]] = {name: {} for name in BY_NAME}
        self._longest: dict[tuple[str, str], int] = {}
        self._undo: list[Callable[[], object]] = []
        self._depth = 0
        self._decoded: dict[int, Entry] = {}

    def size(self) -> int:
        """How many entries the log has."""
        return len(self._entries)

    def view(self, size: int | None = None) -> "MemoryView":
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
            self._depth -= 1
            if self._depth == 0:
                self._undo.clear()

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
            self._put(row)

    def forget(self) -> None:
        """Remove every derived row, and keep entries and tiles.

        Raises:
            StoreError: Outside of a transaction.
        """
        if self._depth == 0:
            raise StoreError("forget needs a transaction")
        kept = self._rows, self._groups

        def restore() -> None:
            self._rows, self._groups = kept

        self._undo.append(restore)
        self._rows = {name: {} for name in BY_NAME}
        self._groups = {name: {} for name in BY_NAME}

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

    def _put(self, row: Row) -> None:
        table = TABLES[type(row)]
        rows, groups = self._rows[table.name], self._groups[table.name]
        values = dict(zip(table.names, table.to_values(row), strict=True))
        key = tuple(values[name] for name in table.key)
        before = rows.get(key)
        rows[key] = row
        if before is not None:
            if getattr(row, "to_n", None) is None:
                rows[key] = before
                raise StoreError(f"table {table.name}: the key {key} is taken")
            self._undo.append(lambda: rows.update({key: before}))
            return
        members = groups.setdefault(_GROUPS[table.name](row)[1], [])
        insort(members, key)
        self._undo.append(lambda: rows.pop(key))
        self._undo.append(lambda: members.remove(key))
        if isinstance(row, Reading | Claim):
            where = (table.name, row.device)
            # Never undone: it only bounds how far back a search begins.
            self._longest[where] = max(self._longest.get(where, 0), row.end_utc - row.start_utc)

    def rows(self, table: str) -> Iterator[Values]:
        """Every row of a table as plain values, in the order of its key."""
        if table == "tile":
            return ((*key, *self._tiles[key]) for key in sorted(self._tiles))
        rows, to_values = self._rows[table], BY_NAME[table].to_values
        return (to_values(rows[key]) for key in sorted(rows))

    def scratch(self) -> "MemoryStore":
        """A new empty store."""
        return MemoryStore()

    def close(self) -> None:
        """Nothing to release."""

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded once."""
        if n not in self._decoded:
            self._decoded[n] = Entry.from_bytes(self._entries[n])
        return self._decoded[n]

    def get(self, table: str, key: Key) -> Any:
        """A row by its key, or none."""
        return self._rows[table].get(key)

    def group(self, table: str, name: object) -> list[Any]:
        """The rows of a device, project, batch, account, ..., by key."""
        rows = self._rows[table]
        return [rows[key] for key in self._groups[table].get(name, ())]

    def around(self, table: str, device: str, start_utc: int, end_utc: int) -> list[Any]:
        """The rows of a device that may overlap [start, end), by key."""
        rows, members = self._rows[table], self._groups[table].get(device, [])
        longest = self._longest.get((table, device), 0)
        low = bisect_left(members, (device, start_utc - longest))
        high = bisect_left(members, (device, end_utc))
        return [rows[key] for key in members[low:high]]

    def all(self, table: str) -> list[Any]:
        """Every row of a table, in the order of its key."""
        rows = self._rows[table]
        return [rows[key] for key in sorted(rows)]


class MemoryView:
    """The state of a memory store after some of its entries."""

    def __init__(self, store: MemoryStore, size: int) -> None:
        self._store = store
        self.size = size

    def entry(self, n: int) -> Entry:
        """Entry *n*, decoded.

        Raises:
            StoreError: The view does not see it.
        """
        if not 0 <= n < self.size:
            raise StoreError(f"entry {n}: this view has entries 0 to {self.size - 1}")
        return self._store.decoded(n)

    def _live(self, table: str, device: str, start_utc: int, end_utc: int) -> list[Any]:
        return [
            row for row in self._ever(table, device, start_utc, end_utc) if row.to_n is None or row.to_n >= self.size
        ]

    def _ever(self, table: str, device: str, start_utc: int, end_utc: int) -> list[Any]:
        rows = self._store.around(table, device, start_utc, end_utc)
        return [self._as_then(row) for row in rows if row.from_n < self.size and row.end_utc > start_utc]

    def _as_then(self, row: Any) -> Any:
        """A row without the entry that ends it, where the view does not see that entry."""
        return evolve(row, to_n=None) if row.to_n is not None and row.to_n >= self.size else row

    def _newest(self, rows: list[Any], key: Callable[[Any], object]) -> list[Any]:
        newest = {key(row): row for row in rows if row.from_n < self.size}
        return list(newest.values())

    def registration(self, kind: str, name: str) -> int | None:
        """Number of the entry that registered this id."""
        row = self._store.get("registration", (kind, name))
        return row.n if row is not None and row.n < self.size else None

    def registrations(self, kind: str) -> Sequence[str]:
        """All ids of a kind, in order of registration."""
        rows = [row for row in self._store.group("registration", kind) if row.n < self.size]
        return [row.id for row in sorted(rows, key=lambda row: row.n)]

    def readings(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live runs that overlap [start, end), in time order."""
        return self._live("reading", device, start_utc, end_utc)

    def readings_ever(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live and superseded runs that overlap [start, end), by start and age."""
        return self._ever("reading", device, start_utc, end_utc)

    def claims(self, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Live claims that overlap [start, end), in time order."""
        return self._live("claim", device, start_utc, end_utc)

    def claims_of(self, issuance_n: int) -> Sequence[Claim]:
        """Live claims of an issuance, by device and time."""
        return [
            self._as_then(row)
            for row in self._store.all("claim")
            if row.issuance_n == issuance_n and row.from_n < self.size and (row.to_n is None or row.to_n >= self.size)
        ]

    def accrual(self, project: str) -> Accrual | None:
        """The project's carry, none before its first issuance."""
        rows = self._newest(self._store.group("accrual", project), lambda row: row.project)
        return rows[0] if rows else None

    def issuance(self, n: int) -> Issuance | None:
        """The issuance of entry *n* as it stands."""
        if self._store.get("issuance", (n, n)) is None:
            return None
        project = self._store.get("issuance", (n, n)).project
        return next((row for row in self.issuances(project) if row.n == n), None)

    def issuances(self, project: str) -> Sequence[Issuance]:
        """A project's issuances as they stand, in order."""
        return self._newest(self._store.group("issuance", project), lambda row: row.n)

    def batch(self, batch_id: str) -> IssuedBatch | None:
        """A batch by its id."""
        row: IssuedBatch | None = self._store.get("batch", (batch_id,))
        return row if row is not None and row.n < self.size else None

    def batches(self, issuance_n: int) -> Sequence[IssuedBatch]:
        """The batches of an issuance, by vintage."""
        rows = self._store.group("batch", issuance_n) if issuance_n < self.size else []
        return sorted(rows, key=lambda row: row.batch.vintage)

    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece]:
        """The current pieces that overlap serials first..last, in order, whole."""
        rows = self._newest(self._store.group("piece", batch_id), lambda row: row.first)
        return [row for row in rows if row.first <= last and row.last >= first]

    def pieces_ever(self, batch_id: str) -> Sequence[Piece]:
        """Every piece the batch ever had."""
        return [row for row in self._store.group("piece", batch_id) if row.from_n < self.size]

    def holdings(self, account: str) -> Sequence[Piece]:
        """The current pieces of an account, by batch and serial."""
        rows = self._newest(self._store.all("piece"), lambda row: (row.batch_id, row.first))
        return [row for row in rows if row.account == account]

    def balances(self, account: str) -> Sequence[Balance]:
        """The account's current totals, an instrument each."""
        return self._newest(self._store.group("balance", account), lambda row: row.instrument)

    def balance(self, account: str, instrument: str) -> Balance | None:
        """The account's current totals of one instrument."""
        return next((row for row in self.balances(account) if row.instrument == instrument), None)

    def movements(self, account: str) -> Sequence[Balance]:
        """Every total the account ever had, oldest first."""
        rows = [row for row in self._store.group("balance", account) if row.from_n < self.size]
        return sorted(rows, key=lambda row: (row.from_n, row.instrument))

    def offer(self, n: int) -> Offer | None:
        """The offer of entry *n* as it stands."""
        rows = self._newest(self._store.group("offer", n), lambda row: row.n)
        return rows[0] if rows else None

    def offers(self, account: str) -> Sequence[Offer]:
        """The offers that an account gave or was given, as they stand, in order."""
        rows = self._newest(self._store.all("offer"), lambda row: row.n)
        return [row for row in rows if account in (row.giver, row.taker)]

    def _live_of(self, table: str, name: str) -> list[Any]:
        rows = self._store.group(table, name)
        return [
            self._as_then(row) for row in rows if row.from_n < self.size and (row.to_n is None or row.to_n >= self.size)
        ]

    def labels(self, batch_id: str) -> Sequence[Label]:
        """The live labels of a batch, by label and serial."""
        return self._live_of("label", batch_id)

    def externals(self, registry: str, space: str, first: int, last: int) -> Sequence[External]:
        """The imported serials of a registry's number space that overlap first..last, in order."""
        rows = self._store.group("external", (registry, space))
        return [row for row in rows if row.n < self.size and row.first <= last and row.last >= first]

    def grants(self, actor: str) -> Sequence[Grant]:
        """The live roles of an actor, by role and scope."""
        return self._live_of("role", actor)

    def approvals(self, quantification: str) -> Sequence[Approval]:
        """The live approvals of a quantification, oldest first."""
        return self._live_of("approval", quantification)

    def key_use(self, key: str) -> int | None:
        """Number of the first entry of the command that used this key."""
        row = self._store.get("key_use", (key,))
        return row.n if row is not None and row.n < self.size else None
