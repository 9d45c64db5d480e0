"""Cells that are times: how one is written, and what it says, in each order of day and month."""

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from attrs import frozen

from carbon_ledger.periods.zones import DAY_S

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_FIRST_EPOCH: Final = 946_684_800  # 2000-01-01
_LAST_EPOCH: Final = 4_102_444_800  # 2100-01-01

# Groups: y the year, a and b two numbers of which one is the day, m the month, n its name, d the day.
_DAYS: Final = (
    (r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})", "%Y-%m-%d"),
    (r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})", "%Y/%m/%d"),
    (r"(?P<y>\d{4})\.(?P<m>\d{1,2})\.(?P<d>\d{1,2})", "%Y.%m.%d"),
    (r"(?P<y>(?:19|20)\d{2})(?P<m>[01]\d)(?P<d>[0-3]\d)", "%Y%m%d"),
    (r"(?P<a>\d{1,2})\.(?P<b>\d{1,2})\.(?P<y>\d{4})", "%1.%2.%Y"),
    (r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4})", "%1/%2/%Y"),
    (r"(?P<a>\d{1,2})-(?P<b>\d{1,2})-(?P<y>\d{4})", "%1-%2-%Y"),
    (r"(?P<a>\d{1,2})\.(?P<b>\d{1,2})\.(?P<y>\d{2})", "%1.%2.%y"),
    (r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{2})", "%1/%2/%y"),
    (r"(?P<a>\d{1,2})-(?P<b>\d{1,2})-(?P<y>\d{2})", "%1-%2-%y"),
    (r"(?P<d>\d{1,2})-(?P<n>[A-Za-z]{3})-(?P<y>\d{4})", "%d-%b-%Y"),
    (r"(?P<d>\d{1,2})-(?P<n>[A-Za-z]{3})-(?P<y>\d{2})", "%d-%b-%y"),
    (r"(?P<d>\d{1,2}) (?P<n>[A-Za-z]{3}) (?P<y>\d{4})", "%d %b %Y"),
)
_MONTHS_ALONE: Final = (
    (r"(?P<y>\d{4})-(?P<m>\d{2})", "%Y-%m"),
    (r"(?P<m>\d{2})/(?P<y>\d{4})", "%m/%Y"),
    (r"(?P<m>\d{2})\.(?P<y>\d{4})", "%m.%Y"),
    (r"(?P<n>[A-Za-z]{3}) (?P<y>\d{4})", "%b %Y"),
)
_CLOCKS: Final = (
    (r"(?P<H>\d{1,2}):(?P<M>\d{2})", "%H:%M"),
    (r"(?P<H>\d{1,2}):(?P<M>\d{2}):(?P<S>\d{2})", "%H:%M:%S"),
    (r"(?P<H>\d{1,2}):(?P<M>\d{2}):(?P<S>\d{2})\.0+", "%H:%M:%S.%f"),
    (r"(?P<H>\d{1,2}):(?P<M>\d{2}) ?(?P<p>[AaPp][Mm])", "%I:%M %p"),
    (r"(?P<H>\d{1,2}):(?P<M>\d{2}):(?P<S>\d{2}) (?P<p>[AaPp][Mm])", "%I:%M:%S %p"),
)
_OFFSET: Final = r"(?P<z> ?(?:Z|[+-]\d{2}:?\d{2}))?"


def _compiled() -> tuple[tuple["re.Pattern[str]", str], ...]:
    found = [(day, day_format) for day, day_format in (*_DAYS, *_MONTHS_ALONE)]
    for day, day_format in _DAYS:
        for clock, clock_format in _CLOCKS:
            for mark in ("T", " "):
                found.append((f"{day}{mark}{clock}{_OFFSET}", f"{day_format}{mark}{clock_format}"))
    found += [(clock, clock_format) for clock, clock_format in _CLOCKS]
    found.append((r"(?P<y>20\d{2})(?P<m>[01]\d)(?P<d>[0-3]\d)(?P<H>[0-2]\d)(?P<M>[0-5]\d)", "%Y%m%d%H%M"))
    return tuple((re.compile(pattern, re.ASCII), text) for pattern, text in found)


_PATTERNS: Final = _compiled()


