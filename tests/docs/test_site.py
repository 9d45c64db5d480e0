"""The documentation site: built without a warning, from every page, with contents and search, and complete in itself.

Building it takes 75 seconds of one core, most of them for the docstrings of the API, so these tests are slow: `.ci/run`
builds the site once. What `docs/conf.py` adds to two pages is tested without a build.
"""

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest
from tests.docs.documents import ROOT, documents, name_of
from tests.support.places import PYTHONPATH

import carbon_ledger as cl

slow = pytest.mark.slow
OUTSIDE = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*\b(?:src|href)=\"(?:https?:)?//", re.IGNORECASE)
ANCHOR = re.compile(r'\bid="([^"]+)"')
LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')


@pytest.fixture(scope="module")
def conf() -> ModuleType:
    """The configuration of the site."""
    pytest.importorskip("sphinx", reason="the documentation site needs Sphinx: pip install '.[docs]'")
    spec = spec_from_file_location("site_conf", ROOT / "docs" / "conf.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_document_is_once_in_the_contents_under_its_reader(conf: ModuleType) -> None:
    index = ROOT / "docs" / "index.md"
    text = conf.contents(index.read_text(encoding="utf-8"))
    trees = re.findall(
        r"^```\{toctree\}\n:hidden:\n(?::caption: ([^\n]+)\n)?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    listed = [(index.parent / page).resolve() for _, pages in trees for page in pages.split()]
    assert sorted(listed) == sorted(set(documents()) - {index})
    captions = [caption.partition(":")[0] for caption, _ in trees]
    assert list(dict.fromkeys(captions)) == ["", "Everybody", "Operator", "Engineer", "Auditor", "Maintainer"]


def test_every_name_of_the_api_page_is_documented_by_its_docstring(conf: ModuleType) -> None:
    page = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    text = conf.docstrings(page)
    documented = re.findall(r"^\.\. auto(\w+):: (carbon_ledger\.[\w.]+)$", text, re.MULTILINE)
    assert len(documented) == len({path for _, path in documented})
    last = {path.rpartition(".")[2] for _, path in documented}
    assert [name for name in cl.__all__ if name not in last and not inspect.ismodule(getattr(cl, name))] == [
        "CarbonLedgerError",
        "Ledger",
        "Reader",
    ]
    methods = {path.removeprefix("carbon_ledger.Ledger.") for _, path in documented if ".Ledger." in path}
    assert methods == {name for name, _ in inspect.getmembers_static(cl.Ledger) if not name.startswith("_")}
    rows = [line for line in text.splitlines() if line.startswith("| `") and not line.startswith("| `CarbonLedger")]
    assert rows == [], "a table that no docstring takes the place of"


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
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def pages(site: Path) -> Iterator[Path]:
    yield from sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)


@slow
def test_every_document_is_a_page_and_in_the_contents(site: Path) -> None:
    start = (site / "docs" / "index.html").read_text(encoding="utf-8")
    contents = start[start.index('class="sidebar-tree"') : start.index('class="main"')]
    listed = {(site / "docs" / unquote(link)).resolve() for link in LINK.findall(contents)}
    for path in documents():
        page = site / Path(name_of(path)).with_suffix(".html")
        assert page.exists()
        assert page.resolve() in listed or page.name == "index.html"


@slow
def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    for page in pages(site):
        assert OUTSIDE.findall(page.read_text(encoding="utf-8")) == [], page
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\([\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style


@slow
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


@slow
def test_the_search_finds_pages_and_public_names(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    for word in ("retir", "issu", "carri"):  # stems
        assert f'"{word}' in index or f"{word}:" in index or f'"{word}":' in index
    assert "carbon_ledger.Ledger" in index


@slow
def test_the_api_page_has_every_public_name_with_its_docstring(site: Path) -> None:
    page = (site / "docs" / "reference" / "api.html").read_text(encoding="utf-8")
    anchors = set(ANCHOR.findall(page))
    for name in cl.__all__:
        if name not in ("CarbonLedgerError", "Ledger", "Reader") and not inspect.ismodule(getattr(cl, name)):
            assert f"carbon_ledger.{name}" in anchors, name
    assert {f"carbon_ledger.Ledger.{name}" for name in ("issue", "retire", "balance", "size")} <= anchors
    assert "The account that receives the units." in page


@slow
def test_the_notebook_shows_what_its_cells_give(site: Path) -> None:
    page = (site / "docs" / "tutorial" / "match-your-hours.html").read_text(encoding="utf-8")
    assert "cell_output" in page
    assert "wind farm 31,719,000 Wh" in page


@slow
def test_the_top_leads_to_the_start_page(site: Path) -> None:
    assert "url=docs/index.html" in (site / "index.html").read_text(encoding="utf-8")
    assert (site / "docs" / "index.html").exists()
