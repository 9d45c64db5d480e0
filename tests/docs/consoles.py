"""Blocks of a terminal in documents: each command is run by a shell, and has to print what the block shows.

A command begins with ``$ ``, and its further lines with ``> ``. What follows is what it prints, on stdout and stderr.
The command `carbon-ledger` is this project's own. The times at which entries are recorded are those of the test, so
each time of today is replaced by `SHOWN`, which documents show; digests and roots depend on these times, and documents
have ``...`` in their place.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from tests.support.places import PYTHONPATH

from carbon_ledger.opening.ledgers import _system_clock

SHOWN = "2025-03-03T09:00:00Z"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?Z")
_EXPORT = re.compile(r"export (?P<name>[A-Z_]+)=(?P<value>\S+)")
_NEAR = timedelta(days=1)


def commands_of(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a block, and what each has to print."""
    command, printed = "", ""
    for line in text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, printed
            command, printed = line.removeprefix("$ "), ""
        elif line.startswith("> ") or line == ">":
            command += f"\n{line[2:]}"
        else:
            assert command, f"{line!r} comes before any command"
            printed += f"{line}\n"
    if command:
        yield command, printed


def with_shown_times(text: str) -> str:
    """A text in which each time of today is the one that documents show."""
    now = _system_clock()

    def shown(match: re.Match[str]) -> str:
        return SHOWN if abs(datetime.fromisoformat(match[0]) - now) < _NEAR else match[0]

    return _TIME.sub(shown, text)


class Shell:
    """A shell in a folder, in which `carbon-ledger` is this project's command; what it exports stays.

    Args:
        folder: The folder that commands run in.
        programs: A folder for the command.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        program = programs / "carbon-ledger"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m carbon_ledger.command_line "$@"\n')
        program.chmod(0o755)
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CARBON_LEDGER")},
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": PYTHONPATH,
            "PYTHONDONTWRITEBYTECODE": "1",
            "LC_ALL": "C.UTF-8",
        }

    def run(self, command: str) -> str:
        """Run a command, and give what it printed."""
        if (match := _EXPORT.fullmatch(command)) is not None:
            self.environment[match["name"]] = match["value"]
            return ""
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        return with_shown_times(done.stdout)
