"""The same table read from CSV text and from frames in memory gives the same readings, or the same refusal."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon_ledger as cl
from carbon_ledger.errors import CarbonLedgerError

STEPS = {"15 min": 900, "1 hour": 3600}
ZONES = ["UTC", "Europe/Berlin", "Asia/Baku", "Australia/Lord_Howe"]
UNITS = ["s", "ms", "us", "ns"]
TWO_REASONS = {"MissingDataError", "InexactNumberError", "PeriodError"}


def library(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed: it is in the extra test")


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """Rows of a time and a number of kWh in any order, some without a number, across a change of the clocks."""
    step = draw(st.sampled_from([*STEPS]))
    first = draw(st.sampled_from([1_729_980_000, 1_711_839_600, 1_714_521_600]))
    places = draw(st.sets(st.integers(0, 12), min_size=1).map(sorted))
    rows = [
        (first + at * STEPS[step], draw(st.none() | st.decimals(-(10**9), 10**9, places=draw(st.integers(0, 6)))))
        for at in places
    ]
    return {"step": step, "rows": draw(st.permutations(rows)), "zone": draw(st.sampled_from(ZONES))}


def attempt(read: Any) -> Any:
    try:
        file = read()
    except CarbonLedgerError as error:
        return type(error).__name__
    return [(run.start_utc, run.step_s, tuple(run.net_wh)) for run in file.runs], file.total_wh


def from_csv(table: dict[str, Any], **options: Any) -> Any:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("time", "kWh"))
    for at, number in table["rows"]:
        writer.writerow((datetime.fromtimestamp(at, UTC).isoformat(), "" if number is None else f"{number:f}"))
    with TemporaryDirectory() as folder:
        path = Path(folder, "m.csv")
        path.write_text(text.getvalue())
        return attempt(
            lambda: cl.read_meter_csv(
                path,
                time_column="time",
                value_column="kWh",
                zone=table["zone"],
                unit="kWh",
                step=table["step"],
                **options,
            )
        )


def frames(table: dict[str, Any], unit: str) -> dict[str, Any]:
    pyarrow, polars, pandas = map(library, ("pyarrow", "polars", "pandas"))
    scale = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    times = pyarrow.array([at * scale for at, _ in table["rows"]], pyarrow.timestamp(unit, table["zone"]))
    numbers = [number for _, number in table["rows"]]
    texts = [None if number is None else f"{number:f}" for number in numbers]
    as_text = pyarrow.table({"time": times, "kWh": pyarrow.array(texts, pyarrow.string())})
    as_decimal = pyarrow.table({"time": times, "kWh": pyarrow.array(numbers, pyarrow.decimal128(38, 6))})
    half = len(texts) // 2
    return {
        "text": as_text,
        "decimal": as_decimal,
        "chunks": pyarrow.concat_tables([as_decimal.slice(0, half), as_text.slice(0, 0).cast(as_decimal.schema),
                                         as_decimal.slice(half)]),
        "polars": polars.from_arrow(as_text),
        "polars decimal": polars.from_arrow(as_decimal),
        "pandas": as_text.to_pandas(),
        "pandas decimal": as_decimal.to_pandas(),
        "pandas of arrow": as_decimal.to_pandas(types_mapper=pandas.ArrowDtype),
    }  # fmt: skip


@given(tables(), st.sampled_from(UNITS), st.sampled_from(["refuse", "gap"]), st.sampled_from(["refuse", "floor"]))
def test_a_frame_is_read_as_the_csv_file_of_its_text(
    table: dict[str, Any], unit: str, missing: str, remainder: str
) -> None:
    rounding = None if remainder == "refuse" else cl.Rounding(remainder, places=0)
    expected = from_csv(table, missing=missing, rounding=rounding)
    for name, frame in frames(table, unit).items():
        found = attempt(
            lambda frame=frame: cl.read_meter_frame(
                frame,
                time="time",
                zone=table["zone"],
                step=table["step"],
                values=cl.ValueColumn(column="kWh", unit="kWh"),
                missing_is=missing,
                remainder=remainder,
            )
        )
        if isinstance(expected, str) and isinstance(found, str) and {expected, found} <= TWO_REASONS:
            continue  # a table with two things that are refused: the readers come to one or the other first
        assert found == expected, name


@given(st.lists(st.integers(-(2**53) + 1, 2**53 - 1), min_size=1, max_size=9).filter(lambda v: abs(sum(v)) < 2**53))
def test_whole_wh_come_through_every_column(values: list[int]) -> None:
    from carbon_ledger.metering.readings import column_wh

    numpy, pandas, pyarrow, polars = map(library, ("numpy", "pandas", "pyarrow", "polars"))
    for column in (
        numpy.array(values),
        numpy.array(values, ">i8"),
        pandas.Series(values, index=range(len(values), 0, -1)),
        pandas.Series(values, dtype="Int64"),
        pyarrow.array([0, *values])[1:],
        polars.Series(values),
    ):
        assert column_wh(column, "net_wh") == tuple(values)
