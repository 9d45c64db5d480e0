"""Which objects are columns or tables of a frame, and how they are read."""

import sys
from collections.abc import Sequence
from typing import Any

from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.metering.columns.arrow_values import arrow_columns
from carbon_ledger.metering.columns.pandas_values import pandas_kind, require_no_times, series_column
from carbon_ledger.metering.columns.typed import TypedColumn
from carbon_ledger.printing import near, quote


def is_column_of_frame(value: object) -> bool:
    """Whether a value is a column or a table of pandas, or has the Arrow C data interface."""
    return _has_arrow(value) or bool(pandas_kind(value)) or _is_narwhals(value)


def _has_arrow(value: object) -> bool:
    return hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__")


def _is_narwhals(value: object) -> bool:
    narwhals: Any = sys.modules.get("narwhals")
    return narwhals is not None and isinstance(value, narwhals.DataFrame | narwhals.LazyFrame | narwhals.Series)


def _native(value: Any) -> Any:
    """What narwhals wraps: its index is not seen through the wrapper."""
    return value.to_native() if _is_narwhals(value) else value


def one_column(value: object, what: str) -> TypedColumn:
    """A column by itself, for which `is_column_of_frame` is true.

    Args:
        value: A pandas Series, Index or array, or anything with the Arrow C data interface that is not a table.
        what: What it is called, for messages.

    Raises:
        QuantityError: The value is a table, has an index of times, or cannot be read.
        MissingExtraError: Its own library needs one that is not installed.
    """
    value = _native(value)
    kind = pandas_kind(value)
    if kind in ("column", "array"):
        pandas: Any = sys.modules["pandas"]
        series: Any = value if kind == "column" else pandas.Series(value)
        require_no_times(series.index, what)
        return series_column(series, "", what)
    table = None if kind == "table" else arrow_columns(value, (), what)
    if table is None or table.is_table:
        raise QuantityError(f"{what}: {type(value).__name__} is a table; pass one of its columns")
    return table.columns[0]


def table_columns(frame: object, names: Sequence[str]) -> tuple[dict[str, TypedColumn], int]:
    """Columns of a table by their names, and how many rows it has.

    Args:
        frame: A pandas DataFrame, or a table with the Arrow C data interface.
        names: The columns.

    Raises:
        MissingDataError: The table lacks a column.
        QuantityError: *frame* is not a table, has an index of times, has a column twice, or cannot be read.
        MissingExtraError: Its own library needs one that is not installed.
    """
    frame = _native(frame)
    if pandas_kind(frame) == "table":
        return _pandas_table(frame, names)
    if not _has_arrow(frame):
        todo = "collect() it first" if hasattr(frame, "collect") else "pass a table of pandas, polars, pyarrow, DuckDB"
        raise QuantityError(f"frame: {type(frame).__name__} is not a table with the Arrow C stream; {todo}")
    table = arrow_columns(frame, frozenset(names), "frame")
    if not table.is_table:
        raise QuantityError(f"frame: {type(frame).__name__} is a column; expected a table with a column of times")
    by_name: dict[str, TypedColumn] = {}
    for column in table.columns:
        if column.name in by_name:
            raise _twice(column.name)
        by_name[column.name] = column
    _require(by_name, names, table.headers)
    return by_name, table.rows


def _pandas_table(frame: Any, names: Sequence[str]) -> tuple[dict[str, TypedColumn], int]:
    require_no_times(frame.index, "frame")
    headers = frame.columns.tolist()
    by_name = {}
    for name in names:
        count = sum(1 for header in headers if isinstance(header, str) and header == name)
        if count > 1:
            raise _twice(name)
        if count:
            position = next(at for at, header in enumerate(headers) if isinstance(header, str) and header == name)
            by_name[name] = series_column(frame.iloc[:, position], name, f"frame, column {quote(name)}")
    _require(by_name, names, [header for header in headers if isinstance(header, str)])
    return by_name, len(frame)


def _twice(name: str) -> QuantityError:
    return QuantityError(f"frame: two columns are named {quote(name)}; rename one of them")


def _require(found: dict[str, TypedColumn], names: Sequence[str], headers: Sequence[str]) -> None:
    for name in names:
        if name not in found:
            close = near(name, headers)
            hint = f"did you mean {quote(close[0])}?" if close else "check the name"
            raise MissingDataError(f"frame: no column {quote(name)}; {hint}")
