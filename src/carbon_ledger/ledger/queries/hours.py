"""Questions about hours and steps: which units are of them, which match a consumption, and who claimed them."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from attrs import evolve, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.holdings.pieces import second_of
from carbon_ledger.core.issuance.hours import hour_table, hours_of
from carbon_ledger.core.issuance.reserved import reserved_for
from carbon_ledger.core.state.rows import Claim, Piece
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError
from carbon_ledger.ledger.queries import matching
from carbon_ledger.ledger.queries.consumption import ConsumptionProfile
from carbon_ledger.ledger.queries.matching import HourlyMatch
from carbon_ledger.ledger.snapshot import Snapshot
from carbon_ledger.mappings import listed
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.printing import quote
from carbon_ledger.serials import Batch, Block, Hour, block_of


@frozen(kw_only=True)
class ClaimedSteps:
    """Steps of a device that one issuance claims, or a conversion: no other issuance can have them.

    Attributes:
        device: The device.
        period: From the first of the steps to the last; they follow one another without a hole.
        issuance_n: The entry of the issuance, or of the conversion.
        project: Its project; of a conversion, the one whose issuance was converted.
        instrument: What was issued; of a conversion, what the steps are kept for.
        account: Whom it was issued to; of a conversion, whose units were retired.
        at: When it was recorded, UTC.
        kept: Whether a conversion claims them: projects of the instrument can still issue them.
    """

    device: str
    period: Period
    issuance_n: int
    project: str
    instrument: str
    account: str
    at: str
    kept: bool = False


def produced(view: View, pieces: Iterable[Piece], period: Period) -> Iterator[Piece]:
    """The parts of pieces that were generated wholly inside a period.

    Args:
        view: The state.
        pieces: Pieces, those of a batch together.
        period: The time of generation.
    """
    for name, group in groupby(pieces, key=lambda piece: piece.batch_id):
        found = lookup.batch(view, name)
        if found.batch.device is None:
            inside = found.batch.block if period.contains(found.batch.production) else None
        else:
            inside = hour_table(view, found).inside(period)
        if inside is None:
            continue
        for piece in group:
            first, last = max(piece.first, inside.first), min(piece.last, inside.last)
            if first <= last:
                yield evolve(piece, first=first, last=last)


def hours(reader: Snapshot, block: Block | Batch | str) -> tuple[Hour, ...]:
    """The metered steps that a block of granular units covers, each with its units, in time order.

    A step is what it was at issuance: no cut, transfer or later correction changes it.

    Args:
        block: The units.

    Raises:
        SerialError: *block* is none, is not granular, or goes beyond its batch.
        UnknownBatchError: No such batch.

    Source:
        ledger-model section 6; domain invariant 18.
    """
    return hours_of(reader._view(), block_of(block))


def match(
    reader: Snapshot,
    account: str,
    profile: ConsumptionProfile,
    *,
    instrument: str | None = None,
    device: str | Iterable[str] | None = None,
    order: str = "oldest-first",
) -> HourlyMatch:
    """Plan which granular units of an account match a consumption, step by step; nothing is recorded.

    Each unit is used once, and only in the very step it was generated in. It has to be active, and not
    expired. `retire` and `transfer` take the plan's `blocks`.

    Args:
        account: The account.
        profile: What was consumed.
        instrument: Only units of this instrument; needed where the account has granular units of several.
        device: Only units of this device, or of these.
        order: Which units of a step come first: ``oldest-first`` takes those issued first, ``newest-first``
            those issued last.

    Raises:
        UnknownAccountError, UnknownDeviceError: No such account, no such device.
        QuantityError: *profile* is none, or *device* is.
        RefusedError: There are units of several instruments, *instrument* is not granular, or *order* is none.

    Source:
        EnergyTag Granular Certificate Scheme Standard [S]; domain invariants 13 and 18.
    """
    view = reader._view()
    lookup.account(view, account)
    if not isinstance(profile, ConsumptionProfile):
        raise QuantityError(f"profile {quote(profile)}: expected a ConsumptionProfile(start=, step=, consumption_wh=)")
    devices = (device,) if isinstance(device, str) else listed(device)
    if device is not None and (devices is None or not all(isinstance(item, str) for item in devices)):
        raise QuantityError(f"device {quote(device)}: expected a device's id, or several")
    return matching.match(
        view,
        account,
        profile,
        at_utc=second_of(reader._time_of_query(view)),
        instrument=instrument,
        devices=None if devices is None else frozenset(devices),
        order=order,
    )


def claims(reader: Snapshot, device: str, period: Period) -> tuple[ClaimedSteps, ...]:
    """Who claimed which steps of a device: the live claims that overlap a period, whole, in time order.

    A step that is in none of them can still be issued.

    Args:
        device: The device.
        period: The time asked about.

    Raises:
        UnknownDeviceError: No such device.
        PeriodError: *period* is none.

    Source:
        ledger-model section 3; domain invariant 5.
    """
    view, within = reader._view(), checked_period(period, "period")
    lookup.device(view, device)
    return tuple(_claimed(view, claim) for claim in view.claims(device, within.start_utc, within.end_utc))


def _claimed(view: View, claim: Claim) -> ClaimedSteps:
    """A claim, with what its entry says."""
    entry, kept = view.entry(claim.issuance_n), reserved_for(view, claim)
    issuance = lookup.issuance(view, claim.issuance_n if kept is None else entry.event["issuance"])
    return ClaimedSteps(
        device=claim.device,
        period=Period(claim.start_utc, claim.end_utc),
        issuance_n=claim.issuance_n,
        project=issuance.project,
        instrument=lookup.project(view, issuance.project).instrument.id if kept is None else kept,
        account=entry.event["account"],
        at=entry.at,
        kept=kept is not None,
    )
