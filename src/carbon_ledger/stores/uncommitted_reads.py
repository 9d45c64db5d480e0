"""Guards for reading entries that a transaction has written and may still roll back."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final
from weakref import WeakSet

from carbon_ledger.errors import StoreError

PAGE: Final = 256  # entries read at a time


class RollbackGuard:
    """A function that refuses to read on once the entries that are read were rolled back.

    Args:
        size: How many entries the reader may read, the uncommitted entries included.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.undone = False

    def __call__(self) -> None:
        """Refuse to read on if the entries were rolled back.

        Raises:
            StoreError: The entries were rolled back: other entries may have their numbers now.
        """
        if self.undone:
            raise StoreError("these entries were undone with the batch that wrote them; start reading again")


def never_rolled_back() -> None:
    """The guard of committed entries, which does nothing: committed entries are never rolled back."""


class RollbackGuards:
    """The guards of all readers of uncommitted entries."""

    def __init__(self) -> None:
        self._guards: WeakSet[RollbackGuard] = WeakSet()

    def guard(self, size: int, committed: int) -> Callable[[], None]:
        """A guard for a reader of the first *size* entries, of which the first *committed* are committed."""
        if size <= committed:
            return never_rolled_back
        guard = RollbackGuard(size)
        self._guards.add(guard)
        return guard

    def roll_back(self, size: int) -> None:
        """Make the guards refuse that cover entries rolled back: those from number *size* on."""
        for guard in list(self._guards):
            if guard.size > size:
                guard.undone = True
                self._guards.discard(guard)


def paged(
    read: Callable[[int, int], Iterable[bytes]],
    start: int,
    stop: int,
    guard: Callable[[], None],
    require_open: Callable[[], None],
) -> Iterator[bytes]:
    """Items start..stop-1, read in pages, so that nothing is locked between two items.

    Args:
        read: Reads a page.
        start: The first entry.
        stop: The entry before which reading ends.
        guard: Called before each page and each item; see `RollbackGuards.guard`.
        require_open: Called before each item; raises StoreError once the store is closed.

    Raises:
        StoreError: The entries were rolled back or do not exist, or the store was closed.
    """
    while start < stop:
        end = min(stop, start + PAGE)
        read_to = start
        guard()
        for item in read(start, end):
            guard()
            require_open()
            yield item
            read_to += 1
        if read_to < end and guard is not never_rolled_back:
            raise StoreError(
                "these entries belong to a batch of another thread or task, or were undone with it; read after the "
                "batch has ended"
            )
        start = end
