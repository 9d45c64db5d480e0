"""Commands that register accounts, devices, meters and projects, and that adopt methodologies and emission factors."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from carbon_ledger.arguments import checked_evidence, some_waivers
from carbon_ledger.canonical import identifier
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.events import (
    ACCOUNT_OPENED,
    DEVICE_REGISTERED,
    FACTOR_ADOPTED,
    METER_REGISTERED,
    METHODOLOGY_ADOPTED,
    METHODOLOGY_ATTESTED,
    PROJECT_REGISTERED,
)
from carbon_ledger.core.entries.splitting import Events
from carbon_ledger.core.methodologies import adoption_record, checked_key
from carbon_ledger.core.pinned_zones import registered_with_rules, zone_of
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import FactorError, MissingDataError, QuantityError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.ledger.wants import thing_wants
from carbon_ledger.meters import Meter
from carbon_ledger.methodologies import methodology_of
from carbon_ledger.methodologies.outcomes import is_own
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.texts import line
from carbon_ledger.texts import text as text_of
from carbon_ledger.waivers import Waiver


def open_account(
    ledger: Recorder,
    account: str,
    *,
    name: str,
    legal_id: str | None = None,
    contact: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> str:
    """Open an account that can hold units.

    Args:
        account: The account's id: a short name, unique in the ledger.
        name: The name of the account's holder.
        legal_id: The legal id of the holder, such as ``LEI:...`` or a tax number with its country. It need not be
            unique, because one company can hold several accounts.
        contact: How the holder is reached. It stays in the log for ever, so name an office rather than a person.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The account's id.

    Raises:
        AlreadyRegisteredError: The id is taken.
        QuantityError: *account*, *name*, *legal_id* or *contact* is malformed.

    Example:
        >>> import carbon_ledger as cl
        >>> cl.open_ledger(":memory:").open_account("buyer", name="Buyer Ltd")
        'buyer'
    """
    optional = {"legal_id": legal_id, "contact": contact}
    event = {"account": identifier(account, "account"), "name": line(name, "name")}
    event |= {field: line(value, field) for field, value in optional.items() if value is not None}
    ledger._record("open_account", event, lambda _: [(ACCOUNT_OPENED, event)], key=key, by=by)
    return account


def register_device(ledger: Recorder, device: Device, *, key: str | None = None, by: str | None = None) -> Device:
    """Register a device, so that its readings can be recorded.

    Args:
        device: The device; its whole record is pinned in the log.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The device.

    Raises:
        AlreadyRegisteredError: The id is taken.
        QuantityError: *device* is not a `Device`.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> roof = cl.Device(id="roof", name="School roof", technology="solar/photovoltaic", capacity="80 kW",
        ...     country="AU", grid="AU", zone="Australia/Sydney", commissioned="2024-02-01")
        >>> ledger.register_device(roof) == ledger.device("roof")
        True
    """
    event = _record_of(device, Device)
    plan = partial(registered_with_rules, DEVICE_REGISTERED, event)
    wants = thing_wants("device", device.id, device.zone)
    ledger._record("register_device", event, plan, key=key, by=by, wants=wants, rehearsed=False)
    return device


def register_meter(ledger: Recorder, meter: Meter, *, key: str | None = None, by: str | None = None) -> Meter:
    """Register a meter that measures one or more devices.

    Args:
        meter: The meter, with its devices' shares; its whole record is pinned in the log.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The meter.

    Raises:
        AlreadyRegisteredError: The id or the serial number is taken, or the meter that it replaces was replaced before.
        UnknownDeviceError, UnknownMeterError: A device of the meter, or the meter that it replaces, is not registered.
        RefusedError: The meter that it replaces measures other devices, or was installed later.
        QuantityError: *meter* is not a `Meter`.
    """
    event = _record_of(meter, Meter)
    ledger._record("register_meter", event, lambda _: [(METER_REGISTERED, event)], key=key, by=by)
    return meter


def register_project(
    ledger: Recorder,
    project: Project,
    *,
    key: str | None = None,
    by: str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
) -> Project:
    """Register a project, so that units can be issued for it; its methodology's version is adopted with it.

    A crediting period is renewed by registering the project again under another id, with a higher
    ``crediting_period_ordinal``. Projects with the same instrument that share a device have the periods of the same
    plants: these do not overlap, and their numbers follow each other. The first one may have any number.

    Args:
        project: The project; its whole record is pinned in the log.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.
        waivers: Checks that are waived, by name, each with its reason: ``crediting-period`` and ``methodology-life``.

    Returns:
        The project.

    Raises:
        AlreadyRegisteredError: The id is taken; or the ledger or the library has another instrument with the id of the
            project's instrument.
        UnknownDeviceError: A device of the project is not registered.
        MethodologyError: The library does not have the methodology, and the ledger was not opened with it; or the
            history reaches into the crediting period.
        RefusedError: The programme does not register projects with this version of the methodology on that day, or does
            not admit the crediting period, and that is not waived; or ``registered`` is after the entry's day.
        WaiverError: *waivers* contains something other than a `Waiver`.
        QuantityError: *project* is not a `Project`.
    """
    event = _record_of(project, Project)
    if lifted := some_waivers(waivers):
        event["waivers"] = lifted

    def plan(view: View) -> Events:
        lookup.require_own_id(view, project.instrument)
        project.require_past_history(zone_of(view, project.zone))
        events = registered_with_rules(PROJECT_REGISTERED, event, view)
        if project.methodology is not None and view.registration("methodology", project.methodology) is None:
            events.insert(0, (METHODOLOGY_ADOPTED, adoption_record(view, project.methodology)))
        return events

    ledger._record("register_project", event, plan, key=key, by=by, named=project.crediting_period)
    return project


def _record_of(thing: object, kind: type[Device | Meter | Project]) -> dict[str, Any]:
    """The record of a device, a meter or a project that is registered."""
    if not isinstance(thing, kind):
        raise QuantityError(f"{kind.__name__.lower()} {quote(thing)}: expected a {kind.__name__}")
    return thing.to_record()


def adopt_methodology(
    ledger: Recorder,
    methodology: str,
    *,
    text: str | None = None,
    note: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> int:
    """Adopt a version of a methodology, and attest that its rules in this library agree with its document.

    After an attestation, no issuance needs the waiver ``methodology-text``. Quantifications name the first attestation,
    audits show all of them, and `attestations` lists them.

    Args:
        methodology: Name and version, e.g. ``GCCM001@4.0``, also of a methodology that the ledger was opened with.
        text: Digest of the document that was compared, ``cl.digest_file(path)``; None to adopt the methodology only.
        note: Who compared the rules with the document, how, and with what result, in words; required with *text*.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The number of the entry that attests the text; without *text*, of the entry that adopts the methodology.

    Raises:
        MethodologyError: The library does not have this methodology, and the ledger was not opened with it.
        AlreadyRegisteredError: It was adopted before, and no text is given; or the actor attested the text before.
        MissingDataError: Only one of *text* and *note* is given.
        QuantityError: *text* is not a digest, or *note* is not valid.

    Source:
        ledger-model section 8a.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:", by="a-verifier")
        >>> ledger.adopt_methodology("GCCM001@4.0", text="sha256:" + "5" * 64, note="compared line by line: the same")
        2
        >>> ledger.attestations("GCCM001@4.0")[0].by
        'a-verifier'
    """
    name, attested = _key_of(methodology), _attested(text, note)

    def plan(view: View) -> Events:
        adopts = not attested or view.registration("methodology", checked_key(view, name)) is None
        events: Events = [(METHODOLOGY_ADOPTED, adoption_record(view, name))] if adopts else []
        return [*events, (METHODOLOGY_ATTESTED, arguments)] if attested else events

    arguments = {"methodology": name, **attested}
    return ledger._record("adopt_methodology", arguments, plan, key=key, by=by)[-1].n


def _key_of(methodology: str) -> str:
    """The key of a methodology of this library; that of one's own is checked in the state of the ledger."""
    return methodology if isinstance(methodology, str) and is_own(methodology) else methodology_of(methodology).key


