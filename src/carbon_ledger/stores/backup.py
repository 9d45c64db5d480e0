"""Consistent copies of a ledger, made while others write.

A copy has what was committed when the copy began. It is checked before it gets its name.
"""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.store import TABLES, Backup
from carbon_ledger.errors import BrokenLogError, StoreError
from carbon_ledger.files import path_text
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.printing import quote
from carbon_ledger.stores.tables import Values
from carbon_ledger.stores.turns import Turns

_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class Source(Protocol):
    """The store that is copied."""

    @property
    def turns(self) -> Turns:
        """The turns at writing to the store."""

    def size(self) -> int:
        """How many entries there are."""

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of entries start..stop-1."""

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """The stored leaf hashes of entries start..stop-1."""

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the log's hashes."""

    def rows(self, table: str, size: int | None = None) -> Iterator[Values]:
        """Every row of a table as of *size* entries."""


class Copy(Protocol):
    """The store that becomes the copy; empty at first."""

    def size(self) -> int:
        """How many entries the copy has."""

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction: everything in it is written, or nothing is."""

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and its rows."""

    def copy(self, table: str, rows: Iterable[Values]) -> None:
        """Write the rows of a table of another store unchanged."""

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of the copy's hashes."""

    def close(self) -> None:
        """Close the copy."""


def write_backup(source: Source, path: str | os.PathLike[str], begin: Callable[[Path], Copy]) -> Backup:
    """Copy the current state of a ledger to a new file.

    A log only grows, and each row has the numbers of the entries between which it is valid. The source is therefore
    read in short slices, and no writer waits for the copy.

    Args:
        source: The ledger's store.
        path: The new file.
        begin: Creates the store of the copy. The store need not be durable before the copy is complete.

    Raises:
        StoreError: The file exists already or cannot be written, or a batch of this thread is open.
        StoreFullError: The disk is full.
        BrokenLogError: The ledger is damaged.
    """
    if source.turns.mine() is not None:
        raise StoreError("a batch of this thread is open and may still be undone; end the batch, then back up")
    target = Path(path_text(path, StoreError)).absolute()
    beside = target.parent / f".{uuid4().hex}.new"
    try:
        if not target.parent.is_dir():
            raise StoreError(f"{quote(str(target), 1_000)}: its directory does not exist; make it first")
        if os.path.lexists(target):
            raise StoreError(f"{target}: the file exists already; choose another path, or remove the file first")
        with ExitStack() as undo:
            undo.callback(_remove, beside)
            copy = begin(beside)
            undo.callback(copy.close)
            size, root = _copied(source, copy)
            copy.close()
            _sync(beside)
            _place(beside, target)
            _sync(target.parent)
    except OSError as error:
        raise StoreError(f"{target}: cannot be written ({error.strerror})") from None
    return Backup(path=str(target), size=size, root=root)


def _copied(source: Source, copy: Copy) -> tuple[int, str]:
    size = source.size()
    with copy.transaction():
        for n, (data, leaf) in enumerate(zip(source.entries(0, size), source.leaves(0, size), strict=True)):
            if leaf_hash(data) != leaf:
                raise BrokenLogError(f"entry {n}: its hash is not the stored leaf hash; audit the ledger")
            copy.append(data, ())
        for table in TABLES:
            if table != "tile":  # the tiles were written with the entries
                copy.copy(table, source.rows(table, size))
    root = root_hash(size, copy.tile)
    if copy.size() != size or root != root_hash(size, source.tile):
        raise BrokenLogError("the copy's root differs from the ledger's root; audit the ledger")
    return size, root.hex()


def _place(beside: Path, target: Path) -> None:
    """Give the copy its name, without replacing a file that was created meanwhile.

    A hard link does this in one step. On a file system without hard links, such as FAT, an empty file first reserves
    the name.
    """
    try:
        os.link(beside, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        target.touch(exist_ok=False)
        try:
            beside.replace(target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def _remove(beside: Path) -> None:
    for name in (beside, beside.with_name(f"{beside.name}-journal")):
        name.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
