"""The index of evidence: every digest that an entry names, with its description and the energy that rests on it."""

import json
import re
from pathlib import Path

import pytest
from tests.support.everything import everything
from tests.support.reviewed_ledgers import RECIPES, begun, digest_of, month, plant, r06, total
from tests.unit.test_golden import VERSIONS, replayed

import carbon_ledger as cl
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.testing import Clock


def described(ledger: cl.Ledger, digest: str, title: str, **more: object) -> None:
    given: dict[str, object] = {"kind": "settlement-statement"}
    ledger.describe_document(digest, title=title, **(given | more))


def test_an_item_has_the_description_the_entries_and_the_energy() -> None:
    story = r06()
    ledger = story.ledger
    described(ledger, digest_of(7), "Statement of January")
    described(
        ledger,
        digest_of(7),
        "Statement of the year",
        issuer="The grid",
        issued="2025-10-02",
        covers_from="2025-01-01",
        covers_until="2025-08-31",
        holder="The operator's archive",
    )
    (item,) = ledger.evidence()
    assert (item.document, item.kind, item.title) == (digest_of(7), "settlement-statement", "Statement of the year")
    assert (item.issuer, item.holder) == ("The grid", "The operator's archive")
    assert [str(day) for day in (item.issued, item.covers_from, item.covers_until)] == [
        "2025-10-02",
        "2025-01-01",
        "2025-08-31",
    ]
    assert (item.is_described, item.described_by) == (True, ledger.size - 1)
    used = [entry for entry in ledger.entries() if entry.event.get("evidence") == digest_of(7)]
    assert item.entries == tuple(entry.n for entry in used)
    assert (item.entry_count, item.first_used, item.last_used) == (8, used[0].recorded_at, used[-1].recorded_at)
    assert item.net_wh == item.claimed_wh == sum(sum(entry.event["net_wh"]) for entry in used)
    assert str(item).splitlines()[0] == f"{digest_of(7)}: Statement of the year (settlement-statement)"


def test_energy_rests_on_the_document_of_the_correction_and_only_claimed_energy_is_claimed() -> None:
    story = begun()
    story.goto(month(4), 3)
    for period, number in ((month(3), 1), (month(4), 2)):
        total(story, period, 1_000_000_000, evidence=digest_of(number))
    story.approve_and_issue(month(3))
    story.ledger.correct_generation("plant", month(3), net="900 MWh", reason="misread", evidence=digest_of(3))
    rows = [(item.document, item.entry_count, item.net_wh, item.claimed_wh) for item in story.ledger.evidence()]
    assert rows == [
        (digest_of(1), 1, 0, 0),
        (digest_of(2), 1, 1_000_000_000, 0),
        (digest_of(3), 1, 900_000_000, 900_000_000),
    ]


def test_the_total_of_a_shared_meter_is_counted_once() -> None:
    story = begun("open", plant(), plant("second", name="Second"), projects=False)
    story.ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    story.goto(month(3), 3)
    story.ledger.record_meter("feeder", month(3), net="300 MWh", evidence=digest_of(1))
    (item,) = story.ledger.evidence()
    assert (item.net_wh, item.entry_count) == (300_000_000, 1)


def test_a_description_without_a_use_and_a_use_without_a_description() -> None:
    story = begun()
    described(story.ledger, digest_of(5), "A letter", kind="letter")
    story.goto(month(3), 3)
    total(story, month(3), 1_000_000, evidence=digest_of(6))
    letter, statement = story.ledger.evidence()
    assert (letter.title, letter.entries, letter.first_used, letter.net_wh) == ("A letter", (), None, 0)
    assert (statement.is_described, statement.title, statement.entry_count) == (False, None, 1)
    assert "without a description" in str(statement)
    assert story.ledger.as_of(entry=6).evidence() == (letter,)


@pytest.mark.parametrize("name", [*sorted(RECIPES), *VERSIONS])
def test_every_digest_of_a_document_outside_is_in_the_index(name: str) -> None:
    """No digest is overlooked: not that of declared fuel, not that of a methodology's text; only those of documents in
    the log and of a methodology's code are no evidence. The golden ledgers have every event and every field."""
    ledger = Ledger(replayed(name), clock=Clock(), by="x") if name in VERSIONS else RECIPES[name]().ledger
    outside: dict[str, set[int]] = {}
    for entry in ledger.entries():
        text = json.dumps({key: value for key, value in entry.event.items() if key != "factor"})
        for key, digest in re.findall(r'"(\w+)": "(sha256:[0-9a-f]{64})"', text):
            if key not in ("sha256", "quantification", "code_digest"):
                outside.setdefault(digest, set()).update([entry.n] if key != "document" else [])
    index = ledger.evidence()
    assert {item.document: (item.entries, item.entry_count) for item in index} == {
        digest: (tuple(sorted(numbers)), len(numbers)) for digest, numbers in outside.items()
    }
    assert len(index) == len(outside)
    assert len(index.rows()) == len(index)
    live = sum(
        run.net_wh
        for device in ledger.devices()
        for run in ledger.readings(device.id, cl.Period.of("2020-01-01", "2030-01-01", zone="UTC"))
        if "evidence" in ledger.entry(run.source_n).event
    )
    assert sum(item.net_wh for item in index) == live


def test_imported_units_rest_on_the_evidence_of_the_import(tmp_path: Path) -> None:
    ledger = everything(tmp_path).ledger
    imports = [entry for entry in ledger.entries() if entry.type == "block.imported"]
    assert imports
    units = sum(entry.event["last"] - entry.event["first"] + 1 for entry in imports)
    assert sum(item.imported_units for item in ledger.evidence()) == units
