"""Figures that a page's script sums again from the entries, fields to fill in by hand, and tables of plain values."""

from collections.abc import Iterator
from decimal import Decimal
from html import escape
from typing import Final

from carbon_ledger.reports.ledger_page.markup import Cell, Column, Html, entry, mwh, number, table
from carbon_ledger.reports.ledger_page.pictures import share_text
from carbon_ledger.reports.ledger_page.review_contents import Rows, Value

BLANK: Final = Html('<span class="blank">to fill in by hand</span>')
_LISTED: Final = 12  # the most entries of a cell that are cited


def figure(name: str, value: int) -> Html:
    """A whole number that the script sums again.

    Args:
        name: What the script calls the figure.
        value: The number.

    Example:
        >>> figure("instrument/A/issued", 1000)
        '<span data-figure="instrument/A/issued">1,000</span>'
    """
    return _figure(name, number(value))


def amount(name: str, value: Decimal) -> Html:
    """An exact decimal that the script sums again."""
    return _figure(name, number(value))


def energy(name: str, wh: int) -> Html:
    """Energy in MWh that the script sums again.

    Args:
        name: What the script calls the figure.
        wh: The energy. [Wh]
    """
    return _figure(name, mwh(wh))


def share_of(name: str, part: int, whole: int) -> Html:
    """A share in per cent, rounded down to hundredths, that the script computes again; ``<0.01%`` of very little."""
    return _figure(name, escape(share_text(part, whole)))


def _figure(name: str, shown: str) -> Html:
    return Html(f'<span data-figure="{escape(name)}">{shown}</span>')


def cited(numbers: str, most: int = _LISTED) -> Html:
    """The citations of entries, from their numbers with commas between."""
    found = [item for item in numbers.replace(" ", "").split(",") if item]
    shown = ", ".join(entry(int(item)) for item in found[:most])
    return Html(f"{shown} and {len(found) - most:,} more" if len(found) > most else shown)


def rows_table(rows: Rows, *, anchor: str = "") -> Iterator[str]:
    """A table of plain values, and a sentence about the rows that it does not show.

    Args:
        rows: The table.
        anchor: The id of its caption, if it needs one.
    """
    columns = [Column(title, _KINDS.get(kind, kind)) for title, kind in rows.columns]
    kinds = [kind for _, kind in rows.columns]
    cells = [[_cell(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in rows.rows]
    yield from table(rows.title, columns, cells, anchor=anchor)
    more = rows.total - len(rows.rows)
    if more > 0:
        yield f'<p class="more">{more:,} more; see <code>{escape(rows.see)}</code>.</p>'


_KINDS: Final = {"mwh": "number", "entry": "state", "entries": "text", "blank": "text"}


def _cell(kind: str, value: Value) -> Cell:
    if kind == "blank":
        return Html('<span class="tick" aria-hidden="true"></span>') if value is None else value
    if value is None:
        return None
    if kind == "mwh":
        return Html(mwh(int(value)))
    if kind == "entry":
        return entry(int(value))
    return cited(str(value)) if kind == "entries" else value
