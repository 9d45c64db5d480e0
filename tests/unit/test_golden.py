"""The golden ledger: what version 1 wrote must open, audit and give the same figures, for ever.

Where one of these tests fails, a change would leave somebody's ledger unreadable. The change must go;
the golden files stay as they are (see `scripts/write_golden.py`).
"""

import json
import shutil
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from scripts import write_golden

import carbon_ledger as cl
from carbon_ledger.exact import text_of
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.events import EVENTS
from carbon_ledger.ledger.rules import apply
from carbon_ledger.ledger.state import STATES, TABLES
from carbon_ledger.log.merkle import leaf_hash, root_hash
from carbon_ledger.stores.memory import MemoryStore

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FIGURES = json.loads((GOLDEN / "golden-v1.json").read_text(encoding="utf-8"))
FROZEN_ROOT = "2486264acb2157650d9eaa8ff34433408aac8c6d1b229eeecbe812fced620117"
LINES = (GOLDEN / "golden-v1.jsonl").read_bytes().splitlines()


@pytest.fixture
def golden(tmp_path: Path) -> cl.Ledger:
    """The golden file, opened from a copy."""
    copy = tmp_path / "golden.db"
    shutil.copy(GOLDEN / "golden-v1.db", copy)
    return cl.open_ledger(copy, read_only=True, ledger_id="golden")


def replayed() -> MemoryStore:
    """The golden entries, through the rules, into a store in memory."""
    store = MemoryStore()
    with store.transaction():
        for n, data in enumerate(LINES):
            store.append(data, apply(store.view(n), Entry.from_bytes(data)))
    return store


def test_the_golden_file_opens_and_audits_without_a_finding(golden: cl.Ledger) -> None:
    with golden:
        report = golden.audit()
    assert report.findings == ()
    assert (report.ledger_id, report.size, report.root) == ("golden", FIGURES["size"], FIGURES["root"])
    assert report.root == FROZEN_ROOT


def test_the_golden_file_has_its_balances_and_carries(golden: cl.Ledger) -> None:
    with golden:
        for account in golden.accounts():
            for instrument, units in FIGURES["balances"].get(account, {}).items():
                balance = golden.balance(account, instrument=instrument)
                assert {state: getattr(balance, state) for state in STATES} == dict.fromkeys(STATES, 0) | units
        for project, figures in FIGURES["carries"].items():
            found = golden.carry(project)
            assert (found.carry, found.claimed) == (Decimal(figures["carry"]), Decimal(figures["claimed"]))
            assert (text_of(found.carry), found.vintage) == (figures["carry"], figures.get("vintage"))
            assert (found.adjustments, found.counted) == (figures["adjustments"], figures["counted"])
        assert write_golden.summary(golden._store) == FIGURES


def test_the_lines_are_the_entries_of_the_file(golden: cl.Ledger) -> None:
    with golden:
        store = golden._store
        assert list(store.entries(0, store.size())) == LINES
        leaves = list(store.leaves(0, store.size()))
    assert leaves == [leaf_hash(data) for data in LINES]
    assert root_hash(leaves).hex() == FIGURES["root"]


def test_replaying_the_entries_gives_every_derived_row(golden: cl.Ledger) -> None:
    again = replayed()
    with golden:
        for table in TABLES:
            rows = list(golden._store.rows(table))
            assert rows or table == "tile", f"the golden ledger has no {table}"
            assert list(again.rows(table)) == rows


@pytest.mark.parametrize("n", range(len(LINES)))
def test_every_entry_is_written_as_it_was_read(n: int) -> None:
    entry = Entry.from_bytes(LINES[n])
    assert entry.n == n
    assert entry.to_bytes() == LINES[n]


def test_every_type_of_event_is_there() -> None:
    assert {json.loads(line)["type"] for line in LINES} == set(EVENTS)


def told(data: bytes) -> Any:
    """An entry without the words of its documents, which a later version may choose better."""
    entry = json.loads(data)
    if entry["type"] == "document.recorded":
        entry["event"] = {name: entry["event"][name] for name in ("part", "parts")}
    for item in (entry["event"], *entry["event"].get("issuances", ())):
        item.pop("quantification", None)
    return entry


def test_the_same_commands_write_the_same_entries_today() -> None:
    store = MemoryStore()
    write_golden.build(store)
    written = list(store.entries(0, store.size()))
    assert [told(data) for data in written] == [told(data) for data in LINES]


def test_the_golden_files_are_not_written_again_by_accident(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(write_golden, "GOLDEN", tmp_path)
    (tmp_path / "golden-v1.jsonl").write_bytes(b"old\n")
    assert write_golden.main() == 1
    assert "not written again" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["golden-v1.jsonl"]
    (tmp_path / "golden-v1.jsonl").unlink()
    assert write_golden.main() == 0
    assert (tmp_path / "golden-v1.jsonl").read_bytes().splitlines()[0] == LINES[0]


def test_the_ledger_has_what_it_is_golden_for() -> None:
    entries = [Entry.from_bytes(line) for line in LINES]
    by_type = {kind: [entry for entry in entries if entry.type == kind] for kind in EVENTS}
    assert max(entry.event["parts"] for entry in by_type["document.recorded"]) == 2
    assert any(len(entry.event["devices"]) > 1 for entry in by_type["meter.recorded"])
    effects = [entry.event["issuances"] for entry in by_type["generation.corrected"]]
    assert [] in effects
    assert max(map(len, effects)) == 2
    assert any(item["withdrawn"] for found in effects for item in found)
    waivers = {item["name"] for entry in by_type["issuance.recorded"] for item in entry.event["waivers"]}
    assert {"gap", "straddling-step", "expired-factor"} <= waivers
    assert any(entry.event.get("device") for entry in by_type["issuance.recorded"])
    assert any(entry.event["batches"] == [] for entry in by_type["issuance.recorded"])
    assert any(len(entry.event["batches"]) == 2 for entry in by_type["issuance.recorded"])
    assert any(entry.key and not entry.key.isascii() for entry in entries)
    assert any(entry.key and entry.parts > 1 for entry in entries)
    ticks = [after.at_utc - before.at_utc for before, after in pairwise(entries)]
    assert min(ticks).microseconds == 1
    text = b"".join(LINES).decode("utf-8")
    assert all(character in text for character in "əİçşğ\u0131€𝄞\u2028\u007f")
    assert '\\"' in text
    assert "\\u0001" in text
    assert (GOLDEN / "golden-v1.db").stat().st_size < 200_000
