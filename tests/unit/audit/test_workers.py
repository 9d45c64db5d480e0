"""An audit with several workers has the findings of an audit with one process, and reports its progress."""

import shutil
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.faults.suite.tampering import tamper, unguarded

import carbon_ledger as cl
from carbon_ledger.audit import workers
from carbon_ledger.audit.findings import HASHES, READABLE, ROWS
from carbon_ledger.audit.replay import LeafCounter, SliceReport, audit_slice
from carbon_ledger.errors import StoreError
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.sql import slices
from carbon_ledger.stores.sqlite import SqliteStore

MONTHS = 6


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of readings, issuances, transfers and a correction: over 600 entries."""
    path = tmp_path_factory.mktemp("workers") / "honest.db"
    with cl.open_ledger(path) as ledger:
        for account in ("op", "buyer"):
            ledger.open_account(account, name=account)
        ledger.register_device(
            cl.Device(
                id="plant",
                name="Plant",
                technology="hydro/run-of-river",
                capacity="20 MW",
                country="AZ",
                grid="AZ",
                zone="UTC",
                commissioned="2020-01-01",
            )
        )
        ledger.register_project(cl.Project(id="hydro", instrument="I-REC-E", zone="UTC", devices=("plant",)))
        with ledger.batch():
            for month in range(1, MONTHS + 1):
                period = cl.Period.month(2024, month, zone="UTC")
                ledger.record_generation("plant", period, net="1000.5 MWh")
                (batch,) = ledger.issue("hydro", period, to="op")
                for part in batch.cut(*[9] * 100)[:100]:
                    ledger.transfer(part, to="buyer", from_="op")
        ledger.correct_generation(
            "plant",
            cl.Period.month(2024, 1, zone="UTC"),
            net="990 MWh",
            reason="calibration",
            evidence="sha256:" + "0" * 64,
        )
    return path


def audited(path: Path, count: int) -> cl.AuditReport:
    with cl.open_ledger(path, read_only=True) as ledger:
        return ledger.audit(workers=count)


@pytest.mark.parametrize("count", [2, 3])
def test_an_honest_ledger_passes_with_the_same_counts(honest: Path, count: int) -> None:
    one, several = audited(honest, 1), audited(honest, count)
    assert several.passed
    assert (several.ledger_id, several.size, several.root) == (one.ledger_id, one.size, one.root)
    counted = dict(several.checks)
    # Rows that stand at a cut are compared on both sides of it.
    assert counted.pop(ROWS) >= dict(one.checks)[ROWS]
    assert counted == {name: number for name, number in one.checks if name != ROWS}


TAMPERED = {
    "a row of the first slice": "update piece set account = 'op' where from_n = 20 and account = 'buyer'",
    "a balance": "update balance set active = active + 1 where from_n = 300",
    "a row that is missing": "delete from piece where from_n = (select max(from_n) from piece)",
    "a leaf": "update entry set leaf = zeroblob(32) where n = 400",
    "a tile": "update tile set root = zeroblob(32) where number = 0",
}


@pytest.mark.slow
@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_found_by_several_as_by_one(honest: Path, tmp_path: Path, what: str) -> None:
    path = tmp_path / "forged.db"
    shutil.copy(honest, path)
    with unguarded(path) as connection:
        assert connection.execute(TAMPERED[what]).rowcount > 0
    one, two = audited(path, 1), audited(path, 2)
    assert {(found.check, found.entry) for found in one.findings} <= {
        (found.check, found.entry) for found in two.findings
    }
    assert one.findings
    assert one.checks[1][0] == HASHES


def test_a_forged_entry_of_the_second_slice_is_refused(honest: Path, tmp_path: Path) -> None:
    path = tmp_path / "forged.db"
    shutil.copy(honest, path)
    forged = """cast(replace(cast(data as text), '"to":"buyer"', '"to":"nobody"') as blob)"""
    tamper(path, f"update entry set data = {forged} where n = 500")
    one, two = audited(path, 1), audited(path, 2)
    assert not one.passed
    assert {(found.check, found.entry) for found in one.findings} <= {
        (found.check, found.entry) for found in two.findings
    }
    assert one.not_run == two.not_run


def test_progress_ascends_to_the_end(honest: Path) -> None:
    for count in (1, 2):
        said: list[tuple[int, int]] = []
        with cl.open_ledger(honest, read_only=True) as ledger:
            ledger.audit(workers=count, progress=lambda done, size, said=said: said.append((done, size)))
            assert said == sorted(said)
            assert said[-1] == (ledger.size, ledger.size)
        assert len(said) > 2


def test_a_slice_begins_with_the_rows_before_it(honest: Path) -> None:
    store = SqliteStore(honest, read_only=True)
    try:
        (cut,) = store.split_points(store.size(), 2)
        assert 100 < cut < store.size() - 100
        steps: list[int] = []
        report = audit_slice(store, cut, store.size(), last=True, hasher=LeafCounter(), step=steps.append)
        assert report.findings == ()
        assert (report.hashed, report.replayed) == (store.size() - cut, store.size() - cut)
        assert report.summed > 0
        assert steps
        assert SliceReport.from_record(report.to_record()) == report
        assert store.split_points(store.size(), 1) == []
    finally:
        store.close()


def test_a_worker_says_what_it_finds(honest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = SqliteStore(honest, read_only=True)
    workers.work(store, 0, 300, last=False)
    store.close()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == '{"done": 256}'
    assert '"replayed": 300' in lines[-1]


def test_a_worker_that_ends_early_is_a_finding(honest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WORKER", "carbon_ledger.no_such_worker")
    report = audited(honest, 2)
    assert [found.check for found in report.findings] == [READABLE]
    assert "ended without a report" in report.findings[0].detail
    assert not report.passed


@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, "2"])
def test_a_number_of_workers_that_is_none_is_refused(honest: Path, wrong: object) -> None:
    with cl.open_ledger(honest, read_only=True) as ledger, pytest.raises(StoreError, match="workers"):
        ledger.audit(workers=wrong)


def test_a_ledger_in_memory_is_audited_by_one() -> None:
    with cl.open_ledger(":memory:") as ledger:
        ledger.open_account("a", name="A")
        assert ledger.audit(workers=4).passed
    with pytest.raises(StoreError, match="in memory"):
        MemoryStore().replay_store(3)


class Lengths:
    """Answers the question that cuts are made of, and remembers how much of the log each asked for."""

    path = Path("lengths")

    def __init__(self, lengths: list[int]) -> None:
        self.lengths = lengths
        self.asked: list[int] = []

    def select(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[int]]:
        assert sql.startswith("select length(data) from entry")
        start, stop = values
        self.asked.append(stop - start)
        return [(length,) for length in self.lengths[start:stop]]


@given(lengths=st.lists(st.integers(1, 65_535), min_size=1, max_size=60), parts=st.integers(1, 7))
@example(lengths=[1], parts=7)
@example(lengths=[5] * 8, parts=2)
def test_parts_are_cut_where_the_cost_reaches_their_share(lengths: list[int], parts: int) -> None:
    """And no question looks at more than a slice of the log: writers wait for whoever reads."""
    source = Lengths(lengths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "SLICE", 4)
        found = slices.split_points(source, len(lengths), parts)
    costs = list(accumulate(length + 6_000 for length in lengths))
    expected = {next(n for n, cost in enumerate(costs) if cost * parts >= costs[-1] * k) for k in range(1, parts)}
    assert found == sorted(expected - {0})
    assert max(source.asked) <= 4
