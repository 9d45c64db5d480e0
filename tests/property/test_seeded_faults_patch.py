"""The faults that `tests/tools/seed_faults.py` seeds still fit the source; the script itself runs for minutes."""

import ast
import shutil
from pathlib import Path

import pytest
from tests.tools.seed_faults import FAULTS, PACKAGE, SOURCE, Fault, seed


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_fits_the_source(fault: Fault, tmp_path: Path) -> None:
    """Its text occurs exactly once, and what comes of it is Python."""
    path = tmp_path / PACKAGE / fault.file
    path.parent.mkdir(parents=True)
    shutil.copy(SOURCE / PACKAGE / fault.file, path)
    seed(tmp_path, fault)
    text = path.read_text(encoding="utf-8")
    assert fault.new in text
    assert ast.dump(ast.parse(text)) != ast.dump(ast.parse((SOURCE / PACKAGE / fault.file).read_text("utf-8")))


def test_a_fault_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / PACKAGE / "serials.py"
    path.parent.mkdir(parents=True)
    path.write_text("a = 1\nb = 1\n", encoding="utf-8")
    for old in ("= 1", "= 2"):
        with pytest.raises(SystemExit, match="expected once"):
            seed(tmp_path, Fault("twice or never", "serials.py", old, "= 3"))
    assert path.read_text("utf-8") == "a = 1\nb = 1\n"


def test_faults_have_names_of_their_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
