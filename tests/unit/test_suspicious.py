"""Attempts of a suspicious reader to deceive the ledger: each is a test, and none may succeed."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from tests.conftest import Clock, device, dump
from tests.faults.suite.tampering import tamper

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.audit.findings import RULES
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.metering.readings import Readings

MAY = cl.Period.month(2024, 5, zone="Asia/Baku")


def test_a_last_entry_that_was_renumbered_hides_nothing(tmp_path: Path, clock: Clock) -> None:
    """Invariant 24: a hole before the last entry, and every derived row rewritten behind it."""
    path = tmp_path / "ledger.db"
    with cl.open_ledger(path, clock=clock) as ledger:
        ledger.open_account("op", name="Operator")
        ledger.open_account("last", name="Last")
    tamper(path, "update entry set n = n + 1 where n = 2", "delete from registration where id = 'op'")
    with cl.open_ledger(path) as ledger:
        report = ledger.audit()
    assert not report.passed
    assert "entry 2 is missing" in str(report)


def test_what_could_not_be_read_is_never_written(ledger: cl.Ledger) -> None:
    """Invariant 26: a command that is accepted leaves entries that open, for ever."""
    ledger.register_device(device())
    before = dump(ledger)
    project = {"zone": "UTC", "devices": ("plant",)}
    for action in (
        lambda: ledger.register_meter(cl.Meter(id="m", shares={"plant": 1}, reason=5)),
        lambda: ledger.register_project(cl.Project(id="p", instrument="GC", name=5, **project)),
        lambda: cl.Instrument(id="X", name="", unit="MWh", claim="energy-attribute"),
        lambda: ledger.record_run("plant", Readings(1704067200, 3600, (True,))),
        lambda: ledger.record_run("plant", Readings(1704067200, 3600, ())),
        lambda: ledger.record_run("plant", None),
        lambda: ledger.open_account("x", name="x", by="\ud800"),
        lambda: ledger.open_account("x", name="\ud800"),
        lambda: cl.open_ledger(":memory:", by=""),
        lambda: cl.open_ledger(":memory:", by=5),
    ):
        with pytest.raises(errors.QuantityError):
            action()
    assert dump(ledger) == before
    assert ledger.audit().findings == ()


def test_what_a_caller_changes_in_an_entry_the_rules_never_see(ledger: cl.Ledger) -> None:
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    told = ledger.record_readings("plant", start="2024-05-01T00:00Z", step="1 hour", net_wh=[1_000_000] * 4)
    ledger.entry(told.first).event["net_wh"][0] = 39_000_000
    next(entry for entry in ledger.entries() if entry.n == told.first).event["net_wh"][1] = 39_000_000
    half = cl.Period.of("2024-05-01T00:00Z", "2024-05-01T02:00Z")
    assert [batch.count for batch in ledger.issue("p", half, to="op")] == [2]
    assert ledger.audit().findings == ()


@pytest.mark.parametrize("column", [{5, 3}, frozenset({1}), {1: 2}.keys(), {1: 2}, "12", 5, None])
def test_a_column_without_an_order_is_refused(ledger: cl.Ledger, column: object) -> None:
    ledger.register_device(device())
    with pytest.raises(errors.QuantityError):
        ledger.record_readings("plant", start="2024-05-01T00:00Z", step="1 hour", net_wh=column)


def test_odd_arguments_meet_errors_of_ours(ledger: cl.Ledger) -> None:
    far = datetime.max.replace(tzinfo=timezone(-timedelta(hours=5)))
    for action in (
        lambda: ledger.as_of(far),
        lambda: ledger.entry("3"),
        lambda: ledger.entry(1.5),
        lambda: ledger.trace("h/2024/7/" + "9" * 5_000),
        lambda: ledger.adopt_factor("id"),
        lambda: cl.Waiver(["gap"], "x"),
        lambda: cl.Meter(id="m", shares=("p", "q")),
        lambda: cl.Meter(id="m", shares={"p": 1, 2: 1}),
        lambda: cl.Project(id="p", instrument="GC", zone="UTC", devices=None),
        lambda: cl.Instrument(id="X", name="n", unit="MWh", claim="energy-attribute", valid_months=96_000),
        lambda: ledger.balance("\ud800"),
    ):
        with pytest.raises(errors.CarbonLedgerError):
            action()


def test_after_the_last_time_there_is_nothing_more_to_record() -> None:
    """A clock that ran away, or a file that somebody wrote so: the next command has no time to be recorded at."""
    ledger = cl.open_ledger(":memory:", clock=lambda: datetime.max.replace(tzinfo=UTC))
    before = dump(ledger)
    with pytest.raises(errors.PeriodError, match=r"entry 0 was recorded at 9999-12-31T23:59:59\.999999Z"):
        ledger.open_account("a", name="A")
    assert dump(ledger) == before
    assert ledger.audit().findings == ()


def signed(nest: str, depth: int) -> bytes:
    """An entry whose signatures go some arrays or objects deep."""
    inner, closing = depth - 2, "]" if nest[0] == "[" else "}"
    return (
        '{"at":"2030-05-01T10:00:00.000000Z","by":"x","command":{"part":1,"parts":1},'
        '"event":{"account":"a","name":"A"},"n":1,"schema":1,"sigs":[{"sig":'
        f'{nest * inner}"x"{closing * inner}}}],"type":"account.opened"}}'
    ).encode()


NESTS = pytest.mark.parametrize("nest", ["[", '{"a":'], ids=["lists", "objects"])


@NESTS
def test_signatures_go_sixteen_deep(nest: str) -> None:
    assert Entry.from_bytes(signed(nest, 16)).sigs
    with pytest.raises(errors.BrokenLogError, match="nested more than 16 levels deep"):
        Entry.from_bytes(signed(nest, 17))


@pytest.mark.parametrize("depth", [20, 100, 300, 500, 700, 900, 990, 2_000, 20_000])
@NESTS
def test_deep_signatures_are_no_entry(tmp_path: Path, nest: str, depth: int) -> None:
    """Signatures have no shape yet, but for how deep they go: the same for everybody, whatever stack he has left."""
    data = signed(nest, depth)
    with pytest.raises(errors.BrokenLogError):
        Entry.from_bytes(data)
    path = tmp_path / "a.db"
    cl.open_ledger(path).close()
    connection = sqlite3.connect(path)
    connection.execute("insert into entry values (1, ?, ?)", (leaf_hash(data), data))
    connection.commit()
    connection.close()
    with cl.open_ledger(path) as ledger:
        (finding,) = ledger.audit().findings
        assert (finding.check, finding.entry) == (RULES, 1)
        for action in (lambda: ledger.entry(1), ledger.rebuild, lambda: ledger.open_account("b", name="B")):
            with pytest.raises(errors.BrokenLogError):
                action()


@pytest.mark.parametrize("instrument", [["x"], "\ud800", 2**70, object(), "I-REC-E"])
def test_an_unknown_account_has_no_balance_of_anything(ledger: cl.Ledger, instrument: object) -> None:
    with pytest.raises(errors.UnknownAccountError):
        ledger.balance("ghost", instrument=instrument)


def test_a_closed_ledger_answers_nothing(tmp_path: Path) -> None:
    ledger = cl.open_ledger(tmp_path / "a.db")
    ledger.open_account("a", name="A")
    assert ledger.as_of(entry=1).accounts() == ("a",)
    ledger.close()
    with pytest.raises(errors.StoreError):
        ledger.as_of(entry=0)


@pytest.mark.parametrize("value", [None, 5, "text"])
@pytest.mark.parametrize("column", ["data", "leaf"])
def test_what_is_no_blob_is_a_damaged_file(tmp_path: Path, column: str, value: object) -> None:
    """SQLite checks types when it writes; a flipped bit can make anything of what is read."""
    path = tmp_path / "a.db"
    with cl.open_ledger(path) as ledger:
        ledger.open_account("a", name="A")
    connection = sqlite3.connect(path, isolation_level=None)
    (guard,) = connection.execute("select sql from sqlite_master where name = 'entry_never_edited'").fetchone()
    (sql,) = connection.execute("select sql from sqlite_master where name = 'entry'").fetchone()
    loose = sql.replace(" not null", "").replace(" strict", "")
    for statement, values in (
        ("drop trigger entry_never_edited", ()),
        ("pragma writable_schema = on", ()),
        ("update sqlite_master set sql = ? where name = 'entry'", (loose,)),
    ):
        connection.execute(statement, values)
    connection.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"update entry set {column} = ? where n = 1", (value,))
    connection.execute(guard)
    connection.execute("pragma writable_schema = on")
    connection.execute("update sqlite_master set sql = ? where name = 'entry'", (sql,))
    connection.close()
    with cl.open_ledger(path) as ledger:
        assert not ledger.audit().passed
        ask = (lambda: ledger.entry(1)) if column == "data" else ledger.root
        with pytest.raises(errors.BrokenLogError, match="instead of bytes"):
            ask()