@frozen
class Stamp:
    """What a cell says of a time.

    Args:
        format: How it is written, as for `datetime.strptime`; ``%1`` and ``%2`` stand for the two numbers of which one
            is the day and the other one the month; or ``epoch s`` or ``epoch ms``.
        year: The year, or None where the cell has a time of day alone.
        numbers: Month and day; or the two numbers of which one is the month. The day is 1 where only a month is named.
        clock_s: The time of day, or None where the cell has a day alone. [s]
        offset_s: The offset of the time, or None. [s]
        epoch_s: The instant, where the cell is a count since 1970-01-01. [s]
    """

    format: str
    year: int | None
    numbers: tuple[int, int]
    clock_s: int | None
    offset_s: int | None = None
    epoch_s: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the order of day and month has to be known."""
        return "%1" in self.format

    def day_text(self, *, day_first: bool) -> str:
        """The day in words, in one order of day and month."""
        if self.wall_s(day_first) is None:
            return "no day"
        first, second = self.numbers
        day, month = (first, second) if day_first else (second, first)
        return f"{day} {MONTHS[month - 1].title()} {self.year}"

    def wall_s(self, day_first: bool) -> int | None:
        """The local time as if it were UTC, or the instant where there is an offset; None if it is invalid. [s]

        Args:
            day_first: Whether the first of two numbers is the day.
        """
        if self.epoch_s is not None:
            return self.epoch_s
        if self.year is None:
            return self.clock_s
        first, second = self.numbers
        month, day = (second, first) if self.is_open and day_first else (first, second)
        try:
            days = date(self.year, month, day).toordinal() - _EPOCH_DAY
        except ValueError:
            return None
        return days * DAY_S + (self.clock_s or 0) - (self.offset_s or 0)


@lru_cache(maxsize=1 << 16)
def stamp_of(cell: str) -> Stamp | None:
    """What a cell says of a time; None if it is no time in one of the ways that are known.

    Example:
        >>> stamp_of("24.05.2024 24:00").wall_s(day_first=True) == stamp_of("2024-05-25").wall_s(day_first=True)
        True
    """
    text = cell.strip()
    if not text or len(text) > 40 or not text.isascii():
        return None
    for pattern, text_format in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None:
            return _stamp(match.groupdict(), text_format, text)
    for digits, unit, name in ((10, 1, "epoch s"), (13, 1_000, "epoch ms")):
        if len(text) == digits and text.isdigit() and _FIRST_EPOCH <= int(text) // unit < _LAST_EPOCH:
            return Stamp(name, None, (0, 0), None, None, int(text) // unit)
    return None


def _stamp(groups: dict[str, str | None], text_format: str, text: str) -> Stamp | None:
    clock_s = _clock_s(groups)
    if clock_s is not None and not 0 <= clock_s <= DAY_S:
        return None
    if groups.get("y") is None:
        return Stamp(text_format, None, (0, 0), clock_s)
    year = int(str(groups["y"]))
    if len(str(groups["y"])) == 2:
        year += 1900 if year >= 69 else 2000
    name = (groups.get("n") or "").lower()
    if name and name not in MONTHS:
        return None
    if groups.get("a"):
        numbers = (int(str(groups["a"])), int(str(groups["b"])))
    else:
        month = MONTHS.index(name) + 1 if name else int(str(groups["m"]))
        numbers = (month, int(groups.get("d") or 1))
    offset_s = _offset_s((groups.get("z") or "").strip())
    if offset_s is not None:
        text_format += " %z" if " " in text.removesuffix(str(groups["z"]).strip())[-1:] else "%z"
    stamp = Stamp(text_format, year, numbers, clock_s, offset_s)
    return stamp if stamp.wall_s(True) is not None or stamp.wall_s(False) is not None else None


def _clock_s(groups: dict[str, str | None]) -> int | None:
    if groups.get("H") is None:
        return None
    hour, minute, second = (int(groups.get(name) or 0) for name in "HMS")
    half = (groups.get("p") or "").lower()
    if minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
        return -1
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * 3600 + minute * 60 + second


def _offset_s(text: str) -> int | None:
    if not text:
        return None
    if text == "Z":
        return 0
    digits = text[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if text[0] == "-" else seconds


def names_day(cell: str) -> bool:
    """Whether a cell is a time that names its day, or a count since 1970-01-01."""
    stamp = stamp_of(cell)
    return stamp is not None and (stamp.year is not None or stamp.epoch_s is not None)


def stamps_in(cells: Sequence[str]) -> list[Stamp | None] | None:
    """The times of a column, of which all are written in the same way; None if another cell is in the column.

    Args:
        cells: The cells of the column. Blank ones are allowed, as long as most are not blank.
    """
    first = next(filter(None, cells), "")
    if stamp_of(first) is None:
        return None
    found = [stamp_of(cell) for cell in cells]
    filled = sum(bool(cell) for cell in cells)
    known = [stamp for stamp in found if stamp is not None]
    if not known or len(known) != filled or filled * 10 < len(cells) * 9 or len({stamp.format for stamp in known}) != 1:
        return None
    return found


def is_constant(stamps: Sequence[Stamp | None]) -> bool:
    """Whether several rows have the same count since 1970-01-01, which then is the number of a meter and no time."""
    counts = [stamp.epoch_s for stamp in stamps if stamp is not None]
    return len(counts) > 1 and counts[0] is not None and len({*counts}) == 1
