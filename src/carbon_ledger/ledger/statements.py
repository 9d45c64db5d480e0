"""Statements: everything that changed an account's units."""

from typing import Any

from attrs import frozen

from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import Balance, View


@frozen(kw_only=True)
class Movement:
    """One change of an account's units.

    Attributes:
        n: The entry that did it.
        at: When it was recorded, UTC.
        type: What happened, e.g. ``units.transferred``.
        instrument: The units' instrument.
        detail: Block and other party, in words.
        active_change: Change of the active units.
        active: Active units after it.
        retired: Retired units after it.
        cancelled: Cancelled units after it.
        withdrawn: Withdrawn units after it.
    """

    n: int
    at: str
    type: str
    instrument: str
    detail: str
    active_change: int
    active: int
    retired: int
    cancelled: int
    withdrawn: int


@frozen(kw_only=True)
class Statement:
    """An account's movements, oldest first.

    Attributes:
        account: The account's id.
        movements: One a change.
    """

    account: str
    movements: tuple[Movement, ...]

    def __str__(self) -> str:
        """The statement as a table."""
        rows = [
            f"  {item.at[:19]}Z  {item.active_change:>+12,}  {item.active:>12,}  {item.instrument:<9} {item.detail}"
            for item in self.movements
        ]
        return "\n".join([f"Statement of {self.account} (recorded, change, active after)", *rows])


def statement(view: View, account: str) -> Statement:
    """List an account's movements.

    Args:
        view: The state.
        account: The account's id.
    """
    before: dict[str, int] = {}
    movements = []
    for balance in view.movements(account):
        entry = view.entry(balance.from_n)
        movements.append(_movement(entry, balance, before.get(balance.instrument, 0)))
        before[balance.instrument] = balance.active
    return Statement(account=account, movements=tuple(movements))


def _movement(entry: Entry, balance: Balance, active_before: int) -> Movement:
    return Movement(
        n=entry.n,
        at=entry.at,
        type=entry.type,
        instrument=balance.instrument,
        detail=_detail(entry.type, entry.event),
        active_change=balance.active - active_before,
        active=balance.active,
        retired=balance.retired,
        cancelled=balance.cancelled,
        withdrawn=balance.withdrawn,
    )


def _detail(kind: str, event: Any) -> str:
    block = f"{event['batch']}/{event['first']}-{event['last']}" if "batch" in event else ""
    if kind == "issuance.recorded":
        units = ", ".join(f"{item['count']:,} of {item['vintage']}" for item in event["batches"])
        return f"issued to {event['account']}: {units} ({event['project']})"
    if kind == "units.transferred":
        return f"{block} from {event['from']} to {event['to']}"
    if kind == "units.retired":
        return f"{block} retired for {event['beneficiary']}: {event['purpose']}"
    if kind == "units.cancelled":
        return f"{block} cancelled: {event['reason']}"
    if kind == "units.withdrawn":
        return f"{block} withdrawn by the issuer: {event['reason']}"
    if kind == "issuance.voided":
        return f"issuance {event['issuance']} voided: {event['reason']}"
    return f"readings of {event['device']} corrected: {event['reason']}"
