"""The report of a ledger and the certificate of a retirement, as the library writes them, check themselves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.browser.conftest import Show
from tests.browser.ledgers import KEY, SIGNER, kalbajar
from tests.support.command_line import call
from tests.support.reported_ledgers import full, hostile

import carbon_ledger as cl

pytestmark = pytest.mark.browser

ALL = {"numbers", "hashes", "functions", "root", "printed", "checkpoint", "receipts", "signatures"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of `examples/kalbajar_hydro.py`, and its published log."""
    place = tmp_path_factory.mktemp("kalbajar")
    kalbajar(place)
    return place


@pytest.fixture(scope="module")
def ledger(folder: Path) -> Iterator[cl.Ledger]:
    with cl.open_ledger(folder / "kalbajar.db", read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(ledger: cl.Ledger, folder: Path) -> str:
    path = folder / "report.html"
    ledger.report(path, checkpoint=(folder / "log" / "checkpoint").read_bytes())
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def certificate(ledger: cl.Ledger, folder: Path) -> str:
    path = folder / "certificate.html"
    (retirement,) = ledger.retirements("buyer")
    ledger.retirement_certificate(retirement.number, path, checkpoint=(folder / "log" / "checkpoint").read_bytes())
    return path.read_text(encoding="utf-8")


def test_the_report_of_kalbajar_is_green(report: str, ledger: cl.Ledger, show: Show) -> None:
    page = show(report)
    page.use_key(KEY)
    assert page.checks() == dict.fromkeys(ALL, "passed") | {"receipts": "not in this page"}
    assert ledger.root() in page.check("root")[1]
    assert page.page.locator("[data-entry] button").count() == page.page.locator("[data-entry]").count() > 5


def test_the_certificate_of_a_retirement_is_green(certificate: str, show: Show) -> None:
    page = show(certificate)
    page.use_key(KEY)
    assert page.checks() == dict.fromkeys(ALL, "passed") | {"root": "not checked"}


def test_tables_beside_pictures_have_their_width(report: str, show: Show) -> None:
    page = show(report, viewport={"width": 1280, "height": 900})
    hidden = """[...document.querySelectorAll(".beside .scroll")]
        .filter(item => item.scrollWidth > item.clientWidth).map(item => item.innerText)"""
    assert page.page.locator(".beside .scroll").count() > 1
    assert page.page.evaluate(hidden) == []


def test_a_caption_is_read_without_scrolling(report: str, show: Show) -> None:
    page = show(report, viewport={"width": 360, "height": 900})
    beyond = """[...document.querySelectorAll("caption")]
        .filter(item => item.getBoundingClientRect().right > innerWidth).map(item => item.innerText)"""
    assert page.page.evaluate(beyond) == []


Damage = tuple[Callable[[str], str], set[str]]

# What somebody changes in the file with an editor, and what turns red.
REPORT: dict[str, Damage] = {
    "a letter of an entry": (
        lambda html: once(html, 'emissions of the financial year 2024\\"', 'emissions of the financial year 2025\\"'),
        {"hashes", "root", "checkpoint"},
    ),
    "a number that the page shows": (lambda html: html.replace("26,880", "36,880"), {"printed"}),
    "a name that the page shows": (lambda html: shown(html, "AzerEnergy OJSC", "SolarEnergy OJSC"), {"printed"}),
    "the root in the data": (lambda html: once(html, '"root":"', '"root":"0'), {"root", "printed"}),
    "the root at the foot": (
        lambda html: 'ledger-root mono">0'.join(html.rsplit('ledger-root mono">', 1)),
        {"printed"},
    ),
    "the origin of the checkpoint": (
        lambda html: once(html, '"checkpoint":"example.com/', '"checkpoint":"example.org/'),
        {"signatures"},
    ),
}


def once(html: str, old: str, new: str) -> str:
    assert html.count(old) == 1, html.count(old)
    return html.replace(old, new)


def shown(html: str, old: str, new: str) -> str:
    """Replace a text that the page shows, and leave the data as they are."""
    body, mark, data = html.partition('<script type="application/json"')
    assert old in body
    return body.replace(old, new) + mark + data


@pytest.mark.parametrize("name", REPORT)
def test_one_change_of_the_report_is_red_and_named(name: str, report: str, show: Show) -> None:
    change, failed = REPORT[name]
    page = show(change(report))
    page.use_key(KEY)
    assert page.failed() == failed
    assert page.verdict.startswith("FAILED in this browser: ")


def test_one_change_of_the_certificate_is_red_and_named(certificate: str, show: Show) -> None:
    for change, failed in (
        (lambda html: shown(html, "Buyer Ltd", "Other Ltd"), {"printed"}),
        (
            lambda html: html.replace('\\"beneficiary\\":\\"Buyer Ltd', '\\"beneficiary\\":\\"Other Ltd'),
            {"hashes", "receipts"},
        ),
        (
            lambda html: html.replace("\\n\\u2014 example.com/hydro x7", "\\n\\u2014 example.com/hydro x8"),
            {"signatures"},
        ),
    ):
        assert change(certificate) != certificate
        page = show(change(certificate))
        page.use_key(KEY)
        assert page.failed() == failed


@pytest.mark.parametrize("make", [full, lambda _: hostile()])
def test_reports_of_every_kind_of_thing_and_of_hostile_names(
    make: Callable[[Path], cl.Ledger], show: Show, tmp_path: Path
) -> None:
    with make(tmp_path) as ledger:
        signed = ledger.publish(tmp_path / "log", signer=SIGNER)
        ledger.report(tmp_path / "report.html", checkpoint=signed)
        page = show((tmp_path / "report.html").read_text(encoding="utf-8"))
        page.use_key(KEY)
        assert page.failed() == set()
        assert page.page.locator("script").count() == 2
        assert page.page.locator("img, iframe, object, form, base").count() == 0


def test_the_export_of_the_command_line_is_that_of_the_report(
    report: str, folder: Path, show: Show, tmp_path: Path
) -> None:
    """What the command writes is what the page compares with, byte for byte."""
    done = call("-f", str(folder / "kalbajar.db"), "export", "entries", str(tmp_path / "kalbajar.jsonl"))
    assert done.status == 0
    page = show(report)
    assert "the same as this report, with the same root" in page.compare(tmp_path / "kalbajar.jsonl")
    assert "has the root of this page's first" in page.compare(folder / "log" / "checkpoint")
