"""The index has every page once, under the reader it is for."""

import re

from tests.docs.documents import ROOT, documents

INDEX = ROOT / "docs" / "index.md"
READERS = ["Everybody", "Operator", "Engineer", "Auditor", "Maintainer"]


def groups() -> dict[str, str]:
    """The text of the index below each heading."""
    parts = re.split(r"^## (.+)$", INDEX.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def items(text: str) -> list[tuple[str, str]]:
    """The pages that a part of the index lists, and what it says of each."""
    return re.findall(r"^- \[[^\]]+\]\(([^)]+)\): (.+)$", text, re.MULTILINE)


def test_the_groups_are_the_readers() -> None:
    assert list(groups()) == READERS


def test_every_page_is_listed_once() -> None:
    listed = [page for text in groups().values() for page, _ in items(text)]
    pages = [path.relative_to(INDEX.parent).as_posix() for path in documents() if path.is_relative_to(INDEX.parent)]
    assert sorted(listed) == sorted(set(pages) - {"index.md"})


def test_every_item_says_what_the_reader_gets() -> None:
    for text in groups().values():
        lines = re.findall(r"^- .+$", text, re.MULTILINE)
        assert len(lines) == len(items(text)), "an item is a link, a colon and half a sentence on one line"


def test_decisions_mutants_and_faults_are_for_maintainers() -> None:
    pages = {page for page, _ in items(groups()["Maintainer"])}
    assert {"explanation/faults.md", "explanation/mutations.md"} <= pages
    for reader in READERS[:-1]:
        assert "decisions/" not in groups()[reader]
