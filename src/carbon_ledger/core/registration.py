"""Rules for accounts, devices, projects and everything else that is registered once and never replaced."""

from collections.abc import Mapping, Sequence

from carbon_ledger.core import lookup
from carbon_ledger.core.authority import REGISTRAR
from carbon_ledger.core.calibrations import REPLACED, SERIAL_NUMBER, meters_of, serial_key
from carbon_ledger.core.crediting_periods import crediting_rows
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.grammars import grammar_of_event, own_grammar_event, require_own_texts
from carbon_ledger.core.methodologies import require_adoptable
from carbon_ledger.core.pinned_zones import pinned_zone, without_rules, zone_in, zone_of
from carbon_ledger.core.programmes import require_admitted
from carbon_ledger.core.state.rows import Grant, Registration, Row, meter_run
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.devices import Device
from carbon_ledger.errors import (
    AlreadyRegisteredError,
    BrokenLogError,
    CarbonLedgerError,
    MethodologyError,
    QuantityError,
    RefusedError,
)
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.instruments import RELEASED, Instrument
from carbon_ledger.meters import Meter
from carbon_ledger.methodologies.capacity_additions import addition_faults
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone, day_start_utc, vintage_of
from carbon_ledger.printing import quote
from carbon_ledger.projects import ADDITION, Project
from carbon_ledger.registries import GRAMMARS
from carbon_ledger.registries.builtin import RELEASED_GRAMMARS
from carbon_ledger.registries.identifiers import comparable


def _new(view: View, kind: str, name: str, n: int) -> list[Row]:
    before = view.registration(kind, name)
    if before is not None:
        raise AlreadyRegisteredError(
            f"{kind} {name}",
            f"already registered by entry {before} ({view.entry(before).type}); a registration is never replaced, "
            "choose another id",
        )
    return [Registration(kind, name, n)]


def _same(entry: Entry, record: object) -> None:
    if record != without_rules(entry.event):
        raise BrokenLogError(f"entry {entry.n} ({entry.type}): its fields are not in normal form")


def opened(view: View, entry: Entry) -> list[Row]:
    """Open the ledger, which only entry 0 can do. With the policy ``roles``, its actor becomes the first registrar.

    Raises:
        BrokenLogError: The entry is not entry 0.
    """
    if view.size != 0:
        raise BrokenLogError(f"entry {entry.n}: only entry 0 can be ledger.opened")
    rows: list[Row] = [Registration("ledger", entry.event["ledger"], entry.n)]
    if entry.event["policy"] == "roles":
        rows.append(Grant(entry.by, REGISTRAR, "", entry.n))
    return rows


def account(view: View, entry: Entry) -> list[Row]:
    """Open an account.

    Raises:
        AlreadyRegisteredError: The id is taken.
    """
    return _new(view, "account", entry.event["account"], entry.n)


def device(view: View, entry: Entry) -> list[Row]:
    """Register a device.

    Raises:
        AlreadyRegisteredError: The id is taken, or an external identifier belongs to another device.
        BrokenLogError: The record of the device is not in normal form.

    Source:
        Domain invariant 31; ledger-model section 8a.
    """
    item = Device.from_record(without_rules(entry.event))
    _same(entry, item.to_record())
    rows = [*_new(view, "device", item.id, entry.n), *pinned_zone(view, entry, item.zone)]
    return rows + identifier_rows(view, item.id, item.identifiers, entry.n)


def identifier_rows(view: View, device: str, identifiers: Mapping[str, str], n: int) -> list[Row]:
    """The rows that make external identifiers a device's own.

    Args:
        view: The state before the entry.
        device: The device.
        identifiers: Its new identifiers, by scheme.
        n: The number of the entry.

    Raises:
        AlreadyRegisteredError: An identifier belongs to another device.

    Source:
        Domain invariant 31.
    """
    rows: list[Row] = []
    for scheme, value in identifiers.items():
        name = comparable(scheme, value)
        before = view.registration("identifier", name)
        if before is not None:
            raise AlreadyRegisteredError(
                f"identifier {scheme} {quote(value)} of device {device}",
                f"entry {before} registered it for device {view.entry(before).event['device']}; one identifier belongs "
                "to one device: check it, or use the device that is registered",
            )
        rows.append(Registration("identifier", name, n))
    return rows


