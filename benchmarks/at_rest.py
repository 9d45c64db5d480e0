"""Bytes that an hourly reading takes in the ledger file, all of it counted."""

from typing import Final

from benchmarks.place import Place
from benchmarks.rows import Row, measured
from benchmarks.sizes import Sizes
from benchmarks.workload import furnish, record, unsynced

NAME: Final = "bytes at rest: an hourly reading, 100 MW"
NAMES: Final = (NAME,)


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure. [bytes]"""
    path = place.new("at-rest.db")
    ledger = unsynced(path)
    furnish(ledger, sizes.plants)
    readings = record(ledger, sizes.plants, sizes.readings[0])
    ledger.close()
    return [measured(NAME, [path.stat().st_size / readings], f"{readings:,} readings of plants of 100 MW, any value")]
