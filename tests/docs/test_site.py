"""The documentation site: built without a warning, from every page, with contents and search, and complete in itself.

Slow: building it takes 50 seconds of one core, most of them for the docstrings of the API. `.ci/run` builds it once.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.docs.documents import ROOT, documents, name_of

import carbon_ledger as cl

pytestmark = pytest.mark.slow
OUTSIDE = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*\b(?:src|href)=\"(?:https?:)?//", re.IGNORECASE)
ANCHOR = re.compile(r'\bid="([^"]+)"')
LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built by the command of CONTRIBUTING.md; a warning is an error."""
    if find_spec("sphinx") is None:
        if os.environ.get("CARBON_LEDGER_REQUIRE_SITE"):
            pytest.fail("CARBON_LEDGER_REQUIRE_SITE is set, but Sphinx is not installed: pip install '.[docs]'")
        pytest.skip("the documentation site needs Sphinx: pip install '.[docs]'")
    target = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-c", "docs", ".", target],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def pages(site: Path) -> Iterator[Path]:
    yield from sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)


def test_every_document_is_a_page_and_in_the_contents(site: Path) -> None:
    start = (site / "docs" / "index.html").read_text(encoding="utf-8")
    contents = start[start.index('class="sidebar-tree"') : start.index('class="main"')]
    listed = {(site / "docs" / unquote(link)).resolve() for link in LINK.findall(contents)}
    for path in documents():
        page = site / Path(name_of(path)).with_suffix(".html")
        assert page.exists()
        assert page.resolve() in listed or page.name == "index.html"


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    for page in pages(site):
        assert OUTSIDE.findall(page.read_text(encoding="utf-8")) == [], page
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\([\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    anchors = {page.resolve(): set(ANCHOR.findall(page.read_text(encoding="utf-8"))) for page in pages(site)}
    for page in pages(site):
        for link in map(unescape, LINK.findall(page.read_text(encoding="utf-8"))):
            where, _, anchor = link.partition("#")
            if "://" in link or link.startswith("mailto:"):
                continue
            target = (page.parent / unquote(where)).resolve() if where else page.resolve()
            assert target.exists(), f"{page}: {link}"
            assert not anchor or target not in anchors or unquote(anchor) in anchors[target], f"{page}: {link}"


def test_the_search_finds_pages_and_public_names(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    for word in ("retir", "issu", "carri"):  # stems
        assert f'"{word}' in index or f"{word}:" in index or f'"{word}":' in index
    assert "carbon_ledger.Ledger" in index


def test_the_api_page_has_every_public_name_with_its_docstring(site: Path) -> None:
    page = (site / "docs" / "reference" / "api.html").read_text(encoding="utf-8")
    anchors = set(ANCHOR.findall(page))
    for name in cl.__all__:
        if name == "CarbonLedgerError" or type(getattr(cl, name)) is type(cl):
            continue
        assert f"carbon_ledger.{name}" in anchors or name == "Ledger", name
    assert {f"carbon_ledger.Ledger.{name}" for name in ("issue", "retire", "balance", "size")} <= anchors
    assert "The account that receives the units." in page


def test_the_notebook_shows_what_its_cells_give(site: Path) -> None:
    page = (site / "docs" / "tutorial" / "match-your-hours.html").read_text(encoding="utf-8")
    assert "cell_output" in page
    assert "wind farm 31,719,000 Wh" in page


def test_the_top_leads_to_the_start_page(site: Path) -> None:
    assert "url=docs/index.html" in (site / "index.html").read_text(encoding="utf-8")
    assert (site / "docs" / "index.html").exists()
