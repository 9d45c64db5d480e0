"""The public surface: what can be imported, what importing costs, and what every docstring contains."""

import ast
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.each import each
from tests.support.places import ROOT
from tests.support.sources import nodes_of, tree_of

import carbon_ledger as cl

SOURCE = ROOT / "src" / "carbon_ledger"
MODULES = sorted(SOURCE.rglob("*.py"))
PUBLIC = [path for path in MODULES if path.name == "__init__.py" or not path.name.startswith("_")]

Function = ast.FunctionDef | ast.AsyncFunctionDef

STILL_SILENT = ("Writer.begin_part", "Writer.end_part", "Writer.select")  # of the store of PostgreSQL

each_module = each(MODULES, lambda path: path.relative_to(SOURCE).as_posix())
each_public_module = each(PUBLIC, lambda path: path.relative_to(SOURCE).as_posix())


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
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


def let_out(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function that stand in no `try` with handlers."""
    caught = {
        part
        for node in own(function)
        if isinstance(node, ast.Try) and node.handlers
        for inside in node.body
        for part in ast.walk(inside)
    }
    return (node for node in own(function) if node not in caught)


def helpers_called(function: Function) -> set[str]:
    """The names of the private functions and methods of its module that a function calls, caught or not."""
    called = [ast.unparse(node.func) for node in let_out(function) if isinstance(node, ast.Call)]
    names = {name.removeprefix("self.").removeprefix("cls.") for name in called}
    return {name for name in names if name.startswith("_") and "." not in name}


def raised(function: Function) -> set[str]:
    """What a function raises and does not catch; without what is private, which its module catches itself."""
    found = [node.exc for node in let_out(function) if isinstance(node, ast.Raise) and node.exc is not None]
    return {ast.unparse(item).partition("(")[0] for item in found} - {"NotImplementedError"}


def raising_helpers(path: Path) -> set[str]:
    """The private functions and methods of a module that raise."""
    functions = [node for node in nodes_of(path) if isinstance(node, Function) and node.name.startswith("_")]
    return {node.name for node in functions if any(not name.startswith("_") for name in raised(node))}


def inner(tree: ast.AST, outer: tuple[Function, ...] = ()) -> Iterator[tuple[Function, tuple[Function, ...]]]:
    """The functions inside functions, each with the functions around it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            if outer:
                yield node, outer
            yield from inner(node, (*outer, node))
        else:
            yield from inner(node, outer)


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
    if not helpers:
        return
    silent = [
        name
        for name, node in public(tree_of(path))
        if isinstance(node, Function) and not says(node) and helpers & helpers_called(node)
    ]
    if path == SOURCE / "stores" / "postgres" / "writer.py":
        silent = [name for name in silent if name not in STILL_SILENT]
    assert silent == []


@each_module
def test_what_raises_inside_a_function_is_said_there_or_around_it(path: Path) -> None:
    silent = [
        f"{around[0].name}.{node.name}"
        for node, around in inner(tree_of(path))
        if not node.name.startswith("_") and raises(node) and not any(map(says, (node, *around)))
    ]
    assert silent == []


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
