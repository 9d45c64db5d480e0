"""Local days, months and years of every zone partition time; instants survive every spelling.

Invariant 4 (overlap under [start, end)) and 20 (vintages by calendar year) rest on these.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from carbon_ledger.errors import PeriodError
from carbon_ledger.periods import (
    Period,
    day_start_utc,
    instant_of,
    instant_text,
    instant_utc,
    local_instants,
    vintage_of,
    year_start_utc,
)
from carbon_ledger.periods.zones import _zone_keys

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = 86_400

# those whose clocks change at or across midnight, or left out a day, come up as often as all others together
AWKWARD = (
    "Africa/Cairo",
    "America/Havana",
    "America/St_Johns",
    "Antarctica/Casey",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Kwajalein",
)
zones = st.sampled_from(AWKWARD) | st.sampled_from(sorted(_zone_keys()))
years = st.integers(1973, 2037)
dates = st.dates(date(1973, 1, 1), date(2037, 12, 31))
instants = st.integers(0, 2_200_000_000)
any_instant = st.integers(0, 253_370_764_800)


@st.composite
def periods(draw: st.DrawFn, longest_s: int = 1200 * DAY) -> Period:
    start = draw(instants)
    return Period(start, start + draw(st.integers(1, longest_s)))


@lru_cache
def zone_of_the_package(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def clocks(instant: int, zone: str) -> datetime:
    """What the clocks showed, by the standard library alone; the machine's own zones may be of another release."""
    return (EPOCH + instant * SECOND).astimezone(zone_of_the_package(zone))


def partitions(parts: tuple[Period, ...], whole: Period) -> bool:
    return (
        parts[0].start_utc == whole.start_utc
        and parts[-1].end_utc == whole.end_utc
        and all(early.end_utc == late.start_utc for early, late in pairwise(parts))
    )


@settings(deadline=None, max_examples=60)
@given(zones, years)
def test_the_days_of_a_year_partition_it(zone: str, year: int) -> None:
    whole = Period.year(year, zone=zone)
    days = whole.days()
    assert partitions(days, whole)
    calendar = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    assert calendar - len(days) in (0, 1)  # a calendar may leave out a day
    assert len(days) == calendar or zone in ("Kwajalein", "US/Samoa") or zone.startswith("Pacific/")
    assert all(20 * 3600 <= day.seconds <= 28 * 3600 for day in days)
    assert sum(Period.month(year, month, zone=zone).seconds for month in range(1, 13)) == whole.seconds


@settings(deadline=None, max_examples=60)
@given(zones, dates)
def test_a_day_begins_where_a_slow_search_finds_it(zone: str, day: date) -> None:
    """Every change of clocks since 1973 falls on a whole minute, so that is how finely it looks."""
    midnight = (day.toordinal() - EPOCH.toordinal()) * DAY
    minutes = range(midnight - 26 * 3600, midnight + 26 * 3600, 60)
    assert day_start_utc(day, zone) == next(t for t in minutes if clocks(t, zone).date() >= day)


@settings(deadline=None)
@given(zones, dates)
def test_a_day_alone_is_that_day_of_its_month(zone: str, day: date) -> None:
    try:
        alone = Period.day(day, zone=zone)
    except PeriodError:
        assert day_start_utc(day, zone) == day_start_utc(day + timedelta(days=1), zone)
        return
    assert alone in Period.month(day.year, day.month, zone=zone).days()


@settings(deadline=None)
@given(periods(longest_s=40 * DAY), zones)
def test_the_days_of_any_period_partition_it(period: Period, zone: str) -> None:
    days = period.days(zone)
    assert partitions(days, period)
    for early, late in pairwise(days):
        assert day_start_utc(clocks(late.start_utc, zone).date(), zone) == late.start_utc
        assert early.seconds <= 28 * 3600


