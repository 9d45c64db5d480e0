"""Every example in a docstring runs and prints what it says."""

import doctest
import pkgutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import carbon_ledger

MODULES = ["carbon_ledger", *(item.name for item in pkgutil.walk_packages(carbon_ledger.__path__, "carbon_ledger."))]


def source_of(name: str) -> str:
    """The text of a module."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


WITH_EXAMPLES = [name for name in MODULES if ">>> " in source_of(name)]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_run(name: str) -> None:
    printed: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in doctest.DocTestFinder(exclude_empty=True).find(import_module(name)):
        runner.run(test, out=printed.append)
    assert runner.failures == 0, "".join(printed)


def test_the_examples_are_found() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = sum(len(test.examples) for name in WITH_EXAMPLES for test in finder.find(import_module(name)))
    assert examples > 100
