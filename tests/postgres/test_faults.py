"""Lost connections, killed servers and clients: what was acknowledged is there once.

The rounds here are few; `python -m tests.postgres.long_run` runs as many as it is told.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from benchmarks.harness.loopback import Loopback
from tests.postgres.killing import kill_clients, kill_server
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.errors import (
    CommitUnknownError,
    StoreConnectionError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
    UnknownThingError,
)
from carbon_ledger.stores.postgres.errors import Translated
from carbon_ledger.testing import Clock

pytestmark = pytest.mark.postgres

_numbers = count()


@pytest.fixture
def loopback(server: Server) -> Iterator[Loopback]:
    with closing(Loopback(server.directory)) as proxy:
        yield proxy


@pytest.fixture
def ledger(server: Server, loopback: Loopback) -> Iterator[cl.Ledger]:
    """A ledger whose connections go through the proxy."""
    with cl.open_ledger(loopback.url(f"faults_{next(_numbers)}"), clock=Clock(), timeout_s=1) as opened:
        opened.open_account("first", name="First")
        yield opened


def test_a_connection_that_ended_between_commands_is_opened_again(server: Server, ledger: cl.Ledger) -> None:
    for k in range(3):
        server.run(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'carbon-ledger'",
            "select pg_sleep(0.05)",
        )
        ledger.open_account(f"a-{k}", name="A")
        assert ledger.accounts()[-1] == f"a-{k}"
    assert ledger.audit().passed


def test_a_commit_whose_answer_was_lost_is_known_to_be_done(ledger: cl.Ledger, loopback: Loopback) -> None:
    """The server committed; the client asks by the entry's number and leaf, and answers as if nothing had happened."""
    loopback.cut_after = lambda piece: b"COMMIT\0" in piece and not setattr(loopback, "cut_after", None)
    size = ledger.size
    ledger.open_account("answered", name="A")
    assert loopback.cut_after is None, "nothing was cut"
    assert ledger.size == size + 1
    assert ledger.accounts()[-1] == "answered"
    ledger.open_account("next", name="N")
    assert ledger.audit().passed


def test_a_command_whose_answer_was_lost_returns_what_it_recorded(ledger: cl.Ledger, loopback: Loopback) -> None:
    """What it returns is asked together with the commit; lost with the answer, it is asked again."""
    loopback.cut_after = lambda piece: b"COMMIT\0" in piece and not setattr(loopback, "cut_after", None)
    deed = f"sha256:{'d' * 64}"
    amended = ledger.amend_account("first", effective="2030-01-01", name="Second", evidence=deed, reason="renamed")
    assert loopback.cut_after is None, "nothing was cut"
    assert amended.name == "Second"
    assert ledger.audit().passed


def test_a_commit_that_never_arrived_is_known_to_be_undone(ledger: cl.Ledger, loopback: Loopback) -> None:
    loopback.cut_before = lambda piece: b"commit\0" in piece and not setattr(loopback, "cut_before", None)
    size = ledger.size
    with pytest.raises(StoreConnectionError, match="nothing was recorded"):
        ledger.open_account("lost", name="L")
    assert loopback.cut_before is None
    assert ledger.size == size
    ledger.open_account("lost", name="L")
    assert ledger.size == size + 1
    assert ledger.audit().passed


def test_a_commit_of_another_in_between_is_not_taken_for_ours(
    server: Server, ledger: cl.Ledger, loopback: Loopback
) -> None:
    """The same number, another leaf: while this client's commit was lost, somebody else recorded that number."""
    schema = ledger._store.place.schema

    def record() -> None:
        with ledger.batch():
            ledger.open_account("lost", name="L")
            loopback.cut()
            with cl.open_ledger(server.url(schema), clock=Clock()) as other:
                other.open_account("theirs", name="T")

    with pytest.raises(StoreConnectionError, match="nothing was recorded"):
        record()
    assert "lost" not in ledger.accounts()
    assert "theirs" in ledger.accounts()
    ledger.open_account("mine", name="M")
    assert ledger.audit().passed


def test_a_batch_whose_connection_was_lost_cannot_go_on(ledger: cl.Ledger, loopback: Loopback) -> None:
    """What comes after the loss would be on another connection, in no transaction, and without what came before."""
    size = ledger.size

    def record() -> None:
        with ledger.batch():
            ledger.open_account("one", name="O")
            loopback.cut()
            with pytest.raises(StoreConnectionError):
                ledger.balance("first")
            with pytest.raises(StoreError, match="undid the whole batch"):
                ledger.open_account("two", name="T")

    with pytest.raises(StoreError, match="undid the whole batch"):
        record()
    assert ledger.size == size
    ledger.open_account("two", name="T")
    assert ledger.accounts() == ("first", "two")
    assert ledger.audit().passed


