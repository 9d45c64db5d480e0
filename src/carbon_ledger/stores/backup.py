"""A consistent copy of a ledger while others write: what was committed when it began, checked, then named."""

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
    """What is copied."""

    @property
    def turns(self) -> Turns:
        """Who may write to it."""

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
    """What is copied to: a store of its own, empty before."""

    def size(self) -> int:
        """How many entries it has."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing."""

    def append(self, data: bytes, rows: Sequence[Row]) -> None:
        """Write one entry and its rows."""

    def copy(self, table: str, rows: Iterable[Values]) -> None:
        """Write rows of a table as another store has them."""

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile of its hashes."""

    def close(self) -> None:
        """Close it."""


def write_backup(source: Source, path: str | os.PathLike[str], begin: Callable[[Path], Copy]) -> Backup:
    """Copy a ledger as of now to a new file.

    A log only grows, and rows carry the entries between which they are true. So the copy is read in short slices, and
    no writer waits for it.

    Args:
        source: The ledger's store.
        path: The new file.
        begin: Begins the copy, as a store that needs not last until it is whole.

    Raises:
        StoreError: There is a file already, it cannot be written, or a batch of this thread is open.
        StoreFullError: There is no room left.
        BrokenLogError: The ledger is damaged.
    """
    if source.turns.mine() is not None:
        raise StoreError("a batch of this thread is open, and may be undone: leave it, then back up")
    target = Path(path_text(path, StoreError)).absolute()
    beside = target.parent / f".{uuid4().hex}.new"
    try:
        if not target.parent.is_dir():
            raise StoreError(f"{quote(str(target), 1_000)}: its directory does not exist; make it first")
        if os.path.lexists(target):
            raise StoreError(f"{target}: there is such a file already; name another, or remove it first")
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
                raise BrokenLogError(f"entry {n}: it does not hash to what was stored; audit the ledger")
            copy.append(data, ())
        for table in TABLES:
            if table != "tile":  # the tiles came with the entries
                copy.copy(table, source.rows(table, size))
    root = root_hash(size, copy.tile)
    if copy.size() != size or root != root_hash(size, source.tile):
        raise BrokenLogError("the copy has another root than the ledger; audit the ledger")
    return size, root.hex()


def _place(beside: Path, target: Path) -> None:
    """Give the copy its name, and never that of a file that came meanwhile.

    It has its name in one step, but where the file system has no hard links, as FAT has none: there the name is taken
    by an empty file first.
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
