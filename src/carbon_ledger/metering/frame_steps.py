"""From the columns of a frame to the exact steps of its meters: times by type, energies without a float.

A message calls the rows of a frame lines, as those of a file, and counts them from 1.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

from carbon_ledger.errors import InexactNumberError, MissingDataError, NaiveTimeError, PeriodError, QuantityError
from carbon_ledger.exact import CONTEXT, checked_decimal
from carbon_ledger.metering.columns import TypedColumn, typed
from carbon_ledger.metering.layouts import MeterLayout, QualityLayout, TimeLayout, ValueColumn
from carbon_ledger.metering.readings import QUALITIES
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.periods import day_start_utc, instant_text
from carbon_ledger.periods.zones import checked_instant, local_time
from carbon_ledger.printing import quote

_EPOCH: Final = date(1970, 1, 1)
_LAST_DAY: Final = (date(9998, 12, 31) - _EPOCH).days
_DAY: Final = timedelta(days=1)
_PLAIN: Final = re.compile(r"-?[0-9]{1,40}(?:[.][0-9]{1,20})?", re.ASCII)

Columns = Mapping[str, TypedColumn]


def place_of(column: TypedColumn, at: int | None = None) -> str:
    """What a message calls a column, or one of its cells."""
    line = "" if at is None else f", line {at + 1}"
    return f"frame{line}, column {quote(column.name)}"


def steps_in_frame(columns: Columns, layout: MeterLayout, whole_wh: Collection[str]) -> Iterator[MeteredSteps]:
    """The steps of each meter and channel of a frame.

    Args:
        columns: The columns that the layout names, of equal length.
        layout: What the columns are.
        whole_wh: Columns of values that have to be integers.

    Raises:
        CarbonLedgerError: A column is of a type that is refused, or a cell cannot be read.
    """
    time = columns[layout.time.columns[0]]
    starts, steps_s = _steps(time, layout.time, layout.zone)
    quality = _qualities(columns, layout.quality)
    groups = _groups(columns, layout, len(starts))
    if not layout.time.is_calendar:
        for rows in groups.values():
            _check_grid([starts[at] for at in rows], rows, layout.time.steps_s[0])
    for value in layout.values:
        column = columns[value.column]
        numerators, denominator = _energies(column, value, steps_s, value.column in whole_wh)
        for (meter, channel), rows in groups.items():
            if channel != value.channel:
                continue
            kept = [at for at in rows if numerators[at] is not None]
            if len(kept) < len(rows) and layout.numbers.missing_is == "refuse":
                at = next(at for at in rows if numerators[at] is None)
                raise MissingDataError(
                    f'{place_of(column, at)}: null; pass missing_is="gap" if the step has no reading'
                )
            yield MeteredSteps(
                meter=meter,
                role=value.role,
                channel=value.channel or value.column,
                start_utc=[starts[at] for at in kept],
                step_s=[steps_s[at] for at in kept],
                numerators=[numerators[at] or 0 for at in kept],
                denominator=denominator,
                lines=[at + 1 for at in kept],
                quality=quality if isinstance(quality, str) else [quality[at] for at in kept],
                place=f"column {quote(value.column)}",
            )


def _steps(column: TypedColumn, time: TimeLayout, zone: str) -> tuple[list[int], list[int]]:
    """The start and the length of each row's step. [s since 1970-01-01 UTC; s]"""
    if column.kind == typed.NAIVE:
        raise NaiveTimeError(
            f"{place_of(column)}: {column.type} has no time zone; name the zone of its times where the frame is made, "
            "e.g. dt.tz_localize in pandas, dt.replace_time_zone in polars"
        )
    if column.kind not in (typed.INSTANT, typed.DATE):
        raise PeriodError(
            f"{place_of(column)}: a column of {column.type}; expected a timestamp with a time zone, or dates of local "
            "days"
        )
    if column.has_nulls:
        raise MissingDataError(f"{place_of(column, column.null_at)}: null; each row needs its time")
    if column.kind == typed.DATE:
        if not time.is_calendar or time.stamp != "start":
            raise PeriodError(
                f'{place_of(column)}: dates name local days; expected step="day" or "month" and stamp="start", or a '
                "timestamp with a time zone"
            )
        return _calendar([_date(column, at) for at in range(len(column.values))], time, zone, column)
    instants = _instants(column)
    if time.is_calendar:
        return _calendar(_days(column, instants, time, zone), time, zone, column)
    step_s = time.steps_s[0]
    starts = [at - step_s for at in instants] if time.stamp == "end" else instants
    if starts:
        checked_instant(min(starts), f"{place_of(column)}: the earliest start")
        checked_instant(max(starts), f"{place_of(column)}: the latest start")
    return starts, [step_s] * len(starts)


