"""Rules for units of other registries: a unit is imported once, for ever; an exported unit is in a final state."""

from decimal import Decimal
from typing import Any, Final

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.grammars import serial_imported
from carbon_ledger.core.holdings.agreement import require_instrument, require_production, require_project, require_unit
from carbon_ledger.core.holdings.buffer import buffer_of, buffered_of
from carbon_ledger.core.holdings.pieces import TRANSFER, move, usable_blocks
from carbon_ledger.core.holdings.totals import Changes
from carbon_ledger.core.pinned_zones import pinned_zone, zone_in
from carbon_ledger.core.registration import pinned_instrument
from carbon_ledger.core.state.rows import (
    ACTIVE,
    BUFFERED,
    EXPORTED,
    ImportedSerials,
    IssuedBatch,
    Piece,
    Registration,
    Row,
)
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import require_past
from carbon_ledger.errors import BrokenLogError, RefusedError
from carbon_ledger.exact import text_of
from carbon_ledger.instruments import Instrument
from carbon_ledger.periods import Period, vintage_of
from carbon_ledger.printing import quote
from carbon_ledger.registries import RegistrySerial
from carbon_ledger.serials import Batch

UTC = "UTC"
_BUFFER: Final = ("buffer_share", "buffer_count", "buffered")


def imported(view: View, entry: Entry) -> list[Row]:
    """Import a block of another registry: the units of its whole range are active in the account.

    Raises:
        UnknownAccountError: The account is not open.
        SerialError: The pinned grammar cannot parse the serial, or this library does not have the grammar's version.
        RefusedError: A unit of the serial was imported before; the instrument is granular; the vintage is not a year of
            production; instrument, unit, project, production or vintage are not those of the serial; or the buffer
            holds back more units than there are.
        AlreadyRegisteredError: The ledger has another record for the instrument's id, or a grammar of its own that can
            read a serial of the built-in grammar.
        PeriodError: The production period is empty.
        BrokenLogError: A figure of the event is not the one that the grammar parses from the serial.

    Source:
        Domain invariants 7, 27 and 30.
    """
    event, n = entry.event, entry.n
    account, serial = lookup.account(view, event["account"]), serial_imported(view, entry)
    _require_as_parsed(entry, serial)
    _require_new(view, serial)
    pinned, batch = pinned_instrument(view, entry), _batch(view, entry, serial)
    pinned += pinned_zone(view, entry, event["production"].get("zone"))
    pieces, changes = _pieces(entry, batch), Changes()
    for piece in pieces:
        changes.add(account, batch, piece.state, piece.count)
    rows: list[Row] = [
        *pinned,
        Registration("external", batch.batch_id, n),
        ImportedSerials(serial.registry, serial.space, serial.first, serial.last, batch.batch_id, n),
        IssuedBatch(n, batch),
        *pieces,
        *changes.rows(view, n),
    ]
    # From the first import on, no other grammar can be registered for the registry: its number spaces never change.
    if view.registration("registry", serial.registry) is None:
        rows.append(Registration("registry", serial.registry, n))
    return rows


def _require_as_parsed(entry: Entry, serial: RegistrySerial) -> None:
    """Refuse an event whose figures are not those in its serial."""
    event = entry.event
    fields = {"space": event.get("space", ""), "first": event["first"], "last": event["last"]}
    expected = {"space": serial.space, "first": serial.first, "last": serial.last}
    if fields != expected:
        raise BrokenLogError(f"entry {entry.n}: {fields} of serial {quote(serial.text)}, expected {expected}")


def _require_new(view: View, serial: RegistrySerial) -> None:
    """Refuse a serial of which a unit was imported before."""
    found = view.imported_serials(serial.registry, serial.space, serial.first, serial.last)
    if found:
        before = lookup.batch(view, found[0].batch_id).batch
        raise RefusedError(
            f"{serial.registry} serial {serial.text}",
            f"its numbers {max(serial.first, found[0].first)} to {min(serial.last, found[0].last)} were imported by "
            f"entry {found[0].n}, as {before.serial}, and a unit is imported once, whatever became of it since; "
            f"see trace({quote(before.batch_id + '/1')})",
            rule="already-imported",
        )


