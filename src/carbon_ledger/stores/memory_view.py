"""The state of a store in memory after some of its entries."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

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
    Made,
    Offer,
    Piece,
    Reading,
)

Key = tuple[Any, ...]


class Source(Protocol):
    """What the view needs of its store."""

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded once."""

    def made_of(self, n: int, entry: Callable[[int], Entry], make: Callable[[Entry], Made]) -> Made:
        """What a pure function makes of entry *n*, kept."""

    def get(self, table: str, key: Key) -> Any:
        """A row by its key, or none."""

    def group(self, table: str, name: object) -> list[Any]:
        """The rows of a device, project, batch, account, ..., by key."""

    def around(self, table: str, device: str, start_utc: int, end_utc: int) -> list[Any]:
        """The rows of a device that may overlap [start, end), by key."""

    def reaching(self, batch_id: str, first: int, last: int, size: int) -> list[Any]:
        """The pieces of a batch that may overlap serials first..last in a view of *size* entries, by key."""

    def all(self, table: str) -> list[Any]:
        """Every row of a table, in the order of its key."""


class MemoryView:
    """The state of a memory store after some of its entries."""

    def __init__(self, store: Source, size: int) -> None:
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

    def made_of(self, n: int, make: Callable[[Entry], Made]) -> Made:
        """What a pure function makes of entry *n*, kept."""
        return self._store.made_of(n, self.entry, make)

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

    def claims_ever(self, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Live and freed claims that overlap [start, end), by start and age."""
        return self._ever("claim", device, start_utc, end_utc)

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

    def accruals(self, project: str) -> Sequence[Accrual]:
        """Every carry the project ever had, oldest first."""
        return [row for row in self._store.group("accrual", project) if row.from_n < self.size]

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
        rows = self._newest(self._store.reaching(batch_id, first, last, self.size), lambda row: row.first)
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

    def grants_of(self, role: str) -> Sequence[Grant]:
        """The live grants of a role, by actor and scope."""
        actors = sorted({row.actor for row in self._store.all("role") if row.role == role})
        return [row for actor in actors for row in self.grants(actor) if row.role == role]

    def approvals(self, quantification: str) -> Sequence[Approval]:
        """The approvals of a quantification that were neither used nor revoked, oldest first."""
        return self._live_of("approval", quantification)

    def approvals_ever(self, project: str) -> Sequence[Approval]:
        """Every approval of a project's quantifications, oldest first."""
        rows = [row for row in self._store.all("approval") if row.project == project and row.from_n < self.size]
        return [self._as_then(row) for row in sorted(rows, key=lambda row: row.from_n)]

    def key_use(self, by: str, key: str) -> int | None:
        """Number of the first entry of the command for which this actor used this key."""
        row = self._store.get("key_use", (key, by))
        return row.n if row is not None and row.n < self.size else None
