"""The days of production that a serial states, in the notation of its registry."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from attrs import frozen

from carbon_ledger.printing import quote
from carbon_ledger.records import Record

# Where the year, the month and the day are in a text; a month and a day that are not written are not stated.
NOTATIONS: Final[Mapping[str, tuple[slice, ...]]] = MappingProxyType(
    {
        "YYYY": (slice(0, 4),),
        "YYYYMM": (slice(0, 4), slice(4, 6)),
        "YYYYMMDD": (slice(0, 4), slice(4, 6), slice(6, 8)),
        "DDMMYYYY": (slice(4, 8), slice(2, 4), slice(0, 2)),
        "MMDDYYYY": (slice(4, 8), slice(0, 2), slice(2, 4)),
    }
)


@frozen(repr=False)
class Production(Record):
    """The days of production that a serial states.

    Args:
        start: The first day, or None if the serial states only in which year, month or day production ended.
        end: The last day on which production can have ended, or None if the serial states no end.
        ends_from: The first day on which production can have ended, or None if the serial states a start.
    """

    start: date | None = None
    end: date | None = None
    ends_from: date | None = None

    @property
    def vintage(self) -> int | None:
        """The one calendar year in which production was or ended, or None if the days do not say it."""
        first = self.start or self.ends_from
        return first.year if first and self.end and first.year == self.end.year else None


def production_between(start: str, end: str, notation: str) -> Production | str:
    """The days of production between two texts.

    Args:
        start: The first day, month or year; empty if it is not stated.
        end: The last one, included; empty if it is not stated.
        notation: How both are written, of `NOTATIONS`.

    Returns:
        The days; or what was given and what was expected.

    Example:
        >>> production_between("01072013", "30062014", "DDMMYYYY").end
        datetime.date(2014, 6, 30)
    """
    spans = [_span(text, notation) if text else (None, None) for text in (start, end)]
    for text, span in zip((start, end), spans, strict=True):
        if span is None:
            return f"production is {quote(text, 60)}, expected a date {notation}"
    (first, _), (ends_from, last) = (span or (None, None) for span in spans)
    if first and last and last < first:
        return f"production from {quote(start, 60)} to {quote(end, 60)} is reversed, expected the earlier date first"
    return Production(first, last, None if first else ends_from)


def _span(text: str, notation: str) -> tuple[date, date] | None:
    """The first and the last day of a year, a month or a day."""
    if len(text) != len(notation) or not (text.isascii() and text.isdigit()):
        return None
    year, *rest = (int(text[place]) for place in NOTATIONS[notation])
    try:
        first = date(year, *rest, *(1, 1)[len(rest) :])
        month = rest[0] if rest else 12
        return first, date(year, month, rest[1] if len(rest) > 1 else monthrange(year, month)[1])
    except ValueError:
        return None
