"""Documents of quantifications changed in every way: each is refused by a rule, or of a kind that was reviewed.

The commands are those of the golden ledgers that issue, approve and correct; and for each issuance an approval of the
same quantification, once with its factor adopted and once without. A mutant is such a command with one document
changed and all that names it made to agree: cut into parts again, named by its digest, and used by that name. Others
are the command with its entries rearranged. Each is applied to the state before the command, and taken back.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

from attrs import frozen
from tests.faults.suite.document_changes import written
from tests.faults.suite.document_operators import OPERATORS
from tests.faults.suite.document_strays import STRAYS, Events
from tests.faults.suite.outcome import Outcome
from tests.golden import golden_v2

from carbon_ledger.canonical import digest
from carbon_ledger.core.entries.entry import Entry, recorded_text, recorded_time
from carbon_ledger.core.issuance.documents import document_events
from carbon_ledger.core.methodologies import with_methodologies
from carbon_ledger.core.rules import apply
from carbon_ledger.errors import CarbonLedgerError, RefusedError
from carbon_ledger.ledger.methodologies import known_methodologies
from carbon_ledger.ledger.recorder import TICK
from carbon_ledger.stores.memory import MemoryStore

GOLDEN: Final = tuple(sorted((Path(__file__).resolve().parents[3] / "tests" / "golden").glob("golden-v*.jsonl")))
KNOWN: Final = known_methodologies(golden_v2.METHODOLOGIES)
USERS: Final = ("issuance.recorded", "quantification.approved", "generation.corrected", "meter.corrected")
_FOREIGN: Final = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError),
    RecursionError,
)
_NAMES: Final = re.compile(r"lines\[\w+\]\.name")
ALL: Final = (*OPERATORS, *STRAYS)
_TRIES: Final = 20  # an operator may have nothing to change
_VERIFIER: Final = "the verifier"  # of the ledger in which roles count; the other takes any name

_WORDS: Final = "a later version may explain a line better; all else of the line is computed again"
_ASKED: Final = "a command takes any waiver, needed or not, in any order; document and event say the same"
_CHOSEN: Final = "an approval has no field for it: it is of the quantification that its document states"
_NOT_ADOPTED: Final = "no entry says yet what the factor is; the issuance adopts it, and must come to the same document"
_DECLARED: Final = "what is declared stands in no entry before the issuance, which must come to the same document"

# What an audit accepts, and why that is right: by the event that uses the document, and what differs in it. In an
# issuance that differs like this the event says the same as the document; else it is refused.
ACCEPTED: Final[Mapping[str, str]] = {
    "generation.corrected: lines[].name": _WORDS,
    "issuance.recorded: lines[].name": _WORDS,
    "meter.corrected: lines[].name": _WORDS,
    "quantification.approved: lines[].name": _WORDS,
    "issuance.recorded: waivers": _ASKED,
    "issuance.recorded: waivers[].reason": _ASKED,
    "issuance.recorded: waivers[].name, waivers[].reason": _ASKED,
    "quantification.approved: waivers": _CHOSEN,
    "quantification.approved: waivers[].reason": _CHOSEN,
    "quantification.approved: waivers[].name, waivers[].reason": _CHOSEN,
    "issuance.recorded: period.zone": "a period may be named in any zone, and covers the same seconds",
    "quantification.approved: period.zone": "a period may be named in any zone, and covers the same seconds",
    "quantification.approved: factor": _NOT_ADOPTED,
    "quantification.approved: lines[EF].source": _NOT_ADOPTED,
    "quantification.approved: lines[EF].confidence": _NOT_ADOPTED,
    "quantification.approved: lines[LE].source": _DECLARED,
    "quantification.approved: lines[EC].source, lines[EF_EC].source, lines[TDL].source": _DECLARED,
    "quantification.approved: lines[EF_CO2].source, lines[FC].source, lines[NCV].source": _DECLARED,
    "quantification.approved: lines[FC].source, lines[rho].source, lines[w_C].source": _DECLARED,
    "quantification.approved: amounts[].amount, lines[ER].value, lines[LE].value": _DECLARED,
}


class _UndoneError(Exception):
    """Takes an accepted mutant back."""


@frozen
class Target:
    """A command that carries documents: its time, its actor, its events, and where each document's parts are."""

    at: str
    by: str
    events: Events

    @property
    def documents(self) -> list[tuple[int, int]]:
        """The first event of each document, and the first after it."""
        found, start = [], 0
        for k, (kind, event) in enumerate(self.events):
            if kind == "document.recorded":
                start = k if event["part"] == 1 else start
                if event["part"] == event["parts"]:
                    found.append((start, k + 1))
        return found

    def user_of(self, document: tuple[int, int]) -> str:
        """The type of the event that uses a document."""
        return next(kind for kind, _ in self.events[document[1] :] if kind in USERS)

    def text_of(self, document: tuple[int, int]) -> str:
        """The text of a document."""
        return "".join(event["text"] for _, event in self.events[slice(*document)])

    def with_document(self, document: tuple[int, int], text: str, follows: Mapping[str, Any]) -> Events:
        """The events with another text in the place of a document, named by its digest throughout.

        Args:
            document: The document.
            text: The other text.
            follows: What the event that uses it is to say as well, of the fields that it has.
        """
        start, stop = document
        old, data = self.events[start][1]["sha256"], text.encode("utf-8")
        after = [(kind, event) for kind, event in json.loads(written(self.events[stop:]).replace(old, digest(data)))]
        user = next(k for k, (kind, _) in enumerate(after) if kind in USERS)
        kind, event = after[user]
        after[user] = (kind, event | {name: value for name, value in follows.items() if name in event})
        return [*self.events[:start], *document_events(data), *after]


