"""Open regular files by their paths, but never a ledger that this process has open; and write new files.

Reading a FIFO could wait for a writer forever, and a device may have no end. Closing a file releases every POSIX lock
that the process has on it, so a ledger that SQLite has open in this process must not be opened and closed again.
"""

import errno
import hashlib
import os
import re
import secrets
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from typing import Final
from weakref import WeakSet, ref

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.printing import quote, without_password

Refuse = Callable[[str], CarbonLedgerError]
Identity = tuple[int, int]

URL_SCHEMES: Final = ("postgresql://", "postgres://")  # of a ledger in a database
_LIKE_A_URL: Final = re.compile(r"[\s'\"<]*postgres(ql)?(\+\w+)?:", re.IGNORECASE)  # as it may be pasted
_LIKE_ANY_URL: Final = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
# As libpq takes the parameters of a connection in place of a URL.
_PARAMETERS: Final = re.compile(
    r"\s*(host|hostaddr|port|dbname|user|pass|passwd|pwd|password|passfile|service|options|replication|channel_binding|"
    r"connect_timeout|application_name|fallback_application_name|client_encoding|load_balance_hosts|krbsrvname|"
    r"target_session_attrs|tcp_user_timeout|(?:gss|keepalives|oauth_|require|scram_|ssl|min_|max_)\w*)\s*="
)
MOST_BYTES: Final = 1 << 30  # the most bytes of a file that is read at once
_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
_KINDS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a FIFO (named pipe)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISLNK, "a symbolic link"),
)

_lock = threading.RLock()  # reentrant, since a signal handler may run while the lock is acquired
_ledgers: "dict[Identity, WeakSet[object]]" = {}  # the stores in this process that have each file open
_forked: set[Identity] = set()  # ledgers that the parent process was writing to when this process was forked
_parked: dict[Identity, list[int]] = {}  # descriptors to close once the last of the stores is closed


if hasattr(os, "register_at_fork"):  # so that a forked child does not inherit the lock in its acquired state
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


def path_text(path: str | os.PathLike[str], refuse: Refuse, *, may_be_url: bool = False) -> str:
    """Return a path as text that is usable in the file system and in messages.

    Args:
        path: The path.
        refuse: Makes the error to raise from its message.
        may_be_url: Whether the URL of a database is accepted, too.

    Raises:
        CarbonLedgerError: The error that *refuse* makes. The path is not text, is empty, contains a null character, is
            not UTF-8, or begins as the URL of a database does.
    """
    try:
        text: object = os.fspath(path)
    except TypeError:
        raise refuse(f"path {quote(path)}: expected a str or a path object") from None
    if not isinstance(text, str):
        raise refuse(f"path {quote(text, 200)}: expected a str or a path object of text")
    if not text:
        raise refuse("the path is empty: expected the path of a file")
    if "\0" in text:
        raise refuse(
            f"{quote(text, 1_000)}: cannot be read: the path contains a null character; expected a path without it"
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refuse(f"{text!a}: cannot be read: the path is not UTF-8; rename the file") from None
    if may_be_url and text.startswith(URL_SCHEMES):
        return text
    if _LIKE_A_URL.match(text) or (may_be_url and _LIKE_ANY_URL.match(text) and not os.path.exists(text)):
        expected = "a file, or a URL that begins with postgresql://" if may_be_url else "a path, not a URL"
        raise refuse(f"{quote(without_password(text), 1_000)}: expected {expected}")
    if may_be_url:
        require_no_parameters(text, refuse)
    return text


def require_no_parameters(text: str, refuse: Refuse) -> None:
    """Refuse the parameters of a connection, such as ``host=db dbname=registry``, unless a file has that name.

    Args:
        text: A path. Of parameters, only the name of the first is shown: a password can be written in many ways.
        refuse: Makes the error to raise from its message.

    Raises:
        CarbonLedgerError: The error that *refuse* makes.
    """
    found = _PARAMETERS.match(text)
    if found and not os.path.lexists(text):
        raise refuse(
            f"{found[1]}=...: parameters of a connection, expected a file or a URL; write it as "
            "postgresql://user@host/dbname, or, with the directory of a socket, as postgresql:///dbname?host=/tmp"
        )


def kind_of(mode: int) -> str | None:
    """Describe the kind of a file, or return None for a regular file.

    Args:
        mode: The mode, as `os.stat` returns it.
    """
    if stat.S_ISREG(mode):
        return None
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "not a regular file")


