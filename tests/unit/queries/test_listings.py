"""Listings of what is registered, now and as of any entry; each is a table as well."""

import pytest
from tests.conftest import Clock, device
from tests.messages.ledgers import busy
from tests.support.everything import everything

import carbon_ledger as cl
from carbon_ledger import errors


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> cl.Ledger:
    return everything(tmp_path_factory.mktemp("filled")).ledger


def test_every_registered_thing_is_listed_in_order(filled: cl.Ledger) -> None:
    assert [item.id for item in filled.devices()] == ["plant", "second", "third", "fourth"]
    assert [item.id for item in filled.meters()] == ["feeder"]
    assert [item.id for item in filled.projects()] == ["p", "h", "credits", "w"]
    assert [item.factor_id for item in filled.factors()] == ["f"]
    assert list(filled.devices()) == [filled.device(item.id) for item in filled.devices()]
    assert list(filled.projects()) == [filled.project(item.id) for item in filled.projects()]


def test_a_listing_is_as_of_any_entry(filled: cl.Ledger) -> None:
    registered = next(entry.n for entry in filled.entries() if entry.type == "device.registered")
    assert filled.as_of(entry=registered - 1).devices() == ()
    assert [item.id for item in filled.as_of(entry=registered).devices()] == ["plant"]
    for question in ("devices", "meters", "projects", "factors", "retirements"):
        assert getattr(filled.as_of(entry=0), question)() == ()


def test_devices_are_as_they_are_in_force(filled: cl.Ledger) -> None:
    """`third` has 101 MW from 2025-09-01 on."""
    now, before = filled.devices(), filled.devices(at="2025-08-01T00:00Z")
    assert [item.capacity_w for item in (now[2], before[2])] == [101_000_000, 100_000_000]
    with pytest.raises(errors.NaiveTimeError):
        filled.devices(at="2025-08-01T00:00")


def test_a_batch_is_found_by_its_id(filled: cl.Ledger) -> None:
    for project in filled.projects():
        for batch in filled.batches(project.id):
            assert filled.batch(batch.batch_id) == batch
            assert filled.as_of(entry=filled.size - 1).batch(batch.batch_id) == batch
    (imported,) = filled.imported()
    assert filled.batch(imported.batch_id) == imported
    with pytest.raises(errors.UnknownBatchError):
        filled.batch("p/2025/9999")
    with pytest.raises(errors.UnknownBatchError):
        filled.as_of(entry=0).batch(imported.batch_id)


def test_a_granular_batch_has_its_hours(filled: cl.Ledger) -> None:
    (batch,) = filled.batches("h")
    assert filled.batch(batch.batch_id).hour("2025-05-01T01:30Z").count == 200


def test_batch_without_an_id_is_still_a_transaction() -> None:
    ledger = cl.open_ledger(":memory:")
    with pytest.raises(errors.UnknownAccountError), ledger.batch():
        ledger.balance(ledger.open_account("a", name="A") + "b")
    assert ledger.accounts() == ()


def test_retirements_of_every_account_are_in_the_order_of_entries() -> None:
    ledger = busy()
    one = ledger.retire(ledger.holdings("op")[0].take(1), beneficiary="B", purpose="p", period=_year())
    two = ledger.retire(ledger.holdings("buyer")[0].take(1), beneficiary="B", purpose="p", period=_year())
    three = ledger.retire(ledger.holdings("op")[0].take(1), beneficiary="B", purpose="p", period=_year())
    assert ledger.retirements()[-3:] == (one, two, three)
    assert sorted(item.n for item in ledger.retirements()) == [item.n for item in ledger.retirements()]
    each = [item for name in ledger.accounts() for item in ledger.retirements(name)]
    assert sorted(each, key=lambda item: item.n) == list(ledger.retirements())
    with pytest.raises(errors.UnknownAccountError):
        ledger.retirements("nobody")


def test_every_listing_is_a_table_with_its_columns_also_if_it_is_empty(filled: cl.Ledger) -> None:
    empty = cl.open_ledger(":memory:")
    for name in ("devices", "meters", "projects", "factors", "retirements", "positions", "imported"):
        found = getattr(filled, name)()
        assert len(found.rows()) == len(found) > 0, name
        assert [item.name for item in getattr(empty, name)().columns] == list(found.rows()[0]), name
    for found in (filled.batches("p"), filled.issuances("p"), filled.offers("op")):
        assert len(found.rows()) == len(found) > 0
    accounts = cl.Listing(map(filled.account, filled.accounts()), cl.Account)
    assert accounts.rows()[0] == {"id": "op", "name": "Operator", "legal_id": None, "contact": None}
    assert filled.audit().findings.columns[0].name == "check"


def test_a_listing_of_batches_is_taken_where_batches_are() -> None:
    ledger = ledger_of_two_batches()
    sold = ledger.transfer(ledger.batches("p"), to="buyer")
    assert sold == tuple(batch.block for batch in ledger.batches("p"))


def ledger_of_two_batches() -> cl.Ledger:
    ledger = cl.open_ledger(":memory:", clock=Clock())
    ledger.open_account("op", name="Operator")
    ledger.open_account("buyer", name="Buyer")
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    for month in (3, 4):
        period = cl.Period.month(2025, month, zone="UTC")
        ledger.record_generation("plant", period, net="2 MWh")
        ledger.issue("p", period, to="op")
    return ledger


def test_entries_begin_anywhere(filled: cl.Ledger) -> None:
    assert [entry.n for entry in filled.entries(start=filled.size - 2)] == [filled.size - 2, filled.size - 1]
    assert list(filled.entries(filled.size)) == []
    assert list(filled.entries(0)) == list(filled.entries())
    assert [entry.n for entry in filled.as_of(entry=4).entries(start=3)] == [3, 4]
    for wrong in (-1, filled.size + 1, True, "3", None):
        with pytest.raises(errors.StoreError, match="expected a number from 0 to"):
            filled.entries(start=wrong)  # type: ignore[arg-type]


def _year() -> cl.Period:
    return cl.Period.year(2025, zone="UTC")
