"""Places in a document and changes of a value: the parts of which the operators on documents are built."""

import json
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any, Final

Document = dict[str, Any]
Operator = Callable[[Random, Document], Document | str | None]
Holder = dict[str, Any] | list[Any]

ODD: Final = ("\u200b", "\u202e", "\u0301", "\xa0", "\u0410", "\uff11", "\U0001d7d9", "\x00", "\n", "\u2028", "\x7f")
ALIENS: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**53,
    1.5,
    "",
    "x",
    "1",
    "1.50",
    "-0",
    [],
    ["x"],
    {},
    {"x": 1},
    [1] * 40,
)
NUMBERS: Final = (
    "NaN",
    "Infinity",
    "-Infinity",
    "sNaN",
    "1e5",
    "1E+2",
    "+1",
    "01",
    "-0",
    "0.0",
    "1.",
    ".5",
    "1_0",
    " 1",
)


def written(value: object) -> str:
    """A value as canonical JSON, whatever is in it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def places_of(value: Any) -> list[tuple[Holder, Any]]:
    """Every place in a value that holds another: its holder, and the key or position there."""
    found: list[tuple[Holder, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found.append((value, key))
        found += places_of(item)
    return found


def place_of(chance: Random, document: Document, kind: type) -> tuple[Holder, Any] | None:
    """A place that holds a value of one type."""
    found = [place for place in places_of(document) if type(place[0][place[1]]) is kind]
    return chance.choice(found) if found else None


def number_in(chance: Random, document: Document) -> tuple[Holder, Any] | None:
    """A place that holds a decimal as text."""
    found = [
        (holder, key)
        for holder, key in places_of(document)
        if key in ("value", "amount") and isinstance(holder[key], str)
    ]
    return chance.choice(found) if found else None


def line_of(chance: Random, document: Document) -> dict[str, Any] | None:
    """A line of the document; None if the document has no lines."""
    return chance.choice(document["lines"]) if document["lines"] else None


def changing(
    find: Callable[[Random, Document], tuple[Holder, Any] | None], change: Callable[[Random, Any], Any]
) -> Operator:
    """An operator that puts another value in a place."""

    def operator(chance: Random, document: Document) -> Document | None:
        place = find(chance, document)
        if place is None:
            return None
        holder, key = place
        holder[key] = change(chance, holder[key])
        return document

    return operator


def of_type(kind: type, change: Callable[[Random, Any], Any]) -> Operator:
    """An operator that changes a value of one type."""
    return changing(lambda chance, document: place_of(chance, document, kind), change)


def odd_character(chance: Random, text: str) -> str:
    """The text with a character in it that is no letter of it."""
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(ODD) + text[at:]


def flipped_case(chance: Random, text: str) -> str:
    """The text with one letter of the other case."""
    at = chance.randrange(len(text) or 1)
    return text[:at] + text[at : at + 1].swapcase() + text[at + 1 :]


def other_notation(chance: Random, text: str) -> str:
    """A number in another notation, or a text that is not a number."""
    point = text if "." in text else f"{text}."
    return chance.choice((f"{point}0", f"0{text}", f"+{text}", f"{text}E0", f"{text}e-0", f" {text}", *NUMBERS))


def shifted(step: str) -> Callable[[Random, str], str]:
    """What adds a step to a number."""
    return lambda _, text: format(Decimal(text) + Decimal(step), "f")


def dropped(chance: Random, items: list[Any]) -> list[Any]:
    """The list without one item."""
    at = chance.randrange(len(items) or 1)
    return items[:at] + items[at + 1 :]


def repeated(chance: Random, items: list[Any]) -> list[Any]:
    """The list with one item twice."""
    at = chance.randrange(len(items) or 1)
    return items[: at + 1] + items[at:]


def swapped(chance: Random, items: list[Any]) -> list[Any]:
    """The list with two items exchanged."""
    if len(items) > 1:
        one, other = chance.sample(range(len(items)), 2)
        items[one], items[other] = items[other], items[one]
    return items


def without_key(chance: Random, fields: dict[str, Any]) -> dict[str, Any]:
    """The object without one field."""
    fields = dict(fields)
    if fields:
        del fields[chance.choice(sorted(fields))]
    return fields


def with_key(chance: Random, fields: dict[str, Any]) -> dict[str, Any]:
    """The object with a field more."""
    return fields | {chance.choice(("unknown", "Lines", "device", "value", "note")): chance.choice(ALIENS)}


def renamed_key(chance: Random, fields: dict[str, Any]) -> dict[str, Any]:
    """The object with one field under another name."""
    fields = dict(fields)
    if fields:
        key = chance.choice(sorted(fields))
        fields[chance.choice((key.upper(), f"{key} ", f"{key}_", "x"))] = fields.pop(key)
    return fields


def of_document(change: Callable[[Random, Any], Any]) -> Operator:
    """An operator on an object of the document, itself included."""

    def operator(chance: Random, document: Document) -> Document:
        places = [place for place in places_of(document) if isinstance(place[0][place[1]], dict)]
        if not places or not chance.randrange(len(places) + 1):
            found: Document = change(chance, document)
            return found
        holder, key = chance.choice(places)
        holder[key] = change(chance, holder[key])
        return document

    return operator


def of_lines(change: Callable[[Random, list[Any]], list[Any]]) -> Operator:
    """An operator on the lines."""

    def operator(chance: Random, document: Document) -> Document:
        return document | {"lines": change(chance, document["lines"])}

    return operator


def of_a_line(change: Callable[[Random, dict[str, Any]], dict[str, Any]]) -> Operator:
    """An operator on fields of one line."""

    def operator(chance: Random, document: Document) -> Document | None:
        line = line_of(chance, document)
        if line is None:
            return None
        line.update(change(chance, line))
        return document

    return operator
