"""What is changed in an entry: operators over its JSON, each a name and the values it puts in the place of one."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

Values = Callable[[Any], Iterator[Any]]

MOST: Final = 2**53 - 1
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_CYRILLIC: Final = "430 435 43e 440 441 445 410 412 415 41a 41c 41d 41e 420 421 422 425"
# Letters of Latin, and those of Cyrillic that look the same.
_LOOKS: Final = {ord(one): int(other, 16) for one, other in zip("aeopcxABEKMHOPCTX", _CYRILLIC.split(), strict=True)}
ENUMERATIONS: Final[tuple[tuple[str, ...], ...]] = (
    ("open", "roles"),
    ("registrar", "meter-operator", "verifier", "issuer", "account-holder", "auditor"),
    ("rejected", "revoked", "timed-out"),
    ("tCO2e", "MWh", "Wh"),
    ("emission-reduction", "energy-attribute"),
    ("greenfield", "retrofit", "capacity-addition"),
    ("hydro/run-of-river", "hydro/reservoir", "solar/photovoltaic", "wind/onshore"),
    ("P", "S", "C", "M"),
    ("gap", "straddling-step", "expired-factor", "methodology-text", "assumption/anything"),
    ("combined_margin", "operating_margin", "lifecycle", "fuel"),
    ("ex-ante", "ex-post"),
    ("floor", "ceiling", "half-up"),
    ("ipcc-upper", "measured"),
    ("CORSIA", "SDG+", "tag:other"),
    ("Asia/Baku", "UTC", "Asia/Dubai", "Europe/Berlin"),
)


def _of(kind: type, change: Callable[[Any], Any]) -> Values:
    """Changes values of exactly one type; a change that gives None has none to give."""

    def values(value: Any) -> Iterator[Any]:
        if type(value) is kind and (other := change(value)) is not None:
            yield other

    return values


def _text(change: Callable[[str], str | None]) -> Values:
    return _of(str, change)


def _number(change: Callable[[int], int]) -> Values:
    return _of(int, change)


def _list(change: Callable[[list[Any]], list[Any] | None]) -> Values:
    return _of(list, change)


def _decimal(change: Callable[[str], str | None]) -> Values:
    return _text(lambda text: change(text) if _DECIMAL.fullmatch(text) else None)


def _moved(text: str, by: timedelta) -> str | None:
    """A day or a time, later by so much, written as it was."""
    if not _DAY.match(text) or len(text) not in (10, 20, 27):
        return None
    try:
        if len(text) == 10:
            return (date.fromisoformat(text) + by).isoformat() if by.days else None
        moved = datetime.fromisoformat(text.removesuffix("Z")) + by
    except (ValueError, OverflowError):
        return None
    return moved.isoformat(timespec="seconds" if len(text) == 20 else "microseconds") + "Z"


def _later(**by: int) -> Values:
    return _text(lambda text: _moved(text, timedelta(**by)))


def _members(value: Any) -> Iterator[str]:
    """The other members of the enumerations that a text is of."""
    for members in ENUMERATIONS:
        if value in members:
            yield from (member for member in members if member != value)


def _is_time(text: str) -> bool:
    return bool(_DAY.match(text)) and text.endswith("Z")


def _moved_one(items: list[Any]) -> list[Any] | None:
    """One unit more in the first number or count, one less in the second."""
    if len(items) < 2:
        return None
    if all(type(item) is int for item in items):
        return [items[0] + 1, items[1] - 1, *items[2:]]
    if all(isinstance(item, dict) and type(item.get("count")) is int for item in items):
        first, second, *rest = items
        return [{**first, "count": first["count"] + 1}, {**second, "count": second["count"] - 1}, *rest]
    return None


def _swapped(fields: dict[str, Any]) -> dict[str, Any] | None:
    """Two fields of one type with each other's value."""
    names = sorted(fields)
    for one, other in pairwise(names):
        if type(fields[one]) is type(fields[other]) and fields[one] != fields[other]:
            return {**fields, one: fields[other], other: fields[one]}
    return None


