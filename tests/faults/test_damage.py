"""Damage where no row shows it: in an index, in the schema's text, in the tree of the entries."""

import re
from pathlib import Path

import pytest
from tests.faults.suite.flips import PAGE_BYTES, flipped, look, original
from tests.faults.suite.judging import answers, contents
from tests.faults.suite.workload import open_here

from carbon_ledger import errors

State = tuple[list[object], list[object]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a ledger that has something in every table."""
    return original(tmp_path_factory.mktemp("original") / "ledger.db", 5)


@pytest.fixture
def before(data: bytes, tmp_path: Path) -> State:
    """What the ledger holds and answers."""
    (tmp_path / "before.db").write_bytes(data)
    with open_here(tmp_path / "before.db") as ledger:
        return contents(ledger), answers(ledger)


@pytest.mark.slow
def test_a_changed_name_is_found_wherever_it_lies(data: bytes, before: State, tmp_path: Path) -> None:
    """In entries, rows and indexes alike: a holder that an index alone has wrong would lose its blocks."""
    path = tmp_path / "ledger.db"
    seen = []
    for found in re.finditer(b"irec|buyer", data):
        path.write_bytes(flipped(data, 8 * found.start()))
        verdict, problems = look(path, before)
        assert problems == [], (found.start(), verdict)
        assert verdict != "harmless", (found.start(), data[found.start() - 20 : found.end() + 20])
        seen.append(verdict)
    assert {"found: the file can be read", "found: every entry hashes to its leaf"} <= set(seen)


def test_a_damaged_index_is_named(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(data)
    with open_here(path) as ledger:
        ((page,),) = ledger._store.select("select rootpage from sqlite_schema where name = 'piece_account'")
    at = data.index(b"buyer", (page - 1) * PAGE_BYTES, page * PAGE_BYTES)
    path.write_bytes(flipped(data, 8 * at))
    with open_here(path) as ledger:
        (finding,) = ledger.audit().findings
    assert "index piece_account does not match table piece" in finding.detail
    assert str(path) in finding.detail


def test_a_schema_that_is_no_text_is_refused_in_our_words(data: bytes, before: State, tmp_path: Path) -> None:
    """SQLite quotes the damaged text in its message, which Python then cannot decode."""
    path = tmp_path / "ledger.db"
    seen = []
    for found in list(re.finditer(rb"CREATE (TABLE|INDEX|TRIGGER) ", data))[::3]:
        path.write_bytes(flipped(data, 8 * (found.start() + 2) + 7))
        verdict, problems = look(path, before)
        assert problems == [], (found.start(), verdict)
        seen.append(verdict)
    assert set(seen) <= {"refused: BrokenLogError", "harmless"}  # harmless is text that lies in free space
    assert seen.count("harmless") < len(seen) / 2


def test_a_broken_first_entry_is_named_with_its_file(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    at = data.index(b'"type":"ledger.opened"')
    for bit in (8 * at, 8 * at + 7):
        path.write_bytes(flipped(data, bit))
        with pytest.raises(errors.BrokenLogError) as caught:
            open_here(path)
        assert f"{path}: entry 0: " in str(caught.value)


@pytest.mark.slow
def test_a_signpost_of_the_entries_tree_is_found(data: bytes, tmp_path: Path) -> None:
    """A wrong key in an inner page hides an entry from who asks for it by number, and not from who reads all."""
    path, root = tmp_path / "ledger.db", PAGE_BYTES  # the entries' tree begins on page 2
    assert data[root] == 5
    cells = int.from_bytes(data[root + 3 : root + 5], "big")
    assert cells > 1
    for k in range(cells):
        cell = root + int.from_bytes(data[root + 12 + 2 * k : root + 14 + 2 * k], "big")
        for bit in range(3):
            path.write_bytes(flipped(data, 8 * (cell + 4) + bit))
            with open_here(path) as ledger:
                assert not ledger.audit().passed, (k, bit)
