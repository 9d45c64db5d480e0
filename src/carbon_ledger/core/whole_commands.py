"""Whole commands: which entries one command writes together, and whether their digest is that of its request."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    BLOCK_IMPORTED,
    BUFFER_CANCELLED,
    BUFFER_RELEASED,
    DOCUMENT_RECORDED,
    FACTOR_ADOPTED,
    GENERATION_CORRECTED,
    GENERATION_RECORDED,
    ISSUANCE_RECORDED,
    METER_RECORDED,
    METHODOLOGY_ADOPTED,
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
from carbon_ledger.core.entries.splitting import events_about, run_events
from carbon_ledger.core.requests import (
    ASKED,
    about,
    blocks_of_entries,
    requests_of,
    run_of_entries,
    said_of_blocks,
)
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.printing import quote

Entries = Sequence[Entry]
Whole = Callable[[View, Entries], bool]


def _alone(_: View, entries: Entries) -> bool:
    return len(entries) == 1


def _project(_: View, entries: Entries) -> bool:
    """A project, and before it the methodology that it is the first to use."""
    *before, project = entries
    return not before or (
        [entry.type for entry in before] == [METHODOLOGY_ADOPTED]
        and before[0].event["methodology"] == project.event.get("methodology")
    )


def _same_but(entries: Entries, *names: str) -> bool:
    """Whether events are of one type and say the same, but for some fields."""
    if len({entry.type for entry in entries}) > 1:
        return False
    first, *others = ({key: value for key, value in entry.event.items() if key not in names} for entry in entries)
    return all(other == first for other in others)


def _run(_: View, entries: Entries) -> bool:
    """A run of one device, cut as a recording cuts it."""
    first = entries[0].event
    if not _same_but(entries, "start", "net_wh", "gross_wh"):
        return False
    if len({"gross_wh" in entry.event for entry in entries}) > 1:
        return False
    fields = {name: first[name] for name in ("device", "evidence") if name in first}
    cut = run_events(entries[0].type, run_of_entries(entries), fields)
    return [(entry.type, entry.event) for entry in entries] == cut


def _metered(view: View, entries: Entries) -> bool:
    """A run of a meter, cut as a recording cuts it."""
    first = entries[0].event
    if not _same_but(entries, "start", "net_wh", "devices"):
        return False
    fields = {name: first[name] for name in ("meter", "evidence") if name in first}
    columns = 1 + len(lookup.meter(view, first["meter"]).shares)
    cut = run_events(entries[0].type, run_of_entries(entries), fields, columns=columns)
    events = [{name: value for name, value in entry.event.items() if name != "devices"} for entry in entries]
    return [(entry.type, event) for entry, event in zip(entries, events, strict=True)] == cut


def _blocks(_: View, entries: Entries) -> bool:
    """One thing that is said of blocks, cut as it has to be for their number."""
    first = entries[0]
    if not _same_but(entries, "batch", "first", "last", "more"):
        return False
    blocks = blocks_of_entries(entries)
    cut = events_about(first.type, blocks, said_of_blocks(first), key=first.key, by=first.by)
    return [(entry.type, entry.event) for entry in entries] == cut


def _imported(_: View, entries: Entries) -> bool:
    """A block of another registry, and the labels it came with, on the same evidence."""
    first, *others = entries
    event = first.event
    said = {
        "batch": f"{event['registry']}/{event['vintage']:04d}/{first.n}",
        "first": 1,
        "last": event["last"] - event["first"] + 1,
        "evidence": event["evidence"],
        "reason": f"imported with it from {event['registry']}",
    }
    return all(
        entry.type == UNITS_LABELLED and entry.event == {**said, "label": entry.event["label"]} for entry in others
    )


def _documents(entries: Entries) -> list[str]:
    """The names of the documents among entries, in order; empty for those that are not cut as they have to be."""
    parts = [entry.event for entry in entries if entry.type == DOCUMENT_RECORDED]
    cut = all(len(part["text"]) == PART_CHARACTERS for part in parts if part["part"] < part["parts"])
    return [part["sha256"] if cut else "" for part in parts if part["part"] == 1]


def _documented(entries: Entries, kind: str, *changing: str) -> bool:
    """Whether entries are events of a kind, each right after its quantification; several only if each has a device."""
    events = [entry for entry in entries if entry.type == kind]
    if {entry.type for entry in entries} != {kind, DOCUMENT_RECORDED}:
        return False
    if _documents(entries) != [entry.event["quantification"] for entry in events]:
        return False
    devices = [entry.event.get("device") for entry in events]
    several = len(events) == 1 or (None not in devices and len(set(devices)) == len(devices))
    return several and _same_but(events, "device", "quantification", "zone_rules", *changing)


def _issued(_: View, entries: Entries) -> bool:
    """Issuances with their quantifications, and before them the factor that they are the first to use."""
    if entries[0].type == FACTOR_ADOPTED:
        first, *entries = entries
        if first.event["factor"]["factor_id"] != entries[-1].event.get("factor"):
            return False
    return _documented(entries, ISSUANCE_RECORDED, "amounts", "batches", "carry")


def _approved(_: View, entries: Entries) -> bool:
    return _documented(entries, QUANTIFICATION_APPROVED)


def _corrected(_: View, entries: Entries) -> bool:
    """A correction, and before it the new quantification of every issuance that it changes."""
    *before, correction = entries
    names = [item["quantification"] for item in correction.event["issuances"]]
    run = run_events(correction.type, run_of_entries([correction]), {})
    return len(run) == 1 and {entry.type for entry in before} <= {DOCUMENT_RECORDED} and _documents(before) == names


_ABOUT_BLOCKS: Final = (
    *(UNITS_TRANSFERRED, UNITS_RETIRED, UNITS_CANCELLED, UNITS_WITHDRAWN, UNITS_EXPORTED),
    *(UNITS_LABELLED, UNITS_UNLABELLED, UNITS_LOCKED, UNITS_RELEASED),
    *(BUFFER_RELEASED, BUFFER_CANCELLED, TRANSFER_OFFERED),
)
# Of the others, a command writes one entry; no command ends with a document or an adopted methodology.
_WHOLE: Final[Mapping[str, Whole]] = {
    PROJECT_REGISTERED: _project,
    GENERATION_RECORDED: _run,
    METER_RECORDED: _metered,
    GENERATION_CORRECTED: _corrected,
    ISSUANCE_RECORDED: _issued,
    QUANTIFICATION_APPROVED: _approved,
    BLOCK_IMPORTED: _imported,
    DOCUMENT_RECORDED: lambda *_: False,
    METHODOLOGY_ADOPTED: lambda *_: False,
    **dict.fromkeys(_ABOUT_BLOCKS, _blocks),
}


def require_command(view: View, entries: Entries) -> None:
    """Refuse entries that no command writes together, or whose digest is that of no request for them.

    Args:
        view: The state before the last of them.
        entries: All entries of a command, in order.

    Raises:
        BrokenLogError: They are none of a command, or their digest is of another request.

    Source:
        ledger-model section 1; domain invariants 26 and 34.
    """
    subject = about(entries)
    where = f"entry {entries[-1].n} ({subject.type})"
    if not _WHOLE.get(subject.type, _alone)(view, entries):
        what = f"entry {subject.n} by itself" if len(entries) == 1 else f"entries {entries[0].n} to {entries[-1].n}"
        raise BrokenLogError(
            f"{where}: no command writes {what}: entries are missing, or belong to another command; expected all "
            "entries of one command, and no other"
        )
    sealed = entries[0].digest
    if sealed is None:
        return
    requests = requests_of(view, entries)
    if requests is not None and all(request.digest(subject.by) != sealed for request in requests):
        raise BrokenLogError(
            f"{where}: the digest beside key {quote(subject.key)} is {sealed}; no request for these entries has it"
        )


def require_written_by(name: str, entries: Entries) -> None:
    """Refuse entries that are not all entries of one command of this name.

    Args:
        name: The command.
        entries: Entries in a row, of which the first has the command's idempotency key.

    Raises:
        BrokenLogError: They are not.
    """
    first, kinds = entries[0], ASKED.get(about(entries).type)
    expected = [(first.key, first.digest, first.by, k, first.parts) for k in range(1, first.parts + 1)]
    found = [(entry.key, entry.digest, entry.by, entry.part, entry.parts) for entry in entries]
    if kinds is None or name not in kinds.commands or found != expected:
        raise BrokenLogError(
            f"key {quote(first.key)}: entry {first.n} ({first.type}) is not the first entry of a whole {name}(), "
            "and its digest says that it is; audit() the ledger, and restore it from a copy"
        )
