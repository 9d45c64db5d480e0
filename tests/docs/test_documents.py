"""Every document is true: its blocks run, what it shows is what they print, and what it names is there."""

import ast
import doctest
import io
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from tests.docs.consoles import Shell, commands_of
from tests.docs.documents import (
    CELL,
    LANGUAGES,
    ROOT,
    Fence,
    anchors,
    documents,
    fences,
    links,
    name_of,
    prose,
)
from tests.support.places import PYTHONPATH

FLAGS = doctest.ELLIPSIS
RUN_EXAMPLE = "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/python examples/kalbajar_hydro.py"
RUN_TESTS = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest -q"
FOLDERS = "benchmarks|docs|examples|scripts|src|tests"

DOCUMENTS = documents()
RUNNABLE = [path for path in DOCUMENTS if any(fence.language in ("python", CELL, "console") for fence in fences(path))]
# A month of commands, each of which starts an interpreter; the contract of a store, which the suite tests too; reviews.
LONG = tuple(
    f"docs/{name}.md"
    for name in (
        "tutorial/month-without-python",
        *(f"how-to/{page}" for page in ("test-your-own-store", "keep-a-workpaper", "review-a-ledger")),
    )
)
NOTEBOOKS = [path for path in DOCUMENTS if any(fence.language == CELL for fence in fences(path))]

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=map(name_of, DOCUMENTS))


def run_python(fence: Fence, namespace: dict[str, Any], name: str) -> str:
    """Run a block, as a doctest where it has prompts, and give what it printed."""
    printed = io.StringIO()
    if ">>>" not in fence.text:
        with redirect_stdout(printed):
            exec(compile("\n" * (fence.line - 1) + fence.text, name, "exec"), namespace)
        return printed.getvalue()
    examples = doctest.DocTestParser().get_examples(fence.text, name)
    test = doctest.DocTest(examples, namespace, name, name, fence.line - 1, fence.text)
    test.globs = namespace  # the parser's copy would forget what the block defines
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    runner.run(test, out=printed.write, clear_globs=False)
    assert runner.failures == 0, printed.getvalue()
    return ""


def run_cell(fence: Fence, namespace: dict[str, Any], name: str) -> str:
    """Run a cell of a notebook, and give what it shows of its last expression: HTML where it has some."""
    tree = ast.parse("\n" * (fence.line - 1) + fence.text, name)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()):
        exec(compile(tree, name, "exec"), namespace)
        value = eval(compile(ast.Expression(last.value), name, "eval"), namespace) if last else None
    return str(value._repr_html_()) if hasattr(value, "_repr_html_") else repr(value)


def run_sql(fence: Fence) -> str:
    """Put a question to the one ledger file of the document, and give its rows as the sqlite3 shell does."""
    (file,) = Path.cwd().glob("*.db")
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(fence.text).fetchall()
    return "".join("|".join("" if value is None else str(value) for value in row) + "\n" for row in rows)


