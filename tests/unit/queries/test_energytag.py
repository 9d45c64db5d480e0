"""EnergyTag bundles: quantities sum to the ledger's, statuses are EnergyTag's, and nothing is left out in silence."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest
from tests.conftest import EVIDENCE, device
from tests.support import hourly_plant

import carbon_ledger as cl
from carbon_ledger.core.state.rows import EXPIRED, STATES
from carbon_ledger.errors import PeriodError, QuantityError, RefusedError, UnknownAccountError, UnknownProjectError
from carbon_ledger.exchange.energytag import COLUMNS, NO_STATUSES, STATUSES, EnergyTagBundles

# The values of certificate_status in the EnergyTag API specification.
ENERGYTAG = {"Active", "Cancelled", "Claimed", "Expired", "Withdrawn", "Locked", "Reserved"}


@pytest.fixture
def busy(ledger: cl.Ledger) -> cl.Ledger:
    """Hours of 300, 0, 200 and 100 Wh of two accounts, in every state; and units of another kind."""
    ledger.register_device(device("plant", zone="UTC", latitude="40.25", longitude="-46.125"))
    ledger.register_device(device("other", zone="UTC"))
    ledger.register_project(cl.Project(id="h", instrument="GC", zone="UTC", devices=("plant",)))
    ledger.register_project(cl.Project(id="w", instrument="I-REC-E", zone="UTC", devices=("other",)))
    period = hourly_plant.record(ledger, [300, 0, 200, 100])
    (batch,) = ledger.issue("h", period, to="op", buffer="0.1")
    ledger.record_readings("other", start=period.start, step="1 hour", net_wh=[10**6, 10**6], evidence=EVIDENCE)
    ledger.issue("w", hourly_plant.hours(0, 2), to="op")
    parts = batch.take(540).cut(50, 60, 70, 80, 90, 40, 10)
    ledger.retire(parts[0], beneficiary="B", purpose="use", period=period)
    ledger.cancel(parts[1], reason="a mistake")
    ledger.transfer(parts[2], to="buyer")
    ledger.lock(parts[3], reason="a dispute")
    ledger.offer(parts[4], to="buyer")
    ledger.withdraw(parts[5], reason="too many")
    ledger.export(parts[6], to_registry="other", reference="7")
    ledger.label(parts[3], "tag:north", evidence=EVIDENCE, reason="a letter")
    return ledger


def by_status(found: EnergyTagBundles) -> Counter[str]:
    count: Counter[str] = Counter()
    for record in found.records:
        count[str(record["certificate_status"])] += int(str(record["bundle_quantity"]))
    return count


def by_state(items: Iterable[cl.Unsaid]) -> dict[str, int]:
    return {item.what: item.units for item in items if item.kind == "no-status"}


def test_every_state_of_units_has_a_status_or_a_reason() -> None:
    assert {*STATUSES, *NO_STATUSES} == {*STATES, EXPIRED}
    assert not set(STATUSES) & set(NO_STATUSES)
    assert set(STATUSES.values()) <= ENERGYTAG
    assert len(set(STATUSES.values())) == len(STATUSES)


def test_quantities_sum_to_the_ledger_and_what_has_no_status_is_listed(busy: cl.Ledger) -> None:
    found = busy.energytag_bundles()
    assert by_status(found) == {
        "Claimed": 50, "Cancelled": 60, "Active": 140 + 70, "Locked": 80, "Withdrawn": 40,
    }  # fmt: skip
    assert by_state(found.unsaid) == {"pending": 90, "buffered": 60, "exported": 10}
    assert (found.quantity, found.left_out) == (440, 160)
    assert found.quantity + found.left_out == sum(batch.count for batch in busy.batches("h")) == 600
    pending = next(item for item in found.unsaid if item.what == "pending")
    assert sum(block.count for block in pending.blocks) == 90


def test_an_account_has_what_its_balance_counts(busy: cl.Ledger) -> None:
    total = 0
    for account in ("op", "buyer"):
        found, balance = busy.energytag_bundles(account), busy.balance(account, instrument="GC")
        expected = {status: getattr(balance, state) for state, status in STATUSES.items()}
        assert by_status(found) == {status: count for status, count in expected.items() if count}
        assert by_state(found.unsaid) == {
            state: getattr(balance, state) for state in NO_STATUSES if getattr(balance, state)
        }
        assert {record["account_id"] for record in found.records} == {account}
        assert found.records == busy.energytag_bundles(account, project="h").records
        total += found.quantity + found.left_out
    assert total == 600


def test_a_project_has_its_own_certificates_alone(ledger: cl.Ledger) -> None:
    hourly_plant.set_up(ledger)
    ledger.register_device(device("second", zone="UTC"))
    ledger.register_project(cl.Project(id="h2", instrument="GC", zone="UTC", devices=("second",)))
    hourly_plant.issue(ledger, [3])
    ledger.issue("h2", hourly_plant.record(ledger, [4], name="second"), to="op")
    for account in (None, "op"):
        assert ledger.energytag_bundles(account).quantity == 7
        assert ledger.energytag_bundles(account, project="h").quantity == 3
        assert {item["device_id"] for item in ledger.energytag_bundles(account, project="h2").records} == {"second"}


def test_bundles_are_of_one_hour_and_cover_each_unit_once(busy: cl.Ledger) -> None:
    records = busy.energytag_bundles().records
    covered: list[int] = []
    for record in records:
        first, last = (int(str(record[f"bundle_id_range_{end}"])) for end in ("start", "end"))
        assert record["bundle_quantity"] == last - first + 1
        assert record["face_value"] == 1
        covered += range(first, last + 1)
        hour = {"00": "1-300", "02": "301-500", "03": "501-600"}[str(record["production_starting_interval"])[11:13]]
        assert str(record["issuance_id"]).endswith(f"/{hour}")
    assert len(covered) == len(set(covered))
    assert {str(record["production_ending_interval"])[10:] for record in records} == {
        "T01:00:00Z", "T03:00:00Z", "T04:00:00Z",
    }  # fmt: skip


def test_the_fields_of_a_bundle(busy: cl.Ledger) -> None:
    first = busy.energytag_bundles(issuing_body="An agency").records[0]
    assert tuple(first) == COLUMNS
    assert {name: value for name, value in first.items() if value is not None} == {
        "issuance_id": f"{busy.batches('h')[0].batch_id}/1-300",
        "certificate_status": "Claimed",
        "account_id": "op",
        "bundle_id_range_start": 1,
        "bundle_id_range_end": 50,
        "bundle_quantity": 50,
        "energy_carrier": "Electricity",
        "energy_source": "Hydro",
        "face_value": 1,
        "issuance_post_energy_carrier_conversion": False,
        "device_id": "plant",
        "device_name": "Plant",
        "device_technology_type": "hydro/run-of-river",
        "device_production_start_date": "2020-01-01",
        "device_capacity": 100_000_000,
        "device_location": ("40.25", "-46.125"),
        "device_type": "production",
        "production_starting_interval": "2024-05-01T00:00:00Z",
        "production_ending_interval": "2024-05-01T01:00:00Z",
        "issuance_datestamp": busy.entry(busy.issuances("h")[0].n).at[:10],
        "is_storage": False,
        "country_of_issuance": "AZ",
        "connected_grid_identification": "AZ",
        "issuing_body": "An agency",
    }


def test_what_bundles_cannot_say(busy: cl.Ledger) -> None:
    found = {item.what: item for item in busy.energytag_bundles().unsaid}
    assert (found["labels"].kind, found["labels"].units) == ("no-field", 80)
    assert found["beneficiary, purpose and reporting period"].units == 50
    assert found["reason of the cancellation"].units == 60
    assert found["readings and their evidence"].units == 600
    assert (
        found["registry_configuration"].units == found["issuing_body"].units == found["expiry_datestamp"].units == 440
    )
    assert "device_location" not in found
    assert "waivers of the issuance" not in found
    assert "issuing_body" not in {item.what for item in busy.energytag_bundles(issuing_body="A").unsaid}


def test_waivers_and_a_device_without_coordinates_are_listed(ledger: cl.Ledger) -> None:
    hourly_plant.set_up(ledger)
    hourly_plant.record(ledger, [5, 6])
    ledger.issue("h", hourly_plant.hours(0, 3), to="op", waivers=[cl.Waiver("gap", "the logger was down")])
    found = {item.what: item.units for item in ledger.energytag_bundles().unsaid}
    assert found["waivers of the issuance"] == found["device_location"] == 11


def test_the_same_ledger_gives_the_same_bytes_without_floats_or_formulas(busy: cl.Ledger, tmp_path: Path) -> None:
    found = busy.energytag_bundles()
    again = busy.energytag_bundles()
    assert (found.to_json(), found.to_csv(), str(found)) == (again.to_json(), again.to_csv(), str(again))

    def refuse(text: str) -> float:
        raise AssertionError(text)

    document = json.loads(found.to_json(), parse_float=refuse)
    assert [item["bundle_quantity"] for item in document["bundles"]] == [r["bundle_quantity"] for r in found.records]
    assert document["bundles"][0]["device_location"] == ["40.25", "-46.125"]
    assert [item["what"] for item in document["unsaid"]] == [item.what for item in found.unsaid]
    assert document["state"] == {
        "ledger": busy.ledger_id, "entries": busy.size, "root": busy.root(), "at": found.state.to_record()["at"],
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(found.to_csv(), newline="")))
    assert sum(int(row["bundle_quantity"]) for row in rows) == 440
    assert {row["is_storage"] for row in rows} == {"false"}
    found.save(tmp_path / "bundles.csv")
    assert (tmp_path / "bundles.csv").read_bytes() == found.to_csv().encode()


def test_a_name_that_is_a_formula_is_written_with_an_apostrophe(ledger: cl.Ledger) -> None:
    ledger.register_device(cl.Device.from_record(device("plant", zone="UTC").to_record() | {"name": "=1+1"}))
    ledger.register_project(cl.Project(id="h", instrument="GC", zone="UTC", devices=("plant",)))
    hourly_plant.issue(ledger, [5])
    found = ledger.energytag_bundles()
    assert next(csv.DictReader(io.StringIO(found.to_csv())))["device_name"] == "'=1+1"
    assert found.records[0]["device_name"] == json.loads(found.to_json())["bundles"][0]["device_name"] == "=1+1"


def test_expired_certificates_are_expired_at_the_time_asked_about(ledger: cl.Ledger) -> None:
    instrument = attrs.evolve(cl.instruments.BUILTIN["GC"], id="GC-24", valid_months=24)
    hourly_plant.set_up(ledger, instrument=instrument)
    batch = hourly_plant.issue(ledger, [5, 6])
    ledger.retire(batch.take(2), beneficiary="B", purpose="use", period=batch.production)
    assert by_status(ledger.energytag_bundles()) == {"Claimed": 2, "Active": 9}
    late = ledger.energytag_bundles(at="2026-05-02T00:00Z")
    assert by_status(late) == {"Claimed": 2, "Expired": 9}
    assert {item["expiry_datestamp"] for item in late.records} == {"2026-05-01"}
    assert late.state.at == datetime(2026, 5, 2, tzinfo=UTC)
    assert "expiry_datestamp" not in {item.what for item in late.unsaid}


def test_as_of_an_entry_is_what_was_so_then(busy: cl.Ledger) -> None:
    (row,) = busy.issuances("h")
    then = busy.as_of(entry=row.n).energytag_bundles()
    assert by_status(then) == {"Active": 540}
    assert by_state(then.unsaid) == {"buffered": 60}
    assert len(then.records) == 3
    assert then.state.entries == row.n + 1


def test_a_device_is_described_as_it_was_in_the_hour(busy: cl.Ledger) -> None:
    busy.amend_device("plant", effective="2024-05-02", evidence=EVIDENCE, reason="why", capacity="120 MW", name="Two")
    hourly_plant.record(busy, [7], first=30)
    busy.issue("h", hourly_plant.hours(30, 31), to="op")
    found = busy.energytag_bundles("op").records
    assert {(item["device_name"], item["device_capacity"]) for item in found if item["bundle_quantity"] == 7} == {
        ("Two", 120_000_000)
    }
    assert (found[0]["device_name"], found[0]["device_capacity"]) == ("Plant", 100_000_000)


def test_a_ledger_without_certificates_gives_an_empty_document(ledger: cl.Ledger) -> None:
    found = ledger.energytag_bundles()
    assert (found.records, found.unsaid, found.quantity) == ((), (), 0)
    assert found.to_csv() == ",".join(COLUMNS) + "\r\n"
    assert str(found) == "EnergyTag bundles: 0 of 0 Wh, 0 Wh left out"


def test_what_cannot_be_asked(busy: cl.Ledger) -> None:
    with pytest.raises(RefusedError, match="I-REC-E is not granular") as refused:
        busy.energytag_bundles(project="w")
    assert refused.value.rule == "not-granular"
    with pytest.raises(UnknownAccountError):
        busy.energytag_bundles("nobody")
    with pytest.raises(UnknownProjectError):
        busy.energytag_bundles(project="nothing")
    with pytest.raises(QuantityError, match="issuing_body"):
        busy.energytag_bundles(issuing_body="two\nlines")
    with pytest.raises(PeriodError):
        busy.energytag_bundles(at="yesterday")
    assert busy.energytag_bundles("op", project="h").records
