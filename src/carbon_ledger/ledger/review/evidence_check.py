"""The check of a folder of documents against the index of evidence: what is there, what is missing, what is neither."""

import os
from typing import ClassVar

from attrs import frozen

from carbon_ledger.ledger.review.evidence_index import EvidenceItem, index_of
from carbon_ledger.ledger.review.review import questions_of
from carbon_ledger.ledger.snapshot import Snapshot
from carbon_ledger.printing import lines, printable
from carbon_ledger.publishing.folders import hashed_files
from carbon_ledger.records import Record
from carbon_ledger.tables import INTEGER, TEXT, Column, Listing


@frozen(kw_only=True, repr=False)
class EvidenceFile(Record):
    """A file of a folder of documents.

    Attributes:
        path: Its path from the folder; characters that do not print are escaped.
        octets: Its length.
        document: The digest of its content: ``sha256:`` and 64 hex digits.
        title: The title under which the ledger describes it, or None.
    """

    _in_repr = ("path", "document")
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("path", TEXT),
        Column("octets", INTEGER),
        Column("document", TEXT),
        Column("title", TEXT),
    )

    path: str
    octets: int
    document: str
    title: str | None


@frozen(kw_only=True, repr=False)
class UnreadFile(Record):
    """A file of a folder of documents that was not read, so that its content is unknown.

    Attributes:
        path: Its path from the folder; characters that do not print are escaped.
        problem: Why it was not read.
    """

    _columns: ClassVar[tuple[Column, ...]] = (Column("path", TEXT), Column("problem", TEXT))

    path: str
    problem: str


@frozen(kw_only=True, repr=False)
class EvidenceCheck(Record):
    """The result of the check of a folder of documents against a ledger's index of evidence.

    A file that is found has exactly the content whose digest the ledger has. Whether it says what the ledger says, you
    have to read.

    Attributes:
        ledger_id: The ledger's id.
        size: The number of entries.
        documents: How many documents the index has.
        found: The files that are a document of the index; two files can have the same content.
        missing: The documents of the index of which there is no file.
        others: The files that are no document of the index.
        unread: The files that were not read.
    """

    _in_repr = ("ledger_id", "documents", "is_complete")
    _derived = ("is_complete",)

    ledger_id: str
    size: int
    documents: int
    found: Listing[EvidenceFile]
    missing: Listing[EvidenceItem]
    others: Listing[EvidenceFile]
    unread: Listing[UnreadFile]

    @property
    def is_complete(self) -> bool:
        """Whether there is a file of every document of the index."""
        return not self.missing

    def __str__(self) -> str:
        """The result as text."""
        return lines(
            f"Evidence of {self.ledger_id}, {self.size:,} entries: {self.documents - len(self.missing):,} of "
            f"{self.documents:,} documents found",
            *(f"  found    {item.path}: {item.title or item.document}" for item in self.found),
            *(f"  missing  {item.document}: {_what(item)}" for item in self.missing),
            *(f"  other    {item.path}: no evidence of this ledger" for item in self.others),
            *(f"  unread   {item.path}: {item.problem}" for item in self.unread),
        )


def _what(item: EvidenceItem) -> str:
    """What a missing document is, as text."""
    title = "without a description" if item.title is None else f"{item.title} ({item.kind})"
    holder = "" if item.holder is None else f", held by {item.holder}"
    return printable(f"{title}, {item.net_wh:,} Wh rest on it{holder}")


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
