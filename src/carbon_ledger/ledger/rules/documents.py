"""Rules for documents: long texts in parts, named by their digest, and what a document must agree with."""

from collections.abc import Sequence
from typing import Any, Final

from carbon_ledger.canonical import digest, loads
from carbon_ledger.errors import BrokenLogError, CarbonLedgerError
from carbon_ledger.exact import text_of
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import Row, View
from carbon_ledger.methodologies import Quantification
from carbon_ledger.printing import quote

PART_CHARACTERS: Final = 15_000  # at most 60,000 bytes once written, whatever the characters


def document_events(document: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Cut a document into the events that carry it, named by its SHA-256."""
    text, name = document.decode("utf-8"), digest(document)
    pieces = [text[at : at + PART_CHARACTERS] for at in range(0, len(text), PART_CHARACTERS)]
    return [
        ("document.recorded", {"sha256": name, "part": k, "parts": len(pieces), "text": piece})
        for k, piece in enumerate(pieces, 1)
    ]


def document_text(view: View, last_n: int) -> str:
    """Join the parts of the document whose last part is entry *last_n*."""
    parts = view.entry(last_n).event["parts"]
    return "".join(view.entry(n).event["text"] for n in range(last_n - parts + 1, last_n + 1))


def document(view: View, entry: Entry) -> list[Row]:
    """Record a part of a document; the last one proves the digest.

    Raises:
        BrokenLogError: The parts are not in order, or are not the document they name.
    """
    event = entry.event
    if event["part"] > 1:
        require_next_part(view.entry(entry.n - 1), entry)
    if event["part"] > event["parts"]:
        raise BrokenLogError(f"entry {entry.n}: part {event['part']} of {event['parts']}")
    if event["part"] == event["parts"]:
        earlier = (view.entry(n).event["text"] for n in range(entry.n - event["parts"] + 1, entry.n))
        if digest("".join([*earlier, event["text"]]).encode("utf-8")) != event["sha256"]:
            raise BrokenLogError(f"entry {entry.n}: the document's text does not have the digest it is named by")
    return []


def require_next_part(before: Entry, entry: Entry) -> None:
    """Refuse an entry that does not go on with the document whose part the entry before it is.

    Raises:
        BrokenLogError: It does not.
    """
    following = {**before.event, "part": before.event.get("part", 0) + 1, "text": entry.event.get("text")}
    if before.type != entry.type or following != entry.event:
        raise BrokenLogError(
            f"entry {entry.n} ({entry.type}): expected the next part of the document of entry {before.n}"
        )


def require_document(view: View, last_n: int, name: str) -> None:
    """Refuse an event whose document is not complete right before it.

    Raises:
        BrokenLogError: It is not.
    """
    before = view.entry(last_n)
    if before.type != "document.recorded" or (before.event["sha256"], before.event["part"]) != (
        name,
        before.event["parts"],
    ):
        raise BrokenLogError(f"entry {last_n}: expected the last part of document {name}")


def require_documents(view: View, n: int, names: Sequence[str]) -> None:
    """Refuse entry *n* unless these documents, in order, are the entries right before it.

    Raises:
        BrokenLogError: They are not.
    """
    for name in reversed(names):
        require_document(view, n - 1, name)
        n -= view.entry(n - 1).event["parts"]


def quantification_at(view: View, last_n: int) -> Quantification:
    """Read back the quantification whose document ends at entry *last_n*.

    Raises:
        BrokenLogError: The document is no quantification.
    """
    try:
        return Quantification.from_record(loads(document_text(view, last_n).encode("utf-8")))
    except (CarbonLedgerError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BrokenLogError(
            f"entry {last_n}: the document is no quantification ({type(error).__name__}: {error})"
        ) from None


def require_quantifications(view: View, n: int, names: Sequence[str], computed: Sequence[Quantification]) -> None:
    """Refuse entry *n* unless the documents right before it say what was computed again.

    Figures must agree, every one that the documents hold; words need not, so that a later version of this
    library may explain a line better and still audit what an earlier one recorded.

    Raises:
        BrokenLogError: A document is not there, or a figure differs; the first that does is named.
    """
    require_documents(view, n, names)
    last_n = n - 1
    for name, result in zip(reversed(names), reversed(computed), strict=True):
        if result.digest != name:  # else the document is, byte for byte, what was computed
            for difference in disagreements(quantification_at(view, last_n), result):
                raise BrokenLogError(f"entry {n}, quantification of {result.project}: {difference}")
        last_n -= view.entry(last_n).event["parts"]


def disagreements(recorded: Quantification, computed: Quantification) -> list[str]:
    """Name every figure of a recorded quantification that computing it again does not give."""
    found = []
    lines = {line.symbol: line for line in computed.lines}
    for line in recorded.lines:
        other = lines.get(line.symbol)
        if other is None:
            found.append(f"line {line.symbol} is recorded, and the methodology does not give it")
        elif (line.value, line.unit) != (other.value, other.unit):
            found.append(
                f"line {line.symbol} ({line.name}) is recorded as {text_of(line.value)} {line.unit}, "
                f"computed again it is {text_of(other.value)} {other.unit}"
            )
    ours, theirs = recorded.to_record(), computed.to_record()
    for key in sorted((ours.keys() | theirs.keys()) - {"lines"}):
        if ours.get(key) != theirs.get(key):
            found.append(f"{key} recorded as {quote(ours.get(key), 200)}, computed again {quote(theirs.get(key), 200)}")
    return found
