"""Many entries of a batch are sent as a stream that stays open while the next entries are made."""

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any

import psycopg
import pytest
from benchmarks.harness.loopback import Loopback
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.stores.postgres.sessions import Session, Statement

pytestmark = pytest.mark.postgres

_HOUR_S = 3_600
_STEPS = 730
_SCHEMA = "streams"


def plants(ledger: cl.Ledger, count: int) -> list[str]:
    """Plants of a ledger, registered in one batch."""
    names = [f"plant-{k}" for k in range(count)]
    with ledger.batch():
        for name in names:
            ledger.register_device(
                cl.Device(
                    id=name,
                    name=name,
                    technology="hydro/run-of-river",
                    capacity="4 MW",
                    country="AZ",
                    grid="AZ",
                    zone="UTC",
                    commissioned="1970-01-01",
                )
            )
    return names


def month(names: Sequence[str], number: int) -> list[tuple[str, cl.Readings]]:
    """A month of hourly readings of each plant."""
    start = number * _STEPS * _HOUR_S
    return [(name, cl.Readings(start, _HOUR_S, [100_000 + k] * _STEPS)) for k, name in enumerate(names)]


@pytest.fixture
def ledger(server: Server) -> Iterator[cl.Ledger]:
    server.run(f"drop schema if exists {_SCHEMA} cascade")
    with cl.open_ledger(server.url(_SCHEMA), by="tester") as opened:
        yield opened


def scalar(connection: psycopg.Connection[Any], sql: str) -> int:
    """The only value that a query has."""
    ((found,),) = connection.execute(sql).fetchall()
    return int(found)


def is_streaming(ledger: cl.Ledger) -> bool:
    store: Any = ledger._store
    return bool(store._writer.session.is_streaming)


def record(ledger: cl.Ledger, runs: Sequence[tuple[str, cl.Readings]]) -> None:
    """Record runs one by one: `record_many` waits for the server before it returns, in a batch too."""
    for name, run in runs:
        ledger.record_run(name, run)


def test_the_server_writes_entries_while_the_next_are_made(ledger: cl.Ledger, server: Server) -> None:
    """Before the batch ends, the server's files have grown by the entries."""
    names = plants(ledger, 100)
    record(ledger, month(names, 0))
    with psycopg.connect(server.conninfo("owner"), autocommit=True) as other:
        size = f"select pg_total_relation_size('{_SCHEMA}.entry')"
        before = scalar(other, size)
        with ledger.batch():
            record(ledger, month(names, 1))
            assert is_streaming(ledger)
            assert any(scalar(other, size) > before + 300_000 for _ in range(10_000))
            (run,) = ledger.readings(names[-1], cl.Period(_STEPS * _HOUR_S, 2 * _STEPS * _HOUR_S))
            assert run.net_wh == 100_099 * _STEPS
            assert not is_streaming(ledger)
    assert ledger.audit().passed


def undone(ledger: cl.Ledger, runs: Sequence[tuple[str, cl.Readings]], error: BaseException) -> None:
    """A batch that is undone by an exception while its entries are being sent."""
    with ledger.batch():
        record(ledger, runs)
        assert is_streaming(ledger)
        raise error


def test_what_is_undone_while_entries_are_sent_is_not_recorded(ledger: cl.Ledger) -> None:
    names = plants(ledger, 100)
    record(ledger, month(names, 0))
    size = ledger.size
    with ledger.batch():
        record(ledger, month(names, 1))
        with pytest.raises(ZeroDivisionError):
            undone(ledger, month(names, 2), ZeroDivisionError())
        assert ledger.size == size + 100
        record(ledger, month(names, 2)[:70])
        with pytest.raises(cl.errors.OverlapError):
            record(ledger, month(names, 2)[69:])
        record(ledger, month(names, 2)[70:])
        record(ledger, month(names, 3))
    assert ledger.size == size + 300
    assert ledger.audit().passed


def test_a_batch_that_is_undone_while_entries_are_sent_leaves_nothing(ledger: cl.Ledger) -> None:
    """Nor does it close the connection."""
    names, store = plants(ledger, 100), ledger._store
    record(ledger, month(names, 0))
    size, connected = ledger.size, store._writer.session._open[0]  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        undone(ledger, month(names, 1), KeyboardInterrupt())
    assert ledger.size == size
    record(ledger, month(names, 1))
    assert store._writer.session._open[0] is connected  # type: ignore[attr-defined]
    assert ledger.audit().passed


