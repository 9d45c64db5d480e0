"""Frames of metered energy: the types of columns, exact values, clock changes, and what is refused."""

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Clock
from tests.support.arrow_producer import Producer, instants, integers, table

import carbon_ledger as cl
from carbon_ledger.errors import (
    InexactNumberError,
    MissingDataError,
    NaiveTimeError,
    OverlapError,
    PeriodError,
    QuantityError,
)
from carbon_ledger.metering.frames import MeterFrame, read_meter_frame

MAY = 1_714_521_600  # 2024-05-01T00:00Z
UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def library(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed: it is in the extra test")


def utc(hour: int, *, day: int = 1) -> dt.datetime:
    return dt.datetime(2024, 5, day, tzinfo=dt.UTC) + dt.timedelta(hours=hour)


def read(columns: dict[str, Any], *, values: Any = "net", **more: Any) -> MeterFrame:
    """The readings of a table of pyarrow."""
    return read_meter_frame(library("pyarrow").table(columns), **{"time": "time", "zone": "UTC"} | more, values=values)


def hours(*net: int | None, **more: Any) -> dict[str, Any]:
    return {"time": [utc(hour) for hour in range(len(net))], "net": [*net]} | more


def runs_of(file: Any) -> list[tuple[int, int, tuple[int, ...], str]]:
    return [(run.start_utc, run.step_s, tuple(run.net_wh), run.quality) for run in file.runs]


def test_a_frame_needs_no_library() -> None:
    frame = Producer([table(instants([MAY, MAY + 3600]), integers([3_000_000, -1], b"net"))])
    file = read_meter_frame(frame, time="time", zone="Asia/Baku", values="net")
    assert runs_of(file) == [(MAY, 3600, (3_000_000, -1), "measured")]
    assert (file.rows, file.total_wh, file.only.exact_wh, file.only.cut_wh) == (2, 2_999_999, 2_999_999, 0)
    assert file.period == cl.Period(MAY, MAY + 7200, "Asia/Baku")
    assert sorted(frame.released) == sorted(frame.given)


def frames_of(columns: dict[str, Any], unit: str, zone: str) -> dict[str, Any]:
    """The same table in several libraries, with times of one unit and zone."""
    pandas, polars, pyarrow, duckdb = map(library, ("pandas", "polars", "pyarrow", "duckdb"))
    arrow = pyarrow.table(columns)
    times = arrow["time"].cast(pyarrow.timestamp(unit, zone))
    arrow = arrow.set_column(arrow.schema.get_field_index("time"), "time", times)
    frames = {
        "pyarrow": arrow,
        "record batch": arrow.to_batches()[0],
        "struct": pyarrow.StructArray.from_arrays(arrow.to_batches()[0].columns, names=arrow.schema.names),
        "chunks": pyarrow.concat_tables([arrow.slice(0, 1), arrow.slice(1)]),
        "pandas": arrow.to_pandas(),
        "pandas of arrow": arrow.to_pandas(types_mapper=pandas.ArrowDtype),
    }
    if unit != "s" and zone != "+05:30":  # which polars does not have
        frames["polars"] = polars.from_arrow(arrow)
        frames["polars of chunks"] = polars.from_arrow(frames["chunks"], rechunk=False)
    if unit == "us":
        connection = duckdb.connect()
        frames["duckdb"] = connection.from_arrow(arrow)
    return frames


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Baku", "+05:30"])
def test_every_library_gives_the_same_runs(unit: str, zone: str) -> None:
    most = 2**53 - 1
    columns = hours(most, -most, most, 0)
    del columns["time"][3], columns["net"][3]
    columns["kind"] = ["measured", "measured", "estimated"]
    expected = [(MAY, 3600, (most, -most), "measured"), (MAY + 7200, 3600, (most,), "estimated")]
    for name, frame in frames_of(columns, unit, zone).items():
        file = read_meter_frame(frame, time="time", zone="UTC", values="net", quality={"column": "kind"})
        assert runs_of(file) == expected, name


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_time_with_a_fraction_of_a_second_is_refused(unit: str) -> None:
    pyarrow = library("pyarrow")
    ticks = [MAY * UNITS[unit], (MAY + 3600) * UNITS[unit] + 1]
    times = pyarrow.array(ticks, pyarrow.timestamp(unit, "UTC"))
    for frame in (
        pyarrow.table({"time": times, "net": [1, 2]}),
        pyarrow.table({"time": times, "net": [1, 2]}).to_pandas(),
    ):
        with pytest.raises(PeriodError, match=r"frame, line 2, column 'time': \d+ of .* is no whole second"):
            read_meter_frame(frame, time="time", zone="UTC", values="net")


def test_times_before_1970_are_refused() -> None:
    for time in (-3600, -1, 253_370_764_800 + 3600):
        with pytest.raises(PeriodError, match="outside the years"):
            read_meter_frame(
                Producer([table(instants([time]), integers([1], b"net"))]), time="time", zone="UTC", values="net"
            )


def test_naive_times_are_refused_by_type() -> None:
    pandas, polars, pyarrow = map(library, ("pandas", "polars", "pyarrow"))
    time = [utc(0).replace(tzinfo=None)]
    for frame in (
        pyarrow.table({"time": time, "net": [1]}),
        pandas.DataFrame({"time": time, "net": [1]}),
        polars.DataFrame({"time": time, "net": [1]}),
        pandas.DataFrame({"time": pandas.Series(time, dtype="timestamp[us][pyarrow]"), "net": [1]}),
    ):
        with pytest.raises(NaiveTimeError, match="has no time zone; name the zone"):
            read_meter_frame(frame, time="time", zone="UTC", values="net")


def test_times_of_other_types_are_refused() -> None:
    pandas = library("pandas")
    for time in ([MAY], ["2024-05-01T00:00Z"], [1.0], [True], [dt.timedelta(1)]):
        with pytest.raises(PeriodError, match="expected a timestamp with a time zone"):
            read({"time": time, "net": [1]})
    with pytest.raises(PeriodError, match="objects"):
        read_meter_frame(
            pandas.DataFrame({"time": pandas.Series([utc(0)], dtype=object), "net": [1]}),
            time="time", zone="UTC", values="net",
        )  # fmt: skip
    with pytest.raises(MissingDataError, match="line 2, column 'time': null; each row needs its time"):
        read({"time": [utc(0), None], "net": [1, 2]})
    with pytest.raises(MissingDataError, match="null; each row needs its time"):
        read_meter_frame(
            pandas.DataFrame({"time": pandas.Series([utc(0), pandas.NaT]), "net": [1, 2]}),
            time="time", zone="UTC", values="net",
        )  # fmt: skip


def test_an_index_of_pandas_is_not_read() -> None:
    pandas = library("pandas")
    frame = pandas.DataFrame({"time": [utc(0), utc(1)], "net": [1, 2]}, index=[1, 0])
    assert runs_of(read_meter_frame(frame, time="time", zone="UTC", values="net"))[0][2] == (1, 2)
    with pytest.raises(QuantityError, match=r"an index of times, .* reset_index\(\)"):
        read_meter_frame(frame.set_index("time"), time="time", zone="UTC", values="net")
    named = pandas.DataFrame({"net": [1, 2]}, index=pandas.Index([5, 6], name="time"))
    with pytest.raises(MissingDataError, match="no column 'time'"):
        read_meter_frame(named, time="time", zone="UTC", values="net")
    narwhals = library("narwhals")
    with pytest.raises(QuantityError, match="an index of times"):
        read_meter_frame(narwhals.from_native(frame.set_index("time")), time="time", zone="UTC", values="net")


def test_headers_of_pandas() -> None:
    pandas = library("pandas")
    frame = pandas.DataFrame([[utc(0), 1, 2]], columns=["time", "net", "net"])
    with pytest.raises(QuantityError, match="two columns are named 'net'"):
        read_meter_frame(frame, time="time", zone="UTC", values="net")
    frame.columns = ["time", "net", 5]
    assert read_meter_frame(frame, time="time", zone="UTC", values="net").total_wh == 1
    with pytest.raises(MissingDataError, match="no column 'nett'; did you mean 'net'"):
        read_meter_frame(frame, time="time", zone="UTC", values="nett")


def test_floats_are_refused_by_type_even_if_whole() -> None:
    pandas, polars = map(library, ("pandas", "polars"))
    values = {"column": "net", "unit": "kWh"}
    for frame in (
        pandas.DataFrame({"time": [utc(0)], "net": [1.0]}),
        pandas.DataFrame({"time": [utc(0), utc(1)], "net": [1, None]}),
        pandas.DataFrame({"time": [utc(0)], "net": pandas.Series([1.0], dtype="Float64")}),
        pandas.DataFrame({"time": [utc(0)], "net": pandas.Series([1.0], dtype=object)}),
        polars.DataFrame({"time": [utc(0)], "net": [1.0]}),
    ):
        for given in ("net", values):
            with pytest.raises(InexactNumberError, match="read the column as text"):
                read_meter_frame(frame, time="time", zone="UTC", values=given, missing_is="gap")
    with pytest.raises(QuantityError, match="a column of boolean"):
        read({"time": [utc(0)], "net": [True]})


def test_exact_values_with_a_unit() -> None:
    pandas, polars, pyarrow = map(library, ("pandas", "polars", "pyarrow"))
    exact = [Decimal("-0.125"), Decimal("9007199254.740991"), Decimal("20733.874000")]
    expected = (-125, 9_007_199_254_740_991, 20_733_874)
    texts = ["-0.125", "9007199254.740991", "20733.874"]
    time = [utc(hour) for hour in range(3)]
    frames = [
        pyarrow.table({"time": time, "net": pyarrow.array(exact, pyarrow.decimal128(38, 9))}),
        pyarrow.table({"time": time, "net": pyarrow.array(exact, pyarrow.decimal256(60, 9))}),
        pyarrow.table({"time": time, "net": texts}),
        pyarrow.table({"time": time, "net": pyarrow.array(texts, pyarrow.string_view())}),
        pyarrow.table({"time": time, "net": pyarrow.array(texts).dictionary_encode()}),
        pandas.DataFrame({"time": time, "net": texts}),
        pandas.DataFrame({"time": time, "net": pandas.Series(texts, dtype=object)}),
        pandas.DataFrame({"time": time, "net": pandas.Series(exact, dtype=object)}),
        pandas.DataFrame({"time": time, "net": pandas.Series(texts, dtype="category")}),
        polars.DataFrame({"time": time, "net": texts}),
        polars.DataFrame({"time": time, "net": exact}),
        polars.DataFrame({"time": time, "net": polars.Series(texts, dtype=polars.Categorical)}),
    ]
    for at, frame in enumerate(frames):
        scaled = [cl.ValueColumn(column="net", unit="kWh"), {"column": "net", "unit": "kWh", "role": "net"}]
        file = read_meter_frame(frame, time="time", zone="UTC", values=scaled[at % 2 : at % 2 + 1], remainder="floor")
        assert runs_of(file)[0][2][:1] + runs_of(file)[0][2][2:] == (expected[0], expected[2]), at
        assert file.only.exact_wh == sum(Fraction(number) * 1000 for number in exact)
        with pytest.raises(QuantityError, match="whose unit is not known; pass values=ValueColumn"):
            read_meter_frame(frame, time="time", zone="UTC", values="net")


def test_a_value_finer_than_1_wh_needs_a_named_remainder() -> None:
    columns = {"time": [utc(hour) for hour in range(3)], "net": ["0.0004", "0.0004", "0.0004"]}
    values = {"column": "net", "unit": "kWh"}
    with pytest.raises(InexactNumberError, match=r"frame, line 1, column 'net': 0\.4 Wh is finer than 1 Wh"):
        read(columns, values=values)
    assert runs_of(read(columns, values=values, remainder="carry"))[0][2] == (0, 0, 1)
    file = read(columns, values=values, remainder="floor")
    assert (file.total_wh, file.only.cut_wh, file.only.changed_steps) == (0, Fraction(6, 5), 3)


@pytest.mark.parametrize("text", ["1e3", "1,5", "", " 1", "1\n", "nan", "٣", "1_000", "--1", "1.", "9" * 61])
def test_a_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(QuantityError, match="frame, line 2, column 'net'"):
        read({"time": [utc(0), utc(1)], "net": ["1", text]}, values={"column": "net", "unit": "kWh"})


def test_nulls_are_refused_or_gaps() -> None:
    pandas, polars = map(library, ("pandas", "polars"))
    columns = hours(1, None, None, 4)
    for frame in (
        library("pyarrow").table(columns),
        polars.DataFrame(columns),
        pandas.DataFrame(columns | {"net": pandas.Series(columns["net"], dtype="Int64")}),
    ):
        with pytest.raises(MissingDataError, match="line 2, column 'net': null; pass missing_is=\"gap\""):
            read_meter_frame(frame, time="time", zone="UTC", values="net")
        file = read_meter_frame(frame, time="time", zone="UTC", values="net", missing_is="gap")
        assert runs_of(file) == [(MAY, 3600, (1,), "measured"), (MAY + 10_800, 3600, (4,), "measured")]
        assert file.gaps == (cl.Period(MAY + 3600, MAY + 10_800, "UTC"),)
    with pytest.raises(MissingDataError, match="no value was read"):
        read(hours(None, None), missing_is="gap")
    with pytest.raises(MissingDataError, match="no row"):
        read({"time": library("pyarrow").array([], library("pyarrow").timestamp("s", "UTC")), "net": []})


def test_rows_with_both_ends_and_steps_of_several_lengths() -> None:
    columns = hours(1, 2) | {"until": [utc(1), utc(4)]}
    assert [(run[1], run[2]) for run in runs_of(read(columns, end="until"))] == [(3600, (1,)), (10_800, (2,))]
    with pytest.raises(PeriodError, match="line 1: the step ends at"):
        read(columns | {"until": [utc(0), utc(4)]}, end="until")
    with pytest.raises(NaiveTimeError, match="column 'until'"):
        read(columns | {"until": [utc(1).replace(tzinfo=None)] * 2}, end="until")
    quarters = [utc(0), utc(1), utc(2), *(utc(2) + dt.timedelta(minutes=15 * at) for at in (1, 2))]
    file = read({"time": quarters, "net": [1, 2, 3, 4, 5]}, step=["1 hour", "15 min"])
    assert [(run[1], run[2]) for run in runs_of(file)] == [(3600, (1, 2)), (900, (3, 4, 5))]


def test_standings_of_a_register() -> None:
    values = {"column": "kWh", "unit": "kWh", "kind": "register", "role": "export", "modulus": "1000"}
    file = read({"time": [utc(0), utc(1), utc(2)], "kWh": ["999.5", "0.25", "3.25"]}, values=values)
    assert runs_of(file) == [(MAY, 3600, (750, 3000), "measured")]
    with pytest.raises(QuantityError):
        read({"time": [utc(0), utc(1)], "kWh": ["5", "4"]}, values=values | {"modulus": ""})


def test_power_is_multiplied_by_the_step() -> None:
    columns = {"time": [utc(0), utc(0) + dt.timedelta(minutes=15)], "MW": ["0.4", "1.2"]}
    file = read(columns, values={"column": "MW", "unit": "MW", "kind": "power"}, step="15 min")
    assert runs_of(file) == [(MAY, 900, (100_000, 300_000), "measured")]


def test_sides_tariffs_gross_and_meters() -> None:
    columns = {
        "time": [utc(0), utc(1), utc(0), utc(1)],
        "meter": [7, 7, 8, 8],
        "day": [5, 6, 7, 8],
        "night": [1, 1, 1, 1],
        "taken": [2, 0, 0, 9],
        "gross": ["0.01"] * 4,
    }
    values = [
        {"column": "day", "unit": "Wh", "role": "export"},
        {"column": "night", "unit": "Wh", "role": "export"},
        {"column": "taken", "unit": "Wh", "role": "import"},
        cl.ValueColumn(column="gross", unit="kWh", role="gross"),
    ]
    file = read(columns, values=values, meter_column="meter")
    assert file.meters == ("7", "8")
    assert [tuple(series.runs[0].net_wh) for series in file.series] == [(4, 7), (8, 0)]
    first = file.meter("7").runs[0]
    assert (first.export_wh, first.import_wh, first.gross_wh) == ((6, 7), (2, 0), (10, 10))
    with pytest.raises(QuantityError, match="it has 2 meters"):
        _ = file.runs
    with pytest.raises(MissingDataError, match="no meter '9'"):
        file.meter("9")
    with pytest.raises(MissingDataError, match="line 1, column 'meter': null"):
        read(columns | {"meter": [None, "a", "b", "c"]}, values=values, meter_column="meter")
    with pytest.raises(QuantityError, match="expected texts or whole numbers"):
        read(columns | {"meter": [1.0] * 4}, values=values, meter_column="meter")


def test_a_row_a_channel() -> None:
    columns = {"time": [utc(0), utc(0), utc(1), utc(1)], "way": ["out", "in", "in", "out"], "wh": [5, 1, 2, 7]}
    values = [
        {"column": "wh", "unit": "Wh", "role": "export", "channel": "out"},
        {"column": "wh", "unit": "Wh", "role": "import", "channel": "in"},
    ]
    file = read(columns, values=values, channel_column="way")
    assert runs_of(file) == [(MAY, 3600, (4, 5), "measured")]
    columns["way"][3] = "off"
    with pytest.raises(QuantityError, match="line 4, column 'way': channel 'off' is not in the layout"):
        read(columns, values=values, channel_column="way")


def test_flags() -> None:
    columns = hours(1, 2, 3, 4, flag=["A", "E", None, ""])
    layout = cl.QualityLayout(column="flag", flags={"A": "measured", "E": "estimated"}, default="substituted")
    assert [run[3] for run in runs_of(read(columns, quality=layout))] == ["measured", "estimated", "substituted"]
    with pytest.raises(QuantityError, match="line 2, quality 'E': the layout says"):
        read(columns, quality={"column": "flag", "flags": {"A": "measured"}})
    with pytest.raises(QuantityError, match="line 1, quality 'A': the layout says"):
        read(columns, quality={"column": "flag"})
    with pytest.raises(QuantityError, match="expected texts"):
        read(columns, quality={"column": "net"})
    assert runs_of(read(hours(1, flag=[None]), quality={"column": "flag", "default": "estimated"}))[0][3] == "estimated"
    assert runs_of(read(hours(1), quality={"default": "estimated"}))[0][3] == "estimated"


def test_the_end_of_a_step() -> None:
    assert runs_of(read(hours(1, 2), stamp="end")) == [(MAY - 3600, 3600, (1, 2), "measured")]
    with pytest.raises(PeriodError, match="the times of a frame are instants"):
        read(hours(1, 2), stamp="start-plus-step")


def test_local_days_and_months_across_clock_changes() -> None:
    berlin = "Europe/Berlin"
    start = cl.Period.day("2024-10-26", zone=berlin).start_utc
    expected = [(start, 86_400, (1,), "measured"), (start + 86_400, 90_000, (2,), "measured"),
                (start + 176_400, 86_400, (3,), "measured")]  # fmt: skip
    days = {"time": [dt.date(2024, 10, day) for day in (26, 27, 28)], "net": [1, 2, 3]}
    for column in (days["time"], library("pyarrow").array(days["time"], "date64")):
        assert runs_of(read(days | {"time": column}, step="day", zone=berlin)) == expected
    pandas = library("pandas")
    for frame in (pandas.DataFrame(days), pandas.DataFrame(days).astype({"time": "date32[pyarrow]"})):
        file = read_meter_frame(frame, time="time", zone=berlin, step="day", values="net")
        assert runs_of(file) == expected
    midnights = [
        dt.datetime.fromtimestamp(at, dt.UTC) for at in (start, start + 86_400, start + 176_400, start + 262_800)
    ]
    assert runs_of(read({"time": midnights[:3], "net": [1, 2, 3]}, step="day", zone=berlin)) == expected
    assert runs_of(read({"time": midnights[1:], "net": [1, 2, 3]}, step="day", zone=berlin, stamp="end")) == expected
    with pytest.raises(PeriodError, match="is not the start of a local day of UTC"):
        read({"time": midnights, "net": [1, 2, 3, 4]}, step="day", zone="UTC")


def test_a_date_with_a_time_of_day_is_refused() -> None:
    """Arrow's date64 counts milliseconds, of which a day has 86,400,000; a value between two days is no date."""
    pyarrow = library("pyarrow")
    days = {"net": [1, 2]}
    for wrong in (19_844 * 86_400_000 + 1, -1):
        column = pyarrow.array([19_843 * 86_400_000, wrong], pyarrow.int64()).view(pyarrow.date64())
        with pytest.raises(QuantityError, match=f"{wrong} ms since 1970-01-01 is no whole day"):
            read(days | {"time": column}, step="day", zone="UTC")
    beneath = pyarrow.array([5, 0], pyarrow.int64()).view(pyarrow.date64())  # a null has any value
    buffers = [pyarrow.py_buffer(bytes([0b10])), beneath.buffers()[1]]
    nothing = pyarrow.Array.from_buffers(pyarrow.date64(), 2, buffers)
    with pytest.raises(MissingDataError, match="null"):
        read(days | {"time": nothing}, step="day", zone="UTC")


def test_calendar_months() -> None:
    year = {"time": [dt.date(2024, month, 1) for month in range(1, 13)], "net": [*range(12)]}
    file = read(year, step="month", zone="Asia/Baku")
    assert (file.period, file.gaps, file.total_wh) == (cl.Period.year(2024, zone="Asia/Baku"), (), 66)
    ends = {"time": [dt.datetime(2024, month, 1, tzinfo=dt.UTC) for month in (2, 3)], "net": [1, 2]}
    file = read(ends, step="month", stamp="end")
    assert (file.period, file.gaps) == (cl.Period.of("2024-01-01", "2024-03-01", zone="UTC"), ())
    for stamp, word in (("start", "first day of a"), ("end", "end of a local")):
        with pytest.raises(PeriodError, match=f"is not the {word} month"):
            read({"time": [dt.datetime(2024, 1, 2, tzinfo=dt.UTC)], "net": [1]}, step="month", stamp=stamp)
    with pytest.raises(PeriodError, match="is not the end of a local day of UTC"):
        read({"time": [utc(12)], "net": [1]}, step="day", stamp="end")
    with pytest.raises(PeriodError, match="is not the first day of a month"):
        read({"time": [dt.date(2024, 1, 2)], "net": [1]}, step="month")


def test_dates_name_days() -> None:
    days = {"time": [dt.date(2024, 5, 1)], "net": [1]}
    for more in ({}, {"step": "day", "stamp": "end"}):
        with pytest.raises(PeriodError, match="dates name local days"):
            read(days, **more)
    for day in (dt.date(1969, 12, 31), dt.date(9999, 1, 1)):
        with pytest.raises(PeriodError, match="outside the years"):
            read(days | {"time": [day]}, step="day")


def test_the_hour_that_autumn_repeats_is_two_hours() -> None:
    pandas = library("pandas")
    time = pandas.date_range("2024-10-27", periods=25, freq="h", tz="Europe/Berlin")
    frame = pandas.DataFrame({"time": time, "net": range(25)})
    file = read_meter_frame(frame, time="time", zone="Europe/Berlin", values="net")
    assert file.period == cl.Period.day("2024-10-27", zone="Europe/Berlin")
    assert file.runs[0].net_wh == (*range(25),)


def test_rows_in_any_order_and_on_one_grid() -> None:
    columns = {"time": [utc(2), utc(0), utc(1)], "net": [3, 1, 2]}
    assert runs_of(read(columns)) == [(MAY, 3600, (1, 2, 3), "measured")]
    with pytest.raises(OverlapError, match="line 3, column 'net'"):
        read({"time": [utc(0), utc(1), utc(1)], "net": [1, 2, 3]})
    with pytest.raises(PeriodError, match=r"frame, line 2, .* which is no multiple of the step, 3600 s"):
        read({"time": [utc(0), utc(1) + dt.timedelta(minutes=7)], "net": [1, 2]})
    with pytest.raises(PeriodError, match="the rows are 7200 s apart, and the step is 3600 s"):
        read({"time": [utc(0), utc(2), utc(4)], "net": [1, 2, 3]})


def test_what_is_no_frame_is_refused() -> None:
    polars = library("polars")
    with pytest.raises(QuantityError, match="collect"):
        read_meter_frame(polars.LazyFrame(hours(1)), time="time", zone="UTC", values="net")
    for frame in (None, 5, [1], {"time": [1]}, "net", polars.Series([1])):
        with pytest.raises(QuantityError, match="frame: "):
            read_meter_frame(frame, time="time", zone="UTC", values="net")


def test_arguments_that_cannot_be_used() -> None:
    for more, error in (
        ({"values": []}, QuantityError),
        ({"values": None}, QuantityError),
        ({"values": 5}, QuantityError),
        ({"values": [{"column": "net", "role": "export"}, "net"]}, QuantityError),
        ({"time": ""}, MissingDataError),
        ({"time": ["a", "b"]}, PeriodError),
        ({"step": ["1 hour", "60 min"]}, PeriodError),
        ({"step": "0 s"}, QuantityError),
        ({"zone": "Nowhere"}, PeriodError),
        ({"stamp": "middle"}, QuantityError),
        ({"missing_is": "zero"}, QuantityError),
        ({"remainder": "up"}, QuantityError),
        ({"quality": "flag"}, QuantityError),
    ):
        with pytest.raises(error):
            read(hours(1), **more)


def test_a_relation_of_duckdb_with_sums() -> None:
    duckdb = library("duckdb")
    connection = duckdb.connect()
    connection.execute("set timezone = 'Asia/Baku'")
    relation = connection.sql(
        "select timestamptz '2024-05-01 00:00:00+00' + to_hours(n::int // 2) as time, sum(n)::bigint as net, "
        "sum(n) as big "
        "from range(8) t(n) group by 1"
    )
    assert runs_of(read_meter_frame(relation, time="time", zone="UTC", values="net"))[0][2] == (1, 5, 9, 13)
    values = {"column": "big", "unit": "MWh"}
    assert read_meter_frame(relation, time="time", zone="UTC", values=values).total_wh == 28_000_000
    failing = connection.sql("select timestamptz '2024-05-01 00:00:00+00' as time, error('no') as net")
    with pytest.raises(QuantityError, match="frame"):
        read_meter_frame(failing, time="time", zone="UTC", values="net")


def test_runs_are_recorded_with_the_evidence_of_their_source(clock: Clock, tmp_path: Path) -> None:
    source = tmp_path / "may.parquet"
    source.write_bytes(b"what the frame was read from")
    ledger = cl.open_ledger(":memory:", clock=clock)
    ledger.register_device(
        cl.Device(
            id="d", name="D", technology="hydro/run-of-river", capacity="4 MW", country="AZ", grid="AZ",
            zone="Asia/Baku", commissioned="2020-01-01",
        )
    )  # fmt: skip
    file = read(hours(3_000_000, 2_000_000))
    recorded = ledger.record_run("d", file.runs[0], evidence=cl.digest_file(source))
    assert recorded.net_wh == file.total_wh == 5_000_000
    pyarrow = library("pyarrow")
    more = ledger.record_readings(
        "d", start=utc(2), step="1 hour", export_wh=pyarrow.array([5, 6]), import_wh=pyarrow.array([1, 0])
    )
    assert more.net_wh == 10


@pytest.mark.outside
def test_no_library_of_frames_is_imported() -> None:
    code = (
        "import sys, carbon_ledger as cl\n"
        "from carbon_ledger.metering.readings import column_wh\n"
        "column_wh([1], 'n'), column_wh(iter([1]), 'n'), cl.read_meter_frame\n"
        "print([name for name in ('numpy', 'pandas', 'polars', 'pyarrow', 'narwhals') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
