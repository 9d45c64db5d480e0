"""The time to make an inclusion proof from stored tiles, and to verify it.

Run it: ``python benchmarks/proofs.py [ENTRIES]`` (1,000,000 by default; the file goes to a temporary
directory). The exit status is 1 if the median proof takes over 1 ms, or if its verification takes over 10 times
as long as hashing its nodes.
"""

import hashlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from carbon_ledger.log.merkle import leaf_hash, verify_inclusion
from carbon_ledger.log.tiles import inclusion_proof, inclusion_tiles, root_hash
from carbon_ledger.stores.sqlite import SqliteStore

PROOFS = 2_000
MOST_MS = 1
MOST_RATIO = 10


def elapsed_us(action: Callable[..., object], *arguments: object) -> int:
    """The duration of a call. [us]"""
    start = time.perf_counter_ns()
    action(*arguments)
    return (time.perf_counter_ns() - start) // 1000


def main(size: int) -> int:
    """Build a log, prove that it includes some entries, verify the proofs and return the exit status."""
    with tempfile.TemporaryDirectory() as directory:
        store = SqliteStore(Path(directory) / "log.db", durable=False)
        with store.transaction():
            for n in range(size):
                store.append(b'{"n":%d}' % n, [])
        root = root_hash(size, store.tile)
        chosen = random.Random(7)
        makes, verifies, hashes, tiles = [], [], [], []
        for _ in range(PROOFS):
            n = chosen.randrange(size)
            makes.append(elapsed_us(inclusion_proof, n, size, store.tile))
            proof = inclusion_proof(n, size, store.tile)
            leaf = leaf_hash(b'{"n":%d}' % n)
            tiles.append(len(inclusion_tiles(n, size)))
            start = time.perf_counter_ns()
            for node in proof:
                hashlib.sha256(b"\x01" + node + node).digest()
            hashes.append(max(1, time.perf_counter_ns() - start))
            start = time.perf_counter_ns()
            verify_inclusion(leaf, n, size, proof, root)
            verifies.append(time.perf_counter_ns() - start)
        store.close()
    made = statistics.median(makes)
    ratio = statistics.median(v / h for v, h in zip(verifies, hashes, strict=True))
    print(f"{size:,} entries, {PROOFS:,} proofs, at most {max(tiles)} tiles read for one")
    print(f"a proof: median {made} us, p99 {sorted(makes)[len(makes) * 99 // 100]} us (goal: {MOST_MS * 1000} us)")
    print(f"verifying one: {ratio:.1f} x hashing its nodes (goal: {MOST_RATIO} x)")
    return 0 if made <= MOST_MS * 1000 and ratio <= MOST_RATIO else 1


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
