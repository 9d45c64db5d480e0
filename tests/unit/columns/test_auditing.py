"""The columns audit by DuckDB: nothing on sound ledgers, and every kind of damage by its check."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.damaged_files import DAMAGES, damaged, write_ledger
from tests.support.places import ROOT

import carbon_ledger as cl
from carbon_ledger.columns.report import BALANCES, CHECKS, NOT_CHECKED
from carbon_ledger.columns.report import ROOT as EARLIER_ROOT
from carbon_ledger.columns.sources import StoreSource
from carbon_ledger.errors import StoreError
from carbon_ledger.log.checkpoint import Checkpoint
from carbon_ledger.testing import sample_ledger

GOLDEN = [ROOT / "tests" / "golden" / f"golden-v{version}.db" for version in (1, 2)]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger file that is damaged in copies."""
    path = tmp_path_factory.mktemp("columns") / "sound.db"
    write_ledger(path)
    return path


def test_a_sound_ledger_has_no_finding_and_the_root_of_the_audit(sound: Path) -> None:
    report = cl.columns.audit(sound)
    assert report.passed, str(report)
    assert [name for name, _ in report.checks] == [name for name, _ in CHECKS.values()]
    assert all(count for _, count in report.checks)
    with cl.open_ledger(sound, read_only=True) as ledger:
        assert report.root == ledger.audit().root


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_ledgers_with_every_event_have_no_finding(path: Path) -> None:
    report = cl.columns.audit(path)
    assert report.passed, str(report)


def test_a_ledger_in_memory_is_read_through_its_store() -> None:
    ledger = sample_ledger()
    assert cl.columns.audit(ledger).passed
    half = cl.columns.audit(ledger.as_of(entry=ledger.size // 2))
    assert (half.passed, half.size) == (True, ledger.size // 2 + 1)


def expected_of(names: list[str]) -> set[str]:
    return {CHECKS[DAMAGES[name].check][0] for name in names}


@pytest.mark.parametrize("start", [0, 1])
def test_many_kinds_of_damage_in_one_file_are_found(sound: Path, tmp_path: Path, start: int) -> None:
    names = list(DAMAGES)[start::2]
    report = cl.columns.audit(damaged(sound, tmp_path / "damaged.db", [DAMAGES[name] for name in names]))
    assert expected_of(names) <= {finding.check for finding in report.findings}


@pytest.mark.slow
@pytest.mark.parametrize("name", DAMAGES)
def test_each_kind_of_damage_is_found_by_its_check(sound: Path, tmp_path: Path, name: str) -> None:
    report = cl.columns.audit(damaged(sound, tmp_path / "damaged.db", [DAMAGES[name]]))
    assert expected_of([name]) <= {finding.check for finding in report.findings}
    assert not report.passed


class WithoutRows:
    """Entries from elsewhere, without derived rows."""

    def __init__(self, ledger: cl.Ledger) -> None:
        self._inner = StoreSource(ledger._store)
        self.size = self._inner.size
        self.entries = self._inner.entries

    def rows(self, table: str) -> Iterator[list[tuple[object, ...]]]:
        raise LookupError(table)


def test_what_a_source_lacks_is_not_run_and_so_does_not_pass() -> None:
    report = cl.columns.audit(WithoutRows(sample_ledger()))
    assert (report.not_run, report.passed, report.findings) == ((BALANCES,), False, ())


def test_entries_before_an_earlier_audit_are_not_checked_again(sound: Path, tmp_path: Path) -> None:
    with cl.open_ledger(sound, read_only=True) as ledger:
        earlier = cl.columns.audit(ledger.as_of(entry=19))
    later = cl.columns.audit(sound, since=earlier)
    assert (later.passed, later.since) == (True, 20)
    assert any("entries below 20, but for their hashes" in item for item in later.not_checked)
    old = damaged(sound, tmp_path / "old.db", [DAMAGES["a stored leaf"]])
    assert [(item.entry, item.detail[:20]) for item in cl.columns.audit(old, since=earlier).findings] == [
        (9, "its bytes have the l"),
        (None, "the first 20 entries"),
    ]
    edited = damaged(sound, tmp_path / "bytes.db", [DAMAGES["a digit of the stored bytes"]])
    assert 8 in {finding.entry for finding in cl.columns.audit(edited, since=earlier).findings}
    new = damaged(sound, tmp_path / "new.db", [DAMAGES["readings of the future"]])
    assert {finding.entry for finding in cl.columns.audit(new, since=(20, earlier.root)).findings} == {31, 33}


def test_since_takes_what_pinned_takes(sound: Path, tmp_path: Path) -> None:
    with cl.open_ledger(sound, read_only=True) as ledger:
        saved = ledger.backup(tmp_path / "backup.db")
    checkpoint = Checkpoint("plant.example/log", saved.size, bytes.fromhex(saved.root))
    for since in (saved, checkpoint):
        report = cl.columns.audit(sound, since=since)
        assert (report.passed, report.since) == (True, saved.size)
    other = Checkpoint("plant.example/log", saved.size, bytes(32))
    assert EARLIER_ROOT in {finding.check for finding in cl.columns.audit(sound, since=other).findings}
    with pytest.raises(cl.errors.FormatError):
        cl.columns.audit(sound, since=b"no checkpoint")


@pytest.mark.slow
def test_an_earlier_entry_that_was_hashed_again_has_another_root(sound: Path, tmp_path: Path) -> None:
    with cl.open_ledger(sound, read_only=True) as ledger:
        earlier = (20, ledger.as_of(entry=19).root())
    edited = damaged(sound, tmp_path / "edited.db", [DAMAGES["a reading"]])
    assert EARLIER_ROOT in {finding.check for finding in cl.columns.audit(edited, since=earlier).findings}


def test_the_report_says_what_it_is_and_what_it_did_not_check() -> None:
    report = cl.columns.audit(sample_ledger())
    text = str(report)
    assert text.startswith("Columns audit of ledger sample: 11 entries, root ")
    assert all(f"not checked: {item}" in text for item in NOT_CHECKED)
    assert "Columns audit of ledger sample" in report._repr_html_()
    assert report.to_dict()["passed"] is True


@pytest.mark.parametrize(
    "more",
    [
        {"engine": "sqlite"},
        {"threads": 0},
        {"memory_mb": "1 GB"},
        {"since": (1, "root")},
        {"since": (12, "a" * 64)},
    ],
)
def test_wrong_arguments_are_refused(more: dict[str, object]) -> None:
    with pytest.raises(StoreError):
        cl.columns.audit(sample_ledger(), **more)  # type: ignore[arg-type]


def test_since_is_what_backup_returned_and_not_the_path_of_the_backup() -> None:
    with pytest.raises(StoreError, match=r"the bytes of a checkpoint, what backup\(\) or publish\(\) returned"):
        cl.columns.audit(sample_ledger(), since="copy.db")  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [7, "/nowhere/ledger.db"])
def test_what_is_no_ledger_is_refused(source: object) -> None:
    with pytest.raises(StoreError):
        cl.columns.audit(source)


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match=r"a folder without manifest\.json; expected a ledger file, a URL, or the folder"
    ):
        cl.columns.audit(tmp_path)
