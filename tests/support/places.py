"""Paths of the project's own files, for tests that read them or start programs with them."""

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
GOLDEN: Final = ROOT / "tests" / "golden"
# Of a program that a test starts: the library of this project, and then what the test's own interpreter was given.
PYTHONPATH: Final = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
