"""How a folder of documents is checked against the index of evidence: every file is hashed."""

import os

from carbon_ledger.publishing.folders import hashed_files
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.review.evidence_index import index_of
from carbon_ledger.review.evidence_results import EvidenceCheck, EvidenceFile, EvidenceItem, UnreadFile
from carbon_ledger.review.reviewing import questions_of
from carbon_ledger.tables import Listing


def checked_folder(reader: Snapshot, folder: str | os.PathLike[str]) -> EvidenceCheck:
    """Check a folder of documents against the index of evidence.

    Args:
        reader: The reader.
        folder: The folder.

    Raises:
        StoreError: *folder* is not a folder, or cannot be listed.
    """
    questions = questions_of(reader)
    index = {item.document: item for item in index_of(questions)}
    found: list[EvidenceFile] = []
    others: list[EvidenceFile] = []
    unread: list[UnreadFile] = []
    for file in hashed_files(folder):
        if file.digest is None or file.octets is None:
            unread.append(UnreadFile(path=file.path, problem=file.problem or ""))
            continue
        item = index.get(file.digest)
        here = others if item is None else found
        title = None if item is None else item.title
        here.append(EvidenceFile(path=file.path, octets=file.octets, document=file.digest, title=title))
    seen = {item.document for item in found}
    return EvidenceCheck(
        ledger_id=str(questions.view.entry(0).event["ledger"]),
        size=questions.view.size,
        documents=len(index),
        found=Listing(found, EvidenceFile),
        missing=Listing((item for item in index.values() if item.document not in seen), EvidenceItem),
        others=Listing(others, EvidenceFile),
        unread=Listing(unread, UnreadFile),
    )
