"""Calls a function when SQLite is about to close a file, after it has checked for locks of the process."""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_VERSION_WITH_SYSTEM_CALLS: Final = 3


class _Vfs(ctypes.Structure):
    """The beginning of SQLite's ``sqlite3_vfs``, with the method that replaces a system call."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("others", ctypes.c_void_p * 16),
        ("set_system_call", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)),
    )


def can_hold_up() -> bool:
    """Whether `before_closing` works here."""
    try:
        with before_closing(Path(), lambda: None):
            return True
    except OSError:
        return False


@contextmanager
def before_closing(path: Path, call: Callable[[], object]) -> Iterator[None]:
    """Call something each time before SQLite, in this process, closes a descriptor of a file.

    Args:
        path: The file.
        call: What to call, in the thread that closes.

    Raises:
        OSError: The system does not list descriptors, or SQLite is not in a library of its own, or too old.
    """
    import _sqlite3

    os.stat("/proc/self/fd")
    try:
        find = ctypes.CDLL(_sqlite3.__file__).sqlite3_vfs_find
    except AttributeError:
        raise OSError("SQLite is not in a library of its own here: its system calls cannot be replaced") from None
    find.restype = ctypes.POINTER(_Vfs)
    vfs = find(None)
    if vfs.contents.version < _VERSION_WITH_SYSTEM_CALLS:
        raise OSError("this SQLite's system calls cannot be replaced")

    real = os.path.realpath(path)

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
    def close(descriptor: int) -> int:
        if os.readlink(f"/proc/self/fd/{descriptor}") == real:
            call()
        os.close(descriptor)
        return 0

    vfs.contents.set_system_call(vfs, b"close", ctypes.cast(close, ctypes.c_void_p))
    try:
        yield
    finally:
        vfs.contents.set_system_call(vfs, b"close", None)
