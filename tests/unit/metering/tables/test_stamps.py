"""Times as people write them: one column or two, from and to, starts and ends, offsets, zones, marks of summer time."""

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
from tests.support.meter_tables import ReadTable, by_start, lengths_of, local_starts, values_of

from carbon_ledger.errors import CarbonLedgerError, OverlapError, PeriodError
from carbon_ledger.periods.zones import DAY_S, installed_rules, zone_info

WINTER = {"2024-01-10T23:00:00Z": 1000, "2024-01-11T00:00:00Z": 2000}


@pytest.mark.parametrize(
    ("content", "times"),
    [
        ("time,kWh\n2024-01-11 00:00,1\n2024-01-11 01:00,2\n", {}),
        ("time,kWh\n2024-01-11T00:00:00,1\n2024-01-11T01:00:00,2\n", {}),
        ("time,kWh\n2024-01-11T00:00+01:00,1\n2024-01-11T01:00:00+01:00,2\n", {}),
        ("time,kWh\n2024-01-10T23:00Z,1\n2024-01-11T00:00:00+00:00,2\n", {}),
        ("time,kWh\n11.01.2024 00:00,1\n11.01.2024 01:00,2\n", {"format": "%d.%m.%Y %H:%M"}),
        ("time,kWh\n11.1.24 0:00,1\n11.1.24 1:00,2\n", {"format": "%d.%m.%y %H:%M"}),
        ("time,kWh\n12:00 AM 11-Jan-2024,1\n01:00 AM 11-Jan-2024,2\n", {"format": "%I:%M %p %d-%b-%Y"}),
        ("time,kWh\n20240111 0000,1\n20240111 0100,2\n", {"format": "%Y%m%d %H%M"}),
        ("time,kWh\n202401110000,1\n202401110100,2\n", {"format": "%Y%m%d%H%M"}),
        ("time,kWh\n2024-01-11 00:00 +0100,1\n2024-01-11 01:00 +0100,2\n", {"format": "%Y-%m-%d %H:%M %z"}),
        ("time,kWh\n1704927600,1\n1704931200,2\n", {"format": "epoch s"}),
        ("time,kWh\n1704927600000,1\n1704931200000,2\n", {"format": "epoch ms"}),
        ("d,t,kWh\n2024-01-11,00:00,1\n2024-01-11,01:00:00,2\n", {"columns": ["d", "t"]}),
        ("d,t,kWh\n11.01.2024,00:00,1\n11.01.2024,01:00,2\n", {"columns": ["d", "t"], "format": "%d.%m.%Y %H:%M"}),
        ("d,t,kWh\n11-Jan-24,12 AM,1\n11-Jan-24,1 AM,2\n", {"columns": ["d", "t"], "format": "%d-%b-%y %I %p"}),
        ("time,kWh\n2024-01-11 01:00,1\n2024-01-11 02:00,2\n", {"stamp": "end"}),
        ("time,kWh\n2024-01-11 01:00,1\n2024-01-11 02:00,2\n", {"stamp": "start-plus-step"}),
        ("time,kWh\n1704931200,1\n1704934800,2\n", {"format": "epoch s", "stamp": "end"}),
        ("time,kWh\n1704931200,1\n1704934800,2\n", {"format": "epoch s", "stamp": "start-plus-step"}),
        ("time,kWh\n2024-01-11T01:00+01:00,1\n2024-01-11T02:00+01:00,2\n", {"stamp": "start-plus-step"}),
        ("time,kWh\n2024-01-11 09:00,1\n2024-01-11 10:00,2\n", {"offset": "+10:00"}),
        ("time,kWh\n2024-01-10 19:30,1\n2024-01-10 20:30,2\n", {"offset": "-03:30"}),
        (
            "d,t,kWh\n2024-01-11,10:00,1\n2024-01-11,11:00,2\n",
            {"columns": ["d", "t"], "offset": "+10:00", "stamp": "end"},
        ),
        (
            "time,to,kWh\n2024-01-11 00:00,2024-01-11 01:00,1\n2024-01-11 01:00,2024-01-11 02:00,2\n",
            {"end_columns": "to"},
        ),
        (
            "d,t,to,kWh\n2024-01-11,00:00,01:00,1\n2024-01-11,01:00,02:00,2\n",
            {"columns": ["d", "t"], "end_columns": ["d", "to"]},
        ),
    ],
)  # fmt: skip
def test_one_pair_of_hours_has_many_spellings(read_table: ReadTable, content: str, times: dict[str, Any]) -> None:
    file = read_table(content, zone="Europe/Berlin", time={"columns": "time"} | times)
    assert by_start(file) == WINTER
    assert lengths_of(file) == [3600, 3600]


