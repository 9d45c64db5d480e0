"""Rules for holds: units that are locked or held back, and given back."""

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.pieces import move, usable_blocks
from carbon_ledger.core.state.rows import ACTIVE, BUFFERED, CANCELLED, LOCKED, Row
from carbon_ledger.core.state.view import View


def locked(view: View, entry: Entry) -> list[Row]:
    """Lock blocks: they stay where they are, and nobody can use them.

    Raises:
        NotHolderError: The account does not hold all of them.
        NotActiveError: Some units are not active.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account), LOCKED)


def released(view: View, entry: Entry) -> list[Row]:
    """Release locked blocks. Expired units too: it gives back what the account has, and uses nothing.

    Raises:
        NotHolderError: The account does not hold all of them.
        NotActiveError: Some units are not locked.
        UnknownAccountError: The account is not open.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account, (LOCKED,), expiring=False), ACTIVE)


def buffer_released(view: View, entry: Entry) -> list[Row]:
    """Release units that were held back at issuance: the account has them like any other from here on.

    Raises:
        NotHolderError: The account does not hold all of them.
        NotActiveError: Some units are not buffered.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account, (BUFFERED,)), ACTIVE)


def buffer_cancelled(view: View, entry: Entry) -> list[Row]:
    """Cancel units that were held back at issuance, against a reversal or an error.

    Raises:
        NotHolderError: The account does not hold all of them.
        NotActiveError: Some units are not buffered.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account, (BUFFERED,)), CANCELLED)
