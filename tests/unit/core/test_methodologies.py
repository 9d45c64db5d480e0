"""Methodologies of a caller's own in the rules: what an entry pins, and what a forged entry cannot pin."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, device, dump
from tests.support.metered_project import MAY
from tests.support.own_methodology import FACTOR, KEY, Write, issued, opened, project, registered, write

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.audit.findings import RULES
from carbon_ledger.audit.report import audit
from carbon_ledger.canonical import digest, dumps
from carbon_ledger.core.methodologies import NOTHING, Known, methodology_in, with_methodologies
from carbon_ledger.core.rules import rebuild
from carbon_ledger.ledger.methodologies import known_methodologies
from carbon_ledger.methodologies.base import Methodology
from carbon_ledger.stores.memory import MemoryStore

__all__ = ["write"]

JUNE = cl.Period.month(2024, 6, zone="Asia/Baku")
Change = Callable[[dict[str, Any]], object]


def forged(ledger: cl.Ledger, change: Change, known: Known = NOTHING) -> cl.AuditReport:
    """The report on the same entries after each was changed and hashed anew."""
    store = MemoryStore()
    with store.transaction():
        for data in ledger._store.entries(0, ledger.size):
            entry = json.loads(data)
            change(entry)
            store.append(dumps(entry), [])
    with suppress(errors.CarbonLedgerError):
        rebuild(store, known)
    return audit(store, known=known)


def found_in(ledger: cl.Ledger, change: Change, known: Known = NOTHING) -> str:
    """The first finding of the rules."""
    finding = next(item for item in forged(ledger, change, known).findings if item.check.startswith(RULES[:29]))
    return finding.detail


def adopting(**fields: object) -> Change:
    def change(entry: dict[str, Any]) -> None:
        if entry["type"] == "methodology.adopted":
            entry["event"] |= fields
            for name in [name for name, value in fields.items() if value is None]:
                del entry["event"][name]

    return change


def test_one_key_is_one_code_and_the_entry_must_pin_it(write: Write) -> None:
    """Without the object, too."""
    methodology = write().METHODOLOGY
    ledger = issued(":memory:", methodology)
    for known in (NOTHING, known_methodologies([methodology])):
        assert "expected a code digest" in found_in(ledger, adopting(code_digest=None), known)
        assert "expected the rounding point" in found_in(ledger, adopting(roundings=[]), known)
    known = known_methodologies([methodology])
    assert "title of OWN-TOY@1.0: 'Another'" in found_in(ledger, adopting(title="Another"), known)
    assert "pins the code digest sha256:0000" in found_in(ledger, adopting(code_digest="sha256:" + "0" * 64), known)


def test_a_methodology_of_the_library_pins_no_code(write: Write) -> None:
    """A built-in key is never somebody's own: its quantifications are always computed again."""
    ledger = opened()
    ledger.adopt_methodology("ACM0002@22.0")
    assert "expected no code digest" in found_in(ledger, adopting(code_digest="sha256:" + "0" * 64))
    with pytest.raises(errors.BrokenLogError, match="expected no code digest"):
        forge(ledger, "GCCM001@4.0", code_digest="sha256:" + "0" * 64)


def forge(ledger: cl.Ledger, key: str, **fields: object) -> None:
    event = {"methodology": key, "title": "t", "source": "s", "confidence": "C", "roundings": []} | fields
    ledger._record("forged", {}, lambda _: [("methodology.adopted", event)], key=None, by=None)


@pytest.mark.parametrize("key", ["own-x@1.0", "GCCM001@5.0", "own@1.0"])
def test_a_key_that_is_neither_the_librarys_nor_marked_as_own_is_refused(key: str) -> None:
    """An unknown key cannot stand for recorded figures: only a name that begins with OWN- can, which reports show."""
    ledger = opened()
    with pytest.raises(errors.CarbonLedgerError):
        forge(ledger, key)
    with pytest.raises(errors.BrokenLogError, match="expected no code digest"):
        forge(ledger, key, code_digest="sha256:" + "0" * 64)
    ledger.adopt_methodology("ACM0002@22.0")
    assert forged(ledger, adopting(methodology=key)).findings
    assert "no code digest" in found_in(ledger, adopting(methodology=key, code_digest="sha256:" + "0" * 64))


