"""The memory of a review, and of a comparison of two ledgers, does not grow with their readings and issuances."""

import gc
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Clock
from tests.support.plants import Numbers
from tests.support.reviewed_ledgers import digest_of, plant

import carbon_ledger as cl
from carbon_ledger.review import claim_comparison
from carbon_ledger.stores import cache, uncommitted_reads
from carbon_ledger.stores.sql import slices
from carbon_ledger.stores.sqlite import sessions

pytestmark = pytest.mark.slow

SLICE = 16
SHORT_DAYS, LONG_DAYS = 100, 300
LOOKED_BACK = cl.ReviewParameters(repeat_horizon_steps=500)  # of 20,000 steps, which take some megabytes at most


def write(path: Path, days: int, ledger_id: str = "measured") -> None:
    """Hours of a river plant, each day recorded with a document of its own and issued by itself."""
    numbers = Numbers(7)
    start, clock = datetime(2022, 1, 1, tzinfo=UTC), Clock("2023-12-01T00:00Z")
    with cl.open_ledger(path, ledger_id=ledger_id, clock=clock, by="registrar") as ledger, ledger.batch():
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


def compared_bytes(first: Path, second: Path, days: int) -> int:
    """The most that a comparison of two open ledgers allocates at one time. [octets]"""
    with cl.open_ledger(first, read_only=True) as a, cl.open_ledger(second, read_only=True) as b:
        tracemalloc.start()
        try:
            found = cl.compare_claims(a, b)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert found.overlap_count == days
        assert found.overlaps[0].matched == "equal readings"
    return peak


def test_a_comparison_of_ledgers_three_times_as_long_takes_hardly_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every day is claimed in both; the overlaps that are listed are as many as of a very long log."""
    monkeypatch.setattr(claim_comparison, "MOST_OVERLAPS", SLICE)
    peaks = []
    for days in (SHORT_DAYS, LONG_DAYS):
        for name in ("a", "b"):
            write(tmp_path / f"{name}{days}.db", days, name)
        gc.collect()
        peaks.append(compared_bytes(tmp_path / f"a{days}.db", tmp_path / f"b{days}.db", days))
    assert peaks[1] < 1.4 * peaks[0], peaks
