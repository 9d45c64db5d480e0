"""Serials of other registries: the grammars that the log pins, and the other registry's serials of imported units."""

from typing import Any

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import REGISTRY_REGISTERED
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import AlreadyRegisteredError, BrokenLogError, UnknownThingError
from carbon_ledger.printing import quote
from carbon_ledger.registries import GRAMMARS, RegistrySerial, SerialGrammar
from carbon_ledger.registries.builtin import RELEASED_GRAMMARS, grammar_at, version_of
from carbon_ledger.registries.likeness import alike
from carbon_ledger.serials import Block


def grammar_of_event(entry: Entry) -> SerialGrammar:
    """The grammar that an entry pins as data, or as a version of a built-in grammar.

    Args:
        entry: A ``registry.registered`` or a ``block.imported``.

    Raises:
        SerialError: The grammar is invalid, or this library does not have that version.
    """
    event = entry.event
    if "grammar" not in event:
        return grammar_at(event["registry"], event["version"])
    record = event["grammar"]
    forms = [{"space": "", **form} for form in record["forms"]]
    return SerialGrammar.from_record({**record, "id": event["registry"], "name": event["name"], "forms": forms})


def event_of_grammar(grammar: SerialGrammar) -> dict[str, Any]:
    """The event that registers another registry, with a built-in grammar by its version, or any other grammar as data.

    Args:
        grammar: The grammar of the registry.
    """
    if grammar == GRAMMARS.get(grammar.id):
        return {"registry": grammar.id, "name": grammar.name, "version": version_of(grammar.id)}
    return own_grammar_event(grammar)


def own_grammar_event(grammar: SerialGrammar) -> dict[str, Any]:
    """The event that registers another registry with its grammar as data, without fields that are empty."""
    forms = [{name: text for name, text in form.to_record().items() if text} for form in grammar.forms]
    record: dict[str, Any] = {"forms": forms, "lowest": grammar.lowest}
    if grammar.source:
        record["source"] = grammar.source
    if grammar.unit_kg is not None:
        record["unit_kg"] = grammar.unit_kg
    return {"registry": grammar.id, "name": grammar.name, "grammar": record}


def registered(view: View, name: str) -> int | None:
    """The number of the entry that registered another registry, or None if no entry registered it."""
    n = view.registration("registry", name)
    return n if n is not None and view.entry(n).type == REGISTRY_REGISTERED else None


def require_own_texts(view: View, grammar: SerialGrammar) -> None:
    """Refuse a grammar that can read a text which another registry's grammar reads, too.

    A grammar with the forms of another, in whatever order and with whatever names, is the same registry: under two ids,
    its units would be imported twice.

    Args:
        view: The state before the entry that registers the grammar.
        grammar: A grammar that is pinned as data.

    Raises:
        AlreadyRegisteredError: A built-in grammar, or one that the ledger pins as data, can read the same text.

    Source:
        ledger-model section 8a, domain invariants 27 and 30.
    """
    entries = [view.registration("registry", name) for name in view.registrations("registry")]
    pinned = [view.entry(n) for n in entries if n is not None]
    others = [grammar_at(name, 1) for name in RELEASED_GRAMMARS]
    others += [grammar_of_event(entry) for entry in pinned if "grammar" in entry.event]
    for other in others:
        for form in grammar.forms:
            if (same := alike(form, other.forms)) is not None:
                raise AlreadyRegisteredError(
                    f"registry {grammar.id}",
                    f"form {quote(form.template, 200)} can read a serial that registry {other.id} reads as "
                    f"{quote(same.template, 200)}, and equal serials are the same units; pass registry="
                    f"{quote(other.id)}, or write the registry's fixed text into the template",
                    rule="same-registry",
                )


def grammar_in(view: View, name: str) -> SerialGrammar:
    """The grammar of a registry's serials: the registered grammar, or otherwise the newest built-in grammar.

    Args:
        view: The state.
        name: The id of the registry.

    Raises:
        RefusedError: The registry is not registered, and no built-in grammar has this id.
    """
    n = registered(view, name) if isinstance(name, str) else None
    if n is not None:
        return view.parsed(n, grammar_of_event)
    if not isinstance(name, str) or name not in GRAMMARS:
        raise UnknownThingError(
            f"registry {quote(name)}",
            f"not registered in this ledger, and no built-in grammar has this id ({', '.join(GRAMMARS)}); "
            "register_registry(SerialGrammar(...)) first",
            rule="unknown-registry",
        )
    return GRAMMARS[name]


def serial_imported(view: View, entry: Entry) -> RegistrySerial:
    """The serial that an entry imports, parsed with the grammar that the log pins for the entry.

    Args:
        view: A state before or after the entry.
        entry: A ``block.imported``.

    Raises:
        SerialError: The serial does not match the grammar, or this library does not have that version.
        BrokenLogError: The entry names a version of a built-in grammar although the registry is registered, or names no
            version although the registry is not registered.
    """
    event = entry.event
    n = registered(view, event["registry"])
    if ("version" in event) != (n is None):
        problem = (
            f"no version of a built-in grammar, but {event['registry']} is not registered, so a version is required"
        )
        if n is not None:
            problem = f"a version of a built-in grammar, but entry {n} registers the grammar of {event['registry']}"
        raise BrokenLogError(f"entry {entry.n}: it names {problem}")
    grammar = grammar_of_event(entry) if n is None else view.parsed(n, grammar_of_event)
    return RegistrySerial(grammar, event["serial"])


def registry_serial(view: View, block: Block) -> RegistrySerial | None:
    """The other registry's serial of exactly the units of a block, or None if this ledger issued the units.

    Args:
        view: The state.
        block: The units.

    Raises:
        UnknownBatchError: There is no such batch.
        SerialError: The block extends past the end of its batch.
    """
    found = lookup.batch(view, block.batch_id)
    if found.batch.registry is None:
        return None
    whole = serial_imported(view, view.entry(found.n))
    return whole.part(whole.first + block.first - 1, whole.first + block.last - 1)
