"""LibreOffice recalculates workpapers, draws the library's sample, and evaluates it as the library does.

See `tests/unit/test_recalculated.py` for where these tests run: `pytest -m office`.
"""

import subprocess
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from shutil import which

import pytest
from attrs import evolve
from tests.support.office import Cell, cells, recalculated, with_number
from tests.support.reviewed_ledgers import begun, digest_of, month, r06, r17

import carbon_ledger as cl
from carbon_ledger.reports.papers import paper
from carbon_ledger.review.workpapers.draw import draw_sheet, population_sheet, positions_of, results_of, sample_sheet
from carbon_ledger.review.workpapers.evaluation import ACCEPT, REFUSE, TOO_MANY, evaluation_sheet
from carbon_ledger.testing import Clock

pytestmark = pytest.mark.office

Cells = dict[tuple[str, str], Cell]
Errors = dict[int, tuple[int, int]]

# Evaluations: the energy of the steps, confidence, tolerable share, and the errors by place: a part of the step.
THIRDS: Errors = {0: (1, 3), 3: (2, 3), 5: (1, 7), 7: (-1, 2), 11: (1, 3), 13: (999, 1000)}
CASES: dict[str, tuple[list[int], int, str, Errors]] = {
    "daily": ([41_000_001 + 997 * (k * k % 37_777) for k in range(365)], 95, "2%", THIRDS),
    "none": ([1_000 + k for k in range(400)], 90, "2%", {}),
    "keys": ([10**9, *[1_000_003] * 900, 10**10], 95, "5%", {0: (1, 2), 1: (1, 3), 9: (1, 1)}),
    "large": ([10**11 + 7919 * k for k in range(900)], 95, "10%", {k: (k + 1, 97) for k in range(10)}),
    "all": ([5, 7, 11], 95, "2%", {1: (1, 7)}),
    "many": ([100] * 1_000, 95, "2%", dict.fromkeys(range(11), (1, 2))),
    "equal": ([600] * 1_000, 95, "2%", {0: (1, 2), 1: (300, 600), 2: (1, 3), 3: (200, 600)}),
}


def sampled(values: Sequence[int], confidence: int, tolerable: str) -> tuple[list[cl.ClaimedStep], cl.Sample]:
    steps = [
        cl.ClaimedStep(device="plant", start_utc=3_600 * k, end_utc=3_600 * k + 3_600, net_wh=wh, entry=k)
        for k, wh in enumerate(values)
    ]
    sample = cl.draw_sample(steps, 64 * "b", "seed", confidence_percent=confidence, tolerable=tolerable)
    return steps, sample


def found_for(sample: cl.Sample, errors: Errors) -> dict[tuple[str, int], int]:
    found = {}
    for k, item in enumerate(sample.items):
        part, whole = errors.get(k, (0, 1))
        found[item.step.device, item.step.start_utc] = item.step.net_wh - item.step.net_wh * part // whole
    return found


def book(steps: list[cl.ClaimedStep], sample: cl.Sample, found: dict[tuple[str, int], int]) -> bytes:
    positions, results = positions_of(steps, sample), results_of(sample, found)
    sheets = [
        sample_sheet(sample, positions, results),
        evaluation_sheet(sample, results),
        draw_sheet(sample, positions),
    ]
    return paper("paper", Clock("2026-01-01T00:00Z").now, [*sheets, population_sheet(sample, positions)])


def labelled(found: Cells, sheet: str) -> dict[str, str]:
    """The second column of a sheet by the first one."""
    names = {address[1:]: cell.value for (name, address), cell in found.items() if name == sheet and address[0] == "A"}
    return {
        text: found[sheet, f"B{row}"].value
        for row, text in names.items()
        if row.isdigit() and (sheet, f"B{row}") in found
    }


def require_equal(written: Cells, found: Cells, least: int = 100) -> None:
    """Every cell is computed as it was written; fractions alone may differ in the last of their digits."""
    count = 0
    for place, cell in written.items():
        if cell.formula is None:
            continue
        other, count = found[place], count + 1
        assert other.kind == cell.kind, (place, cell, other)
        if other.value != cell.value:
            assert cell.kind == "n", (place, cell, other)
            one, two = Decimal(cell.value), Decimal(other.value)
            assert one % 1 or two % 1, (place, cell, other)
            assert abs(one - two) <= abs(one) * Decimal("1E-12"), (place, cell, other)
    assert count > least


