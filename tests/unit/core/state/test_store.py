"""Every store passes the store contract, and a ledger file survives a killed process."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import carbon_ledger as cl
from carbon_ledger.core.state.store import Auditable, Log, Projections, Store, Transactions
from carbon_ledger.errors import StoreError
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.sqlite import SqliteStore
from carbon_ledger.testing import LedgerMachine, StoreContract, run_machine
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


PROTOCOLS = (Log, Projections, Transactions, Store)
METHODS = {name for protocol in PROTOCOLS for name in vars(protocol) if not name.startswith("_")}


class SmallStore:
    """A store that has the methods of `Store`, and no other one."""

    def __init__(self) -> None:
        self._store = MemoryStore()

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return getattr(self._store, name)
        raise AttributeError(name)


class TestSmallStore(StoreContract):
    """A store needs a log, projections, transactions, a backup and an end, and a view; nothing else."""

    auditable = False

    def make_store(self, directory: Path) -> Any:
        assert directory.is_dir()
        return SmallStore()


class SmallStoreMachine(LedgerMachine):
    """Every command, over a store that cannot be audited where it is."""

    auditable = False

    def open_store(self) -> Any:
        return SmallStore()


@pytest.mark.slow
def test_the_machine_runs_over_a_store_that_cannot_be_audited() -> None:
    assert run_machine(SmallStoreMachine, 200) >= 200


def test_a_store_that_cannot_be_audited_is_audited_as_a_backup(tmp_path: Path) -> None:
    """What the message says to do works."""
    store: Any = SmallStore()
    assert not isinstance(store, Auditable)
    *_, ledger = story(store)
    with pytest.raises(StoreError) as raised:
        ledger.audit()
    assert str(raised.value) == (
        "audit(): a store of type SmallStore cannot be audited in place, because it lacks methods of Auditable "
        "(replay_store, worker_path, split_points); back up the ledger, open the copy, and audit the copy"
    )
    copy = ledger.backup(tmp_path / "copy.db")
    with cl.open_ledger(copy.path, read_only=True) as again:
        assert again.audit().passed
        assert again.size == ledger.size > 30
    ledger.close()


def test_what_audits_need_is_not_asked_of_a_contract_without_them(tmp_path: Path) -> None:
    """A store that lost a method of `Auditable` fails its contract, unless the contract says that it has none."""

    class Wrong(TestSmallStore):
        auditable = True

    with pytest.raises(AssertionError, match="auditable = False"):
        Wrong().test_an_audit_can_be_split(tmp_path)


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


def test_many_entries_need_a_transaction_even_if_there_are_none(tmp_path: Path) -> None:
    """As in every store: whether it is refused does not depend on how many there are."""
    for store in (MemoryStore(), SqliteStore(tmp_path / "a.db")):
        with pytest.raises(StoreError, match="outside a transaction"):
            store.append_many(iter(()))
        store.close()
