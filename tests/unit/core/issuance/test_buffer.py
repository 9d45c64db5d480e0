"""The buffer of an issuance: its share of the units, rounded up, and how the log records it."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import device, dump
from tests.support.expiring_plant import BAKU, counts, held, issued, month
from tests.support.forging import found_in

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.holdings.buffer import BUFFER_CEILING, buffer_share, buffered_of
from carbon_ledger.core.issuance.buffer import batches_record, levied_of
from carbon_ledger.core.rules import apply
from carbon_ledger.instruments import Levy

__all__ = ["held"]


def test_a_share_of_each_batch_is_held_back_rounded_up(held: cl.Ledger) -> None:
    """The highest serials, per batch; the event says the share and the units."""
    split = cl.Waiver("straddling-step", "one total over the turn of the year")
    period = cl.Period.of("2024-12-01", "2025-02-01", zone=BAKU)
    held.record_generation("plant", period, net="62 MWh")
    old, new = held.issue("p", period, to="op", waivers=[split], buffer="10%")
    assert (old.count, new.count) == (31, 31)
    event = held.entry(int(old.batch_id.rsplit("/", 1)[1])).event
    assert event["buffer_share"] == "0.1"
    assert event["batches"] == [
        {"vintage": 2024, "count": 31, "buffered": 4},
        {"vintage": 2025, "count": 31, "buffered": 4},
    ]
    assert held.holdings("op", state="buffered") == tuple(cl.Block(batch.batch_id, 28, 31) for batch in (old, new))
    assert counts(held) == {"active": 54, "buffered": 8}
    assert held.reconcile("p", cl.Period.of("2024-01-01", "2026-01-01", zone=BAKU)).buffered == 8


def test_without_a_buffer_the_event_has_no_word_of_it(held: cl.Ledger) -> None:
    """The bytes stay as they were before there was a buffer."""
    batch = issued(held, month(1))
    event = held.entry(held.size - 1).event
    assert "buffer_share" not in event
    assert event["batches"] == [{"vintage": 2025, "count": 10}]
    none = issued(held, month(2), buffer="0")
    event = held.entry(held.size - 1).event
    assert (event["buffer_share"], event["batches"]) == ("0", [{"vintage": 2025, "count": 10}])
    assert held.holdings("op") == (batch.block, none.block)


@pytest.mark.parametrize(
    ("share", "error"),
    [
        (0.1, errors.InexactNumberError),
        ("1", errors.QuantityError),
        ("100%", errors.QuantityError),
        ("-0.1", errors.QuantityError),
        (True, errors.QuantityError),
        ("a tenth", errors.QuantityError),
        ("10 %%", errors.QuantityError),
        ("0.10000000000000000000000000000000000000000000000000000000000001", errors.InexactNumberError),
        ([], errors.QuantityError),
    ],
)
def test_what_is_no_share_is_refused(held: cl.Ledger, share: object, error: type[Exception]) -> None:
    """Invariant 1: a float is refused at the door."""
    held.record_generation("plant", month(1), net="10 MWh")
    before = dump(held)
    with pytest.raises(error, match="buffer"):
        held.issue("p", month(1), to="op", buffer=share)
    assert dump(held) == before


@pytest.mark.parametrize(
    ("share", "expected"), [("10%", "0.1"), ("2.5 %", "0.025"), (Decimal("0.500"), "0.5"), ("0", "0")]
)
def test_one_share_has_one_spelling_in_the_log(share: object, expected: str) -> None:
    assert str(buffer_share(share)) == expected


@given(st.integers(1, 2**53 - 1), st.decimals(0, "0.999999999", places=9))
def test_the_buffer_is_the_share_rounded_up_and_never_more_than_the_batch(count: int, share: Decimal) -> None:
    """`BUFFER_CEILING`: the smallest whole number that is not below the share."""
    back = buffered_of(count, share)
    assert BUFFER_CEILING.rounding.direction == "ceiling"
    assert back - 1 < count * share <= back <= count


def test_the_same_issue_with_another_buffer_is_another_command(held: cl.Ledger) -> None:
    """Invariant 26: a share is a part of what was asked, whatever its spelling."""
    held.record_generation("plant", month(1), net="10 MWh")
    first = held.issue("p", month(1), to="op", buffer="0.2", key="k")
    assert held.issue("p", month(1), to="op", buffer="20%", key="k") == first
    for share in (None, "0.3"):
        with pytest.raises(errors.IdempotencyError):
            held.issue("p", month(1), to="op", buffer=share, key="k")


def test_a_forged_buffer_is_found(held: cl.Ledger) -> None:
    """Invariant 22: an issuance pins what it held back, and the rule computes it again."""
    batch = issued(held, month(1), buffer="0.15")
    n = int(batch.batch_id.rsplit("/", 1)[1])
    entry, view = held.entry(n), held._store.view(n)
    assert apply(view, entry)
    event = dict(entry.event)
    for wrong in (
        {**event, "batches": [{"vintage": 2025, "count": 10, "buffered": 1}]},
        {**event, "batches": [{"vintage": 2025, "count": 10}]},
        {name: value for name, value in event.items() if name != "buffer_share"},
    ):
        with pytest.raises(errors.BrokenLogError, match="batches"):
            apply(view, evolve(entry, event=wrong))
    with pytest.raises(errors.QuantityError, match="from 0 to below 1"):
        apply(view, evolve(entry, event={**event, "buffer_share": "1"}))


SPLIT = cl.Waiver("straddling-step", "one total over the turn of the year")
WINTER = cl.Period.of("2024-12-01", "2025-02-01", zone=BAKU)


@pytest.mark.parametrize(
    ("count", "held_back"), [(0, (0, 0)), (5, (0, 5)), (31, (0, 31)), (40, (9, 31)), (62, (31, 31))]
)
def test_a_count_is_held_back_from_the_newest_vintage_on(
    held: cl.Ledger, count: int, held_back: tuple[int, int]
) -> None:
    """The highest serials of the newest vintage; the event says the count and the units."""
    held.record_generation("plant", WINTER, net="62 MWh")
    batches = held.issue("p", WINTER, to="op", waivers=[SPLIT], buffer=count)
    event = held.entry(held.size - 1).event
    assert (event["buffer_count"], "buffer_share" in event) == (count, False)
    assert tuple(item.get("buffered", 0) for item in event["batches"]) == held_back
    wanted = [cl.Block(batch.batch_id, 32 - n, 31) for batch, n in zip(batches, held_back, strict=True) if n]
    assert list(held.holdings("op", state="buffered")) == wanted


@pytest.mark.parametrize("count", [63, 2**53 - 1])
def test_no_more_is_held_back_than_is_issued(held: cl.Ledger, count: int) -> None:
    held.record_generation("plant", WINTER, net="62 MWh")
    before = dump(held)
    with pytest.raises(errors.RefusedError, match="the issuance makes 62 units") as refusal:
        held.issue("p", WINTER, to="op", waivers=[SPLIT], buffer=count)
    assert refusal.value.rule == "buffer-exceeds-issued"
    assert dump(held) == before


@pytest.mark.parametrize("count", [-1, 2**53])
def test_what_is_no_count_is_refused(held: cl.Ledger, count: int) -> None:
    held.record_generation("plant", month(1), net="10 MWh")
    with pytest.raises(errors.QuantityError, match="expected a number of units"):
        held.issue("p", month(1), to="op", buffer=count)


def test_a_count_and_a_share_are_different_commands(held: cl.Ledger) -> None:
    """Invariant 26."""
    held.record_generation("plant", month(1), net="10 MWh")
    first = held.issue("p", month(1), to="op", buffer=2, key="k")
    assert held.issue("p", month(1), to="op", buffer=2, key="k") == first
    for other in ("0.2", 3, None):
        with pytest.raises(errors.IdempotencyError):
            held.issue("p", month(1), to="op", buffer=other, key="k")


WRONG_COUNTS = (
    {"buffer_count": 2},
    {"batches": [{"vintage": 2025, "count": 10, "buffered": 4}]},
    {"buffer_share": "0"},
)


def test_a_forged_count_is_found(held: cl.Ledger) -> None:
    """Invariant 34."""
    issued(held, month(1), buffer=3)
    entry, view = held.entry(held.size - 1), held._store.view(held.size - 1)
    for wrong in WRONG_COUNTS:
        with pytest.raises(errors.BrokenLogError, match="as computed by the rules"):
            apply(view, evolve(entry, event={**entry.event, **wrong}))
    with pytest.raises(errors.RefusedError, match="the issuance makes 10 units"):
        apply(view, evolve(entry, event={**entry.event, "buffer_count": 11}))


def test_granular_certificates_take_a_share_alone(ledger: cl.Ledger) -> None:
    ledger.register_device(device("one"))
    ledger.register_project(cl.Project(id="hours", instrument="GC", zone=BAKU, devices=("one",)))
    day = cl.Period.day("2025-05-01", zone=BAKU)
    ledger.record_readings("one", start=day.start, step="1 hour", net_wh=[100] * 24)
    with pytest.raises(errors.RefusedError) as refusal:
        ledger.issue("hours", day, to="op", buffer=5)
    assert refusal.value.rule == "buffer-count-granular"
    assert ledger.issue("hours", day, to="op", buffer="10%")[0].count == 2400
    assert ledger.audit().findings == ()


def levied(ledger: cl.Ledger, levy: Levy, **more: Any) -> tuple[cl.Batch, ...]:
    """The batches of the winter, 62 MWh, issued in an instrument with a levy."""
    instrument = cl.Instrument(id="LEVIED", name="Levied", unit="MWh", claim="energy-attribute", levy=levy)
    ledger.register_project(cl.Project(id="l", instrument=instrument, zone=BAKU, devices=("plant",)))
    ledger.record_generation("plant", WINTER, net="62 MWh")
    return ledger.issue("l", WINTER, to="op", waivers=[SPLIT], **more)


def test_the_published_levy_leaves_what_was_published() -> None:
    """Domain section 4 [P]: a 2% levy on 111,949 units leaves 109,710; rounded down it would create a unit."""
    levy = Levy(share=Decimal("0.02"))
    assert 111_949 - sum(levied_of([111_949], levy)) == 109_710
    assert 111_949 - sum(levied_of([100_000, 11_949], levy)) == 109_710
    record = batches_record([(2024, 111_949)], None, levy)
    assert record == {"batches": [{"vintage": 2024, "count": 111_949, "levied": 2239}]}


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=6), st.decimals("0.001", "0.999", places=3), st.data())
def test_levy_and_buffer_never_take_more_than_a_batch_has(
    counts: list[int], share: Decimal, data: st.DataObject
) -> None:
    """The levy is the share of all units, rounded up; then the buffer takes what was asked of what is left."""
    levy = Levy(share=share)
    taken = levied_of(counts, levy)
    assert sum(taken) - 1 < sum(counts) * share <= sum(taken)
    left = sum(counts) - sum(taken)
    buffer = data.draw(st.one_of(st.integers(0, left), st.decimals(0, "0.99", places=2)))
    batches = batches_record([(2000 + k, count) for k, count in enumerate(counts)], buffer, levy)["batches"]
    assert [item.get("levied", 0) for item in batches] == taken
    assert all(item.get("levied", 0) + item.get("buffered", 0) <= item["count"] for item in batches)
    if isinstance(buffer, int):
        assert sum(item.get("buffered", 0) for item in batches) == buffer


def test_a_levy_goes_to_its_account(held: cl.Ledger) -> None:
    """The highest serials of each batch; the buffer has the next ones; the event pins all of them."""
    held.open_account("fund", name="Fund")
    old, new = levied(held, Levy(share="0.05", to="fund"), buffer="10%")
    event = held.entry(held.size - 1).event
    assert event["batches"] == [
        {"vintage": 2024, "count": 31, "buffered": 3, "levied": 2},
        {"vintage": 2025, "count": 31, "buffered": 3, "levied": 2},
    ]
    assert held.holdings("fund") == tuple(cl.Block(batch.batch_id, 30, 31) for batch in (old, new))
    assert held.holdings("op", state="buffered") == tuple(cl.Block(batch.batch_id, 27, 29) for batch in (old, new))
    assert counts(held, instrument="LEVIED") == {"active": 52, "buffered": 6}
    assert counts(held, "fund", "LEVIED") == {"active": 4}
    assert held.statement("fund").movements[0].active == 4
    assert "4 levied for fund" in str(held.statement("fund"))
    assert held.carry("l").counted == 62
    held.retire(held.holdings("fund")[0], beneficiary="B", purpose="p", period=month(1))
    assert held.audit().findings == ()


def test_a_levy_is_cancelled_at_issuance(held: cl.Ledger) -> None:
    levied(held, Levy(share="0.05"))
    assert counts(held, instrument="LEVIED") == {"active": 58, "cancelled": 4}
    assert "4 levied and cancelled" in str(held.statement("op"))
    with pytest.raises(errors.NotActiveError, match="cancelled, for ever"):
        held.void(held.issuances("l")[0].n, reason="r")


def test_a_levied_issuance_is_voided_while_all_units_are_where_they_were_issued_to(held: cl.Ledger) -> None:
    held.open_account("fund", name="Fund")
    old, _ = levied(held, Levy(share="0.05", to="fund"))
    held.transfer(cl.Block(old.batch_id, 30, 30), to="op")
    with pytest.raises(errors.NotHolderError, match="still fund's can be voided"):
        held.void(old, reason="r")
    held.transfer(cl.Block(old.batch_id, 30, 30), to="fund")
    held.void(old, reason="r")
    assert counts(held, "fund", "LEVIED") == {"withdrawn": 4}
    assert held.issue("l", WINTER, to="op", waivers=[SPLIT])[0].count == 31


def test_a_levy_needs_an_open_account(held: cl.Ledger) -> None:
    with pytest.raises(errors.UnknownAccountError, match="fund"):
        levied(held, Levy(share="0.05", to="fund"))


def test_a_buffer_by_count_is_of_what_the_levy_leaves(held: cl.Ledger) -> None:
    with pytest.raises(errors.RefusedError, match="makes 58 units that can be held back"):
        levied(held, Levy(share="0.05"), buffer=59)
    held.issue("l", WINTER, to="op", waivers=[SPLIT], buffer=58, expect=62)
    assert counts(held, instrument="LEVIED") == {"buffered": 58, "cancelled": 4}


@pytest.mark.parametrize("taken", [{}, {"levied": 1}, {"levied": 3}])
def test_a_forged_levy_is_found(held: cl.Ledger, taken: dict[str, int]) -> None:
    """Invariant 34: the levy is that of the instrument that the project pins."""
    held.open_account("fund", name="Fund")
    levied(held, Levy(share="0.05", to="fund"))
    entry, view = held.entry(held.size - 1), held._store.view(held.size - 1)
    batches = [{"vintage": year, "count": 31} | taken for year in (2024, 2025)]
    with pytest.raises(errors.BrokenLogError, match="batches not as computed"):
        apply(view, evolve(entry, event={**entry.event, "batches": batches}))


def test_a_levy_for_an_account_that_was_never_opened_is_found(held: cl.Ledger) -> None:
    """Invariant 34."""
    held.open_account("fund", name="Fund")
    opened = held.size - 1
    levied(held, Levy(share="0.05", to="fund"))
    assert "fund" in str(found_in(held, opened, lambda event: event.update(account="another-fund")))
