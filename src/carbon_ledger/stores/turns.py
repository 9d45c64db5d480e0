"""Whose turn it is to write: one thread's at a time, and in it one asyncio task's.

An interrupt may end any Python statement, also between taking a lock and noting that it was taken. So nothing here
relies on code that runs afterwards: the turn is one slot, taken by one atomic step, and whoever finds it in the hands
of somebody who is gone (a thread that ended, a command that an interrupt ended) takes it back.
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

_GLANCE_NS: Final = 50_000_000  # how long a thread sleeps at most before it looks again
_SECOND_NS: Final = 1_000_000_000
# Code that runs other people's functions in threads: where nothing else is running, the batch's block is not.
_POOLS: Final = frozenset(("threading", "concurrent", "queue", "asyncio", "anyio", "starlette", "fastapi"))


def deadline_ns(timeout_s: int) -> int:
    """The moment, by the clock that only goes forward, at which a wait that begins now is over. [ns]"""
    return monotonic_ns() + timeout_s * _SECOND_NS


def current_task() -> object | None:
    """The asyncio task that is running in this thread, or None; asyncio is not imported for it."""
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
    except RuntimeError:  # Python refuses to clear what is running, in whichever thread
        return True
    return False


class _Token:
    """What a thread is known by: it ends with its thread, also where `threading` does not know the thread."""

    __slots__ = ("__weakref__",)


_here = threading.local()


def _token() -> _Token:
    found: _Token | None = getattr(_here, "token", None)
    if found is None:
        found = _here.token = _Token()
    return found


class Turn:
    """One turn at writing: of a single command, or of a batch of them.

    Args:
        holder: The context manager of the batch or of the command.
        caller: The frame that asked for it.
        single: Whether it is the turn of a single command, which *caller* runs.

    Attributes:
        single: Whether it is that of a single command.
        doomed: Whether somebody ended it while one of its commands was running, so that it is to be undone.
        parts: The parts of it that have not ended, outermost first: the number that the store has for each.
        next_part: The number of the next part. The store's own numbers may repeat: in
            memory they are lengths of what it would undo.
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
        # Frames themselves would keep alive what they refer to, the holder among it.
        self._begun = [] if single else [(id(frame), frame.f_code) for frame in _frames(caller)]
        self._busy: dict[str, FrameType] = {"frame": caller} if single else {}
        self._mending = threading.RLock()

    @property
    def same_thread(self) -> bool:
        """Whether the calling thread has this turn, be it another task of it."""
        return self._thread() is _token()

    @property
    def mine(self) -> bool:
        """Whether the calling thread and task have this turn."""
        return self.same_thread and (None if self._task is None else self._task() or self) is current_task()

    @property
    def in_command(self) -> bool:
        """Whether one of its commands is running, or it begins or ends; an interrupt may have ended that unseen."""
        frame = self._busy.get("frame")
        return frame is not None and _is_running(frame)

    def claim(self, frame: FrameType) -> bool:
        """Let nothing else happen in this turn while a frame runs; whether nothing else was happening."""
        while (busy := self._busy.setdefault("frame", frame)) is not frame:
            if _is_running(busy):
                return False
            self.unclaim(busy)
        return True

    def unclaim(self, frame: FrameType) -> None:
        """End a claim, if it is the one that stands."""
        with self._mending:
            if self._busy.get("frame") is frame:
                self._busy.pop("frame", None)

    def is_abandoned(self) -> bool:
        """Whether nobody is left who could end it."""
        self._forget_what_ended()
        holder = self._holder()
        if holder is None or self._thread() is None or self._task_is_over():
            return True
        if self.single:
            return not self.in_command
        return self.mine and _was_left(holder, sys.exc_info()[1])

    def _forget_what_ended(self) -> None:
        busy = self._busy.get("frame")  # a frame keeps alive its callers, the holder among them
        if busy is not None and not _is_running(busy):
            self.unclaim(busy)

    def _task_is_over(self) -> bool:
        if self._task is None:
            return False
        task = self._task()
        return task is None or bool(task.done())

    def is_left_behind(self) -> bool:
        """Whether its block cannot be running: the thread that began it has returned to the pool it belongs to.

        So it is with a batch that a web framework's dependency begins in one thread of its pool, to run the
        endpoint in another.
        """
        if self._task is not None or self.single:
            return False
        newest = sys._current_frames().get(self._ident)
        running = {(id(frame), frame.f_code): frame for frame in _frames(newest)}
        begun = next((running[key] for key in self._begun if key in running), None)
        return begun is not None and begun.f_globals.get("__name__", "").partition(".")[0] in _POOLS


