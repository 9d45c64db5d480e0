"""Opening: files that are not ledgers, cannot be written or are locked, each refused with an error of this library."""

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.conftest import Clock, dump

import carbon_ledger as cl
from carbon_ledger import errors


@pytest.fixture
def file(tmp_path: Path, clock: Clock) -> Path:
    """A ledger file with an account."""
    path = tmp_path / "ledger.db"
    with cl.open_ledger(path, ledger_id="here", clock=clock) as ledger:
        ledger.open_account("op", name="Operator")
    return path


def refused(path: Path, error: type[Exception], **more: object) -> str:
    with pytest.raises(error) as caught:
        cl.open_ledger(path, **more)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_directory(tmp_path: Path) -> None:
    assert "a directory" in refused(tmp_path, errors.NotALedgerError)


def test_a_missing_directory(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none" / "x.db", errors.NotALedgerError)


def test_a_missing_file_to_read(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "x.db", errors.NotALedgerError, read_only=True)
    assert not (tmp_path / "x.db").exists()


def test_parameters_of_a_connection_are_no_path_unless_a_file_has_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sooner = (
        "client_encoding=u host=db password = 's3 cret'",
        "sslcert=x password = s3cret",
        "scram_client_key=s3cret",
    )
    for given in ("host=/tmp dbname=x password='s3 cret'", "service=registry", *sooner):
        with pytest.raises(errors.NotALedgerError, match=r"write it as postgresql://user@host/dbname, or") as caught:
            cl.open_ledger(given)
        assert "cret" not in str(caught.value)
        with pytest.raises(errors.NotALedgerError, match="write it as postgresql://"):
            cl.copy_ledger(cl.open_ledger(":memory:"), given)
    cl.open_ledger("./service=registry").close()
    assert cl.open_ledger("service=registry").size == 1


def test_text(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("to whom it may concern, these are notes", encoding="utf-8")
    assert "not an SQLite database" in refused(path, errors.NotALedgerError)
    assert path.read_text(encoding="utf-8").startswith("to whom")


def test_an_empty_file_is_never_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    told = refused(path, errors.NotALedgerError, timeout_s=0)
    assert "truncated" in told
    assert "stopped while it began" in told
    assert path.stat().st_size == 0


def test_another_database(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("create table t (a)")
    connection.close()
    assert "not a ledger" in refused(path, errors.NotALedgerError)


@pytest.mark.parametrize("keep", [100, 2048, 5000, -1, -2048])
def test_a_truncated_file(file: Path, keep: int) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:keep])
    with pytest.raises((errors.BrokenLogError, errors.NotALedgerError)) as caught:
        cl.open_ledger(file)
    assert str(file) in str(caught.value)


def test_a_newer_schema(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("pragma user_version = 99")
    connection.close()
    assert "newer" in refused(file, errors.UnsupportedSchemaError)


def test_another_ledger(file: Path) -> None:
    assert "ledger here, expected there" in refused(file, errors.NotALedgerError, ledger_id="there")


def test_read_only_reads_and_refuses_commands(file: Path) -> None:
    before = file.read_bytes()
    with cl.open_ledger(file, read_only=True) as ledger:
        assert ledger.accounts() == ("op",)
        assert ledger.audit().findings == ()
        with pytest.raises(errors.StoreReadOnlyError, match="read_only=True"):
            ledger.open_account("more", name="More")
    assert file.read_bytes() == before


@pytest.mark.outside
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to become somebody with fewer rights")
def test_a_file_without_permission(file: Path, tmp_path: Path) -> None:
    """A process that may read the file but not write it: it opens, and the command names the file."""
    for part in (tmp_path, *tmp_path.parents):
        if part.owner() == "root" and part != Path("/") and "pytest" in str(part):
            part.chmod(0o755)
    file.chmod(0o444)
    script = """
        import os, sys
        import carbon_ledger as cl
        from carbon_ledger import errors
        from carbon_ledger.testing import Clock
        cl.open_ledger(sys.argv[2]).open_account("warm", name="Loads what this user can no longer read")
        os.setgid(65534); os.setuid(65534)
        try:
            ledger = cl.open_ledger(sys.argv[1], clock=Clock())
            print(ledger.accounts())
            ledger.open_account("more", name="More")
        except errors.StoreReadOnlyError as error:
            print("refused:", error)
    """
    told = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(file), str(tmp_path / "warm.db")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "('op',)" in told.stdout, told.stderr
    assert f"refused: {file}" in told.stdout


def test_locked_by_another_process(file: Path, clock: Clock) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("begin exclusive")
    assert "another process" in refused(file, errors.StoreLockedError, timeout_s=0)
    other.execute("rollback")
    other.execute("begin immediate")
    with cl.open_ledger(file, clock=clock, timeout_s=0) as ledger:
        before = dump(ledger)
        with pytest.raises(errors.StoreLockedError, match=str(file)):
            ledger.open_account("more", name="More")
        other.execute("rollback")
        assert dump(ledger) == before
        ledger.open_account("more", name="More")
        assert ledger.accounts() == ("op", "more")
    other.close()


def test_two_openers_write_in_turn(file: Path, clock: Clock) -> None:
    """Neither caches what the other has changed."""
    with cl.open_ledger(file, clock=clock) as one, cl.open_ledger(file, clock=clock) as two:
        for k in range(4):
            (one, two)[k % 2].open_account(f"a{k}", name="A")
        assert one.accounts() == two.accounts() == ("op", "a0", "a1", "a2", "a3")
        with pytest.raises(errors.AlreadyRegisteredError):
            two.open_account("a0", name="A")
        assert one.audit().findings == ()


def test_everything_is_there_after_reopening(file: Path, tmp_path: Path, clock: Clock) -> None:
    with cl.open_ledger(file, clock=clock) as ledger:
        before = dump(ledger)
    copy = shutil.copy(file, tmp_path / "copy.db")
    with cl.open_ledger(copy, clock=clock) as ledger:
        assert dump(ledger) == before
        assert ledger.ledger_id == "here"


def test_no_sqlite_or_json_error_leaks(file: Path) -> None:
    """A table that is gone, an entry that is no entry: our errors, or findings of the audit."""
    connection = sqlite3.connect(file)
    guard = connection.execute("select sql from sqlite_master where name = 'entry_never_edited'").fetchone()[0]
    connection.execute("drop trigger entry_never_edited")
    connection.execute("update entry set data = x'7b7d' where n = 1")
    connection.execute(guard)
    connection.commit()
    connection.close()
    with cl.open_ledger(file) as ledger:
        assert not ledger.audit().passed
        with pytest.raises(errors.BrokenLogError):
            ledger.entry(1)


def test_guards_of_the_file(file: Path) -> None:
    """Entries cannot be edited, deleted, replaced or numbered with a gap, even with SQL."""
    connection = sqlite3.connect(file)
    connection.execute("pragma recursive_triggers = on")
    for statement in (
        "update entry set data = x'00'",
        "delete from entry",
        "insert or replace into entry values (1, x'00', x'00')",
        "insert into entry values (7, x'00', x'00')",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    connection.close()
    with cl.open_ledger(file) as ledger:
        assert ledger.audit().findings == ()
