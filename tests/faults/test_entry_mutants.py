"""A small part of the mutants of entries; `python -m tests.faults --name entries` tries 50,000."""

import pytest
from tests.faults.suite.entry_moves import MOVES
from tests.faults.suite.entry_mutants import OF_FIELDS, Kind, Trial, entry_mutants, log_of, never_accepted, reviewed
from tests.faults.suite.entry_operators import VALUES

pytestmark = pytest.mark.slow

SEED = 20260101


def test_what_an_audit_accepts_of_changed_entries_is_in_the_reviewed_table() -> None:
    """Domain invariant 34: what is accepted, some sequence of commands can have written."""
    seen = entry_mutants(2_000, SEED)
    assert seen.losses == []
    assert seen.tried >= 1_900
    assert seen.figures["refused"] > 1_500
    assert seen.figures["accepted"] > 50
    assert seen.figures["refused later"] > 20


def test_each_line_of_the_reviewed_table_is_of_something_that_is_accepted() -> None:
    left = set(reviewed())
    for seed in range(SEED, SEED + 4):  # a round tries few of a line's mutants
        left &= set(never_accepted(seed, 8)) if left else set()
    assert [line.reason for line in left] == []


def test_there_are_many_operators_and_the_table_names_no_other() -> None:
    names = {*VALUES, *MOVES, *OF_FIELDS}
    assert len(names) >= 60
    for line in reviewed():
        assert line.reason
        for operator in line.operators:
            plain = operator.removeprefix("keyed/")
            assert plain in names or any(name.startswith(plain.rstrip("*")) for name in names if "*" in plain), operator


@pytest.mark.parametrize("operator", ["blank", "nul", "surrogate", "line-feed", "sixty-thousand", "two-thousand-one"])
def test_no_line_is_of_what_no_command_takes_in_a_name(operator: str) -> None:
    kind = Kind(operator, "account.opened", "event.name")
    assert not any(line.covers(kind) for line in reviewed())


def test_the_honest_log_is_accepted() -> None:
    trial = Trial("golden-v2")
    for first, stop in trial.commands():
        assert trial.outcome(log_of("golden-v2")[first:stop], stop - first) == "accepted"
        break
