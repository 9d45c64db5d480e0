"""Zones and the starts of their local days, also where clocks are set forward or back over midnight."""

import io
import os
import re
import struct
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import carbon_ledger
from carbon_ledger.errors import PeriodError
from carbon_ledger.periods.zones import (
    EPOCH,
    LATEST_UTC,
    SECOND,
    _day_start,
    _zone_keys,
    checked_instant,
    checked_year,
    day_start_utc,
    local_instants,
    local_time,
    vintage_of,
    year_start_utc,
    zone_file,
    zone_info,
)


def at(text: str) -> int:
    """An instant, read by the standard library alone."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // SECOND


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Asia/Baku", "2023-08-25", "2023-08-24T20:00", 24),
        ("Europe/London", "2026-03-29", "2026-03-29T00:00", 23),
        ("Europe/London", "2026-10-25", "2026-10-24T23:00", 25),
        ("Asia/Beirut", "2022-03-27", "2022-03-26T22:00", 23),  # 00:00 does not exist
        ("Asia/Beirut", "2022-10-29", "2022-10-28T21:00", 25),  # 23:00 comes twice
        ("Asia/Beirut", "2022-10-30", "2022-10-29T22:00", 24),  # and 00:00 once
        ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00", 23),
        ("America/Havana", "2022-11-06", "2022-11-06T04:00", 25),  # 00:00 comes twice
        ("America/Havana", "2022-03-13", "2022-03-13T05:00", 23),
        ("America/St_Johns", "2010-11-07", "2010-11-07T02:30", 25),  # 00:00, then back to 23:01
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00", 24),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00", 0),  # left out
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00", 24),
        ("Africa/Bissau", "1975-01-01", "1975-01-01T01:00", 23),  # a new year that begins at 01:00
    ],
)
def test_a_local_day_begins_at_its_first_instant(zone: str, day: str, start: str, hours: int) -> None:
    first = date.fromisoformat(day)
    assert day_start_utc(first, zone) == at(start)
    assert day_start_utc(first + timedelta(days=1), zone) - at(start) == hours * 3600


def test_a_half_hour_change_makes_days_of_23_and_a_half_and_24_and_a_half_hours() -> None:
    starts = [day_start_utc(date(2023, 4, 1) + timedelta(days=k), "Australia/Lord_Howe") for k in range(3)]
    assert [b - a for a, b in pairwise(starts)] == [86_400, 88_200]


def test_the_day_begins_with_the_change_where_it_skips_midnight_from_before() -> None:
    """No real zone of today does this; its clocks go from 23:30 on Sunday to 00:30 on Monday."""
    body = struct.pack(">lBB", 0, 0, 0) + b"AAA\0"
    head = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    rule = b"\nAAA0BBB,M3.5.0/23:30,M10.5.0/3:00\n"
    zone = ZoneInfo.from_file(io.BytesIO(head + body + head + body + rule), key="Test/Skip")
    monday = date(2026, 3, 30)
    change = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)
    assert change.astimezone(zone).isoformat() == "2026-03-30T00:30:00+01:00"
    assert _day_start(monday, zone) == at("2026-03-29T23:30")
    assert _day_start(monday + timedelta(days=1), zone) == at("2026-03-30T23:00")


def test_a_date_before_1970_has_a_start() -> None:
    assert day_start_utc(date(1954, 2, 25), "UTC") == at("1954-02-25T00:00") < 0


@pytest.mark.parametrize(
    ("zone", "clocks", "instants"),
    [
        ("Europe/London", "2026-10-25T00:59:59", ["2026-10-24T23:59:59"]),
        ("Europe/London", "2026-10-25T01:00:00", ["2026-10-25T00:00:00", "2026-10-25T01:00:00"]),
        ("Europe/London", "2026-10-25T02:00:00", ["2026-10-25T02:00:00"]),
        ("Europe/London", "2026-03-29T00:59:59", ["2026-03-29T00:59:59"]),
        ("Europe/London", "2026-03-29T01:00:00", []),
        ("Europe/London", "2026-03-29T01:59:59", []),
        ("Europe/London", "2026-03-29T02:00:00", ["2026-03-29T01:00:00"]),
    ],
)
def test_a_local_time_is_zero_one_or_two_instants(zone: str, clocks: str, instants: list[str]) -> None:
    assert local_instants(at(clocks), zone) == tuple(at(text) for text in instants)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Baku", "did you mean Asia/Baku"),
        ("asia/baku", "did you mean Asia/Baku"),
        ("Europe/Londn", "did you mean Europe/London"),
        ("../etc/passwd", "is not an IANA time zone"),
        ("/usr/share/zoneinfo/Europe/London", "is not an IANA time zone"),
        ("Europe/../Europe/London", "is not an IANA time zone"),
        ("right/Europe/London", "is not an IANA time zone"),
        ("posix/Europe/London", "is not an IANA time zone"),
        ("localtime", "is not an IANA time zone"),
        ("Factory", "is not an IANA time zone"),
        ("Europe", "is not an IANA time zone"),
        ("AZT", "is not an IANA time zone"),
        ("+04:00", "is not an IANA time zone"),
        ("", "expected a key such as"),
        ("Europe/London\n", "did you mean Europe/London"),
        ("Europe/London\0", "did you mean Europe/London"),
        ("x" * 10_000, "is not an IANA time zone"),
        (None, "is of type NoneType"),
        (["Europe/London"], "is of type list"),
        (ZoneInfo("Europe/London"), "is of type ZoneInfo"),
    ],
)
def test_an_unknown_zone_is_refused_by_name(name: object, says: str) -> None:
    with pytest.raises(PeriodError, match=says) as caught:
        zone_info(name)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", ["Asia/Baku", "UTC", "Etc/GMT-4", "EST5EDT", "America/Indiana/Knox"])
def test_a_key_of_the_database_is_a_zone(name: str) -> None:
    assert zone_info(name).key == name


def test_in_every_zone_a_year_begins_with_its_first_second() -> None:
    """`vintage_of` reads the clocks, `year_start_utc` the calendar: no zone since 1971 parts the two."""
    for zone in sorted(_zone_keys()):
        for year in range(1971, 2038):
            start = year_start_utc(year, zone)
            assert (vintage_of(start - 1, zone), vintage_of(start, zone)) == (year - 1, year), (zone, year)


def test_the_clocks_of_a_zone() -> None:
    assert local_time(at("2023-12-31T20:00"), "Asia/Baku").isoformat() == "2024-01-01T00:00:00+04:00"
    assert vintage_of(at("2023-12-31T19:59:59"), "Asia/Baku") == 2023
    assert vintage_of(at("2023-12-31T20:00:00"), "Asia/Baku") == 2024


@pytest.mark.parametrize("instant", [-1, LATEST_UTC + 1, 10**30])
def test_an_instant_outside_the_calendar_is_refused(instant: int) -> None:
    with pytest.raises(PeriodError, match="outside the years 1970 to 9998"):
        checked_instant(instant, "start")
    with pytest.raises(PeriodError, match="outside"):
        vintage_of(instant, "UTC")


@pytest.mark.parametrize("instant", [True, "0", None])
def test_an_instant_that_is_not_an_int_is_refused(instant: int) -> None:
    with pytest.raises(
        PeriodError,
        match=r"whole number of seconds since 1970; Period\.of\(\) takes dates, and times",
    ):
        checked_instant(instant, "start")


def test_the_edges_of_the_calendar_are_instants_in_every_zone() -> None:
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        assert vintage_of(0, zone) in (1969, 1970)
        assert vintage_of(LATEST_UTC, zone) in (9998, 9999)
    assert at("9998-12-31T23:59:59") + 1 == LATEST_UTC


@pytest.mark.parametrize("year", [1969, 9999, True, "2024", None])
def test_an_invalid_year_is_refused(year: int) -> None:
    with pytest.raises(PeriodError, match=r"year .*: expected a whole number from 1970 to 9998"):
        checked_year(year)


def test_a_year_start_is_known_for_one_year_more_than_a_year() -> None:
    assert year_start_utc(9999, "UTC") == LATEST_UTC
    with pytest.raises(PeriodError, match="10000"):
        year_start_utc(10_000, "UTC")


@pytest.mark.outside
def test_zone_files_of_the_operating_system_are_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ZoneInfo(key)` reads the machine's files first; here they say that Baku has the clocks of London."""
    (tmp_path / "Asia").mkdir()
    (tmp_path / "Asia" / "Baku").write_bytes(zone_file("Europe/London"))
    program = "from carbon_ledger.periods.zones import vintage_of, zone_info; print(zone_info('Asia/Baku').key, "
    program += "vintage_of(1_704_052_799, 'Asia/Baku'), vintage_of(1_704_052_800, 'Asia/Baku'))"
    machine = {**os.environ, "PYTHONTZPATH": str(tmp_path), "TZ": "Asia/Tokyo"}
    done = subprocess.run([sys.executable, "-c", program], env=machine, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Asia/Baku", "2023", "2024"]


def test_no_module_uses_the_local_time_or_zone_files_of_the_operating_system() -> None:
    """`ZoneInfo(...)`, `astimezone()` and the like depend on the machine; `zones` reads the package's files."""
    source = Path(carbon_ledger.__file__).parent
    asks = re.compile(r"(?<!tzinfo=)ZoneInfo\(|astimezone\(\)|localtime\(|date\.today|datetime\.now\(\)|tzlocal|TZPATH")
    found = {
        (path.name, line.strip())
        for path in source.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if asks.search(line)
    }
    assert found == set()
