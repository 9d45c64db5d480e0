"""Splitting what is too long for one entry into several events: runs of readings, and events about many blocks."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.column import LONG, Column
from carbon_ledger.core.entries.entry import MAX_BYTES, Entry
from carbon_ledger.core.entries.events import CORRECTION_STAGED
from carbon_ledger.metering.readings import INVOICED, MEASURED, SIDES, Readings
from carbon_ledger.periods.instants import instant_of, instant_text
from carbon_ledger.serials import Block

Events = Sequence[tuple[str, Mapping[str, Any]]]

STEPS_PER_ENTRY: Final = 1_488  # two months of hours: an entry of about 14 KB
COLUMNS: Final = ("gross_wh", *SIDES)  # besides the net energy
_VALUE_BYTES: Final = 18  # the longest whole number, its sign and a comma
_ENVELOPE: Final = 1_000  # bytes of an entry without its event, its actor and its key


def without_none(**arguments: object) -> dict[str, object]:
    """The arguments whose value is not None."""
    return {name: value for name, value in arguments.items() if value is not None}


def run_events(kind: str, run: Readings, fields: Mapping[str, Any], columns: int = 1) -> Events:
    """The events that record a run of readings, each short enough for one entry.

    Args:
        kind: The type of the events.
        run: The run.
        fields: The other fields, the same in every event.
        columns: The number of net columns that an event has, the columns of a meter's devices included.
    """
    others = {name: column for name in COLUMNS if (column := getattr(run, name)) is not None}
    size = min(STEPS_PER_ENTRY, (MAX_BYTES - 4_096) // (_VALUE_BYTES * (columns + len(others))))
    events = []
    for at in range(0, len(run.net_wh), max(1, size)):
        event: dict[str, Any] = {
            **fields,
            "start": instant_text(run.start_utc + at * run.step_s),
            "step_s": run.step_s,
            "net_wh": _part(run.net_wh, at, size),
        }
        event |= {name: _part(column, at, size) for name, column in others.items()}
        if run.quality != MEASURED:
            event["quality"] = run.quality
        if at == 0:  # the invoiced volumes are of the whole run
            event |= without_none(**{name: getattr(run, name) for name in INVOICED})
        events.append((kind, event))
    return events


def correction_events(kind: str, run: Readings, fields: Mapping[str, Any], columns: Mapping[str, Column]) -> Events:
    """The events that a correction's column needs: the last is of the type *kind*, those before it are staged.

    Args:
        kind: The type of the last event.
        run: The corrected run.
        fields: The other fields of the last event; the staged events have all of them but the reason.
        columns: The columns of a meter's devices, by device; empty for a correction of one device.
    """
    shared = {name: value for name, value in fields.items() if name not in ("reason", "waivers")}
    events: list[tuple[str, Mapping[str, Any]]] = []
    at = 0
    for _, piece in run_events(kind, run, {}, columns=1 + len(columns)):
        steps = len(piece["net_wh"])
        parts = {"devices": {name: _part(column, at, steps) for name, column in columns.items()}} if columns else {}
        at += steps
        last = at == len(run.net_wh)
        events.append((kind if last else CORRECTION_STAGED, {**(fields if last else shared), **piece, **parts}))
    return events


def _part(column: Column, at: int, size: int) -> Sequence[int]:
    """Part of a column as events contain it: a `Column` if it is long, otherwise a list."""
    if at == 0 and LONG <= len(column) <= size:
        return column
    part = column[at : at + size]
    return Column(part) if len(part) >= LONG else list(part)


def run_of_entries(entries: Sequence[Entry]) -> Readings:
    """The run of readings of one command, joined from all its entries that have a part of it."""
    first = entries[0].event
    columns: dict[str, Any] = {
        name: _joined([entry.event[name] for entry in entries]) for name in ("net_wh", *COLUMNS) if name in first
    }
    known = {name: first[name] for name in ("quality", *INVOICED) if name in first}
    return Readings(instant_of(first["start"]), first["step_s"], **columns, **known)


def columns_of_entries(entries: Sequence[Entry]) -> dict[str, Column]:
    """The columns of a meter's devices, joined from all entries of a run of the meter; empty for a run of a device."""
    names = entries[0].event.get("devices", ())
    return {name: _joined([entry.event["devices"][name] for entry in entries]) for name in names}


def _joined(parts: Sequence[Sequence[int]]) -> Column:
    """The column of which several events have a part each; a column that is whole already is not checked again."""
    first = parts[0]
    return first if len(parts) == 1 and type(first) is Column else Column(chain.from_iterable(parts))


def run_arguments(run: Readings) -> dict[str, object]:
    """The arguments of a command that describe a run, as the digest of the request includes them."""
    return without_none(
        start=run.start_utc,
        step=run.step_s,
        net=run.net_wh,
        gross=run.gross_wh,
        quality=None if run.quality == MEASURED else run.quality,
        **{name.removesuffix("_wh"): getattr(run, name) for name in (*SIDES, *INVOICED)},
    )


def run_request(arguments: Mapping[str, object]) -> dict[str, object]:
    """Arguments with long columns, replaced by their digest."""
    return {"run": digest(dumps(dict(arguments)))}


def block_record(block: Block) -> dict[str, Any]:
    """A block as events contain it."""
    return {"batch": block.batch_id, "first": block.first, "last": block.last}


def events_about(
    kind: str, blocks: Sequence[Block], fields: Mapping[str, Any], *, key: str | None, by: str
) -> list[tuple[str, dict[str, Any]]]:
    """The events that record one change of many blocks: one event, or several if one entry would be too large.

    Args:
        kind: The type of the events.
        blocks: The blocks.
        fields: The other fields, the same in every event.
        key: The command's idempotency key.
        by: The actor.
    """
    if len(blocks) == 1:
        return [(kind, {**block_record(blocks[0]), **fields})]
    room = MAX_BYTES - _ENVELOPE - len(dumps([dict(fields), key or "", by]))
    parts: list[list[dict[str, Any]]] = []
    left = 0
    for record in map(block_record, blocks):
        size = len(dumps(record)) + 1
        if size > left:
            parts.append([])
            left = room
        left -= size
        parts[-1].append(record)
    return [(kind, {**first, **fields} | ({"more": more} if more else {})) for first, *more in parts]
