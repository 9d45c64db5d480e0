"""The store into which an audit replays a ledger file: in memory for a small log, else a temporary file."""

from pathlib import Path

import pytest
from tests.support.everything import everything

import carbon_ledger as cl
from carbon_ledger.audit.report import audit
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.sqlite import SqliteStore, replay
from carbon_ledger.stores.sqlite.replay import ReplayStore


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file with something of every kind."""
    found = tmp_path_factory.mktemp("replayed") / "ledger.db"
    cl.copy_ledger(everything(found.parent / "made").ledger, found)
    return found


def test_both_ways_of_replaying_check_the_same(path: Path) -> None:
    reports = []
    for small in (None, MemoryStore):
        store = SqliteStore(path, read_only=True, small_replay=small)
        reports.append(audit(store))
        store.close()
    assert reports[0].findings == () == reports[1].findings
    assert reports[0] == reports[1]


def test_both_ways_of_replaying_find_a_changed_row(path: Path, tmp_path: Path) -> None:
    import sqlite3

    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    connection = sqlite3.connect(copy)
    assert connection.execute("update balance set active = active + 1").rowcount > 1
    connection.commit()
    connection.close()
    found = []
    for small in (None, MemoryStore):
        store = SqliteStore(copy, read_only=True, small_replay=small)
        found.append(audit(store).findings)
        store.close()
    assert found[0] == found[1]
    assert any("table balance" in finding.detail for finding in found[0])


def test_what_is_not_small_is_replayed_in_a_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cl.open_ledger(path, read_only=True) as ledger:
        store, size = ledger._store, ledger.size
        assert isinstance(store, SqliteStore)
        kinds = []
        for most, start in ((size, 0), (size - 1, 0), (size, 1)):
            monkeypatch.setattr(replay, "SMALL_ENTRIES", most)
            target = store.replay_store(start)
            kinds.append(type(target))
            target.close()
        monkeypatch.setattr(replay, "SMALL_ENTRIES", size)
        monkeypatch.setattr(replay, "_SMALL_BYTES", 100)
        target = store.replay_store()
        kinds.append(type(target))
        target.close()
    assert kinds == [MemoryStore, ReplayStore, ReplayStore, ReplayStore]
