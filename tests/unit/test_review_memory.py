"""The memory of a review does not grow with the log: neither with its readings nor with its issuances."""

import gc
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Clock
from tests.support.plants import Numbers
from tests.support.reviewed_ledgers import digest_of, plant

import carbon_ledger as cl
from carbon_ledger.stores import cache, uncommitted_reads
from carbon_ledger.stores.sqlite import sessions, slices

pytestmark = pytest.mark.slow

SLICE = 16
SHORT_DAYS, LONG_DAYS = 100, 300
LOOKED_BACK = cl.ReviewParameters(repeat_horizon_steps=500)  # of 20,000 steps, which take some megabytes at most


def write(path: Path, days: int) -> None:
    """Hours of a river plant, each day recorded with a document of its own and issued by itself."""
    numbers = Numbers(7)
    start, clock = datetime(2022, 1, 1, tzinfo=UTC), Clock("2023-12-01T00:00Z")
    with cl.open_ledger(path, ledger_id="measured", clock=clock, by="registrar") as ledger, ledger.batch():
        ledger.open_account("op", name="Operator")
        ledger.register_device(plant(zone="UTC", commissioned="2021-01-01"))
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="UTC", devices=("plant",)))
        for day in range(days):
            clock.move(minutes=7)
            period = cl.Period.of(start + timedelta(days=day), start + timedelta(days=day + 1))
            values = [1000 * (1_000 + numbers.below(2_500)) for _ in range(24)]
            evidence = digest_of(day + 1) if day % 3 else None
            ledger.record_readings(
                "plant", start=period.start, step="1 hour", net_wh=values, evidence=evidence, by="meter-operator"
            )
            clock.move(minutes=7)
            ledger.issue("p", period, to="op", by="issuer")


def peak_bytes(path: Path) -> int:
    """The most that a review allocates at one time. [octets]"""
    with cl.open_ledger(path, read_only=True) as ledger:
        tracemalloc.start()
        try:
            found = ledger.review(parameters=LOOKED_BACK)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert {flag.rule for flag in found.flags} >= {"R16", "R28"}
        assert found.claimed_wh > 0
    return peak


@pytest.fixture(autouse=True)
def _small_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the ledgers were many times as long."""
    monkeypatch.setattr(slices, "SLICE", SLICE)
    monkeypatch.setattr(uncommitted_reads, "PAGE", SLICE)
    monkeypatch.setattr(sessions, "CACHED_ENTRIES", SLICE)
    monkeypatch.setattr(cache.clear_if_full, "__defaults__", (SLICE,))
    monkeypatch.setattr(cache, "_MAX_PIECES", SLICE)


def test_three_times_as_many_readings_and_issuances_take_hardly_more_memory(tmp_path: Path) -> None:
    """Caches of a bounded size still fill up at this length, so that the limit is not 1."""
    peaks = []
    for days in (SHORT_DAYS, LONG_DAYS):
        write(tmp_path / f"{days}.db", days)
        gc.collect()
        peaks.append(peak_bytes(tmp_path / f"{days}.db"))
    assert peaks[1] < 1.4 * peaks[0], peaks
