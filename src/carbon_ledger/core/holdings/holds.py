"""Rules for holds: units are locked and released, and units held back at issuance are released or cancelled."""

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.pieces import move, usable_blocks
from carbon_ledger.core.state.rows import ACTIVE, BUFFERED, CANCELLED, LOCKED, Row
from carbon_ledger.core.state.view import View


def locked(view: View, entry: Entry) -> list[Row]:
    """Lock blocks: their units remain in the account, and cannot be used.

    Raises:
        NotHolderError: The account does not hold all units.
        NotActiveError: Some units are not active.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account), LOCKED)


def released(view: View, entry: Entry) -> list[Row]:
    """Release locked blocks: their units are active again. Expired units can be released, too.

    Raises:
        NotHolderError: The account does not hold all units.
        NotActiveError: Some units are not locked.
        UnknownAccountError: The account is not open.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account, (LOCKED,), limit=None), ACTIVE)


def buffer_released(view: View, entry: Entry) -> list[Row]:
    """Release units that were held back at issuance: they are active from then on.

    Raises:
        NotHolderError: The account does not hold all units.
        NotActiveError: Some units are not buffered.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account, (BUFFERED,)), ACTIVE)


def buffer_cancelled(view: View, entry: Entry) -> list[Row]:
    """Cancel units that were held back at issuance, against a reversal or an error.

    Raises:
        NotHolderError: The account does not hold all units.
        NotActiveError: Some units are not buffered.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account, (BUFFERED,)), CANCELLED)