def _attested(text: object, note: object) -> dict[str, str]:
    """The document and the note of an attestation; empty if neither is given."""
    document = checked_evidence(text, "text")
    if document is None and note is None:
        return {}
    if document is None or note is None:
        given, missing = ("note", "text") if document is None else ("text", "note")
        raise MissingDataError(
            f"{missing} is missing, but {given} is given; to attest the text of a methodology, pass both: "
            "text=cl.digest_file(path) of the document, and note= in words"
        )
    return {"text": document, "note": text_of(note, "note")}


def adopt_factor(
    ledger: Recorder, factor: EmissionFactor, *, key: str | None = None, by: str | None = None
) -> EmissionFactor:
    """Adopt an emission factor: its whole record is pinned in the log, and commands can name it by its id.

    Args:
        factor: The emission factor.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The factor.

    Raises:
        AlreadyRegisteredError: A factor with this id was adopted before.
        FactorError: *factor* is not an `EmissionFactor`.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> factor = cl.EmissionFactor(factor_id="grid-2024", value="0.41", unit="tCO2e/MWh", kind="combined_margin",
        ...     region="AZ", source="the ministry's table")
        >>> ledger.adopt_factor(factor) == ledger.factor("grid-2024")
        True
    """
    if not isinstance(factor, EmissionFactor):
        raise FactorError(f"factor {quote(factor)}: expected an EmissionFactor")
    event = {"factor": factor.to_record()}
    ledger._record("adopt_factor", event, lambda _: [(FACTOR_ADOPTED, event)], key=key, by=by)
    return factor
