"""A ledger with issued, sold, retired, cancelled and withdrawn units."""

import pytest
from tests.conftest import device
from tests.support.metered_project import MAY

import carbon_ledger as cl

APRIL = cl.Period.month(2024, 4, zone="Asia/Baku")


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
            crediting_period=cl.Period.years("2021-01-01", 10, zone="Asia/Baku"),
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