def buffer_record(count: int, buffer: Decimal | int, subject: str) -> dict[str, Any]:
    """The fields of an import's event that say how many units are held back.

    Args:
        count: The number of units of the block.
        buffer: How many of them are held back, or which share of them.
        subject: The block, for an error.

    Raises:
        RefusedError: *buffer* is more than *count*.
    """
    held = buffer if isinstance(buffer, int) else buffered_of(count, buffer)
    if held > count:
        raise RefusedError(
            subject,
            f"a buffer of {held:,} units, but the block has {count:,}; pass at most that number, or a share",
            rule="buffer-exceeds-issued",
        )
    stated = {"buffer_count": buffer} if isinstance(buffer, int) else {"buffer_share": text_of(buffer)}
    return stated | ({"buffered": held} if held else {})


def _pieces(entry: Entry, batch: Batch) -> list[Piece]:
    """The pieces of an imported batch: the highest serials are buffered, the other units are active."""
    event, buffer = entry.event, buffer_of(entry.event)
    expected = {} if buffer is None else buffer_record(batch.count, buffer, f"{batch.registry} serial {batch.serial}")
    if (found := {name: event[name] for name in _BUFFER if name in event}) != expected:
        raise BrokenLogError(f"entry {entry.n}: the buffer is {found}, expected {expected}")
    cut = batch.count - expected.get("buffered", 0)
    pieces = [(1, cut, ACTIVE), (cut + 1, batch.count, BUFFERED)]
    return [
        Piece(batch.batch_id, low, high, batch.account, state, entry.n) for low, high, state in pieces if low <= high
    ]


def _batch(view: View, entry: Entry, serial: RegistrySerial) -> Batch:
    """The batch of an import."""
    event, n = entry.event, entry.n
    instrument, production = Instrument.from_record(event["instrument"]), Period.from_record(event["production"])
    zone, vintage = zone_in(view, event, production.zone or UTC), event["vintage"]
    subject = f"{serial.registry} serial {serial.text}"
    if instrument.granular:
        raise RefusedError(
            subject,
            f"{instrument.id} is granular: its units map to hours by readings, and a block of another registry has no "
            "readings in this ledger; such units cannot be imported",
            rule="external-granular",
        )
    require_past(entry.at, production, lambda: subject, rule="future-production")
    first, last = vintage_of(production.start_utc, zone), vintage_of(production.end_utc - 1, zone)
    if not first <= vintage <= last:
        raise RefusedError(
            subject,
            f"vintage {vintage} is outside its production, {production} ({first} to {last}); pass the year of "
            "generation, not the year of issue",
            rule="vintage-outside",
        )
    require_instrument(serial, instrument)
    require_unit(serial, instrument)
    require_project(serial, event["project"])
    require_production(serial, production, vintage, zone)
    return Batch(
        batch_id=f"{serial.registry}/{vintage:04d}/{n}",
        project=event["project"],
        instrument=instrument.id,
        vintage=vintage,
        count=serial.count,
        account=event["account"],
        production=production.in_utc,
        expires_utc=instrument.expires_utc(production.end_utc, zone),
        transferable_until_utc=instrument.transferable_until_utc(production.end_utc, zone),
        registry=serial.registry,
        serial=serial.text,
    )


def exported(view: View, entry: Entry) -> list[Row]:
    """Export blocks to another registry: in this ledger their state is final, whatever happens in the other registry.

    Raises:
        NotHolderError: The account does not hold all units.
        NotActiveError: Some units are not active.
        ExpiredError: The units expired, or can no longer be transferred.
        UnknownAccountError: The account is not open.

    Source:
        Domain section 2; invariants 12 and 13.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account, limit=TRANSFER), EXPORTED)
