"""Rows of plain values as a table of text, with every text escaped."""

from collections.abc import Sequence
from typing import Final

from carbon_ledger.printing import printable

Value = str | int | None
Cells = dict[str, Value]

# Columns whose numbers are names, not counts.
_NAMES: Final = frozenset({"entry", "vintage", "n", "first", "last", "year"})


def shown(name: str, value: Value) -> str:
    """A value as a reader sees it: a count in groups of three digits, and an empty text for ``None``.

    Args:
        name: The name of the value's column.
        value: The value.
    """
    if value is None:
        return ""
    return f"{value:,}" if type(value) is int and name not in _NAMES else str(value)


def text_table(rows: Sequence[Cells], indent: str = "  ") -> list[str]:
    """The lines of a text table: first the names of the columns, then a line for each row.

    Columns of whole numbers are aligned to the right, all others to the left.

    Args:
        rows: Rows that have the same columns.
        indent: Text that each line begins with.

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
