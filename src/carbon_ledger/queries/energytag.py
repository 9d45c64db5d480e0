"""Granular certificates written as EnergyTag bundles."""

from collections.abc import Iterator, Sequence
from itertools import chain, groupby

from carbon_ledger.choices import TimeLike
from carbon_ledger.core import lookup
from carbon_ledger.core.in_force import terms_of
from carbon_ledger.core.issuance.hours import hour_table
from carbon_ledger.core.state.rows import IssuedBatch, Piece
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import RefusedError
from carbon_ledger.exchange.documents import UnitRecord, Unsaid
from carbon_ledger.exchange.energytag import EMPTY, NO_STATUSES, STATUSES, EnergyTagBundles, StepUnits, bundle
from carbon_ledger.queries.holdings import expired_by
from carbon_ledger.queries.snapshot import Snapshot, second_of_query
from carbon_ledger.queries.written_units import (
    HeldUnits,
    empty_fields,
    held_units,
    state_of,
    without_field,
    without_status,
)
from carbon_ledger.texts import optional_line

_SOMETIMES = {
    "device_production_start_date": "the device has no day of commissioning",
    "device_location": "the device has no coordinates",
    "expiry_datestamp": "the certificates do not expire",
    "issuing_body": "pass issuing_body=, since a ledger does not record the name of the issuing body",
}


def energytag_bundles(
    reader: Snapshot,
    account: str | None = None,
    *,
    project: str | None = None,
    issuing_body: str | None = None,
    at: TimeLike | None = None,
) -> EnergyTagBundles:
    """Granular certificates as EnergyTag bundles: one for each metered step, account and state, and what they omit.

    The bundles' quantities, with those left out because EnergyTag has no status for their state, sum to the ledger's.
    A retirement is ``Claimed``: it has a beneficiary and a purpose. A cancellation has none, and is ``Cancelled``.

    Args:
        account: Only certificates of this account, those that it retired or cancelled included; by default, of every
            account.
        project: Only certificates of this project; by default, of every project.
        issuing_body: The name of the issuing body, which a ledger does not record.
        at: The time at which expiry is checked; by default, now, or the time of the `as_of` reader.

    Raises:
        UnknownAccountError: There is no such account.
        UnknownProjectError: There is no such project.
        RefusedError: The project's instrument is not granular.
        QuantityError: *issuing_body* is not a text in one line.
        NaiveTimeError: *at* has no zone.
        PeriodError: *at* is not a time.

    Source:
        EnergyTag API specification to Version 2 of the standard: the fields of a bundle and the values of
        ``certificate_status``, as in the code of the Future Energy Associates registry. [S]

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> _ = ledger.open_account("owner", name="Owner")
        >>> _ = ledger.register_device(cl.Device(id="plant", name="Plant", technology="wind/offshore",
        ...     capacity="1 MW", country="DK", grid="DK1", zone="UTC", commissioned="2024-01-01"))
        >>> _ = ledger.register_project(cl.Project(id="hourly", instrument="GC", zone="UTC", devices=("plant",)))
        >>> _ = ledger.record_readings("plant", start="2024-05-01T00:00Z", step="1 hour", net_wh=[300, 200])
        >>> _ = ledger.issue("hourly", cl.Period.of("2024-05-01T00:00Z", "2024-05-01T02:00Z"), to="owner")
        >>> found = ledger.energytag_bundles("owner")
        >>> [(item["production_starting_interval"], item["bundle_quantity"]) for item in found.records]
        [('2024-05-01T00:00:00Z', 300), ('2024-05-01T01:00:00Z', 200)]
    """
    view = reader._view()
    body = optional_line(issuing_body, "issuing_body")
    at_utc = second_of_query(reader, view, at)
    records, unsaid = _written(view, tuple(_units(view, account, project, at_utc)), body)
    return EnergyTagBundles(state=state_of(reader, view, at_utc), records=records, unsaid=unsaid)


def _units(view: View, account: str | None, project: str | None, at_utc: int) -> Iterator[HeldUnits]:
    """The units, by batch."""
    over = expired_by(view, at_utc)
    for found, pieces in _batches(view, account, project):
        yield from held_units(found, pieces, over)


def _written(
    view: View, units: Sequence[HeldUnits], body: str | None
) -> tuple[tuple[UnitRecord, ...], tuple[Unsaid, ...]]:
    """The bundles of units, and what they cannot say."""
    by_batch = groupby(units, key=lambda item: item.found)
    steps = chain.from_iterable(_steps(view, found, list(same)) for found, same in by_batch)
    records = tuple(bundle(step, body) for step in steps)
    unsaid = (
        *without_status(units, NO_STATUSES),
        *without_field(view, units, claims=True),
        *empty_fields(records, "bundle_quantity", EMPTY, _SOMETIMES),
    )
    return records, unsaid


def _batches(view: View, account: str | None, project: str | None) -> Iterator[tuple[IssuedBatch, Sequence[Piece]]]:
    """The granular batches of a project or of every project, each with its pieces, or with those of an account."""
    if project is not None and not lookup.project(view, project).instrument.granular:
        instrument = lookup.project(view, project).instrument.id
        raise RefusedError(
            f"project {project}",
            f"{instrument} is not granular, so that its units have no metered step; name a project of granular "
            "certificates",
            rule="not-granular",
        )
    if account is not None:
        for name, group in groupby(view.holdings(lookup.account(view, account)), lambda piece: piece.batch_id):
            found = lookup.batch(view, name)
            if found.batch.device is not None and project in (None, found.batch.project):
                yield found, list(group)
        return
    for item in view.registrations("project") if project is None else (project,):
        for row in view.issuances(item):
            for found in view.batches(row.n):
                if found.batch.device is not None:
                    yield found, view.pieces(found.batch.batch_id, 1, found.batch.count)


def _steps(view: View, found: IssuedBatch, units: Sequence[HeldUnits]) -> Iterator[StepUnits]:
    """The units of a batch whose state has a status, by metered step."""
    table, issued_at = hour_table(view, found), view.entry(found.n).at
    terms = terms_of(view, str(found.batch.device))
    for item in units:
        if item.state not in STATUSES:
            continue
        for hour in table.hours(item.block):
            yield StepUnits(
                block=hour.block,
                whole=table.block_at(hour.period.start_utc) or hour.block,
                period=hour.period,
                state=item.state,
                account=item.account,
                device=terms.at(hour.period.start_utc),
                issued_at=issued_at,
                expires_utc=found.batch.expires_utc,
            )