def test_a_commit_of_which_nobody_tells_is_unknown_and_its_key_settles_it(
    ledger: cl.Ledger, loopback: Loopback
) -> None:
    for cut in ("cut_after", "cut_before"):
        text = b"COMMIT\0" if cut == "cut_after" else b"commit\0"

        def watch(piece: bytes, cut: str = cut, text: bytes = text) -> bool:
            if text not in piece:
                return False
            setattr(loopback, cut, None)
            loopback.refuses = True
            return True

        setattr(loopback, cut, watch)
        size = ledger.size if cut == "cut_after" else None
        with pytest.raises(CommitUnknownError, match="Repeat the command with its idempotency key"):
            ledger.open_account(f"u-{cut}", name="U", key=cut)
        loopback.refuses = False
        ledger.open_account(f"u-{cut}", name="U", key=cut)
        assert size is None or ledger.size == size + 1
    assert ledger.accounts() == ("first", "u-cut_after", "u-cut_before")
    assert ledger.audit().passed


def test_a_server_that_cannot_be_reached_is_named(loopback: Loopback, ledger: cl.Ledger) -> None:
    loopback.refuses = True
    loopback.cut()
    with pytest.raises(StoreConnectionError):
        ledger.open_account("a", name="A")
    with pytest.raises(StoreConnectionError, match="no connection to the server"):
        cl.open_ledger(loopback.url("elsewhere"), timeout_s=0)
    loopback.refuses = False
    ledger.open_account("a", name="A")


def test_a_client_that_holds_the_lock_lets_others_wait_no_longer_than_they_said(server: Server) -> None:
    url = server.url(f"faults_{next(_numbers)}")
    with cl.open_ledger(url, clock=Clock()) as one, cl.open_ledger(url, clock=Clock(), timeout_s=0) as two:
        with one.batch():
            one.open_account("one", name="O")
            with pytest.raises(StoreLockedError, match="another process is writing to the ledger"):
                two.open_account("two", name="T")
            assert two.accounts() == ()
        two.open_account("two", name="T")
        assert one.accounts() == ("one", "two")


def test_killed_servers_lose_no_acknowledged_entry_and_keep_no_half_command() -> None:
    assert kill_server(rounds=3) == (0, 0)


def test_killed_clients_lose_no_acknowledged_entry_and_keep_no_half_command(server: Server) -> None:
    assert kill_clients(server, rounds=3) == (0, 0)


@pytest.mark.parametrize("offer", [0, 1, 999])
def test_a_want_that_cannot_be_asked_leaves_the_refusal_to_the_command(server: Server, offer: int) -> None:
    """Wants see arguments before a rule does: here, entries that are not offers."""
    with cl.open_ledger(server.url(f"faults_{next(_numbers)}"), clock=Clock()) as ledger:
        ledger.open_account("a", name="A")
        for command in (ledger.accept, ledger.reject):
            with pytest.raises(UnknownThingError):
                command(offer)


class _FailingDiskError(psycopg.errors.IoError):
    """The file of a table cannot be extended because the disk fails, not because it is full."""

    diag: Any = SimpleNamespace(source_function="mdextend", message_primary="Input/output error", message_detail=None)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_FailingDiskError, StoreError),
        (psycopg.errors.SerializationFailure, StoreLockedError),  # a standby: what it replays is in a query's way
        (psycopg.errors.LockNotAvailable, StoreLockedError),
        (psycopg.errors.ReadOnlySqlTransaction, StoreReadOnlyError),
        (psycopg.errors.DiskFull, StoreFullError),
        (psycopg.errors.AdminShutdown, StoreConnectionError),
        (psycopg.errors.InvalidSqlStatementName, StoreError),  # a pooler that was not recognised
    ],
)
def test_an_error_of_the_server_is_named(error: type[psycopg.Error], expected: type[StoreError]) -> None:
    with pytest.raises(StoreError) as raised, Translated("the ledger"):
        raise error
    assert type(raised.value) is expected
    assert str(raised.value).startswith("the ledger: ")


def test_other_threads_see_nothing_of_a_batch_whose_connection_was_lost(
    server: Server, ledger: cl.Ledger, loopback: Loopback
) -> None:
    """While the batch does not know of the loss, others record entries with the numbers of its own."""

    def known() -> object:
        with pytest.raises(UnknownThingError):
            ledger.account("mine")
        return ledger.entry(2).event["name"]

    def record() -> None:
        with ledger.batch():
            ledger.open_account("mine", name="M")
            assert ledger.account("mine").name == "M"
            loopback.cut()
            with cl.open_ledger(server.url(ledger._store.place.schema), clock=Clock()) as other:
                other.open_account("theirs", name="T")
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(known).result() == "T"

    with pytest.raises(StoreConnectionError, match="nothing was recorded"):
        record()
    assert ledger.audit().passed


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_a_text_that_no_server_has_is_refused_and_the_batch_goes_on(ledger: cl.Ledger, text: str) -> None:
    """In a command's arguments and in a question, as with a file."""
    with ledger.batch():
        ledger.open_account("a", name="A")
        for ask in (ledger.balance, ledger.statement, ledger.roles, lambda name: ledger.grant(name, "issuer")):
            with pytest.raises(cl.CarbonLedgerError, match=r"text|unknown-account"):
                ask(text)
        ledger.open_account("b", name="B")
    assert ledger.accounts() == ("first", "a", "b")
    assert ledger.audit().passed
