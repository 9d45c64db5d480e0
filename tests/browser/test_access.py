"""The section of checks for every reader: axe finds nothing, the keyboard reaches all, words carry each verdict."""

import json
from typing import Any

import pytest
from tests.browser.conftest import Show
from tests.browser.ledgers import KEY, Published, edited, page_of, small
from tests.browser.opened import Opened

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return small(tmp_path_factory.mktemp("small"))


def violations(page: Opened, axe: str) -> list[Any]:
    """What axe finds, with all its rules, best practices included."""
    page.page.evaluate(f"() => {{ {axe} }}")
    found = page.page.evaluate(
        """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map(
        ({ id, help, nodes }) => [id, help, nodes.map((node) => node.html)])"""
    )
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(scheme: str, width: int, ledger: Published, show: Show, axe: str) -> None:
    page = show(page_of(ledger), color_scheme=scheme, viewport={"width": width, "height": 800})
    page.use_key("no key")
    page.page.click("#ledger-proof-entry-show")
    assert violations(page, axe) == []
    page.use_key(KEY)
    assert violations(page, axe) == []


def test_axe_finds_nothing_on_a_page_that_fails(ledger: Published, show: Show, axe: str) -> None:
    page = show(edited(page_of(ledger), lambda data: data["entries"].pop()))
    assert page.verdict.startswith("FAILED")
    assert violations(page, axe) == []


def test_axe_finds_what_is_wrong(ledger: Published, show: Show, axe: str) -> None:
    """The check itself: an image without a text, and a field without a label."""
    page = show(page_of(ledger, body='<input type="text"><canvas role="img"></canvas>'))
    assert {item[0] for item in violations(page, axe)} >= {"label", "role-img-alt"}


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_overflows(width: int, ledger: Published, show: Show) -> None:
    page = show(page_of(ledger), viewport={"width": width, "height": 800})
    page.use_key(KEY)
    page.page.click("#ledger-proof-entry-show")
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_keyboard_alone(ledger: Published, show: Show) -> None:
    """A key is pasted and used, a file field is reached, and an entry is shown without a pointer."""
    page = show(page_of(ledger))
    keyboard = page.page.keyboard
    reached: list[str] = []
    for _ in range(12):
        keyboard.press("Tab")
        reached.append(page.page.evaluate("document.activeElement.id"))
        if reached[-1] == "ledger-proof-key":
            keyboard.insert_text(KEY)
        if reached[-1] in {"ledger-proof-key-use", "ledger-proof-entry-show"}:
            keyboard.press("Enter")
            page.page.evaluate("async () => { await ledgerProof.page.useKey(); }")
    wanted = ["ledger-proof-key", "ledger-proof-key-use", "ledger-proof-file", "ledger-proof-entry-number"]
    assert [name for name in reached if name in wanted][: len(wanted)] == wanted
    assert page.check("signatures")[0] == "passed"
    assert page.page.is_visible("#ledger-proof-entry-text")


def test_a_screen_reader_hears_the_verdict(ledger: Published, show: Show) -> None:
    page = show(page_of(ledger))
    for name in ("proof-verdict", "ledger-proof-key-words", "ledger-proof-compared", "ledger-proof-entry-words"):
        assert page.page.get_attribute(f"#{name}", "role") == "status"
    tree = page.page.locator("main").aria_snapshot()
    assert "passed" in tree
    assert json.dumps(ledger.root)[1:-1] in tree
    for mark in ("\u2713", "\u2717"):  # the marks beside the words are for the eye alone
        assert mark not in tree


def test_paper_has_the_verdicts_and_no_fields(ledger: Published, show: Show) -> None:
    page = show(page_of(ledger))
    page.page.emulate_media(media="print")
    assert page.page.is_visible("#proof-verdict")
    assert page.page.is_visible("#ledger-proof-check-root")
    for name in ("key", "file", "entry-number"):
        assert not page.page.is_visible(f"#ledger-proof-{name}")
