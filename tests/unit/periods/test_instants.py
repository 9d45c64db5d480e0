"""Times and dates as arguments: the accepted forms, and every form that is refused."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from carbon_ledger.errors import NaiveTimeError, PeriodError
from carbon_ledger.periods.instants import checked_date, instant_of, instant_text, instant_utc

MAY = 1_714_521_600  # 2024-05-01T00:00:00Z, by `date -u -d 2024-05-01 +%s`
LONDON = ZoneInfo("Europe/London")
NAIVE = datetime(2024, 5, 1, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2024-05-01T00:00Z", MAY),
        ("2024-05-01T00:00:00Z", MAY),
        ("2024-05-01T00:00:00.000Z", MAY),
        ("2024-05-01T00:00:00+00:00", MAY),
        ("2024-05-01T00:00:00+04:00", MAY - 4 * 3600),
        ("2024-05-01T00:00-03:30", MAY + 3 * 3600 + 1800),
        ("2024-05-01T13:59:59+14:00", MAY - 1),
        ("2024-02-29T23:59:59Z", MAY - 62 * 86_400 + 86_399),
        ("1970-01-01T00:00Z", 0),
        (datetime(2024, 5, 1, tzinfo=UTC), MAY),
        (datetime(2024, 5, 1, 4, tzinfo=ZoneInfo("Asia/Baku")), MAY),
        (datetime(2024, 5, 1, 5, 45, tzinfo=timezone(timedelta(hours=5, minutes=45))), MAY),
    ],
)
def test_a_time_with_its_zone_is_an_instant(value: object, instant: int) -> None:
    assert instant_utc(value, "start") == instant


@pytest.mark.parametrize("value", ["2024-05-01", date(2024, 5, 1)])
def test_a_date_is_the_start_of_the_local_day(value: object) -> None:
    assert instant_utc(value, "start", zone="Asia/Baku") == MAY - 4 * 3600
    assert instant_utc(value, "start", zone="America/New_York") == MAY + 4 * 3600
    with pytest.raises(NaiveTimeError, match=r'start: 2024-05-01 is a date.*zone="Asia/Baku"'):
        instant_utc(value, "start")


@pytest.mark.parametrize("value", [NAIVE, "2024-05-01T00:00", "2024-05-01T00:00:00"])
@pytest.mark.parametrize("zone", [None, "Asia/Baku"])
def test_a_naive_time_is_refused_with_any_zone(value: object, zone: str | None) -> None:
    with pytest.raises(NaiveTimeError, match=r"start: .*zone"):
        instant_utc(value, "start", zone=zone)


def test_a_tzinfo_without_an_offset_is_not_a_zone() -> None:
    class Unknown(tzinfo):
        def utcoffset(self, _: datetime | None) -> None:
            return None

    with pytest.raises(NaiveTimeError, match="without a zone"):
        instant_utc(datetime(2024, 5, 1, tzinfo=Unknown()), "start")


def test_fold_distinguishes_the_hours_that_autumn_repeats() -> None:
    first = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
    again = instant_utc(first.replace(fold=1), "start")
    assert instant_text(instant_utc(first, "start")) == "2026-10-25T00:30:00Z"
    assert instant_text(again) == "2026-10-25T01:30:00Z"


@pytest.mark.parametrize("fold", [0, 1])
def test_a_local_time_that_the_clocks_skipped_is_refused(fold: int) -> None:
    with pytest.raises(PeriodError, match=r"not a local time of Europe/London: the clocks skipped it"):
        instant_utc(datetime(2026, 3, 29, 1, 30, tzinfo=LONDON, fold=fold), "start")


def test_a_zone_attached_without_its_offset_is_refused() -> None:
    """A zone object of pytz's kind, attached by hand, gives the local mean time of 1880."""

    class MeanTime(tzinfo):
        def utcoffset(self, _: datetime | None) -> timedelta:
            return timedelta(hours=3, minutes=19)

        def fromutc(self, dt: datetime) -> datetime:
            return (dt + timedelta(hours=4)).replace(tzinfo=timezone(timedelta(hours=4)))

    with pytest.raises(PeriodError, match="localize"):
        instant_utc(datetime(2024, 5, 1, tzinfo=MeanTime()), "start")


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-01T00:00:00.5Z",
        "2024-05-01T00:00:00.0000000000000000001Z",
        datetime(2024, 5, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(2024, 5, 1, tzinfo=timezone(timedelta(microseconds=1))),
    ],
)
def test_a_fraction_of_a_second_is_refused(value: object) -> None:
    with pytest.raises(PeriodError, match=r"start: .*not on a whole second"):
        instant_utc(value, "start")


