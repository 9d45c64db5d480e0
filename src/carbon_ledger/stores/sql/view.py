"""The state of a ledger in SQL tables after some of its entries: each query is an index seek."""

from collections.abc import Callable, Sequence

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import (
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
from carbon_ledger.errors import BrokenLogError, StoreError
from carbon_ledger.printing import quote
from carbon_ledger.stores.cache import clear_if_full
from carbon_ledger.stores.sql.seeks import (
    BALANCES,
    CARRY,
    CLAIMS_ENDED,
    EXPIRED,
    ISSUED_AFTER,
    LABELS_OF_ALL,
    LABELS_OF_ONE,
    PIECES,
)
from carbon_ledger.stores.sql.selections import ALL, LIVE, Selections
from carbon_ledger.stores.tiles import ViewRoot


class SqlView(ViewRoot, Selections):
    """The state of a SQL store after its first *size* entries."""

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
        return self._store.cache.parsed(n, self.entry, parse)

    def registration(self, kind: str, name: str) -> int | None:
        """Number of the entry that registered this id."""
        cache = self._store.cache
        registered = cache.registered
        n = registered.get((kind, name))
        if n is None:
            absent = cache.absent if self._store.locked_size == self.size else {}
            if (kind, name) in absent:
                return None
            n = self._store.registered(kind, name)
            if n is None:
                clear_if_full(absent)
                absent[kind, name] = None
                return None
            clear_if_full(registered)
            registered[kind, name] = n
        return n if n < self.size else None

    def registrations(self, kind: str, most: int | None = None) -> Sequence[str]:
        """All ids of a kind, in order of registration; at most the first *most* of them if it is given."""
        where, limit = "where kind = ? and n < ? order by n limit ?", ALL if most is None else most
        return [row.id for row in self._rows("registration", where, (kind, self._bound, limit))]

    def readings(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live runs that overlap [start, end), in time order."""
        return self._live("reading", device, start_utc, end_utc)

    def readings_ever(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live and superseded runs that overlap [start, end), by start and age."""
        rows = self._rows(
            "reading",
            "where device = ? and start_utc < ? and end_utc > ? and from_n < ? order by start_utc, from_n",
            (device, end_utc, start_utc, self.size),
        )
        return [self._as_then(row) for row in rows]

    def readings_then(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Runs that overlap [start, end) and were live after the first *n* entries, in time order."""
        return self._then("reading", min(n, self._bound), device, start_utc, end_utc)

    def owed(self, meter: str) -> Owed | None:
        """What the devices of a meter are owed; `None` before its first readings."""
        row: Owed | None = self._one(
            "owed", "where meter = ? and from_n < ? order by from_n desc", (meter, self._bound)
        )
        return row

    def claims(self, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Live claims that overlap [start, end), in time order."""
        return self._live("claim", device, start_utc, end_utc)

    def claims_since(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Claims that overlap [start, end), live or freed by entry *n* or a later one, by start and age."""
        ended: list[Claim] = self._rows(
            "claim",
            "indexed by claim_ended where device = ? and to_n >= ? and to_n < ? and start_utc < ? and end_utc > ?",
            (device, n, self.size, end_utc, start_utc),
        )
        rows = [*ended, *self.claims(device, start_utc, end_utc)]
        return sorted(rows, key=lambda row: (row.start_utc, row.from_n))

    def claims_ended(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Claims that overlap [start, end) and that entry *n* freed, in time order."""
        if n >= self.size:
            return []
        values = {"device": device, "start": start_utc, "end": end_utc, "n": n}
        return [row for row in self._select("claim", CLAIMS_ENDED, values) if row.end_utc > start_utc]

    def claims_of(self, issuance_n: int) -> Sequence[Claim]:
        """Live claims of an issuance, by device and time."""
        rows = self._rows(
            "claim",
            f"where issuance_n = ? and {LIVE} order by device, start_utc, from_n",
            (issuance_n, self._bound, self._bound),
        )
        return [self._as_then(row) for row in rows]

    def carry(self, project: str) -> Sequence[Carry]:
        """The current carry of each vintage of a project, oldest vintage first."""
        cached = self._store.cache.carries if self._store.locked_size == self.size else {}
        if project not in cached:
            clear_if_full(cached)
            rows = self._select("accrual", CARRY, (*[project] * 4, self._bound))
            cached[project] = {row.vintage: row for row in rows}
        found = cached[project]
        return [found[vintage] for vintage in sorted(found)]

    def carries(self, project: str) -> Sequence[Carry]:
        """Every carry that the vintages of a project ever had, by entry and vintage."""
        return self._rows(
            "accrual", "where project = ? and from_n < ? order by from_n, vintage", (project, self._bound)
        )

    def issuance(self, n: int) -> Issuance | None:
        """The current state of the issuance of entry *n*."""
        row: Issuance | None = self._one(
            "issuance", "where n = ? and from_n < ? order by from_n desc", (n, self._bound)
        )
        return row

    def issuances(self, project: str) -> Sequence[Issuance]:
        """The current state of a project's issuances, in order."""
        rows = self._rows("issuance", "where project = ? and from_n < ? order by n, from_n", (project, self._bound))
        return list({row.n: row for row in rows}.values())

    def issued_after(self, n: int, project: str, vintage: int) -> Sequence[int]:
        """A project's issuances after entry *n* that are not voided and have an amount of the vintage, in order."""
        if self._newest:
            return [row[0] for row in self._store.select(ISSUED_AFTER, (project, vintage, n))]
        where = f"where project = ? and vintage = ? and issuance_n > ? and {LIVE} order by issuance_n"
        rows = self._rows("vintage", where, (project, vintage, n, self.size, self.size))
        return [row.issuance_n for row in rows]

    def batch(self, batch_id: str) -> IssuedBatch | None:
        """A batch by its id."""
        batches = self._store.cache.batches
        row = batches.get(batch_id)
        if row is None:
            row = self._one("batch", "where batch_id = ?", (batch_id,))
            if row is None:
                return None
            clear_if_full(batches)
            batches[batch_id] = row
        return row if row.n < self.size else None

    def batches(self, issuance_n: int) -> Sequence[IssuedBatch]:
        """The batches of an issuance, by vintage."""
        issued = self._store.cache.issued.get(issuance_n)
        if issued is not None and issuance_n < self.size:
            return sorted(issued.values(), key=lambda row: row.batch.vintage)
        return self._rows("batch", "where n = ? and n < ? order by vintage", (issuance_n, self._bound))

    def batches_of(self, project: str, vintage: int) -> Sequence[IssuedBatch]:
        """The batches of a vintage that a project issued, newest first."""
        where = "where project = ? and vintage = ? and n < ? and registry is null order by n desc"
        return self._rows("batch", where, (project, vintage, self._bound))

    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece]:
        """The current pieces that overlap serials first..last, in order and uncut."""
        cache = self._store.cache if self._store.locked_size == self.size else None
        cached = None if cache is None else cache.pieces(batch_id, first, last)
        if cached is not None:
            return cached
        values = {"batch": batch_id, "first": first, "last": last, "size": self._bound}
        found = self._select("piece", PIECES, values)
        if cache is not None:
            cache.cache_pieces(found)
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
        """The account's current totals, one row for each instrument."""
        return self._select("balance", BALANCES, (*[account] * 4, self._bound))

    def balance(self, account: str, instrument: str) -> Balance | None:
        """The account's current totals of one instrument."""
        cached = self._store.cache.balances if self._store.locked_size == self.size else {}
        if (account, instrument) in cached:
            return cached[account, instrument]
        row: Balance | None = self._one(
            "balance",
            "where account = ? and instrument = ? and from_n < ? order by from_n desc",
            (account, instrument, self._bound),
        )
        clear_if_full(cached)
        cached[account, instrument] = row
        return row

    def movements(self, account: str) -> Sequence[Balance]:
        """Every total the account ever had, oldest first."""
        return self._rows(
            "balance", "where account = ? and from_n < ? order by from_n, instrument", (account, self.size)
        )

    def expiring(self, account: str, instrument: str, expires_utc: int) -> Expiring | None:
        """The account's current totals of units that expire at this time."""
        where = "where account = ? and instrument = ? and expires_utc = ? and from_n < ? order by from_n desc"
        row = self._one("expiring", where, (account, instrument, expires_utc, self._bound))
        found: Expiring | None = None if row is None else self._as_then(row)
        return None if found is None or found.to_n is not None else found

    def expired(self, account: str, instrument: str, at_utc: int) -> Sequence[int]:
        """How many of the account's units have expired by a time, for each state of `LASTING_STATES`.

        Raises:
            BrokenLogError: A total is not a whole number.
        """
        values = {"account": account, "instrument": instrument, "at": at_utc, "size": self._bound}
        rows = self._store.select(EXPIRED, values)  # of live rows, and of rows that ended later
        if any(type(total) is not int for row in rows for total in row):
            raise BrokenLogError(
                f"{self._store.path}: table expiring has an invalid total of {quote(account)}; audit the ledger"
            )
        return [sum(totals) for totals in zip(*rows, strict=True)]

    def expiring_ever(self, account: str) -> Sequence[Expiring]:
        """Every total of units that expire that the account ever had, oldest first."""
        where = "where account = ? and from_n < ? order by from_n, instrument, expires_utc"
        return [self._as_then(row) for row in self._rows("expiring", where, (account, self.size))]

    def offer(self, n: int) -> Offer | None:
        """The current state of the offer of entry *n*."""
        row: Offer | None = self._one("offer", "where n = ? and from_n < ? order by from_n desc", (n, self._bound))
        return row

    def offers(self, account: str) -> Sequence[Offer]:
        """The current state of the offers made by or to an account, in order."""
        # Two queries, so that each is a seek in an index of its own.
        rows = [
            row
            for party in ("giver", "taker")
            for row in self._rows("offer", f"where {party} = ? and from_n < ? order by n, from_n", (account, self.size))
        ]
        newest = {row.n: row for row in rows}
        return [newest[n] for n in sorted(newest)]

    def labels(self, batch_id: str, first: int, last: int, label: str | None = None) -> Sequence[Label]:
        """The live labels that overlap serials first..last, uncut, by label and serial; only *label*, if given."""
        if self._newest:
            sql = LABELS_OF_ALL if label is None else LABELS_OF_ONE
            values = {"batch": batch_id, "first": first, "last": last, "label": label}
            return [row for row in self._select("label", sql, values) if row.last >= first]
        where = f"where batch_id = ? and first <= ? and last >= ? and {LIVE} order by label, first, from_n"
        rows = self._rows("label", where, (batch_id, last, first, self.size, self.size))
        return [self._as_then(row) for row in rows if label in (None, row.label)]

    def imported_serials(self, registry: str, space: str, first: int, last: int) -> Sequence[ImportedSerials]:
        """The imported serials of a registry's number space that overlap first..last, in order."""
        # Imported serials never overlap, so at most one row that begins before the range reaches into it.
        before = self._one(
            "external",
            "where registry = ? and space = ? and first < ? and n < ? order by first desc",
            (registry, space, first, self._bound),
        )
        inside = self._rows(
            "external",
            "where registry = ? and space = ? and first >= ? and first <= ? and n < ? order by first",
            (registry, space, first, last, self._bound),
        )
        return [row for row in (before, *inside) if row is not None and row.last >= first]

    def grant(self, actor: str, role: str, scope: str) -> Grant | None:
        """The live grant of a role to an actor."""
        # Grants of the same role and scope to an actor never overlap, so the latest row decides.
        row = self._one(
            "role",
            "where actor = ? and role = ? and scope = ? and from_n < ? order by from_n desc",
            (actor, role, scope, self._bound),
        )
        found: Grant | None = None if row is None else self._as_then(row)
        return None if found is None or found.to_n is not None else found

    def grants(self, actor: str) -> Sequence[Grant]:
        """The live roles of an actor, by role and scope."""
        rows = self._rows(
            "role", f"where actor = ? and {LIVE} order by role, scope, from_n", (actor, self._bound, self._bound)
        )
        return [self._as_then(row) for row in rows]

    def grants_of(self, role: str, most: int | None = None) -> Sequence[Grant]:
        """The live grants of a role, by actor and scope; at most *most*, if given."""
        index, live = ("role_live", "to_n is null and from_n < ?") if self._newest else ("role_holders", LIVE)
        sizes = [self.size] * live.count("?")
        where = f"indexed by {index} where role = ? and {live} order by actor, scope limit ?"
        rows = self._rows("role", where, (role, *sizes, ALL if most is None else most))
        return [self._as_then(row) for row in rows]

    def approval(self, project: str, n: int) -> Approval | None:
        """The approval of a project's quantification that entry *n* recorded, ended or not."""
        row = self._one("approval", "indexed by approval_project where project = ? and from_n = ?", (project, n))
        row = None if n >= self.size else row
        found: Approval | None = None if row is None else self._as_then(row)
        return found

    def newest_approval(self, quantification: str, before: int, actor: str | None = None) -> Approval | None:
        """The newest approval of a quantification, or an actor's, before an entry, neither used nor revoked."""
        who, name = ("", ()) if actor is None else ("and actor = ? ", (actor,))
        index = "approval_live" if actor is None else "approval_actor_live"
        where = f"where quantification = ? {who}and from_n < ?"
        values: tuple[object, ...] = (quantification, *name, min(before, self.size))
        if self._newest:
            where = f"indexed by {index} {where} and to_n is null"
        else:
            where, values = f"{where} and (to_n is null or to_n >= ?)", (*values, self.size)
        row: Approval | None = self._one("approval", f"{where} order by from_n desc", values)
        return row and self._as_then(row)

    def approvals_ever(self, project: str) -> Sequence[Approval]:
        """Every approval of a project's quantifications, oldest first."""
        rows = self._rows("approval", "where project = ? and from_n < ? order by from_n", (project, self._bound))
        return [self._as_then(row) for row in rows]

    def key_use(self, by: str, key: str) -> int | None:
        """The number of the first entry of the command for which this actor used this key."""
        row = self._one("key_use", "where key = ? and actor = ? and n < ?", (key, by, self._bound))
        return None if row is None else int(row.n)
