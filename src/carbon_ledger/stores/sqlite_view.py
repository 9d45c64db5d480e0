"""The state of a ledger file after some of its entries: an index seek a question."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

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
from carbon_ledger.stores.columns import BY_NAME, Values
from carbon_ledger.stores.kept import Kept, bound

_NEVER: Final = -(1 << 62)
_LIVE: Final = "from_n < ? and (to_n is null or to_n >= ?)"


_SELECT: Final = {name: f"select {', '.join(table.names)} from {name}" for name, table in BY_NAME.items()}


# A seek or two for each instrument: an account's history is long, its instruments are few.
_BALANCES: Final = f"""
with recursive held (name) as (
  select min(instrument) from balance where account = ?
  union all
  select (select min(instrument) from balance where account = ? and instrument > name) from held where name is not null
)
{_SELECT["balance"]} join held on instrument = name
where account = ? and from_n = (
  select max(from_n) from balance as newer where newer.account = ? and newer.instrument = name and newer.from_n < ?
)
order by instrument
"""


class Source(Protocol):
    """What the view needs of its store."""

    @property
    def kept(self) -> Kept:
        """What was read before."""

    @property
    def head(self) -> int | None:
        """How many entries there are, while the store holds the lock; else nobody knows for long."""

    def select(self, sql: str, values: Sequence[Any] = ()) -> list[Values]:
        """The rows of a query."""

    def decoded(self, n: int) -> Entry:
        """Entry *n*, decoded."""


class SqliteView:
    """The state of a SQLite store after its first *size* entries."""

    def __init__(self, store: Source, size: int) -> None:
        self._store = store
        self.size = size

    def _rows(self, table: str, rest: str, values: Sequence[Any]) -> list[Any]:
        make = BY_NAME[table].from_values
        return [make(*row) for row in self._store.select(f"{_SELECT[table]} {rest}", values)]

    def _one(self, table: str, rest: str, values: Sequence[Any]) -> Any:
        rows = self._rows(table, f"{rest} limit 1", values)
        return rows[0] if rows else None

    def _live(self, table: str, device: str, start_utc: int, end_utc: int) -> list[Any]:
        size = self.size
        if self._store.head == size and start_utc >= self._until(table, device):
            return []
        # Live rows of a device never overlap, so at most one that begins earlier reaches into the time.
        rows = self._rows(
            table,
            f"where device = ? and start_utc < ? and start_utc >= coalesce((select start_utc from {table} "
            f"where device = ? and start_utc < ? and {_LIVE} order by start_utc desc limit 1), ?) and {_LIVE} "
            "order by start_utc",
            (device, end_utc, device, start_utc, size, size, start_utc, size, size),
        )
        return [self._as_then(row) for row in rows if row.end_utc > start_utc]

    def _ever(self, table: str, device: str, start_utc: int, end_utc: int) -> list[Any]:
        rows = self._rows(
            table,
            "where device = ? and start_utc < ? and end_utc > ? and from_n < ? order by start_utc, from_n",
            (device, end_utc, start_utc, self.size),
        )
        return [self._as_then(row) for row in rows]

    def _as_then(self, row: Any) -> Any:
        """A row without the entry that ends it, where the view does not see that entry."""
        return evolve(row, to_n=None) if row.to_n is not None and row.to_n >= self.size else row

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
        return self._store.kept.made_of(n, self.entry, make)

    def registration(self, kind: str, name: str) -> int | None:
        """Number of the entry that registered this id."""
        registered = self._store.kept.registered
        n = registered.get((kind, name))
        if n is None:
            absent = self._store.kept.absent if self._store.head == self.size else {}
            if (kind, name) in absent:
                return None
            rows = self._store.select("select n from registration where kind = ? and id = ?", (kind, name))
            if not rows:
                bound(absent)
                absent[kind, name] = None
                return None
            bound(registered)
            n = registered[kind, name] = int(rows[0][0])
        return n if n < self.size else None

    def registrations(self, kind: str) -> Sequence[str]:
        """All ids of a kind, in order of registration."""
        return [row.id for row in self._rows("registration", "where kind = ? and n < ? order by n", (kind, self.size))]

    def readings(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live runs that overlap [start, end), in time order."""
        return self._live("reading", device, start_utc, end_utc)

    def _until(self, table: str, device: str) -> int:
        kept = self._store.kept.until
        if (table, device) not in kept:
            # Live rows of a device do not overlap, so the last to begin is the last to end.
            row = self._one(table, "where device = ? and to_n is null order by start_utc desc", (device,))
            bound(kept)
            kept[table, device] = _NEVER if row is None else row.end_utc
        return kept[table, device]

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
        rows = self._rows(
            "claim",
            f"where issuance_n = ? and {_LIVE} order by device, start_utc, from_n",
            (issuance_n, self.size, self.size),
        )
        return [self._as_then(row) for row in rows]

    def accrual(self, project: str) -> Accrual | None:
        """The project's carry, none before its first issuance."""
        kept = self._store.kept.accruals if self._store.head == self.size else {}
        if project not in kept:
            bound(kept)
            kept[project] = self._one(
                "accrual", "where project = ? and from_n < ? order by from_n desc", (project, self.size)
            )
        return kept[project]

    def accruals(self, project: str) -> Sequence[Accrual]:
        """Every carry the project ever had, oldest first."""
        return self._rows("accrual", "where project = ? and from_n < ? order by from_n", (project, self.size))

    def issuance(self, n: int) -> Issuance | None:
        """The issuance of entry *n* as it stands."""
        row: Issuance | None = self._one("issuance", "where n = ? and from_n < ? order by from_n desc", (n, self.size))
        return row

    def issuances(self, project: str) -> Sequence[Issuance]:
        """A project's issuances as they stand, in order."""
        rows = self._rows("issuance", "where project = ? and from_n < ? order by n, from_n", (project, self.size))
        return list({row.n: row for row in rows}.values())

    def batch(self, batch_id: str) -> IssuedBatch | None:
        """A batch by its id."""
        batches = self._store.kept.batches
        row = batches.get(batch_id)
        if row is None:
            row = self._one("batch", "where batch_id = ?", (batch_id,))
            if row is None:
                return None
            bound(batches)
            batches[batch_id] = row
        return row if row.n < self.size else None

    def batches(self, issuance_n: int) -> Sequence[IssuedBatch]:
        """The batches of an issuance, by vintage."""
        return self._rows("batch", "where n = ? and n < ? order by vintage", (issuance_n, self.size))

    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece]:
        """The current pieces that overlap serials first..last, in order, whole."""
        kept = self._store.kept if self._store.head == self.size else None
        known = None if kept is None else kept.pieces(batch_id, first, last)
        if known is not None:
            return known
        # Pieces never merge, so the one that holds *first* begins at the newest boundary before it.
        rows = self._rows(
            "piece",
            "where batch_id = ? and first >= coalesce((select first from piece where batch_id = ? "
            "and first <= ? and from_n < ? order by first desc limit 1), ?) and first <= ? and from_n < ? "
            "order by first, from_n",
            (batch_id, batch_id, first, self.size, first, last, self.size),
        )
        found = rows if len(rows) < 2 else list({row.first: row for row in rows}.values())
        if kept is not None:
            kept.keep_pieces(found)
        return found

    def pieces_ever(self, batch_id: str) -> Sequence[Piece]:
        """Every piece the batch ever had."""
        return self._rows("piece", "where batch_id = ? and from_n < ? order by first, from_n", (batch_id, self.size))

    def holdings(self, account: str) -> Sequence[Piece]:
        """The current pieces of an account, by batch and serial."""
        return self._rows(
            "piece",
            "as held where account = ? and from_n < ? and not exists (select 1 from piece as newer "
            "where newer.batch_id = held.batch_id and newer.first = held.first "
            "and newer.from_n > held.from_n and newer.from_n < ?) order by batch_id, first",
            (account, self.size, self.size),
        )

    def balances(self, account: str) -> Sequence[Balance]:
        """The account's current totals, an instrument each."""
        return [Balance(*row) for row in self._store.select(_BALANCES, (*[account] * 4, self.size))]

    def balance(self, account: str, instrument: str) -> Balance | None:
        """The account's current totals of one instrument."""
        kept = self._store.kept.balances if self._store.head == self.size else {}
        if (account, instrument) in kept:
            return kept[account, instrument]
        row: Balance | None = self._one(
            "balance",
            "where account = ? and instrument = ? and from_n < ? order by from_n desc",
            (account, instrument, self.size),
        )
        bound(kept)
        kept[account, instrument] = row
        return row

    def movements(self, account: str) -> Sequence[Balance]:
        """Every total the account ever had, oldest first."""
        return self._rows(
            "balance", "where account = ? and from_n < ? order by from_n, instrument", (account, self.size)
        )

    def offer(self, n: int) -> Offer | None:
        """The offer of entry *n* as it stands."""
        row: Offer | None = self._one("offer", "where n = ? and from_n < ? order by from_n desc", (n, self.size))
        return row

    def offers(self, account: str) -> Sequence[Offer]:
        """The offers that an account gave or was given, as they stand, in order."""
        # In two parts, so that each is a seek in its own index.
        rows = [
            row
            for party in ("giver", "taker")
            for row in self._rows("offer", f"where {party} = ? and from_n < ? order by n, from_n", (account, self.size))
        ]
        newest = {row.n: row for row in rows}
        return [newest[n] for n in sorted(newest)]

    def _live_where(self, table: str, column: str, value: str, order: str) -> list[Any]:
        values = (value, self.size, self.size)
        rows = self._rows(table, f"where {column} = ? and {_LIVE} order by {order}", values)
        return [self._as_then(row) for row in rows]

    def labels(self, batch_id: str) -> Sequence[Label]:
        """The live labels of a batch, by label and serial."""
        return self._live_where("label", "batch_id", batch_id, "label, first, from_n")

    def externals(self, registry: str, space: str, first: int, last: int) -> Sequence[External]:
        """The imported serials of a registry's number space that overlap first..last, in order."""
        # Imported serials never overlap, so at most one that begins earlier reaches into the range.
        before = self._one(
            "external",
            "where registry = ? and space = ? and first < ? and n < ? order by first desc",
            (registry, space, first, self.size),
        )
        inside = self._rows(
            "external",
            "where registry = ? and space = ? and first >= ? and first <= ? and n < ? order by first",
            (registry, space, first, last, self.size),
        )
        return [row for row in (before, *inside) if row is not None and row.last >= first]

    def grants(self, actor: str) -> Sequence[Grant]:
        """The live roles of an actor, by role and scope."""
        return self._live_where("role", "actor", actor, "role, scope, from_n")

    def grants_of(self, role: str) -> Sequence[Grant]:
        """The live grants of a role, by actor and scope."""
        return self._live_where("role", "role", role, "actor, scope, from_n")

    def approvals(self, quantification: str) -> Sequence[Approval]:
        """The approvals of a quantification that were neither used nor revoked, oldest first."""
        return self._live_where("approval", "quantification", quantification, "from_n")

    def approvals_ever(self, project: str) -> Sequence[Approval]:
        """Every approval of a project's quantifications, oldest first."""
        rows = self._rows("approval", "where project = ? and from_n < ? order by from_n", (project, self.size))
        return [self._as_then(row) for row in rows]

    def key_use(self, key: str) -> int | None:
        """Number of the first entry of the command that used this key."""
        row = self._one("key_use", "where key = ? and n < ?", (key, self.size))
        return None if row is None else int(row.n)
