"""The command that converts an issuance: its units are retired, so that another instrument can use their steps."""

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.events import UNITS_CONVERTED
from carbon_ledger.core.entries.splitting import Events, block_record, without_none
from carbon_ledger.core.issuance.conversion import converted_event
from carbon_ledger.core.state.view import View
from carbon_ledger.instruments import Instrument, instrument_of
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.queries.retirements import Retirement, retirement_of
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

    Every unit of the issuance, except withdrawn ones, must be active, not expired, and in one account. The conversion
    claims the steps, and only a project of the declared instrument can issue them.

    Args:
        issuance: The number of the issuance's entry, or one of its batches.
        to_instrument: The instrument that the steps are to be issued as.
        reason: The reason, in words.
        from_: The account that holds the units; by default, the one account that holds all of them.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The retirement, for the account's holder.

    Raises:
        UnknownBatchError: There is no such issuance in this ledger, or it was voided or converted before.
        NotHolderError, NotActiveError, ExpiredError: Some units are not in the account, not active, or have expired.
        RefusedError: The units are of that instrument already; all were withdrawn; the issuance was issued of carry;
            or units of other issuances, or a later issuance of the same year, rest on it.
        AlreadyRegisteredError: The ledger or the library has another instrument with this id.
        EntryTooLargeError: The units are in too many blocks for one entry.
        QuantityError: *to_instrument* is not an instrument, or *reason* is empty or not text.

    Source:
        Domain invariants 5 and 14; decision 19.
    """
    n, declared, reason_text = lookup.issuance_number(issuance), instrument_of(to_instrument), text(reason, "reason")

    def plan(view: View) -> Events:
        lookup.require_own_batch(view, issuance)
        lookup.require_own_id(view, declared)
        blocks, event = converted_event(view, n, declared, from_, reason_text)
        (first, *more) = map(block_record, blocks)
        return [(UNITS_CONVERTED, {**first, **event} | ({"more": more} if more else {}))]

    arguments = without_none(issuance=n, to_instrument=declared.to_record(), reason=reason_text, from_=from_)
    return ledger._recorded(retirement_of, "convert", arguments, plan, key=key, by=by)
