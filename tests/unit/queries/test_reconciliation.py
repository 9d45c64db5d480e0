"""Reconciliations: units by state and debits are complete, and sums that do not add up are reported."""

from decimal import Decimal

from tests.support.expiring_plant import BAKU, corrected, held, issued, month

import carbon_ledger as cl
from carbon_ledger.core.state.rows import STATES

__all__ = ["held"]

EVER = cl.Period.of("2020-01-01", "2030-01-01", zone=BAKU)
CLAIM = {"beneficiary": "B", "purpose": "claim", "period": month(1)}


def test_reconciling_counts_every_unit_by_its_state(held: cl.Ledger) -> None:
    """Invariant 10: issued = active + locked + buffered + pending + retired + cancelled + withdrawn + exported."""
    batch = issued(held, month(1), "20.5 MWh", buffer="0.2")
    name = batch.batch_id
    held.lock(f"{name}/1-2", reason="r")
    held.offer(f"{name}/3-5", to="buyer")
    held.retire(f"{name}/6", **CLAIM)
    held.cancel(f"{name}/7-8", reason="r")
    held.withdraw(f"{name}/9", reason="r")
    corrected(held, month(1), "17 MWh")
    issued(held, month(2), "3 MWh")
    found = held.reconcile("p", month(1))
    states = {"active": 7, "locked": 2, "buffered": 1, "pending": 3, "retired": 1, "cancelled": 2, "withdrawn": 4}
    assert {state: getattr(found, state) for state in STATES} == dict.fromkeys(STATES, 0) | states
    assert (found.issued, found.counted, found.withdrawn_by_correction, found.holds) == (20, 16, 3, True)
    assert held.reconcile("p", EVER).issued == 23
    rows = {str(row["what"]).strip(): (row["amount"], row["unit"]) for row in found.rows()}
    assert rows["issued"] == (20, "units")
    assert rows["pending"] == (3, "units")
    assert rows["of withdrawn: by correction"] == (3, "units")
    assert rows["identities hold"] == ("yes", "")


def test_reconciling_shows_how_a_debit_came_and_went(held: cl.Ledger) -> None:
    """Invariants 3 and 15: entry by entry, and what is left of it is the debit."""
    batch = issued(held, month(1), "10.6 MWh")
    held.transfer(batch, to="buyer")
    corrected(held, month(1), "8 MWh")
    one = held.size - 1
    held.record_generation("plant", month(2), net="1.5 MWh")
    held.issue("p", month(2), to="op")
    two = held.size - 1
    found = held.reconcile("p", month(1))
    assert [(item.n, item.incurred, item.made_good, item.debit) for item in found.debits] == [
        (one, 2, 0, 2),
        (two, 0, Decimal("1.5"), Decimal("0.5")),
    ]
    assert found.debit == Decimal("0.5") == sum(item.incurred - item.made_good for item in found.debits)
    shown = [" ".join(line.split()) for line in str(found).splitlines()]
    assert f"entry {one}, generation.corrected +2 MWh" in shown
    assert f"entry {two}, issuance.recorded -1.5 MWh" in shown
    assert [str(item) for item in found.debits] == [
        f"carry -2, debit 2 (2 of it new): 2 units stand without energy behind them, since entry {one}",
        f"carry -0.5, debit made good by 1.5, 0.5 left: debit of 0.5 since entry {one} (less than one unit)",
    ]
    issued(held, month(3), "1.5 MWh")
    assert [item.made_good for item in held.reconcile("p", month(1)).debits] == [0, Decimal("1.5"), Decimal("0.5")]
    assert held.as_of(entry=one).reconcile("p", month(1)).debit == 2


def test_a_reconciliation_that_does_not_hold_says_so(held: cl.Ledger) -> None:
    from attrs import evolve

    issued(held, month(1))
    found = held.reconcile("p", month(1))
    for wrong in ({"issued": 11}, {"locked": 1}, {"carry": Decimal(1)}, {"claimed_wh": 0}):
        assert not evolve(found, **wrong).holds
        assert "NO" in str(evolve(found, **wrong))
