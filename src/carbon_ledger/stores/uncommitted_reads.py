"""Entries that a transaction wrote and that may be undone, for whoever still reads them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final
from weakref import WeakSet

from carbon_ledger.errors import StoreError

PAGE: Final = 256  # entries read at a time


class Mark:
    """Entries that somebody reads while the transaction that wrote them can still be undone.

    Args:
        size: Entries that are read.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.undone = False

    def __call__(self) -> None:
        """Refuse to read on once they were undone.

        Raises:
            StoreError: They were: other entries may have their numbers now.
        """
        if self.undone:
            raise StoreError("these entries were undone with the batch that wrote them; start reading again")


def stands() -> None:
    """Entries that were committed stand for ever."""


class Marks:
    """Everybody who reads entries that are not committed."""

    def __init__(self) -> None:
        self._marks: WeakSet[Mark] = WeakSet()

    def mark(self, size: int, committed: int) -> Callable[[], None]:
        """What to call before reading on in a log of *size* entries, of which *committed* stand for ever."""
        if size <= committed:
            return stands
        mark = Mark(size)
        self._marks.add(mark)
        return mark

    def undo(self, size: int) -> None:
        """Entries from *size* on were undone."""
        for mark in list(self._marks):
            if mark.size > size:
                mark.undone = True
                self._marks.discard(mark)


def paged(
    read: Callable[[int, int], Iterable[bytes]],
    start: int,
    stop: int,
    standing: Callable[[], None],
    require_open: Callable[[], None],
) -> Iterator[bytes]:
    """Read start..stop-1 in pages, so that nothing is locked between two items.

    Args:
        read: Reads a page.
        start: The first entry.
        stop: The first entry that is not read.
        standing: Is called before each page and each item; see `Marks.mark`.
        require_open: Is called before each item; it refuses once the store was closed.

    Raises:
        StoreError: What is read was undone, or is not there; or the store was closed.
    """
    while start < stop:
        end = min(stop, start + PAGE)
        read_to = start
        standing()
        for item in read(start, end):
            standing()
            require_open()
            yield item
            read_to += 1
        if read_to < end and standing is not stands:
            raise StoreError(
                "these entries belong to a batch of another thread or task, or were undone with it; read after the "
                "batch has ended"
            )
        start = end
