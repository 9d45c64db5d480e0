"""A clock that is far ahead is refused, unless an entry records that the time has passed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Clock, dump
from tests.support.expiring_plant import held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.audit.findings import RULES
from carbon_ledger.audit.notes import CLOCK
from carbon_ledger.core.entries.entry import Entry, recorded_text
from carbon_ledger.core.rules import apply

__all__ = ["held"]

WHY = "repairs"


def newest(ledger: cl.Ledger) -> Entry:
    return ledger.entry(ledger.size - 1)


def set_after_newest(ledger: cl.Ledger, clock: Clock, **later: int) -> None:
    clock.now = datetime.fromisoformat(newest(ledger).at).astimezone(UTC) + timedelta(**later)


def test_an_entry_may_be_400_days_after_the_one_before_and_no_microsecond_more(ledger: cl.Ledger, clock: Clock) -> None:
    set_after_newest(ledger, clock, days=400)
    ledger.open_account("in-time", name="In time")
    set_after_newest(ledger, clock, days=400, microseconds=1)
    before = dump(ledger)
    with pytest.raises(errors.RefusedError) as refused:
        ledger.open_account("late", name="Late")
    assert refused.value.rule == "clock-jump"
    assert dump(ledger) == before
    for said in (recorded_text(clock.now), newest(ledger).at, f"entry {ledger.size - 1}", "advance_clock(reason=...)"):
        assert said in str(refused.value)


COMMANDS: dict[str, Callable[[cl.Ledger, cl.Batch], object]] = {
    "an account": lambda ledger, _: ledger.open_account("late", name="Late"),
    "a transfer": lambda ledger, batch: ledger.transfer(batch.take(1), to="buyer"),
    "a selection": lambda ledger, _: ledger.transfer(cl.Selection(1, instrument="EECS-GO"), to="buyer", from_="op"),
    "a lock": lambda ledger, batch: ledger.lock(batch.take(1), reason=WHY),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_a_command_under_a_wrong_clock_expires_nothing(held: cl.Ledger, clock: Clock, what: str) -> None:
    """One command of the year 2090 would otherwise expire every certificate for ever."""
    batch = issued(held, month(1), project="go")
    right = clock.now
    clock.now = datetime(2090, 1, 1, tzinfo=UTC)
    with pytest.raises(errors.CarbonLedgerError):
        COMMANDS[what](held, batch)
    clock.now = right
    COMMANDS[what](held, batch)
    assert newest(held).at < "2027"


def test_a_selection_is_refused_for_the_clock_and_not_for_the_expiry(held: cl.Ledger, clock: Clock) -> None:
    issued(held, month(1), project="go")
    clock.now = datetime(2090, 1, 1, tzinfo=UTC)
    with pytest.raises(errors.RefusedError) as refused:
        held.transfer(cl.Selection(1, instrument="EECS-GO"), to="buyer", from_="op")
    assert refused.value.rule == "clock-jump"


def test_questions_are_answered_whatever_the_clock_gives(held: cl.Ledger, clock: Clock) -> None:
    issued(held, month(1), project="go")
    clock.now = datetime(2090, 1, 1, tzinfo=UTC)
    assert held.expired("op")
    assert held.as_of("2089-01-01", zone="UTC").issuances("go") == held.issuances("go")


def test_a_clock_years_behind_refuses_nothing(ledger: cl.Ledger, clock: Clock) -> None:
    before = newest(ledger).at
    clock.move(days=-5000)
    ledger.open_account("early", name="Early")
    assert newest(ledger).at > before


def test_time_is_advanced_once_and_every_audit_shows_it(ledger: cl.Ledger, clock: Clock) -> None:
    n, since = ledger.size, newest(ledger).at
    clock.move(days=3000)
    at = ledger.advance_clock(reason=WHY, by="somebody else")
    assert newest(ledger).event == {"since": since, "reason": WHY}
    assert at == newest(ledger).at == recorded_text(clock.now)
    ledger.open_account("after", name="After")
    report = ledger.audit()
    assert report.passed
    (note,) = report.notes
    assert note.entry == n
    assert note.detail == f"{CLOCK} from {since} to {at}, by 'somebody else': '{WHY}'"
    assert f"  {note}" in str(report).splitlines()


def test_every_worker_and_a_published_log_show_it_too(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "l.db"
    with cl.open_ledger(path, clock=clock) as ledger:
        for k in range(3):
            clock.move(days=500)
            ledger.advance_clock(reason=f"gap {k}")
            with ledger.batch():
                for account in range(20):
                    ledger.open_account(f"{k}-{account}", name="A")
        notes = ledger.audit().notes
        assert [note.entry for note in notes] == [1, 22, 43]
        assert ledger.audit(workers=2).notes == notes
        signer = cl.signing.generate_signer("example.org/log")
        ledger.publish(tmp_path / "log", signer=signer)
    published = cl.audit_published(tmp_path / "log", trusted_keys=[signer.verifier_key])
    assert published.notes == notes


def test_there_is_nothing_to_advance_within_400_days(ledger: cl.Ledger, clock: Clock) -> None:
    set_after_newest(ledger, clock, days=400)
    before = dump(ledger)
    with pytest.raises(errors.RefusedError, match=r"advance_clock\(\) is not needed") as refused:
        ledger.advance_clock(reason=WHY)
    assert refused.value.rule == "clock-not-ahead"
    with pytest.raises(errors.QuantityError, match="reason ''"):
        ledger.advance_clock(reason="")
    assert dump(ledger) == before


def test_a_retry_advances_once(ledger: cl.Ledger, clock: Clock) -> None:
    clock.move(days=500)
    first = ledger.advance_clock(reason=WHY, key="k")
    size = ledger.size
    clock.move(days=1)
    assert ledger.advance_clock(reason=WHY, key="k") == first
    assert ledger.size == size


def forged(ledger: cl.Ledger, later: timedelta, **fields: object) -> Entry:
    before = newest(ledger)
    at = recorded_text(datetime.fromisoformat(before.at) + later)
    given = {"type": "account.opened", "event": {"account": "x", "name": "X"}} | fields
    return Entry(n=ledger.size, at=at, by="forger", **given)


FORGED = [
    ({}, "clock-jump", 401),
    ({"type": "time.advanced", "event": {"since": "AT", "reason": WHY}}, "clock-not-ahead", 400),
    ({"type": "time.advanced", "event": {"since": "2020-01-01T00:00:00.000000Z", "reason": WHY}}, "it advances", 401),
    ({"type": "time.advanced", "event": {"since": "AT", "reason": WHY}, "parts": 2}, "in a command of 2 entries", 401),
]


@pytest.mark.parametrize(("fields", "said", "days"), FORGED)
def test_a_forged_jump_is_a_finding(fields: dict[str, object], said: str, days: int) -> None:
    ledger = cl.open_ledger(":memory:", clock=Clock())
    event = fields.get("event")
    if isinstance(event, dict) and event["since"] == "AT":
        fields = fields | {"event": event | {"since": newest(ledger).at}}
    entry = forged(ledger, timedelta(days=days), **fields)
    with ledger._store.transaction():
        ledger._store.append(entry.to_bytes(), [])
    (finding,) = [item for item in ledger.audit().findings if item.check == RULES]
    assert finding.entry == 1
    assert said in finding.detail


def test_a_jump_of_one_microsecond_too_much_is_a_finding(ledger: cl.Ledger) -> None:
    view, jump = ledger._view(), timedelta(days=400)
    assert apply(view, forged(ledger, jump))
    with pytest.raises(errors.RefusedError, match="clock-jump"):
        apply(view, forged(ledger, jump + timedelta(microseconds=1)))
