"""A published log with public views: a seller who is public, a buyer who is not, retirements, and imported units."""

import json
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from tests.conftest import Clock, device
from tests.support.other_registry import gs, import_serial
from tests.support.places import ROOT
from tests.support.published_log import SIGNER

import carbon_ledger as cl

BAKU: Final = "Asia/Baku"
MAY: Final = cl.Period.month(2025, 5, zone=BAKU)
JUNE: Final = cl.Period.month(2025, 6, zone=BAKU)
YEAR: Final = cl.Period.year(2025, zone="UTC")
# What no view may show unless the publisher says so.
SECRETS: Final = ("Secret Buyer Ltd", "hidden-buyer", "Beneficiary AG", "an order of Beneficiary AG", "PO 4711")
SCHEMAS: Final = ROOT / "docs" / "reference" / "schemas"


def traded(path: Path | str = ":memory:", clock: Clock | None = None) -> cl.Ledger:
    """A ledger in which `seller` sold to `hidden-buyer`, who retired units, and holds imported ones."""
    ledger = cl.open_ledger(path, ledger_id="views", clock=clock or Clock(), by="registrar")
    ledger.open_account("seller", name="The Seller")
    ledger.open_account("hidden-buyer", name="Secret Buyer Ltd")
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="go", instrument="EECS-GO", zone=BAKU, devices=("plant",)))
    for period in (MAY, JUNE):
        ledger.record_generation("plant", period, net="100 MWh")
        ledger.issue("go", period, to="seller")
    first, second = ledger.batches("go")
    sold = ledger.transfer(first.take(60), to="hidden-buyer")
    claim = {"beneficiary": "Beneficiary AG", "purpose": "an order of Beneficiary AG", "period": YEAR}
    ledger.retire(sold.take(25), **claim, reference="PO 4711")
    ledger.retire(second.take(5), **claim)
    imported = import_serial(ledger, gs(1, 10), to="hidden-buyer")
    ledger.retire(imported.take(4), **claim)
    return ledger


def publish(ledger: cl.Ledger, place: Path, **public: Any) -> cl.Published:
    return ledger.publish(place, signer=SIGNER, views=cl.PublicViews(**public))


def view(place: Path, size: int, name: str) -> dict[str, Any]:
    """A file of the views of a checkpoint, which is valid under the schema of its view."""
    found: dict[str, Any] = json.loads((place / "views" / str(size) / f"{name}.json").read_bytes())
    schema = json.loads((SCHEMAS / f"view-{found['view']}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(found)
    return found


def views_in(place: Path) -> list[Path]:
    return sorted((place / "views").rglob("*.json"))
