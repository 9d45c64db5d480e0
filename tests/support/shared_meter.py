"""Two plants that share a meter."""

import pytest
from tests.conftest import device

import carbon_ledger as cl


@pytest.fixture
def two_plants(ledger: cl.Ledger) -> cl.Ledger:
    """A ledger with two plants that share a meter, and a project of certificates."""
    ledger.register_device(device())
    ledger.register_device(device("second"))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
    return ledger
