"""Time zones: local times, and the instants at which local days and years begin.

The rules of a zone are read from the files of the ``tzdata`` package. The files of the operating system are not used,
since they may be of another release.

An instant is an integer number of seconds since 1970-01-01T00:00:00Z without leap seconds (POSIX time).

A local day begins at the first instant whose local date is not before the day. The days of a zone therefore follow one
another without gap or overlap, even where midnight does not exist (Beirut in March), where midnight occurs twice
(Havana in November), and where a whole day was skipped (Apia, 2011-12-30).
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

from carbon_ledger.errors import PeriodError
from carbon_ledger.periods.zone_rules import ZoneRules
from carbon_ledger.printing import near, quote

Zone = str | ZoneRules  # a key stands for the installed rules of the zone

EARLIEST_UTC: Final = 0
LATEST_UTC: Final = 253_370_764_800  # 9999-01-01T00:00:00Z: a local day or year that follows is still in the calendar

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
DAY_S: Final = 86_400


def checked_instant(instant: int, name: str) -> int:
    """Return an instant after checking it.

    Args:
        instant: The instant. [s since 1970-01-01 UTC]
        name: The name of the argument, for the message.

    Returns:
        The same instant.

    Raises:
        PeriodError: *instant* is not an int, or is outside the years 1970 to 9998.

    Example:
        >>> checked_instant(1_714_521_600, "start")
        1714521600
    """
    if type(instant) is not int:
        raise PeriodError(
            f"{name}: {quote(instant)} is of type {type(instant).__name__}; expected a whole number of seconds "
            "since 1970; Period.of() takes dates, and times with their zone"
        )
    if not EARLIEST_UTC <= instant <= LATEST_UTC:
        raise PeriodError(f"{name}: {quote(instant)} s since 1970 is outside the years 1970 to 9998 (UTC)")
    return instant


def checked_year(year: int, *, last: int = 9998) -> int:
    """Return a year after checking it.

    Args:
        year: The calendar year.
        last: The last year that is accepted.

    Returns:
        The same year.

    Raises:
        PeriodError: *year* is not an int from 1970 to *last*.

    Example:
        >>> checked_year(2024)
        2024
    """
    if type(year) is not int or not 1970 <= year <= last:
        raise PeriodError(f"year {quote(year)}: expected a whole number from 1970 to {last}")
    return year


def zone_info(name: object) -> ZoneInfo:
    """Look up an IANA time zone by its key.

    Args:
        name: The key, e.g. ``Asia/Baku``, as the time zone database spells it.

    Raises:
        PeriodError: *name* is not a key of the database. ``localtime``, ``Factory`` and the ``right/`` zones are
            refused, since their meaning differs between machines.

    Example:
        >>> zone_info("Baku")
        Traceback (most recent call last):
            ...
        carbon_ledger.errors.PeriodError: zone 'Baku' is not an IANA time zone; did you mean Asia/Baku?
    """
    if not isinstance(name, str):
        raise PeriodError(f'zone {quote(name)} is of type {type(name).__name__}; expected a key such as "Asia/Baku"')
    return _zone(name)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    keys = _zone_keys()
    if name in keys:
        return ZoneInfo.from_file(BytesIO(zone_file(name)), key=name)
    raise PeriodError(f"zone {quote(name)} is not an IANA time zone; {_hint(name, keys)}")


def zone_file(name: str) -> bytes:
    """Read the file of a zone from the ``tzdata`` package.

    Args:
        name: A key of the database.
    """
    return files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def tzdata_release() -> str:
    """Return the installed release of the time zone database, e.g. ``2026f``."""
    return str(import_module("tzdata").IANA_VERSION)


@lru_cache(maxsize=1)
def _zone_keys() -> frozenset[str]:
    # the published list: a folder of the operating system also contains localtime, posix/ and right/ (leap seconds)
    text = files("tzdata").joinpath("zones").read_text(encoding="ascii")
    return frozenset(text.split()) - {"Factory"}


@lru_cache(maxsize=1024)
def installed_rules(name: str) -> ZoneRules:
    """Return the installed rules of a zone, in the form that a log records.

    Args:
        name: A key of the database.

    Raises:
        PeriodError: *name* is not a key of the database.

    Example:
        >>> installed_rules("Asia/Baku").closing
        '<+04>-4'
    """
    return ZoneRules.from_file(zone_info(name).key, zone_file(name), tzdata_release())


def key_of(zone: Zone) -> str:
    """Return the key of a zone.

    Args:
        zone: The zone's key, or its rules.
    """
    return zone.key if isinstance(zone, ZoneRules) else zone


def _clocks(zone: Zone) -> ZoneInfo:
    return zone.info if isinstance(zone, ZoneRules) else zone_info(zone)


def _hint(name: str, keys: frozenset[str]) -> str:
    place = name[:40].lower()
    named = sorted(key for key in keys if key.rpartition("/")[2].lower() == place)
    close = named or near(name[:40], sorted(keys), 3)
    return f"did you mean {' or '.join(close)}?" if close else 'expected a key such as "Asia/Baku" or "UTC"'


def local_instants(wall_s: int, zone: Zone) -> tuple[int, ...]:
    """Find every instant with a given local time in a zone.

    Args:
        wall_s: The local time, counted as if it were UTC. [s since 1970-01-01 00:00 local]
        zone: IANA zone, or its rules.

    Returns:
        One instant, no instant if the clocks skipped the local time, or two instants in time order if the clocks
        showed it twice. [s since 1970-01-01 UTC]

    Raises:
        PeriodError: *wall_s* is out of bounds, or *zone* is not a time zone.

    Example:
        >>> half_past_one = 1_792_891_800  # on 2026-10-25, when the clocks of London are set back
        >>> [instant - half_past_one for instant in local_instants(half_past_one, "Europe/London")]
        [-3600, 0]
    """
    before, after = _readings(checked_instant(wall_s, "local time"), _clocks(zone))
    if before > after:
        return ()
    return (before,) if before == after else (before, after)


def _readings(wall_s: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return the instants of a local time, by the offset before and by the offset after a change of the clocks."""
    wall = (EPOCH + wall_s * SECOND).replace(tzinfo=zone)
    return (wall - EPOCH) // SECOND, (wall.replace(fold=1) - EPOCH) // SECOND


