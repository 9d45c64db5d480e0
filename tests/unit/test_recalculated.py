"""LibreOffice recalculates the workbooks of monitoring reports, and gets the figures of the ledger to the last digit.

The files that it opens have no result of any formula. Where LibreOffice is absent the tests are skipped, unless
CARBON_LEDGER_REQUIRE_OFFICE is set, as it is where they must run: `pytest -m office`.
"""

from decimal import Decimal

import pytest
from tests.support.office import Cell, cells, recalculated, with_number
from tests.support.reported import (
    REPORTS,
    SHARED,
    both_sides,
    corrected,
    existing_plant,
    granular,
    shared_hours,
    two_vintages,
    winter_total,
)

import carbon_ledger as cl
from carbon_ledger.exact import arithmetic
from carbon_ledger.reports.computed import COMPUTED, FROM_READINGS, GIVEN, NOT_COMPUTED, ROUNDED

pytestmark = pytest.mark.office

Cells = dict[tuple[str, str], Cell]


@pytest.fixture(scope="module")
def reports() -> dict[str, cl.MonitoringReport]:
    return {make.__name__: make() for make in REPORTS}


@pytest.fixture(scope="module")
def computed(
    reports: dict[str, cl.MonitoringReport], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Cells, Cells]]:
    """The cells of each workbook as the library wrote them, and as LibreOffice computes them."""
    books = {name: report.to_workbook() for name, report in reports.items()}
    found = recalculated(books, tmp_path_factory.mktemp("office"))
    return {name: (cells(data), found[name]) for name, data in books.items()}


