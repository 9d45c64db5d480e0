"""Queries about the units of accounts: balances, holdings and positions. Units that have expired are counted apart.

Expiry is derived from the time of the query and never recorded.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import ClassVar, Final

from attrs import frozen

from carbon_ledger.choices import HeldState, State, TimeLike
from carbon_ledger.core import lookup
from carbon_ledger.core.holdings.pieces import has_expired
from carbon_ledger.core.holdings.totals import without_expired
from carbon_ledger.core.intervals import merge_serials
from carbon_ledger.core.state.rows import ACTIVE, EXPIRED, FINAL_STATES, STATES, Balance, Piece
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError, RefusedError
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.periods.instants import time_of
from carbon_ledger.printing import one_of, quote
from carbon_ledger.queries.hours import produced
from carbon_ledger.queries.snapshot import Snapshot, second_of_query
from carbon_ledger.records import Record
from carbon_ledger.serials import Block
from carbon_ledger.tables import INTEGER, TEXT, TIME, Column, Listing, period_columns

_EXPECTED: Final[dict[type, str]] = {str: "an id", int: "a calendar year such as 2024"}


@frozen(kw_only=True, repr=False)
class Position(Record):
    """A block of an account with what it is: its instrument, project, vintage, state, production and expiry.

    Attributes:
        account: The account that holds the units.
        block: The units.
        instrument: The instrument's id.
        project: The project's id; of imported units, the project's name in the other registry.
        vintage: Local calendar year of the generation.
        state: The state of the units; ``expired`` if they can no longer be used, whatever state they are in.
        production: From the start of the first to the end of the last step that the units' batch was issued for.
        expires_utc: The first second in which the units can no longer be used, or None. [s since 1970-01-01 UTC]
        transferable_until_utc: The first second in which the units can no longer be transferred, or None. [s since
            1970-01-01 UTC]
    """

    _in_repr = ("account", "block", "state", "instrument", "vintage")
    _derived = ("count",)
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("account", TEXT),
        Column("batch_id", TEXT, lambda item: item.block.batch_id),
        Column("first", INTEGER, lambda item: item.block.first),
        Column("last", INTEGER, lambda item: item.block.last),
        Column("units", INTEGER, lambda item: item.count),
        Column("instrument", TEXT),
        Column("project", TEXT),
        Column("vintage", INTEGER),
        Column("state", TEXT),
        *period_columns("production"),
        Column("expires", TIME, lambda item: item.expires_utc),
        Column("transferable_until", TIME, lambda item: item.transferable_until_utc),
    )

    account: str
    block: Block
    instrument: str
    project: str
    vintage: int
    state: str
    production: Period
    expires_utc: int | None
    transferable_until_utc: int | None

    @property
    def expires(self) -> datetime | None:
        """The first time at which the units can no longer be used, in UTC, or `None`."""
        return time_of(self.expires_utc)

    @property
    def transferable_until(self) -> datetime | None:
        """The first time at which the units can no longer be transferred, in UTC, or `None`."""
        return time_of(self.transferable_until_utc)

    @property
    def count(self) -> int:
        """The number of units."""
        return self.block.count


def expired_by(view: View, at_utc: int) -> Callable[[Piece], bool]:
    """Make a function that tests whether the units of a piece have expired by a time.

    Units in a final state never expire.

    Args:
        view: The state.
        at_utc: The time. [s since 1970-01-01 UTC]
    """

    @cache
    def over(batch_id: str) -> bool:
        return has_expired(lookup.batch(view, batch_id).batch, at_utc)

    return lambda piece: piece.state not in FINAL_STATES and over(piece.batch_id)


def balance(reader: Snapshot, account: str, *, instrument: str | None = None, at: TimeLike | None = None) -> Balance:
    """An account's units of one instrument, by state; units that have expired are counted as ``expired`` alone.

    Args:
        account: The account's id.
        instrument: The instrument's id; required if the account has had units of several instruments, whose units
            are never added.
        at: The time at which expiry is checked; by default, now, or the time of the `as_of` reader.

    Raises:
        UnknownAccountError: There is no such account.
        RefusedError: The account has had units of several instruments, and *instrument* is missing.
        NaiveTimeError: *at* has no zone.
        PeriodError: *at* is not a time.

    Source:
        ledger-model section 8; domain invariants 10 and 33.
    """
    view = reader._view()
    found = _totals(view, account, instrument)
    at_utc = second_of_query(reader, view, at)
    if not found.from_n:  # entry 0 opened the ledger, so that no entry has changed these totals
        return found
    return without_expired(found, view.expired(account, found.instrument, at_utc))


def _totals(view: View, account: str, instrument: str | None) -> Balance:
    """An account's totals of one instrument by state, expired units included."""
    if isinstance(account, str) and isinstance(instrument, str) and (account + instrument).isascii():
        found = view.balance(account, instrument)
        if found is not None:  # only an open account has a balance, so no look-up of the account is needed
            return found
    lookup.account(view, account)
    if instrument is not None:
        return Balance(account, lookup.instrument_id(view, instrument), 0)
    balances = view.balances(account)
    if len(balances) > 1:
        names = ", ".join(item.instrument for item in balances)
        raise RefusedError(
            f"account {account}",
            f"it has had units of {names}, which cannot be added up; pass instrument= with one of them",
            rule="several-instruments",
        )
    return balances[0] if balances else Balance(account, "", 0)


def _require_state(state: object, states: tuple[str, ...]) -> None:
    if not isinstance(state, str) or state not in states:
        also = "; see expired(account) or positions(account, state='expired')" if state == EXPIRED else ""
        raise RefusedError(f"state {quote(state)}", f"expected {one_of(state, states)}{also}", rule="unknown-state")


