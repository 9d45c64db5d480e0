"""Turn a command into entries: all entries are written or no entry, and once for each idempotency key."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, overload

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.core.authority import require_authorised
from carbon_ledger.core.entries.entry import Entry, recorded_text, recorded_time
from carbon_ledger.core.entries.splitting import Events
from carbon_ledger.core.many_runs import PlainRuns
from carbon_ledger.core.methodologies import NOTHING, Known
from carbon_ledger.core.midnights import require_same_midnights
from carbon_ledger.core.rules import RULES, apply
from carbon_ledger.core.state.decisions import Decisions
from carbon_ledger.core.state.store import Rehearsal, Store, Want
from carbon_ledger.core.state.view import Made, View
from carbon_ledger.core.timekeeping import require_no_jump
from carbon_ledger.core.whole_commands import require_command, require_written_by
from carbon_ledger.errors import BrokenLogError, IdempotencyError, NaiveTimeError, PeriodError, QuantityError
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.ledger.wants import command_wants
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.queries import listings
from carbon_ledger.serials import Batch
from carbon_ledger.texts import line

Clock = Callable[[], datetime]
_Shows = Callable[[View, list[Entry]], object]

TICK = timedelta(microseconds=1)


def time_of(clock: Clock) -> datetime:
    """The time of a clock, in UTC.

    Raises:
        NaiveTimeError: The clock does not return a time with a zone.
        PeriodError: The time in UTC is outside the years 1 to 9999.
    """
    now = clock() if callable(clock) else clock
    if not isinstance(now, datetime) or now.utcoffset() is None:
        raise NaiveTimeError(
            f"the ledger's clock returned {quote(now)}: expected an aware datetime, such as datetime.now(UTC)"
        )
    try:
        return now.astimezone(UTC)
    except OverflowError:
        raise PeriodError(
            f"the ledger's clock returned {quote(now)}: expected a time in the years 1 to 9999 UTC; set the clock"
        ) from None


def encode_checked(entry: Entry) -> bytes:
    """The bytes of an entry, checked: an entry that could not be decoded again is refused.

    Raises:
        QuantityError: A field does not have the shape that its entry requires, or cannot be written.
        EntryTooLargeError: The entry has more than 65,535 bytes.
    """
    try:
        return entry.readable_bytes()
    except BrokenLogError as error:
        raise QuantityError(f"this cannot be recorded: {error}") from None


class Recorder(Reader):
    """A reader that also records commands; it is the base of `Ledger`."""

    def __init__(self, store: Store, clock: Clock, by: str, known: Known = NOTHING) -> None:
        super().__init__(store, known=known)
        self._clock = clock
        self._by = by
        self._plain_runs: PlainRuns | None = None  # of the last stretch of `record_many`

    @overload
    def batch(self) -> AbstractContextManager[None]: ...
    @overload
    def batch(self, batch_id: str) -> Batch: ...
    def batch(self, batch_id: str | None = None) -> AbstractContextManager[None] | Batch:
        """A context that makes many commands one transaction: an exception that leaves the block undoes all of them.

        With the id of a batch of units, the record of that batch; nothing is then begun.

        Each command sees the results of the earlier commands. If a command is refused and the block catches the
        exception, the other commands are unaffected. The batch belongs to the thread and the asyncio task that opened
        it. Commands of other threads wait until the batch ends. A command of another task of the same thread is
        refused, because waiting would stop both tasks. Until the batch ends, the queries of others see the state
        before it.

        Args:
            batch_id: The id of a batch of units, such as ``hydro/2024/17``; by default, a transaction is opened.

        Raises:
            UnknownBatchError: There is no batch of units with this id.
            StoreLockedError: Another thread or process writes for longer than the timeout; another task of this thread
                has an open batch; or a command of this thread has not ended.
            StoreReadOnlyError: The file cannot be written.
            StoreError: The ledger was closed, or a parent process opened it.

        Example:
            >>> import carbon_ledger as cl
            >>> ledger = cl.open_ledger(":memory:")
            >>> with ledger.batch():
            ...     _ = ledger.open_account("a", name="A")
            ...     _ = ledger.open_account("b", name="B")
            >>> ledger.size
            3
        """
        return self._store.transaction() if batch_id is None else listings.batch(self, batch_id)

    def _batch_of(
        self, about: Mapping[str, object], run: Callable[["Recorder"], object], by: str | None
    ) -> AbstractContextManager[None]:
        """A batch for one command that is made of several ones.

        Args:
            about: What says which things the command is about.
            run: Runs the command on a recorder that has a batch open.
            by: The actor.
        """

        def rehearse(store: Store) -> None:
            other = Recorder(store, self._clock, self._by, self._known)
            with other.batch():
                run(other)

        wants = command_wants(self._by if by is None else by, None, None, {})
        return self._store.transaction(wants=[*wants, Rehearsal("batch", about, rehearse)])

    def _now(self) -> datetime:
        return time_of(self._clock)

    def _recorded_at(self, view: View, kind: str, now: datetime | None = None) -> str:
        """The recorded time of the next entry, of the type *kind*; a clock that is too far ahead is refused."""
        at = self._time_after(view, self._now() if now is None else now)
        require_no_jump(view.entry(view.size - 1), kind, at)
        return at

    def _time_of_query(self, view: View) -> str:
        return self._time_after(view, self._now())

    def _time_after(self, view: View, now: datetime) -> str:
        # If the clock was set back, the next entry is still later than the entry before it.
        text, before = recorded_text(now), view.entry(view.size - 1)
        if text > before.at:
            return text
        try:
            return recorded_text(recorded_time(before.at) + TICK)
        except OverflowError:
            raise PeriodError(
                f"entry {before.n} was recorded at {before.at}, the last time that can be recorded; no entry can follow"
            ) from None

    def _record(
        self,
        name: str,
        arguments: Mapping[str, object],
        plan: Callable[[View], Events],
        *,
        key: str | None,
        by: str | None,
        named: Period | None = None,
        now: datetime | None = None,
        wants: Iterable[Want] = (),
        rehearsed: bool = True,
        about: Mapping[str, object] = {},  # never changed
        shows: _Shows | None = None,
    ) -> list[Entry]:
        """Record a command: plan its events, apply the rule of each, and write all entries or no entry.

        A rule does not compute again what the plan computed with `decide`, unless something that it depends on changed.

        Args:
            name, arguments: The command; the idempotency key is bound to the digest of its arguments.
            plan: Makes the command's events from the state before the command.
            key, by, named: The idempotency key, the actor, and a period whose zone the caller named; or ``None``.
            now: The time of the command's first entry, if the clock was asked already.
            wants: Queries that the plan and the rule are going to make, besides those of every command.
            rehearsed: Whether a store on a server may rehearse the command, to find what the wants lack.
            about: What says which things the command is about, besides the arguments.
            shows: What the caller will make of the state after the command, and of its entries.

        Returns:
            The new entries of the command; or those of its first run, if the key was used before.

        Raises:
            IdempotencyError, BrokenLogError: The key was used for another command; the entries are not this command's.
            RefusedError: By the zone rules that the log pins, the local days of *named* begin at other instants.
        """
        actor, request_digest = line(by if by is not None else self._by, "by"), None
        if key is not None:
            key = line(key, "key")
            request_digest = digest(dumps({"command": name, "by": actor, "arguments": dict(arguments)}))
        times, foreseen = [] if now is None else [now], [*command_wants(actor, key, named, arguments), *wants]
        if rehearsed:
            again = partial(Recorder._record, name=name, arguments=arguments, plan=plan, key=key, by=by, named=named)
            foreseen.append(self._rehearsal(name, {**arguments, **about, "named": named}, again, shows, times))
        with self._store.write_lock(foreseen) as nested:
            view = self._view_of()
            if key is not None and (used := view.key_use(actor, key)) is not None:
                return self._first_run(view, used, name, request_digest)
            require_same_midnights(view, named)
            return self._carry_out(view, plan, actor, (key, request_digest), times, nested)

    def _carry_out(
        self,
        view: View,
        plan: Callable[[View], Events],
        actor: str,
        request: tuple[str | None, str | None],
        times: Sequence[datetime],
        nested: bool,
    ) -> list[Entry]:
        decisions = Decisions(view.size)
        events = plan(decisions.on(view))
        # One entry is atomic by itself. Several entries inside a batch are a part that can be undone on its own.
        with self._store.transaction(part=True) if nested and len(events) > 1 else nullcontext():
            return self._append_entries(view, events, actor, request, decisions, next(iter(times), None))

    def _recorded(
        self,
        shows: Callable[[View, list[Entry]], Made],
        name: str,
        arguments: Mapping[str, object],
        plan: Callable[[View], Events],
        **rest: Any,
    ) -> Made:
        """What a function makes of the state after a command and of its entries; recorded as `_record` does it."""
        entries = self._record(name, arguments, plan, shows=shows, **rest)
        return shows(self._store.view(entries[-1].n + 1), entries)

    def _rehearsal(
        self,
        name: str,
        about: Mapping[str, object],
        again: Callable[..., list[Entry]],
        shows: _Shows | None,
        times: list[datetime],
    ) -> Rehearsal:
        """The rehearsal of a command on another store, with what the caller makes of its entries."""

        def rehearse(store: Store) -> None:
            other = Recorder(store, lambda: self._first_time(times), self._by, self._known)
            entries = again(other, rehearsed=False)
            if shows is not None:
                shows(store.view(entries[-1].n + 1), entries)

        return Rehearsal(name, about, rehearse)

    def _first_time(self, times: list[datetime]) -> datetime:
        """The time of the first entry of a command, for which the clock is asked once."""
        if not times:
            times.append(self._now())
        return times[0]

    def _first_run(self, view: View, n: int, name: str, request_digest: str | None) -> list[Entry]:
        """The entries of the command that first used a key; it is checked that they are exactly that command."""
        first = view.entry(n)
        if first.digest != request_digest:
            raise IdempotencyError(
                f"key {quote(first.key)}",
                f"entry {n} ({first.type} by {first.by}, {first.at}) used it for another command; "
                "to retry, repeat the same arguments; for a new command, use a new key",
            )
        entries = [view.entry(k) for k in range(n, min(n + first.parts, view.size))]
        require_written_by(name, entries)
        require_command(self._store.view(entries[-1].n), entries)
        return entries

    def _append_entries(
        self,
        view: View,
        events: Events,
        actor: str,
        request: tuple[str | None, str | None],
        decisions: Decisions,
        now: datetime | None,
    ) -> list[Entry]:
        if len(events) > 1:
            # The last entry is the one that authorises the command; a document before it may need another role.
            kind, event = events[-1]
            require_authorised(view, Entry(n=view.size, at="", by=actor, type=kind, event=event), RULES[kind].may)
        entries = []
        for part, (kind, event) in enumerate(events, 1):
            entry = Entry(
                n=view.size,
                at=self._recorded_at(view, kind, now if part == 1 else None),
                by=actor,
                type=kind,
                event=event,
                key=request[0],
                digest=request[1],
                part=part,
                parts=len(events),
            )
            data = encode_checked(entry)
            rows = apply(decisions.on(view), entry)
            self._store.append(data, rows)
            decisions.recorded(rows)
            self._store.cache_entry(entry)
            entries.append(entry)
            view = self._view_of(view.size + 1)
        return entries
