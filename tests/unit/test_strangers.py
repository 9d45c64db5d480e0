"""Files from strangers are refused with this library's errors before their content can do harm."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Clock
from tests.faults.suite.tampering import tamper
from tests.support.places import GOLDEN

import carbon_ledger as cl
from carbon_ledger import errors, files
from carbon_ledger.audit.findings import READABLE
from carbon_ledger.factors.importers import read_egrid, read_ifi_table
from carbon_ledger.signing import Signer
from carbon_ledger.stores.sqlite import side_files
from carbon_ledger.stores.sqlite.earlier_schemas import EARLIER
from carbon_ledger.stores.sqlite.limits import VALUE_BYTES
from carbon_ledger.stores.sqlite.schema import SCHEMA_VERSION, statements
from carbon_ledger.stores.sqlite.schema_check import objects_of

SIGNER = Signer("example.com/strangers", bytes(range(32)))
MAGIC = bytes.fromhex("d9d505f920a163d7")

if os.name != "posix":
    pytest.skip("FIFOs and locks as POSIX has them", allow_module_level=True)


@pytest.fixture
def file(tmp_path: Path, clock: Clock) -> Path:
    """A ledger file with two accounts."""
    path = tmp_path / "ledger.db"
    with cl.open_ledger(path, ledger_id="here", clock=clock) as ledger:
        ledger.open_account("op", name="Operator")
        ledger.open_account("buyer", name="Buyer")
    return path


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def refused(path: Path, error: type[Exception], **more: object) -> str:
    for read_only in (True, False):
        with pytest.raises(error) as caught:
            cl.open_ledger(path, read_only=read_only, **more)
    assert str(path) in str(caught.value)
    return str(caught.value)


class TestSchema:
    """Every object of the schema is one that this version of it has."""

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("create trigger t before insert on piece begin select raise(ignore); end", "trigger 't' on 'piece'"),
            ("create index i on piece (last)", "index 'i' on 'piece'"),
            ("create view v as select 1", "view 'v'"),
            ("create table t (a)", "table 't'"),
            ("create virtual table f using fts5 (a)", "table 'f'"),
            ("drop index piece_account", "Missing or changed: index 'piece_account' on 'piece'"),
            ("drop trigger entry_in_order", "Missing or changed: trigger 'entry_in_order' on 'entry'"),
            ("alter table balance add column more integer", "Missing or changed: table 'balance'"),
        ],
    )
    def test_what_differs_is_named(self, file: Path, statement: str, said: str) -> None:
        run(file, statement)
        assert said in refused(file, errors.BrokenLogError)

    def test_white_space_differs_in_nothing(self, file: Path) -> None:
        run(
            file,
            "pragma writable_schema = on",
            "update sqlite_master set sql = replace(sql, ' on ', char(10, 9) || 'on ') where type = 'trigger'",
        )
        with cl.open_ledger(file, read_only=True) as ledger:
            assert ledger.audit().passed

    def test_names_of_a_stranger_are_printed_escaped(self, file: Path) -> None:
        run(file, 'create view "\x1b[2Jpassed\n" as select 1')
        told = refused(file, errors.BrokenLogError)
        assert "\x1b" not in told
        assert "\n" not in told

    def test_statistics_are_refused_with_their_remedy(self, file: Path) -> None:
        run(file, "analyze")
        told = refused(file, errors.BrokenLogError)
        remedy = told[told.index("drop table") :]
        assert remedy == "drop table sqlite_stat1;"
        run(file, remedy)
        with cl.open_ledger(file) as ledger:
            assert ledger.audit().passed

    def test_nothing_of_a_refused_file_is_changed(self, file: Path) -> None:
        run(file, "create trigger t before insert on piece begin select raise(ignore); end")
        before = file.read_bytes()
        refused(file, errors.BrokenLogError)
        assert file.read_bytes() == before

    @pytest.mark.parametrize("version", [0, -1, -(2**31)])
    def test_a_version_that_was_never_written(self, file: Path, version: int) -> None:
        run(file, f"pragma user_version = {version}")
        assert f"states schema version {version}" in refused(file, errors.BrokenLogError)

    def test_texts_in_another_encoding(self, tmp_path: Path) -> None:
        path = tmp_path / "utf16.db"
        run(path, "pragma encoding = 'UTF-16le'", *statements())
        assert "UTF-16le" in refused(path, errors.BrokenLogError)

    def test_every_earlier_version_is_known(self) -> None:
        assert sorted(EARLIER) == list(range(1, SCHEMA_VERSION))
        for version in (*EARLIER, SCHEMA_VERSION):
            names = {item.name for item in objects_of(version)[0]}
            assert {"entry", "tile", "entry_in_order", "entry_never_edited", "entry_never_deleted"} <= names

    @pytest.mark.parametrize("name", ["golden-v1", "golden-v2"])
    def test_an_earlier_file_is_held_against_its_own_version(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / "old.db"
        shutil.copy(GOLDEN / f"{name}.db", path)
        before = path.read_bytes()
        with cl.open_ledger(path, read_only=True) as ledger:
            assert ledger.audit().passed
        assert path.read_bytes() == before
        run(path, "create trigger t after insert on piece begin delete from piece; end")
        assert "trigger 't' on 'piece'" in refused(path, errors.BrokenLogError)


class TestNumbers:
    """Nobody counts to a number that a stranger wrote."""

    @pytest.mark.parametrize("n", [-5, 10**15, 2**63 - 1])
    def test_an_entry_far_away_is_refused_at_once(self, file: Path, n: int) -> None:
        tamper(file, f"insert into entry select {n}, leaf, data from entry where n = 1")
        assert "are numbered from" in refused(file, errors.BrokenLogError)

    def test_a_gap_is_found_by_whoever_reads(self, file: Path, tmp_path: Path) -> None:
        tamper(file, "update entry set n = 40 where n = 2")
        with cl.open_ledger(file) as ledger:
            (finding,) = ledger.audit().findings
            assert finding.check == READABLE
            assert "entry 2 is missing" in finding.detail
            for action in (ledger.rebuild, lambda: ledger.publish(tmp_path / "log", signer=SIGNER)):
                with pytest.raises(errors.BrokenLogError, match="entry 2 is missing"):
                    action()
        assert not (tmp_path / "log" / "checkpoint").exists()

    def test_a_long_value_never_enters_memory(self, file: Path) -> None:
        tamper(file, f"update entry set data = zeroblob({VALUE_BYTES + 1}) where n = 2")
        with cl.open_ledger(file) as ledger:
            assert not ledger.audit().passed
            with pytest.raises(errors.BrokenLogError, match="longer than"):
                ledger.entry(2)

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999999999", "abc", "1.0", " 1"])
    def test_a_row_without_a_number_is_a_damaged_file(self, file: Path, number: str) -> None:
        tamper(file, f"insert into accrual values ('p', 2024, 1, '{number}', 0, 0, 0)")
        with cl.open_ledger(file) as ledger:
            with pytest.raises(errors.BrokenLogError, match="table accrual has the invalid row"):
                ledger._store.view().carry("p")
            assert not ledger.audit().passed


def fifo(path: Path) -> None:
    os.mkfifo(path)


def bound(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as end:
        end.bind(os.path.relpath(path))


PLACES: dict[str, Callable[[Path], object]] = {
    "a FIFO": fifo,
    "a socket": bound,
    "a directory": Path.mkdir,
    "a character device": lambda path: path.symlink_to("/dev/zero"),
    "Too many levels": lambda path: path.symlink_to(path.name),
}
READERS: dict[str, tuple[Callable[[Path], object], type[Exception]]] = {
    "ledger": (cl.open_ledger, errors.NotALedgerError),
    "reader": (lambda path: cl.open_ledger(path, read_only=True), errors.NotALedgerError),
    "meter": (
        lambda path: cl.read_meter_csv(path, time_column="t", value_column="v", zone="UTC"),
        errors.MissingDataError,
    ),
    "registry": (
        lambda path: cl.read_registry_csv(path, serial_column="s", quantity_column="q"),
        errors.MissingDataError,
    ),
    "balances": (
        lambda path: cl.read_registry_balances(path, id_columns=["s"], issued_column="q"),
        errors.MissingDataError,
    ),
    "egrid": (read_egrid, errors.FactorFileError),
    "ifi": (read_ifi_table, errors.FactorFileError),
    "digest": (cl.digest_file, errors.MissingDataError),
    "key": (Signer.from_file, errors.SigningKeyError),
}


class TestRegularFiles:
    """Whatever is opened by its path is a regular file."""

    @pytest.mark.parametrize("kind", PLACES)
    @pytest.mark.parametrize("reader", READERS)
    def test_nothing_else_is_opened(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str, kind: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        path = tmp_path / "place"
        PLACES[kind](path)
        read, error = READERS[reader]
        with pytest.raises(error, match=kind) as caught:
            read(path)
        assert str(path) in str(caught.value)

    @pytest.mark.parametrize("name", ["a\0b", "a" * 300, "a\udcff", ""])
    @pytest.mark.parametrize("reader", READERS)
    def test_paths_that_are_none(self, tmp_path: Path, reader: str, name: str) -> None:
        read, error = READERS[reader]
        given = f"{tmp_path}/{name}" if name else ""
        with pytest.raises(error) as caught:
            read(given)  # type: ignore[arg-type]
        str(caught.value).encode()

    def test_a_file_that_is_too_long(self, tmp_path: Path) -> None:
        path = tmp_path / "long"
        path.write_bytes(b"abc")
        assert files.read_file(path, errors.StoreError, most=3) == b"abc"
        with pytest.raises(errors.StoreError, match="3 octets, expected at most 2"):
            files.read_file(path, errors.StoreError, most=2)


class TestLocks:
    """Nothing but SQLite opens a ledger that is open: closing the file again would drop its locks."""

    @pytest.mark.outside
    def test_python_never_opens_the_ledger(self, tmp_path: Path) -> None:
        script = """
            import os, sys
            import carbon_ledger as cl
            from carbon_ledger import errors
            seen, path = [], sys.argv[1]
            def hook(name, args):
                if name == "open" and os.path.realpath(str(args[0])) == os.path.realpath(path):
                    seen.append(args)
            sys.addaudithook(hook)
            for _ in range(2):
                with cl.open_ledger(path) as ledger:
                    ledger.audit()
                    try:
                        cl.digest_file(path)
                    except errors.MissingDataError as error:
                        assert "has the ledger open" in str(error)
            cl.open_ledger(path, read_only=True).close()
            print(seen)
            cl.digest_file(path)
            print(len(seen))
        """
        told = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "ledger.db")],
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout.split() == ["[]", "1"]

    def test_an_open_ledger_is_read_by_nobody_else(self, file: Path, tmp_path: Path) -> None:
        link = tmp_path / "another name.csv"
        os.link(file, link)
        with cl.open_ledger(file), cl.open_ledger(file):
            for path in (file, link):
                with pytest.raises(errors.MissingDataError, match="this process has the ledger open"):
                    cl.digest_file(path)
        assert cl.digest_file(file) == cl.digest_file(link)

    def test_a_file_that_was_being_read_is_closed_after_the_ledger(self, file: Path) -> None:
        with files.reading(file, errors.StoreError) as reader:
            descriptor = reader.fileno()
            ledger = cl.open_ledger(file)
        assert os.fstat(descriptor).st_ino == file.stat().st_ino  # it is open still
        ledger.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


class TestBeside:
    """What lies beside a ledger's file, and what mode it is in."""

    def test_a_journal_that_names_another_file(self, file: Path, tmp_path: Path) -> None:
        victim = tmp_path / "victim"
        victim.write_text("keep me")
        name = bytes(victim)
        tail = bytes(4) + name + len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big") + MAGIC
        journal = Path(f"{file}-journal")
        journal.write_bytes((MAGIC + bytes(20)).ljust(512, b"\0") + tail)
        before = journal.read_bytes()
        assert "names another file" in refused(file, errors.NotALedgerError)
        link = tmp_path / "link.db"
        link.symlink_to(file)
        refused(link, errors.NotALedgerError)
        assert victim.read_text() == "keep me"
        assert journal.read_bytes() == before

    @pytest.mark.parametrize("kind", ["a FIFO", "a directory", "a symbolic link"])
    def test_a_journal_that_is_no_file(self, file: Path, kind: str) -> None:
        journal = Path(f"{file}-journal")
        journal.unlink(missing_ok=True)
        {"a FIFO": fifo, "a directory": Path.mkdir, "a symbolic link": lambda path: path.symlink_to("x")}[kind](journal)
        assert kind in refused(file, errors.NotALedgerError)

    def test_a_file_in_wal_mode_is_named_and_not_converted(self, file: Path) -> None:
        run(file, "pragma journal_mode = wal")
        before = file.read_bytes()
        assert "pragma journal_mode = delete" in refused(file, errors.NotALedgerError)
        assert file.read_bytes() == before
        run(file, "pragma journal_mode = delete")
        cl.open_ledger(file).close()

    @pytest.mark.parametrize("ending", ["-wal", "-shm"])
    def test_a_log_of_wal_mode_is_never_read(self, file: Path, ending: str) -> None:
        Path(file.name + ending)
        file.with_name(file.name + ending).write_bytes(b"w" * 5_000)
        assert "in WAL mode" in refused(file, errors.NotALedgerError)

    @pytest.mark.outside
    def test_a_reader_after_a_crash_is_told_what_to_do(self, file: Path) -> None:
        script = """
            import os, sqlite3, sys
            connection = sqlite3.connect(sys.argv[1], isolation_level=None)
            connection.execute("pragma cache_size = 1")
            connection.execute("begin immediate")
            for k in range(5_000):
                connection.execute("insert into registration values ('x', ?, 1)", (str(k),))
            os.kill(os.getpid(), 9)
        """
        subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(file)], check=False)
        with pytest.raises(errors.StoreReadOnlyError, match="open the ledger once for writing"):
            cl.open_ledger(file, read_only=True)
        for read_only in (False, True):
            with cl.open_ledger(file, read_only=read_only) as ledger:
                assert ledger.audit().passed


