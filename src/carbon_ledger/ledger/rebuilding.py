"""Deriving every row again from the entries: nothing but the entries is needed."""

from carbon_ledger.errors import BrokenLogError
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.rules import apply
from carbon_ledger.ledger.state import Store


def rebuild(store: Store) -> None:
    """Forget what was derived, and run the rule of every entry again, in one transaction.

    Args:
        store: The store.

    Raises:
        BrokenLogError: An entry is none, does not follow, or is missing.
        CarbonLedgerError: A rule refuses its entry; nothing has changed.

    Source:
        Domain invariant 24; ledger-model section 1.
    """
    with store.transaction():
        size = store.size()
        store.forget()
        derived = 0
        for n, data in enumerate(store.entries(0, size)):
            store.derive(apply(store.view(n), Entry.from_bytes(data)))
            derived += 1
        if derived != size:
            raise BrokenLogError(f"the log says it has {size} entries, and {derived} of them are there; audit it")