def identity_of(status: os.stat_result) -> Identity:
    """Return the identity of a file, which is the same for all paths of the file.

    Args:
        status: The file's status.
    """
    return status.st_dev, status.st_ino


def register_open(status: os.stat_result, store: object) -> Identity:
    """Register that SQLite has a ledger's file open in this process, until the store is released or garbage-collected.

    Args:
        status: The file's status.
        store: The store that has the file open.

    Returns:
        The file's identity, to pass to `release`.
    """
    identity = identity_of(status)
    with _lock:
        _ledgers.setdefault(identity, WeakSet()).add(store)
    return identity


def mark_forked(identity: Identity) -> None:
    """Register in a forked child that its parent was writing to a ledger: SQLite's lock state is invalid here."""
    _forked.add(identity)


def require_own(status: os.stat_result, name: str, refuse: Refuse) -> None:
    """Refuse a ledger's file if the parent process was writing to it when this process was forked.

    Args:
        status: The file's status.
        name: The file's path, for the message.
        refuse: Makes the error to raise from its message.

    Raises:
        CarbonLedgerError: The error that *refuse* makes.
    """
    if identity_of(status) in _forked:
        raise refuse(
            f"{quote(name, 1_000)}: this process was forked while a command was running on this ledger, so the "
            "state of SQLite's locks is unknown here. Fork while no command is running, or start processes with 'spawn'"
        )


def release(identity: Identity, store: "ref[object] | None" = None) -> None:
    """Register that a store has closed a ledger's file, or was garbage-collected.

    Args:
        identity: The identity that `register_open` returned.
        store: A weak reference to the store, which may be dead. None removes no store.
    """
    closed = None if store is None else store()
    with _lock:
        if closed is not None and identity in _ledgers:
            _ledgers[identity].discard(closed)
        if not _is_open(identity):
            for descriptor in _parked.pop(identity, ()):
                os.close(descriptor)


def _is_open(identity: Identity) -> bool:
    if next(iter(_ledgers.get(identity, ())), None) is not None:  # the iteration skips stores that were just collected
        return True
    _ledgers.pop(identity, None)
    return False


@contextmanager
def reading(path: str | os.PathLike[str], refuse: Refuse) -> Iterator[BufferedReader]:
    """Open a regular file for reading.

    Args:
        path: The file, or a symbolic link to it.
        refuse: Makes the error to raise from its message, which contains the path.

    Raises:
        CarbonLedgerError: The error that *refuse* makes. The file cannot be read, is not a regular file, or is a ledger
            that this process has open.
    """
    name = path_text(path, refuse)
    try:
        _require_regular(os.stat(name), name, refuse)
        # The path may lead to another file by now. O_NONBLOCK prevents waiting for a FIFO, and the open file is checked
        # again.
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
    """Read all bytes of a regular file.

    Args:
        path: The file.
        refuse: Makes the error to raise from its message.
        most: The maximum length of the file. [octets]

    Returns:
        The file's bytes.

    Raises:
        CarbonLedgerError: The error that *refuse* makes. The file cannot be read, is not a regular file, is longer than
            *most*, or is a ledger that this process has open.
    """
    with reading(path, refuse) as file:
        size = os.fstat(file.fileno()).st_size
        # One octet more than the current size, so that a file which grows during the read is found to be too long.
        data = file.read(min(size, most) + 1) if size <= most else b""
    if size > most or len(data) > most:
        raise refuse(f"{quote(os.fspath(path))}: {max(size, len(data)):,} octets, expected at most {most:,}")
    return data


def write_new(path: str | os.PathLike[str], data: bytes, refuse: Refuse) -> None:
    """Write a new file, completely or not at all. An existing file is never overwritten.

    Args:
        path: The file, which must not exist.
        data: The bytes of the file.
        refuse: Makes the error to raise from its message, which contains the path.

    Raises:
        CarbonLedgerError: The error that *refuse* makes. The file exists, or cannot be written.
    """
    write_pieces(path, (data,), refuse)


def require_new(path: str | os.PathLike[str], refuse: Refuse) -> str:
    """Return a path as text after checking that a new file can have it: before long work whose result is written there.

    Args:
        path: The file, which must not exist.
        refuse: Makes the error to raise from its message, which contains the path.

    Raises:
        CarbonLedgerError: The error that *refuse* makes. The file exists, or its directory does not.
    """
    name = path_text(path, refuse)
    number = errno.EEXIST if os.path.lexists(name) else errno.ENOENT
    if number == errno.EEXIST or not os.path.isdir(os.path.dirname(name) or "."):
        raise refuse(_unwritable(name, number))
    return name


