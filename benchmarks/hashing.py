"""Hashing entries into leaves and a root, against `hashlib` over the same bytes."""

import hashlib
from collections.abc import Sequence
from typing import Final

from benchmarks.limits import entries_from
from benchmarks.place import Place
from benchmarks.rows import Row, measured
from benchmarks.sizes import Sizes
from benchmarks.timing import interleaved, ratios, seconds
from benchmarks.workload import furnish, months, record_month, unsynced
from carbon_ledger.log.merkle import RootHasher, leaf_hash

NAME: Final = "hashing: of hashlib, entries over 4 KB"
NAMES: Final = (NAME,)
LEAST_BYTES: Final = 4_096


def _leaves_and_root(entries: Sequence[bytes]) -> bytes:
    hasher = RootHasher()
    for data in entries:
        hasher.append(leaf_hash(data))
    return hasher.root()


def _hashlib(entries: Sequence[bytes]) -> None:
    for data in entries:
        hashlib.sha256(data).digest()


def run(sizes: Sizes, place: Place) -> list[Row]:
    """Measure."""
    path = place.new("hashing.db")
    ledger = unsynced(path)
    furnish(ledger, sizes.plants)
    for month in months(2):
        record_month(ledger, sizes.plants, month)
    ledger.close()
    entries = [data for _, data in entries_from(path, 0) if len(data) > LEAST_BYTES]
    turns = {
        "ours": lambda _: seconds(_leaves_and_root, entries),
        "hashlib": lambda _: seconds(_hashlib, entries),
    }
    costs = interleaved(3 * sizes.rounds, turns)
    size = sum(map(len, entries))
    speed = f"hashlib {size / min(costs['hashlib']) / 1e6:,.0f} MB/s"
    note = f"{len(entries):,} entries of {size // len(entries):,} bytes; {speed}"
    return [measured(NAME, ratios(costs["hashlib"], costs["ours"]), note)]
