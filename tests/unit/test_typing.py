"""A program written from the documents is clean under mypy and pyright, both strict; misspelt lines are errors in both.

pyright comes with its own JavaScript and, by the extra ``nodejs``, with node: it downloads nothing.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest
from tests.support.places import ROOT
from tests.typing import client

import carbon_ledger as cl
from carbon_ledger import types
from carbon_ledger.core.entries.events import ROLES
from carbon_ledger.core.state.rows import EXPIRED, STATES
from carbon_ledger.exact import DIRECTIONS
from carbon_ledger.ledger.commands.meter_files import ALREADY
from carbon_ledger.ledger.commands.selection import ORDERS
from carbon_ledger.metering.file_report import ON_REFUSAL
from carbon_ledger.metering.readings import QUALITIES
from carbon_ledger.projects import BASELINES
from carbon_ledger.queries.matching import ORDERS as MATCH_ORDERS

TYPING = ROOT / "tests" / "typing"
QUIET = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "PYRIGHT_PYTHON_USE_BUNDLED_PYRIGHT": "1"}


def output(command: Sequence[str], folder: Path) -> str:
    """What a type checker prints, in a folder without any configuration of this project."""
    environment = {**os.environ, **QUIET, "PYTHONPATH": "", "MYPYPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def errors_of_mypy(folder: Path, name: str) -> dict[int, str]:
    """The lines in which mypy finds an error."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", name]
    command.append("--follow-imports=silent")  # as of an installed package
    printed = output(command, folder)
    found = re.findall(rf"^{re.escape(name)}:(\d+): error: (.*)$", printed, re.MULTILINE)
    assert found or not printed.strip(), printed
    return {int(line): text for line, text in found}


def errors_of_pyright(folder: Path, name: str) -> dict[int, str]:
    """The lines in which pyright finds an error."""
    config = {"include": [name], "typeCheckingMode": "strict", "extraPaths": [str(ROOT / "src")]}
    (folder / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    printed = output([sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable], folder)
    document = json.loads(printed[printed.index("{") :])
    assert document["summary"]["filesAnalyzed"] == 1, printed
    return {item["range"]["start"]["line"] + 1: item["message"] for item in document["generalDiagnostics"]}


CHECKERS = {"mypy": errors_of_mypy, "pyright": errors_of_pyright}


def checked(checker: str, name: str, folder: Path) -> dict[int, str]:
    if checker == "pyright":
        pytest.importorskip("pyright", reason="pyright is not installed: it is in the extra dev")
    shutil.copy(TYPING / name, folder / name)
    return CHECKERS[checker](folder, name)


@pytest.mark.slow
@pytest.mark.outside
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_client_written_from_the_documents_is_clean(checker: str, tmp_path: Path) -> None:
    assert checked(checker, "client.py", tmp_path) == {}


@pytest.mark.slow
@pytest.mark.outside
@pytest.mark.parametrize("checker", CHECKERS)
def test_every_misspelt_line_is_an_error_and_no_other(checker: str, tmp_path: Path) -> None:
    lines = (TYPING / "misspelt.py").read_text(encoding="utf-8").splitlines()
    wrong = [number for number, line in enumerate(lines, 1) if line.endswith("# wrong")]
    assert len(wrong) == 17
    assert sorted(checked(checker, "misspelt.py", tmp_path)) == wrong


def test_the_client_runs(tmp_path: Path) -> None:
    client.main(tmp_path)
    with cl.open_ledger(tmp_path / "wind.db", read_only=True) as ledger:
        assert [item.count for item in ledger.retirements()] == [12, 3]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (types.State, STATES),
        (types.Role, ROLES),
        (types.Quality, QUALITIES),
        (types.Direction, DIRECTIONS),
        (types.SelectionOrder, tuple(ORDERS)),
        (types.MatchOrder, MATCH_ORDERS),
        (types.Already, ALREADY),
        (types.OnRefusal, ON_REFUSAL),
        (types.Baseline, BASELINES),
        (types.Policy, ("open", "roles")),
    ],
)
def test_a_choice_has_the_names_that_are_accepted(choice: object, names: tuple[str, ...]) -> None:
    assert get_args(choice) == tuple(names)


def test_a_held_state_is_a_state_or_expired() -> None:
    assert {name for part in get_args(types.HeldState) for name in (get_args(part) or (part,))} == {*STATES, EXPIRED}
