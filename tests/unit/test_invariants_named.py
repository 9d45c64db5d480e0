"""Every invariant that the commands affect is named by its number in the docstring of a test."""

import ast
import re

from tests.support.places import ROOT

TESTS = ROOT / "tests"
# 6 and 15 come with corrections and voiding; 19 waits for storage.
NAMED = {*range(1, 19), *range(20, 29), 31}


def numbers(docstring: str) -> set[int]:
    found = set()
    for part in re.findall(r"[Ii]nvariants? ([0-9]+(?:(?:, | and )[0-9]+)*)", docstring):
        found |= {int(number) for number in re.findall(r"[0-9]+", part)}
    return found


def test_every_invariant_is_named_by_a_test() -> None:
    named: set[int] = set()
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "nvariant" in text else ():
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                named |= numbers(ast.get_docstring(node) or "")
    assert NAMED - named == set()
