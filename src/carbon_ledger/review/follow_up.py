"""What an auditor asks after a first verification: what has changed, and whether the evidence is there.

How the answers are computed is loaded when they are first asked for.
"""

import os

from carbon_ledger.core.state.store import Backup
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.publishing.publish import Published
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.review.change_results import Changes
from carbon_ledger.review.evidence_results import EvidenceCheck, EvidenceItem
from carbon_ledger.tables import Listing


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
    from carbon_ledger.review.changes import changes_of

    return changes_of(reader, since)


def evidence(reader: Snapshot) -> Listing[EvidenceItem]:
    """The index of evidence: every document that the ledger names by its digest, in the order of its first mention.

    These are the evidence of readings, corrections, calibrations, amendments, imports, labels, holds, relations and
    declared emissions, the attested texts of methodologies, and every document that somebody has described.

    Raises:
        BrokenLogError: The ledger is damaged; audit the ledger.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> digest = f"sha256:{64 * '0'}"
        >>> _ = ledger.describe_document(digest, kind="settlement-statement", title="Settlement of May 2025")
        >>> [(item.title, item.entry_count, item.net_wh) for item in ledger.evidence()]
        [('Settlement of May 2025', 0, 0)]
    """
    from carbon_ledger.review.evidence_index import index_of
    from carbon_ledger.review.reviewing import questions_of

    return index_of(questions_of(reader))


def verify_evidence(reader: Snapshot, folder: str | os.PathLike[str]) -> EvidenceCheck:
    """Check a folder of documents against the index of evidence: hash every file, and compare the digests.

    Files of any size are read piece by piece, in the order of their paths, and folders in the folder too. Only regular
    files are read; no symbolic link in the folder is followed. Names do not matter: only the content does.

    Args:
        folder: The folder. Nobody should change it meanwhile.

    Raises:
        StoreError: *folder* is not a folder, or cannot be listed.
        BrokenLogError: The ledger is damaged; audit the ledger.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "may.pdf").write_bytes(b"settlement")
        ...     digest = cl.digest_file(Path(folder, "may.pdf"))
        ...     _ = ledger.describe_document(digest, kind="settlement-statement", title="Settlement of May 2025")
        ...     found = ledger.verify_evidence(folder)
        >>> found.is_complete, [(item.path, item.title) for item in found.found]
        (True, [('may.pdf', 'Settlement of May 2025')])
    """
    from carbon_ledger.review.evidence_check import checked_folder

    return checked_folder(reader, folder)
