"""Digests of commands with a key are computed again from the entries, and a key belongs to its actor."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import Clock
from tests.golden.write_golden import VERSIONS
from tests.support.places import GOLDEN

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import EVENTS
from carbon_ledger.core.methodologies import replayed_view
from carbon_ledger.core.requests import COMMANDS_BY_EVENT, requests_of, subject_entry
from carbon_ledger.core.rules import apply
from carbon_ledger.core.state.store import Store
from carbon_ledger.core.whole_commands import require_command
from carbon_ledger.ledger.methodologies import known_methodologies
from carbon_ledger.stores.memory import MemoryStore

OTHER = "sha256:" + "0" * 64


def commands_of(name: str) -> Iterator[tuple[Store, list[Entry]]]:
    """Each command of a golden log, with a store that has the entries before its last."""
    store, command = MemoryStore(), list[Entry]()
    known = known_methodologies(VERSIONS[name].METHODOLOGIES)
    for data in (GOLDEN / f"{name}.jsonl").read_bytes().splitlines():
        entry = Entry.from_bytes(data)
        command.append(entry)
        if entry.part == entry.parts:
            yield store, command
            command = []
        with store.transaction():
            store.append(data, apply(replayed_view(store.view(entry.n), entry, known), entry))


@pytest.mark.parametrize("name", ["golden-v1", "golden-v2"])
def test_every_keyed_command_of_a_golden_log_is_one_of_few_requests(name: str) -> None:
    """Domain invariants 26 and 34: a command is of at most 60 requests; one has its digest, and another is refused."""
    seen = set()
    for store, command in commands_of(name):
        if command[0].digest is None:
            continue
        view = store.view(command[-1].n)
        requests = requests_of(view, command)
        if requests is None:
            assert "device" in command[-1].event, command[-1].type
            continue
        digests = [request.digest(command[0].by) for request in requests]
        assert digests.count(command[0].digest) == 1
        assert len(digests) <= 60
        seen.add(subject_entry(command).type)
        with pytest.raises(errors.BrokenLogError, match="no request for these entries has it"):
            require_command(view, [evolve(entry, digest=OTHER) for entry in command])
    assert len(seen) >= (9 if name == "golden-v1" else 20), seen


def test_every_type_says_which_commands_end_with_it() -> None:
    """A new event needs a row in the table of requests."""
    assert set(COMMANDS_BY_EVENT) == set(EVENTS) - {"document.recorded", "correction.staged"}


def test_two_actors_use_the_same_key_for_two_commands(ledger: cl.Ledger) -> None:
    """Domain invariant 36: a key belongs to its actor."""
    ledger.open_account("a", name="A", key="k", by="one")
    ledger.open_account("b", name="B", key="k", by="two")
    size = ledger.size
    assert ledger.open_account("a", name="A", key="k", by="one") == "a"
    assert ledger.size == size
    with pytest.raises(errors.IdempotencyError):
        ledger.open_account("c", name="C", key="k", by="one")
    report = ledger.audit()
    assert (report.passed, report.notes) == (True, ())


def test_the_same_key_and_arguments_by_another_actor_is_a_note(tmp_path: Path) -> None:
    """It happened twice, which was perhaps not meant: no finding, and printed."""
    path = tmp_path / "notes.db"
    with cl.open_ledger(path, clock=Clock()) as ledger:
        for account in ("op", "buyer"):
            ledger.open_account(account, name=account)
        evidence = "sha256:" + "e" * 64
        production = cl.Period.year(2025, zone="UTC")
        fields: dict[str, Any] = {
            "registry": "gold-standard",
            "instrument": "GS-VER",
            "to": "op",
            "project": "GS1",
        }
        ledger.import_block("GS1-1-AZ-GS1-2-2025-1-1-100", production=production, evidence=evidence, **fields)
        ask = cl.Selection(10, instrument="GS-VER")
        for by in ("one", "two", "three"):
            ledger.transfer(ask, from_="op", to="buyer", key="sale", by=by)
        ledger.transfer(evolve(ask, count=9), from_="op", to="buyer", key="sale", by="four")
    with cl.open_ledger(path, read_only=True) as ledger:
        for workers in (1, 2):
            report = ledger.audit(workers=workers)
            assert report.passed
            assert [note.entry for note in report.notes] == [5, 6]
            assert "'two' used key 'sale' for the same command" in str(report)
