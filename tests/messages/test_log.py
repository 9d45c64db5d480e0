"""Messages about invalid blocks and entries, and about a log that does not add up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from attrs import evolve

import carbon_ledger as cl
from carbon_ledger.audit.findings import MOST_FINDINGS, Finding
from carbon_ledger.audit.invariants import broken_invariants
from carbon_ledger.audit.limits import Limits
from carbon_ledger.audit.notes import Notes
from carbon_ledger.audit.replay import LeafCounter, replay
from carbon_ledger.canonical import dumps
from carbon_ledger.column import MAX_INTEGER, Column
from carbon_ledger.core.entries import schema as shapes
from carbon_ledger.core.entries.entry import Entry, recorded_text, recorded_time
from carbon_ledger.core.issuance.declarations import Declarations
from carbon_ledger.core.issuance.run_parts import RunPart, step_values
from carbon_ledger.core.methodologies import NOTHING
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
from tests.messages.ledgers import begin, busy
from tests.messages.snapshots import FOUND, PRINTED, Case, Do, Expect, Output, Refusal, outputs, refusals, refused
from tests.support.forging import found_in
from tests.support.hourly_plant import issue, set_up

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
    set_up(ledger)
    issue(ledger, [3, 4])
    (run,) = ledger.readings("plant", cl.Period(0, 2_000_000_000))
    return step_values(ledger._view(), RunPart(run, run.start_utc, run.end_utc + 3600))


SERIALS: list[Refusal] = [
    ("block-without-batch", lambda _: cl.Block(None, 1, 2), SerialError),
    ("block-that-ends-before-it-begins", lambda _: cl.Block("p/2024/7", 2, 1), SerialError),
    ("take-beyond-block", lambda _: BLOCK.take(251), SerialError),
    ("cut-beyond-block", lambda _: BLOCK.cut(250, 1), SerialError),
    ("text-in-block", lambda _: "p/2024/7" in BLOCK, SerialError),
]
ENTRIES: list[Refusal] = [
    ("entry-too-large-to-read", lambda _: Entry.from_bytes(b"x" * 70_000), BrokenLogError),
    ("entry-that-is-a-list", lambda _: Entry.from_bytes(b"[]"), BrokenLogError),
    ("entry-of-newer-schema", read(schema=2), UnsupportedSchemaError),
    ("entry-of-unknown-type", read(type="account.closed"), BrokenLogError),
    ("entry-at-impossible-date", read(at="2025-99-99T99:99:99.000000Z"), BrokenLogError),
    ("entry-with-negative-number", read(n=-1), BrokenLogError),
    ("entry-with-part-without-parts", read(command={"part": 1}), BrokenLogError),
    ("entry-with-malformed-account", read(event={"account": "a b", "name": "A"}), BrokenLogError),
    (
        "entry-too-large-to-write",
        lambda _: evolve(OPENED, event={"account": "a", "name": "A" * 65_535}).to_bytes(),
        EntryTooLargeError,
    ),
    ("entry-with-null-in-signature", lambda _: evolve(OPENED, sigs=({"sig": None},)).readable_bytes(), BrokenLogError),
    ("recorded-time-of-hour-24", lambda _: recorded_time("2025-01-01T24:00:00.000000Z"), BrokenLogError),
    (
        "recorded-time-beyond-calendar",
        lambda _: recorded_text(datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))),
        PeriodError,
    ),
    (
        "clock-without-zone",
        lambda _: time_of(lambda: datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)),
        NaiveTimeError,
    ),
    (
        "command-that-records-malformed-field",
        lambda x: x._record(
            "forged", {}, lambda _: [("account.opened", {"account": 5, "name": "A"})], key=None, by=None
        ),
        QuantityError,
    ),
    (
        "declaration-of-negative-leakage",
        lambda _: Declarations.from_event(
            {"leakages": [{"amount_t": "-2", "vintage": 2024, "reason": "r", "source": "s"}]}
        ),
        BrokenLogError,
    ),
    ("columns-beyond-entry", wrong_columns, BrokenLogError),
]
SHAPES: list[Refusal] = [
    ("shape-text-as-count", check("1", shapes.COUNT), BrokenLogError),
    ("shape-another-constant", check(2, {"type": "integer", "const": 1}), BrokenLogError),
    ("shape-empty-text", check("", shapes.TEXT), BrokenLogError),
    ("shape-outside-enumeration", check("shut", {"type": "string", "enum": ["open", "roles"]}), BrokenLogError),
    ("shape-year-below-bounds", check(1969, shapes.YEAR), BrokenLogError),
    ("shape-item-above-bounds", check([1, MAX_INTEGER + 1], shapes.COLUMN), BrokenLogError),
    ("shape-column-item-below-bounds", check(Column([5, -1]), shapes.list_of(shapes.COUNT)), BrokenLogError),
    ("shape-above-only-bound", check(3, {"type": "integer", "maximum": 2}), BrokenLogError),
    ("shape-empty-column", check([], shapes.COLUMN), BrokenLogError),
    ("shape-no-field", check({}, shapes.YEARS), BrokenLogError),
    ("shape-malformed-key", check({"24": 1}, shapes.YEARS), BrokenLogError),
    ("shape-value-of-another-type", check({"2024": "1"}, shapes.YEARS), BrokenLogError),
    ("shape-unknown-field", check([{"to": 1, "amount": "1"}], shapes.CARRY), BrokenLogError),
    ("shape-one-field-missing", check([{"vintage": 2024}], shapes.CARRY), BrokenLogError),
    ("shape-two-fields-missing", check({}, shapes.PERIOD), BrokenLogError),
    ("shape-field-of-item-missing", check([{"name": "gap"}], shapes.WAIVERS), BrokenLogError),
]


@refusals(SERIALS, ENTRIES, SHAPES)
def test_what_is_invalid_is_refused_in_these_words(case: Case, expect: Expect) -> None:
    expect(refused(case, begin()))


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


def replayed(entries: list[bytes], leaves: list[bytes], stop: int) -> str:
    """What a replay of a log finds, a line each."""
    findings: list[Finding] = []
    scratch = MemoryStore()
    with scratch.transaction():
        replay(Log(entries, leaves), scratch, stop, LeafCounter(), findings, Notes(), Limits(NOTHING))
    return "\n".join(str(finding) for finding in findings)


def picked(*places: int, stop: int, unlike: int | None = None) -> str:
    """What a replay finds of these entries, of which the one at place *unlike* has another hash stored."""
    ledger = busy()
    entries = list(ledger._store.entries(0, ledger.size))
    leaves = [leaf_hash(data) for data in entries]
    stored = [bytes(32) if n == unlike else leaves[n] for n in places]
    found = replayed([entries[n] for n in places], stored, stop)
    return found.replace(leaves[unlike].hex(), "{hash}") if unlike is not None else found


def another_row() -> str:
    """What an audit finds where a derived row is another than the entries give."""
    return str(found_in(begin(), 1, lambda event: event.update(name="Another")))


def toward_debit(wh: int) -> str:
    """What breaks where an issuance gives so much towards its project's debit."""
    ledger = begin()
    set_up(ledger)
    issue(ledger, [3, 4])
    (issuance,) = ledger.issuances("h")
    n = ledger.size
    with ledger._store.transaction():
        ledger._store.append(dumps(RECORD | {"n": n}), [evolve(issuance, from_n=n, toward_debit=wh)])
    return "\n".join(broken_invariants(ledger._store, MOST_FINDINGS)[1])


