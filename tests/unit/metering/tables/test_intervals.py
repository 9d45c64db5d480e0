"""Steps that are numbered within their local day: 46, 48 and 50 half-hours, 92, 96 and 100 quarters, hour 25."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.support.meter_tables import ReadTable, by_start, local_starts, values_of

from carbon_ledger.errors import OverlapError, PeriodError

DAYS = [
    ("Europe/London", date(2024, 3, 31), 1800, 46),
    ("Europe/London", date(2024, 4, 1), 1800, 48),
    ("Europe/London", date(2024, 10, 27), 1800, 50),
    ("Europe/Berlin", date(2024, 3, 31), 900, 92),
    ("Europe/Berlin", date(2024, 4, 1), 900, 96),
    ("Europe/Berlin", date(2024, 10, 27), 900, 100),
    ("Europe/Berlin", date(2024, 10, 27), 3600, 25),
    ("Australia/Lord_Howe", date(2024, 4, 7), 1800, 49),
    ("Australia/Lord_Howe", date(2024, 10, 6), 1800, 47),
    ("America/Havana", date(2024, 3, 10), 3600, 23),
    ("America/Havana", date(2024, 11, 3), 3600, 25),
    ("Asia/Beirut", date(2024, 3, 31), 3600, 23),
    ("Asia/Beirut", date(2024, 10, 26), 3600, 25),
]


def layout(zone: str, step_s: int, **time: Any) -> dict[str, Any]:
    return {"zone": zone, "time": {"columns": "day", "interval_column": "number", "step": f"{step_s} s"} | time}


@pytest.mark.parametrize(("zone", "day", "step_s", "count"), DAYS)
def test_a_day_has_its_own_number_of_steps(
    read_table: ReadTable, zone: str, day: date, step_s: int, count: int
) -> None:
    rows = [f"{day},{number},{number}" for number in range(1, count + 1)]
    starts = local_starts(zone, day, 1, step_s)
    assert len(starts) == count
    for content in ("\n".join(["day,number,kWh", *rows]), "\n".join(["day,number,kWh", *rows[::-1]])):
        (run,) = read_table(content, **layout(zone, step_s)).runs
        assert (run.start_utc, run.step_s) == (int(starts[0].timestamp()), step_s)
        assert run.net_wh == tuple(1000 * number for number in range(1, count + 1))
    for number in (count + 1, 0, 1000):
        says = (
            rf"meter\.csv, line {count + 2}, column 'number': '{number}', expected a whole number from 1 to {count}: "
        )
        with pytest.raises(PeriodError, match=says):
            read_table("\n".join(["day,number,kWh", *rows, f"{day},{number},1"]), **layout(zone, step_s))


@pytest.mark.parametrize("number", ["", "x", "1.5", "-1", "+1", "1e1", "\u0661", "000000001", "1 2"])
def test_what_is_no_number_of_a_step_is_refused(read_table: ReadTable, number: str) -> None:
    with pytest.raises(PeriodError, match=r"line 2, column 'number': .*expected a whole number from 1 to 24"):
        read_table(f"day,number,kWh\n2024-05-01,{number},1\n", **layout("UTC", 3600))


@pytest.mark.parametrize("day", ["2024-05-01 01:00", "2024-05-01T00:00+05:00", "2024-05-01T00:00Z"])
def test_a_time_that_is_no_day_is_refused(read_table: ReadTable, day: str) -> None:
    with pytest.raises(PeriodError, match=r"line 2, column 'number': .*not the beginning of a day"):
        read_table(f"day,number,kWh\n{day},1,1\n", **layout("Europe/Berlin", 3600))


def test_days_may_be_written_in_a_format_and_numbers_with_zeros(read_table: ReadTable) -> None:
    content = "day,number,kWh\n01.05.2024, 07 ,1\n1.5.2024,008,2\n"
    file = read_table(content, **layout("Europe/Berlin", 3600, format="%d.%m.%Y"))
    assert by_start(file) == {"2024-05-01T04:00:00Z": 1000, "2024-05-01T05:00:00Z": 2000}


def test_a_fixed_offset_has_days_of_24_hours(read_table: ReadTable) -> None:
    rows = [f"2024-{day},{number},1" for day in ("10-26", "10-27", "10-28") for number in range(1, 25)]
    content = "\n".join(["day,number,kWh", *rows])
    (run,) = read_table(content, **layout("Europe/Berlin", 3600, offset="+01:00")).runs
    assert (run.start_utc, len(run.net_wh)) == (int(datetime(2024, 10, 25, 23, tzinfo=UTC).timestamp()), 72)
    with pytest.raises(PeriodError, match="expected a whole number from 1 to 24"):
        read_table(content.replace("10-27,24", "10-27,25"), **layout("Europe/Berlin", 3600, offset="+01:00"))


def test_a_step_that_does_not_divide_the_day_is_refused(read_table: ReadTable) -> None:
    with pytest.raises(PeriodError, match=r"the day has 82800 s, which is no multiple of the step, 7200 s"):
        read_table("day,number,kWh\n2024-03-31,1,1\n", **layout("Europe/Berlin", 7200))


def test_a_number_that_stands_twice_is_refused(read_table: ReadTable) -> None:
    with pytest.raises(OverlapError, match=r"line 3, column 'kWh': .* line 2"):
        read_table("day,number,kWh\n2024-05-01,1,1\n2024-05-01,1,2\n", **layout("UTC", 3600))


def test_refused_numbers_are_gaps_of_a_report(read_table: ReadTable) -> None:
    content = "day,number,kWh\n2024-05-01,1,1\n2024-05-01,25,2\n2024-05-01,3,3\n"
    file = read_table(content, on_refusal="report", **layout("UTC", 3600))
    assert values_of(file) == [1000, 3000]
    assert [(item.line, item.column, item.error) for item in file.refused] == [(3, "number", "PeriodError")]


def test_the_first_day_of_all_has_its_numbers(read_table: ReadTable) -> None:
    content = "day,number,kWh\n1970-01-01,1,1\n1970-01-01,2,2\n"
    assert [*by_start(read_table(content, **layout("UTC", 3600)))] == ["1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z"]
