"""Units for the records of other systems: by batch, account and state, with what such records cannot say."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from carbon_ledger.core.holdings.labels import labels_over
from carbon_ledger.core.intervals import merge_serials
from carbon_ledger.core.state.rows import CANCELLED, EXPIRED, RETIRED, IssuedBatch, Piece
from carbon_ledger.core.state.view import View
from carbon_ledger.exchange.documents import EMPTY_FIELD, NO_FIELD, NO_STATUS, LedgerState, UnitRecord, Unsaid
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.periods.instants import time_of
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.serials import Block
from carbon_ledger.waivers import waivers_of


@frozen
class HeldUnits:
    """Consecutive units of a batch in one account and one state, which an entry put there.

    Attributes:
        found: The batch, with the entry that issued it.
        block: The units.
        account: The account.
        state: The state; ``expired`` if they can no longer be used.
        from_n: The entry of the newest of the pieces.
    """

    found: IssuedBatch
    block: Block
    account: str
    state: str
    from_n: int


def state_of(reader: Snapshot, view: View, at_utc: int) -> LedgerState:
    """The state that a document is written from.

    Args:
        reader: The ledger.
        view: Its state.
        at_utc: The time at which expiry is checked. [s since 1970-01-01 UTC]
    """
    root = root_hash(view.size, reader._store.tile).hex()
    return LedgerState(ledger_id=str(view.entry(0).event["ledger"]), entries=view.size, root=root, at=time_of(at_utc))


def held_units(
    found: IssuedBatch, pieces: Iterable[Piece], over: Callable[[Piece], bool], *, apart: Sequence[str] = ()
) -> Iterator[HeldUnits]:
    """The units of a batch by account and state, in the order of their serials.

    Args:
        found: The batch.
        pieces: Its pieces, in the order of their serials.
        over: Whether the units of a piece have expired.
        apart: The states whose pieces are not merged if different entries made them.
    """
    groups: defaultdict[tuple[str, str, int], list[Piece]] = defaultdict(list)
    for piece in pieces:
        state = EXPIRED if over(piece) else piece.state
        groups[piece.account, state, piece.from_n if state in apart else 0].append(piece)
    parts = [
        HeldUnits(found, block, account, state, max(piece.from_n for piece in same))
        for (account, state, _), same in groups.items()
        for block in merge_serials(same)
    ]
    yield from sorted(parts, key=lambda item: item.block.first)


def empty_fields(
    records: Sequence[UnitRecord], unit_field: str, always: Mapping[str, str], sometimes: Mapping[str, str]
) -> Iterator[Unsaid]:
    """The fields that no record fills, or that some records do not fill.

    Args:
        records: The records.
        unit_field: The field with the number of units of a record.
        always: The fields that no ledger fills, each with the reason.
        sometimes: The fields that a ledger may have, each with the reason where it has not.
    """
    for fields in (sometimes, always):
        for name, reason in fields.items():
            missing = [record for record in records if record.get(name) is None]
            if missing:
                units = sum(int(str(record[unit_field])) for record in missing)
                yield Unsaid(kind=EMPTY_FIELD, what=name, reason=reason, units=units)


def without_status(units: Sequence[HeldUnits], reasons: Mapping[str, str]) -> Iterator[Unsaid]:
    """The units whose state has no status, by state.

    Args:
        units: The units.
        reasons: The states without a status, each with the reason.
    """
    for state, reason in reasons.items():
        blocks = tuple(item.block for item in units if item.state == state)
        if blocks:
            count = sum(block.count for block in blocks)
            yield Unsaid(kind=NO_STATUS, what=state, reason=reason, units=count, blocks=blocks)


def without_field(view: View, units: Sequence[HeldUnits], *, claims: bool) -> Iterator[Unsaid]:
    """What the ledger has of units, and no format has a field for.

    Args:
        view: The state.
        units: The units.
        claims: Whether the format lacks the beneficiary and the purpose of a retirement too.
    """
    retired = sum(item.block.count for item in units if item.state == RETIRED)
    cancelled = sum(item.block.count for item in units if item.state == CANCELLED)
    labelled = sum(_labelled(view, item.block) for item in units)
    waived = sum(item.block.count for item in units if waivers_of(view.entry(item.found.n).event))
    every = sum(item.block.count for item in units)
    for what, reason, count in (
        ("beneficiary, purpose and reporting period", "no field for the claim of a retirement", retired * claims),
        ("reason of the cancellation", "no field for why units were cancelled", cancelled * claims),
        ("labels", "no field for the labels of units", labelled),
        ("waivers of the issuance", "no field for checks that were waived", waived),
        ("readings and their evidence", "no field for the readings and the digests of their documents", every),
    ):
        if count:
            yield Unsaid(kind=NO_FIELD, what=what, reason=reason, units=count)


def _labelled(view: View, block: Block) -> int:
    """How many units of a block carry a label, each counted once."""
    found = sorted((max(row.first, block.first), min(row.last, block.last)) for row in labels_over(view, block))
    count, until = 0, 0
    for first, last in found:
        count += max(0, last - max(first, until + 1) + 1)
        until = max(until, last)
    return count
