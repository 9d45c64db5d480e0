"""What every command about blocks shares: finding the units, and saying one thing of all of them."""

from collections.abc import Mapping
from typing import Any

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.splitting import Events, events_about, without_none
from carbon_ledger.core.holdings.pieces import require_held, second_of
from carbon_ledger.core.state.rows import ACTIVE
from carbon_ledger.core.state.view import View
from carbon_ledger.ledger.commands.selection import UnitsRequest, selected, sole_account
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.periods import Period


def record_units_event(
    ledger: Recorder,
    name: str,
    asked: UnitsRequest,
    kind: str,
    said: Mapping[str, Any],
    *,
    from_: str | None,
    key: str | None,
    by: str | None,
    holder: str = "account",
    state: str = ACTIVE,
    expiring: bool = True,
    named: Period | None = None,
) -> list[Entry]:
    """Record a command about units.

    Args:
        name: The command.
        asked: The units.
        kind: The type of its events.
        said: Their fields, beside blocks and holder.
        from_: The account that holds the units, where it is named.
        key: Idempotency key.
        by: The actor.
        holder: The field that names that account; empty where the event has none.
        state: The state of the units that a selection takes.
        expiring: Whether a selection leaves expired units out.
        named: A period that the caller named in a zone.
    """
    actor = by if by is not None else ledger._by

    def plan(view: View) -> Events:
        if not holder and from_ is None:
            return events_about(kind, asked.blocks, said, key=key, by=actor)
        if asked.selection is not None:
            account = lookup.account(view, str(from_))
            at_utc = second_of(ledger._recorded_at(view, kind)) if expiring else None
            blocks = selected(view, asked.selection, account, state, at_utc)
        else:
            account, blocks = from_ if from_ is not None else sole_account(view, asked.blocks), asked.blocks
        if not holder:
            require_held(view, blocks, account)
        return events_about(kind, blocks, {**said, holder: account} if holder else said, key=key, by=actor)

    sealed = {} if key is None else without_none(**asked.arguments(), from_=from_, **said)
    return ledger._record(name, sealed, plan, key=key, by=by, named=named)
