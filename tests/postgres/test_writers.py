"""Writers of several processes take turns: every command is in the log once, and the audit passes (invariant 35)."""

import pytest
from tests.postgres.writers import write_at_once
from tests.support.postgres import Server

pytestmark = pytest.mark.postgres


def test_eight_processes_lose_and_double_nothing(server: Server) -> None:
    """`python -m tests.postgres.long_run writers` does the same with 2,000 commands each."""
    wrong, findings, _ = write_at_once(server, writers=8, commands=10)
    assert (wrong, findings) == (0, 0)
