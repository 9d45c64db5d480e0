"""Rules for documents: long texts in parts, named by their digest, and what a document must agree with."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from carbon_ledger.canonical import digest, loads
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    DOCUMENT_RECORDED,
    GENERATION_CORRECTED,
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

USERS: Final = (ISSUANCE_RECORDED, QUANTIFICATION_APPROVED, GENERATION_CORRECTED)  # events that use documents


def document_events(document: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Cut a document into the events that carry it, named by its SHA-256."""
    text, name = document.decode("utf-8"), digest(document)
    pieces = [text[at : at + PART_CHARACTERS] for at in range(0, len(text), PART_CHARACTERS)]
    return [
        (DOCUMENT_RECORDED, {"sha256": name, "part": k, "parts": len(pieces), "text": piece})
        for k, piece in enumerate(pieces, 1)
    ]


def document_text(view: View, last_n: int) -> str:
    """Join the parts of the document whose last part is entry *last_n*."""
    parts = view.entry(last_n).event["parts"]
    return "".join(view.entry(n).event["text"] for n in range(last_n - parts + 1, last_n + 1))


def document(view: View, entry: Entry) -> list[Row]:
    """Record a part of a document; the last one proves the digest.

    Raises:
        BrokenLogError: The parts are not in order, are cut at other places than a command cuts, or are not the
            document they name; or nothing of the command comes after them.
    """
    event = entry.event
    if event["part"] > 1:
        _require_next_part(view.entry(entry.n - 1), entry)
    if event["part"] > event["parts"]:
        raise BrokenLogError(f"entry {entry.n}: part {event['part']} of {event['parts']}")
    _require_cut(entry)
    if event["part"] == event["parts"]:
        earlier = (view.entry(n).event["text"] for n in range(entry.n - event["parts"] + 1, entry.n))
        if digest("".join([*earlier, event["text"]]).encode("utf-8")) != event["sha256"]:
            raise BrokenLogError(f"entry {entry.n}: the document's text does not have the digest it is named by")
    if entry.part == entry.parts:
        raise BrokenLogError(f"entry {entry.n}: a document is the last entry of its command, and nothing uses it")
    return []


def _require_cut(entry: Entry) -> None:
    """Refuse a part that is shorter or longer than a command cuts it."""
    event = entry.event
    characters, last = len(event["text"]), event["part"] == event["parts"]
    if characters > PART_CHARACTERS or not (last or characters == PART_CHARACTERS):
        expected = "at most" if last else "exactly"
        raise BrokenLogError(
            f"entry {entry.n}: part {event['part']} of {event['parts']} of a document has {characters:,} characters, "
            f"expected {expected} {PART_CHARACTERS:,}"
        )


def require_follows_document(before: Entry, entry: Entry) -> None:
    """Refuse an entry after a part of a document that neither goes on with it nor may use it.

    Args:
        before: A part of a document.
        entry: The entry after it, of the same command.

    Raises:
        BrokenLogError: It does neither.
    """
    if before.event["part"] < before.event["parts"]:
        _require_next_part(before, entry)
    elif entry.type not in (*USERS, before.type):
        raise BrokenLogError(
            f"entry {entry.n} ({entry.type}) comes after the document of entry {before.n}, and does not use it; "
            f"expected {', '.join(USERS)} or another document"
        )


def _require_next_part(before: Entry, entry: Entry) -> None:
    following = {**before.event, "part": before.event.get("part", 0) + 1, "text": entry.event.get("text")}
    if before.type != entry.type or following != entry.event:
        raise BrokenLogError(
            f"entry {entry.n} ({entry.type}): expected the next part of the document of entry {before.n}"
        )


def _require_document(view: View, last_n: int, name: str) -> None:
    """Refuse an event whose document is not complete right before it."""
    before = view.entry(last_n)
    if before.type != DOCUMENT_RECORDED or (before.event["sha256"], before.event["part"]) != (
        name,
        before.event["parts"],
    ):
        raise BrokenLogError(f"entry {last_n}: expected the last part of document {name}")


def require_documents(view: View, n: int, names: Sequence[str]) -> None:
    """Refuse entry *n* unless these documents, in order, and no other are the entries right before it.

    As no document is the last entry of its command, and what comes after one is another or an event that asks this,
    each document of a log is used once, by the command that recorded it.

    Raises:
        BrokenLogError: They are not.
    """
    at = n
    for name in reversed(names):
        _require_document(view, at - 1, name)
        at -= view.entry(at - 1).event["parts"]
    if view.entry(at - 1).type == DOCUMENT_RECORDED:
        raise BrokenLogError(f"entry {n} does not use the document of entry {at - 1}, and no entry after it can")


def quantification_record(view: View, last_n: int) -> dict[str, Any]:
    """Read back the document that ends at entry *last_n*: it has the shape of a quantification's record.

    Raises:
        BrokenLogError: The document is not canonical JSON, or of another shape; the place in it is named.
    """
    return _shaped(last_n, lambda: loads(document_text(view, last_n).encode("utf-8")))


def _shaped(last_n: int, read: Callable[[], Any]) -> dict[str, Any]:
    try:
        record: dict[str, Any] = read()
        require_quantification(record)
    except BrokenLogError as error:
        raise BrokenLogError(f"entry {last_n}: the document is no quantification ({error})") from None
    return record


def quantification_at(view: View, last_n: int) -> Quantification:
    """Read back the quantification whose document ends at entry *last_n*.

    Raises:
        BrokenLogError: The document is no quantification.
    """
    try:
        return Quantification.from_record(quantification_record(view, last_n))
    except (PeriodError, WaiverError) as error:
        raise BrokenLogError(f"entry {last_n}: the document is no quantification ({error})") from None


def require_quantifications(view: View, n: int, names: Sequence[str], computed: Sequence[Quantification]) -> None:
    """Refuse entry *n* unless the documents right before it say what was computed again.

    Every line that was computed is there once, in its place, and no other; each with its value, unit, formula,
    inputs, source and confidence. The words of a line's name need not agree, so that a later version of this
    library may explain a line better and still audit what an earlier one recorded.

    Args:
        view: The state before.
        n: The entry that uses the documents.
        names: The digests that it names them by.
        computed: What each document is of, computed again.

    Raises:
        BrokenLogError: A document is not there, is no quantification, or says something else; the first difference
            is named.

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
    record is still checked against the shape of a quantification.

    Args:
        view: The state.
        last_n: The last part of the document.
        name: The document's digest.
        computed: The quantification, computed again.

    Raises:
        BrokenLogError: The document is no quantification.
    """
    if computed.digest == name:
        return _shaped(last_n, computed.to_record)
    return quantification_record(view, last_n)
