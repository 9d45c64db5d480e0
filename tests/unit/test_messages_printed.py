"""What is printed: statements, retirements, traces, reconciliations and matches, to the letter and the space."""

import re

from tests import granular
from tests.conftest import EVIDENCE
from tests.crossing import bring, gs
from tests.crossing import furnish as furnish_three
from tests.holding import corrected, furnish, issued, month
from tests.messages import begin

import carbon_ledger as cl
from carbon_ledger.audit.report import audit
from carbon_ledger.stores.memory import MemoryStore

DIGEST = re.compile("sha256:(?!e{64})[0-9a-f]{64}")  # of a quantification, whose words are no part of this


def eventful() -> cl.Ledger:
    """Units held back, offered, sold, locked, corrected, imported, retired and exported."""
    ledger = begin()
    furnish(ledger)
    units, expiring = (
        issued(ledger, month(1), "10.6 MWh", buffer="0.1"),
        issued(ledger, month(1), "5 MWh", project="go"),
    )
    offer = ledger.offer(units.take(3), to="buyer", deadline="2026-02-01T00:00Z")
    ledger.reject(offer, reason="too dear")
    ledger.transfer(units.take(8), to="buyer")
    ledger.lock(expiring.take(1), reason="a dispute")
    corrected(ledger, month(1), "7 MWh")
    batch = bring(ledger, gs(608, 700), labels=["CORSIA"])
    ledger.retire(batch.take(3), beneficiary="Buyer Ltd", purpose="FY2025", period=month(1))
    ledger.export(batch.cut(10)[1].take(2), to_registry="evident", reference="7")
    return ledger


def converted() -> cl.Ledger:
    """An issuance that was converted."""
    ledger = begin()
    furnish_three(ledger)
    ledger.record_generation("plant", month(2), net="10.6 MWh")
    (batch,) = ledger.issue("irec", month(2), to="op")
    ledger.convert(batch, to_instrument="EECS-GO", reason="sold in Europe")
    return ledger


def printed(thing: object) -> list[str]:
    """The lines of what is printed."""
    return DIGEST.sub("sha256:...", str(thing)).splitlines()


def test_a_statement_is_printed_so() -> None:
    """Every column, a deadline and a debit."""
    assert printed(eventful().statement("op")) == [
        "Statement of op",
        (
            "  recorded              instrument  change                                active  "
            "expires               what happened"
        ),
        (
            "  2026-01-01T00:00:00Z  I-REC-E     +9 active, +1 buffered                     "
            "9                        issued to op: 10 of 2025, 1 of them held back (p); carry 0.6"
        ),
        (
            "  2026-01-01T00:00:00Z  EECS-GO     +5 active                                  5  "
            "2026-01-31T20:00:00Z  issued to op: 5 of 2025 (go); carry 0"
        ),
        (
            "  2026-01-01T00:00:00Z  I-REC-E     -3 active, +3 pending                      "
            "6                        p/2025/10/1-3 offered by op to buyer, until 2026-02-01T00:00:00Z"
        ),
        (
            "  2026-01-01T00:00:00Z  I-REC-E     +3 active, -3 pending                      "
            "9                        p/2025/10/1-3 back to op: offer 14 to buyer rejected: too dear"
        ),
        (
            "  2026-01-01T00:00:00Z  I-REC-E     -8 active                                  "
            "1                        p/2025/10/1-8 from op to buyer"
        ),
        (
            "  2026-01-01T00:00:00Z  EECS-GO     -1 active, +1 locked                       4  "
            "2026-01-31T20:00:00Z  go/2025/13/1 locked: a dispute"
        ),
        (
            "  2026-01-01T00:00:00Z  I-REC-E     -1 active, -1 buffered, +2 withdrawn       "
            "0                        readings of plant corrected: wrong ratio; p/2025/10/10, "
            "p/2025/10/9 withdrawn; carry -1, debit 1 (1 of it new)"
        ),
        (
            "  2026-01-01T00:00:00Z  GS-VER      +93 active                                "
            "93                        imported to op: GS1-1-AZ-GS1-2-2025-1-608-700 of gold-standard "
            "(Hydro-3)"
        ),
        (
            "  2026-01-01T00:00:00Z  GS-VER      -3 active, +3 retired                     "
            "90                        gold-standard/2025/20/1-3 retired for Buyer Ltd: FY2025 (test/22)"
        ),
        (
            "  2026-01-01T00:00:00Z  GS-VER      -2 active, +2 exported                    "
            "88                        gold-standard/2025/20/11-12 exported to evident: 7"
        ),
    ]


