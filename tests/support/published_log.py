"""A ledger file with an issuance, the keys of its log, and the files of a published folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Clock, device

import carbon_ledger as cl
from carbon_ledger.signing import Signer

SIGNER = Signer("example.com/kalbajar", bytes(range(32)))
OTHER = Signer("example.com/kalbajar", bytes(32))
KEY = str(SIGNER.verifier_key)
MAY = cl.Period.month(2024, 5, zone="Asia/Baku")


def grow(ledger: cl.Ledger, count: int) -> None:
    start = ledger.size
    with ledger.batch():
        for k in range(count):
            ledger.open_account(f"account-{start + k}", name="A")


@pytest.fixture
def file(tmp_path: Path, clock: Clock) -> Path:
    """A ledger with an issuance and 300 more entries."""
    path = tmp_path / "ledger.db"
    with cl.open_ledger(path, ledger_id="pub", clock=clock) as ledger:
        ledger.open_account("op", name="Operator")
        ledger.register_device(device())
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
        ledger.record_generation("plant", MAY, net="10 MWh")
        ledger.issue("p", MAY, to="op")
        grow(ledger, 300)
    return path


@pytest.fixture
def ledger(file: Path, clock: Clock) -> Iterator[cl.Ledger]:
    with cl.open_ledger(file, clock=clock) as opened:
        yield opened


def tree(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
