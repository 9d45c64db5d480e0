"""Truncated files, and files that were rewritten as a whole: only a pin finds the rewritten ones."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from tests.faults.suite.child import SIGNER
from tests.faults.suite.flips import PAGE_BYTES
from tests.faults.suite.judging import reopened
from tests.faults.suite.outcome import Outcome
from tests.faults.suite.workload import HOURS, Command, commands, open_here, record_readings, reference, run

import carbon_ledger as cl
from carbon_ledger.errors import ForkError

KEY: Final = str(SIGNER.verifier_key)


def truncations(seed: int, *, every: int = 1) -> Outcome:
    """Cut a file off at its page boundaries, a byte beside them, and at some places between.

    Args:
        seed: Chooses the places between.
        every: Only so many boundaries: each, every second, ...
    """
    outcome, chance = Outcome("truncated file"), Random(f"{seed}/truncation")
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        path = Path(place) / "ledger.db"
        expected = reference(path, commands(1))
        data = path.read_bytes()
        boundaries = range(0, len(data) + 1, PAGE_BYTES * every)
        sizes = {at + by for at in boundaries for by in (-1, 0, 1)}
        sizes |= {chance.randrange(len(data)) for _ in boundaries}
        for size in sorted(size for size in sizes if 0 <= size < len(data)):
            path.write_bytes(data[:size])
            problems = reopened(path, expected, expected.sizes[-1])
            outcome.count("detected" if problems else "silent")
            outcome.lose(f"cut at byte {size} of {len(data)}", _silent(path, problems))
    return outcome


def _silent(path: Path, problems: list[str]) -> list[str]:
    if not problems:
        return ["a file that was cut off passes as whole"]
    if not any(str(path) in problem for problem in problems):
        return [f"nothing names the file: {problems[0]}"]
    return []


def _tampered(todo: list[Command], number: int, changed: Callable[[cl.Ledger], object]) -> list[Command]:
    """The same commands but one."""
    return [*todo[:number], Command("another", changed), *todo[number + 1 :]]


def _another_reading(turn: int, device: str, hour: int) -> Callable[[cl.Ledger], object]:
    return partial(record_readings, turn=turn, device=device, more_wh={hour: 1})


def _problems(path: Path, place: Path, checkpoint: bytes) -> list[str]:
    """The problems of a forged ledger: its audit has to pass by itself, and never with the saved checkpoint."""
    found = []
    with open_here(path) as ledger:
        found += [f"it was to be consistent in itself: {item}" for item in ledger.audit().findings]
        ledger.publish(place, signer=SIGNER)
    if not cl.audit_published(place, trusted_keys=KEY).passed:
        found.append("published, it was to pass without a saved checkpoint")
    if cl.audit_published(place, trusted_keys=KEY, since=checkpoint).passed:
        found.append("published, it passes though it does not continue the saved checkpoint")
    try:
        cl.open_ledger(path, pinned=checkpoint).close()
        found.append("it opens with a pin that it does not continue")
    except ForkError as error:
        if str(path) not in str(error):
            found.append(f"the error does not name the file: {error}")
    return found


def rewrites(count: int, seed: int) -> Outcome:
    """Make whole ledgers that are consistent in themselves: one reading is another, or the end is missing.

    Args:
        count: How many of each.
        seed: Chooses the reading, and where the log ends.
    """
    outcome, todo = Outcome("consistent rewrite, rollback"), commands(2)
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        place = Path(name)
        reference(place / "honest.db", todo)
        with open_here(place / "honest.db") as ledger:
            ledger.publish(place / "honest", signer=SIGNER)
        checkpoint = (place / "honest" / "checkpoint").read_bytes()
        cl.open_ledger(place / "honest.db", pinned=checkpoint).close()
        for k in range(count):
            chance = Random(f"{seed}/rewrite/{k}")
            turn, device = chance.randrange(2), chance.randrange(2)
            other = _another_reading(turn, ("plant", "other")[device], chance.randrange(HOURS))
            records = [at for at, command in enumerate(todo) if command.name == "record 3,000 hours"]
            forged = _tampered(todo, records[2 * turn + device], other)
            end = chance.randrange(1, len(todo))
            for what, list_ in (("one Wh of one hour changed", forged), ("cut off after a command", todo[:end])):
                path = place / f"{what}-{k}.db"
                reference(path, list_)
                outcome.count(what)
                outcome.lose(f"{what}, case {k}, seed {seed}", _problems(path, place / f"{what}-{k}", checkpoint))
        outcome.lose("the honest ledger", _continues(place, checkpoint))
    return outcome


def _continues(place: Path, checkpoint: bytes) -> list[str]:
    """What is wrong with an honest ledger that grew: it continues the checkpoint."""
    with open_here(place / "honest.db") as ledger:
        for _ in run(ledger, commands(3)):
            pass
        ledger.publish(place / "honest", signer=SIGNER)
    cl.open_ledger(place / "honest.db", pinned=checkpoint).close()
    report = cl.audit_published(place / "honest", trusted_keys=KEY, since=checkpoint)
    return [str(item) for item in report.findings]
