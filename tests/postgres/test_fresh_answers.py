"""Answers that a transaction has had are asked again once something is written that they would show."""

from collections.abc import Callable

import pytest

from carbon_ledger.core.state.rows import KeyUse
from carbon_ledger.errors import BrokenLogError, StoreError
from carbon_ledger.stores.postgres import PostgresStore
from carbon_ledger.testing.samples import entry_bytes

pytestmark = pytest.mark.postgres


def test_rows_that_are_copied(url: Callable[[], str]) -> None:
    store = PostgresStore(url())
    with store.transaction():
        store.append(entry_bytes(0), [KeyUse("k", "a", 0)])
        assert list(store.rows("key_use")) == [("k", "a", 0)]
        store.copy("key_use", [("l", "a", 0)])
        assert list(store.rows("key_use")) == [("k", "a", 0), ("l", "a", 0)]
    store.close()


def test_entries_that_were_missing(url: Callable[[], str]) -> None:
    """Whoever asks for them before they are appended is refused, and not for the rest of the batch."""
    store = PostgresStore(url())
    with store.transaction():
        store.append(entry_bytes(0), [])
        with pytest.raises(BrokenLogError, match="entry 1 is missing"):
            store.decoded(1)
        with pytest.raises(StoreError):
            list(store.entries(0, 3))
        with pytest.raises(StoreError):
            list(store.leaves(0, 3))
        store.append(entry_bytes(1), [])
        store.append(entry_bytes(2), [])
        assert store.decoded(1).to_bytes() == entry_bytes(1)
        assert list(store.entries(0, 3)) == [entry_bytes(n) for n in range(3)]
        assert len(list(store.leaves(0, 3))) == 3
    store.close()


def test_the_error_that_ends_a_part_is_the_one_that_is_raised(url: Callable[[], str]) -> None:
    """The savepoint of the part was not set, because the server had refused what came before it."""
    store = PostgresStore(url())

    def refused() -> None:
        with store.transaction():
            store._writer._steps.add("select 1 / 0")
            with store.transaction():
                list(store.rows("key_use"))

    with pytest.raises(StoreError, match="division by zero"):
        refused()
    with store.transaction():
        store.append(entry_bytes(0), [])
    assert store.size() == 1
    store.close()
