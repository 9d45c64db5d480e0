"""What a correction can take back: units that never left the account they were issued to, highest serials first."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, device
from tests.support.hourly_plant import furnish, hours, issue

import carbon_ledger as cl
from carbon_ledger.core.issuance.returnable import never_left
from carbon_ledger.serials import Block

DAY = cl.Period.day("2024-05-01", zone="Asia/Baku")


@pytest.fixture
def batch(ledger: cl.Ledger) -> cl.Batch:
    """Twenty certificates of 1 MWh."""
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
    ledger.record_generation("plant", DAY, net="20 MWh")
    return ledger.issue("p", DAY, to="op")[0]


def part(batch: cl.Batch, first: int, last: int) -> Block:
    return Block(batch.batch_id, first, last)


def lower(ledger: cl.Ledger, mwh: int) -> list[str]:
    done = ledger.correct_generation("plant", DAY, net=f"{mwh} MWh", reason="misread", evidence=EVIDENCE)
    return [f"{block.first}-{block.last}" for block in done.withdrawn]


def test_the_highest_serials_go_first_whatever_pieces_they_are_in(ledger: cl.Ledger, batch: cl.Batch) -> None:
    for first, last in ((3, 5), (12, 14)):
        ledger.transfer(part(batch, first, last), to="buyer")
    assert lower(ledger, 18) == ["19-20"]
    assert lower(ledger, 12) == ["15-18", "10-11"]
    assert lower(ledger, 3) == ["6-9", "1-2"]
    assert ledger.carry("p").carry == -3


def test_units_that_came_back_stay(ledger: cl.Ledger, batch: cl.Batch) -> None:
    ledger.transfer(part(batch, 15, 20), to="buyer")
    ledger.transfer(part(batch, 17, 18), to="op")
    ledger.transfer(part(batch, 19, 20), to="other")
    ledger.transfer(part(batch, 19, 20), to="op")
    assert lower(ledger, 19) == ["14-14"]


def test_final_units_stay(ledger: cl.Ledger, batch: cl.Batch) -> None:
    ledger.retire(part(batch, 20, 20), beneficiary="B", purpose="P", period=DAY)
    ledger.cancel(part(batch, 18, 18), reason="goodwill")
    assert lower(ledger, 17) == ["19-19", "16-17"]


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from(("op", "buyer", "other")))))
def test_never_left_is_what_was_never_elsewhere(moves: list[tuple[int, int, str]]) -> None:
    """Against one row a unit."""
    ledger = cl.open_ledger(":memory:")
    for account in ("op", "buyer", "other"):
        ledger.open_account(account, name=account)
    furnish(ledger)
    batch = issue(ledger, [12])
    holder, elsewhere = dict.fromkeys(range(1, 13), "op"), set()
    for one, other, to in moves:
        first, last = min(one, other), max(one, other)
        giver = holder[first]
        if giver == to or {holder[k] for k in range(first, last + 1)} != {giver}:
            continue
        ledger.transfer(part(batch, first, last), to=to)
        holder |= dict.fromkeys(range(first, last + 1), to)
        elsewhere |= set(range(first, last + 1)) if to != "op" else set()
    view = ledger._store.view()
    (issuance,) = ledger.issuances("h")
    found = [k for first, last in never_left(view, issuance, batch) for k in range(first, last + 1)]
    assert found == [k for k in range(1, 13) if k not in elsewhere]
    assert ledger.claims("plant", hours(0, 1)) != ()