def test_a_retirement_of_units_from_elsewhere_is_printed_so() -> None:
    """With the serials that they have there."""
    assert printed(eventful().retirement("test/22")) == [
        "Retirement test/22",
        "  recorded      2026-01-01T00:00:00Z",
        "  beneficiary   Buyer Ltd",
        "  purpose       FY2025",
        "  period start  2024-12-31T20:00:00Z",
        "  period end    2025-01-31T20:00:00Z",
        "  account       op",
        "  instrument    GS-VER",
        "  units in all  3",
        "  vintage  units  serials                    registry serials",
        "     2025      3  gold-standard/2025/20/1-3  GS1-1-AZ-GS1-2-2025-1-608-610",
    ]


def test_a_retirement_by_conversion_is_printed_so() -> None:
    assert printed(converted().retirement(11)) == [
        "Retirement test/11",
        "  recorded      2026-01-01T00:00:00Z",
        "  beneficiary   Op",
        "  purpose       conversion to EECS-GO",
        "  period start  2025-01-31T20:00:00Z",
        "  period end    2025-02-28T20:00:00Z",
        "  account       op",
        "  instrument    I-REC-E",
        "  units in all  10",
        "  vintage  units  serials",
        "     2025     10  irec/2025/10/1-10",
    ]


def test_a_trace_is_printed_so() -> None:
    assert printed(eventful().trace("p/2025/10/1")) == [
        "Trace of p/2025/10/1",
        "  instrument        I-REC-E",
        "  vintage           2025",
        "  project           p",
        "  generated         2024-12-31T20:00:00Z to 2025-01-31T20:00:00Z",
        "  issued by         entry 10 to op",
        "  quantification    sha256:...",
        "  runs of readings  1",
        "  evidence          sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
        "  expires           never",
        "  entry  account  state    what happened",
        "     10  op       active   issued to op: 10 of 2025, 1 of them held back (p)",
        "     14  op       pending  p/2025/10/1-3 offered by op to buyer, until 2026-02-01T00:00:00Z",
        "     15  op       active   p/2025/10/1-3 back to op: offer 14 to buyer rejected: too dear",
        "     16  buyer    active   p/2025/10/1-8 from op to buyer",
        (
            "     19                    wrong ratio: the issuance amounts to 7 of 2025, units withdrawn: "
            "2, carry -1, debit 1 (1 of it new)"
        ),
    ]


def test_a_trace_of_a_unit_from_elsewhere_is_printed_so() -> None:
    assert printed(eventful().trace("gold-standard/2025/20/1")) == [
        "Trace of gold-standard/2025/20/1",
        "  instrument        GS-VER",
        "  vintage           2025",
        "  project           Hydro-3",
        "  generated         2024-03-31T20:00:00Z to 2025-08-31T20:00:00Z",
        "  imported by       entry 20 to op",
        "  registry          gold-standard",
        "  serial there      GS1-1-AZ-GS1-2-2025-1-608-608",
        "  evidence          sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
        "  expires           never",
        "  entry  account  state    what happened",
        "     20  op       active   imported to op: GS1-1-AZ-GS1-2-2025-1-608-700 of gold-standard (Hydro-3)",
        "     22  op       retired  gold-standard/2025/20/1-3 retired for Buyer Ltd: FY2025 (test/22)",
    ]


def test_a_trace_of_a_converted_unit_is_printed_so() -> None:
    assert printed(converted().trace("irec/2025/10/1")) == [
        "Trace of irec/2025/10/1",
        "  instrument        I-REC-E",
        "  vintage           2025",
        "  project           irec",
        "  generated         2025-01-31T20:00:00Z to 2025-02-28T20:00:00Z",
        "  issued by         entry 10 to op",
        "  quantification    sha256:...",
        "  runs of readings  0",
        "  expires           never",
        "  entry  account  state    what happened",
        "     10  op       active   issued to op: 10 of 2025 (irec)",
        ("     11  op       retired  irec/2025/10/1-10 retired for a conversion to EECS-GO: sold in Europe (test/11)"),
        "     11                    sold in Europe: the issuance amounts to nothing, units withdrawn: 0, carry 0",
    ]


def test_a_statement_without_what_expires_has_no_such_column() -> None:
    assert printed(converted().statement("op")) == [
        "Statement of op",
        "  recorded              instrument  change                   active  what happened",
        (
            "  2026-01-01T00:00:00Z  I-REC-E     +10 active                   10  issued to op: 10 of "
            "2025 (irec); carry 0.6"
        ),
        (
            "  2026-01-01T00:00:00Z  I-REC-E     -10 active, +10 retired       0  irec/2025/10/1-10 "
            "retired for a conversion to EECS-GO: sold in Europe (test/11); carry 0"
        ),
    ]


