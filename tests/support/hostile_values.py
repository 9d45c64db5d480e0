"""Values that nobody should pass as an argument, each as a function that makes a new one."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NoReturn

import carbon_ledger as cl


class Text(str):
    """A text of a subclass of `str` whose repr raises."""

    __slots__ = ()

    def __repr__(self) -> NoReturn:
        """Refuse."""
        raise RuntimeError("no repr")


class Number(int):
    """A whole number of a subclass of `int` whose repr raises."""

    def __repr__(self) -> NoReturn:
        """Refuse."""
        raise RuntimeError("no repr")

    __str__ = __repr__


class Unprintable:
    """An object whose repr raises."""

    def __repr__(self) -> NoReturn:
        """Refuse."""
        raise RuntimeError("no repr")

    __str__ = __repr__


class Nowhere(tzinfo):
    """A zone without an offset."""

    def utcoffset(self, moment: datetime | None) -> None:
        """None."""

    def __repr__(self) -> NoReturn:
        """Refuse."""
        raise RuntimeError("no repr")


def _deep() -> list[Any]:
    deep: list[Any] = []
    for _ in range(50_000):
        deep = [deep]
    return deep


def _itself() -> list[Any]:
    itself: list[Any] = []
    itself.append(itself)
    return itself


def _doubled() -> list[Any]:
    """A list whose repr has 2^60 brackets."""
    doubled: list[Any] = []
    for _ in range(60):
        doubled = [doubled, doubled]
    return doubled


VALUES: Final[Mapping[str, Callable[[], Any]]] = MappingProxyType(
    {
        "None": lambda: None,
        "zero": lambda: 0,
        "minus one": lambda: -1,
        "2^53": lambda: 2**53,
        "2^63": lambda: 2**63,
        "a float": lambda: 1.5,
        "nan": lambda: float("nan"),
        "infinity": lambda: float("inf"),
        "True": lambda: True,
        "an empty text": str,
        "blank": lambda: " ",
        "NUL": lambda: "\0",
        "a lone surrogate": lambda: "\ud800",
        "a line": lambda: "a\n  passed  everything\x1b[2K\u202e",
        "digits": lambda: "9" * 5_000,
        "a huge text": lambda: "x" * 300_000,
        "dashes": lambda: "-" * 100_000,
        "slashes": lambda: "a/1/1-" + "1" * 5_000,
        "an overlong path": lambda: "/".join(["a" * 200] * 30),
        "a subclass of text": lambda: Text("op"),
        "a subclass of int": lambda: Number(3),
        "empty bytes": bytes,
        "bytes": lambda: b"\xff\0",
        "a bytearray": lambda: bytearray(b"ab"),
        "an empty list": list,
        "a list of None": lambda: [None],
        "a list of texts": lambda: ["a", "\ud800"],
        "a list of lists": lambda: [[1], [2]],
        "a deep list": _deep,
        "a list in itself": _itself,
        "a doubled list": _doubled,
        "an empty dict": dict,
        "a dict": lambda: {"a": None, 1: [2]},
        "an empty set": set,
        "a set": lambda: {1, "a"},
        "a tuple": lambda: (1, "a", None),
        "a generator": lambda: (item for item in (None, 1)),
        "a range": lambda: range(3),
        "an object": object,
        "a class": lambda: int,
        "a function": lambda: lambda: 1,
        "what cannot be shown": Unprintable,
        "a list of what cannot be shown": lambda: [Unprintable()],
        "5,000 digits": lambda: 10**5_000,
        "-5,000 digits": lambda: -(10**5_000),
        "a complex number": lambda: 1j,
        "a Decimal": lambda: Decimal("1.5"),
        "no Decimal": lambda: Decimal("NaN"),
        "a signalling Decimal": lambda: Decimal("sNaN"),
        "an endless Decimal": lambda: Decimal("Infinity"),
        "a large Decimal": lambda: Decimal("1e999999"),
        "a Fraction": lambda: Fraction(1, 3),
        "a large Fraction": lambda: Fraction(10**5_000, 3),
        "a naive time": lambda: datetime(2025, 1, 1),  # noqa: DTZ001 a naive time is the attack
        "the last time": lambda: datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
        "the first time": lambda: datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        "a time nowhere": lambda: datetime(2025, 1, 1, tzinfo=Nowhere()),
        "the last day": lambda: date.max,
        "the first day": lambda: date.min,
        "the last year": lambda: "9999-12-31T23:59:59Z",
        "a long duration": lambda: timedelta.max,
        "a long step": lambda: f"{2**53} s",
        "a longer step": lambda: "1" + "0" * 50 + " s",
        "a path": lambda: Path("no-such-file"),
        "a block": lambda: cl.Block("p/2025/1", 1, 2**53),
        "a block of a text": lambda: "p/2025/1/1-9",
        "a selection": lambda: cl.Selection(10**5, instrument="GC"),
        "a waiver": lambda: cl.Waiver("gap", "why"),
        "a period": lambda: cl.Period(0, 2**37),
        "a quantity": lambda: cl.quantity("5 MW"),
        "the end of time": lambda: datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    }
)
