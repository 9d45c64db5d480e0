"""The cost of commands and queries in statements and entries read: counted, never timed.

The figures are those that docs/explanation/performance.md explains; a change that adds a statement shows here.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

import carbon_ledger as cl
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.stores.sqlite import SqliteStore

HOUR_S = 3600
START = datetime(2024, 1, 1, tzinfo=UTC)
YEAR = cl.Period.year(2024, zone="UTC")


class Clock:
    """A clock that gains a second each time it is read."""

    def __init__(self) -> None:
        self.now = datetime(2025, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def filled(path: Path, transfers: int = 0, zone: str = "UTC") -> cl.Ledger:
    """A ledger of one plant, 10,000 units in one account, and some transfers of one unit each."""
    ledger = cl.open_ledger(path, clock=Clock())
    for account in ("op", "buyer"):
        ledger.open_account(account, name=account)
    ledger.register_device(
        cl.Device(
            id="plant",
            name="Plant",
            technology="hydro/run-of-river",
            capacity="20 MW",
            country="AZ",
            grid="AZ",
            zone=zone,
            commissioned="2020-01-01",
        )
    )
    ledger.register_project(cl.Project(id="hydro", instrument="I-REC-E", zone="UTC", devices=("plant",)))
    month = cl.Period.month(2024, 1, zone="UTC")
    ledger.record_generation("plant", month, net="10 GWh")
    ledger.issue("hydro", month, to="op")
    with ledger.batch():
        for _ in range(transfers):
            ledger.transfer(ledger.holdings("op")[0].take(1), to="buyer", from_="op")
    return ledger


def store_of(ledger: cl.Ledger) -> SqliteStore:
    store = ledger._store
    assert isinstance(store, SqliteStore)
    return store


def statements_of(ledger: cl.Ledger, action: Callable[[], object]) -> list[str]:
    """The SQL statements that an action runs; one that fires a trigger is told twice, and counted once."""
    seen: list[str] = []
    store = store_of(ledger)
    store.size()  # it has a connection for questions now
    connections = [session.connection for session in (store._writer.session, store._reader) if session is not None]
    for connection in connections:
        connection.set_trace_callback(lambda sql: seen.append(sql.split("--")[0].strip()))
    try:
        action()
    finally:
        for connection in connections:
            connection.set_trace_callback(None)
    return [sql for sql, before in zip(seen, ["", *seen], strict=False) if sql and sql != before]


def written_by(ledger: cl.Ledger, action: Callable[[], object]) -> dict[str, int]:
    """How many rows of each table an action writes; counted by SQLite."""
    store, tables = store_of(ledger), ("entry", "piece", "balance", "reading")
    before = {table: store.select(f"select count(*) from {table}")[0][0] for table in tables}
    action()
    found = {table: store.select(f"select count(*) from {table}")[0][0] - before[table] for table in tables}
    return {table: count for table, count in found.items() if count}


def kinds(statements: list[str]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for sql in statements:
        first = sql.split()[0].lower()
        counted[first] = counted.get(first, 0) + 1
    return counted


def all_of(actions: list[Callable[[], object]]) -> None:
    for action in actions:
        action()


def test_transfers_in_a_batch_read_their_pieces_once_and_write_their_rows_together(tmp_path: Path) -> None:
    with filled(tmp_path / "a.db", transfers=3) as ledger:
        blocks = ledger.holdings("op")[0].cut(*[5] * 70)[:70]
        transfers = [partial(ledger.transfer, block, to="buyer", from_="op") for block in blocks]
        first = statements_of(ledger, lambda: all_of(transfers[:1]))
        assert kinds(first)["select"] <= 5

        def batch() -> None:
            with ledger.batch():
                all_of(transfers[1:10])  # they look up what is kept afterwards
                assert statements_of(ledger, lambda: all_of(transfers[10:])) == []

        # An entry, the part that moves and what is left, and two balances each: executemany, at the commit.
        assert written_by(ledger, batch) == {"entry": 69, "piece": 138, "balance": 138}


def test_what_was_recorded_in_a_batch_is_seen_by_a_question_in_it(tmp_path: Path) -> None:
    with filled(tmp_path / "a.db") as ledger, ledger.batch():
        for k, block in enumerate(ledger.holdings("op")[0].cut(*[5] * 20)[:20], 1):
            ledger.transfer(block, to="buyer", from_="op")
            assert sum(held.count for held in ledger.holdings("buyer")) == 5 * k


@pytest.mark.parametrize("zone", ["UTC", "Asia/Baku"])
def test_a_month_of_readings_in_a_batch_is_no_question_and_two_rows(tmp_path: Path, zone: str) -> None:
    with filled(tmp_path / "a.db", zone=zone) as ledger:

        def record(month: int) -> None:
            start = START + timedelta(days=31 * month)
            ledger.record_readings("plant", start=start, step="1 hour", net_wh=[1_000_000] * 744)

        with ledger.batch():
            record(1)
            assert statements_of(ledger, lambda: record(2)) == []
        assert written_by(ledger, lambda: record(3)) == {"entry": 1, "reading": 1}


def test_one_meter_of_a_file_costs_the_same_however_many_there_are(tmp_path: Path) -> None:
    """The rule of one series for one subject looks up its own series, not those of the other meters of the file."""
    layout = cl.MeterLayout(
        name="all", zone="UTC", time={"columns": "time"}, values={"column": "kWh"}, meter_column="meter"
    )
    path = tmp_path / "meters.csv"
    path.write_text("time,meter,kWh\n" + "".join(f"2024-05-01T00:00Z,M{k},{k}\n" for k in range(60)))
    with filled(tmp_path / "a.db") as ledger:
        for k in range(60):
            ledger.register_device(evolve(ledger.device("plant"), id=f"d{k}", capacity="1 MW"))
        file = cl.read_meter_file(path, layout)
        deliver = [partial(ledger.record_meter_file, f"d{k}", file, meter=f"M{k}") for k in range(60)]
        all_of(deliver[:3])
        early = kinds(statements_of(ledger, deliver[3]))
        all_of(deliver[4:59])
        assert kinds(statements_of(ledger, deliver[59])) == early
        assert early["select"] <= 16


def test_a_single_command_is_one_transaction(tmp_path: Path) -> None:
    with filled(tmp_path / "a.db", transfers=3) as ledger:
        block = ledger.holdings("op")[0].take(1)
        seen = statements_of(ledger, lambda: ledger.transfer(block, to="buyer", from_="op"))
    counted = kinds(seen)
    assert (counted["begin"], counted["commit"], counted["insert"]) == (1, 1, 5)
    assert "savepoint" not in counted
    assert counted["select"] <= 5


def decodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the entries that are decoded from now on."""
    numbers: list[int] = []
    decode: Callable[[bytes], Entry] = Entry.from_bytes

    def counted(data: bytes) -> Entry:
        entry = decode(data)
        numbers.append(entry.n)
        return entry

    monkeypatch.setattr(Entry, "from_bytes", counted)
    return numbers


