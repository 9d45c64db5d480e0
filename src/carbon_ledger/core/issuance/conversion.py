"""Rules for conversions: units of one instrument are retired, and their steps are reserved for another instrument."""

from typing import Any

from attrs import evolve

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.pieces import blocks_of_event, continues, move, require_usable
from carbon_ledger.core.intervals import merge_serials
from carbon_ledger.core.issuance.carry import carry_record
from carbon_ledger.core.issuance.from_carry import is_of_carry
from carbon_ledger.core.issuance.voiding import require_energy, require_last_of_its_years, vintages, voided_carry
from carbon_ledger.core.registration import pinned_instrument
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.rows import RETIRED, WITHDRAWN, Claim, Issuance, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, NotHolderError, RefusedError, UnknownBatchError
from carbon_ledger.instruments import Instrument
from carbon_ledger.printing import quote
from carbon_ledger.serials import Block


def counted_blocks(view: View, issuance: Issuance) -> tuple[Block, ...]:
    """The blocks of all units of an issuance that were not withdrawn.

    Args:
        view: The state.
        issuance: The issuance.
    """
    return merge_serials(
        piece
        for found in view.batches(issuance.n)
        for piece in view.pieces(found.batch.batch_id, 1, found.batch.count)
        if piece.state != WITHDRAWN
    )


def convertible(view: View, n: int, instrument: str) -> tuple[Issuance, tuple[Block, ...]]:
    """An issuance that can be converted to an instrument, and the blocks of its units that were not withdrawn.

    Args:
        view: The state.
        n: The number of the issuance's entry.
        instrument: The id of the instrument that its steps are to be reserved for.

    Raises:
        UnknownBatchError: No such issuance, or it was voided or converted before.
        RefusedError: Its units are of that instrument already; no units are left to retire; a later issuance of the
            vintage rests on it; or it was issued of carry, and claims no step.
    """
    issuance = lookup.issuance(view, n)
    if issuance.voided:
        raise UnknownBatchError(
            f"issuance {n}",
            f"entry {issuance.from_n} {'converted' if issuance.converted else 'voided'} it already; "
            f"see issuances({quote(issuance.project)})",
        )
    if lookup.project(view, issuance.project).instrument.id == instrument:
        raise RefusedError(
            f"issuance {n}",
            f"its units are {instrument} already; name the other instrument that its steps are to be issued for",
            rule="same-instrument",
        )
    if is_of_carry(view, n):
        raise RefusedError(
            f"issuance {n}",
            "it was issued of carry and claims no step, so nothing could be issued for it as another instrument; "
            "convert the issuances that claim the steps",
            rule="nothing-to-convert",
        )
    require_last_of_its_years(view, issuance)
    blocks = counted_blocks(view, issuance)
    if not blocks:
        raise RefusedError(
            f"issuance {n}",
            "it has no units, or all were withdrawn, so no unit can be retired for its steps; an issuer can void() it",
            rule="nothing-to-convert",
        )
    return issuance, blocks


def converted_event(
    view: View, n: int, instrument: Instrument, account: str | None, reason: str
) -> tuple[tuple[Block, ...], dict[str, Any]]:
    """The blocks and the other fields of the event that converts an issuance.

    Args:
        view: The state.
        n: The number of the issuance's entry.
        instrument: The instrument that its steps are to be reserved for.
        account: The account that holds its units; None for the one account that holds all of them.
        reason: The reason for the conversion.

    Raises:
        NotHolderError: *account* is None, and several accounts hold the units.
        CarbonLedgerError: As `convertible`.
    """
    issuance, blocks = decide(view, convertible, n, instrument.id)
    held = {piece.account for block in blocks for piece in view.pieces(block.batch_id, block.first, block.last)}
    if account is None and len(held) > 1:
        raise NotHolderError(
            f"issuance {n}",
            f"its units are held by {', '.join(sorted(held))}; an issuance is converted whole, by the account that "
            "holds all of its units: transfer them to one account first",
        )
    return blocks, {
        "issuance": n,
        "account": min(held) if account is None else account,
        "instrument": instrument.to_record(),
        "reason": reason,
        "carry": carry_record(decide(view, voided_carry, issuance, view.size)),
    }


def converted(view: View, entry: Entry) -> list[Row]:
    """Convert a whole issuance: its units are retired, and its steps are reserved for the declared instrument.

    Raises:
        UnknownBatchError: No such issuance, or it was voided or converted before.
        RefusedError: Its units are of that instrument already; no units are left to retire; a later issuance of the
            vintage rests on it (historic baselines); it was issued of carry, and claims no step; or units of other
            issuances rest on it.
        AlreadyRegisteredError: The ledger has another record for the instrument's id.
        NotHolderError: The account does not hold all of its units.
        NotActiveError: Some of its units are not active.
        ExpiredError: Its units expired.
        UnknownAccountError: The account is not open.
        BrokenLogError: The blocks or the carry of the event are not those that the rules compute; or the entry before
            it, in the same command, is a conversion too, and one retirement statement would cover both.

    Source:
        Domain invariants 5, 13 and 14; decision 19.
    """
    event, n = entry.event, entry.n
    if continues(view, entry):
        raise BrokenLogError(
            f"entry {n}: a command converts one issuance, and entry {n - 1} of the same command is a conversion too"
        )
    account = lookup.account(view, event["account"])
    pinned = pinned_instrument(view, entry)
    issuance, blocks = decide(view, convertible, event["issuance"], event["instrument"]["id"])
    if blocks_of_event(event) != blocks:
        raise BrokenLogError(
            f"entry {n}: its blocks are not exactly the units of issuance {issuance.n} that were not withdrawn"
        )
    for block in blocks:
        require_usable(view, block, account, entry.at)
    after = decide(view, voided_carry, issuance, n)
    require_energy(view, issuance, after)
    if event["carry"] != carry_record(after):
        raise BrokenLogError(f"entry {n}: carry {quote(event['carry'])}, expected {quote(carry_record(after))}")
    rows: list[Row] = [*pinned, *move(view, n, blocks, RETIRED)]
    for claim in view.claims_of(issuance.n):
        rows += [evolve(claim, to_n=n), Claim(claim.device, claim.start_utc, claim.end_utc, n, n)]
    ended = evolve(issuance, from_n=n, counted=0, amounts=(), voided=True, toward_debit=0, converted=True)
    return [*rows, *vintages(view, issuance, n), ended, *after]
