"""Tests that a store must pass if it can be audited where it is."""

from abc import ABC, abstractmethod
from pathlib import Path
from unittest import SkipTest

from carbon_ledger.core.state.rows import RETIRED, Carry
from carbon_ledger.core.state.store import TABLES, Auditable, Store
from carbon_ledger.testing._machine.side_by_side import contents
from carbon_ledger.testing.samples import cut_history, issuance, issued_batch, one_of_each, piece, story, write


class AuditContract(ABC):
    """Tests of the methods that only audits call.

    Attributes:
        auditable: Whether the store has the methods of `Auditable`; if not, these tests are skipped.
    """

    auditable = True

    @abstractmethod
    def make_store(self, directory: Path) -> Store:
        """Make a store in a directory."""

    def _auditable(self, directory: Path) -> Auditable:
        if not self.auditable:
            raise SkipTest("this store cannot be audited where it is")
        store = self.make_store(directory)
        assert isinstance(store, Auditable), "the store lacks methods of Auditable; say so with auditable = False"
        return store

    def test_a_replay_store_is_apart(self, tmp_path: Path) -> None:
        """A replay store starts empty and is independent of its store."""
        store = self._auditable(tmp_path)
        write(store, one_of_each(0))
        before = contents(store)
        target = store.replay_store()
        assert contents(target) == ([], [], [(table, []) for table in TABLES])
        write(target, one_of_each(0), one_of_each(1))
        assert target.size() == 2
        assert contents(store) == before
        target.close()
        assert contents(store) == before
        store.close()

    def test_an_audit_can_be_split(self, tmp_path: Path) -> None:
        """If a worker process can open the log, a replay store can start with the rows as of any entry."""
        store = self._auditable(tmp_path)
        write(store, *map(one_of_each, range(20)))
        points = store.split_points(20, 3)
        assert points == sorted(set(points))
        assert all(0 < n < 20 for n in points)
        if store.worker_path() is None:
            assert points == [], "a store without a worker path must not be split"
            store.close()
            return
        for start in {1, 7, *points}:
            target = store.replay_store(start)
            for table in (name for name in TABLES if name != "tile"):
                assert list(target.rows(table)) == list(store.rows(table, start)), f"table {table} as of {start}"
            target.close()
        store.close()

    def test_the_latest_row_of_each_thing(self, tmp_path: Path) -> None:
        """The latest rows of a replay store are sorted by key, or by another column and then by key."""
        store = self._auditable(tmp_path)
        target = store.replay_store()
        write(target, *cut_history())
        now = [piece(1, 3, 1), piece(4, 4, 2, "buyer", RETIRED), piece(5, 6, 3), piece(7, 10, 1)]
        assert list(target.latest_rows("piece")) == now
        assert list(target.latest_rows("piece", "account")) == [now[1], now[0], *now[2:]]
        write(target, [issuance(4, 4), Carry("hydro", 2024, 4), issued_batch(4)], [issuance(4, 5, counted=7)])
        assert list(target.latest_rows("issuance", "project")) == [issuance(4, 5, counted=7)]
        assert list(target.latest_rows("accrual")) == [Carry("hydro", 2024, 4)]
        assert list(target.latest_rows("batch")) == [issued_batch(4)]
        assert list(target.latest_rows("balance")) == []
        target.close()
        store.close()

    def test_an_audit_finds_nothing(self, tmp_path: Path) -> None:
        """An audit replays the log into a replay store and finds the same rows (invariant 24)."""
        for ledger in story(self._auditable(tmp_path)):
            report = ledger.audit()
            assert report.passed, str(report)
        assert report.size == ledger.size > 30
        ledger.close()
