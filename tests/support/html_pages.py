"""A page of HTML as its tags, its texts and its tables, for tests of what a page shows."""

from collections.abc import Iterator
from html.parser import HTMLParser

EMPTY = {"meta", "input", "br", "link"}


class Page(HTMLParser):
    """A page; every tag is closed in the right order.

    Attributes:
        tags: Every tag with its attributes.
        text: Its text, without styles and scripts.
        tables: The rows of each table by its caption, as texts; the first row has the headings.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.tables: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._caption = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self._open.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("style", "script"):
            return
        self.text += data
        if "caption" in self._open:
            self._caption += data
        elif self._rows and {"td", "th"} & set(self._open):
            self._rows[-1][-1] += data

    def rows(self, caption: str) -> Iterator[dict[str, str]]:
        """The rows of a table, by their headings."""
        head, *rest = self.tables[caption]
        yield from (dict(zip(head, row, strict=True)) for row in rest)

    def ids(self) -> list[str]:
        """Every id of the page."""
        return [str(attributes["id"]) for _, attributes in self.tags if "id" in attributes]
