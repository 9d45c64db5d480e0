"""Rows of plain values as a table of HTML, with every text escaped."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from carbon_ledger.printing import printable
from carbon_ledger.records import Record
from carbon_ledger.tables.columns import BOOLEAN, Column, Exact, Table, text_of_value
from carbon_ledger.tables.text import Cells, shown

MOST_ROWS: Final = 60  # of a table in a notebook
MOST_ITEMS: Final = 12  # of a list in one cell
MOST_CHARACTERS: Final = 300  # of a text in one cell


def html_table(caption: str, rows: Sequence[Cells], columns: Sequence[str] = ()) -> str:
    """An HTML table with a caption, a heading for each column, and a row for each of *rows*.

    Args:
        caption: What the table shows.
        rows: Rows that have the same columns.
        columns: The names of the columns, for a table whose headings are written even if it has no row. By
            default the headings are the columns of the first row.

    Example:
        >>> html_table("<a>", [])
        '<table><caption>&lt;a&gt;</caption><thead></thead><tbody></tbody></table>'
    """
    headings = columns or (list(rows[0]) if rows else ())
    head = _row(headings, "th") if headings else ""
    body = "".join(_row([shown(*cell) for cell in row.items()], "td") for row in rows)
    return f"<table><caption>{escape(printable(caption))}</caption><thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(cells: Sequence[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(printable(cell))}</{tag}>' for cell in cells)}</tr>"


def html_of(table: Table, most: int = MOST_ROWS) -> str:
    """A table as HTML: every text escaped, numbers aligned to the right, columns without a value left out.

    Args:
        table: The table.
        most: The most rows that are shown. A line below the table states how many more there are.

    Example:
        >>> from carbon_ledger.tables.columns import Column, table_of
        >>> html_of(table_of("<n>", [Column("real", "integer")], [1000, 7]), most=1)
        '<table><caption>&lt;n&gt;</caption><thead><tr><th style="text-align:right">real</th></tr></thead><tbody><tr><td style="text-align:right">1,000</td></tr></tbody></table><p>and 1 more</p>'
    """  # noqa: E501  # the result of the example is one line
    columns = [item for item, values in table.values() if not table.rows or any(value is not None for value in values)]
    chosen = [table.columns.index(item) for item in columns]
    head = "".join(_cell("th", item, item.name) for item in columns)
    body = "".join(
        f"<tr>{''.join(_cell('td', table.columns[k], _shown(table.columns[k], row[k])) for k in chosen)}</tr>"
        for row in table.rows[:most]
    )
    more = f"<p>and {len(table.rows) - most:,} more</p>" if len(table.rows) > most else ""
    caption = escape(printable(table.title))
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(tag: str, column: Column, text: str) -> str:
    # A notebook aligns every cell to the right, unless it has a style of its own.
    side = "right" if column.is_number else "left"
    return f'<{tag} style="text-align:{side}">{escape(printable(text))}</{tag}>'


def _shown(column: Column, value: Exact) -> str:
    if isinstance(value, int) and column.kind != BOOLEAN:
        return shown(column.name, value)
    return text_of_value(value)


def html_facts(caption: str, facts: Mapping[str, object]) -> str:
    """One thing as an HTML table: a row for each fact that is there. Whole numbers are aligned to the right.

    Args:
        caption: What the thing is.
        facts: Plain values by name, as `to_dict` gives them. Of a list, the first values are shown. What is missing,
            empty or zero is left out.

    Example:
        >>> html_facts("<b>", {"vintage": 2024, "device": None})
        '<table><caption>&lt;b&gt;</caption><tbody><tr><th style="text-align:left">vintage</th><td style="text-align:right">2024</td></tr></tbody></table>'
    """  # noqa: E501  # the result of the example is one line
    rows = "".join(_fact(name, value) for name, value in facts.items() if value)
    return f"<table><caption>{_bounded(caption)}</caption><tbody>{rows}</tbody></table>"


def html_record(record: Record) -> str:
    """A record as an HTML table of its plain values: for a notebook, as the method ``_repr_html_`` of its class."""
    kind, line = type(record).__name__, str(record)
    facts = record.to_dict()
    return html_facts(kind if line.startswith(f"{kind}(") else f"{kind} {line}", facts)


def _fact(name: str, value: object) -> str:
    side = "right" if type(value) is int else "left"
    head = f'<th style="text-align:left">{_bounded(name.replace("_", " "))}</th>'
    return f'<tr>{head}<td style="text-align:{side}">{_bounded(_words(name, value))}</td></tr>'


def _words(name: str, value: object) -> str:
    if isinstance(value, list):
        rest = len(value) - MOST_ITEMS
        words = "; ".join(_words(name, item) for item in value[:MOST_ITEMS])
        return f"{words} and {rest:,} more" if rest > 0 else words
    if isinstance(value, dict):  # a period has a start and an end
        return " to ".join(str(item) for item in list(value.values())[:MOST_ITEMS] if item)
    return shown(name, value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _bounded(text: str) -> str:
    """A text as HTML, of which a bounded number of characters is shown."""
    return escape(printable(text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"))