REPLAYED: list[Output] = [
    ("replay-of-log-with-fewer-entries-than-it-says", lambda: picked(*range(20), stop=25)),
    ("replay-of-empty-log", lambda: replayed([], [], 0)),
    ("replay-of-log-that-ends-inside-a-command", lambda: picked(*range(14), stop=14)),
    ("replay-of-entry-with-another-hash", lambda: picked(0, 1, stop=2, unlike=1)),
    ("replay-of-entry-at-another-place", lambda: picked(0, 2, stop=2)),
]
ROWS: list[Output] = [("derived-row-that-no-entry-gives", another_row)]
DEBITS: list[Output] = [
    ("issuance-that-takes-from-the-debit", lambda: toward_debit(-5)),
    ("issuance-that-gives-more-than-its-hours-allow", lambda: toward_debit(5)),
]


def test_a_replay_of_a_whole_log_finds_nothing() -> None:
    """Invariants 24 and 26."""
    assert picked(*range(20), stop=20) == ""


@outputs(FOUND, REPLAYED, ROWS)
def test_what_a_replay_finds_is_told_in_these_words(case: Case, expect: Expect) -> None:
    """Invariants 24 and 26."""
    expect(str(case.do()))


@outputs(PRINTED, DEBITS)
def test_certificates_that_their_hours_do_not_bear_are_told_in_these_lines(case: Case, expect: Expect) -> None:
    """Invariants 3 and 18."""
    expect(str(case.do()))
