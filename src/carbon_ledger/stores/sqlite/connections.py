"""Connections to ledger files: SQLite closes none while another one of this process could lock the same file.

To close any descriptor of a file drops every POSIX lock that the process has on it. SQLite puts off closing while a
connection of the process has a lock on the file. But it looks, and then closes, and another thread can take a lock in
between (unixClose and unixLock in its os_unix.c): then two processes write at once, or wait for each other. So a
connection that is given back while others to its file are lent is kept, for the next one who asks, and all of them are
closed with the last.

An interrupt may end any statement here, and a signal handler, or the end of a ledger that nobody closed, may come
between any two. So who uses a connection is asked of who is still there, and tidying up can be repeated.
"""

import ctypes
import os
import sqlite3
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from types import FrameType
from typing import Final
from weakref import ref

from attrs import Factory, define

from carbon_ledger.files import Identity, identity_of

CLOSED: Final = sqlite3.connect(":memory:", check_same_thread=False)
CLOSED.close()


@define(eq=False)
class Lent:
    """A connection that somebody uses.

    Attributes:
        connection: The connection; a closed one, once it was given back.
        process: The process that asked for it.
    """

    connection: sqlite3.Connection
    process: int = Factory(os.getpid)

    def __del__(self) -> None:
        """Give it back where nobody did: now, or where another thread opens or closes, when that one is done."""
        if self.connection is not CLOSED and self.process == os.getpid():
            self.connection = CLOSED
            _left.append(None)
            _tidy_what_is_left()


@define(eq=False)
class _Open:
    """An open connection, how it was opened, and who uses it."""

    connection: sqlite3.Connection
    uri: str  # empty where it is not lent again
    user: "ref[Lent] | None"

    def is_left(self) -> bool:
        """Whether whoever had it has given it back, or is gone."""
        user = None if self.user is None else self.user()
        return self.user is not None and (user is None or user.connection is CLOSED)


gate: Final = threading.RLock()  # whoever opens or closes has it
_NotHeldError = RuntimeError  # what releasing a lock raises that another thread has


class _IfFree:
    """Takes the gate if no other thread has it. Both ends are of C: no interrupt comes between them and the block."""

    __enter__: Callable[..., bool] = staticmethod(partial(gate.acquire, blocking=False))
    __exit__: Callable[..., None] = staticmethod(gate.__exit__)


_holder: dict[
    str, FrameType
] = {}  # the frame of whoever has the gate: a signal handler tells by it that it came in between
_files: dict[Identity, list[_Open]] = {}
_new: list[tuple[Identity, _Open]] = []  # not yet in there
_opening: list[sqlite3.Connection] = []  # never closed: whoever opened them was interrupted, or the file was replaced
_left: deque[None] = deque()  # one for each that was given back, until it is tidied


def _after_fork_in_child() -> None:
    # SQLite must not close a parent's connection in a fork of it, not even when the interpreter ends: it would roll
    # the parent's transaction back, in the parent's file. A reference that nobody gives back keeps it from that.
    for item in (*chain.from_iterable(_files.values()), *(item for _, item in _new)):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(item.connection))
    for connection in _opening:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
    for kept in (_files, _new, _opening, _left, _holder):
        kept.clear()
    gate.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=gate.acquire, after_in_parent=gate.release, after_in_child=_after_fork_in_child)


def lend(place: Path, mode: str) -> Lent:
    """Lend a connection to a file: one that was given back, or a new one.

    Args:
        place: The file, by an absolute path; made where the mode says so.
        mode: What SQLite is told of how to open it, e.g. ``mode=ro``. No two uses that set up a connection
            differently have the same.

    Returns:
        What `give_back` takes.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    real = os.path.realpath(place)  # SQLite names the journal after it: a file that was moved needs a new connection
    uri = f"{Path(real).as_uri()}?{mode}"
    with gate:
        if _is_nested():
            return _opened(real, uri)
        try:
            _holder["frame"] = sys._getframe()
            found = _idle(real, uri) or _opened(real, uri)
        finally:
            _holder.clear()
    _tidy_what_is_left()
    return found


def give_back(lent: Lent) -> None:
    """Give a connection back: what it has not committed is undone. To give it back again does nothing.

    Args:
        lent: The connection, of this process or, which does nothing, of a parent of it.
    """
    if lent.process != os.getpid():
        return
    with gate:
        lent.connection = CLOSED
        _left.append(None)
        _tidy_what_is_left()
    _tidy_what_is_left()


def _is_nested() -> bool:
    """Whether this thread is opening or closing already, and a signal handler, or a `__del__`, came in between."""
    holder = _holder.get("frame")
    frame = None if holder is None else sys._getframe(1)
    while frame is not None:
        if frame is holder:
            return True
        frame = frame.f_back
    return False


def _idle(real: str, uri: str) -> Lent | None:
    identity = _identity(real)
    for item in () if identity is None else _files.get(identity, ()):
        if item.user is None and item.uri == uri:
            found = Lent(item.connection)
            item.user = ref(found)
            return found
    return None


def _opened(real: str, uri: str) -> Lent:
    _fill_standard_descriptors()
    while True:
        before = _identity(real)
        _opening.extend(map(_connect, (uri,)))  # one step for an interrupt: it is there, or was never opened
        connection = _opening[-1]
        after = _identity(real) or (-1, id(connection))
        if before in (None, after):
            found = Lent(connection)
            _new.append((after, _Open(connection, uri, ref(found))))
            _opening.remove(connection)
            return found


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)


def _fill_standard_descriptors() -> None:
    """Open what a daemon has closed: a file that SQLite gets as one of these it closes at once, and its locks go."""
    for descriptor in range(3) if os.name == "posix" else ():
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _identity(real: str) -> Identity | None:
    try:
        return identity_of(os.stat(real))
    except OSError:
        return None


def _tidy_what_is_left() -> None:
    is_alone = True
    while _left and is_alone:  # else who has the gate looks again
        with suppress(_NotHeldError), _IfFree() as is_mine:
            is_alone = is_mine and not _is_nested()
            try:
                if is_alone:
                    _holder["frame"] = sys._getframe()
                    seen = len(_left)
                    _tidy()
                    for _ in range(seen):  # once it is done: an interrupted one is done again
                        _left.popleft()
            finally:
                if is_alone:
                    _holder.clear()


def _tidy() -> None:
    """Take back what was given back, and close what is open to a file that nobody uses."""
    while _new:
        identity, opened = _new[0]
        items = _files.setdefault(identity, [])
        if opened not in items:
            items.append(opened)
        del _new[0]
    for identity, items in list(_files.items()):
        for item in items:
            if item.is_left():
                if not _is_clean(item.connection):
                    item.uri = ""
                item.user = None
        if all(item.user is None for item in items):
            for item in items:
                item.uri = ""
                with suppress(sqlite3.Error):
                    item.connection.close()
            _files.pop(identity, None)


def _is_clean(connection: sqlite3.Connection) -> bool:
    """Undo what was not committed, and forget the pages that were read."""
    try:
        connection.set_progress_handler(None, 0)
        if connection.in_transaction:
            connection.execute("rollback")
        connection.execute("pragma shrink_memory").fetchall()
    except sqlite3.Error:
        return False
    return not connection.in_transaction
