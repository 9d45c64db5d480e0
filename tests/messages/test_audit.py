"""Messages of an audit about entries that no command writes: one changed or forged at a time."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from attrs import evolve

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
from carbon_ledger.methodologies.quantification import differences
from tests.conftest import EVIDENCE, device
from tests.messages.ledgers import BAKU, FACTOR, MAY, begin
from tests.messages.snapshots import FOUND, PRINTED, Case, Do, Expect, Output, Refusal, outputs, refusals, refused
from tests.support.expiring_plant import month
from tests.support.forging import Change, found_in
from tests.support.other_registry import GCC, gs, import_serial
from tests.support.other_registry import set_up as set_up_three

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
    crediting_period=cl.Period.years("2021-01-01", 10, zone=BAKU),
).to_record()
LONG = "ə" * (PART_CHARACTERS + 1)
HALF = {"sha256": digest(LONG.encode()), "part": 1, "parts": 2, "text": LONG[:PART_CHARACTERS]}
METERED = {"meter": "feeder", "start": "2024-05-01T00:00:00Z", "step_s": 3600, "net_wh": [3]}
NOTHING = {"sha256": digest(b"{}"), "part": 1, "parts": 1, "text": "{}"}


def filled() -> cl.Ledger:
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
    ledger._record("forged", {}, lambda _: events, key=None, by=None)


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


FORGED: list[Refusal] = [
    (
        "second-opening",
        lambda x: forge(x, ("ledger.opened", {"ledger": "b", "policy": "open", "software": "s"})),
        BrokenLogError,
    ),
    (
        "project-with-default-written-out",
        lambda x: forge(x, ("project.registered", PLAIN | {"requires_approval": False})),
        BrokenLogError,
    ),
    ("project-of-methodology-not-adopted", lambda x: forge(x, ("project.registered", CREDITS)), BrokenLogError),
    (
        "methodology-without-a-rounding",
        lambda x: forge(x, ("methodology.adopted", ACM | {"roundings": ACM["roundings"][1:]})),
        BrokenLogError,
    ),
    (
        "factor-with-misspelt-unit",
        lambda x: forge(x, ("factor.adopted", {"factor": FACTOR.to_record() | {"unit": "tCO2e/parrot"}})),
        QuantityError,
    ),
    (
        "meter-apportioned-otherwise",
        lambda x: forge(x, ("meter.recorded", METERED | {"devices": {"plant": [2], "second": [1]}})),
        BrokenLogError,
    ),
    ("document-part-out-of-sequence", lambda x: forge(x, ("document.recorded", HALF | {"part": 3})), BrokenLogError),
    (
        "document-that-begins-with-part-two",
        lambda x: forge(
            x,
            ("document.recorded", NOTHING | {"part": 2}),
        ),
        BrokenLogError,
    ),
    (
        "document-cut-off-by-another-entry",
        lambda x: forge(x, ("document.recorded", HALF), ("account.opened", {"account": "a", "name": "A"})),
        BrokenLogError,
    ),
    ("document-with-other-text", lambda x: forge(x, ("document.recorded", NOTHING | {"text": "[]"})), BrokenLogError),
    (
        "document-with-a-part-too-many",
        lambda x: forge(x, ("document.recorded", NOTHING), ("document.recorded", NOTHING | {"part": 2})),
        BrokenLogError,
    ),
    ("document-at-the-end-of-its-command", lambda x: forge(x, ("document.recorded", NOTHING)), BrokenLogError),
    (
        "document-before-entry-that-uses-none",
        lambda x: forge(x, ("document.recorded", NOTHING), ("account.opened", {"account": "a", "name": "A"})),
        BrokenLogError,
    ),
    (
        "document-that-no-entry-uses",
        lambda x: forge(x, ("document.recorded", NOTHING), *approval_of(x)),
        BrokenLogError,
    ),
    ("document-part-too-short", lambda x: forge(x, ("document.recorded", HALF | {"text": "half"})), BrokenLogError),
    (
        "approval-of-document-without-a-line",
        lambda x: approve_otherwise(x, lambda record: record["lines"].pop()),
        RefusedError,
    ),
    (
        "approval-of-document-with-malformed-number",
        lambda x: approve_otherwise(x, lambda record: record["lines"][1].update(value="10.50")),
        BrokenLogError,
    ),
    (
        "approval-of-document-with-null",
        lambda x: approve_otherwise(x, lambda record: record.update(factor=None)),
        BrokenLogError,
    ),
    (
        "registry-without-grammar-or-version",
        lambda x: forge(x, ("registry.registered", {"registry": "acr", "name": "ACR"})),
        BrokenLogError,
    ),
    (
        "registry-with-name-of-another",
        lambda x: forge(x, ("registry.registered", {"registry": "acr", "name": "A", "version": 1})),
        BrokenLogError,
    ),
    ("approval-of-document-of-another-project", lambda x: approve(x, project="rival"), BrokenLogError),
    ("approval-of-another-digest", lambda x: approve(x, quantification=EVIDENCE), BrokenLogError),
    (
        "approval-of-empty-document",
        lambda x: forge(
            x,
            ("document.recorded", NOTHING),
            (
                "quantification.approved",
                {"project": "p", "period": MAY.to_record(), "quantification": NOTHING["sha256"]},
            ),
        ),
        BrokenLogError,
    ),
    ("command-with-two-conversions", convert_both, BrokenLogError),
]


def settled() -> cl.Ledger:
    """February converted, March voided, April corrected, and some of it held back; a block imported; units offered."""
    ledger = begin()
    set_up_three(ledger)
    for k in (2, 3, 4):
        ledger.record_generation("plant", month(k), net="10.6 MWh")
    (february,) = ledger.issue("irec", month(2), to="op")
    (march,) = ledger.issue("irec", month(3), to="op")
    ledger.issue("irec", month(4), to="op", buffer="0.15")
    ledger.convert(february, to_instrument="EECS-GO", reason="sold in Europe")
    ledger.void(march, reason="an order", key="v")
    ledger.correct_generation("plant", month(4), net="8.1 MWh", reason="ratio", evidence=EVIDENCE)
    import_serial(ledger, gs(1, 10))
    ledger.register_registry(GCC)
    import_serial(ledger, "GCC-1-10", registry="gcc", instrument="GCC-ACC")
    ledger.record_generation("plant", month(5), net="6000 MWh")
    (may,) = ledger.issue("irec", month(5), to="op")
    ledger.offer([f"{may.batch_id}/{k}" for k in range(1, 6000, 2)], to="buyer")
    return ledger


once_settled = cache(settled)  # for cases that only read it


def found(ledger: cl.Ledger, n: int, change: Change) -> str:
    """What an audit finds first of the same entries, one of them changed: at that entry, by its rule."""
    finding = found_in(ledger, n, change)
    assert (finding.check, finding.entry) == (RULES, n)
    assert finding.detail.endswith(LATER)
    return finding.detail.removesuffix(LATER)


def changed(n: int, change: Change) -> Callable[[cl.Ledger], str]:
    return lambda ledger: found(ledger, n, change)


CHANGED: list[Output] = [
    ("issuance-of-one-unit-more", changed(12, lambda event: event["batches"][0].update(count=11))),
    ("issuance-without-batches", changed(12, lambda event: event.update(batches=[], amounts=[]))),
    ("issuance-to-unknown-account", changed(12, lambda event: event.update(account="nobody"))),
    ("issuance-with-no-fuel-use", changed(12, lambda event: event.update(fuel_uses=[]))),
    ("issuance-without-its-buffer", changed(16, lambda event: event["batches"][0].pop("buffered"))),
    ("conversion-of-fewer-units", changed(17, lambda event: event.update(last=9))),
    ("conversion-with-another-carry", changed(17, lambda event: event["carry"][0].update(amount="0.6"))),
    ("conversion-from-another-account", changed(17, lambda event: event.update(account="buyer"))),
    (
        "conversion-of-a-unit-twice",
        changed(17, lambda event: event.update(more=[{"batch": event["batch"], "first": 4, "last": 4}])),
    ),
    ("conversion-to-instrument-with-another-unit", changed(17, lambda event: event["instrument"].update(unit="tCO2e"))),
    ("void-with-another-carry", changed(18, lambda event: event["carry"][0].update(amount="0.5"))),
    ("correction-without-its-issuances", changed(20, lambda event: event.update(issuances=[]))),
    ("correction-without-its-carries", changed(20, lambda event: event.update(carries=[]))),
    ("correction-with-other-readings", changed(20, lambda event: event.update(net_wh=[8_200_000]))),
    ("import-of-a-unit-more", changed(21, lambda event: event.update(last=11))),
    ("import-without-version", changed(21, lambda event: event.pop("version"))),
    ("import-with-unknown-version", changed(21, lambda event: event.update(version=2))),
    ("import-with-version-of-registered-grammar", changed(23, lambda event: event.update(version=1))),
    ("offer-continued-to-another-account", changed(28, lambda event: event.update(to="other"))),
]


def applied(n: int, **wrong: object) -> Do:
    """Apply entry *n* again to the state before it, with something else beside its event."""
    return lambda ledger: apply(ledger._store.view(n), evolve(ledger.entry(n), **wrong))


ENVELOPES: list[Refusal] = [
    ("entry-at-another-place", lambda x: apply(x._store.view(9), x.entry(8)), BrokenLogError),
    ("entry-with-key-without-digest", applied(8, key="k"), BrokenLogError),
    ("entry-that-is-part-three-of-two", applied(8, part=3, parts=2), BrokenLogError),
    ("entry-with-part-two-of-a-single", applied(8, part=2, parts=2), BrokenLogError),
    ("entry-recorded-before-the-last", applied(8, at="2025-12-31T00:00:00.000000Z"), BrokenLogError),
    ("entry-with-key-used-before", applied(21, key="v", digest=EVIDENCE), BrokenLogError),
    ("first-entry-of-another-type", applied(0, type="account.opened"), BrokenLogError),
    ("first-entry-in-two-parts", applied(0, parts=2), BrokenLogError),
    ("part-by-another-actor", applied(28, by="other"), BrokenLogError),
    ("part-one-again", applied(28, part=1), BrokenLogError),
]


@refusals(FORGED)
def test_a_forged_entry_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, filled()))


@outputs(FOUND, CHANGED)
def test_a_changed_entry_is_found_in_these_words(case: Case, expect: Expect) -> None:
    """Invariants 22 and 24."""
    expect(str(case.do(once_settled())))


@refusals(ENVELOPES)
def test_an_entry_that_does_not_follow_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    """Invariants 24 and 26."""
    expect(refused(case, settled()))


def differing(change: Callable[[cl.Quantification], cl.Quantification]) -> str:
    """How a recorded quantification, which was changed, differs from the one computed again."""
    again = filled().quantify("p", MAY)
    words = {"here": "recorded", "there": "computed again", "names": False}
    return "\n".join(differences(change(again).to_record(), again.to_record(), **words))


def raised(computed: cl.Quantification) -> cl.Quantification:
    """A line of another value, another line twice, and another unit."""
    first, *others = computed.lines
    more = evolve(first, symbol="XX")
    return evolve(computed, lines=(evolve(first, value=first.value + 1, name="n"), *others, more, more), unit="Wh")


DIFFERING: list[Output] = [
    ("quantification-with-other-lines-and-unit", lambda: differing(raised)),
    ("quantification-with-a-line-twice", lambda: differing(lambda x: evolve(x, lines=(*x.lines, x.lines[0])))),
]


@outputs(PRINTED, DIFFERING)
def test_a_quantification_that_computes_otherwise_is_told_line_by_line(case: Case, expect: Expect) -> None:
    """Invariant 22."""
    expect(str(case.do()))
