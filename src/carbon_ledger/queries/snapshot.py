"""A store as of a size and a time, which queries read."""

from typing import Any, NoReturn

from carbon_ledger.arguments import checked_second
from carbon_ledger.core.methodologies import NOTHING, Known, with_methodologies
from carbon_ledger.core.state.store import Store
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import StoreError


class Snapshot:
    """A store in its newest state, or as of an entry.

    Args:
        store: The store.
        size: The number of entries that queries see; by default, all entries.
        at: The time that queries are about; by default, the time of the newest entry.
        known: The methodologies that the caller passed.
    """

    def __init__(self, store: Store, size: int | None = None, at: str | None = None, known: Known = NOTHING) -> None:
        self._store = store
        self._known = known
        self._size = size
        self._at = at
        self._rollback_guard = None if size is None else store.rollback_guard(size)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        """Refuse to be pickled or copied: another process opens the ledger by its path.

        Raises:
            StoreError: Always.
        """
        raise StoreError("a ledger cannot be pickled or copied: open it by its path in the process that needs it")

    def _view(self) -> View:
        if self._rollback_guard is not None:
            self._rollback_guard()
        return self._view_of(self._size)

    def _view_of(self, size: int | None = None) -> View:
        """The state after *size* entries, with the methodologies that the caller passed."""
        return with_methodologies(self._store.view(size), self._known)

    def _time_of_query(self, view: View) -> str:
        """The time that a query is about, at which expiry is checked; as of an entry, the time of that entry."""
        return self._at or view.entry(view.size - 1).at


def second_of_query(reader: Snapshot, view: View, at: object) -> int:
    """The second that a query is about: *at* if it is given; else now, or the time of an `as_of` reader.

    Raises:
        NaiveTimeError: *at* has no zone.
        PeriodError: *at* is not a time.
    """
    return second_of(reader._time_of_query(view)) if at is None else checked_second(at)
