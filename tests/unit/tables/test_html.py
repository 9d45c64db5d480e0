"""Rows as HTML, to the character."""

from carbon_ledger.tables import INTEGER, TEXT, Cells, Column, html_table, table_of
from carbon_ledger.tables.html import html_of

ROWS: list[Cells] = [
    {"entry": 1234, "units": 1500, "of": None, "words": "a\nb  c"},
    {"entry": 7, "units": 20, "of": "x", "words": "<b>"},
]


def test_an_html_table_is_this_text() -> None:
    assert html_table("A & B", ROWS[1:]) == (
        "<table><caption>A &amp; B</caption><thead><tr><th>entry</th><th>units</th><th>of</th><th>words</th></tr>"
        "</thead><tbody><tr><td>7</td><td>20</td><td>x</td><td>&lt;b&gt;</td></tr></tbody></table>"
    )
    assert html_table("none", []) == "<table><caption>none</caption><thead></thead><tbody></tbody></table>"
    assert html_table("none", [], ("a", "<b>")) == (
        "<table><caption>none</caption><thead><tr><th>a</th><th>&lt;b&gt;</th></tr></thead><tbody></tbody></table>"
    )


def test_a_table_for_a_notebook_is_escaped_and_has_no_empty_column() -> None:
    columns = [Column("<n>", INTEGER, lambda k: k), Column("none", TEXT, {}.get), Column("words", TEXT, str)]
    html = html_of(table_of("A & B", columns, [1234, None]))
    assert html == (
        '<table><caption>A &amp; B</caption><thead><tr><th style="text-align:right">&lt;n&gt;</th>'
        '<th style="text-align:left">words</th></tr></thead><tbody>'
        '<tr><td style="text-align:right">1,234</td><td style="text-align:left">1234</td></tr>'
        '<tr><td style="text-align:right"></td><td style="text-align:left">None</td></tr></tbody></table>'
    )


def test_a_table_without_rows_shows_every_column() -> None:
    assert html_of(table_of("t", [Column("a", TEXT)], [])).count("<th ") == 1


def test_a_long_table_says_how_many_rows_there_are_more() -> None:
    table = table_of("t", [Column("a", INTEGER, lambda k: k)], range(1_061))
    assert html_of(table).count("<tr>") == 61
    assert html_of(table).endswith("</table><p>and 1,001 more</p>")
    assert "more" not in html_of(table, most=1_061)
