"""Matching: only units of the very step, each once, active and unexpired, in a stated order, for whole Wh."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Clock, device
from tests.support.hourly_plant import correct, hours, issue, record, set_up, text

import carbon_ledger as cl
from carbon_ledger.core.intervals import merge_serials
from carbon_ledger.errors import QuantityError, RefusedError, UnknownAccountError, UnknownDeviceError
from carbon_ledger.queries.consumption import ConsumptionProfile
from carbon_ledger.queries.matching import HourlyMatch
from carbon_ledger.serials import Block


def profile(*wh: int, first: int = 0, step_s: int = 3600) -> ConsumptionProfile:
    start = hours(first, first + 1, step_s).start
    return ConsumptionProfile(start=start, step=f"{step_s} s", consumption_wh=list(wh))


def by_hour(found: HourlyMatch) -> list[tuple[int, int]]:
    """Matched and unmatched Wh of each step."""
    return [(hour.matched_wh, hour.unmatched_wh) for hour in found.hours]


@pytest.fixture
def batch(ledger: cl.Ledger) -> cl.Batch:
    """Hours of 10, -1, 20 and 5 Wh."""
    set_up(ledger)
    return issue(ledger, [10, -1, 20, 5])


def test_a_step_is_matched_with_its_own_hour_and_no_other(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """What is left of the first hour helps the third nothing."""
    found = ledger.match("op", profile(4, 3, 50, 0))
    assert by_hour(found) == [(4, 0), (0, 3), (20, 30), (0, 0)]
    assert (found.consumption_wh, found.matched_wh, found.unmatched_wh, found.straddling_wh) == (57, 24, 33, 0)
    assert found.blocks == (Block(batch.batch_id, 1, 4), Block(batch.batch_id, 11, 30))
    assert found.score == Decimal("0.421052")  # 24/57, rounded down
    assert [hour.period for hour in found.hours] == [hours(k, k + 1) for k in range(4)]


def test_a_plan_records_nothing(ledger: cl.Ledger, batch: cl.Batch) -> None:
    before = ledger.size, ledger.holdings("op")
    ledger.match("op", profile(4, 3, 50, 0))
    assert (ledger.size, ledger.holdings("op")) == before


def test_full_hours_that_follow_one_another_are_one_block(ledger: cl.Ledger, batch: cl.Batch) -> None:
    assert ledger.match("op", profile(10, 0, 20, 5)).blocks == (batch.block,)
    assert ledger.match("op", profile(10, 0, 20, 5)).score == 1


def test_a_profile_may_begin_and_end_anywhere(ledger: cl.Ledger, batch: cl.Batch) -> None:
    assert ledger.match("op", profile(7, first=2)).blocks == (Block(batch.batch_id, 11, 17),)
    assert by_hour(ledger.match("op", profile(1, 2, first=20))) == [(0, 1), (0, 2)]
    assert by_hour(ledger.match("op", profile(9, 9, first=-1))) == [(0, 9), (9, 0)]


def test_nothing_consumed_is_matched_wholly(ledger: cl.Ledger, batch: cl.Batch) -> None:
    found = ledger.match("op", profile(0, 0))
    assert (found.blocks, found.matched_wh, found.score) == ((), 0, 1)


def test_shorter_certificates_match_a_longer_step(ledger: cl.Ledger) -> None:
    set_up(ledger)
    record(ledger, [1, 2, 0, 4, 8, 0, 0, 0], step_s=900)
    (batch,) = ledger.issue("h", hours(0, 2), to="op")
    assert by_hour(ledger.match("op", profile(9, 9))) == [(7, 2), (8, 1)]
    assert by_hour(ledger.match("op", profile(9, 9, step_s=1800))) == [(3, 6), (4, 5)]
    assert ledger.match("op", profile(2, step_s=1800)).blocks == (Block(batch.batch_id, 1, 2),)


def test_a_certificate_longer_than_the_step_matches_nothing_and_is_told(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """An hour's certificate does not say in which half-hour its Wh was generated."""
    found = ledger.match("op", profile(4, 4, 0, 0, 3, step_s=1800))
    assert (found.matched_wh, found.straddling_wh) == (0, 10 + 20)
    assert found.score == 0