# Values of one field for another.
VALUES: Final[Mapping[str, Values]] = {
    "null": lambda _: iter((None,)),
    "to-text": lambda value: iter((str(value),) if type(value) is not str else ()),
    "to-list": lambda value: iter(([value],)),
    "to-object": lambda value: iter(({"value": value},)),
    "to-true": lambda value: iter((True,) if value is not True else ()),
    "to-false": lambda value: iter((False,) if value is not False else ()),
    "to-integer": lambda value: iter((int(value),) if type(value) is str and value.isdecimal() else (7,)),
    "to-fraction": _of(int, lambda _: 1.5),
    "plus-one": _number(lambda value: value + 1),
    "minus-one": _number(lambda value: value - 1),
    "negated": _number(lambda value: -value),
    "times-ten": _number(lambda value: value * 10),
    "zero": _number(lambda _: 0),
    "most": _number(lambda _: MOST),
    "above-most": _number(lambda _: MOST + 1),
    "least": _number(lambda _: -MOST),
    "huge": _number(lambda _: 10**30),
    "empty": _text(lambda _: ""),
    "blank": _text(lambda _: "   "),
    "no-break-blank": _text(lambda _: "\u00a0\u2003"),
    "trailing-space": _text(lambda text: f"{text} "),
    "leading-space": _text(lambda text: f" {text}"),
    "nul": _text(lambda text: f"{text}\0"),
    "line-feed": _text(lambda text: f"{text}\nx"),
    "escape": _text(lambda text: f"{text}\x1b[2J"),
    "next-line": _text(lambda text: f"{text}\x85x"),
    "surrogate": _text(lambda text: f"{text}\ud800"),
    "upper": _text(lambda text: text.upper()),
    "lower": _text(lambda text: text.lower()),
    "look-alike": _text(lambda text: text.translate(_LOOKS)),
    "right-to-left": _text(lambda text: f"\u202e{text}"),
    "combining": _text(lambda text: f"{text}\u0301"),
    "byte-order-mark": _text(lambda text: f"\ufeff{text}"),
    "longer": _text(lambda text: f"{text}x"),
    "shorter": _text(lambda text: text[:-1]),
    "doubled": _text(lambda text: text + text),
    "two-thousand": _text(lambda text: (text * 2000)[:2000] or None),
    "two-thousand-one": _text(lambda text: (text * 2001)[:2001] or None),
    "sixty-thousand": _text(lambda text: (text * 60_000)[:60_000] or None),
    "other-member": _members,
    "other-digest": _text(lambda text: "sha256:" + "5" * 64 if _DIGEST.fullmatch(text) else None),
    "upper-digest": _text(lambda text: text[:7] + text[7:].upper() if _DIGEST.fullmatch(text) else None),
    "decimal-zero": _decimal(lambda text: f"{text}0" if "." in text else f"{text}.0"),
    "decimal-exponent": _decimal(lambda text: f"{text}e0"),
    "decimal-sign": _decimal(lambda text: text[1:] if text.startswith("-") else f"-{text}"),
    "decimal-plus": _decimal(lambda text: f"+{text}"),
    "decimal-times-ten": _decimal(lambda text: f"{text}0" if "." not in text else None),
    "decimal-digit": _decimal(lambda text: f"{text}1" if "." in text else f"{text}.1"),
    "day-later": _later(days=1),
    "day-earlier": _later(days=-1),
    "year-later": _later(days=365),
    "year-earlier": _later(days=-365),
    "second-later": _later(seconds=1),
    "hour-earlier": _later(hours=-1),
    "century-later": _later(days=36_525),
    "time-offset": _text(lambda text: text.replace("Z", "+00:00") if _is_time(text) else None),
    "time-finer": _text(lambda text: text.replace("Z", ".5Z") if _is_time(text) else None),
    "time-24": _text(lambda text: f"{text[:11]}24{text[13:]}" if _is_time(text) else None),
    "list-reversed": _list(lambda items: items[::-1]),
    "list-emptied": _list(lambda _: []),
    "list-first-again": _list(lambda items: [*items, items[0]] if items else None),
    "list-without-last": _list(lambda items: items[:-1] if items else None),
    "list-without-first": _list(lambda items: items[1:] if items else None),
    "list-swapped": _list(lambda items: [items[1], items[0], *items[2:]] if len(items) > 1 else None),
    "list-moved-one": _list(_moved_one),
    "object-values-swapped": _of(dict, _swapped),
    "list-null": _list(lambda items: [*items, None]),
    "object-emptied": _of(dict, lambda _: {}),
    "object-stranger": _of(dict, lambda fields: {**fields, "stranger": 1}),
}
