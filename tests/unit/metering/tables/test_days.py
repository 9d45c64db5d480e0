"""Days of times that are compared as one text: read as each time by itself would be."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from tests.support.each import by_default
from tests.support.meter_tables import ReadTable, by_start, values_of

from carbon_ledger.metering.layouts import TimeLayout
from carbon_ledger.metering.tables.stamps import StampReader

NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


def read(cells: list[str], time_format: str | None, zone: str = "UTC") -> list[int | None]:
    """The instants of a column, as one column and as a column a row, which must be the same."""

    def refuse(position: int, error: Exception) -> None:
        raise error

    time = TimeLayout(columns="time", format=time_format)
    whole = StampReader(time, zone, 1, False)
    read = whole.read([cells], "\0", None, str, refuse)
    single = StampReader(time, zone, 1, False)
    assert read == [single.read([[cell]], "\0", None, str, refuse)[0] for cell in cells]
    return read


@pytest.mark.parametrize(
    ("time_format", "zone"),
    by_default(
        product(
            [None, "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M", "%m/%d/%y %I:%M %p"], ["UTC", "Europe/Berlin", "America/Havana"]
        ),
        lambda case: case[1] == "America/Havana",
    ),
)
def test_a_year_of_hours(time_format: str | None, zone: str) -> None:
    instants = [NEW_YEAR + timedelta(hours=number) for number in range(366 * 24)]
    from zoneinfo import ZoneInfo

    local = [at.astimezone(ZoneInfo(zone)) for at in instants]
    cells = [at.strftime(time_format or "%Y-%m-%d %H:%M") for at in local]
    assert read(cells, time_format, zone) == [int(at.timestamp()) for at in instants]


def test_the_text_of_one_day_may_begin_that_of_another() -> None:
    """1/1 begins 1/10; rows in the order of their texts."""
    days = [1, 10, 2, 20, 3, 30]
    hours = {1: range(12), 10: range(12, 24), 2: range(12), 20: range(12, 24), 3: range(12), 30: range(12, 24)}
    cells = [f"2024/1/{day} {hour}:00" for day in days for hour in hours[day]]
    expected = [int(datetime(2024, 1, day, hour, tzinfo=UTC).timestamp()) for day in days for hour in hours[day]]
    assert read(cells, "%Y/%m/%d %H:%M") == expected


def test_days_with_missing_rows_and_other_times_of_day() -> None:
    instants = [NEW_YEAR + timedelta(hours=number) for number in range(24 * 40) if number % 97 and number % 131]
    cells = [at.strftime("%Y-%m-%d %H:%M") for at in instants]
    cells[500] = cells[500].replace(" ", "T")
    cells[600] += "Z"
    cells[700] += ":00"
    cells[800] = f" {cells[800]} "
    assert read(cells, None) == [int(at.timestamp()) for at in instants]


def test_few_rows_a_day() -> None:
    instants = [NEW_YEAR + timedelta(hours=12 * number) for number in range(200)]
    assert read([at.strftime("%Y-%m-%d %H:%M") for at in instants], None) == [int(at.timestamp()) for at in instants]


def test_a_time_of_two_lines_is_refused_in_its_row(read_table: ReadTable) -> None:
    content = 'time,kWh\n2024-05-01 00:00,1\n"2024-05-01 01:00\n2024-05-01 02:00",2\n2024-05-01 03:00,3\n'
    file = read_table(content, on_refusal="report")
    assert values_of(file) == [1000, 3000]
    assert [item.line for item in file.refused] == [3]
    assert [*by_start(file)] == ["2024-05-01T00:00:00Z", "2024-05-01T03:00:00Z"]


def test_a_day_of_times_with_offsets_after_one_without() -> None:
    plain = [f"2024-05-01 {hour:02}:00" for hour in range(24)]
    berlin = [f"2024-05-{day:02} {hour:02}:00+02:00" for day in (3, 4) for hour in range(24)]
    midnight = int(datetime(2024, 5, 1, tzinfo=UTC).timestamp())
    expected = [midnight + 3600 * hour for hour in range(24)]
    expected += [midnight + 86_400 * day + 3600 * hour - 7200 for day in (2, 3) for hour in range(24)]
    assert read(plain + berlin, None) == expected
