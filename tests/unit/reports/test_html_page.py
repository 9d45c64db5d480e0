"""A page of HTML is one file without scripts, escapes every text, and is readable in both themes and on paper."""

from html.parser import HTMLParser

from tests.support.reported import REPORTS, two_vintages

from carbon_ledger.reports.html_page import html_page
from carbon_ledger.reports.parts import table


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text; every tag is closed in the right order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_text_is_escaped_and_there_is_no_script_and_no_address() -> None:
    for make in REPORTS:
        page = Page(make().to_html())
        names = {tag for tag, _ in page.tags}
        assert names <= {
            *("html", "head", "meta", "title", "style", "body", "h1", "h2", "section", "p", "div"),
            *("table", "caption", "thead", "tbody", "tr", "th", "td"),
        }
        given = {name for _, attributes in page.tags for name in attributes}
        assert given <= {"lang", "charset", "name", "content", "http-equiv", "class"}
    text = Page(two_vintages().to_html()).text
    assert "<script>alert(1)</script>" in text, "as text"
    assert "url(" not in text


def test_hostile_titles_notes_and_cells() -> None:
    bad = '</style></title><img src=x onerror="alert(1)">\u202e\x00'
    items = [table(bad, bad, [(bad,)], note=bad), table(bad, bad, [], empty=bad)]
    page = Page(html_page(bad, items))
    assert "img" not in {tag for tag, _ in page.tags}
    assert page.text.count("<img src=x") == 9
    assert "\u202e" not in page.text


def test_themes_and_print_are_styled() -> None:
    page = html_page("title", [])
    assert "color-scheme: light dark" in page
    assert "@media print" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
