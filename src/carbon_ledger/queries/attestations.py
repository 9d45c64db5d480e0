"""The query of attestations: who compared the rules of a methodology with which document."""

from datetime import datetime

from attrs import frozen

from carbon_ledger.core.attestations import attestations_of
from carbon_ledger.core.methodologies import checked_key
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.records import Record


@frozen(kw_only=True, repr=False)
class Attestation(Record):
    """A statement that the rules of a methodology in this library agree with a document.

    Attributes:
        n: The number of the entry that recorded the attestation.
        at: The recorded time of that entry, UTC.
        by: The actor who attested.
        methodology: Name and version of the methodology.
        text: Digest of the document.
        note: Who compared the rules with the document, how, and with what result.
    """

    _in_repr = ("n", "methodology", "by", "at")

    n: int
    at: datetime
    by: str
    methodology: str
    text: str
    note: str


def attestations(reader: Snapshot, methodology: str) -> tuple[Attestation, ...]:
    """Every attestation of a methodology's text, oldest first; an issuance's quantification names the first.

    Args:
        methodology: Name and version, e.g. ``GCCM001@4.0``.

    Raises:
        MethodologyError: The library does not have this methodology, and the ledger neither adopts it nor was opened
            with it.

    Example:
        >>> import carbon_ledger as cl
        >>> cl.open_ledger(":memory:").attestations("GCCM001@4.0")
        ()
    """
    key = checked_key(reader._view(), methodology)
    return tuple(
        Attestation(
            n=entry.n,
            at=entry.recorded_at,
            by=entry.by,
            methodology=key,
            text=entry.event["text"],
            note=entry.event["note"],
        )
        for entry in attestations_of(reader._view(), key)
    )
