"""Commands that amend what was registered, from a day on."""

from datetime import date
from functools import partial
from typing import Any

from carbon_ledger.arguments import required_evidence
from carbon_ledger.canonical import identifier
from carbon_ledger.choices import Number
from carbon_ledger.core import in_force
from carbon_ledger.core.entries.events import ACCOUNT_AMENDED, DEVICE_AMENDED
from carbon_ledger.core.entries.splitting import without_none
from carbon_ledger.core.in_force import Account
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import checked_decimal, text_of
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.periods.instants import checked_date
from carbon_ledger.periods.zones import day_start_utc
from carbon_ledger.printing import quote
from carbon_ledger.texts import optional_line, text
from carbon_ledger.units import power_w
from carbon_ledger.units.kinds import Amount


def amend_device(
    ledger: Recorder,
    device: str,
    *,
    effective: date | str,
    evidence: str,
    reason: str,
    capacity: Amount | None = None,
    margin: Number | None = None,
    station_load: Amount | None = None,
    name: str | None = None,
    decommissioned: bool | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Device:
    """Amend a device from a day on: its registration stays, and every rule asks for the value in force at the step.

    Args:
        device: The device's id.
        effective: The first local day of the device's zone on which the values are in force. It is not before the day
            of an earlier amendment of the same field; an amendment from the same day on holds in place of that one.
        evidence: Digest of the document that shows the change, as `digest_file` returns it.
        reason: The reason, in words.
        capacity: The new nameplate capacity. [power]
        margin: The new margin.
        station_load: The new most power that the device takes from the grid. [power]
        name: The new name.
        decommissioned: ``True`` if the device no longer operates from *effective* on, ``False`` if it operates again.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The device as it is in force from *effective* on.

    Raises:
        UnknownDeviceError: There is no such device.
        RefusedError: Nothing changes; *effective* is before an earlier amendment of the same field; or live readings
            from *effective* on contradict the amendment.
        MissingDataError: *evidence* is None.
        QuantityError, PeriodError: An argument is malformed; or *effective* is not a day.

    Source:
        ledger-model section 8a.
    """
    day = checked_date(effective, "effective")
    event = _amendment("device", device, day, evidence, reason)
    event |= _device_fields(capacity, margin, station_load, name, decommissioned)
    shown = partial(_device_at, device, day)
    return ledger._recorded(shown, "amend_device", event, lambda _: [(DEVICE_AMENDED, event)], key=key, by=by)


def _device_at(device: str, day: date, view: View, _: object) -> Device:
    terms = in_force.terms_of(view, device)
    return terms.at(day_start_utc(day, terms.zone))


def _device_fields(
    capacity: object, margin: object, station_load: object, name: object, decommissioned: object
) -> dict[str, object]:
    if decommissioned is not None and type(decommissioned) is not bool:
        raise QuantityError(
            f"decommissioned {quote(decommissioned)}: expected True or False; the day is given as effective="
        )
    return without_none(
        capacity_w=None if capacity is None else power_w(capacity, "capacity"),
        station_load_w=None if station_load is None else power_w(station_load, "station_load"),
        margin=None if margin is None else text_of(checked_decimal(margin, "margin")),
        name=optional_line(name, "name"),
        decommissioned=decommissioned,
    )


def amend_account(
    ledger: Recorder,
    account: str,
    *,
    effective: date | str,
    evidence: str,
    reason: str,
    name: str | None = None,
    legal_id: str | None = None,
    contact: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Account:
    """Amend an account from a day on: the entry that opened the account stays.

    Args:
        account: The account's id, which never changes.
        effective: The first day on which the values are in force, as a day of UTC, since an account has no zone. It is
            not before the day of an earlier amendment of the same field.
        evidence: Digest of the document that shows the change, as `digest_file` returns it.
        reason: The reason, in words.
        name: The new name of the account's holder.
        legal_id: The new legal id of the holder.
        contact: The new contact. It stays in the log for ever, so name an office rather than a person.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The account as it is in force from *effective* on.

    Raises:
        UnknownAccountError: There is no such account.
        RefusedError: Nothing changes, or *effective* is before an earlier amendment of the same field.
        MissingDataError: *evidence* is None.
        QuantityError: An argument is malformed.
        PeriodError: *effective* is not a day.

    Source:
        ledger-model section 8a.
    """
    day = checked_date(effective, "effective")
    event = _amendment("account", account, day, evidence, reason)
    fields = {"name": name, "legal_id": legal_id, "contact": contact}
    event |= without_none(**{field: optional_line(value, field) for field, value in fields.items()})

    def shown(view: View, _: object) -> Account:
        return in_force.account_at(view, account, day_start_utc(day, "UTC"))

    return ledger._recorded(shown, "amend_account", event, lambda _: [(ACCOUNT_AMENDED, event)], key=key, by=by)


def _amendment(kind: str, subject: object, day: date, evidence: object, reason: object) -> dict[str, Any]:
    """The fields that every amendment has."""
    return {
        kind: identifier(subject, kind),
        "effective": day.isoformat(),
        "reason": text(reason, "reason"),
        "evidence": required_evidence(evidence, f"amendment of {kind} {quote(subject)}"),
    }
