"""How what is too long for one entry is cut into several: runs of readings, and what is said of many blocks."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from carbon_ledger.canonical import LONG, digest, dumps
from carbon_ledger.column import Column
from carbon_ledger.core.entries.entry import MAX_BYTES
from carbon_ledger.metering.readings import Readings
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.serials import Block

Events = Sequence[tuple[str, Mapping[str, Any]]]

STEPS_PER_ENTRY: Final = 1_488  # two months of hours: an entry of about 14 KB
_VALUE_BYTES: Final = 18  # the longest whole number, its sign and a comma
_ENVELOPE: Final = 1_000  # bytes of an entry beside its event, its actor and its key


def without_none(**arguments: object) -> dict[str, object]:
    """The arguments that were given: those that are not none."""
    return {name: value for name, value in arguments.items() if value is not None}


def run_events(kind: str, run: Readings, fields: Mapping[str, Any], columns: int = 1) -> Events:
    """Cut a run into events that each fit an entry."""
    size = min(STEPS_PER_ENTRY, (MAX_BYTES - 4_096) // (_VALUE_BYTES * (columns + (run.gross_wh is not None))))
    events = []
    for at in range(0, len(run.net_wh), max(1, size)):
        event: dict[str, Any] = {
            **fields,
            "start": instant_text(run.start_utc + at * run.step_s),
            "step_s": run.step_s,
            "net_wh": _part(run.net_wh, at, size),
        }
        if run.gross_wh is not None:
            event["gross_wh"] = _part(run.gross_wh, at, size)
        events.append((kind, event))
    return events


def _part(column: Column, at: int, size: int) -> Sequence[int]:
    """A part of a column as events have it: a column where it is long."""
    if at == 0 and LONG <= len(column) <= size:
        return column
    part = column[at : at + size]
    return Column(part) if len(part) >= LONG else list(part)


def run_arguments(run: Readings) -> dict[str, object]:
    """A run as the digest of a command has it."""
    return without_none(
        start=run.start_utc,
        step=run.step_s,
        net=run.net_wh,
        gross=run.gross_wh,
    )


def run_request(arguments: Mapping[str, object]) -> dict[str, object]:
    """Long columns as their digest."""
    return {"run": digest(dumps(dict(arguments)))}


def block_record(block: Block) -> dict[str, Any]:
    """A block as events have it."""
    return {"batch": block.batch_id, "first": block.first, "last": block.last}


def events_about(
    kind: str, blocks: Sequence[Block], said: Mapping[str, Any], *, key: str | None, by: str
) -> list[tuple[str, dict[str, Any]]]:
    """The events that say one thing of many blocks: one, or as many as entries need.

    Args:
        kind: Their type.
        blocks: The blocks.
        said: The other fields, the same in each.
        key: The command's idempotency key.
        by: The actor.
    """
    if len(blocks) == 1:
        return [(kind, {**block_record(blocks[0]), **said})]
    room = MAX_BYTES - _ENVELOPE - len(dumps([dict(said), key or "", by]))
    parts: list[list[dict[str, Any]]] = []
    left = 0
    for record in map(block_record, blocks):
        size = len(dumps(record)) + 1
        if size > left:
            parts.append([])
            left = room
        left -= size
        parts[-1].append(record)
    return [(kind, {**first, **said} | ({"more": more} if more else {})) for first, *more in parts]
