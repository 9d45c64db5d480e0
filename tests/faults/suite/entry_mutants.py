"""Entries that a forger changed: the kinds that an audit accepts, compared with a reviewed table.

A mutant is a golden log with one change. Its kind is the operator, the type of the entry and the field. If the command
has a key, the forger removes key and digest, or leaves them as they were ("keyed"). What an audit accepts must be
something that some sequence of commands can have written. `accepted_mutants.txt` gives the reason, and a test compares
the table with what is accepted.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from tests.faults.suite.entry_moves import MOVES
from tests.faults.suite.entry_operators import VALUES
from tests.faults.suite.outcome import Outcome
from tests.golden import golden_v2

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.methodologies import with_methodologies
from carbon_ledger.core.rules import apply
from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.ledger.methodologies import known_methodologies
from carbon_ledger.stores.memory import MemoryStore

ROOT: Final = Path(__file__).resolve().parents[3]
GOLDEN: Final = ROOT / "tests" / "golden"
KNOWN: Final = known_methodologies(golden_v2.METHODOLOGIES)
LOGS: Final = ("golden-v1", "golden-v2")
TABLE: Final = Path(__file__).with_name("accepted_mutants.txt")
OF_FIELDS: Final = ("dropped", "renamed", "other-of-log")  # beside those of values
AFTERWARDS: Final = 12  # entries of the honest log that follow an accepted mutant

Record = dict[str, Any]
Place = tuple[str | int, ...]


class Kind(NamedTuple):
    """A kind of mutant."""

    operator: str
    type: str
    field: str

    def __str__(self) -> str:
        return " ".join(self)


class Mutant(NamedTuple):
    """A mutant: an operator at a place of an entry."""

    log: str
    n: int
    operator: str
    place: Place
    keyed: bool


class UndoneError(Exception):
    """Takes a mutant back."""


@cache
def log_of(name: str) -> tuple[bytes, ...]:
    """The entries of a golden log."""
    return tuple((GOLDEN / f"{name}.jsonl").read_bytes().splitlines())


@cache
def records_of(name: str) -> tuple[Record, ...]:
    """The entries of a golden log, as JSON."""
    return tuple(json.loads(line) for line in log_of(name))


def encoded(record: Record) -> bytes:
    """A record as bytes that are canonical if its values are; a lone surrogate as the bytes that some write for it."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every place of a record; of a list the first two items, and none in a document's text."""
    yield at
    if isinstance(value, dict):
        for name in sorted(value):
            if at != ("event",) or name != "text":
                yield from places(value[name], (*at, name))
    elif isinstance(value, list):
        for place, item in enumerate(value[:2]):
            yield from places(item, (*at, place))


def field_of(place: Place) -> str:
    """A place without the numbers of list items."""
    return ".".join("[]" if isinstance(step, int) else step for step in place) or "."


@cache
def all_mutants(log: str) -> tuple[Mutant, ...]:
    """Every mutant of a golden log, each by its name and place."""
    found = []
    for n, record in enumerate(records_of(log)):
        keyed = (False, True) if "key" in record["command"] else (False,)
        for place in places(record):
            for operator in (*VALUES, *OF_FIELDS) if place else ():
                found += [Mutant(log, n, operator, place, flag) for flag in keyed]
        found += [Mutant(log, n, operator, (), False) for operator in MOVES]
    return tuple(found)


def kind_of(mutant: Mutant) -> Kind:
    """The kind of a mutant."""
    operator = f"keyed/{mutant.operator}" if mutant.keyed else mutant.operator
    return Kind(operator, str(records_of(mutant.log)[mutant.n]["type"]), field_of(mutant.place))


def _at(record: Any, place: Place) -> Any:
    for step in place:
        record = record[step]
    return record


@cache
def _values_at(log: str, field: str) -> tuple[Any, ...]:
    """The values that a field has anywhere in a log, each once."""
    found: dict[str, Any] = {}
    for record in records_of(log):
        for place in places(record):
            if place and field_of(place).rpartition(".")[2] == field:
                value = _at(record, place)
                found[json.dumps(value)] = value
    return tuple(found.values())


def _replaced(value: Any, place: Place, change: Callable[[Any], Any]) -> Any:
    """A value in which what is at a place is changed; the rest is shared, not copied."""
    if not place:
        return change(value)
    step, *below = place
    other = value.copy()
    other[step] = _replaced(value[step], tuple(below), change)
    return other


