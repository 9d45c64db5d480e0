"""Wrong inputs for every parser: only this library's errors come out, and what is read is written and read again."""

import random
from collections.abc import Iterable
from typing import Final

from tests.faults.suite.mutating import mutated
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.parsers import Parser, every_parser

from carbon_ledger.errors import CarbonLedgerError

_MOST_LOSSES: Final = 5  # of a parser


def fuzz(count: int, seed: int, names: Iterable[str] | None = None) -> Outcome:
    """Give every parser wrong inputs.

    Args:
        count: How many inputs each parser gets.
        seed: Chooses every change.
        names: The parsers; all parsers by default.

    Returns:
        How many inputs each parser read, and every error that is not an error of this library.
    """
    outcome = Outcome("fuzz")
    parsers = every_parser()
    for name in parsers if names is None else names:
        outcome.add(fuzz_one(name, parsers[name], count, seed))
    return outcome


def fuzz_one(name: str, parser: Parser, count: int, seed: int) -> Outcome:
    """Give a parser wrong inputs."""
    choose = random.Random(f"{seed} {name}")
    outcome, read = Outcome("fuzz", tried=count), 0
    for _ in range(count):
        data = mutated(choose.choice(parser.seeds), parser.seeds, choose)
        problem = problem_of(parser, data)
        read += problem == ""
        if problem and len(outcome.losses) < _MOST_LOSSES:
            outcome.lose(name, [f"{problem} of {data[:200]!r}"])
    outcome.figures[f"{name} read"] = read
    return outcome


def problem_of(parser: Parser, data: bytes) -> str | None:
    """What is wrong with what a parser makes of an input: empty where it reads it, None where it refuses it."""
    try:
        value = parser.parse(data)
        if parser.again is not None and value is not None:
            written = parser.again(value)
            if parser.parse(written) != value:
                return f"it is read otherwise when written again as {written[:200]!r}"
    except CarbonLedgerError as error:
        return None if str(error).replace("\n", "").isprintable() else f"{type(error).__name__} does not print"
    except Exception as error:
        return f"{type(error).__name__}: {error!s:.200}"
    return ""
