"""Public views: what they show, of whom, and as of when; and that nothing private is in them unless it is asked for."""

import json
from itertools import chain
from pathlib import Path

import pytest
from tests.conftest import Clock, device
from tests.support.large_values import LARGE_WH
from tests.support.public_views import SECRETS, publish, traded, view, views_in
from tests.support.published_log import KEY

import carbon_ledger as cl
from carbon_ledger.log.bundles import decode_bundle
from carbon_ledger.log.coordinates import Bundle
from carbon_ledger.queries import public_views


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_each_file_states_the_ledger_the_size_and_the_root_of_the_checkpoint(place: Path) -> None:
    published = publish(traded(), place, accounts="all")
    head = {"ledger": "views", "origin": published.origin, "size": published.size, "root": published.root.hex()}
    files = views_in(place)
    assert len(files) == 6
    for path in files:
        found = json.loads(path.read_bytes())
        assert {name: found[name] for name in head} == head


def test_batches_have_their_states_and_are_in_the_order_of_their_entries(place: Path) -> None:
    ledger = traded()
    size = publish(ledger, place).size
    first, second, imported = view(place, size, "batches/0")["items"]
    assert [item["batch"] for item in (first, second)] == [batch.batch_id for batch in ledger.batches("go")]
    assert (first["units"], first["states"]) == (100, {"active": 75, "retired": 25})
    assert (second["units"], second["states"]) == (100, {"active": 95, "retired": 5})
    assert (imported["registry"], imported["states"]) == ("gold-standard", {"active": 6, "retired": 4})
    assert imported["serial"].startswith("GS1-1-AZ")
    assert view(place, size, "index")["views"]["batches"] == {"items": 3, "pages": 1}


def test_retirements_are_proved_by_the_published_files_alone(place: Path) -> None:
    """Each receipt with the entry from the bundles, as a third party would do it."""
    ledger = traded()
    size = publish(ledger, place).size
    entries = decode_bundle(Bundle(0, size), (place / Bundle(0, size).path).read_bytes())
    items = view(place, size, "retirements/0")["items"]
    assert [item["retirement"] for item in items] == [found.number for found in ledger.retirements()]
    for item in items:
        (receipt,) = item["receipts"]
        proved = cl.verify_receipt(receipt["proof"].encode(), entries[receipt["entry"]], KEY)
        assert proved.entry.n == item["entry"]
        event = proved.entry.event
        assert item["blocks"] == [str(cl.Block(event["batch"], event["first"], event["last"]))]
        assert item["period"] == event["reporting_period"]
        assert proved.checkpoint.root.hex() == view(place, size, "index")["root"]
    assert [item["units"] for item in items] == [25, 5, 4]
    assert items[2]["imported"][0]["registry"] == "gold-standard"


def test_nothing_private_is_in_a_view_by_default(place: Path) -> None:
    publish(traded(), place)
    text = b"".join(path.read_bytes() for path in views_in(place)).decode()
    assert [secret for secret in (*SECRETS, "The Seller", '"seller"') if secret in text] == []
    assert not (place / "views" / "14" / "holdings").exists()


def test_a_public_account_shows_nothing_of_a_private_one(place: Path) -> None:
    publish(traded(), place, accounts=["seller"])
    text = b"".join(path.read_bytes() for path in views_in(place)).decode()
    assert [secret for secret in SECRETS if secret in text] == []
    assert "The Seller" in text


def test_beneficiaries_are_shown_only_if_the_publisher_says_so(place: Path) -> None:
    size = publish(traded(), place, beneficiaries=True).size
    first = view(place, size, "retirements/0")["items"][0]
    assert (first["beneficiary"], first["reference"]) == ("Beneficiary AG", "PO 4711")
    assert "account" not in first
    text = b"".join(path.read_bytes() for path in views_in(place)).decode()
    assert "hidden-buyer" not in text


def test_holdings_are_the_positions_of_the_public_accounts(place: Path) -> None:
    ledger = traded()
    size = publish(ledger, place, accounts="all").size
    accounts = view(place, size, "accounts/0")["items"]
    assert [item["account"] for item in accounts] == ["seller", "hidden-buyer"]
    for item in accounts:
        held = view(place, size, f"{item['holdings']['path']}/0")
        positions = ledger.positions(item["account"])
        assert [(each["block"], each["state"]) for each in held["items"]] == [
            (str(p.block), p.state) for p in positions
        ]
        assert item["holdings"]["items"] == len(positions)
    balances = {item["instrument"]: item["states"] for item in accounts[1]["balances"]}
    assert balances == {"EECS-GO": {"active": 35, "retired": 30 - 5}, "GS-VER": {"active": 6, "retired": 4}}


