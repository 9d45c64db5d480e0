"""CAD Trust records: counts sum to the units issued, statuses are CAD Trust's, and nothing is left out in silence."""

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.conftest import EVIDENCE, device

import carbon_ledger as cl
from carbon_ledger.core.state.rows import EXPIRED, STATES
from carbon_ledger.errors import PeriodError, QuantityError, RefusedError, UnknownProjectError
from carbon_ledger.exchange.cad_trust import COLUMNS, ISSUANCE_COLUMNS, NO_STATUSES, STATUSES, CadTrustUnits

BAKU = "Asia/Baku"
YEAR = cl.Period.year(2024, zone=BAKU)
NEXT = cl.Period.month(2025, 1, zone=BAKU)
FACTOR = cl.EmissionFactor(
    factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
)
TEXT = cl.Waiver("methodology-text", "compared with the published text")
UUID = "d9f58b08-af25-461c-88eb-403bb02b135e"
# The list unitStatus of CAD Trust's governance data.
CAD_TRUST = {"Held", "Retired", "Cancelled", "Expired", "Inactive", "Buffer", "Exported", "Rejected", "Pending Export"}


def set_up(ledger: cl.Ledger, instrument: object = "GCC-ACC") -> None:
    ledger.register_device(device())
    ledger.register_project(
        cl.Project(
            id="hydro",
            instrument=instrument,
            zone=BAKU,
            devices=("plant",),
            methodology="GCCM001@4.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2021-01-01", 10, zone=BAKU),
        )
    )


def issue(ledger: cl.Ledger, period: cl.Period, net: str, **more: Any) -> cl.Batch:
    ledger.record_generation("plant", period, net=net, evidence=EVIDENCE)
    (batch,) = ledger.issue("hydro", period, factor=FACTOR, to="op", waivers=[TEXT], **more)
    return batch


@pytest.fixture
def busy(ledger: cl.Ledger) -> cl.Ledger:
    """Two issuances of 100 and 10 credits, with credits in every state."""
    set_up(ledger)
    batch = issue(ledger, YEAR, "200 MWh", buffer="0.1")
    issue(ledger, NEXT, "20 MWh")
    parts = batch.take(90).cut(5, 6, 7, 8, 9, 10, 11)
    ledger.retire(parts[0], beneficiary="=Buyer", purpose="FY 2024", period=YEAR)
    ledger.cancel(parts[1], reason="a mistake")
    ledger.transfer(parts[2], to="buyer")
    ledger.lock(parts[3], reason="a dispute")
    ledger.offer(parts[4], to="buyer")
    ledger.withdraw(parts[5], reason="too many")
    ledger.export(parts[6], to_registry="other", reference="7")
    return ledger


def by_status(found: CadTrustUnits) -> Counter[str]:
    count: Counter[str] = Counter()
    for record in found.records:
        count[str(record["unitStatus"])] += int(str(record["unitCount"]))
    return count


def by_state(found: CadTrustUnits) -> dict[str, int]:
    return {item.what: item.units for item in found.unsaid if item.kind == "no-status"}


def test_every_state_of_units_has_a_status_or_a_reason() -> None:
    assert {*STATUSES, *NO_STATUSES} == {*STATES, EXPIRED}
    assert not set(STATUSES) & set(NO_STATUSES)
    assert set(STATUSES.values()) <= CAD_TRUST
    assert len(set(STATUSES.values())) == len(STATUSES)


def test_counts_sum_to_the_units_issued_and_what_has_no_status_is_listed(busy: cl.Ledger) -> None:
    found = busy.cad_trust_units("hydro")
    assert by_status(found) == {
        "Retired": 5, "Cancelled": 6, "Held": 7 + 34 + 10, "Buffer": 10, "Exported": 11,
    }  # fmt: skip
    assert by_state(found) == {"locked": 8, "pending": 9, "withdrawn": 10}
    assert (found.quantity, found.left_out) == (83, 27)
    assert found.quantity + found.left_out == sum(batch.count for batch in busy.batches("hydro")) == 110
    for item in found.unsaid:
        assert sum(block.count for block in item.blocks) in (0, item.units)