def _unwritable(name: str, number: int | None, text: str = "") -> str:
    """Why a new file cannot be written, and what to do about it."""
    if number == errno.ENOENT:
        do = "create its folder, or name another"
    elif number in (errno.EACCES, errno.EPERM, errno.EROFS):
        do = "name a file in a folder in which you may write"
    elif number == errno.ENOSPC:
        do = "make room, or name a file on another disk"
    else:
        do = "name a new file"
    reason = text if number is None else os.strerror(number)
    return f"{quote(name, 1_000)}: cannot be written: {reason}; {do}"


def write_pieces(path: str | os.PathLike[str], pieces: Iterable[bytes], refuse: Refuse) -> str:
    """Write a new file from pieces, completely or not at all. An existing file is never overwritten.

    Args:
        path: The file, which must not exist.
        pieces: The bytes of the file, which are read one after another.
        refuse: Makes the error to raise from its message, which contains the path.

    Returns:
        ``sha256:`` and the 64 hex digits of the SHA-256 of the file.

    Raises:
        CarbonLedgerError: The error that *refuse* makes. The file exists, or cannot be written.
    """
    name = require_new(path, refuse)
    beside = os.path.join(os.path.dirname(name), f".{secrets.token_hex(16)}.new")
    digest = hashlib.sha256()
    try:
        try:
            with open(beside, "xb") as file:
                for piece in pieces:
                    file.write(piece)
                    digest.update(piece)
                file.flush()
                os.fsync(file.fileno())
            _name(beside, name)
        finally:
            with suppress(OSError):
                os.unlink(beside)
    except OSError as error:
        raise refuse(_unwritable(name, error.errno, str(error.strerror))) from None
    return f"sha256:{digest.hexdigest()}"


def replace_file(path: str | os.PathLike[str], data: bytes, refuse: Refuse, *, before: bytes) -> None:
    """Replace the content of a file, completely or not at all, unless somebody has changed it in the meantime.

    Args:
        path: The file, or a symbolic link to it.
        data: The new bytes.
        refuse: Makes the error to raise from its message, which contains the path.
        before: The bytes that the file had when it was read.

    Raises:
        CarbonLedgerError: The error that *refuse* makes. The file has other bytes than *before*, is a ledger that this
            process has open, or cannot be written.
    """
    name = os.path.realpath(path_text(path, refuse))
    beside = os.path.join(os.path.dirname(name), f".{secrets.token_hex(16)}.new")
    try:
        try:
            with open(beside, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(beside, stat.S_IMODE(os.stat(name).st_mode))
            if read_file(name, refuse) != before:
                raise refuse(f"{quote(name, 1_000)}: changed by another program in the meantime; do it again")
            os.replace(beside, name)
        finally:
            with suppress(OSError):
                os.unlink(beside)
    except OSError as error:
        raise refuse(_unwritable(name, error.errno, str(error.strerror))) from None


def _name(beside: str, name: str) -> None:
    """Give a complete file its name, without replacing a file that was created meanwhile."""
    try:
        os.link(beside, name)
    except FileExistsError:
        raise
    except OSError:  # a file system without links; an empty file reserves the name first
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        try:
            os.replace(beside, name)
        except BaseException:
            os.unlink(name)
            raise


def _require_regular(status: os.stat_result, name: str, refuse: Refuse) -> None:
    kind = kind_of(status.st_mode)
    if kind is not None:
        raise refuse(f"{quote(name, 1_000)}: cannot be read: {kind}; expected a regular file")
    with _lock:
        is_ledger = _is_open(identity_of(status))
    if is_ledger:
        raise refuse(
            f"{quote(name, 1_000)}: cannot be read: this process has the ledger open, and reading its file would "
            "release SQLite's locks. Close the ledger first, or read a copy that backup() makes. A fork of the process "
            "that opened the ledger cannot close it: use a new process"
        )


def _close(descriptor: int) -> None:
    """Close a file, or leave that to `release` if a store has opened the same file in the meantime."""
    status = os.fstat(descriptor)
    identity = identity_of(status)
    with _lock:
        if _is_open(identity):
            _parked.setdefault(identity, []).append(descriptor)
            return
        os.close(descriptor)
