"""Transactions of a store: all or nothing, in turns, and undone whatever ends them."""

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from carbon_ledger.errors import StoreError, StoreLockedError
from carbon_ledger.stores.turns import Turn, Turns


class Undoable(Protocol):
    """What a transaction needs of its store."""

    @property
    def turns(self) -> Turns:
        """The turns at writing to it."""

    def begin(self) -> None:
        """Begin; everything that is written from now on can be undone."""

    def commit(self) -> None:
        """Make everything last that was written since it began."""

    def undo(self) -> None:
        """Undo what was not committed; where that is nothing, nothing happens."""

    def begin_part(self) -> int:
        """Begin a part that can be undone alone; returns its number."""

    def end_part(self, part: int) -> None:
        """Join a part to what is around it."""

    def undo_part(self, part: int) -> None:
        """Undo a part, and the parts in it."""


class Transaction:
    """A transaction, or a part of the one that the calling thread and task have open.

    Args:
        store: The store.
        part: Whether it is a part of a command that is running.
    """

    def __init__(self, store: Undoable, *, part: bool = False) -> None:
        self._store = store
        self._of_command = part
        self._turn: Turn | None = None
        self._part: int | None = None

    def __enter__(self) -> None:
        """Wait for the turn, and begin.

        Raises:
            StoreLockedError: Another thread or another process writes for longer than the timeout.
            StoreReadOnlyError: The file cannot be written.
            StoreError: The store was closed; or the transaction around it cannot be committed any more.
        """
        turn = _own_turn(self._store)
        if turn is None:
            self._turn = Turn(self, sys._getframe(1), single=False)
            _begin(self._store, self._turn)
            return
        if not self._of_command and turn.in_command:
            raise _in_command()
        self._part = self._store.begin_part()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or undo where an exception ends it."""
        if self._store.turns.forked:
            return  # the parent's, which goes on with it
        if self._part is not None:
            _end_part(self._store, self._part, done=kind is None)
        elif self._turn is not None:
            _end(self._store, self._turn, done=kind is None)


class CommandTransaction:
    """The transaction of a single command, or its place in the batch that is open.

    Args:
        store: The store.
    """

    def __init__(self, store: Undoable) -> None:
        self._store = store
        self._turn: Turn | None = None
        self._joined: Turn | None = None

    def __enter__(self) -> bool:
        """Begin; returns whether it joined a batch.

        Raises:
            StoreLockedError: Another thread or process writes for longer than the timeout, or this thread's last
                command is not done.
            StoreReadOnlyError: The file cannot be written.
            StoreError: The store was closed.
        """
        turn, caller = _own_turn(self._store), sys._getframe(1)
        if turn is None:
            self._turn = Turn(self, caller, single=True)
            _begin(self._store, self._turn)
            return False
        if turn.in_command:
            raise _in_command()
        self._joined = turn
        turn.command = caller
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or undo where an exception ends it; in a batch, leave that to the batch."""
        if self._store.turns.forked:
            return
        if self._joined is not None:
            self._joined.command = None
        elif self._turn is not None:
            _end(self._store, self._turn, done=kind is None)


def close_in_turn(store: Undoable, release: Callable[[], None]) -> None:
    """Close a store when no command is running: undo what the calling thread has not committed, and refuse all calls.

    Args:
        store: The store.
        release: Releases what the store holds.

    Raises:
        StoreLockedError: Another thread writes for longer than the timeout, or a command of this one is not done.
    """
    turn = _own_turn(store)
    if turn is None:
        turn = Turn(store, sys._getframe(), single=True)
        store.turns.take(turn)
    elif turn.in_command:
        raise _in_command()
    try:
        store.undo()
        store.turns.close()
        release()
    finally:
        store.turns.give_back(turn)


def _own_turn(store: Undoable) -> Turn | None:
    store.turns.require_open()
    return store.turns.own()


def _in_command() -> StoreLockedError:
    return StoreLockedError(
        "a command of this thread is not done, and another was asked for (by a signal handler?); have the handler set "
        "a flag, and record the command when the first has returned"
    )


def _begin(store: Undoable, turn: Turn) -> None:
    command, turn.command = turn.command, sys._getframe()  # nothing joins a batch that has not begun
    try:
        store.turns.take(turn)
        store.begin()
    except BaseException:
        _give_up(store, turn)
        raise
    turn.command = command


def _give_up(store: Undoable, turn: Turn) -> None:
    if store.turns.has(turn):
        store.undo()
        store.turns.give_back(turn)


def _end(store: Undoable, turn: Turn, *, done: bool) -> None:
    turn.command = sys._getframe()  # nothing joins a batch that ends
    committed = False
    try:
        if done:
            store.turns.require_open()
            _require_turn(store, turn)
            store.commit()
            committed = True
    finally:
        if committed:
            store.turns.give_back(turn)
        else:
            _give_up(store, turn)


def _require_turn(store: Undoable, turn: Turn) -> None:
    if not store.turns.has(turn):
        raise StoreError("the batch was undone before it ended; record its commands again")


def _end_part(store: Undoable, part: int, *, done: bool) -> None:
    ended = False
    try:
        if done:
            store.turns.require_open()
            store.end_part(part)
            ended = True
    finally:
        if not ended and store.turns.mine() is not None:
            store.undo_part(part)
