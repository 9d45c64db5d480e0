"""Workpapers: what is in them, texts of the ledger that stay texts, and what is about another state of the ledger."""

import csv
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from attrs import evolve
from tests.support.office import Cell, cells
from tests.support.reviewed_ledgers import begun, digest_of, month, plant, r06, r07, r13, r17, total

import carbon_ledger as cl
from carbon_ledger.errors import QuantityError, StoreError
from carbon_ledger.review.workpapers import draw

Cells = dict[tuple[str, str], Cell]


@pytest.fixture(scope="module")
def ledger() -> cl.Ledger:
    return r06().ledger


def written(path: Path, ledger: cl.Ledger | cl.Reader, **papers: object) -> Cells:
    file = path / f"{len([*path.iterdir()])}.xlsx"
    ledger.write_workpaper(file, **papers)  # type: ignore[arg-type]
    return cells(file.read_bytes())


def rows_of(found: Cells, sheet: str) -> list[list[str]]:
    """The rows of a sheet, as a spreadsheet saves them."""
    places = {
        (int(address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), address.rstrip("0123456789")): cell.value
        for (name, address), cell in found.items()
        if name == sheet
    }
    letters = sorted({letter for _, letter in places}, key=lambda letter: (len(letter), letter))
    return [
        [places.get((row, letter), "") for letter in letters] for row in range(1, 1 + max(row for row, _ in places))
    ]


def saved(path: Path, rows: list[list[str]]) -> Path:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def test_the_sheets_follow_from_what_is_given(tmp_path: Path, ledger: cl.Ledger) -> None:
    names = {name for name, _ in written(tmp_path, ledger)}
    assert names == {"Summary", "Flags", "In full", "Evidence", "Waivers", "Origin", "Parameters"}
    found = written(tmp_path, ledger, sample=ledger.sample("seed"), changes=ledger.changes(since=40))
    assert {name for name, _ in found} == names | {"Sample", "Evaluation", "Draw", "Population", "Changes"}


def test_the_first_page_has_the_figures_of_the_review(tmp_path: Path, ledger: cl.Ledger) -> None:
    review = ledger.review()
    page = {row[0]: row[1:] for row in rows_of(written(tmp_path, ledger), "Summary")}
    assert page["root of the log"][0] == review.root
    assert page["claimed energy [Wh]"][0] == str(review.claimed_wh)
    for severity in ("critical", "high", "medium", "low"):
        count = str(review.count(severity))
        assert page[severity] == [count, count]
    (origin,) = review.origins
    assert page["without evidence"] == [str(origin.without_evidence_wh), str(origin.shares_ppm["without_evidence"])]
    assert page["all"][0] == str(review.claimed_wh)
    assert page["result of the sample"][0] == "no sample was drawn"


def test_dispositions_come_back_from_the_sheet_of_flags(tmp_path: Path, ledger: cl.Ledger) -> None:
    """Saved as CSV, the sheet is a file of dispositions."""
    review = ledger.review()
    file = tmp_path / "dispositions.csv"
    made = cl.update_dispositions(file, review)
    first = evolve(made.rows[0], disposition="explained", response="=seen", by="A", date=date(2026, 3, 3))
    gone = evolve(first, key=64 * "0", status="gone", misstated_wh=7)
    given = cl.Dispositions(rows=cl.Listing([first, *made.rows[1:], gone], cl.Disposition))
    found = written(tmp_path, ledger, dispositions=given)
    rows = rows_of(found, "Flags")
    again = cl.read_dispositions(saved(tmp_path / "flags.csv", rows))
    assert [evolve(item, others=()) for item in again.rows] == list(given.rows)
    assert cl.Dispositions(rows=again.rows).of_review(review)[0].response == "=seen"
    head = rows[0]
    assert [row[head.index("state")] for row in rows[1:]] == ["settled", *["open"] * (len(made.rows) - 1), "settled"]
    page = {row[0]: row[1:] for row in rows_of(found, "Summary")}
    assert page[first.severity] == ["1", "0"], "a flag that is gone is not counted"


def test_what_was_found_comes_back_from_the_sheet_of_the_sample(tmp_path: Path, ledger: cl.Ledger) -> None:
    sample = ledger.sample("seed")
    found = {(item.step.device, item.step.start_utc): item.step.net_wh - k for k, item in enumerate(sample.items)}
    last = list(found)[-1]
    rows = rows_of(written(tmp_path, ledger, sample=sample, found=found), "Sample")
    file = saved(tmp_path / "sample.csv", rows)
    assert cl.read_sample_results(file, sample) == found
    del found[last]
    file = saved(tmp_path / "part.csv", rows_of(written(tmp_path, ledger, sample=sample, found=found), "Sample"))
    assert cl.read_sample_results(file, sample, partial=True) == found
    with pytest.raises(cl.errors.MissingDataError, match="1 of 150 chosen steps have no found_wh; the first is"):
        cl.read_sample_results(file, sample)


