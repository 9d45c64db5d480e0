"""The tests can run by the clock of a later day: none may begin to fail when a date has passed."""

import ast
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.places import PYTHONPATH, ROOT

LATER = ROOT / "tests" / "support" / "later"
SCRIPT = "import carbon_ledger as cl; print(cl.open_ledger(':memory:').entry(0).at)"
ELSEWHERE = {"test_later_days.py", "test_typing.py", "test_isolated.py", "seed_faults.py", "compare_versions.py"}


def at_later(days: str) -> "subprocess.CompletedProcess[str]":
    """A program that prints the time of a new ledger, by a clock that is set ahead."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(LATER), PYTHONPATH]), "DAYS_LATER": days}
    return subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.outside
@pytest.mark.parametrize("days", [0, 1_000])
def test_a_ledgers_clock_is_set_ahead(days: int) -> None:
    before = datetime.now(UTC)
    at = datetime.fromisoformat(at_later(str(days)).stdout.strip())
    assert before <= at - timedelta(days=days) <= datetime.now(UTC)


@pytest.mark.outside
@pytest.mark.parametrize("days", ["", "a year", "9" * 12])
def test_days_that_are_no_number_end_the_program(days: str) -> None:
    """Python would go on after another error in the module, and the tests would run by the clock of today."""
    done = at_later(days)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"DAYS_LATER={days!r}: expected a whole number of days" in done.stderr


def clocks(tree: ast.AST) -> set[str]:
    """The calls of a module that ask for the time of day."""
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = ("now", "utcnow", "today", "time_ns", "gmtime", "localtime")
    return {name for name in called if name.split(".")[-1] in names or name == "time.time"}


def test_one_module_of_the_library_asks_for_the_time_of_day() -> None:
    package = ROOT / "src" / "carbon_ledger"
    found = {path: clocks(ast.parse(path.read_text(encoding="utf-8"))) for path in package.rglob("*.py")}
    assert {path.relative_to(package).as_posix() for path, names in found.items() if names} == {"opening/ledgers.py"}


def replaced(path: Path) -> list[str]:
    """The environments in which a test starts a program without what its own PYTHONPATH and environment say."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Dict)]
    given = [dict(zip((key and ast.unparse(key) for key in node.keys), node.values, strict=True)) for node in nodes]
    return [
        f"{path.name}: {ast.unparse(found[name])}"
        for found in given
        if (name := "'PYTHONPATH'") in found
        and (None not in found or not any(word in ast.unparse(found[name]) for word in ("PYTHONPATH", "sys.path")))
    ]


def test_every_program_that_a_test_starts_has_the_tests_clock() -> None:
    paths = [path for path in (ROOT / "tests").rglob("*.py") if path.name not in ELSEWHERE]
    assert [line for path in paths for line in replaced(path)] == []
