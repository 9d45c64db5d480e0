"""What makes a page is loaded when a page is written."""

import subprocess
import sys
from pathlib import Path

import carbon_ledger as cl

_LOADED = """
import sys
import carbon_ledger as cl

with cl.open_ledger(":memory:") as ledger:
    ledger.positions()
print([name for name in sys.modules if "ledger_page" in name])
"""


def test_opening_a_ledger_loads_nothing_of_a_page() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_page_is_written_when_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    with cl.open_ledger(":memory:", ledger_id="paged") as ledger:
        assert ledger.report(path) == cl.digest_file(path)
    assert "paged" in path.read_text(encoding="utf-8")
