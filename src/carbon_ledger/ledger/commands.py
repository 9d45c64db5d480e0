"""How a command becomes entries: all of them or none, once for each idempotency key."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.errors import BrokenLogError, IdempotencyError, NaiveTimeError, PeriodError, QuantityError
from carbon_ledger.ledger.authority import require_authorised
from carbon_ledger.ledger.entries import Entry, recorded_text, recorded_time
from carbon_ledger.ledger.queries import Reader
from carbon_ledger.ledger.rules import apply
from carbon_ledger.ledger.state import Store, View
from carbon_ledger.printing import quote

Events = Sequence[tuple[str, Mapping[str, Any]]]
Clock = Callable[[], datetime]

TICK = timedelta(microseconds=1)


def given(**arguments: object) -> dict[str, object]:
    """The arguments that were given: those that are not none."""
    return {name: value for name, value in arguments.items() if value is not None}


def text_at_the_door(value: object, name: str) -> str:
    """Take a text: not empty, at most 2,000 characters.

    Raises:
        QuantityError: *value* is no such text.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > 2000:
        raise QuantityError(f"{name} {quote(value)}: expected text of 1 to 2,000 characters")
    if not value.isprintable() and any("\ud800" <= character <= "\udfff" for character in value):
        raise QuantityError(f"{name} {quote(value)}: a lone surrogate is no text")
    return value


def time_of(clock: Clock) -> datetime:
    """Ask a clock for the time, UTC.

    Raises:
        NaiveTimeError: It gives none with a zone.
        PeriodError: In UTC the time is beyond the calendar.
    """
    now = clock() if callable(clock) else clock
    if not isinstance(now, datetime) or now.utcoffset() is None:
        raise NaiveTimeError(f"the ledger's clock gave {quote(now)}, expected an aware datetime")
    try:
        return now.astimezone(UTC)
    except OverflowError:
        raise PeriodError(f"the ledger's clock gave {quote(now)}, which is beyond the calendar in UTC") from None


def readable(entry: Entry) -> bytes:
    """Encode an entry that can be read back: what could not be read must not be in the log.

    Raises:
        QuantityError: A field is not of the shape that its entry has, or cannot be written.
        EntryTooLargeError: It has more than 65,535 bytes.
    """
    try:
        return entry.readable_bytes()
    except BrokenLogError as error:
        raise QuantityError(f"this cannot be recorded: {error}") from None


class Commands(Reader):
    """What every command of a ledger shares."""

    def __init__(self, store: Store, clock: Clock, by: str) -> None:
        super().__init__(store)
        self._clock = clock
        self._by = by

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make many commands one transaction: an exception that leaves the block undoes them all.

        A later command sees the earlier ones; a refusal that is caught inside the block leaves the rest
        standing.

        Raises:
            StoreLockedError: Another process writes for longer than the timeout.
            StoreReadOnlyError: The file cannot be written.

        Example:
            >>> import carbon_ledger as cl
            >>> ledger = cl.open_ledger(":memory:")
            >>> with ledger.batch():
            ...     _ = ledger.open_account("a", name="A")
            ...     _ = ledger.open_account("b", name="B")
            >>> ledger.size
            3
        """
        with self._store.transaction():
            yield

    def _now(self) -> datetime:
        return time_of(self._clock)

    def _asked_at(self, view: View) -> str:
        return self._recorded_at(view)

    def _recorded_at(self, view: View) -> str:
        # A clock that was set back never makes two entries of one time, or of the wrong order.
        text, before = recorded_text(self._now()), view.entry(view.size - 1)
        if text > before.at:
            return text
        try:
            return recorded_text(recorded_time(before.at) + TICK)
        except OverflowError:
            raise PeriodError(f"entry {before.n} was recorded at {before.at}; there is no time after it") from None

    def _perform(
        self,
        name: str,
        arguments: Mapping[str, object],
        plan: Callable[[View], Events],
        *,
        key: str | None,
        by: str | None,
    ) -> list[Entry]:
        """Record a command: plan its events, apply the rule of each, and write them all or none.

        Returns:
            The command's entries: new ones, or those of its first run where the key was used before.

        Raises:
            IdempotencyError: The key was used for another command.
        """
        actor = text_at_the_door(by if by is not None else self._by, "by")
        seal = None
        if key is not None:
            key = text_at_the_door(key, "key")
            seal = digest(dumps({"command": name, "by": actor, "arguments": dict(arguments)}))
        with self._store.writing():
            view = self._store.view()
            used = view.key_use(key) if key is not None else None
            if used is not None:
                return self._first_run(view, used, seal)
            events = plan(view)
            # One entry is written wholly or not at all; several are a part that can be undone alone.
            with self._store.transaction() if len(events) > 1 else nullcontext():
                return self._record(view, events, actor, key, seal)

    @staticmethod
    def _first_run(view: View, n: int, seal: str | None) -> list[Entry]:
        first = view.entry(n)
        if first.digest != seal:
            raise IdempotencyError(
                f"key {quote(first.key)}",
                f"entry {n} ({first.type} by {first.by}, {first.at}) used it for another command; "
                "a retry repeats the same arguments, a new command takes a new key",
            )
        return [view.entry(k) for k in range(n, n + first.parts)]

    def _record(self, view: View, events: Events, actor: str, key: str | None, seal: str | None) -> list[Entry]:
        if len(events) > 1:
            # What a command is about comes last: a document in front of it would name another role.
            kind, event = events[-1]
            require_authorised(view, Entry(n=view.size, at="", by=actor, type=kind, event=event))
        entries = []
        for part, (kind, event) in enumerate(events, 1):
            entry = Entry(
                n=view.size,
                at=self._recorded_at(view),
                by=actor,
                type=kind,
                event=event,
                key=key,
                digest=seal,
                part=part,
                parts=len(events),
            )
            self._store.append(readable(entry), apply(view, entry))
            self._store.keep(entry)
            entries.append(entry)
            view = self._store.view(view.size + 1)
        return entries
