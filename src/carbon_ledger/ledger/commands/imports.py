"""Commands that register another registry, import its blocks, and export units to it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, overload

from attrs import frozen

from carbon_ledger.arguments import required_evidence
from carbon_ledger.canonical import identifier
from carbon_ledger.choices import Number
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import BLOCK_IMPORTED, REGISTRY_REGISTERED, UNITS_EXPORTED, UNITS_LABELLED
from carbon_ledger.core.entries.splitting import Events, without_none
from carbon_ledger.core.grammars import event_of_grammar, grammar_in, registered
from carbon_ledger.core.holdings.buffer import checked_buffer
from carbon_ledger.core.holdings.imports import buffer_record
from carbon_ledger.core.lookup import require_own_id
from carbon_ledger.core.pinned_zones import with_rules
from carbon_ledger.core.requests import blocks_of_entries
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError, SerialError
from carbon_ledger.exact import text_of
from carbon_ledger.instruments import Instrument, instrument_of
from carbon_ledger.labels import label_of
from carbon_ledger.ledger.commands.record_units import record_units_event
from carbon_ledger.ledger.commands.selection import Many, One, Units, checked_units
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.mappings import listed
from carbon_ledger.periods import Period, checked_period, vintage_of
from carbon_ledger.printing import quote
from carbon_ledger.registries import RegistrySerial, SerialGrammar, grammar_of
from carbon_ledger.registries.builtin import version_of
from carbon_ledger.serials import Batch, Block
from carbon_ledger.texts import line


@frozen(kw_only=True)
class _Import:
    """A block of another registry as the caller described it, with checked arguments."""

    text: str
    registry: str
    grammar: SerialGrammar | None
    count: int | None
    fields: dict[str, Any]
    labels: tuple[str, ...]
    buffer: Decimal | int | None

    def arguments(self) -> dict[str, object]:
        """The arguments of the command, whose digest an idempotency key is bound to."""
        buffer = text_of(self.buffer) if isinstance(self.buffer, Decimal) else self.buffer
        others = without_none(count=self.count, labels=list(self.labels) or None, buffer=buffer)
        return {"serial": self.text, "registry": self.registry, **self.fields, **others}

    def events(self, view: View) -> Events:
        """The events of the import and of its labels.

        Raises:
            SerialError: The serial does not match the registry's grammar, or the ledger uses another grammar than the
                given one.
            RefusedError: The registry is not registered, and no built-in grammar has its id.
            AlreadyRegisteredError: A built-in instrument has the instrument's id and other fields.
        """
        require_own_id(view, Instrument.from_record(self.fields["instrument"]))
        grammar = grammar_in(view, self.registry)
        if self.grammar not in (None, grammar):
            raise SerialError(
                f"{self.registry} serial {quote(self.text, 210)}: this ledger reads serials of {self.registry} "
                f"by another grammar than the one given; see grammar({quote(self.registry)})"
            )
        serial = grammar.parse(self.text, count=self.count)
        event = {"registry": self.registry, "serial": serial.text, "first": serial.first, "last": serial.last}
        if registered(view, self.registry) is None:
            event["version"] = version_of(self.registry)
        if serial.space:
            event["space"] = serial.space
        if self.buffer is not None:
            event |= buffer_record(serial.count, self.buffer, f"{self.registry} serial {serial.text}")
        units = {"batch": f"{self.registry}/{self.fields['vintage']:04d}/{view.size}", "first": 1, "last": serial.count}
        grounds = {"evidence": self.fields["evidence"], "reason": f"imported with it from {self.registry}"}
        labels = [(UNITS_LABELLED, {**units, **grounds, "label": label}) for label in self.labels]
        event = with_rules(view, event | self.fields, self.fields["production"].get("zone"))
        return [(BLOCK_IMPORTED, event), *labels]


def _checked_labels(labels: Iterable[str]) -> tuple[str, ...]:
    several = None if isinstance(labels, str) else listed(labels)
    if several is None:
        raise QuantityError(f"labels {quote(labels)}: expected a list, e.g. ['CORSIA'] or ['E+', 'tag:north']")
    found = tuple(map(label_of, several))
    if len(set(found)) < len(found):
        raise QuantityError(f"labels {quote(found, 200)}: a label is given twice; give each label once")
    return found


def _checked_vintage(vintage: object, production: Period) -> int:
    """The given vintage; without a vintage, the newest year of production."""
    if vintage is None:
        return vintage_of(production.end_utc - 1, production.zone or "UTC")
    if type(vintage) is not int or not 1970 <= vintage <= 9999:
        raise QuantityError(f"vintage {quote(vintage)}: expected a calendar year such as 2024")
    return vintage


def _import_fields(
    instrument: object, to: object, production: object, project: object, evidence: object, vintage: object
) -> dict[str, Any]:
    """The fields of an import's event that the caller gives."""
    within = checked_period(production, "production")
    return {
        "instrument": instrument_of(instrument).to_record(),
        "account": identifier(to, "account"),
        "project": line(project, "project"),
        "vintage": _checked_vintage(vintage, within),
        "production": within.to_record(),
        "evidence": required_evidence(evidence, "import_block"),
    }


