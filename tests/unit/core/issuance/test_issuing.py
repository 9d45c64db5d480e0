"""Issuing: units expire by their production, and no issuance extends past the end of a crediting period."""

from datetime import timedelta

import pytest
from tests.conftest import Clock, device, dump
from tests.support.busy_ledger import busy
from tests.support.metered_project import factor

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["busy"]


def late(ledger: cl.Ledger) -> str:
    return ledger.batches("p")[0].batch_id


def test_units_expire_by_their_production(ledger: cl.Ledger, clock: Clock) -> None:
    """Invariant 13; 18 months after the end of production, whenever they were issued."""
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="go", instrument="EECS-GO", zone="Asia/Baku", devices=("plant",)))
    january = cl.Period.month(2025, 1, zone="Asia/Baku")
    ledger.record_generation("plant", january, net="10 MWh")
    (batch,) = ledger.issue("go", january, to="op")
    transfers, ends = (cl.Period.month(2026, month, zone="Asia/Baku") for month in (2, 8))
    assert (batch.transferable_until_utc, batch.expires_utc) == (transfers.start_utc, ends.start_utc)
    clock.now = transfers.start - timedelta(seconds=1)
    ledger.transfer(batch.take(1), to="buyer")
    clock.now = ends.start - timedelta(seconds=1)
    claim = {"beneficiary": "B", "purpose": "late", "period": january}
    ledger.retire(batch.take(1), **claim)
    clock.move(seconds=1)
    before = dump(ledger)
    for action in (
        lambda: ledger.transfer(batch.cut(1)[1], to="buyer"),
        lambda: ledger.retire(batch.cut(1, 1)[1], **claim),
    ):
        with pytest.raises(errors.ExpiredError, match="2026-07-31T20:00:00Z"):
            action()
    assert dump(ledger) == before


def test_an_issuance_never_crosses_the_end_of_the_crediting_period(busy: cl.Ledger) -> None:
    """Invariant 21: inside to the last second, and not one beyond."""
    ends = cl.Period.years("2021-01-01", 10, zone="Asia/Baku").end
    for start, end, inside in (
        ("2030-12-01T00:00+04:00", ends, True),
        ("2030-12-01T00:00+04:00", "2031-01-01T01:00+04:00", False),
        ("2020-12-31T23:00+04:00", "2021-02-01T00:00+04:00", False),
    ):
        period = cl.Period.of(start, end)
        with pytest.raises(errors.GapError if inside else errors.OutsideCreditingPeriodError):
            busy.issue("credits", period, to="op", factor=factor())
