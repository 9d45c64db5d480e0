"""Rules for what is registered once and never replaced."""

from carbon_ledger.core import lookup
from carbon_ledger.core.authority import REGISTRAR
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.grammars import grammar_of_event, own_grammar_event
from carbon_ledger.core.pinned_zones import pinned_zone, without_rules, zone_in
from carbon_ledger.core.state.rows import Grant, Registration, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device, Meter
from carbon_ledger.errors import AlreadyRegisteredError, BrokenLogError, CarbonLedgerError, QuantityError
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.instruments import RELEASED, Instrument
from carbon_ledger.methodologies import methodology_of
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project
from carbon_ledger.registries import GRAMMARS
from carbon_ledger.registries.builtin import RELEASED_GRAMMARS


def _new(view: View, kind: str, name: str, n: int) -> list[Row]:
    before = view.registration(kind, name)
    if before is not None:
        raise AlreadyRegisteredError(
            f"{kind} {name}",
            f"registered by entry {before} ({view.entry(before).type}); a registration is never replaced, "
            "choose another id",
        )
    return [Registration(kind, name, n)]


def _same(entry: Entry, record: object) -> None:
    if record != without_rules(entry.event):
        raise BrokenLogError(f"entry {entry.n} ({entry.type}): its fields are not in their normal form")


def opened(view: View, entry: Entry) -> list[Row]:
    """Open the ledger: entry 0, and it alone. Where roles count, whoever opens it is the first registrar.

    Raises:
        BrokenLogError: It is not entry 0.
    """
    if view.size != 0:
        raise BrokenLogError(f"entry {entry.n}: ledger.opened is entry 0 alone")
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
        AlreadyRegisteredError: The id is taken.
        BrokenLogError: The record is not what a device gives.
    """
    item = Device.from_record(without_rules(entry.event))
    _same(entry, item.to_record())
    return [*_new(view, "device", item.id, entry.n), *pinned_zone(view, entry, item.zone)]


def meter(view: View, entry: Entry) -> list[Row]:
    """Register a shared meter; its devices are registered before it.

    Raises:
        AlreadyRegisteredError: The id is taken.
        UnknownDeviceError: A device is not registered.
    """
    item = Meter.from_record(entry.event)
    _same(entry, item.to_record())
    for name in item.shares:
        lookup.device(view, name)
    return _new(view, "meter", item.id, entry.n)


def project(view: View, entry: Entry) -> list[Row]:
    """Register a project; its devices and its methodology are there before it.

    Raises:
        AlreadyRegisteredError: The id is taken, or its instrument's id stands for another record.
        UnknownDeviceError: A device is not registered.
        BrokenLogError: Its methodology was not adopted by an entry before.
    """
    item = Project.from_record(without_rules(entry.event))
    _same(entry, item.to_record())
    rows = pinned_zone(view, entry, item.zone)
    item.require_past_history(zone_in(view, entry.event, item.zone))
    for name in item.devices:
        lookup.device(view, name)
    if item.methodology is not None and view.registration("methodology", item.methodology) is None:
        raise BrokenLogError(f"entry {entry.n}: methodology {item.methodology} was not adopted before")
    return [*_new(view, "project", item.id, entry.n), *pinned_instrument(view, entry), *rows]


def pinned_instrument(view: View, entry: Entry) -> list[Row]:
    """The row of an instrument that an event pins whole, where it is the first to do so.

    Args:
        view: The state before.
        entry: An entry whose event has the instrument.

    Raises:
        AlreadyRegisteredError: Its id stands for another record, built in or pinned before.
        QuantityError: It is no instrument.

    Source:
        ledger-model section 8a: a built-in id has the fields of its released definition.
    """
    instrument = Instrument.from_record(entry.event["instrument"])
    record = instrument.to_record()
    first = view.registration("instrument", record["id"])
    if first is None:
        if (released := RELEASED.get(instrument.id, instrument)) != instrument:
            raise AlreadyRegisteredError(
                f"instrument {instrument.id}",
                f"this is the id of a built-in instrument with other fields, {quote(released.name)}; give yours "
                f"another id",
            )
        return [Registration("instrument", record["id"], entry.n)]
    if view.entry(first).event["instrument"] != record:
        raise AlreadyRegisteredError(
            f"instrument {record['id']}",
            f"entry {first} uses this id for another record; units of one id add, so they must be of one kind; "
            "give the other an id of its own",
        )
    return []


def other_registry(view: View, entry: Entry) -> list[Row]:
    """Register another registry: the grammar of its serials is pinned, as data or as a version of a built-in one.

    Raises:
        AlreadyRegisteredError: The id is taken, a built-in grammar has it, or a block came in by the built-in grammar
            before.
        SerialError: It is no grammar, or this library does not have that version.
        BrokenLogError: The record is not what a grammar gives.
    """
    event = entry.event
    if ("version" in event) == ("grammar" in event):
        raise BrokenLogError(f"entry {entry.n}: it pins a grammar, or the version of a built-in one: one of the two")
    grammar = grammar_of_event(entry)
    if "grammar" in event:
        _same(entry, own_grammar_event(grammar))
        if grammar.id in RELEASED_GRAMMARS:
            raise AlreadyRegisteredError(
                f"registry {grammar.id}",
                f"this is the id of the built-in grammar of {quote(GRAMMARS[grammar.id].name)}, which has other "
                f"forms; give "
                "yours another id",
            )
    elif grammar.name != event["name"]:
        raise BrokenLogError(
            f"entry {entry.n}: {event['registry']} is {quote(grammar.name)}, not {quote(event['name'])}"
        )
    return _new(view, "registry", event["registry"], entry.n)


def methodology(view: View, entry: Entry) -> list[Row]:
    """Adopt a version of a methodology: what it is and what it rounds is pinned.

    Raises:
        AlreadyRegisteredError: It was adopted before.
        MethodologyError: This library does not have it.
        BrokenLogError: A field is not that of the released definition.

    Source:
        ledger-model section 8a.
    """
    item = methodology_of(entry.event["methodology"])
    wrong = [name for name, value in item.to_record().items() if entry.event[name] != value]
    if wrong:
        raise BrokenLogError(
            f"entry {entry.n}: {', '.join(wrong)} of {item.key}: {quote(entry.event[wrong[0]], 200)}; as it was "
            f"released, "
            f"it has {quote(item.to_record()[wrong[0]], 200)}"
        )
    return _new(view, "methodology", item.key, entry.n)


def factor(view: View, entry: Entry) -> list[Row]:
    """Adopt an emission factor: its whole record is pinned.

    Raises:
        AlreadyRegisteredError: The id is taken.
        BrokenLogError: The record is no factor's.
    """
    record = entry.event["factor"]
    try:
        item = EmissionFactor.from_record(record)
    except (CarbonLedgerError, TypeError, KeyError) as error:
        raise QuantityError(f"entry {entry.n}: not a factor's record: {error}") from None
    _same(entry, {"factor": item.to_record()})
    return _new(view, "factor", item.factor_id, entry.n)
