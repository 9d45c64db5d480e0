"""The fields of layouts: how they are given, checked and written."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar, cast

import attrs
from attrs import Attribute

from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import text_of
from carbon_ledger.mappings import FrozenMapping, listed
from carbon_ledger.printing import near, quote

MOST_NAMES: Final = 200  # the most columns, footers, markers or exchanges that a layout names

Part = TypeVar("Part")
Validator = Callable[[Any, "Attribute[Any]", Any], None]


def part_of(kind: type[Part], value: object, name: str) -> Part:
    """A part of a layout: the part itself, or a mapping of its fields, as TOML has it.

    Args:
        kind: The class of the part.
        value: The part, or a mapping.
        name: What the part is called in a layout, for the message.

    Raises:
        QuantityError: *value* is neither, or has a field that the part does not have.
        CarbonLedgerError: A field cannot be used.

    Example:
        >>> from carbon_ledger.metering.layouts import NumberLayout
        >>> part_of(NumberLayout, {"decimal": ","}, "numbers").decimal
        ','
    """
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise QuantityError(f"{name}: {quote(value)}, expected a {kind.__name__} or a table of its fields")
    fields = {item.alias: item for item in attrs.fields(cast("Any", kind)) if item.init}
    for key in value:
        if key not in fields:
            close = near(key, fields) if isinstance(key, str) else []
            known = f"did you mean {quote(close[0])}?" if close else f"known: {', '.join(fields)}"
            raise QuantityError(f"{name}: no field {quote(key)}; {known}")
    lacking = [key for key, item in fields.items() if item.default is attrs.NOTHING and key not in value]
    if lacking:
        raise QuantityError(f"{name}: the field {quote(lacking[0])} is missing")
    return kind(**value)


def record_of(part: object) -> dict[str, Any]:
    """The fields of a part that differ from their defaults, as plain values."""
    record: dict[str, Any] = {}
    for item in attrs.fields(cast("Any", type(part))):
        value = getattr(part, item.name)
        default = item.default.factory() if hasattr(item.default, "factory") else item.default
        if item.init and value != default:
            record[item.alias] = _plain(value)
    return record


def _plain(value: object) -> Any:
    if isinstance(value, Mapping) and not "".join(value).isascii():
        return [[key, word] for key, word in sorted(value.items())]  # the keys of an entry are ASCII
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}  # equal mappings have one text
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return text_of(value)
    return record_of(value) if attrs.has(type(value)) else value


def text_in(value: object, name: str) -> str:
    """A line of text without a line break, checked.

    Raises:
        QuantityError: *value* is not text, or has a line break or a null character.
    """
    if not isinstance(value, str) or len(value) > 1_000 or re.search("[\n\r\0\ud800-\udfff]", value):
        raise QuantityError(f"{name} {quote(value, 60)}: expected one line of text, of at most 1,000 characters")
    return value


def one_of(choices: Sequence[str], value: object, name: str) -> None:
    """Refuse a value that is not one of several words.

    Raises:
        QuantityError: *value* is not one of *choices*.
    """
    if not isinstance(value, str) or value not in choices:
        close = near(value, choices) if isinstance(value, str) else []
        hint = f"did you mean {quote(close[0])}?" if close else f"expected one of {', '.join(map(quote, choices))}"
        raise QuantityError(f"{name} {quote(value, 40)}: {hint}")


def as_texts(value: str | Iterable[str]) -> tuple[str, ...]:
    """A list of texts as a tuple; a single text is a list of one. Anything else is left to the check of the field."""
    if isinstance(value, str):
        return (value,)
    items = listed(value)
    return cast("tuple[str, ...]", value) if items is None else tuple(items)


def as_words(value: Mapping[str, str] | Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """A copy of a mapping, which a list of pairs may stand for. Anything else is left for the check of the field."""
    pairs = value if isinstance(value, list | tuple) else ()
    if all(isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
        words = dict(pairs)
        if words and len(words) == len(pairs):
            return FrozenMapping(words)
    return FrozenMapping(value) if isinstance(value, Mapping) else cast("Mapping[str, str]", value)


def word_of(choices: Sequence[str]) -> Validator:
    """The check that a field has one of several words."""
    return lambda _, item, value: one_of(choices, value, str(item.alias))


def check_line(_: object, item: "Attribute[Any]", value: object) -> None:
    """Check that a field has a line of text.

    Raises:
        QuantityError: It has another value.
    """
    text_in(value, str(item.alias))


def check_truth(_: object, item: "Attribute[Any]", value: object) -> None:
    """Check that a field is true or false.

    Raises:
        QuantityError: It has another value.
    """
    if not isinstance(value, bool):
        raise QuantityError(f"{item.alias} {quote(value, 40)}: expected true or false")


def check_lines(_: object, item: "Attribute[Any]", value: object) -> None:
    """Check that a field has a list of lines of text.

    Raises:
        QuantityError: It has another value.
    """
    if not isinstance(value, tuple) or len(value) > MOST_NAMES:
        raise QuantityError(f"{item.alias} {quote(value, 100)}: expected a list of at most {MOST_NAMES} texts")
    for text in value:
        text_in(text, str(item.alias))


def words_of(choices: Sequence[str]) -> Validator:
    """The check that a field has a table of texts, each with one of several words.

    Raises:
        QuantityError: When called: the field has another value.
    """

    def check(_: object, item: "Attribute[Any]", value: object) -> None:
        if not isinstance(value, Mapping) or len(value) > MOST_NAMES:
            raise QuantityError(f"{item.alias} {quote(value, 100)}: expected a table of texts")
        for key, word in value.items():
            one_of(choices, word, f"{item.alias}, {quote(text_in(key, str(item.alias)))}")

    return check
