"""Which answers a written row can change."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.core.state.rows import Balance, Expiring, KeyUse, Piece, Registration, Row
from carbon_ledger.stores.postgres.answers import Answers, depends_on, key_of
from carbon_ledger.stores.postgres.sessions import Statement
from carbon_ledger.stores.sql.seeks import BALANCES, PIECES, live_runs

BOUND = 1 << 62
REGISTRATIONS = "select kind, id, n from registration where kind = ? and n < ? order by n limit ?"
GRANTS = "select actor from role where actor = ? and to_n is null limit 100"
TWICE = "select 1 from piece as held where account = ? and not exists (select 1 from piece as newer)"
ROW = Registration("meter of plant", "feeder", 7)


@pytest.mark.parametrize(
    ("sql", "values", "row", "expected"),
    [
        (REGISTRATIONS, ("meter of plant", BOUND, BOUND), ROW, True),
        (REGISTRATIONS, ("meter of other", BOUND, BOUND), ROW, False),
        ("select n from registration where kind = ? and id = ?", ("meter of plant", "feeder"), ROW, True),
        ("select n from registration where kind = ? and id = ?", ("meter of plant", "x"), ROW, False),
        (GRANTS, ("tester",), ROW, False),
        ("select n from key_use where key = ? and actor = ? and n < ?", ("k", "a", BOUND), KeyUse("k", "a", 3), True),
        ("select n from key_use where key = ? and actor = ? and n < ?", ("k", "b", BOUND), KeyUse("k", "a", 3), False),
        (PIECES, {"batch": "p/2025/1", "first": 1, "last": 2, "size": 9}, Piece("p/2025/1", 5, 6, "a", "x", 8), True),
        (PIECES, {"batch": "p/2025/2", "first": 1, "last": 2, "size": 9}, Piece("p/2025/1", 5, 6, "a", "x", 8), False),
        (BALANCES, ("a", "a", "a", "a", BOUND), Balance("a", "GC", 3), True),
        (BALANCES, ("b", "b", "b", "b", BOUND), Balance("a", "GC", 3), False),
        # Not the same account wherever the table is named: nothing can be said.
        (BALANCES, ("b", "b", "b", "a", BOUND), Balance("c", "GC", 3), True),
        # A condition with another comparison, or none at all.
        ("select account from expiring where account >= ?", ("b",), Expiring("a", "GC", 5, 0, 0, 0, 0, 3), True),
        ("select account from expiring", (), Expiring("a", "GC", 5, 0, 0, 0, 0, 3), True),
        (TWICE, ("b",), Piece("p/2025/1", 5, 6, "a", "x", 8), True),
    ],
)
def test_a_row_changes_an_answer_unless_a_value_shows_that_it_cannot(
    sql: str, values: tuple[Any, ...] | Mapping[str, Any], row: Row, expected: bool
) -> None:
    assert depends_on(key_of(sql, values), row) is expected


def test_answers_that_a_row_cannot_change_are_kept() -> None:
    answers, reading = Answers(), live_runs("reading")
    period = {"device": "plant", "start": 0, "end": 1}
    for sql, values in ((REGISTRATIONS, ("meter of plant", BOUND, BOUND)), (REGISTRATIONS, ("a", BOUND, BOUND))):
        answers.put(sql, values, [("row",)])
    answers.put(reading, period, [])
    answers.forget([ROW])
    assert answers.known(key_of(REGISTRATIONS, ("meter of plant", BOUND, BOUND))) is None
    assert answers.known(key_of(REGISTRATIONS, ("a", BOUND, BOUND))) == [("row",)]
    assert answers.known(key_of(reading, period)) == []
    answers.forget([Registration("b", str(k), 8) for k in range(100)])
    assert answers.known(key_of(REGISTRATIONS, ("a", BOUND, BOUND))) == [("row",)]
    answers.forget([Registration("a", str(k), 8) for k in range(100)])
    assert answers.known(key_of(REGISTRATIONS, ("a", BOUND, BOUND))) is None
    assert answers.known(key_of(reading, period)) == []


NAMES = st.sampled_from(["plant", "roof", "meter of plant"])
QUERIES = st.one_of(
    st.tuples(st.just(REGISTRATIONS), st.tuples(NAMES, st.just(BOUND), st.just(BOUND))),
    st.tuples(st.just("select n from registration where kind = ? and id = ?"), st.tuples(NAMES, NAMES)),
    st.tuples(st.just(BALANCES), st.tuples(NAMES, NAMES, NAMES, NAMES, st.just(BOUND))),
    st.tuples(st.just("select 1 from registration, balance where kind = ? and account = ?"), st.tuples(NAMES, NAMES)),
    st.tuples(st.just("select data from entry where n = ?"), st.tuples(st.integers(0, 3))),
    st.tuples(st.just(live_runs("reading")), st.fixed_dictionaries({"device": NAMES, "start": st.just(0)})),
)
ROWS = st.builds(Registration, NAMES, NAMES, st.just(7)) | st.builds(Balance, NAMES, st.just("GC"), st.just(3))


@given(st.lists(QUERIES, max_size=8), st.lists(ROWS, max_size=3), st.lists(QUERIES, max_size=4))
def test_exactly_the_answers_are_forgotten_that_depend_on_a_row(
    queries: list[Any], rows: list[Row], later: list[Any]
) -> None:
    answers = Answers()
    for sql, values in queries:
        answers.put(sql, values, [("row",)])
    answers.forget(rows)
    kept = {key for key in (key_of(*query) for query in queries) if not any(depends_on(key, row) for row in rows)}
    assert {key for key in (key_of(*query) for query in queries) if answers.known(key) is not None} == kept
    for sql, values in later:
        answers.put(sql, values, [("row",)])
    answers.forget(rows)
    for table in ("registration", "balance", "entry", "reading"):
        answers.forget_table(table)
    assert not any(answers.known(key_of(*query)) for query in (*queries, *later))


def test_answers_are_bounded_by_their_bytes() -> None:
    """A batch on a server may read a whole log, page by page."""
    answers = Answers()
    answers.put("select data from entry where n = ?", (0,), [(b"a",)])
    for n in range(1, 40):
        answers.put("select data from entry where n = ?", (n,), [(bytes(1 << 20),)])
    held = [n for n in range(40) if answers.known(("select data from entry where n = ?", (n,))) is not None]
    assert 0 < len(held) <= 16
    assert 0 not in held


ENTRY = "select data from entry where n = ?"


def foreseen(numbers: range) -> Mapping[Any, Statement]:
    """Queries of entries, as wants make them."""
    return {key_of(ENTRY, (n,)): Statement(ENTRY, (n,)) for n in numbers}


def held(answers: Answers) -> list[int]:
    """The entries of which there is an answer, among the first hundred."""
    return [n for n in range(100) if answers.known(key_of(ENTRY, (n,))) is not None]


@pytest.mark.parametrize("bound", ["_MOST", "_MOST_BYTES"])
def test_what_a_command_has_foreseen_is_kept_until_the_next_one(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    """However much it is: else each of its answers would be asked for again, one after another."""
    monkeypatch.setattr(f"carbon_ledger.stores.postgres.answers.{bound}", 10)
    answers = Answers()
    answers.fill(foreseen(range(50)), [[(b"a",)]] * 50)
    for n in range(50, 60):
        answers.put(ENTRY, (n,), [(b"a",)])
    assert held(answers) == [*range(60)]
    answers.begin_command()
    answers.fill(foreseen(range(60, 65)), [[(b"a",)]] * 5)
    answers.put(ENTRY, (65,), [(b"a",)])
    assert held(answers) == [*range(51, 66)]
    answers.clear()
    answers.fill({}, [])
    for n in range(20):
        answers.put(ENTRY, (n,), [(b"a",)])
    assert held(answers) == [*range(10, 20)]


def test_what_a_command_has_foreseen_outlasts_the_commands_that_it_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbon_ledger.stores.postgres.answers._MOST", 0)
    answers = Answers()
    answers.fill(foreseen(range(50)), [[(b"a",)]] * 50)
    answers.hold(1)
    for n in (50, 51):
        answers.begin_command()
        answers.fill(foreseen(range(n, n + 1)), [[(b"a",)]])
    answers.put(ENTRY, (52,), [(b"a",)])
    assert held(answers) == [*range(2, 53)]
    answers.release(1)
    answers.begin_command()
    answers.put(ENTRY, (53,), [(b"a",)])
    assert held(answers) == []
    answers.fill(foreseen(range(3)), [[(b"a",)]] * 3)
    answers.hold(2)
    answers.clear()
    answers.begin_command()
    answers.put(ENTRY, (54,), [(b"a",)])
    assert held(answers) == []
