"""Hours of granular units: serials of a time and the time of a serial, pinned at issuance."""

import copy
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.conftest import Clock, device
from tests.support.hourly_plant import MAY_1_UTC, correct, hours, issue, record, set_up, text

import carbon_ledger as cl
from carbon_ledger.errors import NaiveTimeError, PeriodError, SerialError, StoreError, UnknownBatchError
from carbon_ledger.periods import Period
from carbon_ledger.serials import Batch, Block, Hour, HourTable

NAME = "h/2024/6"
TABLE = HourTable(NAME, (0, 3600, 10800), (3600, 7200, 14400), (3, 5, 12))


def shown(found: tuple[Hour, ...]) -> list[tuple[int, int, int]]:
    """First and last serial of each hour, and which hour of the day it is."""
    return [(hour.block.first, hour.block.last, (hour.period.start_utc - MAY_1_UTC) // 3600) for hour in found]


# --- the table alone ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "first_last"),
    [(0, (1, 3)), (3599, (1, 3)), (3600, (4, 5)), (7199, (4, 5)), (10800, (6, 12)), (14399, (6, 12))],
)
def test_a_time_is_in_the_step_that_holds_it(time: int, first_last: tuple[int, int]) -> None:
    assert TABLE.block_at(time) == Block(NAME, *first_last)


@pytest.mark.parametrize("time", [-1, 7200, 10799, 14400, 99999])
def test_a_time_without_a_step_has_no_units(time: int) -> None:
    assert TABLE.block_at(time) is None


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ((1, 12), [(1, 3, 0), (4, 5, 3600), (6, 12, 10800)]),
        ((3, 4), [(3, 3, 0), (4, 4, 3600)]),
        ((6, 6), [(6, 6, 10800)]),
        ((2, 2), [(2, 2, 0)]),
    ],
)
def test_a_block_is_told_by_the_step(block: tuple[int, int], expected: list[tuple[int, int, int]]) -> None:
    told = [(h.block.first, h.block.last, h.period.start_utc) for h in TABLE.hours(Block(NAME, *block))]
    assert told == expected
    assert sum(last - first + 1 for first, last, _ in told) == block[1] - block[0] + 1


@pytest.mark.parametrize(
    ("within", "expected"),
    [((0, 3600), [1]), ((3599, 3601), [1, 4]), ((7200, 10800), []), ((7200, 10801), [6]), ((0, 99999), [1, 4, 6])],
)
def test_only_the_steps_that_overlap_a_time(within: tuple[int, int], expected: list[int]) -> None:
    assert [h.block.first for h in TABLE.hours(Block(NAME, 1, 12), Period(*within))] == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ((0, 14400), (1, 12)),
        ((0, 14399), (1, 5)),
        ((1, 14400), (4, 12)),
        ((3600, 10800), (4, 5)),
        ((3601, 10800), None),
        ((7200, 10800), None),
    ],
)
def test_the_units_of_the_steps_wholly_inside(period: tuple[int, int], expected: tuple[int, int] | None) -> None:
    assert TABLE.inside(Period(*period)) == (None if expected is None else Block(NAME, *expected))


# --- of a ledger --------------------------------------------------------------------------------------


def test_an_hour_of_a_batch_is_a_block(ledger: cl.Ledger) -> None:
    """Invariant 18, ledger-model section 6: the hour that took more than it gave has no unit."""
    set_up(ledger)
    batch = issue(ledger, [3, -1, 2])
    assert batch.hour(text(0)) == batch.hour(text(0, 59)) == Block(batch.batch_id, 1, 3)
    assert batch.hour("2024-05-01T06:00+04:00") == Block(batch.batch_id, 4, 5)
    assert batch.hour(datetime(2024, 5, 1, 2, 30, tzinfo=UTC)).count == 2
    assert shown(ledger.hours(batch)) == [(1, 3, 0), (4, 5, 2)]
    assert [hour.count for hour in ledger.hours(str(batch.block))] == [3, 2]


@pytest.mark.parametrize("time", [text(1), text(3), "2024-04-30T23:59Z", "2031-01-01T00:00Z"])
def test_an_hour_without_a_unit_says_so(ledger: cl.Ledger, time: str) -> None:
    set_up(ledger)
    batch = issue(ledger, [3, -1, 2])
    with pytest.raises(SerialError, match=r"has no unit of .*no step with units contains.*ledger\.hours\(batch\)"):
        batch.hour(time)


