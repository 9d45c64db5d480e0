"""The house: contracts name every room, no imports in a circle, no room is too big, tests mirror the source."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.places import ROOT
from tests.support.sources import nodes_of

import carbon_ledger as cl
from carbon_ledger.core.entries import events
from carbon_ledger.core.entries.events import EVENTS

PACKAGE = ROOT / "src" / "carbon_ledger"
MODULES = sorted(PACKAGE.rglob("*.py"))
UNIT = ROOT / "tests" / "unit"
# What talks to files, processes, clocks and chance. The contract of the core names these, too.
NO_PLACE_FOR = {
    *("os", "io", "pathlib", "tempfile", "shutil", "glob", "subprocess", "multiprocessing", "concurrent", "threading"),
    *("asyncio", "signal", "socket", "select", "random", "secrets", "uuid", "time", "ctypes", "importlib"),
}


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def contracts() -> list[dict[str, object]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: list[dict[str, object]] = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return found


def rooms() -> set[str]:
    """Every module and package at the top."""
    return {f"carbon_ledger.{path.stem}" for path in PACKAGE.iterdir() if (path / "__init__.py").exists()} | {
        f"carbon_ledger.{path.stem}" for path in PACKAGE.glob("*.py") if path.stem != "__init__"
    }


def test_no_contract_has_an_exception() -> None:
    assert [item["name"] for item in contracts() if "ignore_imports" in item] == []


@pytest.mark.parametrize(
    ("library", "room"),
    [
        ("click", "command_line"),
        ("cryptography", "signing"),
        ("nanoarrow", "tables"),
        ("pint", "units"),
        ("psycopg", "stores"),
        ("sqlite3", "stores"),
        ("xlsxwriter", "reports tables"),
    ],
)
def test_what_lives_in_one_room_is_forbidden_in_every_other(library: str, room: str) -> None:
    (contract,) = (item for item in contracts() if item.get("forbidden_modules") == [library])
    sources = contract["source_modules"]
    assert isinstance(sources, list)
    assert set(sources) == rooms() - {f"carbon_ledger.{name}" for name in room.split()}


@pytest.mark.parametrize(
    ("room", "allowed"),
    [("log", {"errors", "printing"}), ("signing", {"errors", "files", "log", "mappings", "printing"})],
)
def test_what_a_room_may_not_import_is_every_room_but_those_it_may(room: str, allowed: set[str]) -> None:
    (contract,) = (
        item
        for item in contracts()
        if item.get("source_modules") == [f"carbon_ledger.{room}"] and item["type"] == "forbidden"
    )
    forbidden = contract["forbidden_modules"]
    assert isinstance(forbidden, list)
    assert rooms() - set(forbidden) == {f"carbon_ledger.{name}" for name in (*allowed, room)}


def test_the_contract_of_the_core_forbids_what_the_test_does() -> None:
    (contract,) = (
        item for item in contracts() if item.get("source_modules") == ["carbon_ledger.core", "carbon_ledger.log"]
    )
    forbidden = contract["forbidden_modules"]
    assert isinstance(forbidden, list)
    assert set(forbidden) == NO_PLACE_FOR | {"sqlite3", "pint", "carbon_ledger.files"}


def test_every_folder_is_a_room() -> None:
    """One without an `__init__.py` would be in no contract."""
    assert [path for path in MODULES if not (path.parent / "__init__.py").exists()] == []


def test_every_room_has_a_floor() -> None:
    layers = next(item["layers"] for item in contracts() if item["name"] == "The house: who may import whom")
    assert isinstance(layers, list)
    named = {name.strip() for layer in layers for name in layer.split("|")}
    assert rooms() - named == {"carbon_ledger.log"}, "log has a contract of its own"


def imports_of(path: Path, known: set[str]) -> Iterator[str]:
    """The modules of the package that a module imports, in functions too; not what it imports for types alone."""
    typed = {
        child
        for node in nodes_of(path)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for child in ast.walk(statement)
    }
    for node in nodes_of(path):
        if node in typed:
            continue
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in known else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Modules that import each other, by whatever way: each is reached from itself."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = list(graph[start])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += graph[name]
        return seen

    ways = {name: reached(name) for name in graph}
    found = {frozenset(other for other in ways[name] if name in ways[other]) for name in graph if name in ways[name]}
    return sorted(sorted(circle) for circle in found)


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d"}}) == [["b", "c"], ["d"]]


def test_nothing_imports_in_a_circle_not_even_inside_a_function() -> None:
    known = {name_of(path) for path in MODULES}
    graph = {name_of(path): {item for item in imports_of(path, known) if item in known} for path in MODULES}
    assert circles(graph) == []


@pytest.mark.parametrize("room", ["core", "log"])
def test_what_decides_talks_to_nobody(room: str) -> None:
    nodes = [node for path in (PACKAGE / room).rglob("*.py") for node in nodes_of(path)]
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    talks = {"open", "__import__", "input", "print"}
    assert called & talks == set()
    assert {name for name in called if name.rpartition(".")[2] in ("now", "utcnow", "today")} == set()
    found = {
        (path.name, name)
        for path in (PACKAGE / room).rglob("*.py")
        for node in nodes_of(path)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if name.partition(".")[0] in NO_PLACE_FOR | {"sqlite3", "pint"} or name == "carbon_ledger.files"
    }
    assert found == set()


def lines_of_code(path: Path) -> int:
    """Lines that are neither blank, nor a comment, nor of a docstring."""
    text = path.read_text(encoding="utf-8")
    said: set[int] = set()
    for node in nodes_of(path):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            said |= set(range(body[0].lineno, (body[0].end_lineno or 0) + 1))
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#") and number not in said
        for number, line in enumerate(text.splitlines(), 1)
    )


def test_no_room_has_more_than_three_twentieths_of_the_code() -> None:
    """A room is a package of the house with all folders in it, or a module beside the packages."""
    sizes: dict[str, int] = {}
    for path in MODULES:
        room = path.relative_to(PACKAGE).parts[0]
        sizes[room] = sizes.get(room, 0) + lines_of_code(path)
    total = sum(sizes.values())
    assert {room: size for room, size in sizes.items() if size > 0.15 * total} == {}


def test_the_ledger_has_few_ancestors() -> None:
    assert len(cl.Ledger.__mro__) <= 5


def test_an_events_type_stands_in_three_modules() -> None:
    """Its fields, its rule, and the request it answers; whatever else needs it names the constant of its fields."""
    texts = {
        str(path.relative_to(PACKAGE)): {
            node.value for node in nodes_of(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        for path in MODULES
    }
    places = {kind: {name for name, said in texts.items() if kind in said} for kind in EVENTS}
    tables = {"core/entries/events.py", "core/rules.py", "core/requests.py"}
    assert {kind: found - tables for kind, found in places.items() if found - tables} == {}


def test_the_constant_of_an_events_type_has_its_name() -> None:
    assert {kind: getattr(events, kind.upper().replace(".", "_")) for kind in EVENTS} == {kind: kind for kind in EVENTS}


def test_every_module_of_the_core_has_a_test_of_its_name() -> None:
    modules = [path for path in (PACKAGE / "core").rglob("*.py") if path.stem != "__init__"]
    tests = {path: UNIT / path.relative_to(PACKAGE).with_name(f"test_{path.name}") for path in modules}
    assert [str(path.relative_to(PACKAGE)) for path, test in tests.items() if not test.is_file()] == []


def test_every_test_in_a_folder_has_the_name_of_a_module_in_the_same_folder() -> None:
    """A package counts as a module; tests of several modules are at the top."""
    missing = []
    for path in sorted(UNIT.rglob("test_*.py")):
        name, folder = path.stem.removeprefix("test_"), PACKAGE / path.parent.relative_to(UNIT)
        places = [folder / f"{name}.py", folder / f"_{name}.py", folder / name / "__init__.py"]
        if path.parent != UNIT and not any(place.is_file() for place in places):
            missing.append(str(path.relative_to(UNIT)))
    assert missing == []


def test_mutmut_and_coverage_name_what_is_there() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        tools = tomllib.load(file)["tool"]
    mutmut = tools["mutmut"]
    left_out = [item.removeprefix("--deselect=") for item in mutmut["pytest_add_cli_args"] if "::" in item]
    for item in left_out:
        name, _, test = item.partition("::")
        assert f"def {test}(" in (ROOT / name).read_text(encoding="utf-8")
    named = [*mutmut["pytest_add_cli_args_test_selection"], *mutmut["also_copy"]]
    named += [item.removesuffix("*") for item in mutmut["only_mutate"]]
    named += [f"src/{item.replace('.', '/')}" for item in tools["coverage"]["run"]["source"]]
    assert [item for item in named if not ((ROOT / item).exists() or (ROOT / f"{item}.py").exists())] == []