def targets(entries: list[dict[str, Any]], holding: str = "") -> Iterator[tuple[list[dict[str, Any]], list[Target]]]:
    """Each command of a log with what is to be changed of it: itself, and approvals of what it issues.

    Args:
        entries: The log.
        holding: Only what has a document that holds this text.
    """
    at = 0
    while at < len(entries):
        command = entries[at : at + entries[at]["command"]["parts"]]
        at += len(command)
        events = [(item["type"], item["event"]) for item in command]
        own = Target(command[0]["at"], command[0]["by"], events)
        several = [own, *_approvals(own)] if own.documents else []
        yield command, [target for target in several if any(holding in target.text_of(k) for k in target.documents)]


def _approvals(target: Target) -> Iterator[Target]:
    """Approvals of what a command issues, one a document: of the factor that is adopted, or is not yet."""
    for start, stop in target.documents:
        kind, issued = target.events[stop]
        if kind == "issuance.recorded":
            names: tuple[str, ...] = ("project", "period", "quantification", "device")
            event = {name: issued[name] for name in names if name in issued}
            approval: Events = [*target.events[start:stop], ("quantification.approved", event)]
            yield Target(target.at, _VERIFIER, approval)


def verdict(store: MemoryStore, target: Target, events: Events) -> CarbonLedgerError | None:
    """What the rules say of a command instead of the target: the refusal, or None where they accept it.

    Raises:
        Exception: A rule raised an error that is not of this library; a loss.
    """
    time, before = recorded_time(target.at), store.size()
    try:
        with store.transaction():
            for k, (kind, event) in enumerate(events):
                record = {
                    "at": recorded_text(time + k * TICK),
                    "by": target.by,
                    "command": {"part": k + 1, "parts": len(events)},
                    "event": event,
                    "n": before + k,
                    "schema": 1,
                    "type": kind,
                }
                data = written(record).encode("utf-8")
                entry = Entry.from_bytes(data)
                store.append(data, apply(with_methodologies(store.view(), KNOWN), entry))
                store.cache_entry(entry)
            raise _UndoneError
    except _UndoneError:
        return None
    except CarbonLedgerError as error:
        return error


