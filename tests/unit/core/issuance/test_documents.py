"""Documents of quantifications: their form, and that only the computed document is approved or issued."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, Clock, device
from tests.messages.ledgers import BAKU

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.audit.findings import RULES
from carbon_ledger.audit.report import audit
from carbon_ledger.canonical import digest, dumps
from carbon_ledger.core.entries.entry import Entry, recorded_text
from carbon_ledger.core.issuance.approvals import approval_event
from carbon_ledger.core.issuance.documents import document_events, quantification_at
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.ledger.recorder import TICK
from carbon_ledger.methodologies import FuelUse, ImportedElectricity, Leakage, Quantification
from carbon_ledger.methodologies.stated import stated_emissions, stated_factor
from carbon_ledger.stores.memory import MemoryStore

MAY = cl.Period.month(2024, 5, zone=BAKU)
TEXT = cl.Waiver("methodology-text", "compared")
FACTOR = cl.EmissionFactor(
    factor_id="f", value="384", unit="gCO2/kWh", kind="combined_margin", region="AZ", source="a test; its annex",
    tool="TOOL07@7.0", confidence="S",
)  # fmt: skip
EMISSIONS = (
    FuelUse(
        fuel="diesel", amount="12.5 kg", ncv="43.3 TJ/Gg", emission_factor="74800 kgCO2/TJ", vintage=2024,
        basis="ipcc-upper", source="the log; page 3", evidence=EVIDENCE,
    ),
    FuelUse(
        fuel="gas", amount="100 litres", ncv="38 MJ/m3", emission_factor="56.1 tCO2/TJ", vintage=2024,
        basis="measured", source="the supplier",
    ),
    ImportedElectricity(
        amount="10 kWh", emission_factor="500 gCO2/kWh", losses="20.5 %", vintage=2024, meter="pump", source="utility"
    ),
    Leakage(amount="12.5 kgCO2e", vintage=2024, reason="a turbine", source="section B.6"),
)  # fmt: skip
Record = dict[str, Any]


def small() -> cl.Ledger:
    """A small plant's credits, with an approval needed, and May recorded."""
    ledger = cl.open_ledger(":memory:", clock=Clock(), by="me")
    ledger.open_account("op", name="Op")
    ledger.register_device(device(capacity="4 MW", technology="hydro/run-of-river"))
    ledger.register_project(
        cl.Project(
            id="credits",
            instrument="GCC-ACC",
            zone=BAKU,
            devices=("plant",),
            methodology="AMS-I.D@18.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2021-01-01", 10, zone=BAKU),
            requires_approval=True,
        )
    )
    ledger.record_generation("plant", MAY, net="1000.123456 MWh")
    return ledger


def quantified(ledger: cl.Ledger) -> Quantification:
    return ledger.quantify("credits", MAY, factor=FACTOR, waivers=[TEXT], emissions=EMISSIONS)


def test_what_lines_state_gives_the_same_lines() -> None:
    result = quantified(small())
    factor = stated_factor(result, "f", "AZ")
    assert (factor.t_per_mwh, factor.source, factor.tool, factor.confidence) == (
        Decimal("0.384"), "a test; its annex", "TOOL07@7.0", "S",
    )  # fmt: skip
    fuel, gas, taken, leaked = stated_emissions(result)
    assert (fuel.emissions_t, fuel.source, fuel.evidence) == (EMISSIONS[0].emissions_t, "the log; page 3", EVIDENCE)
    assert (gas.emissions_t, gas.evidence) == (EMISSIONS[1].emissions_t, None)
    assert (taken.emissions_t, leaked.amount_t) == (EMISSIONS[2].emissions_t, Decimal("0.0125"))


@pytest.mark.parametrize("adopted", [True, False])
def test_an_approval_of_declared_emissions_is_used_by_the_issuance(adopted: bool) -> None:
    """Whether or not the factor is adopted by then."""
    ledger = small()
    if adopted:
        ledger.adopt_factor(FACTOR)
    ledger.approve(quantified(ledger), by="verifier")
    asked = {"factor": FACTOR, "waivers": [TEXT], "emissions": EMISSIONS}
    (batch,) = ledger.issue("credits", MAY, to="op", **asked, by="issuer")
    assert batch.count == 383
    assert ledger.audit().findings == ()