def _import_of(
    serial: object, registry: object, count: int | None, labels: Iterable[str], buffer: object, fields: dict[str, Any]
) -> _Import:
    grammar = registry if isinstance(registry, SerialGrammar) else None
    return _Import(
        text=serial.text if isinstance(serial, RegistrySerial) else line(serial, "serial"),
        registry=identifier(registry if grammar is None else grammar.id, "registry"),
        grammar=grammar,
        count=count,
        fields=fields,
        labels=_checked_labels(labels),
        buffer=checked_buffer(buffer),
    )


def register_registry(
    ledger: Recorder, registry: SerialGrammar | str, *, key: str | None = None, by: str | None = None
) -> SerialGrammar:
    """Register another registry: the grammar of its serials is pinned in the log, for ever.

    A built-in grammar need not be registered: each import then names the version that it used. Registering a built-in
    grammar pins its version for every later import.

    Args:
        registry: The registry's grammar, or the id of a built-in grammar.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The registry's grammar.

    Raises:
        AlreadyRegisteredError: The id is taken, or a block was imported by the built-in grammar before.
        SerialError: *registry* is neither a grammar nor the id of a built-in one.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> gcc = cl.SerialGrammar(id="gcc", name="Global Carbon Council", source="the registry's exports [S]",
        ...     forms=(cl.SerialForm("GCC-{project}-{vintage:digits 4}-{first}-{last}", space="{project}"),))
        >>> ledger.register_registry(gcc).id
        'gcc'
    """
    grammar = grammar_of(registry)
    event = event_of_grammar(grammar)
    ledger._record("register_registry", event, lambda _: [(REGISTRY_REGISTERED, event)], key=key, by=by)
    return grammar


def import_block(
    ledger: Recorder,
    serial: str | RegistrySerial,
    *,
    registry: str | SerialGrammar,
    instrument: Instrument | str,
    to: str,
    production: Period,
    project: str,
    evidence: str,
    vintage: int | None = None,
    count: int | None = None,
    labels: Iterable[str] = (),
    buffer: Number | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Batch:
    """Import a block that another registry issued: the block becomes a batch, and can be imported only once.

    Args:
        serial: The serial, exactly as the registry writes it.
        registry: The id of a registered registry or of a built-in grammar; or a grammar that the ledger has.
        instrument: The instrument of the units, that of the serial if it states one; its whole record is pinned.
        to: The account that receives the units.
        production: The units' production period, within what the serial states; a vintage is a year of its zone or UTC.
        project: The project in the registry, as its serials write it (``GS7495``) or its number alone.
        evidence: Digest of the document that shows that the units are in the registry, and no longer in use there.
        vintage: The registry's vintage; by default, the newest year of *production*.
        count: The number of units, if the registry states it.
        labels: Labels and tags that the units carry in the registry, shown by the same evidence.
        buffer: How many units are held back (an int), or which share (a text or a Decimal), rounded up. [units; or 1]
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The batch; its unit k is the k-th number of the serial.

    Raises:
        RefusedError: Units were imported before, the serial states something else, or an argument does not fit.
        SerialError: The serial does not match the registry's grammar, or *count* is not last - first + 1.
        UnknownAccountError: *to* is not an open account.
        AlreadyRegisteredError: The ledger or the library has another instrument with this id.
        MissingDataError, QuantityError: *evidence* is missing; an argument is malformed.
    """
    fields = _import_fields(instrument, to, production, project, evidence, vintage)
    request = _import_of(serial, registry, count, labels, buffer, fields)
    arguments, plan = request.arguments(), request.events
    return ledger._recorded(_imported, "import_block", arguments, plan, key=key, by=by, named=production)


def _imported(view: View, entries: Sequence[Entry]) -> Batch:
    return view.batches(entries[0].n)[0].batch


@overload
def export(
    ledger: Recorder,
    block: One,
    *,
    to_registry: str,
    reference: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block: ...


@overload
def export(
    ledger: Recorder,
    block: Many,
    *,
    to_registry: str,
    reference: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def export(
    ledger: Recorder,
    block: Units,
    *,
    to_registry: str,
    reference: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Export units to another registry: in this ledger, the units are then in a final state.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        to_registry: Short name of the registry that receives the units; it need not be registered here.
        reference: The units' reference in that registry: a serial, or the number of a request.
        from_: The account that holds the units; by default, the one account that holds all of them.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The block if *block* names a single block, else a tuple of all blocks.

    Raises:
        NotHolderError: Several accounts hold the units, or *from_* does not hold all of them.
        NotActiveError: Some units are not active.
        ExpiredError: Some units have expired, or can no longer be transferred.
        InsufficientBalanceError: *from_* has fewer active units than the `Selection` requests.
        UnknownBatchError: There is no such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *to_registry* is malformed, *reference* is empty or not text; or *block* is a `Selection` without
            *from_*.

    Source:
        Domain section 2.
    """
    request = checked_units(block, from_)
    fields = {
        "registry": identifier(to_registry, "registry"),
        "reference": line(reference, "reference"),
    }
    entries = record_units_event(ledger, "export", request, UNITS_EXPORTED, fields, from_=from_, key=key, by=by)
    return request.result(blocks_of_entries(entries))
