"""What an entry rests on: earlier entries without which it could not have been recorded, and what rests on it."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.descriptions import description_of
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import CORRECTIONS, ISSUANCE_RECORDED
from carbon_ledger.core.holdings.pieces import blocks_of_event
from carbon_ledger.core.issuance.run_parts import claimed_parts
from carbon_ledger.core.state.rows import meter_run
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import UnknownThingError
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.printing import quote
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.records import Record

# Fields of events that name something registered, and the kind of it.
_NAMED: Final = {
    "account": "account",
    "from": "account",
    "to": "account",
    "other": "account",
    "device": "device",
    "meter": "meter",
    "replaces": "meter",
    "project": "project",
    "methodology": "methodology",
    "factor": "factor",
    "registry": "registry",
}
_NUMBERED: Final = ("issuance", "offer", "approval")  # fields of events that name an entry by its number
_SEVERAL: Final = ("devices", "shares")  # fields of events that name devices


@frozen(repr=False)
class Ground(Record):
    """An entry that another one rests on.

    Attributes:
        n: The number of the entry.
        type: The type of the entry, e.g. ``device.registered``.
        relation: What it is to the other entry, in words.
    """

    n: int
    type: str
    relation: str


def grounds_of(reader: Snapshot, n: int) -> tuple[Ground, ...]:
    """The earlier entries that an entry names, or that it was computed from, in the order of the log.

    Args:
        reader: The ledger.
        n: The number of the entry.

    Returns:
        Registrations of what the entry names; for an issuance, its readings, documents and approvals; for units, the
        entries that issued them, and that put them where they were; for a correction, what it replaced.

    Raises:
        UnknownThingError: There is no such entry.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> _ = ledger.open_account("buyer", name="Buyer Ltd")
        >>> grounds_of(ledger, 1)
        ()
    """
    size = reader._view().size
    if type(n) is not int or not 0 <= n < size:
        raise UnknownThingError(
            f"entry {quote(n)}", f"the ledger has entries 0 to {size - 1}; give one of these", rule="unknown-entry"
        )
    return _grounds(reader, n)


def _grounds(reader: Snapshot, n: int) -> tuple[Ground, ...]:
    view = reader._view_of(n + 1)
    entry = view.entry(n)
    found: dict[int, str] = {}
    for number, relation in _related(view, reader._view_of(n) if n else view, entry):
        if number < n:
            found.setdefault(number, relation)
    return tuple(Ground(number, view.entry(number).type, found[number]) for number in sorted(found))


def _related(view: View, before: View, entry: Entry) -> Iterator[tuple[int, str]]:
    """The entries that an entry is related to: their numbers, and how."""
    event = entry.event
    yield from ((entry.n - k, "part of the same command") for k in range(1, entry.part))
    for field, kind in _NAMED.items():
        if isinstance(name := event.get(field), str):
            yield from _registered(view, kind, name, "registers" if kind != "account" else "opens")
    for field in _SEVERAL:
        for name in event.get(field, ()):
            yield from _registered(view, "device", name, "registers")
    yield from ((event[field], f"the {field}") for field in _NUMBERED if isinstance(event.get(field), int))
    if "batch" in event:
        yield from _units(before, entry)
    if "evidence" in event and (described := description_of(view, event["evidence"])) is not None:
        yield described.n, "describes the evidence"
    if entry.type == ISSUANCE_RECORDED:
        yield from _issued(view, entry)
    if entry.type in CORRECTIONS:
        yield from _corrected(before, event)


def _registered(view: View, kind: str, name: str, verb: str) -> Iterator[tuple[int, str]]:
    n = view.registration(kind, name)
    if n is not None:
        yield n, f"{verb} {kind} {name}"


def _units(before: View, entry: Entry) -> Iterator[tuple[int, str]]:
    """What issued the units of an entry, and what put them where they were before it."""
    for block in blocks_of_event(entry.event):
        issued = lookup.batch(before, block.batch_id)
        yield issued.n, f"issued batch {block.batch_id}"
        for piece in before.pieces(block.batch_id, block.first, block.last):
            yield piece.from_n, f"made units {piece.state} in account {piece.account}"


def _issued(view: View, entry: Entry) -> Iterator[tuple[int, str]]:
    """The readings that an issuance claims, and the approval of its quantification."""
    for claim in view.claims_of(entry.n):
        for part in claimed_parts(view, claim.device, [(claim.start_utc, claim.end_utc)]):
            yield part.run.source_n, f"has readings of {claim.device}"
    approval = view.newest_approval(entry.event["quantification"], entry.n)
    if approval is not None:
        yield approval.from_n, "approves the quantification"


def _corrected(before: View, event: Any) -> Iterator[tuple[int, str]]:
    """The readings that a correction replaced, and the issuances that it changed."""
    start = instant_of(event["start"])
    end = start + event["step_s"] * len(event["net_wh"])
    subject = event["device"] if "device" in event else meter_run(event["meter"])
    yield from ((run.source_n, "has the readings that were replaced") for run in before.readings(subject, start, end))
    yield from ((item["issuance"], "the issuance that it changed") for item in event["issuances"])


def resting_on(reader: Snapshot, n: int, progress: Callable[[int, int], object] | None = None) -> tuple[Ground, ...]:
    """The later entries that rest on an entry, in the order of the log; every later entry is looked at.

    Args:
        reader: The ledger.
        n: The number of the entry.
        progress: Called from time to time with how many later entries were looked at, and how many there are.

    Returns:
        The later entries, each with what entry *n* is to it.

    Raises:
        UnknownThingError: There is no such entry.
    """
    grounds_of(reader, n)
    size = reader._view().size
    found = []
    for later in range(n + 1, size):
        relations = [item.relation for item in _grounds(reader, later) if item.n == n]
        found += [Ground(later, reader._view().entry(later).type, relation) for relation in relations]
        if progress is not None and (later % 100 == 0 or later == size - 1):
            progress(later - n, size - 1 - n)
    return tuple(found)
