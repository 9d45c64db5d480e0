"""Rows as text, to the character."""

import pytest

from carbon_ledger.tables import Cells, shown, text_table

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
    assert text_table([{"k": 5}, {"k": None}, {"k": 1000}], "") == ["k", "5", "", "1,000"]
    assert text_table([{"n": True}, {"n": False}], "> ") == ["> n", "> True", "> False"]


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
