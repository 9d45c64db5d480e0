"""Issuing: units expire by their production, and no issuance crosses the end of a crediting period."""

import pytest
from tests.conftest import Clock, device, dump

import carbon_ledger as cl
from carbon_ledger import errors

APRIL = cl.Period.month(2024, 4, zone="Asia/Baku")
MAY = cl.Period.month(2024, 5, zone="Asia/Baku")


@pytest.fixture
def busy(ledger: cl.Ledger) -> cl.Ledger:
    """A ledger with issued, sold, retired, cancelled and withdrawn units, and a commissioned neighbour."""
    ledger.register_device(device())
    ledger.register_device(device("new", commissioned="2025-01-01"))
    ledger.register_device(device("planned", commissioned=None))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "new": 2}))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
    ledger.register_project(
        cl.Project(
            id="credits",
            instrument="GCC-ACC",
            zone="Asia/Baku",
            devices=("plant",),
            methodology="ACM0002@22.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2024-01-01", 7, zone="Asia/Baku"),
        )
    )
    ledger.record_generation("plant", MAY, net="100.5 MWh")
    ledger.record_generation("plant", APRIL, net="1 MWh")
    (batch,) = ledger.issue("p", MAY, to="op")
    sold, retired, cancelled, withdrawn, _ = batch.cut(10, 10, 10, 10)
    ledger.transfer(sold, to="buyer")
    ledger.retire(retired, beneficiary="B", purpose="claim", period=MAY)
    ledger.cancel(cancelled, reason="goodwill")
    ledger.withdraw(withdrawn, reason="audit")
    return ledger


def factor(**fields: object) -> cl.EmissionFactor:
    given: dict[str, object] = {
        "factor_id": "f",
        "value": "0.5",
        "unit": "tCO2e/MWh",
        "kind": "combined_margin",
        "region": "AZ",
        "source": "a test",
    }
    return cl.EmissionFactor(**(given | fields))


def late(ledger: cl.Ledger) -> str:
    return ledger.batches("p")[0].batch_id


def test_units_expire_by_their_production(ledger: cl.Ledger, clock: Clock) -> None:
    """Invariant 13; 12 months after the end of production, whenever they were issued."""
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="go", instrument="EECS-GO", zone="Asia/Baku", devices=("plant",)))
    january = cl.Period.month(2025, 1, zone="Asia/Baku")
    ledger.record_generation("plant", january, net="10 MWh")
    (batch,) = ledger.issue("go", january, to="op")
    assert batch.expires_utc == cl.Period.month(2026, 2, zone="Asia/Baku").start_utc
    clock.now = cl.Period.month(2026, 2, zone="Asia/Baku").start
    clock.move(seconds=-1)
    ledger.transfer(batch.take(1), to="buyer")
    clock.move(seconds=1)
    before = dump(ledger)
    for action in (
        lambda: ledger.transfer(batch.cut(1)[1], to="buyer"),
        lambda: ledger.retire(batch.take(1), beneficiary="B", purpose="late", period=january),
    ):
        with pytest.raises(errors.ExpiredError, match="2026-01-31T20:00:00Z"):
            action()
    assert dump(ledger) == before


def test_an_issuance_never_crosses_the_end_of_the_crediting_period(busy: cl.Ledger) -> None:
    """Invariant 21: inside to the last second, and not one beyond."""
    ends = cl.Period.years("2024-01-01", 7, zone="Asia/Baku").end
    for start, end, inside in (
        ("2030-12-01T00:00+04:00", ends, True),
        ("2030-12-01T00:00+04:00", "2031-01-01T01:00+04:00", False),
        ("2023-12-31T23:00+04:00", "2024-02-01T00:00+04:00", False),
    ):
        period = cl.Period.of(start, end)
        with pytest.raises(errors.GapError if inside else errors.OutsideCreditingPeriodError):
            busy.issue("credits", period, to="op", factor=factor())
