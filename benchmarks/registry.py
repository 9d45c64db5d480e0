"""The subjects of the benchmarks by name, with their modules, in the order in which they are measured."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

from benchmarks.harness.directory import Directory
from benchmarks.harness.rows import Row
from benchmarks.harness.sizes import Sizes

SUBJECTS: Final[Mapping[str, str]] = {
    "append": "append",
    "audit": "audit",
    "workers": "workers",
    "hashing": "hashing",
    "transfers": "transfers",
    "single": "single",
    "as-of": "as_of",
    "opening": "opening",
    "proof": "inclusion",
    "memory": "memory",
    "storage": "storage",
    "growth": "growth",
    "import": "imports",
}


def names_of(subject: str) -> tuple[str, ...]:
    """The names of a subject's rows."""
    names: tuple[str, ...] = import_module(f"benchmarks.subjects.{SUBJECTS[subject]}").NAMES
    return names


def measure(subject: str, sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure a subject."""
    run: Callable[[Sizes, Directory], list[Row]] = import_module(f"benchmarks.subjects.{SUBJECTS[subject]}").run
    try:
        return run(sizes, directory)
    finally:
        directory.release()