def test_a_reconciliation_with_a_debit_is_printed_so() -> None:
    assert printed(eventful().reconcile("p", month(1))) == [
        "p, 2025-01-01T00:00:00+04:00 to 2025-02-01T00:00:00+04:00 (Asia/Baku)",
        "  generated                                           7,000,000 Wh",
        "    claimed                                           7,000,000 Wh",
        "    claimed by other projects                                 0 Wh",
        "    excluded (not above zero)                                 0 Wh",
        "    unclaimed                                                 0 Wh",
        "  gaps                                                           0",
        "  claimed amount                                             7 MWh",
        "  issued                                                  10 units",
        "    active                                                 8 units",
        "    locked                                                 0 units",
        "    buffered                                               0 units",
        "    pending                                                0 units",
        "    retired                                                0 units",
        "    cancelled                                              0 units",
        "    withdrawn                                              2 units",
        "    exported                                               0 units",
        "    of withdrawn: by correction                            2 units",
        "  counted                                                  8 units",
        "  project: claimed amount                                    7 MWh",
        "    + adjustments                                          0 units",
        "    - counted                                              8 units",
        "    = carry                                                 -1 MWh",
        "  debit                                                      1 MWh",
        "    entry 19, generation.corrected                          +1 MWh",
        "  identities hold                                              yes",
    ]


def test_an_audit_of_nothing_is_printed_so() -> None:
    assert printed(audit(MemoryStore())) == [
        "Ledger None: 0 entries, root e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "  passed  the file can be read (0)",
        "  passed  every entry hashes to its leaf (0)",
        "  passed  every entry follows from the rules, every quantification computed again (0)",
        "  FAILED  the log ends with a whole command (1)",
        "  passed  every derived row is what the entries give (0)",
        "  passed  balances, blocks and carry add up (4)",
        "  [the log ends with a whole command] the log has no entry: it was cut off",
    ]


def test_a_match_is_printed_so() -> None:
    ledger = begin()
    granular.furnish(ledger)
    granular.issue(ledger, [3, 4])
    profile = cl.ConsumptionProfile(start=granular.text(0), step="1 hour", consumption_wh=[2, 5000])
    assert printed(ledger.match("op", profile)) == [
        "Hourly match of op: 5,002 Wh in 2 steps of 3600 s, 2024-05-01T00:00:00Z to 2024-05-01T02:00:00Z",
        "  consumption                  5,002 Wh",
        "  matched                          6 Wh",
        "  unmatched                    4,996 Wh",
        "  straddling                       0 Wh",
        "  score                0.001199",
    ]


def test_a_selection_is_told_so() -> None:
    whole = cl.Selection(1250, instrument="I-REC-E", vintage=2024, project="p", label="CORSIA", order="newest-issue")
    assert str(whole) == "1,250 units of I-REC-E, vintage 2024, project p, label CORSIA (newest-issue)"
    assert str(cl.Selection(7, instrument="GC")) == "7 units of GC (oldest-vintage)"


def test_tables_have_these_captions_and_heads() -> None:
    """What a notebook shows of each."""
    ledger = eventful()
    pages = (
        ledger.statement("buyer"),
        ledger.retirement("test/22"),
        ledger.trace("gold-standard/2025/20/1"),
        ledger.reconcile("p", month(1)),
    )
    heads = [re.findall("<caption>(.*?)</caption><thead>(.*?)</thead>", page._repr_html_()) for page in pages]
    assert [[(caption, re.findall("<th>(.*?)</th>", head)) for caption, head in found] for found in heads] == [
        [
            (
                "Statement of buyer",
                [
                    "recorded",
                    "entry",
                    "type",
                    "instrument",
                    "change",
                    "active",
                    "locked",
                    "buffered",
                    "pending",
                    "retired",
                    "cancelled",
                    "withdrawn",
                    "exported",
                    "expires",
                    "debit",
                    "what happened",
                ],
            )
        ],
        [("Retirement test/22", ["what", "value"]), ("Its units", ["vintage", "units", "serials", "registry serials"])],
        [
            ("Trace of gold-standard/2025/20/1", ["what", "which"]),
            ("What happened", ["entry", "account", "state", "what happened"]),
        ],
        [("p, 2025-01-01T00:00:00+04:00 to 2025-02-01T00:00:00+04:00 (Asia/Baku)", ["what", "amount", "unit"])],
    ]


def test_a_unit_s_life_as_rows_is_this() -> None:
    """Of a unit from elsewhere: imported, retired; and where it comes from."""
    found = eventful().trace("gold-standard/2025/20/1")
    assert {str(row["what"]): row["which"] for row in found.origin()} == {
        "instrument": "GS-VER",
        "vintage": "2025",
        "project": "Hydro-3",
        "generated": "2024-03-31T20:00:00Z to 2025-08-31T20:00:00Z",
        "imported by": "entry 20 to op",
        "registry": "gold-standard",
        "serial there": "GS1-1-AZ-GS1-2-2025-1-608-608",
        "evidence": EVIDENCE,
        "expires": "never",
    }
