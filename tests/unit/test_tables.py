"""Rows as text and as HTML, to the character."""

import pytest

from carbon_ledger.tables import Cells, html_table, shown, text_table

ROWS: list[Cells] = [
    {"entry": 1234, "units": 1500, "of": None, "words": "a\nb  c"},
    {"entry": 7, "units": 20, "of": "x", "words": "<b>"},
]


def test_a_text_table_is_these_lines() -> None:
    assert text_table(ROWS) == [
        "  entry  units  of  words",
        "   1234  1,500      a\\nb  c",
        "      7     20  x   <b>",
    ]
    assert text_table(ROWS[:1], indent="") == ["entry  units  of  words", " 1234  1,500      a\\nb  c"]
    assert text_table([]) == []


def test_a_column_with_anything_but_numbers_is_no_column_of_numbers() -> None:
    assert text_table([{"n": 5}, {"n": None}, {"n": 1000}], "") == ["n", "5", "", "1,000"]
    assert text_table([{"n": True}, {"n": False}], "> ") == ["> n", "> True", "> False"]


def test_an_html_table_is_this_text() -> None:
    assert html_table("A & B", ROWS[1:]) == (
        "<table><caption>A &amp; B</caption><thead><tr><th>entry</th><th>units</th><th>of</th><th>words</th></tr>"
        "</thead><tbody><tr><td>7</td><td>20</td><td>x</td><td>&lt;b&gt;</td></tr></tbody></table>"
    )
    assert html_table("none", []) == "<table><caption>none</caption><thead></thead><tbody></tbody></table>"
    assert html_table("none", [], ("a", "<b>")) == (
        "<table><caption>none</caption><thead><tr><th>a</th><th>&lt;b&gt;</th></tr></thead><tbody></tbody></table>"
    )


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("units", 1_234_567, "1,234,567"),
        ("entry", 1_234_567, "1234567"),
        ("vintage", 2024, "2024"),
        ("units", "1234567", "1234567"),
        ("units", True, "True"),
        ("units", None, ""),
        ("entry", None, ""),
    ],
)
def test_a_count_is_in_groups_of_three_digits(name: str, value: object, text: str) -> None:
    assert shown(name, value) == text
