"""The state of a store in memory after some of its entries."""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import update_wrapper
from itertools import chain, islice
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from attrs import evolve

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import (
    LASTING_STATES,
    Approval,
    Balance,
    Carry,
    Claim,
    Expiring,
    Grant,
    ImportedSerials,
    Issuance,
    IssuedBatch,
    Label,
    Offer,
    Owed,
    Piece,
    Reading,
)
from carbon_ledger.core.state.view import Made
from carbon_ledger.errors import StoreError
from carbon_ledger.stores.memory.rows import ORDERS, Key, MemoryRows
from carbon_ledger.stores.tiles import Tiled, ViewRoot

_ABOVE = 1 << 62  # greater than every number in a row


class Source(Tiled, Protocol):
    """What the view needs of its store."""

    @property
    def derived(self) -> MemoryRows:
        """Every derived row."""

    @property
    def locked_size(self) -> int | None:
        """How many entries the log has if the caller has the turn; else `None`."""

    @property
    def lock(self) -> threading.RLock:
        """The lock that is held while rows change."""

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded once."""

    def parsed(self, n: int, entry: Callable[[int], Entry], parse: Callable[[Entry], Made]) -> Made:
        """The result of a pure function for entry *n*, cached."""


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def _locked(
    query: Callable[Concatenate["MemoryView", Arguments], Result],
) -> Callable[Concatenate["MemoryView", Arguments], Result]:
    """Hold the store's lock during a query, so that no row changes meanwhile."""

    def wrapper(view: "MemoryView", /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with view._store.lock:
            return query(view, *args, **kwargs)

    return update_wrapper(wrapper, query)


class MemoryView(ViewRoot):
    """The state of a store in memory after its first *size* entries; queries seek in orders like a file's indexes."""

    def __init__(self, store: Source, size: int) -> None:
        self._store = store
        self.size = size

    @property
    def _newest(self) -> bool:
        """Whether this view is the latest state and no other caller can append; then orders of live rows suffice."""
        return self._store.locked_size == self.size

    def _between(self, order: str, group: Key, low: Key = (), high: Key | None = None) -> Iterator[Any]:
        return self._store.derived.between(order, group, low, high)

    def _before(self, order: str, group: Key, place: Key) -> Any:
        """The nearest row before a place that belongs to this view, or `None`."""
        column = "n" if order == "external" else "from_n"
        return next((row for row in self._store.derived.before(order, group, place) if self._has(row, column)), None)

    def _has(self, row: Any, column: str = "from_n") -> bool:
        """Whether a row was written by an entry of this view."""
        found: bool = getattr(row, column) < self.size
        return found

    def _versions(self, order: str, group: Key, low: int, high: int) -> Iterator[Any]:
        """The latest version in this view of each row numbered low..high-1, found by a seek or two each."""
        column = ORDERS[order].by[0]
        while (row := next(self._between(order, group, (low,), (high,)), None)) is not None:
            number = getattr(row, column)
            found = next(self._store.derived.before(order, group, (number, self.size)), None)
            if found is not None and getattr(found, column) == number:
                yield found
            low = number + 1

    def _as_then(self, row: Any) -> Any:
        """A row as it was in this view: live, if the entry that ends it is not in the view."""
        return evolve(row, to_n=None) if row.to_n is not None and row.to_n >= self.size else row

    def _live_of(self, rows: Iterator[Any]) -> list[Any]:
        found = (self._as_then(row) for row in rows if self._has(row))
        return [row for row in found if row.to_n is None]

    def entry(self, n: int) -> Entry:
        """Entry *n*, decoded.

        Raises:
            StoreError: The entry is not in this view.
        """
        if not 0 <= n < self.size:
            raise StoreError(f"entry {n}: this view has entries 0 to {self.size - 1}")
        return self._store.decoded(n)

    def parsed(self, n: int, parse: Callable[[Entry], Made]) -> Made:
        """The result of a pure function for entry *n*, cached."""
        return self._store.parsed(n, self.entry, parse)

    def _live(self, table: str, device: str, start_utc: int, end_utc: int) -> list[Any]:
        if not self._newest:
            return self._then(table, self.size, device, start_utc, end_utc)
        order, group = f"{table}_live", (device,)
        # Live rows of a device never overlap, so at most one row that begins before the period reaches into it.
        rows = [self._before(order, group, (start_utc,)), *self._between(order, group, (start_utc,), (end_utc,))]
        return [row for row in rows if row is not None and row.end_utc > start_utc]

    def _then(self, table: str, size: int, device: str, start_utc: int, end_utc: int) -> list[Any]:
        then, group, at = MemoryView(self._store, size), (device,), start_utc

        def live(low: int, high: int) -> list[Any]:
            return [row for row in then._versions(table, group, low, high) if row.to_n is None or row.to_n >= size]

        while not live(at, at + 1):
            row = next(self._store.derived.before(table, group, (at,)), None)
            if row is None:
                break
            at = row.start_utc
        return [self._as_then(row) for row in live(at, end_utc) if row.end_utc > start_utc]

    @_locked
    def registration(self, kind: str, name: str) -> int | None:
        """Number of the entry that registered this id."""
        row = self._store.derived.get("registration", (kind, name))
        return row.n if row is not None and row.n < self.size else None

    @_locked
    def registrations(self, kind: str, most: int | None = None) -> Sequence[str]:
        """All ids of a kind, in order of registration; at most the first *most* of them if it is given."""
        return [row.id for row in islice(self._between("registration", (kind,), (), (self.size,)), most)]

    @_locked
    def readings(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live runs that overlap [start, end), in time order."""
        return self._live("reading", device, start_utc, end_utc)

    @_locked
    def readings_ever(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live and superseded runs that overlap [start, end), by start and age."""
        rows = self._between("reading", (device,), (), (end_utc,))
        return [self._as_then(row) for row in rows if self._has(row) and row.end_utc > start_utc]

    @_locked
    def readings_then(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Runs that overlap [start, end) and were live after the first *n* entries, in time order."""
        return self._then("reading", min(n, self.size), device, start_utc, end_utc)

    @_locked
    def owed(self, meter: str) -> Owed | None:
        """What the devices of a meter are owed; `None` before its first readings."""
        row: Owed | None = self._before("owed", (meter,), (self.size,))
        return row

    @_locked
    def claims(self, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Live claims that overlap [start, end), in time order."""
        return self._live("claim", device, start_utc, end_utc)

    @_locked
    def claims_since(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Claims that overlap [start, end), live or freed by entry *n* or a later one, by start and age."""
        ended = self._between("claim_ended", (device,), (n,), (self.size,))
        near = [row for row in ended if row.start_utc < end_utc and row.end_utc > start_utc]
        rows = [*near, *self.claims(device, start_utc, end_utc)]
        return sorted(rows, key=lambda row: (row.start_utc, row.from_n))

    @_locked
    def claims_ended(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Claims that overlap [start, end) and that entry *n* freed, in time order."""
        if n >= self.size:
            return []
        before = next(self._store.derived.before("claim_ended", (device,), (n, start_utc)), None)
        rows = [before, *self._between("claim_ended", (device,), (n, start_utc), (n, end_utc))]
        return [row for row in rows if row is not None and row.to_n == n and row.end_utc > start_utc]

    @_locked
    def claims_of(self, issuance_n: int) -> Sequence[Claim]:
        """Live claims of an issuance, by device and time."""
        return self._live_of(self._between("claim_issuance", (issuance_n,)))

    @_locked
    def carry(self, project: str) -> Sequence[Carry]:
        """The current carry of each vintage of a project, oldest vintage first."""
        return list(self._versions("accrual", (project,), 0, _ABOVE))

    @_locked
    def carries(self, project: str) -> Sequence[Carry]:
        """Every carry that the vintages of a project ever had, by entry and vintage."""
        rows = [row for row in self._between("accrual", (project,)) if self._has(row)]
        return sorted(rows, key=lambda row: (row.from_n, row.vintage))

    @_locked
    def issuance(self, n: int) -> Issuance | None:
        """The current state of the issuance of entry *n*."""
        row: Issuance | None = self._before("issuance", (n,), (self.size,))
        return row

    @_locked
    def issuances(self, project: str) -> Sequence[Issuance]:
        """The current state of a project's issuances, in order."""
        return list(self._versions("issuance_project", (project,), 0, _ABOVE))

    @_locked
    def issued_after(self, n: int, project: str, vintage: int) -> Sequence[int]:
        """A project's issuances after entry *n* that are not voided and have an amount of the vintage, in order."""
        order = "vintage_live" if self._newest else "vintage"
        rows = self._between(order, (project,), (vintage, n + 1), (vintage + 1,))
        return [row.issuance_n for row in self._live_of(rows)]

    @_locked
    def batch(self, batch_id: str) -> IssuedBatch | None:
        """A batch by its id."""
        row: IssuedBatch | None = self._store.derived.get("batch", (batch_id,))
        return row if row is not None and row.n < self.size else None

    @_locked
    def batches(self, issuance_n: int) -> Sequence[IssuedBatch]:
        """The batches of an issuance, by vintage."""
        return list(self._between("batch", (issuance_n,))) if issuance_n < self.size else []

    @_locked
    def batches_of(self, project: str, vintage: int) -> Sequence[IssuedBatch]:
        """The batches of a vintage that a project issued, newest first."""
        rows = self._store.derived.before("batch_project", (project, vintage), (self.size,))
        return [row for row in rows if row.batch.registry is None]

    @_locked
    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece]:
        """The current pieces that overlap serials first..last, in order and uncut."""
        # Pieces never merge, so the piece that contains *first* begins at the nearest boundary at or before *first*.
        earliest = self._before("piece", (batch_id,), (first + 1,))
        return [] if earliest is None else list(self._versions("piece", (batch_id,), earliest.first, last + 1))

    @_locked
    def pieces_ever(self, batch_id: str) -> Sequence[Piece]:
        """Every piece the batch ever had."""
        return [row for row in self._between("piece", (batch_id,)) if self._has(row)]

    @_locked
    def holdings(self, account: str) -> Sequence[Piece]:
        """The current pieces of an account, by batch and serial."""
        rows = (row for row in self._between("piece_account", (account,)) if self._has(row))
        return [row for row in rows if self._before("piece", (row.batch_id,), (row.first, self.size)) is row]

    @_locked
    def balances(self, account: str) -> Sequence[Balance]:
        """The account's current totals, one row for each instrument."""
        found: list[Balance] = []
        low: Key = ()
        while (row := next(self._between("balance", (account,), low), None)) is not None:
            balance = self.balance(account, row.instrument)
            found += [] if balance is None else [balance]
            low = (row.instrument + "\0",)
        return found

    @_locked
    def balance(self, account: str, instrument: str) -> Balance | None:
        """The account's current totals of one instrument."""
        row: Balance | None = self._before("balance", (account,), (instrument, self.size))
        return row if row is not None and row.instrument == instrument else None

    @_locked
    def movements(self, account: str) -> Sequence[Balance]:
        """Every total the account ever had, oldest first."""
        rows = [row for row in self._between("balance", (account,)) if self._has(row)]
        return sorted(rows, key=lambda row: (row.from_n, row.instrument))

    @_locked
    def expiring(self, account: str, instrument: str, expires_utc: int) -> Expiring | None:
        """The account's current totals of units that expire at this time."""
        return next((row for row in self._expiring(account, instrument, expires_utc, expires_utc)), None)

    @_locked
    def expired(self, account: str, instrument: str, at_utc: int) -> Sequence[int]:
        """How many of the account's units have expired by a time, for each state of `LASTING_STATES`."""
        rows = self._expiring(account, instrument, -_ABOVE, at_utc)
        return [sum(getattr(row, state) for row in rows) for state in LASTING_STATES]

    def _expiring(self, account: str, instrument: str, first_utc: int, last_utc: int) -> list[Expiring]:
        """The account's current totals of units that expire at *first_utc* to *last_utc*."""
        group = (account, instrument)
        live = self._between("expiring_live", group, (first_utc,), (last_utc + 1,))
        ended = self._between("expiring_ended", group, (self.size,))
        return self._live_of(row for row in chain(live, ended) if first_utc <= row.expires_utc <= last_utc)

    @_locked
    def expiring_ever(self, account: str) -> Sequence[Expiring]:
        """Every total of units that expire that the account ever had, oldest first."""
        return [self._as_then(row) for row in self._between("expiring", (account,), (), (self.size,))]

    @_locked
    def offer(self, n: int) -> Offer | None:
        """The current state of the offer of entry *n*."""
        row: Offer | None = self._before("offer", (n,), (self.size,))
        return row

    @_locked
    def offers(self, account: str) -> Sequence[Offer]:
        """The current state of the offers made by or to an account, in order."""
        orders = ("offer_giver", "offer_taker")
        rows = chain.from_iterable(self._versions(order, (account,), 0, _ABOVE) for order in orders)
        return sorted({row.n: row for row in rows}.values(), key=lambda row: row.n)

    @_locked
    def labels(self, batch_id: str, first: int, last: int, label: str | None = None) -> Sequence[Label]:
        """The live labels that overlap serials first..last, uncut, by label and serial; only *label*, if given."""
        group = (batch_id,)
        if label is None or not self._newest:
            rows = self._live_of(self._between("label_live" if self._newest else "label", group))
            return [row for row in rows if label in (None, row.label) and row.first <= last and row.last >= first]
        before = self._before("label_live", group, (label, first))
        found = [before, *self._between("label_live", group, (label, first), (label, last + 1))]
        return [row for row in found if row is not None and row.label == label and row.last >= first]

    @_locked
    def imported_serials(self, registry: str, space: str, first: int, last: int) -> Sequence[ImportedSerials]:
        """The imported serials of a registry's number space that overlap first..last, in order."""
        # Imported serials never overlap, so at most one row that begins before the range reaches into it.
        group = (registry, space)
        rows = [self._before("external", group, (first,)), *self._between("external", group, (first,), (last + 1,))]
        return [row for row in rows if row is not None and row.n < self.size and row.last >= first]

    @_locked
    def grant(self, actor: str, role: str, scope: str) -> Grant | None:
        """The live grant of a role to an actor."""
        # Grants of the same role and scope to an actor never overlap, so the latest row decides.
        row = self._before("role", (actor,), (role, scope, self.size))
        if row is None or (row.role, row.scope) != (role, scope):
            return None
        return next(iter(self._live_of(iter((row,)))), None)

    @_locked
    def grants(self, actor: str) -> Sequence[Grant]:
        """The live roles of an actor, by role and scope."""
        return self._live_of(self._between("role", (actor,)))

    @_locked
    def grants_of(self, role: str, most: int | None = None) -> Sequence[Grant]:
        """The live grants of a role, by actor and scope; at most *most*, if given."""
        if self._newest:
            return list(islice(self._between("role_live", (role,)), most))
        return self._live_of(self._between("role_holders", (role,)))[:most]

    @_locked
    def approval(self, project: str, n: int) -> Approval | None:
        """The approval of a project's quantification that entry *n* recorded, ended or not."""
        rows = self._between("approval_project", (project,), (n,), (min(n + 1, self.size),))
        return next((self._as_then(row) for row in rows), None)

    @_locked
    def newest_approval(self, quantification: str, before: int, actor: str | None = None) -> Approval | None:
        """The newest approval of a quantification, or an actor's, before an entry, neither used nor revoked."""
        group = (quantification,) if actor is None else (quantification, actor)
        order = f"approval{'' if actor is None else '_actor'}{'_live' if self._newest else ''}"
        rows = self._store.derived.before(order, group, (min(before, self.size),))
        return next((found for row in rows for found in self._live_of(iter((row,)))), None)

    @_locked
    def approvals_ever(self, project: str) -> Sequence[Approval]:
        """Every approval of a project's quantifications, oldest first."""
        return [self._as_then(row) for row in self._between("approval_project", (project,), (), (self.size,))]

    @_locked
    def key_use(self, by: str, key: str) -> int | None:
        """The number of the first entry of the command for which this actor used this key."""
        row = self._store.derived.get("key_use", (key, by))
        return row.n if row is not None and row.n < self.size else None
