"""The temporary directory of a run, with the fleets that several subjects share."""

from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, TypeVar

from benchmarks.harness.fleet import Fleet, build


class Closable(Protocol):
    """An object with an open file."""

    def close(self) -> None:
        """Close the file."""


Opened = TypeVar("Opened", bound=Closable)


class Directory:
    """The directory of a run, which is removed after the run.

    Args:
        path: An empty directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fleets: dict[int, Fleet] = {}
        self._open = ExitStack()

    def new(self, name: str) -> Path:
        """The path of a file that does not exist yet."""
        path = self.path / name
        number = 1
        while path.exists():
            number += 1
            path = self.path / f"{number}-{name}"
        return path

    def close_later(self, thing: Opened) -> Opened:
        """Register an object to be closed when its subject has been measured, and return it."""
        self._open.callback(thing.close)
        return thing

    def release(self) -> None:
        """Close the registered objects."""
        self._open.close()

    def fleet(self, size: int) -> Fleet:
        """A fleet with a number of entries, built at the first call."""
        if size not in self._fleets:
            self._fleets[size] = build(self.new(f"fleet-{size}.db"), size)
        return self._fleets[size]
