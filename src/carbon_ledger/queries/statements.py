"""Statements: every change of an account's units, and of the carry of the projects that issued them."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import ISSUANCE_RECORDED
from carbon_ledger.core.holdings.totals import without_expired
from carbon_ledger.core.state.rows import EXPIRED, LASTING_STATES, STATES, Balance, Expiring
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.exact import text_of
from carbon_ledger.periods.instants import instant_text, time_of
from carbon_ledger.printing import lines
from carbon_ledger.queries.carry import CarryChange, carry_changes, issuances_set
from carbon_ledger.queries.wording import blocks_of_entry, describe
from carbon_ledger.records import Record, time_text
from carbon_ledger.serials import Block
from carbon_ledger.tables import (
    DECIMAL,
    INTEGER,
    TEXT,
    TIME,
    Cells,
    Column,
    Listing,
    Table,
    Tabular,
    list_column,
    table_of,
    text_table,
)


@frozen(kw_only=True, repr=False)
class Movement(Record):
    """A change of an account's units, or of the debit of a project that issued units to the account.

    Attributes:
        n: The entry that made the change.
        at: When the entry was recorded, UTC.
        type: The type of the entry, e.g. ``units.transferred``.
        instrument: The instrument of the units.
        detail: What happened, in words: blocks, other party, reason, and changes of a carry.
        blocks: The blocks of this instrument that the entry is about.
        expires_utc: The first second in which some of these units can no longer be used. [s since 1970-01-01 UTC]
        changes: How many units entered or left each state. [(state, units), ...]
        carries: Changes of the carry of the projects whose issuances the account received.
        active_change: Change of the active units.
        active: Active units after the entry.
        locked: Locked units after the entry.
        buffered: Buffered units after the entry.
        pending: Units offered to others after the entry.
        retired: Retired units after the entry.
        cancelled: Cancelled units after the entry.
        withdrawn: Withdrawn units after the entry.
        exported: Exported units after the entry.
        expired: Units that had expired when the entry was recorded; they are counted in no other state.
    """

    _in_repr = ("n", "at", "instrument", "changes", "active")
    _derived = ("debit",)

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("entry", INTEGER, lambda item: item.n),
        Column("at", TIME),
        Column("type", TEXT),
        Column("instrument", TEXT),
        list_column("change", lambda item: (f"{units:+} {state}" for state, units in item.changes)),
        Column("active_change", INTEGER),
        *(Column(state, INTEGER) for state in (*STATES, EXPIRED)),
        Column("expires", TIME, lambda item: item.expires_utc),
        Column("debit", DECIMAL),
        Column("detail", TEXT),
        list_column("blocks"),
    )
    n: int
    at: datetime
    type: str
    instrument: str
    detail: str
    blocks: tuple[Block, ...]
    expires_utc: int | None
    changes: tuple[tuple[str, int], ...]
    carries: tuple[CarryChange, ...]
    active_change: int
    active: int
    locked: int
    buffered: int
    pending: int
    retired: int
    cancelled: int
    withdrawn: int
    exported: int
    expired: int

    @property
    def expires(self) -> datetime | None:
        """The first time at which the units can no longer be used, in UTC, or `None`."""
        return time_of(self.expires_utc)

    @property
    def debit(self) -> Decimal:
        """Total debit of the projects in `carries` after the entry. [unit]"""
        return sum((change.debit for change in self.carries), Decimal(0))

    def row(self) -> Cells:
        """The movement as a row of plain values."""
        row: Cells = {
            "recorded": time_text(self.at.replace(microsecond=0)),
            "entry": self.n,
            "type": self.type,
            "instrument": self.instrument,
            "change": ", ".join(f"{units:+,} {state}" for state, units in self.changes),
        }
        row |= {state: getattr(self, state) for state in (*STATES, EXPIRED)}
        row["expires"] = None if self.expires_utc is None else instant_text(self.expires_utc)
        row["debit"] = text_of(self.debit)
        row["what happened"] = self.detail
        return row


@frozen(kw_only=True, repr=False)
class Statement(Record, Tabular):
    """An account's movements, oldest first. A statement is a table with a row for each movement.

    Attributes:
        account: The account's id.
        movements: One for each change.
    """

    account: str
    movements: Listing[Movement]

    def _table(self) -> Table:
        account = Column("account", TEXT, lambda _: self.account)
        return table_of(f"Statement of {self.account}", (account, *Movement._columns), self.movements)

    def rows(self) -> list[Cells]:
        """The movements as rows of plain values, all with the same columns."""
        return [item.row() for item in self.movements]

    def __str__(self) -> str:
        """The statement as text: for each movement, the change, the active units after it, and what happened."""
        names = ("recorded", "instrument", "change", "active", "expired", "expires", "what happened")
        rows = [{name: row[name] for name in names} for row in self.rows()]
        for name in ("expired", "expires"):
            if not any(row[name] for row in rows):
                rows = [{other: value for other, value in row.items() if other != name} for row in rows]
        return lines(f"Statement of {self.account}", *(text_table(rows) or ["  nothing happened"]))


def statement(view: View, account: str) -> Statement:
    """List an account's movements, including corrections that changed the debit of a project that issued its units.

    Args:
        view: The state.
        account: The account's id.
    """
    balances = view.movements(account)
    changes = _carry_changes_by_entry(view, account, balances)
    after = {(row.from_n, row.instrument): row for row in balances}
    carry_keys = {(change.n, _instrument(view, change.project)) for found in changes.values() for change in found}
    newest: dict[str, Balance] = {}
    expiring = _Expiring(view.expiring_ever(account))
    movements = []
    for n, instrument in sorted({*after, *carry_keys}):
        entry = view.entry(n)
        before = newest.get(instrument) or Balance(account, instrument, n)
        newest[instrument] = after.get((n, instrument), before)
        carries = [change for change in changes.get(n, ()) if _instrument(view, change.project) == instrument]
        # Expiry is checked at the same time before and after, so that a change is what the entry alone did.
        at_utc = second_of(entry.at)
        usable = [expiring.apart(row, size, at_utc) for row, size in ((before, n), (newest[instrument], n + 1))]
        movements.append(_movement(view, entry, usable[0], usable[1], carries))
    return Statement(account=account, movements=Listing(movements, Movement))


class _Expiring:
    """The totals of units that expire, which are read once, in the order of entries.

    Args:
        rows: Every row that the account ever had, oldest first.
    """

    def __init__(self, rows: Sequence[Expiring]) -> None:
        self._coming = deque(rows)
        self._live: dict[str, dict[int, Expiring]] = {}

    def apart(self, balance: Balance, size: int, at_utc: int) -> Balance:
        """The totals of a balance with the units apart that have expired.

        Args:
            balance: The totals after *size* entries.
            size: The number of entries; it never decreases from one call to the next.
            at_utc: The time. [s since 1970-01-01 UTC]
        """
        while self._coming and self._coming[0].from_n < size:
            row = self._coming.popleft()
            self._live.setdefault(row.instrument, {})[row.expires_utc] = row
        live = self._live.get(balance.instrument, {})
        for row in [row for row in live.values() if row.to_n is not None and row.to_n < size]:
            del live[row.expires_utc]
        over = [row for row in live.values() if row.expires_utc <= at_utc]
        return without_expired(balance, [sum(getattr(row, state) for row in over) for state in LASTING_STATES])


def _instrument(view: View, project: str) -> str:
    return lookup.project(view, project).instrument.id


def _carry_changes_by_entry(view: View, account: str, balances: Sequence[Balance]) -> dict[int, list[CarryChange]]:
    """Changes of the carry that an account's issuances made or caused, by the entry that made the change."""
    issued: dict[str, set[int]] = {}
    for balance in balances:
        entry = view.entry(balance.from_n)
        if entry.type == ISSUANCE_RECORDED and entry.event["account"] == account:
            issued.setdefault(entry.event["project"], set()).add(entry.n)
    found: dict[int, list[CarryChange]] = {}
    for project, numbers in issued.items():
        for change in carry_changes(view, project):
            if numbers & issuances_set(view.entry(change.n)):
                found.setdefault(change.n, []).append(change)
    return found


def _movement(view: View, entry: Entry, before: Balance, after: Balance, carries: Sequence[CarryChange]) -> Movement:
    states = (*STATES, EXPIRED)
    changes = [(state, getattr(after, state) - getattr(before, state)) for state in states]
    batches = {block: lookup.batch(view, block.batch_id).batch for block in blocks_of_entry(view, entry)}
    concerned = {block: batch for block, batch in batches.items() if batch.instrument == after.instrument}
    expiries = [batch.expires_utc for batch in concerned.values() if batch.expires_utc is not None]
    named = len(carries) > 1
    carry_texts = [f"{change.project}: {change}" if named else str(change) for change in carries]
    return Movement(
        n=entry.n,
        at=entry.recorded_at,
        type=entry.type,
        instrument=after.instrument,
        detail="; ".join([describe(view, entry), *carry_texts]),
        blocks=tuple(concerned),
        expires_utc=min(expiries, default=None),
        changes=tuple((state, units) for state, units in changes if units),
        carries=tuple(carries),
        active_change=after.active - before.active,
        **{state: getattr(after, state) for state in states},
    )
