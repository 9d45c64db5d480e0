"""Connections to a ledger's file: none is closed while another connection of the process may have a lock."""

import gc
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.faults.suite.closing import before_closing, can_hold_up

import carbon_ledger as cl
from carbon_ledger.stores.sqlite import connections, sessions
from carbon_ledger.stores.sqlite.connections import acquire, release

descriptors_are_listed = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="a system without /proc")
needs_closing = pytest.mark.skipif(not can_hold_up(), reason="SQLite's closing cannot be held up here")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "plants.db"
    with cl.open_ledger(place) as ledger:
        ledger.open_account("operator", name="Operator")
    return place


def opened(path: Path) -> int:
    """How many descriptors this process has of a file."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{name}") == os.path.realpath(path)
        except OSError:  # that of the listing itself
            continue
    return count


def can_write(path: Path) -> bool:
    """Whether another process gets the lock for writing."""
    code = (
        "import sqlite3, sys\n"
        "file = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)\n"
        "file.execute('begin immediate')\n"
    )
    return subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=False).returncode == 0


@pytest.mark.outside
@needs_closing
def test_a_ledger_that_is_closed_while_another_begins_to_write_drops_no_lock(path: Path) -> None:
    """A thread takes a lock after SQLite has looked whether the process has any, and before it closes."""
    closing, locked = threading.Event(), threading.Event()
    gone, kept = cl.open_ledger(path), cl.open_ledger(path)
    gone.accounts()

    def hold_up() -> None:
        closing.set()
        locked.wait()

    def close() -> None:
        gone.close()
        closing.set()  # SQLite closed nothing

    closer = threading.Thread(target=close)
    with before_closing(path, hold_up), kept:
        closer.start()
        closing.wait()
        with kept.batch():
            locked.set()
            closer.join()
            assert not can_write(path)


@descriptors_are_listed
class TestDescriptors:
    """To close a descriptor of a file drops every lock that the process has on it."""

    def test_none_is_closed_while_another_ledger_has_the_file_open(self, path: Path) -> None:
        with cl.open_ledger(path) as first:
            first.accounts()
            with cl.open_ledger(path) as second:
                second.accounts()
                before = opened(path)
            assert opened(path) == before
        assert opened(path) == 0

    def test_a_refused_file_closes_none_either(self, path: Path) -> None:
        with cl.open_ledger(path) as first:
            first.accounts()
            file = sqlite3.connect(path)  # stands for another process: it stays open until the end
            file.execute("pragma application_id = 7")
            before = opened(path)
            with pytest.raises(cl.errors.NotALedgerError):
                cl.open_ledger(path)
            assert opened(path) >= before
            file.execute("pragma application_id = 0")
        file.close()

    def test_they_do_not_grow_with_each_opening(self, path: Path) -> None:
        with cl.open_ledger(path) as first:
            first.accounts()
            counts = set()
            for _ in range(5):
                with cl.open_ledger(path) as other:
                    other.accounts()
                counts.add(opened(path))
            assert len(counts) == 1

    def test_a_ledger_that_nobody_closed_closes_its_own(self, path: Path) -> None:
        ledger = cl.open_ledger(path)
        ledger.accounts()
        assert opened(path) > 0
        del ledger
        gc.collect()
        assert opened(path) == 0

    def test_what_is_dropped_while_another_thread_opens_is_given_back_with_the_next(self, path: Path) -> None:
        dropped = acquire(path, "mode=rw")
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with connections.gate:
                held.set()
                done.wait()

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait()
        try:
            del dropped
        finally:
            done.set()
            holder.join()
        assert opened(path) == 1
        release(acquire(path, "mode=rw"))
        assert opened(path) == 0

    def test_a_file_that_is_replaced_while_it_is_opened_is_not_closed(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen = iter([(0, 0), (0, 0)])
        identity = connections._identity
        monkeypatch.setattr(connections, "_identity", lambda place: next(seen, None) or identity(place))
        monkeypatch.setattr(connections, "_opening", [])
        lent = acquire(path, "mode=rw")
        assert opened(path) == 2
        release(lent)
        assert opened(path) == 1
        connections._opening[0].close()


@pytest.mark.outside
def test_what_is_given_back_is_undone(path: Path) -> None:
    kept, lent = acquire(path, "mode=rw"), acquire(path, "mode=rw")
    lent.connection.execute("begin immediate")
    lent.connection.execute("delete from tile")
    assert not can_write(path)
    release(lent)
    assert can_write(path)
    release(kept)
    with cl.open_ledger(path) as ledger:
        assert ledger.accounts() == ("operator",)


def test_what_is_given_back_is_used_no_more(path: Path) -> None:
    kept, lent = acquire(path, "mode=rw"), acquire(path, "mode=rw")
    release(lent)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        lent.connection.execute("select 1")
    release(lent)
    told: list[str] = []

    def use() -> None:
        try:
            lent.connection.execute("select 1")
        except sqlite3.ProgrammingError as error:
            told.append(str(error))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert told == ["Cannot operate on a closed database."]
    assert kept.connection.execute("select count(*) from entry").fetchone() == (2,)
    release(kept)


def test_a_connection_is_lent_again_as_it_was_opened(path: Path) -> None:
    kept, writer = acquire(path, "mode=rw"), acquire(path, "mode=ro")
    found = writer.connection
    release(writer)
    other, again = acquire(path, "mode=rw"), acquire(path, "mode=ro")
    assert again.connection is found
    assert other.connection is not found
    for lent in (kept, other, again):
        release(lent)


@pytest.mark.outside
def test_no_page_that_was_read_before_is_served_again(path: Path) -> None:
    """Somebody changed the file, and not by SQLite, which would have counted the change."""
    with cl.open_ledger(path) as first:
        with cl.open_ledger(path) as second:
            second.audit()
        code = (
            "import sys\n"
            "data = open(sys.argv[1], 'rb').read()\n"
            "at = data.index(b'\"Operator\"')\n"
            "file = open(sys.argv[1], 'r+b')\n"
            "file.seek(at)\n"
            "file.write(b'\"Impostor\"')\n"
        )
        subprocess.run([sys.executable, "-c", code, str(path)], check=True)
        with cl.open_ledger(path) as third:
            assert third.audit().findings
        assert first.accounts() == ("operator",)


def test_an_open_ledger_may_be_opened_again_any_number_of_times(path: Path) -> None:
    """SQLite goes on counting the steps of a statement that is used again: the limit of a schema is not theirs."""
    with cl.open_ledger(path) as kept:
        kept.accounts()
        for _ in range(400):
            with cl.open_ledger(path) as ledger:
                assert ledger.accounts() == ("operator",)


@pytest.mark.parametrize("name", ["moved", "linked"])
def test_a_file_under_another_name_has_its_own_journal(path: Path, tmp_path: Path, name: str) -> None:
    """SQLite names the journal when it opens a file: a connection from before would write, and read, the old one."""
    other = tmp_path / f"{name}.db"
    with cl.open_ledger(path) as kept:
        kept.accounts()
        cl.open_ledger(path).close()
        if name == "moved":
            path.rename(other)
        else:
            os.link(path, other)
        with cl.open_ledger(other) as ledger, ledger.batch():
            ledger.open_account("buyer", name="Buyer")
        assert (tmp_path / f"{name}.db-journal").exists()
        with cl.open_ledger(other) as ledger:
            assert ledger.accounts() == ("operator", "buyer")


def at_step(call: Callable[[], object], stop_at: int, then: Callable[[], object]) -> int:
    """Call something, and at one of its steps through the module something else, as a signal handler does.

    Python runs a handler where a function begins, and where a call has returned.
    """
    steps = 0

    def profile(frame: Any, event: str, _: object) -> None:
        nonlocal steps
        if event in ("call", "return", "c_return") and frame.f_code.co_filename == connections.__file__:
            steps += 1
            if steps == stop_at:
                sys.setprofile(None)
                then()

    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
    return steps


def in_turn(path: Path) -> None:
    """Take a new connection, and one that is kept; drop one in a transaction, and give the other back."""
    kept = acquire(path, "mode=rw")
    dropped = acquire(path, "mode=rw")
    dropped.connection.execute("begin immediate")
    del dropped
    release(kept)


@descriptors_are_listed
def test_an_interrupt_at_any_step_leaves_no_lock_and_no_gate(path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    def free() -> bool:
        return connections.gate.acquire(blocking=False) and connections.gate.release() is None

    left: list[sqlite3.Connection] = []
    with cl.open_ledger(path) as first:
        first.accounts()
        steps = at_step(lambda: in_turn(path), 0, interrupt)
        assert steps > 50
        before = opened(path)
        gc.collect()
        gc.freeze()  # what the other tests have left need not be looked at again and again
        for k in range(1, steps + 1):
            with pytest.MonkeyPatch.context() as patch, suppress(KeyboardInterrupt):
                patch.setattr(
                    sys, "unraisablehook", lambda _: None
                )  # one that comes in a `__del__` is told, not raised
                at_step(lambda: in_turn(path), k, interrupt)
            gc.collect()
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(free).result(), f"step {k} of {steps}: the gate is held"
            release(acquire(path, "mode=rw"))
            check = sqlite3.connect(path, timeout=0, isolation_level=None)
            check.execute("begin immediate")  # raises where a lock is left
            check.execute("rollback")
            left.append(check)
        gc.unfreeze()
        assert opened(path) - len(left) <= before + len(connections._opening)
    for check in left:
        check.close()


@descriptors_are_listed
def test_a_signal_handler_that_opens_a_ledger_at_any_step_gets_one_of_its_own(path: Path) -> None:
    with cl.open_ledger(path) as first:
        first.accounts()
        steps = at_step(lambda: in_turn(path), 0, lambda: None)
        for k in range(1, steps + 1):
            theirs: list[Any] = []
            at_step(lambda: in_turn(path), k, lambda theirs=theirs: theirs.append(acquire(path, "mode=rw")))
            others = [acquire(path, "mode=rw") for _ in range(3)]
            used = [item.connection for item in (*theirs, *others)]
            assert len(used) == 4, f"step {k}"
            assert len({id(item) for item in used}) == 4, f"step {k} of {steps}: one connection for two"
            for item in used:
                assert item.execute("select count(*) from entry").fetchone() == (2,), f"step {k} of {steps}"
            for item in (*theirs, *others):
                release(item)
    assert opened(path) == 0


def test_nobody_waits_for_a_fork_while_they_open_or_close(path: Path) -> None:
    """A signal handler of the thread that forks, or that waits for it, may open a ledger."""

    def is_lent() -> bool:
        with connections.gate:
            return any(item.uri.endswith("mode=rwc") for _, item in connections._new)

    with ThreadPoolExecutor(1) as pool:
        with sessions._forks:
            opening = pool.submit(cl.open_ledger, path)
            assert any(is_lent() or threading.Event().wait(timeout=0) for _ in range(1_000_000))
            assert not opening.done()
        opening.result().close()


@pytest.mark.outside
@descriptors_are_listed
def test_a_daemon_may_close_its_standard_descriptors(path: Path) -> None:
    """A file that SQLite gets as one of those it closes at once."""
    code = """
