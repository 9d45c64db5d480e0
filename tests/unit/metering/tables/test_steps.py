"""Lengths of steps: local days and calendar months, a change of resolution, the average power of a step."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from tests.support.meter_tables import ReadTable, by_start, lengths_of, local_starts, values_of

from carbon_ledger.errors import InexactNumberError, OverlapError, PeriodError


@pytest.mark.parametrize(
    ("zone", "first", "hours"),
    [
        ("Europe/Berlin", date(2024, 3, 30), [24, 23, 24]),
        ("Europe/Berlin", date(2024, 10, 26), [24, 25, 24]),
        ("America/Havana", date(2024, 3, 9), [24, 23, 24]),
        ("America/Havana", date(2024, 11, 2), [24, 25, 24]),
        ("Asia/Beirut", date(2024, 3, 30), [24, 23, 24]),
        ("Asia/Beirut", date(2024, 10, 25), [24, 25, 24]),
        ("Australia/Lord_Howe", date(2024, 4, 6), [24, Fraction("24.5"), 24]),
    ],
)
def test_a_local_day_has_its_own_length(read_table: ReadTable, zone: str, first: date, hours: list[Fraction]) -> None:
    days = [date.fromordinal(first.toordinal() + number) for number in range(4)]
    begin = int(local_starts(zone, first, 1, 1800)[0].timestamp())
    contents = {
        "start": [f"{day},{number}" for number, day in enumerate(days[:3])],
        "end": [f"{day},{number}" for number, day in enumerate(days[1:])],
    }
    contents["midnight"] = [row.replace(",", " 00:00,") for row in contents["start"]]
    contents["24:00"] = [row.replace(",", " 24:00,") for row in contents["start"]]
    for name, rows in contents.items():
        time = {"columns": "day", "step": "day", "stamp": "start" if name in ("start", "midnight") else "end"}
        file = read_table("\n".join(["day,kWh", *rows]), zone=zone, time=time)
        assert lengths_of(file) == [hour * 3600 for hour in hours], name
        assert (file.runs[0].start_utc, values_of(file), file.gaps) == (begin, [0, 1000, 2000], ()), name


def test_calendar_months(read_table: ReadTable) -> None:
    days = [31, 29, 31, 30]
    content = "month,kWh\n2024-01,1\n2024-02,2\n2024-03,3\n2024-04,4\n"
    for text, time in (
        (content, {"format": "%Y-%m"}),
        (content.replace(",", "-01,").replace("month-01", "month"), {}),
        (content.replace("2024-0", "").replace(",", "/2024,").replace("month/2024", "month"), {"format": "%m/%Y"}),
        ("month,kWh\n2024-02-01,1\n2024-03-01,2\n2024-04-01,3\n2024-04-30 24:00,4\n", {"stamp": "end"}),
    ):
        file = read_table(text, zone="Europe/Berlin", time={"columns": "month", "step": "month"} | time)
        changes_s = [0, 0, -3600, 0]  # the clocks went forward in March
        assert lengths_of(file) == [day * 86_400 + change for day, change in zip(days, changes_s, strict=True)]
        assert values_of(file) == [1000, 2000, 3000, 4000]
        assert str(file.period) == "2024-01-01T00:00:00+01:00 to 2024-05-01T00:00:00+02:00 (Europe/Berlin)"


def test_a_missing_day_or_month_is_a_gap(read_table: ReadTable) -> None:
    file = read_table("day,kWh\n2024-05-01,1\n2024-05-03,2\n", time={"columns": "day", "step": "day"})
    assert [str(gap.start.date()) for gap in file.gaps] == ["2024-05-02"]
    file = read_table("day,kWh\n2024-05-01,1\n2024-07-01,2\n", time={"columns": "day", "step": "month"})
    assert [(str(gap.start.date()), str(gap.end.date())) for gap in file.gaps] == [("2024-06-01", "2024-07-01")]


@pytest.mark.parametrize(
    ("cell", "step", "says"),
    [
        ("2024-05-01 01:00", "day", r"line 2: 2024-05-01T01:00:00\+02:00 is not the start of a local day of Europe/B"),
        ("2024-05-01T00:00Z", "day", "is not the start of a local day"),
        ("2024-05-02", "month", "line 2: 2024-05-02 is not the first day of a month; the step is a local month"),
        ("2024-05", "day", "is not an ISO 8601 time"),
        ("", "day", "is not an ISO 8601 time"),
    ],
)
def test_a_time_that_begins_no_day_or_month_is_refused(read_table: ReadTable, cell: str, step: str, says: str) -> None:
    with pytest.raises(PeriodError, match=rf"meter\.csv, .*{says}"):
        read_table(f"day,kWh\n{cell},1\n", zone="Europe/Berlin", time={"columns": "day", "step": step})


def test_a_day_that_stands_twice_is_refused(read_table: ReadTable) -> None:
    with pytest.raises(OverlapError, match=r"line 4, column 'kWh': .* line 2"):
        read_table("day,kWh\n2024-05-01,1\n2024-05-02,1\n2024-05-01,2\n", time={"columns": "day", "step": "day"})


HOURS = ["2024-05-01 21:00,4", "2024-05-01 22:00,4", "2024-05-01 23:00,4"]
QUARTERS = ["2024-05-02 00:00,1", "2024-05-02 00:15,1", "2024-05-02 00:30,1", "2024-05-02 00:45,1"]
BOTH: dict[str, Any] = {"columns": "time", "step": ["1 hour", "15 min"]}


def test_a_change_of_resolution(read_table: ReadTable) -> None:
    content = "\n".join(["time,kWh", *HOURS, *QUARTERS])
    file = read_table(content, time=BOTH)
    assert lengths_of(file) == [3600] * 3 + [900] * 4
    assert (values_of(file), file.gaps) == ([4000] * 3 + [1000] * 4, ())
    ends = [
        "2024-05-01 22:00,4",
        "2024-05-01 23:00,4",
        "2024-05-01 24:00,4",
        "2024-05-02 00:15,1",
        "2024-05-02 00:30,1",
    ]
    file = read_table("\n".join(["time,kWh", *ends]), time=BOTH | {"stamp": "end"})
    assert lengths_of(file) == [3600] * 3 + [900] * 2
    assert next(iter(by_start(file))) == "2024-05-01T21:00:00Z"
    assert file.gaps == ()


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([*HOURS, *QUARTERS[1:]], r"line 5: 4500 s after line 4; expected two or more rows in a row"),
        ([HOURS[0], *QUARTERS], r"line 3: 10800 s after line 2"),
        ([*QUARTERS[:2], "2024-05-02 01:15,4", "2024-05-02 01:30,1"], r"line 3: 900 s after line 2"),
        ([*QUARTERS[:3], "2024-05-02 01:30,1", "2024-05-02 01:45,1", "2024-05-02 02:00,1"], "may be a gap"),
        (HOURS[:2], "2 rows cannot show which of the steps"),
        (HOURS[:1], "1 rows cannot show which of the steps"),
    ],
)  # fmt: skip
def test_a_change_of_resolution_that_may_be_a_gap_is_refused(read_table: ReadTable, rows: list[str], says: str) -> None:
    with pytest.raises(PeriodError, match=says):
        read_table("\n".join(["time,kWh", *rows]), time=BOTH)


def test_the_average_power_of_a_step_is_energy(read_table: ReadTable) -> None:
    """5 minutes at 1 kW are 1000/12 Wh, a third of a watt-hour more than 83."""
    rows = [f"2024-05-01 00:{5 * number:02},1" for number in range(12)]
    content = "\n".join(["time,kW", *rows])
    layout: dict[str, Any] = {
        "time": {"columns": "time", "step": "5 min"}, "values": {"column": "kW", "unit": "kW", "kind": "power"},
    }  # fmt: skip
    file = read_table(content, remainder="carry", **layout)
    assert (file.only.exact_wh, file.total_wh, file.only.cut_wh) == (1000, 1000, 0)
    assert values_of(file) == [83, 83, 84] * 4
    assert file.cut_rows == 12
    with pytest.raises(InexactNumberError, match=r"line 2, column 'kW': 250/3 Wh is finer than 1 Wh"):
        read_table(content, **layout)
    file = read_table(content, remainder="half-even", **layout)
    assert (values_of(file), file.only.cut_wh) == ([83] * 12, 4)
    one = read_table("\n".join(["time,kW", rows[0]]), remainder="floor", **layout)
    assert (one.only.exact_wh, one.only.cut_wh) == (Fraction(250, 3), Fraction(1, 3))
    with pytest.raises(InexactNumberError, match="is not a decimal number; use cut_wh, a Fraction, of the series"):
        _ = one.cut
    with pytest.raises(InexactNumberError, match=r"exact_total: .* use exact_wh"):
        _ = one.exact_total


@pytest.mark.parametrize(
    ("unit", "value", "step", "exact_wh"),
    [
        ("W", "7", "15 min", Fraction(7, 4)),
        ("MW", "0.001", "30 min", Fraction(500)),
        ("GW", "1.5", "1 hour", Fraction(1_500_000_000)),
        ("kW", "-0.1", "10 min", Fraction(-100, 6)),
    ],
)
def test_power_times_the_step(read_table: ReadTable, unit: str, value: str, step: str, exact_wh: Fraction) -> None:
    file = read_table(
        f"time,v\n2024-05-01 00:00,{value}\n", time={"columns": "time", "step": step}, remainder="floor",
        values={"column": "v", "unit": unit, "kind": "power"},
    )  # fmt: skip
    assert file.only.exact_wh == exact_wh
    assert values_of(file) == [exact_wh.numerator // exact_wh.denominator]


def test_power_of_steps_of_several_lengths(read_table: ReadTable) -> None:
    power = {"column": "kWh", "unit": "kW", "kind": "power"}
    content = "\n".join(["time,kWh", *HOURS, *QUARTERS])
    assert values_of(read_table(content, time=BOTH, values=power)) == [4000] * 3 + [250] * 4
    days = "day,kWh\n2024-03-30,1\n2024-03-31,1\n"
    file = read_table(days, zone="Europe/Berlin", time={"columns": "day", "step": "day"}, values=power)
    assert values_of(file) == [24_000, 23_000]


@pytest.mark.parametrize(
    ("multiplier", "exact"),
    [("40", [60_000, 90_000]), ("0.001", [Fraction("1.5"), Fraction("2.25")]), ("1.5", [2250, 3375])],
)
def test_a_multiplier(read_table: ReadTable, multiplier: str, exact: list[Fraction]) -> None:
    content = "time,kWh\n2024-05-01 00:00,1.5\n2024-05-01 01:00,2.25\n"
    file = read_table(content, values={"column": "kWh", "multiplier": multiplier}, remainder="truncate")
    assert file.only.exact_wh == sum(exact)
    assert values_of(file) == [int(value) for value in exact]


AUTUMN = ["2026-10-25 03:00", "2026-10-25 02:00", "2026-10-25 02:00", "2026-10-25 01:00", "2026-10-25 00:00"]


def test_the_repeated_hour_of_a_file_whose_newest_row_is_first(read_table: ReadTable) -> None:
    content = "\n".join(["time,kWh", *(f"{time},{value}" for value, time in enumerate(AUTUMN, 1))])
    file = read_table(content, zone="Europe/Berlin", time={"columns": "time", "order": "newest-first"})
    assert [run.net_wh for run in file.runs] == [(5000, 4000, 3000, 2000, 1000)]
    with pytest.raises(
        PeriodError, match=r"the rows are not in time order, oldest-first; .* name the order of the rows in the layout"
    ):
        read_table(content, zone="Europe/Berlin", time={"columns": "time"})
    ascending = "\n".join(["time,kWh", *(f"{time},{value}" for value, time in enumerate(reversed(AUTUMN), 1))])
    with pytest.raises(PeriodError, match="the rows are not in time order, newest-first"):
        read_table(ascending, zone="Europe/Berlin", time={"columns": "time", "order": "newest-first"})
