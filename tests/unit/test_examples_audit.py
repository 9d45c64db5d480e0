"""The example that audits a file prints everything that the file holds."""

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import EVIDENCE, Clock, device
from tests.support.other_registry import GCC, PRODUCTION, gs
from tests.support.own_methodology import Write, issued, write
from tests.support.places import PYTHONPATH
from tests.support.staffed_ledger import begin

import carbon_ledger as cl
from carbon_ledger.testing import sample_ledger

__all__ = ["write"]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
AUDIT: Callable[[str], int] = runpy.run_path(str(EXAMPLES / "audit.py"))["main"]
BAKU = "Asia/Baku"
MAY, JUNE = (cl.Period.month(2024, k, zone=BAKU) for k in (5, 6))
FACTOR = cl.EmissionFactor(
    factor_id="am",
    value="0.3748",
    unit="tCO2/MWh",
    kind="combined_margin",
    region="AZ",
    source="a table",
    licence="none stated",
    operating_margin="0.4620",
    build_margin="0.3456",
    weights=("0.25", "0.75"),
    flags=("tool-version-not-stated",),
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A ledger of roles with credits and certificates, corrected, voided, locked, offered, sold, imported."""
    with begin(tmp_path / "a.db", Clock()) as ledger:
        ledger.register_device(device())
        ledger.register_device(device("second"))
        ledger.register_project(cl.Project(id="e", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
        ledger.register_project(
            cl.Project(
                id="c",
                instrument="GCC-ACC",
                zone=BAKU,
                devices=("second",),
                methodology="ACM0002@22.0",
                baseline="greenfield",
                crediting_period=cl.Period.years("2021-01-01", 10, zone=BAKU),
                requires_approval=True,
            )
        )
        ledger.adopt_methodology("ACM0002@22.0", text=EVIDENCE, note="compared twice", by="verifier")
        ledger.register_registry(GCC, by="registrar")
        ledger.declare_relation("op", "buyer", relation="trader-for", reason="a contract", by="registrar")
        first, second, *days = MAY.days()[:-2]
        sides = {"export": "11 MWh", "import_": "1 MWh", "invoiced": ("12 MWh", "1 MWh")}
        ledger.record_generation("plant", first, **sides, by="meter-operator")
        ledger.record_generation("plant", second, net="10 MWh", quality="estimated", by="meter-operator")
        for day in days:
            ledger.record_generation("plant", day, net="10 MWh", by="meter-operator")
        ledger.record_generation("second", JUNE, net="1000 MWh", evidence=EVIDENCE, by="meter-operator")
        gap = [cl.Waiver("gap", "the logger was down"), cl.Waiver("estimated-readings", "the meter failed")]
        (batch,) = ledger.issue("e", MAY, to="op", buffer="0.1", waivers=gap, by="issuer")
        ledger.void(batch, reason="the wrong account", by="issuer")
        (batch,) = ledger.issue("e", MAY, to="op", buffer="0.1", waivers=gap, by="issuer")
        locked, offered, retired, sold, _ = batch.cut(20, 30, 40, 50)
        ledger.lock(locked, reason="a dispute", by="registrar")
        assert ledger.offer(offered, to="buyer", reference="contract 7", by="holder-op").reference == "contract 7"
        ledger.retire(retired, beneficiary="B Ltd", purpose="use", period=MAY, reference="order 9", by="holder-op")
        ledger.transfer(sold, to="buyer", by="holder-op")
        ledger.correct_generation(
            "plant", MAY.days()[2], net="8 MWh", reason="ratio", evidence=EVIDENCE, by="meter-operator"
        )
        ledger.approve(ledger.quantify("c", JUNE, factor=FACTOR), note="seen", by="verifier")
        ledger.issue("c", JUNE, to="op", factor=FACTOR, by="issuer")
        ledger.import_block(
            gs(1, 10),
            registry="gold-standard",
            instrument="GS-VER",
            to="buyer",
            production=PRODUCTION,
            project="GS1",
            evidence=EVIDENCE,
            by="issuer",
        )
    return str(tmp_path / "a.db")


def test_everything_that_an_auditor_asks_for_is_printed(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The defects that an auditor found: units that vanish, an import without a line, flags that are not shown."""
    assert AUDIT(path) == 0
    shown = capsys.readouterr().out
    for words in (
        "issuer is issuer, by registrar",
        "flag: tool-version-not-stated",
        "licence: none stated",
        f"by verifier, document {EVIDENCE}: compared twice",
        "without a document: 29 entries of readings of plant",
        "10 MWh before, 8 MWh after",
        "1 issuances recomputed, 2 units withdrawn",
        ": 290 of 2024 (29 buffered) to op, VOIDED later",
        "gaps of plant: 48 hours, 6 % of the period",
        "waived gap: the logger was down",
        "voids the issuance of entry",
        "flag of the factor: not-its-weights-times-margins: 0.25 x 0.4620 + 0.75 x 0.3456",
        "by verifier, used: seen",
        "verifier is verifier since entry",
        "buyer, GS-VER: 10 active, 0 locked, 0 buffered, 0 pending, 0 retired, 0 cancelled, 0 withdrawn, 0 exported",
        "40 I-REC-E of op for B Ltd",
        "I-REC-E: 580 issued + 0 imported = ",
        "20 locked + ",
        "GS-VER: 0 issued + 10 imported = 10 active",
        "GCC-ACC: 374 issued + 0 imported = 374 active",
        "relation op to buyer declared: reason a contract, relation trader-for",
        "id GCC-ACC, name ",
        "grammar: forms space {project}/{vintage}, template GCC-{project}-{vintage:digits 4}-{first}-{last}",
        "  region: AZ",
        "  operating_margin: 0.4620",
        "  weights: 0.25; 0.75",
        "374 of 2024 to op",
        "  factor am, methodology ACM0002@22.0",
        "net 10,000,000 Wh (export 11,000,000, import 1,000,000), invoiced 11,000,000 Wh",
        "metered minus invoiced -1,000,000 Wh",
        "that was estimated, not measured",
        "  withdrawn: e/2024/",
        "GS1-1-AZ-GS1-2-2025-1-1-10 of gold-standard to buyer",
        f"vintage 2025, evidence {EVIDENCE}",
        "transfer.offered e/2024/",
        "reference contract 7",
        "units.locked e/2024/",
        "reason a dispute",
        "reference order 9",
    ):
        assert words in shown, words
    assert "DOES NOT HOLD" not in shown


def test_a_file_with_a_finding_is_not_described(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = Path(path).read_bytes()
    assert data.count(b"compared twice") == 1
    Path(path).write_bytes(data.replace(b"compared twice", b"compared never"))
    assert AUDIT(path) == 1
    assert "do not rely on this file" in capsys.readouterr().out


def test_amounts_of_an_operators_own_methodology_are_named(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It cannot compute them again, so that it does not pass; everything else is shown."""
    methodology = write().METHODOLOGY
    issued(tmp_path / "own.db", methodology).close()
    assert AUDIT(str(tmp_path / "own.db")) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("NOT COMPUTED AGAIN: entry 8 by OWN-TOY@1.0")
    assert "the operator's own; SHA-256 of its module: sha256:" in printed
    assert "Accounts:\n  op, GCC-ACC: 45 active" in printed
    assert printed.rstrip().endswith("ask for the methodology, and pass it to audit(methodologies=[...]).")


@pytest.mark.outside
@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="this system has no SIGPIPE")
def test_an_example_ends_quietly_when_nobody_reads_on(tmp_path: Path) -> None:
    """As ``python examples/audit.py FILE | head -1`` does."""
    sample_ledger(tmp_path / "sample.db").close()
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, EXAMPLES / "audit.py", tmp_path / "sample.db"],
        stdout=writer, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": PYTHONPATH}, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_every_example_that_prints_ends_so() -> None:
    """The server does not: a client that leaves must not end it."""
    examples = {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.py")}
    silent = {name for name, text in examples.items() if "signal.signal(signal.SIGPIPE, signal.SIG_DFL)" not in text}
    assert silent == {"registry_api.py"}