def test_a_step_over_the_edge_of_the_profile_is_told(ledger: cl.Ledger) -> None:
    set_up(ledger)
    record(ledger, [6, 6], 1, step_s=1800)  # 00:30 to 01:30
    ledger.register_device(device("late", zone="UTC"))
    ledger.register_project(cl.Project(id="g", instrument="GC", zone="UTC", devices=("late",)))
    ledger.record_readings("late", start=text(0, 30), step="1 hour", net_wh=[7])
    ledger.issue("h", hours(1, 3, 1800), to="op")
    ledger.issue("g", hours(1, 3, 1800), to="op")
    found = ledger.match("op", profile(20, 20))
    assert (by_hour(found), found.straddling_wh) == ([(6, 14), (6, 14)], 7)


def test_both_vintages_of_a_step_over_the_new_year_are_of_it(ledger: cl.Ledger) -> None:
    set_up(ledger, zone="Asia/Kolkata")
    start = "2023-12-31T17:00Z"
    ledger.record_readings("plant", start=start, step="1 hour", net_wh=[5, 11, 4])
    older, newer = ledger.issue(
        "h", cl.Period.of(start, "2023-12-31T20:00Z"), to="op", waivers=[cl.Waiver("straddling-step", "by UTC")]
    )
    step = ConsumptionProfile(start="2023-12-31T18:00Z", step="1 hour", consumption_wh=[9])
    assert ledger.match("op", step).blocks == (Block(older.batch_id, 6, 11), Block(newer.batch_id, 1, 3))
    half = ConsumptionProfile(start="2023-12-31T18:30Z", step="30 min", consumption_wh=[9])
    assert ledger.match("op", half).straddling_wh == 11


# --- whose and which units ----------------------------------------------------------------------------


