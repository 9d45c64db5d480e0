"""Turns at writing: one thread writes at a time, and within the thread one asyncio task.

An interrupt may end any Python statement, even between acquiring a lock and recording that it was acquired. Nothing
here therefore relies on code that runs afterwards. The turn is one slot, filled in one atomic step. A caller that finds
the slot filled by an owner that is gone (a thread that ended, a command that an interrupt ended) reclaims the turn.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic_ns
from types import FrameType
from typing import Any, Final
from weakref import ref

from carbon_ledger.errors import StoreError, StoreLockedError

_POLL_NS: Final = 50_000_000  # the longest time a waiting thread sleeps before it checks again
_SECOND_NS: Final = 1_000_000_000
# Packages that run other packages' functions in threads. If nothing else is running, the batch's block is not either.
_POOLS: Final = frozenset(("threading", "concurrent", "queue", "asyncio", "anyio", "starlette", "fastapi"))


def deadline_ns(timeout_s: int) -> int:
    """The time on the monotonic clock at which a wait that begins now ends. [ns]"""
    return monotonic_ns() + timeout_s * _SECOND_NS


def current_task() -> object | None:
    """The asyncio task that is running in this thread, or `None`; does not import asyncio."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return None
    task: object = asyncio.current_task()
    return task


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_running(frame: FrameType) -> bool:
    try:
        frame.clear()
    except RuntimeError:  # Python refuses to clear a frame that is running, in any thread
        return True
    return False


class _Token:
    """Identifies a thread and is destroyed with it, even if the thread is unknown to `threading`."""

    __slots__ = ("__weakref__",)


_local = threading.local()


def _token() -> _Token:
    found: _Token | None = getattr(_local, "token", None)
    if found is None:
        found = _local.token = _Token()
    return found


class Turn:
    """One turn at writing, for a single command or for a batch of commands.

    Args:
        holder: The context manager of the batch or of the command.
        caller: The frame that requested the turn.
        single: Whether the turn is for a single command, which *caller* runs.

    Attributes:
        single: Whether the turn is for a single command.
        doomed: Whether the turn was ended while one of its commands was running, so that it must be undone.
        parts: The parts of the turn that have not ended, outermost first, each with the store's number for it.
        next_part: The number of the next part. The store's own numbers may repeat: in a store in memory they are
            lengths of its undo journal.
    """

    def __init__(self, holder: object, caller: FrameType, *, single: bool) -> None:
        self.single = single
        self.doomed = False
        self.parts: dict[int, int] = {}
        self.next_part = 0
        task = current_task()
        self._task: Callable[[], Any] | None = None if task is None else ref(task)
        self._thread, self._ident = ref(_token()), threading.get_ident()
        self._holder = ref(holder)
        # Not the frames themselves: they would keep alive what they refer to, including the holder.
        self._begun_in = [] if single else [(id(frame), frame.f_code) for frame in _frames(caller)]
        self._busy: dict[str, FrameType] = {"frame": caller} if single else {}
        self._repairing = threading.RLock()

    @property
    def same_thread(self) -> bool:
        """Whether the calling thread has this turn, in this task or in another task of the thread."""
        return self._thread() is _token()

    @property
    def mine(self) -> bool:
        """Whether the calling thread and task have this turn."""
        # Every query asks this, so it is written without calls of functions of this module.
        token = getattr(_local, "token", None)
        if token is None or self._thread() is not token:
            return False
        asyncio = sys.modules.get("asyncio")
        if asyncio is None or asyncio._get_running_loop() is None:
            return self._task is None
        return (None if self._task is None else self._task() or self) is asyncio.current_task()

    @property
    def in_command(self) -> bool:
        """Whether one of its commands is running, or the turn is beginning or ending.

        Checks that the frame still runs: an interrupt may have ended it before it could clear its claim.
        """
        frame = self._busy.get("frame")
        return frame is not None and _is_running(frame)

    def claim(self, frame: FrameType) -> bool:
        """Claim the turn for a frame while it runs; return False if another frame that is running has claimed it."""
        while (busy := self._busy.setdefault("frame", frame)) is not frame:
            if _is_running(busy):
                return False
            self.unclaim(busy)
        return True

    def unclaim(self, frame: FrameType) -> None:
        """End the claim of a frame, if it is the current claim."""
        with self._repairing:
            if self._busy.get("frame") is frame:
                self._busy.pop("frame", None)

    def is_abandoned(self) -> bool:
        """Whether no caller is left that could end this turn."""
        self._unclaim_ended_frame()
        holder = self._holder()
        if holder is None or self._thread() is None or self._task_is_over():
            return True
        if self.single:
            return not self.in_command
        return self.mine and _interrupted_in_method(holder, sys.exc_info()[1])

    def _unclaim_ended_frame(self) -> None:
        busy = self._busy.get("frame")  # a frame keeps its callers alive, including the holder
        if busy is not None and not _is_running(busy):
            self.unclaim(busy)

    def _task_is_over(self) -> bool:
        if self._task is None:
            return False
        task = self._task()
        return task is None or bool(task.done())

    def is_left_behind(self) -> bool:
        """Whether the batch's block cannot be running, because the thread that began it has returned to its pool.

        This happens if a dependency of a web framework begins the batch in one thread of a pool, and the framework
        runs the endpoint in another thread.
        """
        if self._task is not None or self.single:
            return False
        newest = sys._current_frames().get(self._ident)
        running = {(id(frame), frame.f_code): frame for frame in _frames(newest)}
        innermost = next((running[key] for key in self._begun_in if key in running), None)
        return innermost is not None and innermost.f_globals.get("__name__", "").partition(".")[0] in _POOLS


