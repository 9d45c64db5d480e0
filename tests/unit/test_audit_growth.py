"""An audit of twice as much of anything is twice the work, in SQLite's instructions and Python's lines.

What is counted here from 4 to 32 of each thing, ``python -m benchmarks.audit_growth`` counts for more of them.
"""

import math
from pathlib import Path

import pytest
from benchmarks.audit_growth import GOAL, counted_exponent, exponent, main
from benchmarks.harness.counting import work_of
from benchmarks.repetitions import OPEN, ROLES, STEEP, SUBJECTS, repeated

from carbon_ledger.stores.memory import MemoryStore

pytestmark = pytest.mark.slow

ON_FILE = [
    *(name for name in OPEN if name.startswith("labels")),
    *ROLES,
    "voids: a period issued and voided again and again",
    "voids: granular, of many periods",
    "corrections: of one step, granular",
    "corrections: one of many runs, granular",
    "approvals: given and revoked",
    "approvals: lapsed",
    "conversions: one, issued and voided again and again",
    "devices: of one project, granular",
    "transfers: that cut one batch",
    "imports: of one registry",
]
IN_MEMORY = [
    "labels: put on many blocks",
    "labels: put on and taken off one block",
    "voids: of many periods",
    "approvals: lapsed",
    "roles: of one actor",
    "transfers: of one block to and fro",
    "offers: made and revoked, of one block",
    "imports: of one registry",
]


@pytest.mark.parametrize("subject", ON_FILE)
def test_an_audit_of_a_file_grows_with_what_is_in_it(subject: str, tmp_path: Path) -> None:
    """Invariant 36: time grows with the size of what is given."""
    assert counted_exponent(subject, 2, tmp_path) <= GOAL


@pytest.mark.parametrize("subject", IN_MEMORY)
def test_an_audit_in_memory_grows_with_what_is_in_it(subject: str) -> None:
    """Invariant 36."""
    assert counted_exponent(subject, 2, None) <= GOAL


def test_what_is_counted_grows_with_the_square_where_the_work_does() -> None:
    """A loop within a loop is seen, on one line as on two."""

    def square(count: int) -> int:
        return work_of(lambda: [[None for _ in range(count)] for _ in range(count)])

    assert exponent([square(40), square(320)]) > 1.9
    assert math.isclose(exponent([1.0, 8.0]), 1)
    assert math.isnan(exponent([-0.001, 8.0]))


@pytest.mark.parametrize("subject", [*list(OPEN)[-3:], *STEEP])
def test_each_subject_is_repeated_and_sound(subject: str) -> None:
    """More of it, more entries; and what is measured is an audit that finds nothing."""
    few, many = (repeated(MemoryStore(), subject, count) for count in (1, 3))
    sizes = [sum(len(ledger.entry_bytes(n)) for n in range(ledger.size)) for ledger in (few, many)]
    assert sizes[0] < sizes[1]
    assert many.audit().passed
    assert subject in SUBJECTS


def test_the_command_prints_an_exponent_of_each_subject(capsys: pytest.CaptureFixture[str]) -> None:
    """And fails where one is above the goal."""
    assert main(["--only", "keys", "--number", "1", "--memory", "--time"]) == 0
    assert "keys" in (line := capsys.readouterr().out)
    assert "counted 1.0" in line
    assert "time" in line
