"""Pins: whether a ledger still holds the very entries that a checkpoint, kept elsewhere, commits to."""

from carbon_ledger.core.state.store import Log
from carbon_ledger.errors import BrokenLogError, ForkError
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import RootHasher, leaf_hash
from carbon_ledger.publishing.publish import require_consistent


def require_pinned(log: Log, checkpoint: Checkpoint, where: str) -> None:
    """Refuse a log whose first entries are not those of a checkpoint.

    Every entry up to the checkpoint's size is read and hashed, in constant memory: stored hashes can be left as they
    were while entries are rewritten, so they prove nothing. They are compared too, for receipts are made of them.

    Args:
        log: The log.
        checkpoint: What was kept.
        where: The ledger, in words.

    Raises:
        ForkError: The log has fewer entries, or others.
        BrokenLogError: The entries are those of the checkpoint, and the stored hashes are not theirs.

    Source:
        Design decision 14a.
    """
    require_consistent(log, checkpoint, where)
    hasher, wrong = RootHasher(), -1
    for data, stored in zip(log.entries(0, checkpoint.size), log.leaves(0, checkpoint.size), strict=False):
        leaf = leaf_hash(data)
        if leaf != stored and wrong < 0:
            wrong = hasher.size
        hasher.append(leaf)
    if hasher.size != checkpoint.size or hasher.root() != checkpoint.root:
        place = f"; entry {wrong} is not what was hashed when it was recorded" if wrong >= 0 else ""
        raise ForkError(
            f"{where}: the ledger's first {checkpoint.size} entries do not hash to the root of the checkpoint{place}. "
            "They were rewritten. Keep the file and the checkpoint as evidence; do not go on"
        )
    if wrong >= 0:
        raise BrokenLogError(
            f"{where}: entry {wrong} is what the checkpoint commits to, and the hash that is stored with it is not "
            "its hash; restore the file from a copy"
        )
