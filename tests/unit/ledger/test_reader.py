"""Queries of a ledger: each returns the registered thing, or a refusal that names it and says what to do."""

from typing import Any

import pytest
from tests.support.expiring_plant import issued, month, set_up

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.state.rows import Balance


@pytest.fixture
def known(ledger: cl.Ledger) -> cl.Ledger:
    set_up(ledger)
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    return ledger


def test_units_of_several_instruments_never_add(known: cl.Ledger) -> None:
    """Invariant 1: a balance is of one instrument; of two, the one must be named."""
    assert known.balance("op") == Balance("op", "", 0)
    assert known.balance("op", instrument="GC") == Balance("op", "GC", 0)
    assert (known.carry("p").carry, known.carry("p").vintages, known.carry("p").debit_text) == (0, (), "")
    issued(known, month(1))
    assert (known.balance("op").instrument, known.balance("op").active) == ("I-REC-E", 10)
    issued(known, month(1), "3 MWh", "go")
    with pytest.raises(
        errors.RefusedError, match="it has had units of EECS-GO, I-REC-E, which cannot be added up"
    ) as refused:
        known.balance("op")
    assert refused.value.rule == "several-instruments"
    assert known.balance("op", instrument="EECS-GO").active == 3
    assert known.balance("op", instrument="GC").active == 0
    with pytest.raises(errors.UnknownAccountError):
        known.balance("ghost", instrument="GC")


def test_a_serial_beyond_its_batch_is_traced_to_nothing(known: cl.Ledger) -> None:
    batch = issued(known, month(1))
    assert known.trace(f"{batch.batch_id}/10").serial.first == 10
    with pytest.raises(errors.SerialError, match=f"batch {batch.batch_id} ends at 10"):
        known.trace(f"{batch.batch_id}/11")


@pytest.mark.parametrize("thing", [["x"], {}, None, 10**30, b"x"])
def test_a_question_about_what_is_no_name_is_refused_by_name(ledger: cl.Ledger, thing: Any) -> None:
    """Never by a TypeError from within."""
    for ask in (
        ledger.balance,
        ledger.holdings,
        ledger.statement,
        ledger.device,
        ledger.meter,
        ledger.project,
        ledger.factor,
        ledger.batches,
        ledger.carry,
        ledger.retirement,
        ledger.trace,
        ledger.hours,
    ):
        with pytest.raises(cl.CarbonLedgerError):
            ask(thing)
    assert ledger.roles(thing) == ()
