"""Files of metered energy: real files to the last digit, and small files for every refusal."""

import csv
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.conftest import SHARED

from carbon_ledger.errors import (
    CarbonLedgerError,
    InexactNumberError,
    MissingDataError,
    OverlapError,
    PeriodError,
    QuantityError,
)
from carbon_ledger.exact import Rounding
from carbon_ledger.metering.meter_csv import digest_file, read_meter_csv
from carbon_ledger.metering.meter_files import MeterFile
from carbon_ledger.metering.readings import Readings
from carbon_ledger.periods import Period, instant_of, instant_text

GENERATION = SHARED / "data/generation"
FLOOR = Rounding("floor", places=0)


class RealFile(NamedTuple):
    """A year of a real file: how it is written, its printed sum in MWh, its values finer than 1 Wh."""

    name: str
    time_column: str
    value_column: str
    time_format: str | None
    total: Decimal
    finer: int

    def path(self) -> Path:
        path = GENERATION / f"{self.name}_hydro_2016.csv"
        if not path.exists():
            pytest.skip(f"real generation data is absent: {path.name} in shared/data/generation")
        return path

    def read(self, **changes: Any) -> MeterFile:
        layout = {key: getattr(self, key) for key in ("time_column", "value_column", "time_format")}
        return read_meter_csv(self.path(), zone="UTC", **layout, **changes)


ERCOT = RealFile("ercot", "UTC Time", "generation", "%m/%d/%Y %H:%M", Decimal("1060477.777276"), 0)
NEISO = RealFile("neiso", "time", "hydro", None, Decimal("6764102.82613564999758"), 2518)
NYISO = RealFile("nyiso", "date_time", "GenMWh", "%m/%d/%y %H:%M", Decimal("26197703.8014283"), 1)
real_files = pytest.mark.parametrize("real", [ERCOT, NEISO, NYISO], ids=lambda real: real.name)


