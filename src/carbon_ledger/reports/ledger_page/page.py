"""A whole page of HTML in pieces: its head with a strict policy, its sections, and the part that verifies itself."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import Final

from attrs import frozen

from carbon_ledger.printing import printable
from carbon_ledger.reports.ledger_page.contents import Head
from carbon_ledger.reports.ledger_page.markup import Html, name, plural, text, time
from carbon_ledger.reports.ledger_page.pictures import patterns
from carbon_ledger.reports.ledger_page.policy import content_security_policy
from carbon_ledger.reports.ledger_page.proof import Proof

_STYLE: Final = "style.css"
_AUDITOR: Final = "auditor.css"
_AUDITORS: Final = "report auditor"  # the kind of a page with a review
_PROOF: Final = "proof"


@frozen
class Section:
    """A section of a page.

    Attributes:
        anchor: Its id.
        title: Its heading.
        body: Its contents, as pieces of HTML; they are read once.
    """

    anchor: str
    title: str
    body: Iterable[str]


def style(*more: str) -> str:
    """The style of the page.

    Args:
        more: Further style sheets that the page needs.
    """
    folder = files("carbon_ledger.reports.ledger_page")
    return "".join(folder.joinpath(item).read_text(encoding="utf-8") for item in (_STYLE, *more))


def page(
    head: Head, first: Section, sections: Iterable[Section], proof: Proof, *, kind: str = "report"
) -> Iterator[str]:
    """The whole page in pieces, in their order. Nothing is held but one piece.

    Args:
        head: What the page is about.
        first: The first section, which has the whole in short.
        sections: The other sections.
        proof: The part that verifies itself.
        kind: ``report``, ``report auditor`` or ``certificate``.
    """
    rest = list(sections)
    styles = [item for item in (style(_AUDITOR) if kind == _AUDITORS else style(), proof.style) if item]
    scripts = [item for item in (proof.script,) if item]
    title = escape(printable(head.title))
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(content_security_policy(scripts, styles))}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f'<meta name="color-scheme" content="light dark">\n<title>{title}</title>\n'
    yield from (f"<style>{item}</style>\n" for item in styles)
    yield "</head>\n"
    yield from proof.watch(_body(head, first, rest, proof, kind))
    yield from proof.data
    yield from (f"<script>{item}</script>\n" for item in scripts)
    yield "</body>\n</html>\n"


def _body(head: Head, first: Section, rest: Sequence[Section], proof: Proof, kind: str) -> Iterator[str]:
    """Everything that a reader sees."""
    yield f'<body class="{kind}">\n<div class="sheet">\n{patterns()}\n'
    yield from _masthead(head, kind)
    yield f'<main data-ledger="{escape(head.ledger_id)}" data-size="{head.size}" data-root="{head.root}">\n'
    yield from _section(first)
    yield from _contents(rest) if kind != "certificate" else ()
    for item in rest:
        yield from _section(item)
    yield f'<section id="{_PROOF}" aria-labelledby="{_PROOF}-title">'
    yield f'<h2 id="{_PROOF}-title">What this page proves by itself</h2>\n'
    yield from proof.section
    yield "</section>\n</main>\n"
    yield from _running_foot(head)
    yield "</div>\n"


def _masthead(head: Head, kind: str) -> Iterator[str]:
    what = {_AUDITORS: "Review of a ledger", "report": "Report of a ledger"}.get(kind, "Certificate of a retirement")
    yield f'<header class="masthead"><p class="kicker">{what}</p><h1>{name(head.title)}</h1>'
    by = (
        Html("who prepared it is not stated")
        if head.prepared_by is None
        else Html(f"prepared by {name(head.prepared_by)}")
    )
    yield f'<p class="byline">State of ledger <b class="ledger-id">{text(head.ledger_id)}</b> after '
    yield f"<b>{plural(head.size, 'entry', 'entries')}</b>, {text(time(head.as_of))}; {by}.</p></header>\n"


def _contents(sections: Iterable[Section]) -> Iterator[str]:
    yield '<nav class="contents no-print" aria-label="Sections"><ol>'
    yield from (f'<li><a href="#{item.anchor}">{text(item.title)}</a></li>' for item in sections)
    yield f'<li><a href="#{_PROOF}">What this page proves by itself</a></li></ol></nav>\n'


def _section(item: Section) -> Iterator[str]:
    yield f'<section id="{item.anchor}" aria-labelledby="{item.anchor}-title">'
    yield f'<h2 id="{item.anchor}-title">{text(item.title)}</h2>\n'
    yield from item.body
    yield "</section>\n"


def _running_foot(head: Head) -> Iterator[str]:
    """What stands at the foot of every printed page: which ledger, how many entries, and their root."""
    yield f'<footer class="running"><span>Ledger <span class="ledger-id">{text(head.ledger_id)}</span>, '
    yield f'<span class="ledger-size">{head.size:,}</span> {"entry" if head.size == 1 else "entries"}. </span>'
    yield f'<span>Root <span class="ledger-root mono">{head.root}</span></span></footer>\n'
