"""A plant whose certificates expire after twelve months, and a plant whose certificates never expire."""

from collections.abc import Iterator

import pytest
from tests.conftest import EVIDENCE, Clock, device

import carbon_ledger as cl

BAKU = "Asia/Baku"


def month(k: int, year: int = 2025) -> cl.Period:
    return cl.Period.month(year, k, zone=BAKU)


def set_up(ledger: cl.Ledger) -> None:
    """Register two plants and their projects: `go` expires, `p` does not."""
    ledger.register_device(device())
    ledger.register_device(device("second"))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    ledger.register_project(cl.Project(id="go", instrument="EECS-GO", zone=BAKU, devices=("second",)))


def issued(ledger: cl.Ledger, period: cl.Period, net: str = "10 MWh", project: str = "p", **more: object) -> cl.Batch:
    """The batch of a total that is recorded and issued."""
    ledger.record_generation("plant" if project == "p" else "second", period, net=net)
    (batch,) = ledger.issue(project, period, to="op", **more)
    return batch


def corrected(ledger: cl.Ledger, period: cl.Period, net: str) -> object:
    return ledger.correct_generation("plant", period, net=net, reason="wrong ratio", evidence=EVIDENCE)


def expire(clock: Clock) -> None:
    """Move the clock past the expiry of everything that expires."""
    clock.move(days=400)


@pytest.fixture
def held(ledger: cl.Ledger) -> Iterator[cl.Ledger]:
    """A ledger with both plants, on each store. At the end of the test, its audit and reconciliations must pass."""
    set_up(ledger)
    yield ledger
    report = ledger.audit()
    assert report.findings == ()
    for project in ("p", "go"):
        assert ledger.reconcile(project, cl.Period.of("2020-01-01", "2030-01-01", zone=BAKU)).holds


def counts(ledger: cl.Ledger, account: str = "op", instrument: str = "I-REC-E") -> dict[str, int]:
    balance = ledger.balance(account, instrument=instrument)
    states = ("active", "locked", "buffered", "pending", "retired", "cancelled", "withdrawn")
    return {state: getattr(balance, state) for state in states if getattr(balance, state)}


@pytest.fixture
def stock(held: cl.Ledger, clock: Clock) -> dict[str, cl.Batch]:
    """Batches of two vintages and two instruments, issued in another order than they were generated."""
    batches = {
        "2025-03": issued(held, month(3), "5 MWh"),
        "2024-07": issued(held, month(7, 2024), "4 MWh"),
        "2025-01": issued(held, month(1), "6 MWh"),
        "go-2025-05": issued(held, month(5), "3 MWh", project="go"),
        "go-2025-02": issued(held, month(2), "2 MWh", project="go"),
    }
    held.register_project(cl.Project(id="q", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    held.record_generation("plant", month(2), net="7 MWh")
    (batches["q"],) = held.issue("q", month(2), to="op")
    return batches
