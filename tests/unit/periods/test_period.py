"""Periods: local days, months, years and crediting periods as half-open UTC intervals."""

import pickle
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from carbon_ledger.errors import NaiveTimeError, PeriodError
from carbon_ledger.periods import Period, day_start_utc, instant_of, instant_text, vintage_of, year_start_utc

HOUR = 3600
DAY = 86_400


def test_the_first_users_period_has_248_days_129_of_them_in_2023() -> None:
    """ledger-model, scenario S14."""
    period = Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku")
    assert instant_text(period.start_utc) == "2023-08-24T20:00:00Z"
    assert instant_text(period.end_utc) == "2024-04-28T20:00:00Z"
    assert len(period.days()) == 248
    assert period.seconds == 248 * DAY
    (first, of_2023), (second, of_2024) = period.split_by_year()
    assert (first, len(of_2023.days()), second, len(of_2024.days())) == (2023, 129, 2024, 119)
    assert of_2023.end_utc == of_2024.start_utc == instant_of("2023-12-31T20:00:00Z")


def test_a_period_includes_its_start_and_excludes_its_end() -> None:
    period = Period.of("2024-05-01T00:00Z", "2024-05-01T02:00Z")
    assert (period.start, period.end) == (
        datetime(2024, 5, 1, tzinfo=UTC),
        datetime(2024, 5, 1, 2, tzinfo=UTC),
    )
    assert period.seconds == 2 * HOUR
    assert period.zone is None


def test_edges_may_be_written_in_any_form_with_a_zone() -> None:
    baku = ZoneInfo("Asia/Baku")
    periods = {
        Period.of("2024-05-01T00:00:00+04:00", "2024-05-02", zone="Asia/Baku"),
        Period.of(date(2024, 5, 1), datetime(2024, 5, 2, tzinfo=baku), zone="Asia/Baku"),
        Period.of("2024-04-30T20:00Z", "2024-05-01T20:00Z"),
        Period.day("2024-05-01", zone="Asia/Baku"),
    }
    assert len(periods) == 1


@pytest.mark.parametrize(
    ("start", "end", "kind"),
    [
        ("2024-05-01T00:00Z", "2024-05-01T00:00Z", "empty"),
        ("2024-05-01T04:00+04:00", "2024-05-01T00:00Z", "empty"),
        ("2024-05-01T00:00:01Z", "2024-05-01T00:00:00Z", "reversed"),
    ],
)
def test_an_empty_or_reversed_period_is_refused(start: str, end: str, kind: str) -> None:
    with pytest.raises(PeriodError, match=rf"2024-05-01T00:00:00Z is {kind}: expected an end after the start"):
        Period.of(start, end)


@pytest.mark.parametrize(
    ("start", "end", "zone"),
    [
        ("2024-05-01", "2024-06-01", None),
        ("2024-05-01T00:00Z", date(2024, 6, 1), None),
        ("2024-05-01T00:00", "2024-06-01T00:00", None),
        ("2024-05-01T00:00", "2024-06-01T00:00", "Asia/Baku"),
        (datetime(2024, 5, 1, tzinfo=UTC).replace(tzinfo=None), "2024-06-01", "Asia/Baku"),
    ],
)
def test_an_edge_without_its_zone_is_refused(start: object, end: object, zone: str | None) -> None:
    with pytest.raises(NaiveTimeError, match=r"^(start|end): .*e\.g\."):
        Period.of(start, end, zone=zone)


@pytest.mark.parametrize(
    ("start", "end", "zone", "says"),
    [
        (-1, 1, None, "outside the years"),
        (0, 253_370_764_801, None, "outside the years"),
        (True, 2, None, "period start: True is of type bool"),
        (0, 1.0, None, "period end: 1.0 is of type float"),
        ("0", 1, None, "period start: '0' is of type str"),
        (0, 1, "Baku", "did you mean Asia/Baku"),
    ],
)
def test_edges_that_are_not_instants_are_refused(start: int, end: int, zone: str | None, says: str) -> None:
    with pytest.raises(PeriodError, match=says):
        Period(start, end, zone)


