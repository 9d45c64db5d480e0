"""The command `report` with a review: the page of an auditor, of one state, and options that would be left out."""

import re
from pathlib import Path

import pytest
from tests.support.command_line import call
from tests.support.reviewed_ledgers import r06

import carbon_ledger as cl


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reported") / "a.db"
    r06().ledger.backup(path)
    return path


def test_the_page_of_an_auditor_is_that_of_the_library(file: Path, tmp_path: Path) -> None:
    settled = tmp_path / "settled.csv"
    call("-f", file, "review", "--dispositions", settled, "--update")
    settled.write_text(settled.read_text(encoding="utf-8").replace(",open,", ",CL,"), encoding="utf-8")
    options = ("--review", "--seed", "note 4", "--tolerable", "5%", "--since", "12", "--dispositions", settled)
    done = call("-f", file, "report", tmp_path / "page.html", *options, "--prepared-by", "A")
    assert done.status == 0
    with cl.open_ledger(file, read_only=True) as ledger:
        audit = ledger.audit()
        ledger.as_of(entry=ledger.size - 1).review_page(
            tmp_path / "same.html",
            prepared_by="A",
            audit_report=audit,
            sample=ledger.sample("note 4", tolerable="5%"),
            changes=ledger.changes(since=12),
            dispositions=cl.read_dispositions(settled),
        )
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "same.html").read_text(encoding="utf-8")
    assert page.count(">CL</span>: no response") == 3


def test_a_review_of_a_project_restricts_the_page(file: Path, tmp_path: Path) -> None:
    assert call("-f", file, "report", tmp_path / "page.html", "--review", "--project", "hydro").status == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<b>Scope:</b> the projects hydro, with their devices." in page


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--seed a", r"--seed is about a review; add --review"),
        ("--since 3", r"--since is about a review; add --review"),
        ("--confidence 90", r"--confidence is about a review; add --review"),
        ("--tolerable 5%", r"--tolerable is about a review; add --review"),
        ("--dispositions a.csv", r"--dispositions is about a review; add --review"),
        ("--review --account op", r"--review is of projects; leave --account out"),
        ("--review --found a.csv", r"--found is about a sample; give its --seed"),
        ("--review --tolerable 5%", r"--tolerable is about a sample; give its --seed"),
        ("--review --confidence 90", r"--confidence is about a sample; give its --seed"),
    ],
)
def test_options_that_would_be_left_out_are_refused(options: str, words: str, file: Path, tmp_path: Path) -> None:
    done = call("-f", file, "report", tmp_path / "page.html", *options.split())
    assert done.status == 2
    assert re.search(words, done.err)
    assert not (tmp_path / "page.html").exists()