def test_the_server_refuses_an_entry_that_was_sent(ledger: cl.Ledger, server: Server) -> None:
    """The next statement says so, or the commit; until then the client does not know."""
    names, refused = plants(ledger, 100), 'violates check constraint "odd"'
    size = ledger.size
    server.run(f"alter table {_SCHEMA}.entry add constraint odd check (n <> {size + 190})")

    def recorded(*, asking: bool = False, error: Exception | None = None) -> None:
        """Record a month, after which the client knows what it needs of the plants, and one more."""
        with ledger.batch():
            record(ledger, month(names, 0))
            record(ledger, month(names, 1))
            if asking:
                assert is_streaming(ledger)
                ledger.readings(names[0], cl.Period(0, _HOUR_S))
            if error is not None:
                raise error

    with pytest.raises(cl.errors.BrokenLogError, match=refused):
        recorded(asking=True)
    with pytest.raises(cl.errors.BrokenLogError, match=refused):
        recorded()
    with pytest.raises(ZeroDivisionError):
        recorded(error=ZeroDivisionError())
    with pytest.raises(cl.errors.BrokenLogError, match=refused):
        ledger.record_many([*month(names, 0), *month(names, 1)])
    assert ledger.size == size
    server.run(f"alter table {_SCHEMA}.entry drop constraint odd")
    ledger.record_many([*month(names, 0), *month(names, 1)])
    assert ledger.audit().passed


@pytest.mark.parametrize("count", [64, 70, 79, 80])
def test_a_tile_follows_the_entries_that_it_has(ledger: cl.Ledger, count: int) -> None:
    """Its last entry may be among those that wait until there are enough of them to be sent."""
    names = plants(ledger, 100)
    runs = [run for number in range(5) for run in month(names, number)]
    left = 2 * WIDTH - ledger.size - count  # so that this client knows all hashes of the second tile
    with ledger.batch():
        record(ledger, runs[:left])
    with ledger.batch():
        record(ledger, runs[left : left + count])
        assert is_streaming(ledger)
    assert ledger.size == 2 * WIDTH
    assert ledger.audit().passed


def test_the_error_that_ends_a_part_is_the_one_that_is_raised(ledger: cl.Ledger, server: Server) -> None:
    """The savepoint of the part was not set, because the server had refused an entry before it."""
    names = plants(ledger, 100)
    record(ledger, month(names, 0))
    size = ledger.size
    server.run(f"alter table {_SCHEMA}.entry add constraint odd check (n <> {size + 190})")

    def recorded(*, stopped: AbstractContextManager[object]) -> None:
        """Send entries; the client knows what it needs of the plants after the first month."""
        with ledger.batch():
            record(ledger, month(names, 1))
            record(ledger, month(names, 2))
            assert is_streaming(ledger)
            with stopped, ledger.batch():
                ledger.readings(names[0], cl.Period(0, _HOUR_S))

    with pytest.raises(cl.errors.BrokenLogError, match="odd"):
        recorded(stopped=nullcontext())
    with pytest.raises(cl.errors.StoreError, match="undid the whole batch"):
        recorded(stopped=pytest.raises(cl.errors.BrokenLogError, match="odd"))
    assert ledger.size == size
    assert ledger.audit().passed


def test_a_fork_does_not_end_the_stream_of_its_parent(ledger: cl.Ledger) -> None:
    names = plants(ledger, 100)
    record(ledger, month(names, 0))
    size = ledger.size
    with ledger.batch():
        record(ledger, month(names, 1))
        assert is_streaming(ledger)
        child = os.fork()
        if child == 0:
            try:
                ledger._store._writer.session._stream = None  # type: ignore[attr-defined]  # as at its exit
                gc.collect()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        record(ledger, month(names, 2))
    assert ledger.size == size + 200
    assert ledger.audit().passed


def test_a_connection_that_is_lost_while_entries_are_sent(
    ledger: cl.Ledger, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    names, sent = plants(ledger, 400), [0]

    def late(piece: bytes) -> bool:
        sent[0] += len(piece)
        return sent[0] > 300_000

    with closing(Loopback(server.directory)) as proxy, cl.open_ledger(proxy.url(_SCHEMA), by="tester") as lost:
        size, proxy.cut_before = lost.size, late
        with pytest.raises(cl.errors.StoreConnectionError):
            lost.record_many(month(names, 0))
        assert sent[0] > 300_000
        proxy.cut_before = None
        assert lost.size == ledger.size == size
        lost.record_many(month(names, 0))
        assert lost.audit().passed
    assert not caplog.records, "psycopg says nothing of its own"


def test_many_runs_of_many_devices_are_asked_at_once(ledger: cl.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at all, if nobody else has written since this client did: what it knows still holds."""
    names, sent, statements = plants(ledger, 400), Session._pipelined, list[Statement]()

    def counted(session: Session, connection: Any, given: Sequence[Statement]) -> Any:
        statements.extend(given)
        return sent(session, connection, given)

    ledger.record_many(month(names, 0))
    monkeypatch.setattr(Session, "_pipelined", counted)
    store: Any = ledger._store
    trips = store._writer.session.trips
    ledger.record_many(month(names, 1))
    assert store._writer.session.trips - trips <= 8
    assert len(statements) <= 12
    statements.clear()
    with cl.open_ledger(store.place.location, by="tester") as other:
        other.record_many(month(names, 2))
    trips = store._writer.session.trips
    ledger.record_many(month(names, 3))
    assert store._writer.session.trips - trips <= 16
