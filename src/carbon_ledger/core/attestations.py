"""Rules about the text of a methodology: who compared this library's rules with which document."""

from decimal import Decimal
from typing import Final

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.methodologies import checked_key
from carbon_ledger.core.state.rows import Registration, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import AlreadyRegisteredError, BrokenLogError
from carbon_ledger.methodologies import Line
from carbon_ledger.printing import quote

_KIND: Final = "methodology-text"


def attested(view: View, entry: Entry) -> list[Row]:
    """Attest that an actor compared the rules of an adopted methodology with a document.

    Another actor may attest the same document, and any actor may attest another document: each attestation is listed.

    Raises:
        MethodologyError: This library does not have this version.
        BrokenLogError: No earlier entry adopts the methodology.
        AlreadyRegisteredError: The actor has already attested this document.

    Source:
        ledger-model section 8a.
    """
    key, text = checked_key(view, entry.event["methodology"]), entry.event["text"]
    if view.registration("methodology", key) is None:
        raise BrokenLogError(f"entry {entry.n}: no earlier entry adopts methodology {key}")
    kind, name = kind_of(key), f"{text}/{entry.by}"
    before = view.registration(kind, name)
    if before is not None:
        raise AlreadyRegisteredError(
            f"text of {key}",
            f"{quote(entry.by)} attested this document already, in entry {before}; it needs no second attestation",
        )
    return [Registration(kind, name, entry.n)]


def attestations_of(view: View, methodology: str | None) -> tuple[Entry, ...]:
    """The entries that attest a text of a methodology, oldest first.

    Args:
        view: The state.
        methodology: Name and version of the methodology; None, for certificates, gives no entries.
    """
    if methodology is None:
        return ()
    kind = kind_of(methodology)
    numbers = (view.registration(kind, name) for name in view.registrations(kind))
    return tuple(view.entry(n) for n in numbers if n is not None)


def attestation_lines(view: View, methodology: str | None, n: int | None = None) -> tuple[Line, ...]:
    """The line of a quantification that names the first attestation of its methodology's text; none without one.

    Args:
        view: The state.
        methodology: Name and version of the methodology, or None for certificates.
        n: The number of the issuance's entry: only attestations before it count. By default, all count.
    """
    found = attestations_of(view, methodology)[:1]
    return tuple(
        Line(
            symbol="Text",
            name=f"the rules of {methodology} were compared with this document by {quote(entry.by)}",
            value=Decimal(entry.n),
            unit="entry",
            source=entry.event["text"],
        )
        for entry in found
        if n is None or entry.n < n
    )


def kind_of(methodology: str) -> str:
    """The kind under which the attestations of a methodology's text are registered."""
    return f"{_KIND}/{methodology}"
