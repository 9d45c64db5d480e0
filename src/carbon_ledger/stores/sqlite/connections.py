"""A pool of connections to ledger files, which closes a file's connections only when none of them is in use.

Closing any descriptor of a file drops every POSIX lock that the process has on the file. SQLite therefore defers the
close while a connection of the process has a lock on the file. But SQLite first checks for locks and then closes, and
another thread can lock the file in between (unixClose and unixLock in its os_unix.c). Two processes could then write at
once, or wait for each other. For this reason, a connection that is released while other connections to the same file
are in use stays open and can be acquired again. All connections to a file are closed when the last one is released.

An interrupt may end any statement here. A signal handler, or the `__del__` of a ledger that was not closed, may run
between any two statements. Whether a connection is in use is therefore derived from whether its lease is still alive,
and tidying up can be repeated.
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
class Lease:
    """A connection in use.

    Attributes:
        connection: The connection; a closed connection after the release.
        process: The process that acquired the connection.
    """

    connection: sqlite3.Connection
    process: int = Factory(os.getpid)

    def __del__(self) -> None:
        """Release the connection if it was not released.

        This happens at once, or, while another thread opens or closes connections, when that thread is done.
        """
        if self.connection is not CLOSED and self.process == os.getpid():
            self.connection = CLOSED
            _released.append(None)
            _tidy_released()


@define(eq=False)
class _Open:
    """An open connection, how it was opened, and the lease that uses it."""

    connection: sqlite3.Connection
    uri: str  # empty if the connection is not to be acquired again
    lease: "ref[Lease] | None"

    def is_released(self) -> bool:
        """Whether the lease was released or no longer exists; False after the release was tidied up."""
        lease = None if self.lease is None else self.lease()
        return self.lease is not None and (lease is None or lease.connection is CLOSED)


gate: Final = threading.RLock()  # held by a thread that opens or closes connections
_NotHeldError = RuntimeError  # raised on releasing a lock that another thread has


class _IfFree:
    """Acquires the gate if no other thread has it.

    Both methods are implemented in C, so no interrupt comes between them and the block.
    """

    __enter__: Callable[..., bool] = staticmethod(partial(gate.acquire, blocking=False))
    __exit__: Callable[..., None] = staticmethod(gate.__exit__)


# The frame of the function that has the gate. A signal handler finds by it that it interrupted that function.
_holder: dict[str, FrameType] = {}
_files: dict[Identity, list[_Open]] = {}
_new: list[tuple[Identity, _Open]] = []  # not yet in _files
_opening: list[sqlite3.Connection] = []  # never closed: opening was interrupted, or the file was replaced meanwhile
_released: deque[None] = deque()  # an item for each release, until the release is tidied up


def _after_fork_in_child() -> None:
    # SQLite must not close a parent's connection in a fork, not even when the interpreter exits: it would roll back
    # the parent's transaction in the parent's file. A reference that is never released prevents the close.
    for item in (*chain.from_iterable(_files.values()), *(item for _, item in _new)):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(item.connection))
    for connection in _opening:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
    for items in (_files, _new, _opening, _released, _holder):
        items.clear()
    gate.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=gate.acquire, after_in_parent=gate.release, after_in_child=_after_fork_in_child)


def acquire(place: Path, mode: str) -> Lease:
    """A connection to a file: a released connection that is still open, or a new one.

    Args:
        place: The absolute path of the file; the file is created if the mode permits it.
        mode: SQLite's URI parameters for opening the file, e.g. ``mode=ro``. Uses that set up a connection differently
            must have different parameters.

    Returns:
        The lease of the connection; end it with `release`.

    Raises:
        sqlite3.Error: The file cannot be opened.
    """
    # SQLite derives the journal's name from this path, so a file that was moved needs a new connection.
    real = os.path.realpath(place)
    uri = f"{Path(real).as_uri()}?{mode}"
    with gate:
        if _is_nested():
            return _opened(real, uri)
        try:
            _holder["frame"] = sys._getframe()
            found = _idle(real, uri) or _opened(real, uri)
        finally:
            _holder.clear()
    _tidy_released()
    return found


def release(lease: Lease) -> None:
    """Release a connection; what it has not committed is undone. A second release does nothing.

    Args:
        lease: The lease of the connection. If a parent process acquired the connection, nothing happens.
    """
    if lease.process != os.getpid():
        return
    with gate:
        lease.connection = CLOSED
        _released.append(None)
        _tidy_released()
    _tidy_released()


def _is_nested() -> bool:
    """Whether a signal handler or a `__del__` interrupted this thread while it was opening or closing connections."""
    holder = _holder.get("frame")
    frame = None if holder is None else sys._getframe(1)
    while frame is not None:
        if frame is holder:
            return True
        frame = frame.f_back
    return False


def _idle(real: str, uri: str) -> Lease | None:
    identity = _identity(real)
    for item in () if identity is None else _files.get(identity, ()):
        if item.lease is None and item.uri == uri:
            found = Lease(item.connection)
            item.lease = ref(found)
            return found
    return None


def _opened(real: str, uri: str) -> Lease:
    _fill_standard_descriptors()
    while True:
        before = _identity(real)
        _opening.extend(map(_connect, (uri,)))  # one step that no interrupt divides: opened and listed, or not opened
        connection = _opening[-1]
        after = _identity(real) or (-1, id(connection))
        if before in (None, after):
            found = Lease(connection)
            _new.append((after, _Open(connection, uri, ref(found))))
            _opening.remove(connection)
            return found


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)


def _fill_standard_descriptors() -> None:
    """Open the standard descriptors that a daemon has closed.

    If SQLite opens a file and gets one of these descriptors, it closes the file at once, and the file's locks are lost.
    """
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


def _tidy_released() -> None:
    is_alone = True
    while _released and is_alone:  # if not alone, the holder of the gate checks for releases again
        with suppress(_NotHeldError), _IfFree() as is_mine:
            is_alone = is_mine and not _is_nested()
            try:
                if is_alone:
                    _holder["frame"] = sys._getframe()
                    count = len(_released)
                    _tidy()
                    for _ in range(count):  # after tidying up, so that tidying up is repeated if it was interrupted
                        _released.popleft()
            finally:
                if is_alone:
                    _holder.clear()


def _tidy() -> None:
    """Make released connections available again, and close all connections to a file that has none in use."""
    while _new:
        identity, opened = _new[0]
        items = _files.setdefault(identity, [])
        if opened not in items:
            items.append(opened)
        del _new[0]
    for identity, items in list(_files.items()):
        for item in items:
            if item.is_released():
                if not _is_clean(item.connection):
                    item.uri = ""
                item.lease = None
        if all(item.lease is None for item in items):
            for item in items:
                item.uri = ""
                with suppress(sqlite3.Error):
                    item.connection.close()
            _files.pop(identity, None)


def _is_clean(connection: sqlite3.Connection) -> bool:
    """Undo what was not committed, and drop the cached pages; return whether that succeeded."""
    try:
        connection.set_progress_handler(None, 0)
        if connection.in_transaction:
            connection.execute("rollback")
        connection.execute("pragma shrink_memory").fetchall()
    except sqlite3.Error:
        return False
    return not connection.in_transaction
