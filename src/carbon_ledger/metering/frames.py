"""Frames of metered energy: tables in memory, read by the types of their columns, exactly and without a float."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import frozen

from carbon_ledger.errors import MissingDataError, PeriodError, QuantityError
from carbon_ledger.mappings import listed
from carbon_ledger.metering.by_meter import ByMeter
from carbon_ledger.metering.columns import table_columns
from carbon_ledger.metering.frame_steps import steps_in_frame
from carbon_ledger.metering.layouts import MeterLayout, QualityLayout, TimeLayout, ValueColumn
from carbon_ledger.metering.layouts.layout import REFUSE
from carbon_ledger.metering.runs import MeterSeries, series_of
from carbon_ledger.printing import quote

_PATH: Final = "frame"  # what messages call the frame where they name the path of a file


@frozen(kw_only=True)
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

    path: str
    layout: MeterLayout
    series: tuple[MeterSeries, ...]
    rows: int


def read_meter_frame(
    frame: object,
    *,
    time: str,
    zone: str,
    step: str = "1 hour",
    values: str | ValueColumn | Mapping[str, Any] | Iterable[str | ValueColumn | Mapping[str, Any]],
    stamp: str = "start",
    meter_column: str = "",
    channel_column: str = "",
    quality: QualityLayout | Mapping[str, Any] | None = None,
    missing_is: str = "refuse",
    remainder: str = REFUSE,
) -> MeterFrame:
    """The readings in a table of pandas, polars, pyarrow, DuckDB, or anything with the Arrow C stream.

    A column is accepted or refused by its type, never by its values: a column of floats is refused even if all of them
    are whole, and so is a timestamp without a time zone. An index of pandas is not read. A message calls the rows of
    the frame lines, and counts them from 1.

    Args:
        frame: The table. A relation of DuckDB is run once.
        time: The column of times: timestamps with a time zone, which are instants whatever the zone is; or dates, if
            *step* is ``day`` or ``month``.
        zone: IANA zone of the meter, by which local days begin and end.
        step: Length of each step, e.g. ``15 min``; or ``day`` or ``month``, for local days and calendar months.
        values: The columns of values. The name of a column stands for whole Wh of net energy, as integers; a
            `ValueColumn`, or a mapping of its fields, for integers, decimals or texts in a unit.
        stamp: Whether a time is the ``start`` or the ``end`` of its step.
        meter_column: The column of the meter's id, if the frame has several meters.
        channel_column: The column that says which of *values* a row has, if each row has one of them.
        quality: The column of the quality, and what its flags mean: a `QualityLayout`, or a mapping of its fields.
            Without *flags*, the cells are ``measured``, ``estimated`` or ``substituted``.
        missing_is: What to do with a null: ``refuse`` it, or read it as a ``gap`` (time without a reading).
        remainder: What to do with a value finer than 1 Wh; see `MeterLayout`.

    Raises:
        InexactNumberError: A column of values is of floats, or an energy is finer than 1 Wh and *remainder* is
            ``refuse``.
        NaiveTimeError: The times have no time zone.
        PeriodError: A time has a fraction of a second, is off the grid of steps, or is out of bounds; or the column is
            of another type, or *zone* does not exist.
        OverlapError: Two rows of a meter have the same time.
        MissingDataError: The frame lacks a column, has no row, or has a null.
        QuantityError: *frame* is not a table or has an index of times, a column is of another type, or an argument
            cannot be used.
        MissingExtraError: The frame's own library needs another one to hand over its columns.

    Example:
        >>> try:
        ...     read_meter_frame([3, 4], time="time", zone="UTC", values="net_wh")
        ... except QuantityError as error:
        ...     print(error)
        frame: list is not a table with the Arrow C stream; pass a table of pandas, polars, pyarrow, DuckDB
    """
    columns, whole_wh = _value_columns(values)
    layout = MeterLayout(
        name=_PATH,
        zone=zone,
        time=TimeLayout(columns=time, stamp=stamp, step=step),
        values=columns,
        meter_column=meter_column,
        channel_column=channel_column,
        quality=QualityLayout() if quality is None else quality,
        numbers={"missing_is": missing_is},
        remainder=remainder,
    )
    _require_frame(layout)
    used = [*layout.time.columns, *(value.column for value in layout.values)]
    used += [name for name in (meter_column, channel_column, layout.quality.column) if name]
    found, rows = table_columns(frame, list(dict.fromkeys(used)))
    if not rows:
        raise MissingDataError(f"{_PATH}: no row; expected one for each step")
    steps = steps_in_frame(found, layout, whole_wh)
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
        QuantityError: A value is a register.
        PeriodError: The time is of several columns or steps, or is stamped as a clock shows it.
    """
    if any(value.kind == "register" for value in layout.values):
        raise QuantityError("values: a register's standings are read from files by read_meter_file; pass differences")
    if len(layout.time.columns) != 1 or len(layout.time.step) != 1:
        raise PeriodError("time: expected one column of times, and one step")
    if layout.time.stamp == "start-plus-step":
        raise PeriodError('stamp: the times of a frame are instants; expected "start" or "end"')