def test_an_account_that_is_not_there_is_refused_and_nothing_is_written(place: Path) -> None:
    with pytest.raises(cl.errors.UnknownAccountError):
        publish(traded(), place, accounts=["nobody"])
    assert not place.exists()


def test_expiry_is_as_of_the_newest_entry_and_not_of_today(place: Path) -> None:
    clock = Clock()
    ledger = traded(clock=clock)
    size = publish(ledger, place).size
    before = (place / f"views/{size}/batches/0.json").read_bytes()
    clock.move(days=399)
    publish(ledger, place)
    assert (place / f"views/{size}/batches/0.json").read_bytes() == before
    ledger.open_account("later", name="Later")
    clock.move(days=399)
    size = publish(ledger, place, accounts="all").size
    batches = view(place, size, "batches/0")["items"]
    assert batches[0]["states"] == {"expired": 75, "retired": 25}
    assert {item["state"] for item in view(place, size, "holdings/id-seller/0")["items"]} == {"expired"}


def test_more_than_2_to_the_53_units_are_text(place: Path) -> None:
    ledger = cl.open_ledger(":memory:", ledger_id="large", clock=Clock(), by="tester")
    ledger.open_account("a", name="A")
    ledger.register_device(device(capacity="9007199254740991 W", zone="UTC"))
    ledger.register_project(cl.Project(id="h", instrument="GC", zone="UTC", devices=("plant",)))
    for k in (0, 1):
        ledger.record_readings("plant", start=f"2025-05-01T0{k}:00Z", step="1 hour", net_wh=[LARGE_WH])
        ledger.issue("h", cl.Period.of(f"2025-05-01T0{k}:00Z", f"2025-05-01T0{k + 1}:00Z"), to="a")
    size = publish(ledger, place, accounts="all").size
    (account,) = view(place, size, "accounts/0")["items"]
    assert account["balances"] == [{"instrument": "GC", "states": {"active": str(2 * LARGE_WH)}}]
    assert [item["units"] for item in view(place, size, "batches/0")["items"]] == [LARGE_WH, LARGE_WH]


def test_lists_that_are_cut_say_how_much_is_left_out(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_views, "MOST_BLOCKS", 3)
    ledger = traded()
    (first, _) = ledger.batches("go")
    parts = first.cut(*[1] * 99)[61:71:2]
    ledger.retire(list(parts), beneficiary="B", purpose="x", period=cl.Period.year(2025, zone="UTC"), from_="seller")
    size = publish(ledger, place).size
    item = view(place, size, "retirements/0")["items"][-1]
    assert (item["units"], item["blocks"], item["blocks_omitted"]) == (5, [str(block) for block in parts[:3]], 2)


def test_a_retirement_of_several_entries_has_a_receipt_for_each(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = traded()
    (first, _) = ledger.batches("go")
    monkeypatch.setattr("carbon_ledger.core.entries.splitting._ENVELOPE", 65_535 - 320)  # room for two blocks
    parts = first.cut(*[1] * 99)[61:71:2]
    ledger.retire(list(parts), beneficiary="B", purpose="x", period=cl.Period.year(2025, zone="UTC"), from_="seller")
    size = publish(ledger, place).size
    item = view(place, size, "retirements/0")["items"][-1]
    assert (item["entries"], len(item["receipts"])) == (2, 2)
    monkeypatch.setattr(public_views, "MOST_RECEIPTS", 1)
    item = view(place, publish(ledger, place).size, "retirements/0")["items"][-1]
    assert (len(item["receipts"]), item["receipts_omitted"]) == (1, 1)


def test_pages_lead_to_every_item(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from carbon_ledger.publishing import public_views as files

    monkeypatch.setattr(files, "MOST_ITEMS", 2)
    size = publish(traded(), place, accounts="all").size
    found, number = [], 0
    while number is not None:
        page = view(place, size, f"retirements/{number}")
        found.append(page["items"])
        number = page.get("next")
    assert [len(items) for items in found] == [2, 1]
    assert view(place, size, "index")["views"]["retirements"] == {"items": 3, "pages": 2}
    assert len({item["entry"] for item in chain(*found)}) == 3
