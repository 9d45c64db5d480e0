"""Rules for voiding an issuance and for withdrawing units: the effects on units, claims and carry."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from attrs import evolve

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.pieces import (
    block_in,
    blocks_of_event,
    move,
    require_state,
    require_states,
    require_unexpired,
)
from carbon_ledger.core.issuance.activities import (
    capping_of,
    is_capped,
    issuances_of_year,
    lowered_years,
    rests_on_earlier,
)
from carbon_ledger.core.issuance.baseline_years import crediting_year
from carbon_ledger.core.issuance.carry import after_all, carry_of, carry_record, changed_rows, debits
from carbon_ledger.core.issuance.granular import granular_carry, granular_carry_of
from carbon_ledger.core.issuance.reserved import freed_claims
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.rows import (
    ALL_VINTAGES,
    WITHDRAWABLE_STATES,
    WITHDRAWN,
    Carry,
    Issuance,
    IssuedVintage,
    Row,
)
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, NotHolderError, RefusedError, UnknownBatchError
from carbon_ledger.exact import text_of
from carbon_ledger.printing import quote
from carbon_ledger.serials import Block


def voided_event(view: View, issuance: Issuance, reason: str) -> dict[str, Any]:
    """The event that voids an issuance."""
    after = decide(view, voided_carry, issuance, view.size)
    return {"issuance": issuance.n, "reason": reason, "carry": carry_record(after)}


def voided_carry(view: View, issuance: Issuance, n: int) -> tuple[Carry, ...]:
    """The carry of the vintages that change if an issuance is voided or converted.

    Args:
        view: The state before.
        issuance: The issuance, which is voided or converted.
        n: The number of the entry that voids or converts it.

    Source:
        ledger-model sections 5 and 7.
    """
    project = issuance.project
    if lookup.project(view, project).instrument.granular:
        return (granular_carry(granular_carry_of(view, project), issuance, None, n),)
    counted: dict[int, int] = {}
    for batch in (found.batch for found in view.batches(issuance.n)):
        units = sum(p.count for p in view.pieces(batch.batch_id, 1, batch.count) if p.state != WITHDRAWN)
        counted[batch.vintage] = -units
    claimed = {year: amount.copy_negate() for year, amount in issuance.amounts}
    return changed_rows(project, carry_of(view, project), n, claimed=claimed, counted=counted)


def require_energy(view: View, issuance: Issuance, after: Sequence[Carry]) -> None:
    """Refuse to void or convert an issuance that units of other issuances rest on.

    Units that were made of the issuance's carry, or whose debit it made good, may have been sold. Without it, they
    would have no energy behind them. Forfeited units are left aside, because they outlive the voiding. Less than one
    unit stays as a debit.

    Args:
        view: The state before.
        issuance: The issuance, which is voided or converted.
        after: The rows that `voided_carry` returned.

    Raises:
        RefusedError: A whole unit of another issuance rests on it.

    Source:
        ledger-model section 7; domain invariant 34a.
    """
    project = lookup.project(view, issuance.project)
    if project.instrument.granular:
        return
    rows = carry_of(view, project.id)
    before = debits([evolve(row, adjustments=0) for row in rows])
    lacking = Decimal(0)
    for vintage, debit in debits([evolve(row, adjustments=0) for row in after_all(rows, after)]).items():
        lacking = before.get(vintage, lacking)  # a vintage without a row has the debit of the one before it
        if debit >= 1 and debit > lacking:
            raise RefusedError(
                f"issuance {issuance.n}",
                f"units of other issuances rest on its energy: without it, {text_of(debit)} units of vintage "
                f"{vintage} and older would have no energy behind them (now {text_of(lacking)}); void the issuances "
                "that made them first, or withdraw blocks instead",
                rule="units-rest-on-it",
            )


def require_last_of_its_years(view: View, issuance: Issuance) -> None:
    """Refuse an issuance that a later issuance rests on.

    A historic baseline is subtracted once from the generation of a whole year, and an estimate caps the sum of a year.
    A later issuance of the year counts what earlier issuances claim, and so rests on them. A later issuance of a year
    that was not capped rests on nothing: without an earlier one, the year is no more beyond the limit than with it. But
    it rests on an earlier one that lowered the year, if the year is beyond the limit without it.

    Raises:
        RefusedError: A later issuance of the vintage rests on it.
    """
    project = lookup.project(view, issuance.project)
    if not rests_on_earlier(project):
        return
    later, why = issued_later(view, issuance), "the yearly baseline is subtracted once"
    if not project.history_wh:
        lowered = lowered_years(view, project, issuance)
        later = {n for n in later if is_capped(view, project, lookup.issuance(view, n), lowered)}
        why = "the estimate caps the sum of the year"
    if later:
        raise RefusedError(
            f"issuance {issuance.n}",
            f"issuance {max(later)} of the same vintage rests on it, because {why}; void or convert issuance "
            f"{max(later)} first",
            rule="later-issuance",
        )


def issued_later(view: View, issuance: Issuance) -> set[int]:
    """The later issuances that are neither voided nor converted, and share a year with *issuance*.

    The year is the vintage. If the project's baseline is of years of the crediting period, it is such a year; and the
    vintage as well if its years may be capped.
    """
    project = lookup.project(view, issuance.project)
    year = crediting_year(view, project, issuance.start_utc, issuance.n)
    found = set[int]()
    if year is None or capping_of(project) is not None:
        found |= {n for vintage, _ in issuance.amounts for n in view.issued_after(issuance.n, project.id, vintage)}
    if year is not None:
        found |= {item.n for item in issuances_of_year(view, project, year) if item.n > issuance.n}
    return found


def vintages(view: View, issuance: Issuance, to_n: int | None = None) -> list[Row]:
    """The rows of an issuance's vintages: new rows, or the ended rows of an issuance that is voided or converted.

    A correction changes the amounts of an issuance, and never its vintages. Granular certificates have no such rows,
    because their carry has no vintage.

    Args:
        view: The state before.
        issuance: The issuance.
        to_n: The number of the entry that voids or converts it; None for a new issuance.
    """
    if lookup.project(view, issuance.project).instrument.granular:
        return []
    return [IssuedVintage(issuance.project, year, issuance.n, issuance.n, to_n) for year, _ in issuance.amounts]


def voided(view: View, entry: Entry) -> list[Row]:
    """Void a whole issuance: its units are withdrawn, its claims end, and the project's carry no longer includes it.

    Raises:
        UnknownBatchError: No such issuance, or it was voided or converted before.
        NotHolderError: A unit is in another account than the one it was issued to.
        NotActiveError: A unit is in a final state, or pending in an offer.
        ExpiredError: The units expired.
        RefusedError: A later issuance of the vintage rests on it (historic baselines); or units of other issuances do.
        BrokenLogError: The carry of the event is not the one that the rules compute.

    Source:
        ledger-model section 7; domain invariant 6.
    """
    event, n = entry.event, entry.n
    issuance = lookup.issuance(view, event["issuance"])
    if issuance.voided:
        raise UnknownBatchError(
            f"issuance {issuance.n}",
            f"entry {issuance.from_n} {'converted' if issuance.converted else 'voided'} it already; "
            f"see issuances({quote(issuance.project)})",
        )
    require_last_of_its_years(view, issuance)
    blocks = _voidable_blocks(view, entry, issuance)
    after = decide(view, voided_carry, issuance, n)
    require_energy(view, issuance, after)
    if event["carry"] != carry_record(after):
        raise BrokenLogError(f"entry {n}: carry {quote(event['carry'])}, expected {quote(carry_record(after))}")
    return [
        *move(view, n, blocks, WITHDRAWN),
        *freed_claims(view, issuance.n, n),
        *vintages(view, issuance, n),
        evolve(issuance, from_n=n, counted=0, amounts=(), voided=True, toward_debit=0),
        *after,
    ]


def _voidable_blocks(view: View, entry: Entry, issuance: Issuance) -> list[Block]:
    """The blocks that voiding an issuance withdraws: all its units, which must be where they were issued to."""
    levy = lookup.project(view, issuance.project).instrument.levy
    levied = {item["vintage"]: item.get("levied", 0) for item in view.entry(issuance.n).event["batches"]}
    blocks = []
    for found in view.batches(issuance.n):
        for piece in view.pieces(found.batch.batch_id, 1, found.batch.count):
            if piece.state == WITHDRAWN:
                continue
            taken = levy is not None and piece.first > found.batch.count - levied[found.batch.vintage]
            issued_to = levy.to if levy is not None and levy.to is not None and taken else issuance.account
            if piece.account != issued_to:
                raise NotHolderError(
                    f"issuance {issuance.n}",
                    f"{piece.count} of its units are {piece.account}'s, and only an issuance whose units are all "
                    f"still {issued_to}'s can be voided; withdraw blocks, or correct the readings",
                )
            block = Block(piece.batch_id, piece.first, piece.last)
            require_states(block, [piece], WITHDRAWABLE_STATES)
            require_unexpired(found.batch, block, entry.at)
            blocks.append(block)
    return blocks


def withdrawn(view: View, entry: Entry) -> list[Row]:
    """Withdraw blocks: their units are forfeited, the carry does not change, and their steps remain claimed.

    Raises:
        NotActiveError: Some units are in a final state, or pending in an offer.
        ExpiredError: The units expired.
        UnknownBatchError: No such batch.
        SerialError: A block extends past the end of its batch, or two blocks overlap.

    Source:
        ledger-model sections 7 and 8.
    """
    blocks = blocks_of_event(entry.event)
    forfeited: dict[int, dict[int, int]] = {}
    for block in blocks:
        batch = block_in(view, block)
        require_state(view, block, WITHDRAWABLE_STATES)
        require_unexpired(batch, block, entry.at)
        if batch.registry is None:  # imported units are in no project's carry
            units = forfeited.setdefault(lookup.batch(view, block.batch_id).n, {})
            units[batch.vintage] = units.get(batch.vintage, 0) - block.count
    rows = move(view, entry.n, blocks, WITHDRAWN)
    by_project: dict[str, dict[int, int]] = {}
    for n, units in sorted(forfeited.items()):
        issuance = lookup.issuance(view, n)
        rows.append(evolve(issuance, from_n=entry.n, counted=issuance.counted + sum(units.values())))
        granular = lookup.project(view, issuance.project).instrument.granular
        of_project = by_project.setdefault(issuance.project, {})
        for vintage, change in units.items():
            year = ALL_VINTAGES if granular else vintage
            of_project[year] = of_project.get(year, 0) + change
    for project, units in by_project.items():
        rows += changed_rows(project, carry_of(view, project), entry.n, adjustments=units, counted=units)
    return rows
