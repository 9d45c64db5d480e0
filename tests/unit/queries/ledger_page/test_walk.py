"""The walk reads the type and the actor of an entry from its bytes, whatever texts the entry has."""

import pytest
from tests.support.reported_ledgers import begun, contents_of

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.queries.ledger_page.walk import type_of

TRAPS = [',"type":"units.retired"}', '","command":{', '"by":"x","command":{"part":1', '"waivers":[{', "\\", '"']


@pytest.mark.parametrize("trap", TRAPS)
def test_no_text_is_taken_for_a_field(trap: str) -> None:
    ledger = begun()
    ledger.open_account("op", name=f"x{trap}", by=f"a{trap}", key=f"k{trap}")
    ledger.open_account("other", name="y", by=f"a{trap}")
    ledger.open_account("third", name="z", by="b")
    for n in range(ledger.size):
        data = ledger.entry_bytes(n)
        assert type_of(data) == Entry.from_bytes(data).type
    found = contents_of(ledger)
    assert found.actors == len({entry.by for entry in ledger.entries()}) == 3
    assert found.waivers.total == found.retirements.total == 0
