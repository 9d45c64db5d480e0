"""The log as a Merkle tree: pure functions over bytes, with the standard library alone.

A ledger's entries are the leaves of an RFC 6962 tree, exactly; nothing here knows what an entry means.
What is published of it are the C2SP formats: tiles, entry bundles, checkpoints, signed notes and proofs.
"""

from carbon_ledger.log import (
    bundles,
    checkpoint,
    coordinates,
    growing,
    merkle,
    note,
    proof,
    published,
    subtrees,
    tiles,
)

__all__ = [
    "bundles",
    "checkpoint",
    "coordinates",
    "growing",
    "merkle",
    "note",
    "proof",
    "published",
    "subtrees",
    "tiles",
]
