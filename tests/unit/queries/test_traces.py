"""Traces: from a serial to its evidence, with every correction and what happened to the issuance."""

from decimal import Decimal

from tests.conftest import EVIDENCE
from tests.support.expiring_plant import corrected, held, issued, month

import carbon_ledger as cl

__all__ = ["held"]


def test_a_trace_shows_corrections_and_where_the_unit_was(held: cl.Ledger) -> None:
    """Invariants 12, 15 and 22: the unit's own life, and what its issuance became."""
    batch = issued(held, month(1), "10.6 MWh")
    name = batch.batch_id
    held.transfer(f"{name}/1-5", to="buyer")
    held.lock(f"{name}/1-2", reason="a dispute")  # cuts the piece of unit 3, and does nothing to it
    held.release(f"{name}/1", reason="settled")
    offer = held.offer(f"{name}/3", to="other")
    held.accept(offer)
    corrected(held, month(1), "8 MWh")
    corrected(held, month(1), "2 MWh")
    one, three, nine = (held.trace(f"{name}/{k}") for k in (1, 3, 9))
    assert [(piece.account, piece.state) for piece in one.history] == [
        ("op", "active"),
        ("buyer", "active"),
        ("buyer", "locked"),
        ("buyer", "active"),
    ]
    assert [(piece.account, piece.state) for piece in three.history] == [
        ("op", "active"),
        ("buyer", "active"),
        ("buyer", "pending"),
        ("other", "active"),
    ]
    assert [(piece.account, piece.state) for piece in nine.history] == [("op", "active"), ("op", "withdrawn")]
    assert one.revisions == three.revisions == nine.revisions
    first, second = one.revisions
    assert (first.type, first.reason, first.amounts) == ("generation.corrected", "wrong ratio", ((2025, Decimal(8)),))
    assert (first.withdrawn, first.carry.debit) == ((cl.Block(name, 9, 10),), 0)
    assert (second.carry.carry, second.carry.incurred) == (-3, 3)
    assert (
        str(second)
        == "wrong ratio: the issuance amounts to 2 of 2025, units withdrawn: 3, carry -3, debit 3 (3 of it new): "
        f"3 units stand without energy behind them, since entry {second.n}"
    )
    assert [row["state"] for row in three.rows()] == ["active", "active", "pending", "active", None, None]
    text = str(three)
    assert text.startswith(f"Trace of {name}/3\n  instrument        I-REC-E\n")
    assert f"offer {offer.n} accepted" in text
    assert f"readings of plant corrected: wrong ratio; {name}/9-10 withdrawn" in str(nine)


def test_a_trace_shows_that_an_issuance_was_voided(held: cl.Ledger) -> None:
    batch = issued(held, month(1))
    held.void(batch, reason="wrong account")
    traced = held.trace(batch)
    (revision,) = traced.revisions
    assert (revision.type, revision.amounts, revision.withdrawn) == ("issuance.voided", (), ())
    assert str(revision) == "wrong account: the issuance amounts to nothing, units withdrawn: 0, carry 0"
    assert [piece.state for piece in traced.history] == ["active", "withdrawn"]


def test_the_origin_of_a_unit_names_its_evidence(held: cl.Ledger) -> None:
    held.record_generation("plant", month(1), net="4 MWh", evidence=EVIDENCE)
    (batch,) = held.issue("p", month(1), to="op")
    rows = {row["what"]: row["which"] for row in held.trace(batch).origin()}
    assert rows["evidence"] == EVIDENCE
    assert rows["issued by"] == f"entry {held.size - 1} to op"
    assert rows["quantification"] == held.entry(held.size - 1).event["quantification"]