@pytest.mark.parametrize("midnight", ["2024-05-01 24:00", "2024-05-02 00:00"])
@pytest.mark.parametrize("stamp", ["end", "start-plus-step"])
def test_the_end_of_a_day_is_written_in_two_ways(read_table: ReadTable, midnight: str, stamp: str) -> None:
    rows = [f"2024-05-01 {hour:02}:00,{hour}" for hour in range(1, 24)]
    content = "\n".join(["time,kWh", *rows, f"{midnight},24", "2024-05-02 01:00,25"])
    file = read_table(content, zone="Europe/Berlin", time={"columns": "time", "stamp": stamp})
    (run,) = file.runs
    assert datetime.fromtimestamp(run.start_utc, UTC).isoformat() == "2024-04-30T22:00:00+00:00"
    assert run.net_wh == tuple(1000 * hour for hour in range(1, 26))


@pytest.mark.parametrize(("cell", "time_format"), [("24:00", "%d.%m.%Y %H:%M"), ("24:00:00", "%d.%m.%Y %H:%M:%S")])
def test_a_format_may_have_24_00_at_the_end_of_a_step_only(read_table: ReadTable, cell: str, time_format: str) -> None:
    content = f"time,kWh\n01.05.2024 {cell},1\n"
    file = read_table(content, time={"columns": "time", "stamp": "end", "format": time_format})
    assert [*by_start(file)] == ["2024-05-01T23:00:00Z"]
    with pytest.raises(PeriodError, match=r"line 2, column 'time': '01\.05\.2024 24:00.* is not written as"):
        read_table(content, time={"columns": "time", "format": time_format})
    with pytest.raises(PeriodError, match="the end of a day is 00:00"):
        read_table(f"time,kWh\n2024-05-01 {cell},1\n")


def test_from_and_to_columns_say_the_length(read_table: ReadTable) -> None:
    rows = [
        "2024-05-01 00:00,2024-05-01 01:00,1",
        "2024-05-01 01:00,2024-05-01 01:15,2",
        "2024-05-01 02:00,2024-05-01 24:00,3",
    ]
    content = "\n".join(["from,to,kWh", *rows])
    file = read_table(content, time={"columns": "from", "end_columns": "to"})
    assert lengths_of(file) == [3600, 900, 22 * 3600]
    assert [str(gap.start.time()) for gap in file.gaps] == ["01:15:00"]
    for wrong in ("2024-05-01 01:00", "2024-05-01 00:45"):
        with pytest.raises(
            PeriodError, match=r"line 3: the step ends at .*, expected after its start, 2024-05-01T01:00"
        ):
            read_table(
                content.replace("01:00,2024-05-01 01:15", f"01:00,{wrong}"),
                time={"columns": "from", "end_columns": "to"},
            )
    with pytest.raises(OverlapError, match=r"line 3, column 'kWh': the step from 2024-05-01T01:00:00Z overlaps"):
        read_table(
            content.replace("2024-05-01 01:00,1", "2024-05-01 01:30,1"), time={"columns": "from", "end_columns": "to"}
        )
    with pytest.raises(PeriodError, match=r"line 4, column 'to': ''"):
        read_table(content.replace("2024-05-01 24:00", ""), time={"columns": "from", "end_columns": "to"})


@pytest.mark.parametrize("midnight", ["00:00", "24:00"])
def test_from_and_to_of_one_day_end_with_the_day(read_table: ReadTable, midnight: str) -> None:
    """German files have a day, and from and to within it: the last quarter is from 23:45 to 00:00."""
    quarters = [timedelta(minutes=15 * number) for number in range(96)]
    rows = [
        f"31.03.2023;{datetime(1970, 1, 1) + at:%H:%M};{datetime(1970, 1, 1) + at + quarters[1]:%H:%M};{number}"  # noqa: DTZ001
        for number, at in enumerate(quarters)
    ]
    rows[-1] = rows[-1].replace("00:00", midnight)
    file = read_table(
        "\n".join(["Datum;von;bis;kWh", *rows]), zone="Europe/Berlin", table={"delimiter": ";"},
        time={"columns": ["Datum", "von"], "end_columns": ["Datum", "bis"], "format": "%d.%m.%Y %H:%M"},
    )  # fmt: skip
    (run,) = file.runs
    assert (run.step_s, run.net_wh) == (900, tuple(1000 * number for number in range(96)))
    assert str(file.period) == "2023-03-31T00:00:00+02:00 to 2023-04-01T00:00:00+02:00 (Europe/Berlin)"


