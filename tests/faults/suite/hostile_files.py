"""Hostile files: special files in place of a ledger, and files beside a ledger."""

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from tests.faults.suite.flips import PAGE_BYTES
from tests.faults.suite.hostile import Kind

_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")
_IGNORED: Final = "SQLite finds no valid header in it and undoes nothing"


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path is short
    with closing(socket.socket(socket.AF_UNIX)) as end:
        end.bind(path.name)
    os.chdir(here)


def link_to_fifo(path: Path) -> None:
    """Put a link to a FIFO in a path."""
    os.mkfifo(path.with_name("fifo"))
    path.symlink_to("fifo")


def _sparse(path: Path) -> None:
    path.write_bytes(b"x")
    os.truncate(path, 1 << 40)


def _empty_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("vacuum")


def _instead(name: str, make: Callable[[Path], object]) -> Kind:
    """Something in place of the ledger."""

    def replace(path: Path) -> None:
        path.unlink()
        make(path)

    return Kind(name, replace)


def _beside(name: str, ending: str, make: Callable[[Path], object], harmless: str = "") -> Kind:
    """Something beside the ledger."""
    return Kind(name, lambda path: _made(make, path.with_name(path.name + ending)), harmless)


def _made(make: Callable[[Path], object], path: Path) -> None:
    path.unlink(missing_ok=True)
    make(path)


def _super(path: Path, name: bytes, *, sound: bool = True, end: bytes = b"") -> None:
    """A journal that names another file, as a transaction over several databases leaves it."""
    checksum = (sum(name) if sound else 7).to_bytes(4, "big")
    header = _MAGIC + bytes(20) + bytes(484)
    tail = bytes(4) + name + len(name).to_bytes(4, "big") + checksum + _MAGIC
    path.write_bytes(header + tail + end)


def _undoing(path: Path) -> None:
    """A journal that puts another page in place of one of the entries."""
    data = path.read_bytes()
    page = bytearray(data[PAGE_BYTES : 2 * PAGE_BYTES])
    page[-40:] = bytes(40)
    nonce = 0
    checksum = nonce
    for at in range(PAGE_BYTES - 200, 0, -200):
        checksum = (checksum + page[at]) % 2**32
    count = len(data) // PAGE_BYTES
    header = _MAGIC + b"".join(n.to_bytes(4, "big") for n in (1, nonce, count, 512, PAGE_BYTES))
    record = (2).to_bytes(4, "big") + page + checksum.to_bytes(4, "big")
    path.with_name(path.name + "-journal").write_bytes(header.ljust(512, b"\0") + record)


def _in_wal_mode(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal")


def _living_wal(path: Path) -> None:
    """A file of WAL mode with a log that holds a change, as a program that was killed leaves it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("delete from piece")
        for ending in ("", "-wal", "-shm"):
            shutil.copy(f"{path}{ending}", f"{path}.kept{ending}")
    for ending in ("", "-wal", "-shm"):
        os.replace(f"{path}.kept{ending}", f"{path}{ending}")


def _wal_of_another(path: Path) -> None:
    """The log of WAL mode beside a file that is not in that mode."""
    sound = path.read_bytes()
    _living_wal(path)
    path.write_bytes(sound)


def _linked(path: Path) -> Path:
    """A link to a ledger beside which lies a journal that names another file."""
    _super(path.with_name("ledger.db-journal"), b"/nowhere/victim")
    link = path.with_name("link.db")
    link.symlink_to(path.name)
    return link


FILES: Final[list[Kind]] = [
    _instead("a FIFO", os.mkfifo),
    _instead("a socket", _socket),
    _instead("a directory", Path.mkdir),
    _instead("a link to itself", lambda path: path.symlink_to(path.name)),
    _instead("a link to nothing", lambda path: path.symlink_to("nothing")),
    _instead("a link to /dev/zero", lambda path: path.symlink_to("/dev/zero")),
    _instead("a link to /dev/null", lambda path: path.symlink_to("/dev/null")),
    _instead("a link to a FIFO", link_to_fifo),
    _instead("an empty file", Path.touch),
    _instead("a text", lambda path: path.write_text("to whom it may concern" * 100)),
    _instead("a file of zeros", lambda path: path.write_bytes(bytes(8 * PAGE_BYTES))),
    _instead("1 TB", _sparse),
    _instead("an empty database", _empty_database),
    *(
        Kind(f"a path {name}", partial(Path.with_name, name=text))
        for name, text in (
            ("of 300 letters", "a" * 300),
            ("that is no UTF-8", "a\udcff"),
            ("with a surrogate", "\ud800"),
        )
    ),
    _beside("a journal that is a FIFO", "-journal", os.mkfifo),
    _beside("a journal that is a directory", "-journal", Path.mkdir),
    _beside("a journal that is a link", "-journal", lambda path: path.symlink_to("ledger.db")),
    _beside("a journal that is a link to itself", "-journal", lambda path: path.symlink_to(path.name)),
    _beside("a journal that is a link to nothing", "-journal", lambda path: path.symlink_to("nothing")),
    _beside("a journal that is a link to /dev/zero", "-journal", lambda path: path.symlink_to("/dev/zero")),
    _beside("a journal that names another file", "-journal", lambda path: _super(path, b"/nowhere/victim")),
    _beside("a journal that names the ledger", "-journal", lambda path: _super(path, bytes(path)[:-8])),
    _beside("a journal that names a file with a wrong sum", "-journal", lambda path: _super(path, b"/x", sound=False)),
    _beside("a journal that names nothing", "-journal", lambda path: _super(path, b"")),
    _beside("a journal of its magic alone", "-journal", lambda path: path.write_bytes(_MAGIC), _IGNORED),
    _beside("a journal of text", "-journal", lambda path: path.write_text("journal" * 1_000), _IGNORED),
    _beside("a journal of 1 TB", "-journal", _sparse, _IGNORED),
    Kind("a journal that puts back another page", _undoing),
    Kind("a link to a ledger with a journal that names another file", _linked),
    Kind("a file in WAL mode", _in_wal_mode),
    Kind("a file in WAL mode, in use", _living_wal),
    Kind("a log of WAL mode that is another file's", _wal_of_another),
    *(
        _beside(f"{ending} is {name}", ending, make)
        for ending in ("-wal", "-shm")
        for name, make in (
            ("a FIFO", os.mkfifo),
            ("a directory", Path.mkdir),
            ("empty", Path.touch),
            ("a link", lambda path: path.symlink_to("ledger.db")),
            ("text", lambda path: path.write_text("w" * 5_000)),
        )
    ),
]
