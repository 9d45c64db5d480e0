"""Hourly matching: finding an account's granular certificates for the steps in which energy was consumed."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Final

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.holdings.pieces import has_expired
from carbon_ledger.core.intervals import merge_serials
from carbon_ledger.core.issuance.hours import hour_table
from carbon_ledger.core.state.rows import ACTIVE, IssuedBatch, Piece
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import RefusedError
from carbon_ledger.exact import Rounding, plain
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.printing import lines, named, one_of, quote
from carbon_ledger.queries.consumption import ConsumptionProfile
from carbon_ledger.records import Record
from carbon_ledger.serials import Block, Hour
from carbon_ledger.tables import INTEGER, TEXT, Cells, Column, Table, Tabular, list_column, period_columns, table_of

ORDERS: Final = ("oldest-first", "newest-first")
_SCORE: Final = Rounding("floor", places=6)


@frozen(kw_only=True, repr=False)
class HourMatch(Record):
    """A step of a profile, and the units that match it.

    Attributes:
        period: The step.
        consumption_wh: Energy consumed in the step. [Wh]
        blocks: Units generated in the step, at most as many Wh as were consumed.
    """

    _derived = ("matched_wh", "unmatched_wh")

    _columns: ClassVar[tuple[Column, ...]] = (
        *period_columns("period"),
        Column("consumption_wh", INTEGER),
        Column("matched_wh", INTEGER),
        Column("unmatched_wh", INTEGER),
        list_column("blocks"),
    )
    period: Period
    consumption_wh: int
    blocks: tuple[Block, ...]

    @property
    def matched_wh(self) -> int:
        """Consumption that is matched by units. [Wh]"""
        return sum(block.count for block in self.blocks)

    @property
    def unmatched_wh(self) -> int:
        """Consumption that is not matched by units. [Wh]"""
        return self.consumption_wh - self.matched_wh


@frozen(kw_only=True, repr=False)
class HourlyMatch(Record, Tabular):
    """A plan: the units of an account that match a profile, step by step. Making a plan records nothing.

    A plan is a table with a row for each step.

    Attributes:
        account: The account.
        profile: The energy consumed.
        hours: Each step of the profile, in time order.
        straddling_wh: Units whose own step crosses an edge of the profile's steps, so that they match no step. [Wh]
    """

    _in_repr = ("account", "consumption_wh", "matched_wh", "score")
    _derived = ("consumption_wh", "matched_wh", "unmatched_wh", "score")

    account: str
    profile: ConsumptionProfile
    hours: tuple[HourMatch, ...]
    straddling_wh: int

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All matching units in order, adjacent blocks merged: pass them to `retire` or `transfer`."""
        return merge_serials(sorted(block for hour in self.hours for block in hour.blocks))

    @property
    def consumption_wh(self) -> int:
        """Total energy consumed. [Wh]"""
        return self.profile.total_wh

    @property
    def matched_wh(self) -> int:
        """Consumption that is matched by units. [Wh]"""
        return sum(hour.matched_wh for hour in self.hours)

    @property
    def unmatched_wh(self) -> int:
        """Consumption that is not matched by units. [Wh]"""
        return self.consumption_wh - self.matched_wh

    @property
    def score(self) -> Decimal:
        """Share of the consumption that is matched, rounded down to 6 places; 1 if nothing was consumed."""
        if self.consumption_wh == 0:
            return Decimal(1)
        return plain(_SCORE.apply(Fraction(self.matched_wh, self.consumption_wh)))

    def _table(self) -> Table:
        account = Column("account", TEXT, lambda _: self.account)
        return table_of("HourlyMatch", (account, *HourMatch._columns), self.hours)

    def rows(self) -> list[Cells]:
        """The steps as rows of plain values, all with the same columns."""
        return [
            {
                "start": instant_text(hour.period.start_utc),
                "consumption": hour.consumption_wh,
                "matched": hour.matched_wh,
                "unmatched": hour.unmatched_wh,
                "units": ", ".join(map(str, hour.blocks)),
            }
            for hour in self.hours
        ]

    def __str__(self) -> str:
        """The match in a few lines."""
        rows = [
            ("consumption", self.consumption_wh),
            ("matched", self.matched_wh),
            ("unmatched", self.unmatched_wh),
            ("straddling", self.straddling_wh),
        ]
        head = f"Hourly match of {self.account}: {self.profile}"
        return lines(head, *(f"  {name:<12}{wh:>22,} Wh" for name, wh in rows), f"  score {self.score:>23}")


