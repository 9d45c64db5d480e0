"""From times and printed values to steps: lengths, the average power of a step, and the differences of standings."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from math import lcm
from operator import gt, lt, sub
from typing import cast

from attrs import evolve

from carbon_ledger.errors import CarbonLedgerError, PeriodError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.layouts import MeterLayout, ValueColumn
from carbon_ledger.metering.layouts.parts import OLDEST_FIRST
from carbon_ledger.metering.steps import MeteredSteps, Repeated
from carbon_ledger.metering.tables.raw import RawColumn, scaled
from carbon_ledger.metering.tables.registers import differences
from carbon_ledger.metering.tables.remarks import remark_on
from carbon_ledger.metering.tables.stamps import day_steps
from carbon_ledger.periods import day_start_utc, instant_text
from carbon_ledger.periods.zones import local_time
from carbon_ledger.printing import quote


def channels_of(columns: Iterable[RawColumn], layout: MeterLayout) -> tuple[list[tuple[RawColumn, str]], set[str]]:
    """All that a file has of each channel, in time order, and which channels were in another order than the layout's.

    Args:
        columns: Columns in the order of the file; those of one meter and value belong together.
        layout: The layout of the file.

    Returns:
        The columns, each with the number of its value in the layout; and the keys of meters and channels.
    """
    together: defaultdict[tuple[str, int], list[RawColumn]] = defaultdict(list)
    for column in columns:
        together[column.meter, layout.values.index(column.value)].append(column)
    channels, unordered = [], set()
    for (meter, number), same in together.items():
        whole = _joined(same)
        column = in_order(whole)
        if not _is_ordered(whole, column, layout.time.order):
            unordered.add(f"{meter}\0{whole.value.channel}")
        channels.append((column, str(number)))
    return channels, unordered


def _is_ordered(whole: RawColumn, in_time_order: RawColumn, order: str) -> bool:
    if order == OLDEST_FIRST:
        return in_time_order is whole
    return all(map(gt, whole.at_utc, islice(whole.at_utc, 1, None)))


def steps_of_channel(column: RawColumn, channel: str, layout: MeterLayout, report: FileReport) -> MeteredSteps:
    """The steps of a channel.

    Args:
        column: All that is read of the channel, in time order.
        channel: What the channel is called.
        layout: The layout of the file.
        report: Takes what is refused.
    """
    if not column.at_utc:  # all of its rows were refused: the channel is there, without a step
        return _energies(column, column.value, [], [], channel)
    remark_on(column, layout, report)
    if column.value.kind == "register":
        return differences(column, layout, report, channel)
    starts, steps_s = _lengths(column, layout, report)
    return _energies(column, column.value, starts, steps_s, channel)


def _joined(columns: Sequence[RawColumn]) -> RawColumn:
    first = columns[0]
    if len(columns) == 1:
        return first
    denominator = lcm(*(column.denominator for column in columns))
    numerators: list[int | None] = []
    for column in columns:
        factor = denominator // column.denominator
        numerators += (
            column.numerators
            if factor == 1
            else [None if value is None else value * factor for value in column.numerators]
        )
    each = [column.quality for column in columns]
    return evolve(
        first,
        at_utc=_chained([column.at_utc for column in columns]),
        end_utc=_chained([column.end_utc for column in columns]),
        numerators=numerators,
        denominator=denominator,
        lines=_chained([column.lines for column in columns]),
        quality=first.quality if isinstance(first.quality, str) else [*chain.from_iterable(each)],
    )


def _chained(parts: Sequence[Sequence[int]]) -> Sequence[int]:
    """Columns one after another; ranges that follow each other are one range."""
    whole = parts[0]
    if isinstance(whole, range) and whole.step == 1:
        for part in parts[1:]:
            if not isinstance(part, range) or part.step != 1 or part.start != whole.stop:
                break
            whole = range(whole.start, part.stop)
        else:
            return whole
    values: list[int] = []
    for part in parts:
        values += part
    return values


def in_order(column: RawColumn) -> RawColumn:
    """The same rows in time order."""
    at_utc = column.at_utc
    if all(map(lt, at_utc, islice(at_utc, 1, None))):
        return column
    return column.taken(sorted(range(len(at_utc)), key=at_utc.__getitem__))


def _energies(
    column: RawColumn, value: ValueColumn, starts: Sequence[int], steps_s: Sequence[int], channel: str
) -> MeteredSteps:
    extent_utc = (starts[0], starts[-1] + steps_s[-1]) if starts else None
    column, starts, steps_s = _with_values(column, starts, steps_s)
    numerators, factor = cast("Sequence[int]", column.numerators), value.factor_wh
    if value.kind == "power":
        if not steps_s or steps_s.count(steps_s[0]) == len(steps_s):
            factor *= steps_s[0] if steps_s else 1
        else:
            numerators = [number * step_s for number, step_s in zip(numerators, steps_s, strict=True)]
    numerators, denominator = scaled(numerators, column.denominator, factor)
    return MeteredSteps(
        meter=column.meter,
        role=value.role,
        channel=channel,
        start_utc=starts,
        step_s=steps_s,
        numerators=numerators,
        denominator=denominator,
        lines=column.lines,
        quality=column.quality,
        extent_utc=extent_utc,
        place=column.place,
    )


def _with_values(
    column: RawColumn, starts: Sequence[int], steps_s: Sequence[int]
) -> tuple[RawColumn, Sequence[int], Sequence[int]]:
    """The rows that have a value, with their starts and lengths."""
    if None not in column.numerators:
        return column, starts, steps_s
    kept = [position for position, number in enumerate(column.numerators) if number is not None]
    return column.taken(kept), [starts[at] for at in kept], [steps_s[at] for at in kept]


def _lengths(column: RawColumn, layout: MeterLayout, report: FileReport) -> tuple[Sequence[int], Sequence[int]]:
    """The start and the length of each step. [s since 1970-01-01 UTC, s]"""
    time, at_utc, path = layout.time, column.at_utc, report.path
    if column.end_utc:
        return _between(column, path)
    if time.is_calendar:
        return _calendar(column, layout, path)
    if len(time.steps_s) > 1:
        return _several(column, layout, report)
    step_s = time.steps_s[0]
    shift_s = step_s if time.stamp == "end" and not time.interval_column else 0
    even = range(at_utc[0] - shift_s, at_utc[-1] - shift_s + 1, step_s)
    if len(even) == len(at_utc) and (at_utc == [*even] if not shift_s else at_utc == [at + shift_s for at in even]):
        return even, Repeated(step_s, len(even))
    _require_grid(column, step_s, path, layout)
    return [at - shift_s for at in at_utc], Repeated(step_s, len(at_utc))


def _between(column: RawColumn, path: str) -> tuple[Sequence[int], Sequence[int]]:
    steps_s = [*map(sub, column.end_utc, column.at_utc)]
    if min(steps_s) <= 0:
        at = next(position for position, step_s in enumerate(steps_s) if step_s <= 0)
        raise PeriodError(
            f"{path}, line {column.lines[at]}: the step ends at {instant_text(column.end_utc[at])}, expected after its "
            f"start, {instant_text(column.at_utc[at])}"
        )
    return column.at_utc, steps_s


def _calendar(column: RawColumn, layout: MeterLayout, path: str) -> tuple[Sequence[int], Sequence[int]]:
    starts: Sequence[int] = column.at_utc
    word, zone = layout.time.step[0], layout.zone
    if layout.time.stamp == "end":
        starts = [_begin_of(at, word, zone) for at in starts]
    steps_s = []
    for at, end_utc, line in zip(starts, column.at_utc, column.lines, strict=True):
        try:
            step_s = day_steps(at, zone, word)
        except CarbonLedgerError as error:
            raise PeriodError(f"{path}, line {line}: {error}; the step is a local {word}") from None
        if layout.time.stamp == "end" and at + step_s != end_utc:
            raise PeriodError(
                f"{path}, line {line}: {local_time(end_utc, zone).isoformat()} is not the end of a local {word} of "
                f"{zone}; correct the time, the zone or the step"
            )
        steps_s.append(step_s)
    return starts, steps_s


def _begin_of(end_utc: int, word: str, zone: str) -> int:
    """Start of the local day or month that ends at an instant. [s since 1970-01-01 UTC]"""
    last = local_time(end_utc - 1, zone).date()
    return day_start_utc(last if word == "day" else last.replace(day=1), zone)


def _several(column: RawColumn, layout: MeterLayout, report: FileReport) -> tuple[Sequence[int], Sequence[int]]:
    """Steps of several lengths: each is as long as the distance to the next row, or from the row before it."""
    time, path, at_utc, allowed = layout.time, report.path, column.at_utc, frozenset(layout.time.steps_s)
    distances = [*map(sub, islice(at_utc, 1, None), at_utc)]
    if len(distances) < 2:
        raise PeriodError(f"{path}: {len(at_utc)} rows cannot show which of the steps {quote([*time.step])} they have")
    for at, distance in enumerate(distances):
        around = distances[max(at - 1, 0) : at] + distances[at + 1 : at + 2]
        if distance not in allowed or distance not in around:
            raise PeriodError(
                f"{path}, line {column.lines[at + 1]}: {distance} s after line {column.lines[at]}; expected two "
                f"or more rows in a row at one of the distances {quote([*time.step])}: a single one may be a gap"
            )
    if max(distances) > min(allowed):
        _require_all_rows(layout, report)
    if time.stamp == "end":
        steps_s = [distances[0], *distances]
        return [at - step_s for at, step_s in zip(at_utc, steps_s, strict=True)], steps_s
    return at_utc, [*distances, distances[-1]]


def _require_all_rows(layout: MeterLayout, report: FileReport) -> None:
    """Refuse steps whose length is a distance between rows, if a row between them may have been refused.

    Raises:
        PeriodError: A row was refused as a whole, and not the value of a column alone.
    """
    values = {layout.channel_column, *(value.column for value in layout.values)} - {""}
    lost = next((item for item in report.refused if item.column not in values), None)
    if lost is not None:
        raise PeriodError(
            f"{report.path}: the length of a step is the distance to the next row, and line {lost.line} was refused; "
            f"correct that row, or name one step: {lost.reason}"
        )


def _require_grid(column: RawColumn, step_s: int, path: str, layout: MeterLayout) -> None:
    """Refuse rows off the grid of steps, and rows of a longer step: two equal distances that are longer than the step.

    A single longer distance is a gap. Read with the shorter step, the energy of each longer step would be put into its
    first part.

    Raises:
        PeriodError: A row is off the grid, or three rows are equally far apart, by more than the step.
    """
    at_utc, lines, zone = column.at_utc, column.lines, layout.zone
    place = f"column {quote(layout.time.columns[0])}"

    def shown(position: int) -> str:
        return f"{local_time(at_utc[position], zone).replace(tzinfo=None).isoformat(sep=' ')} (line {lines[position]})"

    first = at_utc[0]
    for position, at in enumerate(at_utc):
        if (at - first) % step_s:
            raise PeriodError(
                f"{path}, line {lines[position]}, {place}: {shown(position)} is {at - first} s after {shown(0)}, "
                f"which is no multiple of the step, {step_s} s; pass the step that the file has"
            )
    for position, (before, at, after) in enumerate(zip(at_utc, at_utc[1:], at_utc[2:], strict=False)):
        if at - before == after - at > step_s:
            raise PeriodError(
                f"{path}, line {lines[position]}, {place}: from {shown(position)} to {shown(position + 2)} the rows "
                f"are {at - before} s apart, and the step is {step_s} s; if the file has two resolutions, name both in "
                'the layout, or split it; if rows are missing, add them without a value and pass missing="gap"'
            )
