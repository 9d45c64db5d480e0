"""Instants and dates, read from arguments.

An argument is an aware `datetime`, an ISO 8601 string with its zone, or a date in a named zone. A time without a zone
is refused. So is a time that the library would have to change: a local time that the clocks skipped, a leap second, or
a fraction of a second.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final, overload

from carbon_ledger.errors import NaiveTimeError, PeriodError
from carbon_ledger.periods.zones import (
    DAY_S,
    EPOCH,
    SECOND,
    Zone,
    checked_instant,
    day_start_utc,
    local_instants,
    local_time,
)
from carbon_ledger.printing import quote

_FIRST_YEAR: Final = 1800  # the earliest year of a date: hydropower plants of the 1890s still run
_MOST_OFFSET_S: Final = 14 * 3600
_MOST_SKIPPED_H: Final = 48  # Apia and Enderbury skipped a day

_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME: Final = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<zone_hour>[0-9]{2}):(?P<zone_minute>[0-9]{2}))?"
)
_ENTRY_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def instant_utc(value: object, name: str, *, zone: str | None = None, takes_zone: bool = True) -> int:
    """Convert a time argument to an instant.

    Args:
        value: An aware `datetime`, an ISO 8601 string with its zone, or a `date` or ``YYYY-MM-DD``, which means the
            start of that local day in *zone*.
        name: The name of the argument, for the message.
        zone: IANA zone of a date. A time has its own zone.
        takes_zone: Whether the caller of the library can pass a zone, for the message.

    Returns:
        The instant. [s since 1970-01-01 UTC]

    Raises:
        NaiveTimeError: *value* is a time without a zone, or a date and *zone* is None.
        PeriodError: *value* is not a time, is not on a whole second, is outside the years 1970 to 9998, or is a local
            time that the clocks skipped.

    Example:
        >>> instant_utc("2024-05-01T00:00+04:00", "at"), instant_utc("2024-05-01", "at", zone="Asia/Baku")
        (1714507200, 1714507200)
    """
    if isinstance(value, datetime):
        return _instant_of_datetime(value, name)
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        if zone is None:
            raise NaiveTimeError(
                f"{name}: {value!s} is a date, which begins at a different instant in every zone; "
                + (
                    'pass the zone, e.g. zone="Asia/Baku"'
                    if takes_zone
                    else f'write a time with its offset, e.g. "{value!s}T00:00+04:00"'
                )
            )
        return checked_instant(day_start_utc(checked_date(value, name), zone), name)
    if isinstance(value, str):
        return _instant_of_text(value, name)
    raise PeriodError(
        f"{name}: {quote(value)} is of type {type(value).__name__}; expected an aware datetime, a date, or an ISO "
        '8601 string with its zone such as "2024-05-01T00:00Z"'
    )


def _instant_of_datetime(value: datetime, name: str) -> int:
    if value.utcoffset() is None:
        raise NaiveTimeError(
            f"{name}: {value.isoformat()} is a datetime without a zone, which is ambiguous where clocks are set "
            'back in autumn; attach the zone, e.g. tzinfo=ZoneInfo("Asia/Baku")'
        )
    instant, rest = divmod(value - EPOCH, SECOND)
    # pandas stores nanoseconds in a separate attribute of its datetime subclass
    finer: object = getattr(value, "nanosecond", 0)
    if rest or finer:
        raise PeriodError(
            f"{name}: {value.isoformat()} is not on a whole second; expected a time without fractions of a second"
        )
    checked_instant(instant, name)
    local = (EPOCH + instant * SECOND).astimezone(value.tzinfo)
    if local.replace(tzinfo=None, fold=0) != value.replace(tzinfo=None, fold=0):
        raise PeriodError(
            f"{name}: {value.isoformat()} is not a local time of {value.tzinfo}: the clocks skipped it, or the zone "
            "was attached incorrectly (with pytz, use localize)"
        )
    return instant


def _instant_of_text(text: str, name: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise PeriodError(
            f'{name}: {quote(text)} is not an ISO 8601 time; expected text like "2024-05-01T00:00Z" or '
            '"2024-05-01T00:00:00+04:00"'
        )
    if match["zone"] is None:
        raise NaiveTimeError(
            f'{name}: {quote(text)} has no zone; append "Z" or the offset from UTC, e.g. "{text}+04:00"'
        )
    day = checked_date(match["date"], name)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if second == 60:
        raise PeriodError(f"{name}: {quote(text)} is a leap second, which is not supported; use the next second")
    if hour > 23 or minute > 59 or second > 59:
        raise PeriodError(f"{name}: {quote(text)} is not a time of day; the end of a day is 00:00 of the next day")
    if (match["fraction"] or "").strip("0"):
        raise PeriodError(
            f"{name}: {quote(text)} is not on a whole second; expected a time without fractions of a second"
        )
    local_s = (day.toordinal() - EPOCH.toordinal()) * DAY_S + hour * 3600 + minute * 60 + second
    return checked_instant(local_s - _offset_s(match, name), name)


def _offset_s(match: re.Match[str], name: str) -> int:
    if match["sign"] is None:
        return 0
    hours, minutes = int(match["zone_hour"]), int(match["zone_minute"])
    offset_s = (hours * 60 + minutes) * 60
    if minutes > 59 or offset_s > _MOST_OFFSET_S:
        raise PeriodError(
            f"{name}: {quote(match[0])} has an offset of more than 14 hours from UTC; no place has such an offset"
        )
    return -offset_s if match["sign"] == "-" else offset_s


def instant_text(epoch_s: int) -> str:
    """Write an instant in the spelling of entries.

    Args:
        epoch_s: The instant. [s since 1970-01-01 UTC]

    Raises:
        PeriodError: *epoch_s* is not an int, or is outside the years 1970 to 9998.

    Example:
        >>> instant_text(1_714_521_600)
        '2024-05-01T00:00:00Z'
    """
    return _text(checked_instant(epoch_s, "instant"))


@overload
def time_of(epoch_s: int) -> datetime: ...
@overload
def time_of(epoch_s: None) -> None: ...
@overload
def time_of(epoch_s: int | None) -> datetime | None: ...
def time_of(epoch_s: int | None) -> datetime | None:
    """An instant as an aware datetime in UTC.

    Args:
        epoch_s: The instant, or None. [s since 1970-01-01 UTC]

    Example:
        >>> time_of(1_714_521_600)
        datetime.datetime(2024, 5, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return None if epoch_s is None else EPOCH + epoch_s * SECOND


# Cached, since a few instants are read and written very often: the edges of periods, and the time of the newest entry.
@lru_cache(maxsize=128)
def _text(epoch_s: int) -> str:
    return (EPOCH + epoch_s * SECOND).isoformat().removesuffix("+00:00") + "Z"


def instant_of(text: object) -> int:
    """Read an instant in the spelling of `instant_text`.

    Returns:
        The instant. [s since 1970-01-01 UTC]

    Raises:
        PeriodError: *text* is not such an instant.

    Example:
        >>> instant_of("2024-05-01T00:00:00Z")
        1714521600
    """
    if not isinstance(text, str):
        raise PeriodError(f'{quote(text)} is not a recorded instant; expected "2024-05-01T00:00:00Z"')
    return _recorded(text)


@lru_cache(maxsize=128)
def _recorded(text: str) -> int:
    if not _ENTRY_TIME.fullmatch(text):
        raise PeriodError(f'{quote(text)} is not a recorded instant; expected "2024-05-01T00:00:00Z"')
    return _instant_of_text(text, "instant")


def checked_date(value: object, name: str) -> date:
    """Return a date argument as a `date` after checking it.

    Args:
        value: A `date` that is not a `datetime`, or ``YYYY-MM-DD``; from 1800, since old plants still run.
        name: The name of the argument, for the message.

    Raises:
        PeriodError: *value* is not a date, is a day that does not exist, or is before 1800.

    Example:
        >>> checked_date("2023-08-25", "commissioned").isoformat()
        '2023-08-25'
    """
    if isinstance(value, datetime):
        raise PeriodError(f"{name}: {value.isoformat()} is a datetime; expected a date, e.g. {value.date()}")
    if isinstance(value, date):
        day = date(value.year, value.month, value.day)
    else:
        match = _DATE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise PeriodError(f'{name}: {quote(value)} is not a date; expected text like "2024-05-01" (YYYY-MM-DD)')
        try:
            day = date(*map(int, match.groups()))
        except ValueError:
            raise PeriodError(f"{name}: {quote(value)} is a day that does not exist in the calendar") from None
    if day.year < _FIRST_YEAR:
        raise PeriodError(f"{name}: {day} is before the year {_FIRST_YEAR}; expected a date from {_FIRST_YEAR} on")
    return day


def months_after(instant: int, months: int, zone: Zone) -> int:
    """The instant that is so many calendar months after another in a zone. [s since 1970-01-01 UTC]

    If the clocks skip that local time, it is the first whole hour later that they show.

    Args:
        instant: The instant to count from. [s since 1970-01-01 UTC]
        months: How many months later.
        zone: IANA zone, or the rules of that zone, in whose calendar the months are counted.

    Raises:
        PeriodError: The instant found is after the year 9999.

    Example:
        >>> instant_text(months_after(1_706_659_200, 1, "UTC"))  # 2024-01-31
        '2024-02-29T00:00:00Z'
    """
    from dateutil.relativedelta import relativedelta

    try:
        later = local_time(instant, zone).replace(tzinfo=UTC) + relativedelta(months=months)
    except (OverflowError, ValueError):
        raise PeriodError(f"{months} months after {instant_text(instant)}: after the year 9999") from None
    wall_s = (later - EPOCH) // SECOND
    return next(found[0] for k in range(_MOST_SKIPPED_H + 1) if (found := local_instants(wall_s + 3600 * k, zone)))
