"""Running totals: the changes of an entry become one row an account and instrument, and one a time of expiry."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.core.holdings.totals import Changes, without_expired
from carbon_ledger.core.state.rows import ACTIVE, LASTING_STATES, LOCKED, RETIRED, STATES, Balance, Expiring
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.testing.samples import issued_batch, write

BATCH = issued_batch(0).batch
NEVER = evolve(BATCH, expires_utc=None, instrument="I-REC-E")


def test_changes_are_summed_by_account_instrument_and_expiry() -> None:
    store = MemoryStore()
    changes = Changes()
    changes.add("op", BATCH, ACTIVE, 7)
    changes.add("op", BATCH, LOCKED, 2)
    changes.add("op", BATCH, RETIRED, 1)
    changes.add("op", NEVER, ACTIVE, 4)
    changes.add("op", BATCH, ACTIVE, 0)
    expires_utc = BATCH.expires_utc
    assert expires_utc is not None
    first = changes.rows(store.view(), 0)
    assert first == [
        Balance("op", "EECS-GO", 0, active=7, locked=2, retired=1),
        Balance("op", "I-REC-E", 0, active=4),
        Expiring("op", "EECS-GO", expires_utc, 7, 2, 0, 0, 0),
    ]
    write(store, first)
    moved = Changes()
    moved.add("op", BATCH, ACTIVE, -7)
    moved.add("op", BATCH, LOCKED, -2)
    moved.add("buyer", BATCH, ACTIVE, 9)
    assert moved.rows(store.view(), 1) == [
        Balance("buyer", "EECS-GO", 1, active=9),
        Balance("op", "EECS-GO", 1, retired=1),
        Expiring("buyer", "EECS-GO", expires_utc, 9, 0, 0, 0, 1),
        Expiring("op", "EECS-GO", expires_utc, 7, 2, 0, 0, 0, 1),
    ]


def test_a_change_that_changes_nothing_ends_no_total() -> None:
    store = MemoryStore()
    write(store, [Expiring("op", "EECS-GO", BATCH.expires_utc or 0, 7, 0, 0, 0, 0)])
    changes = Changes()
    changes.add("op", BATCH, ACTIVE, -3)
    changes.add("op", BATCH, ACTIVE, 3)
    assert [type(row) for row in changes.rows(store.view(), 1)] == [Balance]


@given(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), max_size=4), st.integers(0, 9))
def test_a_balance_without_expired_units_has_the_same_sum(expired: list[list[int]], more: int) -> None:
    """Invariants 10 and 33: what has expired is in no other state, and nothing is lost."""
    rows = [Expiring("op", "EECS-GO", at, *counts, 0) for at, counts in enumerate(expired)]  # type: ignore[arg-type]
    totals = {state: sum(getattr(row, state) for row in rows) + more for state in LASTING_STATES}
    balance = Balance("op", "EECS-GO", 0, **totals, retired=5)
    found = without_expired(balance, [sum(getattr(row, state) for row in rows) for state in LASTING_STATES])
    assert [getattr(found, state) for state in LASTING_STATES] == [more] * 4
    assert sum(getattr(found, state) for state in STATES) + found.expired == sum(totals.values()) + 5
    assert found.retired == 5


def test_nothing_expired_leaves_a_balance_as_it_is() -> None:
    balance = Balance("op", "EECS-GO", 3, active=2)
    assert without_expired(balance, [0, 0, 0, 0]) is balance
