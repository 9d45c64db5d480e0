"""How the cost of an audit grows with repeated commands: ``python -m benchmarks.audit_growth [--only TEXT]``.

The figure is the exponent of cost over the number of repetitions, from twice to sixteen times a number. The cost
of an audit without repetitions is subtracted first.
"""

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.harness.counting import work_of
from benchmarks.repetitions import SUBJECTS, repeated
from benchmarks.subjects.audit import passed
from carbon_ledger.core.state.store import Store
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.sqlite import SqliteStore

FACTORS: Final = (2, 4, 8, 16)
GOAL: Final = 1.1

Cost = Callable[[Callable[[], object]], float]


def processor_seconds(action: Callable[[], object]) -> float:
    """The processor time of an action, the minimum of three runs. [s]"""
    spent = []
    for _ in range(3):
        start = time.process_time()
        action()
        spent.append(time.process_time() - start)
    return min(spent)


def audited(ledger: Ledger) -> None:
    """Audit the ledger; fail if the audit finds something."""
    passed(ledger.audit())


def costs(make: Callable[[int], Store], subject: str, numbers: Sequence[int], cost: Cost) -> list[float]:
    """The cost of an audit for several numbers of repetitions, less the cost without repetitions.

    Args:
        make: Makes an empty store for a number of repetitions.
        subject: What is repeated, a key of `SUBJECTS`.
        numbers: The numbers of repetitions.
        cost: Measures an action.
    """
    found = []
    for number in (0, *numbers):
        ledger = repeated(make(number), subject, number)
        audited(ledger)  # fills caches, so that they are not measured
        found.append(cost(partial(audited, ledger)))
        ledger.close()
    return [total - found[0] for total in found[1:]]


def exponent(found: Sequence[float]) -> float:
    """The exponent from the first of several costs to the last, which has eight times as many repetitions.

    The exponent is NaN if a cost is too small to be measured.
    """
    if min(found[0], found[-1]) <= 0:
        return math.nan
    return math.log(found[-1] / found[0]) / math.log(FACTORS[-1] / FACTORS[0])


def counted_exponent(subject: str, number: int, directory: Path | None) -> float:
    """The exponent of counted work, with a file or in memory.

    Args:
        subject: What is repeated, a key of `SUBJECTS`.
        number: The number that is multiplied.
        directory: The directory for files; None for a store in memory.
    """

    def make(count: int) -> Store:
        return MemoryStore() if directory is None else SqliteStore(directory / f"{count}.db", durable=False)

    return exponent(costs(make, subject, (FACTORS[0] * number, FACTORS[-1] * number), work_of))


def main(given: list[str]) -> int:
    """Measure and print; return 1 if an exponent is above the goal, otherwise 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.audit_growth", description=(__doc__ or "").split(":")[0]
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="subjects that contain this text")
    parser.add_argument("--number", type=int, default=16, help="the number that is multiplied by 2, 4, 8 and 16")
    parser.add_argument("--memory", action="store_true", help="use a store in memory instead of a file")
    parser.add_argument("--time", action="store_true", help="measure processor time too")
    chosen = parser.parse_args(given)
    above = 0
    for subject in SUBJECTS:
        if chosen.only not in subject:
            continue
        with tempfile.TemporaryDirectory(prefix="carbon-ledger-bench-") as name:
            directory = None if chosen.memory else Path(name)
            counted = counted_exponent(subject, chosen.number, directory)
            above += counted > GOAL
            line = f"{subject:<55} counted {counted:.2f}"
            if chosen.time:
                numbers = [factor * chosen.number for factor in FACTORS]

                def make(count: int, directory: Path | None = directory) -> Store:
                    return (
                        MemoryStore()
                        if directory is None
                        else SqliteStore(directory / f"timed-{count}.db", durable=False)
                    )

                timed = costs(make, subject, numbers, processor_seconds)
                line += f"  time {exponent(timed):.2f}  {timed[-1]:.3f} s at {numbers[-1]:,}"
            print(line, flush=True)
    return min(1, above)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
