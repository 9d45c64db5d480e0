"""The log as a Merkle tree: pure functions over bytes that need only the standard library.

A ledger's entries are the leaves of an RFC 6962 tree. The functions do not interpret the entries. The log is
published in the C2SP formats: tiles, entry bundles, checkpoints, signed notes and proofs.
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