@pytest.mark.outside
@real_files
def test_a_real_year_is_read_to_the_last_digit(real: RealFile) -> None:
    """Hourly hydro generation of 2016, Breakthrough-Energy/PreREISE at commit 7ee5c8fe."""
    file = real.read(rounding=FLOOR)
    with real.path().open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    exact_wh = [Fraction(row[real.value_column]) * 10**6 for row in rows]
    form = real.time_format or "%Y-%m-%d %H:%M:%S"
    hours = [datetime.strptime(row[real.time_column], form).replace(tzinfo=UTC) for row in rows]
    by_hour = dict(zip(hours, exact_wh, strict=True))
    in_order = [by_hour[datetime(2016, 1, 1, tzinfo=UTC) + timedelta(hours=k)] for k in range(8784)]
    (run,) = file.runs
    assert run.net_wh == tuple(wh.numerator // wh.denominator for wh in in_order)
    assert (file.gaps, file.period) == ((), Period.year(2016, zone="UTC"))
    assert file.exact_total == real.total
    assert file.cut_rows == real.finer == sum(wh.denominator != 1 for wh in exact_wh)
    assert Fraction(file.cut) == sum(exact_wh) - file.total_wh
    assert 0 <= file.cut < max(real.finer, 1)
    assert file.sha256 == digest_file(real.path())
    assert file.sha256 == f"sha256:{hashlib.sha256(real.path().read_bytes()).hexdigest()}"


@pytest.mark.outside
@pytest.mark.parametrize("real", [NEISO, NYISO], ids=lambda real: real.name)
def test_a_real_file_with_values_finer_than_1_wh_needs_a_named_rounding(real: RealFile) -> None:
    with pytest.raises(InexactNumberError, match=r"line \d+, .* Wh is finer than 1 Wh") as caught:
        real.read()
    line = int(str(caught.value).split("line ")[1].split(",")[0])
    printed = real.path().read_text().splitlines()[line - 1].split(",")[1]
    shown = str(caught.value).split(": ")[1].split(" Wh is finer")[0]
    assert Fraction(shown) == Fraction(printed) * 10**6


@pytest.mark.outside
def test_a_real_file_of_whole_wh_needs_no_rounding() -> None:
    file = ERCOT.read()
    assert (file.total_wh, file.cut, file.rounding) == (1_060_477_777_276, 0, None)


Read = Callable[..., MeterFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a file of the given content, by default with columns time and net, in UTC."""

    def reader(content: str | bytes, **changes: Any) -> MeterFile:
        path = tmp_path / "meter.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        options: dict[str, Any] = {"time_column": "time", "value_column": "net", "zone": "UTC"}
        return read_meter_csv(path, **options | changes)

    return reader


def hourly(*values: str, day: str = "2024-05-01") -> str:
    lines = [f"{day}T{hour:02}:00Z,{value}" for hour, value in enumerate(values)]
    return "\n".join(["time,net", *lines, ""])


def starts(file: MeterFile) -> list[str]:
    return [instant_text(run.start_utc + k * run.step_s) for run in file.runs for k in range(len(run.net_wh))]


@pytest.mark.parametrize("values", [("",), ("", "0.5"), ("1.25", ""), ("", "1.5", "2.25")])
def test_an_empty_value_is_never_zero_whatever_the_others_are(read: Read, values: tuple[str, ...]) -> None:
    with pytest.raises(MissingDataError, match="no value; if the step"):
        read(hourly(*values), unit="MWh")
    if any(values):
        given = [int(float(value) * 10**6) for value in values if value]
        assert [wh for run in read(hourly(*values), unit="MWh", missing="gap").runs for wh in run.net_wh] == given


@pytest.mark.parametrize("values", [("-", "0.5"), ("1.25", "-"), ("-", "1.5", "2.25")])
def test_a_sign_alone_is_no_number(read: Read, values: tuple[str, ...]) -> None:
    with pytest.raises(QuantityError, match="'-' is not a plain decimal number"):
        read(hourly(*values), unit="MWh")


def test_a_small_file_is_read(read: Read, tmp_path: Path) -> None:
    content = hourly("90.6", "-1", "0", "0.000001")
    file = read(content)
    may = instant_of("2024-05-01T00:00:00Z")
    assert file.runs == (Readings(may, 3600, (90_600_000, -1_000_000, 0, 1)),)
    assert file.runs[0].end_utc == may + 4 * 3600
    assert (file.total_wh, file.runs[0].total_wh) == (89_600_001, 89_600_001)
    assert str(file.exact_total) == "89.600001"
    assert (file.cut, file.cut_rows, file.rounding, file.unit) == (0, 0, None, "MWh")
    assert file.gaps == ()
    assert str(file.period) == "2024-05-01T00:00:00+00:00 to 2024-05-01T04:00:00+00:00 (UTC)"
    assert file.sha256 == f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
    assert file.path == str(tmp_path / "meter.csv")


@pytest.mark.parametrize(
    "content",
    [
        hourly("1", "2", "3").replace("\n", "\r\n"),
        hourly("1", "2", "3").rstrip("\n"),
        "\ufeff" + hourly("1", "2", "3"),
        hourly("1", "2", "3") + "\n\n,\n",
        hourly("1", " 2 ", "3"),
        hourly("1", '"2"', "3"),
        'time,"net"\n"2024-05-01T00:00Z","1"\n"2024-05-01T01:00Z","2"\n"2024-05-01T02:00Z","3"\n',
        "time,net\n2024-05-01T02:00Z,3\n2024-05-01T00:00Z,1\n2024-05-01T01:00Z,2\n",
        "note,net,time\n,1,2024-05-01T00:00Z\n,2,2024-05-01T01:00Z\nx,3,2024-05-01T02:00Z\n",
        "time,net\n2024-05-01 00:00,1\n2024-05-01 01:00,2\n2024-05-01 02:00:00,3\n",
        "time,net\n2024-05-01T04:00+04:00,1\n2024-05-01 01:00Z,2\n2024-05-01T02:00,3\n",
    ],
)
def test_one_table_has_many_spellings(read: Read, content: str) -> None:
    (run,) = read(content).runs
    assert run == Readings(instant_of("2024-05-01T00:00:00Z"), 3600, (1_000_000, 2_000_000, 3_000_000))


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_other_delimiters(read: Read, delimiter: str, name: str) -> None:
    assert read(hourly("1", "2").replace(",", delimiter), delimiter=delimiter).total_wh == 3_000_000, name


@pytest.mark.parametrize(("unit", "total_wh"), [("Wh", 3), ("kWh", 3_000), ("MWh", 3_000_000), ("GWh", 3_000_000_000)])
def test_the_unit_is_the_callers(read: Read, unit: str, total_wh: int) -> None:
    file = read(hourly("1", "2"), unit=unit)
    assert (file.total_wh, file.exact_total, file.unit) == (total_wh, 3, unit)


@pytest.mark.parametrize(
    ("step", "step_s"), [("15 min", 900), ("15 minutes", 900), (timedelta(minutes=15), 900), ("30 s", 30)]
)
def test_the_step_is_the_callers(read: Read, step: object, step_s: int) -> None:
    second = instant_text(instant_of("2024-05-01T00:00:00Z") + step_s)
    (run,) = read(f"time,net\n2024-05-01T00:00Z,1\n{second},2\n", step=step).runs
    assert (run.step_s, len(run.net_wh)) == (step_s, 2)


def test_a_gap_parts_two_runs(read: Read) -> None:
    lines = hourly("1", "2", "3", "4", "5").splitlines()
    file = read("\n".join(lines[:3] + lines[5:]))
    assert [run.net_wh for run in file.runs] == [(1_000_000, 2_000_000), (5_000_000,)]
    assert file.gaps == (Period.of("2024-05-01T02:00Z", "2024-05-01T04:00Z"),)
    assert file.gaps[0].zone == "UTC"
    assert (file.exact_total, file.total_wh) == (8, 8_000_000)


def test_a_file_of_two_resolutions_is_refused(read: Read) -> None:
    """A step is what two rows are apart: read by the quarter, an hour's energy would be put into its first quarter."""
    hours = [f"2024-05-01T{hour:02d}:00Z,4" for hour in (21, 22, 23)]
    quarters = [f"2024-05-02T00:{minute:02d}Z,1" for minute in (0, 15, 30, 45)]
    for rows, lines in (
        (hours + quarters, (2, 4)),
        (quarters + [f"2024-05-02T{h:02d}:00Z,4" for h in (1, 2, 3)], (6, 8)),
    ):
        with pytest.raises(
            PeriodError, match="the rows are 3600 s apart, and the step is 900 s; if the file"
        ) as refused:
            read("\n".join(["time,net", *rows]), step="15 min")
        assert f"meter.csv, line {lines[0]}, column 'time': from" in str(refused.value)
        assert f"(line {lines[1]})" in str(refused.value)
        with pytest.raises(PeriodError, match="no multiple of the step, 3600 s"):
            read("\n".join(["time,net", *rows]), step="1 hour")


@pytest.mark.parametrize("missing", ["refuse", "gap"])
def test_hours_are_not_read_by_the_quarter(read: Read, missing: str) -> None:
    with pytest.raises(PeriodError, match="the rows are 3600 s apart, and the step is 900 s"):
        read(hourly("4", "4", "4"), step="15 min", missing=missing)


def test_rows_that_are_missing_at_equal_distances_are_added_without_a_value(read: Read) -> None:
    rows = hourly("1", "", "2", "", "3").splitlines()
    with pytest.raises(PeriodError, match='add them without a value and pass missing="gap"'):
        read("\n".join([*rows[:2], *rows[3:4], *rows[5:]]))
    assert len(read("\n".join(rows), missing="gap").runs) == 3


def test_an_empty_value_is_a_gap_where_the_caller_says_so(read: Read) -> None:
    content = hourly("", "1", "", " ", "2", "")
    with pytest.raises(MissingDataError, match=r"meter\.csv, line 2, column 'net': no value; if the step"):
        read(content)
    file = read(content, missing="gap")
    assert starts(file) == ["2024-05-01T01:00:00Z", "2024-05-01T04:00:00Z"]
    assert [(gap.start.hour, gap.end.hour) for gap in file.gaps] == [(0, 1), (2, 4), (5, 6)]
    assert (file.exact_total, file.cut_rows) == (3, 0)


def test_a_file_of_empty_values_alone_is_refused(read: Read) -> None:
    with pytest.raises(MissingDataError, match="no row has a value in column 'net'"):
        read(hourly("", ""), missing="gap")


@pytest.mark.parametrize(
    ("direction", "kept", "cut", "rows"),
    [
        ("floor", (1, -2, 2), "0.9", 2),
        ("ceiling", (2, -1, 2), "-1.1", 2),
        ("truncate", (1, -1, 2), "-0.1", 2),
        ("half-even", (2, -2, 2), "-0.1", 2),
    ],
)
def test_what_a_rounding_takes_is_reported(
    read: Read, direction: str, kept: tuple[int, ...], cut: str, rows: int
) -> None:
    file = read(hourly("0.0000015", "-0.0000016", "0.000002"), rounding=Rounding(direction, places=0))
    assert file.runs[0].net_wh == kept
    assert str(file.cut) == cut
    assert file.cut_rows == rows
    assert file.rounding == Rounding(direction, places=0)
    assert str(file.exact_total) == "0.0000019"


def test_a_value_finer_than_1_wh_is_refused_with_its_place(read: Read) -> None:
    with pytest.raises(InexactNumberError) as caught:
        read(hourly("1", "1678.2222219999999"))
    assert "meter.csv, line 3, column 'net': 1678222221.9999999 Wh is finer than 1 Wh" in str(caught.value)
    assert 'rounding=Rounding("floor", places=0)' in str(caught.value)


@pytest.mark.parametrize(
    "value",
    ["n/a", "1e3", "1,5", "1 000", "+1", "0x10", "NaN", "inf", ".5", "--1", "1.2.3", "\u0661", "1_000"],
)
def test_what_is_no_plain_number_is_refused_with_its_place(read: Read, value: str) -> None:
    with pytest.raises(QuantityError, match=r"meter\.csv, line 3, column 'net': .*is not a plain decimal number"):
        read(hourly("1", f'"{value}"'), missing="gap")


def test_a_number_of_too_many_digits_is_refused(read: Read) -> None:
    with pytest.raises(InexactNumberError, match=r"line 2, column 'net': .* more than 60 digits"):
        read(hourly("1" * 61))


CLOCKS_BACK = ["00:00", "01:00", "01:00", "02:00"]


def local(times: list[str], day: str) -> str:
    return "\n".join(["time,net", *(f"{day}T{time},{k}" for k, time in enumerate(times, 1))])


def test_the_hour_that_autumn_repeats_is_told_apart_by_order(read: Read) -> None:
    file = read(local(CLOCKS_BACK, "2026-10-25"), zone="Europe/London")
    assert starts(file) == [f"2026-10-{at}:00:00Z" for at in ("24T23", "25T00", "25T01", "25T02")]
    assert file.runs[0].net_wh == (1_000_000, 2_000_000, 3_000_000, 4_000_000)
    assert file.period.zone == "Europe/London"


def test_quarters_of_the_repeated_hour_are_told_apart_by_order(read: Read) -> None:
    quarters = [f"01:{minute:02}" for minute in (0, 15, 30, 45)]
    file = read(local(quarters * 2, "2026-10-25"), zone="Europe/London", step="15 min")
    assert file.runs == (Readings(instant_of("2026-10-25T00:00:00Z"), 900, tuple(k * 10**6 for k in range(1, 9))),)


@pytest.mark.parametrize(
    ("times", "line", "why"),
    [
        (["00:00", "01:00", "02:00"], 3, "the file has it once"),
        (CLOCKS_BACK[::-1], 3, "the rows are not in time order"),
        (["01:00", "01:00", "00:00", "02:00"], 2, "the rows are not in time order"),
    ],
)
def test_a_repeated_hour_that_order_cannot_tell_is_refused(read: Read, times: list[str], line: int, why: str) -> None:
    with pytest.raises(PeriodError, match=rf"line {line}, column 'time': .*came twice in Europe/London.*{why}"):
        read(local(times, "2026-10-25"), zone="Europe/London")


def test_a_repeated_quarter_in_text_order_is_refused(read: Read) -> None:
    times = ["01:00", "01:00", "01:15", "01:15", "01:30", "01:30", "01:45", "01:45"]
    with pytest.raises(PeriodError, match=r"line 2, .*not in time order"):
        read(local(times, "2026-10-25"), zone="Europe/London", step="15 min")


def test_a_repeated_hour_with_its_offset_needs_no_order(read: Read) -> None:
    content = "time,net\n2026-10-25T01:00+00:00,2\n2026-10-25T01:00+01:00,1\n"
    assert read(content, zone="Europe/London").runs[0].net_wh == (1_000_000, 2_000_000)


def test_the_same_local_time_three_times_is_a_duplicate(read: Read) -> None:
    with pytest.raises(OverlapError, match=r"line 5, .* overlaps that from 2026-10-25T01:00:00Z, line 4;"):
        read(local(["00:00", "01:00", "01:00", "01:00"], "2026-10-25"), zone="Europe/London")


def test_a_local_time_that_spring_skips_is_refused(read: Read) -> None:
    with pytest.raises(PeriodError, match=r"line 3, .*'2026-03-29T01:00' did not exist in Europe/London"):
        read(local(["00:00", "01:00", "02:00"], "2026-03-29"), zone="Europe/London")
    assert len(read(local(["00:00", "02:00", "03:00"], "2026-03-29"), zone="Europe/London").runs) == 1


def test_a_time_that_stands_twice_is_refused_with_both_lines(read: Read) -> None:
    content = hourly("1", "2", "3") + "2024-05-01T05:00+04:00,9\n"
    with pytest.raises(OverlapError, match=r"meter\.csv, line 5, .*from 2024-05-01T01:00:00Z.* line 3; "):
        read(content)


def test_a_time_off_the_grid_is_refused_with_both_lines(read: Read) -> None:
    content = hourly("1", "2") + "2024-05-01T02:30Z,3\n"
    with pytest.raises(
        PeriodError, match=r"line 4, .*2024-05-01 02:30:00 \(line 4\) is 9000 s after .*line 2.* 3600 s"
    ):
        read(content)


@pytest.mark.parametrize(
    ("time", "says"),
    [
        ("", "'' is not an ISO 8601 time"),
        ("1/1/2016 0:00", "is not an ISO 8601 time"),
        ("2024-05-01", "is not an ISO 8601 time"),
        ("2024-05-01T24:00", "the end of a day is 00:00"),
        ("2024-05-01T00:00:00.5", "not on a whole second"),
        ("2024-06-30T23:59:60Z", "leap second"),
        ("1969-12-31T23:00Z", "outside the years"),
        ("2024-05-01  00:00Z", "is not an ISO 8601 time"),
    ],
)
def test_a_time_that_cannot_be_read_is_refused_with_its_place(read: Read, time: str, says: str) -> None:
    with pytest.raises(PeriodError, match=rf"meter\.csv, line 2, column 'time': .*{says}"):
        read(f"time,net\n{time},1\n")


def test_a_local_time_before_1970_in_utc_is_refused(read: Read) -> None:
    with pytest.raises(PeriodError, match="outside the years 1970 to 9998"):
        read("time,net\n1970-01-01T00:00,1\n", zone="Asia/Baku")


@pytest.mark.parametrize(
    ("time_format", "time", "utc"),
    [
        ("%m/%d/%Y %H:%M", "5/1/2024 7:00", "2024-05-01T07:00:00Z"),
        ("%d.%m.%y %H:%M", "01.05.24 07:00", "2024-05-01T07:00:00Z"),
        ("%d %b %Y %I:%M %p", "1 May 2024 7:00 PM", "2024-05-01T19:00:00Z"),
        ("%Y-%m-%d", "2024-05-01", "2024-05-01T00:00:00Z"),
        ("%Y%m%d%H%M%S", "20240501070000", "2024-05-01T07:00:00Z"),
        ("%Y-%m-%dT%H:%M%z", "2024-05-01T07:00+04:00", "2024-05-01T03:00:00Z"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2024-05-01T07:00:00.000Z", "2024-05-01T07:00:00Z"),
        ("%d%%%m%%%Y %H", "01%05%2024 07", "2024-05-01T07:00:00Z"),
        ("%Y-%m-%d%%z %H", "2024-05-01%z 07", "2024-05-01T07:00:00Z"),
    ],
)
def test_times_are_read_by_their_format(read: Read, time_format: str, time: str, utc: str) -> None:
    assert starts(read(f"time,net\n{time},1\n", time_format=time_format)) == [utc]


def test_formatted_times_are_local_times_of_the_zone(read: Read) -> None:
    content = "time,net\n5/1/2024 4:00,1\n"
    assert starts(read(content, time_format="%m/%d/%Y %H:%M", zone="Asia/Baku")) == ["2024-05-01T00:00:00Z"]


@pytest.mark.parametrize(
    ("time_format", "time"),
    [
        ("%m/%d/%Y %H:%M", "13/1/2024 0:00"),
        ("%m/%d/%Y %H:%M", "2/30/2024 0:00"),
        ("%m/%d/%Y %H:%M", "1/1/2024 24:00"),
        ("%m/%d/%Y %H:%M", "1/1/2024"),
        ("%m/%d/%Y %H:%M", "1/1/2024 0:00 x"),
        ("%m/%d/%Y %H:%M", "1/1/2024 \u0661:00"),
        ("%m/%d/%Y %H:%M", ""),
        ("%Y-%m-%dT%H:%M%z", "2024-05-01T00:00"),
        ("%Y-%m-%d %H:%M:%S", "2024-06-30 23:59:60"),
    ],
)
def test_a_time_of_another_format_is_refused_with_its_place(read: Read, time_format: str, time: str) -> None:
    with pytest.raises(PeriodError, match=r"meter\.csv, line 2, column 'time': .* is not written as '%"):
        read(f"time,net\n{time},1\n", time_format=time_format)


def test_a_formatted_part_of_a_second_is_refused(read: Read) -> None:
    with pytest.raises(PeriodError, match=r"line 2, .*not on a whole second"):
        read("time,net\n2024-05-01 00:00:00.5,1\n", time_format="%Y-%m-%d %H:%M:%S.%f")


@pytest.mark.parametrize(
    "time_format",
    [
        "",
        "%H:%M",
        "%m/%d %H:%M",
        "%Y-%m %H:%M",
        "%Y-%d %H:%M",
        "%Y %y-%m-%d",
        "%Y-%m-%d %Y",
        "%Y-%m-%b-%d",
        "%Y-%m-%d %I:%M",
        "%Y-%m-%d %H:%M %p",
        "%Y-%m-%d %H:%M %Z",
        "%c",
        "%x %X",
        "%Y-%m-%d %",
        "%Y-%m-%d %Q",
        "%%Y-%m-%d",
    ],
)
def test_a_format_that_leaves_a_time_open_is_refused(read: Read, time_format: str) -> None:
    with pytest.raises(PeriodError, match=r"time_format .*expected a year, a month, a day and a time of day"):
        read(hourly("1"), time_format=time_format)


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        ("", MissingDataError, r"the file is empty; expected a header, and rows below it"),
        ("\n\n", MissingDataError, r"the file is empty"),
        ("time,net\n", MissingDataError, r"no row below the header"),
        ("time,net\n\n,\n", MissingDataError, r"no row below the header"),
        (
            "Time,net\n2024-05-01T00:00Z,1\n",
            MissingDataError,
            r"line 1: no column 'time'; did you mean 'Time'\?",
        ),
        (
            "time,MWh\n2024-05-01T00:00Z,1\n",
            MissingDataError,
            r"no column 'net'; the header is \['time', 'MWh'\]",
        ),
        ("time;net\n2024-05-01T00:00Z;1\n", MissingDataError, r"no column 'time'"),
        ("time,net,net\n2024-05-01T00:00Z,1,2\n", QuantityError, r"line 1: 2 columns are called 'net'"),
        (hourly("1", "1,5"), QuantityError, r"line 3: 3 cells, the header has 2"),
        (hourly("1") + "2024-05-01T01:00Z\n", QuantityError, r"line 3: 1 cell, the header has 2"),
        (hourly("1", '"2"x'), QuantityError, r"line 3: not CSV: "),
        (hourly("1", '"2'), QuantityError, r"not CSV: unexpected end of data"),
        (hourly("1", '"' + "2" * 200_000 + '"'), QuantityError, r"not CSV: field larger than"),
        (hourly("1").encode() + b"\xff", QuantityError, r"byte 29 is not UTF-8"),
        (hourly("1").encode("utf-16"), QuantityError, r"byte 0 is not UTF-8"),
        (hourly("1", "\0"), QuantityError, r"line 3, column 'net': .*not a plain decimal number"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(
    read: Read, content: str | bytes, error: type[CarbonLedgerError], says: str
) -> None:
    with pytest.raises(error, match=rf"meter\.csv.*{says}") as caught:
        read(content)
    assert type(caught.value) is error


def test_a_row_over_several_lines_is_named_by_its_first(read: Read) -> None:
    content = 'time,net,note\n2024-05-01T00:00Z,1,"two\nlines"\n2024-05-01T01:00Z,x,"two\nlines"\n'
    with pytest.raises(QuantityError, match="line 4, column 'net'"):
        read(content)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"zone": "Baku"}, PeriodError, "did you mean Asia/Baku"),
        ({"zone": None}, PeriodError, "zone None"),
        ({"delimiter": "::"}, QuantityError, "delimiter '::'"),
        ({"delimiter": ""}, QuantityError, "delimiter ''"),
        ({"delimiter": "."}, QuantityError, r"delimiter '\.'"),
        ({"missing": "zero"}, QuantityError, "missing_is 'zero': expected one of"),
        ({"rounding": Rounding("floor", places=3)}, QuantityError, "needs places=0"),
        ({"step": "0 hours"}, QuantityError, "step"),
        ({"step": "an hour"}, QuantityError, "step"),
        ({"step": timedelta(0)}, QuantityError, "step"),
        ({"unit": "MW"}, QuantityError, "unit"),
        ({"unit": "mWh"}, QuantityError, "unit"),
        ({"unit": "0 MWh"}, QuantityError, "unit"),
        ({"unit": ""}, QuantityError, "unit"),
        ({"unit": "GJ"}, InexactNumberError, "unit"),
    ],
)
def test_an_argument_that_cannot_be_used_is_refused(
    read: Read, changes: dict[str, Any], error: type[CarbonLedgerError], says: str
) -> None:
    with pytest.raises(error, match=says):
        read(hourly("1", "2"), **changes)


