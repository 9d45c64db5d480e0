"""An audit with two workers, compared with one worker, on a ledger whose audit takes over ten seconds."""

from statistics import median
from typing import Final

import carbon_ledger as cl
from benchmarks.harness.directory import Directory
from benchmarks.harness.rows import Row, measured, missing
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.timing import interleaved, ratios, seconds
from benchmarks.harness.workload import record, set_up, unsynced
from benchmarks.subjects.audit import parallel, passed

NAME: Final = "audit: two workers, times one"
NAMES: Final = (NAME,)


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject."""
    two = parallel()
    if two is None:
        return [missing(NAME, "not built")]
    path = directory.new("workers.db")
    ledger = unsynced(path)
    set_up(ledger, sizes.plants)
    readings = record(ledger, sizes.plants, sizes.workers_readings)
    ledger.close()
    ledger = directory.close_later(cl.open_ledger(path, read_only=True))
    turns = {
        "one": lambda _: seconds(lambda: passed(ledger.audit())),
        "two": lambda _: seconds(lambda: passed(two(ledger))),
    }
    costs = interleaved(3, turns, warm=0)
    note = f"{readings:,} readings; one worker takes {median(costs['one']):.1f} s"
    return [measured(NAME, ratios(costs["one"], costs["two"]), note)]
