"""What a ledger is asked about: the thing as it was registered, or a refusal that names it and says what to do."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import device
from tests.support.expiring_plant import furnish, issued, month

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.state.rows import Accrual, Balance


@pytest.fixture
def known(ledger: cl.Ledger) -> cl.Ledger:
    furnish(ledger)
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    return ledger


def test_what_was_registered_is_given_back(known: cl.Ledger) -> None:
    assert known.device("plant") == device()
    assert known.meter("feeder") == cl.Meter(id="feeder", shares={"second": 2, "plant": 1})
    assert known.project("p").devices == ("plant",)


@pytest.mark.parametrize(
    ("error", "question", "message"),
    [
        (errors.UnknownDeviceError, lambda x: x.device("ghost"), "device ghost: not registered; .*register_device"),
        (errors.UnknownMeterError, lambda x: x.meter("ghost"), "meter ghost: not registered; .*register_meter"),
        (errors.UnknownProjectError, lambda x: x.project("ghost"), "project ghost: not registered; .*register_proj"),
        (errors.UnknownFactorError, lambda x: x.factor("ghost"), "factor ghost: not adopted .*adopt_factor"),
        (errors.UnknownBatchError, lambda x: x.trace("p/2025/9/1"), "batch p/2025/9: no such batch"),
        (errors.RefusedError, lambda x: x.holdings("op", state="sold"), "state 'sold': expected one of active, locked"),
        (errors.UnknownAccountError, lambda x: x.holdings("ghost"), "account ghost"),
        (errors.UnknownBatchError, lambda x: x.void(9, reason="r"), "issuance 9: no such issuance in this ledger"),
        (errors.UnknownBatchError, lambda x: x.void(-1, reason="r"), "issuance -1: no such issuance in this ledger"),
        (errors.StoreError, lambda x: x.entry(99), "entry 99: there are entries 0 to 8"),
        (errors.StoreError, lambda x: x.entry(9), "entry 9: there are entries 0 to 8"),
        (errors.StoreError, lambda x: x.entry(-1), "entry -1: there are entries 0 to 8"),
        (errors.StoreError, lambda x: x.entry_bytes(9), "entry 9: the ledger has entries 0 to 8"),
        (errors.StoreError, lambda x: x.entry_bytes(-1), "entry -1: the ledger has entries 0 to 8"),
    ],
)
def test_what_is_not_there_is_named(
    known: cl.Ledger, error: type[errors.CarbonLedgerError], question: Callable[[cl.Ledger], object], message: str
) -> None:
    assert known.size == 9
    assert known.entry(8).type == "meter.registered"
    assert known.entry_bytes(0).startswith(b"{")
    with pytest.raises(error, match=message):
        question(known)


def test_units_of_several_instruments_never_add(known: cl.Ledger) -> None:
    """Invariant 1: a balance is of one instrument; of two, the one must be named."""
    assert known.balance("op") == Balance("op", "", 0)
    assert known.balance("op", instrument="GC") == Balance("op", "GC", 0)
    assert known.carry("p") == Accrual("p", 0)
    issued(known, month(1))
    assert (known.balance("op").instrument, known.balance("op").active) == ("I-REC-E", 10)
    issued(known, month(1), "3 MWh", "go")
    with pytest.raises(errors.RefusedError, match="it has had units of EECS-GO, I-REC-E, which do not add") as refused:
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
