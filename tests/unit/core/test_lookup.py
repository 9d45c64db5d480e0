"""Registered things are returned as they were registered; an unknown id is refused by name."""

from collections.abc import Callable

import pytest
from tests.conftest import device
from tests.support.expiring_plant import set_up

import carbon_ledger as cl
from carbon_ledger import errors


@pytest.fixture
def known(ledger: cl.Ledger) -> cl.Ledger:
    set_up(ledger)
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
        (
            errors.UnknownFactorError,
            lambda x: x.factor("ghost"),
            "factor ghost: this ledger has not adopted it.*adopt_factor",
        ),
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
