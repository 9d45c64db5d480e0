"""Every store keeps the contract, and a ledger file survives a process that is killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from carbon_ledger.core.state.store import Store
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.sqlite import SqliteStore
from carbon_ledger.testing import StoreContract
from carbon_ledger.testing._machine.side_by_side import contents
from carbon_ledger.testing.samples import one_of_each, story, write

KILLED = """
import os, signal, sys
from carbon_ledger.stores.sqlite import SqliteStore
from carbon_ledger.testing.samples import entry_bytes, one_of_each
store = SqliteStore(sys.argv[1])
with store.transaction():
    for n in range(1, 1 + int(sys.argv[2])):
        store.append(entry_bytes(n, "x" * 60_000), one_of_each(n))
    assert next(store.rows("piece"))  # what is read was written
    os.kill(os.getpid(), signal.SIGKILL)
"""


class TestMemoryStore(StoreContract):
    """The store in memory."""

    def make_store(self, directory: Path) -> Store:
        assert directory.is_dir()
        return MemoryStore()


class TestSqliteStore(StoreContract):
    """The ledger file."""

    persistent = True

    def make_store(self, directory: Path) -> Store:
        return SqliteStore(directory / "ledger.db")


def test_both_stores_hold_the_same(tmp_path: Path) -> None:
    """The same commands give the same bytes and rows in every store."""
    stores: list[Store] = [MemoryStore(), SqliteStore(tmp_path / "ledger.db")]
    for _ in zip(*map(story, stores), strict=True):
        assert contents(stores[0]) == contents(stores[1])
    assert stores[0].size() > 30
    for store in stores:
        store.close()


@pytest.mark.outside
@pytest.mark.parametrize("entries", [1, 200])
def test_a_killed_process_leaves_the_last_committed_state(tmp_path: Path, entries: int) -> None:
    """Killed in mid-transaction, before and after the store has begun to write to its file."""
    path = tmp_path / "ledger.db"
    store = SqliteStore(path)
    write(store, one_of_each(0))
    before = contents(store)
    store.close()
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), str(entries)], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    journal = path.with_name("ledger.db-journal")
    assert journal.stat().st_size > 0, "the process was to leave a journal behind"
    store = SqliteStore(path)
    assert contents(store) == before
    write(store, one_of_each(1))
    assert store.size() == 2
    store.close()
