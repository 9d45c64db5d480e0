"""Workbooks that somebody fills in: text stays text, numbers stay whole, and the same sheets give the same bytes."""

import builtins
import re
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from tests.support.office import Cell, cells
from tests.support.reported import HOSTILE

from carbon_ledger.errors import MissingExtraError, QuantityError
from carbon_ledger.reports import papers
from carbon_ledger.reports.papers import Choices, Formula, Input, PaperCell, PaperSheet, paper

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def book(*values: PaperCell, **fields: Any) -> bytes:
    """A workbook with a cell in each row."""
    one = PaperSheet(name="One", rows=[(value,) for value in values], widths=(10,), **fields)
    return paper("title", NOW, [one, PaperSheet(name="Two", rows=[("a text",)], widths=())])


def of_one(data: bytes) -> list[Cell]:
    return [cell for (name, _), cell in cells(data).items() if name == "One"]


def only(value: PaperCell, **fields: Any) -> Cell:
    (cell,) = of_one(book(value, **fields))
    return cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "{=A1}", "http://example.com/", "1e5", "0012", HOSTILE]
)
@pytest.mark.parametrize("fields", [{}, {"heads": (1,)}, {"titles": (1,)}, {"is_wrapped": False}])
def test_text_stays_text(text: str, fields: dict[str, Any]) -> None:
    for value in (text, Input(text)):
        cell = only(value, **fields)
        assert (cell.formula, cell.kind, cell.value) == (None, "s", text)


def test_a_text_that_looks_like_a_formula_has_the_mark_of_a_text() -> None:
    """A spreadsheet then leaves it as it is when somebody edits the cell."""
    with zipfile.ZipFile(BytesIO(book("=1+1", "a"))) as made:
        styles = made.read("xl/styles.xml").decode()
        sheet = made.read("xl/worksheets/sheet1.xml").decode()
    marked = [
        k for k, style in enumerate(re.findall("<xf [^>]*>", styles.split("<cellXfs")[1])) if "quotePrefix" in style
    ]
    styled = {place: int(style) for place, style in re.findall('<c r="(A[12])" s="([0-9]+)"', sheet)}
    assert styled["A1"] in marked
    assert styled["A2"] not in marked


def test_characters_that_do_not_print_are_escaped_and_long_texts_are_cut() -> None:
    assert only("a\x00\x1b\u202eb").value == r"a\x00\x1b\u202eb"
    assert only(Input("two\nlines\x00")).value == "two\nlines\\x00"
    assert only("\N{GRINNING FACE}" * 20_000).value.endswith("... (cut: 20,000 characters)")
    assert only("x" * 32_000).value == "x" * 32_000


def test_a_number_of_more_than_14_digits_is_text() -> None:
    for value in (10**14, -(10**14)):
        assert (only(value).kind, only(value - value // abs(value)).kind) == ("s", "n")
        assert (only(Input(value)).kind, only(Input(0)).kind) == ("s", "n")
        assert only(value).value == str(value)


def test_formulas_have_the_value_that_they_give() -> None:
    assert only(Formula("1+1", 2)) == Cell("1+1", "2", "n")
    assert only(Formula('"a"', "a")) == Cell('"a"', "a", "str")
    assert only(Formula("1=1", True)) == Cell("1=1", "1", "b")
    assert of_one(book(None, "", Input())) == []


def test_the_same_sheets_give_the_same_bytes() -> None:
    assert book("a", 1, Input("b")) == book("a", 1, Input("b"))


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "MOST_SHEET_ROWS", 2)
    with pytest.raises(QuantityError, match="sheet One: 3 rows, and a sheet of a workbook has 2; restrict the review"):
        book(1, 2, 3)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = builtins.__import__

    def absent(name: str, *more: Any) -> Any:
        if name == "xlsxwriter":
            raise ImportError(name)
        return found(name, *more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(MissingExtraError, match="pip install 'carbon-ledger\\[excel\\]'"):
        book(1)


def test_a_cell_offers_its_choices() -> None:
    data = book("head", Input("a"), choices=(Choices(0, 2, 2, ("a", "b")), Choices(1, 2, 3)))
    text = zipfile.ZipFile(BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert 'type="list"' in text
    assert 'sqref="A2"' in text
    assert "<formula1>&quot;a,b&quot;</formula1>" in text or '<formula1>"a,b"</formula1>' in text
    assert 'type="whole"' in text
    assert 'sqref="B2:B3"' in text
