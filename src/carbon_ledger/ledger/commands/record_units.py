"""Record a command about units: resolve the units that the caller named, and plan one event for all of them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    BUFFER_CANCELLED,
    BUFFER_RELEASED,
    TRANSFER_OFFERED,
    UNITS_CANCELLED,
    UNITS_EXPORTED,
    UNITS_LOCKED,
    UNITS_RELEASED,
    UNITS_RETIRED,
    UNITS_TRANSFERRED,
)
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
# The events whose queries are all among the wants. A rehearsal takes longer than such a command.
_KNOWN: Final = (
    *(UNITS_TRANSFERRED, UNITS_EXPORTED, UNITS_RETIRED, UNITS_CANCELLED, UNITS_LOCKED, UNITS_RELEASED),
    *(BUFFER_RELEASED, BUFFER_CANCELLED),
)


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
    shows: Callable[[View, list[Entry]], object] | None = None,
) -> list[Entry]:
    """Record a command about units, and return its entries.

    Args:
        ledger, name: The ledger that records the command, and its name.
        request: The units that the caller named.
        kind: The type of the events.
        fields: The events' fields, without blocks and holder.
        from_: The account that holds the units, if the caller named the account.
        key, by, named, shows: As for `Recorder._record`.
        holder: The event's field for the account; empty if the event has no such field.
        state: The state of the units that a `Selection` may choose.
        expiring: Whether a `Selection` excludes units whose time limit for the action has passed.
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

    given = without_none(**request.arguments(), from_=from_, **fields)
    foreseen: dict[str, Any] = {"rehearsed": kind not in _KNOWN or request.selection is not None, "shows": shows}
    foreseen["wants"] = units_wants(request.blocks, (from_, fields.get("to")))
    foreseen["about"] = {**given, "holder": None if request.selection is None else from_}
    return ledger._record(name, {} if key is None else given, plan, key=key, by=by, named=named, **foreseen)
