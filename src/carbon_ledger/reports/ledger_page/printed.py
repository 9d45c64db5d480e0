"""The hash of the text that a page shows, by which a browser finds words and numbers that were changed later."""

import hashlib
from html.parser import HTMLParser
from typing import Final

_WITHOUT_TEXT: Final = frozenset(("noscript", "script", "style"))
# Elements that have no end tag (HTML, section 13.1.2).
_VOID: Final = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))
_SPACES: Final = str.maketrans("", "", " \t\n\r\f")
LIVE: Final = "data-live"  # an element whose text the page's script writes


class PrintedText(HTMLParser):
    """Collects the text of a page in pieces: without spaces, and without what scripts write or never show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._hash = hashlib.sha256()
        self._skipped = 0  # how many elements around the present place have no text that counts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        leave = self._skipped or tag in _WITHOUT_TEXT or any(name == LIVE for name, _ in attrs)
        if leave and tag not in _VOID:
            self._skipped += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Pass over an element without content."""

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if self._skipped and tag not in _VOID:
            self._skipped -= 1

    def handle_data(self, data: str) -> None:
        """Add text."""
        if not self._skipped:
            self._hash.update(data.translate(_SPACES).encode("utf-8"))

    def hexdigest(self) -> str:
        """The SHA-256 of the text of all pieces, as hexadecimal digits.

        Example:
            >>> text = PrintedText()
            >>> text.feed("<p>1&lt;2 <b data-live>...</b></p>")
            >>> text.hexdigest() == hashlib.sha256(b"1<2").hexdigest()
            True
        """
        self.close()
        return self._hash.hexdigest()
