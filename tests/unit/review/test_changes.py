"""What has changed since a checkpoint: every kind of change on a ledger with one, and a prefix that was rewritten."""

import gc
import tracemalloc
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.everything import everything
from tests.support.reviewed_ledgers import (
    BAKU,
    RECIPES,
    Story,
    begun,
    digest_of,
    factor,
    month,
    plant,
    r13,
    r16,
    r17,
    r18,
    total,
)
from tests.unit.publishing.test_pinning import rewritten
from tests.unit.test_golden import VERSIONS, replayed

import carbon_ledger as cl
from carbon_ledger.errors import BrokenLogError, ForkError, FormatError, StoreError
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.log.merkle import leaf_hash, root_hash
from carbon_ledger.review.verified_time import _merged
from carbon_ledger.signing import Signer
from carbon_ledger.testing import Clock

SIGNER = Signer("example.com/changes", bytes(range(32)))
LISTS = ("late_readings", "corrections", "removed", "factors", "roles")


def issued(net_wh: int = 1_311_234_000) -> Story:
    """A plant with one month that is issued."""
    story = begun()
    story.goto(month(3), 3)
    total(story, month(3), net_wh)
    story.approve_and_issue(month(3))
    return story


def correct(story: Story, net: str, period: cl.Period | None = None, **more: object) -> None:
    given: dict[str, object] = {"reason": "the transformer's ratio was wrong", "evidence": digest_of(9), "by": "ops"}
    story.ledger.correct_generation("plant", period or month(3), net=net, **(given | more))
    story.later(days=1)


# Issuances, corrections, units


def test_a_verified_issuance_whose_amount_changed_after_the_sale() -> None:
    story = r17()
    found = story.ledger.changes(since=12)
    (changed,) = found.issuances
    assert (changed.issuance, changed.project, changed.entries) == (10, "hydro", (13,))
    assert (changed.old_amount, changed.new_amount) == (Decimal("1311.234"), Decimal("311.234"))
    assert changed.difference == Decimal(-1000)
    assert (changed.old_units, changed.new_units, changed.voided) == (1311, 1311, False)
    (corrected,) = found.corrections
    assert (corrected.old_wh, corrected.new_wh, corrected.difference_wh) == (1_311_234_000, 311_234_000, -1_000_000_000)
    assert (corrected.entry, corrected.device, corrected.meter, corrected.issuances) == (13, "plant", None, (10,))
    assert (corrected.reason, corrected.evidence) == ("the transformer's ratio was wrong", digest_of(9))
    assert (corrected.start, corrected.end) == (month(3).start, month(3).end)
    (debit,) = found.debits
    assert (debit.then, debit.now) == (Decimal(0), Decimal("999.766"))
    assert "issuance 10 of hydro: amount 1311.234 then, 311.234 now" in str(found)


def test_an_issuance_after_the_checkpoint_was_not_verified() -> None:
    assert r17().ledger.changes(since=8).issuances == ()


def test_a_correction_that_withdraws_unsold_units() -> None:
    story = issued()
    since = story.ledger.size
    correct(story, "311.234 MWh")
    found = story.ledger.changes(since=since)
    (changed,) = found.issuances
    assert (changed.old_units, changed.new_units) == (1311, 311)
    (removed,) = found.removed
    assert (removed.what, removed.units, removed.first, removed.last) == ("withdrawn by a correction", 1000, 312, 1311)
    assert removed.issuance == changed.issuance


def test_a_correction_of_a_correction_has_the_energy_before_it() -> None:
    story = issued()
    since = story.ledger.size
    correct(story, "1000 MWh")
    correct(story, "1100 MWh")
    pairs = [(item.old_wh, item.new_wh) for item in story.ledger.changes(since=since).corrections]
    assert pairs == [(1_311_234_000, 1_000_000_000), (1_000_000_000, 1_100_000_000)]
    (changed,) = story.ledger.changes(since=since).issuances
    assert changed.entries == tuple(item.entry for item in story.ledger.changes(since=since).corrections)


