"""Connections to ledger files: SQLite closes none while another one of this process could lock the same file.

To close any descriptor of a file drops every POSIX lock that the process has on it. SQLite puts off closing while a
connection of the process has a lock on the file. But it looks, and then closes, and another thread can take a lock in
between (unixClose and unixLock in its os_unix.c): then two processes write at once, or wait for each other. So a
connection that is given back while others to its file are lent is kept, for the next one who asks, and all of them are
closed with the last.
"""

import ctypes
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Final

from attrs import Factory, define

from carbon_ledger.files import Identity, identity_of

_CLOSED: Final = sqlite3.connect(":memory:")
_CLOSED.close()


@define
class _File:
    """The connections of this process to a file: those that are used, and those that wait for somebody to use them."""

    lent: set[sqlite3.Connection] = Factory(set)
    idle: dict[str, list[sqlite3.Connection]] = Factory(dict)


@define(eq=False)
class Lent:
    """A connection that somebody uses.

    Attributes:
        connection: The connection; a closed one, once it was given back.
        file: The file.
        mode: How it was opened.
        process: The process that opened it.
    """

    connection: sqlite3.Connection
    file: Identity
    mode: str
    process: int = Factory(os.getpid)

    def __del__(self) -> None:
        """Give it back where nobody did: now, or where somebody is about it, with the next one."""
        if self.connection is _CLOSED:
            return
        _dropped.append(self)
        if _gate.acquire(blocking=False):
            try:
                _give_back_dropped()
            finally:
                _gate.release()


_gate = threading.RLock()  # whoever opens or closes has it; a signal handler may come while it is held
_files: dict[Identity, _File] = {}
_dropped: deque[Lent] = deque()
_strays: list[sqlite3.Connection] = []  # of a file that was replaced while it was opened: they are never closed


def _leave_to_the_parent() -> None:
    # SQLite must not close a parent's connection in a fork of it, not even when the interpreter ends: it would roll
    # the parent's transaction back, in the parent's file. A reference that nobody gives back keeps it from that.
    for file in _files.values():
        for connection in (*file.lent, *chain.from_iterable(file.idle.values())):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
    _files.clear()
    _gate.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_gate.acquire, after_in_parent=_gate.release, after_in_child=_leave_to_the_parent)


def lend(place: Path, mode: str) -> Lent:
    """Lend a connection to a file: one that was given back, or a new one.

    Args:
        place: The file; made where the mode says so.
        mode: What SQLite is told of how to open it, e.g. ``mode=ro``. No two uses that set up a connection
            differently have the same.

    Returns:
        What `give_back` takes.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    with _gate:
        _give_back_dropped()
        while True:
            before = _identity(place)
            kept = None if before is None else _idle(before, mode)
            if before is not None and kept is not None:
                return _counted(kept, before, mode)
            connection = sqlite3.connect(
                f"{place.as_uri()}?{mode}", uri=True, timeout=0, isolation_level=None, check_same_thread=False
            )
            after = _identity(place) or (-1, id(connection))
            if before in (None, after):
                return _counted(connection, after, mode)
            _strays.append(connection)


def give_back(lent: Lent) -> None:
    """Give a connection back: what it has not committed is undone. To give it back again does nothing.

    Args:
        lent: The connection, of this process or, which does nothing, of a parent of it.

    Raises:
        sqlite3.Error: SQLite cannot close it.
    """
    if lent.process != os.getpid():
        return
    with _gate:
        connection, lent.connection = lent.connection, _CLOSED
        if connection is _CLOSED:
            return
        file = _files.get(lent.file) or _File()
        mode = lent.mode if _is_clean(connection) else ""  # which nobody asks for
        file.idle.setdefault(mode, []).append(connection)
        file.lent.discard(connection)
        if file.lent:
            return
        _files.pop(lent.file, None)
        with ExitStack() as closing:
            for kept in chain.from_iterable(file.idle.values()):
                closing.callback(kept.close)


def _give_back_dropped() -> None:
    while _dropped:
        with suppress(sqlite3.Error):
            give_back(_dropped.popleft())


@contextmanager
def lent(place: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """Lend a connection inside a block.

    Args:
        place: The file.
        mode: How to open it.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    found = lend(place, mode)
    try:
        yield found.connection
    finally:
        give_back(found)


def _idle(identity: Identity, mode: str) -> sqlite3.Connection | None:
    file = _files.get(identity)
    try:
        return None if file is None else file.idle.get(mode, []).pop()
    except IndexError:
        return None


def _counted(connection: sqlite3.Connection, identity: Identity, mode: str) -> Lent:
    _files.setdefault(identity, _File()).lent.add(connection)
    return Lent(connection, identity, mode)


def _identity(place: Path) -> Identity | None:
    try:
        return identity_of(os.stat(place))
    except OSError:
        return None


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
