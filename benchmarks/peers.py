"""The peers that need an extra."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


def bundles() -> ModuleType | None:
    """The SQLModel design, or none where the extra `bench` is not installed."""
    return import_module("benchmarks.bundle_peer") if find_spec("sqlmodel") else None