def match(
    view: View,
    account: str,
    profile: ConsumptionProfile,
    *,
    at_utc: int,
    instrument: str | None,
    devices: Collection[str] | None,
    order: str,
) -> HourlyMatch:
    """Find units for each step of a profile, each unit once, and only units generated in that step.

    Args:
        view: The state.
        account: The account.
        profile: The energy consumed.
        at_utc: The time of the query; units that have expired by then are left out. [s since 1970-01-01 UTC]
        instrument: Only units of this instrument.
        devices: Only units of these devices.
        order: Which units of a step are used first: ``oldest-first`` or ``newest-first``.

    Raises:
        RefusedError: The units are of several instruments, *instrument* is not granular, or *order* is unknown.
        UnknownDeviceError: The ledger has no such device.
    """
    if not isinstance(order, str) or order not in ORDERS:
        raise RefusedError(f"order {quote(order)}", f"expected {one_of(order, ORDERS)}", rule="unknown-order")
    if instrument is not None:
        _require_granular(view, instrument)
    for device in devices or ():
        lookup.device(view, device)
    held = _held(view, account, profile.period, at_utc, instrument, devices)
    wanted = list(profile.consumption_wh)
    found: list[list[Block]] = [[] for _ in wanted]
    straddling = 0
    for batch, pieces in held if order == ORDERS[0] else reversed(held):
        for hour in _hours(view, batch, pieces, profile.period):
            position = (hour.period.start_utc - profile.start_utc) // profile.step_s
            edge = profile.start_utc + (position + 1) * profile.step_s
            if position < 0 or hour.period.end_utc > edge:
                straddling += hour.count
            elif wanted[position]:
                taken = hour.block.take(min(wanted[position], hour.count))
                wanted[position] -= taken.count
                found[position].append(taken)
    hours = [
        HourMatch(period=Period(start, start + profile.step_s), consumption_wh=wh, blocks=tuple(blocks))
        for start, wh, blocks in zip(_starts(profile), profile.consumption_wh, found, strict=True)
    ]
    return HourlyMatch(account=account, profile=profile, hours=tuple(hours), straddling_wh=straddling)


def _starts(profile: ConsumptionProfile) -> range:
    return range(profile.start_utc, profile.period.end_utc, profile.step_s)


def _require_granular(view: View, instrument: str) -> None:
    issued = [lookup.project(view, name).instrument for name in view.registrations("project")]
    if not any(item.granular and item.id == instrument for item in issued):
        raise RefusedError(
            f"instrument {named(instrument)}",
            "no project of this ledger issues granular certificates of it; leave instrument= out, or pass "
            "an instrument of granular certificates",
            rule="not-granular",
        )


def _held(
    view: View, account: str, period: Period, at_utc: int, instrument: str | None, devices: Collection[str] | None
) -> list[tuple[IssuedBatch, list[Piece]]]:
    """The active, unexpired granular units of a period by batch, in order of issuance."""
    pieces: dict[str, list[Piece]] = {}
    for piece in view.holdings(account):
        if piece.state == ACTIVE:
            pieces.setdefault(piece.batch_id, []).append(piece)
    held = []
    for name, of_batch in pieces.items():
        found = lookup.batch(view, name)
        batch = found.batch
        wanted = batch.device is not None and (devices is None or batch.device in devices)
        wanted = wanted and instrument in (None, batch.instrument) and _may_overlap(batch.production, period)
        if wanted and not has_expired(batch, at_utc):
            held.append((found, of_batch))
    kinds = sorted({found.batch.instrument for found, _ in held})
    if len(kinds) > 1:
        raise RefusedError(
            f"account {account}",
            f"it has units of {', '.join(kinds)}, which cannot be added up; pass instrument= with one of them",
            rule="several-instruments",
        )
    return sorted(held, key=lambda item: (item[0].n, item[0].batch.batch_id))


def _may_overlap(production: Period, period: Period) -> bool:
    """Whether a step of a batch can overlap a period; a step over the turn of the year extends past the production."""
    return production.start_utc - 3600 < period.end_utc and period.start_utc < production.end_utc + 3600


def _hours(view: View, batch: IssuedBatch, pieces: Sequence[Piece], period: Period) -> Iterator[Hour]:
    table = hour_table(view, batch)
    for piece in pieces:
        yield from table.hours(Block(piece.batch_id, piece.first, piece.last), period)
