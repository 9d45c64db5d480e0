"""The audit finds every change of a file and names its place."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from tests.conftest import EVIDENCE, Clock, device
from tests.faults.suite.tampering import unguarded

import carbon_ledger as cl
from carbon_ledger.canonical import digest, dumps
from carbon_ledger.core.state.store import TABLES
from carbon_ledger.log.merkle import leaf_hash, root_hash

MAY = cl.Period.month(2024, 5, zone="Asia/Baku")
JUNE = cl.Period.month(2024, 6, zone="Asia/Baku")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small ledger file that holds a row of every table."""
    path = tmp_path_factory.mktemp("audit") / "ledger.db"
    with cl.open_ledger(path, ledger_id="audited", policy="roles", clock=Clock()) as ledger:
        ledger.open_account("op", name="Operator")
        ledger.open_account("buyer", name="Buyer")
        for role in ("meter-operator", "verifier", "issuer"):
            ledger.grant("local", role)
        for account in ("op", "buyer"):
            ledger.grant("local", "account-holder", account=account)
        ledger.register_device(device())
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
        ledger.record_generation("plant", MAY, net="10.6 MWh", key="may")
        (batch,) = ledger.issue("p", MAY, to="op")
        ledger.transfer(batch.take(3), to="buyer")
        ledger.correct_generation("plant", MAY, net="8.2 MWh", reason="ratio", evidence=EVIDENCE)
        ledger.record_generation("plant", JUNE, net="1 MWh")
        ledger.approve(ledger.quantify("p", JUNE))
        ledger.offer(batch.take(1), to="op")
        ledger.label(batch.take(1), "tag:pilot", evidence=EVIDENCE, reason="a trial")
        ledger.import_block(
            "GS1-1-KE-GS7495-16-2025-30645-608-30350",
            registry="gold-standard",
            instrument="GS-VER",
            to="op",
            production=cl.Period.year(2025, zone="UTC"),
            project="GS7495",
            evidence=EVIDENCE,
        )
        ledger.register_device(device("second"))
        ledger.register_meter(cl.Meter(id="feeder", shares={"second": 1}))
        ledger.record_meter("feeder", MAY, net="1 MWh")
        ledger.import_block(
            "MIRECS-123-MI-01-2025-1-1 to 9",
            registry="m-rets",
            instrument="EECS-GO",  # it expires
            to="op",
            production=JUNE,
            project="123",
            evidence=EVIDENCE,
        )
        assert ledger.audit().findings == ()
    return path


@pytest.fixture
def file(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "copy.db"))


