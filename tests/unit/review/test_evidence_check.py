"""A folder of documents against the index of evidence: found, missing, and what is neither; and on the command line."""

from pathlib import Path

import pytest
from tests.support.command_line import call
from tests.support.reviewed_ledgers import Story, begun, month, total

import carbon_ledger as cl
from carbon_ledger.errors import StoreError
from carbon_ledger.signing import Signer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "documents"
    (made / "2025").mkdir(parents=True)
    (made / "2025" / "march.pdf").write_bytes(b"march")
    (made / "april.pdf").write_bytes(b"april")
    (made / "notes.txt").write_bytes(b"notes")
    return made


def filled(folder: Path) -> Story:
    """Two months, each with a document; that of March is described."""
    story = begun()
    story.goto(month(4), 3)
    for number, name in ((3, "2025/march.pdf"), (4, "april.pdf")):
        total(story, month(number), 100_000_000 * number, evidence=cl.digest_file(folder / name))
    digest = cl.digest_file(folder / "2025/march.pdf")
    story.ledger.describe_document(digest, kind="settlement-statement", title="Settlement of March", holder="archive")
    return story


def test_found_missing_and_other_files(folder: Path) -> None:
    ledger = filled(folder).ledger
    whole = ledger.verify_evidence(folder)
    assert whole.is_complete
    assert [(item.path, item.octets, item.title) for item in whole.found] == [
        ("2025/march.pdf", 5, "Settlement of March"),
        ("april.pdf", 5, None),
    ]
    assert [item.path for item in whole.others] == ["notes.txt"]
    assert (whole.documents, whole.missing, whole.unread) == (2, (), ())
    (folder / "2025" / "march.pdf").write_bytes(b"March")
    (folder / "again.pdf").write_bytes(b"april")
    (folder / "link.pdf").symlink_to(folder / "april.pdf")
    found = ledger.verify_evidence(str(folder))
    assert not found.is_complete
    assert [item.path for item in found.found] == ["again.pdf", "april.pdf"]
    assert [(item.title, item.net_wh) for item in found.missing] == [("Settlement of March", 300_000_000)]
    assert [item.path for item in found.others] == ["2025/march.pdf", "notes.txt"]
    assert [(item.path, item.problem) for item in found.unread] == [
        ("link.pdf", "a symbolic link, which is not followed")
    ]
    assert str(found).splitlines()[0] == "Evidence of reviewed, 9 entries: 1 of 2 documents found"
    assert "(settlement-statement), 300,000,000 Wh rest on it, held by archive" in str(found)


def test_what_was_no_evidence_yet_is_no_evidence_as_of_an_earlier_entry(folder: Path) -> None:
    ledger = filled(folder).ledger
    found = ledger.as_of(entry=6).verify_evidence(folder)
    assert [item.path for item in found.found] == ["2025/march.pdf"]
    assert found.size == 7


def test_an_empty_folder_and_an_empty_ledger(tmp_path: Path) -> None:
    ledger = begun().ledger
    (tmp_path / "empty").mkdir()
    assert ledger.verify_evidence(tmp_path / "empty").is_complete
    with pytest.raises(StoreError, match="expected a folder"):
        ledger.verify_evidence(tmp_path / "missing")


# The command line


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    filled(folder).ledger.backup(tmp_path / "ledger.db")
    return tmp_path / "ledger.db"


def test_the_command_ends_with_status_1_if_a_document_is_missing(file: Path, folder: Path) -> None:
    done = call("-f", file, "verify-evidence", folder)
    assert done.status == 0
    assert "2 of 2 documents found" in done.out
    (folder / "april.pdf").unlink()
    done = call("-f", file, "verify-evidence", folder, "--json")
    assert done.status == 1
    found = done.json["evidence"]
    assert found["is_complete"] is False
    assert [item["is_described"] for item in found["missing"]] == [False]
    assert call("-f", file, "verify-evidence", folder, "--as-of", "6").status == 0
    assert call("-f", file, "verify-evidence", folder / "none").status == 4


def test_the_command_takes_hostile_names(file: Path, folder: Path) -> None:
    (folder / "a\nfound  x").write_bytes(b"x")
    (folder / ("y" * 255)).write_bytes(b"y")
    done = call("-f", file, "verify-evidence", folder)
    assert done.status == 0
    assert "  other    a\\nfound  x: no evidence of this ledger" in done.out.splitlines()


def test_the_command_for_changes(file: Path, tmp_path: Path) -> None:
    signer = Signer("example.com/log", bytes(range(32)))
    with cl.open_ledger(file, read_only=True) as ledger:
        published = ledger.publish(tmp_path / "log", signer=signer)
    for since in (tmp_path / "log", tmp_path / "log" / "checkpoint"):
        done = call("-f", file, "changes", "--since", since, "--json")
        assert done.status == 0
        assert done.json["changes"]["is_pinned"] is True
        assert done.json["changes"]["since_root"] == published.root.hex()
    done = call("-f", file, "changes", "--since", "7")
    assert done.status == 0
    assert "new entries: 2" in done.out
    assert "a ledger that was rewritten as a whole is not noticed" in done.err
    assert call("-f", file, "changes", "--since", "7", "--as-of", "7").out.count("new entries: 1") == 1
    assert call("-f", file, "changes", "--since", "99").status == 4
    assert call("-f", file, "changes", "--since", "none.txt").status == 2
    other = begun(now="2025-01-03T08:00Z").ledger
    other.backup(tmp_path / "other.db")
    assert call("-f", tmp_path / "other.db", "changes", "--since", tmp_path / "log").status == 4
