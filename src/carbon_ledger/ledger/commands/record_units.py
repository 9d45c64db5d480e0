"""Record a command about units: resolve the units that the caller named, and plan one event for all of them."""

from collections.abc import Mapping
from typing import Any, Final

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import TRANSFER_OFFERED, UNITS_EXPORTED, UNITS_TRANSFERRED
from carbon_ledger.core.entries.splitting import Events, events_about, without_none
from carbon_ledger.core.holdings.pieces import TRANSFER, USE, require_held
from carbon_ledger.core.state.rows import ACTIVE
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.ledger.commands.selection import UnitsRequest, selected, sole_account
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.ledger.wants import units_wants
from carbon_ledger.periods import Period

# The events of actions that give units away, and have the time limit of transfers.
_TRANSFERS: Final = (UNITS_TRANSFERRED, TRANSFER_OFFERED, UNITS_EXPORTED)


def record_units_event(
    ledger: Recorder,
    name: str,
    request: UnitsRequest,
    kind: str,
    fields: Mapping[str, Any],
    *,
    from_: str | None,
    key: str | None,
    by: str | None,
    holder: str = "account",
    state: str = ACTIVE,
    expiring: bool = True,
    named: Period | None = None,
) -> list[Entry]:
    """Record a command about units, and return its entries.

    Args:
        ledger: The ledger that records the command.
        name: The command's name.
        request: The units that the caller named.
        kind: The type of the events.
        fields: The events' fields, without blocks and holder.
        from_: The account that holds the units, if the caller named the account.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.
        holder: The event's field for the account; empty if the event has no such field.
        state: The state of the units that a `Selection` may choose.
        expiring: Whether a `Selection` excludes units whose time limit for the action has passed.
        named: A period whose zone the caller named.
    """
    actor = by if by is not None else ledger._by

    def plan(view: View) -> Events:
        if not holder and from_ is None:
            return events_about(kind, request.blocks, fields, key=key, by=actor)
        if request.selection is not None:
            account = lookup.account(view, str(from_))
            at_utc = second_of(ledger._recorded_at(view, kind)) if expiring else None
            limit = TRANSFER if kind in _TRANSFERS else USE
            blocks = selected(view, request.selection, account, state, at_utc, limit)
        else:
            account, blocks = from_ if from_ is not None else sole_account(view, request.blocks), request.blocks
        if not holder:
            require_held(view, blocks, account)
        return events_about(kind, blocks, {**fields, holder: account} if holder else fields, key=key, by=actor)

    wants = units_wants(request.blocks, (from_, fields.get("to")))
    arguments = {} if key is None else without_none(**request.arguments(), from_=from_, **fields)
    return ledger._record(name, arguments, plan, key=key, by=by, named=named, wants=wants)
