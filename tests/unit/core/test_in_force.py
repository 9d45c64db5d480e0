"""What is in force: the value of the last amendment that is effective by a time, at every step of a run."""

from datetime import date
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, device

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.in_force import Stretch, stretches, terms_of
from carbon_ledger.periods.zones import day_start_utc

SINCE = {"evidence": EVIDENCE, "reason": "a survey"}


def plant(ledger: cl.Ledger, **fields: object) -> cl.Ledger:
    ledger.register_device(device(capacity="10 MW", **fields))
    return ledger


def test_the_registered_device_is_in_force_until_an_amendment_is(ledger: cl.Ledger) -> None:
    plant(ledger)
    ledger.amend_device("plant", effective="2025-03-01", capacity="12 MW", **SINCE)
    ledger.amend_device("plant", effective="2025-05-01", name="The plant", margin="1.2", **SINCE)
    ledger.amend_device("plant", effective="2025-05-01", capacity="9 MW", **SINCE)
    midnight = "2025-05-01T00:00+04:00"
    assert ledger.device("plant", at="2025-02-28T23:59:59+04:00") == device(capacity="10 MW")
    assert ledger.device("plant", at="2025-03-01T00:00:00+04:00") == device(capacity="12 MW")
    assert ledger.device("plant", at=midnight) == evolve(device(margin="1.2"), name="The plant", capacity="9 MW")
    assert ledger.device("plant") == ledger.device("plant", at=midnight)


def test_an_amendment_of_the_same_day_holds_in_place_of_the_earlier_one(ledger: cl.Ledger) -> None:
    plant(ledger)
    ledger.amend_device("plant", effective="2025-03-01", capacity="12 MW", **SINCE)
    ledger.amend_device("plant", effective="2025-03-01", capacity="11 MW", **SINCE)
    assert ledger.device("plant", at="2025-03-01T00:00:00+04:00").capacity_w == 11_000_000
    assert [item.changes for item in ledger.amendments(device="plant")] == [
        (("capacity_w", 12_000_000),),
        (("capacity_w", 11_000_000),),
    ]


def test_the_past_is_as_it_was_known(ledger: cl.Ledger) -> None:
    """As of an entry, only the amendments recorded by then count."""
    plant(ledger)
    before = ledger.size - 1
    ledger.amend_device("plant", effective="2025-03-01", capacity="12 MW", **SINCE)
    then = ledger.as_of(entry=before)
    assert then.device("plant", at="2025-06-01T00:00Z").capacity_w == 10_000_000
    assert (then.amendments(device="plant"), len(ledger.amendments(device="plant"))) == ((), 1)


def test_a_step_over_an_amendment_is_bounded_by_both_values(ledger: cl.Ledger) -> None:
    plant(ledger)
    ledger.amend_device("plant", effective="2025-03-01", capacity="12 MW", **SINCE)
    edge = day_start_utc(date(2025, 3, 1), "Asia/Baku")
    terms = terms_of(ledger._store.view(), "plant")
    assert terms.most_wh(edge - 1800, edge + 1800) == 5_000_000 + 6_000_000
    assert terms.most_wh(edge - 3600, edge) == 10_000_000
    assert terms.most_wh(edge, edge + 3600) == 12_000_000
    assert terms.most_wh(edge - 1, edge + 1) == Fraction(22_000_000, 3600) // 1


def test_a_run_is_cut_where_a_bound_changes(ledger: cl.Ledger) -> None:
    plant(ledger)
    ledger.amend_device("plant", effective="2025-03-01", capacity="12 MW", **SINCE)
    ledger.amend_device("plant", effective="2025-03-02", name="Other", **SINCE)
    edge = day_start_utc(date(2025, 3, 1), "Asia/Baku")
    terms = [terms_of(ledger._store.view(), "plant")]
    on_edge = stretches(terms, edge - 7200, 3600, 5)
    assert [(part.first, part.last) for part in on_edge] == [(0, 2), (2, 5)]
    assert on_edge[1] == Stretch(2, 5, edge, edge + 3600)
    assert [(part.first, part.last) for part in stretches(terms, edge - 5400, 3600, 5)] == [(0, 1), (1, 2), (2, 5)]
    assert [(part.first, part.last) for part in stretches(terms, edge, 3600, 5)] == [(0, 5)]


