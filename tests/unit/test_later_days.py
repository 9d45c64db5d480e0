"""The tests can run by the clock of a later day: none may begin to fail when a date has passed."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

LATER = Path(__file__).parents[1] / "support" / "later"
SCRIPT = "import carbon_ledger as cl; print(cl.open_ledger(':memory:').entry(0).at)"


@pytest.mark.outside
@pytest.mark.parametrize("days", [0, 1_000])
def test_a_ledgers_clock_is_set_ahead(days: int) -> None:
    environment = os.environ | {"PYTHONPATH": str(LATER), "DAYS_LATER": str(days)}
    before = datetime.now(UTC)
    told = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    at = datetime.fromisoformat(told.stdout.strip())
    assert before <= at - timedelta(days=days) <= datetime.now(UTC)
