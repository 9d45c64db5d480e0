"""A ledger with something of every kind, and valid arguments for every command and query."""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen
from tests.conftest import EVIDENCE, Clock, device
from tests.support.meter_file import LAYOUT, meter_file
from tests.support.other_registry import GCC, PRODUCTION, gs

import carbon_ledger as cl
from carbon_ledger import signing
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.periods.zones import tzdata_release

BAKU: Final = "Asia/Baku"
MARCH, APRIL, MAY, JUNE = (cl.Period.month(2025, k, zone=BAKU) for k in (3, 4, 5, 6))
DAY: Final = cl.Period.of("2025-05-01T00:00Z", "2025-05-01T04:00Z")
NEXT_DAY: Final = "2025-05-02T00:00Z"
GAP: Final = cl.Waiver("gap", "the logger was down")
EXCEPTION = cl.Waiver("crediting-period", "letter 4 of the programme")
EARLY: Final = cl.Waiver("claim-period", "as the contract says")
IMPLAUSIBLE: Final = cl.Waiver("implausible-reading", "the meter was replaced")
ESTIMATED: Final = cl.Waiver("estimated-readings", "the meter was out of order")
TEXT: Final = cl.Waiver("methodology-text", "compared with the published text")
FACTOR: Final = cl.EmissionFactor(
    factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
)
DESCRIBED: Final = "sha256:" + "d" * 64
TAKEN: Final = cl.methodologies.ImportedElectricity(
    amount="1 MWh", meter="station", emission_factor="0.6 tCO2e/MWh", losses="3 %", vintage=2025, source="a test"
)


@frozen
class FilledLedger:
    """A ledger with something of every kind.

    Attributes:
        ledger: The ledger.
        clock: The clock.
        calls: Valid keyword arguments of every command and query, by name. A call with them succeeds.
    """

    ledger: cl.Ledger
    clock: Clock
    calls: Mapping[str, Mapping[str, Any]]


