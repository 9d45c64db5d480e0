"""What is printed: statements, retirements, traces, reconciliations, matches and the heads of their tables."""

import re
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve

import carbon_ledger as cl
from carbon_ledger.audit.report import audit
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.stores.memory import MemoryStore
from tests.messages.ledgers import begin
from tests.messages.snapshots import PRINTED, Case, Expect, Output, outputs
from tests.support import hourly_plant, reported, reviewed_ledgers
from tests.support.expiring_plant import corrected, issued, month, set_up
from tests.support.other_registry import gs, import_serial
from tests.support.other_registry import set_up as set_up_three

DAY = date(2026, 3, 3)
DIGEST = re.compile("sha256:(?!e{64})[0-9a-f]{64}")  # of a quantification, whose words are no part of this


def eventful() -> cl.Ledger:
    """Units held back, offered, sold, locked, corrected, imported, retired and exported."""
    ledger = begin()
    set_up(ledger)
    units, expiring = (
        issued(ledger, month(1), "10.6 MWh", buffer="0.1"),
        issued(ledger, month(1), "5 MWh", project="go"),
    )
    offer = ledger.offer(units.take(3), to="buyer", deadline="2026-02-01T00:00Z")
    ledger.reject(offer, reason="too dear")
    ledger.transfer(units.take(8), to="buyer")
    ledger.lock(expiring.take(1), reason="a dispute")
    corrected(ledger, month(1), "7 MWh")
    batch = import_serial(ledger, gs(608, 700), labels=["CORSIA"])
    ledger.retire(batch.take(3), beneficiary="Buyer Ltd", purpose="FY2025", period=month(1))
    ledger.export(batch.cut(10)[1].take(2), to_registry="evident", reference="7")
    return ledger


def changed(ledger: Reader, since: int) -> str:
    """Changes without the roots."""
    return re.sub("(root (?:then|now)) [0-9a-f]{64}", r"\1 ...", str(ledger.changes(since=since)))


def compared() -> str:
    """A folder with a document, and another one missing."""
    with TemporaryDirectory() as folder:
        Path(folder, "may.pdf").write_bytes(b"settlement")
        Path(folder, "notes.txt").write_bytes(b"notes")
        Path(folder, "link").symlink_to("may.pdf")
        ledger = reviewed_ledgers.r17().ledger
        digest = cl.digest_file(Path(folder, "may.pdf"))
        ledger.describe_document(digest, kind="settlement-statement", title="Settlement of May", by="ops")
        return str(ledger.verify_evidence(folder))


def answered() -> str:
    """Dispositions of a review: one is settled, one lacks a name, and one is of a flag that is gone."""
    review = reviewed_ledgers.r06().ledger.review()
    first, second, *others = cl.Dispositions().updated(review).rows
    rows = [
        evolve(first, disposition="misstatement", misstated_wh=9_099_897_000, response="no document", by="A", date=DAY),
        evolve(second, disposition="explained", response="statements were sent", date=DAY),
        *others,
        evolve(first, key=64 * "0", disposition="CAR", status="gone"),
    ]
    return str(cl.Dispositions(rows=cl.Listing(rows, cl.Disposition)))


def rootless(ledger: Reader, **arguments: object) -> str:
    """A review without the root, which depends on the version of the library and of the zones."""
    return re.sub("root [0-9a-f]{64}", "root ...", str(ledger.review(**arguments)))  # type: ignore[arg-type]


def converted() -> cl.Ledger:
    """An issuance that was converted."""
    ledger = begin()
    set_up_three(ledger)
    ledger.record_generation("plant", month(2), net="10.6 MWh")
    (batch,) = ledger.issue("irec", month(2), to="op")
    ledger.convert(batch, to_instrument="EECS-GO", reason="sold in Europe")
    return ledger


def matched() -> cl.HourlyMatch:
    """An hour whose consumption is matched, and one with more than was generated."""
    ledger = begin()
    hourly_plant.set_up(ledger)
    hourly_plant.issue(ledger, [3, 4])
    profile = cl.ConsumptionProfile(start=hourly_plant.text(0), step="1 hour", consumption_wh=[2, 5000])
    return ledger.match("op", profile)


