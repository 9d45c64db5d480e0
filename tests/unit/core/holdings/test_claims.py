"""The time of a claim: not before its units were produced, and not before it begins; or waived by name."""

import pytest
from attrs import evolve
from tests.conftest import Clock, dump
from tests.support.expiring_plant import held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.rules import apply

__all__ = ["held"]

CLAIM = {"beneficiary": "Buyer Ltd", "purpose": "FY2025 claim"}
WAIVED = cl.Waiver("claim-period", "the buyer's year ends in March, as agreed in contract 7")


def at(seconds: int, length: int = 3600) -> cl.Period:
    return cl.Period(seconds, seconds + length)


def refused(ledger: cl.Ledger, block: cl.Block | list[cl.Block], period: cl.Period) -> str:
    before = dump(ledger)
    with pytest.raises(errors.RefusedError) as found:
        ledger.retire(block, **CLAIM, period=period)
    assert dump(ledger) == before
    assert found.value.rule == "claim-period"
    return str(found.value)


def test_a_claim_ends_after_the_production_of_its_units_began(held: cl.Ledger) -> None:
    """Invariant 29: a certificate of March covers no use of January."""
    batch = issued(held, month(3))
    began = batch.production.start_utc
    said = refused(held, batch.take(1), at(began - 3600))
    assert f"block {batch.take(1)}: its units were produced from 2025-02-28T20:00:00Z on" in said
    assert held.retire(batch.take(1), **CLAIM, period=at(began - 3599)).count == 1


def test_every_block_of_a_claim_counts(held: cl.Ledger) -> None:
    early, late = issued(held, month(3)), issued(held, month(4))
    assert "were produced from 2025-03-31T20:00:00Z on" in refused(held, [early.take(1), late.take(1)], month(3))
    assert held.retire([early.take(1), late.take(1)], **CLAIM, period=month(4)).count == 2


def test_a_claim_does_not_begin_in_the_future(held: cl.Ledger, clock: Clock) -> None:
    """Invariant 29: nobody has used energy of a time to come. A period that has begun may still be running."""
    batch = issued(held, month(3))
    now = int(clock.now.timestamp())
    assert "its period begins at 2026-01-01T00:00:01Z, after 2026-01-01T00:00:00" in refused(
        held, batch.take(1), at(now + 1)
    )
    assert held.retire(batch.take(1), **CLAIM, period=at(now, 366 * 86_400)).count == 1


@pytest.mark.parametrize("period", [month(1), month(1, 2031)])
def test_a_claim_period_is_waived_by_name(held: cl.Ledger, period: cl.Period) -> None:
    """The waiver is in the entry, in the statements and in the notes of an audit."""
    batch = issued(held, month(3))
    with pytest.raises(errors.RefusedError, match="or waive claim-period"):
        held.retire(batch.take(2), **CLAIM, period=period, waivers=cl.Waiver("gap", "a wrong name lifts nothing"))
    done = held.retire(batch.take(2), **CLAIM, period=period, waivers=WAIVED, key="k")
    assert done == held.retire(batch.take(2), **CLAIM, period=period, waivers=[WAIVED], key="k")
    assert done.waivers == (WAIVED,)
    assert f"waived        claim-period: {WAIVED.reason}" in str(done)
    assert {row["waived"] for row in done.rows()} == {f"claim-period: {WAIVED.reason}"}
    assert WAIVED.reason in done._repr_html_().replace("&#x27;", "'")
    assert f"; waived claim-period: {WAIVED.reason}" in str(held.statement("op"))
    (note,) = held.audit().notes
    assert (note.entry, "claim-period" in note.detail) == (done.n, True)
    entry, view = held.entry(done.n), held._store.view(done.n)
    for waivers in ({}, {"waivers": [{"name": "gap", "reason": "r"}]}):
        forged = {name: value for name, value in entry.event.items() if name != "waivers"} | waivers
        with pytest.raises(errors.RefusedError) as found:
            apply(view, evolve(entry, event=forged, key=None, digest=None))
        assert found.value.rule == "claim-period"


def test_a_claim_without_a_waiver_shows_none(held: cl.Ledger) -> None:
    done = held.retire(issued(held, month(3)).take(1), **CLAIM, period=month(3))
    assert done.waivers == ()
    assert "waived" not in str(done)
    assert "waivers" not in held.entry(done.n).event


@pytest.mark.slow
def test_the_parts_of_a_claim_waive_the_same(held: cl.Ledger) -> None:
    batch = issued(held, month(3), "6000 MWh")
    done = held.retire(
        [cl.Block(batch.batch_id, k, k) for k in range(1, 6000, 2)], **CLAIM, period=month(1), waivers=[WAIVED]
    )
    assert len(done.entries) > 1
    last = held.entry(done.entries[-1])
    other = {**last.event, "waivers": [{"name": "claim-period", "reason": "another"}]}
    with pytest.raises(errors.BrokenLogError, match="differs in more than its blocks"):
        apply(held._store.view(last.n), evolve(last, event=other))


def test_a_conversion_states_the_period_of_its_issuance(held: cl.Ledger, clock: Clock) -> None:
    """Nobody chooses the period of a conversion, so there is nothing to refuse: a unit made of carry is converted."""
    held.record_generation("plant", month(3), net="0.9 MWh")
    assert held.issue("p", month(3), to="op") == ()
    held.record_generation("plant", month(1), net="0.1 MWh")
    (batch,) = held.issue("p", month(1), to="op")
    done = held.convert(batch, to_instrument="EECS-GO", reason="another scheme")
    assert (done.period, done.waivers) == (month(1), ())
