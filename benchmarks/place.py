"""Where a run keeps its files: a temporary directory, and in it the towns that several subjects ask."""

from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, TypeVar

from benchmarks.town import Town, build


class Closable(Protocol):
    """What holds a file."""

    def close(self) -> None:
        """Release it."""


Held = TypeVar("Held", bound=Closable)


class Place:
    """A run's directory; nothing in it outlives the run.

    Args:
        directory: An empty directory.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._towns: dict[int, Town] = {}
        self._held = ExitStack()

    def new(self, name: str) -> Path:
        """The path of a file that is not there yet."""
        path = self.directory / name
        number = 1
        while path.exists():
            number += 1
            path = self.directory / f"{number}-{name}"
        return path

    def keep(self, thing: Held) -> Held:
        """Close something when its subject has been measured."""
        self._held.callback(thing.close)
        return thing

    def release(self) -> None:
        """Close what was kept."""
        self._held.close()

    def town(self, size: int) -> Town:
        """A town of so many entries, built when it is first asked for."""
        if size not in self._towns:
            self._towns[size] = build(self.new(f"town-{size}.db"), size)
        return self._towns[size]
