"""Hashing entries into leaves and a root, compared with `hashlib` over the same bytes."""

import hashlib
from collections.abc import Sequence
from typing import Final

from benchmarks.harness.directory import Directory
from benchmarks.harness.rows import Row, measured
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.timing import interleaved, ratios, seconds
from benchmarks.harness.workload import months, record_month, set_up, unsynced
from benchmarks.peers.raw_sqlite import entries_from
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


def run(sizes: Sizes, directory: Directory) -> list[Row]:
    """Measure the subject."""
    path = directory.new("hashing.db")
    ledger = unsynced(path)
    set_up(ledger, sizes.plants)
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
