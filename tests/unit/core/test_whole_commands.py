"""Entries that are not those of one command are refused, also when they are read for a retry."""

import pytest
from attrs import evolve

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.core.entries.entry import Entry


def test_a_retry_sees_that_the_entries_are_of_its_command(ledger: cl.Ledger) -> None:
    """A doctored file could give another command's entries for a key: it is refused, and nothing is given back."""
    ledger.open_account("a", name="A", key="k")
    ledger.open_account("b", name="B", key="l")
    first, other = ledger.entry(4), ledger.entry(5)
    store = ledger._store

    def instead(entry: Entry) -> None:
        with store.transaction():
            store.cache_entry(entry)

    for wrong in (
        evolve(other, n=4, key="k", digest=first.digest),
        evolve(first, event={"account": "a", "name": "B"}),
        evolve(first, type="role.granted"),
        evolve(first, part=2, parts=2),
        evolve(first, parts=2),
        evolve(first, by="somebody else"),
    ):
        instead(wrong)
        with pytest.raises(errors.BrokenLogError):
            ledger.open_account("a", name="A", key="k")
    instead(first)
    assert ledger.open_account("a", name="A", key="k") == "a"
