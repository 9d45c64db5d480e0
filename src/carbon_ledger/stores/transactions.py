"""Transactions of a store: one at a time, and undone as a whole unless they commit.

No function here has its own frame in a variable: after an interrupt that would keep the frame alive, and its callers
with it, and so the holder of a turn that nobody can end any more.
"""

import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Protocol

from carbon_ledger.errors import StoreError, StoreLockedError
from carbon_ledger.stores.turns import Turn, Turns


class Undoable(Protocol):
    """What a transaction needs of its store."""

    @property
    def turns(self) -> Turns:
        """The turns at writing to the store."""

    def begin(self) -> None:
        """Begin a transaction; everything that is written from now on can be undone."""

    def commit(self) -> None:
        """Make everything durable that was written since the transaction began."""

    def undo(self) -> None:
        """Undo what was not committed; does nothing if everything was."""

    def begin_part(self) -> int:
        """Begin a part that can be undone on its own; returns the number of the part."""

    def end_part(self, part: int) -> None:
        """End a part; what it wrote belongs to the enclosing part or transaction."""

    def undo_part(self, part: int) -> None:
        """Undo a part, and the parts inside it."""


class Transaction:
    """A context manager for a transaction, or for a part of the transaction that this thread and task have open.

    It can be entered once.

    Args:
        store: The store.
        part: Whether this is a part of a command that is running.
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
            StoreError: The store was closed; the enclosing transaction has ended or can no longer be committed; or
                this transaction was entered before.
        """
        if self._turn is not None:
            raise StoreError("this batch was entered before; call batch() again to begin another batch")
        turn = _own_turn(self._store)
        if turn is None:
            self._turn = Turn(self, sys._getframe(1), single=False)
            _begin(self._store, self._turn)
            return
        try:
            if not self._of_command and not turn.claim(sys._getframe()):
                raise _in_command()
            if turn.doomed:
                raise _ended()
            if not self._store.turns.has(turn):
                raise StoreError("the enclosing batch has ended; call batch() again")
            self._turn, self._part = turn, turn.next_part
            turn.next_part += 1
            turn.parts[self._part] = self._store.begin_part()
        finally:
            turn.unclaim(sys._getframe())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit; undo if an exception ended the block."""
        if self._store.turns.forked or self._turn is None:
            return  # in a fork the transaction is the parent's, which continues it
        if self._part is not None:
            _end_part(self._store, self._turn, self._part, done=kind is None, of_command=self._of_command)
        else:
            _end(self._store, self._turn, done=kind is None)


class CommandTransaction:
    """A context manager for the transaction of a single command, which joins the batch that is open, if any.

    Args:
        store: The store.
        on_join: Called once the command has joined a batch.
    """

    def __init__(self, store: Undoable, on_join: Callable[[], object] | None = None) -> None:
        self._store = store
        self._on_join = on_join
        self._turn: Turn | None = None
        self._caller: FrameType | None = None

    def __enter__(self) -> bool:
        """Begin; returns whether the command joined a batch.

        Raises:
            StoreLockedError: Another thread or process writes for longer than the timeout, or this thread's previous
                command has not ended.
            StoreReadOnlyError: The file cannot be written.
            StoreError: The store was closed, or the batch was ended while it was in use.
        """
        caller = sys._getframe(1)
        while (turn := _own_turn(self._store)) is not None:
            if not turn.claim(caller):
                raise _in_command()
            if self._store.turns.has(turn) and not turn.doomed:
                if self._on_join is not None:
                    self._join(turn, caller, self._on_join)
                self._turn, self._caller = turn, caller
                return True
            turn.unclaim(caller)  # another caller ended the batch in this moment
            if turn.doomed:
                raise _ended()
        self._turn = Turn(self, caller, single=True)
        _begin(self._store, self._turn)
        return False

    def _join(self, turn: Turn, caller: FrameType, on_join: Callable[[], object]) -> None:
        try:
            on_join()
        except BaseException:
            turn.unclaim(caller)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or undo if an exception ended the block; a command in a batch leaves both to the batch."""
        if self._store.turns.forked or self._turn is None:
            return
        if self._caller is None:
            _end(self._store, self._turn, done=kind is None)
            return
        caller, self._caller = self._caller, None
        self._turn.unclaim(caller)
        if not self._turn.doomed:
            return
        if self._turn.claim(caller):  # if not, the caller that ended the batch undoes it
            try:
                _give_up(self._store, self._turn)
            finally:
                self._turn.unclaim(caller)
        if kind is None:
            raise _ended()