def tamper(path: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    with unguarded(path) as connection:
        for sql, values in statements:
            assert connection.execute(sql, values).rowcount != 0


def entries(path: Path) -> list[bytes]:
    connection = sqlite3.connect(path)
    rows = connection.execute("select data from entry order by n").fetchall()
    connection.close()
    return [bytes(row[0]) for row in rows]


def findings(path: Path) -> tuple[cl.Finding, ...]:
    with cl.open_ledger(path, read_only=True) as ledger:
        return ledger.audit().findings


@pytest.mark.parametrize("bytes_an_entry", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_any_one_byte_of_any_entry_is_found(file: Path, bytes_an_entry: int) -> None:
    """Invariant 24: some bytes of every entry, spread over it, each changed alone."""
    data = entries(file)
    with cl.open_ledger(file) as ledger:
        connection = sqlite3.connect(file)
        connection.execute("drop trigger entry_never_edited")
        connection.commit()
        for n, entry in enumerate(data):
            step = max(1, len(entry) // bytes_an_entry)
            for at in range(0, len(entry), step):
                changed = entry[:at] + bytes([entry[at] ^ 1]) + entry[at + 1 :]
                connection.execute("update entry set data = ? where n = ?", (changed, n))
                connection.commit()
                report = ledger.audit()
                assert any(item.entry == n for item in report.findings), (n, at)
            connection.execute("update entry set data = ? where n = ?", (entry, n))
            connection.commit()
        assert ledger.audit().findings == ()
    connection.close()


def test_a_changed_entry_with_its_leaf_recomputed_is_found_by_the_rules(file: Path) -> None:
    """Invariant 22: an issuance that says one unit more, hashed anew."""
    n, entry = next((n, item) for n, item in enumerate(entries(file)) if b'"issuance.recorded"' in item)
    changed = entry.replace(b'"count":10', b'"count":11')
    assert changed != entry
    tamper(file, ("update entry set data = ?, leaf = ? where n = ?", (changed, leaf_hash(changed), n)))
    (found, *_) = findings(file)
    assert found.entry == n
    assert "batches" in found.detail


def test_a_rewritten_quantification_is_found_and_its_line_named(file: Path) -> None:
    """Invariant 22: the document and its digest rewritten, hashed anew; computing it again tells the line."""
    data = entries(file)
    n = next(n for n, item in enumerate(data) if b'"document.recorded"' in item)
    changed = json.loads(data[n])
    issuance = json.loads(data[n + 1])
    record = json.loads(changed["event"]["text"])
    record["lines"][0]["value"] = "10.7"
    text = dumps(record)
    changed["event"] |= {"text": text.decode(), "sha256": digest(text)}
    issuance["event"]["quantification"] = digest(text)
    for k, entry in ((n, dumps(changed)), (n + 1, dumps(issuance))):
        tamper(file, ("update entry set data = ?, leaf = ? where n = ?", (entry, leaf_hash(entry), k)))
    (found, *_) = findings(file)
    assert found.entry == n + 1
    assert record["lines"][0]["symbol"] in found.detail
    assert "10.7 MWh recorded, 10.6 MWh computed again" in found.detail


def test_words_may_be_better_in_a_later_version(file: Path) -> None:
    """An entry of another version, which named its lines otherwise, still audits: figures are compared."""
    data = entries(file)
    n = next(n for n, item in enumerate(data) if b'"document.recorded"' in item)
    assert b"net" in data[n]
    changed = json.loads(data[n])
    issuance = json.loads(data[n + 1])
    record = json.loads(changed["event"]["text"])
    for line in record["lines"]:
        line["name"] = "as an earlier version called it"
    text = dumps(record)
    changed["event"] |= {"text": text.decode(), "sha256": digest(text)}
    issuance["event"]["quantification"] = digest(text)
    for k, entry in ((n, dumps(changed)), (n + 1, dumps(issuance))):
        tamper(file, ("update entry set data = ?, leaf = ? where n = ?", (entry, leaf_hash(entry), k)))
    tamper(file, ("update issuance set quantification = ? where from_n = ?", (digest(text), n + 1)))
    assert findings(file) == ()


@pytest.mark.parametrize("text", ["{}", "[]", "1", '{"project":"p"}', '{"lines":[{}]}'])
def test_a_document_that_is_no_quantification_is_found(file: Path, text: str) -> None:
    data = entries(file)
    n = next(n for n, item in enumerate(data) if b'"document.recorded"' in item)
    changed, issuance = json.loads(data[n]), json.loads(data[n + 1])
    changed["event"] |= {"text": text, "sha256": digest(text.encode())}
    issuance["event"]["quantification"] = digest(text.encode())
    for k, entry in ((n, dumps(changed)), (n + 1, dumps(issuance))):
        tamper(file, ("update entry set data = ?, leaf = ? where n = ?", (entry, leaf_hash(entry), k)))
    (found, *_) = findings(file)
    assert "not a quantification" in found.detail


def test_a_changed_leaf_is_found(file: Path) -> None:
    tamper(file, ("update entry set leaf = zeroblob(32) where n = 2", ()))
    assert [item.entry for item in findings(file)] == [2]


@pytest.mark.parametrize("table", [table for table in TABLES if table != "tile"])
def test_a_row_deleted_from_any_table_is_found(file: Path, table: str) -> None:
    """Invariant 24: replay gives the projections exactly."""
    newest = {"registration": "id", "key_use": "key", "batch": "batch_id", "piece": "first", "external": "n"}
    key = newest.get(table, "from_n")
    tamper(file, (f"delete from {table} where {key} = (select max({key}) from {table})", ()))
    found = findings(file)
    assert found
    assert all(f"table {table}" in item.detail for item in found)


@pytest.mark.parametrize(
    "statement", ["delete from tile", "update tile set root = zeroblob(32)", "update tile set data = root"]
)
def test_a_stored_tile_that_is_not_the_log_s_is_found(tmp_path: Path, statement: str) -> None:
    """Invariant 24: tiles are derived too, and 257 entries fill one."""
    path = tmp_path / "long.db"
    with cl.open_ledger(path, clock=Clock()) as ledger, ledger.batch():
        for k in range(256):
            ledger.open_account(f"a{k}", name="A")
    with cl.open_ledger(path, read_only=True) as ledger:
        leaves = list(ledger._store.leaves(0, 257))
        assert ledger.root() == root_hash(leaves).hex() == ledger.audit().root
        assert ledger.audit().findings == ()
        assert ledger.as_of(entry=199).root() == root_hash(leaves[:200]).hex()
    tamper(path, (statement, ()))
    assert any("table tile" in item.detail for item in findings(path))


@pytest.mark.parametrize(
    "statement",
    [
        "update reading set net_wh = net_wh + 1",
        "update reading set to_n = 99999 where to_n is null",
        "insert into registration values ('account', 'nobody', 99999)",
        "update claim set end_utc = end_utc + 1",
        "update accrual set claimed = '0.3'",
        "update piece set account = 'buyer' where account = 'op'",
        "update balance set active = active + 1",
        "update batch set count = count + 1",
        "update issuance set voided = 1",
        "update registration set n = n + 1 where id = 'op'",
        "update key_use set n = n - 1",
    ],
)
def test_a_row_that_says_something_else_is_found(file: Path, statement: str) -> None:
    """Invariants 2, 9, 10 and 11: what is derived is held against the entries."""
    tamper(file, (statement, ()))
    assert findings(file)


def test_an_entry_cut_off_the_end_is_found_by_its_rows(file: Path) -> None:
    tamper(file, ("delete from entry where n = (select max(n) from entry)", ()))
    assert findings(file)


def test_a_command_cut_in_two_is_found(file: Path, tmp_path: Path) -> None:
    """Invariant 26: the parts of a command are there together."""
    n = next(n for n, item in enumerate(entries(file)) if b'"issuance.recorded"' in item)
    tables = [(f"delete from {table}", ()) for table in ("reading",)]
    tamper(file, ("delete from entry where n >= ?", (n,)), *tables)
    assert any("whole command" in item.check for item in findings(file))


def test_the_root_is_that_of_the_entries(file: Path) -> None:
    """Invariant 24: RFC 6962, computed here from the file alone."""
    data = entries(file)
    with cl.open_ledger(file, read_only=True) as ledger:
        report = ledger.audit()
        assert report.root == root_hash([leaf_hash(item) for item in data]).hex() == ledger.root()
        assert report.size == len(data)


def test_findings_are_named_and_the_report_says_failed(file: Path) -> None:
    tamper(file, ("update balance set active = 7", ()))
    with cl.open_ledger(file, read_only=True) as ledger:
        report = ledger.audit()
    assert not report.passed
    assert "FAILED  every derived row matches the entries" in str(report)
    assert "table balance" in str(report.findings[0])


def forged(n: int, kind: str, event: dict[str, object], **more: object) -> bytes:
    """An entry in good form, whatever it says."""
    command = {"part": 1, "parts": 1} | dict(more)
    at = f"2030-01-01T00:00:00.{n:06d}Z"
    return dumps({"at": at, "by": "local", "command": command, "event": event, "n": n, "schema": 1, "type": kind})


Added = tuple[str, dict[str, object], dict[str, object]]
PART = {"sha256": "sha256:" + "0" * 64, "part": 1, "parts": 2, "text": "half"}
ACCOUNT = {"account": "new", "name": "New"}


@pytest.mark.parametrize(
    "added",
    [
        [("document.recorded", PART, {}), ("account.opened", ACCOUNT, {})],
        [("document.recorded", PART | {"part": 2}, {})],
        [("document.recorded", PART | {"parts": 1}, {})],
        [("account.opened", ACCOUNT, {"key": "k"})],
        [("account.opened", ACCOUNT, {"part": 2, "parts": 2})],
        [("account.opened", ACCOUNT, {"part": 1, "parts": 2})],
        [("account.opened", ACCOUNT, {"key": "may", "digest": "sha256:" + "0" * 64})],
        [("ledger.opened", {"ledger": "b", "policy": "open", "software": "s"}, {})],
        [("units.transferred", {"batch": "p/2024/6", "first": 1, "last": 3, "from": "op", "to": "buyer"}, {})],
        [
            (
                "units.retired",
                {
                    "batch": "none",
                    "first": 1,
                    "last": 3,
                    "account": "op",
                    "beneficiary": "b",
                    "purpose": "p",
                    "reporting_period": {"start": "2024-01-01T00:00:00Z", "end": "2025-01-01T00:00:00Z"},
                },
                {},
            )
        ],
        [("issuance.voided", {"issuance": 1, "reason": "r", "carry": [{"amount": "0"}]}, {})],
    ],
)
def test_entries_that_the_rules_refuse_are_found(
    file: Path, added: list[tuple[str, dict[str, object], dict[str, object]]]
) -> None:
    """Invariants 24 and 26: in good form, hashed well, and against the rules."""
    size = len(entries(file))
    for n, (kind, event, more) in enumerate(added, size):
        data = forged(n, kind, event, **more)
        tamper(file, ("insert into entry values (?, ?, ?)", (n, leaf_hash(data), data)))
    assert any(item.entry in range(size, size + len(added)) for item in findings(file))
