"""Time zones: what the clocks of a place showed, and when its local days and years begin.

The rules of a zone are read from the files of the ``tzdata`` package, never from the machine's own, which may be of
another release.

Inside, an instant is a whole number of seconds since 1970-01-01T00:00:00Z, leap seconds not counted
(POSIX time).

A local day begins at the first instant whose local date is not before it. So the days of a zone always
follow one another without gap or overlap, where midnight does not exist (Beirut in March), where it
comes twice (Havana in November), and where a whole day was left out (Apia, 2011-12-30).
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

Zone = str | ZoneRules  # a zone's key means the rules that are installed

EARLIEST_UTC: Final = 0
LATEST_UTC: Final = 253_370_764_800  # 9999-01-01T00:00:00Z: no local day or year after it leaves the calendar

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
DAY_S: Final = 86_400


def checked_instant(instant: int, name: str) -> int:
    """Refuse what is no instant of this library.

    Args:
        instant: The instant. [s since 1970-01-01 UTC]
        name: What it is, for the message.

    Returns:
        The same instant.

    Raises:
        PeriodError: *instant* is no int, or lies outside the years 1970 to 9998.

    Example:
        >>> checked_instant(1_714_521_600, "start")
        1714521600
    """
    if type(instant) is not int:
        raise PeriodError(
            f"{name}: {quote(instant)} is a {type(instant).__name__}, a whole number of seconds was expected"
        )
    if not EARLIEST_UTC <= instant <= LATEST_UTC:
        raise PeriodError(f"{name}: {quote(instant)} s since 1970 lies outside the years 1970 to 9998 (UTC)")
    return instant


def checked_year(year: int, *, last: int = 9998) -> int:
    """Refuse what is no year of this library.

    Args:
        year: The calendar year.
        last: The last one accepted.

    Returns:
        The same year.

    Raises:
        PeriodError: *year* is no int from 1970 to *last*.

    Example:
        >>> checked_year(2024)
        2024
    """
    if type(year) is not int or not 1970 <= year <= last:
        raise PeriodError(f"year {quote(year)}: expected a whole number from 1970 to {last}")
    return year


def zone_info(name: object) -> ZoneInfo:
    """Take an IANA time zone at the door.

    Args:
        name: Its key, e.g. ``Asia/Baku``, as the time zone database spells it.

    Raises:
        PeriodError: It is not a key of the database. ``localtime``, ``Factory`` and the ``right/`` zones,
            which mean something else on another machine, are none.

    Example:
        >>> zone_info("Baku")
        Traceback (most recent call last):
            ...
        carbon_ledger.errors.PeriodError: zone 'Baku' is no IANA time zone; did you mean Asia/Baku?
    """
    if not isinstance(name, str):
        raise PeriodError(f'zone {quote(name)} is a {type(name).__name__}; expected a key such as "Asia/Baku"')
    return _zone(name)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    keys = _zone_keys()
    if name in keys:
        return ZoneInfo.from_file(BytesIO(zone_file(name)), key=name)
    raise PeriodError(f"zone {quote(name)} is no IANA time zone; {_hint(name, keys)}")


def zone_file(name: str) -> bytes:
    """Read the file of a zone from the ``tzdata`` package.

    Args:
        name: A key of the database.
    """
    return files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def tzdata_release() -> str:
    """The release of the time zone database that is installed, e.g. ``2026f``."""
    return str(import_module("tzdata").IANA_VERSION)


@lru_cache(maxsize=1)
def _zone_keys() -> frozenset[str]:
    # the published list: a machine's own folder also holds localtime, posix/ and right/ (leap seconds)
    text = files("tzdata").joinpath("zones").read_text(encoding="ascii")
    return frozenset(text.split()) - {"Factory"}


@lru_cache(maxsize=1024)
def installed_rules(name: str) -> ZoneRules:
    """The rules of a zone that are installed, as a log pins them.

    Args:
        name: A key of the database.

    Raises:
        PeriodError: It is none.

    Example:
        >>> installed_rules("Asia/Baku").closing
        '<+04>-4'
    """
    return ZoneRules.from_file(zone_info(name).key, zone_file(name), tzdata_release())


def key_of(zone: Zone) -> str:
    """The key of a zone that is given by its key or by its rules.

    Args:
        zone: The zone.
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
    """Find every instant at which the clocks of a zone showed a local time.

    Args:
        wall_s: The local time, counted as if the clocks showed UTC. [s since 1970-01-01 00:00 local]
        zone: IANA zone, or its rules.

    Returns:
        One instant; none where the clocks went forward over it; two, in time order, where they went back.
        [s since 1970-01-01 UTC]

    Raises:
        PeriodError: *wall_s* is out of bounds, or *zone* is not one.

    Example:
        >>> half_past_one = 1_792_891_800  # the clocks of 2026-10-25, when London's go back
        >>> [instant - half_past_one for instant in local_instants(half_past_one, "Europe/London")]
        [-3600, 0]
    """
    before, after = _readings(checked_instant(wall_s, "local time"), _clocks(zone))
    if before > after:
        return ()
    return (before,) if before == after else (before, after)


def _readings(wall_s: int, zone: ZoneInfo) -> tuple[int, int]:
    """What a local time stands for by the offset before, and by the offset after, a change of the clocks."""
    wall = (EPOCH + wall_s * SECOND).replace(tzinfo=zone)
    return (wall - EPOCH) // SECOND, (wall.replace(fold=1) - EPOCH) // SECOND


def day_start_utc(day: date, zone: Zone) -> int:
    """Find the start of a local day: the first instant whose local date is not before it.

    Args:
        day: The local date.
        zone: IANA zone, or its rules.

    Returns:
        The instant; negative before 1970. [s since 1970-01-01 UTC]

    Raises:
        PeriodError: *zone* is not one.

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
    # midnight was skipped: between the two lies the one change of the clocks, and it begins the day
    candidates = range(after, before)
    return after + bisect_left(
        candidates, True, key=lambda instant: (EPOCH + instant * SECOND).astimezone(zone).date() >= day
    )


def year_start_utc(year: int, zone: Zone) -> int:
    """Find the start of a local calendar year.

    Returns:
        The instant. [s since 1970-01-01 UTC]

    Raises:
        PeriodError: *year* is not from 1970 to 9999, or *zone* is not one.

    Example:
        >>> (year_start_utc(1971, "UTC") - year_start_utc(1970, "UTC")) // 86400
        365
    """
    return day_start_utc(date(checked_year(year, last=9999), 1, 1), zone)


def local_time(instant_utc: int, zone: Zone) -> datetime:
    """Read the clocks of a zone.

    Args:
        instant_utc: The instant. [s since 1970-01-01 UTC]
        zone: IANA zone, or its rules.

    Returns:
        The aware local time.

    Raises:
        PeriodError: *instant_utc* is out of bounds, or *zone* is not one.

    Example:
        >>> local_time(1_714_521_600, "Asia/Baku").isoformat()
        '2024-05-01T04:00:00+04:00'
    """
    return (EPOCH + checked_instant(instant_utc, "instant") * SECOND).astimezone(_clocks(zone))


def vintage_of(instant_utc: int, zone: Zone) -> int:
    """Name the local calendar year of an instant.

    Args:
        instant_utc: The instant. [s since 1970-01-01 UTC]
        zone: IANA zone, the project's.

    Raises:
        PeriodError: *instant_utc* is out of bounds, or *zone* is not one.

    Source:
        ledger-model section 4.

    Example:
        >>> vintage_of(year_start_utc(2024, "Asia/Baku") - 1, "Asia/Baku")
        2023
    """
    return local_time(instant_utc, zone).year
