"""The command is there after an installation in a fresh environment, and names its extra if that is missing."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from tests.support.places import ROOT


@pytest.mark.slow
@pytest.mark.outside
def test_an_installed_command_works_and_names_its_extra(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("the folder of programs has another name there")
    venv.create(tmp_path / "env", with_pip=True)
    programs = tmp_path / "env" / "bin"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(map(str, words)), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    done = run(programs / "pip", "install", "-q", str(ROOT))
    assert done.returncode == 0, done.stderr
    without = run(programs / "carbon-ledger", "--help")
    assert (without.returncode, without.stdout) == (2, "")
    assert "pip install 'carbon-ledger[cli]'" in without.stderr
    assert run(programs / "pip", "install", "-q", f"{ROOT}[cli]").returncode == 0
    assert run(programs / "carbon-ledger", "--help").stdout.startswith("Usage: carbon-ledger ")
    assert run(programs / "carbon-ledger", "init", "a.db", "--id", "a").returncode == 0
    assert "1" in run(programs / "carbon-ledger", "-f", "a.db", "log").stdout
    assert (
        run(programs / "python", "-m", "carbon_ledger.command_line", "--version").stdout
        == run(programs / "carbon-ledger", "--version").stdout
    )
    assert sys.version_info >= (3, 11)
