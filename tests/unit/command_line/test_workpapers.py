"""The commands `review` and `workpaper`: exit status, the file of dispositions, and what the workbook has."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from tests.support.command_line import call
from tests.support.office import cells
from tests.support.reviewed_ledgers import r00, r06, r07

import carbon_ledger as cl


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reviewed") / "a.db"
    r06().ledger.backup(path)
    return path


def settle(path: Path) -> None:
    """Explain every flag, as an auditor does in a spreadsheet."""
    rows = list(csv.reader(StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    for row in rows[1:]:
        cells = dict(zip(rows[0], row, strict=True)) | {
            "disposition": "explained",
            "response": "seen",
            "by": "A",
            "date": "2026-03-03",
        }
        row[:] = [cells[name] for name in rows[0]]
    text = StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def test_a_review_without_dispositions_judges_nothing(template: Path) -> None:
    done = call("-f", template, "review")
    assert done.status == 0
    assert "flags: 1 critical, 1 high, 1 medium, 0 low" in done.out
    found = call("-f", template, "review", "--json").json
    assert len(found["review"]["flags"]) == 3
    assert (found["dispositions"], found["open"]) == (None, None)


def test_flags_are_open_until_the_auditor_settles_them(template: Path, tmp_path: Path) -> None:
    file = tmp_path / "dispositions.csv"
    ask = ("-f", template, "review", "--dispositions", file)
    done = call(*ask)
    assert done.status == 2
    assert "no such file; --update creates it" in done.err
    assert not file.exists()
    done = call(*ask, "--update")
    assert done.status == 1
    assert "Dispositions: 3 open; 3 to be settled; besides, 0 rows of flags that are gone" in done.out
    settle(file)
    before = file.read_bytes()
    done = call(*ask)
    assert done.status == 0
    assert "Dispositions: 3 explained; 0 to be settled" in done.out
    found = call(*ask, "--json").json
    assert found["open"] == 0
    assert [row["disposition"] for row in found["dispositions"]["rows"]] == 3 * ["explained"]
    assert call(*ask, "--as-of", "40").status == 1, "other entries, so the flags are open again"
    assert call(*ask, "--update").status == 0
    assert file.read_bytes() == before, "nothing is written unless a row is new"


def test_rows_are_written_only_if_that_is_asked(template: Path, tmp_path: Path) -> None:
    file = tmp_path / "dispositions.csv"
    assert call("-f", template, "review", "--dispositions", file, "--update", "--as-of", "30").status == 1
    before = file.read_bytes()
    done = call("-f", template, "review", "--dispositions", file)
    assert (done.status, file.read_bytes()) == (1, before)
    assert "no row in the file; --update writes one for each" in done.err
    assert call("-f", template, "review", "--dispositions", file, "--update").status == 1
    assert file.read_bytes() != before


def test_wrong_calls_of_a_review(template: Path, tmp_path: Path) -> None:
    assert call("-f", template, "review", "--update").status == 2
    assert call("-f", template, "review", "--project", "none").status == 5
    (tmp_path / "file.csv").write_text("a,b\n1,2\n")
    done = call("-f", template, "review", "--dispositions", tmp_path / "file.csv", "--update")
    assert (done.status, (tmp_path / "file.csv").read_text()) == (2, "a,b\n1,2\n")
    assert "no column" in done.err


def test_a_review_of_some_projects_and_of_new_entries(tmp_path: Path) -> None:
    r07().ledger.backup(tmp_path / "two.db")
    assert call("-f", tmp_path / "two.db", "review", "--project", "hydro", "--json").json["review"]["flags"] == []
    r00().ledger.backup(tmp_path / "sound.db")
    done = call("-f", tmp_path / "sound.db", "review", "--dispositions", tmp_path / "new.csv", "--update")
    assert done.status == 0, "a ledger without a flag has none to settle"
    assert call("-f", tmp_path / "two.db", "review", "--since", "99", "--json").json["review"]["flags"] == []


def test_a_workpaper_with_everything(template: Path, tmp_path: Path) -> None:
    file, paper = tmp_path / "dispositions.csv", tmp_path / "paper.xlsx"
    call("-f", template, "review", "--dispositions", file, "--update")
    settle(file)
    (tmp_path / "documents").mkdir()
    given = ("--seed", "a seed", "--since", "40", "--folder", tmp_path / "documents", "--dispositions", file)
    done = call("-f", template, "workpaper", paper, *given)
    assert (done.status, done.out.splitlines()[1:]) == (0, ["flags   3", "steps   150", "tested  0"])
    found = cells(paper.read_bytes())
    names = {name for name, _ in found}
    assert {"Summary", "Flags", "Sample", "Evaluation", "Draw", "Population", "Evidence", "Changes"} <= names
    assert found["Summary", "C12"].value == "0"
    assert call("-f", template, "workpaper", paper).status == 4, "an existing file is never overwritten"


def test_what_was_found_is_evaluated(template: Path, tmp_path: Path) -> None:
    with cl.open_ledger(template, read_only=True) as ledger:
        sample = ledger.sample("a seed", confidence_percent=90, tolerable="10%")
    rows = [f"{item.step.device},{item.step.start:%Y-%m-%dT%H:%M:%SZ},{item.step.net_wh}" for item in sample.items]
    found = tmp_path / "found.csv"
    ask = ("--seed", "a seed", "--confidence", "90", "--tolerable", "10%", "--found", found)
    found.write_text("\n".join(["device,start,found_wh", *rows]))
    done = call("-f", template, "workpaper", tmp_path / "all.xlsx", *ask, "--json")
    assert done.json["workpaper"]["evaluation"]["accept"] is True
    found.write_text("\n".join(["device,start,found_wh", *rows[1:]]))
    done = call("-f", template, "workpaper", tmp_path / "part.xlsx", *ask, "--json")
    assert done.json["workpaper"]["tested"] == len(rows) - 1
    assert "evaluation" not in done.json["workpaper"]
    other = call("-f", template, "workpaper", tmp_path / "other.xlsx", "--seed", "other", "--found", found)
    assert other.status == 2
    assert "was not chosen" in other.err
    assert call("-f", template, "workpaper", tmp_path / "none.xlsx", "--found", found).status == 2
    assert not (tmp_path / "other.xlsx").exists()


def test_a_workpaper_as_of_an_entry(template: Path, tmp_path: Path) -> None:
    paper = tmp_path / "paper.xlsx"
    assert call("-f", template, "workpaper", paper, "--as-of", "20", "--seed", "x", "--project", "hydro").status == 0
    assert cells(paper.read_bytes())["Summary", "B4"].value == "21"
