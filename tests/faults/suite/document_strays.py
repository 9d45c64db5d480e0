"""Operators on the entries of a command: documents in the wrong place, or split and used in another way."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from carbon_ledger.canonical import digest
from carbon_ledger.core.issuance.documents import document_events

Event = tuple[str, dict[str, Any]]
Events = list[Event]
Stray = Callable[[Random, Events, tuple[int, int]], Events | None]

_OTHER: Final = ("account.opened", {"account": "stray", "name": "S"})


def _stray(chance: Random) -> Events:
    """A document of its own: no quantification, or a text of several parts."""
    return list(document_events(chance.choice((b"{}", b"a letter", b"x" * 15_001, "ə".encode() * 30_000))))


def _cut_otherwise(chance: Random, events: Events, document: tuple[int, int]) -> Events | None:
    """The same document in other parts."""
    start, stop = document
    text = "".join(event["text"] for _, event in events[start:stop])
    size = chance.choice((1, 7, 100, len(text) // 2, len(text) - 1)) or 1
    size = max(size, len(text) // 50 + 1)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    name = digest(text.encode("utf-8"))
    parts = [
        ("document.recorded", {"sha256": name, "part": k, "parts": len(pieces), "text": piece})
        for k, piece in enumerate(pieces, 1)
    ]
    return [*events[:start], *parts, *events[stop:]]


def _numbered(chance: Random, events: Events, document: tuple[int, int]) -> Events:
    """A part with the number of another part, or with another count of parts."""
    at = chance.randrange(*document)
    kind, event = events[at]
    change = chance.choice(({"part": event["part"] + 1}, {"parts": event["parts"] + 1}, {"part": 2**53 - 1}))
    return [*events[:at], (kind, event | change), *events[at + 1 :]]


def _named(chance: Random, events: Events, document: tuple[int, int]) -> Events:
    """A part that names another document."""
    at = chance.randrange(*document)
    kind, event = events[at]
    return [*events[:at], (kind, event | {"sha256": "sha256:" + chance.choice("0f") * 64}), *events[at + 1 :]]


def _swapped(chance: Random, events: Events, _: tuple[int, int]) -> Events | None:
    """Two entries of the command exchanged."""
    if len(events) < 2:
        return None
    one, other = chance.sample(range(len(events)), 2)
    events[one], events[other] = events[other], events[one]
    return events


STRAYS: Final[Mapping[str, Stray]] = {
    "a document alone": lambda chance, _, __: _stray(chance),
    "its own document alone": lambda _, events, document: events[slice(*document)],
    "a document before the command's": lambda chance, events, document: (
        [*events[: document[0]], *_stray(chance), *events[document[0] :]]
    ),
    "a document after the command's": lambda chance, events, document: (
        [*events[: document[1]], *_stray(chance), *events[document[1] :]]
    ),
    "a document at the end": lambda chance, events, _: [*events, *_stray(chance)],
    "a document twice": lambda _, events, document: (
        [*events[: document[1]], *events[slice(*document)], *events[document[1] :]]
    ),
    "no document": lambda _, events, document: [*events[: document[0]], *events[document[1] :]],
    "another event after the document": lambda _, events, document: (
        [*events[: document[1]], _OTHER, *events[document[1] :]]
    ),
    "an event without documents after the document": lambda _, events, document: [*events[: document[1]], _OTHER],
    "a part missing": lambda chance, events, document: (
        [event for k, event in enumerate(events) if k != chance.randrange(*document)]
    ),
    "cut at other places": _cut_otherwise,
    "a part of another number": _numbered,
    "a part of another document": _named,
    "two entries exchanged": _swapped,
}
