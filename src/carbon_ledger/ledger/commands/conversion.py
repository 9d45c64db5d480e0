"""The command that converts an issuance: its units are retired, to free their steps for another instrument."""

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.events import UNITS_CONVERTED
from carbon_ledger.core.entries.splitting import Events, block_record, without_none
from carbon_ledger.core.issuance.conversion import converted_event
from carbon_ledger.core.state.view import View
from carbon_ledger.instruments import Instrument, instrument_of
from carbon_ledger.ledger.queries.retirements import Retirement, retirement_of
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.serials import Batch
from carbon_ledger.texts import text


def convert(
    ledger: Recorder,
    issuance: int | Batch,
    *,
    to_instrument: Instrument | str,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Retirement:
    """Retire all units of an issuance, so that its steps can be issued as another instrument.

    Every unit that still counts must be active, not expired, in one account. They are retired for ever; the
    steps behind them stay claimed, and only a project of the declared instrument can issue them.

    Args:
        issuance: The number of its entry, or one of its batches.
        to_instrument: The instrument that its steps are to be issued as.
        reason: Why.
        from_: The account that holds its units; by default, the one that holds them all.
        key: Idempotency key.
        by: The actor.

    Returns:
        The retirement, for the account's holder.

    Raises:
        UnknownBatchError: No such issuance here, or it was voided or converted before.
        NotHolderError, NotActiveError, ExpiredError: Its units are not all the account's, active, unexpired.
        RefusedError: They are of that instrument already, none counts, or a later issuance rests on it.
        AlreadyRegisteredError: The instrument's id stands for another record, here or built in.
        EntryTooLargeError: Too many blocks for one entry.
        QuantityError: *to_instrument* or *reason* is none.

    Source:
        Domain invariants 5 and 14; decision 19.
    """
    n, why = lookup.issuance_number(issuance), text(reason, "reason")
    declared = instrument_of(to_instrument)

    def plan(view: View) -> Events:
        lookup.require_own_batch(view, issuance)
        lookup.require_own_id(view, declared)
        blocks, event = converted_event(view, n, declared, from_, why)
        (first, *more) = map(block_record, blocks)
        return [(UNITS_CONVERTED, {**first, **event} | ({"more": more} if more else {}))]

    sealed = without_none(issuance=n, to_instrument=declared.to_record(), reason=why, from_=from_)
    (entry,) = ledger._record("convert", sealed, plan, key=key, by=by)
    return retirement_of(ledger._store.view(entry.n + 1), [entry])
