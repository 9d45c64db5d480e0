"""Wrong inputs for every parser: a part of `python -m tests.faults --name fuzz`; and time that grows with the size."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.faults.suite.fuzzing import fuzz_one, problem_of
from tests.faults.suite.mutating import mutated
from tests.faults.suite.parsers import Parser, every_parser
from tests.support.lines_run import lines_run

SEED = 20260101
PARSERS = every_parser()
# Inputs of those that take milliseconds each; the command tries more.
SLOW = {"zone": 60, "IFI": 200, "amount": 500, "description of a meter file": 150, "nem12 file": 400, "table long": 400}
FEW, MANY = 60, 1_000

# What makes a parser go over its input again and again.
PARTS = 5
REPEATED = ("9", "0", "-", " ", ".", ",", "/", ":", "[", '{"a":', '"', "\n", "a", "a,", "%", "=", "1-", "é", "\n9,")


@pytest.mark.parametrize("most", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", PARSERS)
def test_wrong_input_meets_errors_of_this_library_alone(name: str, most: int) -> None:
    seen = fuzz_one(name, PARSERS[name], min(most, SLOW.get(name, most)), SEED)
    assert seen.losses == []
    assert seen.tried >= FEW


@pytest.mark.parametrize("name", PARSERS)
def test_every_number_and_word_may_have_5000_characters(name: str) -> None:
    """Python reads whole numbers of 4,300 digits at most, and says so with an error of its own."""
    parser = PARSERS[name]
    for seed in parser.seeds[:2]:
        runs = [*re.finditer(rb"[0-9]+", seed), *re.finditer(rb"[A-Za-z]+", seed)][:12]
        for run in runs:
            for long in (b"9" * 5_000, b"1" + b"0" * 5_000, b"a" * 5_000, b""):
                assert not problem_of(parser, seed[: run.start()] + long + seed[run.end() :])


def test_the_same_seed_gives_the_same_inputs() -> None:
    import random

    def inputs(seed: int) -> list[bytes]:
        choose = random.Random(seed)
        return [mutated(b"2024-05-01", [b"abc", b"2024"], choose) for _ in range(50)]

    assert inputs(1) == inputs(1) != inputs(2)
    assert len(set(inputs(1))) > 30


@pytest.mark.parametrize(
    ("parse", "problem"),
    [
        (int, "ValueError"),
        (lambda data: [][len(data)], "IndexError"),
        (lambda _: object(), "it is read otherwise"),
    ],
)
def test_a_foreign_error_and_what_is_not_written_as_it_was_read_are_noticed(
    parse: Callable[[bytes], Any], problem: str
) -> None:
    assert problem in (problem_of(Parser((b"x",), parse, lambda _: b"x"), b"x") or "")


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, PARTS))])
@pytest.mark.parametrize("name", PARSERS)
def test_the_lines_that_a_parser_runs_grow_with_its_input_at_most(name: str, part: int) -> None:
    """Invariant 36: four times the input takes at most five times the lines, but for what is run once."""
    parser = PARSERS[name]
    head = parser.seeds[0]
    for what in REPEATED[part::PARTS]:
        small, large = (lines_run(parser.parse, head + what.encode() * count) for count in (500, 2_000))
        assert large <= 5 * small + 500, what
