"""Opening a file by its path: a regular file alone, and never a ledger that this process has open.

A FIFO would wait for a writer for ever, and a device may never end. Closing a file drops every POSIX lock that the
process has on it, so a ledger that SQLite has open here must not be opened and closed a second time.
"""

import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import Final
from weakref import WeakSet, ref

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.printing import quote

Refuse = Callable[[str], CarbonLedgerError]
Identity = tuple[int, int]

MOST_BYTES: Final = 1 << 30  # of a file that is read whole
_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
_KINDS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a FIFO (named pipe)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISLNK, "a symbolic link"),
)

_lock = threading.RLock()  # a signal handler may come while it is held
_ledgers: "dict[Identity, WeakSet[object]]" = {}  # the stores of this process that have the file open
_forked: set[Identity] = set()  # ledgers of a parent process that was writing to them when this one was forked
_parked: dict[Identity, list[int]] = {}  # descriptors that are closed when the last of those stores is


if hasattr(os, "register_at_fork"):  # so that no forked child has a lock that another thread of its parent held
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


def path_text(path: str | os.PathLike[str], refuse: Refuse) -> str:
    """Give a path as text that the file system and messages can take.

    Args:
        path: The path.
        refuse: Makes the error to raise of its message.

    Raises:
        CarbonLedgerError: *refuse*'s error: the path is not text, is empty, has a NUL, or is not UTF-8.
    """
    try:
        text: object = os.fspath(path)
    except TypeError:
        raise refuse(f"path {quote(path)}: expected a str or a path object") from None
    if not isinstance(text, str):
        raise refuse(f"path {quote(text, 200)}: expected a str, got {type(text).__name__}")
    if not text:
        raise refuse("the path is empty: expected the path of a file")
    if "\0" in text:
        raise refuse(f"{quote(text, 1_000)}: cannot be read: the path has a null character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refuse(f"{text!a}: cannot be read: the path is not UTF-8; rename the file") from None
    return text


def kind_of(mode: int) -> str | None:
    """Name what a path leads to where it is not a regular file; None for a regular file.

    Args:
        mode: The mode, as `os.stat` gives it.
    """
    if stat.S_ISREG(mode):
        return None
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "no regular file")


def identity_of(status: os.stat_result) -> Identity:
    """Tell files apart, whatever their paths.

    Args:
        status: A file's status.
    """
    return status.st_dev, status.st_ino


def hold(status: os.stat_result, store: object) -> Identity:
    """Note that SQLite has a ledger's file open in this process, as long as a store is there and does not release it.

    Args:
        status: The file's status.
        store: Who has it open.

    Returns:
        What `release` takes.
    """
    identity = identity_of(status)
    with _lock:
        _ledgers.setdefault(identity, WeakSet()).add(store)
    return identity


def leave_to_the_parent(identity: Identity) -> None:
    """Note in a forked child that its parent was writing to a ledger: what SQLite knows of its locks is wrong here."""
    _forked.add(identity)


def require_own(status: os.stat_result, name: str, refuse: Refuse) -> None:
    """Refuse a ledger's file that a parent process was writing to when this process was forked.

    Args:
        status: The file's status.
        name: Its path, for the message.
        refuse: Makes the error to raise of its message.

    Raises:
        CarbonLedgerError: *refuse*'s error: it was.
    """
    if identity_of(status) in _forked:
        raise refuse(
            f"{quote(name, 1_000)}: this process was forked while a command was running on this ledger, so that SQLite "
            "cannot tell here which locks are held. Fork while nothing is written, or start the process with 'spawn'"
        )


def release(identity: Identity, store: "ref[object] | None" = None) -> None:
    """Note that a store has closed a ledger's file, or is gone.

    Args:
        identity: What `hold` gave.
        store: The store, weakly: it may be gone.
    """
    gone = None if store is None else store()
    with _lock:
        if gone is not None and identity in _ledgers:
            _ledgers[identity].discard(gone)
        if not _is_held(identity):
            for descriptor in _parked.pop(identity, ()):
                os.close(descriptor)


def _is_held(identity: Identity) -> bool:
    if next(iter(_ledgers.get(identity, ())), None) is not None:  # one that is there, not one that has just gone
        return True
    _ledgers.pop(identity, None)
    return False


@contextmanager
def reading(path: str | os.PathLike[str], refuse: Refuse) -> Iterator[BufferedReader]:
    """Open a regular file for reading.

    Args:
        path: The file; a symbolic link to a regular file counts as that file.
        refuse: Makes the error to raise of its message, which names the path.

    Raises:
        CarbonLedgerError: *refuse*'s error: the file cannot be read, is not a regular file, or is a ledger that this
            process has open.
    """
    name = path_text(path, refuse)
    try:
        _require_regular(os.stat(name), name, refuse)
        # The file may be another one by now: O_NONBLOCK keeps a FIFO from waiting, and the open file is asked again.
        descriptor = os.open(name, _FLAGS)
    except OSError as error:
        raise refuse(f"{quote(name, 1_000)}: cannot be read: {error.strerror}") from None
    try:
        _require_regular(os.fstat(descriptor), name, refuse)
        with open(descriptor, "rb", closefd=False) as file:
            try:
                yield file
            except OSError as error:
                raise refuse(f"{quote(name, 1_000)}: cannot be read: {error.strerror}") from None
    finally:
        _close(descriptor)


def read_file(path: str | os.PathLike[str], refuse: Refuse, *, most: int = MOST_BYTES) -> bytes:
    """Read a regular file whole.

    Args:
        path: The file.
        refuse: Makes the error to raise of its message.
        most: The longest file that is read. [octets]

    Returns:
        Its bytes.

    Raises:
        CarbonLedgerError: *refuse*'s error: the file cannot be read, is not a regular file, is longer than *most*, or
            is a ledger that this process has open.
    """
    with reading(path, refuse) as file:
        size = os.fstat(file.fileno()).st_size
        # One octet more than the file has now, so that a file which grows is seen to be too long.
        data = file.read(min(size, most) + 1) if size <= most else b""
    if size > most or len(data) > most:
        raise refuse(f"{quote(os.fspath(path))}: {max(size, len(data)):,} octets, expected at most {most:,}")
    return data


def _require_regular(status: os.stat_result, name: str, refuse: Refuse) -> None:
    kind = kind_of(status.st_mode)
    if kind is not None:
        raise refuse(f"{quote(name, 1_000)}: cannot be read: {kind}, expected a regular file")
    with _lock:
        is_ledger = _is_held(identity_of(status))
    if is_ledger:
        raise refuse(
            f"{quote(name, 1_000)}: cannot be read: a ledger that this process has open; reading the file beside "
            "SQLite would drop the ledger's locks. Close the ledger first, or read a copy that backup() makes; in a "
            "fork of the process that opened it, nothing can be closed: use a new process"
        )


def _close(descriptor: int) -> None:
    """Close a file, or leave it for `release` where a store has opened the same file meanwhile."""
    status = os.fstat(descriptor)
    identity = identity_of(status)
    with _lock:
        if _is_held(identity):
            _parked.setdefault(identity, []).append(descriptor)
            return
        os.close(descriptor)
