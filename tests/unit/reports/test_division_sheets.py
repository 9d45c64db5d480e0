"""The formulas of the sheet `Division` give the parts that the ledger recorded, and follow a total that is changed."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.support.office import cells
from tests.support.reported import shared_hours
from tests.support.spreadsheet import evaluated

from carbon_ledger.core.owed import apportion_column
from carbon_ledger.exact import apportion
from carbon_ledger.reports import division_sheets as module
from carbon_ledger.reports.division_sheets import DIVISION, FIRST_PART, FIRST_TOTAL, Divided, divided
from carbon_ledger.reports.divisions import DividedRun
from carbon_ledger.reports.limbs import column_name

WEIGHTS = st.lists(st.integers(1, 9_000), min_size=2, max_size=6)
STEPS = st.lists(st.one_of(st.integers(-9, 9), st.integers(-(10**6), 10**12)), min_size=1, max_size=8)


def of_meter(
    weights: list[int], steps: list[int], owed: list[int] | None = None, *, follows: bool = False
) -> DividedRun:
    """A run of a shared meter, as the ledger divides it."""
    before = owed or [0] * len(weights)
    columns, _ = apportion_column(before, weights, steps)
    return DividedRun(
        meter="feeder",
        entry=7,
        start_utc=0,
        step_s=3600,
        quality="measured",
        net_wh=tuple(steps),
        shares=tuple((f"device-{i}", weight) for i, weight in enumerate(weights)),
        parts_wh=tuple(map(tuple, columns)),
        owed=tuple(before),
        follows=follows,
    )


def of_vintages(seconds: list[int], net_wh: int) -> DividedRun:
    """A step that is divided at the ends of vintages."""
    return evolve(
        of_meter(seconds, [0]),
        meter=None,
        device="plant",
        net_wh=(net_wh,),
        parts_wh=tuple((part,) for part in apportion(net_wh, seconds)),
    )


def computed(found: Divided, totals: dict[int, int] | None = None) -> list[dict[str, object]]:
    """The rows of `Division` as a spreadsheet computes them, with other totals in some rows of `Totals`."""
    values: dict[str, object] = {}

    def value_of(address: str) -> object:
        if address not in values:
            sheet, _, place = address.rpartition("!")
            column, row = place.rstrip("0123456789"), int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            first, rows = (FIRST_TOTAL, found.totals) if sheet else (FIRST_PART, found.parts)
            if sheet and totals and row in totals:
                return totals[row]
            cell = rows[row - first][[column_name(i) for i in range(20)].index(column)]
            formula, value = cell if isinstance(cell, tuple) else ("", cell)
            values[address] = evaluated(formula, value_of) if formula else value or 0
        return values[address]

    return [
        {name: value_of(f"{column_name(i)}{FIRST_PART + k}") for i, name in enumerate(DIVISION) if i > 3}
        for k in range(len(found.parts))
    ]


def stored(found: Divided) -> list[dict[str, object]]:
    rows = [[cell[1] if isinstance(cell, tuple) else cell or 0 for cell in row] for row in found.parts]
    return [dict(list(zip(DIVISION, row, strict=True))[4:]) for row in rows]


@given(WEIGHTS, STEPS)
def test_formulas_give_the_parts_of_a_shared_meter(weights: list[int], steps: list[int]) -> None:
    """Every cell is what the file keeps, every part is what was recorded, and every number is a small whole number."""
    found = divided([of_meter(weights, steps)])
    rows = computed(found)
    assert rows == stored(found)
    assert all(row["equal"] for row in rows)
    assert all(abs(int(str(value).partition(".")[0])) < 10**14 for row in rows for value in map(float, row.values()))


@given(WEIGHTS, st.integers(-(10**6), 10**12))
def test_formulas_give_the_parts_of_vintages(seconds: list[int], net_wh: int) -> None:
    found = divided([of_vintages(seconds, net_wh)])
    assert computed(found) == stored(found)
    assert [row["moved by the ledger, Wh"] for row in computed(found)] == [0] * len(seconds)


@given(WEIGHTS, st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_another_total_gives_the_parts_that_the_ledger_gives(weights: list[int], a: int, b: int, other: int) -> None:
    """The parts of the total itself, and of the totals after it, whose devices are owed something else."""
    scale = 10 * sum(weights)  # above this, the largest remainders alone decide, or the ledger moves a Wh
    found = divided([of_meter(weights, [scale + a, scale + b])])
    expected = divided([of_meter(weights, [scale + other, scale + b])])
    if any(row[15] for row in (*found.parts, *expected.parts)):
        return
    parts = [row["part, Wh"] for row in computed(found, {FIRST_TOTAL: scale + other})]
    assert parts == [row["the ledger's part, Wh"] for row in stored(expected)]


@pytest.mark.parametrize(
    ("weights", "owed", "step"),
    [
        ([3, 1, 1, 5, 5, 45], [-21, 33, 33, -15, -15, -15], -3),
        ([3, 1, 1, 5, 5, 45], [-30, 10, 10, -10, -10, 30], 80),
        ([1, 5], [30, -30], 2),
    ],
)
def test_what_the_ledger_moves_is_a_number_in_a_column_of_its_own(
    weights: list[int], owed: list[int], step: int
) -> None:
    """A step of which the largest remainders alone are not the ledger's rule, or which a correction left far away."""
    found = divided([of_meter(weights, [step, 1000], owed)])
    rows = computed(found)
    moved = [row["moved by the ledger, Wh"] for row in rows]
    assert any(moved[: len(weights)])
    assert rows == stored(found)
    assert all(row["equal"] for row in rows)


def test_what_is_owed_is_a_formula_if_the_total_before_is_in_the_sheet() -> None:
    one, two = of_meter([1, 2], [10, 10]), of_meter([1, 2], [10], [2, -2])
    owed = [row[8] for row in divided([one, two]).parts]
    assert owed == [("", 0), ("", 0), ("R5", 1), ("R6", -1), ("", 2), ("", -2)]
    assert [row[8] for row in divided([one, evolve(two, follows=True)]).parts][4:] == [("R7", 2), ("R8", -2)]


@pytest.mark.parametrize(
    "run",
    [of_meter([10_000_019, 3], [10]), of_meter([1, 2], [10**13]), of_meter([1, 2], [1], [10**14, -(10**14)])],
)
def test_numbers_that_a_spreadsheet_does_not_hold_are_not_divided(run: DividedRun) -> None:
    found = divided([run, evolve(of_meter([1, 2], [3], [1, -1], follows=True), entry=8)])
    assert found.omitted == {(7, "device-0"), (7, "device-1")}
    assert [row[8] for row in found.parts] == [("", 1), ("", -1)], "what was owed before is not in the sheet"


def test_weights_are_written_without_their_common_divisor() -> None:
    found = divided([of_meter([8_330_000_000, 3_600_000_000], [10**10, 7])])
    assert [row[4] for row in found.parts] == [833, 360, 833, 360]
    assert all(row["equal"] for row in computed(found))


def test_too_many_parts_are_numbers_and_the_sheet_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    report = shared_hours()
    assert cells(report.to_workbook())["Readings", "J2"].formula == "Division!Q7"
    monkeypatch.setattr(module, "MOST_PARTS", 3)
    found = cells(report.to_workbook())
    assert {sheet for sheet, _ in found} == {"Form", "Readings", "Calculation", "Arithmetic", "Results"}
    assert found["Readings", "J2"].formula is None
    assert found["Readings", "O2"].value.startswith("the ledger's part of a total")