@settings(deadline=None)
@given(periods(), zones)
def test_vintages_partition_a_period_at_local_new_years(period: Period, zone: str) -> None:
    parts = period.split_by_year(zone)
    assert partitions(tuple(part for _, part in parts), period)
    assert [year for year, _ in parts] == list(range(parts[0][0], parts[-1][0] + 1))
    for year, part in parts:
        assert vintage_of(part.start_utc, zone) == vintage_of(part.end_utc - 1, zone) == year
    assert all(year_start_utc(year, zone) == part.start_utc for year, part in parts[1:])


@given(any_instant, zones)
@example(0, "WET")  # which became a link to Lisbon
def test_an_instant_is_among_those_of_its_clocks(instant: int, zone: str) -> None:
    shown = clocks(instant, zone)
    wall_s = (shown.replace(tzinfo=UTC) - EPOCH) // SECOND
    assume(0 <= wall_s <= 253_370_764_800)
    found = local_instants(wall_s, zone)
    assert instant in found
    assert list(found) == sorted(set(found))
    assert len({clocks(other, zone).replace(tzinfo=None, fold=0) for other in found}) == 1
    assert instant_utc(shown, "at") == instant


@given(st.integers(0, 2_200_000_000), zones)
def test_a_local_time_without_an_instant_was_skipped(wall_s: int, zone: str) -> None:
    wall = (EPOCH + wall_s * SECOND).replace(tzinfo=None)
    found = local_instants(wall_s, zone)
    assert all(clocks(instant, zone).replace(tzinfo=None, fold=0) == wall for instant in found)
    if not found:
        shown = {clocks(wall_s + k * 900, zone).replace(tzinfo=None, fold=0) for k in range(-104, 105)}
        assert wall not in shown


@given(any_instant)
def test_an_instant_survives_writing_and_reading(instant: int) -> None:
    text = instant_text(instant)
    assert instant_of(text) == instant_utc(text, "at") == instant
    assert (datetime.fromisoformat(text) - EPOCH) // SECOND == instant


@given(any_instant, st.integers(-14 * 60, 14 * 60))
def test_a_time_with_an_offset_is_what_the_standard_library_reads(instant: int, offset_min: int) -> None:
    local = (EPOCH + instant * SECOND).astimezone(timezone(timedelta(minutes=offset_min)))
    assume(local.year >= 1970)
    assert instant_utc(local.isoformat(), "at") == instant_utc(local, "at") == instant


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{2,12}[Z+0-9:-]{0,7}"))
def test_text_is_read_as_the_standard_library_does_or_refused(text: str) -> None:
    try:
        instant = instant_utc(text, "at")
    except PeriodError:
        return
    assert (datetime.fromisoformat(text) - EPOCH) // SECOND == instant


@given(any_instant, st.integers(1, 10**9), st.none() | zones)
def test_a_period_survives_its_record(start: int, length: int, zone: str | None) -> None:
    assume(start + length <= 253_370_764_800)
    period = Period(start, start + length, zone)
    again = Period.from_record(period.to_record())
    assert (again, again.zone) == (period, zone)


@given(st.data())
def test_periods_relate_as_the_sets_of_their_seconds(data: st.DataObject) -> None:
    edges = st.lists(st.integers(0, 9), min_size=2, max_size=2, unique=True).map(sorted)
    one, other = (Period(*data.draw(edges)) for _ in range(2))
    seconds, others = (set(range(period.start_utc, period.end_utc)) for period in (one, other))
    assert one.overlaps(other) == bool(seconds & others)
    assert one.contains(other) == (others <= seconds)
    shared = one.intersection(other)
    assert (set(range(shared.start_utc, shared.end_utc)) if shared else set()) == seconds & others


@settings(deadline=None)
@given(dates, st.integers(1, 30), zones)
def test_a_crediting_period_ends_on_the_same_day_of_a_later_year(start: date, count: int, zone: str) -> None:
    end_year = start.year + count
    try:
        end = start.replace(year=end_year)
    except ValueError:
        end = date(end_year, 2, 28)
    assert Period.years(start, count, zone=zone) == Period.of(start, end, zone=zone)
