"""Frames of metered energy: tables in memory, read by the types of their columns, exactly and without a float."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import frozen

from carbon_ledger.errors import MissingDataError, PeriodError, QuantityError
from carbon_ledger.mappings import listed
from carbon_ledger.metering.by_meter import ByMeter
from carbon_ledger.metering.columns import table_columns
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.frame_steps import steps_in_frame
from carbon_ledger.metering.layouts import MeterLayout, NumberLayout, QualityLayout, TimeLayout, ValueColumn
from carbon_ledger.metering.layouts.layout import REFUSE
from carbon_ledger.metering.runs import MeterSeries, series_of
from carbon_ledger.printing import quote

_PATH: Final = "frame"  # what messages call the frame where they name the path of a file


@frozen(kw_only=True, repr=False)
class MeterFrame(ByMeter):
    """The readings in a frame of metered energy.

    A frame has no octets that could be digested. Pass the digest of the document that the frame came from as the
    evidence of what is recorded: see `digest_file`.

    Args:
        path: What messages call the frame.
        layout: What the columns of the frame are.
        series: The readings of each meter, in the order in which the frame names them.
        rows: How many rows the frame has.
    """

    _in_repr = ("path", "meters", "total_wh")
    _derived = ("total_wh",)

    path: str
    layout: MeterLayout
    series: tuple[MeterSeries, ...]
    rows: int


def read_meter_frame(
    frame: object,
    *,
    time: str,
    zone: str,
    end: str = "",
    step: str | Iterable[str] = "1 hour",
    values: str | ValueColumn | Mapping[str, Any] | Iterable[str | ValueColumn | Mapping[str, Any]],
    stamp: str = "start",
    meter_column: str = "",
    channel_column: str = "",
    quality: QualityLayout | Mapping[str, Any] | None = None,
    missing_is: str = "refuse",
    remainder: str = REFUSE,
) -> MeterFrame:
    """Read a table of pandas, polars, pyarrow, DuckDB, or anything with the Arrow C stream.

    A column is accepted or refused by its type, never by its values. A message calls rows lines, counted from 1.

    Args:
        frame: The table. An index of pandas is not read; an index of times is refused.
        time, end: The column of times: timestamps with a time zone, or dates, if *step* is ``day`` or ``month``; and
            the column of the ends of the steps, if rows have both.
        zone: IANA zone of the meter, by which local days begin and end.
        step: Length of each step, e.g. ``15 min``; ``day`` or ``month``; or several lengths, as in `TimeLayout`.
        values: The name of a column, of net energy in whole Wh; or `ValueColumn`, or mappings of its fields, for
            integers, decimals or texts in a unit.
        stamp: Whether a time is the ``start`` or the ``end`` of its step.
        meter_column, channel_column: The columns of the meter's id, and of the channel of *values* that a row has.
        quality: The column of flags, and what they mean: a `QualityLayout`, or a mapping of its fields. Without
            *flags*, the cells are ``measured``, ``estimated`` or ``substituted``.
        missing_is: What to do with a null: ``refuse`` it, or read it as a ``gap`` (time without a reading).
        remainder: What to do with a value finer than 1 Wh; see `MeterLayout`.

    Raises:
        InexactNumberError: A column of values is of floats, or a value is finer than 1 Wh.
        NaiveTimeError, PeriodError: Times have no zone, or are of another type, not whole seconds, or off the grid.
        OverlapError, MissingDataError: A time comes twice; or a column, all rows, or a value are missing.
        QuantityError: *frame* is not a table, a column is of another type, or an argument cannot be used.
        MissingExtraError: The frame's own library needs another one to hand over its columns.
    """
    timed = TimeLayout(columns=time, end_columns=end or (), stamp=stamp, step=step)
    numbers = NumberLayout(missing_is=missing_is)
    columns = {"meter_column": meter_column, "channel_column": channel_column}
    return _read(frame, values, zone=zone, time=timed, numbers=numbers, quality=quality, remainder=remainder, **columns)


def _read(frame: object, values: object, *, quality: object, **parts: Any) -> MeterFrame:
    columns, whole_wh = _value_columns(values)
    layout = MeterLayout(name=_PATH, values=columns, quality=QualityLayout() if quality is None else quality, **parts)
    _require_frame(layout)
    used = [*layout.time.columns, *layout.time.end_columns, *(value.column for value in layout.values)]
    used += [name for name in (layout.meter_column, layout.channel_column, layout.quality.column) if name]
    found, rows = table_columns(frame, list(dict.fromkeys(used)))
    if not rows:
        raise MissingDataError(f"{_PATH}: no row; expected one for each step")
    steps = steps_in_frame(found, layout, whole_wh, FileReport(_PATH))
    series = series_of(steps, zone=layout.zone, remainder=layout.remainder, path=_PATH)
    if not series:
        raise MissingDataError(f"{_PATH}: no value was read; expected at least one")
    return MeterFrame(path=_PATH, layout=layout, series=series, rows=rows)


def _value_columns(values: object) -> tuple[list[Any], frozenset[str]]:
    """The values as a layout takes them, and the columns that were given by their names: net energy in whole Wh."""
    items = (values,) if isinstance(values, str | Mapping | ValueColumn) else listed(values)
    if not items:
        raise QuantityError(f"values {quote(values, 100)}: expected the name of a column, or one or more ValueColumn")
    names = frozenset(item for item in items if isinstance(item, str))
    return [ValueColumn(column=item, unit="Wh") if isinstance(item, str) else item for item in items], names


def _require_frame(layout: MeterLayout) -> None:
    """Refuse what a frame does not have.

    Raises:
        PeriodError: The time is of several columns, or is stamped as a clock shows it.
    """
    if len(layout.time.columns) != 1 or len(layout.time.end_columns) > 1:
        raise PeriodError("time, end: expected one column of times each")
    if layout.time.stamp == "start-plus-step":
        raise PeriodError('stamp: the times of a frame are instants; expected "start" or "end"')
