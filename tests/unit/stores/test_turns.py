"""Threads, tasks, signals, interrupts and forks: commands take turns, and queries see whole commands."""

import _thread
import asyncio
import contextlib
import copy
import gc
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import carbon_ledger as cl
from carbon_ledger import files
from carbon_ledger.errors import StoreError, StoreLockedError
from carbon_ledger.stores.sqlite.earlier_schemas import EARLIER
from carbon_ledger.stores.sqlite.schema import split
from carbon_ledger.stores.tables import BY_NAME
from carbon_ledger.stores.turns import Turn

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
        assert "other threads of this process" in str(error)
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

        assert "have been writing for 0 s" in str(elsewhere(worker))


def steps_of(module: str, call: Callable[[], object], stop_at: int | None = None) -> int:
    """How many steps of a module of the library a call takes; at one of them KeyboardInterrupt comes, as by Ctrl-C.

    Python raises an interrupt where a function begins, and where a call has returned; so it is raised there.
    """
    steps = 0

    def profile(frame: Any, event: str, _: object) -> None:
        nonlocal steps
        if event in ("call", "return", "c_return") and frame.f_code.co_filename.endswith(module):
            steps += 1
            if steps == stop_at:
                sys.setprofile(None)
                raise KeyboardInterrupt

    sys.setprofile(profile)
    try:
        call()
    except KeyboardInterrupt:
        assert stop_at == steps
    finally:
        sys.setprofile(None)
    return steps


def set_up(ledger: cl.Ledger) -> None:
    """A device, of which a column of 1,500 values is written in two entries."""
    ledger.register_device(
        cl.Device(
            id="plant",
            name="Plant",
            technology="hydro/run-of-river",
            capacity="4 MW",
            country="AZ",
            grid="AZ",
            zone="UTC",
            commissioned="2020-01-01",
        )
    )


def record(ledger: cl.Ledger, k: int) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=k)
    ledger.record_readings("plant", start=start, step="1 second", net_wh=[0] * 1_500, key=f"readings-{k}")


MODULES = (
    "stores/transactions.py",
    "stores/turns.py",
    "stores/sqlite/writer.py",
    "stores/sqlite/sessions.py",
    "stores/sql/log.py",
    "stores/sql/rows.py",
    "stores/memory/store.py",
    "ledger/recorder.py",
)


def alone(ledger: cl.Ledger, k: int) -> None:
    record(ledger, k)


def in_a_batch(ledger: cl.Ledger, k: int) -> None:
    with ledger.batch():
        record(ledger, k)


def in_a_batch_that_goes_on(ledger: cl.Ledger, k: int) -> None:
    """A program that catches the interrupt inside the batch, and wants to record something else."""
    with ledger.batch():
        try:
            record(ledger, k)
        except KeyboardInterrupt:
            with contextlib.suppress(StoreError):
                ledger.open_account(f"after-{k}", name="A")
            raise


