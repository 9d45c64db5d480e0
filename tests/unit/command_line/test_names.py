"""The names of the commands, and the help that is written from them alone."""

import os
import subprocess
import sys

import click
import pytest
from tests.support.command_line import call
from tests.support.places import PYTHONPATH

from carbon_ledger.command_line.names import COMMANDS, command_names, help_text, module_of
from carbon_ledger.command_line.program import program

NAMED = [(name, line) for _, items in COMMANDS for name, _, line in items]


def python(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("name", "line"), NAMED)
def test_the_help_of_a_command_begins_with_the_same_verb(name: str, line: str) -> None:
    command = program.get_command(click.Context(program), name)
    assert command is not None
    assert module_of(name)
    assert (command.help or "").split()[0] == line.split(maxsplit=1)[0]


def test_every_name_is_there_once() -> None:
    assert len(set(command_names())) == len(command_names())
    assert module_of("balanc") is None


def test_the_help_fits_a_terminal_of_80_columns() -> None:
    assert max(map(len, help_text().splitlines())) <= 80


def test_the_library_is_run_as_the_command() -> None:
    assert python("-m", "carbon_ledger", "--version").stdout == call("--version").out


def test_click_and_the_quick_way_print_the_same_help() -> None:
    quick = python("-m", "carbon_ledger.command_line", "--help")
    assert quick.stdout == call("--help").out == help_text()
    assert (quick.returncode, quick.stderr) == (0, "")


@pytest.mark.outside
def test_the_help_loads_nothing_but_the_names() -> None:
    code = (
        "import sys\nfrom carbon_ledger.command_line import main\n"
        "status = main(['--help'])\n"
        "print(status, *sorted(name for name in sys.modules if name.startswith('carbon_ledger')), file=sys.stderr)\n"
        "print(*(name for name in sys.modules if name.partition('.')[0] in "
        "('attr', 'attrs', 'pint', 'sqlite3', 'click', 'typing', 'decimal', 'inspect')), file=sys.stderr)"
    )
    first, heavy = python("-c", code).stderr.splitlines()
    rooms = ("carbon_ledger", *(f"carbon_ledger.command_line{name}" for name in ("", ".names", ".streams")))
    assert first == " ".join(("0", *rooms))
    assert heavy == ""


@pytest.mark.outside
@pytest.mark.parametrize("words", [["issue", "--help"], ["completion", "zsh"], ["doctor", "why", "--help"]])
def test_the_help_of_a_command_loads_no_ledger(words: list[str]) -> None:
    code = (
        "import sys\nfrom carbon_ledger.command_line import main\n"
        f"main({words!r})\n"
        "print(*(name for name in ('attr', 'pint', 'sqlite3', 'carbon_ledger.ledger') if name in sys.modules), "
        "file=sys.stderr)"
    )
    assert python("-c", code).stderr == "\n"


@pytest.mark.outside
@pytest.mark.parametrize("words", [["--help"], ["audit"]])
def test_without_click_the_extra_is_named(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from importlib.machinery import PathFinder\n"
        "found = PathFinder.find_spec\n"
        "PathFinder.find_spec = lambda name, *rest: None if name == 'click' else found(name, *rest)\n"
        "from carbon_ledger.command_line import main\n"
        f"sys.exit(main({words!r}))"
    )
    done = python("-c", code)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'carbon-ledger[cli]'" in done.stderr
