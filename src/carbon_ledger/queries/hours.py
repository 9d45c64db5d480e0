"""Queries about metered steps: their units, the units that match a consumption, and who claimed them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from attrs import evolve, frozen

from carbon_ledger.choices import MatchOrder
from carbon_ledger.core import lookup
from carbon_ledger.core.issuance.hours import hour_table, hours_of
from carbon_ledger.core.issuance.reserved import reserved_for
from carbon_ledger.core.state.rows import Claim, Piece
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import QuantityError
from carbon_ledger.mappings import listed
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.printing import quote
from carbon_ledger.queries import matching
from carbon_ledger.queries.consumption import ConsumptionProfile
from carbon_ledger.queries.matching import HourlyMatch
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.records import Record
from carbon_ledger.serials import Batch, Block, Hour, block_of


@frozen(kw_only=True, repr=False)
class ClaimedSteps(Record):
    """Steps of a device that an issuance or a conversion claims, so that no other issuance can claim them.

    Attributes:
        device: The device.
        period: From the start of the first step to the end of the last; the steps are consecutive.
        issuance_n: The entry of the issuance or of the conversion.
        project: The project of the issuance; of a conversion, the project whose issuance was converted.
        instrument: The instrument that was issued; of a conversion, the instrument that the steps are reserved for.
        account: The account that received the units; of a conversion, the account whose units were retired.
        at: When the entry was recorded, UTC.
        kept: Whether a conversion claims the steps. Projects of the instrument can still issue such steps.
    """

    device: str
    period: Period
    issuance_n: int
    project: str
    instrument: str
    account: str
    at: datetime
    kept: bool = False


def produced(view: View, pieces: Iterable[Piece], period: Period) -> Iterator[Piece]:
    """The parts of pieces whose units were generated entirely inside a period.

    Args:
        view: The state.
        pieces: The pieces, grouped by batch.
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

    The steps are those of the issuance. Splitting or transferring units, or correcting readings, does not change them.

    Args:
        block: The units.

    Raises:
        SerialError: *block* is invalid, not granular, or extends past the end of its batch.
        UnknownBatchError: The ledger has no such batch.

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
    order: MatchOrder = "oldest-first",
) -> HourlyMatch:
    """Plan which granular units of an account match a consumption, step by step, without recording anything.

    Each unit is used once, and only in the step in which it was generated. Only active units that have not expired are
    used. Pass the plan's `blocks` to `retire` or `transfer`.

    Args:
        account: The account.
        profile: The energy consumed.
        instrument: Only units of this instrument; required if the account has granular units of several instruments.
        device: Only units of this device, or of these devices.
        order: Which units of a step are used first: ``oldest-first`` for units issued first, or ``newest-first`` for
            units issued last.

    Raises:
        UnknownAccountError: The ledger has no such account.
        UnknownDeviceError: The ledger has no such device.
        QuantityError: *profile* is not a `ConsumptionProfile`, or *device* is not an id or several ids.
        RefusedError: The units are of several instruments, *instrument* is not granular, or *order* is unknown.

    Source:
        EnergyTag Granular Certificate Scheme Standard [S]; domain invariants 13 and 18.
    """
    view = reader._view()
    lookup.account(view, account)
    if not isinstance(profile, ConsumptionProfile):
        raise QuantityError(f"profile {quote(profile)}: expected a ConsumptionProfile(start=, step=, consumption_wh=)")
    devices = (device,) if isinstance(device, str) else listed(device)
    if device is not None and (devices is None or not all(isinstance(item, str) for item in devices)):
        raise QuantityError(f"device {quote(device)}: expected the id of a device, or several ids")
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
    """The live claims on a device's steps that overlap a period, each in full, in time order.

    A step that no claim covers can still be issued.

    Args:
        device: The device.
        period: The period.

    Raises:
        UnknownDeviceError: The ledger has no such device.
        PeriodError: *period* is not a `Period`.

    Source:
        ledger-model section 3; domain invariant 5.
    """
    view, within = reader._view(), checked_period(period, "period")
    lookup.device(view, device)
    return tuple(_claimed(view, claim) for claim in view.claims(device, within.start_utc, within.end_utc))


def _claimed(view: View, claim: Claim) -> ClaimedSteps:
    """A claim with the fields of its entry."""
    entry, reserved = view.entry(claim.issuance_n), reserved_for(view, claim)
    issuance = lookup.issuance(view, claim.issuance_n if reserved is None else entry.event["issuance"])
    return ClaimedSteps(
        device=claim.device,
        period=Period(claim.start_utc, claim.end_utc),
        issuance_n=claim.issuance_n,
        project=issuance.project,
        instrument=lookup.project(view, issuance.project).instrument.id if reserved is None else reserved,
        account=entry.event["account"],
        at=entry.recorded_at,
        kept=reserved is not None,
    )
