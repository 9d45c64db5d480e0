"""Units that a correction can withdraw: those never transferred from the issuing account, highest serials first."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, Clock, device
from tests.support.expiring_plant import corrected, counts, expire, held, issued, month
from tests.support.hourly_plant import hours, issue, set_up

import carbon_ledger as cl
from carbon_ledger.core.issuance.returnable import never_transferred
from carbon_ledger.serials import Block

__all__ = ["held"]

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
    set_up(ledger)
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
    found = [k for first, last in never_transferred(view, batch) for k in range(first, last + 1)]
    assert found == [k for k in range(1, 13) if k not in elsewhere]
    assert ledger.claims("plant", hours(0, 1)) != ()


def test_a_correction_takes_back_locked_and_buffered_units_highest_serials_first(held: cl.Ledger) -> None:
    """ledger-model section 7; invariant 15: never pending ones, which are promised; a debit remains."""
    batch = issued(held, month(1), buffer="0.2")
    held.lock(batch.take(6), reason="r")
    held.offer(f"{batch.batch_id}/7", to="buyer")
    done = corrected(held, month(1), "6.5 MWh")
    assert done.withdrawn == (
        cl.Block(batch.batch_id, 9, 10),
        cl.Block(batch.batch_id, 8, 8),
        cl.Block(batch.batch_id, 6, 6),
    )
    assert counts(held) == {"locked": 5, "pending": 1, "withdrawn": 4}
    assert held.carry("p").carry == Decimal("0.5")
    done = corrected(held, month(1), "0 MWh")
    assert done.withdrawn == (cl.Block(batch.batch_id, 1, 5),)
    assert held.carry("p").carry == -1


def test_a_correction_takes_back_expired_units_too(held: cl.Ledger, clock: Clock) -> None:
    """It uses no unit: it mends an issuance, and a debit would be worse."""
    batch = issued(held, month(1), project="go")
    expire(clock)
    done = held.correct_generation("second", month(1), net="8 MWh", reason="r", evidence=EVIDENCE)
    assert done.withdrawn == (cl.Block(batch.batch_id, 9, 10),)
    assert held.carry("go").carry == 0


def test_a_unit_that_left_and_came_back_is_not_taken_by_a_correction_even_locked(held: cl.Ledger) -> None:
    """ledger-model section 7: units that never left the issuing account."""
    batch = issued(held, month(1))
    held.transfer(batch, to="buyer")
    held.transfer(batch, to="op")
    held.lock(batch, reason="r")
    assert corrected(held, month(1), "8 MWh").withdrawn == ()
    assert held.carry("p").carry == -2


@pytest.mark.parametrize(("year", "taken"), [(2025, "2025"), (2026, "2026")])
def test_a_correction_takes_units_of_the_vintage_that_fell(
    held: cl.Ledger, clock: Clock, year: int, taken: str
) -> None:
    """Ledger-model section 7, decision 4: of the two vintages of an issuance, the one whose amount fell comes first."""
    clock.move(days=31)
    old, new = month(12), month(1, 2026)
    for period in (old, new):
        held.record_generation("plant", period, net="10 MWh")
    held.issue("p", cl.Period(old.start_utc, new.end_utc), to="op")
    done = corrected(held, old if year == 2025 else new, "7 MWh")
    assert [(block.batch_id.split("/")[1], block.first, block.last) for block in done.withdrawn] == [(taken, 8, 10)]
