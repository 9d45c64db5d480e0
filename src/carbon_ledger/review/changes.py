"""The changes since a checkpoint: its root is computed again from the entries themselves, and compared."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.core.state.store import Backup, Store
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, ForkError, FormatError, StoreError
from carbon_ledger.exact import arithmetic
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import RootHasher, leaf_hash
from carbon_ledger.printing import quote
from carbon_ledger.publishing.publish import Published, checkpoint_of
from carbon_ledger.queries.carry import debit_of
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.change_walk import Walk
from carbon_ledger.review.changed_readings import ChangedIssuance, CorrectedReading, EntryCount, LateReading
from carbon_ledger.review.changed_statements import ChangedVerification, changed_verifications
from carbon_ledger.review.changed_units import ChangedDebit, ChangedFactor, ChangedRole, RemovedUnits
from carbon_ledger.review.verified_time import Earlier
from carbon_ledger.tables import Listing


def changes_of(reader: Snapshot, since: object) -> Changes:
    """What has changed since a checkpoint.

    Args:
        reader: The reader.
        since: A checkpoint, or the number of entries then.

    Raises:
        ForkError, FormatError, StoreError, BrokenLogError: As `changes` raises them.
    """
    view = reader._view()
    view = reader._view_of(view.size)  # others may write meanwhile
    size, checkpoint = _since_of(reader, view, since)
    hasher, earlier = RootHasher(), Earlier()
    _hash_prefix(reader._store, hasher, size, checkpoint, earlier)
    since_root = hasher.root()
    walk = Walk(view, reader._view_of(size) if size else None, reader._view_of, earlier)
    for data, stored in zip(
        reader._store.entries(size, view.size), reader._store.leaves(size, view.size), strict=False
    ):
        leaf = leaf_hash(data)
        if leaf != stored:
            raise _damaged(hasher.size)
        walk.add(hasher.size, data)
        hasher.append(leaf)
    if hasher.size != view.size:
        raise _damaged(hasher.size)
    return _changes(walk, size, since_root, hasher.root(), is_pinned=checkpoint is not None)


def _since_of(reader: Snapshot, view: View, since: object) -> tuple[int, Checkpoint | None]:
    """The size then, and the checkpoint that was given."""
    if type(since) is int:
        if not 0 <= since <= view.size:
            raise StoreError(
                f"changes(since={quote(since)}): expected a checkpoint, or a number of entries from 0 to {view.size}"
            )
        return since, None
    if not isinstance(since, (bytes, Published, Checkpoint, Backup)):
        raise FormatError(
            f"changes(since={quote(since)}): expected what publish() or backup() returned, the bytes of a checkpoint, "
            "or a number of entries"
        )
    checkpoint = checkpoint_of(since)
    if checkpoint.size > reader._store.size():
        raise ForkError(
            f"the checkpoint has {checkpoint.size} entries, but the ledger has {reader._store.size()}: it was cut off "
            "or rolled back, or the checkpoint is of another ledger. Preserve the file and the checkpoint as evidence"
        )
    if checkpoint.size > view.size:
        raise StoreError(
            f"changes(): the checkpoint has {checkpoint.size} entries, but as of this entry or time the ledger has "
            f"{view.size}; ask a later state"
        )
    return checkpoint.size, checkpoint


def _hash_prefix(store: Store, hasher: RootHasher, size: int, checkpoint: Checkpoint | None, earlier: Earlier) -> None:
    """Hash the first entries themselves, and compare their root with that of the checkpoint."""
    broken = None
    for data, stored in zip(store.entries(0, size), store.leaves(0, size), strict=False):
        leaf = leaf_hash(data)
        if leaf != stored and broken is None:
            broken = hasher.size
        earlier.add(hasher.size, data)
        hasher.append(leaf)
    if checkpoint is not None and (hasher.size != size or hasher.root() != checkpoint.root):
        raise ForkError(
            f"the ledger's first {size} entries do not hash to the root of the checkpoint. The entries were rewritten, "
            "or the checkpoint is of another ledger. Preserve the file and the checkpoint as evidence"
        )
    if hasher.size != size or broken is not None:
        raise _damaged(hasher.size if broken is None else broken)


def _damaged(n: int) -> BrokenLogError:
    return BrokenLogError(
        f"entry {n} is missing, or does not have the hash that is stored with it; audit the ledger, and restore the "
        "file from a copy"
    )


def _changes(walk: Walk, size: int, since_root: bytes, root: bytes, *, is_pinned: bool) -> Changes:
    view, then = walk.view, walk.then
    projects = sorted(view.registrations("project"))
    return Changes(
        ledger_id=str(view.entry(0).event["ledger"]),
        since=size,
        since_root=since_root.hex(),
        is_pinned=is_pinned,
        size=view.size,
        root=root.hex(),
        entries=Listing(walk.entry_counts(), EntryCount),
        issuances=Listing(_issuances(walk), ChangedIssuance),
        late_readings=Listing(walk.late, LateReading),
        corrections=Listing(walk.corrected, CorrectedReading),
        removed=Listing(walk.removed, RemovedUnits),
        factors=Listing(walk.factors, ChangedFactor),
        roles=Listing(walk.roles, ChangedRole),
        debits=Listing(
            (ChangedDebit(project=name, then=_debit(then, name), now=_debit(view, name)) for name in projects),
            ChangedDebit,
        ),
        verifications=Listing(changed_verifications(view, size), ChangedVerification),
    )


def _issuances(walk: Walk) -> Iterator[ChangedIssuance]:
    """The issuances that were there then and have changed, oldest first."""
    for n, cited in sorted(walk.changing.items()):
        old = None if walk.then is None else walk.then.issuance(n)
        new = walk.view.issuance(n)
        if old is None or new is None or _standing(old) == _standing(new):
            continue
        yield ChangedIssuance(
            issuance=n,
            project=new.project,
            start_utc=new.start_utc,
            end_utc=new.end_utc,
            old_amount=old.amount,
            new_amount=new.amount,
            old_units=old.counted,
            new_units=new.counted,
            entries=cited.first(),
            voided=new.voided and not old.voided,
        )


def _standing(issuance: Issuance) -> tuple[Any, ...]:
    return issuance.amounts, issuance.counted, issuance.voided


def _debit(view: View | None, project: str) -> Decimal:
    """The debit of a project in a state; 0 if the state has no such project. [unit]"""
    if view is None:
        return Decimal(0)
    with arithmetic():
        return debit_of(sum((row.carry for row in view.carry(project)), Decimal(0)))