def differing(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two documents differ: paths without positions, but for a line's the stem of its symbol."""
    if type(one) is not type(other):
        return [path]
    if isinstance(one, dict):
        return [
            found
            for key in sorted(one.keys() | other.keys())
            for found in (
                differing(one[key], other[key], f"{path}.{key}".lstrip("."))
                if key in one and key in other
                else [f"{path}.{key}".lstrip(".")]
            )
        ]
    if isinstance(one, list) and len(one) == len(other):
        return [
            found for mine, its in zip(one, other, strict=True) for found in differing(mine, its, _item(path, mine))
        ]
    return [] if one == other else [path]


def _item(path: str, item: Any) -> str:
    symbol = item["symbol"].partition("[")[0] if path == "lines" and isinstance(item, dict) else ""
    return f"{path}[{symbol}]"


def _kind(target: Target, document: tuple[int, int], text: str) -> str:
    try:
        found = ", ".join(sorted(set(differing(json.loads(target.text_of(document)), json.loads(text)))))
        found = ", ".join(dict.fromkeys(_NAMES.sub("lines[].name", found).split(", ")))
    except (ValueError, RecursionError):
        found = "its text"
    return f"{target.user_of(document)}: {found}"


def _mutant(target: Target, chance: Random, names: tuple[str, ...]) -> tuple[str, Events, Callable[[], str]] | None:
    """A mutant: the operator's name, the events, and what gives its kind; None where the operator changes nothing.

    In half of them the event says what the document does, in every field that both have.
    """
    document = chance.choice(target.documents)
    name = chance.choice(names)
    if name in STRAYS:
        changed = STRAYS[name](chance, list(target.events), document)
        if changed is None or changed == target.events:
            return None
        return name, changed, lambda: f"{target.user_of(document)}: {name}"
    text = target.text_of(document)
    made = OPERATORS[name](chance, json.loads(text))
    new = made if isinstance(made, str) else written(made)
    if made is None or new in (text, ""):
        return None
    follows = made if isinstance(made, dict) and chance.randrange(2) else {}
    return name, target.with_document(document, new, follows), lambda: _kind(target, document, new)


def _try(
    store: MemoryStore, target: Target, where: str, chance: Random, names: tuple[str, ...], outcome: Outcome
) -> None:
    found = _mutant(target, chance, names)
    if found is None:
        return
    name, events, kind = found
    try:
        error = verdict(store, target, events)
    except _FOREIGN as foreign:
        outcome.count(f"LEAKED {type(foreign).__name__}")
        outcome.lose(f"{where}, {name}", [f"{type(foreign).__name__}: {foreign!s:.200}"])
        return
    if error is not None:
        outcome.count(f"refused: {error.rule if isinstance(error, RefusedError) else type(error).__name__}")
    elif kind() in ACCEPTED:
        outcome.count(f"accepted: {kind()}")
    else:
        outcome.count("ACCEPTED")
        outcome.lose(f"{where}, {name}", [f"an audit accepts it, and {kind()!r} is no kind that was reviewed"])


def document_mutants(count: int, seed: int, *, names: tuple[str, ...] = ALL, holding: str = "") -> Outcome:
    """Change documents, spread over all commands that carry any.

    Args:
        count: How many mutants.
        seed: Chooses commands, documents and changes.
        names: The operators.
        holding: Only commands with a document that holds this text.
    """
    outcome = Outcome("mutated documents")
    logs = [(file.stem, [json.loads(line) for line in file.read_bytes().splitlines()]) for file in GOLDEN]
    total = sum(len(found) for _, entries in logs for _, found in targets(entries, holding))
    done = 0
    for name, entries in logs:
        store = MemoryStore()
        for command, found in targets(entries, holding):
            for k, target in enumerate(found):
                done += 1
                chance, where = Random(f"{seed}/{name}/{store.size()}/{k}"), f"{name}, entry {store.size()}, {k}"
                for _ in range(_TRIES * (count * done // total - outcome.tried)):
                    if outcome.tried >= count * done // total:
                        break  # what a command has too few of, for the operators change nothing there, the next gets
                    _try(store, target, where, chance, names, outcome)
            with store.transaction():
                for item in command:
                    data = written(item).encode("utf-8")
                    view = with_methodologies(store.view(), KNOWN)
                    store.append(data, apply(view, Entry.from_bytes(data)))
    return outcome