@pytest.mark.parametrize("transfers", [0, 1_000])
def test_opening_reads_no_entry_but_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transfers: int) -> None:
    filled(tmp_path / "a.db", transfers).close()
    read = decodings(monkeypatch)
    with cl.open_ledger(tmp_path / "a.db") as ledger:
        assert ledger.size == 8 + transfers
    assert read in ([], [0])


def test_a_command_decodes_no_entry_that_it_has_just_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with filled(tmp_path / "a.db", transfers=1) as ledger:
        block = ledger.holdings("op")[0]
        read = decodings(monkeypatch)
        for part in block.cut(*[1] * 50)[:50]:
            ledger.transfer(part, to="buyer", from_="op")
    assert read == []


def test_an_audit_decodes_every_entry_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with filled(tmp_path / "a.db", transfers=300) as ledger:
        read = decodings(monkeypatch)
        report = ledger.audit()
    assert report.passed
    again = [n for n in read if read.count(n) > 1]
    # A few are looked up again for what they registered, or are the document of an issuance.
    assert len(again) <= 30, sorted(set(again))
    assert set(range(report.size)) <= set(read)


QUESTIONS: dict[str, Callable[[Any], object]] = {
    "balance": lambda reader: reader.balance("op"),
    "balance of an instrument": lambda reader: reader.balance("op", instrument="I-REC-E"),
    "carry": lambda reader: reader.carry("hydro"),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_as_of_question_costs_the_same_in_a_long_ledger(tmp_path: Path, question: str) -> None:
    counts = []
    for transfers in (20, 1_000):
        with filled(tmp_path / f"{transfers}.db", transfers) as ledger:
            past = ledger.as_of(entry=ledger.size - 10)
            seen = statements_of(ledger, lambda past=past: QUESTIONS[question](past))
            connection = store_of(ledger)._writer.session.connection
            plans = [row[3] for sql in seen for row in connection.execute(f"explain query plan {sql}")]
            assert plans
            # "held" are the account's instruments, found by seeks.
            assert not [plan for plan in plans if plan.startswith("SCAN") and plan != "SCAN held"], plans
            counts.append(len(seen))
    assert counts[0] == counts[1] <= 4


def test_a_balance_as_of_an_entry_is_two_statements(tmp_path: Path) -> None:
    """One for the totals, one for what expired; neither for the size of a log that only grows nor for the account."""
    with filled(tmp_path / "a.db", 20) as ledger:
        entry = ledger.size - 5
        for account in ("op", "buyer"):
            ask = partial(ledger.as_of(entry=entry).balance, account, instrument="I-REC-E")
            seen = statements_of(ledger, lambda ask=ask: ask())
            assert kinds(seen) == {"select": 2}, seen
