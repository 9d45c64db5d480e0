"""A small part of the hostile files; `python -m tests.faults --name hostile` opens all of them."""

import os
from pathlib import Path

import pytest

if os.name != "posix" or not Path("/proc/self/statm").exists():
    pytest.skip("the limits of the process are those of Linux", allow_module_level=True)

from tests.faults.suite.hostile import Kind, hostile, kinds
from tests.faults.suite.hostile_child import _judge, _sound
from tests.faults.suite.hostile_files import FILES
from tests.faults.suite.hostile_logs import LOGS
from tests.faults.suite.hostile_pages import PAGES
from tests.faults.suite.hostile_rows import ROWS
from tests.faults.suite.hostile_schema import SCHEMAS

pytestmark = [pytest.mark.outside, pytest.mark.slow]


def test_hostile_files_are_refused_or_found() -> None:
    some = [*SCHEMAS[::2], *FILES, *LOGS[::6], *ROWS[::40], *PAGES[::30]]
    assert len(some) >= 200
    assert len(kinds()) >= 900
    seen = hostile([kind.name for kind in some])
    assert seen.losses == []
    assert seen.tried == len(some)


def test_the_judge_sees_what_passes(tmp_path: Path) -> None:
    """A kind that changes nothing passes, and is a loss unless it is declared harmless."""
    path, before, sound_s = _sound(tmp_path / "sound")
    seen, problems = _judge(Kind("nothing", lambda _: None), path, before, sound_s)
    assert (seen, problems) == ("passed", ["read: passed", "written: passed"])