def test_an_hour_needs_a_time_with_its_zone(ledger: cl.Ledger) -> None:
    set_up(ledger)
    batch = issue(ledger, [3])
    for naive in ("2024-05-01T00:00", "2024-05-01", datetime(2024, 5, 1, tzinfo=UTC).replace(tzinfo=None)):
        with pytest.raises(NaiveTimeError):
            batch.hour(naive)
    with pytest.raises(PeriodError):
        batch.hour(3)


def test_a_batch_that_no_ledger_gave_out_says_where_to_take_it(ledger: cl.Ledger) -> None:
    set_up(ledger)
    batch = issue(ledger, [3])
    for lone in (pickle.loads(pickle.dumps(batch)), copy.deepcopy(batch)):
        assert lone == batch
        assert hash(lone) == hash(batch)
        assert repr(lone) == repr(batch)
        with pytest.raises(SerialError, match=r"not returned by a ledger.*take it from ledger\.batches\('h'\)"):
            lone.hour(text(0))


def test_other_units_have_no_hour(ledger: cl.Ledger) -> None:
    ledger.register_device(device(zone="UTC"))
    ledger.register_project(cl.Project(id="months", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    (batch,) = ledger.issue("months", record(ledger, [5_000_000]), to="op")
    for ask in (lambda: batch.hour(text(0)), lambda: ledger.hours(batch)):
        with pytest.raises(SerialError, match=r"of I-REC-E is not granular.*its units have no hour"):
            ask()


def test_hours_of_what_is_not_there(ledger: cl.Ledger) -> None:
    set_up(ledger)
    batch = issue(ledger, [3])
    with pytest.raises(UnknownBatchError):
        ledger.hours("h/2024/99/1")
    with pytest.raises(SerialError, match="ends at 3"):
        ledger.hours(Block(batch.batch_id, 3, 4))
    with pytest.raises(SerialError, match="expected a Block"):
        ledger.hours("three")


def test_every_way_to_a_batch_leads_to_its_hours(ledger: cl.Ledger) -> None:
    set_up(ledger)
    batch = issue(ledger, [3, 4])
    ledger.transfer(batch.take(5), to="buyer")
    for found in (
        ledger.batches("h")[0],
        ledger.trace(batch).batch,
        ledger.as_of(entry=ledger.size - 1).batches("h")[0],
    ):
        assert found == batch
        assert found.hour(text(1)) == Block(batch.batch_id, 4, 7)


def undone(ledger: cl.Ledger, period: Period) -> Batch:
    """A batch of a transaction that was undone."""
    kept: list[Batch] = []

    def begin() -> None:
        with ledger.batch():
            kept.extend(ledger.issue("h", period, to="op"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        begin()
    return kept[0]


def test_a_batch_of_a_transaction_that_was_undone_has_no_hours(ledger: cl.Ledger) -> None:
    set_up(ledger)
    batch = undone(ledger, record(ledger, [3]))
    with pytest.raises(UnknownBatchError):
        batch.hour(text(0))


def test_another_batch_of_the_same_id_is_not_taken_for_it(ledger: cl.Ledger) -> None:
    """The number of an entry that was undone is used again; a batch that was kept is not that of the new one."""
    set_up(ledger)
    record(ledger, [3, 5])
    kept = undone(ledger, hours(0, 1))
    (batch,) = ledger.issue("h", hours(1, 2), to="op")
    assert batch.batch_id == kept.batch_id
    with pytest.raises(SerialError, match="the transaction that issued it was undone"):
        kept.hour(text(0))
    assert batch.hour(text(1)).count == 5


def test_a_closed_ledger_is_a_store_error(tmp_path: Path, clock: Clock) -> None:
    with cl.open_ledger(tmp_path / "t.db", clock=clock) as ledger:
        ledger.open_account("op", name="Op")
        set_up(ledger)
        batch, asked = issue(ledger, [3]), ledger.batches("h")[0]
        assert asked.hour(text(0)).count == 3
    with pytest.raises(StoreError):
        batch.hour(text(0))
    assert asked.hour(text(0)).count == 3  # it was asked before


def test_steps_shorter_than_an_hour_and_of_several_lengths(ledger: cl.Ledger) -> None:
    set_up(ledger)
    record(ledger, [1, 2, 0, 4], step_s=900)
    record(ledger, [10], 1)
    (batch,) = ledger.issue("h", hours(0, 2), to="op")
    assert batch.hour(text(0, 14)) == Block(batch.batch_id, 1, 1)
    assert batch.hour(text(0, 15)) == Block(batch.batch_id, 2, 3)
    assert batch.hour(text(0, 45)) == Block(batch.batch_id, 4, 7)
    assert batch.hour(text(1, 30)) == Block(batch.batch_id, 8, 17)
    assert [hour.period.seconds for hour in ledger.hours(batch)] == [900, 900, 900, 3600]


def test_a_late_hour_in_between_is_a_batch_of_its_own(ledger: cl.Ledger) -> None:
    set_up(ledger)
    record(ledger, [1], 0)
    record(ledger, [3], 2)
    (first,) = ledger.issue("h", hours(0, 3), to="op", waivers=[cl.Waiver("gap", "logger down")])
    record(ledger, [7], 1)
    (late,) = ledger.issue("h", hours(0, 3), to="op")
    assert shown(ledger.hours(first)) == [(1, 1, 0), (2, 4, 2)]
    assert shown(ledger.hours(late)) == [(1, 7, 1)]


def test_a_step_over_the_new_year_is_in_two_batches(ledger: cl.Ledger) -> None:
    """Ledger-model section 4: split in proportion to seconds; the step itself is one."""
    set_up(ledger, zone="Asia/Kolkata")  # its new year comes at half past
    start = "2023-12-31T17:00Z"
    ledger.record_readings("plant", start=start, step="1 hour", net_wh=[5, 11, 4])
    waiver = cl.Waiver("straddling-step", "metered by the hour of UTC")
    period = Period.of(start, "2023-12-31T20:00Z")
    older, newer = ledger.issue("h", period, to="op", waivers=[waiver])
    assert (older.vintage, older.count, newer.vintage, newer.count) == (2023, 11, 2024, 9)
    for batch, units in ((older, Block(older.batch_id, 6, 11)), (newer, Block(newer.batch_id, 1, 5))):
        assert batch.hour("2023-12-31T18:00Z") == batch.hour("2023-12-31T18:59Z") == units
        (hour,) = ledger.hours(units)
        assert hour.period == Period.of("2023-12-31T18:00Z", "2023-12-31T19:00Z")
    with pytest.raises(SerialError):
        older.hour("2023-12-31T19:00Z")


def test_a_vintage_without_a_wh_of_a_step_has_no_hour_of_it(ledger: cl.Ledger) -> None:
    """The new year comes at a quarter past: of 1 Wh, the older year has none."""
    set_up(ledger, zone="Asia/Kathmandu")
    start = "2023-12-31T17:00Z"
    ledger.record_readings("plant", start=start, step="1 hour", net_wh=[5, 1, 4])
    older, newer = ledger.issue(
        "h", Period.of(start, "2023-12-31T20:00Z"), to="op", waivers=[cl.Waiver("straddling-step", "by UTC")]
    )
    assert [hour.count for hour in ledger.hours(older)] == [5]
    assert [hour.count for hour in ledger.hours(newer)] == [1, 4]
    with pytest.raises(SerialError, match="has no unit of"):
        older.hour("2023-12-31T18:00Z")


def test_two_devices_of_a_project_have_their_own_hours(ledger: cl.Ledger) -> None:
    set_up(ledger, devices=("plant", "other"))
    record(ledger, [1, 2])
    record(ledger, [3, -4], name="other")
    plant, other = ledger.issue("h", hours(0, 2), to="op")
    assert (shown(ledger.hours(plant)), shown(ledger.hours(other))) == ([(1, 1, 0), (2, 3, 1)], [(1, 3, 0)])


def test_there_is_no_object_a_unit(ledger: cl.Ledger) -> None:
    """2 x 10^9 units in 24 hours: what is made is an hour each, and a block of one unit finds its own."""
    set_up(ledger)
    values = [83_000_000 + k for k in range(24)]
    batch = issue(ledger, values)
    assert batch.count == sum(values)
    assert [hour.count for hour in ledger.hours(batch)] == values
    assert ledger.hours(Block(batch.batch_id, batch.count, batch.count))[0].period == hours(23, 24)
    assert ledger.trace(f"{batch.batch_id}/{values[0] + 1}").interval == hours(1, 2)


def test_a_voided_unit_still_knows_its_hour(ledger: cl.Ledger) -> None:
    """Serials never change meaning; the steps are issued again, under other serials."""
    set_up(ledger)
    batch = issue(ledger, [3, 4])
    ledger.void(batch, reason="wrong account")
    correct(ledger, [5, 1])
    (again,) = ledger.issue("h", hours(0, 2), to="buyer")
    assert ledger.trace(f"{batch.batch_id}/4").interval == hours(1, 2)
    assert shown(ledger.hours(batch)) == [(1, 3, 0), (4, 7, 1)]
    assert shown(ledger.hours(again)) == [(1, 5, 0), (6, 6, 1)]
