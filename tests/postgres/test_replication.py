"""A primary server and its standby: what a promoted standby lacks is noticed, and a synchronous one lacks nothing."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.postgres.killing import acknowledged, count_wrong, start
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.errors import ForkError, StoreReadOnlyError
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.testing import Clock, sample_ledger

pytestmark = pytest.mark.postgres

_SETTINGS = ("fsync=off", "shared_buffers=16MB")
_WAIT_S = 30


@contextmanager
def pair() -> Iterator[tuple[Server, Server]]:
    """A primary server and a standby that follows it."""
    with ExitStack() as stack:
        primary = Server(*_SETTINGS, "hot_standby_feedback=on")
        stack.callback(primary.remove)
        standby = Server(*_SETTINGS, standby_of=primary)
        stack.callback(standby.remove)
        yield primary, standby


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + _WAIT_S
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def follow(primary: Server, standby: Server) -> None:
    """Wait until the standby has all that the primary server has now."""
    (newest,) = primary.run("select pg_current_wal_lsn()::text")[0]
    until(lambda: standby.run(f"select pg_last_wal_replay_lsn() >= '{newest}'::pg_lsn") == [(True,)])


def both(primary: Server, standby: Server, schema: str) -> str:
    """The URL of a ledger on whichever of two servers takes writes."""
    hosts = f"{primary.directory},{standby.directory}"
    return f"postgresql:///postgres?host={hosts}&user=owner&target_session_attrs=read-write&ledger_schema={schema}"


@pytest.fixture(scope="module")
def followed() -> Iterator[tuple[Server, Server]]:
    """A primary server and its standby, of which the last test with them makes a primary server."""
    with pair() as servers:
        yield servers


def test_a_standby_answers_queries_and_audits_and_refuses_to_write(followed: tuple[Server, Server]) -> None:
    primary, standby = followed
    with sample_ledger() as sample:
        cl.copy_ledger(sample, primary.url("read"))
        answers = sample.accounts(), sample.root(), sample.statement("owner")
    with cl.open_ledger(primary.url("read"), by="tester", clock=Clock()) as ledger:
        follow(primary, standby)
        with cl.open_ledger(standby.url("read"), read_only=True) as replica:
            assert (replica.accounts(), replica.root(), replica.statement("owner")) == answers
            assert replica.audit(workers=1).passed
            ledger.open_account("later", name="L")
            follow(primary, standby)
            assert "later" in replica.accounts()
            with pytest.raises(StoreReadOnlyError, match="read_only=True"):
                replica.open_account("no", name="N")
    with cl.open_ledger(standby.url("read")) as replica:
        assert replica.as_of(entry=3).size == 4
        for attempt in (lambda: replica.open_account("no", name="N"), replica.rebuild):
            with pytest.raises(StoreReadOnlyError, match="If it is a standby, connect to the primary server"):
                attempt()
        assert replica.audit(workers=1).passed
    with pytest.raises(StoreReadOnlyError, match="standby"):
        cl.open_ledger(standby.url("elsewhere"))


def test_a_promoted_standby_that_lacks_entries_is_told_from_the_server_that_has_them(
    followed: tuple[Server, Server], tmp_path: Path
) -> None:
    """Asynchronous replication: entries that were acknowledged are on the old primary server alone."""
    signer = cl.signing.generate_signer("log.example.com/replicated")
    primary, standby = followed
    url = both(primary, standby, "replicated")
    with sample_ledger() as sample:
        cl.copy_ledger(sample, url)
    with (
        cl.open_ledger(url, by="tester", clock=Clock(), timeout_s=2) as ledger,
        cl.open_ledger(url, read_only=True) as reader,
    ):
        ledger.open_account("on-both", name="B")
        follow(primary, standby)
        size = ledger.size
        standby.run("alter system set primary_conninfo = ''", "select pg_reload_conf()")
        until(lambda: standby.run("select count(*) from pg_stat_wal_receiver") == [(0,)])
        for k in range(3):
            ledger.open_account(f"tail-{k}", name="T", key=f"tail-{k}")
        assert reader.size == size + 3
        pinned = Checkpoint(origin="example.com/log", size=ledger.size, root=bytes.fromhex(ledger.root()))
        published = ledger.publish(tmp_path / "log", signer=signer)
        primary.kill()
        standby.promote()
        for more in (0, 4):  # as it was promoted, and after others have written there
            with cl.open_ledger(url, by="other", clock=Clock()) as other:  # a client that knows nothing is told nothing
                assert other.size == size
                for k in range(more):
                    other.open_account(f"other-{k}", name="O")
                for ask in (
                    lambda: other.receipt(2, checkpoint=published),
                    lambda: other.publish(tmp_path / "log", signer=signer),
                ):
                    with pytest.raises(ForkError):
                        ask()
            for attempt in (
                lambda: ledger.open_account("after", name="A"),
                lambda: ledger.open_account("tail-2", name="T", key="tail-2"),
                ledger.accounts,
                reader.accounts,
                lambda: cl.open_ledger(url, pinned=pinned),
                lambda: cl.open_ledger(url, pinned=published, read_only=True),
            ):
                with pytest.raises(ForkError):
                    attempt()
        with cl.open_ledger(standby.url("replicated")) as other:
            ahead = other.size
            assert (ahead, other.audit(workers=1).passed) == (size + 4, True)
        standby.stop()
        primary.start()
        assert ledger.size == reader.size == size + 3
        ledger.open_account("tail-2", name="T", key="tail-2")
        assert ledger.size == size + 3, "its key settles that it was recorded"
        ledger.open_account("after", name="A")
        assert ledger.audit(workers=1).passed


def test_a_synchronous_standby_has_every_acknowledged_entry() -> None:
    """A client writes while the primary server is killed and the standby promoted, and goes on there."""
    with pair() as (primary, standby):
        url = both(primary, standby, "synchronous")
        cl.open_ledger(url).close()
        primary.run(f"alter system set synchronous_standby_names = '\"{standby.directory.name}\"'")
        primary.run("select pg_reload_conf()")
        until(lambda: primary.run("select count(*) from pg_stat_replication where sync_state = 'sync'") == [(1,)])
        writers = [start(url, f"writer{k}", 100_000) for k in range(2)]
        output = []
        for writer in writers:
            assert writer.stdout is not None
            output.append(writer.stdout.readline())
        time.sleep(0.5)
        primary.kill()
        standby.promote()
        (before,) = standby.run("select max(n) from synchronous.entry")[0]
        until(lambda: standby.run("select max(n) from synchronous.entry")[0][0] > before + 20)
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            assert writer.stdout is not None
            output.append(writer.stdout.read())
            writer.stdout.close()
            writer.wait()
        keys = [key for text in output for key in acknowledged(text)]
        assert len(keys) > 30
        assert count_wrong(standby.url("synchronous"), keys) == (0, 0)