@pytest.mark.slow
@pytest.mark.parametrize("run", [alone, in_a_batch, in_a_batch_that_goes_on])
@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("place", PLACES)
def test_an_interrupt_at_any_step_leaves_no_lock_and_no_half_command(
    tmp_path: Path, place: str, module: str, run: Callable[[cl.Ledger, int], None]
) -> None:
    """Invariant 35: about twenty steps of each module on the way of a command of several entries."""
    with cl.open_ledger(tmp_path / "a.db" if place == "file" else ":memory:", timeout_s=0) as ledger:
        set_up(ledger)
        size = ledger.size
        steps = steps_of(module, lambda: run(ledger, 0))
        entries = ledger.size - size
        assert entries > 1
        for at in range(1, steps + 1, 1 + steps // 20):
            size = ledger.size
            steps_of(module, lambda at=at: run(ledger, at), stop_at=at)
            found = elsewhere(lambda: ledger.size)
            assert found - size in (0, entries), f"step {at}: {found - size} entries of {entries}"
            assert elsewhere(opened(ledger, f"other-{at}")) == f"other-{at}", f"step {at} left a lock"
            record(ledger, at)
        assert ledger.audit().passed


@pytest.mark.parametrize("module", ["stores/transactions.py", "stores/turns.py"])
def test_what_is_recorded_after_an_interrupt_is_committed(shared: cl.Ledger, module: str) -> None:
    """The batch that the interrupt ended takes no more commands, also before a garbage collection."""

    def batch(number: int) -> None:
        with shared.batch():
            shared.open_account(f"interrupted-{number}", name="A")

    steps = steps_of(module, lambda: batch(0))
    gc.disable()
    try:
        for at in range(1, steps + 1):
            steps_of(module, lambda at=at: batch(at), stop_at=at)
            shared.open_account(f"after-{at}", name="A")
            assert elsewhere(lambda: shared.size) == shared.size, f"step {at}: the command is not committed"
    finally:
        gc.enable()
    assert shared.audit().passed


def test_a_signal_handler_is_refused_a_command_inside_a_command(shared: cl.Ledger) -> None:
    """And its questions see the state before the command."""
    told: list[object] = []

    def handler(*_: object) -> None:
        told.append(shared.accounts())
        for call in (opened(shared, "signalled"), shared.batch().__enter__, shared.close):
            try:
                call()
            except StoreLockedError as error:
                told.append(str(error))

    now = shared._clock

    def clock() -> datetime:
        signal.raise_signal(signal.SIGUSR1)
        return now() + timedelta(days=1)

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        shared.open_account("first", name="F")
        shared._clock = clock
        shared.open_account("second", name="S")
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert told[0] == ("first",)
    assert len(told) == 4
    assert all("a command was called in this thread before" in str(item) for item in told[1:])
    assert shared.accounts() == ("first", "second")


CALLS: dict[str, Callable[[cl.Ledger], object]] = {
    "a question": lambda ledger: ledger.accounts(),
    "its size": lambda ledger: ledger.size,
    "an entry": lambda ledger: ledger.entry(0),
    "its entries": lambda ledger: list(ledger.entries()),
    "a command": lambda ledger: ledger.open_account("late", name="L"),
    "a batch": lambda ledger: ledger.batch().__enter__(),
    "an audit": lambda ledger: ledger.audit(),
    "a view": lambda ledger: ledger.as_of(entry=0).accounts(),
    "a copy": lambda ledger: ledger.backup("copy.db"),
    "a rebuild": lambda ledger: ledger.rebuild(),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("place", PLACES)
def test_a_closed_ledger_refuses_every_call(tmp_path: Path, place: str, call: str) -> None:
    ledger = cl.open_ledger(tmp_path / "a.db" if place == "file" else ":memory:")
    reader = ledger.as_of(entry=0)
    left = ledger.entries()
    ledger.close()
    ledger.close()
    for late in (CALLS[call], lambda _: reader.accounts(), lambda _: next(left)):
        with pytest.raises(StoreError, match="the ledger was closed; open it again"):
            late(ledger)


@pytest.mark.parametrize("place", PLACES)
def test_entries_that_were_read_ahead_are_refused_once_the_ledger_is_closed(tmp_path: Path, place: str) -> None:
    ledger = cl.open_ledger(tmp_path / "a.db" if place == "file" else ":memory:")
    for k in range(5):
        ledger.open_account(f"a-{k}", name="A")
    entries = ledger.entries()
    assert next(entries).n == 0
    ledger.close()
    with pytest.raises(StoreError, match="the ledger was closed"):
        next(entries)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
@pytest.mark.parametrize("as_of", [False, True])
def test_a_ledger_is_not_copied(copied: Callable[[object], object], as_of: bool) -> None:
    with cl.open_ledger(":memory:") as ledger, pytest.raises(StoreError, match="open it by its path in the process"):
        copied(ledger.as_of(entry=0) if as_of else ledger)


@pytest.mark.parametrize("place", PLACES)
def test_who_closes_inside_a_batch_is_told_that_it_was_undone(tmp_path: Path, place: str) -> None:
    ledger = cl.open_ledger(tmp_path / "a.db" if place == "file" else ":memory:")
    batch = ledger.batch()
    batch.__enter__()
    ledger.open_account("a", name="A")
    ledger.close()
    with pytest.raises(StoreError, match="closed inside the batch, which undid the batch"):
        batch.__exit__(None, None, None)


def test_closing_undoes_the_batch_of_the_thread_that_closes(tmp_path: Path) -> None:
    ledger = cl.open_ledger(tmp_path / "a.db")

    def closing() -> None:
        with ledger.batch():
            ledger.open_account("lost", name="L")
            ledger.close()

    with pytest.raises(StoreError, match="closed"):
        closing()
    with cl.open_ledger(tmp_path / "a.db") as again:
        assert again.accounts() == ()


def test_closing_waits_for_the_batch_of_another_thread(shared: cl.Ledger) -> None:
    with shared.batch():
        shared.open_account("a", name="A")
        assert isinstance(elsewhere(shared.close), StoreLockedError)
    assert shared.accounts() == ("a",)
    elsewhere(shared.close)
    with pytest.raises(StoreError, match="closed"):
        shared.accounts()


class UndoneError(Exception):
    """What a test ends a batch with."""


def test_what_reads_entries_that_were_undone_ends_with_an_error(shared: cl.Ledger) -> None:
    kept: list[Any] = []
    with contextlib.suppress(UndoneError), shared.batch():
        shared.open_account("undone", name="U")
        kept += [shared.entries(), shared.as_of(entry=1), shared.entries()]
        next(kept[2])
        assert kept[1].accounts() == ("undone",)
        raise UndoneError
    shared.open_account("other", name="O")
    for call in (lambda: next(kept[0]), kept[1].accounts, lambda: list(kept[2])):
        with pytest.raises(StoreError, match="undone with the batch"):
            call()


def test_what_reads_entries_that_stand_goes_on_while_others_write(shared: cl.Ledger) -> None:
    with shared.batch():
        for k in range(600):
            shared.open_account(f"a-{k}", name="A")
    entries = shared.entries()
    seen = [next(entries)]
    for entry in entries:
        seen.append(entry)
        if entry.n % 100 == 0:
            shared.open_account(f"meanwhile-{entry.n}", name="M")
        if entry.n == 300:
            with contextlib.suppress(UndoneError), shared.batch():
                shared.open_account("undone", name="U")
                raise UndoneError
    assert [entry.n for entry in seen] == list(range(601))


def test_an_iterator_of_a_batch_is_of_no_use_to_another_thread(shared: cl.Ledger) -> None:
    with shared.batch():
        shared.open_account("a", name="A")
        entries = shared.entries()
        assert "a batch of another thread" in str(elsewhere(lambda: list(entries)))


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, which POSIX systems have")

FORKED = """
import os, sys
import carbon_ledger as cl
from carbon_ledger.errors import StoreError

ledger = cl.open_ledger(sys.argv[1], timeout_s=0)
refused = []
with ledger, ledger.batch():
    for k in range(1_500):  # more than SQLite's cache
        ledger.open_account(f"a-{k}", name="x" * 2_000)
    child = os.fork()
    if child == 0:
        opened = lambda: ledger.open_account("child", name="C")
        for call in (ledger.accounts, opened, ledger.batch().__enter__):
            try:
                call()
            except StoreError as error:
                refused.append("is a fork of it" in str(error))
        ledger.close()
        leave = {"exit": sys.exit, "return": lambda code: None, "error": lambda code: 1 / 0}[sys.argv[2]]
        leave(0 if refused == [True, True, True] else 9)
    if child != 0:
        _, status = os.waitpid(child, 0)
        ledger.open_account("after", name="A")
if child != 0:
    print(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.slow
@pytest.mark.outside
@needs_fork
@pytest.mark.parametrize(("leave", "status"), [("exit", "0"), ("return", "0"), ("error", "1")])
def test_a_fork_in_a_batch_leaves_the_parent_whole(tmp_path: Path, leave: str, status: str) -> None:
    """However the child leaves, it neither commits, nor undoes, nor closes what is its parent's (invariant 35)."""
    path = tmp_path / "a.db"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED, str(path), leave], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [status], done.stderr
    with cl.open_ledger(path) as ledger:
        assert len(ledger.accounts()) == 1_501
        assert ledger.audit().passed


@needs_fork
def test_a_fork_opens_a_ledger_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with cl.open_ledger(path) as ledger:
        child = os.fork()
        if child == 0:
            with cl.open_ledger(path) as own:
                own.open_account("child", name="C")
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        ledger.open_account("parent", name="P")
        assert ledger.accounts() == ("child", "parent")


def test_a_reader_is_of_the_file_that_was_opened(tmp_path: Path) -> None:
    """The connection for questions is opened when it is needed first; the file may have been replaced by then."""
    with cl.open_ledger(tmp_path / "other.db", ledger_id="other") as other:
        other.open_account("other", name="O")
    ledger = cl.open_ledger(tmp_path / "a.db")
    ledger._store._reader = None
    os.replace(tmp_path / "other.db", tmp_path / "a.db")
    with pytest.raises(StoreError, match="the file was replaced by another file"):
        ledger.accounts()
    ledger.close()


def test_a_ledger_is_found_again_from_another_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with cl.open_ledger("a.db") as ledger:
        ledger._store._reader = None
        monkeypatch.chdir(tmp_path / "elsewhere")
        ledger.open_account("a", name="A")
        assert ledger.accounts() == ("a",)


def test_a_signal_handler_never_joins_a_batch_that_begins_or_ends(tmp_path: Path) -> None:
    """At every step of beginning, ending and undoing a batch, a command of a signal handler is refused or stands."""
    with cl.open_ledger(tmp_path / "a.db", timeout_s=0) as ledger:

        def batch(k: int) -> None:
            with ledger.batch():
                ledger.open_account(f"a-{k}", name="A")

        def handled_at(step: int | None, k: int) -> tuple[int, bool]:
            steps, accepted = 0, False

            def profile(frame: Any, event: str, _: object) -> None:
                nonlocal steps, accepted
                if event in ("call", "return", "c_return") and frame.f_code.co_filename.endswith(
                    ("stores/transactions.py", "stores/sqlite/writer.py")
                ):
                    steps += 1
                    if steps == step:
                        sys.setprofile(None)
                        with contextlib.suppress(StoreLockedError):
                            ledger.open_account(f"handler-{k}", name="H")
                            accepted = True

            sys.setprofile(profile)
            try:
                batch(k)
            finally:
                sys.setprofile(None)
            return steps, accepted

        steps, _ = handled_at(None, 0)
        for step in range(1, steps + 1):
            _, accepted = handled_at(step, step)
            accounts = ledger.accounts()
            assert f"a-{step}" in accounts, f"step {step}: the handler undid the batch"
            assert accepted == (f"handler-{step}" in accounts), f"step {step}: what was acknowledged is not there"
        assert steps > 20
        assert ledger.audit().passed


def test_a_command_that_waits_behind_a_close_is_refused(tmp_path: Path) -> None:
    """In the order in which they came: the batch, the close, the command."""
    ledger = cl.open_ledger(tmp_path / "a.db", timeout_s=60)
    waiting = ledger._store.turns._waiters

    def wait_for(places: int) -> None:
        while len(waiting) < places:
            threading.Event().wait(timeout=0)

    with ThreadPoolExecutor(2) as pool:
        with ledger.batch():
            ledger.open_account("a", name="A")
            closed = pool.submit(ledger.close)
            wait_for(1)
            late = pool.submit(opened(ledger, "late"))
            wait_for(2)
        closed.result()
        assert "was closed" in str(late.exception())


def test_a_signal_handler_may_come_while_an_abandoned_batch_is_taken_back(tmp_path: Path) -> None:
    with cl.open_ledger(tmp_path / "a.db", timeout_s=0) as ledger:
        batch = ledger.batch()
        batch.__enter__()
        ledger.open_account("lost", name="L")
        del batch
        undo = ledger._store.turns._recover

        def recover() -> None:
            ledger._store.turns._recover = undo
            with contextlib.suppress(StoreLockedError):
                ledger.open_account("handler", name="H")
            undo()

        ledger._store.turns._recover = recover
        ledger.open_account("next", name="N")
        assert "lost" not in ledger.accounts()
        assert "next" in ledger.accounts()


def test_an_audit_with_workers_in_ones_own_batch_sees_the_batch(tmp_path: Path) -> None:
    with cl.open_ledger(tmp_path / "a.db") as ledger, ledger.batch():
        for k in range(20):
            ledger.open_account(f"a-{k}", name="A")
        report = ledger.audit(workers=2)
        assert (report.passed, report.size) == (True, 21)


@needs_fork
def test_a_fork_while_a_command_runs_is_told_why_it_cannot_open_the_file(tmp_path: Path) -> None:
    """SQLite's notes of locks are wrong in the child: it would read without a lock, and could never write."""
    path = tmp_path / "a.db"
    with cl.open_ledger(path) as ledger:
        with ledger.batch():
            ledger.open_account("a", name="A")
            child = os.fork()
            if child == 0:
                try:
                    cl.open_ledger(path)
                except StoreError as error:
                    os._exit(0 if "was forked while a command was running" in str(error) else 1)
                finally:
                    os._exit(2)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert ledger.accounts() == ("a",)


def test_a_ledger_that_was_dropped_without_closing_refuses_no_other_file(tmp_path: Path) -> None:
    """Its inode may be that of another file by now."""
    ledger = cl.open_ledger(tmp_path / "a.db")
    with pytest.raises(cl.CarbonLedgerError, match="this process has the ledger open"):
        cl.digest_file(tmp_path / "a.db")
    del ledger
    gc.collect()
    assert cl.digest_file(tmp_path / "a.db").startswith("sha256:")


def test_a_ledger_whose_opening_was_interrupted_refuses_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interrupt comes just after it was noted that the file is open."""
    from carbon_ledger.stores.sqlite import rows

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    cl.open_ledger(tmp_path / "a.db").close()
    with monkeypatch.context() as patch:
        patch.setattr(rows, "finalize", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cl.open_ledger(tmp_path / "a.db")
    gc.collect()
    assert cl.digest_file(tmp_path / "a.db").startswith("sha256:")


def test_a_file_that_was_read_while_a_ledger_was_opened_is_closed_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    cl.open_ledger(path).close()
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for dropped in (False, True):
        with files.reading(path, StoreError):
            ledger: cl.Ledger | None = cl.open_ledger(path)
        assert files._parked
        if not dropped:
            assert ledger is not None
            ledger.close()
        ledger = None
        gc.collect()
        assert not files._parked
    if before:
        assert len(os.listdir("/proc/self/fd")) == before


def suspended(ledger: cl.Ledger) -> Iterator[None]:
    """A batch in a generator, which whoever holds the generator may end."""
    with ledger.batch():
        yield


def test_a_part_that_outlives_its_batch_does_nothing_to_the_next(shared: cl.Ledger) -> None:
    with shared.batch():
        part = suspended(shared)
        next(part)
        shared.open_account("in-part", name="A")
    with shared.batch():
        shared.open_account("kept", name="A")
        part.close()  # type: ignore[attr-defined]  # it is a generator
        shared.open_account("kept-too", name="A")
    assert shared.accounts() == ("in-part", "kept", "kept-too")


def test_a_part_ends_with_the_part_around_it(shared: cl.Ledger) -> None:
    with shared.batch():
        outer = suspended(shared)
        next(outer)
        inner = suspended(shared)
        next(inner)
        next(outer, None)
        shared.open_account("a", name="A")
        with pytest.raises(StoreError, match="the enclosing batch has ended"):
            next(inner, None)
        shared.open_account("b", name="B")
    assert shared.accounts() == ("a", "b")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("done", [True, False])
def test_a_batch_that_another_thread_ends_during_a_command_is_undone_with_it(
    tmp_path: Path, place: str, done: bool
) -> None:
    meanwhile: list[Callable[[], Any]] = []
    errors: list[Any] = []

    def clock() -> datetime:
        if meanwhile:
            errors.append(elsewhere(meanwhile.pop()))
        return datetime(2026, 1, 1, tzinfo=UTC)

    with cl.open_ledger(tmp_path / "a.db" if place == "file" else ":memory:", timeout_s=0, clock=clock) as ledger:
        ledger.open_account("first", name="A")
        batch: Any = suspended(ledger)
        next(batch)
        ledger.open_account("undone", name="B")
        meanwhile.append((lambda: next(batch, None)) if done else batch.close)
        with pytest.raises(StoreError, match="was ended while it was in use"):
            ledger.open_account("undone-too", name="B")
        assert isinstance(errors[0], StoreError if done else type(None)), "who committed is told"
        assert opened(ledger, "later")() == "later"
        assert ledger.accounts() == ("first", "later")
        assert ledger.audit().passed


def test_a_batch_is_entered_once(shared: cl.Ledger) -> None:
    batch = shared.batch()
    with pytest.raises(StoreError, match="entered before"), batch, batch:
        pass
    with pytest.raises(StoreError, match="entered before"), batch:
        pass
    assert not isinstance(elsewhere(opened(shared, "a")), Exception), "no lock is left"
    assert shared.accounts() == ("a",)


def test_a_thread_that_threading_does_not_know_leaves_no_lock(shared: cl.Ledger) -> None:
    batch = shared.batch()
    left = threading.Lock()
    left.acquire()

    def leave() -> None:
        class Last:
            def __del__(self) -> None:
                left.release()

        ends_with_the_thread.last = Last()
        batch.__enter__()
        shared.open_account("undone", name="A")

    ends_with_the_thread = threading.local()
    _thread.start_new_thread(leave, ())
    assert left.acquire(timeout=60)
    shared.open_account("a", name="A")
    assert shared.accounts() == ("a",)


def test_a_task_that_was_dropped_in_its_batch_leaves_no_lock(shared: cl.Ledger) -> None:
    batches = []

    async def never_done() -> None:
        batches.append(shared.batch())
        batches[0].__enter__()
        shared.open_account("undone", name="A")
        await asyncio.get_running_loop().create_future()

    loop = asyncio.new_event_loop()
    task = loop.create_task(never_done())
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    del task
    gc.collect()
    shared.open_account("a", name="A")
    assert shared.accounts() == ("a",)


def test_an_outer_part_is_undone_after_an_inner_one_that_began_with_it(shared: cl.Ledger) -> None:
    with shared.batch():
        shared.open_account("kept", name="A")
        with contextlib.suppress(UndoneError), shared.batch():
            with shared.batch():
                pass
            shared.open_account("undone", name="B")
            raise UndoneError
        assert shared.accounts() == ("kept",)
    assert shared.accounts() == ("kept",)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_of_an_earlier_schema_is_opened_and_written_to(tmp_path: Path, read_only: bool) -> None:
    with cl.open_ledger(tmp_path / "a.db") as ledger:
        ledger.open_account("a", name="A")
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        for name in BY_NAME:
            connection.execute(f"drop table {name}")
        for statement in sorted(split(EARLIER[2][0]), key=lambda text: text.startswith("create index")):
            connection.execute(statement)
        connection.execute("pragma user_version = 2")
    with cl.open_ledger(tmp_path / "a.db", read_only=read_only) as ledger:
        assert ledger.accounts() == ("a",)
        if not read_only:
            ledger.open_account("b", name="B")
        assert ledger.audit().passed


def test_a_batch_that_is_ended_between_a_command_and_its_next_is_undone(
    shared: cl.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever ends it finds a command running, which ends before it can be told."""
    shared.open_account("first", name="A")
    batch: Any = suspended(shared)
    next(batch)
    shared.open_account("undone", name="B")
    claims = iter((False,))
    claim = Turn.claim
    monkeypatch.setattr(Turn, "claim", lambda turn, frame: next(claims, True) and claim(turn, frame))
    assert isinstance(elsewhere(lambda: next(batch, None)), StoreError)
    assert not isinstance(elsewhere(opened(shared, "later")), Exception), "no lock is left"
    assert shared.accounts() == ("first", "later")


@pytest.mark.parametrize("end", ["close", "go on"])
def test_a_part_begins_in_no_batch_of_another_thread(
    shared: cl.Ledger, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """The batch around it is undone or committed, and another one begun, just before the part would begin."""
    batch: Any = suspended(shared)
    next(batch)
    theirs: list[Any] = []
    claim = Turn.claim

    def late(turn: Turn, frame: FrameType) -> bool:
        monkeypatch.setattr(Turn, "claim", claim)
        assert elsewhere(batch.close if end == "close" else lambda: next(batch, None)) is None
        theirs.append(suspended(shared))
        elsewhere(lambda: next(theirs[0]))
        return claim(turn, frame)

    monkeypatch.setattr(Turn, "claim", late)
    part = shared.batch()
    with pytest.raises(StoreError, match="the enclosing batch has ended; call batch"):
        part.__enter__()


def test_a_batch_whose_part_another_thread_ended_takes_no_more_commands(shared: cl.Ledger) -> None:
    batch, part = suspended(shared), suspended(shared)
    next(batch)
    next(part)
    assert isinstance(elsewhere(lambda: next(part, None)), StoreError)
    for call in (opened(shared, "a"), lambda: next(batch, None)):
        with pytest.raises(StoreError, match="was ended while it was in use"):
            call()
    assert shared.accounts() == ()
    assert not isinstance(elsewhere(opened(shared, "later")), Exception), "no lock is left"


@pytest.mark.slow
@pytest.mark.outside
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_threads_may_fork_at_once(tmp_path: Path) -> None:
    """What one of them locks before its fork, another one does not release."""
    code = """
import os, signal, sys, threading
import carbon_ledger as cl
sys.setswitchinterval(1e-6)
stopped = threading.Event()
kept = [cl.open_ledger(sys.argv[1]) for _ in range(20)]
def fork():
    for _ in range(40):
        child = os.fork()
        if child == 0:
            signal.alarm(60)
            with cl.open_ledger(sys.argv[1], timeout_s=30) as ledger:
                ledger.accounts()
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            print("a child was stuck")
def use():
    while not stopped.is_set():
        with cl.open_ledger(sys.argv[1], timeout_s=60) as ledger:
            ledger.accounts()
threads = [threading.Thread(target=fork) for _ in range(3)]
readers = [threading.Thread(target=use) for _ in range(3)]
for thread in (*threads, *readers):
    thread.start()
for thread in threads:
    thread.join()
stopped.set()
for thread in readers:
    thread.join()
print("all ended")
"""
    cl.open_ledger(tmp_path / "a.db").close()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "a.db")],
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.stdout, done.stderr) == ("all ended\n", "")