def test_only_active_units_of_the_account(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Invariant 13."""
    sold, retired, _ = batch.hour(text(2)).cut(6, 5)
    ledger.transfer(sold, to="buyer")
    ledger.retire(retired, beneficiary="B", purpose="P", period=hours(0, 4))
    assert by_hour(ledger.match("op", profile(0, 0, 99))) == [(0, 0), (0, 0), (9, 90)]
    assert ledger.match("buyer", profile(3, 3, 99)).blocks == (sold,)
    assert ledger.match("other", profile(3, 3, 99)).matched_wh == 0


def test_the_plan_can_be_retired_and_then_nothing_is_left_of_it(ledger: cl.Ledger, batch: cl.Batch) -> None:
    """Each unit is used once, now and the next time."""
    found = ledger.match("op", profile(4, 3, 50, 0))
    done = ledger.retire(found.blocks, beneficiary="B", purpose="hourly", period=found.profile.period)
    assert done.count == 24
    assert by_hour(ledger.match("op", profile(9, 9, 9, 9))) == [(6, 3), (0, 9), (0, 9), (5, 4)]
    assert ledger.audit().findings == ()


def test_the_plan_can_be_transferred(ledger: cl.Ledger, batch: cl.Batch) -> None:
    found = ledger.match("op", profile(4, 3, 50, 0))
    ledger.transfer(found.blocks, to="buyer")
    again = ledger.match("buyer", profile(4, 3, 50, 0))
    assert again.blocks == found.blocks
    assert ledger.balance("buyer").active == 24


def test_what_a_correction_took_back_is_not_matched(ledger: cl.Ledger, batch: cl.Batch) -> None:
    correct(ledger, [4])
    assert by_hour(ledger.match("op", profile(9))) == [(4, 5)]


def late_batches(ledger: cl.Ledger) -> list[cl.Batch]:
    """Three devices in the same hours, issued one after the other."""
    for name in ("one", "two", "three"):
        ledger.register_device(device(name, zone="UTC"))
        ledger.register_project(cl.Project(id=f"p-{name}", instrument="GC", zone="UTC", devices=(name,)))
        record(ledger, [3, 3], name=name)
    return [ledger.issue(f"p-{name}", hours(0, 2), to="op")[0] for name in ("two", "one", "three")]


def test_the_oldest_issue_comes_first_or_the_newest(ledger: cl.Ledger) -> None:
    first, second, third = late_batches(ledger)
    assert ledger.match("op", profile(7)).hours[0].blocks == (first.take(3), second.take(3), third.take(1))
    newest = ledger.match("op", profile(7), order="newest-first")
    assert newest.hours[0].blocks == (third.take(3), second.take(3), first.take(1))
    assert newest.blocks == tuple(sorted([first.take(1), second.take(3), third.take(3)]))


@pytest.mark.parametrize(("asked", "expected"), [("two", 3), (["one", "three"], 6), (("one", "one"), 3), ([], 0)])
def test_only_the_devices_that_are_named(ledger: cl.Ledger, asked: object, expected: int) -> None:
    late_batches(ledger)
    assert ledger.match("op", profile(99), device=asked).matched_wh == expected


def test_only_the_instrument_that_is_named(ledger: cl.Ledger) -> None:
    mine = cl.Instrument(id="MINE", name="Mine", unit="Wh", claim="energy-attribute", granular=True)
    set_up(ledger)
    ledger.register_device(device("second", zone="UTC"))
    ledger.register_project(cl.Project(id="m", instrument=mine, zone="UTC", devices=("second",)))
    issue(ledger, [3])
    record(ledger, [4], name="second")
    ledger.issue("m", hours(0, 1), to="op")
    with pytest.raises(RefusedError, match="it has units of GC, MINE, which cannot be added up") as refused:
        ledger.match("op", profile(9))
    assert refused.value.rule == "several-instruments"
    assert [ledger.match("op", profile(9), instrument=name).matched_wh for name in ("GC", "MINE")] == [3, 4]


def test_units_that_expired_match_nothing(ledger: cl.Ledger, clock: Clock) -> None:
    """Invariant 13; derived at the time asked about, also as of another one."""
    short = cl.Instrument(id="SHORT", name="Short", unit="Wh", claim="energy-attribute", granular=True, valid_months=24)
    set_up(ledger, instrument=short)
    issue(ledger, [3])
    then = clock.now
    assert ledger.match("op", profile(9)).matched_wh == 3
    clock.move(days=150)
    assert ledger.match("op", profile(9)).matched_wh == 0
    assert ledger.as_of(entry=ledger.size - 1).match("op", profile(9)).matched_wh == 3
    assert ledger.as_of(clock.now).match("op", profile(9)).matched_wh == 0
    clock.move(days=1)
    ledger.open_account("late", name="Late")
    assert ledger.as_of(entry=ledger.size - 1).match("op", profile(9)).matched_wh == 0
    assert ledger.as_of(then.replace(year=2026, month=1, day=2)).match("op", profile(9)).matched_wh == 3


# --- refused ------------------------------------------------------------------------------------------


def test_what_cannot_be_asked(ledger: cl.Ledger, batch: cl.Batch) -> None:
    with pytest.raises(UnknownAccountError):
        ledger.match("nobody", profile(1))
    with pytest.raises(UnknownDeviceError):
        ledger.match("op", profile(1), device="ghost")
    with pytest.raises(QuantityError, match="expected a ConsumptionProfile"):
        ledger.match("op", [1, 2, 3])
    with pytest.raises(QuantityError, match="expected the id of a device, or several ids"):
        ledger.match("op", profile(1), device=7)


@pytest.mark.parametrize("order", ["fifo", "", None])
def test_an_order_is_one_of_two(ledger: cl.Ledger, batch: cl.Batch, order: str) -> None:
    with pytest.raises(RefusedError, match="expected one of oldest-first, newest-first") as refused:
        ledger.match("op", profile(1), order=order)
    assert refused.value.rule == "unknown-order"


@pytest.mark.parametrize("instrument", ["I-REC-E", "GCC-ACC", "none"])
def test_an_instrument_without_hours_is_named(ledger: cl.Ledger, batch: cl.Batch, instrument: str) -> None:
    ledger.register_device(device("second", zone="UTC"))
    ledger.register_project(cl.Project(id="m", instrument="I-REC-E", zone="UTC", devices=("second",)))
    with pytest.raises(RefusedError, match="issues granular certificates of it; leave instrument= out") as refused:
        ledger.match("op", profile(1), instrument=instrument)
    assert refused.value.rule == "not-granular"


def test_other_units_of_the_account_are_passed_over(ledger: cl.Ledger, batch: cl.Batch) -> None:
    ledger.register_device(device("second", zone="UTC"))
    ledger.register_project(cl.Project(id="m", instrument="I-REC-E", zone="UTC", devices=("second",)))
    record(ledger, [5_000_000], name="second")
    ledger.issue("m", hours(0, 1), to="op")
    assert ledger.match("op", profile(99)).matched_wh == 10


# --- what it says -------------------------------------------------------------------------------------


def test_a_match_says_what_it_found(ledger: cl.Ledger, batch: cl.Batch) -> None:
    lines = str(ledger.match("op", profile(4, 3, 50, 0))).splitlines()
    assert lines[0] == ("Hourly match of op: 57 Wh in 4 steps of 3600 s, 2024-05-01T00:00:00Z to 2024-05-01T04:00:00Z")
    assert [line.split()[:2] for line in lines[1:]] == [
        ["consumption", "57"],
        ["matched", "24"],
        ["unmatched", "33"],
        ["straddling", "0"],
        ["score", "0.421052"],
    ]


def test_a_match_has_a_row_for_each_step(ledger: cl.Ledger, batch: cl.Batch) -> None:
    first, second = ledger.match("op", profile(4, 3)).rows()
    assert first == {
        "start": "2024-05-01T00:00:00Z",
        "consumption": 4,
        "matched": 4,
        "unmatched": 0,
        "units": f"{batch.batch_id}/1-4",
    }
    assert list(second.values()) == ["2024-05-01T01:00:00Z", 3, 0, 3, ""]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], []),
        ([(4, 5), (1, 3)], [(1, 5)]),
        ([(1, 3), (5, 6)], [(1, 3), (5, 6)]),
        ([(7, 7), (1, 3), (4, 6)], [(1, 7)]),
    ],
)
def test_blocks_that_touch_are_joined(ranges: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    blocks = [Block("h/2024/1", *item) for item in ranges]
    assert merge_serials(sorted(blocks)) == tuple(Block("h/2024/1", *item) for item in expected)
    other = Block("g/2024/1", 4, 9)
    assert merge_serials(sorted([*blocks, other]))[0] == other


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    generated=st.lists(st.integers(-2, 9), min_size=1, max_size=8),
    sold=st.lists(st.integers(0, 8), max_size=4),
    consumed=st.lists(st.integers(0, 12), min_size=1, max_size=10),
    first=st.integers(-2, 4),
)
def test_a_match_is_the_least_of_both_in_every_hour(
    generated: list[int], sold: list[int], consumed: list[int], first: int
) -> None:
    """Invariants 13 and 18: held against one row a unit; nothing is used twice, and nothing of another hour."""
    ledger = cl.open_ledger(":memory:")
    for account in ("op", "buyer"):
        ledger.open_account(account, name=account)
    set_up(ledger)
    record(ledger, [*generated, 1])
    (batch,) = ledger.issue("h", hours(0, len(generated) + 1), to="op")
    mine: dict[int, list[int]] = {}
    serials = iter(range(1, batch.count + 1))
    for hour, wh in enumerate([*generated, 1]):
        mine[hour] = [next(serials) for _ in range(max(0, wh))]
    for k in sold:
        serial = 1 + k % batch.count
        if any(serial in left for left in mine.values()):
            ledger.transfer(Block(batch.batch_id, serial, serial), to="buyer")
            mine = {hour: [n for n in left if n != serial] for hour, left in mine.items()}
    found = ledger.match("op", profile(*consumed, first=first))
    for position, hour in enumerate(found.hours):
        wanted = mine.get(first + position, [])[: consumed[position]]
        assert [k for block in hour.blocks for k in range(block.first, block.last + 1)] == wanted
    assert sum(block.count for block in found.blocks) == found.matched_wh <= found.consumption_wh
    assert found.matched_wh + found.unmatched_wh == sum(consumed)
    assert (found.score == 1) == (found.unmatched_wh == 0)
    if found.blocks:
        ledger.transfer(found.blocks, to="buyer")
