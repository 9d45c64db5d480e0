"""Opening a large ledger, compared with opening a small one."""

from statistics import median
from typing import Final

from benchmarks.harness.directory import Directory
from benchmarks.harness.fleet import Fleet
from benchmarks.harness.rows import Row, measured
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.timing import Turn, interleaved, ratios, seconds

NAME: Final = "opening: 10^6 entries over 10^3"
NAMES: Final = (NAME,)
OPENINGS: Final = 10


def _opening(fleet: Fleet) -> Turn:
    def reopen() -> None:
        for _ in range(OPENINGS):
            fleet.open().close()

    return lambda _: seconds(reopen) / OPENINGS


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject."""
    small, large = directory.fleet(sizes.small_fleet), directory.fleet(sizes.fleets[2])
    costs = interleaved(3 * sizes.rounds, {"small": _opening(small), "large": _opening(large)})
    note = f"{median(costs['large']) * 1e3:.2f} ms"
    return [measured(NAME, ratios(costs["large"], costs["small"]), note)]
