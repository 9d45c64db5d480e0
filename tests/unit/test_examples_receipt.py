"""The two examples for outsiders: a verifier of receipts, and an auditor of published logs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from examples import audit_published, verify_receipt
from tests.conftest import Clock, device
from tests.support.places import PYTHONPATH, ROOT

import carbon_ledger as cl
from carbon_ledger.signing import Signer

SIGNER = Signer("log.example.com/kalbajar", bytes(range(32)))
KEY = str(SIGNER.verifier_key)
OTHER_KEY = str(Signer("log.example.com/kalbajar", bytes(32)).verifier_key)
MAY = cl.Period.month(2024, 5, zone="Asia/Baku")


@pytest.fixture
def place(tmp_path: Path, clock: Clock) -> Path:
    """A fresh ledger of 300 entries, published, with the receipt of a retirement beside it."""
    with cl.open_ledger(tmp_path / "ledger.db", ledger_id="example", clock=clock, by="operations") as ledger:
        ledger.open_account("op", name="Operator")
        ledger.register_device(device())
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
        ledger.record_generation("plant", MAY, net="10 MWh")
        (batch,) = ledger.issue("p", MAY, to="op")
        claim = ledger.retire(batch.take(2), beneficiary="Kəlbəcər MMC", purpose="x" * 90, period=MAY)
        with ledger.batch():
            for k in range(300 - ledger.size):
                ledger.open_account(f"account-{k}", name="A")
        ledger.publish(tmp_path / "log", signer=SIGNER)
        signed = (tmp_path / "log" / "checkpoint").read_bytes()
        (tmp_path / "kept").write_bytes(signed)
        (tmp_path / "claim.tlog-proof").write_bytes(ledger.receipt(claim, checkpoint=signed))
        (tmp_path / "claim.json").write_bytes(ledger.entry_bytes(claim))
    (tmp_path / "log.pub").write_text(f"{KEY}\n", encoding="utf-8")
    return tmp_path


def verify(place: Path, key: str = KEY) -> int:
    return verify_receipt.main(str(place / "claim.tlog-proof"), str(place / "claim.json"), key)


def audit(place: Path, key: str = KEY, since: str | None = "kept") -> int:
    return audit_published.main(str(place / "log"), key, None if since is None else str(place / since))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_receipt_is_verified_and_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with cl.open_ledger(place / "ledger.db") as ledger:
        root = ledger.root()
    for key in (KEY, str(place / "log.pub")):
        assert verify(place, key) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("VERIFIED  entry 7, units.retired, recorded 2026-01-01T00:00:00.")
        assert lines[0].endswith("Z by operations")
        assert '  beneficiary: "Kəlbəcər MMC"' in lines
        assert f'  purpose: "{"x" * 79}...' in lines
        assert lines[-1] == f"In the log log.example.com/kalbajar: 300 entries, root {root}"


def test_one_flipped_bit_in_any_input_of_a_receipt_fails(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("claim.tlog-proof", "claim.json", "log.pub"):
        file = place / name
        whole = file.read_bytes()
        for at in (0, len(whole) // 2, len(whole) - 5):
            flip(file, at)
            assert verify(place, str(place / "log.pub")) == 1, (name, at)
            assert capsys.readouterr().out.startswith("FAILED  ")
        file.write_bytes(whole)
    assert verify(place, str(place / "log.pub")) == 0


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (OTHER_KEY, "InvalidSignatureError"),
        ("", "SigningKeyError"),
        ("x" * 300, "SigningKeyError"),
        (KEY[:-1], "SigningKeyError"),
    ],
)
def test_another_key_fails(place: Path, capsys: pytest.CaptureFixture[str], key: str, error: str) -> None:
    assert verify(place, key) == 1
    assert capsys.readouterr().out.startswith(f"FAILED  {error}: ")


def test_a_missing_file_and_another_entry_are_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with cl.open_ledger(place / "ledger.db") as ledger:
        (place / "claim.json").write_bytes(ledger.entry_bytes(3))
    assert verify(place) == 1
    assert capsys.readouterr().out.startswith("FAILED  InvalidProofError: ")
    (place / "claim.json").unlink()
    assert verify(place) == 1
    assert "claim.json" in capsys.readouterr().out


def test_a_published_log_is_audited(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in (KEY, str(place / "log.pub")):
        assert audit(place, key) == 0
        told = capsys.readouterr().out
        assert told.startswith("Ledger example: 300 entries, root ")
        assert "passed  the log continues the earlier checkpoint (1)" in told
        assert "Nothing was compared" not in told
    assert audit(place, since=None) == 0
    assert "Nothing was compared with an earlier audit" in capsys.readouterr().out


def test_one_flipped_bit_in_any_input_of_an_audit_fails(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [path for path in (place / "log").rglob("*") if path.is_file()]
    assert len(files) == 6
    for file in [*files, place / "kept", place / "log.pub"]:
        whole = file.read_bytes()
        flip(file, len(whole) // 2)
        assert audit(place, str(place / "log.pub")) == 1, file
        assert "FAILED  " in capsys.readouterr().out
        file.write_bytes(whole)
    assert audit(place, str(place / "log.pub")) == 0


def test_a_log_that_was_cut_off_or_is_of_another_key_fails(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(place, OTHER_KEY) == 1
    assert "[the checkpoint is signed by a trusted key]" in capsys.readouterr().out
    assert audit(place, since="absent") == 1
    assert capsys.readouterr().out.startswith("FAILED  FileNotFoundError: ")
    with cl.open_ledger(place / "ledger.db", clock=Clock()) as ledger:
        ledger.open_account("one-more", name="A")
        ledger.publish(place / "later", signer=SIGNER)
    (place / "kept").write_bytes((place / "later" / "checkpoint").read_bytes())
    assert audit(place) == 1
    told = capsys.readouterr().out
    assert "FAILED  the log continues the earlier checkpoint" in told
    assert "1 finding(s): do not rely on this log." in told


def run(place: Path, command: list[str]) -> "subprocess.CompletedProcess[str]":
    library = {**os.environ, "PYTHONPATH": PYTHONPATH}
    return subprocess.run(command, cwd=place, env=library, capture_output=True, text=True, check=False)


@pytest.mark.outside
def test_they_run_as_scripts(place: Path) -> None:
    for script, *arguments in (
        ("verify_receipt.py", "claim.tlog-proof", "claim.json", "log.pub"),
        ("audit_published.py", "log", "log.pub", "--since", "kept"),
    ):
        command = [sys.executable, str(ROOT / "examples" / script), *arguments]
        done = run(place, command)
        assert (done.returncode, done.stderr) == (0, "")
        done = run(place, command[:2])
        assert done.returncode != 0
        assert script in done.stderr
