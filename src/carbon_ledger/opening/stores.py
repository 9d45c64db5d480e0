"""The store at a path or a URL. The module of a store is imported only when it is needed."""

from importlib import import_module

from carbon_ledger.core.state.store import Auditable
from carbon_ledger.errors import MissingExtraError
from carbon_ledger.files import URL_SCHEMES
from carbon_ledger.stores.memory import MemoryStore


def is_url(path: str) -> bool:
    """Whether a path is the URL of a ledger in a PostgreSQL database."""
    return path.startswith(URL_SCHEMES)


def require_psycopg() -> None:
    """Refuse to go on without the package psycopg.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import_module("psycopg")
    except ImportError as error:
        raise MissingExtraError(
            "a ledger in a PostgreSQL database needs the package psycopg (LGPL-3.0): pip install "
            "'carbon-ledger[postgres]'"
        ) from error


def store_at(path: str, *, read_only: bool, timeout_s: int = 5, create: bool = True) -> Auditable:
    """The store at a path or a URL.

    Args:
        path: A file, ``:memory:``, or the URL of a ledger in a PostgreSQL database.
        read_only: Open the store for reading only.
        timeout_s: How long to wait for another thread or process that is writing, and for a server. [s]
        create: Whether to create the tables of a new ledger on a server.

    Raises:
        StoreError: The store cannot be opened.
        IntegrityError: A newer version wrote the store, or it is damaged.
        MissingExtraError: The package psycopg is not installed.
    """
    if path == ":memory:":
        return MemoryStore(timeout_s)
    if is_url(path):
        require_psycopg()
        from carbon_ledger.stores.postgres import PostgresStore

        return PostgresStore(path, read_only=read_only, timeout_s=timeout_s, create=create, small_replay=MemoryStore)
    # SQLite is imported only when a file is opened, so that importing this library stays fast.
    from carbon_ledger.stores.sqlite import SqliteStore

    return SqliteStore(path, read_only=read_only, timeout_s=timeout_s, small_replay=MemoryStore)
