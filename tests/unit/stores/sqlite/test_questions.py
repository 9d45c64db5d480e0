"""Questions in SQL: what may be asked, what is refused, and that the file is only read."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.command_line import begin

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.stores.sqlite.question_views import VIEWS
from carbon_ledger.stores.sqlite.questions import answer_of

BATCH = "park/2024/11"
ENDLESS = "with recursive c (x) as (select 1 union all select x + 1 from c) select count(*) from c"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("asked") / "a.db"
    begin(path)
    return path.read_bytes()


@pytest.fixture
def path(template: bytes, tmp_path: Path) -> Path:
    found = tmp_path / "a.db"
    found.write_bytes(template)
    return found


def test_a_question_is_answered_exactly(path: Path) -> None:
    answer = answer_of(path, "select account, state, sum(units) as units from holdings group by 1, 2 order by 1, 2")
    assert answer.columns == ("account", "state", "units")
    assert answer.rows == (
        ("owner", "active", 5),
        ("owner", "locked", 1),
        ("owner", "pending", 3),
        ("owner", "retired", 1),
    )
    (row,) = answer_of(path, "select claimed_amount, 9007199254740993, 0.1, x'00ff', null from carry").rows
    assert row == ("10.6", 9007199254740993, "0.1", "00ff", None)


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("attach '/tmp/x.db' as x", "ATTACH"),
        ("pragma user_version", "PRAGMA"),
        ("pragma writable_schema = 1", "PRAGMA"),
        ("select * from pragma_table_info('entry')", "not authorized"),
        ("insert into main.entry values (99, x'', x'')", "INSERT"),
        ("update main.entry set n = 1", "UPDATE"),
        ("delete from main.entry", "DELETE"),
        ("create table main.t (a)", "INSERT"),
        ("create temp table t (a)", "INSERT"),
        ("create trigger temp.x after insert on main.entry begin select 1; end", "SELECT"),
        ("drop view accounts", "DELETE"),
        ("drop table main.entry", "DELETE"),
        ("begin", "transaction"),
        ("rollback", "transaction"),
        ("commit", "transaction"),
        ("savepoint a", "savepoint"),
        ("vacuum", "VACUUM"),
        ("vacuum into 'x.db'", "VACUUM"),
        ("analyze", "SELECT"),
        ("reindex", "SELECT"),
        ("select load_extension('x')", "load_extension"),
        ("select writefile('x', 'y')", "writefile"),
        ("select readfile('/etc/passwd')", "readfile"),
        ("select 1; select 2", "one statement"),
        ("selec 1", "syntax error"),
        ("select * from accouts", "no such table"),
        ("select ?", "bindings"),
        ("select sum(9223372036854775807) from entries", "overflow"),
        ("", "SELECT"),
        ("-- nothing", "SELECT"),
        ("select zeroblob(1000000)", "200,000 octets"),
        ("x" * 200_000, "100,000 characters"),
        ("select 1\0", "100,000 characters"),
        ("select '\udcff'", "UTF-8"),
        ("select 'a' as \"\ud800\"", "UTF-8"),
        ("select 'a' like '" + "a" * 1_001 + "'", "too complex"),
        ("select 'a' glob '" + "a" * 1_001 + "'", "too complex"),
    ],
)
def test_what_is_no_select_is_refused_and_changes_nothing(sql: str, text: str, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(errors.QuantityError) as refused:
        answer_of(path, sql)
    assert text in str(refused.value)
    assert path.read_bytes() == before
    assert sorted(item.name for item in path.parent.iterdir()) == ["a.db"]
    assert answer_of(path, "select count(*) from entries").rows == ((18,),)


def test_a_question_is_bounded_in_rows_and_time(path: Path) -> None:
    answer = answer_of(path, "select n from entries order by n", limit=3)
    assert (answer.rows, answer.is_cut) == (((0,), (1,), (2,)), True)
    assert not answer_of(path, "select n from entries", limit=18).is_cut
    before = time.monotonic()
    with pytest.raises(errors.QuantityError, match="longer than 1 s"):
        answer_of(path, ENDLESS, timeout_s=1)
    assert time.monotonic() - before < 30
    for limit in (0, -1, True, 2.0, 10**9):
        with pytest.raises(errors.QuantityError, match="limit"):
            answer_of(path, "select 1", limit=limit)  # type: ignore[arg-type]
    with pytest.raises(errors.QuantityError, match="timeout_s"):
        answer_of(path, "select 1", timeout_s=0)


SLOW = "instr(printf('%.*c', 199000, 'a'), printf('%.*c', 99000, 'a') || 'b' || x)"


def test_a_question_is_bounded_where_each_step_of_it_is_slow(path: Path) -> None:
    before = time.monotonic()
    with pytest.raises(errors.QuantityError, match="longer than 1 s"):
        answer_of(path, ENDLESS.replace("count(*)", f"count({SLOW})"), timeout_s=1)
    assert time.monotonic() - before < 60


def test_an_answer_is_bounded_in_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbon_ledger.stores.sqlite.questions._MOST_MIB", 1)
    wide = ENDLESS.replace("count(*)", "x, printf('%.*c', 100000, 'x')")
    with pytest.raises(errors.QuantityError, match="more than 1 MiB after 10 rows"):
        answer_of(path, wide, limit=1_000_000)
    with pytest.raises(errors.QuantityError, match="more than 1 MiB after 5 rows"):  # bytes are hexadecimal
        answer_of(path, wide.replace("printf('%.*c', 100000, 'x')", "zeroblob(100000)"), limit=1_000_000)
    with pytest.raises(errors.QuantityError, match="more than 1 MiB"):
        answer_of(path, ENDLESS.replace("count(*)", "1"), limit=1_000_000)
    assert len(answer_of(path, wide, limit=9).rows) == 9


def test_an_interrupt_ends_a_question(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(BaseException):
        pass

    calls = iter(range(10**9))
    real = time.monotonic

    def stopped() -> float:
        if next(calls) > 3:
            raise Stopped
        return real()

    monkeypatch.setattr("carbon_ledger.stores.sqlite.questions.time.monotonic", stopped)
    with pytest.raises(Stopped):
        answer_of(path, ENDLESS, timeout_s=30)
    monkeypatch.undo()
    assert answer_of(path, "select 1").rows == ((1,),)


def test_a_question_is_answered_while_the_ledger_is_written_to(path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with cl.open_ledger(path) as ledger:
            for k in range(1_000):
                if stop.is_set():
                    break
                ledger.open_account(f"w-{k}", name="W")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            answer = answer_of(path, "select (select count(*) from accounts), (select max(n) from entries)")
            ((accounts, newest),) = answer.rows
            assert isinstance(accounts, int)
            assert newest == accounts + 15  # 16 entries besides those that open accounts
    finally:
        stop.set()
        writer.join()
    with cl.open_ledger(path, read_only=True) as ledger:
        assert ledger.audit().passed


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        ("drop trigger entry_never_edited", errors.BrokenLogError),
        ("create view accounts as select 'false' as account", errors.BrokenLogError),
        ("create table holdings (account)", errors.BrokenLogError),
        ("create trigger t after insert on account begin select 1; end", errors.BrokenLogError),
        ("pragma application_id = 1", errors.NotALedgerError),
        ("pragma user_version = 9", errors.UnsupportedSchemaError),
    ],
)
def test_a_crafted_file_is_refused_as_open_ledger_refuses_it(
    damage: str, kind: type[errors.CarbonLedgerError], path: Path
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(damage.replace("on account ", "on main.entry "))
        connection.commit()
    with pytest.raises(kind) as refused:
        answer_of(path, "select * from accounts")
    with pytest.raises(kind) as opened:
        cl.open_ledger(path, read_only=True)
    assert str(refused.value) == str(opened.value)


def test_what_is_no_file_of_a_ledger_is_refused(tmp_path: Path) -> None:
    for name, data in (("no.db", b"no ledger" * 100), ("empty.db", b"")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(errors.NotALedgerError):
            answer_of(tmp_path / name, "select 1", timeout_s=1)
    with pytest.raises(errors.NotALedgerError):
        answer_of(tmp_path / "missing.db", "select 1")
    assert not (tmp_path / "missing.db").exists()
    with pytest.raises(errors.NotALedgerError):
        answer_of(tmp_path, "select 1")


def test_text_that_is_no_utf_8_is_shown_all_the_same(path: Path) -> None:
    assert answer_of(path, "select cast(x'ff41' as text)").rows == (("\ufffdA",),)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_can_be_joined_counted_and_nested(name: str, path: Path) -> None:
    count = f"select count(*) from {name} as a where exists (select 1 from {name})"
    whole = answer_of(path, f"select * from {name}")
    assert answer_of(path, count).rows == ((len(whole.rows),),)
    assert answer_of(
        path, f"with x as (select * from {name}) select count(*) from x, accounts as b where b.account = 'owner'"
    ).rows == ((len(whole.rows),),)