def column(found: Cells, sheet: str, letter: str) -> dict[int, str]:
    """The values of a column by row."""
    return {
        int(address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")): cell.value
        for (name, address), cell in found.items()
        if name == sheet and address.rstrip("0123456789") == letter
    }


@pytest.mark.parametrize("name", [make.__name__ for make in REPORTS])
def test_every_line_and_every_amount_is_the_ledgers_to_the_last_digit(
    name: str, reports: dict[str, cl.MonitoringReport], computed: dict[str, tuple[Cells, Cells]]
) -> None:
    """The exact values of all lines in their order, the amount of each vintage, and the total."""
    report, (_, found) = reports[name], computed[name]
    lines = [line for item in report.calculations for line in item.quantification.lines]
    exact, symbols = column(found, "Calculation", "E"), column(found, "Calculation", "A")
    rows = [row for row in sorted(exact) if exact[row] != "exact value"]
    assert [(symbols[row], Decimal(exact[row])) for row in rows] == [(line.symbol, line.value) for line in lines]
    results, names = column(found, "Results", "B"), column(found, "Results", "A")
    amounts = [amount for item in report.calculations for _, amount in item.quantification.amounts]
    with arithmetic():
        expected = [*amounts, sum(amounts, Decimal(0))]
    for item in report.comparisons:
        expected += [item.actual, item.expected, item.difference]
    assert [Decimal(results[row]) for row in sorted(results) if names[row] != "what"] == expected


@pytest.mark.parametrize("name", [make.__name__ for make in REPORTS])
def test_what_the_file_keeps_is_what_is_computed(name: str, computed: dict[str, tuple[Cells, Cells]]) -> None:
    """A reader that does not compute sees the same results; only the column with 15 digits may differ in the last ones.

    A line that is rounded up to the Wh may differ by one of them there, and what follows from it.
    """
    written, found = computed[name]
    compared = 0
    for place, cell in written.items():
        if cell.formula is None:
            continue
        other, compared = found[place], compared + 1
        assert other.kind == cell.kind, (place, cell, other)
        if cell.kind == "n" and place[0] == "Calculation":
            one, two = Decimal(cell.value), Decimal(other.value)
            least = Decimal("2E-6") if name == existing_plant.__name__ else Decimal("1E-11")
            assert abs(one - two) <= max(abs(one) * Decimal("1E-11"), least), (place, cell, other)
        elif cell.kind == "n":
            assert Decimal(cell.value) == Decimal(other.value), (place, cell, other)
        else:
            assert cell.value == other.value, (place, cell, other)
    assert compared > 30
    for sheet, letter in (("Calculation", "G"), ("Results", "E"), ("Division", "T")):
        assert {value for value in column(found, sheet, letter).values() if value != "equal"} <= {"1"}
    assert "1" in column(found, "Results", "E").values()


def test_lines_are_computed_and_not_copied(computed: dict[str, tuple[Cells, Cells]]) -> None:
    """Only the statistics of a history, whose roots have no end, are the ledger's own numbers."""
    ways: dict[str, set[str]] = {}
    for _, found in computed.values():
        symbols = column(found, "Calculation", "A")
        for row, how in column(found, "Calculation", "I").items():
            ways.setdefault(how, set()).add(symbols[row].partition("[")[0])
    assert ways[NOT_COMPUTED] <= {"EG_hist", "sigma_hist", "EG_base"}
    assert {"ER", "BE", "PE", "LE", "PE_FC", "PE_EC", "EG", "EG_difference"} <= ways[COMPUTED]
    assert {"EG", "TEG", "EG_estimated", "EG_substituted", "EG_facility"} <= ways[FROM_READINGS]
    assert ways[ROUNDED] == {"EG_deducted1"}
    assert not ways[GIVEN] & {"EG", "TEG", "ER", "BE"}


def test_amounts_follow_from_metered_values_and_from_the_factor(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One Wh more in the sheet of readings, and another factor, change every result exactly, and `equal` says so."""
    report = corrected()
    data = report.to_workbook()
    written = cells(data)
    (factor,) = [
        row
        for row, symbol in column(written, "Calculation", "A").items()
        if symbol == "EF"
        and row < min(row for row, text in column(written, "Calculation", "A").items() if "ER" in text)
    ]
    wh = int(written["Readings", "J2"].value)
    books = {
        "more": with_number(data, "Readings", "J2", str(wh + 1)),
        "factor": with_number(data, "Calculation", f"C{factor}", "0.7654321"),
    }
    found = recalculated(books, tmp_path_factory.mktemp("changed"))
    with arithmetic():
        more = Decimal(wh + 1).scaleb(-6) * Decimal("0.3333333")
        other = Decimal(wh).scaleb(-6) * Decimal("0.7654321")
    assert Decimal(found["more"]["Results", "B4"].value) == more
    assert Decimal(found["factor"]["Results", "B4"].value) == other
    for name in books:
        assert found[name]["Results", "E4"].value == "0"
        assert found[name]["Results", "E5"].value == "1", "the second issuance is not changed"
        assert found[name]["Results", "E6"].value == "0"


def results(found: Cells) -> list[Decimal]:
    """The exact results, in their order."""
    values = column(found, "Results", "B")
    return [Decimal(values[row]) for row in sorted(values) if values[row] != "exact value"]


def amounts(report: cl.MonitoringReport) -> list[Decimal]:
    """The amount of each vintage, and of the period."""
    found = [amount for item in report.calculations for _, amount in item.quantification.amounts]
    with arithmetic():
        return [*found, sum(found, Decimal(0))]


def test_a_changed_total_gives_what_the_ledger_gives_for_that_total(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Change an export or a total: net energy, shares, and tonnes are those of a ledger that recorded the change."""
    more = [*SHARED[0][:2], SHARED[0][2] + 7_654_321, *SHARED[0][3:]]
    winter = winter_total("7012345.678 kWh", late=False)
    whole_night = shared_hours(correct=False)
    books = {
        "export of a meter": with_number(whole_night.to_workbook(), "Totals", "G4", str(more[2])),
        "export of a device": with_number(both_sides().to_workbook(), "Readings", "H3", "2345678"),
        "import of a device": with_number(both_sides().to_workbook(), "Readings", "I2", "1"),
        "total over a year's end": with_number(winter.to_workbook(), "Totals", "I2", "6999999999"),
    }
    expected = {
        "export of a meter": shared_hours(first=more, correct=False),
        "export of a device": both_sides(exports=[3_000_001, 2_345_678]),
        "import of a device": both_sides(imports=[1, 14_000]),
        "total over a year's end": winter_total("6999999.999 kWh", late=False),
    }
    found = recalculated(books, tmp_path_factory.mktemp("totals"))
    for name, report in expected.items():
        assert results(found[name])[: len(amounts(report))] == amounts(report), name
        assert found[name]["Results", "E4"].value == "0"
        parts = column(found[name], "Division", "Q")
        rows = [row for row in sorted(parts) if parts[row] != "part, Wh"]
        assert [int(parts[row]) for row in rows] == [
            part for run in report.divisions for step in run.steps() for part in step.parts
        ]


def test_text_is_never_a_formula(computed: dict[str, tuple[Cells, Cells]]) -> None:
    for name in (two_vintages.__name__, corrected.__name__, granular.__name__):
        written, found = computed[name]
        for place, cell in written.items():
            if cell.kind == "s":
                assert cell.formula is None
                assert found[place] == cell
    texts = {cell.value for cell in computed[two_vintages.__name__][1].values() if cell.kind == "s"}
    assert {"=5012", "-one total for the winter", "leakage: +a moved turbine"} <= texts
    assert any(text.startswith("=cmd|") for text in texts)
