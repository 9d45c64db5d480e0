"""The golden ledgers: each of them opens, passes its audit and gives the same figures in every later version.

If one of these tests fails, a change would make ledgers of users unreadable. Withdraw the change and leave the golden
files as they are (see `tests/golden/write_golden.py`).
"""

import json
import shutil
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.golden import write_golden
from tests.golden.write_golden import VERSIONS
from tests.support.places import GOLDEN

import carbon_ledger as cl
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import EVENTS
from carbon_ledger.core.methodologies import replayed_view
from carbon_ledger.core.rules import apply
from carbon_ledger.core.state.rows import FINAL_STATES, STATES
from carbon_ledger.core.state.store import TABLES
from carbon_ledger.exact import text_of
from carbon_ledger.ledger.methodologies import known_methodologies
from carbon_ledger.log.merkle import leaf_hash, root_hash
from carbon_ledger.stores.memory import MemoryStore

FIGURES = {name: json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")) for name in VERSIONS}
LINES = {name: (GOLDEN / f"{name}.jsonl").read_bytes().splitlines() for name in VERSIONS}
FROZEN_ROOTS = {
    "golden-v1": "d36f431155476bcd9e6ee00850776d42820f6af3afcad16f0fda31b458687995",
    "golden-v2": "44e2aec2ba2b350e7608a5127b19fbe2d0b3d76475a01b8a55b37a239ae323b2",
}
each = pytest.mark.parametrize("name", VERSIONS)


def opened(name: str, directory: Path) -> cl.Ledger:
    """A golden file, opened from a copy."""
    shutil.copy(GOLDEN / f"{name}.db", directory / "golden.db")
    return cl.open_ledger(directory / "golden.db", read_only=True, ledger_id="golden")


def replayed(name: str) -> MemoryStore:
    """The golden entries, through the rules, into a store in memory."""
    store, known = MemoryStore(), known_methodologies(VERSIONS[name].METHODOLOGIES)
    with store.transaction():
        for n, data in enumerate(LINES[name]):
            entry = Entry.from_bytes(data)
            store.append(data, apply(replayed_view(store.view(n), entry, known), entry))
    return store


@each
def test_the_golden_file_opens_and_audits_without_a_finding(name: str, tmp_path: Path) -> None:
    with opened(name, tmp_path) as golden:
        report = golden.audit(methodologies=VERSIONS[name].METHODOLOGIES)
        assert golden.audit().findings == ()
    assert (report.passed, report.findings) == (True, ())
    assert (report.ledger_id, report.size) == ("golden", FIGURES[name]["size"])
    assert report.root == FIGURES[name]["root"] == FROZEN_ROOTS[name]


@each
def test_the_golden_file_has_its_balances_and_carries(name: str, tmp_path: Path) -> None:
    figures = FIGURES[name]
    with opened(name, tmp_path) as golden:
        for account in golden.accounts():
            for instrument, units in figures["balances"].get(account, {}).items():
                balance = golden.balance(account, instrument=instrument)
                left = {state: units.get(state, 0) - getattr(balance, state) for state in STATES}
                assert sum(left.values()) == balance.expired
                assert min(left.values()) >= 0 == sum(left[state] for state in FINAL_STATES)
        for project, expected in figures["carries"].items():
            found = golden.carry(project)
            assert [text_of(item.carry) for item in found.vintages] == [item["carry"] for item in expected]
            for part in ("carry", "claimed", "adjustments", "counted"):
                assert getattr(found, part) == sum(Decimal(item[part]) for item in expected)
        assert write_golden.summary(VERSIONS[name], golden._store) == figures


@each
def test_the_lines_are_the_entries_of_the_file(name: str, tmp_path: Path) -> None:
    with opened(name, tmp_path) as golden:
        store = golden._store
        assert list(store.entries(0, store.size())) == LINES[name]
        leaves = list(store.leaves(0, store.size()))
    assert leaves == [leaf_hash(data) for data in LINES[name]]
    assert root_hash(leaves).hex() == FIGURES[name]["root"]


@each
def test_replaying_the_entries_gives_every_derived_row(name: str, tmp_path: Path) -> None:
    again = replayed(name)
    with opened(name, tmp_path) as golden:
        for table in TABLES:
            rows = list(golden._store.rows(table))
            assert bool(rows) == (table in VERSIONS[name].TABLES and table != "tile"), table
            assert list(again.rows(table)) == rows


@pytest.mark.parametrize(("name", "n"), [(name, n) for name in VERSIONS for n in range(len(LINES[name]))])
def test_every_entry_is_written_as_it_was_read(name: str, n: int) -> None:
    entry = Entry.from_bytes(LINES[name][n])
    assert entry.n == n
    assert entry.to_bytes() == LINES[name][n]


def test_every_type_of_event_is_there() -> None:
    assert {json.loads(line)["type"] for lines in LINES.values() for line in lines} == set(EVENTS)


def told(data: bytes) -> Any:
    """An entry without the words of its documents, and without the rules of zones, which a later version may change."""
    entry = json.loads(data)
    entry["event"].pop("zone_rules", None)
    if entry["type"] == "zone.adopted":
        entry["command"].pop("digest")
    if entry["type"] == "document.recorded":
        entry["event"] = {name: entry["event"][name] for name in ("part", "parts")}
    for item in (entry["event"], *entry["event"].get("issuances", ())):
        item.pop("quantification", None)
    return entry


@each
def test_the_same_commands_write_the_same_entries_today(name: str) -> None:
    store = MemoryStore()
    write_golden.build(VERSIONS[name], store)
    written = list(store.entries(0, store.size()))
    assert [told(data) for data in written] == [told(data) for data in LINES[name]]


def test_the_golden_files_are_not_written_again_by_accident(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(write_golden, "GOLDEN", tmp_path)
    for name in VERSIONS:
        (tmp_path / f"{name}.jsonl").write_bytes(b"old\n")
    assert write_golden.main() == len(VERSIONS)
    assert "golden-v1.* are there; they are not written again" in capsys.readouterr().err
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"{name}.jsonl" for name in VERSIONS]
    (tmp_path / "golden-v2.jsonl").unlink()
    assert write_golden.main() == len(VERSIONS) - 1
    assert (tmp_path / "golden-v2.jsonl").read_bytes().splitlines()[0] == LINES["golden-v2"][0]
    assert (tmp_path / "golden-v1.jsonl").read_bytes() == b"old\n"


def entries_of(name: str) -> dict[str, list[Entry]]:
    """Entries by type."""
    entries = [Entry.from_bytes(line) for line in LINES[name]]
    ticks = [after.at_utc - before.at_utc for before, after in pairwise(entries)]
    assert min(ticks).microseconds == 1, "the clock was set back once"
    assert (GOLDEN / f"{name}.db").stat().st_size < 400_000
    return {kind: [entry for entry in entries if entry.type == kind] for kind in EVENTS}


def test_the_first_has_what_it_is_golden_for() -> None:
    by_type = entries_of("golden-v1")
    entries = [entry for found in by_type.values() for entry in found]
    assert max(entry.event["parts"] for entry in by_type["document.recorded"]) == 2
    assert any(len(entry.event["devices"]) > 1 for entry in by_type["meter.recorded"])
    effects = [entry.event["issuances"] for entry in by_type["generation.corrected"]]
    assert [] in effects
    assert max(map(len, effects)) == 2
    carries = [entry.event["carries"] for entry in by_type["generation.corrected"]]
    assert any(item["withdrawn"] for found in carries for item in found)
    waivers = {item["name"] for entry in by_type["issuance.recorded"] for item in entry.event["waivers"]}
    assert {"gap", "straddling-step", "expired-factor"} <= waivers
    assert any(entry.event.get("device") for entry in by_type["issuance.recorded"])
    assert any(entry.event["batches"] == [] for entry in by_type["issuance.recorded"])
    assert any(len(entry.event["batches"]) == 2 for entry in by_type["issuance.recorded"])
    assert any(entry.key and not entry.key.isascii() for entry in entries)
    assert any(entry.key and entry.parts > 1 for entry in entries)
    text = b"".join(LINES["golden-v1"]).decode("utf-8")
    assert all(character in text for character in "əİçşğ\u0131€𝄞\u2028")
    assert '\\"' in text
    assert "\\n\\t" in text


def test_the_second_has_what_it_is_golden_for() -> None:
    by_type = entries_of("golden-v2")
    assert by_type["ledger.opened"][0].event["policy"] == "roles"
    assert {entry.by for found in by_type.values() for entry in found} > {"registrar", "the verifier", "the issuer"}
    assert {entry.event["outcome"] for entry in by_type["transfer.ended"]} == {"rejected", "revoked", "timed-out"}
    assert all("more" in by_type[kind][0].event for kind in ("units.locked", "transfer.offered", "units.exported"))
    assert sum("more" in entry.event for entry in by_type["units.transferred"]) == 2
    assert any(item["withdrawn"] for entry in by_type["generation.corrected"] for item in entry.event["carries"])
    imported = [entry.event for entry in by_type["block.imported"]]
    assert {"version" in event for event in imported} == {"space" in event for event in imported} == {True, False}
    assert (len(by_type["approval.revoked"]), len(by_type["units.converted"])) == (1, 2)
    staged = [entry.event for entry in by_type["correction.staged"]]
    assert {"meter" if "meter" in event else "device" for event in staged} == {"meter", "device"}
    assert any(item["withdrawn"] for entry in by_type["meter.corrected"] for item in entry.event["carries"])
    levied = [item for entry in by_type["issuance.recorded"] for item in entry.event["batches"] if "levied" in item]
    assert len(levied) == 2
