"""Texts, numbers and tables of the page: everything is escaped, numbers are exact, and empty columns are left out."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.html_pages import Page

from carbon_ledger.reports.ledger_page.contents import Listed
from carbon_ledger.reports.ledger_page.markup import (
    Column,
    Html,
    badge,
    entry,
    more,
    mwh,
    name,
    number,
    plural,
    table,
    text,
    time,
)


@given(st.text())
def test_a_text_is_shown_as_it_is_or_escaped(value: str) -> None:
    shown = text(value)
    page = Page(f"<p>{shown}</p>")
    assert {tag for tag, _ in page.tags} <= {"p", "bdi"}
    assert page.text.isprintable()
    if value.isprintable() and len(value) <= 2_000:
        assert page.text == value


def test_a_text_is_bounded() -> None:
    assert len(text("x" * 5_000)) < 2_020
    assert Page(name("é" * 500)).text == "é" * 119 + "…"


@given(st.integers(-(10**30), 10**30))
def test_energy_is_exact(wh: int) -> None:
    assert Fraction(mwh(wh).replace(",", "")) * 10**6 == wh


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**12), max_value=10**12))
def test_a_number_is_exact(value: Decimal) -> None:
    assert Decimal(number(value).replace(",", "")) == value


def test_empty_columns_are_left_out_and_numbers_are_marked() -> None:
    columns = [Column("a", "name"), Column("b", "number"), Column("c"), Column("d", "year")]
    page = Page("".join(table("<t>", columns, [("x", None, None, 2024), ("y", 1_000, None, 2025)])))
    assert page.tables == {"<t>": [["a", "b", "d"], ["x", "", "2024"], ["y", "1,000", "2025"]]}
    classes = [attributes.get("class") for tag, attributes in page.tags if tag == "td"]
    assert classes == ["number", "number", "number", "number"]


def test_a_table_without_rows_has_its_headings() -> None:
    assert Page("".join(table("t", [Column("a"), Column("b")], []))).tables == {"t": [["a", "b"]]}


def test_html_is_not_escaped_again_and_text_is() -> None:
    page = Page("".join(table("t", [Column("a"), Column("b")], [(Html("<b>x</b>"), "<b>y</b>")])))
    assert page.tables["t"][1] == ["x", "<b>y</b>"]


def test_what_is_not_shown_is_counted() -> None:
    assert more(Listed((1, 2), 2, "x()")) == ""
    assert Page(more(Listed((1, 2), 1_002, "x(<id>)"))).text == "1,000 more; see x(<id>)."


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (plural(1, "entry", "entries"), "1 entry"),
        (plural(1_000, "unit"), "1,000 units"),
        (time("2024-05-01T10:00:00.000001Z"), "2024-05-01 10:00:00 UTC"),
        (Page(badge("bad", "<failed>")).text, "<failed>"),
        (Page(entry(17)).text, "entry 17"),
    ],
)
def test_words(shown: str, expected: str) -> None:
    assert shown == expected
