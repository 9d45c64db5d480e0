"""The words of every entry that moves units, to the letter, because users archive and compare statements."""

import pytest
from tests.conftest import EVIDENCE
from tests.support.staffed_ledger import ACTIONS, ACTORS, MAY, batch, may, staffed

import carbon_ledger as cl
from carbon_ledger.queries.wording import describe

WORDS = {
    "generation.corrected": "readings of plant corrected: ratio; nothing withdrawn",
    "meter.corrected": "readings of meter feeder corrected: ratio; nothing withdrawn",
    "issuance.recorded": "issued to op: 7 of 2024 (p)",
    "issuance.voided": "issuance 21 voided: an error",
    "units.withdrawn": "p/2024/21/1-3 withdrawn by the issuer: an order",
    "units.transferred": "p/2024/21/1-3 from op to buyer",
    "units.retired": "p/2024/21/1-3 retired for B: use (staffed/32)",
    "units.cancelled": "p/2024/21/1-3 cancelled: goodwill",
    "block.imported": "imported to op: GS1-1-KE-GS7495-16-2025-30645-608-30350 of gold-standard (GS7495)",
    "units.exported": "p/2024/21/1-3 exported to evident: 7",
    "units.converted": "p/2024/21/1-100 retired for a conversion to EECS-GO: another scheme (staffed/32)",
    "units.locked": "p/2024/21/1-3 locked: a dispute",
    "units.released": "p/2024/24/1-10 released from a lock: settled",
    "buffer.released": "p/2024/24/91-100 released from the buffer: no reversal",
    "buffer.cancelled": "p/2024/24/91-100 cancelled out of the buffer: a reversal",
    "transfer.offered": "p/2024/21/1-3 offered by op to buyer",
    "transfer.accepted": "p/2024/24/11-20 from op to buyer: offer 27 accepted",
    "transfer.ended rejected": "p/2024/24/11-20 back to op: offer 27 to buyer rejected",
    "transfer.ended revoked": "p/2024/24/11-20 back to op: offer 27 to buyer revoked",
    "transfer.ended timed-out": "p/2024/24/21-30 back to op: offer 28 to buyer timed-out",
}


@pytest.mark.parametrize("action", WORDS)
def test_an_entry_that_moves_units_is_told_in_these_words(action: str) -> None:
    ledger = staffed()
    ACTIONS[action](ledger, next(actor for actor in ACTORS if may(actor, action)))
    assert describe(ledger._view(), ledger.entry(ledger.size - 1)) == WORDS[action]


def test_what_is_beside_the_units_is_told_too() -> None:
    """What is held back, until when an offer stands, what a correction took, and more blocks than a line names."""
    ledger = staffed()
    view = ledger._view
    assert describe(view(), ledger.entry(24)) == "issued to op: 100 of 2024, 10 of them held back (p)"
    assert describe(view(), ledger.entry(28)).startswith(
        "p/2024/24/21-30 offered by op to buyer, until 2026-01-01T01:00:0"
    )
    ledger.correct_generation("plant", MAY, net="98 MWh", reason="ratio", evidence=EVIDENCE, by="meter-operator")
    corrected = describe(view(), ledger.entry(ledger.size - 1))
    assert corrected == "readings of plant corrected: ratio; p/2024/24/99-100 withdrawn"
    parts = batch(ledger).cut(*[2] * 9)[:8:2]
    for count, words in ((3, "p/2024/21/1-2, p/2024/21/5-6, p/2024/21/9-10"), (4, "p/2024/21/1-2 and 3 more blocks")):
        with ledger.batch():
            ledger.transfer(parts[:count], to="buyer", from_="op", by="holder-op")
            assert describe(view(), ledger.entry(ledger.size - 1)) == f"{words} from op to buyer"
            ledger.transfer(parts[:count], to="op", from_="buyer", by="holder-buyer")


def test_a_trace_is_these_rows() -> None:
    ledger = staffed()
    ledger.correct_generation("plant", MAY, net="98 MWh", reason="ratio", evidence=EVIDENCE, by="meter-operator")
    found = ledger.trace(batch(ledger).take(1))
    assert found.rows() == [
        {"entry": 21, "account": "op", "state": "active", "what happened": "issued to op: 100 of 2024 (p)"},
        {
            "entry": 33,
            "account": None,
            "state": None,
            "what happened": "ratio: the issuance amounts to 98 of 2024, units withdrawn: 0, carry 0",
        },
    ]
    assert found.quantification is not None
    assert found.origin() == [
        {"what": what, "which": which}
        for what, which in (
            ("instrument", "I-REC-E"),
            ("vintage", "2024"),
            ("project", "p"),
            ("generated", "2024-04-30T20:00:00Z to 2024-05-31T20:00:00Z"),
            ("issued by", "entry 21 to op"),
            ("quantification", found.quantification.digest),
            ("runs of readings", "1"),
            ("evidence", EVIDENCE),
            ("expires", "never"),
        )
    ]
    assert str(found).splitlines()[:2] == ["Trace of p/2024/21/1", "  instrument        I-REC-E"]


def test_a_reconciliation_is_these_rows() -> None:
    """Five local months: May and September issued, June, July and a gap in August beside them."""
    ledger = staffed()
    period = cl.Period.of("2024-05-01", "2024-10-01", zone="Asia/Baku")
    expected: list[tuple[str, object, str]] = [
        ("generated", 210_750_000, "Wh"),
        ("  claimed", 200_500_000, "Wh"),
        ("  claimed by other projects", 0, "Wh"),
        ("  excluded (not above zero)", 0, "Wh"),
        ("  unclaimed", 10_250_000, "Wh"),
        ("gaps", 1, ""),
        ("claimed amount", "200.5", "MWh"),
        ("issued", 200, "units"),
        ("  active", 160, "units"),
        ("  locked", 10, "units"),
        ("  buffered", 10, "units"),
        ("  pending", 20, "units"),
        *((f"  {state}", 0, "units") for state in ("retired", "cancelled", "withdrawn", "exported")),
        ("  of withdrawn: by correction", 0, "units"),
        ("counted", 200, "units"),
        ("project: claimed amount", "200.5", "MWh"),
        ("  + adjustments", 0, "units"),
        ("  - counted", 200, "units"),
        ("  = carry", "0.5", "MWh"),
        ("  carry of 2024 (with older: 0.5)", "0.5", "MWh"),
        ("debit", "0", "MWh"),
        ("identities hold", "yes", ""),
    ]
    told_rows = ledger.reconcile("p", period).rows()
    assert told_rows == [{"what": what, "amount": amount, "unit": unit} for what, amount, unit in expected]


def test_an_audit_s_report_is_this_text() -> None:
    ledger = staffed()
    report = ledger.audit()
    assert str(report).splitlines() == [
        f"Ledger staffed: {ledger.size} entries, root {ledger.root()}",
        *(f"  passed  {name} ({count:,})" for name, count in report.checks),
    ]
    assert [name for name, _ in report.checks][:2] == ["the file can be read", "every entry hashes to its leaf"]
