"""Small files of metered energy for tests, and what was read of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.meter_files import MeterFile
from carbon_ledger.metering.runs import MeterSeries
from carbon_ledger.periods import instant_text

ReadTable = Callable[..., MeterFile]


def table_layout(**changes: Any) -> MeterLayout:
    """A layout of hourly kWh in UTC, with columns time and kWh, and the changes."""
    fields: dict[str, Any] = {
        "name": "test", "zone": "UTC", "time": {"columns": "time"}, "values": {"column": "kWh"},
    }  # fmt: skip
    return MeterLayout(**fields | changes)


def values_of(read: MeterFile | MeterSeries) -> list[int]:
    """The net energies, in time order. [Wh]"""
    return [wh for run in read.runs for wh in run.net_wh]


def by_start(read: MeterFile | MeterSeries) -> dict[str, int]:
    """The net energy of each step, by its start. [Wh]"""
    return {
        instant_text(run.start_utc + number * run.step_s): wh
        for run in read.runs
        for number, wh in enumerate(run.net_wh)
    }


def lengths_of(read: MeterFile | MeterSeries) -> list[int]:
    """The length of each step, in time order. [s]"""
    return [run.step_s for run in read.runs for _ in run.net_wh]


def sum_wh(*values: str, unit_wh: int = 1000) -> Fraction:
    """The sum of printed values. [Wh]"""
    return sum((Fraction(value) * unit_wh for value in values), Fraction(0))


def local_starts(zone: str, first: date, days: int, step_s: int) -> list[datetime]:
    """Local times of the starts of steps over some days, by the zone's own rules: each with its fold."""
    rules = ZoneInfo(zone)
    begin = datetime.combine(first, time(), rules).astimezone(UTC)
    end = datetime.combine(first + timedelta(days=days), time(), rules).astimezone(UTC)
    count = (end - begin) // timedelta(seconds=step_s)
    return [(begin + timedelta(seconds=step_s * number)).astimezone(rules) for number in range(count)]
