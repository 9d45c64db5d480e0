"""Writers of several processes take turns: every command is in the log once, and the audit passes (invariant 35)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.postgres.writers import write_at_once
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.errors import StoreLockedError

pytestmark = pytest.mark.postgres


def test_eight_processes_lose_and_double_nothing(server: Server) -> None:
    """`python -m tests.postgres.long_run writers` does the same with 2,000 commands each."""
    wrong, findings, _ = write_at_once(server, writers=8, commands=10)
    assert (wrong, findings) == (0, 0)


@pytest.mark.parametrize("wants", [(), [lambda view: view.size]], ids=["nothing declared", "declared"])
def test_a_thread_waits_while_a_command_of_another_runs(server: Server, wants: list[object]) -> None:
    """The turn of a command lasts until it ends, not until it has begun (invariant 35)."""
    with cl.open_ledger(server.url(f"threads_{len(wants)}"), timeout_s=0) as ledger, ThreadPoolExecutor(1) as pool:
        ledger.open_account("before", name="B")
        with ledger._store.write_lock(wants):
            error = pool.submit(ledger.open_account, "meanwhile", name="M").exception()
            assert isinstance(error, StoreLockedError)
            assert ledger._store.in_transaction(), "the other thread took the turn"
        pool.submit(ledger.open_account, "after", name="A").result()
        assert ledger.accounts() == ("before", "after")


def test_commands_of_many_threads_of_one_ledger_take_turns(server: Server) -> None:
    with cl.open_ledger(server.url("crowd"), timeout_s=60) as ledger, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: ledger.open_account(f"a-{k}", name="A", key=f"k-{k}"), range(64)))
        assert set(ledger.accounts()) == {f"a-{k}" for k in range(64)}
        assert ledger.audit(workers=1).passed


def test_an_audit_in_a_batch_reads_the_tiles_of_the_batch(server: Server) -> None:
    """A second audit does not get the answer that the first one had before the tile was full."""
    with cl.open_ledger(server.url("tiles")) as ledger, ledger.batch():
        ledger.open_account("a", name="A")
        assert ledger.audit(workers=1).passed
        for k in range(256):
            ledger.open_account(f"a-{k}", name="A")
        assert ledger.audit(workers=1).passed
