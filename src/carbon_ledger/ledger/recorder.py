"""How a command becomes entries: all of them or none, once for each idempotency key."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.core.authority import require_authorised
from carbon_ledger.core.entries.entry import Entry, recorded_text, recorded_time
from carbon_ledger.core.entries.splitting import Events
from carbon_ledger.core.midnights import require_same_midnights
from carbon_ledger.core.rules import RULES, apply
from carbon_ledger.core.state.decisions import Decisions
from carbon_ledger.core.state.store import Store
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import require_no_jump
from carbon_ledger.core.whole_commands import require_command, require_written_by
from carbon_ledger.errors import BrokenLogError, IdempotencyError, NaiveTimeError, PeriodError, QuantityError
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.texts import line

Clock = Callable[[], datetime]

TICK = timedelta(microseconds=1)


def time_of(clock: Clock) -> datetime:
    """Ask a clock for the time, UTC.

    Raises:
        NaiveTimeError: The clock does not give a time with a zone.
        PeriodError: The time in UTC is beyond the calendar.
    """
    now = clock() if callable(clock) else clock
    if not isinstance(now, datetime) or now.utcoffset() is None:
        raise NaiveTimeError(f"the ledger's clock gave {quote(now)}, expected an aware datetime")
    try:
        return now.astimezone(UTC)
    except OverflowError:
        raise PeriodError(f"the ledger's clock gave {quote(now)}, which is beyond the calendar in UTC") from None


def encode_checked(entry: Entry) -> bytes:
    """The bytes of an entry. An entry that could not be read back is refused.

    Raises:
        QuantityError: A field does not have the shape that its entry requires, or cannot be written.
        EntryTooLargeError: The entry has more than 65,535 bytes.
    """
    try:
        return entry.readable_bytes()
    except BrokenLogError as error:
        raise QuantityError(f"this cannot be recorded: {error}") from None


class Recorder(Reader):
    """What every command of a ledger shares."""

    def __init__(self, store: Store, clock: Clock, by: str) -> None:
        super().__init__(store)
        self._clock = clock
        self._by = by

    def batch(self) -> AbstractContextManager[None]:
        """Make many commands one transaction: an exception that leaves the block undoes them all.

        A later command sees the earlier ones; a refusal that is caught inside the block leaves the rest
        standing. The batch belongs to the thread, and to the asyncio task, that opened it. Commands of other threads
        wait for its end; another task of the same thread is refused, for waiting would stop both. Questions of others
        meanwhile see the state before it.

        Raises:
            StoreLockedError: Another thread or another process writes for longer than the timeout; another task of
                this thread has a batch open; or a command of this thread is not done.
            StoreReadOnlyError: The file cannot be written.
            StoreError: The ledger was closed, or is that of a parent process.

        Example:
            >>> import carbon_ledger as cl
            >>> ledger = cl.open_ledger(":memory:")
            >>> with ledger.batch():
            ...     _ = ledger.open_account("a", name="A")
            ...     _ = ledger.open_account("b", name="B")
            >>> ledger.size
            3
        """
        return self._store.transaction()

    def _now(self) -> datetime:
        return time_of(self._clock)

    def _recorded_at(self, view: View, kind: str) -> str:
        """The recorded time of the next entry, which is of this type. A clock that is too far ahead is refused."""
        at = self._asked_at(view)
        require_no_jump(view.entry(view.size - 1), kind, at)
        return at

    def _asked_at(self, view: View) -> str:
        # A clock that was set back never makes two entries of one time, or of the wrong order.
        text, before = recorded_text(self._now()), view.entry(view.size - 1)
        if text > before.at:
            return text
        try:
            return recorded_text(recorded_time(before.at) + TICK)
        except OverflowError:
            raise PeriodError(f"entry {before.n} was recorded at {before.at}; there is no time after it") from None

    def _record(
        self,
        name: str,
        arguments: Mapping[str, object],
        plan: Callable[[View], Events],
        *,
        key: str | None,
        by: str | None,
        named: Period | None = None,
    ) -> list[Entry]:
        """Record a command: plan its events, apply the rule of each, and write all entries or no entry.

        Figures that the plan computes with `decide` are computed once: the rules use them, where nothing that they
        follow from has changed.

        Args:
            name: The command.
            arguments: The arguments whose digest stands beside the idempotency key.
            plan: From the state before the command to its events.
            key: Idempotency key.
            by: The actor.
            named: A period whose zone the caller named.

        Returns:
            The new entries of the command. If the key was used before, the entries of the command's first run.

        Raises:
            IdempotencyError: The actor used the key for another command.
            BrokenLogError: The entries that have the key are not those of this command: the file is damaged.
            RefusedError: By the rules that the log pins, the local days of *named* begin at other instants.
        """
        actor = line(by if by is not None else self._by, "by")
        seal = None
        if key is not None:
            key = line(key, "key")
            seal = digest(dumps({"command": name, "by": actor, "arguments": dict(arguments)}))
        with self._store.write_lock() as joined:
            view = self._store.view()
            used = view.key_use(actor, key) if key is not None else None
            if used is not None:
                return self._first_run(view, used, name, seal)
            require_same_midnights(view, named)
            decisions = Decisions(view.size)
            events = plan(decisions.on(view))
            # One entry is written wholly or not at all; several in a batch are a part that can be undone alone.
            with self._store.transaction(part=True) if joined and len(events) > 1 else nullcontext():
                return self._append_entries(view, events, actor, key, seal, decisions)

    def _first_run(self, view: View, n: int, name: str, seal: str | None) -> list[Entry]:
        """The entries of the command that used a key first, checked to be all entries of that command."""
        first = view.entry(n)
        if first.digest != seal:
            raise IdempotencyError(
                f"key {quote(first.key)}",
                f"entry {n} ({first.type} by {first.by}, {first.at}) used it for another command; "
                "a retry repeats the same arguments, a new command takes a new key",
            )
        entries = [view.entry(k) for k in range(n, min(n + first.parts, view.size))]
        require_written_by(name, entries)
        require_command(self._store.view(entries[-1].n), entries)
        return entries

    def _append_entries(
        self, view: View, events: Events, actor: str, key: str | None, seal: str | None, decisions: Decisions
    ) -> list[Entry]:
        if len(events) > 1:
            # What a command is about comes last: a document in front of it would name another role.
            kind, event = events[-1]
            require_authorised(view, Entry(n=view.size, at="", by=actor, type=kind, event=event), RULES[kind].may)
        entries = []
        for part, (kind, event) in enumerate(events, 1):
            entry = Entry(
                n=view.size,
                at=self._recorded_at(view, kind),
                by=actor,
                type=kind,
                event=event,
                key=key,
                digest=seal,
                part=part,
                parts=len(events),
            )
            data = encode_checked(entry)
            rows = apply(decisions.on(view), entry)
            self._store.append(data, rows)
            decisions.recorded(rows)
            self._store.cache_entry(entry)
            entries.append(entry)
            view = self._store.view(view.size + 1)
        return entries
