"""Stretches of plain runs: the same ledger as one by one, in commits, batches and tiles."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.conftest import EVIDENCE, device, dump

import carbon_ledger as cl
from carbon_ledger import column as columns
from carbon_ledger.core import many_runs
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.many_runs import facts_of
from carbon_ledger.errors import (
    IdempotencyError,
    ImplausibleReadingError,
    NaiveTimeError,
    NotAuthorisedError,
    OverlapError,
    RefusedError,
    StoreError,
    StoreReadOnlyError,
)
from carbon_ledger.ledger import stretches
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.testing import Clock

HOUR = 3600
START = 1_600_000_000


def pairs(count: int, start: int = START, steps: int = 2) -> list[tuple[str, cl.Readings]]:
    return [("plant", cl.Readings(start + k * steps * HOUR, HOUR, [k] * steps)) for k in range(count)]


@pytest.fixture
def plant(ledger: cl.Ledger) -> cl.Ledger:
    ledger.register_device(device())
    return ledger


def test_runs_of_one_device_and_several_stretches_are_recorded_in_order(
    plant: cl.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "_MOST", 3)
    done = plant.record_many(iter(pairs(10)))
    assert [item.net_wh for item in done] == [2 * k for k in range(10)]
    assert [(item.first, item.last) for item in done] == [(n, n) for n in range(done[0].first, plant.size)]
    assert plant.audit().passed


def test_plain_runs_are_recorded_without_the_ordinary_way(plant: cl.Ledger) -> None:
    """What the benchmark measures: one that is not plain costs no other run its stretch."""
    calls = []
    record = Recorder._record

    def counted(self: Recorder, *given: Any, **more: Any) -> Any:
        calls.append(given[0])
        return record(self, *given, **more)

    split = ("plant", cl.Readings(START + 10_000 * HOUR, HOUR, [1] * 1_500))
    with patch.object(Recorder, "_record", counted):
        done = plant.record_many([*pairs(5), split, *pairs(5, START + 20_000 * HOUR)])
    assert calls == ["record_readings"]
    assert [item.last - item.first for item in done] == [0] * 5 + [1] + [0] * 5
    assert plant.audit().passed


def test_a_refusal_undoes_all_runs_and_no_other_command_of_the_batch(plant: cl.Ledger) -> None:
    with plant.batch():
        plant.record_many(pairs(3))
        before = dump(plant)
        with pytest.raises(OverlapError):
            plant.record_many([*pairs(2, START + 100 * HOUR), pairs(1)[0], *pairs(2, START + 200 * HOUR)])
        assert dump(plant) == before
        plant.record_many(pairs(2, START + 100 * HOUR))
    assert len(list(plant._store.rows("reading"))) == 3 + 2
    assert plant.audit().passed


def test_the_clock_is_asked_once_a_run_and_an_error_of_the_clock_undoes_all(plant: cl.Ledger, clock: Clock) -> None:
    before, times = dump(plant), iter([clock.now, clock.now, None])
    plant._clock = lambda: next(times)
    with pytest.raises(NaiveTimeError, match="clock returned"):
        plant.record_many(pairs(4))
    plant._clock = clock
    assert dump(plant) == before
    assert len(plant.record_many(pairs(4))) == 4


def test_a_retry_with_the_key_records_nothing_again(plant: cl.Ledger) -> None:
    """Invariant 26."""
    first = plant.record_many(pairs(3), key="month")
    before = dump(plant)
    assert plant.record_many(pairs(3), key="month") == first
    assert plant.record_run(*pairs(3)[1], key="month#2") == first[1]
    for other in (pairs(2), pairs(4), pairs(3, START + 100 * HOUR), pairs(3)[::-1], []):
        with pytest.raises(IdempotencyError):
            plant.record_many(other, key="month")
        assert dump(plant) == before
    plant.record_run(*pairs(1, START + 500 * HOUR)[0], key="late#2")
    with pytest.raises(IdempotencyError, match=r"fewer runs than this call has \(2\)"):
        plant.record_many(pairs(2, START + 600 * HOUR), key="late")


@pytest.mark.parametrize(("steps", "key"), [(2, None), (40, "k")])
def test_the_newest_entry_is_not_decoded_again_and_is_the_written_one(
    plant: cl.Ledger, monkeypatch: pytest.MonkeyPatch, steps: int, key: str | None
) -> None:
    with plant.batch():
        done = plant.record_many(pairs(3, steps=steps), key=key)
        with monkeypatch.context() as patched:
            patched.setattr(Entry, "from_bytes", None)
            newest = plant._view_of().entry(done[-1].last)
        (data,) = plant._store.entries(newest.n, newest.n + 1)
        assert newest == Entry.from_bytes(data)


def test_a_read_only_ledger_and_a_closed_one_refuse(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "a.db"
    with cl.open_ledger(path, clock=clock) as ledger:
        ledger.register_device(device())
    with cl.open_ledger(path, read_only=True) as ledger, pytest.raises(StoreReadOnlyError):
        ledger.record_many(pairs(2))
    with pytest.raises(StoreError, match="closed"):
        ledger.record_many(pairs(2))


def appended(ledger: cl.Ledger, count: int, at: int) -> int:
    """Record short runs from step *at* on; return the step after them."""
    ledger.record_many(pairs(count, START + at * HOUR))
    return at + 2 * count


def undone(ledger: cl.Ledger, count: int, at: int) -> None:
    """Record runs in a batch that is undone; their entries are longer than those of `appended`."""

    def refused() -> None:
        with ledger.batch():
            ledger.record_many(pairs(count, START + at * HOUR, steps=5))
            raise KeyError

    with pytest.raises(KeyError):
        refused()


def part_undone(ledger: cl.Ledger, count: int, at: int) -> int:
    """Record runs in a batch, of which an inner batch is undone."""
    with ledger.batch():
        at = appended(ledger, 3, at)
        undone(ledger, count, at)
        return appended(ledger, 3, at)


@pytest.mark.parametrize("undo", [undone, part_undone])
def test_the_tiles_are_those_of_the_leaves_whoever_wrote_them(
    tmp_path: Path, clock: Clock, undo: Callable[[cl.Ledger, int, int], int | None]
) -> None:
    """Leaves of the open tile are not read back, except those of others and those before an undone batch."""
    path, at = tmp_path / "a.db", 0
    with cl.open_ledger(path, clock=clock) as one:
        one.register_device(device())
        for count in (100, 100, 40, 9, 5, 1, 1, 1, 300):
            at = appended(one, count, at)
            at = undo(one, 30, at) or at
    with cl.open_ledger(path, clock=clock) as again:
        at = appended(again, 300, at)
        require_tiles(again)


def test_the_tiles_are_those_of_the_leaves_if_others_wrote_between(tmp_path: Path, clock: Clock) -> None:
    """Another connection fills a tile between the leaves that this one knows."""
    path, at = tmp_path / "a.db", 0
    with cl.open_ledger(path, clock=clock) as one, cl.open_ledger(path, clock=clock) as other:
        one.register_device(device())
        for ledger, count in ((one, 200), (other, 100), (one, 260), (other, 1), (one, 300)):
            at = appended(ledger, count, at)
        require_tiles(one)


def require_tiles(ledger: cl.Ledger) -> None:
    """The tiles of a ledger are those of its entries."""
    leaves = [leaf_hash(data) for data in ledger._store.entries(0, ledger.size)]
    assert list(ledger._store.leaves(0, ledger.size)) == leaves
    for _, number, _, data in (row for row in ledger._store.rows("tile") if row[0] == 0):
        assert data.startswith(b"".join(leaves[256 * number : 256 * number + 256]))
    report = ledger.audit()
    assert report.passed
    assert root_hash(ledger.size, ledger._store.tile).hex() == report.root


def test_without_the_accelerator_the_bytes_are_the_same(tmp_path: Path) -> None:
    found = []
    for fast in (columns.accelerator, lambda: None):
        with (
            patch.object(columns, "accelerator", fast),
            cl.open_ledger(":memory:", ledger_id="a", clock=Clock()) as one,
        ):
            one.register_device(device())
            one.record_many(pairs(3, steps=50), key="k")
            found.append(dump(one))
    assert found[0] == found[1]


def half_the_capacity(ledger: cl.Ledger, name: str = "plant") -> None:
    ledger.amend_device(name, effective="2020-01-01", capacity="50 MW", reason="a survey", evidence=EVIDENCE)


def full_power(at: int) -> list[tuple[str, cl.Readings]]:
    return [("plant", cl.Readings(START + at * HOUR, HOUR, [100_000_000]))]


def test_what_a_stretch_has_asked_of_its_devices_is_not_asked_again(
    plant: cl.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(many_runs, "facts_of", lambda view, name: asked.append(name) or facts_of(view, name))
    for number in range(3):
        plant.record_many(pairs(3, START + 10 * number * HOUR))
    assert asked == ["plant"]
    plant.open_account("a", name="A")
    plant.record_many(pairs(3, START + 50 * HOUR))
    assert asked == ["plant"] * 2
    plant.record_many(pairs(3, START + 60 * HOUR), by="other")
    assert asked == ["plant"] * 3
    undone(plant, 3, 100)
    plant.record_many(pairs(3, START + 70 * HOUR), by="other")
    assert asked == ["plant"] * 5
    with plant.batch():
        plant.rebuild()
        plant.record_many(pairs(3, START + 80 * HOUR), by="other")
    assert asked == ["plant"] * 6


def test_runs_that_were_undone_and_runs_before_the_last_ones_are_plain(
    plant: cl.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.record_many(pairs(1))
    with pytest.raises(RefusedError, match="it ends at"):
        plant.record_many([*pairs(3, START + 10 * HOUR), *pairs(1, 4_000_000_000)])
    monkeypatch.setattr(Recorder, "_record", None)
    plant.record_many(pairs(3, START + 10 * HOUR))
    plant.record_many(pairs(1, START + 5 * HOUR))  # before those of the last stretch


def test_the_facts_of_few_devices_are_kept(plant: cl.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_runs, "_MOST_DEVICES", 2)
    for name in "abc":
        plant.register_device(device(name))
    for number in range(2):
        plant.record_many(
            [(name, run) for name, (_, run) in zip("abc", pairs(3, START + 10 * number * HOUR), strict=True)]
        )
        assert plant._plain_runs is not None
        assert len(plant._plain_runs._known) <= 2


def test_a_device_that_was_amended_since_is_asked_for_again(plant: cl.Ledger) -> None:
    plant.record_many(pairs(1))
    half_the_capacity(plant)
    with pytest.raises(ImplausibleReadingError):
        plant.record_many(full_power(10))


def test_a_device_that_another_connection_amended_is_asked_for_again(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "a.db"
    with cl.open_ledger(path, clock=clock) as one, cl.open_ledger(path, clock=clock) as other:
        one.register_device(device())
        one.record_many(pairs(1))
        half_the_capacity(other)
        with pytest.raises(ImplausibleReadingError):
            one.record_many(full_power(10))


@pytest.mark.parametrize("joined", [False, True], ids=["alone", "in a batch that goes on"])
def test_a_device_that_was_amended_in_place_of_a_stretch_that_was_undone_is_asked_for_again(
    plant: cl.Ledger, joined: bool
) -> None:
    """The newest entry has the number of the stretch's last one, and is another entry."""
    with plant.batch() if joined else nullcontext():
        before = plant.size
        undone(plant, 1, 0)
        half_the_capacity(plant)
        assert plant.size == before + 1
        with pytest.raises(ImplausibleReadingError):
            plant.record_many(full_power(10))


