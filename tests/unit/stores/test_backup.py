"""backup(): a consistent copy while others write, which is checked before it gets its name."""

import sqlite3
import threading
from pathlib import Path

import pytest

import carbon_ledger as cl
from carbon_ledger.errors import BrokenLogError, StoreError
from carbon_ledger.stores import backup
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.sqlite import SqliteStore
from carbon_ledger.stores.tables import BY_NAME
from carbon_ledger.testing._machine.side_by_side import contents
from carbon_ledger.testing.samples import story


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_copy_holds_all_that_the_ledger_holds(tmp_path: Path, kind: str) -> None:
    """Every entry, leaf, tile and row of a ledger with a row in every table; and it goes on from there."""
    store = SqliteStore(tmp_path / "a.db") if kind == "file" else MemoryStore()
    *_, ledger = story(store)
    copy = ledger.backup(tmp_path / "copy.db")
    assert (copy.path, copy.size, copy.root) == (str(tmp_path / "copy.db"), ledger.size, ledger.root())
    restored = SqliteStore(tmp_path / "copy.db")
    assert contents(restored) == contents(store)
    assert all(list(restored.rows(table)) for table in BY_NAME)
    restored.close()
    with cl.open_ledger(copy.path, clock=ledger._clock, by=ledger.entry(0).by) as again:
        assert again.audit().passed
        again.open_account("after", name="A")
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db", "copy.db-journal"]
    ledger.close()


def test_a_copy_has_what_was_committed_when_it_began(tmp_path: Path) -> None:
    with cl.open_ledger(tmp_path / "a.db", timeout_s=60) as ledger:
        with ledger.batch():
            for k in range(300):
                ledger.open_account(f"a-{k}", name="A")
        stop, made = threading.Event(), []

        def write() -> None:
            with cl.open_ledger(tmp_path / "a.db", timeout_s=60) as other:
                while not stop.is_set():
                    with other.batch():
                        for _ in range(10):
                            made.append(len(made))
                            other.open_account(f"b-{made[-1]}", name="B")

        thread = threading.Thread(target=write)
        thread.start()
        copies = [ledger.backup(tmp_path / f"copy-{k}.db") for k in range(3)]
        stop.set()
        thread.join()
        for copy in copies:
            with cl.open_ledger(copy.path, read_only=True) as restored:
                assert restored.size == copy.size
                assert (restored.size - 301) % 10 == 0, "half a batch"
                assert restored.root() == copy.root == ledger.as_of(entry=copy.size - 1).root()
                assert restored.audit().passed
        assert ledger.size == 301 + len(made)


def test_a_batch_of_another_thread_is_not_in_the_copy_and_ones_own_is_refused(tmp_path: Path) -> None:
    with cl.open_ledger(tmp_path / "a.db") as ledger, ledger.batch():
        ledger.open_account("a", name="A")
        copies: list[object] = []
        thread = threading.Thread(target=lambda: copies.append(ledger.backup(tmp_path / "copy.db")))
        thread.start()
        thread.join()
        assert [copy.size for copy in copies] == [1]
        with pytest.raises(StoreError, match="a batch of this thread is open"):
            ledger.backup(tmp_path / "other.db")
    assert not (tmp_path / "other.db").exists()


def test_no_file_is_replaced_and_none_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    with cl.open_ledger(path) as ledger:
        ledger.open_account("a", name="A")
        (tmp_path / "there").write_text("mine")
        (tmp_path / "dangling").symlink_to("nowhere")
        for name in ("there", "dangling", "a.db"):
            with pytest.raises(StoreError, match="the file exists already"):
                ledger.backup(tmp_path / name)
        with pytest.raises(StoreError, match="does not exist"):
            ledger.backup(tmp_path / "no directory" / "copy.db")
        roots = iter((bytes(32), bytes([1]) * 32))
        monkeypatch.setattr(backup, "root_hash", lambda *_: next(roots))
        with pytest.raises(BrokenLogError, match="root differs"):
            ledger.backup(tmp_path / "copy.db")
        assert (tmp_path / "there").read_text() == "mine"
        assert sorted(item.name for item in tmp_path.iterdir()) == ["a.db", "a.db-journal", "dangling", "there"]


def test_a_damaged_entry_is_not_copied(tmp_path: Path) -> None:
    with cl.open_ledger(tmp_path / "a.db") as ledger:
        ledger.open_account("a", name="A")
    raw = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    (guard,) = raw.execute("select sql from sqlite_master where name = 'entry_never_edited'").fetchone()
    raw.execute("drop trigger entry_never_edited")
    raw.execute("update entry set leaf = zeroblob(32) where n = 1")
    raw.execute(guard)
    raw.close()
    with cl.open_ledger(tmp_path / "a.db") as ledger, pytest.raises(BrokenLogError, match="entry 1"):
        ledger.backup(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize("came_meanwhile", [False, True])
def test_a_file_system_without_hard_links_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, came_meanwhile: bool
) -> None:
    def no_links(_: Path, target: Path) -> None:
        if came_meanwhile:
            target.write_text("mine")
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    with cl.open_ledger(tmp_path / "a.db") as ledger:
        ledger.open_account("a", name="A")
        if came_meanwhile:
            with pytest.raises(StoreError, match="File exists"):
                ledger.backup(tmp_path / "copy.db")
            assert (tmp_path / "copy.db").read_text() == "mine"
        else:
            assert ledger.backup(tmp_path / "copy.db").size == 2
            with cl.open_ledger(tmp_path / "copy.db", read_only=True) as copy:
                assert copy.accounts() == ("a",)
        assert not [item for item in tmp_path.iterdir() if item.suffix == ".new"]


def test_a_name_that_was_taken_is_given_up_where_the_copy_cannot_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refused)
    monkeypatch.setattr(Path, "replace", refused)
    with cl.open_ledger(tmp_path / "a.db") as ledger, pytest.raises(StoreError, match="not permitted"):
        ledger.backup(tmp_path / "copy.db")
    assert [item.name for item in tmp_path.iterdir() if not item.name.startswith("a.db")] == []


def test_a_name_that_cannot_be_given_is_no_missing_hard_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a disk fails, no name is taken by an empty file."""
    touched: list[Path] = []

    def failing(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.link", failing)
    monkeypatch.setattr(Path, "touch", lambda path, **_: touched.append(path))
    with cl.open_ledger(tmp_path / "a.db") as ledger, pytest.raises(StoreError, match="Input/output error"):
        ledger.backup(tmp_path / "copy.db")
    assert touched == []


def test_names_at_the_bounds_of_a_file_system(tmp_path: Path) -> None:
    with cl.open_ledger(":memory:") as ledger:
        with pytest.raises(StoreError, match="the file exists already"):
            ledger.backup("/")
        assert ledger.backup(tmp_path / ("a" * 255)).size == 1
        with pytest.raises(StoreError, match="cannot be written"):
            ledger.backup(tmp_path / ("a" * 256))
        assert [item.name for item in tmp_path.iterdir()] == ["a" * 255]