def test_a_new_entry_adopts_only_an_object_that_was_passed(write: Write) -> None:
    """The command refuses it, and so does the rule for an entry that no command planned."""
    ledger = opened()
    before = dump(ledger)
    with pytest.raises(errors.MethodologyError, match="no object with this key was passed"):
        ledger.adopt_methodology(KEY)
    floor = {"name": "issuance: whole units, remainder carried", "direction": "floor", "places": 0}
    with pytest.raises(errors.MethodologyError, match="no object with this key was passed"):
        forge(ledger, KEY, code_digest="sha256:" + "0" * 64, roundings=[floor])
    assert dump(ledger) == before
    with_object = opened(":memory:", write().METHODOLOGY)
    with pytest.raises(errors.BrokenLogError, match="code_digest of OWN-TOY"):
        forge(with_object, KEY, **_fields(with_object), code_digest="sha256:" + "0" * 64)


def _fields(ledger: cl.Ledger) -> dict[str, object]:
    record = ledger._known.own[KEY].methodology.to_record()
    return {name: value for name, value in record.items() if name != "methodology"}


def test_a_key_is_adopted_once(write: Write) -> None:
    ledger = registered(opened(":memory:", write().METHODOLOGY))
    with pytest.raises(errors.AlreadyRegisteredError):
        ledger.adopt_methodology(KEY)


def test_a_view_without_methodologies_is_the_view() -> None:
    view = opened()._store.view()
    assert with_methodologies(view, NOTHING) is view
    with pytest.raises(errors.MethodologyError, match="no object with this key"):
        methodology_in(view, KEY)
    assert methodology_in(view, "ACM0002@22.0").key == "ACM0002@22.0"
    with pytest.raises(AttributeError):
        _ = with_methodologies(view, evolve(NOTHING, replayed=True))._no_such_name


def lived(path: str, methodology: Methodology) -> cl.Ledger:
    """Two issuances, an approval, issuing of carry, corrections before and after a sale, a voiding, an attestation."""
    ledger = registered(opened(path, methodology), methodology.key)
    ledger.open_account("buyer", name="Buyer")
    (first,) = ledger.issue("toys", MAY, factor=FACTOR, to="op", emissions=[leak()])
    ledger.record_generation("plant", JUNE, net="11 MWh")
    ledger.adopt_methodology(methodology.key, text=EVIDENCE, note="compared")
    approved = ledger.quantify("toys", JUNE, factor="f")
    ledger.approve(approved, by="verifier")
    ledger.issue("toys", JUNE, factor="f", to="op")
    ledger.transfer(first.take(10), to="buyer")
    for net in ("120 MWh", "60 MWh"):
        ledger.correct_generation("plant", MAY, net=net, reason="meter", evidence=EVIDENCE)
        if net == "120 MWh":
            ledger.issue_carry("toys", to="op")
    july = cl.Period.month(2024, 7, zone="Asia/Baku")
    ledger.record_generation("plant", july, net="50 MWh")
    (batch,) = ledger.issue("toys", july, factor="f", to="op")
    ledger.void(batch, reason="test")
    return ledger


def leak() -> object:
    return cl.methodologies.Leakage(amount="0.5 tCO2e", vintage=2024, reason="pipes", source="section B.6")


def test_a_whole_life_is_replayed_without_the_object_and_every_row_is_the_same(write: Write) -> None:
    """Only the figures of the entries that are listed are taken as recorded."""
    methodology = write().METHODOLOGY
    ledger = lived(":memory:", methodology)
    assert ledger.audit().passed
    report = ledger.audit(methodologies=[])
    assert (report.passed, report.findings) == (False, ())
    (limit,) = report.not_recomputed
    types = [ledger.entry(n).type for n in limit.entries]
    assert types.count("generation.corrected") == 2
    assert types.count("issuance.recorded") == 3  # not the issuing of carry, which follows from the ledger alone
    assert types.count("quantification.approved") == 1
    assert limit.count == len(limit.entries) == 6
    before = dump(ledger)
    ledger.rebuild()
    assert dump(ledger) == before


def test_a_ledger_is_rebuilt_without_the_object(write: Write, tmp_path: Any) -> None:
    lived(str(tmp_path / "a.db"), write().METHODOLOGY).close()
    with opened(tmp_path / "a.db") as ledger:
        before = dump(ledger)
        ledger.rebuild()
        assert dump(ledger) == before


