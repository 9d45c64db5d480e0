"""Ledgers for tests of the page that reports a ledger: plain ones, large ones, and those that an adversary writes."""

from pathlib import Path

from attrs import evolve
from tests.conftest import EVIDENCE, Clock, device
from tests.support.everything import everything

import carbon_ledger as cl
from carbon_ledger.audit.report import AuditReport
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.queries.ledger_page.report import head_of, ledger_contents, scope_of
from carbon_ledger.reports.ledger_page.contents import LedgerContents

BAKU = "Asia/Baku"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\u200f{{7*7}}"
LONG = "W" * 2_000
ARABIC = "شركة الطاقة 123"
WAIVED = [cl.Waiver("gap", HOSTILE.replace("\u202e", "")), cl.Waiver("assumption/x", "<b>" + "a" * 1_990)]


def begun(name: str = "test", clock: Clock | None = None) -> cl.Ledger:
    """An empty ledger in memory."""
    return cl.open_ledger(":memory:", ledger_id=name, clock=clock or Clock(), by="tester")


def contents_of(
    reader: Reader, *, projects: tuple[str, ...] | None = None, accounts: tuple[str, ...] | None = None
) -> LedgerContents:
    """What the page of a state shows, without an audit."""
    scope = scope_of(reader, None, projects, accounts)
    head = head_of(reader, scope, "A page", title=None, prepared_by=None, note=None)
    return ledger_contents(scope, head, None)


def page_of(reader: Reader, folder: Path, **more: object) -> str:
    """The page of a state."""
    path = folder / "page.html"
    path.unlink(missing_ok=True)
    reader.report(path, **more)  # type: ignore[arg-type]
    return path.read_text(encoding="utf-8")


def full(folder: Path) -> cl.Ledger:
    """A ledger with something of every kind."""
    return everything(folder).ledger


def hourly(clock: Clock | None = None) -> cl.Ledger:
    """A plant with hourly readings of three months and monthly ones before, two of them issued."""
    ledger = begun("hourly", clock)
    ledger.open_account("op", name="Operator")
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",), name="The plant"))
    for month in range(1, 7):
        ledger.record_generation("plant", cl.Period.month(2025, month, zone=BAKU), net=f"{month}000.5 MWh")
    for month in (7, 8, 9):
        start = cl.Period.month(2025, month, zone=BAKU)
        hours = start.seconds // 3600
        ledger.record_readings("plant", start=start.start, step="1 hour", net_wh=[month * 1_000_001] * hours)
    for month in (1, 2, 7):
        ledger.issue("p", cl.Period.month(2025, month, zone=BAKU), to="op")
    return ledger


def hostile() -> cl.Ledger:
    """A ledger whose texts try to break the page: markup, controls, other scripts, and the longest texts allowed."""
    ledger = begun("hostile")
    ledger.open_account("op", name=HOSTILE)
    ledger.open_account("long", name=LONG)
    ledger.open_account("a" * 64, name=ARABIC)
    ledger.register_device(evolve(device(), name=HOSTILE, capacity="100 MW"))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",), name=HOSTILE))
    for month, net in ((1, "1 MWh"), (2, "0 Wh"), (3, "-1 Wh"), (4, "0.000001 MWh")):
        ledger.record_generation("plant", cl.Period.month(2025, month, zone=BAKU), net=net, evidence=EVIDENCE)
    period = cl.Period.of("2025-01-01", "2025-05-05", zone=BAKU)
    (batch,) = ledger.issue("p", period, to="op", waivers=WAIVED, by=HOSTILE.replace("\u202e", ""))
    ledger.transfer(batch.take(1), to="long")
    ledger.correct_generation(
        "plant", cl.Period.month(2025, 4, zone=BAKU), net="2.5 MWh", reason=HOSTILE, evidence=EVIDENCE
    )
    ledger.retire(batch.take(1), beneficiary=LONG, purpose=HOSTILE + "\n" + ARABIC, period=period)
    return ledger


def crowded(accounts: int = 300) -> cl.Ledger:
    """A ledger with many accounts that hold one unit each, and as many retirements."""
    ledger = begun("crowded")
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    may = cl.Period.month(2025, 5, zone=BAKU)
    with ledger.batch():
        for k in range(accounts):
            ledger.open_account(f"a{k}", name=f"Account {k}")
        ledger.record_generation("plant", may, net="1000 MWh")
        (batch,) = ledger.issue("p", may, to="a0")
        for k, block in enumerate(batch.take(2 * accounts).cut(*[2] * (accounts - 1))):
            held = ledger.transfer(block, to=f"a{k}") if k else block
            ledger.retire(held.take(1), beneficiary=f"Beneficiary {k}", purpose="use", period=may)
    return ledger


def failed(found: AuditReport) -> AuditReport:
    """The report of an audit that found something wrong."""
    finding = cl.Finding(check=found.checks[2][0], entry=3, detail=HOSTILE)
    return evolve(found, findings=(finding,))