def test_a_factor_whose_kind_and_region_are_waived_is_approved_before_it_is_adopted() -> None:
    """What the waivers lift when it is quantified, they lift when it is approved and issued."""
    ledger = small()
    factor = evolve(FACTOR, kind="marginal", region="GE", tool="WattTime@2")
    waivers = [TEXT, cl.Waiver("factor-kind", "r"), cl.Waiver("factor-region", "r")]
    ledger.approve(ledger.quantify("credits", MAY, factor=factor, waivers=waivers), by="verifier")
    ledger.issue("credits", MAY, to="op", factor=factor, waivers=waivers, by="issuer")
    assert ledger.audit().findings == ()


def doctored(ledger: cl.Ledger, change: Callable[[Record], object]) -> None:
    """Approve what was quantified, one thing of it changed."""
    result = quantified(ledger)
    record = result.to_record()
    change(record)
    data = dumps(record)
    event = approval_event(ledger.project("credits"), result, None) | {"quantification": digest(data)}
    events = [*document_events(data), ("quantification.approved", event)]
    ledger._record("forged", {}, lambda _: events, key=None, by="verifier")


def line(record: Record, symbol: str) -> Record:
    found: Record = next(item for item in record["lines"] if item["symbol"] == symbol)
    return found


DOCTORED: dict[str, Callable[[Record], object]] = {
    "a figure": lambda record: line(record, "BE[2024]").update(value="384.1"),
    "a figure and its amount": lambda record: [
        line(record, "ER[2024]").update(value="1000"), record["amounts"][0].update(amount="1000"),
    ],
    "a sum of declared emissions": lambda record: line(record, "PE[2024]").update(value="0"),
    "an emission not of its inputs": lambda record: line(record, "PE_FC[2024,1]").update(value="0.1"),
    "an input that is not followed": lambda record: line(record, "FC[2024,1]").update(value="0.001"),
    "a line left out": lambda record: record["lines"].remove(line(record, "TDL[2024,1]")),
    "a declared emission left out": lambda record: record.update(
        lines=[item for item in record["lines"] if item["symbol"] not in ("LE[2024,1]",)]
    ),
    "a line twice": lambda record: record["lines"].append(line(record, "EF")),
    "another order": lambda record: record["lines"].reverse(),
    "another source": lambda record: line(record, "ER").update(source="elsewhere"),
    "another confidence": lambda record: line(record, "ER").update(confidence="P"),
    "another formula": lambda record: line(record, "ER[2024]").update(formula="BE[2024]"),
    "other inputs": lambda record: line(record, "ER[2024]").update(inputs=["BE[2024]"]),
    "another methodology": lambda record: record.update(methodology="ACM0002@22.0"),
    "no methodology": lambda record: record.pop("methodology"),
    "another unit": lambda record: record.update(unit="MWh"),
    "other steps": lambda record: record["steps"][0].update(net_wh=1),
    "no factor": lambda record: record.pop("factor"),
}  # fmt: skip


@pytest.mark.parametrize("what", DOCTORED)
@pytest.mark.parametrize("adopted", [True, False])
def test_a_doctored_document_is_not_approved(what: str, adopted: bool) -> None:
    """Invariants 22 and 34: the rule refuses what its issuance would be refused for, and nothing is written."""
    ledger = small()
    if adopted:
        ledger.adopt_factor(FACTOR)
    size = ledger.size
    with pytest.raises((errors.RefusedError, errors.MethodologyError, BrokenLogError)):
        doctored(ledger, DOCTORED[what])
    assert ledger.size == size
    doctored(ledger, lambda record: line(record, "ER").update(name="words that explain it better"))
    assert ledger.approvals("credits")[0].status == "standing"


