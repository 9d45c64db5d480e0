"""Tests of the benchmarks: every goal is measured, peers do the same work, and raw SQLite writes the same bytes."""

import inspect
import json
import math
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from attrs import evolve
from benchmarks import peers
from benchmarks.__main__ import main
from benchmarks.harness import accelerators
from benchmarks.harness.directory import Directory
from benchmarks.harness.fleet import Lot, build, transfer
from benchmarks.harness.goals import GOALS
from benchmarks.harness.rows import Row, measured, missing, table
from benchmarks.harness.sizes import LONG, TINY, USUAL
from benchmarks.harness.timing import interleaved, ratios
from benchmarks.harness.workload import CAPACITY_W, months, record_month, set_up, unsynced
from benchmarks.peers.chain import Chain, Plant
from benchmarks.peers.raw_sqlite import PRAGMAS, RawEntries, RawRows, entries_from
from benchmarks.registry import SUBJECTS, measure, names_of
from benchmarks.subjects import append, audit, memory
from benchmarks.subjects.growth import exponent, exponents
from benchmarks.subjects.transfers import Ours

import carbon_ledger as cl
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.stores.sqlite import sessions

pytestmark = pytest.mark.slow

FOLDER = Path(inspect.getfile(main)).parent
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
TABLE = {
    "append readings: of a raw insert, standard library": ">= 0.2",
    "append readings: of a raw insert, with the accelerator": ">= 0.35",
    "append by record_many: of a raw insert, standard library": ">= 0.19",
    "append by record_many: of a raw insert, with the accelerator": ">= 0.28",
    "append readings: times the SQLModel design": ">= 1,500",
    "append readings: times the naive chain": ">= 350",
    "audit: times the naive chain, one worker": ">= 250",
    "audit: times the naive chain, two workers": ">= 450",
    "audit: two workers, times one": ">= 1.7",
    "hashing: of hashlib, entries over 4 KB": ">= 0.45",
    "transfers and retirements: of a raw insert, 1,000 a commit": ">= 0.4",
    "transfers and retirements: of a raw insert, 10,000 a commit": ">= 0.25",
    "transfers and retirements: times the SQLModel design": ">= 20",
    "single command: cost over a bare commit of the entry": "<= 1.5",
    "single command: cost over a commit of the same rows": "<= 1.15",
    "as-of balance, 10^6 entries: p99 over a median seek": "<= 5",
    "as-of balance: growth of that from 10^5 entries": "<= 1.5",
    "opening: 10^6 entries over 10^3": "<= 2",
    "memory: appending readings": "<= 100 MiB",
    "memory: auditing readings": "<= 100 MiB",
    "memory: appending entries": "<= 100 MiB",
    "memory: auditing entries": "<= 100 MiB",
    "inclusion proof: 10^6 entries": "<= 0.25 ms",
    "bytes at rest: an hourly reading, 100 MW": "<= 10 bytes",
    "growth: appending readings": "<= 1.05 exponent",
    "growth: auditing readings": "<= 1.05 exponent",
    "growth: row commands over recent batches": "<= 1.05 exponent",
    "import: every public name, over import pint": "<= 0.3",
    "import: as shipped, over import pint": "<= 0.1",
}


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    """The directory of a measurement."""
    found = Directory(tmp_path)
    yield found
    found.release()


@pytest.fixture
def registry() -> ModuleType:
    """The module of the SQLModel design; skips the test if the extra is not installed."""
    found = peers.bundles()
    if found is None:
        pytest.skip("the SQLModel design is not held against the ledger: the extra `bench` is not installed")
    return found


