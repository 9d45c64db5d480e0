"""Whole commands: whether one command can have written some entries, and whether their digest matches its request."""

from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Final

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    BLOCK_IMPORTED,
    BUFFER_CANCELLED,
    BUFFER_RELEASED,
    CORRECTION_STAGED,
    CORRECTIONS,
    DOCUMENT_RECORDED,
    EFFECTS,
    FACTOR_ADOPTED,
    GENERATION_RECORDED,
    ISSUANCE_RECORDED,
    METER_RECORDED,
    METHODOLOGY_ADOPTED,
    METHODOLOGY_ATTESTED,
    PROJECT_REGISTERED,
    QUANTIFICATION_APPROVED,
    TRANSFER_OFFERED,
    UNITS_CANCELLED,
    UNITS_EXPORTED,
    UNITS_LABELLED,
    UNITS_LOCKED,
    UNITS_RELEASED,
    UNITS_RETIRED,
    UNITS_TRANSFERRED,
    UNITS_UNLABELLED,
    UNITS_WITHDRAWN,
)
from carbon_ledger.core.entries.schema import PART_CHARACTERS
from carbon_ledger.core.entries.splitting import (
    COLUMNS,
    columns_of_entries,
    correction_events,
    events_about,
    run_events,
    run_of_entries,
)
from carbon_ledger.core.requests import (
    COMMANDS_BY_EVENT,
    blocks_of_entries,
    fields_without_blocks,
    requests_of,
    subject_entry,
)
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.metering.readings import INVOICED
from carbon_ledger.printing import quote

Entries = Sequence[Entry]
_CORRECTED: Final = ("device", "meter", "reason", "evidence", "series", "waivers")
Whole = Callable[[View, Entries], bool]


def _alone(_: View, entries: Entries) -> bool:
    return len(entries) == 1


def _after_methodology(_: View, entries: Entries) -> bool:
    """Whether the last entry registers a project or attests a text, after the methodology if it is the first use."""
    *before, last = entries
    return not before or (
        [entry.type for entry in before] == [METHODOLOGY_ADOPTED]
        and before[0].event["methodology"] == last.event.get("methodology")
    )


def _same_except(entries: Entries, *names: str) -> bool:
    """Whether all events have one type and the same fields, except for some fields."""
    if len({entry.type for entry in entries}) > 1:
        return False
    first, *others = ({key: value for key, value in entry.event.items() if key not in names} for entry in entries)
    return all(other == first for other in others)


def _same_columns(entries: Entries) -> bool:
    """Whether all entries of a run have the same columns."""
    return len({tuple(name in entry.event for name in COLUMNS) for entry in entries}) == 1


def _run(_: View, entries: Entries) -> bool:
    """Whether the entries are a run of one device, split as recording a run splits it."""
    first = entries[0].event
    if not _same_except(entries, "start", "net_wh", *COLUMNS, *INVOICED) or not _same_columns(entries):
        return False
    fields = {name: first[name] for name in ("device", "evidence", "series", "waivers") if name in first}
    expected = run_events(entries[0].type, run_of_entries(entries), fields)
    return [(entry.type, entry.event) for entry in entries] == expected


def _metered(view: View, entries: Entries) -> bool:
    """Whether the entries are a run of one meter, split as recording a run splits it."""
    first = entries[0].event
    if not _same_except(entries, "start", "net_wh", *COLUMNS, *INVOICED, "devices") or not _same_columns(entries):
        return False
    fields = {name: first[name] for name in ("meter", "evidence", "series", "waivers") if name in first}
    columns = 1 + len(lookup.meter(view, first["meter"]).shares)
    expected = run_events(entries[0].type, run_of_entries(entries), fields, columns=columns)
    events = [{name: value for name, value in entry.event.items() if name != "devices"} for entry in entries]
    return [(entry.type, event) for entry, event in zip(entries, events, strict=True)] == expected


def _blocks(_: View, entries: Entries) -> bool:
    """Whether the entries record one change of blocks, split as the number of the blocks requires."""
    first = entries[0]
    if not _same_except(entries, "batch", "first", "last", "more"):
        return False
    blocks = blocks_of_entries(entries)
    expected = events_about(first.type, blocks, fields_without_blocks(first), key=first.key, by=first.by)
    return [(entry.type, entry.event) for entry in entries] == expected


def _imported(_: View, entries: Entries) -> bool:
    """Whether the entries import a block of another registry, with its labels on the same evidence."""
    first, *others = entries
    event = first.event
    fields = {
        "batch": f"{event['registry']}/{event['vintage']:04d}/{first.n}",
        "first": 1,
        "last": event["last"] - event["first"] + 1,
        "evidence": event["evidence"],
        "reason": f"imported with it from {event['registry']}",
    }
    return all(
        entry.type == UNITS_LABELLED and entry.event == {**fields, "label": entry.event["label"]} for entry in others
    )


def _documents(entries: Entries) -> list[str]:
    """The digests of the documents among entries, in order; empty texts if a document is not split as required."""
    parts = [entry.event for entry in entries if entry.type == DOCUMENT_RECORDED]
    split = all(len(part["text"]) == PART_CHARACTERS for part in parts if part["part"] < part["parts"])
    return [part["sha256"] if split else "" for part in parts if part["part"] == 1]


