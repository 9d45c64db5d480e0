"""The entries of `record_many` are sent as a stream that stays open while the next ones are made.

What happens meanwhile, happens in the clock here: nothing else of a caller runs then.
"""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
import pytest
from benchmarks.harness.loopback import Loopback
from benchmarks.postgres import register_plants
from tests.conftest import EVIDENCE
from tests.support.postgres import Server

import carbon_ledger as cl
from carbon_ledger.errors import ImplausibleReadingError
from carbon_ledger.log.coordinates import WIDTH
from carbon_ledger.stores.postgres.sessions import Session, Statement

pytestmark = pytest.mark.postgres

_HOUR_S = 3_600
_STEPS = 730
_SCHEMA = "streams"


def plants(ledger: cl.Ledger, count: int) -> list[str]:
    """Plants of a ledger, registered in one batch."""
    names = [f"plant-{k}" for k in range(count)]
    register_plants(ledger, names)
    return names


def month(names: Sequence[str], number: int) -> list[tuple[str, cl.Readings]]:
    """A month of hourly readings of each plant."""
    start = number * _STEPS * _HOUR_S
    return [(name, cl.Readings(start, _HOUR_S, [100_000 + k] * _STEPS)) for k, name in enumerate(names)]


class Clock:
    """A clock that does something once, when it is asked while entries are being sent.

    Attributes:
        does: What it does; None for nothing, or once it is done.
        ledger: The ledger whose clock it is.
    """

    def __init__(self) -> None:
        self.does: Callable[[], object] | None = None
        self.ledger: cl.Ledger | None = None

    def __call__(self) -> datetime:
        """The time."""
        if self.does is not None and self.ledger is not None and session_of(self.ledger).is_streaming:
            does, self.does = self.does, None
            does()
        return datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(server: Server, clock: Clock) -> Iterator[cl.Ledger]:
    server.run(f"drop schema if exists {_SCHEMA} cascade")
    with cl.open_ledger(server.url(_SCHEMA), by="tester", clock=clock) as opened:
        clock.ledger = opened
        yield opened


def scalar(connection: psycopg.Connection[Any], sql: str) -> int:
    """The only value that a query has."""
    ((found,),) = connection.execute(sql).fetchall()
    return int(found)


def session_of(ledger: cl.Ledger) -> Session:
    """The session that writes."""
    store: Any = ledger._store
    found: Session = store._writer.session
    return found


def fail(error: BaseException) -> None:
    """Raise an exception."""
    raise error


def test_the_server_writes_entries_while_the_next_are_made(ledger: cl.Ledger, server: Server, clock: Clock) -> None:
    """Before the command ends, the server's files have grown by the entries."""
    names, seen = plants(ledger, 100), list[bool]()
    size = f"select pg_total_relation_size('{_SCHEMA}.entry')"
    with psycopg.connect(server.conninfo("owner"), autocommit=True) as other:
        before = scalar(other, size)

        def look() -> None:
            seen.append(any(scalar(other, size) > before + 200_000 for _ in range(10_000)))

        clock.does = look
        ledger.record_many(month(names, 0))
    assert seen == [True]
    assert not session_of(ledger).is_streaming
    assert ledger.audit().passed


def test_a_clock_may_ask_the_ledger_while_entries_are_sent(ledger: cl.Ledger, clock: Clock) -> None:
    names, seen = plants(ledger, 200), list[object]()

    def ask() -> None:
        seen.extend(ledger.readings(names[k], cl.Period(0, _STEPS * _HOUR_S))[0].net_wh for k in range(64))
        seen.append(ledger.size >= size + 64)

    clock.does = ask
    size = ledger.size
    ledger.record_many(month(names, 0))
    assert seen == [*((100_000 + k) * _STEPS for k in range(64)), True]
    assert ledger.size == size + 200
    assert ledger.audit().passed


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyboardInterrupt()])
def test_what_is_undone_while_entries_are_sent_is_not_recorded(
    ledger: cl.Ledger, clock: Clock, error: BaseException
) -> None:
    """Nor does it close the connection."""
    names, connected = plants(ledger, 200), session_of(ledger)._open[0]
    size = ledger.size
    clock.does = partial(fail, error)
    with pytest.raises(type(error)):
        ledger.record_many(month(names, 0))
    assert ledger.size == size
    with ledger.batch():
        ledger.record_many(month(names, 0))
        clock.does = partial(fail, error)
        with pytest.raises(type(error)):
            ledger.record_many(month(names, 1))
        assert ledger.size == size + 200
        ledger.record_many(month(names, 1)[:70])
        with pytest.raises(cl.errors.OverlapError):
            ledger.record_many(month(names, 1)[69:])
        ledger.record_many([*month(names, 1)[70:], *month(names, 2)])
    assert session_of(ledger)._open[0] is connected
    assert ledger.size == size + 600
    assert ledger.audit().passed


