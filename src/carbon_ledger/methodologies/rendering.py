"""A quantification for a notebook: an HTML table, a line each, every text escaped."""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Final

from carbon_ledger.exact import text_of
from carbon_ledger.printing import printable

if TYPE_CHECKING:
    from carbon_ledger.methodologies.quantification import Line, Quantification

HEADINGS: Final = ("symbol", "name", "value", "unit", "formula", "source")


def html_of(quantification: "Quantification") -> str:
    """Write a quantification as an HTML table: a row a line, then what may be issued of each vintage."""
    by = quantification.methodology
    how = f"{by} with factor {quantification.factor_id}" if by else "net energy"
    caption = f"Quantification of {quantification.project}, {quantification.period}: {how}"
    rows = [_row(_cells(line)) for line in quantification.lines]
    rows += [
        _row(("", f"vintage {year}: may be issued", text_of(amount), quantification.unit, "", ""))
        for year, amount in quantification.amounts
    ]
    rows += [_row(("", f"waived: {item.name}", "", "", "", item.reason)) for item in quantification.waivers]
    return (
        f"<table><caption>{escape(printable(caption))}</caption>"
        f"<thead>{_row(HEADINGS, 'th')}</thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _cells(line: "Line") -> tuple[str, ...]:
    sure = f" [{line.confidence}]" if line.confidence else ""
    return (line.symbol, line.name, text_of(line.value), line.unit, line.formula, f"{line.source}{sure}")


def _row(cells: Iterable[str], tag: str = "td") -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(printable(cell))}</{tag}>' for cell in cells)}</tr>"
