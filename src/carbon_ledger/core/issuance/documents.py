"""Rules for documents, which are long texts in parts, named by their digest and compared with computed results."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from carbon_ledger.canonical import digest, loads
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    CORRECTIONS,
    DOCUMENT_RECORDED,
    ISSUANCE_RECORDED,
    QUANTIFICATION_APPROVED,
)
from carbon_ledger.core.entries.schema import PART_CHARACTERS
from carbon_ledger.core.issuance.document_schema import require_quantification
from carbon_ledger.core.state.rows import Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, PeriodError, WaiverError
from carbon_ledger.methodologies import Quantification
from carbon_ledger.methodologies.quantification import differences

USERS: Final = (ISSUANCE_RECORDED, QUANTIFICATION_APPROVED, *CORRECTIONS)  # events that use documents


def document_events(document: bytes) -> list[tuple[str, dict[str, Any]]]:
    """The events that hold a document, one for each part, named by the document's SHA-256."""
    text, name = document.decode("utf-8"), digest(document)
    pieces = [text[at : at + PART_CHARACTERS] for at in range(0, len(text), PART_CHARACTERS)]
    return [
        (DOCUMENT_RECORDED, {"sha256": name, "part": k, "parts": len(pieces), "text": piece})
        for k, piece in enumerate(pieces, 1)
    ]


def document_text(view: View, last_n: int) -> str:
    """The text of the document whose last part is entry *last_n*."""
    parts = view.entry(last_n).event["parts"]
    return "".join(view.entry(n).event["text"] for n in range(last_n - parts + 1, last_n + 1))


def document(view: View, entry: Entry) -> list[Row]:
    """Record a part of a document. With the last part, the digest of the whole document is checked.

    Raises:
        BrokenLogError: The parts are out of order, are split at other places than a command splits them, or do not have
            the digest that they name; or no entry of the command comes after them.
    """
    event = entry.event
    if event["part"] > 1:
        _require_next_part(view.entry(entry.n - 1), entry)
    if event["part"] > event["parts"]:
        raise BrokenLogError(
            f"entry {entry.n}: part {event['part']} of {event['parts']}, expected at most {event['parts']}"
        )
    _require_cut(entry)
    if event["part"] == event["parts"]:
        earlier = (view.entry(n).event["text"] for n in range(entry.n - event["parts"] + 1, entry.n))
        if digest("".join([*earlier, event["text"]]).encode("utf-8")) != event["sha256"]:
            raise BrokenLogError(
                f"entry {entry.n}: the document's text does not have the digest {event['sha256']} that it is named by"
            )
    if entry.part == entry.parts:
        raise BrokenLogError(f"entry {entry.n}: a document is the last entry of its command, so that no entry uses it")
    return []


def _require_cut(entry: Entry) -> None:
    """Refuse a part that is shorter or longer than a command makes it."""
    event = entry.event
    characters, last = len(event["text"]), event["part"] == event["parts"]
    if characters > PART_CHARACTERS or not (last or characters == PART_CHARACTERS):
        expected = "at most" if last else "exactly"
        raise BrokenLogError(
            f"entry {entry.n}: part {event['part']} of {event['parts']} of a document has {characters:,} characters, "
            f"expected {expected} {PART_CHARACTERS:,}"
        )


def require_follows_document(before: Entry, entry: Entry) -> None:
    """Refuse an entry after a part of a document that neither continues the document nor may use it.

    Args:
        before: A part of a document.
        entry: The entry after it, of the same command.

    Raises:
        BrokenLogError: The entry neither continues the document nor may use it.
    """
    if before.event["part"] < before.event["parts"]:
        _require_next_part(before, entry)
    elif entry.type not in (*USERS, before.type):
        raise BrokenLogError(
            f"entry {entry.n} ({entry.type}) comes after the document of entry {before.n}, but does not use it; "
            f"expected {', '.join(USERS)} or another document"
        )


def _require_next_part(before: Entry, entry: Entry) -> None:
    """Refuse an entry that is not the next part of the document of the entry before it."""
    following = {**before.event, "part": before.event.get("part", 0) + 1, "text": entry.event.get("text")}
    if before.type != entry.type or following != entry.event:
        raise BrokenLogError(
            f"entry {entry.n} ({entry.type}): expected the next part of the document of entry {before.n}"
        )


