"""An inclusion proof from stored tiles; `proofs.py` measures its parts."""

import random
from typing import Final

from benchmarks.place import Place
from benchmarks.rows import Row, measured
from benchmarks.sizes import Sizes
from benchmarks.timing import seconds
from carbon_ledger.log.tiles import inclusion_proof
from carbon_ledger.stores.sqlite import SqliteStore

NAME: Final = "inclusion proof: 10^6 entries"
NAMES: Final = (NAME,)


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure. [ms]"""
    store = SqliteStore(place.town(sizes.towns[2]).path, read_only=True)
    size, chosen = store.size(), random.Random(13)
    spent = [seconds(inclusion_proof, chosen.randrange(size), size, store.tile) * 1e3 for _ in range(sizes.questions)]
    store.close()
    return [measured(NAME, spent, f"{size:,} entries, absolute")]
