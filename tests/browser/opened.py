"""A page that is open in Chromium: what it shows, and everything the browser objected to."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Recorded before any script of the page runs; the policy of the page does not hold for it.
_LISTEN = """
globalThis.objections = [];
document.addEventListener("securitypolicyviolation", (event) =>
  objections.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


class Opened:
    """A page in a context of its own, offline.

    Args:
        browser: The browser.
        before: JavaScript that runs before the page's own, such as one that takes WebCrypto away.
        context: Further settings of the context, such as the size of the window.
    """

    def __init__(self, browser: "Browser", *, before: str = "", **context: Any) -> None:
        self._context = browser.new_context(**({"offline": True} | context))
        self._context.add_init_script(_LISTEN + before)
        self.page = self._context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.blocked: list[str] = []
        self.page.on("requestfailed", lambda request: self._failed(request.url, request.failure))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text))
        self.page.on("dialog", lambda dialog: self.errors.append(dialog.message))
        self.address = ""
        self.objections: list[str] = []
        self._closed = False
        self.expected = False  # whether the test is about what the browser objects to

    def open(self, html: str, file: Path, *, at: str | None = None) -> None:
        """Open a page from a file, or as if it came from an address, and wait until its script has given a verdict."""
        file.write_text(html, encoding="utf-8", newline="")
        self.address = file.as_uri() if at is None else at
        if at is not None:
            self._context.set_offline(False)
            self._context.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
        self.page.goto(self.address)
        self.page.evaluate("async () => { await globalThis.ledgerProof?.done; }")

    def _failed(self, url: str, reason: str | None) -> None:
        if reason == "csp":
            self.blocked.append(url)

    def check(self, name: str) -> tuple[str, str]:
        """The verdict of a check and what was found."""
        row = self.page.locator(f"#ledger-proof-check-{name}")
        words = row.locator(".ledger-proof-words").inner_text()
        shown = row.locator(".ledger-proof-state").inner_text()
        words_of = {"passed": "passed", "failed": "FAILED", "unchecked": "not checked", "absent": "not in this page"}
        assert words_of[row.get_attribute("data-state") or ""] == shown
        return shown, words

    def checks(self) -> dict[str, str]:
        """The verdict of every check by its name."""
        rows = self.page.locator("[id^=ledger-proof-check-]").all()
        names = [(row.get_attribute("id") or "").removeprefix("ledger-proof-check-") for row in rows]
        return {name: self.check(name)[0] for name in names}

    def failed(self) -> set[str]:
        """The names of the checks that failed."""
        return {name for name, state in self.checks().items() if state == "FAILED"}

    @property
    def verdict(self) -> str:
        """The line at the head of the page."""
        return self.page.locator("#proof-verdict").inner_text()

    def use_key(self, key: str) -> str:
        """Paste a key as a reader does. Returns what the page shows about the key."""
        self.page.fill("#ledger-proof-key", key)
        self.page.click("#ledger-proof-key-use")
        self.page.evaluate("async () => { await ledgerProof.page.useKey(); }")
        return self.page.locator("#ledger-proof-key-words").inner_text()

    def compare(self, file: Path) -> str:
        """Choose a file to compare as a reader does. Returns what the page shows about the file."""
        self.page.set_input_files("#ledger-proof-file", file)
        return self.compared()

    def compared(self) -> str:
        """What the page shows about the newest file, once it has read the file."""
        self.page.evaluate("async () => { await ledgerProof.page.comparing; }")
        return self.page.locator("#ledger-proof-compared").inner_text()

    def close(self) -> None:
        """Close the page; fails if the browser objected to anything, or the page asked for anything."""
        if self._closed:
            return
        self._closed = True
        self.objections = self.page.evaluate("globalThis.objections")
        self._context.close()
        if not self.expected:
            assert self.objections == []
            assert self.errors == []
            assert set(self.requests) <= {self.address}