def _require_document(view: View, last_n: int, name: str) -> None:
    """Refuse an event unless entry *last_n*, right before it, is the last part of its document."""
    before = view.entry(last_n)
    if before.type != DOCUMENT_RECORDED or (before.event["sha256"], before.event["part"]) != (
        name,
        before.event["parts"],
    ):
        raise BrokenLogError(f"entry {last_n}: expected the last part of document {name}")


def require_documents(view: View, n: int, names: Sequence[str]) -> None:
    """Refuse entry *n* unless exactly these documents, in this order, are the entries right before it.

    No document is the last entry of its command, and each document is followed by another document or by an event that
    is checked here. Therefore each document of a log is used once, by the command that recorded it.

    Raises:
        BrokenLogError: Other documents, or no documents, are right before the entry.
    """
    at = n
    for name in reversed(names):
        _require_document(view, at - 1, name)
        at -= view.entry(at - 1).event["parts"]
    if view.entry(at - 1).type == DOCUMENT_RECORDED:
        raise BrokenLogError(f"entry {n} does not use the document of entry {at - 1}, and no later entry can use it")


def quantification_record(view: View, last_n: int) -> dict[str, Any]:
    """The record of the quantification whose document ends at entry *last_n*, checked against the schema.

    Raises:
        BrokenLogError: The document is not canonical JSON, or does not conform to the schema; the message names where.
    """
    return _conforming(last_n, lambda: loads(document_text(view, last_n).encode("utf-8")))


def _conforming(last_n: int, read: Callable[[], Any]) -> dict[str, Any]:
    """The record that *read* returns, if it conforms to the schema of a quantification."""
    try:
        record: dict[str, Any] = read()
        require_quantification(record)
    except BrokenLogError as error:
        raise BrokenLogError(f"entry {last_n}: the document is not a quantification ({error})") from None
    return record


def quantification_at(view: View, last_n: int) -> Quantification:
    """The quantification whose document ends at entry *last_n*.

    Raises:
        BrokenLogError: The document is not a quantification.
    """
    try:
        return Quantification.from_record(quantification_record(view, last_n))
    except (PeriodError, WaiverError) as error:
        raise BrokenLogError(f"entry {last_n}: the document is not a quantification ({error})") from None


def recorded_quantifications(view: View, n: int, names: Sequence[str]) -> list[Quantification]:
    """The quantifications whose documents are right before entry *n*, in the order of their names.

    Raises:
        BrokenLogError: A document is missing, or is not a quantification.
    """
    require_documents(view, n, names)
    found, last_n = list[Quantification](), n - 1
    for _ in names:
        found.append(quantification_at(view, last_n))
        last_n -= view.entry(last_n).event["parts"]
    return found[::-1]


def require_quantifications(view: View, n: int, names: Sequence[str], computed: Sequence[Quantification]) -> None:
    """Refuse entry *n* unless the documents right before it equal the quantifications that were computed again.

    A document has exactly the lines that were computed, in the same order, each with the same value, unit, formula,
    inputs, source and confidence. The wording of a line's name may differ, so that a later version of this library can
    explain a line better and still audit what an earlier version recorded.

    Args:
        view: The state before.
        n: The number of the entry that uses the documents.
        names: The digests of the documents, as the entry names them.
        computed: The quantification of each document, computed again.

    Raises:
        BrokenLogError: A document is missing, is not a quantification, or differs from the computed quantification;
            the message names the first difference.

    Source:
        ledger-model section 1; domain invariants 22 and 34.
    """
    require_documents(view, n, names)
    last_n = n - 1
    for name, result in zip(reversed(names), reversed(computed), strict=True):
        recorded = recorded_quantification(view, last_n, name, result)
        for difference in differences(
            recorded, result.to_record(), here="recorded", there="computed again", names=False
        ):
            raise BrokenLogError(f"entry {n}, quantification of {result.project}: {difference}")
        last_n -= view.entry(last_n).event["parts"]


def recorded_quantification(view: View, last_n: int, name: str, computed: Quantification) -> dict[str, Any]:
    """The record of the quantification whose document ends at entry *last_n*.

    The document is not parsed if its digest is that of *computed*: its text is then the same, byte for byte. Its
    record is still checked against the schema of a quantification.

    Args:
        view: The state.
        last_n: The number of the entry with the last part of the document.
        name: The document's digest.
        computed: The quantification, computed again.

    Raises:
        BrokenLogError: The document is not a quantification.
    """
    if computed.digest == name:
        return _conforming(last_n, computed.to_record)
    return quantification_record(view, last_n)
