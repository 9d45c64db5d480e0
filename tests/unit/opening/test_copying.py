"""Copies between stores: the same entries and rows, continued where they were stopped, and refused if they differ."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import call

import carbon_ledger as cl
from carbon_ledger.errors import BrokenLogError, ForkError, NotALedgerError, StoreError
from carbon_ledger.opening import copying
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.testing import Clock, sample_ledger
from carbon_ledger.testing._machine.side_by_side import contents


@pytest.fixture
def source() -> cl.Ledger:
    return sample_ledger()


def test_a_copy_has_the_entries_and_the_rows(source: cl.Ledger, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    copy = cl.copy_ledger(source, tmp_path / "copy.db", progress=lambda done, size: told.append((done, size)))
    assert (copy.size, copy.copied, copy.root) == (source.size, source.size, source.root())
    assert told == [(11, 11)]
    with cl.open_ledger(tmp_path / "copy.db") as found:
        assert contents(found._store) == contents(source._store)
        assert found.audit().passed


def test_a_copy_that_was_stopped_is_continued(
    source: cl.Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole slices stand; the slice in which it was stopped is copied again."""
    monkeypatch.setattr(copying, "SLICE", 3)

    def stop(done: int, _: int) -> None:
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cl.copy_ledger(source, tmp_path / "copy.db", progress=stop)
    copy = cl.copy_ledger(source, tmp_path / "copy.db")
    assert (copy.size, copy.copied) == (11, 5)
    source.open_account("later", name="Later")
    assert cl.copy_ledger(source, tmp_path / "copy.db").copied == 1
    with cl.open_ledger(tmp_path / "copy.db") as found:
        assert contents(found._store) == contents(source._store)


def test_a_copy_is_read_from_a_file_and_written_to_a_store(source: cl.Ledger, tmp_path: Path) -> None:
    cl.copy_ledger(source, tmp_path / "a.db")
    target = MemoryStore()
    assert cl.copy_ledger(str(tmp_path / "a.db"), target).root == source.root()
    with cl.open_ledger(target, ledger_id="sample", clock=Clock()) as found:
        assert found.balance("buyer") == source.balance("buyer")


def test_another_ledger_is_no_target(source: cl.Ledger, tmp_path: Path) -> None:
    with cl.open_ledger(tmp_path / "other.db", clock=Clock()):
        pass
    with pytest.raises(
        ForkError,
        match=r"\.db: the first 1 entries of the target are not those of the source \(.*\); copy to an empty ledger",
    ):
        cl.copy_ledger(source, tmp_path / "other.db")
    longer = sample_ledger()
    longer.open_account("more", name="More")
    with pytest.raises(ForkError, match="the target has 12 entries, and the source has 11"):
        cl.copy_ledger(source, longer)
    with pytest.raises(NotALedgerError, match="the target is the source"):
        cl.copy_ledger(source, source)
    with pytest.raises(NotALedgerError, match="no such file"):
        cl.copy_ledger(tmp_path / "absent.db", MemoryStore())
    assert not (tmp_path / "absent.db").exists()


def test_a_file_is_not_copied_to_itself(source: cl.Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its path is, and if the source is open, as on the command line."""
    monkeypatch.chdir(tmp_path)
    cl.copy_ledger(source, "a.db")
    Path("link.db").symlink_to("a.db")
    for target in ("a.db", "./a.db", "link.db"):
        with pytest.raises(NotALedgerError, match="the target is the source; name another file"):
            cl.copy_ledger("a.db", target)
        done = call("-f", "a.db", "copy", target)
        assert (done.status, "the target is the source" in done.err) == (4, True), done


def test_a_target_that_somebody_else_writes_to_is_refused(source: cl.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "SLICE", 3)
    target = MemoryStore()

    def meddle(done: int, _: int) -> None:
        if done == 3:
            cl.open_ledger(target, clock=Clock()).open_account("x", name="X")

    with pytest.raises(StoreError, match="somebody else is writing to it"):
        cl.copy_ledger(source, target, progress=meddle)


def test_a_damaged_source_is_not_copied(source: cl.Ledger, tmp_path: Path) -> None:
    store: Any = source._store
    store._leaves[4] = bytes(32)
    with pytest.raises(BrokenLogError, match="entry 4: its hash is not the stored leaf hash"):
        cl.copy_ledger(source, tmp_path / "copy.db")
