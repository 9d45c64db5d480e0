"""The small ledger and the clock for the tests of applications: deterministic, sound, and as their docstrings say."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import carbon_ledger as cl
from carbon_ledger.errors import AlreadyRegisteredError, ExpiredError, NaiveTimeError, PeriodError
from carbon_ledger.testing import Clock, sample_ledger

ZONE = "Europe/Berlin"


def test_every_call_makes_the_same_entries() -> None:
    with sample_ledger() as one, sample_ledger() as other:
        assert (one.size, one.root()) == (other.size, other.root()) == (11, one.root())


def test_a_file_has_the_same_entries_as_memory_and_can_be_opened_again(tmp_path: Path) -> None:
    with sample_ledger(tmp_path / "a.db") as ledger:
        root = ledger.root()
    with sample_ledger() as ledger:
        assert ledger.root() == root
    with cl.open_ledger(tmp_path / "a.db", read_only=True) as ledger:
        assert ledger.root() == root


def test_the_history_is_what_the_docstring_says() -> None:
    said = sample_ledger.__doc__ or ""
    with sample_ledger() as ledger:
        november, december = (cl.Period.month(2025, month, zone=ZONE) for month in (11, 12))
        for period in (november, december):
            assert f"{ledger.generation('windfarm', period).magnitude:,} MWh" in said
        (batch,) = ledger.batches("wind")
        (retirement,) = ledger.retirements("buyer")
        assert f"{batch.count:,} guarantees" in said
        assert "transferred 300 to" in said
        assert f"retired {retirement.count} of them" in said
        assert ledger.balance("buyer").active == 300 - retirement.count
        assert ledger.claims("windfarm", december) == ()


def test_an_audit_passes_without_a_note() -> None:
    with sample_ledger() as ledger:
        report = ledger.audit()
        assert report.passed
        assert report.notes == ()


def test_the_ledger_goes_on_by_the_clock_that_was_passed() -> None:
    clock = Clock()
    with sample_ledger(clock=clock) as ledger:
        block = ledger.holdings("buyer")[0]
        clock.now = "2026-12-01T00:00+01:00"  # 12 months after production: the transfers end
        with pytest.raises(ExpiredError):
            ledger.transfer(block.take(1), to="owner")
        ledger.retire(block.take(1), beneficiary="B", purpose="a test", period=cl.Period.month(2025, 11, zone=ZONE))


def test_a_file_that_is_a_ledger_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sample_ledger(path) as ledger:
        root = ledger.root()
    with pytest.raises(AlreadyRegisteredError):
        sample_ledger(path)
    with cl.open_ledger(path) as ledger:
        assert ledger.root() == root


def test_a_clock_stands_still_until_it_is_moved() -> None:
    clock = Clock()
    assert clock() == clock() == clock.now == datetime(2026, 1, 1, tzinfo=UTC)
    assert clock.move(days=1, hours=2, minutes=3, seconds=4) == datetime(2026, 1, 2, 2, 3, 4, tzinfo=UTC)
    assert clock.move(days=-2) == clock.now == datetime(2025, 12, 31, 2, 3, 4, tzinfo=UTC)
    assert eval(repr(clock)).now == clock.now


def test_a_clock_is_set_by_a_time_of_any_zone_and_shows_utc() -> None:
    clock = Clock(datetime(2026, 3, 2, 10, 0, 0, 5, tzinfo=timezone(timedelta(hours=1))))
    assert (clock.now, clock.now.utcoffset()) == (datetime(2026, 3, 2, 9, 0, 0, 5, tzinfo=UTC), timedelta(0))
    clock.now = "2026-03-02T10:00+04:00"
    assert clock.now == datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (datetime(2026, 1, 1), NaiveTimeError),  # noqa: DTZ001
        ("2026-01-01T00:00", NaiveTimeError),
        ("2026-01-01", NaiveTimeError),
        ("now", PeriodError),
        (None, PeriodError),
        (1.5, PeriodError),
    ],
)
def test_a_clock_without_a_zone_is_refused(given: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Clock(given)
    clock = Clock()
    with pytest.raises(error):
        clock.now = given
    assert clock.now == datetime(2026, 1, 1, tzinfo=UTC)
