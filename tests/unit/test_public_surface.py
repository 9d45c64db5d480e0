"""The public surface: what can be imported, what importing costs, and what every docstring contains."""

import ast
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.support.each import each
from tests.support.places import PYTHONPATH, ROOT
from tests.support.sources import nodes_of, tree_of

import carbon_ledger as cl

SOURCE = ROOT / "src" / "carbon_ledger"
MODULES = sorted(SOURCE.rglob("*.py"))
PUBLIC = [path for path in MODULES if path.name == "__init__.py" or not path.name.startswith("_")]

Function = ast.FunctionDef | ast.AsyncFunctionDef

STILL_SILENT = {"Writer.begin_part", "Writer.end_part", "Writer.select"}  # of the store of PostgreSQL

each_module = each(MODULES, lambda path: path.relative_to(SOURCE).as_posix())
each_public_module = each(PUBLIC, lambda path: path.relative_to(SOURCE).as_posix())


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def public(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """Every public class, function and method of a module; what is inside a function is its own affair."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_") and not overload(node):
            yield f"{prefix}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node, f"{prefix}{node.name}.")


def overload(node: ast.ClassDef | Function) -> bool:
    """Whether it is only a signature of the function after it, which says what it does."""
    return any(ast.unparse(item) == "overload" for item in node.decorator_list)


def own(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def raises(function: Function) -> bool:
    return any(isinstance(node, ast.Raise) and node.exc is not None for node in own(function))


def says(node: ast.ClassDef | Function) -> bool:
    """Whether the docstring says what raises. A test fails; the docstring of a command is what ``--help`` prints."""
    is_command = any("click.command" in ast.unparse(item) for item in node.decorator_list)
    return "Raises:" in (ast.get_docstring(node) or "") or is_command or node.name.startswith("test_")


def around(path: Path, node: ast.AST) -> list[Function]:
    """The functions around a node, from the outside in."""
    line = node.lineno  # type: ignore[attr-defined]
    return [item for item in functions_of(path) if item.lineno < line <= (item.end_lineno or 0)]


@cache
def functions_of(path: Path) -> list[Function]:
    """The functions of a module in the order of their lines, so that one around another comes first."""
    return sorted((node for node in nodes_of(path) if isinstance(node, Function)), key=lambda node: node.lineno)


def is_caught(path: Path, node: ast.AST) -> bool:
    """Whether a node stands in a `try` with handlers."""
    line = node.lineno  # type: ignore[attr-defined]
    return any(item.lineno < line < item.handlers[0].lineno for item in tries_of(path))


@cache
def tries_of(path: Path) -> list[ast.Try]:
    """What a module tries, with handlers."""
    return [node for node in nodes_of(path) if isinstance(node, ast.Try) and node.handlers]


@cache
def raised_in(path: Path) -> list[tuple[ast.expr, list[Function]]]:
    """What a module raises, each with the functions around it."""
    found = (node for node in nodes_of(path) if isinstance(node, ast.Raise) and node.exc is not None)
    return [(node.exc, around(path, node)) for node in found if node.exc is not None]


def raising_helpers(path: Path) -> set[str]:
    """The private functions and methods that raise what is public and not caught where it is raised."""
    return {
        functions[-1].name
        for error, functions in raised_in(path)
        if functions
        and functions[-1].name.startswith("_")
        and not ast.unparse(error).startswith(("_", "NotImplementedError"))
        and not is_caught(path, error)
    }


def helper_of(call: ast.Call) -> str:
    """The name of the function of the same module, or the method of the same object, that a call calls."""
    function = call.func
    if isinstance(function, ast.Attribute):
        owner = function.value
        return function.attr if isinstance(owner, ast.Name) and owner.id in ("self", "cls") else ""
    return function.id if isinstance(function, ast.Name) else ""


def test_all_is_sorted_and_names_each_thing_once() -> None:
    assert list(cl.__all__) == sorted(set(cl.__all__))


def test_dir_is_all() -> None:
    assert dir(cl) == list(cl.__all__)


@pytest.mark.parametrize("name", cl.__all__)
def test_every_name_can_be_imported(name: str) -> None:
    thing = getattr(cl, name)
    assert getattr(cl, name) is thing
    if inspect.isclass(thing) or inspect.isfunction(thing):
        assert thing.__name__ == name
        assert thing.__module__.startswith("carbon_ledger.")


def test_what_is_no_name_of_ours_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Kilowatt'"):
        _ = cl.Kilowatt


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    seen = [alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(seen) == list(cl.__all__)


@pytest.mark.outside
@pytest.mark.parametrize("heavy", ["pint", "sqlite3", "attr", "attrs", "dateutil", "zoneinfo", "ctypes", "pandas"])
def test_importing_the_library_loads_nothing_heavy(heavy: str) -> None:
    assert python(f"import carbon_ledger, sys; print({heavy!r} in sys.modules)") == "False\n"


@pytest.mark.outside
def test_a_ledger_in_memory_needs_no_pint_and_no_sqlite() -> None:
    code = (
        "import carbon_ledger as cl, sys\n"
        "with cl.open_ledger(':memory:') as ledger:\n"
        "    ledger.open_account('a', name='A')\n"
        "print([name for name in ('pint', 'sqlite3') if name in sys.modules])"
    )
    assert python(code) == "[]\n"


@pytest.mark.outside
def test_importing_star_gives_the_public_names() -> None:
    code = "from carbon_ledger import *\nprint(sorted(name for name in dir() if not name.startswith('_')))"
    assert ast.literal_eval(python(code)) == list(cl.__all__)


@each_module
def test_a_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree_of(path))


@each_public_module
def test_everything_public_has_a_docstring(path: Path) -> None:
    tree = tree_of(path)
    assert [name for name, node in public(tree) if not ast.get_docstring(node)] == []


@each_module
def test_what_raises_says_so(path: Path) -> None:
    silent = [
        name for name, node in public(tree_of(path)) if isinstance(node, Function) and raises(node) and not says(node)
    ]
    assert silent == []


@each_module
def test_what_raises_by_a_helper_of_its_module_says_so(path: Path) -> None:
    helpers = raising_helpers(path)
    calls = [node for node in nodes_of(path) if helpers and isinstance(node, ast.Call) and helper_of(node) in helpers]
    named = {node: name for name, node in public(tree_of(path)) if not says(node)} if calls else {}
    silent = {
        named[functions[-1]]
        for call in calls
        if (functions := around(path, call)) and functions[-1] in named and not is_caught(path, call)
    }
    if path == SOURCE / "stores" / "postgres" / "writer.py":
        silent -= STILL_SILENT
    assert silent == set()


@each_module
def test_what_raises_inside_a_function_is_said_there_or_around_it(path: Path) -> None:
    silent = {
        f"{functions[0].name}.{functions[-1].name}"
        for _, functions in raised_in(path)
        if len(functions) > 1 and not functions[-1].name.startswith("_") and not any(map(says, functions))
    }
    assert silent == set()


@each_module
def test_what_refuses_to_be_made_says_so(path: Path) -> None:
    """A class whose making can raise says so, in its docstring or in that of what makes it."""
    tree = tree_of(path)
    silent = []
    for name, node in public(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        makers = [item for item in node.body if isinstance(item, Function)]
        makers = [item for item in makers if item.name in ("__init__", "__post_init__", "__attrs_post_init__")]
        said = "".join(ast.get_docstring(item) or "" for item in (node, *makers))
        if any(map(raises, makers)) and "Raises:" not in said:
            silent.append(name)
    assert silent == []


@each_module
def test_there_is_no_float(path: Path) -> None:
    nodes = nodes_of(path)
    floats = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) == "float"]
    assert [node.lineno for node in [*floats, *calls]] == []


@each_module
def test_a_module_stays_short(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 400


def test_no_function_is_too_long() -> None:
    found = set()
    for path in MODULES:
        for node in nodes_of(path):
            if isinstance(node, Function) and (node.end_lineno or 0) - node.lineno + 1 > 50:
                found.add(node.name)
    assert found == set()
