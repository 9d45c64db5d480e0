"""A constant consumption against a real year of hydropower, matched by the hour and retired, to the Wh."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from tests.conftest import device, shared_file
from tests.support.places import PYTHONPATH, ROOT

import carbon_ledger as cl

pytestmark = pytest.mark.outside

NAME = "data/generation/ercot_hydro_2016.csv"
DRAW_WH = 100 * 10**6
JANUARY = cl.Period.month(2016, 1, zone="UTC")


def january_wh(path: Path) -> list[int]:
    """The file's first 744 hours, read apart from the library."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()[1 : 1 + 744]
    return [int(Decimal(line.split(",")[1]) * 10**6) for line in lines]


@pytest.fixture
def hourly(ledger: cl.Ledger) -> cl.Ledger:
    """January 2016 of the file as granular certificates."""
    file = cl.read_meter_csv(
        shared_file(NAME), time_column="UTC Time", value_column="generation", time_format="%m/%d/%Y %H:%M", zone="UTC"
    )
    ledger.register_device(device(zone="UTC", capacity="10 GW", commissioned="2000-01-01"))
    ledger.register_project(cl.Project(id="h", instrument="GC", zone="UTC", devices=("plant",)))
    with ledger.batch():
        for run in file.runs:
            ledger.record_run("plant", run, evidence=file.sha256)
    ledger.issue("h", JANUARY, to="op")
    return ledger


def test_the_match_is_the_least_of_both_in_each_of_744_hours(hourly: cl.Ledger) -> None:
    """Invariants 13 and 18, and ledger-model section 6."""
    generated = january_wh(shared_file(NAME))
    draw = cl.ConsumptionProfile(start=JANUARY.start, step="1 hour", consumption_wh=[DRAW_WH] * 744)
    plan = hourly.match("op", draw)
    assert [hour.matched_wh for hour in plan.hours] == [min(wh, DRAW_WH) for wh in generated]
    assert plan.matched_wh == sum(min(wh, DRAW_WH) for wh in generated) < min(sum(generated), 744 * DRAW_WH)
    done = hourly.retire(plan.blocks, beneficiary="A buyer", purpose="January by the hour", period=JANUARY)
    assert done.count == plan.matched_wh
    left = hourly.match("op", draw)
    assert [hour.matched_wh for hour in left.hours] == [min(DRAW_WH, max(0, wh - DRAW_WH)) for wh in generated]
    retired = hourly.holdings("op", state="retired", production=JANUARY)
    assert sum(block.count for block in retired) == plan.matched_wh
    report = hourly.audit()
    assert report.findings == ()


def test_every_unit_is_of_the_hour_that_the_file_says(hourly: cl.Ledger) -> None:
    (batch,) = hourly.batches("h")
    assert [hour.count for hour in hourly.hours(batch)] == january_wh(shared_file(NAME))


def test_the_example_runs_on_the_file() -> None:
    path = shared_file(NAME)
    script = ROOT / "examples" / "hourly_certificates.py"
    done = subprocess.run(
        [sys.executable, script, path],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
    )
    assert (done.returncode, done.stderr) == (0, "")
    matched = sum(min(wh, DRAW_WH) for wh in january_wh(path))
    assert f"retired {matched:,} Wh in" in done.stdout
