"""Ledgers on which the messages are provoked."""

import carbon_ledger as cl
from tests.conftest import Clock, device

BAKU = "Asia/Baku"
APRIL, MAY, JUNE = (cl.Period.month(2024, k, zone=BAKU) for k in (4, 5, 6))
CLAIM = {"beneficiary": "B", "purpose": "use", "period": MAY}
FACTOR = cl.EmissionFactor(
    factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
)


def begin(clock: Clock | None = None) -> cl.Ledger:
    """A ledger in memory with accounts `op`, `buyer` and `other`."""
    ledger = cl.open_ledger(":memory:", ledger_id="test", clock=clock or Clock(), by="tester")
    for account in ("op", "buyer", "other"):
        ledger.open_account(account, name=account.title())
    return ledger


def busy() -> cl.Ledger:
    """May issued as `p/2024/14`: of 100 units, 10 each sold, retired, cancelled and withdrawn; a factor adopted."""
    ledger = begin()
    ledger.register_device(device())
    ledger.register_device(device("new", commissioned="2025-01-01", metered_since="2025-02-01"))
    ledger.register_device(device("planned", commissioned=None))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "new": 2}))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    ledger.register_project(
        cl.Project(
            id="credits",
            instrument="GCC-ACC",
            zone=BAKU,
            devices=("plant",),
            methodology="ACM0002@22.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2021-01-01", 10, zone=BAKU),
        )
    )
    ledger.record_generation("plant", MAY, net="100.5 MWh")
    ledger.record_generation("plant", APRIL, net="1 MWh")
    (batch,) = ledger.issue("p", MAY, to="op", key="may")
    sold, retired, cancelled, withdrawn, _ = batch.cut(10, 10, 10, 10)
    ledger.transfer(sold, to="buyer")
    ledger.retire(retired, **CLAIM)
    ledger.cancel(cancelled, reason="goodwill")
    ledger.withdraw(withdrawn, reason="audit")
    ledger.adopt_factor(FACTOR)
    return ledger
