"""What a reader is shown: the fenced blocks, the links and the file names of every document."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CELL = "{code-cell} ipython3"  # of a notebook
LANGUAGES = ("python", "console", "toml", CELL, "text", "sql", "sh", "json", "bibtex", "")

_FENCE = re.compile(r"^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Fence:
    """A fenced block, and the line of its first line of text."""

    language: str
    text: str
    line: int


def documents() -> list[Path]:
    """Every document that is written for a reader."""
    pages = [path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts]
    return sorted([*ROOT.glob("*.md"), *pages])


def name_of(path: Path) -> str:
    """A document's path from the project's root."""
    return path.relative_to(ROOT).as_posix()


def fences(path: Path) -> list[Fence]:
    """The fenced blocks of a document, in order."""
    text = path.read_text(encoding="utf-8")
    return [
        Fence(match["language"].strip(), match["text"], text.count("\n", 0, match.start("text")) + 1)
        for match in _FENCE.finditer(text)
    ]


def prose(path: Path) -> str:
    """A document without its fenced blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def links(path: Path) -> Iterator[tuple[str, str]]:
    """The relative links of a document: each a path from it, and the heading it points to (or nothing)."""
    for match in _LINK.finditer(prose(path)):
        target = match["target"]
        if "://" not in target and not target.startswith("mailto:"):
            where, _, heading = target.partition("#")
            yield where, heading


def anchors(path: Path) -> set[str]:
    """The headings of a document as links name them; one that comes again has a number."""
    seen: Counter[str] = Counter()
    found = set()
    for match in _HEADING.finditer(prose(path)):
        slug = re.sub(r"[^\w\- ]", "", match["title"]).strip().lower().replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def table(path: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    after = path.read_text(encoding="utf-8").split(f"# {heading}\n", 1)[1]
    rows = []
    for line in after.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
        elif rows or line.startswith("#"):
            break
    return rows[2:]


def quoted(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`\n]+)`", text)
