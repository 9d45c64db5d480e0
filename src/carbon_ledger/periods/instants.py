"""Times at the door: an aware `datetime`, an ISO 8601 string with its zone, or a date of a named zone.

A time without a zone is refused, and so is one that the library would have to bend: a local time that
the clocks skipped, a leap second, a part of a second.
"""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from carbon_ledger.errors import NaiveTimeError, PeriodError
from carbon_ledger.periods.zones import DAY_S, EPOCH, SECOND, checked_instant, day_start_utc
from carbon_ledger.printing import quote

_FIRST_YEAR: Final = 1800  # of a date alone: hydropower plants of the 1890s still run
_MOST_OFFSET_S: Final = 14 * 3600

_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME: Final = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<zone_hour>[0-9]{2}):(?P<zone_minute>[0-9]{2}))?"
)
_ENTRY_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def instant_utc(value: object, name: str, *, zone: str | None = None) -> int:
    """Take a time at the door.

    Args:
        value: An aware `datetime`, an ISO 8601 string with its zone, or a `date` (or ``YYYY-MM-DD``): the
            start of that local day of *zone*.
        name: What the time is, for the message.
        zone: IANA zone of a date; a time names its own.

    Returns:
        The instant. [s since 1970-01-01 UTC]

    Raises:
        NaiveTimeError: A time without a zone, or a date and no *zone*.
        PeriodError: No time, not on a whole second, outside 1970 to 9998, or a local time that the clocks
            skipped.

    Example:
        >>> instant_utc("2024-05-01T00:00+04:00", "at"), instant_utc("2024-05-01", "at", zone="Asia/Baku")
        (1714507200, 1714507200)
    """
    if isinstance(value, datetime):
        return _instant_of_datetime(value, name)
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        if zone is None:
            raise NaiveTimeError(
                f"{name}: {value!s} is a date, which begins at another instant in every zone; pass one, e.g. "
                'zone="Asia/Baku"'
            )
        return checked_instant(day_start_utc(checked_date(value, name), zone), name)
    if isinstance(value, str):
        return _instant_of_text(value, name)
    raise PeriodError(
        f"{name}: {quote(value)} is a {type(value).__name__}; expected an aware datetime, a date, or an ISO "
        '8601 string with its zone such as "2024-05-01T00:00Z"'
    )


def _instant_of_datetime(value: datetime, name: str) -> int:
    if value.utcoffset() is None:
        raise NaiveTimeError(
            f"{name}: {value.isoformat()} is a datetime without a zone, which names two instants in the hour "
            'that autumn repeats; attach one, e.g. tzinfo=ZoneInfo("Asia/Baku")'
        )
    instant, rest = divmod(value - EPOCH, SECOND)
    # pandas keeps nanoseconds beside the datetime that it extends
    finer: object = getattr(value, "nanosecond", 0)
    if rest or finer:
        raise PeriodError(f"{name}: {value.isoformat()} is not on a whole second, and no finer time is kept")
    checked_instant(instant, name)
    there = (EPOCH + instant * SECOND).astimezone(value.tzinfo)
    if there.replace(tzinfo=None, fold=0) != value.replace(tzinfo=None, fold=0):
        raise PeriodError(
            f"{name}: {value.isoformat()} is no local time of {value.tzinfo}: the clocks went forward over "
            "it, or the zone was not attached as its library asks (pytz: localize)"
        )
    return instant


def _instant_of_text(text: str, name: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise PeriodError(
            f'{name}: {quote(text)} is no ISO 8601 time; write it like "2024-05-01T00:00Z" or '
            '"2024-05-01T00:00:00+04:00"'
        )
    if match["zone"] is None:
        raise NaiveTimeError(
            f'{name}: {quote(text)} names no zone; end it with "Z" or its offset from UTC, e.g. "{text}+04:00"'
        )
    day = checked_date(match["date"], name)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if second == 60:
        raise PeriodError(f"{name}: {quote(text)} is a leap second, which is not counted; give the next one")
    if hour > 23 or minute > 59 or second > 59:
        raise PeriodError(f"{name}: {quote(text)} is no time of day; a day ends at 00:00 of the next one")
    if (match["fraction"] or "").strip("0"):
        raise PeriodError(f"{name}: {quote(text)} is not on a whole second, and no finer time is kept")
    local_s = (day.toordinal() - EPOCH.toordinal()) * DAY_S + hour * 3600 + minute * 60 + second
    return checked_instant(local_s - _offset_s(match, name), name)


def _offset_s(match: re.Match[str], name: str) -> int:
    if match["sign"] is None:
        return 0
    hours, minutes = int(match["zone_hour"]), int(match["zone_minute"])
    offset_s = (hours * 60 + minutes) * 60
    if minutes > 59 or offset_s > _MOST_OFFSET_S:
        raise PeriodError(f"{name}: {quote(match[0])} is further from UTC than any place is (14 hours)")
    return -offset_s if match["sign"] == "-" else offset_s


def instant_text(epoch_s: int) -> str:
    """Write an instant as entries do.

    Args:
        epoch_s: The instant. [s since 1970-01-01 UTC]

    Raises:
        PeriodError: It is no whole number, or outside 1970 to 9998.

    Example:
        >>> instant_text(1_714_521_600)
        '2024-05-01T00:00:00Z'
    """
    return _text(checked_instant(epoch_s, "instant"))


# The same few instants are read and written again and again: the edges of periods, the time of the newest entry.
@lru_cache(maxsize=128)
def _text(epoch_s: int) -> str:
    return (EPOCH + epoch_s * SECOND).isoformat().removesuffix("+00:00") + "Z"


def instant_of(text: object) -> int:
    """Read an instant as `instant_text` wrote it, and in no other spelling.

    Returns:
        The instant. [s since 1970-01-01 UTC]

    Raises:
        PeriodError: *text* is anything else.

    Example:
        >>> instant_of("2024-05-01T00:00:00Z")
        1714521600
    """
    if not isinstance(text, str):
        raise PeriodError(f'{quote(text)} is no recorded instant; expected "2024-05-01T00:00:00Z"')
    return _recorded(text)


@lru_cache(maxsize=128)
def _recorded(text: str) -> int:
    if not _ENTRY_TIME.fullmatch(text):
        raise PeriodError(f'{quote(text)} is no recorded instant; expected "2024-05-01T00:00:00Z"')
    return _instant_of_text(text, "instant")


def checked_date(value: object, name: str) -> date:
    """Take a date at the door.

    Args:
        value: A `date` that is no `datetime`, or ``YYYY-MM-DD``; from 1800, since old plants still run.
        name: What the date is, for the message.

    Raises:
        PeriodError: *value* is anything else, or no day of the calendar.

    Example:
        >>> checked_date("2023-08-25", "commissioned").isoformat()
        '2023-08-25'
    """
    if isinstance(value, datetime):
        raise PeriodError(f"{name}: {value.isoformat()} is a time; give the date alone, e.g. {value.date()}")
    if isinstance(value, date):
        day = date(value.year, value.month, value.day)
    else:
        match = _DATE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise PeriodError(f'{name}: {quote(value)} is no date; write it like "2024-05-01" (YYYY-MM-DD)')
        try:
            day = date(*map(int, match.groups()))
        except ValueError:
            raise PeriodError(f"{name}: {quote(value)} is no day of the calendar") from None
    if day.year < _FIRST_YEAR:
        raise PeriodError(f"{name}: {day} lies before the year {_FIRST_YEAR}")
    return day
