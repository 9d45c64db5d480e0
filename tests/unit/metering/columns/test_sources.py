"""Columns of pandas, polars, pyarrow, NumPy and DuckDB as columns of whole Wh: by type, exactly, by position."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from carbon_ledger.errors import InexactNumberError, QuantityError
from carbon_ledger.metering.readings import column_wh

MOST = 2**53 - 1
WIDTHS = {"int8": 127, "int16": 32_767, "int32": 2**31 - 1, "int64": MOST}
UNSIGNED = {"uint8": 255, "uint16": 65_535, "uint32": 2**32 - 1, "uint64": MOST}


def library(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed: it is in the extra test")


def refused(values: object, error: type[Exception] = QuantityError) -> str:
    with pytest.raises(error) as caught:
        column_wh(values, "net_wh")
    assert type(caught.value) is error
    return str(caught.value)


@pytest.mark.parametrize(("kind", "most"), (WIDTHS | UNSIGNED).items())
def test_integers_of_all_widths(kind: str, most: int) -> None:
    numpy, pandas, pyarrow, polars = map(library, ("numpy", "pandas", "pyarrow", "polars"))
    values = [most, 0, 1] if kind in UNSIGNED else [most, -most, 1]
    array = numpy.array(values, kind)
    masked = kind.replace("uint", "UInt").replace("int", "Int")
    for column in (
        array,
        array.astype(array.dtype.newbyteorder(">")),
        array.astype(array.dtype.newbyteorder("<")),
        pandas.Series(array),
        pandas.Series(values, dtype=masked),
        pandas.Series(values, dtype=f"{kind}[pyarrow]"),
        pandas.Index(array),
        pandas.array(values, dtype=masked),
        pyarrow.array(values, kind),
        pyarrow.chunked_array([values[:1], [], values[1:]], kind),
        polars.Series(values, dtype=getattr(polars, masked)),
    ):
        assert column_wh(column, "net_wh") == tuple(values)


def test_parts_of_arrays() -> None:
    numpy, pandas, pyarrow, polars = map(library, ("numpy", "pandas", "pyarrow", "polars"))
    values = [*range(20)]
    array = numpy.arange(20)
    swapped = array.astype(">i4")
    assert column_wh(array[3:15:4], "net_wh") == column_wh(swapped[3:15:4], "net_wh") == (3, 7, 11)
    assert column_wh(array[::-1], "net_wh") == column_wh(pandas.Series(array)[::-1], "net_wh") == (*reversed(values),)
    assert column_wh(numpy.arange(6).reshape(2, 3)[:, 1], "net_wh") == (1, 4)
    assert column_wh(pyarrow.array(values)[9:12], "net_wh") == (9, 10, 11)
    chunked = pyarrow.chunked_array([values[:7], values[7:]])
    assert column_wh(chunked.slice(6, 3), "net_wh") == (6, 7, 8)
    assert column_wh(polars.Series(values)[9:12], "net_wh") == (9, 10, 11)
    assert column_wh(polars.Series(values).gather_every(7), "net_wh") == (0, 7, 14)
    joined = polars.concat([polars.Series([1]), polars.Series([2])], rechunk=False)
    assert column_wh(joined, "net_wh") == (1, 2)


def test_a_series_is_taken_by_position() -> None:
    pandas = library("pandas")
    series = pandas.Series([10, 20, 30], index=[2, 0, 1])
    assert column_wh(series, "net_wh") == (10, 20, 30)
    assert column_wh(series.sort_index(), "net_wh") == (20, 30, 10)
    assert column_wh(pandas.Series([1, 2], index=["b", "a"]), "net_wh") == (1, 2)


def test_an_index_of_times_is_refused() -> None:
    pandas = library("pandas")
    days = pandas.date_range("2024-05-01", periods=2, freq="h", tz="UTC")
    for index in (
        days,
        days.tz_localize(None),
        days.tz_localize(None).to_period("h"),
        days - days[0],
        pandas.Index([dt.date(2024, 5, 1), dt.date(2024, 5, 2)]),
        pandas.MultiIndex.from_arrays([["a", "b"], days]),
        pandas.CategoricalIndex(days),
    ):
        assert "an index of times" in refused(pandas.Series([1, 2], index=index))
        assert column_wh(pandas.Series([1, 2], index=index).reset_index(drop=True), "net_wh") == (1, 2)


def test_floats_are_refused_by_type_even_if_whole() -> None:
    numpy, pandas, pyarrow, polars = map(library, ("numpy", "pandas", "pyarrow", "polars"))
    whole = [1.0, 2.0]
    for column in (
        numpy.array(whole),
        numpy.array(whole, "f4"),
        numpy.array(whole, ">f8"),
        numpy.array(whole, "f2"),
        pandas.Series(whole),
        pandas.Series([1, None]),
        pandas.Series(whole, dtype="Float64"),
        pandas.Series(whole, dtype="double[pyarrow]"),
        pandas.Series(whole, dtype=object),
        pyarrow.array(whole),
        pyarrow.array(whole, pyarrow.float32()),
        polars.Series(whole),
        polars.Series([1, None], dtype=polars.Float32),
    ):
        refused(column, InexactNumberError)
    assert "int64" in refused(pyarrow.array(whole), InexactNumberError)


def test_other_types_are_refused() -> None:
    numpy, pandas, pyarrow, polars = map(library, ("numpy", "pandas", "pyarrow", "polars"))
    exact = [Decimal("1"), Decimal("2")]
    times = [dt.datetime(2024, 5, 1, tzinfo=dt.UTC)]
    for column in (
        numpy.array([True]),
        numpy.array([1, 2], object),
        numpy.array(["1"]),
        numpy.array(["2024-05-01"], "M8[s]"),
        numpy.array(5),
        numpy.array([[1]]),
        pandas.Series([True]),
        pandas.Series([True], dtype="boolean"),
        pandas.Series(["1"]),
        pandas.Series([1, 2], dtype=object),
        pandas.Series(exact, dtype=object),
        pandas.Series(["1"], dtype="category"),
        pandas.Series([1, "1"], dtype=object),
        pandas.Series([1, 0], dtype="Sparse[int64]"),
        pandas.Series(times),
        pandas.Index(times),
        pandas.DataFrame({"net": [1]}),
        pyarrow.array(exact),
        pyarrow.array([True]),
        pyarrow.array(["1"]),
        pyarrow.array(times, pyarrow.timestamp("s", "UTC")),
        pyarrow.array([dt.timedelta(1)]),
        pyarrow.table({"net": [1]}),
        polars.Series(exact),
        polars.Series([True]),
        polars.Series(["1"]),
        polars.Series([[1]]),
        polars.Series([1], dtype=polars.Int128),
        polars.DataFrame({"net": [1]}),
        polars.LazyFrame({"net": [1]}),
    ):
        refused(column)


def test_a_null_is_refused_with_its_position() -> None:
    numpy, pandas, pyarrow, polars = map(library, ("numpy", "pandas", "pyarrow", "polars"))
    for column in (
        pandas.Series([1, 2, None], dtype="Int64"),
        pandas.Series([1, 2, None], dtype="int64[pyarrow]"),
        pyarrow.array([1, 2, None]),
        pyarrow.chunked_array([[1], [2, None]]),
        pyarrow.array([0, 1, 2, None])[1:],
        polars.Series([1, 2, None]),
    ):
        assert "net_wh[2]: a null" in refused(column)
    assert column_wh(pyarrow.array([None, 1, 2])[1:], "net_wh") == (1, 2)
    assert "the array masks values" in refused(numpy.ma.masked_array([1, 2], [False, True]))
    assert column_wh(numpy.ma.masked_array([1, 2]), "net_wh") == (1, 2)
    refused(pyarrow.nulls(2))
    refused(polars.Series([None]))


def test_an_empty_column_is_refused() -> None:
    numpy, pandas, pyarrow, polars = map(library, ("numpy", "pandas", "pyarrow", "polars"))
    for column in (
        numpy.array([], "i8"),
        numpy.array([], ">i8"),
        pandas.Series([], dtype="int64"),
        pyarrow.array([], "int64"),
        pyarrow.chunked_array([], "int64"),
        polars.Series([], dtype=polars.Int64),
    ):
        assert "an empty column" in refused(column)


def test_an_integer_of_2_53_is_refused() -> None:
    numpy, pandas, pyarrow, polars = map(library, ("numpy", "pandas", "pyarrow", "polars"))
    for value in (2**53, -(2**53)):
        for column in (numpy.array([value]), pandas.Series([value]), pyarrow.array([value]), polars.Series([value])):
            assert "below 2^53" in refused(column)
    assert "below 2^53" in refused(pyarrow.array([2**64 - 1], "uint64"))


def test_columns_of_narwhals_and_nanoarrow() -> None:
    pandas, narwhals, pyarrow = map(library, ("pandas", "narwhals", "pyarrow"))
    days = pandas.date_range("2024-05-01", periods=2, freq="h", tz="UTC")
    assert column_wh(narwhals.from_native(pyarrow.chunked_array([[1, 2]]), series_only=True), "net_wh") == (1, 2)
    timed = narwhals.from_native(pandas.Series([1, 2], index=days), series_only=True)
    assert "an index of times" in refused(timed)
    assert column_wh(library("nanoarrow").Array([1, 2], library("nanoarrow").int64()), "net_wh") == (1, 2)