def test_the_server_refuses_an_entry_that_was_sent(ledger: cl.Ledger, server: Server, clock: Clock) -> None:
    """The client does not know before something else is sent."""
    names, refused = plants(ledger, 200), 'violates check constraint "odd"'
    size = ledger.size
    server.run(f"alter table {_SCHEMA}.entry add constraint odd check (n <> {size + 70})")
    with pytest.raises(cl.errors.BrokenLogError, match=refused):
        ledger.record_many(month(names, 0))
    clock.does = partial(fail, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        ledger.record_many(month(names, 0))
    clock.does = lambda: ledger.readings(names[0], cl.Period(0, _HOUR_S))
    with pytest.raises(cl.errors.BrokenLogError, match=refused):
        ledger.record_many(month(names, 0))
    assert ledger.size == size
    with ledger.batch():
        ledger.open_account("buyer", name="Buyer")
        with pytest.raises(cl.errors.BrokenLogError, match=refused):
            ledger.record_many(month(names, 0))
        ledger.open_account("seller", name="Seller")
    assert ledger.size == size + 2
    server.run(f"alter table {_SCHEMA}.entry drop constraint odd")
    ledger.record_many(month(names, 0))
    assert ledger.audit().passed


def test_a_refusal_that_a_clock_hides_is_not_committed(ledger: cl.Ledger, server: Server, clock: Clock) -> None:
    names = plants(ledger, 200)
    size = ledger.size
    server.run(f"alter table {_SCHEMA}.entry add constraint odd check (n <> {size + 30})")

    def hide() -> None:
        with suppress(cl.CarbonLedgerError):
            ledger.readings(names[0], cl.Period(0, _HOUR_S))

    clock.does = hide
    with pytest.raises(cl.errors.StoreError, match="undid the whole batch"):
        ledger.record_many(month(names, 0))
    assert ledger.size == size


@pytest.mark.parametrize("count", [64, 70, 79, 80])
def test_a_tile_follows_the_entries_that_it_has(ledger: cl.Ledger, count: int) -> None:
    """Its last entry may be among those that wait until there are enough of them to be sent."""
    names = plants(ledger, 100)
    runs = [run for number in range(5) for run in month(names, number)]
    left = 2 * WIDTH - ledger.size - count  # so that this client knows all hashes of the second tile
    ledger.record_many(runs[:left])
    ledger.record_many(runs[left : left + count])
    assert ledger.size == 2 * WIDTH
    assert ledger.audit().passed


def test_a_fork_does_not_end_the_stream_of_its_parent(ledger: cl.Ledger, clock: Clock) -> None:
    names = plants(ledger, 200)
    size = ledger.size

    def fork() -> None:
        child = os.fork()
        if child == 0:
            try:
                session_of(ledger)._stream = None  # as at its exit
                gc.collect()
            finally:
                os._exit(0)
        os.waitpid(child, 0)

    clock.does = fork
    ledger.record_many(month(names, 0))
    assert clock.does is None
    assert ledger.size == size + 200
    assert ledger.audit().passed


def test_a_connection_that_is_lost_while_entries_are_sent(
    ledger: cl.Ledger, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    names, sent = plants(ledger, 400), [0]

    def late(piece: bytes) -> bool:
        sent[0] += len(piece)
        return sent[0] > 300_000

    with (
        closing(Loopback(server.directory)) as proxy,
        cl.open_ledger(proxy.url(_SCHEMA), by="tester", clock=Clock()) as lost,
    ):
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
    with cl.open_ledger(store.place.location, by="tester", clock=Clock()) as other:
        other.record_many(month(names, 2))
    trips = store._writer.session.trips
    ledger.record_many(month(names, 3))
    assert store._writer.session.trips - trips <= 16


def test_what_very_many_devices_need_is_asked_once(ledger: cl.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """More answers than are kept of a batch are kept of the command that has foreseen them."""
    monkeypatch.setattr("carbon_ledger.stores.postgres.answers._MOST", 100)
    names, store = plants(ledger, 600), ledger._store
    with cl.open_ledger(store.place.location, by="tester", clock=Clock()) as other:  # type: ignore[attr-defined]
        writer: Any = other._store
        session = writer._writer.session
        other.record_many(month(names, 0)[:1])
        for joined in (False, True):
            session.clear_cache()
            trips = session.trips
            with other.batch() if joined else nullcontext():
                other.record_many(month(names, 1 + joined))
            assert session.trips - trips <= 30
    assert ledger.audit().passed


@pytest.mark.parametrize("joined", [False, True])
def test_a_run_that_is_recorded_by_itself_keeps_what_the_others_need(
    ledger: cl.Ledger, monkeypatch: pytest.MonkeyPatch, joined: bool
) -> None:
    """It is a command within the command that has foreseen everything."""
    names, store = plants(ledger, 600), ledger._store
    ledger.amend_device(names[3], effective="1970-01-02", capacity="5 MW", reason="rating", evidence=EVIDENCE)
    monkeypatch.setattr("carbon_ledger.stores.postgres.answers._MOST", 100)
    monkeypatch.setattr("carbon_ledger.stores.cache.clear_if_full.__defaults__", (100,))
    with cl.open_ledger(store.place.location, by="tester", clock=Clock()) as other:  # type: ignore[attr-defined]
        writer: Any = other._store
        session = writer._writer.session
        with other.batch() if joined else nullcontext():
            trips = session.trips
            other.record_many(month(names, 1))
            assert session.trips - trips <= 50
    assert ledger.audit().passed


@pytest.mark.parametrize("joined", [False, True])
def test_devices_are_asked_for_again_once_the_rows_are_derived_again(
    ledger: cl.Ledger, server: Server, joined: bool
) -> None:
    """The row of an amendment was lost; what was asked of the damaged rows does not hold for the new ones."""
    (name,) = plants(ledger, 1)
    ledger.amend_device(name, effective="1970-01-01", capacity="1 MW", reason="rating", evidence=EVIDENCE)
    ledger.close()
    server.run(f"delete from {_SCHEMA}.registration where kind = 'amended device {name}'")
    with cl.open_ledger(server.url(_SCHEMA), by="tester", clock=Clock()) as damaged:
        with damaged.batch() if joined else nullcontext():
            damaged.record_many([(name, cl.Readings(0, 3600, [1_000_000] * 40))])
            damaged.rebuild()
            with pytest.raises(ImplausibleReadingError):
                damaged.record_many([(name, cl.Readings(40 * 3600, 3600, [4_000_000] * 40))])
        assert damaged.audit().passed
