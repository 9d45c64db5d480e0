"""Copying a ledger from one store to another, entry for entry."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Final

from attrs import frozen

from carbon_ledger.audit.findings import Progress
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.methodologies import Known, replayed_view
from carbon_ledger.core.rules import apply
from carbon_ledger.core.state.store import Store
from carbon_ledger.errors import BrokenLogError, ForkError, NotALedgerError, StoreError
from carbon_ledger.files import path_text
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.ledger.methodologies import known_methodologies
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.methodologies import Methodology
from carbon_ledger.opening.stores import is_url, store_at
from carbon_ledger.printing import named, quote
from carbon_ledger.records import Record

Place = str | os.PathLike[str] | Ledger | Store

_EMPTY: Final = "copy to an empty ledger, for which carbon-ledger init was not run"
SLICE: Final = 500  # entries of a transaction: what a copy that is stopped has to repeat at most


@frozen(kw_only=True, repr=False)
class LedgerCopy(Record):
    """A copy of a ledger in another store, whose root was compared with that of the source.

    Attributes:
        size: The number of entries in the copy.
        copied: How many of them this call has copied; the others were there before.
        root: The RFC 6962 root of the entries, as hexadecimal digits.
    """

    size: int
    copied: int
    root: str


def copy_ledger(
    source: Place,
    target: Place,
    *,
    progress: Progress | None = None,
    methodologies: Iterable[Methodology] = (),
) -> LedgerCopy:
    """Copy a ledger to another store, entry for entry; or complete a copy that was stopped.

    Every entry is hashed, passes its rule again, and is written with the rows that follow from it. Entries are
    committed in slices, so that a copy that was stopped is continued by the same call. Others may write to the source
    meanwhile; what they record after the call began is copied by the next call.

    Args:
        source: A ledger file, the URL of a ledger, a ledger or a store.
        target: The same; created if absent, empty, or with entries that the source begins with.
        progress: Called now and then with the number of entries that the copy has, and the number that it will have.
        methodologies: Methodologies of one's own, as objects. The figures of those that are missing are copied as they
            are recorded: an audit of the copy lists them.

    Raises:
        ForkError: The target has other entries than the source.
        BrokenLogError: The source is damaged.
        NotALedgerError: The source does not exist, or the target is the source.
        StoreError: A store cannot be read or written.
        CarbonLedgerError: A rule refuses an entry of the source.

    Example:
        >>> import carbon_ledger as cl, tempfile
        >>> from carbon_ledger.testing import sample_ledger
        >>> with tempfile.TemporaryDirectory() as folder, sample_ledger() as ledger:
        ...     copy = copy_ledger(ledger, f"{folder}/copy.db")
        ...     copy.root == ledger.root(), copy.copied, copy_ledger(ledger, f"{folder}/copy.db").copied
        (True, 11, 0)
    """
    known = known_methodologies(methodologies)
    with ExitStack() as opened:
        read = _store_of(source, opened, read_only=True)
        write = _store_of(target, opened, read_only=False)
        if _is_same(read, write):
            raise NotALedgerError("the target is the source; name another file or another schema")
        return _copied(read, write, progress, known)


def _copied(read: Store, write: Store, progress: Progress | None, known: Known) -> LedgerCopy:
    size, before = read.size(), write.size()
    _require_same(read, write, size, before)
    for start in range(before, size, SLICE):
        _copy_slice(read, write, start, min(start + SLICE, size), known)
        if progress is not None:
            progress(min(start + SLICE, size), size)
    root = root_hash(size, read.tile)
    if root_hash(size, write.tile) != root:
        raise BrokenLogError("the copy's root differs from the source's root; audit the source")
    return LedgerCopy(size=size, copied=size - before, root=root.hex())


def _store_of(place: Place, opened: ExitStack, *, read_only: bool) -> Store:
    if isinstance(place, Ledger):
        return place._store
    if isinstance(place, Store):
        return place
    name = path_text(place, NotALedgerError, may_be_url=True)
    if read_only and not is_url(name) and not os.path.exists(name):
        raise NotALedgerError(f"{quote(name, 1_000)}: no such file; expected the ledger to copy")
    store = store_at(name, read_only=read_only)
    opened.callback(store.close)
    return store


def _is_same(source: Store, target: Store) -> bool:
    """Whether two stores are one, or are at the same URL or in the same file, whatever its path."""
    if source is target:
        return True
    one, other = (str(getattr(store, "path", "")) for store in (source, target))
    if is_url(one) or is_url(other):
        return one == other
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def _name_of(store: Store) -> str:
    """A store's file or URL, for messages; a URL is shown without its password."""
    return named(str(getattr(store, "path", "a ledger in memory")))


def _require_same(source: Store, target: Store, size: int, before: int) -> None:
    """Refuse a target whose entries are not those that the source begins with."""
    if before > size:
        raise ForkError(f"{_name_of(target)}: the target has {before} entries, and the source has {size}; {_EMPTY}")
    if before and root_hash(before, target.tile) != root_hash(before, source.tile):
        raise ForkError(
            f"{_name_of(target)}: the first {before} entries of the target are not those of the source "
            f"({_name_of(source)}); {_EMPTY}"
        )


def _copy_slice(source: Store, target: Store, start: int, stop: int, known: Known) -> None:
    with target.transaction():
        if target.size() != start:
            raise StoreError(
                f"the target has {target.size()} entries, expected {start}: somebody else is writing to it; stop them, "
                "and copy again"
            )
        entries = zip(source.entries(start, stop), source.leaves(start, stop), strict=True)
        for n, (data, leaf) in enumerate(entries, start):
            if leaf_hash(data) != leaf:
                raise BrokenLogError(f"entry {n}: its hash is not the stored leaf hash; audit the source")
            entry = Entry.from_bytes(data)
            target.append(data, apply(replayed_view(target.view(n), entry, known), entry))
            target.cache_entry(entry)
