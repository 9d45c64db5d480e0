"""Threads, tasks, signals, interrupts and forks: commands take turns, and questions see whole commands."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import carbon_ledger as cl
from carbon_ledger.errors import StoreError, StoreLockedError

PLACES = ("file", "memory")


@pytest.fixture(params=PLACES)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[cl.Ledger]:
    """A ledger that threads share, and that does not wait for any."""
    place = tmp_path / "a.db" if request.param == "file" else ":memory:"
    with cl.open_ledger(place, timeout_s=0) as ledger:
        yield ledger


def elsewhere(call: Callable[[], Any]) -> Any:
    """What a call returns, or the error that it raises, in another thread."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(call)
        return future.exception() or future.result()


def opened(ledger: cl.Ledger, name: str) -> Callable[[], Any]:
    return lambda: ledger.open_account(name, name=name)


@pytest.mark.parametrize("place", PLACES)
def test_commands_of_many_threads_take_turns(tmp_path: Path, place: str) -> None:
    with cl.open_ledger(tmp_path / "a.db" if place == "file" else ":memory:", timeout_s=60) as ledger:

        def work(k: int) -> None:
            for i in range(10):
                with ledger.batch() if i % 3 == 0 else contextlib.nullcontext():
                    ledger.open_account(f"{k}-{i}", name="A", key=f"{k}-{i}")
                    assert ledger.accounts().count(f"{k}-{i}") == 1, "a thread sees what it wrote"

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        assert set(ledger.accounts()) == {f"{k}-{i}" for k in range(8) for i in range(10)}
        assert ledger.size == 81
        assert ledger.audit().passed


def test_questions_of_others_see_the_state_before_a_batch(shared: cl.Ledger) -> None:
    shared.open_account("before", name="B")
    before = elsewhere(lambda: (shared.size, shared.root(), shared.accounts(), shared.audit().size))
    with shared.batch():
        for k in range(300):  # more than a tile, and with long names more than SQLite's cache
            shared.open_account(f"a-{k}", name="x" * 2_000)
        now = (shared.size, shared.root(), shared.accounts(), shared.audit().size)
        assert elsewhere(lambda: (shared.size, shared.root(), shared.accounts(), shared.audit().size)) == before
        assert now[0] == before[0] + 300
    assert elsewhere(lambda: (shared.size, shared.root(), shared.accounts(), shared.audit().size)) == now


def test_questions_see_a_batch_larger_than_the_cache_only_when_it_is_whole(tmp_path: Path) -> None:
    """Another process, or another ledger of this one, is not locked out by a large batch either."""
    path = tmp_path / "a.db"
    with cl.open_ledger(path, timeout_s=0) as ledger, cl.open_ledger(path, timeout_s=0, read_only=True) as reader:
        with ledger.batch():
            for k in range(1_500):  # about 4 MB
                ledger.open_account(f"a-{k}", name="x" * 2_000)
            assert reader.accounts() == ()
        assert len(reader.accounts()) == 1_500


def test_a_command_waits_for_anothers_batch_until_the_timeout(shared: cl.Ledger) -> None:
    with shared.batch():
        shared.open_account("a", name="A")
        error = elsewhere(opened(shared, "b"))
        assert isinstance(error, StoreLockedError)
        assert "another thread of this process" in str(error)
    assert elsewhere(opened(shared, "b")) == "b"
    assert shared.accounts() == ("a", "b")


@pytest.mark.parametrize("place", PLACES)
def test_a_command_that_waits_is_done_when_the_batch_ends(tmp_path: Path, place: str) -> None:
    with cl.open_ledger(tmp_path / "a.db" if place == "file" else ":memory:", timeout_s=60) as ledger:
        with ThreadPoolExecutor(1) as pool:
            with ledger.batch():
                ledger.open_account("a", name="A")
                later = pool.submit(opened(ledger, "b"))
                ledger.open_account("c", name="C")
            later.result()
        assert ledger.accounts() == ("a", "c", "b")


def test_a_batch_belongs_to_its_task(shared: cl.Ledger) -> None:
    async def other() -> tuple[object, object]:
        try:
            shared.open_account("other", name="O")
        except StoreLockedError as error:
            return error, shared.accounts()
        return None, shared.accounts()

    async def main() -> tuple[object, object]:
        with shared.batch():
            shared.open_account("mine", name="M")
            found = await asyncio.create_task(other())
            shared.open_account("mine-2", name="M")
        return found

    error, seen = asyncio.run(main())
    assert "another task of this thread" in str(error)
    assert seen == ()
    assert shared.accounts() == ("mine", "mine-2")


def test_a_task_that_ended_in_its_batch_leaves_no_lock(shared: cl.Ledger) -> None:
    kept: list[Any] = []

    async def careless() -> None:
        kept.append(shared.batch())
        kept[0].__enter__()
        shared.open_account("lost", name="L")

    asyncio.run(careless())
    shared.open_account("next", name="N")
    assert shared.accounts() == ("next",)