def test_the_zone_must_be_named(tmp_path: Path) -> None:
    unnamed: Any = read_meter_csv
    with pytest.raises(TypeError, match="zone"):
        unnamed(tmp_path / "meter.csv", time_column="time", value_column="net")


@pytest.mark.parametrize("name", ["absent.csv", "no/such/folder.csv", ".", "nul\0byte.csv"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(MissingDataError, match="cannot be read: ") as caught:
        read_meter_csv(path, time_column="time", value_column="net", zone="UTC")
    assert repr(str(path)) in str(caught.value)
    with pytest.raises(MissingDataError, match="cannot be read: ") as caught:
        digest_file(path)
    assert repr(str(path)) in str(caught.value)


def test_a_document_is_digested_as_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"abc")
    published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, "abc"
    assert digest_file(path) == digest_file(str(path)) == f"sha256:{published}"


def test_a_number_is_read_without_a_float(read: Read) -> None:
    """Every kWh from 0.001 to 9.999: `int(float(text) * 1000)` loses a Wh on many of them."""
    values = [f"{number // 1000}.{number % 1000:03}" for number in range(1, 10_000)]
    start = instant_of("2024-01-01T00:00:00Z")
    lines = [f"{instant_text(start + k * 60)},{value}" for k, value in enumerate(values)]
    file = read("\n".join(["time,net", *lines]), unit="kWh", step="1 minute")
    assert file.runs[0].net_wh == tuple(range(1, 10_000))
    assert any(int(float(value) * 1000) != wh for wh, value in enumerate(values, 1))


def test_days_in_text_order_are_told_apart(read: Read) -> None:
    """The text of one day begins as that of another: 2016/1/1 and 2016/1/10."""
    days = ["2016/1/1", "2016/1/10", "2016/1/2", "2016/1/20"]
    rows = [f"{day} {hour}:00,{number}" for number, day in enumerate(days, 1) for hour in range(24)]
    file = read("\n".join(["time,net", *rows]), time_format="%Y/%m/%d %H:%M")
    first, tenth, second, twentieth = (number * 1_000_000 for number in (1, 2, 3, 4))
    assert [run.net_wh for run in file.runs] == [(first,) * 24 + (second,) * 24, (tenth,) * 24, (twentieth,) * 24]
