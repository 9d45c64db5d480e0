"""The bytes of an hourly reading: the size of a ledger file, divided by its readings."""

from typing import Final

from benchmarks.harness.directory import Directory
from benchmarks.harness.rows import Row, measured
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.workload import record, set_up, unsynced

NAME: Final = "bytes at rest: an hourly reading, 100 MW"
NAMES: Final = (NAME,)


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject. [bytes]"""
    path = directory.new("at-rest.db")
    ledger = unsynced(path)
    set_up(ledger, sizes.plants)
    readings = record(ledger, sizes.plants, sizes.readings[0])
    ledger.close()
    return [measured(NAME, [path.stat().st_size / readings], f"{readings:,} readings of plants of 100 MW, any value")]