def meter(view: View, entry: Entry) -> list[Row]:
    """Register a meter. Its devices, and the meter that it replaces, must be registered already.

    Raises:
        AlreadyRegisteredError: The id or the serial number is taken, or the other meter was replaced already.
        UnknownDeviceError: A device is not registered.
        UnknownMeterError: The meter that it replaces is not registered.
        RefusedError: The meter that it replaces measures other devices, or was installed later.
    """
    item = Meter.from_record(entry.event)
    _same(entry, item.to_record())
    for name in item.shares:
        lookup.device(view, name)
    rows = _new(view, "meter", item.id, entry.n)
    rows += [Registration(meters_of(name), item.id, entry.n) for name in item.shares]
    if item.serial_number is not None:
        subject = f"serial number {quote(item.serial_number)} of {item.manufacturer}"
        rows += _only(view, SERIAL_NUMBER, serial_key(item), subject, entry)
    if item.replaces is not None:
        _require_replaceable(view, item, lookup.meter(view, item.replaces))
        rows += _only(view, REPLACED, item.replaces, f"meter {item.replaces}", entry)
    return rows


def _only(view: View, kind: str, name: str, subject: str, entry: Entry) -> list[Row]:
    """The row of something that only one meter has or replaces."""
    before = view.registration(kind, name)
    if before is not None:
        other = view.entry(before).event["meter"]
        detail = "is that of" if kind == SERIAL_NUMBER else "is replaced by"
        raise AlreadyRegisteredError(subject, f"{detail} meter {other} (entry {before}); check the meter's record")
    return [Registration(kind, name, entry.n)]


def _require_replaceable(view: View, item: Meter, old: Meter) -> None:
    if item.installed is not None:
        zones = {lookup.device(view, name).zone for name in item.shares}
        since = min(day_start_utc(item.installed, zone_of(view, zone)) for zone in zones)
        later = view.readings(meter_run(old.id), since, 1 << 62)
        if later:
            raise RefusedError(
                f"meter {item.id}",
                f"it replaces meter {old.id} from {item.installed} on, and that meter has readings of "
                f"{Period(later[-1].start_utc, later[-1].end_utc)}; expected a day after them",
                rule="meter-replaced",
            )
    if set(item.shares) != set(old.shares) or (
        old.installed is not None and item.installed is not None and item.installed <= old.installed
    ):
        raise RefusedError(
            f"meter {item.id}",
            f"it replaces meter {old.id} of {', '.join(old.shares)}"
            + (f", installed on {old.installed}" if old.installed else "")
            + "; expected the same devices, and a later day; if one of the devices was closed, register the meter of "
            "the others with installed=, without replaces=",
            rule="meter-replaced",
        )


def project(view: View, entry: Entry) -> list[Row]:
    """Register a project. Its devices must be registered, and its methodology adopted, already.

    Raises:
        AlreadyRegisteredError: The id is taken, or the ledger pins another record under the id of its instrument.
        UnknownDeviceError: A device is not registered.
        MethodologyError: A capacity addition has a history though its added units are metered by themselves, or has
            none though they are not.
        RefusedError: The history contains a year that had not ended, the day of registration is after the entry's, or
            the programme does not admit the methodology on that day, or the crediting period.
        BrokenLogError: No earlier entry adopts the methodology.
    """
    item = Project.from_record(lookup.project_record(entry.event))
    if lookup.project_record(entry.event) != item.to_record():
        raise BrokenLogError(f"entry {entry.n} ({entry.type}): its fields are not in normal form")
    rows = pinned_zone(view, entry, item.zone)
    zone = zone_in(view, entry.event, item.zone)
    item.require_past_history(zone)
    _require_history_passed(entry, item, zone)
    devices = [lookup.device(view, name) for name in item.devices]
    _require_addition(item, devices)
    if item.methodology is not None and view.registration("methodology", item.methodology) is None:
        raise BrokenLogError(f"entry {entry.n}: no earlier entry adopts methodology {item.methodology}")
    require_admitted(view, entry, item, zone)
    rows += [*pinned_instrument(view, entry), *crediting_rows(item, entry.n)]
    return [*_new(view, "project", item.id, entry.n), *rows]


def _require_addition(item: Project, devices: Sequence[Device]) -> None:
    """Refuse a capacity addition with a history that its units do not need, or without one that they need.

    Source:
        ACM0002 v22, paragraph 8(b) and equation (13), AMS-I.D v18, section 5.4. [S]
    """
    if item.baseline != ADDITION:
        return
    faults = addition_faults(devices, with_history=bool(item.history_wh))
    if faults:
        raise MethodologyError(f"project {item.id}: baseline {item.baseline}, but {'; '.join(faults)}")


def _require_history_passed(entry: Entry, item: Project, zone: Zone) -> None:
    """Refuse a history with a calendar year that had not ended when the project was registered.

    Source:
        Domain invariant 29.
    """
    this_year = vintage_of(second_of(entry.at), zone)
    if item.history_wh and (last := item.history_wh[-1][0]) >= this_year:
        raise RefusedError(
            f"project {item.id}",
            f"its history has generation of {last}, which had not ended at {entry.at}, when the project is registered; "
            "give only years that have ended",
            rule="future-reading",
        )


