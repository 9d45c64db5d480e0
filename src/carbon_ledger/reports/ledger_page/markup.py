"""Text, numbers and tables as HTML. Every text that a ledger or a caller gives is escaped here."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import Final

from attrs import frozen

from carbon_ledger.exact import text_of
from carbon_ledger.printing import printable
from carbon_ledger.reports.ledger_page.contents import Listed

WH_PER_MWH: Final = 10**6
MOST_NAME: Final = 120  # the most characters of a name that the page shows
MOST_TEXT: Final = 2_000  # the most characters of any other text


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Cell = str | int | Decimal | None  # an `Html` is a `str`


@frozen
class Column:
    """A column of a table.

    Attributes:
        name: The heading.
        kind: ``text``; ``name``, a text of which *MOST_NAME* characters are shown; ``number``, aligned to the right;
            ``year``, a number that is not grouped; ``mono`` for serials and digests; ``state`` and ``unit``, short
            texts that are not broken.
    """

    name: str
    kind: str = "text"


def text(value: object, most: int = MOST_TEXT) -> Html:
    r"""A text as HTML: characters that do not print are escaped, and the order of other scripts stays inside it.

    Args:
        value: The text.
        most: The most characters of it that are shown.

    Example:
        >>> text("<b>\u202e")
        '&lt;b&gt;\\u202e'
    """
    shown = plain(value, most)
    return Html(shown if shown.isascii() else f"<bdi>{shown}</bdi>")


def plain(value: object, most: int = MOST_TEXT) -> Html:
    """A text as HTML without an element around it, for SVG and for attributes.

    Args:
        value: The text.
        most: The most characters of it that are shown.
    """
    whole = str(value)
    return Html(escape(printable(whole if len(whole) <= most else f"{whole[: most - 1]}…")))


def name(value: object) -> Html:
    """A name as HTML, of which a bounded number of characters is shown."""
    return text(value, MOST_NAME)


def number(value: int | Decimal) -> str:
    """A number with its digits in groups of three; all decimals are shown.

    Example:
        >>> number(26880), number(Decimal("-1234.935484032"))
        ('26,880', '-1,234.935484032')
    """
    if isinstance(value, int):
        return f"{value:,}"
    whole, point, decimals = text_of(value).partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.removeprefix('-')):,}{point}{decimals}"


def mwh(wh: int) -> str:
    """Energy in MWh, exact.

    Args:
        wh: The energy. [Wh]

    Example:
        >>> mwh(70_000_000_000), mwh(-1)
        ('70,000', '-0.000001')
    """
    whole, rest = divmod(abs(wh), WH_PER_MWH)
    decimals = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{'-' if wh < 0 else ''}{whole:,}{decimals}"


def time(at: str) -> str:
    """A recorded time as a reader sees it, to the second."""
    return f"{at[:10]} {at[11:19]} UTC"


def entry(n: int) -> Html:
    """The citation of an entry, which a script of the page can turn into a button that shows the entry."""
    return Html(f'<span class="entry" data-entry="{n}">entry {n}</span>')


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    Example:
        >>> plural(1, "entry", "entries"), plural(2, "entry", "entries"), plural(0, "unit")
        ('1 entry', '2 entries', '0 units')
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def badge(kind: str, words: str) -> Html:
    """A mark that states its meaning in words, whatever its colour.

    Args:
        kind: ``good``, ``warn``, ``bad`` or ``quiet``.
        words: What it states.
    """
    return Html(f'<span class="badge badge-{kind}">{text(words)}</span>')


def table(
    caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, anchor: str = ""
) -> Iterator[str]:
    """A table in pieces, with a caption and headings; columns without a value are left out.

    Args:
        caption: What the table shows.
        columns: The columns.
        rows: A value for each column. Decimals and whole numbers are grouped, and None is an empty cell.
        anchor: The id of the caption, if the table needs one.

    Example:
        >>> "".join(table("<t>", [Column("a"), Column("b", "number"), Column("c")], [["x", 1000, None]]))[-91:]
        '<th scope="row" class="text">x</th><td class="number">1,000</td></tr></tbody></table></div>'
    """
    found = [list(row) for row in rows]
    shown = [k for k in range(len(columns)) if k == 0 or not found or any(row[k] is not None for row in found)]
    heads = "".join(f'<th scope="col"{_class(columns[k])}>{text(columns[k].name)}</th>' for k in shown)
    label = f' id="{anchor}"' if anchor else ""
    yield f'<div class="scroll" tabindex="0" role="group" aria-label="{plain(caption)}">'
    yield f"<table><caption{label}>{text(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>"
    for row in found:
        yield f"<tr>{''.join(_cell(columns[k], row[k], k == shown[0]) for k in shown)}</tr>"
    yield "</tbody></table></div>"


def _class(column: Column) -> str:
    return f' class="{"number" if column.kind == "year" else column.kind}"'


def _cell(column: Column, value: Cell, head: bool) -> str:
    if isinstance(value, Html) or value is None:
        shown = value or ""
    elif isinstance(value, int | Decimal):
        shown = str(value) if column.kind == "year" else number(value)
    else:
        shown = name(value) if column.kind == "name" else text(value)
    tag, scope = ("th", ' scope="row"') if head else ("td", "")
    return f"<{tag}{scope}{_class(column)}>{shown}</{tag}>"


def more(listed: Listed[object]) -> str:
    """A sentence about the items that the page does not show; an empty text if it shows all."""
    if not listed.more:
        return ""
    return f'<p class="more">{listed.more:,} more; see <code>{escape(listed.see)}</code>.</p>'
