"""Any table that is written by a layout is read back exactly by it, clock changes included."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import given, note
from hypothesis import strategies as st
from tests.support.meter_writer import WORDS, Writer, Written

from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.meter_files import read_meter_file
from carbon_ledger.metering.meter_scans import scan_meter_file
from carbon_ledger.metering.runs import MeterSeries
from carbon_ledger.metering.tables import lines

CHANGES = {
    "UTC": [date(2024, 5, 1)],
    "Asia/Baku": [date(2015, 3, 29), date(2015, 10, 25)],
    "Europe/Berlin": [date(2024, 3, 31), date(2024, 10, 27), date(2024, 12, 31)],
    "Europe/Dublin": [date(2024, 3, 31), date(2024, 10, 27)],
    "Australia/Lord_Howe": [date(2024, 4, 7), date(2024, 10, 6)],
    "America/Havana": [date(2024, 3, 10), date(2024, 11, 3)],
    "Asia/Beirut": [date(2024, 3, 31), date(2024, 10, 27)],
    "America/St_Johns": [date(2010, 3, 14), date(2010, 11, 7)],
    "Pacific/Apia": [date(2011, 12, 31)],
}
SHAPES = ("long", "long", "long", "wide", "numbered", "days", "register")
Readings = list[tuple[int, int, int, str]]


def readings_of(parts: list[MeterSeries]) -> Readings:
    return [
        (run.start_utc + number * run.step_s, run.step_s, wh, run.quality)
        for part in parts for run in part.runs for number, wh in enumerate(run.net_wh)
    ]  # fmt: skip


def written_by(writer: Writer) -> Written:
    """A table whose ends are not in an hour that the clocks repeat, which the order of rows could not show."""
    first, last = (writer.midnight(writer.first + timedelta(days=days)) for days in (0, writer.days))
    if first == last or is_repeated(last.astimezone(writer.rules)):
        writer.days += 1
    if is_repeated(first.astimezone(writer.rules)):
        writer.days, writer.first = writer.days + 1, writer.first - timedelta(days=1)
    return writer.write()


def is_repeated(at: datetime) -> bool:
    return at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()


@st.composite
def writers(draw: st.DrawFn) -> Writer:
    zone = draw(st.sampled_from([*CHANGES]))
    days = draw(st.integers(1, 4))
    day = draw(st.sampled_from(CHANGES[zone])) - timedelta(days=draw(st.integers(0, days)))
    step_s = draw(st.sampled_from([300, 900, 1800, 3600]))
    shape = draw(st.sampled_from(SHAPES))
    if zone == "Australia/Lord_Howe" and step_s == 3600:
        step_s = 1800  # its long day has 24.5 hours, and of two half hours 01:30 an hourly file shows one
    choose = random.Random(draw(st.integers(0, 10**9)))
    return Writer(choose=choose, zone=zone, first=day, days=days, step_s=step_s, shape=shape)


@given(writers())
def test_what_is_written_is_read(writer: Writer) -> None:
    written = written_by(writer)
    layout = MeterLayout(**written.layout)
    note(layout.to_toml())
    expected: dict[str, Readings] = {
        meter: [
            (int(step.start.timestamp()), int((step.end - step.start).total_seconds()), step.wh, WORDS[step.flag])
            for step in steps if step.wh is not None
        ]
        for meter, steps in written.steps.items()
    }  # fmt: skip
    with TemporaryDirectory() as folder:
        path = Path(folder, "meter.csv")
        path.write_bytes(written.data)
        file = read_meter_file(path, layout)
        assert {series.meter: readings_of([series]) for series in file.series} == expected
        for series in file.series:
            steps = written.steps[series.meter]
            assert series.cut_wh == 0
            assert series.period.start_utc == int(steps[0].start.timestamp())
            assert series.period.end_utc == int(steps[-1].end.timestamp())
            covered = sum(run.step_s * len(run.net_wh) for run in series.runs)
            gaps = sum(gap.end_utc - gap.start_utc for gap in series.gaps)
            assert covered + gaps == series.period.end_utc - series.period.start_utc
        if written.in_order and writer.shape == "long":
            with patch.object(lines, "CHUNK_BYTES", 700), scan_meter_file(path, layout) as scan:
                parts = [*scan]
            assert scan.sha256 == file.sha256
            for meter, known in expected.items():
                assert readings_of([part for part in parts if part.meter == meter]) == known