def test_a_correction_in_several_entries_is_one_change() -> None:
    """2,000 steps are staged in one entry and ended in another; a ledger that is cut between them has none yet."""
    story = begun()
    story.clock.now = "2025-06-01T00:00Z"
    start = month(3).start
    given = {"start": start, "step": "1 hour", "evidence": digest_of(9)}
    story.ledger.record_readings("plant", net_wh=[1_000_000] * 2_000, **given)
    since = story.ledger.size
    story.ledger.correct_readings("plant", net_wh=[1_000_001] * 2_000, reason="rounded", **given)
    assert story.ledger.size == since + 2
    for cut in (since, since + 1):
        (found,) = story.ledger.changes(since=cut).corrections
        assert (found.old_wh, found.difference_wh, found.start) == (2_000_000_000, 2_000, start)
    assert story.ledger.as_of(entry=since).changes(since=since).corrections == ()


def test_a_correction_of_a_part_of_a_run_has_the_energy_of_that_part() -> None:
    story = begun()
    story.goto(month(3), 3)
    story.record(month(3), [1_000_000 * k for k in range(1, 32)])
    since = story.ledger.size
    correct(story, "7 MWh", cl.Period.day("2025-03-05", zone=BAKU))
    (found,) = story.ledger.changes(since=since).corrections
    assert (found.old_wh, found.new_wh) == (5_000_000, 7_000_000)


def test_a_correction_of_a_shared_meter_has_a_row_for_each_device() -> None:
    story = begun("open", plant(), plant("second", name="Second"), projects=False)
    story.ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    story.goto(month(3), 3)
    story.ledger.record_meter("feeder", month(3), net="300 MWh", evidence=digest_of(1))
    since = story.ledger.size
    story.ledger.correct_meter(
        "feeder",
        start=month(3).start,
        step=f"{month(3).seconds} s",
        net_wh=[600_000_000],
        reason="x was misread",
        evidence=digest_of(2),
    )
    rows = story.ledger.changes(since=since).corrections
    assert [(item.device, item.meter, item.old_wh, item.new_wh) for item in rows] == [
        ("plant", "feeder", 100_000_000, 200_000_000),
        ("second", "feeder", 200_000_000, 400_000_000),
    ]


def test_a_voided_issuance() -> None:
    found = r16().ledger.changes(since=11)
    assert [(item.issuance, item.voided, item.new_units) for item in found.issuances] == [(10, True, 0)]
    assert [(item.what, item.issuance, item.batch, item.units) for item in found.removed] == [
        ("voided", n, None, 1292) for n in (10, 15, 20)
    ]
    assert found.removed[0].reason == "the wrong account was named"


def test_withdrawn_blocks_and_a_conversion() -> None:
    story = issued()
    since = story.ledger.size
    (batch,) = story.ledger.batches("hydro")
    story.ledger.withdraw([cl.Block(batch.batch_id, 1, 5), cl.Block(batch.batch_id, 8, 9)], reason="sold elsewhere")
    found = story.ledger.changes(since=since)
    assert [(item.what, item.first, item.last, item.units) for item in found.removed] == [
        ("withdrawn", 1, 5, 5),
        ("withdrawn", 8, 9, 2),
    ]
    (changed,) = found.issuances
    assert (changed.new_units - changed.old_units, changed.entries) == (-7, (since,))
    other = issued()
    since = other.ledger.size
    other.ledger.convert(other.ledger.batches("hydro")[0], to_instrument="EECS-GO", reason="exported to Europe")
    found = other.ledger.changes(since=since)
    assert [(item.what, item.units, item.reason) for item in found.removed] == [
        ("converted", 1311, "exported to Europe")
    ]
    assert [item.voided for item in found.issuances] == [True]


# Late readings


def with_gap() -> Story:
    """March without the 5th and the 6th, issued with a waiver; April without the 9th, not issued."""
    story = begun()
    story.goto(month(4), 3)
    for period, missing in ((month(3), (5, 6)), (month(4), (9,))):
        for number, day in enumerate(period.days(), 1):
            if number not in missing:
                story.ledger.record_generation("plant", day, net="41.5 MWh", evidence=digest_of(number))
    story.approve_and_issue(month(3), waivers=[cl.Waiver("gap", "the logger was down on two days")])
    return story


def day(text: str) -> cl.Period:
    return cl.Period.day(text, zone=BAKU)