def _changed(mutant: Mutant, record: Record) -> Iterator[Record]:
    """The record with another value at the mutant's place, in each way that its operator has."""
    *above, last = mutant.place
    if mutant.operator in ("dropped", "renamed"):

        def change(parent: Any) -> Any:
            other = parent.copy()
            value = other.pop(last)
            if mutant.operator == "renamed":
                other[f"{last}x"] = value
            return other

        if mutant.operator == "dropped" or isinstance(last, str):
            yield _replaced(record, tuple(above), change)
        return
    before = _at(record, mutant.place)
    if mutant.operator == "other-of-log":
        values: Iterator[Any] = iter(_values_at(mutant.log, field_of(mutant.place).rpartition(".")[2]))
    else:
        values = VALUES[mutant.operator](before)
    written = json.dumps(before)
    for value in values:
        if json.dumps(value) != written:
            yield _replaced(record, mutant.place, lambda _, value=value: value)


def _unkeyed(record: Record) -> Record:
    """A record without key and digest: what it says stands for itself."""
    command = {name: value for name, value in record["command"].items() if name not in ("key", "digest")}
    return {**record, "command": command}


def forged(mutant: Mutant, first: int, stop: int, chance: Random) -> list[bytes] | None:
    """The entries of the mutant's command as it has them, and all that follow; none where the operator has no value.

    Args:
        mutant: The mutant, of one of entries first..stop-1.
        first: The first entry of the command.
        stop: The entry after its last.
        chance: Chooses one of an operator's values.
    """
    records = list(records_of(mutant.log))
    rest = list(log_of(mutant.log)[stop : stop + AFTERWARDS])
    if not mutant.place:
        moved = MOVES[mutant.operator]([record.copy() for record in records], mutant.n, first, stop, chance)
        return None if moved is None else [encoded(record) for record in moved[first : stop + AFTERWARDS]]
    command = records[first:stop]
    if not mutant.keyed and mutant.place[0] != "command":
        command = [_unkeyed(record) for record in command]
    choices = list(_changed(mutant, command[mutant.n - first]))
    if not choices:
        return None
    command[mutant.n - first] = chance.choice(choices)
    return [*map(encoded, command), *rest]


class Trial:
    """A golden log that is replayed command by command, with mutants tried at each."""

    def __init__(self, log: str) -> None:
        self.log = log
        self.store = MemoryStore()

    def commands(self) -> Iterator[tuple[int, int]]:
        """First entry and end of each command, when the entries before it are there."""
        entries = [Entry.from_bytes(data) for data in log_of(self.log)]
        first = 0
        with self.store.transaction():
            for entry in entries:
                if entry.part == entry.parts:
                    yield first, entry.n + 1
                    for n in range(first, entry.n + 1):
                        self._append(log_of(self.log)[n])
                    first = entry.n + 1

    def _append(self, data: bytes) -> None:
        entry = Entry.from_bytes(data)
        self.store.append(data, apply(with_methodologies(self.store.view(), KNOWN), entry))
        self.store.cache_entry(entry)

    def outcome(self, entries: Sequence[bytes], whole: int) -> str:
        """What comes of entries after those that are there: accepted, refused, or refused later.

        Args:
            entries: The entries.
            whole: How many of them belong to the command that was changed.
        """
        taken, n = 0, self.store.size()
        try:
            with self.store.transaction():
                for data in entries:
                    self._append(data)
                    taken += 1
                last = Entry.from_bytes(entries[-1])
                raise UndoneError
        except CarbonLedgerError:
            return "refused later" if taken >= whole else "refused"
        except UndoneError:
            # A log ends with a whole command, which the audit asks apart from the rules.
            at_end = n + len(entries) >= len(log_of(self.log))
            return "refused later" if at_end and last.part != last.parts else "accepted"


class Line(NamedTuple):
    """A line of the reviewed table: names of operators, types and fields, and why commands can have written it."""

    operators: tuple[str, ...]
    types: tuple[str, ...]
    fields: tuple[str, ...]
    reason: str

    def covers(self, kind: Kind) -> bool:
        """Whether a kind is of this line."""
        return (
            any(_fits(kind.type, name) for name in self.types)
            and any(_fits(kind.field, name) for name in self.fields)
            and any(_fits(kind.operator, name) for name in self.operators)
        )


def _fits(value: str, name: str) -> bool:
    """Whether a value is what a name of the table means."""
    return value == name or ("*" in name and fnmatchcase(value, name.replace("[]", "[[]]")))


