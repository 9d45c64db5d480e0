"""A store in memory."""

from carbon_ledger.stores.memory.store import MemoryStore

__all__ = ["MemoryStore"]
