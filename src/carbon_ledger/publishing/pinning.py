"""Pins: checking that a ledger still has the entries that a checkpoint, stored elsewhere, commits to."""

from carbon_ledger.core.state.store import Log
from carbon_ledger.errors import BrokenLogError, ForkError
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import RootHasher, leaf_hash
from carbon_ledger.publishing.publish import require_consistent


def require_pinned(log: Log, checkpoint: Checkpoint, where: str) -> None:
    """Refuse a log whose first entries are not those of a checkpoint.

    Every entry up to the checkpoint's size is read and hashed, in constant memory. The stored hashes alone prove
    nothing, because somebody who rewrites entries can leave them unchanged. They are compared too, because receipts
    are computed from them.

    Args:
        log: The log.
        checkpoint: The checkpoint that was stored elsewhere.
        where: What a message calls the ledger.

    Raises:
        ForkError: The log has fewer entries than the checkpoint, or different entries.
        BrokenLogError: The entries are those of the checkpoint, but a stored hash is wrong.

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
        place = f"; entry {wrong} does not match the hash stored when it was recorded" if wrong >= 0 else ""
        raise ForkError(
            f"{where}: the ledger's first {checkpoint.size} entries do not hash to the root of the checkpoint{place}. "
            "The entries were rewritten. Preserve the file and the checkpoint as evidence, and stop using the ledger"
        )
    if wrong >= 0:
        raise BrokenLogError(
            f"{where}: the checkpoint commits to entry {wrong}, but the hash stored with the entry is not its hash; "
            "restore the file from a copy"
        )