def test_the_zone_is_not_part_of_the_value() -> None:
    plain, labelled = Period(0, DAY), Period(0, DAY, "UTC")
    assert plain == labelled
    assert hash(plain) == hash(labelled)
    assert not plain < labelled
    assert labelled.zone == "UTC"
    assert pickle.loads(pickle.dumps(labelled)).zone == "UTC"


def test_periods_are_ordered_by_start_then_end() -> None:
    ordered = [Period(0, 2, "UTC"), Period(0, 3), Period(1, 2, "Asia/Baku"), Period(1, 3)]
    shuffled = [ordered[k] for k in (3, 1, 0, 2)]
    assert sorted(shuffled) == ordered


def test_a_period_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Period(0, 1).start_utc = 5


def test_a_period_as_text() -> None:
    assert str(Period(0, HOUR)) == "1970-01-01T00:00:00Z to 1970-01-01T01:00:00Z"
    assert (
        str(Period.day("2026-03-29", zone="Europe/London"))
        == "2026-03-29T00:00:00+00:00 to 2026-03-30T00:00:00+01:00 (Europe/London)"
    )


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2026-03-29", "Europe/London", 23),
        ("2026-10-25", "Europe/London", 25),
        ("2026-10-26", "Europe/London", 24),
        (date(2022, 3, 27), "Asia/Beirut", 23),
        ("2022-11-06", "America/Havana", 25),
    ],
)
def test_a_local_day_has_23_24_or_25_hours(day: object, zone: str, hours: int) -> None:
    period = Period.day(day, zone=zone)
    assert period.seconds == hours * HOUR
    assert period.zone == zone
    assert period.days() == (period,)


def test_the_days_of_london_2026() -> None:
    days = Period.year(2026, zone="Europe/London").days()
    dates = [date(2026, 1, 1) + timedelta(days=k) for k in range(365)]
    assert [(day.start_utc, day.zone) for day in days] == [
        (day_start_utc(local, "Europe/London"), "Europe/London") for local in dates
    ]
    other = {local: day.seconds // HOUR for local, day in zip(dates, days, strict=True) if day.seconds != DAY}
    assert other == {date(2026, 3, 29): 23, date(2026, 10, 25): 25}


@pytest.mark.parametrize(
    ("day", "zone", "says"),
    [
        ("2011-12-30", "Pacific/Apia", "does not exist in Pacific/Apia"),
        ("1969-12-31", "UTC", "year 1969"),
        ("9999-12-31", "UTC", "year 9999"),
        ("2024-05", "UTC", "day: '2024-05' is not a date"),
        (datetime(2024, 5, 1, tzinfo=UTC), "UTC", "day: .* is a datetime"),
        ("2024-05-01", None, "zone None is of type NoneType"),
    ],
)
def test_an_invalid_day_is_refused(day: object, zone: str, says: str) -> None:
    with pytest.raises(PeriodError, match=says):
        Period.day(day, zone=zone)


def test_a_day_that_the_calendar_skipped_is_missing_from_its_year() -> None:
    days = Period.month(2011, 12, zone="Pacific/Apia").days()
    assert len(days) == 30
    assert all(early.end_utc == late.start_utc for early, late in pairwise(days))


@pytest.mark.parametrize(
    ("year", "month", "days"), [(2024, 2, 29), (2023, 2, 28), (2100, 2, 28), (2000, 2, 29), (2023, 12, 31)]
)
def test_a_month_has_its_days(year: int, month: int, days: int) -> None:
    period = Period.month(year, month, zone="Asia/Baku")
    assert period.seconds == days * DAY
    assert str(period).startswith(f"{year}-{month:02}-01T00:00:00+04:00 to ")


def test_the_months_of_a_year_are_the_year() -> None:
    months = [Period.month(2026, month, zone="Europe/London") for month in range(1, 13)]
    assert all(early.end_utc == late.start_utc for early, late in pairwise(months))
    assert Period(months[0].start_utc, months[-1].end_utc) == Period.year(2026, zone="Europe/London")


@pytest.mark.parametrize("month", [0, 13, -1, True, "5", None])
def test_an_invalid_month_is_refused(month: int) -> None:
    with pytest.raises(PeriodError, match=r"month .*: expected a whole number from 1 to 12"):
        Period.month(2024, month, zone="UTC")


@pytest.mark.parametrize("year", [1969, 9999, 10**9, True, "2024"])
def test_an_invalid_year_is_refused(year: int) -> None:
    for make in (lambda: Period.year(year, zone="UTC"), lambda: Period.month(year, 12, zone="UTC")):
        with pytest.raises(PeriodError, match=r"year .*: expected a whole number from 1970 to 9998"):
            make()


def test_the_last_year_is_whole() -> None:
    assert Period.year(9998, zone="UTC").seconds == 365 * DAY
    assert len(Period.month(9998, 12, zone="UTC").days("Etc/GMT-14")) == 32


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2023-08-25", 10, "2033-08-25"),
        ("2023-08-25", 7, "2030-08-25"),
        ("2024-02-29", 1, "2025-02-28"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2096-02-29", 4, "2100-02-28"),
        (date(2023, 3, 1), 1, "2024-03-01"),
        ("2023-02-28", 1, "2024-02-28"),
    ],
)
def test_a_crediting_period_counts_calendar_years(start: object, count: int, end: str) -> None:
    assert Period.years(start, count, zone="Asia/Baku") == Period.of(start, end, zone="Asia/Baku")