def tables_of(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """Every row of every table of a file."""
    connection = sqlite3.connect(path)
    found = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
    names = [name for (name,) in found if not name.startswith("sqlite_")]
    rows = {name: set(connection.execute(f"select * from {name}")) for name in names}
    connection.close()
    return rows


def test_every_goal_of_the_table_is_there() -> None:
    """The goals are exactly those of the table."""
    assert {name: str(goal) for name, goal in GOALS.items()} == TABLE


def test_every_goal_is_the_row_of_one_subject() -> None:
    """Each goal is measured by exactly one subject."""
    named = [name for subject in SUBJECTS for name in names_of(subject)]
    assert sorted(named) == sorted(GOALS)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_gives_its_rows(subject: str, directory: Directory) -> None:
    """Each row has a figure within its spread and a verdict, or a note why there is no figure."""
    rows = measure(subject, TINY, directory)
    assert [row.name for row in rows] == list(names_of(subject))
    for row in rows:
        record = row.to_record()
        assert {"name", "ratio", "spread", "goal", "met"} < record.keys()
        assert record["goal"] == TABLE[row.name]
        assert row.note
        if row.ratio is None:
            assert (row.spread, row.met) == (None, None)
        else:
            assert row.spread is not None
            assert row.spread[0] <= row.ratio <= row.spread[1]
            assert row.met is GOALS[row.name].met(row.ratio)


@pytest.mark.parametrize("name", TABLE)
def test_a_goal_is_met_from_its_bound_on(name: str) -> None:
    """The bound itself meets the goal, and the next number beyond it does not."""
    goal = GOALS[name]
    worse = math.nextafter(goal.bound, -math.inf if goal.at_least else math.inf)
    assert measured(name, [goal.bound], "").met is True
    assert measured(name, [worse], "").met is False


def test_a_row_is_the_median_with_its_quartiles() -> None:
    """An outlier changes neither the median nor the quartiles."""
    row = measured("opening: 10^6 entries over 10^3", [1.0, 3.0, 1.5, 900.0, 2.0], "")
    assert (row.ratio, row.spread, row.met) == (2.0, (1.5, 3.0), True)


def test_the_table_says_what_is_not_built() -> None:
    """A row without a figure is neither met nor missed."""
    slow = measured("opening: 10^6 entries over 10^3", [3.0], "")
    lines = table([missing("audit: two workers, times one", "not built"), slow]).splitlines()
    assert "not built" in lines[1]
    assert " NO " not in lines[1]
    assert " NO " in lines[2]


def test_turns_are_taken_in_turns() -> None:
    """Every round has each action once, in order, and the first round does not count."""
    seen: list[tuple[str, int]] = []

    def turn(name: str, cost: float) -> Callable[[int], float]:
        def act(number: int) -> float:
            seen.append((name, number))
            return cost + number

        return act

    costs = interleaved(2, {"ours": turn("ours", 10), "theirs": turn("theirs", 20)})
    assert seen == [("ours", 0), ("theirs", 0), ("ours", 1), ("theirs", 1), ("ours", 2), ("theirs", 2)]
    assert costs == {"ours": [11, 12], "theirs": [21, 22]}
    assert ratios(costs["theirs"], costs["ours"]) == [21 / 11, 22 / 12]


def test_an_exponent_is_that_of_the_power() -> None:
    """Proportional cost has exponent 1, quadratic cost 2, constant cost 0."""
    sizes = (10, 1_000, 100_000)
    for power in (0, 1, 2):
        costs = [3.0 * size**power for size in sizes]
        assert exponents(sizes, costs) == pytest.approx([power] * 3)
        assert exponent(sizes, costs) == pytest.approx(power)


def test_the_run_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file holds the rows that were printed."""
    file = tmp_path / "rows.json"
    assert main(["--tiny", "--only", "storage", "--only", "workers", "--json", str(file)]) == 0
    rows = json.loads(file.read_text())
    assert [row["name"] for row in rows] == [*names_of("storage"), *names_of("workers")]
    assert all(row["name"] in capsys.readouterr().out for row in rows[:1])
    assert 5 < rows[0]["ratio"] < 100


def test_sizes_are_those_of_the_table() -> None:
    """The usual run grows to 10^6 entries, the long one to 10^8 readings; a commit of readings has 500 entries."""
    assert USUAL.fleets == LONG.fleets == (10**4, 10**5, 10**6)
    assert LONG.readings == (10**6, 10**7, 10**8)
    assert (LONG.memory_readings, LONG.memory_entries) == (10**8, 10**6)
    assert (USUAL.commit, USUAL.large_commit, USUAL.small_fleet) == (1_000, 10_000, 1_000)
    assert USUAL.plants == LONG.plants == 500


def test_no_module_hides_one_of_the_standard_library() -> None:
    """A script that is run by its path imports from its own folder first."""
    names = {path.stem for path in FOLDER.glob("*.py")}
    assert not names & set(sys.stdlib_module_names)


def test_the_workload_is_a_month_an_entry(tmp_path: Path) -> None:
    """Hourly values up to the plant's capacity, months one after the other without a gap."""
    ledger = unsynced(tmp_path / "ledger.db")
    set_up(ledger, 2)
    before, made = ledger.size, 0
    for month in months(14):
        made += record_month(ledger, 2, month)
    entries = [ledger.entry(n).event for n in range(before, ledger.size)]
    assert len(entries) == 14 * 2
    assert made == 2 * (366 + 31 + 28) * 24 == sum(len(event["net_wh"]) for event in entries)
    assert 9 * CAPACITY_W // 10 < max(max(event["net_wh"]) for event in entries) <= CAPACITY_W
    assert len(ledger.readings("plant-1", cl.Period.of("1980-01-01", "1981-03-01", zone="UTC"))) == 14
    ledger.close()


def test_the_limit_has_the_pragmas_of_a_ledger() -> None:
    """Raw SQLite has the same durability as the store, and spills no page before a commit either."""
    assert set(PRAGMAS) <= {*sessions._WRITING, sessions._NEW_FILE}
    assert {pragma.split()[1] for pragma in PRAGMAS} == {"page_size", "journal_mode", "synchronous", "cache_spill"}


def test_the_limit_writes_the_same_bytes(tmp_path: Path) -> None:
    """Raw SQLite inserts the bytes of the ledger's entries."""
    ledger = unsynced(tmp_path / "ledger.db")
    set_up(ledger, 3)
    entries = entries_from(tmp_path / "ledger.db", 2)
    assert [data for _, data in entries] == [ledger.entry_bytes(n) for n in range(2, ledger.size)]
    ledger.close()
    raw = RawEntries(tmp_path / "raw.db")
    raw.insert(entries)
    raw.close()
    assert tables_of(tmp_path / "raw.db") == {"entry": set(entries)}


def test_the_limit_writes_the_same_rows(directory: Directory) -> None:
    """After each commit the copy has the same rows as the ledger."""
    ours = Ours(directory, 300, 10)
    for number in range(2):
        ours.move(number)
        ours.raw(number)
        assert tables_of(directory.path / "transfers-raw.db") == tables_of(directory.path / "transfers.db")
    ours.move(2)
    raw = RawRows(directory.path / "transfers.db", directory.path / "again.db")
    assert raw.follow()[1] == {}
    ours.move(3)
    _, added = raw.follow()
    raw.close()
    assert [len(added[name]) for name in ("entry", "piece", "balance")] == [10, 20, 15]


def test_a_fleet_is_what_commands_make(tmp_path: Path) -> None:
    """A fleet has the same bytes and rows whether it was written directly or by commands, and passes an audit."""
    written = build(tmp_path / "written.db", 1_250)
    made = build(tmp_path / "made.db", 1_250, by_commands=True)
    assert tables_of(written.path) == tables_of(made.path)
    assert (written.size, written.transfers, written.lots) == (made.size, made.transfers, made.lots)
    assert isinstance(written.lots[0], Lot)
    with written.open() as ledger:
        transfer(ledger, written)
        assert ledger.size == written.size == 1_251
        assert ledger.audit().passed


def certified(path: Path, values: list[int]) -> tuple[Ledger, tuple[cl.Batch, ...]]:
    """A ledger of granular certificates for hours of a plant."""
    ledger = unsynced(path)
    set_up(ledger, 1, accounts=("op", "buyer"))
    ledger.register_project(cl.Project(id="gc", instrument="GC", zone="UTC", devices=("plant-0",)))
    ledger.record_readings("plant-0", start=BEGAN, step="1 hour", net_wh=values)
    period = cl.Period.of(BEGAN, BEGAN + len(values) * HOUR)
    return ledger, ledger.issue("gc", period, to="op")


def test_the_sqlmodel_design_comes_to_our_balances(tmp_path: Path, registry: ModuleType) -> None:
    """The same hours, transfers and retirements give both the same certificates in each account."""
    values = [70, 20, -5, 90]
    ledger, (batch,) = certified(tmp_path / "ours.db", values)
    other = registry.Registry(tmp_path / "theirs.db")
    op, buyer = other.account("op"), other.account("buyer")
    device = other.device("plant-0", CAPACITY_W, BEGAN)
    bundles = other.record(device, op, BEGAN, values)
    other.commit()
    assert [bundle.quantity for bundle in bundles] == [70, 20, 90]
    assert other.balance(op) == batch.count == ledger.balance("op").active == 180

    block = ledger.transfer(batch.take(30), to="buyer")
    ledger.retire(block.take(10), beneficiary="B", purpose="claim", period=cl.Period.year(2024, zone="UTC"))
    moved, rest = other.transfer(bundles[0].id, 30, op, buyer)
    claimed, _ = other.claim(moved.id, 10, buyer)
    other.transfer(rest.id, 40, op, buyer)
    ledger.transfer(cl.Block(batch.batch_id, 31, 70), to="buyer")
    other.commit()
    assert (claimed.serial_first, claimed.serial_last) == (1, 10)
    for account, name in ((op, "op"), (buyer, "buyer")):
        ours = ledger.balance(name)
        assert (other.balance(account), other.balance(account, registry.CLAIMED)) == (ours.active, ours.retired)
    assert ledger.balance("buyer").active == 60
    ledger.close()
    other.close()


def test_the_sqlmodel_design_refuses_what_we_refuse(tmp_path: Path, registry: ModuleType) -> None:
    """It refuses too much energy, a repeated hour, an hour before commissioning, and another account's units."""
    other = registry.Registry(tmp_path / "theirs.db")
    op, buyer = other.account("op"), other.account("buyer")
    device = other.device("plant-0", CAPACITY_W, BEGAN)
    (bundle,) = other.record(device, op, BEGAN, [CAPACITY_W])
    other.commit()
    for start, value in ((BEGAN + HOUR, CAPACITY_W + 1), (BEGAN, 1), (BEGAN - HOUR, 1)):
        with pytest.raises(ValueError, match=f"device {device}"):
            other.record(device, op, start, [value])
    for source, quantity in ((buyer, 1), (op, CAPACITY_W + 1)):
        with pytest.raises(ValueError, match=r"not \d+ active certificates"):
            other.transfer(bundle.id, quantity, source, buyer)
    other.claim(bundle.id, 5, op)
    with pytest.raises(ValueError, match="not 5 active"):
        other.claim(bundle.id, 5, op)
    other.close()


def chain_of(path: Path) -> Chain:
    """A chain of two days, the first of them issued."""
    chain = Chain(path, [Plant("plant-0", f"{CAPACITY_W} W", BEGAN)])
    chain.record("plant-0", BEGAN, [CAPACITY_W - hour for hour in range(48)])
    chain.issue("plant-0", BEGAN, BEGAN + 24 * HOUR)
    return chain


def test_the_naive_chain_issues_what_we_issue(tmp_path: Path) -> None:
    """The same months give each plant the same certificates and carry."""
    audit.issued_ledger(tmp_path / "ours.db", 2, 3)
    chain, _ = audit.issued_chain(tmp_path / "theirs.jsonl", 2, 3)
    with cl.open_ledger(tmp_path / "ours.db") as ledger:
        for name in ("plant-0", "plant-1"):
            accrual = ledger.carry(name)
            assert chain.state.issued[name] == accrual.counted > 100_000
            assert chain.state.carry[name] == accrual.carry
    assert chain.audit() == []
    chain.close()


def test_the_naive_chain_finds_a_changed_value(tmp_path: Path) -> None:
    """A changed value breaks the hash of its line and the issuance that includes it."""
    chain = chain_of(tmp_path / "chain.jsonl")
    assert chain.audit() == []
    text = chain.path.read_text()
    chain.path.write_text(text.replace(f'"energy": "{CAPACITY_W - 7}"', '"energy": "1"'))
    assert [line.split(":")[0] for line in chain.audit()] == ["line 7", "line 48"]
    lines = text.splitlines(keepends=True)
    chain.path.write_text("".join(lines[:3] + lines[4:]))
    assert chain.audit()[0].startswith("line 3: the hash differs")
    chain.close()


def test_the_naive_chain_makes_the_same_checks(tmp_path: Path) -> None:
    """It refuses too much energy, repeated or early hours, and hours that are issued already or missing."""
    chain = chain_of(tmp_path / "chain.jsonl")
    for start, value, reason in (
        (BEGAN + 48 * HOUR, CAPACITY_W + 1, "is more than"),
        (BEGAN, 1, "recorded before"),
        (BEGAN - HOUR, 1, "before commissioning"),
    ):
        with pytest.raises(ValueError, match=reason):
            chain.record("plant-0", start, [value])
    for start, end, reason in ((0, 24, "claimed already"), (24, 49, "missing")):
        with pytest.raises(ValueError, match=reason):
            chain.issue("plant-0", BEGAN + start * HOUR, BEGAN + end * HOUR)
    chain.close()


def test_an_audit_that_finds_something_is_not_measured(tmp_path: Path) -> None:
    """A ledger with findings must not be measured."""
    with build(tmp_path / "fleet.db", 250).open() as ledger:
        report = ledger.audit()
    audit.passed(report)
    with pytest.raises(AssertionError, match="found something"):
        audit.passed("no report")


def test_two_workers_are_measured_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the audit takes *workers*, two are measured."""

    def without(ledger: Ledger) -> str:
        return f"one of {ledger}"

    def with_workers(ledger: object, *, workers: int = 1) -> str:
        return f"{workers} of {ledger}"

    monkeypatch.setattr(Ledger, "audit", without)
    assert audit.parallel() is None
    monkeypatch.setattr(Ledger, "audit", with_workers)
    two = audit.parallel()
    assert two is not None
    assert two("it") == "2 of it"


def test_the_accelerator_is_measured_on_and_off(monkeypatch: pytest.MonkeyPatch, directory: Directory) -> None:
    """The standard library is measured without the accelerator; without an accelerator, its row has no figure."""
    asked: list[str] = []
    for user in accelerators.USERS:
        monkeypatch.setattr(user, "accelerator", lambda: asked.append("it"))
    assert not accelerators.installed()
    asked.clear()
    with accelerators.accelerated(False):
        record_and_forget(directory)
    assert asked == []
    with accelerators.accelerated(True):
        record_and_forget(directory)
    assert asked
    monkeypatch.setattr(append, "installed", lambda: True)
    sizes = evolve(TINY, rounds=1)
    assert [row.ratio is None for row in append.run(sizes, directory)[:4]] == [False] * 4
    directory.release()
    monkeypatch.setattr(append, "installed", lambda: False)
    rows = [row for row in append.run(sizes, directory) if row.name in (append.ACCELERATED, append.MANY_ACCELERATED)]
    assert [(row.ratio, row.met, "not built" in row.note) for row in rows] == [(None, None, True)] * 2


def record_and_forget(directory: Directory) -> None:
    """Record a month of one plant."""
    ledger = directory.close_later(unsynced(directory.new("month.db")))
    set_up(ledger, 1)
    record_month(ledger, 1, next(months(1)))


def test_an_unknown_action_is_not_watched(tmp_path: Path) -> None:
    """The measured process has done its work."""
    with pytest.raises(ValueError, match="expected append-readings"):
        memory.act("append", tmp_path / "ledger.db", 1)
    assert memory.peak_mib() > 10


def test_rows_are_plain_values() -> None:
    """A row is unchanged after a round trip through JSON."""
    row = measured("opening: 10^6 entries over 10^3", [1.0, 2.0], "note")
    record = json.loads(json.dumps(row.to_record()))
    assert Row(**{**record, "spread": tuple(record["spread"])}) == row
