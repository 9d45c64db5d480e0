"""The values of pandas columns as plain Python values, by position, never by the labels of an index."""

import datetime
import sys
from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from carbon_ledger.errors import QuantityError
from carbon_ledger.metering.columns import typed
from carbon_ledger.metering.columns.arrow_values import arrow_columns
from carbon_ledger.metering.columns.typed import TypedColumn
from carbon_ledger.printing import quote

_MASKED: Final = frozenset(f"{sign}{bits}" for sign in ("Int", "UInt") for bits in (8, 16, 32, 64))
_PER_S: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH: Final = datetime.date(1970, 1, 1)


def pandas_kind(value: object) -> str:
    """What a value is to pandas: ``table``, ``column``, ``array`` (a column without an index), or empty."""
    pandas: Any = sys.modules.get("pandas")  # no object is one of pandas before pandas was imported
    if pandas is None or not hasattr(pandas, "Series"):
        return ""
    if isinstance(value, pandas.DataFrame):
        return "table"
    if isinstance(value, pandas.Series):
        return "column"
    return "array" if isinstance(value, pandas.Index | pandas.api.extensions.ExtensionArray) else ""


def require_no_times(index: Any, what: str) -> None:
    """Refuse an index of times, which would be passed over in silence.

    Raises:
        QuantityError: *index* has times or dates.
    """
    levels = index.levels if hasattr(index, "levels") else [index]
    for level in levels:
        items = level[:1].tolist() if level.dtype.kind == "O" else []
        if (
            level.dtype.kind in "mM"
            or str(level.dtype).startswith("period[")
            or any(isinstance(item, datetime.date) for item in items)
        ):
            raise QuantityError(
                f"{what}: it has an index of times, and an index is not read; make the index a column with "
                "reset_index() and pass the frame to read_meter_frame, or drop the index with reset_index(drop=True)"
            )


def series_column(values: Any, name: str, what: str) -> TypedColumn:
    """A pandas Series as a column.

    Args:
        values: The Series.
        name: The name of the column in its frame.
        what: What it is called, for messages.

    Raises:
        QuantityError: The values cannot be read.
    """
    pandas: Any = sys.modules["pandas"]
    dtype = values.dtype
    if isinstance(dtype, pandas.ArrowDtype):
        return evolve(arrow_columns(values.array.__arrow_array__(), (), what).columns[0], name=name)
    if isinstance(dtype, pandas.CategoricalDtype | pandas.StringDtype) or dtype.kind == "O":
        return _objects(values, name, what)
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return _instants(values, name)
    if str(dtype) in _MASKED:
        nulls = values.isna()
        if not nulls.any():
            return _integers(values.to_numpy(dtype=dtype.numpy_dtype), name, str(dtype))
        cells = [None if null else cell for cell, null in zip(values.tolist(), nulls.tolist(), strict=True)]
        return TypedColumn(name=name, kind=typed.INTEGER, type=str(dtype), values=cells, has_nulls=True)
    if not isinstance(dtype, pandas.api.extensions.ExtensionDtype) and dtype.kind in "iu":
        return _integers(values.to_numpy(), name, str(dtype))
    kinds = {"f": typed.FLOAT, "c": typed.FLOAT, "b": typed.BOOLEAN, "M": typed.NAIVE}
    return TypedColumn(name=name, kind=kinds.get(dtype.kind, typed.OTHER), type=str(dtype))


def _integers(values: Any, name: str, type_: str) -> TypedColumn:
    return TypedColumn(name=name, kind=typed.INTEGER, type=type_, values=values.tolist())


def _instants(values: Any, name: str) -> TypedColumn:
    """Instants as whole units since 1970-01-01 UTC, without a datetime, which has no nanoseconds."""
    unit = values.dtype.unit
    nulls = values.isna()
    whole = values.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().view("int64").tolist()
    has_nulls = bool(nulls.any())
    if has_nulls:
        whole = [None if null else value for value, null in zip(whole, nulls.tolist(), strict=True)]
    return TypedColumn(
        name=name, kind=typed.INSTANT, type=str(values.dtype), values=whole, scale=_PER_S[unit], has_nulls=has_nulls
    )


def _objects(values: Any, name: str, what: str) -> TypedColumn:
    """A column of Python objects, each of one exact type or null: texts, Decimals or dates. Integers have a type."""
    nulls = values.isna().tolist()
    cells = [None if null else cell for cell, null in zip(values.tolist(), nulls, strict=True)]
    types = {type(cell) for cell in cells} - {type(None)}
    if len(types) > 1:
        names = quote(sorted(item.__name__ for item in types), 200)
        raise QuantityError(f"{what}: the cells are of several types, {names}; convert the column to one type")
    only = types.pop() if types else type(None)
    kinds = {str: typed.TEXT, Decimal: typed.NUMBER, type(None): typed.NULL, float: typed.FLOAT, bool: typed.BOOLEAN}
    if only is datetime.date:
        days = [None if cell is None else (cell - _EPOCH).days for cell in cells]
        return TypedColumn(name=name, kind=typed.DATE, type="date", values=days, has_nulls=any(nulls))
    kind = kinds.get(only, typed.OTHER)
    held = () if kind in (typed.FLOAT, typed.BOOLEAN, typed.OTHER) else cells
    return TypedColumn(name=name, kind=kind, type=f"objects ({only.__name__})", values=held, has_nulls=any(nulls))
