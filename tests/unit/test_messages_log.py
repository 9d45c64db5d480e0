"""What is said of an entry that is none, of blocks that are none, of a log that does not add up: to the letter."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from attrs import evolve
from tests.crossing import found_in
from tests.granular import furnish, issue
from tests.messages import Case, Do, Kind, begin, busy, each, said

import carbon_ledger as cl
from carbon_ledger.audit.findings import MOST_FINDINGS, Finding
from carbon_ledger.audit.invariants import broken_invariants
from carbon_ledger.audit.notes import Notes
from carbon_ledger.audit.replay import Leaves, replay
from carbon_ledger.canonical import dumps
from carbon_ledger.column import MAX_INTEGER, Column
from carbon_ledger.core.entries import schema as shapes
from carbon_ledger.core.entries.entry import Entry, recorded_text, recorded_time
from carbon_ledger.core.issuance.declarations import Declarations
from carbon_ledger.core.issuance.monitoring import Slice, columns
from carbon_ledger.errors import (
    BrokenLogError,
    EntryTooLargeError,
    NaiveTimeError,
    PeriodError,
    QuantityError,
    SerialError,
    UnsupportedSchemaError,
)
from carbon_ledger.ledger.recorder import time_of
from carbon_ledger.log.merkle import leaf_hash
from carbon_ledger.stores.memory import MemoryStore

BLOCK = cl.Block("p/2024/7", 1, 250)
OPENED = Entry(
    n=1, at="2026-01-01T00:00:00.000001Z", by="x", type="account.opened", event={"account": "a", "name": "A"}
)
RECORD = OPENED.record()


def read(**fields: object) -> Do:
    """Read an entry in which these fields are others."""
    return lambda _: Entry.from_bytes(dumps(RECORD | fields))


def check(value: object, schema: shapes.Schema) -> Do:
    return lambda _: shapes.check(value, schema, "event")


def wrong_columns(ledger: cl.Ledger) -> object:
    """Ask an entry for an hour that it does not hold."""
    furnish(ledger)
    issue(ledger, [3, 4])
    (run,) = ledger.readings("plant", cl.Period(0, 2_000_000_000))
    return columns(ledger._view(), Slice(run, run.start_utc, run.end_utc + 3600))


SERIALS: list[Case] = [
    (lambda _: cl.Block(None, 1, 2), SerialError, "block of batch None: expected the batch's id, a text"),
    (
        lambda _: cl.Block("p/2024/7", 2, 1),
        SerialError,
        "block p/2024/7/2-1: expected whole numbers with 1 <= first <= last (both ends included)",
    ),
    (lambda _: BLOCK.take(251), SerialError, "cannot take 251 of block p/2024/7/1-250: it has 250 (give 1 to 250)"),
    (
        lambda _: BLOCK.cut(250, 1),
        SerialError,
        "cannot cut block p/2024/7/1-250 of 250 into (250, 1): expected counts of 1 or more, at most 250 together",
    ),
    (
        lambda _: "p/2024/7" in BLOCK,
        SerialError,
        "'p/2024/7' is no block: expected a Block, a Batch or text like 'hydro/2024/17/1-250'",
    ),
]
ENTRIES: list[Case] = [
    (lambda _: Entry.from_bytes(b"x" * 70_000), BrokenLogError, "entry: 70000 bytes, at most 65535 fit"),
    (lambda _: Entry.from_bytes(b"[]"), BrokenLogError, "entry: no type and schema"),
    (
        read(schema=2),
        UnsupportedSchemaError,
        "entry of schema 2, this version reads up to 1: install a newer carbon-ledger",
    ),
    (read(type="account.closed"), BrokenLogError, "entry: unknown type 'account.closed'"),
    (read(at="2025-99-99T99:99:99.000000Z"), BrokenLogError, "recorded time '2025-99-99T99:99:99.000000Z' is no time"),
    (read(n=-1), BrokenLogError, "entry.n: -1 is out of bounds, expected 0 to 9007199254740991"),
    (read(command={"part": 1}), BrokenLogError, "entry.command: without parts"),
    (
        read(event={"account": "a b", "name": "A"}),
        BrokenLogError,
        "entry.event.account: 'a b' does not fit ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
    ),
    (
        lambda _: evolve(OPENED, event={"account": "a", "name": "A" * 65_535}).to_bytes(),
        EntryTooLargeError,
        "entry 1 (account.opened) has 65686 bytes, at most 65535 fit; record it in parts",
    ),
    (
        lambda _: evolve(OPENED, sigs=({"sig": None},)).readable_bytes(),
        BrokenLogError,
        "entry.sigs: None is a NoneType, which an entry cannot hold",
    ),
    (
        lambda _: recorded_time("2025-01-01T24:00:00.000000Z"),
        BrokenLogError,
        "recorded time '2025-01-01T24:00:00.000000Z' is no time",
    ),
    (
        lambda _: recorded_text(datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))),
        PeriodError,
        "time 9999-12-31 23:00:00-05:00 is beyond the calendar",
    ),
    (
        lambda _: time_of(lambda: datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)),
        NaiveTimeError,
        "the ledger's clock gave datetime.datetime(2026, 1, 1, 0, 0), expected an aware datetime",
    ),
    (
        lambda x: x._perform(
            "forged", {}, lambda _: [("account.opened", {"account": 5, "name": "A"})], key=None, by=None
        ),
        QuantityError,
        "this cannot be recorded: entry.event.account: 5 is no string",
    ),
    (
        lambda _: Declarations.from_event(
            {"leakages": [{"amount_t": "-2", "vintage": 2024, "reason": "r", "source": "s"}]}
        ),
        BrokenLogError,
        "a declared emission cannot be read: leakage in 2024: -2 tCO2e, expected 0 or more; leakage never adds credits",
    ),
    (
        wrong_columns,
        BrokenLogError,
        "entry 6 does not hold the steps of plant that are looked for in it; audit the ledger",
    ),
]
SHAPES: list[Case] = [
    (check("1", shapes.COUNT), BrokenLogError, "event: '1' is no integer"),
    (check(2, {"type": "integer", "const": 1}), BrokenLogError, "event: 2, expected 1"),
    (check("", shapes.TEXT), BrokenLogError, "event: empty text"),
    (
        check("shut", {"type": "string", "enum": ["open", "roles"]}),
        BrokenLogError,
        "event: 'shut', expected one of open, roles",
    ),
    (check(1969, shapes.YEAR), BrokenLogError, "event: 1969 is out of bounds, expected 1970 to 9999"),
    (
        check([1, MAX_INTEGER + 1], shapes.COLUMN),
        BrokenLogError,
        "event[1]: 9007199254740992 is out of bounds, expected -9007199254740991 to 9007199254740991",
    ),
    (
        check(Column([5, -1]), shapes.list_of(shapes.COUNT)),
        BrokenLogError,
        "event[0]: -1 is out of bounds, expected 0 to 9007199254740991",
    ),
    (check(3, {"type": "integer", "maximum": 2}), BrokenLogError, "event: 3 is out of bounds, expected any to 2"),
    (check([], shapes.COLUMN), BrokenLogError, "event: too few items: 0, expected 1 or more"),
    (check({}, shapes.YEARS), BrokenLogError, "event: without any field"),
    (check({"24": 1}, shapes.YEARS), BrokenLogError, "event key: '24' does not fit ^[0-9]{4}$"),
    (check({"2024": "1"}, shapes.YEARS), BrokenLogError, "event.2024: '1' is no integer"),
    (check({"to": 1, "amount": "1"}, shapes.CARRY), BrokenLogError, "event: unknown field 'to'"),
    (check({"vintage": 2024}, shapes.CARRY), BrokenLogError, "event: without amount"),
    (check({}, shapes.PERIOD), BrokenLogError, "event: without start, end"),
    (check([{"name": "gap"}], shapes.WAIVERS), BrokenLogError, "event[0]: without reason"),
]


@each(SERIALS, ENTRIES, SHAPES)
def test_what_is_none_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(begin(), do, kind) == message


class Log:
    """A log that says that it has so many entries, with these leaves."""

    def __init__(self, entries: list[bytes], leaves: list[bytes]) -> None:
        self._entries, self._leaves = entries, leaves

    def size(self) -> int:
        return len(self._entries)

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        return iter(self._entries[start:stop])

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        return iter(self._leaves[start:stop])


def replayed(entries: list[bytes], leaves: list[bytes], stop: int) -> list[str]:
    """What a replay of a log finds, as lines."""
    findings: list[Finding] = []
    scratch = MemoryStore()
    with scratch.transaction():
        replay(Log(entries, leaves), scratch, stop, Leaves(), findings, Notes())
    return [str(finding) for finding in findings]


def test_what_a_replay_finds_is_told_in_these_lines() -> None:
    """Invariants 24 and 26."""
    ledger = busy()
    entries = list(ledger._store.entries(0, ledger.size))
    leaves = [leaf_hash(data) for data in entries]
    assert replayed(entries, leaves, len(entries)) == []
    assert replayed(entries, leaves, 25) == [
        "[every entry hashes to its leaf] entry 20: the log says it has 25 entries, and 20 of them are there"
    ]
    assert replayed([], [], 0) == ["[the log ends with a whole command] the log has no entry: it was cut off"]
    assert replayed(entries[:14], leaves[:14], 14) == [
        "[the log ends with a whole command] entry 13: its command has 2 entries, and the log ends at part 1"
    ]
    assert replayed(entries[:2], [leaves[0], bytes(32)], 2) == [
        f"[every entry hashes to its leaf] entry 1: hash {leaves[1].hex()}, stored at commit: {'00' * 32}"
    ]
    assert replayed([entries[0], entries[2]], [leaves[0], leaves[2]], 2) == [
        "[every entry follows from the rules, every quantification computed again] entry 1: entry 2 stands at place 1 "
        "(later entries were hashed, not replayed)"
    ]


def test_a_row_that_no_entry_gives_is_told_in_this_line() -> None:
    finding = found_in(begin(), 1, lambda event: event.update(name="Another"))
    assert str(finding) == (
        "[every derived row is what the entries give] table registration: the file has None, the entries give "
        "('account', 'buyer', 2)"
    )


def test_certificates_that_their_hours_do_not_bear_are_told_in_these_lines() -> None:
    """Invariants 3 and 18."""
    ledger = begin()
    furnish(ledger)
    issue(ledger, [3, 4])
    (issuance,) = ledger.issuances("h")
    n = ledger.size
    with ledger._store.transaction():
        ledger._store.append(dumps(RECORD | {"n": n}), [evolve(issuance, from_n=n, toward_debit=-5)])
    assert broken_invariants(ledger._store, MOST_FINDINGS)[1] == [
        "project h: its issuances give -5 towards its debit, its carry says 0",
        "project h: its carry is 0 with adjustments 0; its issuances owe -5 together, and adjustments are never "
        "above 0",
    ]
    with ledger._store.transaction():
        ledger._store.append(dumps(RECORD | {"n": n + 1}), [evolve(issuance, from_n=n + 1, toward_debit=5)])
    assert broken_invariants(ledger._store, MOST_FINDINGS)[1] == [
        "project h: its issuances give 5 towards its debit, its carry says 0",
        f"issuance {issuance.n}: it gives 5 Wh towards the debit of h; hour by hour its energy and its units allow 0 "
        "at most",
    ]
