"""Values and external text in messages and reports: on one line, of bounded length, and safe to print.

`quote` returns the ``repr`` of an argument. It never runs the argument's code, never raises, and never builds more text
than it returns. `printable` escapes text from a ledger or a file, so that the text cannot start a new line, move the
cursor or reverse the order of the text around it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final

_DEEPEST: Final = 6
# The name of a scheme is bounded, because it may begin at any letter of a long text.
_USER_AND_PASSWORD: Final = re.compile(
    r"((?:postgres\w{0,20}(?:\+\w{1,20})?:\s*/+|[a-z0-9+.-]{2}://)[^\s:/@?#]*):\S{0,4096}@", re.IGNORECASE
)
# The parameters of a connection that are secret; a key that SCRAM derives from a password is as good as the password.
# libpq refuses the first three, but who writes one of them means a password.
SECRETS: Final = (
    *("pass", "passwd", "pwd"),
    *("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"),
)
_SECRET: Final = re.compile(
    rf"\b({'|'.join(SECRETS)})\s{{0,9}}=\s{{0,9}}('(?:[^'\\]|\\.){{0,4096}}'?|[^\s&]*)", re.IGNORECASE
)
_NAME: Final = 60  # the longest name that is compared, in characters
_MOST_NAMES: Final = 1_000
_PLAIN: Final = (type(None), bool, date, timedelta, timezone)
_BRACKETS: Final[Mapping[type, tuple[str, str]]] = MappingProxyType(
    {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}"), frozenset: ("frozenset({", "})")}
)


def printable(text: str) -> str:
    r"""Escape every character of a text that is not printable.

    Letters, marks, digits, punctuation and symbols of every script and the plain space are unchanged. Control
    characters, line separators, zero-width and bidirectional controls, lone surrogates and unassigned characters are
    written as ``\x1b``, ``\u202e`` or ``\U000e0001``.

    Args:
        text: Text from a ledger, a file or a caller.

    Example:
        >>> printable("Şimal GES\n  passed")
        'Şimal GES\\n  passed'
    """
    if text.isprintable():
        return text
    return "".join([item if item.isprintable() else repr(item)[1:-1] for item in text])


def lines(*texts: str) -> str:
    """Join texts as lines, each escaped by `printable`, so that no text starts a line of its own.

    Args:
        texts: The lines.
    """
    return "\n".join(map(printable, texts))


def printable_lines(text: str) -> str:
    r"""Escape each line of a text as `printable` does. The line feeds are unchanged.

    Args:
        text: A text whose line feeds this library wrote.

    Example:
        >>> printable_lines("one\ntwo\x1b[2K")
        'one\ntwo\\x1b[2K'
    """
    return text if text.isprintable() else lines(*text.split("\n"))


def without_password(text: str) -> str:
    """Hide the passwords of all URLs of databases in a text.

    Args:
        text: A URL, or a message that may contain one.

    Example:
        >>> without_password("postgresql://ben:secret@db.example/registry?sslpassword=secret")
        'postgresql://ben:***@db.example/registry?sslpassword=***'
    """
    return _SECRET.sub(r"\1=***", _USER_AND_PASSWORD.sub(r"\1:***@", text))


def quote(value: object, limit: int = 80) -> str:
    """Format a value for a message: its ``repr``, cut at *limit* characters.

    Numbers, text, bytes, times, containers of these and this library's records are shown. For any other object only the
    type is shown, since its ``__repr__`` may raise, run forever or be misleading.

    Args:
        value: Any object.
        limit: The maximum number of characters.

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
    """Format a name for a message: text without quotation marks, any other value like `quote`.

    Args:
        value: The name.
        limit: The maximum number of characters.

    Example:
        >>> named("hydro-3"), named(None)
        ('hydro-3', 'None')
    """
    if not isinstance(value, str):
        return quote(value, limit)
    text = printable(str.__getitem__(value, slice(limit + 1)))
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def near(value: object, names: Iterable[str], most: int = 1) -> list[str]:
    """List the names that a text resembles, the most similar first. Long names are not compared.

    Args:
        value: The text. A value of another type resembles no name.
        names: The names.
        most: The maximum number of names to return.

    Example:
        >>> near("Baku", ["Europe/Kyiv", "Asia/Baku", "baku"])
        ['baku']
    """
    from difflib import get_close_matches

    if not isinstance(value, str) or len(value) > _NAME:
        return []
    short = [name for name in islice(names, _MOST_NAMES) if len(name) <= _NAME]
    return get_close_matches(str.__getitem__(value, slice(None)), short, n=most)


def did_you_mean(value: object, names: Iterable[str]) -> str:
    """The end of a message about an unknown name: the name that was probably meant; an empty text if none is near.

    Args:
        value: What was given. Case makes no difference.
        names: The known names. At most the first thousand are compared.

    Example:
        >>> did_you_mean("Retire", ["active", "retired"]), did_you_mean("x", ["active"])
        ("; did you mean 'retired'?", '')
    """
    close = _nearest(value, names)
    return "" if close is None else f"; did you mean {quote(close)}?"


def one_of(value: object, names: Iterable[str]) -> str:
    """The names that a message expects, with the one that was probably meant.

    Args:
        value: What was given.
        names: The known names.

    Example:
        >>> one_of("actve", ["active", "retired"]), one_of(3, ["active", "retired"])
        ("one of active, retired (did you mean 'active'?)", 'one of active, retired')
    """
    known = tuple(names)
    close = _nearest(value, known)
    return f"one of {', '.join(known)}" + ("" if close is None else f" (did you mean {quote(close)}?)")


def _nearest(value: object, names: Iterable[str]) -> str | None:
    if not isinstance(value, str) or len(value) > _NAME:
        return None
    known: dict[str, str] = {}
    for name in islice(names, _MOST_NAMES):
        known.setdefault(name.casefold(), name)
    close = near(str.casefold(value), known)
    return known[close[0]] if close else None


def _pieces(value: object, limit: int, depth: int) -> Iterator[str]:
    """Yield the repr in pieces, each bounded by *limit*, so that the caller can stop when the text is long enough."""
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
