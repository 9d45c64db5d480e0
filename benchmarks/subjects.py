"""The subjects of the benchmark by name, in the order in which they are measured."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

from benchmarks.place import Place
from benchmarks.rows import Row
from benchmarks.sizes import Sizes

SUBJECTS: Final[Mapping[str, str]] = {
    "append": "append",
    "audit": "full_audit",
    "workers": "workers",
    "hashing": "hashing",
    "moves": "moves",
    "single": "single",
    "as-of": "as_of",
    "opening": "reopening",
    "proof": "inclusion",
    "memory": "memory",
    "bytes": "at_rest",
    "growth": "growth",
    "import": "imports",
}


def names_of(subject: str) -> tuple[str, ...]:
    """The names of a subject's rows."""
    names: tuple[str, ...] = import_module(f"benchmarks.{SUBJECTS[subject]}").NAMES
    return names


def measure(subject: str, sizes: Sizes, place: Place) -> list[Row]:
    """Measure a subject."""
    run: Callable[[Sizes, Place], list[Row]] = import_module(f"benchmarks.{SUBJECTS[subject]}").run
    try:
        return run(sizes, place)
    finally:
        place.release()
