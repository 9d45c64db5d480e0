"""A server without room: what was acknowledged is in the log once, nothing else is, and after room is made it goes on.

Three ways to have no room: a tablespace on a small disk that is filled; the disk of the server's own log, without which
a server stops at once; and a limit on the size of files, as a quota has it, which needs no right to mount a disk.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from tests.support.postgres import Server
from tests.support.small_disk import SmallDisk

import carbon_ledger as cl
from carbon_ledger.errors import CommitUnknownError, StoreConnectionError, StoreError, StoreFullError
from carbon_ledger.testing import Clock

pytestmark = pytest.mark.postgres

_START = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A server of these tests' own, whose log has small files."""
    server = Server("fsync=off", "shared_buffers=16MB", "min_wal_size=2MB", "max_wal_size=4MB", wal_mib=1)
    yield server
    server.remove()


def disk_in(server: Server, directory: Path, mib: int) -> SmallDisk:
    """A small disk for files of a server."""
    try:
        disk = SmallDisk(directory, mib)
    except PermissionError as error:
        pytest.skip(f"no disk can be mounted here ({error}); the limit on the size of files is tried instead")
    server.give(directory)
    return disk


class Writing:
    """A client that writes commands of one entry and of several, with keys, and notes which were acknowledged."""

    def __init__(self, url: str) -> None:
        self.ledger = cl.open_ledger(url, clock=Clock(), timeout_s=1)
        self.acknowledged: list[str] = []
        self.numbers = count()
        device = cl.Device(
            id="mill",
            name="Mill",
            technology="wind/onshore",
            capacity="4 MW",
            country="DE",
            grid="DE",
            zone="UTC",
            commissioned="2020-01-01",
        )
        self.ledger.register_device(device, key="mill")
        self.acknowledged.append("mill")

    def write(self, k: int) -> None:
        """One command, which has the key of its number."""
        key, start = f"k{k}", _START + timedelta(hours=k)
        if k % 4 == 1:
            net_wh = [100 + (k + i * i) % 900 for i in range(3_600)]
            self.ledger.record_readings("mill", start=start, step="1 second", net_wh=net_wh, key=key)
        elif k % 4 == 3:
            with self.ledger.batch():  # many rows, which are sent as one stream
                for i in range(70):
                    self.ledger.open_account(f"{key}-{i}", name="many", key=f"{key}-{i}")
        else:
            self.ledger.open_account(key, name="x" * 1_000, key=key)
        self.acknowledged += [f"{key}-{i}" for i in range(70)] if k % 4 == 3 else [key]

    def until_refused(self) -> tuple[int, StoreError]:
        """Write until the store refuses a command; that command's number, and the error. Nothing of it is there."""
        while True:
            k = next(self.numbers)
            size = self.ledger.size
            try:
                self.write(k)
            except StoreFullError as error:
                assert self.ledger.size == size
                return k, error

    def check(self) -> None:
        """Every acknowledged command is in the log once, and no other; the audit passes."""
        ledger = self.ledger
        entries = map(ledger.entry, range(1, ledger.size))
        found = [entry.key for entry in entries if entry.part == 1]
        assert found == self.acknowledged
        assert ledger.audit(workers=1).passed


def go_on(writing: Writing, k: int, make_room: Callable[[], None]) -> None:
    """What a client does after an error: it reads; and repeats the command as soon as there is room."""
    writing.check()
    make_room()
    writing.write(k)
    writing.check()


def test_a_full_tablespace_loses_nothing_and_is_named(own: Server) -> None:
    """Filled to different degrees, so that it is full at different files: entries, indexes, maps of free space."""
    place = own.directory / "small"
    place.mkdir()
    disk = disk_in(own, place, 32)
    try:
        own.run(f"create tablespace small location '{place}'", "create database small tablespace small")
        writing = Writing(own.url("full", database="small"))
        for left in (0, 8_192, 24_576, 57_344, 200_000):
            disk.fill(left)
            k, error = writing.until_refused()
            assert "free space" in str(error)
            assert "nothing of this command was written" in str(error)
            disk.fill(0)
            with pytest.raises(StoreFullError):
                cl.open_ledger(own.url("another", database="small"))
            go_on(writing, k, disk.empty)
        assert own.run("select count(*) from pg_namespace where nspname = 'another'") == [(0,)]
        writing.ledger.close()
    finally:
        disk.empty()
        own.run("drop database if exists small with (force)", "drop tablespace small")
        disk.remove()


def test_a_quota_is_a_full_store(own: Server) -> None:
    """The server has no error of its own for a quota, and none for a file that may not grow."""
    writing = Writing(own.url("quota"))
    for k in range(1, 401, 4):
        writing.write(k)
    (size,) = own.run("select pg_relation_size(reltoastrelid) from pg_class where oid = 'quota.entry'::regclass")[0]
    assert size > 1 << 20, "files of the server's own log are not to be limited"
    own.stop()
    own.largest_file = size + 6 * 8_192  # whole pages, so that nothing of the next one is written
    own.start()
    writing.numbers = count(401)
    k, error = writing.until_refused()
    assert "free space" in str(error)
    writing.check()
    own.stop()
    own.largest_file = None
    own.start()
    writing.write(k)
    writing.check()
    writing.ledger.close()


def test_a_full_disk_of_the_servers_own_log_loses_nothing(own: Server) -> None:
    """The server stops itself in the middle of a command or of its commit, and starts again when there is room."""
    own.stop()
    wal, kept = own.data / "pg_wal", own.directory / "kept"
    shutil.move(wal, kept)
    wal.mkdir()
    disk = disk_in(own, wal, 12)
    try:
        shutil.copytree(kept, wal, dirs_exist_ok=True)
        own.give(wal)
        own.start()
        writing = Writing(own.url("log"))
        for left in (0, 300_000):
            own.run("select pg_create_physical_replication_slot('left_behind', true)")  # the log is not reused
            for k in range(3):  # files that are prepared already
                own.run(f"create table filler_{left}_{k} ()", "select pg_switch_wal()")
            disk.fill(left)
            k = until_stopped(writing)
            disk.empty()
            try:
                own.wait()
            except RuntimeError:  # it did not stop in the command alone, but also when it began again without room
                own.start()
            own.run("select pg_drop_replication_slot('left_behind')")
            writing.write(k)  # its key settles whether it was recorded
        writing.check()
        writing.ledger.close()
    finally:
        own.stop()
        disk.remove()


def until_stopped(writing: Writing) -> int:
    """Write until the server stops; the number of the command that has no answer."""
    for k in writing.numbers:
        assert k < 2_000, "the server found room"
        if k % 4 == 3:
            continue
        try:
            writing.write(k)
        except (StoreConnectionError, CommitUnknownError, StoreFullError):
            return k
    raise AssertionError