def _interrupted_in_method(holder: object, error: BaseException | None) -> bool:
    """Whether an interrupt ended the method of *holder* that begins or ends the batch.

    If so, the traceback of the interrupt has the method's frame. Python may raise an interrupt at the first step of
    any function.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_locals.get("self") is holder:
                return True
            trace = trace.tb_next
        error = error.__context__
    return False


class _Waiter:
    """A place in the queue of threads that wait for the turn."""

    def __init__(self) -> None:
        self._asleep = threading.Lock()
        self._asleep.acquire()
        self._seen_ns = monotonic_ns()

    def wait(self, most_ns: int) -> None:
        """Sleep until `wake` is called, at most *most_ns*."""
        self._seen_ns = monotonic_ns()
        self._asleep.acquire(timeout=most_ns / _SECOND_NS)
        self._seen_ns = monotonic_ns()

    def wake(self) -> None:
        """Wake the thread that waits here."""
        with suppress(RuntimeError):  # it was woken before
            self._asleep.release()

    def is_gone(self) -> bool:
        """Whether no thread has waited here for a while: an interrupt may have ended the wait."""
        return monotonic_ns() - self._seen_ns > 20 * _POLL_NS


class Turns:
    """The turns at writing to a store, in the process that opened it.

    Args:
        name: The store, for messages.
        timeout_s: How long to wait for another thread. [s]
        recover: Undoes what an abandoned turn has written.
    """

    def __init__(self, name: str, timeout_s: int, recover: Callable[[], object]) -> None:
        self._name = name
        self._timeout_s = timeout_s
        self._recover = recover
        self._slot: dict[str, Turn] = {}
        self._waiters: deque[_Waiter] = deque()
        self._repairing = threading.RLock()  # a signal handler may run while the lock is held
        self._pid = os.getpid()
        self._closed = False

    @property
    def forked(self) -> bool:
        """Whether this process is a fork of the one that opened the store."""
        return os.getpid() != self._pid

    @property
    def closed(self) -> bool:
        """Whether the store was closed."""
        return self._closed

    def close(self) -> None:
        """Refuse every call from now on."""
        self._closed = True

    def require_open(self) -> None:
        """Refuse a call to a store that was closed, or that another process opened.

        Raises:
            StoreError: The store was closed, or this process is a fork of the process that opened the store.
        """
        if self._closed:
            raise StoreError(f"{self._name}: the ledger was closed; open it again to continue")
        if os.getpid() != self._pid:
            raise StoreError(
                f"{self._name}: process {self._pid} opened this ledger, and process {os.getpid()} is a fork of it; "
                "open the ledger again in the new process"
            )

    def mine(self) -> Turn | None:
        """The turn of the calling thread and task, or `None`."""
        turn = self._slot.get("turn")
        return turn if turn is not None and turn.mine else None

    def own(self) -> Turn | None:
        """The turn of the calling thread and task, or `None`; undoes a turn that an interrupt ended."""
        turn = self.mine()
        if turn is not None and turn.is_abandoned():
            self._reclaim(turn)
            return None
        return turn

    def has(self, turn: Turn) -> bool:
        """Whether this turn is the current turn."""
        return self._slot.get("turn") is turn

    def acquire(self, turn: Turn) -> None:
        """Wait until no other turn is current and no thread has waited longer, and make *turn* the current turn.

        Raises:
            StoreLockedError: Another thread has the turn for longer than the timeout; or the wait could never end.
            StoreError: The store was closed, or opened by another process.
        """
        waiter: _Waiter | None = None
        until: int | None = None
        try:
            while (current := self._current_or_acquired(turn, waiter)) is not turn:
                if current is not None and current.is_abandoned():
                    self._reclaim(current)
                    continue
                until = deadline_ns(self._timeout_s) if until is None else until
                if current is not None:
                    self._refuse_endless_wait(current)
                if waiter is None:
                    waiter = _Waiter()
                    self._waiters.append(waiter)
                self._wait(waiter, until)
        finally:
            if waiter is not None:
                with suppress(ValueError, IndexError):  # another thread removed it
                    self._waiters.remove(waiter)
        try:
            self.require_open()
        except StoreError:  # the store was closed while this thread waited
            self.release(turn)
            raise

    def _current_or_acquired(self, turn: Turn, waiter: "_Waiter | None") -> Turn | None:
        """The current turn: *turn* itself, if no other turn was current and no thread waits ahead of *waiter*."""
        with suppress(IndexError):
            while (first := self._waiters[0]) is not waiter:
                if not first.is_gone():
                    return self._slot.get("turn")
                with suppress(ValueError):
                    self._waiters.remove(first)
        return self._slot.setdefault("turn", turn)

    def _refuse_endless_wait(self, current: Turn) -> None:
        if current.same_thread:
            raise StoreLockedError(
                f"{self._name}: another task of this thread has a batch open, and waiting for it would block both "
                "tasks. Do not await inside a batch: run the whole batch in a thread, e.g. with asyncio.to_thread()"
            )
        if current.is_left_behind():
            raise StoreLockedError(
                f"{self._name}: a batch was opened in another thread, which is no longer running the batch's block (a "
                "dependency of a web framework?); open the batch in the function that records the commands"
            )

    def _wait(self, waiter: "_Waiter", until: int) -> None:
        left_ns = until - monotonic_ns()
        if left_ns <= 0:
            raise StoreLockedError(
                f"{self._name}: other threads of this process have been writing for {self._timeout_s} s, or one of "
                "them has a batch open; call again later, or open with a longer timeout_s. A batch must not wait for "
                "another thread's command, which waits for the batch: record that command in the thread of the batch"
            )
        waiter.wait(min(left_ns, _POLL_NS))

    def _reclaim(self, abandoned: Turn) -> None:
        with self._repairing:
            if self._slot.get("turn") is abandoned:
                self._recover()
                self._slot.pop("turn", None)

    def release(self, turn: Turn) -> None:
        """End a turn, if it is current, and wake the thread that has waited longest."""
        if self.has(turn):
            self._slot.pop("turn", None)
        with suppress(IndexError):  # no thread waits
            self._waiters[0].wake()
