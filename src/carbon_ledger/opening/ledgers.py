"""Opening a ledger: connecting a store, a clock and the rules."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final
from uuid import uuid4

from carbon_ledger.canonical import identifier
from carbon_ledger.choices import Policy
from carbon_ledger.core.entries.entry import Entry, recorded_text
from carbon_ledger.core.entries.events import LEDGER_OPENED, POLICIES
from carbon_ledger.core.methodologies import Known
from carbon_ledger.core.rules import apply
from carbon_ledger.core.state.store import Backup, Store
from carbon_ledger.errors import NotALedgerError, QuantityError, RefusedError
from carbon_ledger.files import path_text
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.ledger.methodologies import known_methodologies
from carbon_ledger.ledger.recorder import Clock, encode_checked, time_of
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.methodologies import Methodology
from carbon_ledger.opening.stores import is_url, store_at
from carbon_ledger.printing import one_of, quote
from carbon_ledger.publishing.pinning import require_pinned
from carbon_ledger.publishing.publish import Published, checkpoint_of
from carbon_ledger.texts import line

_MOST_TIMEOUT_S: Final = 86_400


def _system_clock() -> datetime:
    return datetime.now(UTC)


@cache  # reading it parses a file; what is installed does not change under a running process
def software() -> str:
    """The name and version of this library, as entry 0 records them."""
    try:
        return f"carbon-ledger {version('carbon-ledger')}"
    except PackageNotFoundError:
        return "carbon-ledger (not installed)"


def open_ledger(
    path: str | os.PathLike[str] | Store,
    *,
    ledger_id: str | None = None,
    policy: Policy | None = None,
    by: str = "local",
    clock: Clock = _system_clock,
    read_only: bool = False,
    timeout_s: int = 5,
    pinned: bytes | Checkpoint | Published | Backup | None = None,
    methodologies: Iterable[Methodology] = (),
) -> Ledger:
    """Open a ledger, or create a new one: in a file, in a PostgreSQL database, in memory, or in a store of one's own.

    Args:
        path: The file, created if absent; ``":memory:"`` for a ledger in memory alone; the URL of a database, with
            ``?ledger_schema=`` for a schema other than ``carbon_ledger``; or a store, which the ledger closes.
        ledger_id: The id of a new ledger (random by default), or the id that an existing ledger must have.
        policy: Who may record in a new ledger, for ever: ``open`` for anybody (the default), or ``roles`` for actors
            whose role allows it, *by* being the first registrar; or the policy that an existing ledger must have.
        by: The actor of commands that do not name an actor.
        clock: Returns the current time as an aware `datetime`; for tests.
        read_only: Open only for reading, as an auditor does.
        timeout_s: How long to wait for another thread or process that is writing, and for a server. [s]
        pinned: A checkpoint of this ledger that you stored elsewhere: its signed bytes, a `Checkpoint`, or what
            `publish` or `backup` returned. The entries up to it are hashed again.
        methodologies: Methodologies of one's own, as objects. Commands that quantify need them, reading does not.

    Raises:
        MethodologyError: One of *methodologies* is not a methodology of one's own, or its source cannot be read.
        ForkError, FormatError: The ledger was cut off, rolled back or rewritten; or *pinned* is not a checkpoint.
        NotALedgerError: The path is no file of a ledger, or of another one; or the URL is invalid.
        UnsupportedSchemaError, BrokenLogError: A newer version wrote the file; or the file is damaged.
        StoreLockedError, StoreReadOnlyError: Another process holds the file; or a new ledger cannot be created.
        StoreConnectionError, MissingExtraError: The server cannot be reached; or the package psycopg is not installed.
        RefusedError: The ledger's policy is not *policy*.
        QuantityError, NaiveTimeError: *ledger_id*, *policy* or *timeout_s* is invalid; or the clock has no zone.

    Example:
        >>> with open_ledger(":memory:", ledger_id="trial") as ledger:
        ...     ledger.ledger_id, ledger.size
        ('trial', 1)
    """
    known = _checked_arguments(by, ledger_id, policy, timeout_s, methodologies)
    with ExitStack() as undo:
        store, name = _store_of(path, undo, read_only, timeout_s, pinned is not None)
        ledger = _checked(store, name, ledger_id, policy, by, clock, not read_only and pinned is None, known)
        _require_pinned(store, name, pinned)
        undo.pop_all()
    return ledger


def _store_of(
    path: str | os.PathLike[str] | Store, undo: ExitStack, read_only: bool, timeout_s: int, pinned: bool
) -> tuple[Store, str]:
    """The store, and its name for messages. A store that was opened here is closed if opening the ledger fails."""
    if isinstance(path, Store):
        return path, str(getattr(path, "path", type(path).__name__))
    name = _name_of(path, pinned)
    store = store_at(name, read_only=read_only, timeout_s=timeout_s)
    undo.callback(store.close)
    return store, str(getattr(store, "path", name))


def _name_of(path: str | os.PathLike[str], pinned: bool) -> str:
    name = path_text(path, NotALedgerError, may_be_url=True)
    if pinned and not is_url(name) and not os.path.exists(name):
        raise NotALedgerError(f"{name}: no such file, expected the pinned ledger; restore a copy, or omit pinned=")
    return name


def _checked_arguments(
    by: str, ledger_id: str | None, policy: str | None, timeout_s: int, methodologies: Iterable[Methodology]
) -> Known:
    if type(timeout_s) is not int or not 0 <= timeout_s <= _MOST_TIMEOUT_S:
        raise QuantityError(
            f"timeout_s {quote(timeout_s)}: expected a whole number of seconds from 0 to {_MOST_TIMEOUT_S:,}"
        )
    line(by, "by")
    if ledger_id is not None:
        identifier(ledger_id, "ledger")
    if policy is not None and (not isinstance(policy, str) or policy not in POLICIES):
        raise QuantityError(f"policy {quote(policy)}: expected {one_of(policy, POLICIES)}")
    return known_methodologies(methodologies)


def _checked(
    store: Store,
    path: str,
    ledger_id: str | None,
    policy: str | None,
    by: str,
    clock: Clock,
    begin: bool,
    known: Known,
) -> Ledger:
    """Open the ledger of a store, or begin a new one; refuse a ledger with another id or policy."""
    if store.size() == 0:
        if not begin:
            raise NotALedgerError(
                f"{path}: the file has no entry. If another program is creating this ledger, open it again in a "
                "moment; otherwise restore the file from a copy, or open it for writing and without pinned="
            )
        _begin(store, ledger_id or f"ledger-{uuid4().hex}", policy or "open", by, clock)
    ledger = Ledger(store, clock=clock, by=by, methodologies=known)
    _require_same(ledger, path, ledger_id, policy)
    return ledger


def _require_pinned(store: Store, path: str, pinned: bytes | Checkpoint | Published | Backup | None) -> None:
    if pinned is not None:
        require_pinned(store, checkpoint_of(pinned), path)


def _require_same(ledger: Ledger, path: str, ledger_id: str | None, policy: str | None) -> None:
    """Refuse a ledger whose id or policy is not the expected one."""
    if ledger_id is not None and ledger.ledger_id != ledger_id:
        raise NotALedgerError(f"{path}: it has ledger {ledger.ledger_id}, expected {ledger_id}")
    if policy is not None and ledger.policy != policy:
        raise RefusedError(
            f"ledger {path}",
            f"its policy is {ledger.policy}, expected {policy}; entry 0 sets the policy for ever. "
            "Leave policy= out, or create another ledger",
            rule="another-policy",
        )


def _begin(store: Store, ledger_id: str, policy: str, by: str, clock: Clock) -> None:
    with store.transaction():
        if store.size():
            return  # another process began the ledger before this one had the lock
        event = {"ledger": ledger_id, "policy": policy, "software": software()}
        entry = Entry(n=0, at=recorded_text(time_of(clock)), by=by, type=LEDGER_OPENED, event=event)
        store.append(encode_checked(entry), apply(store.view(), entry))
