"""One walk through all entries, for what no table has: waivers, corrections, withdrawals, retirements, attestations.

The walk decodes only the entries that can have something to show, and holds a bounded number of them.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from attrs import field, frozen

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    BUFFER_CANCELLED,
    CORRECTIONS,
    GENERATION_RECORDED,
    ISSUANCE_RECORDED,
    ISSUANCE_VOIDED,
    METER_RECORDED,
    METHODOLOGY_ATTESTED,
    PROJECT_REGISTERED,
    UNITS_CONVERTED,
    UNITS_RETIRED,
    UNITS_WITHDRAWN,
)
from carbon_ledger.ledger.queries.ledger_page.scope import Scope

MOST: Final = 50  # of each list

_TYPE: Final = b',"type":"'  # the last field of an entry, unless a text of its event has these bytes, which is escaped
_BY: Final = b',"command":{'
_WAIVERS: Final = b'"waivers":[{'
_WAIVING: Final = (GENERATION_RECORDED, METER_RECORDED, PROJECT_REGISTERED, ISSUANCE_RECORDED)
_CHANGING: Final = (*CORRECTIONS, ISSUANCE_VOIDED, UNITS_WITHDRAWN, BUFFER_CANCELLED)
_RETIRING: Final = (UNITS_RETIRED, UNITS_CONVERTED)


@frozen
class Newest:
    """The newest entries of a kind, and the number of all of them.

    Attributes:
        entries: The entries, oldest first.
        count: How many there are, as a list of one number.
    """

    entries: "deque[Entry]" = field(factory=lambda: deque(maxlen=MOST))
    counted: list[int] = field(factory=lambda: [0])

    def add(self, entry: Entry, count: int = 1) -> None:
        """Add an entry, which has *count* things to list."""
        self.entries.append(entry)
        self.counted[0] += count

    @property
    def total(self) -> int:
        """The number of all things to list."""
        return self.counted[0]

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
        waives = _WAIVERS in data if kind in _WAIVING or kind in CORRECTIONS or kind in _RETIRING else False
        if not waives and kind not in _CHANGING and kind not in _RETIRING and kind != METHODOLOGY_ATTESTED:
            continue
        entry = Entry.from_bytes(data)
        if kind in CORRECTIONS:
            corrected |= {item["issuance"]: entry.n for item in entry.event["issuances"]}
        if not _concerns(scope, entry) or _continues(scope, entry):
            continue
        if waives:
            waivers.add(entry, len(entry.event["waivers"]))
        if kind in _CHANGING:
            changes.add(entry)
        if kind in _RETIRING and scope.has_account(entry.event["account"]):
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


def _continues(scope: Scope, entry: Entry) -> bool:
    """Whether an entry continues the one before it, of the same command and type."""
    return entry.part > 1 and type_of(next(scope.store.entries(entry.n - 1, entry.n))) == entry.type


def _concerns(scope: Scope, entry: Entry) -> bool:
    """Whether the report is about what an entry is about."""
    if scope.only_projects is None:
        return True
    event = entry.event
    found = next((find for name, find in _SUBJECTS if name in event), None)
    return found is None or found(scope, event)


def _of_issuance(scope: Scope, event: Mapping[str, Any]) -> bool:
    issuance = scope.view.issuance(event["issuance"])
    return issuance is not None and scope.has_project(issuance.project)


# How the subject of an event is found, by the first of these fields that the event has.
_SUBJECTS: Final[tuple[tuple[str, Callable[[Scope, Mapping[str, Any]], bool]], ...]] = (
    ("project", lambda scope, event: scope.has_project(event["project"])),
    ("batch", lambda scope, event: scope.has_project(event["batch"].partition("/")[0])),
    ("issuance", _of_issuance),
    ("devices", lambda scope, event: any(scope.has_device(name) for name in event["devices"])),
    ("device", lambda scope, event: scope.has_device(event["device"])),
)