class TestBeginning:
    """A file that another is just beginning is waited for, and an empty one never becomes a ledger."""

    def test_who_opens_meanwhile_waits(self, tmp_path: Path) -> None:
        path = tmp_path / "new.db"
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("begin immediate")  # the file exists and is empty
        assert path.stat().st_size == 0
        sizes: list[int] = []

        def opened() -> None:
            with cl.open_ledger(path, timeout_s=60) as ledger:
                sizes.append(ledger.size)

        opener = threading.Thread(target=opened)
        opener.start()
        for statement in statements():
            other.execute(statement)
        other.execute("commit")
        opener.join()
        other.close()
        assert sizes == [1]

    def test_a_journal_may_be_deleted_while_it_is_looked_at(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """By whoever was writing, and is done."""
        journal = file.with_name(f"{file.name}-journal")
        journal.write_bytes(bytes(512))
        reading = side_files.reading

        def late(path: str, refuse: Any) -> Any:
            journal.unlink()
            return reading(path, refuse)

        monkeypatch.setattr(side_files, "reading", late)
        cl.open_ledger(file).close()
        assert not journal.exists() or journal.stat().st_size == 0

    def test_many_begin_one_file(self, tmp_path: Path) -> None:
        for turn in range(3):
            path = tmp_path / f"{turn}.db"
            ids: list[str] = []

            def opened(path: Path = path, ids: list[str] = ids) -> None:
                with cl.open_ledger(path, timeout_s=60) as ledger:
                    ids.append(ledger.ledger_id)

            openers = [threading.Thread(target=opened) for _ in range(6)]
            for opener in openers:
                opener.start()
            for opener in openers:
                opener.join()
            assert len(ids) == 6
            assert len(set(ids)) == 1


class TestPublished:
    """A directory that a stranger published, or shares."""

    def test_publish_removes_its_own_leftovers_alone(self, file: Path, tmp_path: Path) -> None:
        place = tmp_path / "log"
        (place / "tile" / "0").mkdir(parents=True)
        (place / "notes").mkdir()
        own = [place / ".checkpoint.99999.new", place / "tile" / "0" / ".000.99999.new"]
        others = [place / ".report.new", place / "notes" / ".draft.1.new", place / "tile" / ".000.1.new.bak"]
        others += [place / ".000.1.new"]
        for path in (*own, *others):
            path.write_bytes(b"x")
        with cl.open_ledger(file) as ledger:
            ledger.publish(place, signer=SIGNER)
        assert [path for path in own if path.exists()] == []
        assert [path for path in others if not path.exists()] == []

    @pytest.mark.parametrize("name", ["checkpoint", "tile/0/000.p/3", "tile/entries/000.p/3"])
    def test_publish_waits_for_no_fifo(self, file: Path, tmp_path: Path, name: str) -> None:
        path = tmp_path / "log" / name
        path.parent.mkdir(parents=True)
        fifo(path)
        with cl.open_ledger(file) as ledger, pytest.raises(errors.StoreError, match="FIFO"):
            ledger.publish(tmp_path / "log", signer=SIGNER)

    def test_a_kept_checkpoint_of_another_log_is_said_to_be_one(self, file: Path, tmp_path: Path) -> None:
        other = Signer("example.com/other", bytes(range(32)))
        with cl.open_ledger(file) as ledger:
            ledger.publish(tmp_path / "log", signer=SIGNER)
            kept = ledger.publish(tmp_path / "other", signer=other)
        keys = [str(SIGNER.verifier_key), str(other.verifier_key)]
        report = cl.audit_published(tmp_path / "log", trusted_keys=keys, since=kept)
        (finding,) = report.findings
        assert "is of the log 'example.com/other', but the log 'example.com/strangers' is published" in finding.detail


def test_a_schema_that_is_changed_while_the_file_is_open_is_noticed_by_the_next_command(tmp_path: Path) -> None:
    with cl.open_ledger(tmp_path / "a.db", timeout_s=0) as ledger:
        ledger.open_account("a", name="A")
        with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
            other.execute("create trigger t after insert on entry begin delete from registration; end")
            with pytest.raises(errors.BrokenLogError, match="trigger 't' on 'entry'"):
                ledger.open_account("b", name="B")
            other.execute("drop trigger t")
        ledger.open_account("c", name="C")
        assert ledger.accounts() == ("a", "c")
        ledger.rebuild()
        ledger.open_account("d", name="D")
        assert ledger.audit().passed


@pytest.mark.parametrize("size", [1, 50])  # from 99 bytes on SQLite itself says that the file is damaged
def test_a_file_that_was_cut_off_in_its_header_is_said_to_be(tmp_path: Path, size: int) -> None:
    with cl.open_ledger(tmp_path / "a.db") as ledger:
        ledger.open_account("a", name="A")
    (tmp_path / "cut.db").write_bytes((tmp_path / "a.db").read_bytes()[:size])
    with pytest.raises(
        errors.NotALedgerError, match=f"cut.db: its size is {size} bytes, .* or was truncated; restore it from a copy"
    ):
        cl.open_ledger(tmp_path / "cut.db")
    assert (tmp_path / "cut.db").stat().st_size == size