def everything(directory: Path) -> FilledLedger:
    """A filled ledger in memory, published in *directory*."""
    clock = Clock()
    ledger = cl.open_ledger(":memory:", ledger_id="test", clock=clock, by="tester", policy="roles")
    for role in ("meter-operator", "verifier", "issuer"):
        ledger.grant("tester", role)
    ledger.grant("verifier", "verifier")
    for account in ("op", "buyer"):
        ledger.open_account(account, name=account.title())
        ledger.grant("tester", "account-holder", account=account)
    for name in ("plant", "second", "third"):
        ledger.register_device(device(name))
    ledger.register_meter(cl.Meter(id="feeder", shares={"second": 1, "third": 2}))
    ledger.record_meter_readings("feeder", start="2025-08-01T00:00Z", step="1 hour", net_wh=[3, 4])
    ledger.register_registry(GCC)
    project = {"zone": BAKU, "devices": ("plant",)}
    ledger.register_project(cl.Project(id="p", instrument="EECS-GO", requires_approval=True, **project))
    ledger.register_project(cl.Project(id="h", instrument="GC", zone="UTC", devices=("second",)))
    ledger.register_project(
        cl.Project(
            id="credits",
            instrument="GCC-ACC",
            methodology="ACM0002@22.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2021-01-01", 10, zone=BAKU),
            **(project | {"devices": ("third",)}),
        )
    )
    ledger.record_generation("plant", APRIL, net="40 MWh", evidence=EVIDENCE)
    ledger.record_generation("plant", MAY, net="20 MWh")
    ledger.record_generation("third", MAY, net="20 MWh")
    ledger.record_readings("second", start=DAY.start, step="1 hour", net_wh=[100, 200, 0, 50])
    ledger.approve(ledger.quantify("p", APRIL), by="verifier")
    (batch,) = ledger.issue("p", APRIL, to="op", buffer="0.1")
    (hourly,) = ledger.issue("h", DAY, to="op", key="hourly")
    (imported,) = [
        ledger.import_block(
            gs(1, 10),
            registry="gold-standard",
            instrument="GS-VER",
            to="op",
            production=PRODUCTION,
            project="GS1",
            evidence=EVIDENCE,
            labels=["CORSIA"],
        )
    ]
    sold, locked, offered, retired, rest = batch.take(30).cut(3, 3, 3, 3)
    ledger.transfer(sold, to="buyer")
    ledger.lock(locked, reason="a dispute")
    offer = ledger.offer(offered, to="buyer", deadline="2026-02-01T00:00Z")
    retirement = ledger.retire(retired, beneficiary="B", purpose="use", period=APRIL)
    ledger.label(rest.take(3), "tag:north", evidence=EVIDENCE, reason="a letter")
    quantification = ledger.quantify("p", MAY)
    (approval,) = ledger.approve(quantification, by="verifier")
    ledger.grant("y", "account-holder", account="op")
    ledger.adopt_factor(FACTOR)
    ledger.register_device(device("fourth"))
    ledger.register_project(cl.Project(id="w", instrument="I-REC-E", zone=BAKU, devices=("fourth",)))
    ledger.record_generation("fourth", MAY, net="2 MWh")
    ledger.issue("w", MAY, to="op")
    ledger.correct_generation("fourth", MAY, net="5 MWh", reason="misread", evidence=EVIDENCE)
    ledger.describe_document(DESCRIBED, kind="invoice", title="An invoice", layout=LAYOUT)
    ledger.declare_relation("op", "buyer", relation="owner", reason="why")
    ledger.amend_account("op", effective="2025-01-01", evidence=EVIDENCE, reason="why", name="Operator")
    ledger.amend_device("third", effective="2025-09-01", evidence=EVIDENCE, reason="why", capacity="101 MW")
    stated = ledger.state_verification(
        "p",
        APRIL,
        body="Verifiers Ltd",
        opinion="modified",
        assurance="limited",
        quantities={2025: 39},
        report=EVIDENCE,
        size=ledger.size,
        root=ledger.root(),
    )
    late = ledger.offer(batch.take(33).cut(30)[1], to="buyer", deadline="2026-01-01T00:30Z")
    clock.move(hours=1)
    signer = signing.generate_signer("log.example/one")
    published = ledger.publish(directory / "published", signer=signer)
    units = {"block": rest, "from_": "op", "reason": "why"}
    credit = {"project": "credits", "period": MAY, "factor": FACTOR, "waivers": [TEXT, GAP], "emissions": [TAKEN]}
    profile = cl.ConsumptionProfile(start=DAY.start, step="1 hour", consumption_wh=[50, 50, 50, 50])
    amendment = {"effective": "2025-06-01", "evidence": EVIDENCE, "reason": "why"}
    relation = {"account": "op", "other": "buyer", "relation": "owner", "reason": "why", "evidence": EVIDENCE}
    calls: dict[str, dict[str, Any]] = {
        "accept": {"offer": offer},
        "adopt_zone": {"zone": "Europe/London", "release": tzdata_release(), "reason": "why"},
        "advance_clock": {"reason": "nothing was generated"},
        "adopt_methodology": {"methodology": "GCCM001@4.0", "text": EVIDENCE, "note": "compared line by line"},
        "adopt_factor": {"factor": evolve(FACTOR, factor_id="another")},
        "amend_account": amendment | {"account": "buyer", "name": "Buyer 2", "legal_id": "LEI:2", "contact": "desk"},
        "amend_device": amendment
        | {"device": "plant", "capacity": "101 MW", "margin": "1.1", "station_load": "9 MW"}
        | {"name": "Plant 2", "decommissioned": True},
        "approve": {"quantification": ledger.quantify("credits", MAY, factor=FACTOR), "note": "a note"},
        "cancel": units | {"reference": "order 7"},
        "cancel_buffer": units | {"block": batch.cut(batch.count - 2)[1]},
        "convert": {"issuance": hourly, "to_instrument": "I-REC-E", "reason": "why", "from_": "op"},
        "correct_generation": {
            "waivers": [IMPLAUSIBLE, ESTIMATED],
            "device": "plant",
            "period": MAY,
            "net": "19 MWh",
            "gross": "20 MWh",
            "reason": "why",
            "evidence": EVIDENCE,
            "rounding": cl.Rounding("floor", places=0),
            "quality": "estimated",
            "export": "20 MWh",
            "import_": "1 MWh",
            "invoiced": ("20 MWh", "1 MWh"),
        },
        "correct_readings": {
            "waivers": [IMPLAUSIBLE, ESTIMATED],
            "device": "second",
            "start": DAY.start,
            "step": "1 hour",
            "net_wh": [1, 2],
            "gross_wh": [2, 3],
            "reason": "why",
            "evidence": EVIDENCE,
            "zone": "UTC",
            "quality": "estimated",
            "export_wh": [2, 3],
            "import_wh": [1, 1],
            "invoiced": ("1 kWh", "1 kWh"),
        },
        "declare_relation": relation | {"relation": "same-group"},
        "describe_document": {
            "document": EVIDENCE,
            "kind": "letter",
            "title": "A letter",
            "issuer": "A utility",
            "issued": "2025-06-02",
            "covers_from": "2025-05-01",
            "covers_until": "2025-05-31",
            "holder": "the operator",
            "layout": LAYOUT,
        },
        "end_relation": relation,
        "export": {"block": rest, "from_": "op", "to_registry": "other", "reference": "7"},
        "grant": {"actor": "x", "role": "account-holder", "account": "op"},
        "import_block": {
            "serial": gs(11, 20),
            "registry": "gold-standard",
            "instrument": "GS-VER",
            "to": "op",
            "production": PRODUCTION,
            "project": "GS1",
            "evidence": EVIDENCE,
            "vintage": 2025,
            "count": 10,
            "labels": ["E+"],
            "buffer": "10%",
        },
        "issue": credit | {"to": "op", "buffer": "10%", "expect": 9},
        "issue_carry": {"project": "w", "to": "op", "buffer": "10%", "expect": 3},
        "label": units | {"label": "CORSIA", "evidence": EVIDENCE},
        "lock": units | {"evidence": EVIDENCE},
        "backup": {"path": str(directory / "copy.db")},
        "offer": {"block": rest, "to": "buyer", "from_": "op", "deadline": "2026-02-01T00:00Z", "reference": "C-1"},
        "open_account": {"account": "new", "name": "New", "legal_id": "LEI:1", "contact": "desk"},
        "publish": {"directory": directory / "published", "signer": signer, "views": cl.PublicViews(accounts=["op"])},
        "correct_meter": {
            "meter": "feeder",
            "start": "2025-08-01T00:00Z",
            "step": "1 hour",
            "net_wh": [5, 6],
            "reason": "why",
            "evidence": EVIDENCE,
            "zone": "UTC",
            "waivers": [IMPLAUSIBLE, ESTIMATED],
            "quality": "estimated",
            "export_wh": [7, 7],
            "import_wh": [2, 1],
            "invoiced": ("1 kWh", "1 kWh"),
        },
        "record_generation": {
            "waivers": [IMPLAUSIBLE],
            "device": "plant",
            "period": JUNE,
            "net": "1 MWh",
            "gross": "2 MWh",
            "evidence": EVIDENCE,
            "rounding": cl.Rounding("floor", places=0),
            "quality": "estimated",
            "export": "2 MWh",
            "import_": "1 MWh",
            "invoiced": ("2 MWh", "1 MWh"),
        },
        "record_meter": {
            "waivers": [IMPLAUSIBLE],
            "meter": "feeder",
            "period": JUNE,
            "net": "1 MWh",
            "evidence": EVIDENCE,
            "rounding": cl.Rounding("floor", places=0),
            "quality": "estimated",
            "export": "2 MWh",
            "import_": "1 MWh",
            "invoiced": ("2 MWh", "1 MWh"),
        },
        "record_meter_readings": {
            "waivers": [IMPLAUSIBLE],
            "meter": "feeder",
            "start": "2025-07-01T00:00Z",
            "step": "1 hour",
            "net_wh": [5, 6],
            "zone": "UTC",
            "evidence": EVIDENCE,
            "quality": "estimated",
            "export_wh": [7, 7],
            "import_wh": [2, 1],
            "invoiced": ("1 kWh", "1 kWh"),
        },
        "record_readings": {
            "waivers": [IMPLAUSIBLE],
            "device": "second",
            "start": NEXT_DAY,
            "step": "1 hour",
            "net_wh": [5, 6],
            "gross_wh": [7, 8],
            "zone": "UTC",
            "evidence": EVIDENCE,
            "quality": "estimated",
            "export_wh": [7, 7],
            "import_wh": [2, 1],
            "invoiced": ("1 kWh", "1 kWh"),
        },
        "record_calibration": {
            "meter": "feeder",
            "due": "2025-05-01",
            "done": "2025-05-02",
            "next_due": "2026-05-01",
            "maximum_error": "0.2 %",
            "export_error": "0.1 %",
            "import_error": "0.3 %",
            "laboratory": "Metrology",
            "evidence": EVIDENCE,
        },
        "record_many": {"runs": [("second", meter_run())], "evidence": EVIDENCE, "waivers": [IMPLAUSIBLE]},
        "record_meter_file": {"subject": "second", "file": meter_file(meter_run()), "meter": ""}
        | {"already": "correct", "reason": "why", "waivers": [IMPLAUSIBLE, ESTIMATED]},
        "record_run": {"device": "second", "run": meter_run(), "evidence": EVIDENCE, "quality": "estimated"}
        | {"waivers": [IMPLAUSIBLE]},
        "register_device": {"device": device("new")},
        "register_meter": {"meter": cl.Meter(id="new", shares={"plant": 1})},
        "register_project": {"project": cl.Project(id="new", instrument="I-REC-E", zone=BAKU, devices=("plant",))}
        | {"waivers": [EXCEPTION]},
        "register_registry": {"registry": "verra"},
        "reject": {"offer": offer.n, "reason": "why"},
        "release": units | {"block": locked},
        "release_buffer": units | {"block": batch.cut(batch.count - 2)[1]},
        "retire": {"block": rest, "from_": "op", "beneficiary": "B", "purpose": "use", "period": MAY, "reference": "7"}
        | {"waivers": [EARLY]},
        "revoke": {"actor": "y", "role": "account-holder", "account": "op", "reason": "why"},
        "revoke_approval": {"approval": approval, "reason": "why"},
        "revoke_offer": {"offer": offer, "reason": "why"},
        "state_verification": {
            "project": "p",
            "period": APRIL,
            "body": "Verifiers Ltd",
            "accreditation": "D-VS-1",
            "opinion": "unmodified",
            "assurance": "reasonable",
            "quantities": {2025: 40},
            "report": EVIDENCE,
            "size": ledger.size,
            "root": ledger.root(),
            "open_requests": {"FAR-1": "Calibrate the meter."},
            "replaces": stated,
        },
        "time_out": {"offer": late},
        "transfer": {"block": rest, "to": "buyer", "from_": "op", "reference": "order 7"},
        "unlabel": units | {"block": rest.take(3), "label": "tag:north", "evidence": EVIDENCE},
        "void": {"issuance": hourly, "reason": "why"},
        "withdraw": units,
    }
    for name, arguments in calls.items():
        given = inspect.signature(getattr(cl.Ledger, name)).parameters
        calls[name] = {"key": "k", "by": "tester"} | arguments if "key" in given else arguments
    calls |= {
        "account": {"name": "op", "at": "2026-01-01T00:30Z"},
        "actors": {"role": "auditor"},
        "amendments": {"device": None, "account": "op"},
        "approvals": {"project": "p"},
        "attestations": {"methodology": "GCCM001@4.0"},
        "as_of": {"time": "2026-01-01T00:30Z", "zone": "UTC"},
        "audit": {"workers": 1, "progress": None, "methodologies": []},
        "balance": {"account": "op", "instrument": "I-REC-E", "at": "2026-01-01T00:30Z"},
        "batches": {"project": "p"},
        "cad_trust_units": {
            "project": "credits",
            "unit_type": "Reduction - technical",
            "issuance_ids": {},
            "at": "2026-01-01T00:30Z",
        },
        "calibrations": {"meter": "feeder"},
        "carry": {"project": "p"},
        "changes": {"since": published},
        "claims": {"device": "plant", "period": APRIL},
        "batch": {"batch_id": batch.batch_id},
        "device": {"name": "plant", "at": "2026-01-01T00:30Z"},
        "devices": {"at": "2026-01-01T00:30Z"},
        "entries": {"start": 3},
        "document": {"digest": DESCRIBED},
        "energytag_bundles": {"account": "op", "project": "h", "issuing_body": "An agency", "at": "2026-01-01T00:30Z"},
        "entry": {"n": 3},
        "entry_bytes": {"thing": retirement},
        "expired": {"account": "op", "at": "2026-01-01T00:30Z"},
        "factor": {"name": "f"},
        "generation_by": {"interval": "day", "period": DAY, "device": "second"},
        "generation": {"device": "plant", "period": MAY},
        "grammar": {"registry": "gcc"},
        "holdings": {"account": "op", "state": "active", "production": APRIL, "at": "2026-01-01T00:30Z"},
        "hours": {"block": hourly},
        "issuances": {"project": "p"},
        "labels": {"block": rest},
        "late_calibrations": {"project": "p"},
        "match": {"account": "op", "profile": profile, "instrument": "GC", "device": "second", "order": "oldest-first"},
        "meter": {"name": "feeder"},
        "meter_layout": {"digest": DESCRIBED},
        "monitoring_report": {"project": "p", "period": MAY, "quantification": quantification},
        "offers": {"account": "op"},
        "positions": {
            "account": "op",
            "instrument": "GCC-ACC",
            "project": "p",
            "vintage": 2025,
            "state": "active",
            "at": "2026-01-01T00:30Z",
        },
        "project": {"name": "p"},
        "quantify": credit,
        "quantify_carry": {"project": "w"},
        "readings": {"device": "plant", "period": MAY, "superseded": True},
        "receipt": {"thing": 3, "checkpoint": published},
        "reconcile": {"project": "p", "period": MAY},
        "registry_serial": {"block": imported},
        "relations": {"account": "op"},
        "report": {"path": str(directory / "report.html"), "projects": ["p"], "accounts": ["op"], "title": "A report"}
        | {"prepared_by": "An operator", "checkpoint": published, "audit_report": None},
        "review": {"scope": ["p"], "since": 3, "parameters": cl.ReviewParameters()},
        "review_page": {"path": str(directory / "review.html"), "review": None, "sample": None, "found": None}
        | {
            "changes": None,
            "evidence": None,
            "dispositions": cl.Dispositions(),
            "materiality": None,
            "title": "A review",
        }
        | {"prepared_by": "An auditor", "checkpoint": published, "audit_report": None},
        "retirement": {"number": retirement.number},
        "retirement_certificate": {"number": retirement.number, "path": str(directory / "certificate.html")}
        | {"title": "A certificate", "prepared_by": "An operator", "checkpoint": published},
        "retirements": {"account": "op"},
        "roles": {"actor": "x"},
        "sample": {"seed": "a seed", "scope": ["p"], "confidence_percent": 90, "tolerable": "10%"},
        "statement": {"account": "op", "since": "2026-01-01T00:00Z", "until": "2026-01-01T00:30Z"},
        "verify_evidence": {"folder": str(directory)},
        "values": {"device": "plant", "period": MAY},
        "trace": {"serial": f"{batch.batch_id}/1"},
        "verifications": {"project": "p"},
        "volumes": {"device": "plant", "period": MAY},
        "write_workpaper": {"path": str(directory / "workpaper.xlsx"), "review": None, "sample": None, "found": None}
        | {"changes": None, "evidence": None, "dispositions": cl.Dispositions()},
    }
    return FilledLedger(ledger, clock, calls)


def meter_run() -> object:
    """A run of readings, as it is read from a meter file."""
    from carbon_ledger.metering.readings import Readings

    return Readings(start_utc=1_746_144_000, step_s=3_600, net_wh=[5, 6])


def method_of(made: FilledLedger, name: str) -> Callable[..., object]:
    """The method with a name: a command, or a query."""
    return getattr(made.ledger if hasattr(cl.Ledger, name) else Reader, name)
