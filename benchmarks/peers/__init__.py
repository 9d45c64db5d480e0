"""What the library is compared with: raw SQLite, a hash chain, and certificate bundles in SQLModel."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


def bundles() -> ModuleType | None:
    """The module of the SQLModel design; None if the extra `bench` is not installed."""
    return import_module("benchmarks.peers.bundle") if find_spec("sqlmodel") else None
