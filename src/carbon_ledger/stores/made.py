"""What pure functions made of entries, kept: an entry never changes, so neither does that."""

from collections.abc import Callable
from typing import Any, Final

from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import Made

_MOST: Final = 4_096


class MadeOfEntries:
    """A bounded memory of what functions made of entries; cleared where entries are undone."""

    def __init__(self) -> None:
        self._made: dict[tuple[Callable[[Entry], Any], int], Any] = {}

    def of(self, n: int, entry: Callable[[int], Entry], make: Callable[[Entry], Made]) -> Made:
        """What *make* makes of entry *n*.

        Args:
            n: The entry's number.
            entry: Gives an entry by its number.
            make: A pure function.
        """
        key = (make, n)
        if key not in self._made:
            if len(self._made) >= _MOST:
                self._made.clear()
            self._made[key] = make(entry(n))
        found: Made = self._made[key]
        return found

    def clear(self) -> None:
        """Forget everything."""
        self._made.clear()
