"""A store as of a size and a time: what a question needs."""

from typing import Any, NoReturn

from carbon_ledger.core.state.store import Store
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import StoreError


class Snapshot:
    """A store, now or as of an entry.

    Args:
        store: The store.
        size: How many entries it sees; all that there are, by default.
        at: The time asked about; by default, that of the newest entry.
    """

    def __init__(self, store: Store, size: int | None = None, at: str | None = None) -> None:
        self._store = store
        self._size = size
        self._at = at
        self._standing = None if size is None else store.standing(size)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        """Refuse to be pickled or copied: who needs a ledger elsewhere opens it there.

        Raises:
            StoreError: Always.
        """
        raise StoreError("a ledger cannot be pickled or copied: open it by its path in the process that needs it")

    def _view(self) -> View:
        if self._standing is not None:
            self._standing()
        return self._store.view(self._size)

    def _asked_at(self, view: View) -> str:
        """The time asked about, at which units may have expired; as of an entry, its own."""
        return self._at or view.entry(view.size - 1).at
