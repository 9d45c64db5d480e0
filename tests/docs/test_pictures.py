"""The pictures of the documents stand alone, and say what the glossary and the package say."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tests.docs.documents import ROOT
from tests.docs.glossary import glossary_words, stems

FOLDER = ROOT / "docs" / "explanation"
PICTURES = sorted((ROOT / "docs").rglob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"

each_picture = pytest.mark.parametrize("path", PICTURES, ids=[path.name for path in PICTURES])


def texts(path: Path, kind: str) -> list[str]:
    """The texts of a picture that have a class."""
    elements = ET.parse(path).getroot().iter(f"{SVG}text")
    return ["".join(item.itertext()) for item in elements if kind in item.get("class", "").split()]


def test_there_are_the_two_pictures() -> None:
    assert [path.name for path in PICTURES] == ["concepts.svg", "data-way.svg"]


@each_picture
def test_a_picture_needs_nothing_from_outside_and_runs_nothing(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert "<!DOCTYPE" not in source
    assert "<!ENTITY" not in source
    assert "@import" not in source
    known = {"svg", "title", "desc", "style", "defs", "marker", "rect", "path", "text"}
    for element in ET.fromstring(source).iter():
        assert element.tag.removeprefix(SVG) in known
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name
            assert "//" not in value
    assert set(re.findall(r"url\(([^)]*)\)", source)) <= {"#arrow"}


@each_picture
def test_a_picture_says_what_it_shows_and_fits_a_page(path: Path) -> None:
    root = ET.parse(path).getroot()
    named = {item.get("id"): item.text for item in root if item.tag in (f"{SVG}title", f"{SVG}desc")}
    assert (root.get("aria-labelledby") or "").split() == list(named) == ["title", "desc"]
    assert all(named.values())
    width, height = (int(root.get(name) or 0) for name in ("width", "height"))
    assert 0 < width <= 900
    assert root.get("viewBox") == f"0 0 {width} {height}"


@each_picture
def test_a_picture_can_be_read_in_both_themes(path: Path) -> None:
    root = ET.parse(path).getroot()
    style = "".join(item.text or "" for item in root.iter(f"{SVG}style"))
    assert "prefers-color-scheme: dark" in style
    paper = root.find(f"{SVG}rect")
    assert paper is not None
    assert paper.attrib == {"class": "paper", "width": root.get("width"), "height": root.get("height")}


@each_picture
def test_every_shape_stays_on_the_paper(path: Path) -> None:
    root = ET.parse(path).getroot()
    width, height = int(root.get("width") or 0), int(root.get("height") or 0)
    for box in root.iter(f"{SVG}rect"):
        x, y, w, h = (int(box.get(name, "0")) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height


def test_every_concept_is_in_the_glossary() -> None:
    concepts = texts(FOLDER / "concepts.svg", "term")
    assert len(concepts) > 30
    assert len(concepts) == len(set(concepts))
    assert set(concepts) - glossary_words() == set()


def test_every_concept_is_in_the_words_below_the_picture() -> None:
    page = (FOLDER / "concepts.md").read_text(encoding="utf-8")
    marked = re.findall(r"\*\*([^*]+)\*\*", page)
    concepts = set(texts(FOLDER / "concepts.svg", "term"))
    assert [word for word in marked if not stems(word) & concepts] == []
    assert concepts - {stem for word in marked for stem in stems(word)} == set()


def test_the_rooms_of_the_way_are_folders_of_the_package() -> None:
    rooms = [room for text in texts(FOLDER / "data-way.svg", "code") for room in text.split(", ")]
    assert rooms == ["metering", "ledger", "core", "stores", "publishing", "audit"]
    for room in rooms:
        assert (ROOT / "src" / "carbon_ledger" / room / "__init__.py").exists()