def test_each_unit_is_in_one_record_of_its_issuance(busy: cl.Ledger) -> None:
    found = busy.cad_trust_units("hydro")
    first, second = busy.issuances("hydro")
    names = [f"{busy.ledger_id}/{item.n}" for item in (first, second)]
    assert [item["issuanceId"] for item in found.issuances] == names
    assert all(tuple(item) == ISSUANCE_COLUMNS for item in found.issuances)
    assert found.issuances[0]["issuanceDate"] == busy.entry(first.n).at[:10]
    for name, batch in zip(names, busy.batches("hydro"), strict=True):
        covered: list[int] = []
        for record, issuance in zip(found.records, found.issuance_of, strict=True):
            if issuance == name:
                block = range(int(str(record["unitStartBlock"])), int(str(record["unitEndBlock"])) + 1)
                assert len(block) == record["unitCount"]
                assert str(record["unitSerialId"]).startswith(f"{batch.batch_id}/")
                assert record["unitVintageYear"] == batch.vintage
                covered += block
        omitted = [b for item in found.unsaid for b in item.blocks if b.batch_id == batch.batch_id]
        covered += [k for block in omitted for k in range(block.first, block.last + 1)]
        assert sorted(covered) == list(range(1, batch.count + 1))


def test_the_fields_of_a_retired_and_of_a_held_record(busy: cl.Ledger) -> None:
    ids = {f"{busy.ledger_id}/{busy.issuances('hydro')[0].n}": UUID}
    found = busy.cad_trust_units("hydro", unit_type="Reduction - technical", issuance_ids=ids)
    retired, cancelled, held, *_ = found.records
    assert tuple(retired) == COLUMNS
    (statement,) = busy.retirements("op")
    batch = busy.batches("hydro")[0].batch_id
    assert {name: value for name, value in retired.items() if value is not None} == {
        "unitSerialId": f"{batch}/1-5",
        "unitStartBlock": "1",
        "unitEndBlock": "5",
        "unitCount": 5,
        "unitType": "Reduction - technical",
        "unitVintageYear": 2024,
        "unitStatus": "Retired",
        "unitStatusReason": "FY 2024",
        "unitStatusDate": str(statement.at.date()),
        "unitRetirementDetail": f"FY 2024; {YEAR}; statement {statement.number}",
        "unitRetirementBeneficiary": "=Buyer",
        "unitMetric": "tCO2e",
        "unitCurrentOwner": "Op",
        "cadTrustIssuanceId": UUID,
    }
    assert (cancelled["unitStatusReason"], cancelled["unitRetirementBeneficiary"]) == ("a mistake", None)
    assert (held["unitCurrentOwner"], held["unitStatusDate"], held["unitStatusReason"]) == ("Buyer", None, None)
    exported = next(item for item in found.records if item["unitStatus"] == "Exported")
    assert exported["unitStatusReason"] == "exported to other, reference 7"
    without_id = next(item for item in found.unsaid if item.what == "cadTrustIssuanceId")
    assert without_id.units == 10  # of the second issuance, whose id was not given
    assert "unitType" not in {item.what for item in found.unsaid}


def test_retirements_of_different_beneficiaries_are_records_of_their_own(ledger: cl.Ledger) -> None:
    set_up(ledger)
    batch = issue(ledger, YEAR, "20 MWh")
    for part, name in zip(batch.cut(3, 4), ("A", "B"), strict=False):
        ledger.retire(part, beneficiary=name, purpose="use", period=YEAR)
    found = ledger.cad_trust_units("hydro").records
    assert [(item["unitCount"], item["unitRetirementBeneficiary"]) for item in found] == [(3, "A"), (4, "B"), (3, None)]


def test_expired_and_levied_units(ledger: cl.Ledger) -> None:
    levy = cl.instruments.Levy(share="0.1")
    instrument = attrs.evolve(cl.instruments.BUILTIN["GCC-ACC"], id="ACC-24", valid_months=24, levy=levy)
    set_up(ledger, instrument)
    issue(ledger, YEAR, "20 MWh")
    assert by_status(ledger.cad_trust_units("hydro")) == {"Held": 9, "Cancelled": 1}
    late = ledger.cad_trust_units("hydro", at="2027-06-01T00:00Z")
    assert by_status(late) == {"Expired": 9, "Cancelled": 1}
    dates = {item["unitStatus"]: item["unitStatusDate"] for item in late.records}
    assert dates["Expired"] == "2026-12-31"
    levied = next(item for item in late.records if item["unitStatus"] == "Cancelled")
    assert levied["unitStatusReason"] is None
    assert levied["unitStatusDate"] == late.issuances[0]["issuanceDate"]


