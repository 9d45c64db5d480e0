"""Excel workbooks: the same bytes, no formula, every digit, and what a sheet cannot hold is refused."""

import io
import sys
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from carbon_ledger.errors import MissingExtraError, QuantityError, StoreError
from carbon_ledger.tables import Column, Table
from carbon_ledger.tables.columns import Exact, Kind
from carbon_ledger.tables.excel import MOST_ROWS, excel_of, write


def of(kind: Kind, *values: Exact, name: str = "c", title: str = "t") -> Table:
    return Table(title, (Column(name, kind),), tuple((value,) for value in values))


def cells(table: Table) -> list[list[object]]:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(excel_of(table))).worksheets
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_the_same_table_gives_the_same_bytes() -> None:
    table = of("text", "a", "=1+1", "b")
    first = excel_of(table)
    assert excel_of(table) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert b"2000-01-01T00:00:00Z" in archive.read("docProps/core.xml")
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}, "a clock gave a time"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "https://example.org", "mailto:a@b", "7"])
def test_text_is_text(text: str) -> None:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(excel_of(of("text", text)))).worksheets
    cell = sheet["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    with zipfile.ZipFile(io.BytesIO(excel_of(of("text", text)))) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_text_that_would_be_a_formula_stays_text_where_a_person_edits_it() -> None:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(excel_of(of("text", "=1+1", "a")))).worksheets
    assert (sheet["A2"].quotePrefix, sheet["A3"].quotePrefix) == (True, False)


def test_a_column_with_a_long_number_has_every_digit_beside_it() -> None:
    assert cells(of("integer", None, 10**15 - 1)) == [["c"], [None], [999_999_999_999_999]]
    assert cells(of("integer", 10**15, 5)) == [["c", "c_text"], [1e15, "1000000000000000"], [5, "5"]]
    exact = Decimal("1111999897.984715757218771248286898")
    assert cells(of("decimal", exact)) == [["c", "c_text"], [pytest.approx(exact.__float__()), str(exact)]]
    assert cells(of("integer", 10**400)) == [["c", "c_text"], [None, "1" + "0" * 400]]


def test_the_column_beside_has_a_name_of_its_own() -> None:
    table = Table("t", (Column("c", "integer"), Column("c_text", "text")), ((10**15, "a"),))
    assert cells(table) == [["c", "c_text_", "c_text"], [1e15, "1000000000000000", "a"]]


def test_a_time_is_text_with_its_zone_and_every_digit() -> None:
    assert cells(of("time", datetime(2024, 5, 1, 10, 0, 0, 1, UTC))) == [["c"], ["2024-05-01T10:00:00.000001Z"]]


def test_dates_are_the_spreadsheets_own_where_spreadsheets_agree() -> None:
    first = date(1900, 3, 1)
    assert cells(of("date", None, first)) == [["c"], [None], [datetime(1900, 3, 1)]]  # noqa: DTZ001
    assert cells(of("date", first, date(1900, 2, 28))) == [["c"], ["1900-03-01"], ["1900-02-28"]]
    assert cells(of("date", date(9999, 12, 31))) == [["c"], [datetime(9999, 12, 31)]]  # noqa: DTZ001


def test_booleans_are_booleans() -> None:
    assert cells(of("boolean", True, None, False)) == [["c"], [True], [None], [False]]


def test_control_characters_are_written_as_excel_writes_them() -> None:
    texts = ("a\x0bb", "_x0041_", "\x00\r\n\t", "\x1f\x7f\x85")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(excel_of(of("text", *texts)))).get_sheet_by_index(0)
    assert [row[0] for row in sheet.to_python()] == ["c", *texts]


@pytest.mark.parametrize(
    ("title", "name"),
    [("a/b:c*[d]?'", "a-b-c--d---"), ("x" * 40, "x" * 31), ("", "Table"), ("History", "History-"),
     ("\u202e\x00", "Table"), ("Şimal \U0001f30a", "Şimal")],
)  # fmt: skip
def test_a_title_becomes_the_name_of_a_sheet(title: str, name: str) -> None:
    assert CalamineWorkbook.from_filelike(io.BytesIO(excel_of(of("text", title=title)))).sheet_names == [name]


def refused(table: Table, tmp_path: Path, match: str) -> None:
    with pytest.raises(QuantityError, match=match):
        write(table, tmp_path / "t.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_has_are_refused_before_a_file_is_written(tmp_path: Path) -> None:
    match = r"table t: 1,048,576 rows, and a sheet of a workbook has 1,048,576 with the names of the columns"
    refused(Table("t", (Column("c", "text"),), ((None,),) * MOST_ROWS), tmp_path, match)


def test_more_columns_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    columns = tuple(Column(f"c{k}", "text") for k in range(16_385))
    refused(Table("t", columns, ()), tmp_path, r"table t: 16,385 columns, and a sheet has 16,384")


def test_a_text_that_is_longer_than_a_cell_is_refused(tmp_path: Path) -> None:
    match = r"table t: column c has a text of 32,768 characters in row 1, and a cell of a workbook has at most 32,767"
    refused(of("text", "x" * 32_768), tmp_path, match)
    refused(of("text", "\U0001f30a" * 16_384), tmp_path, match)
    refused(of("text", name="x" * 32_768), tmp_path, r"has a text of 32,768 characters in row 0")
    write(of("text", "x" * 32_767, "\U0001f30a" * 16_383), tmp_path / "fits.xlsx")
    with pytest.raises(StoreError, match="File exists"):
        write(of("text"), tmp_path / "fits.xlsx")


def test_without_xlsxwriter_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'carbon-ledger\[excel\]'"):
        write(of("text"), tmp_path / "t.xlsx")
    assert list(tmp_path.iterdir()) == []
