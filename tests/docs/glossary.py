"""The words that the glossary defines."""

import re

from tests.docs.documents import ROOT, quoted

GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"


def glossary_words() -> set[str]:
    """What stands in the first cells of the glossary's tables, without marks."""
    cells = re.findall(r"^\| ([^|]+) \|", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    return {word.strip("*`[] ") for cell in cells for word in cell.split(", ")}


def words_in_code() -> set[str]:
    """The single words of the glossary's first cells and of the names that it sets in code type."""
    text = GLOSSARY.read_text(encoding="utf-8")
    return {word for name in [*glossary_words(), *quoted(text)] for word in re.findall(r"[a-z0-9]+", name.lower())}


def stems(word: str) -> set[str]:
    """A word, and what it may be a form of."""
    found = {word}
    for ending, instead in (("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("d", ""), ("ing", "")):
        if word.endswith(ending):
            found.add(word.removesuffix(ending) + instead)
    return found
