"""Completion scripts of bash, zsh and fish, and what they complete."""

import os
import subprocess
import sys

import pytest
from tests.support.command_line import call
from tests.support.places import PYTHONPATH


def completed(words: str, index: int) -> list[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": PYTHONPATH,
        "_CARBON_LEDGER_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(index),
    }
    done = subprocess.run(
        [sys.executable, "-m", "carbon_ledger.command_line"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return [line.split(",", 1)[1] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_has_a_script(shell: str) -> None:
    done = call("completion", shell)
    assert done.status == 0
    assert "_CARBON_LEDGER_COMPLETE" in done.out
    assert f"{shell}_complete" in done.out


def test_another_shell_is_refused() -> None:
    assert call("completion", "tcsh").status == 2


@pytest.mark.outside
def test_commands_and_options_are_completed() -> None:
    assert completed("carbon-ledger tra", 1) == ["transfer", "trace"]
    assert completed("carbon-ledger import ", 2) == ["describe", "readings", "total", "units"]
    assert "--beneficiary" not in completed("carbon-ledger retire --", 2)
    assert {"--for", "--purpose", "--dry-run"} <= set(completed("carbon-ledger retire --", 2))
