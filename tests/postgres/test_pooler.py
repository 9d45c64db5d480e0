"""Through a pooler in transaction mode, each transaction may run in another session, and sessions are shared."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from tests.support.pooler import Pooler, program, required
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.errors import StoreReadOnlyError
from carbon_ledger.testing import Clock, sample_ledger

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def pooler(server: Server) -> Iterator[Pooler]:
    """A pooler with two connections to the server."""
    if program() is None:
        (pytest.fail if required() else pytest.skip)("PgBouncer is not installed: apt-get install pgbouncer")
    with closing(Pooler(server)) as running:
        yield running


def test_the_pooler_gives_a_transaction_another_session(pooler: Pooler) -> None:
    """What this file needs: a client's settings are somebody else's afterwards, and prepared statements are lost."""
    with (
        psycopg.connect(pooler.conninfo(), autocommit=True) as one,
        psycopg.connect(pooler.conninfo(), autocommit=True) as two,
    ):
        one.execute("select set_config('search_path', 'elsewhere', false)")
        two.execute("begin")
        pids = {one.execute("select pg_backend_pid()").fetchone(), two.execute("select pg_backend_pid()").fetchone()}
        two.execute("commit")
        assert len(pids) == 2
        assert all(pid != (connection.info.backend_pid,) for pid in pids for connection in (one, two))
        one.execute("select set_config('search_path', '\"$user\", public', false)")


def test_ledgers_share_sessions_and_each_keeps_its_own_entries(server: Server, pooler: Pooler) -> None:
    """More clients than sessions, in two ledgers of one database, in turns, with more queries than are prepared."""
    names = ("pooled_a", "pooled_b", "pooled_c")
    ledgers = [cl.open_ledger(pooler.url(name), clock=Clock(), by=name) for name in names]
    for k in range(8):
        for name, ledger in zip(names, ledgers, strict=True):
            ledger.open_account(f"{name}-{k}", name=name, key=f"{k}")
            assert len(ledger.accounts()) == k + 1
    with ledgers[0].batch():
        ledgers[0].open_account("uncommitted", name="U")
        assert len(ledgers[1].accounts()) == 8
        ledgers[1].open_account("beside", name="B")
    for name, ledger in zip(names, ledgers, strict=True):
        assert all(account.startswith(name) or account in ("uncommitted", "beside") for account in ledger.accounts())
        assert ledger.audit(workers=1).passed
        ledger.close()
    with cl.open_ledger(pooler.url("pooled_a"), read_only=True) as ledger:
        assert ledger.audit(workers=1).passed
        with pytest.raises(StoreReadOnlyError):
            ledger.open_account("no", name="N")
    with psycopg.connect(pooler.conninfo(), autocommit=True) as somebody:
        for _ in range(3):
            found = somebody.execute(
                "select current_setting('search_path'), current_setting('default_transaction_read_only'), "
                "current_setting('lock_timeout')"
            ).fetchone()
            assert found == ('"$user", public', "off", "0"), "a setting was left to others"


def test_eight_clients_write_through_two_sessions(pooler: Pooler) -> None:
    """Clients of threads, which start sooner than processes; each has a connection of its own to the pooler."""
    url = pooler.url("pooled_writers")
    with sample_ledger() as sample:
        cl.copy_ledger(sample, url)

    def write(k: int) -> None:
        with cl.open_ledger(url, clock=Clock(), by=f"w{k}", timeout_s=60) as ledger:
            for i in range(10):
                units = cl.Block("wind/2025/8", k + 500, k + 500)
                ledger.transfer(units, to="owner" if i % 2 else "buyer", key=f"w{k}-{i}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    with cl.open_ledger(url) as ledger:
        found = sorted(str(ledger.entry(n).key) for n in range(ledger.size - 80, ledger.size))
        assert found == sorted(f"w{k}-{i}" for k in range(8) for i in range(10))
        assert ledger.audit(workers=1).passed


def test_a_commit_is_not_left_to_the_disk_where_the_server_says_so(server: Server, pooler: Pooler) -> None:
    """`synchronous_commit = off` of a server's user is raised in every transaction that writes."""
    server.run("alter role owner set synchronous_commit = off", "select pg_sleep(0)")
    try:
        for where in (server.url("waiting"), pooler.url("waiting")):
            with cl.open_ledger(where, clock=Clock()) as ledger, ledger.batch():
                ledger.accounts()
                session = ledger._store._writer.session
                assert session.query("select current_setting('synchronous_commit')") == [("on",)]
    finally:
        server.run("alter role owner reset synchronous_commit")