def day_start_utc(day: date, zone: Zone) -> int:
    """Find the start of a local day: the first instant whose local date is not before the day.

    Args:
        day: The local date.
        zone: IANA zone, or its rules.

    Returns:
        The instant; negative before 1970. [s since 1970-01-01 UTC]

    Raises:
        PeriodError: *zone* is not a time zone.

    Example:
        >>> day_start_utc(date(2023, 8, 25), "Asia/Baku") - day_start_utc(date(2023, 8, 25), "UTC")
        -14400
    """
    return _day_start(day, _clocks(zone))


@lru_cache(maxsize=1024)
def _day_start(day: date, zone: ZoneInfo) -> int:
    before, after = _readings((day.toordinal() - EPOCH.toordinal()) * DAY_S, zone)
    if before <= after:
        return before
    # Midnight was skipped: the day begins at the only change of the clocks between the two instants.
    candidates = range(after, before)
    return after + bisect_left(
        candidates, True, key=lambda instant: (EPOCH + instant * SECOND).astimezone(zone).date() >= day
    )


def year_start_utc(year: int, zone: Zone) -> int:
    """Find the start of a local calendar year.

    Returns:
        The instant. [s since 1970-01-01 UTC]

    Raises:
        PeriodError: *year* is not an int from 1970 to 9999, or *zone* is not a time zone.

    Example:
        >>> (year_start_utc(1971, "UTC") - year_start_utc(1970, "UTC")) // 86400
        365
    """
    return day_start_utc(date(checked_year(year, last=9999), 1, 1), zone)


def local_time(instant_utc: int, zone: Zone) -> datetime:
    """Convert an instant to the local time of a zone.

    Args:
        instant_utc: The instant. [s since 1970-01-01 UTC]
        zone: IANA zone, or its rules.

    Returns:
        The aware local time.

    Raises:
        PeriodError: *instant_utc* is out of bounds, or *zone* is not a time zone.

    Example:
        >>> local_time(1_714_521_600, "Asia/Baku").isoformat()
        '2024-05-01T04:00:00+04:00'
    """
    return (EPOCH + checked_instant(instant_utc, "instant") * SECOND).astimezone(_clocks(zone))


def vintage_of(instant_utc: int, zone: Zone) -> int:
    """Return the vintage of an instant: its local calendar year in the project's zone.

    Args:
        instant_utc: The instant. [s since 1970-01-01 UTC]
        zone: IANA zone of the project, or its rules.

    Raises:
        PeriodError: *instant_utc* is out of bounds, or *zone* is not a time zone.

    Source:
        ledger-model section 4.

    Example:
        >>> vintage_of(year_start_utc(2024, "Asia/Baku") - 1, "Asia/Baku")
        2023
    """
    return local_time(instant_utc, zone).year
