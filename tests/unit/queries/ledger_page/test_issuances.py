"""Issuances, calculations and carry of the page are those of the ledger's own queries."""

from decimal import Decimal
from pathlib import Path

from tests.conftest import EVIDENCE
from tests.support.reported import corrected_ledger
from tests.support.reported_ledgers import BAKU, contents_of, full, hourly

import carbon_ledger as cl
from carbon_ledger.queries.ledger_page.issuances import period_text

JULY = cl.Period.month(2025, 7, zone=BAKU)


def test_every_issuance_is_listed_newest_first(tmp_path: Path) -> None:
    for ledger in (full(tmp_path), hourly()):
        found = contents_of(ledger).issuances
        rows = [row for name in ledger._view().registrations("project") for row in ledger.issuances(name)]
        assert [item.entry for item in found.items] == sorted((row.n for row in rows), reverse=True)
        assert found.total == len(rows)
        for item in found.items:
            row = ledger._view().issuance(item.entry)
            assert row is not None
            assert (item.counted, item.project) == (row.counted, row.project)
            batches = [batch for batch in ledger.batches(item.project) if batch.batch_id.endswith(f"/{item.entry}")]
            assert item.issued == tuple((batch.vintage, batch.count) for batch in batches)


def test_a_calculation_is_the_quantification_that_a_unit_rests_on(tmp_path: Path) -> None:
    for ledger in (full(tmp_path), hourly()):
        for item in contents_of(ledger).calculations.items:
            batches = ledger.batches(item.issuance.project)
            (first, *_) = (batch for batch in batches if batch.batch_id.endswith(f"/{item.issuance.entry}"))
            rests_on = ledger.trace(first.take(1)).quantification
            row = ledger._view().issuance(item.issuance.entry)
            assert rests_on is not None
            assert row is not None
            assert item.digest == row.quantification
            if item.issuance.project == "w":  # corrected since; the trace has the quantification of the issuance
                continue
            assert (item.digest, item.net_wh, item.amounts) == (rests_on.digest, rests_on.net_wh, rests_on.amounts)
            assert item.lines.items == rests_on.lines


def test_a_corrected_issuance_has_its_newest_calculation() -> None:
    ledger = hourly()
    before = {item.issuance.entry: item.digest for item in contents_of(ledger).calculations.items}
    january = cl.Period.month(2025, 1, zone=BAKU)
    for net in ("900 MWh", "800.25 MWh"):
        ledger.correct_generation("plant", january, net=net, reason="a wrong ratio", evidence=EVIDENCE)
    after = {item.issuance.entry: item for item in contents_of(ledger).calculations.items}
    changed = [n for n in before if after[n].digest != before[n]]
    assert len(changed) == 1
    assert after[changed[0]].amounts == ((2025, Decimal("800.25")),)


def test_a_voided_issuance_is_listed_and_has_no_calculation() -> None:
    ledger = hourly()
    batch = ledger.batches("p")[0]
    ledger.void(batch, reason="a wrong plant")
    found = contents_of(ledger)
    states = {item.entry: item.state for item in found.issuances.items}
    assert sorted(states.values()) == ["counts", "counts", "voided"]
    assert [states[item.issuance.entry] for item in found.calculations.items] == ["counts", "counts"]


def test_the_carry_is_that_of_the_ledger(tmp_path: Path) -> None:
    """Domain invariant 2."""
    ledger = full(tmp_path)
    for item in contents_of(ledger).carries.items:
        of = ledger.carry(item.project)
        assert (item.carry, item.debit) == (of.carry, of.debit_text)
        assert [(row.vintage, row.claimed, row.counted, row.carry, row.cumulative) for row in item.vintages.items] == [
            (row.vintage, row.claimed, row.counted, row.carry, row.cumulative) for row in of.vintages
        ]


def test_projects_with_a_debit_come_first_and_state_how_many_units_have_no_energy() -> None:
    ledger = hourly()
    ledger.open_account("buyer", name="Buyer")
    january = cl.Period.month(2025, 1, zone=BAKU)
    for batch in ledger.batches("p"):
        ledger.transfer(batch.block, to="buyer")
    ledger.correct_generation("plant", january, net="0.25 MWh", reason="misread", evidence=EVIDENCE)
    (found,) = contents_of(ledger).carries.items
    debit = ledger.carry("p").debit
    assert debit > 0
    assert debit == Decimal("1000.244792")
    assert found.debit_units == 1_001


def test_a_factor_and_a_methodology_are_shown_as_the_ledger_pins_them() -> None:
    ledger = corrected_ledger()
    found = contents_of(ledger)
    (item, *_) = found.calculations.items
    assert item.factor is not None
    factor = ledger.factor(item.factor.factor_id)
    assert (item.factor.value, item.factor.unit, item.factor.flags) == (factor.value, factor.unit, factor.flags)
    assert found.factors == (item.factor,)
    assert item.methodology is not None
    assert item.methodology_title


def test_a_period_in_words() -> None:
    assert period_text(JULY) == "2025-07-01 00:00 to 2025-08-01 00:00 (Asia/Baku)"
    assert period_text(cl.Period(1, 2, "UTC")) == "1970-01-01 00:00:01 to 1970-01-01 00:00:02 (UTC)"
    assert period_text(cl.Period(0, 3600)) == "1970-01-01T00:00:00Z to 1970-01-01T01:00:00Z"
