"""Connections to a ledger's file: none is closed while another one of the process could have a lock on it."""

import gc
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from faults.closing import before_closing

import carbon_ledger as cl
from carbon_ledger.stores import connections
from carbon_ledger.stores.connections import give_back, lend

descriptors_are_listed = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="a system without /proc")


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
            count += os.readlink(f"/proc/self/fd/{name}") == str(path)
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


@descriptors_are_listed
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
            before = opened(path)
            file = sqlite3.connect(path)  # stands for another process: it stays open until the end
            file.execute("pragma application_id = 7")
            with pytest.raises(cl.errors.NotALedgerError):
                cl.open_ledger(path)
            assert opened(path) > before
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
        dropped = lend(path, "mode=rw")
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with connections._gate:
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
        give_back(lend(path, "mode=rw"))
        assert opened(path) == 0

    def test_a_file_that_is_replaced_while_it_is_opened_is_not_closed(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen = iter([(0, 0)])
        identity = connections._identity
        monkeypatch.setattr(connections, "_identity", lambda place: next(seen, None) or identity(place))
        monkeypatch.setattr(connections, "_strays", [])
        lent = lend(path, "mode=rw")
        assert opened(path) == 2
        give_back(lent)
        assert opened(path) == 1
        connections._strays[0].close()


def test_what_is_given_back_is_undone(path: Path) -> None:
    kept, lent = lend(path, "mode=rw"), lend(path, "mode=rw")
    lent.connection.execute("begin immediate")
    lent.connection.execute("delete from tile")
    assert not can_write(path)
    give_back(lent)
    assert can_write(path)
    give_back(kept)
    with cl.open_ledger(path) as ledger:
        assert ledger.accounts() == ("operator",)


def test_what_is_given_back_is_used_no_more(path: Path) -> None:
    kept, lent = lend(path, "mode=rw"), lend(path, "mode=rw")
    give_back(lent)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        lent.connection.execute("select 1")
    give_back(lent)
    assert kept.connection.execute("select count(*) from entry").fetchone() == (2,)
    give_back(kept)


def test_a_connection_is_lent_again_as_it_was_opened(path: Path) -> None:
    kept, writer = lend(path, "mode=rw"), lend(path, "mode=ro")
    found = writer.connection
    give_back(writer)
    other, again = lend(path, "mode=rw"), lend(path, "mode=ro")
    assert again.connection is found
    assert other.connection is not found
    for lent in (kept, other, again):
        give_back(lent)


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