def test_a_thread_that_ended_in_its_batch_leaves_no_lock(shared: cl.Ledger) -> None:
    kept: list[Any] = []

    def careless() -> None:
        kept.append(shared.batch())
        kept[0].__enter__()
        shared.open_account("lost", name="L")

    thread = threading.Thread(target=careless)
    thread.start()
    thread.join()
    shared.open_account("next", name="N")
    assert shared.accounts() == ("next",)
    assert shared.audit().passed


def test_a_batch_that_nobody_can_leave_any_more_is_undone(shared: cl.Ledger) -> None:
    batch = shared.batch()
    batch.__enter__()
    shared.open_account("lost", name="L")
    del batch
    shared.open_account("next", name="N")
    assert shared.accounts() == ("next",)


def test_a_batch_of_a_dependency_is_refused_to_its_endpoint_at_once(tmp_path: Path) -> None:
    """A framework runs the dependency in one thread of its pool, and the endpoint in another; neither waits."""
    with cl.open_ledger(tmp_path / "a.db", timeout_s=3_600) as ledger:

        @contextmanager
        def dependency() -> Iterator[None]:
            with ledger.batch():
                yield

        with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
            context = dependency()
            first.submit(context.__enter__).result()
            error = second.submit(opened(ledger, "a")).exception()
            assert isinstance(error, StoreLockedError)
            assert "open the batch in the function that records the commands" in str(error)
            first.submit(context.__exit__, None, None, None).result()
            second.submit(opened(ledger, "a")).result()
        assert ledger.accounts() == ("a",)


def test_a_batch_in_a_context_manager_of_ones_own_is_waited_for(tmp_path: Path) -> None:
    """Its block runs in the function that entered it, though the function that opened it stands still."""
    with cl.open_ledger(tmp_path / "a.db", timeout_s=0) as ledger:

        @contextmanager
        def unit_of_work() -> Iterator[None]:
            with ledger.batch():
                yield

        def worker() -> object:
            with unit_of_work():
                return elsewhere(opened(ledger, "b"))

        assert "has written for 0 s" in str(elsewhere(worker))


def interrupted_at(module: str, at: int, call: Callable[[], object]) -> bool:
    """Raise KeyboardInterrupt at one step of a module of the library, as Ctrl-C would; whether it came to that."""
    steps = 0

    def trace(frame: Any, kind: str, _: object) -> Any:
        nonlocal steps
        if frame.f_code.co_filename.endswith(module):
            steps += 1
            if steps == at:
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def furnish(ledger: cl.Ledger) -> None:
    """Two devices on one meter: its command writes three entries."""
    for name in ("a", "b"):
        ledger.register_device(
            cl.Device(
                id=name,
                name=name,
                technology="hydro/run-of-river",
                capacity="4 MW",
                country="AZ",
                grid="AZ",
                zone="UTC",
                commissioned="2020-01-01",
            )
        )
    ledger.register_meter(cl.Meter(id="meter", shares={"a": 1, "b": 1}))


def record(ledger: cl.Ledger, k: int) -> None:
    period = cl.Period(START_UTC + k * 3_600, START_UTC + k * 3_600 + 3_600)
    ledger.record_meter("meter", period, net="1 MWh", key=f"meter-{k}")


START_UTC = 1_704_067_200
MODULES = (
    "stores/transactions.py",
    "stores/turns.py",
    "stores/sqlite_writer.py",
    "stores/sessions.py",
    "stores/sqlite.py",
    "stores/memory.py",
    "ledger/commands.py",
)


@pytest.mark.parametrize("where", ["alone", "in a batch", "in a batch that goes on"])
@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("place", PLACES)
def test_an_interrupt_at_any_step_leaves_no_lock_and_no_half_command(
    tmp_path: Path, place: str, module: str, where: str
) -> None:
    """Invariant 35. Every step of a module on the way of a command of several entries."""
    with cl.open_ledger(tmp_path / "a.db" if place == "file" else ":memory:", timeout_s=0) as ledger:
        furnish(ledger)
        record(ledger, 0)
        entries = ledger.size - 4
        at, interrupted = 0, True
        while interrupted:
            at += 1
            size = ledger.size

            def alone(k: int = at) -> None:
                record(ledger, k)

            def in_a_batch(k: int = at) -> None:
                with ledger.batch():
                    record(ledger, k)

            def going_on(k: int = at) -> None:
                with ledger.batch():
                    try:
                        record(ledger, k)
                    except KeyboardInterrupt:
                        ledger.open_account(f"after-{k}", name="A")
                        raise

            run = {"alone": alone, "in a batch": in_a_batch, "in a batch that goes on": going_on}[where]
            try:
                interrupted = interrupted_at(module, at, run)
            except StoreError as error:
                assert "an error undid the whole batch" in str(error)
            found = elsewhere(lambda: ledger.size)
            assert found - size in (0, entries), f"step {at} of {module}: {found - size} entries of {entries}"
            assert elsewhere(opened(ledger, f"other-{at}")) == f"other-{at}", f"step {at} of {module} left a lock"
            record(ledger, at)
        assert ledger.audit().passed
        assert (at > 1) == (module in ("stores/transactions.py", "stores/turns.py", "ledger/commands.py") or (
            (place == "memory") == (module == "stores/memory.py")
        ))