def _documented(entries: Entries, kind: str, *changing: str) -> bool:
    """Whether entries are events of one type, each directly after its quantification.

    Several events are accepted only if each has a device of its own.
    """
    events = [entry for entry in entries if entry.type == kind]
    if {entry.type for entry in entries} != {kind, DOCUMENT_RECORDED}:
        return False
    if _documents(entries) != [entry.event["quantification"] for entry in events]:
        return False
    devices = [entry.event.get("device") for entry in events]
    several = len(events) == 1 or (None not in devices and len(set(devices)) == len(devices))
    return several and _same_except(events, "device", "quantification", "zone_rules", *changing)


def _issued(_: View, entries: Entries) -> bool:
    """Whether the entries are issuances with their quantifications, after the factor if they are its first use."""
    if entries[0].type == FACTOR_ADOPTED:
        first, *entries = entries
        if first.event["factor"]["factor_id"] != entries[-1].event.get("factor"):
            return False
    return _documented(entries, ISSUANCE_RECORDED, "amounts", "batches", "carry", "expect", "expect_by_vintage")


def _approved(_: View, entries: Entries) -> bool:
    return _documented(entries, QUANTIFICATION_APPROVED)


def _corrected(_: View, entries: Entries) -> bool:
    """Whether the entries are a correction split as its column requires, with the quantifications before the last part.

    The quantifications are new ones of every issuance that the correction changes.
    """
    correction = entries[-1]
    staged = list(takewhile(lambda entry: entry.type == CORRECTION_STAGED, entries[:-1]))
    column, before = [*staged, correction], entries[len(staged) : -1]
    names = [item["quantification"] for item in correction.event["issuances"]]
    fields = {name: correction.event[name] for name in _CORRECTED if name in correction.event}
    events = [(entry.type, {k: v for k, v in entry.event.items() if k not in EFFECTS}) for entry in column]
    expected = correction_events(correction.type, run_of_entries(column), fields, columns_of_entries(column))
    if {entry.type for entry in before} - {DOCUMENT_RECORDED}:
        return False
    return events == expected and _documents(before) == names


_ABOUT_BLOCKS: Final = (
    *(UNITS_TRANSFERRED, UNITS_RETIRED, UNITS_CANCELLED, UNITS_WITHDRAWN, UNITS_EXPORTED),
    *(UNITS_LABELLED, UNITS_UNLABELLED, UNITS_LOCKED, UNITS_RELEASED),
    *(BUFFER_RELEASED, BUFFER_CANCELLED, TRANSFER_OFFERED),
)
# Of every other type, a command writes one entry. No command ends with a document, or with a part of a correction that
# is only staged.
_WHOLE: Final[Mapping[str, Whole]] = {
    PROJECT_REGISTERED: _after_methodology,
    METHODOLOGY_ATTESTED: _after_methodology,
    GENERATION_RECORDED: _run,
    METER_RECORDED: _metered,
    **dict.fromkeys(CORRECTIONS, _corrected),
    ISSUANCE_RECORDED: _issued,
    QUANTIFICATION_APPROVED: _approved,
    BLOCK_IMPORTED: _imported,
    DOCUMENT_RECORDED: lambda *_: False,
    CORRECTION_STAGED: lambda *_: False,
    **dict.fromkeys(_ABOUT_BLOCKS, _blocks),
}


def require_command(view: View, entries: Entries) -> None:
    """Refuse entries that no command writes together, or whose digest does not match any request for them.

    Args:
        view: The state before the last of the entries.
        entries: All entries of a command, in order.

    Raises:
        BrokenLogError: No command writes these entries, or their digest belongs to another request.

    Source:
        ledger-model section 1; domain invariants 26 and 34.
    """
    subject = subject_entry(entries)
    where = f"entry {entries[-1].n} ({subject.type})"
    if not _WHOLE.get(subject.type, _alone)(view, entries):
        what = f"entry {subject.n} by itself" if len(entries) == 1 else f"entries {entries[0].n} to {entries[-1].n}"
        raise BrokenLogError(
            f"{where}: no command writes {what}: entries are missing, or belong to another command; expected all "
            "entries of one command, and no other"
        )
    request_digest = entries[0].digest
    if request_digest is None:
        return
    requests = requests_of(view, entries)
    if requests is not None and all(request.digest(subject.by) != request_digest for request in requests):
        raise BrokenLogError(
            f"{where}: the digest of the request for key {quote(subject.key)} is {request_digest}; "
            "no request for these entries has it"
        )


def require_written_by(name: str, entries: Entries) -> None:
    """Refuse entries that are not all entries of one command of this name.

    Args:
        name: The name of the command.
        entries: Consecutive entries. The first has the command's idempotency key.

    Raises:
        BrokenLogError: The entries are not all entries of one command of this name.
    """
    first, kinds = entries[0], COMMANDS_BY_EVENT.get(subject_entry(entries).type)
    expected = [(first.key, first.digest, first.by, k, first.parts) for k in range(1, first.parts + 1)]
    found = [(entry.key, entry.digest, entry.by, entry.part, entry.parts) for entry in entries]
    if kinds is None or name not in kinds.commands or found != expected:
        raise BrokenLogError(
            f"key {quote(first.key)}: entry {first.n} ({first.type}) is not the first entry of a whole {name}(), "
            "although its digest is that of this request; audit() the ledger, and restore it from a copy"
        )
