"""Meter files made by hand, as a reader of files returns them."""

from collections.abc import Sequence
from fractions import Fraction

from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.meter_files import MeterFile
from carbon_ledger.metering.readings import Readings
from carbon_ledger.metering.runs import MeterSeries, gaps_between
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_utc

LAYOUT = MeterLayout(
    name="plant", zone="Asia/Baku", time={"columns": "time", "step": "1 hour"}, values={"column": "net", "unit": "kWh"}
)
START = instant_utc("2025-05-01T00:00+04:00", "start")
FILE = "sha256:" + "5" * 64
OTHER_FILE = "sha256:" + "6" * 64


def hours(values: Sequence[int], *, at: int = 0, step_s: int = 3600, **columns: object) -> Readings:
    """A run of the hours, or of other steps, from the *at*-th hour of May 2025 on."""
    return Readings(START + 3600 * at, step_s, tuple(values), **columns)


def series_of_runs(*runs: Readings, meter: str = "") -> MeterSeries:
    """The series of a meter in a file."""
    period = Period(runs[0].start_utc, runs[-1].end_utc, "Asia/Baku")
    return MeterSeries(
        meter=meter,
        period=period,
        runs=runs,
        gaps=gaps_between(period, runs),
        exact_wh=Fraction(sum(run.total_wh for run in runs)),
        cut_wh=Fraction(0),
        changed_steps=0,
    )


def meter_file(
    *runs: Readings, sha256: str = FILE, layout: MeterLayout = LAYOUT, others: Sequence[MeterSeries] = ()
) -> MeterFile:
    """A file with the runs of a meter that it does not name, and with the series of other meters."""
    return MeterFile(
        path="plant/may.csv",
        sha256=sha256,
        layout=layout,
        series=(*((series_of_runs(*runs),) if runs else ()), *others),
        rows=sum(len(run.net_wh) for run in runs),
        footers=0,
        refused=(),
        notes=(),
    )