def _was_left(holder: object, error: BaseException | None) -> bool:
    """Whether an interrupt ended the very method with which the batch was to begin or to end.

    Its traceback has that method's frame. Python may raise an interrupt at the first step of any function.
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


class _Place:
    """A place in the line of those who wait."""

    def __init__(self) -> None:
        self._bell = threading.Lock()
        self._bell.acquire()
        self._seen_ns = monotonic_ns()

    def wait(self, most_ns: int) -> None:
        """Wait for the bell, but not for long."""
        self._seen_ns = monotonic_ns()
        self._bell.acquire(timeout=most_ns / _SECOND_NS)
        self._seen_ns = monotonic_ns()

    def ring(self) -> None:
        """Wake whoever waits here."""
        with suppress(RuntimeError):  # it was rung before
            self._bell.release()

    def is_empty(self) -> bool:
        """Whether nobody has waited here for a while: an interrupt may have taken whoever did."""
        return monotonic_ns() - self._seen_ns > 20 * _GLANCE_NS


class Turns:
    """The turns at writing to a store, in the process that opened it.

    Args:
        name: The store, for messages.
        timeout_s: How long to wait for another thread. [s]
        recover: Undoes what an abandoned turn has left.
    """

    def __init__(self, name: str, timeout_s: int, recover: Callable[[], object]) -> None:
        self._name = name
        self._timeout_s = timeout_s
        self._recover = recover
        self._slot: dict[str, Turn] = {}
        self._line: deque[_Place] = deque()
        self._mending = threading.RLock()  # a signal handler may come while it is held
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
            StoreError: It was.
        """
        if self._closed:
            raise StoreError(f"{self._name}: the ledger was closed; open it again to go on")
        if self.forked:
            raise StoreError(
                f"{self._name}: process {self._pid} opened this ledger, and process {os.getpid()} is a fork of it; "
                "open the ledger again in the new process"
            )

    def mine(self) -> Turn | None:
        """The turn of the calling thread and task, if it has one."""
        turn = self._slot.get("turn")
        return turn if turn is not None and turn.mine else None

    def own(self) -> Turn | None:
        """The turn of the calling thread and task; what an interrupt has left of an earlier one is undone first."""
        turn = self.mine()
        if turn is not None and turn.is_abandoned():
            self._take_back(turn)
            return None
        return turn

    def has(self, turn: Turn) -> bool:
        """Whether this turn is the one that is not ended."""
        return self._slot.get("turn") is turn

    def take(self, turn: Turn) -> None:
        """Wait for the turn, behind whoever has waited longer, and take it.

        Raises:
            StoreLockedError: Another thread has it for longer than the timeout; or the wait could never end.
            StoreError: The store was closed, or opened by another process.
        """
        place: _Place | None = None
        until: int | None = None
        try:
            while (held := self._held_or_taken(turn, place)) is not turn:
                if held is not None and held.is_abandoned():
                    self._take_back(held)
                    continue
                until = deadline_ns(self._timeout_s) if until is None else until
                if held is not None:
                    self._refuse_hopeless(held)
                if place is None:
                    place = _Place()
                    self._line.append(place)
                self._wait(place, until)
        finally:
            if place is not None:
                with suppress(ValueError, IndexError):  # somebody moved on past it
                    self._line.remove(place)
        try:
            self.require_open()
        except StoreError:  # it was closed while this one waited
            self.give_back(turn)
            raise

    def _held_or_taken(self, turn: Turn, place: "_Place | None") -> Turn | None:
        """Who has the turn now: *turn*, if it is free and nobody waits before it."""
        with suppress(IndexError):
            while (first := self._line[0]) is not place:
                if not first.is_empty():
                    return self._slot.get("turn")
                with suppress(ValueError):
                    self._line.remove(first)
        return self._slot.setdefault("turn", turn)

    def _refuse_hopeless(self, held: Turn) -> None:
        if held.same_thread:
            raise StoreLockedError(
                f"{self._name}: another task of this thread has a batch open, and waiting for it would stop both. "
                "Do not await inside a batch: run the whole batch in a thread, e.g. with asyncio.to_thread()"
            )
        if held.is_left_behind():
            raise StoreLockedError(
                f"{self._name}: a batch was opened in another thread, which is no longer running its block (a "
                "dependency of a web framework?); open the batch in the function that records the commands"
            )

    def _wait(self, place: "_Place", until: int) -> None:
        left_ns = until - monotonic_ns()
        if left_ns <= 0:
            raise StoreLockedError(
                f"{self._name}: other threads of this process have been writing for {self._timeout_s} s, or one of "
                "them has a batch open; call again later, or open with a longer timeout_s. A batch that waits for "
                "another thread's command waits in vain: record it in the thread of the batch"
            )
        place.wait(min(left_ns, _GLANCE_NS))

    def _take_back(self, held: Turn) -> None:
        with self._mending:
            if self._slot.get("turn") is held:
                self._recover()
                self._slot.pop("turn", None)

    def give_back(self, turn: Turn) -> None:
        """End a turn, and wake whoever waits longest; nothing happens where it was ended before."""
        if self.has(turn):
            self._slot.pop("turn", None)
        with suppress(IndexError):  # nobody waits
            self._line[0].ring()
