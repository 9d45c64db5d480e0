"""Commands that register what every other command is about: accounts, devices, meters, projects, factors."""

from functools import partial
from typing import Any

from carbon_ledger.canonical import identifier
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.events import (
    ACCOUNT_OPENED,
    DEVICE_REGISTERED,
    FACTOR_ADOPTED,
    METER_REGISTERED,
    METHODOLOGY_ADOPTED,
    PROJECT_REGISTERED,
)
from carbon_ledger.core.entries.splitting import Events
from carbon_ledger.core.pinned_zones import registered_with_rules, zone_of
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device, Meter
from carbon_ledger.errors import FactorError, QuantityError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.methodologies import methodology_of
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.texts import line


def open_account(ledger: Recorder, account: str, *, name: str, key: str | None = None, by: str | None = None) -> str:
    """Open an account, which can hold units.

    Args:
        account: Short name, unique in the ledger.
        name: The holder's name.
        key: Idempotency key.
        by: The actor.

    Returns:
        The account's id.

    Raises:
        AlreadyRegisteredError: The id is taken.
        QuantityError: The id or the name is not usable.
    """
    event = {"account": identifier(account, "account"), "name": line(name, "name")}
    ledger._record("open_account", event, lambda _: [(ACCOUNT_OPENED, event)], key=key, by=by)
    return account


def register_device(ledger: Recorder, device: Device, *, key: str | None = None, by: str | None = None) -> Device:
    """Register a device.

    Raises:
        AlreadyRegisteredError: The id is taken.
    """
    event = _record_of(device, Device)
    plan = partial(registered_with_rules, DEVICE_REGISTERED, event)
    ledger._record("register_device", event, plan, key=key, by=by)
    return device


def register_meter(ledger: Recorder, meter: Meter, *, key: str | None = None, by: str | None = None) -> Meter:
    """Register a meter that devices share.

    Raises:
        AlreadyRegisteredError: The id is taken.
        UnknownDeviceError: A device is not registered.
    """
    event = _record_of(meter, Meter)
    ledger._record("register_meter", event, lambda _: [(METER_REGISTERED, event)], key=key, by=by)
    return meter


def register_project(ledger: Recorder, project: Project, *, key: str | None = None, by: str | None = None) -> Project:
    """Register a project; its methodology's version is adopted with it.

    Raises:
        AlreadyRegisteredError: The id is taken, or that of its instrument stands for another, here or built in.
        UnknownDeviceError: A device is not registered.
        MethodologyError: The library does not have the methodology; or the history reaches into the crediting
            period.
    """
    event = _record_of(project, Project)

    def plan(view: View) -> Events:
        lookup.require_own_id(view, project.instrument)
        project.require_past_history(zone_of(view, project.zone))
        events = registered_with_rules(PROJECT_REGISTERED, event, view)
        if project.methodology is not None:
            adopted = methodology_of(project.methodology)
            if view.registration("methodology", adopted.key) is None:
                events.insert(0, (METHODOLOGY_ADOPTED, adopted.to_record()))
        return events

    ledger._record("register_project", event, plan, key=key, by=by, named=project.crediting_period)
    return project


def _record_of(thing: object, kind: type[Device | Meter | Project]) -> dict[str, Any]:
    """The record of what is registered."""
    if not isinstance(thing, kind):
        raise QuantityError(f"{kind.__name__.lower()} {quote(thing)}: expected a {kind.__name__}")
    return thing.to_record()


def adopt_factor(
    ledger: Recorder, factor: EmissionFactor, *, key: str | None = None, by: str | None = None
) -> EmissionFactor:
    """Pin an emission factor's whole record in the log.

    Raises:
        AlreadyRegisteredError: A factor with this id was adopted before.
        FactorError: *factor* is none.
    """
    if not isinstance(factor, EmissionFactor):
        raise FactorError(f"factor {quote(factor)}: expected an EmissionFactor")
    event = {"factor": factor.to_record()}
    ledger._record("adopt_factor", event, lambda _: [(FACTOR_ADOPTED, event)], key=key, by=by)
    return factor