def close_in_turn(store: Undoable, release: Callable[[], None]) -> None:
    """Close a store while no command is running: undo what the calling thread has not committed, refuse later calls.

    Args:
        store: The store.
        release: Releases the store's resources.

    Raises:
        StoreLockedError: Another thread writes for longer than the timeout, or a command of this thread has not ended.
    """
    turn = _own_turn(store)
    if turn is None:
        turn = Turn(store, sys._getframe(), single=True)
        store.turns.acquire(turn)
    elif turn.in_command:
        raise _in_command()
    try:
        store.undo()
        store.turns.close()
        release()
    finally:
        store.turns.release(turn)
        turn.unclaim(sys._getframe())


def _own_turn(store: Undoable) -> Turn | None:
    store.turns.require_open()
    return store.turns.own()


def _in_command() -> StoreLockedError:
    return StoreLockedError(
        "a command was called in this thread before the previous command had returned (by a signal handler?); let the "
        "handler set a flag, and call the command after the first has returned"
    )


def _ended() -> StoreError:
    return StoreError(
        "the batch, or a part of it, was ended while it was in use, and nothing of it was recorded; leave the batch's "
        "block, and record its commands again"
    )


def _begin(store: Undoable, turn: Turn) -> None:
    try:
        turn.claim(sys._getframe())  # so that no command joins a batch that has not begun
        store.turns.acquire(turn)
        store.begin()
    except BaseException:
        _give_up(store, turn)
        raise
    finally:
        turn.unclaim(sys._getframe())


def _give_up(store: Undoable, turn: Turn) -> None:
    if store.turns.has(turn):
        store.undo()
        store.turns.release(turn)


def _end(store: Undoable, turn: Turn, *, done: bool) -> None:
    committed, claimed = False, turn.single
    try:
        claimed = claimed or turn.claim(sys._getframe())  # so that no command joins a batch that is ending
        if not claimed:
            turn.doomed = True  # the command running in the batch undoes the batch, unless that command has just ended
            claimed = turn.claim(sys._getframe())
        if done:
            _require_whole(store, turn)
            store.commit()
            committed = True
    finally:
        if committed:
            store.turns.release(turn)
        elif claimed:
            _give_up(store, turn)
        turn.unclaim(sys._getframe())


def _require_whole(store: Undoable, turn: Turn) -> None:
    if turn.doomed:
        raise _ended()
    if store.turns.closed:
        raise StoreError("the ledger was closed inside the batch, which undid the batch; open it and record it again")
    if not store.turns.has(turn):
        raise StoreError("the batch was undone before it ended; record its commands again")


def _end_part(store: Undoable, turn: Turn, part: int, *, done: bool, of_command: bool) -> None:
    ended = True
    try:
        claimed = of_command or (turn.mine and turn.claim(sys._getframe()))
        if not store.turns.has(turn) or part not in turn.parts:
            if done:
                raise StoreError("the enclosing batch has ended, and this batch with it; record its commands again")
            return
        if not claimed:
            turn.doomed = True
            raise StoreError(
                "a batch inside another batch was ended by another thread or task, or while one of its commands was "
                "running; the enclosing batch is undone: let the thread that began the inner batch end it"
            )
        ended = False
        if done:
            store.turns.require_open()
            store.end_part(turn.parts[part])
            ended = True
    finally:
        if not ended:
            store.undo_part(turn.parts[part])
        for inner in [number for number in turn.parts if number >= part]:
            del turn.parts[inner]
        turn.unclaim(sys._getframe())
