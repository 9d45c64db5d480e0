"""A view of the state with corrected readings, from which a correction quantifies its issuances again."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import Made, View


def corrected_view(below: View, entry: Entry, readings: Sequence[Reading]) -> View:
    """The state after an entry that corrects readings, before the rows of that entry are written.

    Args:
        below: The view before the entry. It answers every query except those about the entry and the readings.
        entry: The entry that corrects the readings. Its number is not the number of any entry of *below*.
        readings: The rows that the correction closes (with a `to_n`) and the rows that it adds (without a `to_n`).
    """
    return cast(View, CorrectedView(below, entry, readings))


class CorrectedView:
    """The view that `corrected_view` returns. It overrides only the four queries whose result a correction changes."""

    def __init__(self, below: View, entry: Entry, readings: Sequence[Reading]) -> None:
        self._below = below
        self._entry = entry
        self._closed = {(row.device, row.start_utc, row.from_n) for row in readings if row.to_n is not None}
        self._added = [row for row in readings if row.to_n is None]

    @property
    def size(self) -> int:
        """The number of entries, the new entry included."""
        return self._below.size + 1

    def __getattr__(self, name: str) -> Any:
        # Every other query. A private name is never delegated: an object that is being unpickled has no `_below` yet.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._below, name)

    def entry(self, n: int) -> Entry:
        """Entry *n*, the new entry included."""
        return self._entry if n == self._entry.n else self._below.entry(n)

    def parsed(self, n: int, parse: Callable[[Entry], Made]) -> Made:
        """The result of *parse* for entry *n*. The result for the new entry is not cached."""
        return parse(self._entry) if n == self._entry.n else self._below.parsed(n, parse)

    def readings(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """The live runs of a device after the correction."""
        unchanged = [
            row
            for row in self._below.readings(device, start_utc, end_utc)
            if (row.device, row.start_utc, row.from_n) not in self._closed
        ]
        added = [
            row for row in self._added if row.device == device and row.start_utc < end_utc and row.end_utc > start_utc
        ]
        return sorted([*unchanged, *added], key=lambda row: row.start_utc)
