"""Opening a large ledger against opening a small one."""

from statistics import median
from typing import Final

from benchmarks.place import Place
from benchmarks.rows import Row, measured
from benchmarks.sizes import Sizes
from benchmarks.timing import Turn, interleaved, ratios, seconds
from benchmarks.town import Town

NAME: Final = "opening: 10^6 entries over 10^3"
NAMES: Final = (NAME,)
OPENINGS: Final = 10


def _opening(town: Town) -> Turn:
    def reopen() -> None:
        for _ in range(OPENINGS):
            town.open().close()

    return lambda _: seconds(reopen) / OPENINGS


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure."""
    small, large = place.town(sizes.small_town), place.town(sizes.towns[2])
    costs = interleaved(3 * sizes.rounds, {"small": _opening(small), "large": _opening(large)})
    note = f"{median(costs['large']) * 1e3:.2f} ms"
    return [measured(NAME, ratios(costs["large"], costs["small"]), note)]