@pytest.mark.parametrize(
    ("start", "count", "says"),
    [
        ("2023-08-25", 0, "count of years 0"),
        ("2023-08-25", -7, "count of years -7"),
        ("2023-08-25", True, "count of years True"),
        ("2023-08-25", "10", "count of years '10'"),
        ("2023-08-25", 7976, "end after the year 9998"),
        ("2023-08-25", 10**30, "end after the year 9998"),
        ("2023-08-25T00:00Z", 10, "start: .* is not a date"),
        ("1969-08-25", 10, "year 1969"),
    ],
)
def test_an_invalid_crediting_period_is_refused(start: object, count: int, says: str) -> None:
    with pytest.raises(PeriodError, match=says):
        Period.years(start, count, zone="Asia/Baku")


def test_days_are_split_at_the_edges_of_the_period() -> None:
    period = Period.of("2026-10-24T12:00Z", "2026-10-26T06:30Z")
    assert [(day.seconds, day.zone) for day in period.days("Europe/London")] == [
        (11 * HOUR, "Europe/London"),
        (25 * HOUR, "Europe/London"),
        (6 * HOUR + 1800, "Europe/London"),
    ]
    assert [day.seconds // HOUR for day in period.days("UTC")] == [12, 24, 6]


def test_a_day_that_begins_twice_is_split_at_its_first_beginning() -> None:
    """St John's, 2010-11-07: 00:00, and at 00:01 back to 23:01; the days still follow one another."""
    first_entry = instant_of("2010-11-07T02:30:00Z")
    whole = Period.of("2010-11-06", "2010-11-08", zone="America/St_Johns")
    assert [day.start_utc for day in whole.days()] == [whole.start_utc, first_entry]
    part = Period(first_entry - HOUR, first_entry + 1800, "America/St_Johns")  # ends at the second 23:29
    assert [day.seconds for day in part.days()] == [HOUR, 1800]
    again = Period(first_entry + 600, first_entry + 2 * HOUR, "America/St_Johns")
    assert again.days() == (again,)


def test_days_and_years_need_a_zone() -> None:
    for cut in (Period(0, DAY).days, Period(0, DAY).split_by_year):
        with pytest.raises(NaiveTimeError, match=r'^period 1970-01-01.* pass the zone, e\.g\. zone="Asia/Baku"'):
            cut()


def test_a_period_splits_at_local_new_years() -> None:
    period = Period.of("2023-12-31T19:00Z", "2026-01-01T00:00Z", zone="UTC")
    parts = period.split_by_year("Asia/Baku")
    assert [(year, part.seconds) for year, part in parts] == [
        (2023, HOUR),
        (2024, 366 * DAY),
        (2025, 365 * DAY),
        (2026, 4 * HOUR),
    ]
    assert [year for year, _ in period.split_by_year()] == [2023, 2024, 2025]
    assert all(vintage_of(part.end_utc - 1, "Asia/Baku") == year for year, part in parts)


def test_a_year_is_one_vintage() -> None:
    year = Period.year(2024, zone="Asia/Baku")
    assert year.split_by_year() == ((2024, year),)
    assert year.start_utc == year_start_utc(2024, "Asia/Baku")


def test_adjacent_periods_do_not_overlap() -> None:
    early, late, both = Period(0, 10), Period(10, 20), Period(5, 15)
    assert not early.overlaps(late)
    assert not late.overlaps(early)
    assert early.intersection(late) is None
    assert both.overlaps(early)
    assert both.overlaps(late)
    assert both.intersection(early) == Period(5, 10)
    assert both.intersection(late) == Period(10, 15)


def test_an_intersection_has_the_zone_of_the_first_period() -> None:
    shared = Period(0, 10, "UTC").intersection(Period(5, 20, "Asia/Baku"))
    assert shared is not None
    assert shared.zone == "UTC"


def test_a_period_contains_itself_and_its_parts() -> None:
    period = Period(5, 15)
    assert period.contains(period)
    assert period.contains(Period(5, 6))
    assert period.contains(Period(14, 15))
    assert not period.contains(Period(4, 6))
    assert not period.contains(Period(14, 16))


def test_a_period_is_recorded_in_an_entry() -> None:
    period = Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku")
    record = {"start": "2023-08-24T20:00:00Z", "end": "2024-04-28T20:00:00Z", "zone": "Asia/Baku"}
    assert period.to_record() == record
    assert (Period.from_record(record), Period.from_record(record).zone) == (period, "Asia/Baku")
    assert Period(0, HOUR).to_record() == {"start": "1970-01-01T00:00:00Z", "end": "1970-01-01T01:00:00Z"}
    assert Period.from_record(Period(0, HOUR).to_record()).zone is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"start": None}, "not a recorded instant"),
        ({"start": "2023-08-25"}, "not a recorded instant"),
        ({"end": "2023-08-24T20:00:00+00:00"}, "not a recorded instant"),
        ({"end": "2023-08-24T20:00:00Z"}, "is empty"),
        ({"zone": None}, "zone None is of type NoneType"),
        ({"zone": "Baku"}, "did you mean Asia/Baku"),
        ({"until": "2024-04-28T20:00:00Z"}, r"'until'\]: expected the fields start, end"),
    ],
)
def test_a_malformed_record_is_refused(change: dict[str, object], says: str) -> None:
    record: dict[str, object] = {"start": "2023-08-24T20:00:00Z", "end": "2024-04-28T20:00:00Z"}
    with pytest.raises(PeriodError, match=says):
        Period.from_record(record | change)


@pytest.mark.parametrize("missing", ["start", "end"])
def test_a_record_without_an_edge_is_refused(missing: str) -> None:
    record = Period(0, HOUR).to_record()
    del record[missing]
    with pytest.raises(PeriodError, match="expected the fields start, end"):
        Period.from_record(record)


def test_months_are_local_and_cover_the_period() -> None:
    winter = Period.of("2023-11-30", "2024-03-02", zone="Asia/Baku")
    months = winter.months()
    assert [len(month.days()) for month in months] == [1, 31, 31, 29, 1]
    assert (months[0].start_utc, months[-1].end_utc) == (winter.start_utc, winter.end_utc)
    assert all(one.end_utc == two.start_utc for one, two in pairwise(months))
    assert Period.month(2024, 12, zone="UTC").months() == (Period.month(2024, 12, zone="UTC"),)
    assert len(Period.year(2024, zone="UTC").months("Asia/Baku")) == 13
    with pytest.raises(NaiveTimeError, match="has no zone"):
        Period(0, 3600).months()
