"""Snapshots of texts: the cases are in Python, what each case says is in a text file, which one command rewrites.

`test_rules.py` has its texts in `rules.txt`. A snapshot is a line with the case's id and the class of the error
("found" for a finding of an audit, "printed" for an output), and below it the text, indented by four spaces.
"""

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import ndiff
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from carbon_ledger.errors import CarbonLedgerError

COMMAND = "pytest tests/messages --rewrite-messages"
FOLDER = Path(__file__).parent
INDENT = "    "
FOUND, PRINTED = "found", "printed"

Do = Callable[..., object]
Kind = type[CarbonLedgerError]
Refusal = tuple[str, Do, Kind]  # the case's id, what is done, the class of the error
Output = tuple[str, Do]  # the case's id, what gives the text
Expect = Callable[[str], None]


class Case(NamedTuple):
    """One text: its id, what is done, the class of the error (`None`: no error), and what the snapshot calls it."""

    id: str
    do: Do
    kind: Kind | None
    label: str


class Snapshot(NamedTuple):
    """What a file has for a case."""

    label: str
    text: str


def refusals(*tables: Sequence[Refusal]) -> pytest.MarkDecorator:
    """Run a test for each case that is refused; its argument is `case`."""
    return _each(Case(name, do, kind, kind.__name__) for table in tables for name, do, kind in table)


def outputs(label: str, *tables: Sequence[Output]) -> pytest.MarkDecorator:
    """Run a test for each case that gives a text; its argument is `case`."""
    return _each(Case(name, do, None, label) for table in tables for name, do in table)


def _each(cases: Iterable[Case]) -> pytest.MarkDecorator:
    cases = list(cases)
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


def refused(case: Case, *given: object) -> str:
    """The message of an action that is refused, with an error of exactly the case's class."""
    assert case.kind is not None
    with pytest.raises(case.kind) as raised:
        case.do(*given)
    assert type(raised.value) is case.kind
    return str(raised.value)


def module_names() -> list[str]:
    """The test modules that have snapshots, without "test_"."""
    names = [path.stem.removeprefix("test_") for path in FOLDER.glob("test_*.py")]
    return sorted(name for name in names if cases_of(module_of(name)))


def module_of(name: str) -> ModuleType:
    return importlib.import_module(f"{__package__}.test_{name}")


def cases_of(module: ModuleType) -> list[Case]:
    """The cases of a test module, in the order in which they stand there."""
    marks = [mark for value in vars(module).values() for mark in getattr(value, "pytestmark", ())]
    return [case for mark in marks if mark.name == "parametrize" and mark.args[0] == "case" for case in mark.args[1]]


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.txt"


def read(name: str) -> dict[str, Snapshot]:
    """The snapshots of a module by the ids of their cases; none if there is no file."""
    path = path_of(name)
    return parse(path.read_bytes().decode()) if path.exists() else {}


_read_once = functools.cache(read)  # a process reads a file once


def parse(content: str) -> dict[str, Snapshot]:
    """The snapshots in the content of a file, which may have been edited or merged badly: a rewriting mends it."""
    found: dict[str, Snapshot] = {}
    for header, lines in _sections(content):
        name, _, label = header.partition(": ")
        found[name] = Snapshot(label, "\n".join(line.removeprefix(INDENT) for line in lines).rstrip("\n"))
    return found


def _sections(content: str) -> Iterator[tuple[str, list[str]]]:
    """Each header with the lines below it."""
    section: tuple[str, list[str]] | None = None
    for line in content.split("\n"):
        if line and line[0] not in " #":
            if section:
                yield section
            section = (line, [])
        elif section:
            section[1].append(line)
    if section:
        yield section


def render(name: str, snapshots: Mapping[str, Snapshot]) -> str:
    """The content of a module's file."""
    parts = [f"# What test_{name}.py compares with. Do not edit: {COMMAND}\n"]
    for case, (label, text) in snapshots.items():
        lines = [INDENT + line if line else "" for line in text.split("\n")]
        parts.append("\n".join([f"{case}: {label}", *lines]) + "\n")
    return "\n".join(parts)


def compare(name: str, case: Case, text: str) -> None:
    """Fail unless the text is the one in the snapshot, and show how the two differ."""
    place, expected = f"tests/messages/{name}.txt, {case.id}", _read_once(name).get(case.id)
    if expected is None:
        pytest.fail(f"{place}: no snapshot of this case. To write it: {COMMAND}", pytrace=False)
    if expected != (case.label, text):
        lines = [f"{case.label}\n", *text.splitlines(keepends=True)]
        before = [f"{expected.label}\n", *expected.text.splitlines(keepends=True)]
        shown = "".join(line.rstrip("\n") + "\n" for line in ndiff(before, lines))
        pytest.fail(
            f"{place}: the text is not the one of the snapshot (- snapshot, + now):\n{shown}"
            f"If the new text is better: {COMMAND}",
            pytrace=False,
        )


def rewrite(texts: Mapping[str, Mapping[str, Snapshot]]) -> list[str]:
    """Write the files of the modules that ran, with these texts; give a line for each file that changed.

    Files that no module has cases for are deleted.
    """
    changes = []
    for name, new in texts.items():
        before = read(name)
        after = merged(cases_of(module_of(name)), before, new)
        content = render(name, after).encode()
        if not path_of(name).exists() or path_of(name).read_bytes() != content:
            path_of(name).write_bytes(content)
            changed = sum(before[case] != after[case] for case in before.keys() & after.keys())
            added, removed = len(after.keys() - before.keys()), len(before.keys() - after.keys())
            changes.append(f"tests/messages/{name}.txt: {changed} changed, {added} new, {removed} removed")
    for name in orphans():
        path_of(name).unlink()
        changes.append(f"tests/messages/{name}.txt: deleted, because no module has its cases")
    return changes


def merged(cases: Sequence[Case], before: Mapping[str, Snapshot], new: Mapping[str, Snapshot]) -> dict[str, Snapshot]:
    """The snapshots of a module in the order of its cases.

    A case that did not run, or that failed, keeps its snapshot. A snapshot without a case is left out.
    """
    known = {**before, **new}
    return {case.id: known[case.id] for case in cases if case.id in known}


def orphans() -> list[str]:
    """The files of snapshots that no test module has cases for."""
    return sorted({path.stem for path in FOLDER.glob("*.txt")} - set(module_names()))
