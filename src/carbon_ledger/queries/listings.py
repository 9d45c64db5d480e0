"""Listings of what is registered: devices, meters, projects and factors, and all retirements."""

from carbon_ledger.choices import TimeLike
from carbon_ledger.core import in_force, lookup
from carbon_ledger.core.issuance.hours import with_hours
from carbon_ledger.devices import Device
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.meters import Meter
from carbon_ledger.projects import Project
from carbon_ledger.queries.retirements import Retirement, retirements_of
from carbon_ledger.queries.snapshot import Snapshot, second_of_query
from carbon_ledger.serials import Batch
from carbon_ledger.tables import Listing


def devices(reader: Snapshot, *, at: TimeLike | None = None) -> Listing[Device]:
    """Every device as it is in force at a time, in the order in which they were registered.

    Args:
        at: The time; by default, now, or the time of the `as_of` reader. A device is listed from its registration on.

    Raises:
        NaiveTimeError: *at* has no zone.
        PeriodError: *at* is not a time.

    Example:
        >>> import carbon_ledger as cl
        >>> cl.open_ledger(":memory:").devices()
        ()
    """
    view = reader._view()
    second = second_of_query(reader, view, at)
    return Listing((in_force.device_at(view, name, second) for name in view.registrations("device")), Device)


def meters(reader: Snapshot) -> Listing[Meter]:
    """Every meter, in the order in which they were registered."""
    view = reader._view()
    return Listing((lookup.meter(view, name) for name in view.registrations("meter")), Meter)


def projects(reader: Snapshot) -> Listing[Project]:
    """Every project, in the order in which they were registered."""
    view = reader._view()
    return Listing((lookup.project(view, name) for name in view.registrations("project")), Project)


def factors(reader: Snapshot) -> Listing[EmissionFactor]:
    """Every emission factor that the ledger has adopted, in the order of adoption."""
    view = reader._view()
    return Listing((lookup.factor(view, name) for name in view.registrations("factor")), EmissionFactor)


def batch(reader: Snapshot, batch_id: str) -> Batch:
    """A batch by its id, such as ``hydro/2024/17``: one that was issued here, or imported from another registry.

    Raises:
        UnknownBatchError: There is no such batch.
    """
    view = reader._view()
    return with_hours(view, lookup.batch(view, batch_id))


def retirements(reader: Snapshot, account: str | None = None) -> Listing[Retirement]:
    """Every retirement from an account, oldest first; by default, from every account.

    Args:
        account: The account's id; by default, every account.

    Raises:
        UnknownAccountError: There is no such account.
    """
    view = reader._view()
    accounts = view.registrations("account") if account is None else (lookup.account(view, account),)
    found = (item for name in accounts for item in retirements_of(view, name))
    return Listing(sorted(found, key=lambda item: item.n), Retirement)
