"""What is in force now or at another time, and the amendments that made it so."""

from datetime import date, datetime

from attrs import frozen

from carbon_ledger.choices import TimeLike
from carbon_ledger.core import in_force, lookup
from carbon_ledger.core.in_force import ACCOUNT_FIELDS, AMENDMENT, DEVICE_FIELDS, Account
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import QuantityError
from carbon_ledger.periods.instants import checked_date
from carbon_ledger.queries.snapshot import Snapshot, second_of_query
from carbon_ledger.records import Record


@frozen(repr=False)
class Amendment(Record):
    """An amendment of a device or an account.

    Attributes:
        n: The number of its entry.
        at: When it was recorded. [UTC]
        by: Who recorded it.
        subject: The id of the device or the account.
        effective: The first day on which it is in force.
        reason: The reason, in words.
        evidence: Digest of the document that shows the change.
        changes: The new values by field, as the entry has them.
    """

    _in_repr = ("n", "subject", "effective", "changes")

    n: int
    at: datetime
    by: str
    subject: str
    effective: date
    reason: str
    evidence: str
    changes: tuple[tuple[str, str | int | None], ...]


def device(reader: Snapshot, name: str, *, at: TimeLike | None = None) -> Device:
    """A device as it is in force at a time.

    Args:
        name: The device's id.
        at: The time; by default, now, or the time of the `as_of` reader.

    Raises:
        UnknownDeviceError: There is no such device.
        NaiveTimeError: *at* has no zone.
        PeriodError: *at* is not a time.

    Source:
        ledger-model section 8a.
    """
    view = reader._view()
    return in_force.device_at(view, name, second_of_query(reader, view, at))


def account(reader: Snapshot, name: str, *, at: TimeLike | None = None) -> Account:
    """An account as it is in force at a time: its name, its legal id and its contact.

    Args:
        name: The account's id.
        at: The time; by default, now, or the time of the `as_of` reader.

    Raises:
        UnknownAccountError: There is no such account.
        NaiveTimeError: *at* has no zone.
        PeriodError: *at* is not a time.

    Source:
        ledger-model section 8a.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> ledger.account(ledger.open_account("buyer", name="Buyer Ltd")).name
        'Buyer Ltd'
    """
    view = reader._view()
    return in_force.account_at(view, name, second_of_query(reader, view, at))


def amendments(reader: Snapshot, *, device: str | None = None, account: str | None = None) -> tuple[Amendment, ...]:
    """Every amendment of a device or of an account, oldest first; the registered values come before all of them.

    Args:
        device: The device's id.
        account: The account's id; pass one of the two.

    Raises:
        UnknownDeviceError: There is no such device.
        UnknownAccountError: There is no such account.
        QuantityError: Both *device* and *account* are given, or neither.

    Source:
        ledger-model section 8a.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> _ = ledger.register_device(cl.Device(id="roof", name="School roof", technology="solar/photovoltaic",
        ...     capacity="80 kW", country="AU", grid="AU", zone="Australia/Sydney", commissioned="2024-02-01"))
        >>> ledger.amend_device("roof", effective="2025-03-01", capacity="120 kW", reason="forty panels were added",
        ...     evidence=f"sha256:{64 * '0'}").capacity_w
        120000
        >>> ledger.device("roof", at="2024-06-01T00:00Z").capacity_w
        80000
        >>> [dict(item.changes) for item in ledger.amendments(device="roof")]
        [{'capacity_w': 120000}]
    """
    view = reader._view()
    if (device is None) == (account is None):
        raise QuantityError("amendments(): expected device= or account=, exactly one of the two")
    fields: tuple[str, ...] = DEVICE_FIELDS if account is None else ACCOUNT_FIELDS
    if account is not None:
        name, kind = lookup.account(view, account), "account"
    else:
        name, kind = lookup.device(view, device or "").id, "device"
    of_subject = in_force.kind_of(kind, name)
    ids = [item for item in view.registrations(of_subject) if item.partition("#")[0] == AMENDMENT]
    return tuple(_amendment(view, name, view.registration(of_subject, item) or 0, fields) for item in ids)


def _amendment(view: View, subject: str, n: int, fields: tuple[str, ...]) -> Amendment:
    entry = view.entry(n)
    event = entry.event
    return Amendment(
        n,
        entry.recorded_at,
        entry.by,
        subject,
        checked_date(event["effective"], "effective"),
        event["reason"],
        event["evidence"],
        tuple((field, event[field]) for field in fields if field in event),
    )