def holdings(
    reader: Snapshot,
    account: str,
    *,
    state: State = ACTIVE,
    production: Period | None = None,
    at: TimeLike | None = None,
) -> tuple[Block, ...]:
    """The blocks of an account in a state that have not expired, by batch and serial; adjacent blocks are merged.

    Args:
        account: The account's id.
        state: A state of `STATES`: ``active``, ``locked``, ``buffered``, ``pending``, ``retired``, ...; for units
            that have expired, see `expired()`.
        production: Only units generated wholly inside this period: granular certificates of its hours; of other
            instruments, units of batches whose production lies inside.
        at: The time at which the units must not have expired; by default, now, or the time of the `as_of` reader.
            Units in a final state do not expire.

    Raises:
        UnknownAccountError: There is no such account.
        RefusedError: *state* is not a state.
        NaiveTimeError: *at* has no zone.
        PeriodError: *at* is not a time.

    Source:
        ledger-model section 8; domain invariant 33.
    """
    view = reader._view()
    lookup.account(view, account)
    _require_state(state, STATES)
    expired = expired_by(view, second_of_query(reader, view, at))
    held = [piece for piece in view.holdings(account) if piece.state == state and not expired(piece)]
    return merge_serials(held if production is None else produced(view, held, checked_period(production, "production")))


def expired(reader: Snapshot, account: str, *, at: TimeLike | None = None) -> tuple[Block, ...]:
    """The blocks of an account that have expired, by batch and serial; locked, buffered and pending units included.

    Expiry is neither a state nor an event: it follows from the time *at*. Units in a final state do not expire.

    Args:
        account: The account's id.
        at: The time at which expiry is checked; by default, now, or the time of the `as_of` reader.

    Raises:
        UnknownAccountError: There is no such account.
        NaiveTimeError: *at* has no zone.
        PeriodError: *at* is not a time.

    Source:
        ledger-model section 8.
    """
    view = reader._view()
    lookup.account(view, account)
    over = expired_by(view, second_of_query(reader, view, at))
    return merge_serials(piece for piece in view.holdings(account) if over(piece))


def positions(
    reader: Snapshot,
    account: str | None = None,
    *,
    instrument: str | None = None,
    project: str | None = None,
    vintage: int | None = None,
    state: HeldState | None = None,
    at: TimeLike | None = None,
) -> Listing[Position]:
    """Every block that an account holds, with its instrument, project, vintage, state, production and expiry.

    Args:
        account: The account's id; by default, every account, in the order in which they were opened.
        instrument: Only units of this instrument.
        project: Only units of this project; for imported units, the project's name in the other registry.
        vintage: Only units of this vintage.
        state: Only units in this state: a state of `STATES`, or ``expired``; by default, all units that are not in a
            final state.
        at: The time at which expiry is checked; by default, now, or the time of the `as_of` reader.

    Returns:
        The positions, by account, batch and serial; adjacent blocks in one state are merged.

    Raises:
        UnknownAccountError: There is no such account.
        UnknownProjectError: There is no such *project*, and no imported units have a project of this name.
        RefusedError: *state* is not a state, or there is no such *instrument*.
        QuantityError: *instrument* or *project* is not a text, or *vintage* is not a year.
        NaiveTimeError: *at* has no zone.
        PeriodError: *at* is not a time.

    Source:
        ledger-model section 8; domain invariants 11 and 33.

    Example:
        >>> import carbon_ledger as cl
        >>> cl.open_ledger(":memory:").positions()
        ()
    """
    view = reader._view()
    accounts = view.registrations("account") if account is None else (lookup.account(view, account),)
    if state is not None:
        _require_state(state, (*STATES, EXPIRED))
    wanted = (("instrument", instrument, str), ("project", project, str), ("vintage", vintage, int))
    _require_known(view, wanted)
    over = expired_by(view, second_of_query(reader, view, at))
    found = (item for name in accounts for item in _positions(view, name, state, over))
    return Listing(filter(lambda item: all(w in (None, getattr(item, n)) for n, w, _ in wanted), found), Position)


def _require_known(view: View, wanted: Iterable[tuple[str, object, type]]) -> None:
    """Refuse a choice of the wrong type, and an instrument or a project that nobody has heard of."""
    for name, value, kind in wanted:
        if value is not None and type(value) is not kind:
            raise QuantityError(f"positions: {name} {quote(value)}, expected {_EXPECTED[kind]}, or None for all")
        if name == "instrument" and value is not None:
            lookup.instrument_id(view, value)
        if name == "project" and isinstance(value, str):
            lookup.require_known_project(view, value)


def _positions(view: View, account: str, state: str | None, over: Callable[[Piece], bool]) -> Iterator[Position]:
    """The positions of an account in a state; by default, in every state that is not final."""
    by_state: dict[tuple[str, str], list[Piece]] = {}
    for piece in view.holdings(account):
        now = EXPIRED if over(piece) else piece.state
        if now == state or (state is None and now not in FINAL_STATES):
            by_state.setdefault((piece.batch_id, now), []).append(piece)
    found = [(block, now) for (_, now), pieces in by_state.items() for block in merge_serials(pieces)]
    for block, now in sorted(found):
        batch = lookup.batch(view, block.batch_id).batch
        yield Position(
            account=account,
            block=block,
            instrument=batch.instrument,
            project=batch.project,
            vintage=batch.vintage,
            state=now,
            production=batch.production,
            expires_utc=batch.expires_utc,
            transferable_until_utc=batch.transferable_until_utc,
        )
