"""The memory of an audit does not grow with the log, and writers do not wait: it reads in short slices."""

import gc
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Clock, device

import carbon_ledger as cl
from carbon_ledger.audit import invariants
from carbon_ledger.audit.report import AuditReport, audit
from carbon_ledger.signing import Signer
from carbon_ledger.stores import cache, uncommitted_reads
from carbon_ledger.stores.sql import slices
from carbon_ledger.stores.sqlite import SqliteStore, sessions

pytestmark = pytest.mark.slow

SIGNER = Signer("example.com/memory", bytes(32))
SLICE = 16
SHORT, LONG = 600, 2_400
MAY = cl.Period.month(2024, 5, zone="Asia/Baku")


def write(path: Path, size: int) -> None:
    """Half of the entries open an account; the other half move a unit, and each month's day is an issuance."""
    with cl.open_ledger(path, ledger_id="measured", clock=Clock()) as ledger, ledger.batch():
        ledger.open_account("op", name="Operator")
        ledger.register_device(device())
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
        batches = []
        for day in MAY.days():
            ledger.record_generation("plant", day, net="100 MWh")
            batches += ledger.issue("p", day, to="op")
        accounts = (size - ledger.size) // 2
        for k in range(accounts):
            ledger.open_account(f"account-{k}", name="A")
        k = 0
        while ledger.size < size:
            batch = batches[k // 100].batch_id
            ledger.transfer(cl.Block(batch, k % 100 + 1, k % 100 + 1), to=f"account-{k % accounts}")
            k += 1


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two ledgers and what they publish."""
    found = tmp_path_factory.mktemp("memory")
    for size in (SHORT, LONG):
        write(found / f"{size}.db", size)
        with cl.open_ledger(found / f"{size}.db") as ledger:
            ledger.publish(found / f"{size}", signer=SIGNER)
    return found


@pytest.fixture(autouse=True)
def _short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the ledgers were many times as long."""
    monkeypatch.setattr(slices, "SLICE", SLICE)
    monkeypatch.setattr(uncommitted_reads, "PAGE", SLICE)
    monkeypatch.setattr(sessions, "CACHED_ENTRIES", SLICE)
    monkeypatch.setattr(cache.clear_if_full, "__defaults__", (SLICE,))
    monkeypatch.setattr(cache, "_MAX_PIECES", SLICE)
    monkeypatch.setattr(invariants, "_SERIALS", SLICE)


def audit_of(place: Path, size: int, way: str) -> AuditReport:
    if way == "from outside":
        return cl.audit_published(place / f"{size}", trusted_keys=str(SIGNER.verifier_key))
    with cl.open_ledger(place / f"{size}.db", read_only=True) as ledger:
        return ledger.audit()


def peak_bytes(place: Path, size: int, way: str) -> int:
    """The most that an audit allocates at one time. [octets]"""
    tracemalloc.start()
    try:
        report = audit_of(place, size, way)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert report.passed
    assert report.size == size
    return peak


@pytest.mark.parametrize("way", ["in place", "from outside"])
def test_an_audit_holds_no_more_of_a_longer_log(place: Path, way: str) -> None:
    """Issue 6: what grew was the list of accounts and what each holds, 300 bytes an account and more."""
    gc.disable()  # a full collection empties the interpreter's free lists, and filling them again is no growth
    try:
        audit_of(place, LONG, way)
        short, long = (min(peak_bytes(place, size, way) for _ in range(2)) for size in (SHORT, LONG))
    finally:
        gc.enable()
    assert long - short < 64 * 1024, (short, long)
    assert short < 1024 * 1024, "it holds a slice, a bundle or a tile at a time"


@pytest.mark.parametrize("way", ["in place", "from outside"])
def test_no_question_of_an_audit_is_answered_with_more_than_a_slice(
    place: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: dict[str, int] = {}
    select = SqliteStore.select

    def counted(store: SqliteStore, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        rows = select(store, sql, values)
        counts[sql] = max(counts.get(sql, 0), len(rows))
        return rows

    monkeypatch.setattr(SqliteStore, "select", counted)
    assert audit_of(place, LONG, way).passed
    filling_a_tile = counts.pop("select leaf from entry where n >= ? and n < ? order by n", 0)
    assert filling_a_tile <= 256
    assert max(counts.values()) <= SLICE, max(counts.items(), key=lambda item: item[1])
    assert len(counts) > 20


class Busy(SqliteStore):
    """A store of a file to which somebody else commits whenever it has been asked something."""

    others: Iterator[None]

    def select(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        rows = super().select(sql, values)
        next(self.others, None)
        return rows


def test_an_audit_of_a_ledger_in_use_finds_nothing_and_keeps_nobody_waiting(place: Path, tmp_path: Path) -> None:
    """Every kind of row is written meanwhile, by one who does not wait at all: no lock outlives a question."""
    path = tmp_path / "busy.db"
    path.write_bytes((place / f"{SHORT}.db").read_bytes())
    clock = Clock()
    with cl.open_ledger(path, clock=clock, timeout_s=0) as other:
        busy = Busy(path, read_only=True)
        busy.others = writing(other)
        report = audit(busy)
        assert report.findings == ()
        assert report.size == SHORT
        assert other.size > SHORT + 300
        assert audit(other._store).passed
        busy.close()


def writing(ledger: cl.Ledger) -> Iterator[None]:
    """One command after the other, of which some end rows that the audit is reading."""
    june = cl.Period.month(2024, 6, zone="Asia/Baku")
    ledger.correct_generation("plant", MAY.days()[3], net="99 MWh", reason="r", evidence="sha256:" + "0" * 64)
    yield
    for k, day in enumerate(june.days()):
        ledger.record_generation("plant", day, net="3 MWh", key=f"june-{k}")
        yield
        (batch,) = ledger.issue("p", day, to="op")
        yield
        ledger.transfer(batch.take(2), to="account-0")
        yield
        for n in range(20):
            ledger.open_account(f"later-{k}-{n}", name="L")
            yield