def test_late_readings_into_claimed_and_into_verified_time() -> None:
    story = with_gap()
    since = story.ledger.size
    story.ledger.record_readings(
        "plant", start=day("2025-03-05").start, step="24 hours", net_wh=[3_000_000, 4_000_000], evidence=digest_of(77)
    )
    total(story, day("2025-04-09"), 5_000_000)
    story.goto(month(5), 3)
    total(story, month(5), 900_000_000)  # nothing was verified of May
    late = story.ledger.changes(since=since).late_readings
    assert [(item.into, item.start, item.end, item.steps, item.net_wh) for item in late] == [
        ("claimed", day("2025-03-05").start, day("2025-03-06").end, 2, 7_000_000),
        ("verified", day("2025-04-09").start, day("2025-04-09").end, 1, 5_000_000),
    ]
    assert [(item.entry, item.device, item.meter) for item in late] == [
        (since, "plant", None),
        (since + 1, "plant", None),
    ]
    assert story.ledger.changes(since=0).late_readings == ()
    assert story.ledger.changes(since=6).late_readings == ()


def test_a_run_that_begins_in_verified_time_is_late_up_to_its_end() -> None:
    story = begun()
    story.goto(month(3), 3)
    total(story, day("2025-03-02"), 5_000_000)
    since = story.ledger.size
    story.ledger.record_readings("plant", start=day("2025-03-01").start, step="24 hours", net_wh=[1_000_000])
    story.ledger.record_readings("plant", start=day("2025-03-03").start, step="24 hours", net_wh=[1_000_000] * 9)
    (late,) = story.ledger.changes(since=since).late_readings
    assert (late.into, late.start, late.steps) == ("verified", day("2025-03-01").start, 1)


def test_a_late_reading_of_a_shared_meter_is_late_for_each_device() -> None:
    story = begun("open", plant(), plant("second", name="Second"), projects=False)
    story.ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}))
    story.goto(month(3), 3)
    story.ledger.record_meter("feeder", day("2025-03-09"), net="30 MWh")
    since = story.ledger.size
    story.ledger.record_meter("feeder", day("2025-03-08"), net="33 MWh")
    late = story.ledger.changes(since=since).late_readings
    assert [(item.device, item.meter, item.net_wh) for item in late] == [
        ("plant", "feeder", 11_000_000),
        ("second", "feeder", 22_000_000),
    ]


def test_a_device_that_came_later_had_no_verified_time() -> None:
    story = issued()
    since = story.ledger.size
    story.ledger.register_device(plant("second", name="Second"))
    total(story, month(3), 5_000_000, "second")
    assert story.ledger.changes(since=since).late_readings == ()


def test_a_period_that_a_verifier_had_approved_is_verified_time() -> None:
    story = begun()
    story.goto(month(3), 3)
    for period in month(3).days()[:20]:
        total(story, period, 40_000_000)
    waiver = [cl.Waiver("gap", "eleven days are missing")]
    story.ledger.approve(story.ledger.quantify("hydro", month(3), waivers=waiver), by="verifier", note="as delivered")
    since = story.ledger.size
    total(story, day("2025-03-30"), 41_000_000)
    (late,) = story.ledger.changes(since=since).late_readings
    assert (late.into, late.net_wh) == ("verified", 41_000_000)


def test_time_of_a_voided_issuance_and_of_a_revoked_approval_is_neither_claimed_nor_approved() -> None:
    story = begun()
    story.goto(month(3), 3)
    for period in month(3).days()[:20]:
        total(story, period, 40_000_000)
    waiver = [cl.Waiver("gap", "eleven days are missing")]
    (batch,) = story.approve_and_issue(month(3), waivers=waiver)
    story.ledger.void(batch, reason="too early")
    (approval,) = story.ledger.approve(story.ledger.quantify("hydro", month(3), waivers=waiver), by="verifier")
    approved = story.ledger.size
    story.ledger.revoke_approval(approval, reason="too early", by="verifier")
    revoked = story.ledger.size
    total(story, day("2025-03-30"), 41_000_000)
    assert [item.into for item in story.ledger.changes(since=approved).late_readings] == ["verified"]
    assert story.ledger.changes(since=revoked).late_readings == ()


@pytest.mark.parametrize(
    ("intervals", "merged"),
    [
        ([], []),
        ([(5, 9), (0, 3)], [(0, 3), (5, 9)]),
        ([(0, 10), (2, 3)], [(0, 10)]),
        ([(0, 3), (3, 5), (4, 8)], [(0, 8)]),
    ],
)
def test_intervals_are_merged(intervals: list[tuple[int, int]], merged: list[tuple[int, int]]) -> None:
    assert _merged(intervals) == merged


# Factors and roles


