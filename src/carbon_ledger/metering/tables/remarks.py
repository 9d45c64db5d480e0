"""Remarks on what a layout says of a column, where the values suggest something else. They refuse nothing."""

from collections.abc import Sequence
from itertools import islice
from operator import le, lt
from typing import Final, cast

from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.tables.raw import RawColumn
from carbon_ledger.periods.zones import DAY_S, local_time

_FEWEST_ROWS: Final = 100  # of a column that never falls, to be remarked on
_FEWEST_RISES: Final = 20


def remark_on(column: RawColumn, layout: MeterLayout, report: FileReport) -> None:
    """Note what nobody but the user can decide: whether energies are standings, and whether starts are ends.

    Args:
        column: All rows of a channel, in time order.
        layout: The layout of the file.
        report: Takes the notes.
    """
    if column.value.kind == "energy":
        _remark_on_standings(column, report)
    time = layout.time
    has_stamps = time.stamp == "start" and not (time.end_columns or time.interval_column or layout.wide)
    if has_stamps and not time.is_calendar and column.value.kind != "register":
        _remark_on_ends(column.at_utc, time.steps_s[0], layout.zone, report)


def _remark_on_standings(column: RawColumn, report: FileReport) -> None:
    values: Sequence[int | None] = column.numerators
    if None in values:
        values = [value for value in values if value is not None]
    numbers = cast("Sequence[int]", values)
    if len(numbers) < _FEWEST_ROWS or not all(map(le, numbers, islice(numbers, 1, None))):
        return
    if sum(map(lt, numbers, islice(numbers, 1, None))) >= _FEWEST_RISES:
        report.note(
            f"{column.place}: no value is less than the one before it, in {len(numbers)} rows; if it is the standing "
            'of a register, its kind is "register"'
        )


def _remark_on_ends(at_utc: Sequence[int], step_s: int, zone: str, report: FileReport) -> None:
    if at_utc[-1] - at_utc[0] < DAY_S - step_s or step_s >= DAY_S:
        return
    first, last = (local_time(at, zone) for at in (at_utc[0], at_utc[-1]))
    if first.hour * 3600 + first.minute * 60 + first.second == step_s and not (last.hour or last.minute or last.second):
        report.note(
            f"the first time is {first:%H:%M}, one step after midnight, and the last one is midnight; if times are the "
            'ends of their steps, the stamp is "end"'
        )
