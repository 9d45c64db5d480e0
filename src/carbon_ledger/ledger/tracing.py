"""Tracing: from a serial back to the meter, and forward to what became of it."""

from attrs import evolve, frozen

from carbon_ledger.errors import SerialError
from carbon_ledger.ledger import registry
from carbon_ledger.ledger.monitoring import claimed_slices, columns
from carbon_ledger.ledger.rules.documents import quantification_at
from carbon_ledger.ledger.state import Claim, IssuedBatch, Piece, Reading, View
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period
from carbon_ledger.serials import Batch, Block
from carbon_ledger.zones import vintage_of


@frozen(kw_only=True)
class Source:
    """A run of readings behind a unit.

    Attributes:
        reading: The run.
        evidence: Digest of the document it came from, where one was given.
    """

    reading: Reading
    evidence: str | None


@frozen(kw_only=True)
class Trace:
    """Where a unit comes from and what became of it.

    Attributes:
        serial: The unit.
        batch: Its batch.
        issuance_n: The entry that issued it.
        quantification: What the issuance was computed from, line by line, as pinned then.
        interval: The step it was generated in (granular certificates), else the batch's production.
        sources: The live readings under the issuance's claims.
        history: The unit's accounts and states, oldest first.
    """

    serial: Block
    batch: Batch
    issuance_n: int
    quantification: Quantification
    interval: Period
    sources: tuple[Source, ...]
    history: tuple[Piece, ...]


def trace(view: View, block: Block) -> Trace:
    """Trace the first unit of a block.

    Args:
        view: The state.
        block: The unit, or several of which the first is traced.

    Raises:
        SerialError: It is beyond its batch.
        UnknownBatchError: No such batch.
    """
    found = registry.batch(view, block.batch_id)
    serial = Block(block.batch_id, block.first, block.first)
    if serial.last > found.batch.count:
        raise SerialError(f"serial {serial}: batch {found.batch.batch_id} ends at {found.batch.count}")
    sources = []
    for claim in _claims(view, found):
        for part in claimed_slices(view, claim.device, [(claim.start_utc, claim.end_utc)]):
            evidence = view.entry(part.run.source_n).event.get("evidence")
            sources.append(Source(reading=part.run, evidence=evidence))
    pinned = quantification_at(view, found.n - 1)
    history = [
        evolve(piece, first=serial.first, last=serial.last)
        for piece in view.pieces_ever(serial.batch_id)
        if piece.first <= serial.first <= piece.last
    ]
    return Trace(
        serial=serial,
        batch=found.batch,
        issuance_n=found.n,
        quantification=pinned,
        interval=_interval(view, found, pinned, serial.first) if found.batch.device else found.batch.production,
        sources=tuple(dict.fromkeys(sources)),
        history=tuple(sorted(history, key=lambda piece: piece.from_n)),
    )


def _claims(view: View, found: IssuedBatch) -> list[Claim]:
    return [claim for claim in view.claims_of(found.n) if found.batch.device in (None, claim.device)]


def _interval(view: View, found: IssuedBatch, pinned: Quantification, k: int) -> Period:
    """The step that unit *k* of a granular batch was generated in, by prefix sums."""
    zone = registry.project(view, found.batch.project).zone
    split = {item.start_utc: dict(item.parts) for item in pinned.splits}
    counted = 0
    for claim in _claims(view, found):
        for part in claimed_slices(view, claim.device, [(claim.start_utc, claim.end_utc)]):
            step = part.run.step_s
            for position, wh in enumerate(columns(view, part)[0]):
                start = part.start_utc + position * step
                by_year = split.get(start) or {vintage_of(start, zone): wh}
                counted += by_year.get(found.batch.vintage, 0)
                if k <= counted:
                    return Period(start, start + step)
    raise SerialError(f"serial {found.batch.batch_id}/{k}: its steps are no longer claimed (the issuance was voided)")
