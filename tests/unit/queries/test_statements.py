"""Statements, reconciliations and traces show every event, every correction, every debit and its repayment."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, Clock
from tests.support.expiring_plant import BAKU, corrected, held, issued, month

import carbon_ledger as cl
from carbon_ledger.core.entries.events import EVENTS
from carbon_ledger.core.state.rows import STATES
from carbon_ledger.queries import wording

__all__ = ["held"]

EVER = cl.Period.of("2020-01-01", "2030-01-01", zone=BAKU)
CLAIM = {"beneficiary": "B", "purpose": "claim", "period": month(1)}


def told(ledger: cl.Ledger, account: str = "op") -> list[tuple[str, dict[str, int], str]]:
    return [(item.type, dict(item.changes), item.detail) for item in ledger.statement(account).movements]


def test_a_statement_shows_every_event_of_an_account(held: cl.Ledger) -> None:
    """Invariants 10 and 11: each change, and each state after it."""
    batch = issued(held, month(1), "20.5 MWh", buffer="0.2")
    name = batch.batch_id
    held.lock(f"{name}/1-2", reason="a dispute")
    held.release(f"{name}/1-2", reason="settled")
    held.release_buffer(f"{name}/17-18", reason="verified")
    held.cancel_buffer(f"{name}/19-20", reason="a reversal")
    first, second, third = (held.offer(f"{name}/{k}", to="buyer") for k in (3, 4, 5))
    held.accept(first)
    held.reject(second, reason="too dear")
    held.revoke_offer(third)
    held.transfer([f"{name}/{k}" for k in (6, 8, 10, 12)], to="buyer")
    claim = held.retire(f"{name}/7", **CLAIM)
    held.cancel(f"{name}/9", reason="a gift")
    held.withdraw(f"{name}/11", reason="by order")
    n = first.n
    expected = [
        (
            "issuance.recorded",
            {"active": 16, "buffered": 4},
            "issued to op: 20 of 2025, 4 of them held back (p); carry 0.5",
        ),
        ("units.locked", {"active": -2, "locked": 2}, f"{name}/1-2 locked: a dispute"),
        ("units.released", {"active": 2, "locked": -2}, f"{name}/1-2 released from a lock: settled"),
        ("buffer.released", {"active": 2, "buffered": -2}, f"{name}/17-18 released from the buffer: verified"),
        ("buffer.cancelled", {"buffered": -2, "cancelled": 2}, f"{name}/19-20 cancelled out of the buffer: a reversal"),
        ("transfer.offered", {"active": -1, "pending": 1}, f"{name}/3 offered by op to buyer"),
        ("transfer.offered", {"active": -1, "pending": 1}, f"{name}/4 offered by op to buyer"),
        ("transfer.offered", {"active": -1, "pending": 1}, f"{name}/5 offered by op to buyer"),
        ("transfer.accepted", {"pending": -1}, f"{name}/3 from op to buyer: offer {n} accepted"),
        (
            "transfer.ended",
            {"active": 1, "pending": -1},
            f"{name}/4 back to op: offer {n + 1} to buyer rejected: too dear",
        ),
        ("transfer.ended", {"active": 1, "pending": -1}, f"{name}/5 back to op: offer {n + 2} to buyer revoked"),
        ("units.transferred", {"active": -4}, f"{name}/6 and 3 more blocks from op to buyer"),
        ("units.retired", {"active": -1, "retired": 1}, f"{name}/7 retired for B: claim ({claim.number})"),
        ("units.cancelled", {"active": -1, "cancelled": 1}, f"{name}/9 cancelled: a gift"),
        ("units.withdrawn", {"active": -1, "withdrawn": 1}, f"{name}/11 withdrawn by the issuer: by order"),
    ]
    assert told(held) == expected
    last = held.statement("op").movements[-1]
    balance = held.balance("op")
    assert {state: getattr(last, state) for state in STATES} == {state: getattr(balance, state) for state in STATES}
    assert [item.active_change for item in held.statement("op").movements] == [
        changes.get("active", 0) for _, changes, _ in expected
    ]
    assert [kind for kind, _, _ in told(held, "buyer")] == ["transfer.accepted", "units.transferred"]
    assert told(held, "other") == []


def stand(units: object, n: int) -> str:
    words = (
        "1 unit stands without energy behind it" if units == 1 else f"{units} units stand without energy behind them"
    )
    return f"{words}, since entry {n}"


def test_a_statement_shows_the_debit_behind_sold_units(held: cl.Ledger) -> None:
    """Invariant 15: a correction that moves no unit of the account, and what made its debit good."""
    batch = issued(held, month(1), "10.6 MWh")
    held.transfer(batch, to="buyer")
    corrected(held, month(1), "8 MWh")
    held.record_generation("plant", month(2), net="1.5 MWh")
    assert held.issue("p", month(2), to="other") == ()
    issued(held, month(3), "5 MWh")
    changes = held.statement("op").movements
    assert [(item.type, dict(item.changes)) for item in changes] == [
        ("issuance.recorded", {"active": 10}),
        ("units.transferred", {"active": -10}),
        ("generation.corrected", {}),
        ("issuance.recorded", {"active": 4}),
    ]
    assert [item.detail.split("; ", 1)[1] for item in changes if item.carries] == [
        "carry 0.6",
        f"nothing withdrawn; carry -2, debit 2 (2 of it new): {stand(2, changes[2].n)}",
        "carry 0.5, debit made good by 0.5",
    ]
    assert [item.debit for item in changes] == [0, 0, 2, 0]
    assert [row["debit"] for row in held.statement("op").rows()] == ["0", "0", "2", "0"]
    # The buyer's units are the buyer's: nothing happened to them.
    assert [kind for kind, _, _ in told(held, "buyer")] == ["units.transferred"]


def test_a_correction_upwards_and_a_voiding_show_their_carry(held: cl.Ledger) -> None:
    batch = issued(held, month(1), "10.6 MWh")
    corrected(held, month(1), "12 MWh")
    held.void(batch, reason="wrong account")
    assert [detail for _, _, detail in told(held)] == [
        "issued to op: 10 of 2025 (p); carry 0.6",
        "readings of plant corrected: wrong ratio; nothing withdrawn; carry 2",
        f"issuance {batch.batch_id.rsplit('/', 1)[1]} voided: wrong account; carry 0",
    ]
    assert [item.blocks for item in held.statement("op").movements] == [(batch.block,), (), (batch.block,)]


def test_a_correction_of_two_projects_names_each(held: cl.Ledger) -> None:
    """One reading, claimed half by half by two issuances of two projects."""
    held.register_project(cl.Project(id="q", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    days = month(1).days(BAKU)[:2]
    both = cl.Period(days[0].start_utc, days[1].end_utc)
    held.record_readings("plant", start=both.start, step="86400 s", net_wh=[10_000_000, 10_000_000])
    for project, day in zip(("p", "q"), days, strict=True):
        held.issue(project, day, to="op")
    held.transfer(cl.Selection(20, instrument="I-REC-E"), to="buyer", from_="op")
    held.correct_readings(
        "plant", start=both.start, step="86400 s", net_wh=[9_000_000, 7_500_000], reason="r", evidence=EVIDENCE
    )
    last = held.statement("op").movements[-1]
    one, other = stand(1, last.n), stand("2.5", last.n)
    assert last.detail.endswith(
        f"; p: carry -1, debit 1 (1 of it new): {one}; q: carry -2.5, debit 2.5 (2.5 of it new): {other}"
    )
    assert last.debit == Decimal("3.5")


def test_a_correction_that_changes_no_debit_still_names_it(held: cl.Ledger) -> None:
    batch = issued(held, month(1), "10 MWh")
    held.transfer(batch, to="buyer")
    corrected(held, month(1), "8 MWh")
    corrected(held, month(1), "8 MWh")
    last = held.statement("op").movements[-1]
    assert last.detail.endswith(f"nothing withdrawn; carry -2, debit 2: {stand(2, last.n - 2)}")
    assert len(held.reconcile("p", month(1)).debits) == 1


def test_every_event_that_moves_units_has_words() -> None:
    """A statement can tell of each of them; labels move nothing."""
    moves = {kind for kind in EVENTS if kind.partition(".")[0] in ("units", "buffer", "transfer", "issuance", "block")}
    assert moves - {"units.labelled", "units.unlabelled"} <= set(wording._DESCRIPTIONS)
    assert set(wording._DESCRIPTIONS) - moves == {"generation.corrected", "meter.corrected"}


def test_a_statement_of_two_instruments_keeps_them_apart(held: cl.Ledger) -> None:
    one, two = issued(held, month(1), "3 MWh"), issued(held, month(1), "5 MWh", project="go")
    held.transfer([one.take(1), two.take(2)], to="buyer")
    found = held.statement("buyer").movements
    assert [(item.instrument, dict(item.changes), item.blocks) for item in found] == [
        ("EECS-GO", {"active": 2}, (two.take(2),)),
        ("I-REC-E", {"active": 1}, (one.take(1),)),
    ]
    assert [item.expires_utc for item in found] == [two.expires_utc, None]


def test_a_statement_as_text_and_rows(held: cl.Ledger) -> None:
    batch = issued(held, month(1), "1200 MWh")
    held.transfer(batch.take(200), to="buyer")
    assert str(held.statement("op")).splitlines() == [
        "Statement of op",
        "  recorded              instrument  change         active  what happened",
        "  2026-01-01T00:00:00Z  I-REC-E     +1,200 active   1,200  issued to op: 1,200 of 2025 (p); carry 0",
        f"  2026-01-01T00:00:00Z  I-REC-E     -200 active     1,000  {batch.batch_id}/1-200 from op to buyer",
    ]
    rows = held.statement("op").rows()
    assert list(rows[0]) == [
        "recorded",
        "entry",
        "type",
        "instrument",
        "change",
        *STATES,
        "expired",
        "expires",
        "debit",
        "what happened",
    ]
    assert all(type(value) in (str, int, type(None)) for row in rows for value in row.values())
    assert str(held.statement("other")) == "Statement of other\n  nothing happened"
    assert held.statement("other").rows() == []
    assert "<tbody></tbody>" in held.statement("other")._repr_html_()


def test_a_long_statement_is_cut_in_a_notebook(held: cl.Ledger) -> None:
    issued(held, month(1))
    found = held.statement("op")
    long = evolve(found, movements=cl.Listing([*found.movements] * 100, type(found.movements[0])))
    html = long._repr_html_()
    assert html.count("<tr>") == 61
    assert html.endswith(f"<p>and {len(long.movements) - 60:,} more</p>")
    assert ">expires<" not in html  # no unit expires, so that the column would be empty


def test_a_line_stays_a_line(held: cl.Ledger) -> None:
    """A reason with line feeds does not make rows of its own in the text."""
    batch = issued(held, month(1))
    held.lock(batch, reason="first\nsecond\r\n  2026-01-01  forged line")
    assert len(str(held.statement("op")).splitlines()) == 4
    assert r"first\nsecond\r\n  2026-01-01  forged line" in str(held.statement("op"))
    assert "first\nsecond" in str(held.statement("op").rows()[-1]["what happened"])


@pytest.mark.parametrize("moment", range(4))
def test_statements_of_the_past_are_what_they_were(held: cl.Ledger, clock: Clock, moment: int) -> None:
    """Invariant 25."""
    batch = issued(held, month(1))
    answers = []
    steps = (
        lambda: held.lock(batch.take(2), reason="r"),
        lambda: held.offer(f"{batch.batch_id}/3", to="buyer"),
        lambda: held.retire(f"{batch.batch_id}/4", **CLAIM),
        lambda: corrected(held, month(1), "1 MWh"),
    )
    for step in steps:
        clock.move(seconds=1)
        step()
        answers.append(
            (held.size - 1, *(str(ask) for ask in (held.statement("op"), held.reconcile("p", EVER), held.trace(batch))))
        )
    n, *expected = answers[moment]
    past = held.as_of(entry=n)
    assert [str(ask) for ask in (past.statement("op"), past.reconcile("p", EVER), past.trace(batch))] == expected
