"""The log as a Merkle tree: pure functions over bytes, with the standard library alone.

A ledger's entries are the leaves of an RFC 6962 tree, exactly; nothing here knows what an entry means.
"""

from carbon_ledger.log import merkle, subtrees

__all__ = ["merkle", "subtrees"]
