"""A real Chromium without network, and pages in it that record everything the browser objects to."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from tests.browser.opened import Opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


def absent(message: str) -> NoReturn:
    """Skip a test, or fail it where the browser has to be there."""
    if os.environ.get("CARBON_LEDGER_REQUIRE_BROWSER"):
        pytest.fail(f"CARBON_LEDGER_REQUIRE_BROWSER is set, but {message}")
    pytest.skip(message)


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """Chromium, started once."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("playwright is not installed: pip install 'carbon-ledger[test]'")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        absent("Chromium is not on the path: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker axe-core, which `npm ci --prefix tests/browser` installs."""
    if not AXE.is_file():
        absent("axe-core is not installed: npm ci --prefix tests/browser")
    return AXE.read_text(encoding="utf-8")


Show = Callable[..., Opened]


@pytest.fixture
def show(chromium: "Browser", tmp_path: Path) -> Iterator[Show]:
    """Opens a page from a file, without network, and closes it after the test.

    A page that breaks its own policy, reports an error or asks for anything else than its own file fails the test.
    """
    opened: list[Opened] = []

    def open_page(html: str, *, before: str = "", at: str | None = None, **context: object) -> Opened:
        page = Opened(chromium, before=before, **context)
        opened.append(page)
        page.open(html, tmp_path / f"page-{len(opened)}.html", at=at)
        return page

    yield open_page
    for page in opened:
        page.close()
