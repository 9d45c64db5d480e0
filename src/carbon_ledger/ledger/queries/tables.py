"""Rows of plain values as text and as HTML; whatever a row says is escaped."""

from collections.abc import Sequence
from html import escape
from typing import Final

from carbon_ledger.printing import printable

Value = str | int | None
Cells = dict[str, Value]

_NAMES: Final = ("entry", "vintage")  # numbers that count nothing


def shown(name: str, value: Value) -> str:
    """A value as a reader sees it: counts in groups of three digits, nothing for none.

    Args:
        name: Its column.
        value: The value.
    """
    if value is None:
        return ""
    return f"{value:,}" if type(value) is int and name not in _NAMES else str(value)


def text_table(rows: Sequence[Cells], indent: str = "  ") -> list[str]:
    """Write rows as lines of columns, numbers to the right; the first line has the columns' names.

    Args:
        rows: Rows of the same columns.
        indent: What each line begins with.

    Example:
        >>> text_table([{"units": 1000, "serials": "p/2024/7/1-1000"}], indent="")
        ['units  serials', '1,000  p/2024/7/1-1000']
    """
    if not rows:
        return []
    names = list(rows[0])
    numbers = {name for name in names if all(type(row[name]) is int for row in rows)}
    lines = [names, *([printable(shown(name, row[name])) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    return [
        (
            indent
            + "  ".join(
                cell.rjust(width) if name in numbers else cell.ljust(width)
                for name, cell, width in zip(names, line, widths, strict=True)
            )
        ).rstrip()
        for line in lines
    ]


def html_table(caption: str, rows: Sequence[Cells]) -> str:
    """Write rows as an HTML table; every text is escaped.

    Args:
        caption: What it is.
        rows: Rows of the same columns.

    Example:
        >>> html_table("<a>", [])
        '<table><caption>&lt;a&gt;</caption><thead></thead><tbody></tbody></table>'
    """
    head = _row(list(rows[0]), "th") if rows else ""
    body = "".join(_row([shown(*cell) for cell in row.items()], "td") for row in rows)
    return f"<table><caption>{escape(printable(caption))}</caption><thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(cells: Sequence[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(printable(cell))}</{tag}>' for cell in cells)}</tr>"
