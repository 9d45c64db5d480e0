"""Entries that no command writes: the rule of the event refuses each of them, and the log is unchanged."""

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import dump
from tests.support.shared_meter import two_plants

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.canonical import digest
from carbon_ledger.core.entries import events
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.rules import RULES, apply
from carbon_ledger.methodologies import methodology_of
from carbon_ledger.stores.memory import MemoryStore

__all__ = ["two_plants"]

ACM = methodology_of("ACM0002@22.0").to_record()
PLAIN = cl.Project(id="q", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)).to_record()
FACTOR = cl.EmissionFactor(
    factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
).to_record()
TEXT = "half and half"
DOCUMENT = {"sha256": digest(TEXT.encode()), "part": 1, "parts": 1, "text": TEXT}
Events = list[tuple[str, Mapping[str, Any]]]


def credits_without_methodology() -> dict[str, Any]:
    return cl.Project(
        id="credits",
        instrument="GCC-ACC",
        zone="Asia/Baku",
        devices=("plant",),
        methodology="ACM0002@22.0",
        baseline="greenfield",
        crediting_period=cl.Period.years("2021-01-01", 10, zone="Asia/Baku"),
    ).to_record()


FORGED: list[tuple[str, type[errors.CarbonLedgerError], Events, str]] = [
    (
        "a ledger inside a ledger",
        errors.BrokenLogError,
        [("ledger.opened", {"ledger": "b", "policy": "open", "software": "s"})],
        "only entry 0 can be ledger.opened",
    ),
    (
        "a project that says what silence says",
        errors.BrokenLogError,
        [("project.registered", PLAIN | {"requires_approval": False})],
        "its fields are not in normal form",
    ),
    (
        "a project before its methodology",
        errors.BrokenLogError,
        [("project.registered", credits_without_methodology())],
        "no earlier entry adopts methodology ACM0002@22.0",
    ),
    (
        "a methodology that rounds otherwise",
        errors.BrokenLogError,
        [("methodology.adopted", ACM | {"roundings": ACM["roundings"][1:]})],
        "roundings of ACM0002@22.0: .*, expected .*, as released",
    ),
    (
        "a factor of no unit",
        errors.QuantityError,
        [("factor.adopted", {"factor": FACTOR | {"unit": "tCO2e/parrot"}})],
        "the record of the emission factor is invalid: ",
    ),
    (
        "a meter's column shared otherwise",
        errors.BrokenLogError,
        [
            (
                "meter.recorded",
                {
                    "meter": "feeder",
                    "start": "2024-05-01T00:00:00Z",
                    "step_s": 3600,
                    "net_wh": [3],
                    "devices": {"plant": [2], "second": [1]},
                },
            )
        ],
        "the devices' columns are not the column of meter feeder, apportioned",
    ),
    (
        "a part of a document beyond its last",
        errors.BrokenLogError,
        [("document.recorded", DOCUMENT), ("document.recorded", DOCUMENT | {"part": 2})],
        "part 2 of 1",
    ),
]


@pytest.mark.parametrize(("error", "events", "message"), [c[1:] for c in FORGED], ids=[c[0] for c in FORGED])
def test_the_rule_refuses_it(
    two_plants: cl.Ledger, error: type[errors.CarbonLedgerError], events: Events, message: str
) -> None:
    """Invariants 22, 24 and 26."""
    before = dump(two_plants)
    with pytest.raises(error, match=message):
        two_plants._record("forged", {}, lambda _: events, key=None, by=None)
    assert dump(two_plants) == before


def test_a_log_begins_with_its_opening(two_plants: cl.Ledger) -> None:
    """Invariant 24."""
    view, opening = MemoryStore().view(), two_plants.entry(0)
    assert len(apply(view, opening)) == 1
    with pytest.raises(errors.BrokenLogError, match=r"entry 0 is account\.opened, part 1 of 1; expected ledger"):
        apply(view, evolve(opening, type="account.opened", event={"account": "a", "name": "A"}))
    with pytest.raises(errors.BrokenLogError, match=r"entry 0 is ledger\.opened, part 1 of 2"):
        apply(view, evolve(opening, parts=2))


def test_a_part_beyond_the_last_is_refused(two_plants: cl.Ledger) -> None:
    """Invariant 26."""
    n = two_plants.size
    account = Entry(n=n, at="2030-01-01T00:00:00.000000Z", by="x", type="account.opened", event={"account": "new"})
    with pytest.raises(errors.BrokenLogError, match=rf"entry {n} is part 3 of 2"):
        apply(two_plants._store.view(), evolve(account, part=3, parts=2))
    with pytest.raises(errors.BrokenLogError, match=rf"the entry at position {n} has the number {n + 1}"):
        apply(two_plants._store.view(), evolve(account, n=n + 1))


def test_every_event_has_a_rule_and_every_rule_an_event() -> None:
    assert set(RULES) == set(events.EVENTS)
