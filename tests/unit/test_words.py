"""Words that only this project's authors understood: none of them stands in the source or in the documents."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.support.each import each
from tests.support.sources import nodes_of

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src" / "carbon_ledger").rglob("*.py"))
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"])

# What a sentence said, and what it says today.
WORDS = {
    r"at the door": "checked, refused, or the name of the argument",
    r"(?:is|are|be|was|were) none\b": "invalid, malformed, no such ..., or `None`",
    r"\btold\b": "called with, described, or reported",
    r"\bsaid\b": "stated, given, or described",
    r"\bkept\b": "stored, cached, reserved, or retained",
    r"\bseal(?:s|ed)?\b": "bound to the digest of the request",
    r"\b(?:given|gives|gave) back\b": "returned, released, or withdrawn",
    r"\bnever left\b": "never transferred",
    r"\baccruals?\b": "carry",
    r"\b(?:giver|taker)s?\b": "transferor and transferee, or the account that offers and that accepts",
    r"\bof ours\b": "of this ledger",
}
# Names of the code that nobody could look up.
NAMES = {
    *(
        "said",
        "told",
        "asked",
        "sealed",
        "given_back",
        "blocks_recorded",
        "blocks_told",
        "made_of",
        "readable",
        "joined",
    ),
    *("minus", "Overlay", "Accrual", "kept_for", "keeping", "RETURNABLE", "never_left", "unpaid_wh", "External"),
    *(
        "externals",
        "fits_of",
        "Kept",
        "Pending",
        "Rooted",
        "ENTRIES_A_WORD",
        "Twin",
        "furnish",
        "Brought",
        "come_in",
        "empower",
    ),
}
# Public fields of records, and SQL's names of tables, columns and indexes: they are older than this test, and stay.
PUBLIC = {"told", "kept", "giver", "taker"}
SQL = re.compile(r"(?:accrual|giver|taker|offer_giver|offer_taker)(?: \{_TEXT\})?")
SCHEMAS = {"schema.py", "earlier_schemas.py", "indexes.py"}
# From Python 3.12 on, the text of an f-string is a token of its own.
ANY = re.compile("|".join(WORDS))
TEXTS = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
QUOTED = re.compile(r"``[^`]*``|`[^`]*`|^ +(?:told|kept|giver|taker):")


def sentences_of(path: Path) -> Iterator[tuple[int, str]]:
    """The comments and the strings of a module, without what stands in backticks."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type in TEXTS and not SQL.fullmatch(token.string.strip("f\"' ")):
            for offset, line in enumerate(token.string.splitlines()):
                yield token.start[0] + offset, QUOTED.sub("", line)


def lines_of(page: Path) -> Iterator[tuple[int, str]]:
    """The prose of a page: neither code blocks nor what stands in backticks, nor the flags of bundled factors."""
    code = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            code = not code
        elif not code and not (page.name == "factors.md" and line.startswith("|")):
            yield number, QUOTED.sub("", line)


def found_in(lines: Iterator[tuple[int, str]]) -> list[str]:
    return [
        f"line {number}: {match[0]!r} (better: {better})"
        for number, line in lines
        if ANY.search(line)
        for pattern, better in WORDS.items()
        for match in re.finditer(pattern, line)
    ]


def test_a_private_word_is_seen(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    text = '"""An entry is none.\n\nIt is told."""\nA = f"a block is none"  # kept\nB = "`kept`"\nC = "accrual"\n'
    module.write_text(text, encoding="utf-8")
    assert [item.split(" (")[0] for item in found_in(sentences_of(module))] == [
        "line 1: 'is none'",
        "line 3: 'told'",
        "line 4: 'is none'",
        "line 4: 'kept'",
    ]
    page = tmp_path / "page.md"
    page.write_text("As said.\n```\nkept\n```\n`kept`\n", encoding="utf-8")
    assert [item.split(" (")[0] for item in found_in(lines_of(page))] == ["line 1: 'said'"]


@each([path for path in SOURCES if path.name not in SCHEMAS], lambda path: str(path.relative_to(ROOT)))
def test_the_source_has_no_private_word(path: Path) -> None:
    assert found_in(sentences_of(path)) == []


@each(PAGES, lambda page: str(page.relative_to(ROOT)))
def test_the_pages_have_no_private_word(page: Path) -> None:
    assert found_in(lines_of(page)) == []


@each(SOURCES, lambda path: str(path.relative_to(ROOT)))
def test_no_name_of_the_code_is_private_vocabulary(path: Path) -> None:
    names = set[str]()
    for node in nodes_of(path):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
    assert names & (NAMES - PUBLIC) == set()
