"""Values and foreign text in messages and reports: in one line, bounded, and without surprises.

`quote` is the ``repr`` of a value that somebody passed: it never runs foreign code, never raises, and never builds
more than is shown. `printable` is text that came from a ledger or a file: it cannot begin a line, move the cursor or
reverse the order of what stands around it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final

_DEEPEST: Final = 6
_NAME: Final = 60  # characters of a name that is looked for
_MOST_NAMES: Final = 1_000
_PLAIN: Final = (type(None), bool, date, timedelta, timezone)
_BRACKETS: Final[Mapping[type, tuple[str, str]]] = MappingProxyType(
    {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}"), frozenset: ("frozenset({", "})")}
)


def printable(text: str) -> str:
    r"""A text with every character that does not print written as an escape.

    Letters, marks, digits, punctuation and symbols of every script stay, and so does the plain space. Control
    characters, line separators, zero-width and bidirectional controls, lone surrogates and unassigned characters are
    written as ``\x1b``, ``\u202e`` or ``\U000e0001``.

    Args:
        text: What came from a ledger, a file or a caller.

    Example:
        >>> printable("Şimal GES\n  passed")
        'Şimal GES\\n  passed'
    """
    if text.isprintable():
        return text
    return "".join([item if item.isprintable() else repr(item)[1:-1] for item in text])


def lines(*texts: str) -> str:
    """Texts as lines, each escaped by `printable`: what a text holds makes no line of its own.

    Args:
        texts: A line each.
    """
    return "\n".join(map(printable, texts))


def printable_lines(text: str) -> str:
    r"""A text of several lines with every line escaped as `printable` does; its line feeds stay.

    Args:
        text: A text whose line feeds were written by this library.

    Example:
        >>> printable_lines("one\ntwo\x1b[2K")
        'one\ntwo\\x1b[2K'
    """
    return text if text.isprintable() else lines(*text.split("\n"))


def quote(value: object, limit: int = 80) -> str:
    """A value as a message shows it: its ``repr``, cut at *limit* characters.

    Numbers, text, bytes, times, containers of those and this library's records are shown; of anything else only its
    type is, since its ``__repr__`` may raise, run for ever or say something else.

    Args:
        value: Anything.
        limit: Characters at most.

    Example:
        >>> quote("2,5 MWh"), quote([1, 2]), quote(10**5_000), quote(object())
        ("'2,5 MWh'", '[1, 2]', 'an integer of 16610 bits', '<object>')
    """
    text = ""
    for piece in _pieces(value, limit, 0):
        text += piece
        if len(text) > limit:
            return f"{text[: limit - 3]}..."
    return text


def named(value: object, limit: int = 200) -> str:
    """A name as a message shows it: a text without quotation marks, anything else as `quote` shows it.

    Args:
        value: What should be a name.
        limit: Characters at most.

    Example:
        >>> named("hydro-3"), named(None)
        ('hydro-3', 'None')
    """
    if not isinstance(value, str):
        return quote(value, limit)
    text = printable(str.__getitem__(value, slice(limit + 1)))
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def near(value: object, names: Iterable[str], most: int = 1) -> list[str]:
    """Names that a text was probably meant for, nearest first; looked for among short names alone.

    Args:
        value: What was given; only text is near a name.
        names: The names.
        most: How many to give at most.

    Example:
        >>> near("Baku", ["Europe/Kyiv", "Asia/Baku", "baku"])
        ['baku']
    """
    from difflib import get_close_matches

    if not isinstance(value, str) or len(value) > _NAME:
        return []
    short = [name for name in islice(names, _MOST_NAMES) if len(name) <= _NAME]
    return get_close_matches(str.__getitem__(value, slice(None)), short, n=most)


def _pieces(value: object, limit: int, depth: int) -> Iterator[str]:
    """The repr in pieces, each bounded by *limit*, so that the caller can stop when there is enough."""
    kind = type(value)
    if isinstance(value, str):
        yield repr(str.__getitem__(value, slice(limit + 1)))
    elif isinstance(value, bytes):
        yield repr(bytes.__getitem__(value, slice(limit + 1)))
    elif kind in _PLAIN:
        yield repr(value)
    elif isinstance(value, int):
        bits = int.bit_length(value)
        text = int.__repr__(value) if bits <= 4 * limit else ""
        yield text if text and len(text) <= limit else f"an integer of {bits} bits"
    elif isinstance(value, float):
        yield float.__repr__(value)
    elif kind in (Decimal, Fraction):
        yield from _number(value, limit)
    elif isinstance(value, datetime | time) and kind in (datetime, time):
        yield from _time(value)
    elif isinstance(value, PurePath) and kind.__module__.startswith("pathlib"):
        yield f"{kind.__name__}({str(value)[:limit]!r})"
    elif depth < _DEEPEST and (kind in (dict, MappingProxyType) or (isinstance(value, Mapping) and _is_ours(kind))):
        yield from _mapping(value, limit, depth)
    elif depth < _DEEPEST and (kind in _BRACKETS or (isinstance(value, tuple) and _is_ours(kind))):
        yield from _container(value, limit, depth)
    elif depth < _DEEPEST and _is_ours(kind) and hasattr(kind, "__attrs_attrs__"):
        yield from _record(value, limit, depth)
    else:
        yield f"<{kind.__name__[:limit]}>"


def _number(value: Any, limit: int) -> Iterator[str]:
    if isinstance(value, Fraction):
        yield f"Fraction({quote(value.numerator, limit)}, {quote(value.denominator, limit)})"
    else:
        yield repr(value)


def _time(value: Any) -> Iterator[str]:
    zone = value.tzinfo
    if zone is None:
        yield repr(value)
    else:
        yield repr(value.replace(tzinfo=None))[:-1] + ", tzinfo="
        known = type(zone) is timezone or type(zone).__module__ == "zoneinfo"
        yield f"{zone!r})" if known else f"<{type(zone).__name__}>)"


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith("carbon_ledger.")


def _mapping(value: Any, limit: int, depth: int) -> Iterator[str]:
    yield "{"
    for position, (key, item) in enumerate(islice(value.items(), limit)):
        yield ", " if position else ""
        yield from _pieces(key, limit, depth + 1)
        yield ": "
        yield from _pieces(item, limit, depth + 1)
    yield "}"


def _container(value: Any, limit: int, depth: int) -> Iterator[str]:
    if not value and isinstance(value, set | frozenset):
        yield f"{type(value).__name__}()"
        return
    first, last = _BRACKETS.get(type(value), ("(", ")"))
    yield first
    for position, item in enumerate(islice(value, limit)):
        yield ", " if position else ""
        yield from _pieces(item, limit, depth + 1)
    yield ",)" if last == ")" and len(value) == 1 else last


def _record(value: Any, limit: int, depth: int) -> Iterator[str]:
    yield f"{type(value).__name__}("
    fields = [item for item in type(value).__attrs_attrs__ if item.repr and not item.name.startswith("_")]
    for position, item in enumerate(fields):
        yield f"{', ' if position else ''}{item.name}="
        yield from _pieces(getattr(value, item.name, None), limit, depth + 1)
    yield ")"