def test_the_same_ledger_gives_the_same_bytes_without_floats_or_formulas(busy: cl.Ledger, tmp_path: Path) -> None:
    found, again = busy.cad_trust_units("hydro"), busy.cad_trust_units("hydro")
    assert (found.to_json(), found.to_csv(), str(found)) == (again.to_json(), again.to_csv(), str(again))

    def refuse(text: str) -> float:
        raise AssertionError(text)

    document = json.loads(found.to_json(), parse_float=refuse)
    units = [unit for item in document["issuances"] for unit in item["units"]]
    assert [unit["unitSerialId"] for unit in units] == [item["unitSerialId"] for item in found.records]
    assert len(document["unsaid"]) == len(found.unsaid)
    rows = list(csv.DictReader(io.StringIO(found.to_csv(), newline="")))
    assert rows[0]["unitRetirementBeneficiary"] == "'=Buyer"
    assert sum(int(row["unitCount"]) for row in rows) == found.quantity
    found.save(tmp_path / "units.json")
    assert (tmp_path / "units.json").read_text(encoding="utf-8") == found.to_json()


def test_what_records_cannot_say(busy: cl.Ledger) -> None:
    found = {item.what: item for item in busy.cad_trust_units("hydro").unsaid}
    assert found["waivers of the issuance"].units == found["readings and their evidence"].units == 110
    assert found["cadTrustVerificationId"].units == 110
    assert found["unitType"].units == found["cadTrustIssuanceId"].units == found["unitLink"].units == 83
    assert "beneficiary, purpose and reporting period" not in found


def test_as_of_an_entry_is_what_was_so_then(busy: cl.Ledger) -> None:
    then = busy.as_of(entry=busy.issuances("hydro")[0].n).cad_trust_units("hydro")
    assert by_status(then) == {"Held": 90, "Buffer": 10}
    assert len(then.issuances) == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"unit_type": "Reduction"}, "unit_type 'Reduction': expected one of Avoidance"),
        ({"unit_type": []}, "unit_type"),
        ({"issuance_ids": ["a"]}, "expected a mapping of issuanceId to id"),
        ({"issuance_ids": {"x/1": UUID}}, "'x/1' is no issuance of the project with units"),
        ({"issuance_ids": {5: UUID}}, "5 is no issuance"),
        ({"issuance_ids": {"@": "1"}}, "'1' of .*: expected a UUID in lower case"),
        ({"issuance_ids": {"@": 5}}, "5 of .*: expected a UUID"),
    ],
)
def test_arguments_that_cannot_be_used(busy: cl.Ledger, arguments: dict[str, Any], named: str) -> None:
    if "issuance_ids" in arguments and "@" in arguments["issuance_ids"]:
        name = f"{busy.ledger_id}/{busy.issuances('hydro')[0].n}"
        arguments = {"issuance_ids": {name: arguments["issuance_ids"]["@"]}}
    with pytest.raises(QuantityError, match=named):
        busy.cad_trust_units("hydro", **arguments)


def test_what_cannot_be_asked(ledger: cl.Ledger) -> None:
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="w", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    with pytest.raises(RefusedError, match="a unit of I-REC-E is 1 MWh, and CAD Trust has tonnes of CO2e") as refused:
        ledger.cad_trust_units("w")
    assert refused.value.rule == "not-credits"
    with pytest.raises(UnknownProjectError):
        ledger.cad_trust_units("nothing")
    set_up_twice = cl.open_ledger(":memory:")
    set_up(set_up_twice)
    found = set_up_twice.cad_trust_units("hydro")
    assert (found.records, found.issuances, found.unsaid) == ((), (), ())
    with pytest.raises(PeriodError):
        set_up_twice.cad_trust_units("hydro", at="yesterday")