CHANGES = [
    ("Europe/Berlin", date(2024, 3, 30), 3, 3600),
    ("Europe/Berlin", date(2024, 10, 26), 3, 900),
    ("Australia/Lord_Howe", date(2024, 4, 6), 2, 1800),
    ("Australia/Lord_Howe", date(2024, 10, 5), 2, 900),
    ("America/Havana", date(2024, 3, 9), 3, 3600),
    ("America/Havana", date(2024, 11, 2), 3, 1800),
    ("Asia/Beirut", date(2024, 3, 30), 3, 3600),
    ("Asia/Beirut", date(2024, 10, 26), 3, 3600),
    ("Europe/Dublin", date(2024, 10, 26), 3, 3600),
    ("America/St_Johns", date(2024, 11, 2), 3, 1800),
]  # fmt: skip


def written(shown: list[datetime], *cells: list[str], header: str = "time,kWh") -> str:
    rows = [f"{at:%Y-%m-%d %H:%M},{','.join(rest)}" for at, *rest in zip(shown, *cells, strict=True)]
    return "\n".join([header, *rows])


@pytest.mark.parametrize(("zone", "first", "days", "step_s"), CHANGES)
@pytest.mark.parametrize("stamp", ["start", "end", "start-plus-step"])
def test_clock_changes(read_table: ReadTable, zone: str, first: date, days: int, step_s: int, stamp: str) -> None:
    starts = local_starts(zone, first, days, step_s)
    step = timedelta(seconds=step_s)
    shown = {
        "start": starts,
        "end": [(at.astimezone(UTC) + step).astimezone(at.tzinfo) for at in starts],
        "start-plus-step": [at + step for at in starts],  # the clock's time plus the step
    }[stamp]
    values = [str(number) for number in range(len(starts))]
    times = {"columns": "time", "stamp": stamp, "step": f"{step_s} s"}
    file = read_table(written(shown, values), zone=zone, time=times)
    (run,) = file.runs
    assert (run.start_utc, run.step_s) == (int(starts[0].timestamp()), step_s)
    assert run.net_wh == tuple(1000 * number for number in range(len(starts)))
    assert file.gaps == ()


@pytest.mark.parametrize(("zone", "first", "days", "step_s"), CHANGES)
def test_a_mark_of_summer_time_needs_no_order(
    read_table: ReadTable, zone: str, first: date, days: int, step_s: int
) -> None:
    starts = local_starts(zone, first, days, step_s)
    january, july = (datetime(2024, month, 1, tzinfo=starts[0].tzinfo).utcoffset() for month in (1, 7))
    assert january is not None
    assert july is not None
    marks = ["S" if at.utcoffset() == max(january, july) else "W" for at in starts]
    values = [str(number) for number in range(len(starts))]
    header, *rows = written(starts, values, marks, header="time,kWh,dst").splitlines()
    content = "\n".join([header, *rows[::-1]])
    times = {"columns": "time", "step": f"{step_s} s", "summer_column": "dst", "summer": {"S": "summer", "W": "winter"}}
    (run,) = read_table(content, zone=zone, time=times).runs
    assert run.start_utc == int(starts[0].timestamp())
    assert run.net_wh == tuple(1000 * number for number in range(len(starts)))
    wrong = content.replace(",S\n", ",\0\n").replace(",W\n", ",S\n").replace(",\0\n", ",W\n")
    with pytest.raises(
        PeriodError, match=rf"line 2, column 'time': .* is marked as .* time, which {zone} did not have"
    ):
        read_table(wrong, zone=zone, time=times)


def test_a_mark_that_the_layout_does_not_name_is_refused(read_table: ReadTable) -> None:
    times = {"columns": "time", "summer_column": "dst", "summer": {"S": "summer", "W": "winter"}}
    content = "time,kWh,dst\n2024-05-01 00:00,1,S\n2024-05-01 01:00,2,{}\n"
    for mark in ("", "s", "x"):
        with pytest.raises(PeriodError, match=r"line 3, column 'time': '.?' in column 'dst'; the layout says what"):
            read_table(content.format(mark), zone="Europe/Berlin", time=times)
    file = read_table(content.format("W"), zone="Europe/Berlin", time=times, on_refusal="report")
    assert values_of(file) == [1000]
    assert [(item.line, item.column, item.error) for item in file.refused] == [(3, "time", "PeriodError")]


