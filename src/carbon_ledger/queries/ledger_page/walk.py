"""One walk through all entries, for what no table has: waivers, corrections, withdrawals, retirements, attestations.

The walk decodes only the entries that can have something to show, and holds a bounded number of them.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from attrs import define, field, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    BUFFER_CANCELLED,
    CORRECTIONS,
    EVENTS,
    ISSUANCE_VOIDED,
    METHODOLOGY_ATTESTED,
    UNITS_WITHDRAWN,
)
from carbon_ledger.core.holdings.pieces import blocks_of_event, continues, with_continuations
from carbon_ledger.queries.ledger_page.scope import Scope
from carbon_ledger.queries.retirements import RETIRING
from carbon_ledger.serials import Block

MOST: Final = 50  # of each list

_TYPE: Final = b',"type":"'  # the last field of an entry, unless a text of its event has these bytes, which is escaped
_BY: Final = b',"command":{'
_WAIVERS: Final = b'"waivers":[{'
_WAIVING: Final = frozenset(kind for kind, schema in EVENTS.items() if "waivers" in schema["properties"])
_OF_ACCOUNTS: Final = (*RETIRING, UNITS_WITHDRAWN, BUFFER_CANCELLED)
_CHANGING: Final = (*CORRECTIONS, ISSUANCE_VOIDED, UNITS_WITHDRAWN, BUFFER_CANCELLED)


@define
class Newest:
    """The newest entries of a kind, and the number of all things to list.

    Attributes:
        entries: The entries, oldest first.
        total: The number of all things to list; an entry can have several waivers.
    """

    entries: "deque[Entry]" = field(factory=lambda: deque(maxlen=MOST))
    total: int = 0

    def add(self, entry: Entry, count: int = 1) -> None:
        """Add an entry, which has *count* things to list."""
        self.entries.append(entry)
        self.total += count

    def newest_first(self) -> Iterator[Entry]:
        """The entries, newest first."""
        return reversed(self.entries)


@frozen
class Walk:
    """What a walk found.

    Attributes:
        actors: The number of actors.
        waivers: Entries with waivers.
        changes: Corrections, voided issuances, withdrawals and cancelled buffers.
        retirements: The first entry of each retirement and of each conversion.
        attestations: Attestations of texts.
        corrected: The newest correction that quantified each issuance again, by the issuance's number.
    """

    actors: int
    waivers: Newest
    changes: Newest
    retirements: Newest
    attestations: Newest
    corrected: Mapping[int, int]


def walked(scope: Scope) -> Walk:
    """Walk through all entries of a report once.

    Args:
        scope: What the report is about.
    """
    actors: set[bytes] = set()
    waivers, changes, retirements, attestations = (Newest() for _ in range(4))
    corrected: dict[int, int] = {}
    for data in scope.store.entries(0, scope.view.size):
        kind = type_of(data)
        actors.add(data[: data.index(_BY)].partition(b',"by":')[2])
        waives = kind in _WAIVING and _WAIVERS in data
        if not waives and kind not in (*_CHANGING, *RETIRING, METHODOLOGY_ATTESTED):
            continue
        entry = Entry.from_bytes(data)
        if kind in CORRECTIONS:
            corrected |= {item["issuance"]: entry.n for item in entry.event["issuances"]}
        if continues(scope.view, entry) or not _is_of_account(scope, entry) or not _concerns(scope, entry):
            continue
        if waives:
            waivers.add(entry, len(entry.event["waivers"]))
        if kind in _CHANGING:
            changes.add(entry)
        if kind in RETIRING:
            retirements.add(entry)
        if kind == METHODOLOGY_ATTESTED:
            attestations.add(entry)
    return Walk(len(actors), waivers, changes, retirements, attestations, corrected)


def type_of(data: bytes) -> str:
    """The type of an entry from its canonical bytes, whose last field it is.

    Example:
        >>> type_of(b'{"at":"","by":"","event":{},"n":0,"schema":1,"type":"units.retired"}')
        'units.retired'
    """
    return data[data.rindex(_TYPE) + len(_TYPE) : -2].decode("ascii")


def _is_of_account(scope: Scope, entry: Entry) -> bool:
    """Whether an entry is about units of the report's accounts, or about no account's: issuances are of projects."""
    if scope.only_accounts is None or entry.type not in _OF_ACCOUNTS:
        return True
    if "account" in entry.event:
        return scope.has_account(entry.event["account"])
    pieces = (
        piece for block in _blocks(scope, entry) for piece in scope.view.pieces(block.batch_id, block.first, block.last)
    )
    return any(scope.has_account(piece.account) for piece in pieces)


def _blocks(scope: Scope, entry: Entry) -> Iterator[Block]:
    """All blocks of an action."""
    for part in with_continuations(scope.view, entry):
        yield from blocks_of_event(part.event)


def _concerns(scope: Scope, entry: Entry) -> bool:
    """Whether the report is about what an entry is about."""
    if scope.only_projects is None:
        return True
    found = next((find for name, find in _SUBJECTS if name in entry.event), None)
    return found is None or found(scope, entry)


def _has_units(scope: Scope, entry: Entry) -> bool:
    """Whether an action is about units of the report's projects, among others; imported units are of none."""
    batches = (lookup.batch(scope.view, block.batch_id).batch for block in _blocks(scope, entry))
    return any(batch.registry is None and scope.has_project(batch.project) for batch in batches)


def _of_issuance(scope: Scope, entry: Entry) -> bool:
    issuance = scope.view.issuance(entry.event["issuance"])
    return issuance is not None and scope.has_project(issuance.project)


# How the subject of an event is found, by the first of these fields that the event has.
_SUBJECTS: Final[tuple[tuple[str, Callable[[Scope, Entry], bool]], ...]] = (
    ("project", lambda scope, entry: scope.has_project(entry.event["project"])),
    ("batch", _has_units),
    ("issuance", _of_issuance),
    ("devices", lambda scope, entry: any(scope.has_device(name) for name in entry.event["devices"])),
    ("device", lambda scope, entry: scope.has_device(entry.event["device"])),
)
