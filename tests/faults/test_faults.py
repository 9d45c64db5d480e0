"""A small part of the fault suite; `python -m tests.faults --all` runs the whole of it."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.faults.suite.tampering import tamper

if os.name != "posix":
    pytest.skip("the fault suite kills processes and limits files as POSIX does", allow_module_level=True)

from tests.faults.suite import outcome, workload
from tests.faults.suite.closing import can_hold_up
from tests.faults.suite.copies import copies
from tests.faults.suite.crowds import crowds
from tests.faults.suite.disks import full_disks
from tests.faults.suite.flips import flips
from tests.faults.suite.forgeries import rewrites, truncations
from tests.faults.suite.forks import forks
from tests.faults.suite.interrupts import interrupts
from tests.faults.suite.judging import problems_of
from tests.faults.suite.kills import kill_publishers, kill_writers
from tests.faults.suite.races import race, waits
from tests.faults.suite.web import web

SEED = 20260101
pytestmark = [pytest.mark.outside, pytest.mark.slow]
needs_apsw = pytest.mark.skipif(find_spec("apsw") is None, reason="SQLite's VFS needs apsw, of the extra 'dev'")


def lost_nothing(seen: outcome.Outcome, tried: int) -> None:
    assert seen.losses == []
    assert seen.tried >= tried, outcome.table([seen])


def killed(seen: outcome.Outcome) -> int:
    return sum(count for name, count in seen.figures.items() if "(killed)" in name)


def test_killed_writers_lose_nothing() -> None:
    seen = kill_writers(4, SEED, ways=("outside", "line"))
    lost_nothing(seen, 4)
    assert killed(seen) >= 3


@needs_apsw
def test_writers_killed_inside_a_commit_lose_nothing() -> None:
    seen = kill_writers(3, SEED, ways=("operation",))
    lost_nothing(seen, 3)
    assert killed(seen) >= 2
    assert seen.figures["with a journal left behind"]


def test_killed_publishers_leave_a_log_that_is_published_on() -> None:
    lost_nothing(kill_publishers(4, SEED), 4)


def test_killed_publishers_of_views_leave_views_that_agree_with_the_log() -> None:
    lost_nothing(kill_publishers(4, SEED, views=True), 4)


@needs_apsw
def test_power_cuts_lose_nothing_and_leave_no_part_of_a_command() -> None:
    from tests.faults.suite.power import power_cuts

    seen = power_cuts(30, SEED, resume_every=15)
    lost_nothing(seen, 30)
    assert seen.figures["torn sector by sector"]


def test_a_full_disk_refuses_a_command_whole() -> None:
    seen = full_disks(3, SEED, turns=1)
    lost_nothing(seen, 3)
    assert not seen.figures["the room was enough"]


@needs_apsw
def test_failing_reads_writes_and_syncs_leave_a_legal_state() -> None:
    from tests.faults.suite.failing import failing_disks

    seen = failing_disks(20, SEED)
    lost_nothing(seen, 20)
    assert sum(count for name, count in seen.figures.items() if name.startswith("no space: StoreFullError"))


def test_two_processes_lose_and_double_nothing() -> None:
    lost_nothing(race(6, SEED), 48)


def test_who_must_wait_waits_up_to_the_timeout() -> None:
    lost_nothing(waits((0, 60)), 4)


def test_a_crowd_of_threads_and_processes_loses_nothing() -> None:
    lost_nothing(crowds(2, processes=2, threads=4, commands=5), 6)


@pytest.mark.skipif(not can_hold_up(), reason="SQLite's closing cannot be held up here")
def test_a_crowd_loses_nothing_where_sqlite_is_slow_to_close_a_file() -> None:
    lost_nothing(crowds(2, processes=2, threads=4, commands=10, slow_closing=True), 6)


def test_a_web_server_of_several_processes_loses_no_request() -> None:
    lost_nothing(web(300, workers=2), 300)


def test_a_web_server_that_is_killed_loses_no_request_and_doubles_none() -> None:
    seen = web(200, workers=2, kills=2)
    lost_nothing(seen, 200)
    assert seen.figures["connections lost"]


def test_a_copy_under_load_is_a_ledger() -> None:
    lost_nothing(copies(4), 4)


def test_interrupted_commands_leave_nothing_lost_and_nothing_stuck() -> None:
    lost_nothing(interrupts(24, SEED), 24)


def test_a_fork_in_a_batch_touches_nothing() -> None:
    lost_nothing(forks(4, SEED), 4)


def test_no_flipped_bit_is_silent() -> None:
    seen = flips(150, SEED, processes=1)
    lost_nothing(seen, 150)
    assert seen.figures["found: every entry hashes to its leaf"]
    assert 0 < seen.figures["harmless"] < 100


def test_truncated_files_are_refused() -> None:
    lost_nothing(truncations(SEED, every=8), 20)


def test_only_a_pin_tells_a_consistent_rewrite() -> None:
    lost_nothing(rewrites(1, SEED), 2)


def test_the_suite_sees_a_loss(tmp_path: Path) -> None:
    """The judges are judged: a missing end, half a command and a changed row are each a loss."""
    path, todo = tmp_path / "ledger.db", workload.commands(1)
    expected = workload.reference(path, todo)
    for name, statement, acknowledged, expected_text in (
        ("missing", "delete from entry where n >= (select max(n) - 6 from entry)", None, "were acknowledged"),
        ("half", "delete from entry where n = (select max(n) from entry)", 0, "written in part"),
        ("changed", "update balance set active = active + 1 where account = 'op'", 0, "table balance"),
    ):
        copy = tmp_path / f"{name}.db"
        copy.write_bytes(path.read_bytes())
        tamper(copy, statement)
        with workload.open_here(copy) as ledger:
            size = expected.sizes[-1] if acknowledged is None else acknowledged
            assert any(expected_text in problem for problem in problems_of(ledger, expected, size)), name
