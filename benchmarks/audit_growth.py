"""How an audit grows with each thing that can be repeated: ``python -m benchmarks.audit_growth [--only TEXT]``.

The exponent is of cost over number, from twice to sixteen times a number, less what an audit costs without any.
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

from benchmarks.counting import work_of
from benchmarks.full_audit import passed
from benchmarks.repetitions import SUBJECTS, repeated
from carbon_ledger.core.state.store import Store
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.stores.sqlite import SqliteStore

FACTORS: Final = (2, 4, 8, 16)
GOAL: Final = 1.1

Cost = Callable[[Callable[[], object]], float]


def processor_seconds(action: Callable[[], object]) -> float:
    """The processor's time for an action, the least of three. [s]"""
    spent = []
    for _ in range(3):
        start = time.process_time()
        action()
        spent.append(time.process_time() - start)
    return min(spent)


def audited(ledger: Ledger) -> None:
    """Audit, and refuse to measure what is not sound."""
    passed(ledger.audit())


def costs(make: Callable[[int], Store], subject: str, numbers: Sequence[int], cost: Cost) -> list[float]:
    """What an audit costs with so many of a thing, less what it costs with none.

    Args:
        make: Makes an empty store for a number.
        subject: The thing.
        numbers: How many.
        cost: Measures an action.
    """
    found = []
    for number in (0, *numbers):
        ledger = repeated(make(number), subject, number)
        audited(ledger)  # what is made once is made
        found.append(cost(partial(audited, ledger)))
        ledger.close()
    return [total - found[0] for total in found[1:]]


def exponent(found: Sequence[float]) -> float:
    """The exponent from the first of several costs to the last, whose number is eight times as large.

    Not a number where a cost is too small to be measured: other work of the machine hides it.
    """
    if min(found[0], found[-1]) <= 0:
        return math.nan
    return math.log(found[-1] / found[0]) / math.log(FACTORS[-1] / FACTORS[0])


def counted_exponent(subject: str, number: int, directory: Path | None) -> float:
    """The exponent of counted work, with a file or in memory.

    Args:
        subject: The thing.
        number: What is multiplied.
        directory: Where files go; none for a store in memory.
    """

    def make(count: int) -> Store:
        return MemoryStore() if directory is None else SqliteStore(directory / f"{count}.db", durable=False)

    return exponent(costs(make, subject, (FACTORS[0] * number, FACTORS[-1] * number), work_of))


def main(given: list[str]) -> int:
    """Measure and print; 1 where an exponent is above the goal."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.audit_growth", description=(__doc__ or "").split(":")[0]
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="subjects that contain this text")
    parser.add_argument("--number", type=int, default=16, help="what is multiplied by 2, 4, 8 and 16")
    parser.add_argument("--memory", action="store_true", help="a store in memory, not a file")
    parser.add_argument("--time", action="store_true", help="measure the processor's time too")
    chosen = parser.parse_args(given)
    above = 0
    for subject in SUBJECTS:
        if chosen.only not in subject:
            continue
        with tempfile.TemporaryDirectory(prefix="carbon-ledger-bench-") as name:
            place = None if chosen.memory else Path(name)
            counted = counted_exponent(subject, chosen.number, place)
            above += counted > GOAL
            line = f"{subject:<55} counted {counted:.2f}"
            if chosen.time:
                numbers = [factor * chosen.number for factor in FACTORS]

                def make(count: int, place: Path | None = place) -> Store:
                    return MemoryStore() if place is None else SqliteStore(place / f"timed-{count}.db", durable=False)

                timed = costs(make, subject, numbers, processor_seconds)
                line += f"  time {exponent(timed):.2f}  {timed[-1]:.3f} s at {numbers[-1]:,}"
            print(line, flush=True)
    return min(1, above)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
