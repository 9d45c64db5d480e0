"""A plant whose certificates expire after twelve months, and one whose certificates do not: what holds act on."""

from collections.abc import Iterator

import pytest
from tests.conftest import EVIDENCE, Clock, device

import carbon_ledger as cl

BAKU = "Asia/Baku"


def month(k: int, year: int = 2025) -> cl.Period:
    return cl.Period.month(year, k, zone=BAKU)


def furnish(ledger: cl.Ledger) -> None:
    """Register two plants and their projects: `go` expires, `p` does not."""
    ledger.register_device(device())
    ledger.register_device(device("second"))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    ledger.register_project(cl.Project(id="go", instrument="EECS-GO", zone=BAKU, devices=("second",)))


def issued(ledger: cl.Ledger, period: cl.Period, net: str = "10 MWh", project: str = "p", **more: object) -> cl.Batch:
    """Record a total and issue it: one batch."""
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
    """A furnished ledger on either store; audited, and reconciled, when the test is over."""
    furnish(ledger)
    yield ledger
    report = ledger.audit()
    assert report.findings == ()
    for project in ("p", "go"):
        assert ledger.reconcile(project, cl.Period.of("2020-01-01", "2030-01-01", zone=BAKU)).holds
