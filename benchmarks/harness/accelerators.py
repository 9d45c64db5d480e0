"""Switching off the library's optional accelerator, to measure the standard library alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from carbon_ledger import canonical, column

USERS: Final = (canonical, column)


def installed() -> bool:
    """Whether the library has an accelerator whose dependency is installed."""
    found = getattr(canonical, "accelerator", None)
    return found is not None and found() is not None


@contextmanager
def accelerated(on: bool) -> Iterator[None]:
    """A context in which this process uses the accelerator, or does not."""
    found = getattr(canonical, "accelerator", None)
    if found is None or on:
        yield
        return
    for user in USERS:
        vars(user)["accelerator"] = lambda: None
    try:
        yield
    finally:
        for user in USERS:
            vars(user)["accelerator"] = found
