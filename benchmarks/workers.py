"""Two workers' audit against one's, where one takes over ten seconds."""

from statistics import median
from typing import Final

import carbon_ledger as cl
from benchmarks.full_audit import parallel, passed
from benchmarks.place import Place
from benchmarks.rows import Row, measured, missing
from benchmarks.sizes import Sizes
from benchmarks.timing import interleaved, ratios, seconds
from benchmarks.workload import furnish, record, unsynced

NAME: Final = "audit: two workers, times one"
NAMES: Final = (NAME,)


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure."""
    two = parallel()
    if two is None:
        return [missing(NAME, "not built")]
    path = place.new("workers.db")
    ledger = unsynced(path)
    furnish(ledger, sizes.plants)
    readings = record(ledger, sizes.plants, sizes.workers_readings)
    ledger.close()
    ledger = place.keep(cl.open_ledger(path, read_only=True))
    turns = {
        "one": lambda _: seconds(lambda: passed(ledger.audit())),
        "two": lambda _: seconds(lambda: passed(two(ledger))),
    }
    costs = interleaved(3, turns, warm=0)
    note = f"{readings:,} readings; one worker takes {median(costs['one']):.1f} s"
    return [measured(NAME, ratios(costs["one"], costs["two"]), note)]
