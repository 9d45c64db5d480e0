"""A workbook keeps texts as texts, is the same for the same report, and says what it needs."""

import builtins
import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from tests.support.office import Cell, cells
from tests.support.reported import HOSTILE, both_sides, reservoir, shared_hours, two_vintages, waived

from carbon_ledger.errors import MissingExtraError, QuantityError
from carbon_ledger.reports import workbook as module
from carbon_ledger.reports.parts import table
from carbon_ledger.reports.workbook import workbook

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def form_of(*rows: tuple[str | int | None, ...]) -> dict[str, Cell]:
    """The cells of the form of a workbook with one table of one column."""
    data = workbook("title", NOW, [table("rows", "what", rows)], [], [], [])
    return {address: cell for (sheet, address), cell in cells(data).items() if sheet == "Form"}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "{=A1}", "http://example.com/", "1e5", "0012", HOSTILE]
)
def test_text_stays_text(text: str) -> None:
    (cell,) = (item for item in form_of((text,)).values() if item.value == text)
    assert (cell.formula, cell.kind) == (None, "s")


def test_no_formula_of_the_file_has_text_of_the_ledger() -> None:
    """Formulas have cells, numbers, and the words of qualities."""
    formulas = {cell.formula for cell in cells(two_vintages().to_workbook()).values() if cell.formula}
    assert len(formulas) > 500
    assert not any(word in formula for formula in formulas for word in ("cmd", "script", "PDD", "http", "[", "|"))


def test_characters_that_do_not_print_are_escaped_and_long_texts_are_cut() -> None:
    found = {cell.value for cell in form_of(("a\x00\x1b\u202eb",), ("_x0041_",), ("x" * 40_000,)).values()}
    assert r"a\x00\x1b\u202eb" in found
    assert "x" * 32_000 + "... (cut: 40,000 characters)" in found


def test_large_numbers_are_text() -> None:
    kinds = {cell.value: cell.kind for cell in form_of((10**14 - 1,), (10**14,), (-(10**20),), (None,)).values()}
    assert kinds["99999999999999"] == "n"
    assert kinds["100000000000000"] == kinds["-100000000000000000000"] == "s"


def test_the_same_report_gives_the_same_bytes() -> None:
    report = two_vintages()
    assert report.to_workbook() == report.to_workbook()
    assert evolve(report).to_workbook() == report.to_workbook()


def test_a_sheet_prints_with_all_its_columns_on_a_page() -> None:
    with zipfile.ZipFile(io.BytesIO(two_vintages().to_workbook())) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 7
    for sheet in sheets:
        assert '<pageSetUpPr fitToPage="1"/>' in sheet
        assert '<pageSetup paperSize="9" fitToHeight="0" orientation="landscape"/>' in sheet, "width is 1 by default"


def test_each_step_has_a_row_unless_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reservoir()
    steps = cells(report.to_workbook())
    assert steps["Readings", "J49"].value == "10000048"
    assert steps["Readings", "E2"].value == "2024-04-30T21:00:00Z"
    monkeypatch.setattr(module, "MOST_STEPS", 47)
    runs = cells(report.to_workbook())
    assert ("Readings", "J3") not in runs
    assert (runs["Readings", "J2"].value, runs["Readings", "O2"].value) == ("480001176", "sum of 48 steps")
    for found in (steps, runs):
        assert found["Results", "E4"] == Cell("EXACT(B4,D4)", "1", "b")


def test_net_energy_is_export_minus_import_in_a_row_of_a_step_and_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cells(both_sides().to_workbook())["Readings", "J3"] == Cell("H3-I3", "-13996", "n")
    monkeypatch.setattr(module, "MOST_STEPS", 1)
    runs = cells(both_sides().to_workbook())
    assert runs["Readings", "J2"] == Cell("H2-I2", "2986005", "n")
    assert (runs["Readings", "H2"].value, runs["Readings", "I2"].value) == ("3000005", "14000")
    shared = cells(shared_hours().to_workbook())
    assert shared["Readings", "J2"].formula is None, "a sum of parts is not a part of one total"
    assert shared["Readings", "O2"].value.startswith("the ledger's part of a total")
    assert ("Division", "A1") not in shared


def test_energy_by_quality_is_a_sum_of_the_rows_of_that_quality() -> None:
    formulas = {cell.formula for cell in cells(waived().to_workbook()).values() if cell.formula}
    assert 'SUMIF(Readings!G2:G4,"estimated",Readings!J2:J4)' in formulas
    assert "SUM(Readings!J2:J4)" in formulas


def test_values_that_a_spreadsheet_does_not_hold_are_given_as_limbs() -> None:
    """No plant generates 100 TWh in a step; the result is exact nevertheless, but no sum of cells."""
    report = waived()
    huge = tuple(evolve(run, net_wh=(10**14,)) for run in report.readings)
    found = cells(evolve(report, readings=huge).to_workbook())
    assert not any("SUM" in (cell.formula or "") for cell in found.values())
    assert found["Results", "E4"].value == "1"


def test_without_xlsxwriter_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    whole: Any = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name == "xlsxwriter":
            raise ImportError(name)
        return whole(name, *rest, **more)

    report = waived()
    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(MissingExtraError, match=r"pip install 'carbon-ledger\[excel\]'"):
        report.to_workbook()
    assert "<table>" in report.to_html()


def test_rows_beyond_the_end_of_a_sheet_are_refused_and_not_left_out() -> None:
    class Full:
        def write_string(self, *_: object) -> int:
            return -1

    writer: Any = object.__new__(module._Writer)
    writer.text = None
    with pytest.raises(QuantityError, match="report shorter periods"):
        writer.put(Full(), 1_048_576, 0, "text")
