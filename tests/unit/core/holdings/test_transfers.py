"""Rules of retirements: the parts of one retirement are one claim, of one instrument."""

import pytest
from attrs import evolve
from tests.support.expiring_plant import held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.rules import apply

__all__ = ["held"]

CLAIM = {"beneficiary": "Buyer Ltd", "purpose": "FY2025 claim", "period": cl.Period.year(2025, zone="UTC")}


@pytest.mark.slow
def test_the_parts_of_one_retirement_make_one_claim(held: cl.Ledger) -> None:
    """A log in which they do not is broken."""
    batch = issued(held, month(1), "6000 MWh")
    held.retire([cl.Block(batch.batch_id, k, k) for k in range(1, 6000, 2)], **CLAIM)
    n = held.size - 1
    entry, view = held.entry(n), held._store.view(n)
    assert apply(view, entry)
    for name, value in (("beneficiary", "Another"), ("purpose", "more"), ("account", "buyer")):
        with pytest.raises(errors.CarbonLedgerError):
            apply(view, evolve(entry, event={**entry.event, name: value}))


def test_a_retirement_does_not_go_on_with_units_of_another_instrument(held: cl.Ledger) -> None:
    """No command records that; a log that somebody wrote may."""
    batch, other = issued(held, month(1), "6000 MWh"), issued(held, month(1), project="go")
    held.retire([cl.Block(batch.batch_id, k, k) for k in range(1, 6000, 2)], **CLAIM)
    n = held.size - 1
    entry, view = held.entry(n), held._store.view(n)
    said = {name: value for name, value in entry.event.items() if name != "more"}
    assert apply(view, evolve(entry, event=said))
    with pytest.raises(errors.RefusedError, match="EECS-GO, I-REC-E") as refused:
        apply(view, evolve(entry, event={**said, "batch": other.batch_id, "first": 1, "last": 1}))
    assert refused.value.rule == "several-instruments"


REFERENCE = "purchase order 7"


def test_a_reference_is_in_the_entry_the_statement_and_the_trace(held: cl.Ledger) -> None:
    block = issued(held, month(3)).block
    parts = block.cut(1, 1, 1, 1)[:4]
    held.transfer(parts[0], to="buyer", reference=REFERENCE)
    held.accept(held.offer(parts[1], to="buyer", reference=REFERENCE))
    held.cancel(parts[2], reason="a gift", reference=REFERENCE)
    period = cl.Period.year(2025, zone="UTC")
    retirement = held.retire(parts[3], beneficiary="B", purpose="x", period=period, reference=REFERENCE)
    assert retirement.reference == held.retirement(retirement.number).reference == REFERENCE
    assert f"reference     {REFERENCE}" in str(retirement)
    assert retirement.rows()[0]["reference"] == REFERENCE
    assert str(held.statement("op")).count(f"; reference {REFERENCE}") == 5
    assert f"; reference {REFERENCE}" in str(held.trace(parts[0]))
    assert held.audit().passed


def test_a_reference_belongs_to_the_request(held: cl.Ledger) -> None:
    block = issued(held, month(3)).take(1)
    first = held.transfer(block, to="buyer", reference=REFERENCE, key="k")
    assert held.transfer(block, to="buyer", reference=REFERENCE, key="k") == first
    for other in (None, "another"):
        with pytest.raises(errors.IdempotencyError):
            held.transfer(block, to="buyer", reference=other, key="k")
    assert held.audit().passed


@pytest.mark.parametrize("reference", ["", "a\nb", 7, "x" * 2001])
def test_what_is_no_line_is_no_reference(held: cl.Ledger, reference: str) -> None:
    block = issued(held, month(3)).take(1)
    before = held.size
    with pytest.raises(errors.QuantityError, match="reference"):
        held.transfer(block, to="buyer", reference=reference)
    assert held.size == before