def test_a_superseded_factor_and_another_one_of_its_series() -> None:
    story = r13()
    since = story.ledger.size - 1
    (found,) = story.ledger.changes(since=since).factors
    assert (found.factor, found.value, found.earlier, found.earlier_value) == ("new", "0.41", "old", "0.62")
    assert (found.supersedes, found.series, found.entry) == (True, "az", since)
    assert [item.factor for item in story.ledger.changes(since=0).factors] == ["new"]
    story.ledger.adopt_factor(factor("third", "0.3", series="az", revision=3))
    story.ledger.adopt_factor(factor("alone", "0.3", series="tr", revision=1))
    found = story.ledger.changes(since=since + 1).factors
    assert [(item.factor, item.earlier, item.supersedes) for item in found] == [
        ("third", "old", False),
        ("third", "new", False),
    ]


def test_roles_that_were_granted_and_revoked() -> None:
    found = r18().ledger.changes(since=8).roles
    assert [(item.change, item.actor, item.role, item.by, item.reason) for item in found] == [
        ("granted", "ops", "registrar", "registrar", None),
        ("granted", "friend", "verifier", "ops", None),
        ("revoked", "friend", "verifier", "ops", "the work is done"),
    ]


# What all changes have in common

WHOLE: dict[str, Callable[[], cl.Ledger]] = {name: lambda make=make: make().ledger for name, make in RECIPES.items()}
WHOLE["with_gap"] = lambda: with_gap().ledger
# Ledgers with every event and every field.
WHOLE |= {name: lambda name=name: Ledger(replayed(name), clock=Clock(), by="x") for name in VERSIONS}


@pytest.fixture(scope="module")
def ledgers() -> dict[str, cl.Ledger]:
    return {name: make() for name, make in WHOLE.items()}


@given(name=st.sampled_from(sorted(WHOLE)), data=st.data())
@settings(max_examples=60, deadline=None)
def test_changes_since_an_entry_compose(ledgers: dict[str, cl.Ledger], name: str, data: st.DataObject) -> None:
    """All since the first is everything; none since the last; and two spans of time have what the whole span has."""
    ledger = ledgers[name]
    size = ledger.size
    first = data.draw(st.integers(0, size - 1), "then")
    middle = data.draw(st.integers(max(first, 1), size), "between")
    whole, later = ledger.changes(since=first), ledger.changes(since=middle)
    earlier = ledger.as_of(entry=middle - 1).changes(since=first)
    assert (earlier.root, earlier.size) == (later.since_root, later.since)
    assert whole.since_root == earlier.since_root
    for kind in ("corrections", "removed", "factors", "roles"):
        assert getattr(whole, kind) == (*getattr(earlier, kind), *getattr(later, kind))
    counts = Counter({item.type: item.count for item in earlier.entries})
    counts.update({item.type: item.count for item in later.entries})
    assert counts == Counter({item.type: item.count for item in whole.entries})
    assert sum(counts.values()) == size - first
    for late in whole.late_readings:
        assert late.entry < middle or any(item.entry == late.entry for item in later.late_readings)
    then = {item.project: item.now for item in earlier.debits}
    assert all(item.then == then.get(item.project, 0) for item in later.debits)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_nothing_has_changed_since_now_and_everything_since_the_beginning(
    ledgers: dict[str, cl.Ledger], name: str
) -> None:
    ledger = ledgers[name]
    now, all_of_it = ledger.changes(since=ledger.size), ledger.changes(since=0)
    assert now.entries == now.issuances == ()
    assert all(getattr(now, kind) == () for kind in LISTS)
    assert all(item.then == item.now for item in now.debits)
    assert now.since_root == now.root == all_of_it.root == ledger.root()
    assert all_of_it.since_root == root_hash([]).hex()
    assert Counter(entry.type for entry in ledger.entries()) == {item.type: item.count for item in all_of_it.entries}


def test_every_part_is_a_table_and_plain_data(tmp_path: Path) -> None:
    ledger = everything(tmp_path).ledger
    found = ledger.changes(since=1)
    assert Counter(entry.type for entry in ledger.entries(1)) == {item.type: item.count for item in found.entries}
    plain = found.to_dict()
    for name in ("entries", "issuances", *LISTS, "debits"):
        listing = getattr(found, name)
        assert len(listing.rows()) == len(listing) == len(plain[name])
        assert all(str(item) in str(found) for item in listing if name != "debits")
    assert found.roles