def run_shell(fence: Fence) -> str:
    """Run the commands of a block that are a script of this project; others are for the reader alone."""
    printed = ""
    for command in fence.text.splitlines():
        if not command.startswith("python examples/"):
            continue
        _, script, *arguments = shlex.split(command)
        done = subprocess.run(
            [sys.executable, ROOT / script, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": PYTHONPATH, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        printed += done.stdout
    return printed


def run_console(fence: Fence, shell: Shell, name: str) -> None:
    """Run the commands of a block, and compare what each prints with what the block shows."""
    for command, shown in commands_of(fence.text):
        printed = shell.run(command)
        same = doctest.OutputChecker().check_output(shown, printed, FLAGS)
        assert same, f"{name}, line {fence.line}: {command}\nshows\n{shown}\nand this was printed\n{printed}"


def write_file(fence: Fence) -> None:
    """Write the file that a block shows, whose first line is a comment with its name."""
    first = fence.text.partition("\n")[0]
    if re.fullmatch(r"# [\w.-]+\.toml", first):
        Path(first.removeprefix("# ")).write_text(fence.text, encoding="utf-8")


# Pages that import a library of the extra test, which not every installation has.
LIBRARIES = {
    "docs/how-to/read-a-frame.md": ("pandas", "polars"),
    "docs/how-to/serve-a-registry.md": ("fastapi", "httpx2"),
    "docs/how-to/take-tables-out.md": ("pandas", "polars", "pyarrow", "duckdb", "nanoarrow", "xlsxwriter"),
}


@pytest.mark.outside
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=(name := name_of(path)), marks=[pytest.mark.slow] if name in LONG else [])
        for path in RUNNABLE
    ],
)
def test_a_document_runs_as_it_stands(
    path: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in LIBRARIES.get(name_of(path), ()):
        pytest.importorskip(library, reason=f"{name_of(path)} needs {library}: it is in the extra test")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    shell = Shell(tmp_path, tmp_path_factory.mktemp("programs"))
    printed: str | None = None
    for fence in fences(path):
        where = f"{name_of(path)}, line {fence.line}"
        if fence.language == "python":
            printed = run_python(fence, namespace, name_of(path))
        elif fence.language == CELL:
            run_cell(fence, namespace, name_of(path))
        elif fence.language == "console":
            run_console(fence, shell, name_of(path))
        elif fence.language == "toml":
            write_file(fence)
        elif fence.language == "sql":
            printed = run_sql(fence)
        elif fence.language == "sh":
            printed = run_shell(fence)
        elif fence.language == "text":
            assert printed is not None, f"{where}: a text block follows the block that prints it"
            same = doctest.OutputChecker().check_output(fence.text, printed, FLAGS)
            assert same, f"{where} shows\n{fence.text}\nand this was printed\n{printed}"
            printed = None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=map(name_of, NOTEBOOKS))
def test_a_notebook_says_what_jupyter_needs(path: Path) -> None:
    head, cells = path.read_text(encoding="utf-8").removeprefix("---\n").split("\n---\n", 1)
    assert head.startswith("jupytext:\n")
    assert "format_name: myst\nkernelspec:\n  name: python3\n" in head
    assert cells.startswith("\n# ")
    assert {fence.language for fence in fences(path)} == {CELL}


@each_document
def test_a_block_is_of_a_known_kind(path: Path) -> None:
    kinds = {fence.language for fence in fences(path)}
    assert kinds <= set(LANGUAGES)
    assert path.read_text(encoding="utf-8").count("```") == 2 * len(fences(path))


@each_document
def test_a_link_leads_somewhere(path: Path) -> None:
    for where, heading in links(path):
        target = (path.parent / where).resolve() if where else path
        assert target.is_relative_to(ROOT), f"{where} leaves the project"
        assert target.exists(), f"{where} is not there"
        if heading:
            assert heading in anchors(target), f"{where}#{heading}: no such heading"


@each_document
def test_a_file_that_is_named_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for named in re.findall(rf"(?<![\w./-])(?:{FOLDERS})/[\w./-]*\w", text):
        assert (ROOT / named).exists() or named.startswith("docs/_build/"), f"{named} is not there"


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path not in reached and path in DOCUMENTS:
            reached.add(path)
            waiting.extend((path.parent / where).resolve() for where, _ in links(path))
    assert set(DOCUMENTS) - reached == set()


def test_the_readme_has_its_two_commands_word_for_word() -> None:
    alone = [fence.text for fence in fences(ROOT / "README.md") if fence.language == "sh"]
    assert f"{RUN_EXAMPLE}\n" in alone
    assert f"{RUN_TESTS}\n" in alone


@each_document
def test_nothing_speaks_of_another_machine(path: Path) -> None:
    text = prose(path)
    assert not re.search(r"/(?:work|home|tmp|root|Users)/", text)
    assert "../shared" not in text