def _spread(cell: str, groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The names of a cell, its groups resolved."""
    names: list[str] = []
    for name in cell.split(","):
        before, _, group = name.partition("@")
        names += [f"{before}{member}" for member in groups[group]] if group else [name]
    return tuple(names)


@cache
def reviewed() -> tuple[Line, ...]:
    """The lines of the reviewed table."""
    groups: dict[str, tuple[str, ...]] = {}
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("@") and " = " in line:
            name, _, members = line.removeprefix("@").partition(" = ")
            groups[name] = _spread(members, groups)
        elif line and not line.startswith("#"):
            pattern, _, reason = line.partition(" : ")
            operators, types, fields = (_spread(cell, groups) for cell in pattern.split())
            found.append(Line(operators, types, fields, reason))
    return tuple(found)


def changed_entries(count: int, seed: int) -> Outcome:
    """Try mutants of both golden logs, and whether each line of the reviewed table is of something that is accepted.

    Args:
        count: How many mutants.
        seed: Chooses them.
    """
    outcome = entry_mutants(count, seed)
    outcome.lose("the table", [f"no mutant is accepted of: {line.reason}" for line in never_accepted(seed, 40)])
    return outcome


def entry_mutants(count: int, seed: int) -> Outcome:
    """Try mutants of both golden logs.

    Args:
        count: How many; of operators that have no value at a place, others are taken.
        seed: Chooses them.
    """
    outcome, chance = Outcome("changed entry"), Random(f"{seed}/entry-mutants")
    accepted: dict[Kind, str] = {}
    for log in LOGS:
        everything = all_mutants(log)
        wanted = min(len(everything), 3 * count)
        chosen = sorted(chance.sample(everything, wanted), key=lambda mutant: (mutant.n, chance.random()))
        _try(log, chosen, count // len(LOGS) / max(1, wanted), outcome, accepted, Random(f"{seed}/values/{log}"))
    outcome.figures["accepted kinds"] = len(accepted)
    for kind, where in sorted(accepted.items()):
        if not any(line.covers(kind) for line in reviewed()):
            outcome.lose(where, [f"accepted, and in no line of {TABLE.name}: {kind}"])
    return outcome


def _try(
    log: str, mutants: Sequence[Mutant], share: float, outcome: Outcome, accepted: dict[Kind, str], chance: Random
) -> None:
    """Try mutants of one log, as many of each entry as the share says."""
    by_entry = {n: list(found) for n, found in groupby(mutants, key=lambda mutant: mutant.n)}
    trial = Trial(log)
    for first, stop in trial.commands():
        for n in range(first, stop):
            left = -(-len(by_entry.get(n, ())) * share // 1)
            for mutant in by_entry.get(n, ()):
                entries = forged(mutant, first, stop, chance) if left > 0 else None
                if entries is None or entries == list(log_of(log)[first : first + len(entries)]):
                    continue
                left -= 1
                where = f"{log} entry {n}, {kind_of(mutant)}"
                try:
                    seen = trial.outcome(entries, stop - first)
                except Exception as error:
                    outcome.lose(where, [f"not an error of this library: {error!r:.300}"])
                    raise
                outcome.count(seen)
                if seen == "accepted":
                    accepted.setdefault(kind_of(mutant), where)


def never_accepted(seed: int, most: int = 6) -> list[Line]:
    """The lines of the reviewed table of which no mutant is accepted.

    Args:
        seed: Chooses which mutants are tried first.
        most: How many mutants of a line are tried at one entry.
    """
    left, chance = dict.fromkeys(reviewed()), Random(f"{seed}/lines")
    for log in LOGS:
        trial = Trial(log)
        for first, stop in trial.commands():
            for n in range(first, stop):
                of_type = [line for line in left if any(_fits(records_of(log)[n]["type"], name) for name in line.types)]
                found = [line for line in of_type if _is_accepted(trial, line, n, (first, stop), chance, most)]
                for line in found:
                    del left[line]
    return list(left)


def _is_accepted(trial: Trial, line: Line, n: int, command: tuple[int, int], chance: Random, most: int) -> bool:
    """Whether one of some mutants of an entry that are of a line is accepted."""
    log, (first, stop) = trial.log, command
    record = records_of(log)[n]
    found = [place for place in places(record) if any(_fits(field_of(place), name) for name in line.fields)]
    for place in chance.choices(found, k=most) if found else ():
        operator = chance.choice(line.operators)
        keyed, plain = operator.startswith("keyed/"), operator.removeprefix("keyed/")
        if (keyed and "key" not in record["command"]) or bool(place) == (plain in MOVES):
            continue
        known = [
            name for name in (*VALUES, *OF_FIELDS, *MOVES) if _fits(name, plain) and bool(place) != (name in MOVES)
        ]
        mutant = Mutant(log, n, chance.choice(known), place, keyed)
        entries = forged(mutant, first, stop, chance)
        if entries is None or entries == list(log_of(log)[first : first + len(entries)]):
            continue
        if trial.outcome(entries, stop - first) == "accepted":
            return True
    return False