def test_nanoseconds_of_a_datetime_subclass_are_refused() -> None:
    class Timestamp(datetime):
        nanosecond = 7

    with pytest.raises(PeriodError, match="not on a whole second"):
        instant_utc(Timestamp(2024, 5, 1, tzinfo=UTC), "start")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2024-06-30T23:59:60Z", "leap second"),
        ("2024-05-01T24:00Z", "the end of a day is 00:00 of the next day"),
        ("2024-05-01T00:60Z", "not a time of day"),
        ("2024-05-01T00:00:61Z", "not a time of day"),
        ("2023-02-29T00:00Z", "day that does not exist"),
        ("2024-00-01T00:00Z", "day that does not exist"),
        ("0000-01-01T00:00Z", "day that does not exist"),
        ("0001-01-01T00:00Z", "is before the year 1800"),
        ("1969-12-31T23:59:59Z", "outside the years 1970 to 9998"),
        ("1970-01-01T00:00+04:00", "outside the years 1970 to 9998"),
        ("9999-01-01T00:00:01Z", "outside the years 1970 to 9998"),
        ("2024-05-01T00:00+14:01", "more than 14 hours from UTC"),
        ("2024-05-01T00:00+00:60", "more than 14 hours from UTC"),
        ("2024-05-01T00:00+40:00", "more than 14 hours from UTC"),
        ("2024-05-01 00:00Z", "not an ISO 8601 time"),
        ("2024-05-01t00:00Z", "not an ISO 8601 time"),
        ("2024-05-01T00:00z", "not an ISO 8601 time"),
        ("2024-05-01T00:00+0400", "not an ISO 8601 time"),
        ("2024-05-01T00:00+4", "not an ISO 8601 time"),
        ("2024-05-01T00Z", "not an ISO 8601 time"),
        ("2024-05-01T00:00:00,0Z", "not an ISO 8601 time"),
        ("2024-05-01T00:00:00.Z", "not an ISO 8601 time"),
        ("2024-05-01T00:00Z\n", "not an ISO 8601 time"),
        (" 2024-05-01T00:00Z", "not an ISO 8601 time"),
        ("2024-05-01\n", "not an ISO 8601 time"),
        ("20240501T0000Z", "not an ISO 8601 time"),
        ("2024-W18-3T00:00Z", "not an ISO 8601 time"),
        ("2024-122T00:00Z", "not an ISO 8601 time"),
        ("2024-5-1T00:00Z", "not an ISO 8601 time"),
        ("+2024-05-01T00:00Z", "not an ISO 8601 time"),
        ("٢٠٢٤-05-01T00:00Z", "not an ISO 8601 time"),
        ("2024\u221205\u221201T00:00Z", "not an ISO 8601 time"),
        ("1714521600", "not an ISO 8601 time"),
        ("now", "not an ISO 8601 time"),
        ("", "not an ISO 8601 time"),
        ("x" * 10_000, "not an ISO 8601 time"),
    ],
)
def test_malformed_time_is_refused(text: str, says: str) -> None:
    with pytest.raises(PeriodError, match=says) as caught:
        instant_utc(text, "start", zone="Asia/Baku")
    assert str(caught.value).startswith("start: ")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", [MAY, True, Decimal(MAY), float(MAY), None, b"2024-05-01", (2024, 5, 1)])
def test_a_value_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(PeriodError, match=r"start: .* is of type \w+; expected an aware datetime"):
        instant_utc(value, "start", zone="Asia/Baku")


@pytest.mark.parametrize("value", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)])
def test_a_datetime_outside_the_calendar_is_refused(value: datetime) -> None:
    with pytest.raises(PeriodError, match="outside the years"):
        instant_utc(value, "start")


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (MAY - 1, "2024-04-30T23:59:59Z"),
        (253_370_764_800, "9999-01-01T00:00:00Z"),
    ],
)
def test_entries_have_one_spelling_of_an_instant(instant: int, text: str) -> None:
    assert instant_text(instant) == text
    assert instant_of(text) == instant


@pytest.mark.parametrize("instant", [-1, 253_370_764_801, True, Decimal(MAY)])
def test_an_invalid_instant_is_not_written(instant: int) -> None:
    with pytest.raises(PeriodError, match="instant: "):
        instant_text(instant)


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01T00:00Z",
        "2024-05-01T00:00:00+00:00",
        "2024-05-01T00:00:00.0Z",
        "2024-05-01",
        "2024-05-01T00:00:00Z\n",
        "2024-05-01T00:00:60Z",
        "2024-02-30T00:00:00Z",
        "1969-12-31T23:59:59Z",
        MAY,
        None,
    ],
)
def test_other_spellings_of_an_instant_are_refused_in_entries(text: object) -> None:
    with pytest.raises(PeriodError, match="instant"):
        instant_of(text)


@pytest.mark.parametrize("value", ["2023-08-25", date(2023, 8, 25)])
def test_a_date_is_read(value: object) -> None:
    assert checked_date(value, "commissioned") == date(2023, 8, 25)


def test_old_plants_have_dates_too() -> None:
    assert checked_date("1800-01-01", "commissioned") == date(1800, 1, 1)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (datetime(2023, 8, 25, tzinfo=UTC), "is a datetime; expected a date, e.g. 2023-08-25"),
        ("2023-08-25T00:00Z", "is not a date"),
        ("2023-8-25", "is not a date"),
        ("25.08.2023", "is not a date"),
        ("20230825", "is not a date"),
        ("2023-08-25\n", "is not a date"),
        ("٢٠٢٣-08-25", "is not a date"),
        ("2023-02-29", "is a day that does not exist"),
        ("1799-12-31", "is before the year 1800"),
        (date(1799, 12, 31), "is before the year 1800"),
        (20230825, "is not a date"),
        (None, "is not a date"),
    ],
)
def test_an_invalid_date_is_refused(value: object, says: str) -> None:
    with pytest.raises(PeriodError, match=f"commissioned: .*{says}"):
        checked_date(value, "commissioned")