def bundled() -> cl.EnergyTagBundles:
    """Certificates of which some are offered, and some are labelled."""
    ledger = begin()
    hourly_plant.set_up(ledger)
    batch = hourly_plant.issue(ledger, [3, 4000])
    ledger.label(batch.take(2), "tag:north", evidence="sha256:" + "e" * 64, reason="a letter")
    ledger.offer(batch.cut(5)[1].take(20), to="buyer")
    return ledger.energytag_bundles("op")


def heads(page: object) -> str:
    """The captions and heads of the tables that a notebook shows, a table a line."""
    tables = re.findall("<caption>(.*?)</caption><thead>(.*?)</thead>", page._repr_html_())
    return "\n".join(f"{caption}: {' | '.join(re.findall('<th[^>]*>(.*?)</th>', head))}" for caption, head in tables)


def origin(ledger: cl.Ledger) -> str:
    """Where a unit from elsewhere comes from, a row a line."""
    return "\n".join(f"{row['what']}: {row['which']}" for row in ledger.trace("gold-standard/2025/20/1").origin())


PAGES: list[Output] = [
    # With every column, a deadline and a debit.
    ("statement", lambda: eventful().statement("op")),
    ("statement-without-what-expires", lambda: converted().statement("op")),
    # With the serials that they have there.
    ("retirement-of-units-from-elsewhere", lambda: eventful().retirement("test/22")),
    ("retirement-by-conversion", lambda: converted().retirement(11)),
    ("trace", lambda: eventful().trace("p/2025/10/1")),
    ("trace-of-unit-from-elsewhere", lambda: eventful().trace("gold-standard/2025/20/1")),
    ("trace-of-converted-unit", lambda: converted().trace("irec/2025/10/1")),
    ("reconciliation-with-debit", lambda: eventful().reconcile("p", month(1))),
    ("monitoring-report-of-two-vintages", reported.two_vintages),
    ("monitoring-report-with-correction", reported.corrected),
    ("audit-of-nothing", lambda: audit(MemoryStore())),
    ("match", matched),
    ("energytag-bundles", bundled),
    (
        "selection-with-every-condition",
        lambda: cl.Selection(
            1250, instrument="I-REC-E", vintage=2024, project="p", label="CORSIA", order="newest-issue"
        ),
    ),
    ("selection", lambda: cl.Selection(7, instrument="GC")),
    ("review-of-a-debit", lambda: rootless(reviewed_ledgers.r17().ledger)),
    ("review-with-waivers", lambda: rootless(reviewed_ledgers.r13().ledger, scope=["credits"])),
    ("review-without-evidence", lambda: rootless(reviewed_ledgers.r06().ledger.as_of(entry=40))),
    ("changes-after-a-correction", lambda: changed(reviewed_ledgers.r17().ledger, 12)),
    ("changes-after-voiding", lambda: changed(reviewed_ledgers.r16().ledger, 11)),
    ("changes-of-a-factor", lambda: changed(reviewed_ledgers.r13().ledger, 10)),
    ("changes-of-roles", lambda: changed(reviewed_ledgers.r18().ledger, 8)),
    ("evidence", lambda: "\n".join(map(str, eventful().evidence()))),
    ("folder-of-evidence", compared),
    ("dispositions", answered),
    ("review-of-nothing", lambda: rootless(begin(), parameters=cl.ReviewParameters(late_days=7))),
]
TABLES: list[Output] = [
    ("heads-of-statement", lambda: heads(eventful().statement("buyer"))),
    ("heads-of-retirement", lambda: heads(eventful().retirement("test/22"))),
    ("heads-of-trace", lambda: heads(eventful().trace("gold-standard/2025/20/1"))),
    ("heads-of-reconciliation", lambda: heads(eventful().reconcile("p", month(1)))),
    ("heads-of-monitoring-report", lambda: heads(reported.two_vintages())),
    ("origin-of-unit-from-elsewhere", lambda: origin(eventful())),
]


@outputs(PRINTED, PAGES, TABLES)
def test_it_is_printed_so(case: Case, expect: Expect) -> None:
    """To the letter and the space."""
    expect(DIGEST.sub("sha256:...", str(case.do())))
