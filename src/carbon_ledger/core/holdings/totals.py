"""Running totals: how an entry changes the number of units of accounts, by instrument, state and time of expiry."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from carbon_ledger.core.state.rows import LASTING_STATES, STATES, Balance, Expiring, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.serials import Batch

ByState = dict[str, int]


class Changes:
    """The changes that one entry makes to the number of units of accounts."""

    def __init__(self) -> None:
        self._of_account: dict[tuple[str, str], ByState] = {}
        self._of_expiry: dict[tuple[str, str, int], ByState] = {}

    def add(self, account: str, batch: Batch, state: str, change: int) -> None:
        """Count a change of the units of a batch that an account has in a state.

        Args:
            account: The account.
            batch: The batch of the units.
            state: The state.
            change: How many units enter the state; below zero, how many leave it.
        """
        if not change:
            return
        _count(self._of_account.setdefault((account, batch.instrument), {}), state, change)
        if batch.expires_utc is not None and state in LASTING_STATES:
            expiring = self._of_expiry.setdefault((account, batch.instrument, batch.expires_utc), {})
            _count(expiring, state, change)

    def rows(self, view: View, n: int) -> list[Row]:
        """The rows of the new totals.

        Args:
            view: The state before.
            n: The number of the entry that makes the changes.
        """
        rows: list[Row] = []
        for (account, instrument), by_state in sorted(self._of_account.items()):
            balance = view.balance(account, instrument)
            totals: dict[str, int] = dict(by_state)
            if balance:
                totals = {key: getattr(balance, key) + by_state.get(key, 0) for key in STATES}
            rows.append(Balance(account, instrument, n, **totals))
        for key, by_state in sorted(self._of_expiry.items()):
            rows += _expiring_rows(view, n, *key, by_state)
        return rows


def _count(by_state: ByState, state: str, change: int) -> None:
    by_state[state] = by_state.get(state, 0) + change


def _expiring_rows(
    view: View, n: int, account: str, instrument: str, expires_utc: int, by_state: ByState
) -> Iterator[Expiring]:
    """The row that ends, and the row of the new totals; no new row if no units are left."""
    if not any(by_state.values()):
        return
    totals = [by_state.get(state, 0) for state in LASTING_STATES]
    row = view.expiring(account, instrument, expires_utc)
    if row is not None:
        before = (row.active, row.locked, row.buffered, row.pending)
        totals = [total + units for total, units in zip(totals, before, strict=True)]
        yield Expiring(account, instrument, expires_utc, *before, row.from_n, n)
    if any(totals):
        active, locked, buffered, pending = totals
        yield Expiring(account, instrument, expires_utc, active, locked, buffered, pending, n)


def without_expired(balance: Balance, expired: Sequence[int]) -> Balance:
    """A balance with the units apart that have expired: they are counted as expired, and in no other state.

    Args:
        balance: The account's totals by state, expired units included.
        expired: How many units of the account and instrument have expired, for each state of `LASTING_STATES`.

    Source:
        ledger-model section 8; domain invariants 10 and 33.
    """
    if not any(expired):
        return balance
    usable = {state: getattr(balance, state) - units for state, units in zip(LASTING_STATES, expired, strict=True)}
    return evolve(balance, expired=sum(expired), **usable)
