"""From the columns of a frame to the exact steps of its meters: times by type, energies without a float.

A message calls the rows of a frame lines, as those of a file, and counts them from 1.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from attrs import evolve

from carbon_ledger.errors import InexactNumberError, MissingDataError, NaiveTimeError, PeriodError, QuantityError
from carbon_ledger.exact import checked_decimal
from carbon_ledger.metering.columns import TypedColumn, typed
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.layouts import MeterLayout, TimeLayout
from carbon_ledger.metering.readings import QUALITIES
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.metering.tables.numbers import numbers_of, plain_numbers
from carbon_ledger.metering.tables.raw import RawColumn, channel_values, qualities
from carbon_ledger.metering.tables.steps import channels_of, steps_of_channel
from carbon_ledger.periods import day_start_utc, instant_text
from carbon_ledger.periods.zones import checked_instant, local_time
from carbon_ledger.printing import quote

_EPOCH: Final = date(1970, 1, 1)
_LAST_DAY: Final = (date(9998, 12, 31) - _EPOCH).days

Columns = Mapping[str, TypedColumn]
Numbers = tuple[Sequence[int | None], int]  # whole numbers, and what each of them is divided by


def _place(column: TypedColumn, at: int | None = None) -> str:
    """What a message calls a column, or one of its cells."""
    line = "" if at is None else f", line {at + 1}"
    return f"frame{line}, column {quote(column.name)}"


def steps_in_frame(
    columns: Columns, layout: MeterLayout, whole_wh: Collection[str], report: FileReport
) -> list[MeteredSteps]:
    """The steps of each meter and channel of a frame.

    Args:
        columns: The columns that the layout names, of equal length.
        layout: What the columns are.
        whole_wh: Columns of values that have to be integers.
        report: Names the frame, and takes what is refused.

    Raises:
        CarbonLedgerError: A column is of a type that is refused, or a cell cannot be read.
    """
    channels, _ = channels_of(_raw_columns(columns, layout, whole_wh, report), layout)
    return [steps_of_channel(column, channel, layout, report) for column, channel in channels]


def _raw_columns(
    columns: Columns, layout: MeterLayout, whole_wh: Collection[str], report: FileReport
) -> Iterator[RawColumn]:
    at_utc = _times(columns[layout.time.columns[0]], layout.time, layout.zone)
    ends = [at for name in layout.time.end_columns for at in _times(columns[name], layout.time, layout.zone)]
    flags = _flags(columns, layout, report)
    numbers = {value.column: _numbers(columns[value.column], value.column in whole_wh) for value in layout.values}
    for (meter, channel), rows in _groups(columns, layout, len(at_utc)).items():
        for value in channel_values(layout, channel, report.path, rows[0] + 1, report):
            whole, denominator = numbers[value.column]
            energies = [whole[at] for at in rows]
            if None in energies and layout.numbers.missing_is == "refuse":
                at = rows[energies.index(None)]
                raise MissingDataError(
                    f'{_place(columns[value.column], at)}: null; pass missing_is="gap" if the step has no reading'
                )
            yield RawColumn(
                meter,
                value,
                [at_utc[at] for at in rows],
                [ends[at] for at in rows] if ends else [],
                energies,
                denominator,
                [at + 1 for at in rows],
                flags if isinstance(flags, str) else [flags[at] for at in rows],
            )


def _times(column: TypedColumn, time: TimeLayout, zone: str) -> list[int]:
    """The instants of a column of times. [s since 1970-01-01 UTC]"""
    if column.kind == typed.NAIVE:
        raise NaiveTimeError(
            f"{_place(column)}: {column.type} has no time zone; name the zone of its times where the frame is made, "
            "e.g. dt.tz_localize in pandas, dt.replace_time_zone in polars"
        )
    if column.kind not in (typed.INSTANT, typed.DATE):
        raise PeriodError(
            f"{_place(column)}: a column of {column.type}; expected a timestamp with a time zone, or dates of local "
            "days"
        )
    if column.has_nulls:
        raise MissingDataError(f"{_place(column, column.null_at)}: null; each row needs its time")
    if column.kind == typed.INSTANT:
        instants = _whole_seconds(column)
    elif time.is_calendar and time.stamp == "start" and not time.end_columns:
        instants = [day_start_utc(_date(column, at), zone) for at in range(len(column.values))]
    else:
        raise PeriodError(
            f'{_place(column)}: dates name local days; expected step="day" or "month" and stamp="start", or a '
            "timestamp with a time zone"
        )
    if instants:
        checked_instant(min(instants), f"{_place(column)}: the earliest time")
        checked_instant(max(instants), f"{_place(column)}: the latest time")
    if time.is_calendar and time.stamp == "end":
        _require_ends(column, instants, time.step[0], zone)
    return instants


def _whole_seconds(column: TypedColumn) -> list[int]:
    scale = column.scale
    if scale == 1:
        return [*column.values]
    seconds = [value // scale for value in column.values]
    if sum(seconds) * scale != sum(column.values):  # no quotient is above its value
        at = next(at for at, value in enumerate(column.values) if value % scale)
        raise PeriodError(
            f"{_place(column, at)}: {quote(column.values[at])} of {column.type} is no whole second; steps begin and "
            "end at whole seconds"
        )
    return seconds


def _date(column: TypedColumn, at: int) -> date:
    days = column.values[at]
    if not 0 <= days <= _LAST_DAY:
        raise PeriodError(f"{_place(column, at)}: {days} days since 1970 is outside the years 1970 to 9998")
    return _EPOCH + timedelta(days=days)


def _require_ends(column: TypedColumn, instants: Sequence[int], word: str, zone: str) -> None:
    """Refuse ends of steps at which no local day, or no calendar month, ends."""
    for at, instant in enumerate(instants):
        day = local_time(instant, zone).date()
        if day_start_utc(day, zone) != instant or (word == "month" and day.day != 1):
            raise PeriodError(
                f"{_place(column, at)}: {instant_text(instant)} is not the end of a local {word} of {zone}; pass the "
                "zone of the meter, and the step of the rows"
            )


def _groups(columns: Columns, layout: MeterLayout, count: int) -> dict[tuple[str, str], Sequence[int]]:
    """The rows of each meter and channel."""
    if not layout.meter_column and not layout.channel_column:
        return {("", ""): range(count)}
    meters = _words(columns[layout.meter_column]) if layout.meter_column else [""] * count
    channels = _words(columns[layout.channel_column]) if layout.channel_column else [""] * count
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at, pair in enumerate(zip(meters, channels, strict=True)):
        groups[pair].append(at)
    return dict(groups)


def _words(column: TypedColumn) -> Sequence[str]:
    if column.kind not in (typed.TEXT, typed.INTEGER):
        raise QuantityError(f"{_place(column)}: a column of {column.type}; expected texts or whole numbers")
    if column.has_nulls:
        raise MissingDataError(f"{_place(column, column.null_at)}: null; each row needs one")
    return [str(value) for value in column.values]


def _flags(columns: Columns, layout: MeterLayout, report: FileReport) -> str | Sequence[str]:
    if not layout.quality.column:
        return layout.quality.default
    column = columns[layout.quality.column]
    if column.kind not in (typed.TEXT, typed.NULL):
        raise QuantityError(f"{_place(column)}: a column of {column.type}; expected texts")
    if not layout.quality.flags:
        layout = evolve(layout, quality=evolve(layout.quality, flags={word: word for word in QUALITIES}))
    cells = [flag or "" for flag in column.values]
    words = qualities(cells, layout, report.path, range(1, len(cells) + 1), report)
    return [word for word in words if word is not None]


def _numbers(column: TypedColumn, is_whole_wh: bool) -> Numbers:
    """The numbers of a column of values, in its unit."""
    if column.kind == typed.FLOAT:
        raise InexactNumberError(
            f"{_place(column)}: a column of {column.type}; a float cannot hold most decimals exactly, even if these "
            "look whole: read the column as text, a decimal or an integer where it comes from, e.g. "
            "pandas.read_csv(..., dtype=str)"
        )
    if column.kind in (typed.INTEGER, typed.NULL):
        return column.values, 1
    if column.kind not in (typed.DECIMAL, typed.TEXT, typed.NUMBER):
        raise QuantityError(f"{_place(column)}: a column of {column.type}; expected integers, decimals or texts")
    if is_whole_wh:
        raise QuantityError(
            f"{_place(column)}: a column of {column.type}, whose unit is not known; pass "
            f'values=ValueColumn(column={quote(column.name)}, unit="kWh") with its unit'
        )
    if column.kind == typed.DECIMAL:
        return column.values, column.scale
    texts = [cell for cell in column.values if cell is not None] if column.kind == typed.TEXT else []
    plain = plain_numbers(texts)
    if plain is not None:
        values = iter(plain.values)
        return [None if cell is None else next(values) for cell in column.values], 10**plain.places
    numbers = numbers_of(
        [None if cell is None else checked_decimal(cell, _place(column, at)) for at, cell in enumerate(column.values)]
    )
    return numbers.values, 10**numbers.places