def test_a_run_over_an_amendment_is_bounded_step_by_step(ledger: cl.Ledger) -> None:
    """Domain invariant 16: the value in force at the step."""
    plant(ledger)
    ledger.amend_device("plant", effective="2025-03-01", capacity="12 MW", **SINCE)
    for net in ([10_000_001, 0, 0], [0, 0, 12_000_001]):
        with pytest.raises(errors.ImplausibleReadingError):
            ledger.record_readings("plant", start="2025-02-28T22:00+04:00", step="1 hour", net_wh=net)
    ledger.record_readings(
        "plant", start="2025-02-28T22:00+04:00", step="1 hour", net_wh=[10_000_000, 10_000_000, 12_000_000]
    )
    assert ledger.audit().passed


def test_a_meters_devices_are_bounded_together_step_by_step(ledger: cl.Ledger) -> None:
    plant(ledger)
    ledger.register_device(device("second", capacity="10 MW"))
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 1}))
    for name in ("plant", "second"):
        ledger.amend_device(name, effective="2025-03-01", capacity="12 MW", **SINCE)
    start = {"start": "2025-02-28T23:00+04:00", "step": "1 hour"}
    with pytest.raises(errors.ImplausibleReadingError, match=r"together can have from -[0-9]+ to 20000000 Wh"):
        ledger.record_meter_readings("feeder", net_wh=[20_000_001, 24_000_000], **start)
    ledger.record_meter_readings("feeder", net_wh=[20_000_000, 24_000_000], **start)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=6), st.integers(0, 9))
def test_the_value_in_force_is_that_of_the_last_amendment_by_then(days: list[tuple[int, int]], at: int) -> None:
    ledger = plant(cl.open_ledger(":memory:"))
    expected, known = 10, 10
    for day, capacity in sorted(days, key=lambda item: item[0]):
        if capacity == known:
            continue
        ledger.amend_device("plant", effective=f"2025-03-{day + 1:02}", capacity=f"{capacity} MW", **SINCE)
        known = capacity
        expected = capacity if day <= at else expected
    found = ledger.device("plant", at=f"2025-03-{at + 1:02}T12:00+04:00")
    assert found.capacity_w == expected * 1_000_000


def test_a_decommissioned_device_is_idle_until_it_operates_again(ledger: cl.Ledger) -> None:
    plant(ledger, decommissioned="2025-02-01")
    ledger.amend_device("plant", effective="2025-03-01", decommissioned=False, **SINCE)
    ledger.amend_device("plant", effective="2025-04-01", decommissioned=True, **SINCE)
    days = [day_start_utc(date(2025, month, 1), "Asia/Baku") for month in range(1, 6)]
    terms = terms_of(ledger._store.view(), "plant")
    assert terms.idle(days[0], days[4]) == [(days[1], days[2]), (days[3], days[4])]
    assert terms.idle(days[1] + 1, days[2] - 1) == [(days[1] + 1, days[2] - 1)]
    assert [ledger.device("plant", at=f"2025-0{k}-15T00:00Z").decommissioned for k in range(1, 5)] == [
        date(2025, 2, 1),
        date(2025, 2, 1),
        None,
        date(2025, 4, 1),
    ]


def test_an_accounts_name_is_the_one_in_force(ledger: cl.Ledger) -> None:
    ledger.amend_account("op", effective="2025-03-01", name="New", legal_id="LEI:1", contact="desk", **SINCE)
    assert ledger.account("op", at="2025-02-28T23:59:59Z") == cl.Account("op", "Op")
    assert ledger.account("op", at="2025-03-01T00:00Z") == cl.Account("op", "New", "LEI:1", "desk")
    assert ledger.account("buyer") == cl.Account("buyer", "Buyer")
    with pytest.raises(errors.UnknownAccountError):
        ledger.account("nobody")