def test_a_mark_in_a_row_with_both_ends_is_of_its_start(read_table: ReadTable) -> None:
    rows = ["01:00,02:00,1,S", "02:00,02:00,2,S", "02:00,03:00,3,W"]
    content = "\n".join(
        ["from,to,kWh,dst", *(row.replace(",0", ",2024-10-27 0").replace("0", "2024-10-27 0", 1) for row in rows)]
    )
    times = {"columns": "from", "end_columns": "to", "summer_column": "dst", "summer": {"S": "summer", "W": "winter"}}
    (run,) = read_table(content, zone="Europe/Berlin", time=times).runs
    assert (run.step_s, run.net_wh) == (3600, (1000, 2000, 3000))


@pytest.mark.parametrize(
    ("zone", "content", "says"),
    [
        ("Europe/Berlin", "2024-03-31 02:30,1", r"'2024-03-31 02:30' did not exist in Europe/Berlin"),
        ("Australia/Lord_Howe", "2024-10-06 02:15,1", "did not exist in Australia/Lord_Howe"),
        ("America/Havana", "2024-03-10 00:00,1", "did not exist in America/Havana"),
        ("Asia/Beirut", "2024-03-31 00:30,1", "did not exist in Asia/Beirut"),
        ("Europe/Berlin", "2024-10-27 02:30,1", "came twice in Europe/Berlin, .* the file has it once"),
        ("America/Havana", "2024-11-03 00:00,1", "came twice in America/Havana, .* the file has it once"),
    ],
)  # fmt: skip
def test_a_time_that_the_clock_skips_or_repeats_is_refused(
    read_table: ReadTable, zone: str, content: str, says: str
) -> None:
    with pytest.raises(PeriodError, match=rf"meter\.csv, line 2, column 'time': .*{says}"):
        read_table(f"time,kWh\n{content}\n", zone=zone)


def test_a_fixed_offset_has_no_clock_changes(read_table: ReadTable) -> None:
    shown = [datetime(2024, 3, 30) + timedelta(hours=number) for number in range(72)]  # noqa: DTZ001
    content = written(shown, [str(number) for number in range(72)])
    file = read_table(content, zone="Europe/Berlin", time={"columns": "time", "offset": "+01:00"})
    (run,) = file.runs
    assert (run.start_utc, len(run.net_wh)) == (int(datetime(2024, 3, 29, 23, tzinfo=UTC).timestamp()), 72)
    with pytest.raises(PeriodError, match=r"line 28, .*'2024-03-31 02:00' did not exist"):
        read_table(content, zone="Europe/Berlin")


def test_times_with_an_offset_of_their_own_are_not_of_the_layouts_offset(read_table: ReadTable) -> None:
    content = "time,kWh\n2024-01-10T23:00Z,1\n2024-01-11 10:00,2\n"
    file = read_table(content, time={"columns": "time", "offset": "+10:00"})
    assert by_start(file) == WINTER


@pytest.mark.parametrize(
    ("cell", "times", "says"),
    [
        ("1704927600.5", {"format": "epoch s"}, "expected a whole number since 1970-01-01 UTC"),
        ("-5", {"format": "epoch s"}, "expected a whole number"),
        ("", {"format": "epoch s"}, "expected a whole number"),
        ("1704927600500", {"format": "epoch ms"}, "'1704927600500' ms is not a whole second"),
        ("1704927600000", {"format": "epoch s"}, "outside the years 1970 to 9998"),
        ("9" * 30, {"format": "epoch s"}, "expected a whole number"),
        ("0", {"format": "epoch s", "stamp": "start-plus-step"}, "outside the years"),
        ("1970-01-01 05:00", {"offset": "+10:00"}, "outside the years"),
        ("9999-01-01 05:00", {"offset": "+01:00"}, "outside the years"),
        ("9999-12-31 24:00", {"offset": "-01:00", "stamp": "end"}, "outside the years"),
        ("9999-12-31 23:00", {}, "outside the years"),
        ("0001-01-01 00:00", {}, "outside the years"),
        ("2024-13-01 00:00", {}, "is a day that does not exist in the calendar"),
        ("2024-05-01", {}, 'a day has many steps; if each value is of a whole day, the step is "day"'),
    ],
)
def test_a_time_that_is_no_instant_is_refused(
    read_table: ReadTable, cell: str, times: dict[str, Any], says: str
) -> None:
    with pytest.raises(PeriodError, match=rf"meter\.csv, line 2, column 'time': .*{says}"):
        read_table(f"time,kWh\n{cell},1\n", zone="Etc/GMT+1", time={"columns": "time"} | times)