def changed_books() -> dict[str, bytes]:
    """Workbooks of the case `daily`, each with another number in one cell."""
    values, confidence, tolerable, _ = CASES["daily"]
    steps, sample = sampled(values, confidence, tolerable)
    found = found_for(sample, {})
    data, first = book(steps, sample, found), next(iter(found.values()))
    return {
        "found": with_number(data, "Sample", "K2", str(first // 3)),
        "step": with_number(data, "Population", "D3", str(values[1] + 123_456_789)),
        "share": with_number(data, "Draw", "B7", "0.05"),
        "confidence": with_number(data, "Draw", "B6", "90"),
    }


def whole(folder: Path) -> tuple[cl.Ledger, bytes]:
    """A workpaper with everything: the first flag is settled, and every step is tested."""
    ledger = r06().ledger
    review, sample = ledger.review(), ledger.sample("seed")
    rows = cl.Dispositions().updated(review).rows
    day = Clock("2026-03-03T00:00Z").now.date()
    settled = evolve(rows[0], disposition="explained", response="=1+1", by="Ə. Auditor", date=day)
    given = cl.Dispositions(rows=cl.Listing([settled, *rows[1:]], cl.Disposition))
    found = {(item.step.device, item.step.start_utc): item.step.net_wh - k for k, item in enumerate(sample.items[:9])}
    found |= found_for(sample, {}) | found
    file = folder / "whole.xlsx"
    ledger.write_workpaper(file, sample=sample, found=found, dispositions=given, changes=ledger.changes(since=40))
    return ledger, file.read_bytes()


def single_total(folder: Path) -> bytes:
    """The population is one step, and all of it is tested."""
    story = begun()
    story.goto(month(4), 3)
    ledger = story.ledger
    ledger.record_generation("plant", month(3), net="1311.234 MWh", evidence=digest_of(9))
    ledger.issue("hydro", month(3), to="op")
    sample = ledger.sample("seed")
    file = folder / "one.xlsx"
    ledger.write_workpaper(file, sample=sample, found={("plant", sample.items[0].step.start_utc): 1_311_233_000})
    return file.read_bytes()


def nothing_claimed(folder: Path) -> bytes:
    file = folder / "nothing.xlsx"
    r17().ledger.as_of(entry=7).write_workpaper(file)
    return file.read_bytes()


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("books")
    made = changed_books() | {
        "one": single_total(folder),
        "nothing": nothing_claimed(folder),
        "whole": whole(folder)[1],
    }
    for name, (values, confidence, tolerable, errors) in CASES.items():
        steps, sample = sampled(values, confidence, tolerable)
        made[name] = book(steps, sample, found_for(sample, errors))
    return made


@pytest.fixture(scope="module")
def computed(books: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cells]:
    return recalculated(books, tmp_path_factory.mktemp("office"))


@pytest.mark.parametrize("name", CASES)
def test_draws_and_evaluations_are_the_librarys(name: str, books: dict[str, bytes], computed: dict[str, Cells]) -> None:
    values, confidence, tolerable, errors = CASES[name]
    _, sample = sampled(values, confidence, tolerable)
    require_equal(cells(books[name]), computed[name])
    shown, drawn = labelled(computed[name], "Evaluation"), labelled(computed[name], "Draw")
    assert drawn["interval i = T div n [Wh]"] == str(sample.interval_wh)
    assert drawn["start s = SHA-256 mod i [Wh]"] == str(sample.offset_wh)
    assert drawn["the draw is that of the sheet Sample"] == "1"
    if name == "many":
        assert shown["result"] == TOO_MANY
        return
    expected = cl.evaluate_sample(sample, found_for(sample, errors))
    assert shown["projected overstatement, rounded up [Wh]"] == str(expected.projected_wh)
    assert shown["its upper bound, rounded up [Wh]"] == str(expected.upper_wh)
    assert shown["tolerable misstatement, rounded down [Wh]"] == str(expected.tolerable_wh)
    assert shown["result"] == (ACCEPT if expected.accept else REFUSE)


def test_there_are_cases_of_every_result(computed: dict[str, Cells]) -> None:
    assert {labelled(computed[name], "Evaluation")["result"] for name in CASES} == {ACCEPT, REFUSE, TOO_MANY}


def test_what_is_entered_changes_the_evaluation(computed: dict[str, Cells]) -> None:
    values, confidence, tolerable, _ = CASES["daily"]
    _, sample = sampled(values, confidence, tolerable)
    found = found_for(sample, {})
    first = next(iter(found))
    expected = cl.evaluate_sample(sample, {**found, first: found[first] // 3})
    shown = labelled(computed["found"], "Evaluation")
    assert shown["its upper bound, rounded up [Wh]"] == str(expected.upper_wh)
    assert shown["projected overstatement, rounded up [Wh]"] == str(expected.projected_wh)
    assert shown["result"] == (ACCEPT if expected.accept else REFUSE)
    assert labelled(computed["found"], "Draw")["the draw is that of the sheet Sample"] == "1"


def test_another_population_share_or_confidence_changes_the_draw(computed: dict[str, Cells]) -> None:
    """And the sheet says that this is not the draw of the sheet Sample."""
    values, confidence, tolerable, _ = CASES["daily"]
    more = [values[0], values[1] + 123_456_789, *values[2:]]
    for name, (_, sample) in {
        "step": sampled(more, confidence, tolerable),
        "share": sampled(values, confidence, "5%"),
        "confidence": sampled(values, 90, tolerable),
    }.items():
        drawn = labelled(computed[name], "Draw")
        assert drawn["size n, in intervals"] == str(sample.size)
        assert drawn["interval i = T div n [Wh]"] == str(sample.interval_wh)
        assert drawn["start s = SHA-256 mod i [Wh]"] == str(sample.offset_wh)
        assert drawn["hits of the chosen steps"] == str(sum(item.hits for item in sample.items))
        assert drawn["the draw is that of the sheet Sample"] == "0"


def test_whole_workpapers_are_computed_as_they_were_written(
    books: dict[str, bytes], computed: dict[str, Cells]
) -> None:
    for name in ("whole", "one", "nothing"):
        require_equal(cells(books[name]), computed[name], least=10 if name == "nothing" else 100)
    page = labelled(computed["whole"], "Summary")
    assert page["critical"] == "1"
    assert computed["whole"]["Summary", "C12"].value == "0", "the critical flag is settled"
    assert page["result of the sample"] == REFUSE
    shown = labelled(computed["one"], "Evaluation")
    assert shown["projected overstatement, rounded up [Wh]"] == "1000"
    assert shown["its upper bound, rounded up [Wh]"] == str(1_000 + 3 * int(shown["interval i [Wh]"]))
    assert labelled(computed["nothing"], "Summary")["all"] == "0"


def test_sheets_that_libreoffice_saves_as_csv_are_read(tmp_path: Path) -> None:
    """The sheets Flags and Sample, with what the cells show, and with semicolons."""
    ledger, data = whole(tmp_path)
    program = which("soffice")
    if program is None:
        pytest.skip("soffice is not on the path; install libreoffice-calc")
    (tmp_path / "paper.xlsx").write_bytes(data)
    export = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,-1"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--norestore", "--convert-to", export, "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "paper.xlsx")], check=True, capture_output=True, timeout=300)
    review, sample = ledger.review(), ledger.sample("seed")
    read = cl.read_dispositions(tmp_path / "paper-Flags.csv").of_review(review)
    assert [item.is_open for item in read] == [False, *[True] * (len(review.flags) - 1)]
    assert (read[0].response, read[0].by) == ("=1+1", "Ə. Auditor")
    found = cl.read_sample_results(tmp_path / "paper-Sample.csv", sample)
    assert [item.step.net_wh - wh for item, wh in zip(sample.items, found.values(), strict=True)][:10] == [*range(9), 0]
