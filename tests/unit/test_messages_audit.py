"""What an audit says of entries that no command writes, one changed or one forged at a time: to the letter."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, device
from tests.crossing import GCC, Change, bring, found_in, gs
from tests.crossing import furnish as furnish_three
from tests.holding import month
from tests.messages import BAKU, FACTOR, MAY, Case, Do, Kind, begin, each, said

import carbon_ledger as cl
from carbon_ledger.audit.findings import RULES
from carbon_ledger.canonical import digest
from carbon_ledger.core.entries.schema import PART_CHARACTERS
from carbon_ledger.core.entries.splitting import block_record
from carbon_ledger.core.issuance.approvals import approval_event
from carbon_ledger.core.issuance.conversion import converted_event
from carbon_ledger.core.issuance.documents import document_events
from carbon_ledger.core.rules import apply
from carbon_ledger.errors import BrokenLogError, QuantityError, RefusedError
from carbon_ledger.methodologies import methodology_of
from carbon_ledger.methodologies.comparison import differences

LATER = " (later entries were hashed, not replayed)"
ACM = methodology_of("ACM0002@22.0").to_record()
PLAIN = cl.Project(id="q", instrument="I-REC-E", zone=BAKU, devices=("plant",)).to_record()
CREDITS = cl.Project(
    id="credits",
    instrument="GCC-ACC",
    zone=BAKU,
    devices=("plant",),
    methodology="ACM0002@22.0",
    baseline="greenfield",
    crediting_period=cl.Period.years("2024-01-01", 7, zone=BAKU),
).to_record()
LONG = "ə" * (PART_CHARACTERS + 1)
HALF = {"sha256": digest(LONG.encode()), "part": 1, "parts": 2, "text": LONG[:PART_CHARACTERS]}
METERED = {"meter": "feeder", "start": "2024-05-01T00:00:00Z", "step_s": 3600, "net_wh": [3]}
NOTHING = {"sha256": digest(b"{}"), "part": 1, "parts": 1, "text": "{}"}


def furnished() -> cl.Ledger:
    """Two plants that share a meter, a project of each of two instruments, and May recorded and quantified."""
    ledger = begin()
    for name in ("plant", "second"):
        ledger.register_device(device(name))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    ledger.register_project(cl.Project(id="rival", instrument="EECS-GO", zone=BAKU, devices=("plant",)))
    ledger.record_generation("plant", MAY, net="10.5 MWh")
    return ledger


def forge(ledger: cl.Ledger, *events: tuple[str, Mapping[str, Any]]) -> None:
    ledger._perform("forged", {}, lambda _: events, key=None, by=None)


def approval_of(ledger: cl.Ledger, **wrong: object) -> list[tuple[str, Mapping[str, Any]]]:
    """The document and the approval of May, which may say something else than the document."""
    result = ledger.quantify("p", MAY)
    event = approval_event(ledger.project("p"), result, None)
    return [*document_events(result.to_bytes()), ("quantification.approved", event | wrong)]


def approve(ledger: cl.Ledger, **wrong: object) -> None:
    """An approval of May that says something else than its document."""
    forge(ledger, *approval_of(ledger, **wrong))


def approve_otherwise(ledger: cl.Ledger, change: Callable[[dict[str, Any]], object]) -> None:
    """An approval of May whose document was changed, and is named and used as it then is."""
    record = ledger.quantify("p", MAY).to_record()
    change(record)
    data = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    event = approval_of(ledger)[-1][1]
    forge(ledger, *document_events(data), ("quantification.approved", {**event, "quantification": digest(data)}))


def convert_both(ledger: cl.Ledger) -> None:
    """A command that converts two issuances."""
    events = []
    for k in (6, 7):
        period = cl.Period.month(2024, k, zone=BAKU)
        ledger.record_generation("plant", period, net="10 MWh")
        (batch,) = ledger.issue("p", period, to="op")
        (block,), event = converted_event(
            ledger._store.view(), int(batch.batch_id[-2:]), cl.instruments.BUILTIN["EECS-GO"], None, "r"
        )
        events.append(("units.converted", {**block_record(block), **event}))
    forge(ledger, *events)


FORGED: list[Case] = [
    (
        lambda x: forge(x, ("ledger.opened", {"ledger": "b", "policy": "open", "software": "s"})),
        BrokenLogError,
        "entry 10: ledger.opened is entry 0 alone",
    ),
    (
        lambda x: forge(x, ("project.registered", PLAIN | {"requires_approval": False})),
        BrokenLogError,
        "entry 10 (project.registered): its fields are not in their normal form",
    ),
    (
        lambda x: forge(x, ("project.registered", CREDITS)),
        BrokenLogError,
        "entry 10: methodology ACM0002@22.0 was not adopted before",
    ),
    (
        lambda x: forge(x, ("methodology.adopted", ACM | {"roundings": ACM["roundings"][1:]})),
        BrokenLogError,
        "entry 10: roundings of ACM0002@22.0: []; as it was released, it has [{'name': 'issuance: whole units, "
        "remainder carried', 'direction': 'floor', 'places': 0}]",
    ),
    (
        lambda x: forge(x, ("factor.adopted", {"factor": FACTOR.to_record() | {"unit": "tCO2e/parrot"}})),
        QuantityError,
        "entry 10: not a factor's record: factor f: 'tCO2e/parrot' is not a unit that is read (case "
        "counts): did you mean tCO2e/TJ or tCO2e/MJ or tCO2e/GJ?",
    ),
    (
        lambda x: forge(x, ("meter.recorded", METERED | {"devices": {"plant": [2], "second": [1]}})),
        BrokenLogError,
        "entry 10: the devices' columns are not those of meter feeder, apportioned",
    ),
    (
        lambda x: forge(x, ("document.recorded", HALF | {"part": 3})),
        BrokenLogError,
        "entry 10 (document.recorded): expected the next part of the document of entry 9",
    ),
    (
        lambda x: forge(
            x,
            ("document.recorded", NOTHING | {"part": 2}),
        ),
        BrokenLogError,
        "entry 10 (document.recorded): expected the next part of the document of entry 9",
    ),
    (
        lambda x: forge(x, ("document.recorded", HALF), ("account.opened", {"account": "a", "name": "A"})),
        BrokenLogError,
        "entry 11 (account.opened): expected the next part of the document of entry 10",
    ),
    (
        lambda x: forge(x, ("document.recorded", NOTHING | {"text": "[]"})),
        BrokenLogError,
        "entry 10: the document's text does not have the digest it is named by",
    ),
    (
        lambda x: forge(x, ("document.recorded", NOTHING), ("document.recorded", NOTHING | {"part": 2})),
        BrokenLogError,
        "entry 11: part 2 of 1",
    ),
    (
        lambda x: forge(x, ("document.recorded", NOTHING)),
        BrokenLogError,
        "entry 10: a document is the last entry of its command, and nothing uses it",
    ),
    (
        lambda x: forge(x, ("document.recorded", NOTHING), ("account.opened", {"account": "a", "name": "A"})),
        BrokenLogError,
        "entry 11 (account.opened) comes after the document of entry 10, and does not use it; expected "
        "issuance.recorded, quantification.approved, generation.corrected or another document",
    ),
    (
        lambda x: forge(x, ("document.recorded", NOTHING), *approval_of(x)),
        BrokenLogError,
        "entry 12 does not use the document of entry 10, and no entry after it can",
    ),
    (
        lambda x: forge(x, ("document.recorded", HALF | {"text": "half"})),
        BrokenLogError,
        "entry 10: part 1 of 2 of a document has 4 characters, expected exactly 15,000",
    ),
    (
        lambda x: approve_otherwise(x, lambda record: record["lines"].pop()),
        RefusedError,
        "quantification of p, 2024-05-01T00:00:00+04:00 to 2024-06-01T00:00:00+04:00 (Asia/Baku): computed again "
        "from the readings and claims as they are now, it differs (line EG: no such line recorded, 10.5 MWh computed "
        "again); quantify() again, and approve what it gives [quantification-stale]",
    ),
    (
        lambda x: approve_otherwise(x, lambda record: record["lines"][1].update(value="10.50")),
        BrokenLogError,
        "entry 10: the document is no quantification (quantification.lines[1].value: '10.50' does not fit "
        r"^(0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9])$)",
    ),
    (
        lambda x: approve_otherwise(x, lambda record: record.update(factor=None)),
        BrokenLogError,
        "entry 10: the document is no quantification (not an entry: None is a NoneType, which an entry cannot hold)",
    ),
    (
        lambda x: forge(x, ("registry.registered", {"registry": "acr", "name": "ACR"})),
        BrokenLogError,
        "entry 10: it pins a grammar, or the version of a built-in one: one of the two",
    ),
    (
        lambda x: forge(x, ("registry.registered", {"registry": "acr", "name": "A", "version": 1})),
        BrokenLogError,
        "entry 10: acr is 'ACR (American Carbon Registry)', not 'A'",
    ),
    (
        lambda x: approve(x, project="rival"),
        BrokenLogError,
        "entry 11: the document before it is of another project, period or device",
    ),
    (
        lambda x: approve(x, quantification=EVIDENCE),
        BrokenLogError,
        "entry 10: expected the last part of document "
        "sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
    ),
    (
        lambda x: forge(
            x,
            ("document.recorded", NOTHING),
            (
                "quantification.approved",
                {"project": "p", "period": MAY.to_record(), "quantification": NOTHING["sha256"]},
            ),
        ),
        BrokenLogError,
        "entry 10: the document is no quantification (quantification: without project, period, unit, waivers, "
        "steps, splits, lines, amounts)",
    ),
    (convert_both, BrokenLogError, "entry 17: a command converts one issuance, and entry 16 of it does"),
]


def settled() -> cl.Ledger:
    """February converted, March voided, April corrected, and some of it held back; a block imported; units offered."""
    ledger = begin()
    furnish_three(ledger)
    for k in (2, 3, 4):
        ledger.record_generation("plant", month(k), net="10.6 MWh")
    (february,) = ledger.issue("irec", month(2), to="op")
    (march,) = ledger.issue("irec", month(3), to="op")
    ledger.issue("irec", month(4), to="op", buffer="0.15")
    ledger.convert(february, to_instrument="EECS-GO", reason="sold in Europe")
    ledger.void(march, reason="an order", key="v")
    ledger.correct_generation("plant", month(4), net="8.1 MWh", reason="ratio", evidence=EVIDENCE)
    bring(ledger, gs(1, 10))
    ledger.register_registry(GCC)
    bring(ledger, "GCC-1-10", registry="gcc")
    ledger.record_generation("plant", month(5), net="6000 MWh")
    (may,) = ledger.issue("irec", month(5), to="op")
    ledger.offer([f"{may.batch_id}/{k}" for k in range(1, 6000, 2)], to="buyer")
    return ledger


def found(ledger: cl.Ledger, n: int, change: Change) -> str:
    """What an audit finds first of the same entries, one of them changed: at that entry, by its rule."""
    finding = found_in(ledger, n, change)
    assert (finding.check, finding.entry) == (RULES, n)
    assert finding.detail.endswith(LATER)
    return finding.detail.removesuffix(LATER)


def changed(n: int, change: Change) -> Callable[[cl.Ledger], str]:
    return lambda ledger: found(ledger, n, change)


CHANGED: list[tuple[Callable[[cl.Ledger], str], str]] = [
    (
        changed(12, lambda event: event["batches"][0].update(count=11)),
        "entry 12, issuance of irec: batches not as the rules give; batches is [{'count': 11, 'vintage': "
        "2025}], expected [{'vintage': 2025, 'count': 10}]",
    ),
    (
        changed(12, lambda event: event.update(batches=[], amounts=[])),
        "entry 12, issuance of irec: amounts, batches not as the rules give; amounts is [], expected "
        "[{'vintage': 2025, 'amount': '10.6'}]",
    ),
    (
        changed(12, lambda event: event.update(account="nobody")),
        "account nobody: not open; open it with open_account() first [unknown-account]",
    ),
    (
        changed(12, lambda event: event.update(fuel_uses=[])),
        "entry.event.fuel_uses: too few items: 0, expected 1 or more",
    ),
    (
        changed(16, lambda event: event["batches"][0].pop("buffered")),
        "entry 16, issuance of irec: batches not as the rules give; batches is [{'count': 10, 'vintage': "
        "2025}], expected [{'vintage': 2025, 'count': 10, 'buffered': 2}]",
    ),
    (
        changed(17, lambda event: event.update(last=9)),
        "entry 17: it retires other units than those of issuance 12 that count",
    ),
    (
        changed(17, lambda event: event.update(carry={"amount": "0.6"})),
        "entry 17: carry {'amount': '0.6'}, the rules give {'amount': '0.2', 'vintage': 2025}",
    ),
    (
        changed(17, lambda event: event.update(account="buyer")),
        "block irec/2025/12/1-10: 10 of its 10 units are not buyer's but op's (serials from 1); see "
        "holdings('buyer') [not-holder]",
    ),
    (
        changed(17, lambda event: event.update(more=[{"batch": event["batch"], "first": 4, "last": 4}])),
        "blocks irec/2025/12/1-10 and irec/2025/12/4 overlap: name each unit once",
    ),
    (
        changed(17, lambda event: event["instrument"].update(unit="tCO2e")),
        "instrument EECS-GO: claim 'energy-attribute', but tCO2e is an emission-reduction",
    ),
    (
        changed(18, lambda event: event.update(carry={"amount": "0.5"})),
        "entry 18: carry {'amount': '0.5'}, the rules give {'amount': '0.6', 'vintage': 2025}",
    ),
    (
        changed(20, lambda event: event.update(issuances=[])),
        "entry 20, correction: it names 0 issuances, the rules give 1",
    ),
    (
        changed(20, lambda event: event.update(carries=[])),
        "entry 20, correction: carries is [], the rules give [{'project': 'irec', 'carry': {'amount': "
        "'0.1', 'vintage': 2025}}]",
    ),
    (
        changed(20, lambda event: event.update(net_wh=[8_200_000])),
        "entry 20, quantification of irec: line EG[2025,plant]: 8.1 MWh recorded, 8.2 MWh computed again",
    ),
    (
        changed(21, lambda event: event.update(last=11)),
        "entry 21: {'space': '1', 'first': 1, 'last': 11} of serial 'GS1-1-AZ-GS1-2-2025-1-1-10'; its "
        "grammar reads {'space': '1', 'first': 1, 'last': 10}",
    ),
    (
        changed(21, lambda event: event.pop("version")),
        "entry 21: it names no version of a built-in grammar of gold-standard, and no entry registered it",
    ),
    (
        changed(21, lambda event: event.update(version=2)),
        "registry 'gold-standard': this library has no version 2 of a grammar of it, which a newer one may "
        "have; install that",
    ),
    (
        changed(23, lambda event: event.update(version=1)),
        "entry 23: it names a version of a built-in grammar, and the grammar of gcc is that of entry 22",
    ),
    (
        changed(28, lambda event: event.update(to="other")),
        "entry 28 (transfer.offered): it goes on with entry 27, and says other things of its blocks",
    ),
]


def applied(n: int, **wrong: object) -> Do:
    """Apply entry *n* again to the state before it, with something else beside its event."""
    return lambda ledger: apply(ledger._store.view(n), evolve(ledger.entry(n), **wrong))


ENVELOPES: list[Case] = [
    (lambda x: apply(x._store.view(9), x.entry(8)), BrokenLogError, "entry 8 stands at place 9"),
    (applied(8, key="k"), BrokenLogError, "entry 8: an idempotency key and its digest come together"),
    (applied(8, part=3, parts=2), BrokenLogError, "entry 8 is part 3 of 2"),
    (applied(8, part=2, parts=2), BrokenLogError, "entry 8 is part 2 of 2, after part 1 of 1"),
    (
        applied(8, at="2025-12-31T00:00:00.000000Z"),
        BrokenLogError,
        "entry 8 was recorded at 2025-12-31T00:00:00.000000Z, not after 2026-01-01T00:00:00.000007Z",
    ),
    (applied(21, key="v", digest=EVIDENCE), BrokenLogError, "entry 21: 'tester' used idempotency key 'v' before"),
    (
        applied(0, type="account.opened"),
        BrokenLogError,
        "entry 0 is account.opened, part 1 of 1; expected ledger.opened alone, without a key",
    ),
    (
        applied(0, parts=2),
        BrokenLogError,
        "entry 0 is ledger.opened, part 1 of 2; expected ledger.opened alone, without a key",
    ),
    (applied(28, by="other"), BrokenLogError, "entry 28 does not continue the command of entry 27"),
    (applied(28, part=1), BrokenLogError, "entry 28 is part 1 of 3, after part 1 of 3"),
]


@each(FORGED)
def test_a_forged_entry_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(furnished(), do, kind) == message


@pytest.mark.parametrize(("find", "message"), CHANGED, ids=[str(k) for k in range(len(CHANGED))])
def test_a_changed_entry_is_found_in_these_words(find: Callable[[cl.Ledger], str], message: str) -> None:
    """Invariants 22 and 24."""
    assert find(settled()) == message


@each(ENVELOPES)
def test_an_entry_that_does_not_follow_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    """Invariants 24 and 26."""
    assert said(settled(), do, kind) == message


def test_a_quantification_that_computes_otherwise_is_told_line_by_line() -> None:
    """Invariant 22."""
    told = furnished().quantify("p", MAY)
    first, *others = told.lines
    more = evolve(first, symbol="XX")
    raised = evolve(told, lines=(evolve(first, value=first.value + 1, name="n"), *others, more, more), unit="Wh")
    words = {"here": "recorded", "there": "computed again", "words": False}
    assert differences(raised.to_record(), told.to_record(), **words) == (
        "line EG[2024,plant]: 11.5 MWh recorded, 10.5 MWh computed again",
        "line XX: 10.5 MWh recorded, no such line computed again",
        "unit: 'Wh' recorded, 'MWh' computed again",
    )
    twice = evolve(told, lines=(*told.lines, first))
    assert differences(twice.to_record(), told.to_record(), **words) == (
        "line EG[2024,plant]: 2 times recorded, 1 computed again",
    )
