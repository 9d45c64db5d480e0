"""The store at a path or a URL. The module of a store is imported only when it is needed."""

from typing import Final

from carbon_ledger.core.state.store import Auditable
from carbon_ledger.errors import MissingExtraError
from carbon_ledger.stores.memory import MemoryStore

_SCHEMES: Final = ("postgresql://", "postgres://")


def is_url(path: str) -> bool:
    """Whether a path is the URL of a ledger in a PostgreSQL database."""
    return path.startswith(_SCHEMES)


def store_at(path: str, *, read_only: bool, timeout_s: int = 5) -> Auditable:
    """The store at a path or a URL.

    Args:
        path: A file, ``:memory:``, or the URL of a ledger in a PostgreSQL database.
        read_only: Open the store for reading only.
        timeout_s: How long to wait for another thread or process that is writing, and for a server. [s]

    Raises:
        StoreError: The store cannot be opened.
        IntegrityError: A newer version wrote the store, or it is damaged.
        MissingExtraError: The package psycopg is not installed.
    """
    if path == ":memory:":
        return MemoryStore(timeout_s)
    if is_url(path):
        try:
            from carbon_ledger.stores.postgres import PostgresStore
        except ImportError as error:
            raise MissingExtraError(
                "a ledger in a PostgreSQL database needs the package psycopg (LGPL-3.0): "
                "pip install 'carbon-ledger[postgres]'"
            ) from error
        return PostgresStore(path, read_only=read_only, timeout_s=timeout_s)
    # SQLite is imported only when a file is opened, so that importing this library stays fast.
    from carbon_ledger.stores.sqlite import SqliteStore

    return SqliteStore(path, read_only=read_only, timeout_s=timeout_s)
