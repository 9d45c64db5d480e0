"""Reports and certificates in a browser: nothing overflows, axe finds nothing, they verify, and they print."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.browser.conftest import Show
from tests.browser.test_access import violations
from tests.support.reported_ledgers import begun, crowded, full, hostile, hourly, page_of

import carbon_ledger as cl
from carbon_ledger import signing

pytestmark = pytest.mark.browser

SIGNER = signing.generate_signer("log.example/one")
LEDGERS: dict[str, Callable[[Path], cl.Ledger]] = {
    "everything": full,
    "hourly": lambda _: hourly(),
    "hostile": lambda _: hostile(),
    "crowded": lambda _: crowded(),
    "empty": lambda _: begun(),
}
SEEN = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def certificate_of(ledger: cl.Ledger, account: str, folder: Path, **more: object) -> str:
    path = folder / "certificate.html"
    ledger.retirement_certificate(ledger.retirements(account)[0].number, path, **more)  # type: ignore[arg-type]
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("case", LEDGERS)
def test_a_report_fits_and_axe_finds_nothing(
    case: str, width: int, scheme: str, tmp_path: Path, show: Show, axe: str
) -> None:
    html = page_of(LEDGERS[case](tmp_path), tmp_path)
    opened = show(html, viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert opened.page.evaluate(SEEN) <= 0
    assert violations(opened, axe) == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("case", "account"), [("everything", "op"), ("hostile", "long")])
def test_a_certificate_fits_and_axe_finds_nothing(
    case: str, account: str, width: int, tmp_path: Path, show: Show, axe: str
) -> None:
    ledger = LEDGERS[case](tmp_path)
    published = ledger.publish(tmp_path / "log", signer=SIGNER)
    html = certificate_of(ledger, account, tmp_path, checkpoint=published)
    opened = show(html, viewport={"width": width, "height": 900})
    assert opened.page.evaluate(SEEN) <= 0
    assert violations(opened, axe) == []


@pytest.mark.parametrize("case", LEDGERS)
def test_a_report_verifies_itself_under_its_own_policy(case: str, tmp_path: Path, show: Show) -> None:
    ledger = LEDGERS[case](tmp_path)
    opened = show(page_of(ledger, tmp_path, checkpoint=ledger.publish(tmp_path / "log", signer=SIGNER)))
    assert opened.failed() == set()
    assert {name for name, state in opened.checks().items() if state == "passed"} >= {"hashes", "root", "printed"}
    opened.use_key(str(SIGNER.verifier_key))
    assert opened.check("signatures")[0] == "passed"


def test_a_certificate_verifies_its_receipts_and_a_changed_one_does_not(tmp_path: Path, show: Show) -> None:
    ledger = full(tmp_path)
    published = ledger.publish(tmp_path / "log", signer=SIGNER)
    html = certificate_of(ledger, "op", tmp_path, checkpoint=published)
    opened = show(html)
    assert opened.failed() == set()
    assert opened.check("receipts")[0] == "passed"
    opened.use_key(str(SIGNER.verifier_key))
    assert opened.check("signatures")[0] == "passed"
    changed = html.replace('\\"beneficiary\\":\\"B\\"', '\\"beneficiary\\":\\"C\\"')
    assert changed != html
    assert "receipts" in show(changed).failed()


def test_a_citation_shows_the_entry_that_it_cites(tmp_path: Path, show: Show) -> None:
    ledger = hourly()
    opened = show(page_of(ledger, tmp_path))
    n = ledger.issuances("p")[0].n
    opened.page.locator(f'#calculations [data-entry="{n}"] button').first.click()
    assert opened.page.locator("#ledger-proof-entry-text").inner_text() == ledger.entry_bytes(n).decode()


def test_the_page_can_be_read_without_scripts(tmp_path: Path, show: Show) -> None:
    opened = show(page_of(hourly(), tmp_path), java_script_enabled=False)
    assert "The page contains all entries" in opened.page.locator("#proof-verdict").inner_text()
    assert opened.page.locator("#held table").is_visible()


@pytest.mark.parametrize("case", ["everything", "hostile"])
def test_pictures_are_drawn(case: str, tmp_path: Path, show: Show) -> None:
    opened = show(page_of(LEDGERS[case](tmp_path), tmp_path))
    pictures = opened.page.locator("figure > svg").all()
    assert pictures
    for picture in pictures:
        boxes = [item.bounding_box() for item in picture.locator("rect").all()]
        frame = picture.bounding_box()
        assert boxes
        assert frame is not None
        for box in boxes:
            assert box is not None
            assert frame["x"] - 1 <= box["x"]
            assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1


def test_every_printed_page_has_the_root(tmp_path: Path, show: Show) -> None:
    """Chromium repeats the foot of the page; the text of the printed file is read from its streams."""
    ledger = crowded()
    opened = show(page_of(ledger, tmp_path))
    opened.page.emulate_media(media="print")
    foot = opened.page.locator("footer.running")
    assert foot.is_visible()
    assert foot.evaluate("item => getComputedStyle(item).display") == "table-footer-group"
    assert ledger.root() in foot.inner_text()
    assert not opened.page.locator("nav.contents").is_visible()
    printed = opened.page.pdf(prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert pages > 3
