"""The growth of cost with size, as the exponent of the size; 1 is proportional."""

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import linear_regression, median
from typing import Final

import carbon_ledger as cl
from benchmarks.harness.directory import Directory
from benchmarks.harness.fleet import Fleet, transfer
from benchmarks.harness.rows import Row, measured
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.timing import Turn, interleaved, seconds
from benchmarks.harness.workload import months, record_month, set_up
from benchmarks.subjects.audit import passed

APPEND: Final = "growth: appending readings"
AUDIT: Final = "growth: auditing readings"
COMMANDS: Final = "growth: row commands over recent batches"
NAMES: Final = (APPEND, AUDIT, COMMANDS)
LOTS: Final = 20


def exponents(sizes: Sequence[int], costs: Sequence[float]) -> list[float]:
    """The exponents between any two of several sizes."""
    points = list(zip(sizes, costs, strict=True))
    return [math.log(b / a) / math.log(n / m) for (m, a), (n, b) in combinations(points, 2)]


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """The exponent that fits all sizes best, by linear regression of logarithms."""
    return linear_regression([math.log(size) for size in sizes], [math.log(cost) for cost in costs]).slope


def _readings(sizes: Sizes, directory: Directory) -> list[Row]:
    """Append months, and audit the ledger at each size."""
    path = directory.new("growth.db")
    ledger = directory.close_later(cl.open_ledger(path, by="bench"))
    set_up(ledger, sizes.plants)
    every = iter(months(10**5))
    record_month(ledger, sizes.plants, next(every))  # warm-up
    made, spent = 0, 0.0
    reached, appended, audited = [], [], []
    for size in sizes.readings:
        while made < size:
            month = next(every)
            spent += seconds(record_month, ledger, sizes.plants, month)
            made += sizes.plants * month.hours
        reached.append(made)
        appended.append(spent)
        rounds = 1 if size == sizes.readings[-1] else 3
        audited.append(median(seconds(lambda: passed(ledger.audit())) for _ in range(rounds)))
    note = f"{reached[0]:,} to {reached[-1]:,} readings, {{:.1f}} s"
    return [
        measured(APPEND, exponents(reached, appended), note.format(appended[-1])),
        measured(AUDIT, exponents(reached, audited), note.format(audited[-1])),
    ]


def _commands(directory: Directory, fleet: Fleet, commands: int) -> Turn:
    ledger = directory.close_later(fleet.open())
    fleet.issue_batches(ledger, LOTS)

    def move() -> None:
        with ledger.batch():
            for _ in range(commands):
                transfer(ledger, fleet)

    return lambda _: seconds(move) / commands


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject."""
    rows = _readings(sizes, directory)
    turns = {str(size): _commands(directory, directory.fleet(size), sizes.commit) for size in sizes.fleets}
    costs = interleaved(sizes.rounds, turns)
    # The cost of one more command at a size is the derivative of what all of them cost.
    figures = [1 + exponent(sizes.fleets, round_) for round_ in zip(*costs.values(), strict=True)]
    each = ", ".join(f"{median(of_size) * 1e6:.0f}" for of_size in costs.values())
    return [*rows, measured(COMMANDS, figures, f"{each} us a transfer at {', '.join(f'{n:,}' for n in sizes.fleets)}")]
