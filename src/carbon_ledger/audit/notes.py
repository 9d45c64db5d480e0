"""Notes of an audit: entries that an auditor should see, although nothing is wrong with them.

Every audit notes decisions of people, with their reasons. What an issuance waived is stated by its quantification, and
is not noted again. Zone rules that differ from the tzdata release that they name
are noted only if that release is installed. An idempotency key that two actors used for the same request is noted
after the last entry.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from carbon_ledger.audit.findings import MOST_FINDINGS, AuditNote
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import ISSUANCE_RECORDED, METHODOLOGY_ATTESTED, TIME_ADVANCED, ZONE_ADOPTED
from carbon_ledger.core.pinned_zones import RULES_FIELD, rules_of
from carbon_ledger.core.requests import Request, requests_of
from carbon_ledger.core.state.store import ReplayTarget
from carbon_ledger.errors import PeriodError
from carbon_ledger.periods.zones import installed_rules
from carbon_ledger.printing import quote
from carbon_ledger.waivers import waivers_of

CLOCK: Final = "time advanced"
ZONE: Final = "zone adopted"
TEXT: Final = "text attested"
OTHER_RULES: Final = "zone differs"
NOT_COMPARED: Final = "zone not compared"
SHARED_KEY: Final = "shared key"
WAIVED: Final = "waived"

_MOST_COMPARED: Final = 700  # there are 600 zones


class Notes:
    """The notes of an audit: up to a hundred of each kind, and a count of the rest."""

    def __init__(self) -> None:
        self._shown: list[tuple[str, AuditNote]] = []
        self._more: dict[str, tuple[int, int]] = {}  # by kind: how many are not shown, and the last of them
        self._counts: Counter[str] = Counter()
        self._compared = 0

    def examine(self, entry: Entry) -> None:
        """Add the notes that an entry calls for."""
        self.add(item for item in (_decision(entry), self._other_rules(entry)) if item is not None)

    def add(self, notes: Iterable[tuple[str, AuditNote]]) -> None:
        """Add notes, each with its kind."""
        for kind, note in notes:
            self._counts[kind] += 1
            if self._counts[kind] > MOST_FINDINGS:
                self._leave_out(kind, 1, note.entry)
            else:
                self._shown.append((kind, note))

    def merge(self, record: Mapping[str, Any]) -> None:
        """Add the notes of the next slice, a record that `to_record` returned."""
        self.add((kind, AuditNote(entry, detail)) for kind, entry, detail in record["shown"])
        for kind, count, last in record["more"]:
            self._leave_out(kind, count, last)

    def all(self) -> tuple[AuditNote, ...]:
        """All notes, with a last one for each kind that has more than are shown."""
        return (*(note for _, note in self._shown), *(_rest(kind, *more) for kind, more in self._more.items()))

    def to_record(self) -> dict[str, Any]:
        """The notes as plain values."""
        return {
            "shown": [[kind, note.entry, note.detail] for kind, note in self._shown],
            "more": [[kind, *more] for kind, more in self._more.items()],
        }

    def _leave_out(self, kind: str, count: int, last: int) -> None:
        self._more[kind] = (self._more.get(kind, (0, 0))[0] + count, last)

    def _other_rules(self, entry: Entry) -> tuple[str, AuditNote] | None:
        """A note if an entry's zone rules differ from the installed ones of the same tzdata release."""
        if RULES_FIELD not in entry.event:
            return None
        pinned = rules_of(entry)
        try:
            installed = installed_rules(pinned.key)
        except PeriodError:  # the installed release has no such zone
            return None
        if installed.release != pinned.release or installed.same_as(pinned):
            return None
        self._compared += 1  # differently written rules are compared year by year, which is slow
        if self._compared > _MOST_COMPARED:
            return NOT_COMPARED, AuditNote(
                entry.n,
                f"{NOT_COMPARED}: {quote(pinned.key)} is written differently than in tzdata {quote(pinned.release)}, "
                f"and so are {_MOST_COMPARED} zones before it; whether it shows the same clocks was not compared",
            )
        if installed.agree_with(pinned):
            return None
        return OTHER_RULES, AuditNote(
            entry.n,
            f"{OTHER_RULES}: the entry pins {quote(pinned.key)} of tzdata {quote(pinned.release)}, but that release as "
            "installed here has other rules for the zone; ask who recorded the entry, and compare the dates at the "
            "edges of its periods",
        )