def test_ticks_of_a_folder(tmp_path: Path) -> None:
    story = begun()
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "march.pdf").write_bytes(b"march")
    story.goto(month(4), 3)
    total(story, month(3), 100_000_000, evidence=cl.digest_file(folder / "march.pdf"))
    total(story, month(4), 100_000_000, evidence=digest_of(9))
    ledger = story.ledger
    found = rows_of(written(tmp_path, ledger, evidence=ledger.verify_evidence(folder)), "Evidence")
    at = found[0].index("digest_equal")
    assert {row[0]: row[at] for row in found[1:]} == {
        cl.digest_file(folder / "march.pdf"): "yes",
        digest_of(9): "no",
    }
    unchecked = rows_of(written(tmp_path, ledger), "Evidence")
    assert "digest_equal" in unchecked[0]


def test_changes_waivers_and_thresholds(tmp_path: Path) -> None:
    ledger = r17().ledger
    found = written(tmp_path, ledger, changes=ledger.changes(since=12))
    texts = {cell.value for (name, _), cell in found.items() if name == "Changes"}
    assert {"the transformer's ratio was wrong", ledger.changes(since=12).since_root} <= texts
    waived = r13().ledger
    strict = waived.review(parameters=cl.ReviewParameters(late_days=7))
    found = written(tmp_path, waived, review=strict)
    names = {row[1] for row in rows_of(found, "Waivers")[1:]}
    assert names == {item.name for item in strict.waivers}
    changed = [row for row in rows_of(found, "Parameters") if row[-1] == "yes"]
    assert [row[:3] for row in changed] == [["late_days", "7", "60"]]


def test_texts_of_the_ledger_are_never_formulas(tmp_path: Path) -> None:
    hostile = '=HYPERLINK("http://example.com","x")'
    story = begun()
    story.goto(month(4), 3)
    ledger = story.ledger
    total(story, month(3), 100_000_000, evidence=digest_of(9))
    ledger.describe_document(digest_of(9), kind="letter", title=hostile, issuer="@SUM(A1)", holder="+1|cmd")
    (batch,) = ledger.issue("hydro", month(3), to="op")
    ledger.retire(batch.block.cut(1)[0], beneficiary=hostile, purpose=hostile, period=month(3), by="=1+1")
    review = ledger.review()
    rows = cl.Dispositions().updated(review).rows
    answers = cl.Listing([evolve(item, response=hostile, by="-1+1") for item in rows], cl.Disposition)
    sample = ledger.sample(hostile)
    found = written(tmp_path, ledger, sample=sample, dispositions=cl.Dispositions(rows=answers))
    assert sum(cell.value == hostile and cell.formula is None for cell in found.values()) >= 2 + len(rows)
    assert not any("HYPERLINK" in (cell.formula or "") or "cmd" in (cell.formula or "") for cell in found.values())


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, ledger: cl.Ledger) -> None:
    for name in ("a", "b"):
        ledger.write_workpaper(tmp_path / name, sample=ledger.sample("seed"))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_workpaper_of_an_earlier_state(tmp_path: Path) -> None:
    ledger = r17().ledger
    before = ledger.as_of(entry=9)
    found = written(tmp_path, before, sample=before.sample("seed"))
    assert {row[0]: row[1] for row in rows_of(found, "Summary") if len(row) > 1}["entries"] == "10"


def test_an_empty_ledger_and_one_without_a_population(tmp_path: Path) -> None:
    ledger = cl.open_ledger(":memory:", ledger_id="new")
    found = written(tmp_path, ledger, sample=ledger.sample("seed"))
    assert {row[0]: row[1] for row in rows_of(found, "Summary") if len(row) > 1}["claimed energy [Wh]"] == "0"


def other_state(ledger: cl.Ledger) -> cl.Reader:
    return ledger.as_of(entry=ledger.size - 2)