def requantified(entry: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> None:
    """Change the quantification in the document of a log with one document of one part."""
    record = json.loads(entry["event"]["text"])
    change(record)
    text = dumps(record).decode()
    entry["event"] |= {"text": text, "sha256": digest(text.encode())}


class Forger:
    """Changes the quantification of May, and the fields of the issuance, consistently or not."""

    def __init__(self, change: Callable[[dict[str, Any]], object], event: Callable[[dict[str, Any]], object]) -> None:
        self._change, self._event, self._digest = change, event, ""

    def __call__(self, entry: dict[str, Any]) -> None:
        if entry["type"] == "document.recorded":
            requantified(entry, self._change)
            self._digest = entry["event"]["sha256"]
        elif entry["type"] == "issuance.recorded":
            entry["event"]["quantification"] = self._digest
            self._event(entry["event"])


def _amount(text: str) -> Callable[[dict[str, Any]], object]:
    def change(record: dict[str, Any]) -> None:
        record["amounts"][0]["amount"] = text
        next(line for line in record["lines"] if line["symbol"] == "ER[2024]")["value"] = text

    return change


def _nothing(_: dict[str, Any]) -> None:
    return None


def _steps(record: dict[str, Any]) -> None:
    record["steps"][0]["net_wh"] += 1_000_000


def _without(symbol: str) -> Callable[[dict[str, Any]], object]:
    def change(record: dict[str, Any]) -> None:
        record["lines"] = [line for line in record["lines"] if line["symbol"] != symbol]

    return change


def _more(entry: dict[str, Any]) -> None:
    entry["batches"][0]["count"] += 1


def _carried(entry: dict[str, Any]) -> None:
    entry["carry"][0]["amount"] = "7"


HIDING: dict[str, tuple[Callable[[dict[str, Any]], object], Callable[[dict[str, Any]], object], str]] = {
    "energy that was not metered": (_steps, _nothing, "steps"),
    "more units than the amount makes": (_nothing, _more, "batches not as computed"),
    "other carry": (_nothing, _carried, "carry not as computed"),
    "an amount in the document alone": (_amount("90"), _nothing, "not as computed by the rules"),
    "an amount without its line": (lambda record: record["amounts"][0].update(amount="90"), _nothing, "the value of a"),
    "no line of reductions": (_without("ER[2024]"), _nothing, "the value of a line ER[2024]"),
    "no line of a declared leakage": (_without("LE[2024,1]"), _nothing, "'LE[2024,1]'"),
    "another factor": (lambda record: record.update(factor="g"), _nothing, "factor"),
    "no factor": (lambda record: record.pop("factor"), _nothing, "factor"),
    "another methodology": (lambda record: record.update(methodology="OWN-B@1.0"), _nothing, "methodology"),
    "a built-in methodology": (lambda record: record.update(methodology="ACM0002@22.0"), _nothing, "methodology"),
    "another unit": (lambda record: record.update(unit="MWh"), _nothing, "unit"),
    "a waiver in the document alone": (
        lambda record: record.update(waivers=[{"name": "gap", "reason": "r"}]),
        _nothing,
        "waivers",
    ),
}


@pytest.mark.parametrize("case", HIDING)
def test_a_methodology_that_is_missing_hides_nothing_else(write: Write, case: str) -> None:
    """Steps, units, carry, batches, factors and waivers are computed; only lines and amounts are taken as recorded."""
    change, event, expected = HIDING[case]
    ledger = registered(opened(":memory:", write().METHODOLOGY))
    ledger.issue("toys", MAY, factor=FACTOR, to="op", emissions=[leak()])
    assert forged(ledger, Forger(_nothing, _nothing)).findings == ()
    assert expected in found_in(ledger, Forger(change, event))


def test_an_amount_that_is_forged_throughout_is_found_by_whoever_has_the_object(write: Write) -> None:
    """Without the object nothing can tell, and the report says so; with it, the entry is a finding."""
    methodology = write().METHODOLOGY
    ledger = registered(opened(":memory:", methodology))
    ledger.issue("toys", MAY, factor=FACTOR, to="op")

    def units(event: dict[str, Any]) -> None:
        event["amounts"][0]["amount"] = "90"
        event["batches"][0]["count"] = 90

    forger = Forger(_amount("90"), units)
    report = forged(ledger, forger)
    assert (report.findings, report.passed) == ((), False)
    assert [item.methodology for item in report.not_recomputed] == [KEY]
    assert str(report).startswith("NOT COMPUTED AGAIN: entry ")
    assert "line ER[2024]: 90 tCO2e recorded, 45 tCO2e computed again" in found_in(
        ledger, Forger(_amount("90"), units), known_methodologies([methodology])
    )


def test_two_projects_cannot_claim_one_step_by_a_methodology_that_is_missing(write: Write) -> None:
    """Domain invariant 5: claims are checked without it."""
    ledger = registered(opened(":memory:", write().METHODOLOGY))
    ledger.register_project(project("second"))
    ledger.issue("toys", MAY, factor=FACTOR, to="op")
    with pytest.raises(errors.DoubleIssuanceError):
        ledger.issue("second", MAY, factor="f", to="op")

    store = MemoryStore()
    with store.transaction():
        entries = [json.loads(data) for data in ledger._store.entries(0, ledger.size)]
        for entry in entries:
            store.append(dumps(entry), [])
        for part, entry in enumerate(entries[-2:], 1):
            command = {"part": part, "parts": 2}
            at = entry["at"].replace("2026-", "2027-", 1)
            store.append(dumps(entry | {"n": store.size(), "at": at, "command": command}), [])
    assert "claimed" in audit(store).findings[0].detail


def test_a_correction_is_forged_in_vain_without_the_object(write: Write) -> None:
    ledger = lived(":memory:", write().METHODOLOGY)

    def change(entry: dict[str, Any]) -> None:
        if entry["type"] == "generation.corrected":
            entry["event"]["issuances"] = []

    assert "expected the document of its new quantification" in found_in(ledger, change)


def test_a_methodology_that_answers_otherwise_in_the_audit_is_a_finding(write: Write) -> None:
    """A module that reads something beside its arguments: its answers differ between processes, or between days."""
    module = write()
    ledger = issued(":memory:", module.METHODOLOGY)
    module.SHARE = Decimal("0.8")
    report = ledger.audit()
    assert "ER[2024]: 45 tCO2e recorded, 40 tCO2e computed again" in report.findings[0].detail


def test_devices_of_another_technology_need_no_methodology_of_the_library(write: Write) -> None:
    ledger = registered(opened(":memory:", write().METHODOLOGY))
    ledger.register_device(device("heat", technology="geothermal"))
    ledger.register_project(evolve(project("warm"), devices=("heat",)))
    ledger.record_generation("heat", MAY, net="10 MWh")
    made: Sequence[cl.Batch] = ledger.issue("warm", MAY, factor=FACTOR, to="op")
    assert [batch.count for batch in made] == [4]


def test_an_approval_needs_the_factor_in_the_ledger(write: Write) -> None:
    """Lines of a methodology of one's own need not state the factor's value, so that it cannot be read back."""
    ledger = registered(opened(":memory:", write().METHODOLOGY))
    with pytest.raises(errors.MethodologyError, match=r"adopt the factor with adopt_factor\(\)"):
        ledger.approve(ledger.quantify("toys", MAY, factor=FACTOR), by="verifier")
    ledger.adopt_factor(FACTOR)
    ledger.approve(ledger.quantify("toys", MAY, factor="f"), by="verifier")
    assert ledger.audit(methodologies=[]).findings == ()


def test_lines_that_the_library_adds_are_computed_without_the_object(write: Write) -> None:
    """The attested text, the flags of the factor, and the comparison with an estimate: a forged one is found."""
    ledger = opened(":memory:", write().METHODOLOGY)
    ledger.open_account("op", name="Op")
    ledger.register_device(device())
    estimate = cl.Estimate(yearly={2024: "500"}, source="PDD, table 5", day_basis="calendar-days")
    ledger.register_project(evolve(project(), estimate=estimate))
    ledger.record_generation("plant", MAY, net="100 MWh")
    ledger.adopt_methodology(KEY, text=EVIDENCE, note="compared")
    ledger.issue("toys", MAY, factor=evolve(FACTOR, flags=("expired",)), to="op")
    report = ledger.audit(methodologies=[])
    assert report.findings == ()
    text = next(entry.event["text"] for entry in ledger.entries() if entry.type == "document.recorded")
    added = [
        line["symbol"] for line in json.loads(text)["lines"] if line["symbol"].partition("_")[0] in ("EF", "ER", "Text")
    ]
    assert {"Text", "ER_expected"} < set(added)
    assert any(symbol.startswith("EF_flag_") for symbol in added)
    for symbol in added:
        if not symbol.startswith("ER["):
            assert symbol in found_in(ledger, Forger(_without(symbol), _nothing))