def require_record(record: object) -> Mapping[str, Any]:
    """Check the notes of a slice that another process sent, and return them.

    Raises:
        ValueError: *record* is not a record of `Notes.to_record`.
    """
    if not isinstance(record, dict) or record.keys() != {"shown", "more"}:
        raise ValueError("not the notes of a report")
    for name, types in (("shown", (str, int, str)), ("more", (str, int, int))):
        items = record[name]
        if not isinstance(items, list) or any(
            not isinstance(item, list) or tuple(map(type, item)) != types for item in items
        ):
            raise ValueError(f"not the notes of a report: {name}")
    return record


def _rest(kind: str, count: int, last: int) -> AuditNote:
    return AuditNote(last, f"{kind}: {count:,} more such notes; this entry is the last of them")


def _decision(entry: Entry) -> tuple[str, AuditNote] | None:
    if entry.type == TIME_ADVANCED:
        since, reason = entry.event["since"], entry.event["reason"]
        return CLOCK, AuditNote(entry.n, f"{CLOCK} from {since} to {entry.at}, by {quote(entry.by)}: {quote(reason)}")
    if entry.type == ZONE_ADOPTED:
        zone, release, reason = entry.event["zone"], entry.event["zone_rules"]["release"], entry.event["reason"]
        return ZONE, AuditNote(
            entry.n,
            f"{ZONE}: {quote(zone)} by tzdata {quote(release)} from here on, by {quote(entry.by)}: {quote(reason)}",
        )
    if entry.type != ISSUANCE_RECORDED and (waivers := waivers_of(entry.event)):  # a quantification states its own
        what = "; ".join(f"{item.name}, {quote(item.reason)}" for item in waivers)
        return WAIVED, AuditNote(entry.n, f"{WAIVED} in {entry.type}, by {quote(entry.by)}: {what}")
    if entry.type == METHODOLOGY_ATTESTED:
        name, document, note = (quote(entry.event[field]) for field in ("methodology", "text", "note"))
        return TEXT, AuditNote(
            entry.n,
            f"{TEXT}: the rules of {name} were compared with the document {document}, by {quote(entry.by)}: {note}; "
            "issuances from here on need no waiver for it",
        )
    return None


def shared_keys(store: ReplayTarget) -> Iterator[tuple[str, AuditNote]]:
    """Find the commands that repeat another actor's request under the same idempotency key.

    Args:
        store: The store.

    Yields:
        The kind of each note, and the note.

    Source:
        ledger-model section 1: a key belongs to the actor who used it.
    """
    for key, rows in groupby(store.rows("key_use"), key=itemgetter(0)):
        numbers = sorted(int(str(n)) for _, _, n in rows)
        if len(numbers) == 1:
            continue
        firsts: dict[bytes, Entry] = {}
        for n in numbers:
            entry, request = _request(store, n)
            first = entry if request is None else firsts.setdefault(request.content, entry)
            if first is not entry:
                yield (
                    SHARED_KEY,
                    AuditNote(
                        n,
                        f"{quote(entry.by)} used key {quote(key)} for the same command with the same arguments as "
                        f"{quote(first.by)} in entry {first.n}; find out whether both were meant",
                    ),
                )


def _request(store: ReplayTarget, n: int) -> tuple[Entry, Request | None]:
    """The first entry of a command, and its request, or `None` if the request does not follow from the entries."""
    view = store.view()
    first = view.entry(n)
    entries = [view.entry(k) for k in range(n, n + first.parts)]
    requests = requests_of(store.view(entries[-1].n), entries)
    found = () if requests is None else (item for item in requests if item.digest(first.by) == first.digest)
    return first, next(iter(found), None)