def pinned_instrument(view: View, entry: Entry) -> list[Row]:
    """The row that registers an instrument, if an event is the first to pin its record; otherwise no row.

    Args:
        view: The state before the entry.
        entry: An entry whose event contains the instrument.

    Raises:
        AlreadyRegisteredError: A built-in instrument, or one that the ledger pins, has the same id and another record.
        QuantityError: The record is not a valid instrument.
        BrokenLogError: The record is not in normal form.

    Source:
        ledger-model section 8a: a built-in id has the fields of its released definition.
    """
    instrument = Instrument.from_record(entry.event["instrument"])
    record = instrument.to_record()
    if entry.event["instrument"] != record:
        raise BrokenLogError(f"entry {entry.n} ({entry.type}): the fields of its instrument are not in normal form")
    first = view.registration("instrument", record["id"])
    if first is None:
        if (released := RELEASED.get(instrument.id, instrument)) != instrument:
            raise AlreadyRegisteredError(
                f"instrument {instrument.id}",
                f"this is the id of a built-in instrument with other fields, {quote(released.name)}; give your "
                "instrument another id",
            )
        return [Registration("instrument", record["id"], entry.n)]
    if view.entry(first).event["instrument"] != record:
        raise AlreadyRegisteredError(
            f"instrument {record['id']}",
            f"entry {first} uses this id for another record; units with the same id are added up, so they must be of "
            "one kind; give the other instrument an id of its own",
        )
    return []


def other_registry(view: View, entry: Entry) -> list[Row]:
    """Register another registry, and pin the grammar of its serials as data or as a version of a built-in grammar.

    Raises:
        AlreadyRegisteredError: The id is taken, a built-in grammar has the id, a block was already imported with the
            built-in grammar, or another registry's grammar can read the same serials.
        SerialError: The grammar is invalid, or this library does not have that version.
        BrokenLogError: The record of the grammar is not in normal form.
    """
    event = entry.event
    if ("version" in event) == ("grammar" in event):
        raise BrokenLogError(
            f"entry {entry.n}: expected a grammar or the version of a built-in grammar, exactly one of the two"
        )
    grammar = grammar_of_event(entry)
    if "grammar" in event:
        _same(entry, own_grammar_event(grammar))
        if grammar.id in RELEASED_GRAMMARS:
            raise AlreadyRegisteredError(
                f"registry {grammar.id}",
                f"this is the id of the built-in grammar of {quote(GRAMMARS[grammar.id].name)}, which has other "
                "fields; use that grammar, or give yours another id",
            )
    elif grammar.name != event["name"]:
        raise BrokenLogError(
            f"entry {entry.n}: registry {event['registry']} has the name {quote(event['name'])}, "
            f"expected {quote(grammar.name)}"
        )
    rows = _new(view, "registry", event["registry"], entry.n)
    if "grammar" in event:
        require_own_texts(view, grammar)
    return rows


def methodology(view: View, entry: Entry) -> list[Row]:
    """Adopt a version of a methodology. The event pins its definition and its roundings.

    Of a methodology of the caller's own, the event also pins the digest of its code, and its definition is that of the
    object that the caller passed.

    Raises:
        AlreadyRegisteredError: The ledger has already adopted this version.
        MethodologyError: This library does not have this version; or it is the caller's own, and was not passed.
        BrokenLogError: A field differs from the released definition, or from that of the object.

    Source:
        ledger-model section 8a.
    """
    expected = require_adoptable(view, entry)
    key = expected["methodology"]
    wrong = [name for name, value in expected.items() if entry.event.get(name) != value]
    if wrong:
        raise BrokenLogError(
            f"entry {entry.n}: {', '.join(wrong)} of {key}: {quote(entry.event.get(wrong[0]), 200)}, expected "
            f"{quote(expected[wrong[0]], 200)}, as released"
        )
    return _new(view, "methodology", key, entry.n)


def factor(view: View, entry: Entry) -> list[Row]:
    """Adopt an emission factor. The event pins its whole record.

    Raises:
        AlreadyRegisteredError: The id is taken.
        QuantityError: The record is not a valid factor.
        BrokenLogError: The record is not in normal form.
    """
    record = entry.event["factor"]
    try:
        item = EmissionFactor.from_record(record)
    except (CarbonLedgerError, TypeError, KeyError) as error:
        raise QuantityError(f"entry {entry.n}: the record of the emission factor is invalid: {error}") from None
    _same(entry, {"factor": item.to_record()})
    return _new(view, "factor", item.factor_id, entry.n)