import os, subprocess, sys
import carbon_ledger as cl
first = cl.open_ledger(sys.argv[1])
with first.batch():
    os.close(0)
    with cl.open_ledger(sys.argv[1]) as second:
        second.accounts()
    other = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('begin immediate')"
    print(subprocess.run([sys.executable, "-c", other, sys.argv[1]], capture_output=True).returncode)
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_process_that_may_open_no_more_files_is_told_so_by_an_error_of_ours(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: str) -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(connections, "_connect", refused)
    with pytest.raises(cl.errors.StoreError, match="unable to open database file"):
        cl.open_ledger(path)


@pytest.mark.outside
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_a_signal_handler_may_fork_while_a_connection_is_opened_and_another_ledger_is_closed(path: Path) -> None:
    """Nobody waits for the gate with a session's lock: the fork in the handler needs that lock."""
    code = """
import os, signal, sys, threading
from pathlib import Path
import carbon_ledger as cl
from carbon_ledger.stores.sqlite import connections
other = cl.open_ledger(sys.argv[1])
other.accounts()
closing = threading.Event()
release = connections.release
def telling(lent):
    closing.set()
    release(lent)
connections.release = cl.stores.sqlite.sessions.release = telling
def handler(*_):
    threading.Thread(target=other.close).start()
    closing.wait()
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    print("forked", flush=True)
signal.signal(signal.SIGUSR1, handler)
connect = connections._connect
def signalled(uri):
    connections._connect = connect
    signal.raise_signal(signal.SIGUSR1)
    return connect(uri)
connections._connect = signalled
release(connections.acquire(Path(sys.argv[1]), "mode=ro"))
print("done")
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("forked\ndone\n", "")


@pytest.mark.outside
def test_what_was_not_tidied_for_an_interrupt_is_tidied_the_next_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, lent = acquire(path, "mode=rw"), acquire(path, "mode=rw")
    lent.connection.execute("begin immediate")
    clean = connections._is_clean

    def interrupted(_: sqlite3.Connection) -> bool:
        monkeypatch.setattr(connections, "_is_clean", clean)
        raise KeyboardInterrupt

    monkeypatch.setattr(connections, "_is_clean", interrupted)
    with pytest.raises(KeyboardInterrupt):
        release(lent)
    assert not can_write(path)
    release(acquire(path, "mode=ro"))
    assert can_write(path)
    release(kept)