# The prefix


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    with cl.open_ledger(path, ledger_id="changed", clock=Clock("2025-01-02T08:00Z")) as ledger, ledger.batch():
        for k in range(20):
            ledger.open_account(f"account-{k}", name="Alice")
    return path


def test_a_checkpoint_in_each_form(file: Path, tmp_path: Path) -> None:
    with cl.open_ledger(file, clock=Clock("2025-01-03T08:00Z")) as ledger:
        published = ledger.publish(tmp_path / "log", signer=SIGNER)
        copy = ledger.backup(tmp_path / "copy.db")
        ledger.open_account("late", name="Late")
        for since in (published, published.note, published.checkpoint, copy):
            found = ledger.changes(since=since)
            assert (found.since, found.since_root, found.is_pinned) == (21, published.root.hex(), True)
            assert [(item.type, item.count) for item in found.entries] == [("account.opened", 1)]
        assert not ledger.changes(since=21).is_pinned


@pytest.mark.parametrize("n", [1, 11, 20])
@pytest.mark.parametrize("leaf", [False, True])
def test_a_rewritten_prefix_is_refused_although_its_stored_hashes_are_the_old_ones(
    file: Path, n: int, leaf: bool
) -> None:
    with cl.open_ledger(file) as ledger:
        pin = Checkpoint("x", ledger.size, bytes.fromhex(ledger.root()))
    rewritten(file, n, leaf=leaf)
    with cl.open_ledger(file, read_only=True) as ledger:
        with pytest.raises(ForkError, match="first 21 entries do not hash to the root of the checkpoint"):
            ledger.changes(since=pin)
        if leaf:
            assert ledger.changes(since=21).since_root != pin.root.hex()
        else:
            with pytest.raises(BrokenLogError, match=f"entry {n} is missing, or does not have the hash"):
                ledger.changes(since=21)


def test_new_entries_that_do_not_have_their_stored_hashes_are_refused(file: Path) -> None:
    with cl.open_ledger(file) as ledger:
        leaves = list(ledger._store.leaves(0, 10))
    rewritten(file, 15)
    with cl.open_ledger(file, read_only=True) as ledger:
        with pytest.raises(BrokenLogError, match="entry 15"):
            ledger.changes(since=Checkpoint("x", 10, root_hash(leaves)))
        assert ledger.as_of(entry=14).changes(since=10).size == 15


def test_another_ledger_or_one_that_was_cut_off_is_refused(file: Path) -> None:
    with cl.open_ledger(file) as ledger:
        with pytest.raises(ForkError, match="or the checkpoint is of another ledger"):
            ledger.changes(since=Checkpoint("x", 3, leaf_hash(b"other")))
        with pytest.raises(ForkError, match="the checkpoint has 22 entries, but the ledger has 21"):
            ledger.changes(since=Checkpoint("x", 22, bytes(32)))


@pytest.mark.parametrize("since", [-1, 22, 2**70])
def test_a_size_that_the_ledger_never_had_is_refused(file: Path, since: int) -> None:
    with cl.open_ledger(file) as ledger, pytest.raises(StoreError, match="from 0 to 21"):
        ledger.changes(since=since)


@pytest.mark.parametrize("since", [True, None, "5", 3.0, b"note", b"", [], object()])
def test_what_is_no_checkpoint_is_refused(file: Path, since: object) -> None:
    with cl.open_ledger(file) as ledger, pytest.raises(FormatError):
        ledger.changes(since=since)


def test_as_of_an_entry_a_newer_checkpoint_is_refused(file: Path) -> None:
    with cl.open_ledger(file) as ledger:
        pin = Checkpoint("x", 21, bytes.fromhex(ledger.root()))
        assert ledger.as_of(entry=20).changes(since=pin).size == 21
        with pytest.raises(StoreError, match="as of this entry or time the ledger has 10"):
            ledger.as_of(entry=9).changes(since=pin)
        with pytest.raises(StoreError, match="from 0 to 10"):
            ledger.as_of(entry=9).changes(since=11)


@pytest.mark.slow
def test_the_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    peaks = []
    for size in (1_000, 4_000):
        with cl.open_ledger(tmp_path / f"{size}.db", clock=Clock("2025-01-02T08:00Z")) as ledger:
            with ledger.batch():
                for k in range(size):
                    ledger.open_account(f"account-{k}", name="A")
            ledger.changes(since=10)
            gc.collect()
            tracemalloc.start()
            ledger.changes(since=10)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0] + 50_000
