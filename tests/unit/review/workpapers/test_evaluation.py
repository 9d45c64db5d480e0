"""The sheets of a sample: the values that they have beside the formulas are those of `evaluate_sample` and the draw."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import carbon_ledger as cl
from carbon_ledger.reports.limbs import MOST_RAW
from carbon_ledger.reports.papers import Formula, PaperSheet
from carbon_ledger.review.workpapers import draw
from carbon_ledger.review.workpapers.draw import (
    draw_sheet,
    is_counted,
    population_sheet,
    positions_of,
    results_of,
    sample_sheet,
)
from carbon_ledger.review.workpapers.evaluation import ACCEPT, REFUSE, TOO_MANY, UNTESTED, evaluation_sheet, result_of

ROOT = 64 * "a"


def population(values: Sequence[int]) -> list[cl.ClaimedStep]:
    return [
        cl.ClaimedStep(device="plant", start_utc=3_600 * k, end_utc=3_600 * k + 3_600, net_wh=wh, entry=k)
        for k, wh in enumerate(values)
    ]


def column(sheet: PaperSheet, place: int = 1) -> dict[str, object]:
    """The values of a column by the text of the first one."""
    found = {}
    for row in sheet.rows:
        if len(row) > place and isinstance(row[0], str):
            cell = row[place]
            found[row[0]] = cell.value if isinstance(cell, Formula) else cell
    return found


def found_for(sample: cl.Sample, errors: Mapping[int, int]) -> dict[tuple[str, int], int]:
    """Every step is tested, and some have errors, in percent of them."""
    return {
        (item.step.device, item.step.start_utc): item.step.net_wh - item.step.net_wh * errors.get(k, 0) // 100
        for k, item in enumerate(sample.items)
    }


values = st.lists(st.integers(1, 10**9), min_size=1, max_size=60)
errors = st.dictionaries(st.integers(0, 40), st.integers(-150, 150), max_size=8)


@given(
    values=values,
    repeated=st.sampled_from([1, 40]),
    errors=errors,
    scale=st.sampled_from([1, 1, 10**3, 10**4]),
    confidence=st.sampled_from([90, 95]),
    tolerable=st.sampled_from(["2%", "5%", "10%", "0.1234", "30%"]),
)
def test_the_figures_are_those_of_the_library(
    values: list[int], repeated: int, errors: dict[int, int], scale: int, confidence: int, tolerable: str
) -> None:
    steps = population([scale * wh for wh in values] * repeated)
    sample = cl.draw_sample(steps, ROOT, "seed", confidence_percent=confidence, tolerable=tolerable)
    assume(is_counted(sample))
    found = found_for(sample, errors)
    results = results_of(sample, found)
    shown, expected = column(evaluation_sheet(sample, results)), cl.evaluate_sample(sample, found)
    assert shown["projected overstatement, rounded up [Wh]"] == expected.projected_wh
    assert shown["its upper bound, rounded up [Wh]"] == expected.upper_wh
    assert shown["tolerable misstatement, rounded down [Wh]"] == expected.tolerable_wh
    assert (shown["overstated steps"], shown["understated steps"]) == (expected.errors, expected.understated)
    assert shown["result"] == (ACCEPT if expected.accept else REFUSE)
    ranked = sorted((item for item in results if item.rank), key=lambda item: item.rank)
    taints = [Fraction(item.error_wh, item.item.step.net_wh) for item in ranked]
    assert taints == sorted(taints, reverse=True)
    assert [item.rank for item in ranked] == [*range(1, len(ranked) + 1)]


@given(values=values, seed=st.text(st.characters(categories=["L"]), min_size=1, max_size=5))
def test_the_draw_is_the_librarys(values: list[int], seed: str) -> None:
    steps = population(values)
    sample = cl.draw_sample(steps, ROOT, seed)
    positions = positions_of(steps, sample)
    shown = column(draw_sheet(sample, positions))
    assert shown["start s = SHA-256 mod i [Wh]"] == sample.offset_wh
    rests = [row[2] for row in draw_sheet(sample, positions).rows if len(row) == 3 and isinstance(row[0], int)]
    assert len(rests) == 64
    assert isinstance(rests[-1], Formula)
    assert rests[-1].value == sample.offset_wh
    rows = population_sheet(sample, positions).rows[1:]
    hits = [cell.value for *_, cell in rows if isinstance(cell, Formula)]
    chosen = {item.step.start_utc: item.hits for item in sample.items}
    assert hits == [chosen.get(step.start_utc, 0) for step in steps]
    assert [sum(step.net_wh for step in steps[: row - 2]) for row in positions.rows] == list(positions.before_wh)


def test_no_cell_is_as_large_as_a_number_that_a_spreadsheet_rounds() -> None:
    """At the largest interval and the largest steps that are computed."""
    size = cl.sample_size(95, "10%")
    steps = population([MOST_RAW // size - 10 - k % 2 for k in range(size)])
    sample = cl.draw_sample(steps, ROOT, "seed", tolerable="10%")
    assert is_counted(sample)
    results = results_of(sample, found_for(sample, dict.fromkeys(range(0, 30, 3), 99)))
    positions = positions_of(steps, sample)
    sheets = (
        evaluation_sheet(sample, results),
        draw_sheet(sample, positions),
        population_sheet(sample, positions),
        sample_sheet(sample, positions, results),
    )
    numbers = [
        cell.value if isinstance(cell, Formula) else cell
        for sheet in sheets
        for row in sheet.rows
        for cell in row
        if isinstance(cell, Formula | int)
    ]
    assert max(number for number in numbers if not isinstance(number, str | bool)) < MOST_RAW


@pytest.mark.parametrize(("values", "tolerable"), [([10**14] * 3, "2%"), ([5 * 10**13], "90%"), ([100], "0.1234567")])
def test_what_a_spreadsheet_cannot_compute_is_given_without_formulas(values: list[int], tolerable: str) -> None:
    steps = population(values)
    sample = cl.draw_sample(steps, ROOT, "seed", tolerable=tolerable)
    if values == [5 * 10**13]:
        assert sample.interval_wh >= draw.MOST_INTERVAL
    assert not is_counted(sample)
    positions, results = positions_of(steps, sample), results_of(sample, {})
    sheets = [draw_sheet(sample, positions), population_sheet(sample, positions), evaluation_sheet(sample, results)]
    sheets.append(sample_sheet(sample, positions, results))
    assert not [cell for sheet in sheets for row in sheet.rows for cell in row if isinstance(cell, Formula)]
    assert column(sheets[0])["interval i = T div n [Wh]"] == sample.interval_wh
    assert result_of(sheets[2]) == "see the sheet Evaluation"


def test_a_step_that_was_not_tested_leaves_the_result_open() -> None:
    sample = cl.draw_sample(population([100] * 1_000), ROOT, "seed")
    found = found_for(sample, {})
    assert column(evaluation_sheet(sample, results_of(sample, found)))["result"] == ACCEPT
    del found[next(iter(found))]
    sheet = evaluation_sheet(sample, results_of(sample, found))
    assert column(sheet)["result"] == UNTESTED
    assert isinstance(result := result_of(sheet), Formula)
    assert result.value == UNTESTED


def test_the_bound_of_several_taints() -> None:
    """Of steps far below an interval; only a part of a Wh has to be rounded."""
    sample = cl.draw_sample(population([41_000_001 + 997 * (k * k % 37_777) for k in range(400)]), ROOT, "seed")
    assert not any(item.is_key for item in sample.items)
    found = found_for(sample, {1: 33, 4: 7, 9: 33, 20: 100, 33: -5, 50: 91})
    shown = column(evaluation_sheet(sample, results_of(sample, found)))
    expected = cl.evaluate_sample(sample, found)
    assert expected.errors == 5
    assert shown["its upper bound, rounded up [Wh]"] == expected.upper_wh
    assert shown["projected overstatement, rounded up [Wh]"] == expected.projected_wh


def test_more_than_ten_errors_have_no_bound() -> None:
    sample = cl.draw_sample(population([100] * 1_000), ROOT, "seed")
    for count, result in ((10, REFUSE), (11, TOO_MANY)):
        found = found_for(sample, dict.fromkeys(range(count), 50))
        shown = column(evaluation_sheet(sample, results_of(sample, found)))
        assert shown["result"] == result
        assert (shown["its upper bound, rounded up [Wh]"] == TOO_MANY) == (count == 11)


def test_a_large_population_has_no_sheet_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "MOST_STEPS", 10)
    steps = population([100] * 11)
    sample = cl.draw_sample(steps, ROOT, "seed", tolerable="50%")
    positions = positions_of(steps, sample)
    assert (positions.steps, positions.rows) == ((), ())
    assert positions.before_wh == tuple(100 * item.step.entry for item in sample.items)
    sheet = sample_sheet(sample, positions, results_of(sample, {}))
    assert [row[6] for row in sheet.rows[1:]] == list(positions.before_wh)
    assert not any("Population" in cell.text for row in sheet.rows for cell in row if isinstance(cell, Formula))
