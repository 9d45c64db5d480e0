"""A certificate shows the claim and the units of one retirement, and proves both with receipts."""

import json
import re
from pathlib import Path

import pytest
from tests.conftest import EVIDENCE, device
from tests.support.html_pages import Page
from tests.support.other_registry import GCC, PRODUCTION, gs
from tests.support.reported_ledgers import ARABIC, BAKU, LONG, begun, full, hostile, hourly

import carbon_ledger as cl
from carbon_ledger import signing

SIGNER = signing.generate_signer("log.example/one")


def certificate(ledger: cl.Ledger, folder: Path, number: int | str, **more: object) -> str:
    path = folder / "certificate.html"
    path.unlink(missing_ok=True)
    digest = ledger.retirement_certificate(number, path, **more)  # type: ignore[arg-type]
    assert digest == cl.digest_file(path)
    return path.read_text(encoding="utf-8")


def receipts_of(page: str) -> list[int]:
    (text,) = re.findall(r'<script type="application/json" id="ledger-proof-data">(.*?)</script>', page, re.DOTALL)
    return [item["n"] for item in json.loads(text)["receipts"]]


def test_the_certificate_has_the_claim_and_the_units(tmp_path: Path) -> None:
    ledger = full(tmp_path)
    (item,) = ledger.retirements("op")
    page = Page(certificate(ledger, tmp_path, item.number))
    for words in (item.number, item.beneficiary, item.purpose, "3 of 1 MWh", "3 MWh", str(item.block), "Operator"):
        assert words in page.text
    (row,) = page.rows("The retired units")
    batch = ledger.batches("p")[0]
    assert (row["units"], row["vintage"], row["issued by"]) == ("3", "2025", f"entry {batch.batch_id.split('/')[2]}")
    (plant,) = page.rows("The plants that generated the electricity")
    assert (plant["plant"], plant["capacity"], plant["country"]) == ("Plant", "100 MW", "AZ")
    assert "without a receipt" in page.text


def test_with_a_checkpoint_it_has_receipts_of_the_retirement_and_the_issuance(tmp_path: Path) -> None:
    ledger = full(tmp_path)
    published = ledger.publish(tmp_path / "log", signer=SIGNER)
    (item,) = ledger.retirements("op")
    page = certificate(ledger, tmp_path, item.n, checkpoint=published)
    assert receipts_of(page) == [item.n, int(item.block.batch_id.rpartition("/")[2])]
    assert "without a receipt" not in Page(page).text
    assert certificate(ledger, tmp_path, item.n, checkpoint=published.note) == page


def test_a_checkpoint_older_than_the_retirement_is_refused(tmp_path: Path) -> None:
    ledger = hourly()
    published = ledger.publish(tmp_path / "log", signer=SIGNER)
    item = ledger.retire(
        ledger.batches("p")[0].take(2), beneficiary="B", purpose="use", period=cl.Period.year(2025, zone=BAKU)
    )
    with pytest.raises(cl.errors.StoreError, match="older than the retirement"):
        certificate(ledger, tmp_path, item.n, checkpoint=published)
    assert not (tmp_path / "certificate.html").exists()


def test_there_is_no_certificate_of_anything_else(tmp_path: Path) -> None:
    ledger = full(tmp_path)
    for wrong in (0, -1, 10_000, "test/0", "other/57", None):
        with pytest.raises(cl.errors.RefusedError):
            certificate(ledger, tmp_path, wrong)  # type: ignore[arg-type]


def test_imported_units_have_the_serial_of_the_other_registry(tmp_path: Path) -> None:
    ledger = begun()
    ledger.open_account("op", name="Op")
    ledger.register_registry(GCC)
    block = ledger.import_block(
        gs(1, 10),
        registry="gold-standard",
        instrument="GS-VER",
        to="op",
        production=PRODUCTION,
        project="GS1",
        evidence=EVIDENCE,
    )
    item = ledger.retire(block.take(4), beneficiary="B", purpose="use", period=cl.Period.year(2025, zone="UTC"))
    page = Page(certificate(ledger, tmp_path, item.n))
    (row,) = page.rows("The retired units")
    assert row["imported from"] == "gold-standard"
    assert row["serial there"] == gs(1, 4)
    assert "The plants that generated the electricity" not in page.tables


def test_a_plant_without_energy_behind_the_units_did_not_generate_it(tmp_path: Path) -> None:
    """A plant of the project that began later, and the energy of another year in the same issuance, are not named."""
    ledger = begun()
    ledger.open_account("op", name="Op")
    for name, since in (("early", "2020-01-01"), ("later", "2025-01-01")):
        ledger.register_device(device(name, commissioned=since))
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("early", "later")))
    december, january = (cl.Period.month(year, month, zone=BAKU) for year, month in ((2024, 12), (2025, 1)))
    ledger.record_generation("early", december, net="3.5 MWh")
    for name in ("early", "later"):
        ledger.record_generation(name, january, net="2 MWh")
    older, newer = ledger.issue("p", cl.Period.of("2024-12-01", "2025-02-01", zone=BAKU), to="op")
    plants = []
    for batch in (older, newer):
        made = ledger.retire(
            batch, beneficiary="B", purpose="use", period=cl.Period.of("2024-12-01", "2025-02-01", zone=BAKU)
        )
        page = Page(certificate(ledger, tmp_path, made.number))
        plants.append([row["plant"] for row in page.rows("The plants that generated the electricity")])
    assert plants == [["Early"], ["Early", "Later"]]


def test_granular_units_name_the_plant_that_generated_them(tmp_path: Path) -> None:
    ledger = begun()
    ledger.open_account("op", name="Op")
    for name in ("one", "two"):
        ledger.register_device(device(name))
    ledger.register_project(cl.Project(id="h", instrument="GC", zone="UTC", devices=("one", "two")))
    hour = cl.Period.of("2025-05-01T00:00Z", "2025-05-01T01:00Z")
    for name in ("one", "two"):
        ledger.record_readings(name, start=hour.start, step="1 hour", net_wh=[5])
    (batch,) = (batch for batch in ledger.issue("h", hour, to="op") if batch.device == "two")
    item = ledger.retire(batch.take(2), beneficiary="B", purpose="use", period=hour)
    page = Page(certificate(ledger, tmp_path, item.n))
    assert [row["plant"] for row in page.rows("The plants that generated the electricity")] == ["Two"]
    assert "2 Wh" in page.text


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    ledger = hostile()
    (item,) = ledger.retirements("long")
    page = Page(certificate(ledger, tmp_path, item.n))
    assert {tag for tag, _ in page.tags} & {"img", "iframe", "a", "form"} == set()
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 2
    assert LONG in page.text
    assert ARABIC in page.text
    assert "\u202e" not in page.text