def test_another_value_of_the_factor_is_refused_once_it_is_adopted() -> None:
    """Before, the document states it: no entry does."""
    change: Callable[[Record], object] = lambda record: line(record, "EF").update(source="another; made by TOOL07@7.0")  # noqa: E731
    doctored(small(), change)
    ledger = small()
    ledger.adopt_factor(FACTOR)
    with pytest.raises(errors.RefusedError, match="line EF: source 'another"):
        doctored(ledger, change)


def test_a_number_of_more_digits_than_are_given_is_read_back() -> None:
    """A product has up to 100 digits; what is issued on it can be traced."""
    ledger = small()
    exact = "0." + "1234567891" * 4
    fuel = FuelUse(
        fuel="f", amount=f"{exact} t", ncv="43.123456789 GJ/t", emission_factor="0.074812345678912345 tCO2/GJ",
        vintage=2024, basis="measured", source="s",
    )  # fmt: skip
    asked = {"factor": FACTOR, "waivers": [TEXT], "emissions": [fuel]}
    ledger.approve(ledger.quantify("credits", MAY, **asked), by="verifier")
    (batch,) = ledger.issue("credits", MAY, to="op", **asked)
    found = ledger.trace(batch.take(1)).quantification
    assert found is not None
    assert len(found.line("PE_FC[2024,1]").value.as_tuple().digits) > 60
    assert ledger.audit().findings == ()


@pytest.mark.parametrize("document", ["[", "[" * 100_000, "null", '{"lines":1e400}', "9" * 5_000, '"\\ud800"', "{}"])
def test_what_is_no_document_is_our_error(document: str) -> None:
    ledger, data = small(), document.encode()
    event = {"project": "credits", "period": MAY.to_record(), "quantification": digest(data)}
    events = [*document_events(data), ("quantification.approved", event)]
    with pytest.raises(BrokenLogError, match="the document is not a quantification"):
        ledger._record("forged", {}, lambda _: events, key=None, by=None)


def test_a_document_may_have_many_parts_and_is_read_back_whole() -> None:
    """A thousand hours, every second of them excluded, make a document of several entries."""
    ledger = cl.open_ledger(":memory:", clock=Clock(), by="me")
    ledger.open_account("op", name="Op")
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="gc", instrument="GC", zone=BAKU, devices=("plant",)))
    ledger.record_readings("plant", start="2024-05-01T00:00Z", step="1 hour", net_wh=[5, 0] * 500)
    period = cl.Period.of("2024-05-01T00:00Z", "2024-06-11T16:00Z")
    result = ledger.quantify("gc", period)
    ledger.approve(result)
    n = ledger.approvals("gc")[0].n
    assert ledger.entry(n).parts == 1 + len(document_events(result.to_bytes())) > 3
    assert quantification_at(ledger._store.view(), n - 1).digest == ledger.approvals("gc")[0].quantification


@pytest.mark.parametrize("place", ["alone", "before the document that is used", "after the issuance"])
def test_an_audit_finds_a_document_that_nothing_uses(place: str) -> None:
    """Invariant 34: a command that no command writes, in a log whose hashes all agree, is a finding."""
    ledger = small()
    ledger.approve(quantified(ledger), by="verifier")
    ledger.issue("credits", MAY, to="op", factor=FACTOR, waivers=[TEXT], emissions=EMISSIONS, by="issuer")
    entries = [ledger.entry(n) for n in range(ledger.size)]
    last = entries[-1].parts
    kept, command = entries[:-last], [(entry.type, entry.event) for entry in entries[-last:]]
    stray = document_events(b"a letter")
    first = next(k for k, (kind, _) in enumerate(command) if kind == "document.recorded")
    forged = {
        "alone": stray,
        "before the document that is used": [*command[:first], *stray, *command[first:]],
        "after the issuance": [*command, *stray],
    }[place]
    at, store = entries[-last].at_utc, MemoryStore()
    with store.transaction():
        for k, (kind, event) in enumerate(forged):
            time = recorded_text(at + k * TICK)
            kept.append(Entry(n=len(kept), at=time, by="issuer", type=kind, event=event, part=k + 1, parts=len(forged)))
        for entry in kept:
            store.append(entry.to_bytes(), [])
    (found, *_) = audit(store).findings
    assert found.check == RULES
    assert "document" in found.detail