def _instants(column: TypedColumn) -> list[int]:
    if column.scale == 1:
        return [*column.values]
    scale = column.scale
    seconds = [value // scale for value in column.values]
    if sum(seconds) * scale != sum(column.values):  # no quotient is above its value
        at = next(at for at, value in enumerate(column.values) if value % scale)
        raise PeriodError(
            f"{place_of(column, at)}: {quote(column.values[at])} of {column.type} is no whole second; steps begin and "
            "end at whole seconds"
        )
    return seconds


def _date(column: TypedColumn, at: int) -> date:
    days = column.values[at]
    if not 0 <= days <= _LAST_DAY:
        raise PeriodError(f"{place_of(column, at)}: {days} days since 1970 is outside the years 1970 to 9998")
    return _EPOCH + timedelta(days=days)


def _days(column: TypedColumn, instants: Sequence[int], time: TimeLayout, zone: str) -> list[date]:
    """The first local day of each step of a calendar, from the instant of its start or end."""
    days = []
    for at, instant in enumerate(instants):
        checked_instant(instant, place_of(column, at))
        day = local_time(instant, zone).date()
        if day_start_utc(day, zone) != instant:
            raise PeriodError(
                f"{place_of(column, at)}: {instant_text(instant)} is not the start of a local day of {zone}; pass the "
                "zone of the meter, or dates"
            )
        if time.step[0] == "month" and day.day != 1:
            raise _no_month(column, at, day)
        if time.stamp == "end":
            day -= _DAY
            day = day.replace(day=1) if time.step[0] == "month" else day
        days.append(day)
    return days


def _no_month(column: TypedColumn, at: int, day: date) -> PeriodError:
    return PeriodError(f"{place_of(column, at)}: {day} is not the first day of a month; pass the step of the rows")


def _calendar(days: Sequence[date], time: TimeLayout, zone: str, column: TypedColumn) -> tuple[list[int], list[int]]:
    is_month = time.step[0] == "month"
    starts, steps_s = [], []
    for at, day in enumerate(days):
        if is_month and day.day != 1:
            raise _no_month(column, at, day)
        after = (day.replace(day=28) + 4 * _DAY).replace(day=1) if is_month else day + _DAY
        start = checked_instant(day_start_utc(day, zone), place_of(column, at))
        starts.append(start)
        steps_s.append(day_start_utc(after, zone) - start)
    return starts, steps_s


def _check_grid(starts: Sequence[int], rows: Sequence[int], step_s: int) -> None:
    """Refuse times that are off the grid of steps, and rows that follow each other by a longer step."""
    if all(after - before == step_s for before, after in pairwise(starts)):
        return
    order = sorted(range(len(starts)), key=starts.__getitem__)
    first = starts[order[0]]
    for at in order:
        if (starts[at] - first) % step_s:
            raise PeriodError(
                f"frame, line {rows[at] + 1}: the step from {instant_text(starts[at])} begins {starts[at] - first} s "
                f"after the first one, which is no multiple of the step, {step_s} s; pass the step that the frame has"
            )
    for before, at, after in zip(order, order[1:], order[2:], strict=False):
        distance = starts[at] - starts[before]
        if distance == starts[after] - starts[at] and distance not in (0, step_s):
            raise PeriodError(
                f"frame, lines {rows[before] + 1}, {rows[at] + 1} and {rows[after] + 1}: the rows are {distance} s "
                f"apart, and the step is {step_s} s; read each resolution by itself; if rows are missing, add them "
                'with null and pass missing_is="gap"'
            )


def _groups(columns: Columns, layout: MeterLayout, count: int) -> dict[tuple[str, str], Sequence[int]]:
    """The rows of each meter and channel."""
    if not layout.meter_column and not layout.channel_column:
        return {("", ""): range(count)}
    meters = _words(columns[layout.meter_column]) if layout.meter_column else [""] * count
    channels = _words(columns[layout.channel_column]) if layout.channel_column else [""] * count
    known = {value.channel for value in layout.values}
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at, pair in enumerate(zip(meters, channels, strict=True)):
        if pair[1] not in known:
            raise QuantityError(
                f"{place_of(columns[layout.channel_column], at)}: {quote(pair[1])} is the channel of none of the values"
            )
        groups[pair].append(at)
    return dict(groups)


def _words(column: TypedColumn) -> Sequence[str]:
    if column.kind not in (typed.TEXT, typed.INTEGER):
        raise QuantityError(f"{place_of(column)}: a column of {column.type}; expected texts or whole numbers")
    if column.has_nulls:
        raise MissingDataError(f"{place_of(column, column.null_at)}: null; each row needs one")
    return [str(value) for value in column.values]


def _qualities(columns: Columns, layout: QualityLayout) -> str | Sequence[str]:
    if not layout.column:
        return layout.default
    column = columns[layout.column]
    if column.kind not in (typed.TEXT, typed.NULL):
        raise QuantityError(f"{place_of(column)}: a column of {column.type}; expected texts")
    meanings: dict[str | None, str] = {None: layout.default, "": layout.default}
    meanings.update(layout.flags or {word: word for word in QUALITIES})
    unknown = {*column.values} - meanings.keys()
    if unknown:
        at = next(at for at, flag in enumerate(column.values) if flag in unknown)
        raise QuantityError(
            f"{place_of(column, at)}: the flag {quote(column.values[at])} has no meaning; name it in flags of the "
            f"quality, as one of {', '.join(QUALITIES)}"
        )
    return [meanings[flag] for flag in column.values]


def _energies(
    column: TypedColumn, value: ValueColumn, steps_s: Sequence[int], is_whole_wh: bool
) -> tuple[Sequence[int | None], int]:
    """The energy of each row, as multiples of 1/denominator Wh; None for a null."""
    numbers, places = _numbers(column, is_whole_wh)
    factor = Fraction(value.factor_wh) / places
    times, denominator = factor.numerator, factor.denominator
    if value.kind == "power":
        energies = [
            None if number is None else number * times * step_s for number, step_s in zip(numbers, steps_s, strict=True)
        ]
        return energies, denominator
    if times == 1:
        return numbers, denominator
    return [None if number is None else number * times for number in numbers], denominator


def _numbers(column: TypedColumn, is_whole_wh: bool) -> tuple[Sequence[int | None], int]:
    """The numbers of a column as whole numbers, and what each of them is divided by."""
    if column.kind == typed.FLOAT:
        raise InexactNumberError(
            f"{place_of(column)}: a column of {column.type}; a float cannot hold most decimals exactly, even if these "
            "look whole: read the column as text, a decimal or an integer where it comes from, e.g. "
            "pandas.read_csv(..., dtype=str)"
        )
    if column.kind in (typed.INTEGER, typed.NULL):
        return column.values, 1
    if column.kind not in (typed.DECIMAL, typed.TEXT, typed.NUMBER):
        raise QuantityError(f"{place_of(column)}: a column of {column.type}; expected integers, decimals or texts")
    if is_whole_wh:
        raise QuantityError(
            f"{place_of(column)}: a column of {column.type}, whose unit is not known; pass "
            f'values=ValueColumn(column={quote(column.name)}, unit="kWh") with its unit'
        )
    if column.kind == typed.DECIMAL:
        return column.values, column.scale
    if column.kind == typed.TEXT and all(cell is None or _PLAIN.fullmatch(cell) for cell in column.values):
        return _plain_numbers(column.values)
    decimals = [
        None if cell is None else checked_decimal(cell, place_of(column, at)) for at, cell in enumerate(column.values)
    ]
    places = max((_places(number) for number in decimals if number is not None), default=0)
    return [None if number is None else int(number.scaleb(places, CONTEXT)) for number in decimals], 10**places


def _plain_numbers(texts: Sequence[str | None]) -> tuple[Sequence[int | None], int]:
    """What `_numbers` gives for texts in plain notation, of few enough digits, without a Decimal for each of them."""
    parts = [None if text is None else text.partition(".") for text in texts]
    places = max((len(part[2]) for part in parts if part is not None), default=0)
    return [None if part is None else int(part[0] + part[2].ljust(places, "0")) for part in parts], 10**places


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
