"""What has changed in a ledger since a checkpoint, whose root is computed again from the entries themselves."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from attrs import frozen

from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.core.state.store import Backup, Store
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, ForkError, StoreError
from carbon_ledger.exact import arithmetic
from carbon_ledger.ledger.queries.carry import debit_of
from carbon_ledger.ledger.review.change_walk import Walk
from carbon_ledger.ledger.review.changed_readings import ChangedIssuance, CorrectedReading, EntryCount, LateReading
from carbon_ledger.ledger.review.changed_units import ChangedDebit, ChangedFactor, ChangedRole, RemovedUnits
from carbon_ledger.ledger.review.verified_time import Earlier
from carbon_ledger.ledger.snapshot import Snapshot
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import RootHasher, leaf_hash
from carbon_ledger.printing import lines, quote
from carbon_ledger.publishing.publish import Published, checkpoint_of
from carbon_ledger.records import Record
from carbon_ledger.tables import Listing


@frozen(kw_only=True, repr=False)
class Changes(Record):
    """What has changed in a ledger between an earlier size, *then*, and *now*.

    Both roots are computed from the entries themselves, and every entry was compared with its stored hash.

    Attributes:
        ledger_id: The ledger's id.
        since: The number of entries then.
        since_root: The RFC 6962 root of these entries, as hexadecimal digits.
        is_pinned: Whether this root was compared with a checkpoint. It was not if only a size was given.
        size: The number of entries now.
        root: The root of all entries, as hexadecimal digits.
        entries: How many new entries there are of each type.
        issuances: The issuances of then that have another amount or other units now.
        late_readings: New readings of time that was already claimed or verified then.
        corrections: New corrections, with the old and the new energy.
        removed: Units that were voided, withdrawn or converted.
        factors: Newly adopted factors of which there was an earlier one.
        roles: Roles that were granted or revoked.
        debits: The debit of each project then and now.
    """

    _in_repr = ("ledger_id", "since", "size")

    ledger_id: str
    since: int
    since_root: str
    is_pinned: bool
    size: int
    root: str
    entries: Listing[EntryCount]
    issuances: Listing[ChangedIssuance]
    late_readings: Listing[LateReading]
    corrections: Listing[CorrectedReading]
    removed: Listing[RemovedUnits]
    factors: Listing[ChangedFactor]
    roles: Listing[ChangedRole]
    debits: Listing[ChangedDebit]

    def __str__(self) -> str:
        """The changes as text."""
        compared = "that of the checkpoint" if self.is_pinned else "not compared with a checkpoint"
        debits = [item for item in self.debits if item.then or item.now]
        return lines(
            f"Changes of {self.ledger_id}: {self.since:,} entries then, {self.size:,} now",
            f"  root then {self.since_root}, computed from the entries; {compared}",
            f"  root now {self.root}, computed from the entries",
            *_part("new entries", self.entries, sum(item.count for item in self.entries)),
            *_part("issuances of then that have changed", self.issuances),
            *_part("late readings", self.late_readings),
            *_part("corrections", self.corrections),
            *_part("units voided, withdrawn or converted", self.removed),
            *_part("factors with an earlier one", self.factors),
            *_part("roles granted or revoked", self.roles),
            *_part("projects with a debit then or now", debits),
        )


def _part(heading: str, records: Iterable[object], count: int | None = None) -> Iterator[str]:
    """The records of one kind, as text."""
    found = list(map(str, records))
    yield f"  {heading}: {len(found) if count is None else count:,}"
    yield from (f"    {line}" for line in found)


def changes(reader: Snapshot, since: bytes | Published | Checkpoint | Backup | int) -> Changes:
    """What has changed since a checkpoint: above all what was verified then, and is different now.

    All entries are read and hashed once. Memory grows with the number of changes, not with the log.

    Args:
        since: A checkpoint of this ledger that you stored: the bytes of the signed note, a `Checkpoint`, or what
            `publish` or `backup` returned. Or the number of entries then, from 0 on: this proves nothing about them.

    Raises:
        ForkError: The entries do not begin with those of the checkpoint: the ledger was cut off, rolled back or
            rewritten, or is another ledger.
        FormatError: *since* is not a checkpoint.
        StoreError: *since* is not a number from 0 to the number of entries; or the checkpoint is newer than the state
            that an `as_of` reader sees.
        BrokenLogError: The ledger is damaged: an entry is missing, malformed, or does not have its stored hash.

    Source:
        Practice of verifiers. [M]

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:", ledger_id="trial")
        >>> _ = ledger.open_account("a", name="A")
        >>> found = ledger.changes(since=1)
        >>> [(item.type, item.count) for item in found.entries], found.corrections
        ([('account.opened', 1)], ())
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
