"""A report as a page of HTML: one file, without scripts and without anything from elsewhere."""

from collections.abc import Sequence
from html import escape
from typing import Final

from carbon_ledger.printing import printable
from carbon_ledger.reports.parts import ReportTable
from carbon_ledger.tables import html_table

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
  background: Canvas; color: CanvasText; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
p { max-width: 48rem; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
caption { display: none; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; min-width: 3.5rem; max-width: 24rem; }
th { background: var(--soft); }
@media print {
  :root { color-scheme: light; }
  body { margin: 0; max-width: none; font-size: 9pt; background: #fff; color: #000; }
  .scroll { overflow: visible; } table { font-size: 7.5pt; } th, td { min-width: 0; }
  thead { display: table-header-group; } tr { break-inside: avoid; } h2 { break-after: avoid; }
}
"""


def html_page(title: str, tables: Sequence[ReportTable]) -> str:
    """A whole page with a heading and tables, in which every text is escaped.

    Args:
        title: The title of the page.
        tables: The tables, in their order.

    Example:
        >>> "<script" in html_page("<script>", [])
        False
    """
    name = escape(printable(title))
    body = "\n".join(_section(item) for item in tables)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{name}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n{body}\n</body>\n</html>\n"
    )


def _section(item: ReportTable) -> str:
    note = f"<p>{escape(printable(item.note))}</p>" if item.note else ""
    if item.rows:
        content = f'<div class="scroll">{html_table(item.title, item.rows, item.columns)}</div>'
    else:
        content = f"<p>{escape(printable(item.empty))}</p>"
    return f"<section><h2>{escape(printable(item.title))}</h2>{note}{content}</section>"