def test_an_actor_whose_role_was_revoked_since_is_refused(clock: Clock) -> None:
    with cl.open_ledger(":memory:", by="boss", policy="roles", clock=clock) as ledger:
        ledger.register_device(device())
        ledger.grant("meters", role="meter-operator")
        ledger.record_many(pairs(2), by="meters")
        ledger.revoke("meters", role="meter-operator", reason="left")
        with pytest.raises(NotAuthorisedError):
            ledger.record_many(pairs(2, START + 10 * HOUR), by="meters")


@pytest.mark.parametrize("by_another", [False, True])
def test_a_device_is_asked_for_again_once_the_rows_are_derived_again(
    tmp_path: Path, clock: Clock, by_another: bool
) -> None:
    """The rows of the amendment were lost. What was asked of the damaged rows does not hold for the new ones."""
    path = tmp_path / "a.db"
    with cl.open_ledger(path, clock=clock) as ledger:
        ledger.register_device(device())
        half_the_capacity(ledger)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("delete from registration where kind = 'amended device plant'")
    with cl.open_ledger(path, clock=clock) as ledger:
        ledger.record_many(pairs(1))
        with cl.open_ledger(path, clock=clock) as other:
            (other if by_another else ledger).rebuild()
        with pytest.raises(ImplausibleReadingError):
            ledger.record_many(full_power(10))
        assert ledger.audit().passed


@pytest.mark.parametrize("more", [None, 0, 1])
def test_a_device_is_asked_for_again_once_an_older_copy_was_restored_into_the_file(
    tmp_path: Path, clock: Clock, more: int | None
) -> None:
    """The log is then shorter, or others write as many entries as were lost, or more."""
    path = tmp_path / "a.db"
    with cl.open_ledger(path, clock=clock) as one, cl.open_ledger(path, clock=clock) as other:
        one.register_device(device())
        one.backup(tmp_path / "copy.db")
        one.record_many(pairs(2))
        with closing(sqlite3.connect(tmp_path / "copy.db")) as copy, closing(sqlite3.connect(path)) as file:
            copy.backup(file)
        (one if more is None else other).open_account("a", name="A")
        half_the_capacity(other)
        for number in range(more or 0):
            other.open_account(f"more-{number}", name="M")
        with pytest.raises(ImplausibleReadingError):
            one.record_many(full_power(10))
        assert one.audit().passed
