"""The course of a column of values: whether it can be of energies alone, or may be of the standings of a register."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from attrs import field, frozen

from carbon_ledger.metering.guess.numerals import is_number
from carbon_ledger.periods.zones import DAY_S

_PLAIN: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_FAR_ABOVE: Final = 10  # how many of its usual differences a standing is above

Point = tuple[int, Decimal]


@frozen(kw_only=True)
class Course:
    """What the values of a column look like, in time order, for each meter and channel by itself.

    Args:
        is_open: Whether values may be standings: they never fall, or at midnight, or seldom and from far above.
        is_zero: Whether all values are 0.
        never_falls: Whether no value is less than the one before it.
        suggested: ``register`` or ``register-reset-daily`` where the values look like it; otherwise empty.
        shown: The first values, for a message.
        digits: How many digits the largest value has before its decimal mark.
    """

    is_open: bool
    is_zero: bool
    never_falls: bool
    suggested: str
    shown: str = field(default="")
    digits: int = 1


def course_of(
    walls: Sequence[int | None], cells: Sequence[str], keys: Sequence[str], numbers: Mapping[str, Any], is_named: bool
) -> Course:
    """The course of a column.

    Args:
        walls: The time of each row, or None.
        cells: Its cells.
        keys: What each row belongs to: its meter and its channel.
        numbers: The fields of the `NumberLayout`.
        is_named: Whether the header names a register.
    """
    groups: defaultdict[str, dict[int, Decimal]] = defaultdict(dict)
    for wall, cell, key in zip(walls, cells, keys, strict=True):
        value = number_of(cell, numbers)
        if wall is not None and value is not None:
            groups[key].setdefault(wall, value)
    courses = [sorted(group.items()) for group in groups.values()]
    values = [value for course in courses for _, value in course]
    if not any(values):
        return Course(is_open=is_named, is_zero=True, never_falls=True, suggested="register" if is_named else "")
    found = [_suggestion(course, is_named) for course in courses if any(value for _, value in course)]
    suggested = max((word for word in found if word), key=len, default="")
    falls = any(after[1] < before[1] for course in courses for before, after in pairwise(course))
    return Course(
        is_open=None not in found or bool(suggested) or is_named,
        is_zero=False,
        never_falls=not falls,
        suggested=suggested,
        shown=", ".join(f"{value:f}" for value in values[:3]),
        digits=max(value.adjusted() for value in values if value) + 1,
    )


def _suggestion(course: Sequence[Point], is_named: bool) -> str | None:
    """What a course looks like; empty where it may be either; None where it is of energies."""
    rises = [after[1] - before[1] for before, after in pairwise(course)]
    falls = [rise for rise in rises if rise < 0]
    ups = sorted(rise for rise in rises if rise > 0)
    usual = ups[len(ups) // 2] if ups else Decimal(0)
    level = sorted(value for _, value in course)[len(course) // 2]
    is_far_above = bool(ups) and level > _FAR_ABOVE * usual
    if not falls:
        return "register" if is_far_above or is_named else ""
    if ups and _falls_at_midnight(course):
        return "register-reset-daily"
    if len(falls) * 20 <= len(rises) and is_far_above:
        return ""
    return "" if is_named else None


def _falls_at_midnight(course: Sequence[Point]) -> bool:
    """Whether values fall when a day begins, and never within a day."""
    within = [after[1] - before[1] for before, after in pairwise(course) if before[0] // DAY_S == after[0] // DAY_S]
    return len(within) >= 4 and min(within) >= 0


def number_of(cell: str, numbers: Mapping[str, Any]) -> Decimal | None:
    """The number in a cell, by the fields of a `NumberLayout`; None if it has none.

    Example:
        >>> number_of("1.234,5", {"decimal": ",", "thousands": "."})
        Decimal('1234.5')
    """
    text = cell.removeprefix('="').removesuffix('"').strip()
    if not is_number(text):
        return None
    if numbers.get("thousands"):
        text = text.replace(numbers["thousands"], "")
    text = text.replace(numbers.get("decimal", "."), ".")
    return Decimal(text) if _PLAIN.fullmatch(text) else None
