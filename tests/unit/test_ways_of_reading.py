"""The quick ways of reading a table say what the slow ones say: of odd files, in pieces of any size."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.support.meter_tables import table_layout

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.meter_files import read_meter_file
from carbon_ledger.metering.tables import lines, numbers
from carbon_ledger.metering.tables.blocks import TableRows
from carbon_ledger.metering.tables.days import DayColumns
from carbon_ledger.metering.tables.stamps import StampReader

ODD = [
    "", " ", "\u00a0", "\u3000", "-", "-0", "+1", "1e5", "1_0", "\u0661", "1.", ".5", "1.5.2", "-1.25", "007", "9" * 40,
    "1" * 10_000,
    "1,5", '"1"', '"1\n2"', '"', "\0", "\r", "\r\n", "\n", "\u2028", "\x85", "\x0b", "1 000", "Sum", "NaN",
    "24:00", "2024-10-27 02:30", "2024-03-31 02:30", "2024-10-27T00:30Z", "2024-10-27T02:30+02:00", ";", ",", "\ufeff",
]  # fmt: skip


def rows(chance: random.Random) -> Iterator[str]:
    """Rows of one or two meters around a change of clocks, with cells that a hostile writer changed."""
    zone = ZoneInfo("Europe/Berlin")
    step = timedelta(minutes=chance.choice([15, 30, 60, 180, 720]))
    at = chance.choice([datetime(2024, 3, 30, tzinfo=UTC), datetime(2024, 10, 25, 22, tzinfo=UTC)])
    meters = chance.choice([["a"], ["a", "b"], ["a", " a "]])
    places = chance.choice([0, 2, 3])
    yield "time,id,kWh"
    for number in range(chance.choice([5, 60, 200])):
        local = (at + number * step).astimezone(zone)
        for meter in meters:
            yield f"{local:%Y-%m-%d %H:%M},{meter},{chance.randint(-9, 9_999) / 10**places:.{places}f}"


def content(chance: random.Random) -> bytes:
    header, *some = rows(chance)
    for _ in range(chance.choice([0, 0, 1, 2, 5])):
        at = chance.randrange(len(some))
        cells = some[at].split(",")
        where = chance.randrange(len(cells))
        cells[where] = chance.choice([chance.choice(ODD), cells[where] + chance.choice(ODD), f" {cells[where]}"])
        some[at] = ",".join(cells)
    if chance.random() < 0.2:
        some.insert(chance.randrange(len(some)), some[chance.randrange(len(some))])
    if chance.random() < 0.1:
        chance.shuffle(some)
    text = chance.choice(["\n", "\r\n", "\r"]).join([header, *some]) + chance.choice(["", "\n", "\n\n"])
    return chance.choice(["", "\ufeff"]).encode() + text.encode()


def outcome(path: Path, layout: MeterLayout, on_refusal: str) -> Any:
    """What is read of a file: its readings and its report, or that it was refused.

    Which of several refusals comes first is not compared: a column is read at once, as far as a piece of the file goes.
    """
    try:
        file = read_meter_file(path, layout, on_refusal=on_refusal)
    except CarbonLedgerError:
        return "refused"
    refused = sorted((item.line, item.column, item.reason) for item in file.refused)
    return [(one.meter, one.runs, one.gaps, one.exact_wh) for one in file.series], file.rows, file.footers, refused


def slow_ways(patch: pytest.MonkeyPatch) -> None:
    """Leave the slow ways of reading alone."""
    patch.setattr(numbers, "plain_numbers", lambda *_: None)
    patch.setattr(DayColumns, "read", lambda *_: None)
    patch.setattr(StampReader, "_regular", lambda *_: None)
    patch.setattr(TableRows, "_plain", lambda *_: None)


@pytest.mark.parametrize("seed", range(100))
def test_quick_and_slow_ways_say_the_same(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "meter.csv"
    path.write_bytes(content(chance))
    on_refusal = chance.choice(["raise", "report"])
    layout = table_layout(
        zone="Europe/Berlin",
        time={"columns": "time", "step": chance.choice(["15 min", "30 min", "1 hour", "3 hours"])},
        meter_column="id",
        numbers={"missing_is": chance.choice(["gap", "refuse"]), "missing": ["-"], "exponent": chance.random() < 0.3},
        table={"footers": ["Sum"]},
        remainder="carry",
    )
    with pytest.MonkeyPatch.context() as patch:
        slow_ways(patch)
        slow = outcome(path, layout, on_refusal)
    for size in (7, 1000, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "CHUNK_BYTES", size)
            assert outcome(path, layout, on_refusal) == slow, size