@pytest.mark.parametrize(
    ("papers", "words"),
    [
        (lambda ledger: {"review": other_state(ledger).review()}, "the review is about another state of a ledger"),
        (lambda _: {"review": r07().ledger.review()}, "the review is about another state"),
        (lambda ledger: {"changes": other_state(ledger).changes(since=4)}, "the changes are about another state"),
        (
            lambda ledger: {"evidence": other_state(ledger).verify_evidence(Path(__file__).parent)},
            "the check of the evidence is about",
        ),
        (lambda _: {"sample": r17().ledger.sample("seed")}, "the sample is not the one that is drawn"),
        (lambda ledger: {"sample": evolve(ledger.sample("seed"), seed="other")}, "the sample is not the one"),
        (
            lambda ledger: {"sample": ledger.sample("seed"), "found": {("plant", 5): 1}},
            r"step \('plant', 5\) was not chosen",
        ),
        (lambda _: {"found": {("plant", 5): 1}}, "without a sample"),
        (lambda ledger: {"sample": ledger.sample("seed"), "found": {"plant": 1}}, "expected whole Wh by"),
        (lambda ledger: {"sample": ledger.sample("seed"), "found": 3}, "expected whole Wh by"),
        (lambda _: {"review": ()}, r"write_workpaper\(review=\(\)\): expected a Review, or None"),
        (lambda _: {"dispositions": "file.csv"}, "expected a Dispositions, or None"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    tmp_path: Path, ledger: cl.Ledger, papers: Callable[[cl.Ledger], dict[str, object]], words: str
) -> None:
    with pytest.raises(QuantityError, match=words):
        written(tmp_path, ledger, **papers(ledger))
    assert [*tmp_path.iterdir()] == []


def test_a_sample_is_of_the_projects_of_the_review(tmp_path: Path) -> None:
    ledger = r07().ledger
    review, sample = ledger.review(["hydro"]), ledger.sample("seed", scope=["hydro"])
    assert "Sample" in {name for name, _ in written(tmp_path, ledger, review=review, sample=sample)}
    with pytest.raises(QuantityError, match="draw it again with the scope of the review"):
        written(tmp_path, ledger, sample=sample)


def test_an_existing_file_is_never_overwritten(tmp_path: Path, ledger: cl.Ledger) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"old")
    with pytest.raises(StoreError, match="File exists"):
        ledger.write_workpaper(file)
    assert file.read_bytes() == b"old"


def test_a_large_population_is_left_out(tmp_path: Path, ledger: cl.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "MOST_STEPS", 10)
    found = written(tmp_path, ledger, sample=ledger.sample("seed"))
    assert "Population" not in {name for name, _ in found}
    assert not any("Population" in (cell.formula or "") for cell in found.values())


def test_energy_that_a_spreadsheet_does_not_count_has_no_formula(tmp_path: Path) -> None:
    """A number of more than 14 digits is a text in its cell, which a sum leaves out."""
    story = begun("open", plant(capacity="500 GW"))
    for number in (3, 4):
        story.goto(month(number), 3)
        total(story, month(number), 2 * 10**14 + 7)
        story.approve_and_issue(month(number))
    found = written(tmp_path, story.ledger, sample=story.ledger.sample("seed"))
    assert {name for (name, _), cell in found.items() if cell.formula is not None} <= {"Summary", "Flags"}
    page = {row[0]: row[1:3] for row in rows_of(found, "Summary") if len(row) > 2}
    assert page["metered"] == [*page["all"][:1], "1000000"] == [f"{4 * 10**14 + 14}", "1000000"]
    assert found["Summary", "B18"].formula is None


def test_a_found_value_that_a_spreadsheet_takes_for_text_is_refused(tmp_path: Path, ledger: cl.Ledger) -> None:
    """It would count as found in the library, and as untested in the spreadsheet."""
    sample = ledger.sample("seed")
    step = sample.items[0].step
    for wh in (10**14, -(10**14)):
        with pytest.raises(QuantityError, match="check the unit"):
            ledger.write_workpaper(tmp_path / "w.xlsx", sample=sample, found={(step.device, step.start_utc): wh})


def test_a_check_of_another_ledger_of_the_same_id_and_size_ticks_nothing(tmp_path: Path) -> None:
    """What was never looked for is not received: the documents have to be those of this ledger."""

    def with_document(number: int) -> cl.Ledger:
        story = begun()
        story.goto(month(3), 3)
        total(story, month(3), 100_000_000, evidence=digest_of(number))
        return story.ledger

    mine, other = with_document(1), with_document(2)
    assert (mine.ledger_id, mine.size) == (other.ledger_id, other.size)
    with pytest.raises(QuantityError, match="the check of the evidence is about another state"):
        mine.write_workpaper(tmp_path / "w.xlsx", evidence=other.verify_evidence(tmp_path))
