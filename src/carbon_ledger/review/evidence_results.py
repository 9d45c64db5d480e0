"""The index of evidence, and the result of the check of a folder against it, as records."""

from datetime import date, datetime
from typing import ClassVar

from attrs import frozen

from carbon_ledger.printing import lines, printable
from carbon_ledger.records import Record
from carbon_ledger.tables import BOOLEAN, DATE, INTEGER, TEXT, TIME, Column, Listing, list_column


@frozen(kw_only=True, repr=False)
class EvidenceItem(Record):
    """A document that a ledger names by its digest: what it is, and what rests on it.

    Attributes:
        document: The digest: ``sha256:`` and 64 hex digits.
        kind: The kind of document, or None if nobody has described it.
        title: The title, or None.
        issuer: Who issued the document, or None.
        issued: The day on which it was issued, or None.
        covers_from: The first day that the document covers, or None.
        covers_until: The last day that the document covers, or None.
        holder: Who has the document, or None.
        described_by: The number of the entry that describes it now, or None.
        entries: The numbers of the entries that have it as evidence, ascending; of very many, the first.
        entry_count: How many entries there are.
        first_used: When the first of them was recorded, or None without one. [UTC]
        last_used: When the last of them was recorded, or None. [UTC]
        net_wh: Live net energy of devices that was recorded or corrected with it. [Wh]
        claimed_wh: The part of this energy that issuances claim. [Wh]
        imported_units: Units of other registries that were imported with it.
    """

    _in_repr = ("document", "kind", "title", "entry_count", "net_wh")
    _derived = ("is_described",)
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("document", TEXT),
        Column("is_described", BOOLEAN),
        Column("kind", TEXT),
        Column("title", TEXT),
        Column("issuer", TEXT),
        Column("issued", DATE),
        Column("covers_from", DATE),
        Column("covers_until", DATE),
        Column("holder", TEXT),
        Column("described_by", INTEGER),
        list_column("entries", lambda item: item.entries),
        Column("entry_count", INTEGER),
        Column("first_used", TIME),
        Column("last_used", TIME),
        Column("net_wh", INTEGER),
        Column("claimed_wh", INTEGER),
        Column("imported_units", INTEGER),
    )

    document: str
    kind: str | None
    title: str | None
    issuer: str | None
    issued: date | None
    covers_from: date | None
    covers_until: date | None
    holder: str | None
    described_by: int | None
    entries: tuple[int, ...]
    entry_count: int
    first_used: datetime | None
    last_used: datetime | None
    net_wh: int
    claimed_wh: int
    imported_units: int

    @property
    def is_described(self) -> bool:
        """Whether somebody has described the document with `describe_document`."""
        return self.described_by is not None

    def __str__(self) -> str:
        """The item as text."""
        name = f"{self.title} ({self.kind})" if self.is_described else "without a description"
        counted = f"{self.entry_count:,} {'entry' if self.entry_count == 1 else 'entries'}"
        units = f", {self.imported_units:,} imported units" if self.imported_units else ""
        return lines(
            f"{self.document}: {name}",
            f"  evidence of {counted}, {self.net_wh:,} Wh, of which {self.claimed_wh:,} Wh claimed{units}",
            *([f"  held by {self.holder}"] if self.holder is not None else []),
        )


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
