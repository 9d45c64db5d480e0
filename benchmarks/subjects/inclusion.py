"""An inclusion proof from stored tiles; `benchmarks/proofs.py` measures its parts."""

import random
from typing import Final

from benchmarks.harness.directory import Directory
from benchmarks.harness.rows import Row, measured
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.timing import seconds
from carbon_ledger.log.tiles import inclusion_proof
from carbon_ledger.stores.sqlite import SqliteStore

NAME: Final = "inclusion proof: 10^6 entries"
NAMES: Final = (NAME,)


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject. [ms]"""
    store = SqliteStore(directory.fleet(sizes.fleets[2]).path, read_only=True)
    size, chosen = store.size(), random.Random(13)
    spent = [seconds(inclusion_proof, chosen.randrange(size), size, store.tile) * 1e3 for _ in range(sizes.questions)]
    store.close()
    return [measured(NAME, spent, f"{size:,} entries, absolute")]