def test_two_columns_are_named_in_a_refusal(read_table: ReadTable) -> None:
    content = "d,t,kWh\n2024-05-01,00:00,1\n2024-05-01,25:00,2\n"
    with pytest.raises(PeriodError, match=r"line 3, columns 'd' and 't': '2024-05-01T25:00Z' is not a time of day"):
        read_table(content, time={"columns": ["d", "t"]})
    with pytest.raises(PeriodError, match="of two columns, expected the format of the day, a space"):
        read_table(content, time={"columns": ["d", "t"], "format": "%Y-%m-%d%H%M"})


def test_an_order_that_a_channel_does_not_have_is_not_used(read_table: ReadTable) -> None:
    """Meters follow each other in the file; within each, the rows of autumn are told apart by their order."""
    day = ["00:00", "01:00", "02:00", "02:00", "03:00"]
    rows = [f"{meter},2024-10-27 {at},{number}" for meter in "ab" for number, at in enumerate(day)]
    layout: dict[str, Any] = {"zone": "Europe/Berlin", "meter_column": "meter"}
    file = read_table("\n".join(["meter,time,kWh", *rows]), **layout)
    assert [len(file.meter(meter).runs[0].net_wh) for meter in "ab"] == [5, 5]
    rows[5:] = rows[:4:-1]
    with pytest.raises(PeriodError, match=r"line 8, .* came twice .* the rows are not in time order"):
        read_table("\n".join(["meter,time,kWh", *rows]), **layout)


def test_refused_times_are_gaps_of_a_report(read_table: ReadTable) -> None:
    content = "time,kWh\n2024-05-01 00:00,1\nnoon,2\n2024-05-01 02:00,3\n"
    file = read_table(content, on_refusal="report")
    assert values_of(file) == [1000, 3000]
    assert [(item.line, item.column) for item in file.refused] == [(3, "time")]
    assert "'noon' is not an ISO 8601 time; expected text like" in file.refused[0].reason
    assert len(file.gaps) == 1


def test_every_refusal_is_of_this_library(read_table: ReadTable) -> None:
    for cell in ("9999-12-31 24:00", "9998-12-31 24:00", "1970-01-01 00:00", "0000-00-00 00:00", "\ud7ff"):
        for stamp in ("start", "end", "start-plus-step"):
            for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "UTC"):
                for step in ("1 hour", "day", "month"):
                    if step in ("day", "month") and stamp == "start-plus-step":
                        continue
                    try:
                        read_table(
                            f"time,kWh\n{cell},1\n", zone=zone, time={"columns": "time", "stamp": stamp, "step": step}
                        )
                    except CarbonLedgerError:
                        continue


@pytest.mark.parametrize(
    "continent", ["Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Pacific"]
)
def test_no_zone_changes_its_clocks_twice_in_a_day(continent: str) -> None:
    """A day is read at once if it begins and ends with one offset: no zone has another offset in between."""
    zones = (files("tzdata") / "zones").read_text().split()
    for zone in (name for name in zones if name.startswith(continent)):
        changes = installed_rules(zone).changes_utc
        assert all(later - earlier > 2 * DAY_S for earlier, later in pairwise(changes)), zone


@pytest.mark.parametrize("zone", ["Asia/Baku", "Asia/Tehran", "Africa/Casablanca", "America/Sao_Paulo", "UTC"])
def test_a_zone_that_settled_has_one_offset_from_then_on(read_table: ReadTable, zone: str) -> None:
    """Days around and after the last change of the clocks, against the zone's own clocks."""
    last = max(installed_rules(zone).changes_utc, default=1_000_000_000) // DAY_S
    days = [date(1970, 1, 1) + timedelta(days=last + after) for after in (-3, -1, 2, 4, 7, 11, 400)]
    content = "\n".join(["time,kWh", *(f"{day} 12:00,{number}" for number, day in enumerate(days, 1))])
    file = read_table(content, zone=zone, time={"columns": "time", "step": "30 min"})
    noon = [datetime(day.year, day.month, day.day, 12, tzinfo=zone_info(zone)) for day in days]
    assert [run.start_utc for run in file.runs] == [int(at.timestamp()) for at in noon]
