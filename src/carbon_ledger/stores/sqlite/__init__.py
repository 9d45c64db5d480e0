"""A store in one SQLite file."""

from carbon_ledger.stores.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
