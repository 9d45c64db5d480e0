"""Go's own implementation verifies what a ledger publishes, and the receipts it gives."""

import shutil
from pathlib import Path

import pytest
from tests.conftest import Clock
from tests.go.test_go_check import SIGNER, check, checker

import carbon_ledger as cl

pytestmark = [pytest.mark.outside, pytest.mark.slow]

__all__ = ["checker"]

SIZE, OLD_SIZE = 70_000, 20_123


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> cl.Ledger:
    """A ledger of 70,000 entries that published when it had 20,123, and now."""
    place = tmp_path_factory.mktemp("ledger")
    ledger = cl.open_ledger(":memory:", ledger_id="long", clock=Clock())
    for size in (OLD_SIZE, SIZE):
        with ledger.batch():
            for n in range(ledger.size, size):
                ledger.open_account(f"account-{n}", name=f"Account {n}")
        published = ledger.publish(place / "log", signer=SIGNER)
        (place / f"checkpoint-{size}").write_bytes(published.note)
    shutil.copytree(place, tmp_path_factory.getbasetemp() / "published-ledger")
    return ledger


@pytest.fixture
def place(ledger: cl.Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "published-ledger"


def test_go_verifies_what_a_ledger_publishes(ledger: cl.Ledger, checker: Path, place: Path) -> None:
    """70,000 entries, and the older checkpoint's consistency."""
    done = check(checker, place / "log", "-old", place / f"checkpoint-{OLD_SIZE}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"ok {SIGNER.name} {SIZE} ")


@pytest.mark.parametrize("name", ["tile/0/100", "tile/1/000", "tile/entries/200", "checkpoint"])
def test_one_flipped_bit_fails(ledger: cl.Ledger, checker: Path, place: Path, name: str) -> None:
    path = place / "log" / name
    data = path.read_bytes()
    path.write_bytes(data[:77] + bytes([data[77] ^ 1]) + data[78:])
    try:
        assert check(checker, place / "log").returncode != 0
    finally:
        path.write_bytes(data)


def test_go_verifies_a_receipt(ledger: cl.Ledger, checker: Path, place: Path, tmp_path: Path) -> None:
    note = (place / f"checkpoint-{SIZE}").read_bytes()
    (tmp_path / "r").write_bytes(ledger.receipt(54_321, checkpoint=note))
    (tmp_path / "e").write_bytes(ledger.entry_bytes(54_321))
    done = check(checker, place / "log", "-proof", tmp_path / "r", "-entry", tmp_path / "e")
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "e").write_bytes(ledger.entry_bytes(54_320))
    assert check(checker, place / "log", "-proof", tmp_path / "r", "-entry", tmp_path / "e").returncode != 0
